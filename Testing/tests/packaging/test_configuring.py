"""What configuring the extension does besides copying, and what it refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from Testing.tests.packaging.configured import SCRIPTED_MODULES, STUB_SLICER, Configured, configure, copy_of_sources

PHANTOM_MODELS = ["lv_anatomy_phantom", "lv_scar_phantom"]
NONCOMMERCIAL_MODELS = ["la_cavity_la2018", "lv_anatomy_emidec", "lv_scar_emidec"]
WITHOUT = "-DScarSeg_WITH_NONCOMMERCIAL_MODELS=OFF"


def test_every_module_has_its_self_test_run_by_ctest(configured: Configured) -> None:
    tests = {name: Path(script) for name, script in configured.named("unittest")}
    assert tests == {f"py_{name}": folder / f"{name}.py" for name, folder in configured.modules.items()}
    assert [script for script in tests.values() if not script.is_file()] == []


def test_no_self_test_is_registered_where_tests_are_not_built(tmp_path: Path) -> None:
    assert configure(tmp_path, "-DBUILD_TESTING=OFF").named("unittest") == []


def test_the_installed_logic_finds_its_models_and_sample_studies(installed: Path) -> None:
    assert _models(installed) == sorted([*NONCOMMERCIAL_MODELS, *PHANTOM_MODELS])
    assert (installed / "Resources" / "SampleData" / "studies.json").is_file()


def test_models_that_forbid_commercial_use_can_be_left_out(tmp_path: Path) -> None:
    assert _models(configure(tmp_path / "build", WITHOUT).install(tmp_path / "prefix")) == PHANTOM_MODELS


def test_models_left_out_later_do_not_stay_in_the_build_tree(tmp_path: Path) -> None:
    configure(tmp_path / "build")
    again = configure(tmp_path / "build", WITHOUT)
    assert _models(again.install(tmp_path / "prefix")) == PHANTOM_MODELS
    assert "Leaving out Resources/Models/lv_scar_emidec: its licence is CC-BY-NC-SA-4.0" in again.log


def test_a_listed_file_that_does_not_exist_stops_the_configuring(tmp_path: Path) -> None:
    source = copy_of_sources(tmp_path / "source")
    (source / "ScarSegExtension" / "ScarSegLV" / "Resources" / "Icons" / "ScarSegLV.svg").unlink()
    with pytest.raises(subprocess.CalledProcessError) as failure:
        configure(tmp_path / "build", source=source)
    assert "Resources/Icons/ScarSegLV.svg" in failure.value.stderr


def test_the_stub_lets_a_resource_with_dots_escape_from_the_module_folder_as_ctk_does(tmp_path: Path) -> None:
    (tmp_path / "source" / "Module").mkdir(parents=True)
    (tmp_path / "source" / "shared.txt").write_text("", encoding="utf-8")
    (tmp_path / "source" / "Module" / "Module.py").write_text("", encoding="utf-8")
    (tmp_path / "source" / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.21)\nproject(Escape)\nfind_package(Slicer REQUIRED)\n"
        "include(${Slicer_USE_FILE})\nadd_subdirectory(Module)\n",
        encoding="utf-8",
    )
    (tmp_path / "source" / "Module" / "CMakeLists.txt").write_text(
        "slicerMacroBuildScriptedModule(NAME Module SCRIPTS Module RESOURCES ../shared.txt)\n", encoding="utf-8"
    )
    script, resource = configure(tmp_path / "build", source=tmp_path / "source").copies
    assert script.target == tmp_path / "build" / SCRIPTED_MODULES / "Module.py"
    assert resource.target == (tmp_path / "build" / SCRIPTED_MODULES).parent / "shared.txt"


def test_the_stub_knows_the_keywords_of_slicer_alone(tmp_path: Path) -> None:
    (tmp_path / "CMakeLists.txt").write_text(
        f"cmake_minimum_required(VERSION 3.21)\nproject(Wrong LANGUAGES NONE)\ninclude({STUB_SLICER}/UseSlicer.cmake)\n"
        "slicerMacroBuildScriptedModule(MODULE_NAME Wrong SCRIPTS Wrong.py)\n",
        encoding="utf-8",
    )
    with pytest.raises(subprocess.CalledProcessError) as failure:
        configure(tmp_path / "build", source=tmp_path)
    assert "Unknown keywords" in failure.value.stderr


def _models(modules: Path) -> list[str]:
    """Names of the model packages that an installed ScarSegLogic lists, asked in a fresh interpreter."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import ScarSegLogic\n"
        "from ScarSegLogic.models.catalogue import list_packages\n"
        "assert ScarSegLogic.__file__.startswith(sys.argv[1]), ScarSegLogic.__file__\n"
        "print(*(package.manifest.name for package in list_packages()))\n"
    )
    answer = subprocess.run(
        [sys.executable, "-I", "-B", "-c", code, str(modules)], check=True, capture_output=True, text=True
    )
    return answer.stdout.split()
