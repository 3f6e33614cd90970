"""A wheel carries the models and the sample studies, inside the package; the source tree keeps them beside it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ScarSegLogic.resources import RESOURCES_FOLDER
from Testing.tests.packaging.configured import REPOSITORY, installable


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the repository that an earlier build left a removed model in."""
    source = tmp_path_factory.mktemp("wheel") / "source"
    source.mkdir()
    for name in ("ScarSegLogic", "Resources", "training"):
        shutil.copytree(REPOSITORY / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, source / name)
    removed = source / "build" / "lib" / "ScarSegLogic" / "Resources" / "Models" / "removed"
    removed.mkdir(parents=True)
    (removed / "manifest.json").write_text("{}", encoding="utf-8")
    code = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, str(source / "out")], cwd=source, check=True, capture_output=True)
    (path,) = (source / "out").glob("scarseg-*.whl")
    return path


def test_the_source_tree_keeps_resources_beside_the_logic() -> None:
    assert RESOURCES_FOLDER == REPOSITORY / "Resources"


def test_a_wheel_holds_every_resource_once_and_inside_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if "Resources/" in name]
    wanted = [f"ScarSegLogic/{path.relative_to(REPOSITORY)}" for path in installable(REPOSITORY / "Resources")]
    assert sorted(names) == sorted(wanted)


def test_a_wheel_holds_every_script_and_every_other_file_of_the_logic(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    wanted = {path.relative_to(REPOSITORY).as_posix() for path in installable(REPOSITORY / "ScarSegLogic")}
    assert wanted - names == set()


def test_a_wheel_holds_nothing_but_its_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"ScarSegLogic", "scarseg_training"}


def test_an_installed_wheel_finds_its_models(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site packages ü"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from ScarSegLogic.models.catalogue import list_packages\n"
        "from ScarSegLogic.resources import RESOURCES_FOLDER\n"
        "assert str(RESOURCES_FOLDER).startswith(sys.argv[1]), RESOURCES_FOLDER\n"
        "print(*(package.manifest.name for package in list_packages()))\n"
    )
    answer = subprocess.run(
        [sys.executable, "-I", "-B", "-c", code, str(site)], cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout
    assert answer.split() == sorted(path.name for path in (REPOSITORY / "Resources" / "Models").iterdir())
