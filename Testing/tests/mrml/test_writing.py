from __future__ import annotations

import numpy as np
import pytest
import slicer
from vtkmodules.util.numpy_support import vtk_to_numpy

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.mrml.labelmaps import Patch, oriented_image
from ScarSegLogic.mrml.segment_writing import write_masks
from ScarSegLogic.mrml.segmentations import mask_from_segment
from ScarSegLogic.mrml.undo import save_state_of
from ScarSegLogic.mrml.volumes import geometry_of_volume
from Testing.tests.mrml.contents import every_mask, stored_bytes

SURFACE = "Closed surface"


class CountedSaves:
    """Counts how often a state was saved, and lets a test look at the scene at that moment."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


@pytest.fixture
def saves() -> CountedSaves:
    return CountedSaves()


def test_masks_come_back_voxel_by_voxel(segmentation, volume, heart, box_mask, saves):
    myocardium = box_mask((5, 7, 9), slice(1, 4), slice(2, 6), slice(3, 8))
    scar = box_mask((5, 7, 9), slice(2, 3), slice(3, 4), slice(4, 6))

    changed = write_masks(
        segmentation, {heart["myocardium"]: myocardium, heart["scar"]: scar}, volume, save_state=saves
    )

    assert set(changed) == {heart["myocardium"], heart["scar"]}
    assert np.array_equal(mask_from_segment(segmentation, heart["myocardium"], volume), myocardium)
    assert np.array_equal(mask_from_segment(segmentation, heart["scar"], volume), scar)
    assert saves.count == 1


def test_slicers_own_export_sees_the_same_voxels(app, segmentation, volume, heart, box_mask, saves):
    mask = box_mask((5, 7, 9), slice(0, 2), slice(5, 7), slice(8, 9))
    write_masks(segmentation, {heart["scar"]: mask}, volume, save_state=saves)
    labels = app.add("vtkMRMLLabelMapVolumeNode")
    slicer.vtkSlicerSegmentationsModuleLogic.ExportSegmentsToLabelmapNode(segmentation, [heart["scar"]], labels, volume)
    exported = vtk_to_numpy(labels.GetImageData().GetPointData().GetScalars()).reshape(5, 7, 9)

    assert np.array_equal(exported > 0, mask)


def test_what_lies_outside_the_given_mask_stays(segmentation, volume, heart, box_mask, saves):
    before = box_mask((5, 7, 9), slice(0, 3), slice(0, 3), slice(0, 3))
    write_masks(segmentation, {heart["scar"]: before}, volume, save_state=saves)
    allowed = box_mask((5, 7, 9), slice(2, 5), slice(0, 7), slice(0, 9))
    wanted = box_mask((5, 7, 9), slice(0, 5), slice(2, 4), slice(2, 4))

    write_masks(segmentation, {heart["scar"]: wanted}, volume, within={heart["scar"]: allowed}, save_state=saves)

    expected = (before & ~allowed) | (wanted & allowed)
    assert np.array_equal(mask_from_segment(segmentation, heart["scar"], volume), expected)
    assert expected[0, 0, 0]
    assert not expected[0, 3, 3]


def test_what_lies_outside_the_image_stays(segmentation, volume, heart, box_mask, saves, oblique):
    """A hand-drawn segment may reach beyond the volume, here by three voxels on the low side of i."""
    outside = Patch(np.ones((2, 2, 5), dtype=bool), (-3, 1, 1, 2, 1, 2))
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    logic.SetBinaryLabelmapToSegment(oriented_image(outside, oblique.ijk_to_ras), segmentation, heart["scar"])
    wanted = box_mask((5, 7, 9), slice(4, 5), slice(6, 7), slice(8, 9))

    write_masks(segmentation, {heart["scar"]: wanted}, volume, save_state=saves)

    labelmap = segmentation.GetBinaryLabelmapInternalRepresentation(heart["scar"])
    assert labelmap.GetExtent() == (-3, 8, 1, 6, 1, 4)
    assert np.array_equal(mask_from_segment(segmentation, heart["scar"], volume), wanted)
    # 3 x 2 x 2 voxels outside, one inside.
    assert sum(stored_bytes(segmentation)[heart["scar"]][2]) == 13


def test_neighbours_that_share_a_layer_keep_every_voxel(segmentation, volume, heart, box_mask, saves):
    cavity = box_mask((5, 7, 9), slice(1, 4), slice(1, 4), slice(1, 4))
    myocardium = box_mask((5, 7, 9), slice(1, 4), slice(4, 6), slice(1, 8))
    both = {heart["cavity"]: cavity, heart["myocardium"]: myocardium}
    write_masks(segmentation, both, volume, save_state=saves)
    slicer.vtkSlicerSegmentationsModuleLogic.CollapseBinaryLabelmaps(segmentation, False)
    assert segmentation.GetSegmentation().GetNumberOfLayers() == 1

    scar = box_mask((5, 7, 9), slice(0, 5), slice(0, 7), slice(0, 9))
    write_masks(segmentation, {heart["scar"]: scar}, volume, save_state=saves)
    moved = np.roll(cavity, 2, axis=1)
    write_masks(segmentation, {heart["cavity"]: moved}, volume, save_state=saves)

    masks = every_mask(segmentation, volume)
    assert (moved & myocardium).any()
    assert np.array_equal(masks[heart["cavity"]], moved)
    assert np.array_equal(masks[heart["myocardium"]], myocardium)
    assert np.array_equal(masks[heart["scar"]], scar)


@pytest.mark.parametrize("overwrite", ["OverwriteAllSegments", "OverwriteVisibleSegments", "OverwriteNone"])
def test_the_editors_overwrite_mode_makes_no_neighbour_lose_voxels(
    app, segmentation, volume, heart, box_mask, overwrite
):
    """'Allow overlap' off is the editor's default: painting scar would carve it out of the myocardium."""
    editor = app.segment_editor(segmentation, volume)
    editor.GetSegmentEditorNode().SetOverwriteMode(getattr(slicer.vtkMRMLSegmentEditorNode, overwrite))
    myocardium = box_mask((5, 7, 9), slice(1, 4), slice(1, 6), slice(1, 8))
    scar = box_mask((5, 7, 9), slice(2, 3), slice(2, 4), slice(2, 4))

    write_masks(segmentation, {heart["myocardium"]: myocardium}, volume, save_state=save_state_of(editor))
    write_masks(segmentation, {heart["scar"]: scar}, volume, save_state=save_state_of(editor))

    assert np.array_equal(mask_from_segment(segmentation, heart["myocardium"], volume), myocardium)
    assert np.array_equal(mask_from_segment(segmentation, heart["scar"], volume), scar)


