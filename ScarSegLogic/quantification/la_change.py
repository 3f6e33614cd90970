"""What changed between two studies of one patient, for example before and after an ablation."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.quantification.finite_json import plain_json
from ScarSegLogic.quantification.la_result import LAScarResult

CHANGE_SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Change:
    """One number before and after; ``difference`` is after minus before, None where one of them is."""

    before: float | None
    after: float | None

    @property
    def difference(self) -> float | None:
        if self.before is None or self.after is None:
            return None
        return self.after - self.before


@dataclass(frozen=True)
class ScarOverlap:
    """Scar of two studies on one grid, within the wall of both.

    Attributes:
        common_wall_ml: Wall of both studies; scar elsewhere is not compared.
        new_ml, persistent_ml, gone_ml: Scar of the second alone, of both, of the first alone.
    """

    common_wall_ml: float
    new_ml: float
    persistent_ml: float
    gone_ml: float


@dataclass(frozen=True)
class LAChange:
    """Change of scar from one study to another.

    Attributes:
        scar_volume_ml, scar_percent_of_wall, scar_area_cm2, scar_percent_of_shell, wall_volume_ml, cavity_volume_ml:
            Numbers of both.
        encirclement_percent: By vein, those that both studies have.
        overlap: Or None where the first study was not brought onto the grid of the second.
        warnings: What makes the two hard to compare.
    """

    scar_volume_ml: Change
    scar_percent_of_wall: Change
    scar_area_cm2: Change
    scar_percent_of_shell: Change
    wall_volume_ml: Change
    cavity_volume_ml: Change
    encirclement_percent: dict[str, Change]
    overlap: ScarOverlap | None
    warnings: tuple[str, ...]


COMPARED_FIELDS = (
    "method", "iir", "n_sd", "inner_mm", "outer_mm", "blood_pool_erosion_mm", "minimum_island_mm3", "shell_from_mm",
    "shell_to_mm", "shell_projection", "ring_width_mm", "scar_model",
)  # fmt: skip
"""What must be the same in both requests for their numbers to be comparable."""


def change_between(before: LAScarResult, after: LAScarResult, *, overlap: ScarOverlap | None = None) -> LAChange:
    """Set the numbers of two studies side by side.

    Args:
        before: The earlier study.
        after: The later one.
        overlap: From ``scar_overlap``, where the two were registered.
    """
    shells = before.shell_scar, after.shell_scar
    return LAChange(
        scar_volume_ml=Change(before.burden.scar_volume_ml, after.burden.scar_volume_ml),
        scar_percent_of_wall=Change(before.burden.scar_percent_of_wall, after.burden.scar_percent_of_wall),
        scar_area_cm2=Change(*(None if shell is None else shell.scar_area_cm2 for shell in shells)),
        scar_percent_of_shell=Change(*(None if shell is None else shell.scar_percent_of_shell for shell in shells)),
        wall_volume_ml=Change(before.burden.wall_volume_ml, after.burden.wall_volume_ml),
        cavity_volume_ml=Change(before.cavity_volume_ml, after.cavity_volume_ml),
        encirclement_percent=_rings(before, after),
        overlap=overlap,
        warnings=_differences(before, after),
    )


def scar_overlap(
    before: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    after: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    voxel_volume_ml: float,
) -> ScarOverlap:
    """Compare scar voxel by voxel.

    Args:
        before: (K, J, I) bool wall and scar of the earlier study, resampled onto the later one's grid.
        after: The same of the later study.
        voxel_volume_ml: Volume of a voxel of that grid.

    Raises:
        ScarSegError: The shapes differ, or the walls have nothing in common.
    """
    if len({mask.shape for mask in (*before, *after)}) != 1:
        raise ScarSegError(
            f"the studies are on different grids ({before[0].shape} and {after[0].shape}): register the first to the "
            "second before comparing voxels"
        )
    common = before[0] & after[0]
    if not common.any():
        raise ScarSegError("the walls of the two studies do not overlap: check their registration")
    first, second = before[1] & common, after[1] & common

    def volume_ml(mask: NDArray[np.bool_]) -> float:
        return int(np.count_nonzero(mask)) * voxel_volume_ml

    return ScarOverlap(
        volume_ml(common), volume_ml(second & ~first), volume_ml(first & second), volume_ml(first & ~second)
    )


def change_to_json(change: LAChange) -> dict[str, Any]:
    """The change as JSON's own types: each number as ``before``, ``after`` and ``difference``, null where undefined."""
    document: dict[str, Any] = {"schema_version": CHANGE_SCHEMA_VERSION}
    for field in fields(LAChange):
        value = getattr(change, field.name)
        if isinstance(value, Change):
            value = _with_difference(value)
        elif isinstance(value, dict):
            value = {name: _with_difference(each) for name, each in value.items()}
        elif isinstance(value, ScarOverlap):
            value = asdict(value)
        document[field.name] = value
    undefined: dict[str, str] = {}
    return {**plain_json(document, undefined), "undefined": undefined}


def _with_difference(change: Change) -> dict[str, float | None]:
    return {**asdict(change), "difference": change.difference}


def _rings(before: LAScarResult, after: LAScarResult) -> dict[str, Change]:
    earlier = {ring.name: ring.encirclement_percent for ring in before.vein_rings}
    return {
        ring.name: Change(earlier[ring.name], ring.encirclement_percent)
        for ring in after.vein_rings
        if ring.name in earlier
    }


def _differences(before: LAScarResult, after: LAScarResult) -> tuple[str, ...]:
    told = []
    for name in COMPARED_FIELDS:
        values = getattr(before.request, name), getattr(after.request, name)
        if values[0] != values[1]:
            told.append(f"{name} is {values[0]} in the first study and {values[1]} in the second")
    if before.edited_by_hand != after.edited_by_hand:
        told.append(f"the scar of the {'first' if before.edited_by_hand else 'second'} study alone was edited by hand")
    if not told:
        return ()
    return (f"the two studies were not measured alike, so a change may not be one of scar: {'; '.join(told)}",)
