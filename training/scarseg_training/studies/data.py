"""The data of the studies, as ``open_dataset`` names them."""

from __future__ import annotations

READ_PHANTOMS = "phantoms:lv:60:tiers=even,labels=observer"
"""To learn from: labels as one simulated reader drew them, another reader from phantom to phantom."""
TRUE_PHANTOMS = "phantoms:lv:60:tiers=even"
"""To learn from: true labels."""
UNSEEN_PHANTOMS = "phantoms:lv:45:tiers=even,first_seed=50000"
"""To judge on: true labels, seeds that no recipe uses."""
EMIDEC = "the folder of the EMIDEC PNG slices with split.json"
LA2018 = "the folder of la2018, the left atria of AtriaSeg 2018 in small"
