"""A case as a dataset lists it, before anything of it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

SplitName = Literal["train", "validation", "test"]
TierSource = Literal["expert", "automatic"]


@dataclass(frozen=True)
class CaseEntry:
    """Where a case lies and what is known of it.

    Attributes:
        case: Its name, unique in the dataset.
        patient: Whose study it is.
        files: Paths from the dataset's folder by what they hold: "image"; "labels" (a label map in the dataset's
            convention) or single masks named as in ``case.STRUCTURES`` (everything above 0); "observers" (the scar of
            other readers, one file each). Several files of an image, its labels or a mask are its slices in order.
            Empty for a phantom.
        tier, tier_source: Difficulty 0, 1 or 2 and who said so.
        slice_tiers: Difficulty slice by slice, where slices were graded.
        cohort, phase: Where the study comes from; "acute" or "chronic".
        split: The part of the dataset it belongs to, where the dataset says so.
        burden_percent: Its scar burden, where it was measured (`scarseg-train check` does).
    """

    case: str
    patient: str
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tier: int | None = field(default=None, kw_only=True)
    tier_source: TierSource | None = field(default=None, kw_only=True)
    slice_tiers: tuple[int | None, ...] | None = field(default=None, kw_only=True)
    cohort: str | None = field(default=None, kw_only=True)
    phase: str | None = field(default=None, kw_only=True)
    split: SplitName | None = field(default=None, kw_only=True)
    burden_percent: float | None = field(default=None, kw_only=True)
