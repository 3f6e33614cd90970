"""Scenes written to disk by Slicer's own code and read again: nothing moves, nothing is renumbered."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.mrml.parameters import ParameterStore
from ScarSegLogic.mrml.segment_writing import write_masks
from ScarSegLogic.mrml.segmentations import ensure_segments, mask_from_segment, prepare_segmentation
from ScarSegLogic.mrml.volumes import geometry_of_volume, volume_from_node
from ScarSegLogic.quantification.request import LVRequest, ScarMethod
from Testing.headless_slicer import HeadlessSlicer
from Testing.tests.mrml.test_parameters import AWKWARD, Choice, Side


@pytest.fixture
def store(app):
    node = app.add("vtkMRMLScriptedModuleNode", "ScarSegLV")
    node.SetModuleName("ScarSegLV")
    return ParameterStore(node)


def save_scene(scene, path: Path) -> None:
    scene.SetRootDirectory(str(path.parent))
    if path.suffix == ".mrb":
        assert scene.WriteToMRB(str(path))
        return
    nodes = scene.GetNodesByClass("vtkMRMLStorableNode")
    for number in range(nodes.GetNumberOfItems()):
        node = nodes.GetItemAsObject(number)
        if node.AddDefaultStorageNode():
            storage = node.GetStorageNode()
            extension = storage.GetDefaultWriteFileExtension()
            storage.SetFileName(str(path.parent / f"{node.GetID()}.{extension}"))
            assert storage.WriteData(node)
    scene.SetURL(str(path))
    assert scene.Commit(str(path))


def load_scene(path: Path) -> HeadlessSlicer:
    app = HeadlessSlicer()
    if path.suffix == ".mrb":
        assert app.scene.ReadFromMRB(str(path), True)
    else:
        app.scene.SetURL(str(path))
        assert app.scene.Connect()
    return app


@pytest.mark.parametrize("left_handed", [False, True])
@pytest.mark.parametrize("name", ["Szene mit Ümläut.mrb", "scene.mrml"])
def test_parameters_references_and_segments_survive_save_and_reload(
    store, make_volume, oblique, segmentation, scene, linear_transform, tmp_path, name, left_handed
):
    mirror = np.diag([1.0, 1.0, -1.0 if left_handed else 1.0, 1.0])
    array = np.random.default_rng(1).integers(0, 900, (5, 7, 9)).astype(np.int16)
    volume = make_volume(array, Geometry((5, 7, 9), oblique.ijk_to_ras @ mirror))
    before = volume_from_node(volume)
    moved = np.eye(4)
    moved[:3, 3] = (12, -7, 3)
    volume.SetAndObserveTransformNodeID(linear_transform(moved).GetID())
    prepare_segmentation(segmentation, volume, scene)
    ids = ensure_segments(segmentation, ("myocardium", "scar"))
    generator = np.random.default_rng(0)
    masks = {ids["myocardium"]: generator.random((5, 7, 9)) < 0.5, ids["scar"]: generator.random((5, 7, 9)) < 0.2}
    write_masks(segmentation, masks, volume, save_state=lambda: None)
    segmentation.GetSegmentation().GetSegment(ids["scar"]).SetName("Narbe")
    choice = Choice(Side.RIGHT, AWKWARD, (0, 7), 0.1)
    request = LVRequest(method=ScarMethod.FWHM, excluded_slices=(2,))
    store.save(choice)
    store.save(request)
    store.save_document("result", {"schema_version": 1, "note": AWKWARD})
    store.set_node("volume", volume)
    store.set_node("segmentation", segmentation)
    save_scene(scene, tmp_path / name)

    reloaded = load_scene(tmp_path / name)

    again = ParameterStore(reloaded.scene.GetFirstNodeByClass("vtkMRMLScriptedModuleNode"))
    assert again.load(Choice) == choice
    assert again.load(LVRequest) == request
    assert again.load_document("result") == {"schema_version": 1, "note": AWKWARD}
    new_volume, new_segmentation = again.referenced_node("volume"), again.referenced_node("segmentation")
    assert new_volume is not volume
    assert new_volume.IsA("vtkMRMLScalarVolumeNode")
    # Slicer reverses the stored slices of a left-handed volume; the slices we count keep their numbers.
    assert np.array_equal(volume_from_node(new_volume).array, before.array)
    assert prepare_segmentation(new_segmentation, new_volume, reloaded.scene) == (), "there is nothing to tell"
    found = ensure_segments(new_segmentation, ("myocardium", "scar"))
    assert new_segmentation.GetSegmentation().GetNumberOfSegments() == 2
    assert np.array_equal(mask_from_segment(new_segmentation, found["scar"], new_volume), masks[ids["scar"]])
    assert np.array_equal(
        mask_from_segment(new_segmentation, found["myocardium"], new_volume), masks[ids["myocardium"]]
    )


def test_references_follow_when_a_scene_is_added_to_another(store, volume, scene, tmp_path):
    """Slicer renumbers nodes on import: the volume's id is taken already."""
    store.set_node("volume", volume)
    store.save(Choice(note="imported"))
    save_scene(scene, tmp_path / "scene.mrml")
    other = HeadlessSlicer()
    other.add("vtkMRMLScalarVolumeNode", "in the way")
    other.scene.SetURL(str(tmp_path / "scene.mrml"))

    assert other.scene.Import()

    imported = ParameterStore(other.scene.GetFirstNodeByClass("vtkMRMLScriptedModuleNode"))
    assert imported.referenced_node("volume").GetName() == "LGE"
    assert imported.load(Choice).note == "imported"


