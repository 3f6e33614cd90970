from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import numpy as np
import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.mrml.parameters import ParameterStore
from ScarSegLogic.mrml.segment_writing import write_masks
from ScarSegLogic.mrml.segmentations import ensure_segments, mask_from_segment, prepare_segmentation
from ScarSegLogic.mrml.volumes import geometry_of_volume
from ScarSegLogic.quantification.request import LVRequest, ScarMethod
from Testing.headless_slicer import HeadlessSlicer

AWKWARD = 'Müller "ö" <a&b> 100 %; C:\\Ärzte\nzweite Zeile | x:y,z'


class Side(StrEnum):
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True)
class Choice:
    side: Side = Side.LEFT
    note: str = ""
    slices: tuple[int, ...] = ()
    weight: float = 1.0


@pytest.fixture
def node(app):
    node = app.add("vtkMRMLScriptedModuleNode", "ScarSegLV")
    node.SetModuleName("ScarSegLV")
    return node


@pytest.fixture
def store(node):
    return ParameterStore(node)


def rings(store: ParameterStore) -> list[int]:
    heard: list[int] = []
    store.observe(lambda: heard.append(1))
    return heard


def test_an_empty_node_gives_the_defaults(store):
    assert store.load(Choice) == Choice()
    assert store.load(Choice, Choice(note="mine")) == Choice(note="mine")
    assert store.load_document("result") is None
    assert store.referenced_node("volume") is None


def test_a_dataclass_comes_back_with_its_types(store):
    choice = Choice(Side.RIGHT, AWKWARD, (0, 7), 1e-17)
    store.save(choice)

    again = store.load(Choice)
    assert again == choice
    assert isinstance(again.side, Side)


def test_every_field_of_a_request_comes_back(store):
    request = LVRequest(
        method=ScarMethod.MANUAL, manual_threshold=17.25, excluded_slices=(0, 9), rv_insertion_ras=(-1.5, 2.0, 1e3)
    )
    store.save(request)

    assert store.load(LVRequest) == request


def test_what_is_stored_is_json_with_a_schema_version(store, node):
    store.save(Choice(slices=(3,)))

    assert json.loads(node.GetParameter("Choice")) == {
        "schema_version": 1, "side": "left", "note": "", "slices": [3], "weight": 1.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not readable"),
        ("[1]", "is not a JSON object"),
        ('{"side": "left", "note": "", "slices": [], "weight": 1}', "schema_version"),
        ('{"schema_version": 2, "side": "left", "note": "", "slices": [], "weight": 1}', "schema_version 2"),
        ('{"schema_version": 1, "side": "up", "note": "", "slices": [], "weight": 1}', "expected one of left, right"),
        ('{"schema_version": 1, "side": "left", "slices": [], "weight": 1}', "note"),
        ('{"schema_version": 1, "side": "left", "note": "", "slices": [], "weight": 1, "x": 1}', "x"),
        ('{"schema_version": 1, "side": "left", "note": "", "slices": [], "weight": "1"}', "expected a number"),
    ],
)
def test_stored_values_that_do_not_fit_are_refused_by_name(store, node, text, message):
    node.SetParameter("Choice", text)

    with pytest.raises(ScarSegError, match=message) as caught:
        store.load(Choice)
    assert "Choice" in str(caught.value)


def test_numbers_that_are_not_finite_never_enter_the_scene(store, node):
    with pytest.raises(ScarSegError, match="not finite"):
        store.save(Choice(weight=math.nan))
    with pytest.raises(ScarSegError, match="not finite"):
        store.save_document("result", {"schema_version": 1, "volume_ml": math.inf})
    assert node.GetParameterNames() == ()


def test_a_document_must_carry_its_schema_version(store):
    with pytest.raises(ValueError, match="'result' has no schema_version"):
        store.save_document("result", {"scar_ml": 3})


def test_documents_are_kept_and_forgotten(store):
    store.save_document("result", {"schema_version": 4, "note": AWKWARD, "values": [None, 1.5]})
    assert store.load_document("result") == {"schema_version": 4, "note": AWKWARD, "values": [None, 1.5]}

    store.remove("result")
    assert store.load_document("result") is None


def test_only_instances_of_dataclasses_are_saved(store):
    with pytest.raises(TypeError, match="dataclass instance, got dict"):
        store.save({"a": 1})
    with pytest.raises(TypeError, match="dataclass instance"):
        store.save(Choice)


