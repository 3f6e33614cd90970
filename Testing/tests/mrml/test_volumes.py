from __future__ import annotations

import numpy as np
import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.mrml.transforms import NonLinearTransformError, array_from_matrix, matrix_from_array, node_to_world
from ScarSegLogic.mrml.volumes import geometry_of_volume, volume_from_node


def shifted(i: float, j: float, k: float) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, 3] = (i, j, k)
    return matrix


def test_a_volume_comes_out_with_its_voxels_grid_and_name(volume, oblique):
    image = volume_from_node(volume)

    assert image.array.dtype == np.float32
    assert image.array[2, 3, 4] == 2 * 7 * 9 + 3 * 9 + 4
    assert image.geometry.is_same_grid(oblique)
    assert image.name == "LGE"


def test_the_array_is_a_copy_that_outlives_the_node(volume, scene):
    image = volume_from_node(volume)
    scene.RemoveNode(volume)

    assert image.array.flags.owndata
    assert image.array[-1, -1, -1] == 5 * 7 * 9 - 1


def test_a_chain_of_linear_transforms_is_folded_in_the_outer_last(volume, oblique, linear_transform):
    outer = linear_transform(np.diag([-1.0, 1.0, 1.0, 1.0]), "mirrored")
    inner = linear_transform(shifted(100, 0, 0), "moved")
    inner.SetAndObserveTransformNodeID(outer.GetID())
    volume.SetAndObserveTransformNodeID(inner.GetID())

    geometry = geometry_of_volume(volume)

    # First 100 mm to the right, then mirrored: x becomes -(x + 100).
    x, y, z = oblique.index_to_ras((1, 2, 3))
    assert geometry.index_to_ras((1, 2, 3)) == pytest.approx((-(x + 100), y, z))


def test_voxels_whose_extent_starts_elsewhere_lie_where_slicer_shows_them(volume, oblique):
    volume.GetImageData().SetExtent(2, 10, 1, 7, 3, 7)

    geometry = geometry_of_volume(volume)

    assert geometry.index_to_ras((0, 0, 0)) == pytest.approx(oblique.index_to_ras((3, 1, 2)))


def test_a_non_linear_transform_is_refused_and_hardening_asked_for(volume, bent):
    volume.SetAndObserveTransformNodeID(bent.GetID())

    with pytest.raises(NonLinearTransformError, match="'LGE' lies under the non-linear transform 'bent': harden"):
        volume_from_node(volume)


def test_a_linear_transform_under_a_non_linear_one_is_refused_too(volume, bent, linear_transform):
    inner = linear_transform(shifted(1, 0, 0))
    inner.SetAndObserveTransformNodeID(bent.GetID())
    volume.SetAndObserveTransformNodeID(inner.GetID())

    with pytest.raises(NonLinearTransformError, match="harden"):
        volume_from_node(volume)


def test_no_node_is_asked_for_by_name():
    with pytest.raises(ScarSegError, match="choose the LGE image"):
        volume_from_node(None)


def test_a_volume_without_voxels_is_refused(app):
    with pytest.raises(ScarSegError, match="'empty' holds no voxels"):
        volume_from_node(app.add("vtkMRMLScalarVolumeNode", "empty"))


def test_a_volume_without_scalars_is_refused(volume):
    volume.GetImageData().GetPointData().Initialize()

    with pytest.raises(ScarSegError, match="'LGE' holds no voxels"):
        volume_from_node(volume)


def test_a_colour_volume_is_refused(make_volume, oblique):
    colour = make_volume(np.zeros((5, 7, 9, 3), np.uint8), oblique, "photo", "vtkMRMLVectorVolumeNode")

    with pytest.raises(ScarSegError, match="'photo' has 3 values per voxel"):
        volume_from_node(colour)


def test_a_label_map_is_no_image(make_volume, oblique):
    labels = make_volume(np.zeros((5, 7, 9), np.uint8), oblique, "labels", "vtkMRMLLabelMapVolumeNode")

    with pytest.raises(ScarSegError, match="'labels' is a label map"):
        volume_from_node(labels)


def test_a_node_of_another_kind_is_refused(app):
    with pytest.raises(ScarSegError, match="not an image volume"):
        volume_from_node(app.add("vtkMRMLTextNode", "notes"))


def test_a_transform_that_flattens_the_volume_is_refused(volume, linear_transform):
    volume.SetAndObserveTransformNodeID(linear_transform(np.diag([1.0, 1.0, 0.0, 1.0])).GetID())

    with pytest.raises(ScarSegError, match="voxels of 'LGE' have no volume"):
        volume_from_node(volume)


def test_matrices_go_to_vtk_and_back_unchanged(oblique):
    assert np.array_equal(array_from_matrix(matrix_from_array(oblique.ijk_to_ras)), oblique.ijk_to_ras)


def test_a_node_without_transform_is_in_the_world(volume):
    assert np.array_equal(node_to_world(volume), np.eye(4))
    assert isinstance(geometry_of_volume(volume), Geometry)
