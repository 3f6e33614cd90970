"""Writing an answer into Slicer's scene: masks of a 576 x 576 x 44 study, rendering excluded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonDataModel import vtkImageData

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.mrml.segment_writing import write_masks
from ScarSegLogic.mrml.segmentations import ensure_segments, mask_from_segment, prepare_segmentation
from ScarSegLogic.mrml.transforms import matrix_from_array
from ScarSegLogic.mrml.undo import save_state_of
from ScarSegLogic.mrml.volumes import volume_from_node
from ScarSegLogic.terminology import SEGMENT_KINDS
from Testing.headless_slicer import HeadlessSlicer

SHAPE_KJI = (44, 576, 576)
SPACING_KJI = (2.5, 0.625, 0.625)
HEART_RADIUS_PIXELS = 90
REPEATS = 7
Row = tuple[str, str, str]


@dataclass(frozen=True)
class Study:
    """A scene with a volume, a prepared segmentation, its editor and masks of a heart in the middle."""

    app: HeadlessSlicer
    volume: Any
    segmentation: Any
    editor: Any
    ids: dict[str, str]
    masks: dict[str, np.ndarray]


def mrml_seconds() -> dict[str, float]:
    """Median seconds of each step between scene and arrays."""
    study = _study()
    scar, whole = study.ids["scar"], np.ones(SHAPE_KJI, bool)
    answers = [study.masks, {segment_id: np.roll(mask, 3, axis=2) for segment_id, mask in study.masks.items()}]
    stripes = [np.arange(SHAPE_KJI[1]) % 2 == parity for parity in (0, 1)]

    def write(masks: dict[str, np.ndarray]) -> Callable[[], object]:
        return lambda: write_masks(study.segmentation, masks, study.volume, save_state=save_state_of(study.editor))

    seconds = {
        "volume_from_node": _median_seconds([lambda: volume_from_node(study.volume)]),
        "write_four_segments": _median_seconds([write(answer) for answer in answers]),
        "write_scar": _median_seconds([write({scar: answer[scar]}) for answer in answers]),
        "write_nothing_new": _median_seconds([write({scar: answers[1][scar]})]),
        "mask_from_segment": _median_seconds([lambda: mask_from_segment(study.segmentation, scar, study.volume)]),
        "write_whole_image": _median_seconds([write({scar: whole & stripe[:, None]}) for stripe in stripes]),
    }
    write(study.masks)()
    study.segmentation.CreateClosedSurfaceRepresentation()
    return seconds | {"write_scar_with_surface": _median_seconds([write({scar: answer[scar]}) for answer in answers])}


def mrml_rows(seconds: dict[str, float]) -> list[Row]:
    """Name, figure and goal of each line to print."""
    names = {
        "volume_from_node": ("volume out of the scene, 44 x 576 x 576", ""),
        "write_four_segments": ("heart and scar into the scene, one undo state", "goal under 150 ms"),
        "write_scar": ("  scar alone", "goal under 150 ms"),
        "write_nothing_new": ("  the same scar again", ""),
        "write_scar_with_surface": ("  scar alone, its 3D surface shown", ""),
        "write_whole_image": ("  a mask over the whole image", ""),
        "mask_from_segment": ("scar out of the scene", ""),
    }
    return [(title, f"{1000 * seconds[key]:.0f} ms", goal) for key, (title, goal) in names.items()]


def _study() -> Study:
    app = HeadlessSlicer()
    volume = app.add("vtkMRMLScalarVolumeNode", "LGE")
    volume.SetIJKToRASMatrix(matrix_from_array(Geometry.from_spacing(SHAPE_KJI, SPACING_KJI).ijk_to_ras))
    image = vtkImageData()
    image.SetDimensions(SHAPE_KJI[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(np.zeros(SHAPE_KJI, np.int16).ravel(), deep=True))
    volume.SetAndObserveImageData(image)
    segmentation = app.add("vtkMRMLSegmentationNode", "Heart")
    prepare_segmentation(segmentation, volume, app.scene)
    ids = ensure_segments(segmentation, SEGMENT_KINDS)
    masks = {ids[kind]: mask for kind, mask in _heart().items()}
    return Study(app, volume, segmentation, app.segment_editor(segmentation, volume), ids, masks)


def _heart() -> dict[str, np.ndarray]:
    """A ring with a sector of scar and a core of MVO in every slice but the outer four."""
    _, rows, columns = SHAPE_KJI
    y, x = np.mgrid[:rows, :columns] - np.array([rows // 2, columns // 2])[:, None, None]
    radius = np.hypot(y, x)
    cavity = radius < 0.65 * HEART_RADIUS_PIXELS
    myocardium = (radius < HEART_RADIUS_PIXELS) & ~cavity
    scar = myocardium & (x > np.abs(y))
    mvo = scar & (np.abs(y) < 8) & (radius < 0.8 * HEART_RADIUS_PIXELS)
    slices = (np.arange(SHAPE_KJI[0]) >= 4) & (np.arange(SHAPE_KJI[0]) < SHAPE_KJI[0] - 4)
    planes = {"cavity": cavity, "myocardium": myocardium, "scar": scar & ~mvo, "mvo": mvo}
    return {kind: slices[:, None, None] & plane for kind, plane in planes.items()}


def _median_seconds(jobs: list[Callable[[], object]]) -> float:
    """Median over repeats that take the jobs in turn, after one round to warm up."""
    for job in jobs:
        job()
    seconds = []
    for number in range(REPEATS):
        started = perf_counter()
        jobs[number % len(jobs)]()
        seconds.append(perf_counter() - started)
    return median(seconds)


if __name__ == "__main__":
    for name, value, goal in mrml_rows(mrml_seconds()):
        print(f"{name:46} {value:>12}   {goal}")
