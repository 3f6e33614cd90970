"""The entry for Slicer's ExtensionsIndex and the extension's description agree, and pass what the index checks."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from Testing.tests.packaging.configured import REPOSITORY, Configured

ENTRY = REPOSITORY / "ScarSeg.json"
SCHEMA = (
    "https://raw.githubusercontent.com/Slicer/Slicer/main/Schemas/slicer-extension-catalog-entry-schema-v1.0.2.json#"
)
KINDS = {
    "$schema": str,
    "category": str,
    "scm_url": str,
    "scm_revision": str,
    "scm_type": str,
    "build_dependencies": list,
    "dicom_support_rule": str,
    "build_subdirectory": str,
    "enabled": bool,
    "tier": int,
}
"""Every key that schema 1.0.2 knows; it allows no other."""


@pytest.fixture(scope="module")
def entry() -> dict:
    return json.loads(ENTRY.read_text(encoding="utf-8"))


def test_the_entry_follows_the_current_schema(entry: dict) -> None:
    assert entry["$schema"] == SCHEMA
    assert {key: type(value) for key, value in entry.items()} == {key: KINDS[key] for key in entry}
    assert {"$schema", "category", "scm_url"} <= entry.keys()
    assert entry["tier"] in range(1, 6)
    assert b"\r" not in ENTRY.read_bytes()


def test_the_entry_is_named_as_the_project(entry: dict) -> None:
    text = (REPOSITORY / "CMakeLists.txt").read_text(encoding="utf-8")
    (project,) = re.findall(r"^project\(\s*([^\s)]+)", text, re.MULTILINE)
    assert project == ENTRY.stem
    assert urlsplit(entry["scm_url"]).path.removesuffix(".git").endswith(f"/{project}")


def test_entry_and_description_name_the_same_dependencies_category_and_place(
    entry: dict, configured: Configured
) -> None:
    assert configured.metadata["DEPENDS"].split() == entry["build_dependencies"]
    assert configured.metadata["CATEGORY"] == entry["category"]
    assert entry["scm_url"].removesuffix(".git") == configured.metadata["HOMEPAGE"]
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["urls"]["Homepage"] == configured.metadata["HOMEPAGE"]


def test_no_field_of_the_description_is_empty_or_split_by_cmake(configured: Configured) -> None:
    for name, value in configured.metadata.items():
        assert value.strip(), name
        assert "\t" not in value, f"EXTENSION_{name} holds a semicolon"


@pytest.mark.parametrize("field", ["ICONURL", "SCREENSHOTURLS"])
def test_the_pictures_that_the_catalogue_shows_are_in_the_repository(configured: Configured, field: str) -> None:
    for url in configured.metadata[field].split():
        place = urlsplit(url).path.removeprefix(f"/scarseg/ScarSeg/{'main'}/")
        assert (REPOSITORY / place).is_file(), place
        assert Path(place).suffix == ".png"


def test_the_package_carries_our_licence_and_readme_not_slicers(configured: Configured) -> None:
    assert configured.metadata["LICENSE_FILE"] == str(REPOSITORY / "LICENSE")
    assert configured.metadata["README_FILE"] == str(REPOSITORY / "README.md")


def test_the_index_finds_icon_and_screenshots_in_the_text_of_cmakelists() -> None:
    text = (REPOSITORY / "CMakeLists.txt").read_text(encoding="utf-8")
    for name in ("ICONURL", "SCREENSHOTURLS"):
        assert re.search(rf'set\s*\(EXTENSION_{name}\s*"https://[^"]+\.png"\)', text)
