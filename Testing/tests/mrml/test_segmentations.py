from __future__ import annotations

import numpy as np
import pytest
import slicer
from vtkmodules.vtkFiltersSources import vtkSphereSource

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.mrml.labelmaps import Patch, oriented_image
from ScarSegLogic.mrml.segment_writing import write_masks
from ScarSegLogic.mrml.segmentation_state import reference_volume
from ScarSegLogic.mrml.segmentations import (
    ConvertibleSourceError,
    OtherVolumeError,
    convert_to_binary_labelmap,
    ensure_segments,
    mask_from_segment,
    prepare_segmentation,
)
from ScarSegLogic.mrml.transforms import NonLinearTransformError
from ScarSegLogic.mrml.volumes import geometry_of_volume

SHAPE = (5, 7, 9)


def translation(x: float, y: float, z: float) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, 3] = (x, y, z)
    return matrix


def test_an_empty_segmentation_takes_transform_and_grid_of_the_volume(
    segmentation, volume, scene, linear_transform, box_mask
):
    moved = linear_transform(translation(37, -11, 5))
    volume.SetAndObserveTransformNodeID(moved.GetID())

    assert prepare_segmentation(segmentation, volume, scene) == ()

    assert segmentation.GetParentTransformNode() is moved
    assert reference_volume(segmentation) is volume
    assert segmentation.GetDisplayNode() is not None
    scar = ensure_segments(segmentation, ("scar",))["scar"]
    mask = box_mask(SHAPE, slice(0, 5), slice(0, 7), slice(0, 9))
    write_masks(segmentation, {scar: mask}, volume, save_state=lambda: None)
    assert mask_from_segment(segmentation, scar, volume).sum() == mask.sum()


def test_segments_that_were_only_made_still_count_as_empty(segmentation, volume, scene, linear_transform):
    ensure_segments(segmentation, ("cavity", "scar"))
    volume.SetAndObserveTransformNodeID(linear_transform(translation(1, 2, 3)).GetID())

    assert prepare_segmentation(segmentation, volume, scene) == ()
    assert segmentation.GetTransformNodeID() == volume.GetTransformNodeID()


def test_another_linear_transform_is_told_and_segments_are_resampled(
    drawn, segmentation, volume, scene, linear_transform, oblique
):
    """The volume moves by exactly one slice, two rows and a column: the answer is known to the voxel."""
    segment_id, mask = drawn
    step = oblique.ijk_to_ras[:3, :3] @ (1, 2, 1)
    volume.SetAndObserveTransformNodeID(linear_transform(translation(*step)).GetID())

    (told,) = prepare_segmentation(segmentation, volume, scene)

    assert "'Heart' lies under another transform than the volume 'LGE': its segments are resampled" in told
    assert segmentation.GetParentTransformNode() is None
    expected = np.zeros(SHAPE, bool)
    expected[:-1, :-2, :-1] = mask[1:, 2:, 1:]
    assert np.array_equal(mask_from_segment(segmentation, segment_id, volume), expected)


def test_a_turn_by_half_a_circle_reverses_two_axes(segmentation, make_volume, scene, linear_transform):
    """About the middle of an upright grid: i and j run backwards, k stays."""
    upright = Geometry.from_spacing(SHAPE, (8, 2, 1.5))
    volume = make_volume(np.zeros(SHAPE, np.int16), upright)
    prepare_segmentation(segmentation, volume, scene)
    scar = ensure_segments(segmentation, ("scar",))["scar"]
    mask = np.random.default_rng(4).random(SHAPE) < 0.3
    write_masks(segmentation, {scar: mask}, volume, save_state=lambda: None)
    half_turn = np.diag([-1.0, -1.0, 1.0, 1.0])
    half_turn[:2, 3] = (8 * 1.5, 6 * 2)
    segmentation.SetAndObserveTransformNodeID(linear_transform(half_turn).GetID())

    assert np.array_equal(mask_from_segment(segmentation, scar, volume), mask[:, ::-1, ::-1])


