"""What LV phantom to make."""

from __future__ import annotations

from dataclasses import dataclass, field

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.phantom.acquisition import Contrast
from ScarSegLogic.phantom.config_checks import check_name, check_range
from ScarSegLogic.phantom.lv_scar import ScarPattern
from ScarSegLogic.phantom.rasterise import Supersampling
from ScarSegLogic.phantom.tiers import Tier

LARGEST_TARGET_PERCENT = 40.0
"""Largest burden that can be asked for (ours)."""


@dataclass(frozen=True)
class LVPhantomConfig:
    """What phantom to make. Everything that is None is drawn from the seed.

    Attributes:
        seed: Same seed and settings, same bytes. 0 or above.
        tier: ``easy``, ``medium`` or ``hard``.
        pattern: A ``ScarPattern`` by name.
        contrast: ``magnitude`` or ``psir``.
        target_burden_percent: Infarct over whole myocardium, 0 to 40; 0 means no scar.
        matrix_size: Rows and columns, 64 to 512.
        observer_count: Simulated readers, 0 to 10.
        with_truth: Whether to compute the truth; without it ``LVPhantom.truth`` is None (saves about 0.1 s).
        supersampling: Samples of a voxel in the heart.

    Raises:
        ScarSegError: A value outside its range, a scar without extent or an extent without scar.
    """

    seed: int
    tier: str | None = None
    pattern: str | None = None
    contrast: str | None = None
    target_burden_percent: float | None = None
    matrix_size: int | None = None
    observer_count: int = 3
    with_truth: bool = True
    supersampling: Supersampling = field(default_factory=Supersampling)

    def __post_init__(self) -> None:
        check_name("tier", self.tier, [str(tier) for tier in Tier])
        check_name("scar pattern", self.pattern, [str(pattern) for pattern in ScarPattern])
        check_name("contrast", self.contrast, [str(contrast) for contrast in Contrast])
        check_range("seed", self.seed, 0, 2**63)
        check_range("target burden in percent", self.target_burden_percent, 0.0, LARGEST_TARGET_PERCENT)
        check_range("matrix size", self.matrix_size, 64, 512)
        check_range("observer count", self.observer_count, 0, 10)
        target = self.target_burden_percent
        if self.pattern == ScarPattern.NONE and target:
            raise ScarSegError(
                f"a phantom without scar cannot have a burden of {target} %: choose another pattern or 0 %"
            )