def test_each_change_rings_once_and_the_same_value_again_not_at_all(store, volume):
    heard = rings(store)

    store.save(Choice(note="a"))
    assert len(heard) == 1
    store.save(Choice(note="a"))
    assert len(heard) == 1
    store.set_node("volume", volume)
    assert len(heard) == 2
    store.set_node("volume", volume)
    assert len(heard) == 2
    store.set_node("volume", None)
    assert len(heard) == 3
    store.set_node("volume", None)
    assert len(heard) == 3


def test_a_batch_rings_once(store, volume):
    heard = rings(store)

    with store.batch():
        store.save(Choice(note="a"))
        store.save(Choice(note="b"))
        store.set_node("volume", volume)
        assert heard == []

    assert len(heard) == 1


def test_events_without_a_change_do_not_ring(store, node):
    heard = rings(store)

    node.Modified()
    node.SetName("renamed")

    assert heard == []


def test_a_referenced_node_that_is_removed_rings_and_reads_as_none(store, scene, volume):
    store.set_node("volume", volume)
    heard = rings(store)

    scene.RemoveNode(volume)

    assert len(heard) == 1
    assert store.referenced_node("volume") is None


def test_node_and_widget_follow_each_other_without_a_storm(store, node):
    """The widget rounds what it is given, as a spin box does, and writes that back."""
    widget = {"weight": None, "changes": 0}

    def widget_follows_node() -> None:
        widget["changes"] += 1
        widget["weight"] = round(store.load(Choice).weight, 1)
        store.save(replace(store.load(Choice), weight=widget["weight"]))

    store.observe(widget_follows_node)

    ParameterStore(node).save(Choice(weight=2.34))

    assert store.load(Choice).weight == widget["weight"] == 2.3
    assert widget["changes"] == 2


def test_two_panels_on_one_node_stay_in_step(node):
    panels = [ParameterStore(node), ParameterStore(node)]
    seen: list[tuple[int, str]] = []
    for number, panel in enumerate(panels):
        panel.observe(lambda number=number, panel=panel: seen.append((number, panel.load(Choice).note)))

    panels[0].save(Choice(note="from the first"))

    assert sorted(seen) == [(0, "from the first"), (1, "from the first")]


def test_a_released_store_hears_nothing_any_more(store):
    heard = rings(store)
    store.release()

    store.save(Choice(note="a"))

    assert heard == []


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


@pytest.mark.parametrize("name", ["Szene mit Ümläut.mrb", "scene.mrml"])
def test_parameters_references_and_segments_survive_save_and_reload(
    store, make_volume, oblique, segmentation, scene, linear_transform, tmp_path, name
):
    # Left-handed grids are another matter, see the next test.
    right_handed = oblique.ijk_to_ras @ np.diag([1.0, -1.0, 1.0, 1.0])
    volume = make_volume(np.zeros((5, 7, 9), np.int16), Geometry((5, 7, 9), right_handed))
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
    found = ensure_segments(new_segmentation, ("myocardium", "scar"))
    assert new_segmentation.GetSegmentation().GetNumberOfSegments() == 2
    assert np.array_equal(mask_from_segment(new_segmentation, found["scar"], new_volume), masks[ids["scar"]])
    assert np.array_equal(
        mask_from_segment(new_segmentation, found["myocardium"], new_volume), masks[ids["myocardium"]]
    )


def test_slicer_reverses_the_slices_of_a_left_handed_volume_on_reload_and_segments_stay_in_place(
    store, volume, segmentation, scene, tmp_path, oblique
):
    prepare_segmentation(segmentation, volume, scene)
    scar = ensure_segments(segmentation, ("scar",))["scar"]
    mask = np.random.default_rng(0).random((5, 7, 9)) < 0.2
    write_masks(segmentation, {scar: mask}, volume, save_state=lambda: None)
    store.set_node("volume", volume)
    store.set_node("segmentation", segmentation)
    save_scene(scene, tmp_path / "scene.mrb")

    reloaded = load_scene(tmp_path / "scene.mrb")
    again = ParameterStore(reloaded.scene.GetFirstNodeByClass("vtkMRMLScriptedModuleNode"))

    geometry = geometry_of_volume(again.referenced_node("volume"))
    assert geometry.index_to_ras((0, 0, 0)) == pytest.approx(oblique.index_to_ras((4, 0, 0)), abs=1e-6)
    assert np.array_equal(
        mask_from_segment(again.referenced_node("segmentation"), scar, again.referenced_node("volume")), mask[::-1]
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