def test_writing_under_another_transform_is_exact_on_the_volume_and_keeps_the_rest(
    drawn, segmentation, volume, scene, linear_transform
):
    segment_id, _ = drawn
    volume.SetAndObserveTransformNodeID(linear_transform(translation(3.3, -7.1, 2.2)).GetID())
    prepare_segmentation(segmentation, volume, scene)
    scar = ensure_segments(segmentation, ("scar",))["scar"]
    before = mask_from_segment(segmentation, segment_id, volume)
    wanted = np.random.default_rng(1).random(SHAPE) < 0.4

    write_masks(segmentation, {scar: wanted}, volume, save_state=lambda: None)

    assert np.array_equal(mask_from_segment(segmentation, scar, volume), wanted)
    assert np.array_equal(mask_from_segment(segmentation, segment_id, volume), before)


@pytest.mark.usefixtures("drawn")
def test_a_segmentation_of_another_volume_is_refused_and_left_alone(segmentation, volume, scene, make_volume):
    other = make_volume(np.zeros(SHAPE, np.int16), Geometry.from_spacing(SHAPE, (8, 2, 1.5)), "cine")

    with pytest.raises(OtherVolumeError, match="'Heart' was drawn on 'LGE', not on 'cine'"):
        prepare_segmentation(segmentation, other, scene)

    assert reference_volume(segmentation) is volume


def test_a_copy_of_the_volume_on_the_same_grid_serves_as_well(drawn, segmentation, scene, make_volume, oblique):
    segment_id, mask = drawn
    copy = make_volume(np.zeros(SHAPE, np.int16), oblique, "LGE copy")

    assert prepare_segmentation(segmentation, copy, scene) == ()
    assert reference_volume(segmentation) is copy
    assert np.array_equal(mask_from_segment(segmentation, segment_id, copy), mask)


def test_a_segmentation_whose_volume_was_deleted_is_resampled_onto_the_new_one(
    drawn, segmentation, volume, scene, make_volume, oblique
):
    """On half the spacing along i, each voxel becomes two; the edge falls in the middle between two of them."""
    segment_id, mask = drawn
    scene.RemoveNode(volume)
    fine = oblique.ijk_to_ras.copy()
    fine[:3, 3] -= fine[:3, 0] / 4
    fine[:3, 0] /= 2
    other = make_volume(np.zeros((5, 7, 18), np.int16), Geometry((5, 7, 18), fine), "fine")

    (told,) = prepare_segmentation(segmentation, other, scene)

    assert "was drawn on another grid" in told
    assert np.array_equal(mask_from_segment(segmentation, segment_id, other), np.repeat(mask, 2, axis=2))


def test_on_a_cropped_volume_indices_shift_and_what_was_cropped_away_stays(
    drawn, segmentation, volume, scene, make_volume, oblique
):
    """The crop begins at voxel (k, j, i) = (2, 3, 4) and cuts the myocardium, rows 2 to 4, in two."""
    segment_id, mask = drawn
    scene.RemoveNode(volume)
    crop = oblique.ijk_to_ras.copy()
    crop[:3, 3] = oblique.index_to_ras((2, 3, 4))
    cropped = make_volume(np.zeros((3, 4, 5), np.int16), Geometry((3, 4, 5), crop), "cropped")
    prepare_segmentation(segmentation, cropped, scene)

    assert np.array_equal(mask_from_segment(segmentation, segment_id, cropped), mask[2:, 3:, 4:])
    write_masks(segmentation, {segment_id: np.zeros((3, 4, 5), bool)}, cropped, save_state=lambda: None)

    uncropped = make_volume(np.zeros(SHAPE, np.int16), oblique, "whole")
    expected = mask.copy()
    expected[2:, 3:, 4:] = False
    assert expected.any()
    assert np.array_equal(mask_from_segment(segmentation, segment_id, uncropped), expected)


def test_a_non_linear_transform_of_the_segmentation_asks_to_harden(drawn, segmentation, volume, scene, bent):
    segment_id, _ = drawn
    segmentation.SetAndObserveTransformNodeID(bent.GetID())

    for action in (
        lambda: prepare_segmentation(segmentation, volume, scene),
        lambda: mask_from_segment(segmentation, segment_id, volume),
        lambda: write_masks(segmentation, {segment_id: np.ones(SHAPE, bool)}, volume, save_state=pytest.fail),
    ):
        with pytest.raises(NonLinearTransformError, match="'Heart' lies under the non-linear transform 'bent'"):
            action()


