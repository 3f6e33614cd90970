from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from enum import StrEnum

import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.mrml.parameters import ParameterStore
from ScarSegLogic.quantification.request import LVRequest, ScarMethod

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
