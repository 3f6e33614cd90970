"""Every file that the extension needs is installed exactly once, and nothing else is."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from Testing.tests.packaging.configured import (
    REPOSITORY,
    SCRIPTED_MODULES,
    Configured,
    configure,
    copy_of_sources,
    installable,
)

EXTENSION = REPOSITORY / "ScarSegExtension"
SHARED = EXTENSION / "ScarSegModuleLib"
"""What the modules share; no module itself."""


def test_every_module_folder_is_a_module_of_the_extension(configured: Configured) -> None:
    folders = {path.name: path for path in EXTENSION.iterdir() if path.is_dir() and path != SHARED}
    assert configured.modules == folders


def test_every_file_of_a_module_is_listed(configured: Configured) -> None:
    for name, folder in configured.modules.items():
        assert configured.unlisted(folder) == set(), f"list it in {name}/CMakeLists.txt"


def test_every_file_that_the_modules_share_is_installed_beside_them(configured: Configured) -> None:
    assert configured.unlisted(SHARED) == set()
    targets = {copy.target.parent for copy in configured.copies if SHARED in copy.source.parents}
    assert targets == {configured.build / SCRIPTED_MODULES / "ScarSegModuleLib"}


def test_every_file_of_the_logic_and_the_resources_is_installed(configured: Configured) -> None:
    assert configured.unlisted(REPOSITORY / "ScarSegLogic") == set()
    assert configured.unlisted(REPOSITORY / "Resources") == set()


def test_no_file_is_installed_twice_and_none_over_another(configured: Configured) -> None:
    for paths in (Counter(copy.source for copy in configured.copies), Counter(c.target for c in configured.copies)):
        assert [path for path, times in paths.items() if times > 1] == []


def test_files_lie_as_in_the_source_tree_with_the_modules_beside_the_logic(configured: Configured) -> None:
    modules = configured.build / SCRIPTED_MODULES
    for copy in configured.copies:
        roots = (folder for folder in (*configured.modules.values(), EXTENSION) if folder in copy.source.parents)
        root = next(roots, REPOSITORY)
        assert copy.target == modules / copy.source.relative_to(root)


def test_nothing_but_modules_logic_and_resources_is_packaged(configured: Configured) -> None:
    tops = {copy.source.relative_to(REPOSITORY).parts[0] for copy in configured.copies}
    assert tops == {"ScarSegExtension", "ScarSegLogic", "Resources"}
    assert not [copy.source for copy in configured.copies if "Testing" in copy.source.relative_to(REPOSITORY).parts]
    assert not [copy.source for copy in configured.copies if copy.source.suffix in (".pyc", ".orig", ".bak")]


def test_scripts_are_python_and_resources_are_not(configured: Configured) -> None:
    assert {copy.source.suffix for copy in configured.copies if copy.kind == "script"} == {".py"}
    assert ".py" not in {copy.source.suffix for copy in configured.copies if copy.kind == "resource"}


def test_all_install_rules_are_of_one_folder_into_one_folder(configured: Configured) -> None:
    rules = {(Path(folder), target) for folder, target in configured.named("install")}
    assert rules == {(configured.build / SCRIPTED_MODULES, f"./{SCRIPTED_MODULES.as_posix()}")}


def test_the_installed_tree_holds_just_the_copied_files(configured: Configured, installed: Path) -> None:
    modules = configured.build / SCRIPTED_MODULES
    wanted = {copy.target.relative_to(modules) for copy in configured.copies}
    assert {path.relative_to(installed) for path in installable(installed)} == wanted


def test_a_bundle_of_macos_receives_the_same_files(configured: Configured, tmp_path: Path) -> None:
    root = "Slicer.app/Contents/Extensions-34567/ScarSeg/"
    bundle = configure(tmp_path / "build", f"-DSTUB_INSTALL_ROOT={root}").install(tmp_path / "prefix")
    assert bundle == tmp_path / "prefix" / root / SCRIPTED_MODULES
    names = {copy.target.relative_to(configured.build / SCRIPTED_MODULES) for copy in configured.copies}
    assert {path.relative_to(bundle) for path in installable(bundle)} == names


def test_every_import_of_ours_is_installed(installed: Path) -> None:
    ours = ("ScarSegLogic", "ScarSegModuleLib", *(f"{path.stem}Lib" for path in installed.glob("ScarSeg*.py")))
    for script in installed.rglob("*.py"):
        for name in _imported(script):
            if name.split(".")[0] in ours:
                path = installed / name.replace(".", "/")
                assert path.with_suffix(".py").is_file() or (path / "__init__.py").is_file(), f"{script}: {name}"


def test_every_resource_that_a_module_names_is_installed(installed: Path) -> None:
    named = {
        resource
        for script in [*installed.glob("*.py"), *installed.glob("*Lib/**/*.py")]
        for resource in re.findall(r"resourcePath\(\s*f?[\"']([^\"'{}]+)[\"']", script.read_text(encoding="utf-8"))
    }
    assert [resource for resource in sorted(named) if not (installed / "Resources" / resource).is_file()] == []


def test_every_module_has_its_icon(configured: Configured, installed: Path) -> None:
    for name in configured.modules:
        assert (installed / "Resources" / "Icons" / f"{name}.svg").is_file()
        assert (installed / "Resources" / "Icons" / f"{name}.png").is_file()


@pytest.mark.parametrize("forgotten", ["ScarSegLVLib/forgotten.py", "Resources/UI/Forgotten.ui", "Forgotten.py"])
def test_a_file_that_nobody_listed_is_noticed(tmp_path: Path, forgotten: str) -> None:
    source = copy_of_sources(tmp_path / "source")
    module = source / "ScarSegExtension" / "ScarSegLV"
    before = configure(tmp_path / "before", source=source).unlisted(module)
    (module / forgotten).write_text("", encoding="utf-8")
    assert configure(tmp_path / "after", source=source).unlisted(module) - before == {forgotten}


def test_a_new_file_that_the_modules_share_needs_no_list(tmp_path: Path) -> None:
    source = copy_of_sources(tmp_path / "source")
    (source / "ScarSegExtension" / "ScarSegModuleLib" / "new_part.py").write_text("", encoding="utf-8")
    copied = {copy.source.name: copy.target for copy in configure(tmp_path / "build", source=source).copies}
    assert copied["new_part.py"] == tmp_path / "build" / SCRIPTED_MODULES / "ScarSegModuleLib" / "new_part.py"


def test_a_new_file_of_the_logic_needs_no_list(tmp_path: Path) -> None:
    source = copy_of_sources(tmp_path / "source")
    (source / "ScarSegLogic" / "report" / "new_picture.svg").write_text("<svg/>", encoding="utf-8")
    (source / "ScarSegLogic" / "report" / "new_step.py").write_text("", encoding="utf-8")
    (source / "ScarSegLogic" / "report" / "__pycache__").mkdir()
    (source / "ScarSegLogic" / "report" / "__pycache__" / "new_step.cpython-312.pyc").write_bytes(b"")
    copied = {copy.source.name: copy.kind for copy in configure(tmp_path / "build", source=source).copies}
    assert (copied["new_picture.svg"], copied["new_step.py"]) == ("resource", "script")
    assert "new_step.cpython-312.pyc" not in copied


def _imported(script: Path) -> set[str]:
    """Absolute names of imported modules; for ``from a import b`` both a and, where the sources have it, a.b."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(script.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names if _is_module(node, alias))}
    return names


def _is_module(node: ast.ImportFrom, alias: ast.alias) -> bool:
    path = Path(*node.module.split("."), f"{alias.name}.py")
    return any((root / path).is_file() for root in (REPOSITORY, EXTENSION, *EXTENSION.iterdir()))
