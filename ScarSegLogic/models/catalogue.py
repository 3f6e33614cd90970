"""Which model packages there are and where they lie."""

from __future__ import annotations

from pathlib import Path

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.models.manifest import MANIFEST_NAME
from ScarSegLogic.models.package import ModelPackage, open_package
from ScarSegLogic.resources import RESOURCES_FOLDER


def models_folder() -> Path:
    """The folder of the shipped model packages."""
    return RESOURCES_FOLDER / "Models"


def list_packages() -> tuple[ModelPackage, ...]:
    """All shipped packages, by name. Empty where none is installed."""
    return tuple(open_package(path.parent) for path in sorted(models_folder().glob(f"*/{MANIFEST_NAME}")))


def find_package(name_or_path: str | Path, *, task: str | None = None) -> ModelPackage:
    """Find a package by the name of a shipped one or by its folder.

    Raises:
        ScarSegError: There is no such package, or it is for another task.
    """
    folder = models_folder() / str(name_or_path)
    if not (folder / MANIFEST_NAME).is_file():
        folder = Path(name_or_path)
    if not (folder / MANIFEST_NAME).is_file():
        shipped = ", ".join(path.parent.name for path in sorted(models_folder().glob(f"*/{MANIFEST_NAME}"))) or "none"
        raise ScarSegError(
            f"unknown model '{name_or_path}': expected the path of a model package or one of the shipped ones "
            f"({shipped})"
        )
    package = open_package(folder)
    if task is not None and package.manifest.task != task:
        raise ScarSegError(f"the model '{name_or_path}' is for {package.manifest.task}, here one for {task} is needed")
    return package
