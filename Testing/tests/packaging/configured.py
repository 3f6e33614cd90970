"""Runs CMake on the extension with the stub macros and reads back what they recorded."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
STUB_SLICER = Path(__file__).resolve().parent / "stub_slicer"
SCRIPTED_MODULES = Path("lib/Slicer-5.12/qt-scripted-modules")
NOT_INSTALLED = ("CMakeLists.txt",)
"""Files of a module folder that stay behind."""


@dataclass(frozen=True)
class Copy:
    """A file that a macro was told to copy into the build tree."""

    kind: str
    source: Path
    target: Path


@dataclass(frozen=True)
class Configured:
    """A configured build tree."""

    source: Path
    build: Path
    calls: tuple[tuple[str, ...], ...]
    log: str

    @property
    def copies(self) -> tuple[Copy, ...]:
        return tuple(
            Copy(call[0], Path(call[1]), Path(call[2])) for call in self.calls if call[0] in ("script", "resource")
        )

    @property
    def modules(self) -> dict[str, Path]:
        """Name and folder of every scripted module."""
        return {call[1]: Path(call[2]) for call in self.calls if call[0] == "module"}

    @property
    def metadata(self) -> dict[str, str]:
        """The fields of the extension's description; a field that CMake would split comes out joined by tabs."""
        return {call[1]: "\t".join(call[2:]) for call in self.calls if call[0] == "metadata"}

    def named(self, name: str) -> list[tuple[str, ...]]:
        """The arguments of every call of one name."""
        return [call[1:] for call in self.calls if call[0] == name]

    def install(self, prefix: Path) -> Path:
        """Install into a prefix and return the folder of the scripted modules there."""
        _cmake("--install", str(self.build), "--prefix", str(prefix))
        root = next(iter({call[1] for call in self.named("install")}))
        return prefix / root

    def unlisted(self, folder: Path) -> set[str]:
        """Files under a folder of the source tree that no macro copies, relative to that folder."""
        copied = {copy.source for copy in self.copies}
        return {path.relative_to(folder).as_posix() for path in installable(folder) if path not in copied}


def configure(build: Path, *options: str, source: Path = REPOSITORY) -> Configured:
    """Configure the extension, without needing a compiler.

    Raises:
        subprocess.CalledProcessError: CMake failed; its ``stderr`` says why.
    """
    compilers = [f"-DCMAKE_{language}_COMPILER_FORCED=ON" for language in ("C", "CXX")]
    compilers += [f"-DCMAKE_{language}_COMPILER={shutil.which('true')}" for language in ("C", "CXX")]
    log = _cmake("-S", str(source), "-B", str(build), f"-DSlicer_DIR={STUB_SLICER}", *compilers, *options)
    lines = (build / "calls.tsv").read_text(encoding="utf-8").splitlines()
    return Configured(source, build, tuple(tuple(line.split("\t")) for line in lines), log)


def installable(folder: Path) -> list[Path]:
    """The files of a folder that belong to a user's installation."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return [path for path in files if path.name not in NOT_INSTALLED and not _is_scrap(path.relative_to(folder))]


def copy_of_sources(target: Path) -> Path:
    """A copy of what CMake reads, without the weights, to change in a test."""
    ignore = shutil.ignore_patterns("__pycache__", "*.safetensors")
    for name in ("ScarSegExtension", "ScarSegLogic", "Resources"):
        shutil.copytree(REPOSITORY / name, target / name, ignore=ignore)
    for name in ("CMakeLists.txt", "LICENSE", "README.md"):
        shutil.copy(REPOSITORY / name, target / name)
    return target


def _is_scrap(path: Path) -> bool:
    return "__pycache__" in path.parts or path.name.endswith("~") or any(part.startswith(".") for part in path.parts)


def _cmake(*arguments: str) -> str:
    program = shutil.which("cmake")
    if program is None:
        raise FileNotFoundError("the tests of the packaging run CMake 3.21 or newer: install the package 'cmake'")
    return subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout
