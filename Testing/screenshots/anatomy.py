"""Places in the segmented heart that a reader would point at."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ScarSegLogic import terminology

RIM_MM = 2.0


def short_axis_view(volume: Any) -> str:
    """The slice view that shows the volume's own slices; Slicer turns the nearest of the three to them."""
    import slicer
    from slicer.util import arrayFromVTKMatrix

    from ScarSegLogic.mrml.volumes import geometry_of_volume

    normal = geometry_of_volume(volume).ijk_to_ras[:3, 2]
    manager = slicer.app.layoutManager()

    def across(name: str) -> float:
        to_ras = arrayFromVTKMatrix(manager.sliceWidget(name).mrmlSliceNode().GetSliceToRAS())
        return abs(float(to_ras[:3, 2] @ normal))

    return max(manager.sliceViewNames(), key=across)


def centre_of(study: Any, kind: str, index: int | None = None) -> NDArray[np.float64]:
    """Centre of a segment in RAS mm, of one slice or of all."""
    mask = _mask(study, kind)
    places = np.argwhere(mask)
    if index is not None:
        places = places[places[:, 0] == index]
    return _geometry(study).index_to_ras(places.mean(axis=0))


def slice_with_most(study: Any, kind: str) -> int:
    """The slice that holds most voxels of a segment."""
    return int(_mask(study, kind).sum(axis=(1, 2)).argmax())


def directions_of_scar(study: Any) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Centre of the wall in RAS mm; unit vectors from it to the scar, across the long axis, and to the base."""
    geometry, wall = _geometry(study), _mask(study, terminology.MYOCARDIUM)
    sizes = np.flatnonzero(wall.any(axis=(1, 2)))
    base_last = _mask(study, terminology.CAVITY)[sizes[-1]].sum() > _mask(study, terminology.CAVITY)[sizes[0]].sum()
    up = geometry.ijk_to_ras[:3, 2] * (1 if base_last else -1)
    up = up / np.linalg.norm(up)
    centre = centre_of(study, terminology.MYOCARDIUM)
    towards = centre_of(study, terminology.SCAR) - centre
    towards = towards - (towards @ up) * up
    return centre, towards / np.linalg.norm(towards), up


def wall_across_from_scar(study: Any, index: int) -> NDArray[np.float64]:
    """Middle of the wall on the far side of the cavity, in RAS mm."""
    geometry = _geometry(study)
    cavity, scar = (centre_of(study, kind, index) for kind in (terminology.CAVITY, terminology.SCAR))
    away = (cavity - scar) / np.linalg.norm(cavity - scar)
    places = np.argwhere(_mask(study, terminology.MYOCARDIUM)[index])
    points = geometry.index_to_ras(np.column_stack([np.full(len(places), index), places]))
    directions = (points - cavity) / np.linalg.norm(points - cavity, axis=1, keepdims=True)
    return points[directions @ away > np.cos(np.radians(8))].mean(axis=0)


def scar_without_outer_rim(study: Any, index: int) -> NDArray[np.bool_]:
    """The scar of all slices, (K, J, I) bool, without what touches the outer edge of the wall in one slice."""
    scar, cavity = _mask(study, terminology.SCAR), _mask(study, terminology.CAVITY)
    heart = _mask(study, terminology.MYOCARDIUM)[index] | cavity[index]
    depth_mm = ndimage.distance_transform_edt(heart, sampling=_geometry(study).spacing_kji_mm[1:])
    scar[index] &= depth_mm > RIM_MM
    return scar


def _mask(study: Any, kind: str) -> NDArray[np.bool_]:
    from ScarSegLVLib.segments import read_segments

    return read_segments(study).mask(kind).copy()


def _geometry(study: Any) -> Any:
    from ScarSegLogic.mrml.volumes import geometry_of_volume

    return geometry_of_volume(study.volume)
