"""What is odd about a cavity before a wall is built on it. Nothing is repaired silently."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ScarSegLogic.wall.distances import DISTANCE_TOLERANCE_MM, CavityDistances

BORDERS = (("first slice", "last slice"), ("first row", "last row"), ("first column", "last column"))


def cavity_findings(distances: CavityDistances) -> tuple[str, ...]:
    """Sentences about a cavity that meets the border of its volume or has several parts; () for a sound one."""
    return (*_open_at_border(distances), *_several_parts(distances))


def thickness_findings(distances: CavityDistances, inner_mm: float, outer_mm: float) -> tuple[str, ...]:
    """Sentences about a thickness that does not suit the cavity or its voxels; () where it does."""
    found = []
    # Infinite depth means deeper than the reach, which the inner thickness never exceeds.
    deepest_mm = float(distances.inside_mm.max())
    if inner_mm > 0 and deepest_mm <= inner_mm + DISTANCE_TOLERANCE_MM:
        found.append(
            f"the cavity is at most {deepest_mm:.1f} mm deep, no more than the inner thickness of {inner_mm:g} mm, so "
            "all of it counts as wall: make the inner thickness smaller or check the cavity"
        )
    coarsest_mm = max(distances.geometry.spacing_kji_mm)
    if 0 < outer_mm < coarsest_mm - DISTANCE_TOLERANCE_MM:
        found.append(
            f"the outer thickness of {outer_mm:g} mm is less than the largest voxel spacing of {coarsest_mm:.3g} mm, "
            "so the wall has no voxel outside the cavity in that direction"
        )
    return tuple(found)


def _open_at_border(distances: CavityDistances) -> tuple[str, ...]:
    cavity, box, shape = distances.cavity, distances.box, distances.geometry.shape_kji
    touched = []
    for axis, names in enumerate(BORDERS):
        for end, place, limit in ((0, box.start_kji[axis], 0), (-1, box.stop_kji[axis], shape[axis])):
            if place == limit and np.take(cavity, end, axis=axis).any():
                touched.append(names[end])
    if not touched:
        return ()
    return (
        f"the cavity reaches the border of the volume ({', '.join(touched)}): the wall beyond it is missing from "
        "every number",
    )


def _several_parts(distances: CavityDistances) -> tuple[str, ...]:
    labels, count = ndimage.label(distances.cavity, structure=np.ones((3, 3, 3)))
    if count < 2:
        return ()
    volumes_ml = np.bincount(labels.ravel())[1:] * distances.geometry.voxel_volume_ml
    smaller_ml = float(volumes_ml.sum() - volumes_ml.max())
    return (
        f"the cavity has {count} separate parts ({smaller_ml:.2g} ml beside the largest): the wall is built about all "
        "of them; remove islands if they are not part of the atrium",
    )