def test_nothing_to_change_saves_no_state_and_rings_no_bell(segmentation, volume, heart, box_mask, saves):
    mask = box_mask((5, 7, 9), slice(1, 3), slice(1, 3), slice(1, 3))
    write_masks(segmentation, {heart["scar"]: mask}, volume, save_state=saves)
    rung = []
    segmentation.GetSegmentation().AddObserver(
        slicer.vtkSegmentation.SourceRepresentationModified, lambda *_: rung.append(1)
    )

    changed = write_masks(segmentation, {heart["scar"]: mask}, volume, save_state=saves)

    assert (changed, saves.count, rung) == ((), 1, [])


def test_only_the_box_that_holds_the_segment_is_stored(segmentation, volume, heart, box_mask, saves):
    mask = box_mask((5, 7, 9), slice(1, 3), slice(2, 5), slice(3, 4))
    mask[4, 6, 8] = True

    write_masks(segmentation, {heart["scar"]: mask}, volume, save_state=saves)
    assert segmentation.GetBinaryLabelmapInternalRepresentation(heart["scar"]).GetExtent() == (3, 8, 2, 6, 1, 4)

    mask[4, 6, 8] = False
    write_masks(segmentation, {heart["scar"]: mask}, volume, save_state=saves)
    assert segmentation.GetBinaryLabelmapInternalRepresentation(heart["scar"]).GetExtent() == (3, 3, 2, 4, 1, 2)


