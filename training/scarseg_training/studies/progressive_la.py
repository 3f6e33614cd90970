"""Progressive learning of the left atrium (SCIENCE.md section 2)."""

from __future__ import annotations

from scarseg_training.studies.data import LA2018
from scarseg_training.studies.study import Arm, Study

_FULL = "I + II + III"

STUDIES = (
    Study(
        "la_cavity",
        "(b) Stage I: the cavity of the left atrium on la2018",
        "How well is the cavity found by the first stage of progressive learning?",
        (Arm("stage I", "small_la_cavity"),),
        data=LA2018,
    ),
    Study(
        "progressive_la",
        "(b) Progressive learning of left atrial scar",
        "Does scar profit from the stages before, in full and with stages left out?",
        (
            Arm(_FULL, "small_progressive_la"),
            Arm("I + II", "small_progressive_la_i_ii"),
            *(Arm(name.upper(), f"small_progressive_la_{name}") for name in ("b1", "b2", "b3", "b4")),
        ),
        dict.fromkeys(("I + II", "B1", "B2", "B3", "B4"), _FULL),
        data="left atria with scar (LAScarQS, or LA phantoms) that name their test cases",
    ),
)
