from __future__ import annotations

import json

import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.models.manifest import MANIFEST_NAME, read_manifest, write_manifest
from Testing.tests.models.tiny_packages import THRESHOLDS, a_manifest


def rewrite(folder, change) -> None:
    """Read the manifest as JSON, apply a change and write it back."""
    document = json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8"))
    change(document)
    (folder / MANIFEST_NAME).write_text(json.dumps(document), encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    """A folder with an umlaut that holds a whole manifest."""
    path = tmp_path / "Modell für alle"
    path.mkdir()
    write_manifest(a_manifest(notice="nur für Forschung", training_cases=("a", "b")), path)
    return path


def test_a_manifest_survives_the_round_trip(folder):
    found = read_manifest(folder)
    assert found.notice == "nur für Forschung"
    assert found.training_cases == ("a", "b")
    assert found.labels == ("infarct", "mvo")
    assert found.thresholds == THRESHOLDS["lv_scar"]


def test_keys_of_a_later_minor_version_are_ignored(folder):
    rewrite(folder, lambda document: document.update(colour="red"))
    assert read_manifest(folder).name == "tiny_lv_scar"


def test_missing_keys_are_named_with_the_file(folder):
    def damage(document):
        del document["sha256"], document["task"]

    rewrite(folder, damage)
    with pytest.raises(ScarSegError, match=r"Modell für alle/manifest\.json lacks task, sha256"):
        read_manifest(folder)


@pytest.mark.parametrize("version", [0, 2, None, "1"])
def test_another_schema_version_is_refused(folder, version):
    rewrite(folder, lambda document: document.update(schema_version=version))
    with pytest.raises(ScarSegError, match=r"manifest\.json has no schema_version 1: it needs another ScarSeg version"):
        read_manifest(folder)


@pytest.mark.parametrize(
    ("key", "value"),
    [("preprocessing", [96]), ("thresholds", 0.5), ("sha256", None), ("task", ["lv_scar"]), ("labels", "infarct")],
)
def test_a_value_of_another_kind_is_refused_by_its_key(folder, key, value):
    rewrite(folder, lambda document: document.update({key: value}))
    with pytest.raises(ScarSegError, match=rf"manifest\.json has another kind of value than expected in {key}"):
        read_manifest(folder)


@pytest.mark.parametrize("content", [b"", b"{'a': 1}", b"\xff\xfe\x00", b'{"name": "cut'])
def test_a_file_that_is_not_json_is_refused(folder, content):
    (folder / MANIFEST_NAME).write_bytes(content)
    with pytest.raises(ScarSegError, match=r"manifest\.json is not valid JSON"):
        read_manifest(folder)


def test_json_that_is_no_object_is_refused(folder):
    (folder / MANIFEST_NAME).write_text("[1, 2]", encoding="utf-8")
    with pytest.raises(ScarSegError, match="schema_version"):
        read_manifest(folder)


def test_a_folder_without_manifest_is_no_package(tmp_path):
    with pytest.raises(ScarSegError, match=r"is not a model package: it has no manifest\.json"):
        read_manifest(tmp_path)


def test_a_manifest_never_holds_nan(tmp_path):
    with pytest.raises(ValueError, match="JSON compliant"):
        write_manifest(a_manifest(metrics={"dice": float("nan")}), tmp_path)
