"""Which voxels stand for a structure thinner than they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FITTED_SHARE = (0.2, 0.8)
"""Range of the share from which on a voxel is labelled (ours)."""


def fitting_voxels(
    part: NDArray[np.float32], whole: NDArray[np.float32], among: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Voxels with so large a share of the part in the whole that together they have the part's volume.

    Arrays have one shape, that of a slice or of a volume; only voxels ``among`` those given count. A plain majority
    loses thin layers and tapering ends. The share asked for stays near one half all the same.
    """
    ratio = np.where(among, part / np.maximum(whole, 1e-6), 0.0)
    wanted = round(float(part.sum(dtype=np.float64)))
    if wanted == 0:
        return np.zeros(among.shape, bool)
    ordered = np.sort(ratio[among])[::-1]
    share = ordered[min(wanted, ordered.size) - 1] if ordered.size else 1.0
    share = np.clip(share, *FITTED_SHARE)
    # Shares come in steps, so many voxels tie at the last one: all of them or none, whichever fits better.
    with_ties, without = among & (ratio >= share), among & (ratio > share)
    closer = abs(int(with_ties.sum()) - wanted) <= abs(int(without.sum()) - wanted)
    return with_ties if closer else without
