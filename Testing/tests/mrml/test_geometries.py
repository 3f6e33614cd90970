"""Masks on random grids under random transforms come back voxel by voxel, through Slicer's eyes too."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkCommonTransforms import vtkGeneralTransform

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.mrml.segment_writing import write_masks
from ScarSegLogic.mrml.segmentations import ensure_segments, mask_from_segment, prepare_segmentation
from ScarSegLogic.mrml.volumes import volume_from_node

SEEDS = range(120)


def random_directions(generator: np.random.Generator) -> np.ndarray:
    """A random rotation, mirrored in half of the cases."""
    q, r = np.linalg.qr(generator.normal(size=(3, 3)))
    return q * np.sign(np.diag(r))


def random_transform(generator: np.random.Generator) -> np.ndarray:
    """A random rigid motion, half of the time with a mirror, scaled by up to 20 % along each axis."""
    matrix = np.eye(4)
    matrix[:3, :3] = random_directions(generator) * generator.uniform(0.8, 1.2, size=3)
    matrix[:3, 3] = generator.uniform(-200, 200, size=3)
    return matrix


@pytest.mark.parametrize("seed", SEEDS)
def test_random_geometries_round_trip_to_the_voxel(seed, scene, segmentation, make_volume, linear_transform):
    generator = np.random.default_rng(seed)
    shape = tuple(int(size) for size in generator.integers(3, 12, size=3))
    geometry = Geometry.from_spacing(
        shape,
        tuple(generator.uniform(0.5, 10, size=3)),
        directions=random_directions(generator),
        origin_ras_mm=generator.uniform(-300, 300, size=3),
    )
    array = generator.normal(size=shape).astype(np.float32)
    volume = make_volume(array, geometry)
    parents = [linear_transform(random_transform(generator)) for _ in range(seed % 3)]
    for child, parent in zip([volume, *parents], parents, strict=False):
        child.SetAndObserveTransformNodeID(parent.GetID())
    prepare_segmentation(segmentation, volume, scene)
    ids = ensure_segments(segmentation, ("myocardium", "scar"))
    myocardium = generator.random(shape) < 0.6
    scar = myocardium & (generator.random(shape) < 0.3)

    write_masks(segmentation, {ids["myocardium"]: myocardium, ids["scar"]: scar}, volume, save_state=lambda: None)

    as_slicer_loads_it = array if np.linalg.det(geometry.ijk_to_ras[:3, :3]) > 0 else array[::-1]
    assert np.array_equal(volume_from_node(volume).array, as_slicer_loads_it)
    assert np.array_equal(mask_from_segment(segmentation, ids["myocardium"], volume), myocardium)
    assert np.array_equal(mask_from_segment(segmentation, ids["scar"], volume), scar)
    assert world_points(segmentation, ids["scar"]) == pytest.approx(
        volume_from_node(volume).geometry.index_to_ras(np.argwhere(scar)), abs=1e-6
    )


def world_points(segmentation, segment_id: str) -> np.ndarray:
    """World RAS of a segment's voxels in (k, j, i) order, from Slicer's own matrices and transforms."""
    labelmap = segmentation.GetBinaryLabelmapInternalRepresentation(segment_id)
    to_world = vtkGeneralTransform()
    slicer.vtkMRMLTransformNode.GetTransformBetweenNodes(segmentation.GetParentTransformNode(), None, to_world)
    matrix = labelmap_matrix(labelmap)
    i, j, k = labelmap.GetDimensions()
    value = segmentation.GetSegmentation().GetSegment(segment_id).GetLabelValue()
    found = vtk_to_numpy(labelmap.GetPointData().GetScalars()).reshape(k, j, i) == value
    start = np.array(labelmap.GetExtent()[::2])
    own = [matrix @ [*(index[::-1] + start), 1] for index in np.argwhere(found)]
    return np.array([to_world.TransformPoint(point[:3]) for point in own]).reshape(-1, 3)


def labelmap_matrix(labelmap) -> np.ndarray:
    matrix = vtkMatrix4x4()
    labelmap.GetImageToWorldMatrix(matrix)
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])
