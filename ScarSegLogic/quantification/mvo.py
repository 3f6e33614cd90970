"""Microvascular obstruction: dark islands that scar encloses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ScarSegLogic.quantification.cleanup import label_in_plane


def propose_mvo(
    scar: NDArray[np.bool_],
    myocardium: NDArray[np.bool_],
    cavity: NDArray[np.bool_],
    *,
    pixel_area_mm2: float,
    maximum_mm2: float,
) -> NDArray[np.bool_]:
    """Unenhanced islands that count as MVO (SCIENCE.md section 6).

    An island is a 4-connected component of myocardium without scar in one slice (so a scar ring that touches itself
    only by its corners still encloses; ours). It counts when it is not larger than ``maximum_mm2``, each of its
    neighbours across an edge is scar or cavity, and at least one of them is scar.

    Args:
        scar: (K, J, I) bool, enhanced myocardium.
        myocardium: (K, J, I) bool, whole wall.
        cavity: (K, J, I) bool.
        pixel_area_mm2: Area of a pixel in a slice.
        maximum_mm2: Largest area of an island.

    Returns:
        (K, J, I) bool. A proposal: the caller lets the user reject it.
    """
    scar_slices = scar.any(axis=(1, 2))
    unenhanced = myocardium & ~scar & scar_slices[:, None, None]
    labels, count = label_in_plane(unenhanced, diagonal=False)
    if count == 0:
        return np.zeros_like(scar)
    areas_mm2 = np.bincount(labels.ravel(), minlength=count + 1) * pixel_area_mm2
    candidate = areas_mm2 <= maximum_mm2
    candidate[0] = False
    touches_scar = np.zeros(count + 1, dtype=bool)
    for label, box in enumerate(ndimage.find_objects(labels), start=1):
        if candidate[label]:
            candidate[label], touches_scar[label] = _is_enclosed(label, box, labels, scar, cavity)
    return (candidate & touches_scar)[labels]


def _is_enclosed(
    label: int,
    box: tuple[slice, ...],
    labels: NDArray[np.int32],
    scar: NDArray[np.bool_],
    cavity: NDArray[np.bool_],
) -> tuple[bool, bool]:
    """Whether every neighbour of the island is scar or cavity, and whether one is scar."""
    at_border = any(box[axis].start == 0 or box[axis].stop == labels.shape[axis] for axis in (1, 2))
    if at_border:
        return False, False
    window = (box[0].start, *(slice(box[axis].start - 1, box[axis].stop + 1) for axis in (1, 2)))
    island = labels[window] == label
    rim = ndimage.binary_dilation(island) & ~island
    return bool((scar[window] | cavity[window])[rim].all()), bool(scar[window][rim].any())