def left_handed_volume(make_volume, oblique: Geometry):
    mirrored = Geometry((5, 7, 9), oblique.ijk_to_ras @ np.diag([1.0, 1.0, -1.0, 1.0]))
    return make_volume(np.arange(5 * 7 * 9, dtype=np.int16).reshape(5, 7, 9), mirrored), mirrored


def test_a_left_handed_volume_is_numbered_as_slicer_numbers_it_once_it_has_read_it(make_volume, oblique):
    node, stored = left_handed_volume(make_volume, oblique)
    before, geometry = volume_from_node(node).array, geometry_of_volume(node)
    assert geometry.index_to_ras((0, 3, 2)) == pytest.approx(stored.index_to_ras((4, 3, 2)), abs=1e-9)

    node.SetIJKCoordinateSystemToRightHanded()

    assert geometry_of_volume(node).is_same_grid(geometry)
    stored_now = vtk_to_numpy(node.GetImageData().GetPointData().GetScalars()).reshape(5, 7, 9)
    assert np.array_equal(stored_now, before)
    assert np.array_equal(volume_from_node(node).array, before)


def test_slicers_own_edit_on_a_left_handed_volume_is_read_where_it_was_drawn(
    app, make_volume, oblique, segmentation, scene
):
    node, _ = left_handed_volume(make_volume, oblique)
    prepare_segmentation(segmentation, node, scene)
    scar = ensure_segments(segmentation, ("scar",))["scar"]
    ours, drawn = np.zeros((2, 5, 7, 9), dtype=bool)
    ours[0, 2:4, 2:5], drawn[1, 1:6, 3:8] = True, True
    write_masks(segmentation, {scar: ours}, node, save_state=lambda: None)
    editor = app.segment_editor(segmentation, node)
    editor.GetSegmentEditorNode().SetSelectedSegmentID(scar)
    editor.UpdateReferenceGeometryImage()
    editor.ResetModifierLabelmapToDefault()
    modifier = editor.GetModifierLabelmap()
    # The editor's voxels are stored as the volume's: its first slice is our last.
    assert modifier.GetDimensions() == (9, 7, 5)
    vtk_to_numpy(modifier.GetPointData().GetScalars()).reshape(5, 7, 9)[drawn[::-1]] = 1
    modifier.Modified()

    editor.ModifySegmentByLabelmap(segmentation, scar, modifier, editor.ModificationModeAdd, False, False)

    assert np.array_equal(mask_from_segment(segmentation, scar, node), ours | drawn)
