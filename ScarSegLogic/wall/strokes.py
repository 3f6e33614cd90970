"""The brush that makes a wall thicker or thinner."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.wall.box import Box
from ScarSegLogic.wall.distances import CavityDistances
from ScarSegLogic.wall.request import ThicknessStroke


def thickness_change_mm(strokes: tuple[ThicknessStroke, ...], distances: CavityDistances) -> NDArray[np.float32] | None:
    """What the strokes add to the outer thickness at each voxel.

    A stroke adds change (1 + cos(pi r / radius)) / 2 at the distance r from its middle (ours): smooth, so that no
    step appears at the edge of the brush.

    Returns:
        (k, j, i) float32 mm in the box of the distances; None without strokes.
    """
    if not strokes:
        return None
    geometry = distances.box_geometry
    change_mm = np.zeros(distances.cavity.shape, dtype=np.float32)
    for stroke in strokes:
        reached = _box_about(stroke, distances)
        if reached is None:
            continue
        places = np.moveaxis(np.indices(reached.shape_kji), 0, -1) + reached.start_kji
        away_mm = np.linalg.norm(geometry.index_to_ras(places) - stroke.centre_ras, axis=-1)
        share = (1 + np.cos(np.pi * np.minimum(away_mm / stroke.radius_mm, 1))) / 2
        change_mm[reached.slices] += (stroke.change_mm * share).astype(np.float32)
    return change_mm


def _box_about(stroke: ThicknessStroke, distances: CavityDistances) -> Box | None:
    """The voxels of the box that the stroke may reach; None where it reaches none."""
    middle = distances.box_geometry.ras_to_index(stroke.centre_ras)
    reach = stroke.radius_mm / np.array(distances.geometry.spacing_kji_mm)
    start = np.maximum(np.ceil(middle - reach - 1e-9), 0).astype(int)
    stop = np.minimum(np.floor(middle + reach + 1e-9) + 1, distances.cavity.shape).astype(int)
    return Box(tuple(start.tolist()), tuple(stop.tolist())) if (stop > start).all() else None