def test_closed_surfaces_are_offered_for_conversion_and_then_work(segmentation, volume, scene):
    sphere = vtkSphereSource()
    sphere.SetRadius(6)
    sphere.SetCenter(geometry_of_volume(volume).index_to_ras((2, 3, 4)))
    sphere.Update()
    segment_id = segmentation.AddSegmentFromClosedSurfaceRepresentation(sphere.GetOutput(), "Scar", (1, 0, 0))
    segmentation.GetSegmentation().SetSourceRepresentationName("Closed surface")

    with pytest.raises(ConvertibleSourceError, match="consists of closed surfaces, not of voxels: convert it"):
        prepare_segmentation(segmentation, volume, scene)
    with pytest.raises(ConvertibleSourceError):
        write_masks(segmentation, {segment_id: np.ones(SHAPE, bool)}, volume, save_state=pytest.fail)

    convert_to_binary_labelmap(segmentation, volume)

    labelmap = segmentation.GetBinaryLabelmapInternalRepresentation(segment_id)
    assert labelmap.GetSpacing() == pytest.approx((1.5, 2, 8))
    assert prepare_segmentation(segmentation, volume, scene) == ()
    mask = mask_from_segment(segmentation, segment_id, volume)
    assert mask[2, 3, 4]
    assert not mask[0].any()
    assert mask.sum() * 8 * 2 * 1.5 == pytest.approx(4 / 3 * np.pi * 6**3, rel=0.3)
    write_masks(segmentation, {segment_id: ~mask}, volume, save_state=lambda: None)
    assert np.array_equal(mask_from_segment(segmentation, segment_id, volume), ~mask)
    assert segmentation.GetSegmentation().ContainsRepresentation("Closed surface")


def test_surfaces_under_a_non_linear_transform_are_not_converted_even_if_the_volume_shares_it(
    segmentation, volume, bent
):
    for node in (segmentation, volume):
        node.SetAndObserveTransformNodeID(bent.GetID())

    with pytest.raises(NonLinearTransformError, match="harden"):
        convert_to_binary_labelmap(segmentation, volume)


def test_an_empty_segmentation_of_surfaces_becomes_one_of_voxels(segmentation, volume, scene, capfd):
    segmentation.GetSegmentation().SetSourceRepresentationName("Closed surface")
    segmentation.GetSegmentation().AddEmptySegment("empty", "Scar")

    prepare_segmentation(segmentation, volume, scene)
    scar = ensure_segments(segmentation, ("scar",))["scar"]
    write_masks(segmentation, {scar: np.ones(SHAPE, bool)}, volume, save_state=lambda: None)

    assert mask_from_segment(segmentation, scar, volume).all()
    assert "ERR" not in capfd.readouterr().err


def test_fractional_labelmaps_are_refused(segmentation, volume, scene, oblique):
    segment = slicer.vtkSegment()
    segment.SetName("partial")
    image = oriented_image(Patch(np.ones((2, 2, 2), bool), (0, 1, 0, 1, 0, 1)), oblique.ijk_to_ras)
    segment.AddRepresentation("Fractional labelmap", image)
    segmentation.GetSegmentation().SetSourceRepresentationName("Fractional labelmap")
    segmentation.GetSegmentation().AddSegment(segment, "partial")

    with pytest.raises(ScarSegError, match="'Heart' holds fractional labelmaps"):
        prepare_segmentation(segmentation, volume, scene)
    with pytest.raises(ScarSegError, match="fractional"):
        mask_from_segment(segmentation, "partial", volume)


def test_no_segmentation_and_no_volume_are_asked_for(segmentation, volume, scene):
    with pytest.raises(ScarSegError, match="no segmentation is chosen"):
        prepare_segmentation(None, volume, scene)
    with pytest.raises(ScarSegError, match="no volume is chosen"):
        prepare_segmentation(segmentation, None, scene)