def test_an_empty_mask_empties_a_segment_and_its_surface_without_complaint(
    segmentation, volume, heart, box_mask, saves, capfd
):
    mask = box_mask((5, 7, 9), slice(1, 4), slice(1, 5), slice(1, 6))
    write_masks(segmentation, {heart["scar"]: mask}, volume, save_state=saves)
    segmentation.GetSegmentation().CreateRepresentation(SURFACE)

    write_masks(segmentation, {heart["scar"]: np.zeros((5, 7, 9), bool)}, volume, save_state=saves)

    assert not mask_from_segment(segmentation, heart["scar"], volume).any()
    assert segmentation.GetClosedSurfaceInternalRepresentation(heart["scar"]).GetNumberOfPoints() == 0
    assert "ERR" not in capfd.readouterr().err


def test_a_shown_surface_stays_shown_and_follows_while_others_are_left_alone(
    segmentation, volume, heart, box_mask, saves
):
    left = box_mask((5, 7, 9), slice(1, 4), slice(1, 6), slice(1, 4))
    right = box_mask((5, 7, 9), slice(1, 4), slice(1, 6), slice(5, 8))
    both = {heart["scar"]: left, heart["myocardium"]: right}
    write_masks(segmentation, both, volume, save_state=saves)
    segmentation.CreateClosedSurfaceRepresentation()
    segmentation.GetDisplayNode().SetVisibility3D(True)
    untouched = segmentation.GetClosedSurfaceInternalRepresentation(heart["myocardium"])
    made_at = untouched.GetMTime()
    before = segmentation.GetClosedSurfaceInternalRepresentation(heart["scar"]).GetBounds()

    write_masks(segmentation, {heart["scar"]: np.roll(left, 1, axis=2)}, volume, save_state=saves)

    assert segmentation.GetSegmentation().ContainsRepresentation(SURFACE)
    assert segmentation.GetDisplayNode().GetVisibility3D()
    after = segmentation.GetClosedSurfaceInternalRepresentation(heart["scar"])
    assert after.GetNumberOfPoints() > 0
    moved = np.subtract(after.GetBounds(), before)
    # One voxel along i is 1.5 mm along the i axis, in every coordinate of the bounding box.
    i_step = geometry_of_volume(volume).ijk_to_ras[:3, 0]
    assert moved == pytest.approx(np.repeat(i_step, 2), abs=1e-4)
    assert segmentation.GetClosedSurfaceInternalRepresentation(heart["myocardium"]) is untouched
    assert untouched.GetMTime() == made_at


def test_a_segment_that_was_renamed_is_still_written(segmentation, volume, heart, box_mask, saves):
    segmentation.GetSegmentation().GetSegment(heart["scar"]).SetName("Narbe")
    mask = box_mask((5, 7, 9), slice(1, 2), slice(1, 2), slice(1, 2))

    write_masks(segmentation, {heart["scar"]: mask}, volume, save_state=saves)

    assert np.array_equal(mask_from_segment(segmentation, heart["scar"], volume), mask)


def test_a_deleted_segment_is_an_error_and_the_scene_stays_as_it_was(segmentation, volume, heart, box_mask, saves):
    mask = box_mask((5, 7, 9), slice(1, 2), slice(1, 2), slice(1, 2))
    segmentation.GetSegmentation().RemoveSegment(heart["mvo"])
    before = stored_bytes(segmentation)

    with pytest.raises(ScarSegError, match="no segment 'ScarSeg_mvo' any more"):
        write_masks(segmentation, {heart["scar"]: mask, heart["mvo"]: mask}, volume, save_state=saves)

    assert stored_bytes(segmentation) == before
    assert saves.count == 0


def test_a_mask_of_another_shape_changes_nothing(segmentation, volume, heart, saves):
    with pytest.raises(ValueError, match="does not fit the volume"):
        write_masks(segmentation, {heart["scar"]: np.zeros((5, 7, 8), bool)}, volume, save_state=saves)
    with pytest.raises(ValueError, match="does not fit the volume"):
        write_masks(
            segmentation,
            {heart["scar"]: np.zeros((5, 7, 9), bool)},
            volume,
            within={heart["scar"]: np.zeros((4, 7, 9), bool)},
            save_state=saves,
        )
    assert saves.count == 0
