from __future__ import annotations

import shutil

import numpy as np
import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.models import catalogue
from ScarSegLogic.models.catalogue import find_package, list_packages
from ScarSegLogic.models.package import save_package
from Testing.tests.models.tiny_packages import a_manifest


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A Resources folder with the packages `seer` (anatomy) and `finder` (scar)."""
    monkeypatch.setattr(catalogue, "RESOURCES_FOLDER", tmp_path / "Resources")
    for name, task in (("seer", "lv_anatomy"), ("finder", "lv_scar")):
        save_package(a_manifest(task, name=name), {"one": np.ones(1)}, tmp_path / "Resources" / "Models" / name)
    return tmp_path / "Resources" / "Models"


@pytest.mark.usefixtures("shelf")
def test_shipped_packages_are_listed_by_name():
    assert [package.manifest.name for package in list_packages()] == ["finder", "seer"]


def test_nothing_installed_is_an_empty_list(monkeypatch, tmp_path):
    monkeypatch.setattr(catalogue, "RESOURCES_FOLDER", tmp_path)
    assert list_packages() == ()
    with pytest.raises(ScarSegError, match=r"shipped ones \(none\)"):
        find_package("seer")


def test_a_package_is_found_by_name(shelf):
    assert find_package("seer", task="lv_anatomy").folder == shelf / "seer"


def test_a_package_is_found_by_a_path_with_spaces(shelf, tmp_path):
    elsewhere = tmp_path / "my own" / "models"
    shutil.copytree(shelf / "finder", elsewhere)
    assert find_package(elsewhere, task="lv_scar").folder == elsewhere
    assert find_package(str(elsewhere)).manifest.name == "finder"


@pytest.mark.usefixtures("shelf")
def test_a_package_of_another_task_is_refused_by_name():
    with pytest.raises(ScarSegError, match="the model 'seer' is for lv_anatomy, here one for lv_scar is needed"):
        find_package("seer", task="lv_scar")


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("name", ["nonsense", "", "/nowhere/at all"])
def test_an_unknown_package_is_refused_with_the_shipped_names(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ScarSegError, match=rf"unknown model '{name}': .*\(finder, seer\)"):
        find_package(name)
