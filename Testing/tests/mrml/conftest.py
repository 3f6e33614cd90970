"""Real MRML scenes, never a mock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkCommonTransforms import vtkThinPlateSplineTransform

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.mrml.segment_writing import write_masks
from ScarSegLogic.mrml.segmentations import ensure_segments, prepare_segmentation
from ScarSegLogic.mrml.transforms import matrix_from_array
from Testing.headless_slicer import HeadlessSlicer
from Testing.tests.rotations import rotation

SPACING_KJI = (8.0, 2.0, 1.5)
SHAPE_KJI = (5, 7, 9)


@pytest.fixture
def app() -> HeadlessSlicer:
    return HeadlessSlicer()


@pytest.fixture
def scene(app: HeadlessSlicer) -> Any:
    return app.scene


@pytest.fixture
def oblique() -> Geometry:
    """Anisotropic, turned by 35 degrees, two axes reversed: no axis is any other's."""
    directions = rotation((1, 2, 3), 35) @ np.diag([1.0, -1.0, -1.0])
    return Geometry.from_spacing(SHAPE_KJI, SPACING_KJI, directions=directions, origin_ras_mm=(10, -20, 30))


@pytest.fixture
def make_volume(app: HeadlessSlicer) -> Callable[..., Any]:
    """A function that adds a scalar volume node with an array on a grid."""

    def make(array: np.ndarray, geometry: Geometry, name: str = "LGE", node_class: str = "vtkMRMLScalarVolumeNode"):
        node = app.add(node_class, name)
        node.SetIJKToRASMatrix(matrix_from_array(geometry.ijk_to_ras))
        image = vtkImageData()
        image.SetDimensions(geometry.shape_kji[::-1])
        components = 1 if array.ndim == 3 else array.shape[3]
        scalars = numpy_to_vtk(np.ascontiguousarray(array).reshape(-1, components), deep=True)
        scalars.SetName("ImageScalars")
        image.GetPointData().SetScalars(scalars)
        node.SetAndObserveImageData(image)
        return node

    return make


@pytest.fixture
def volume(make_volume: Callable[..., Any], oblique: Geometry) -> Any:
    """An LGE volume node with the intensities 0, 1, 2, ... on the oblique grid."""
    return make_volume(np.arange(np.prod(SHAPE_KJI), dtype=np.int16).reshape(SHAPE_KJI), oblique)


@pytest.fixture
def segmentation(app: HeadlessSlicer) -> Any:
    return app.add("vtkMRMLSegmentationNode", "Heart")


@pytest.fixture
def linear_transform(app: HeadlessSlicer) -> Callable[..., Any]:
    """A function that adds a linear transform node from a (4, 4) array."""

    def make(matrix: np.ndarray, name: str = "moved") -> Any:
        node = app.add("vtkMRMLLinearTransformNode", name)
        node.SetMatrixTransformToParent(matrix_from_array(matrix))
        return node

    return make


@pytest.fixture
def bent(app: HeadlessSlicer) -> Any:
    """A thin-plate-spline transform node that no matrix describes."""
    source, target = vtkPoints(), vtkPoints()
    for number, point in enumerate([(0, 0, 0), (50, 0, 0), (0, 50, 0), (0, 0, 50), (50, 50, 50)]):
        source.InsertNextPoint(point)
        target.InsertNextPoint([value + number * number for value in point])
    spline = vtkThinPlateSplineTransform()
    spline.SetBasisToR()
    spline.SetSourceLandmarks(source)
    spline.SetTargetLandmarks(target)
    node = app.add("vtkMRMLTransformNode", "bent")
    node.SetAndObserveTransformToParent(spline)
    return node


def box(shape_kji: tuple[int, int, int], *slices: slice) -> np.ndarray:
    """A boolean array that is true in one box."""
    mask = np.zeros(shape_kji, dtype=bool)
    mask[slices] = True
    return mask


@pytest.fixture
def box_mask() -> Callable[..., np.ndarray]:
    return box


@pytest.fixture
def heart(segmentation, volume, scene) -> dict[str, str]:
    """Segment ids of a prepared segmentation."""
    prepare_segmentation(segmentation, volume, scene)
    return ensure_segments(segmentation, ("cavity", "myocardium", "scar", "mvo"))


@pytest.fixture
def drawn(segmentation, volume, scene, box_mask) -> tuple[str, np.ndarray]:
    """A segmentation with a myocardium of 3 x 3 x 4 voxels, and that mask."""
    prepare_segmentation(segmentation, volume, scene)
    ids = ensure_segments(segmentation, ("myocardium",))
    mask = box_mask(SHAPE_KJI, slice(1, 4), slice(2, 5), slice(3, 7))
    write_masks(segmentation, {ids["myocardium"]: mask}, volume, save_state=lambda: None)
    return ids["myocardium"], mask
