"""What a task must find in the manifest of its package."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.models.manifest import MANIFEST_NAME
from ScarSegLogic.models.package import ModelPackage

REQUIRED_NUMBERS: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "lv_anatomy": {
            "preprocessing": ("crop_size", "heart_margin", "localiser_size", "localiser_field_of_view_mm"),
            "thresholds": ("left_ventricle",),
        },
        "la_cavity": {
            "preprocessing": ("localiser_spacing_mm", "crop_spacing_mm"),
            "thresholds": ("la_cavity", "localiser"),
        },
        "la_scar": {"preprocessing": (), "thresholds": ("la_scar",)},
        "lv_scar": {"preprocessing": ("crop_size", "heart_margin"), "thresholds": ("infarct",)},
    }
)
"""Positive numbers by task and part of the manifest; those named ``*_size`` are whole pixels."""

REQUIRED_TRIPLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "la_cavity": ("localiser_shape_kji", "crop_shape_kji"),
        "la_scar": ("spacing_kji_mm", "shape_kji", "patch_kji"),
    }
)
"""Three positive numbers each of ``preprocessing``, by task."""

SCAR_LABELS = (("infarct",), ("infarct", "mvo"))
"""What the outputs of a scar network may be: a network without MVO leaves it to the rule."""


def require_task(package: ModelPackage, task: str) -> None:
    """Check that a package is for a task and that its manifest holds the numbers the task reads.

    Raises:
        ScarSegError: It is for another task, or a number is missing or no positive number; the file is named.
    """
    path = package.folder / MANIFEST_NAME
    if package.manifest.task != task:
        raise ScarSegError(f"{path} is for {package.manifest.task}, here a model for {task} is needed")
    if task == "lv_scar" and package.manifest.labels not in SCAR_LABELS:
        raise ScarSegError(
            f"{path} names the outputs ({', '.join(package.manifest.labels)}) as labels, expected (infarct) or "
            "(infarct, mvo): the model package is damaged or of another version"
        )
    needed = [(part, name) for part, names in REQUIRED_NUMBERS[task].items() for name in names]
    if task == "lv_scar":
        needed += [("thresholds", name) for name in package.manifest.labels[1:]]
    wrong = [
        f"{part}.{name}" for part, name in needed if not _is_usable(name, getattr(package.manifest, part).get(name))
    ]
    wrong += [
        f"preprocessing.{name}"
        for name in REQUIRED_TRIPLES.get(task, ())
        if not _is_triple(package.manifest.preprocessing.get(name))
    ]
    if wrong:
        raise ScarSegError(
            f"{path} lacks a positive number as {', '.join(wrong)}: the model package is damaged or of another version"
        )


def _is_triple(value: object) -> bool:
    return isinstance(value, list | tuple) and len(value) == 3 and all(_is_usable("", each) for each in value)


def _is_usable(name: str, value: object) -> bool:
    kind = int if name.endswith("_size") else (int, float)
    return isinstance(value, kind) and not isinstance(value, bool) and value > 0
