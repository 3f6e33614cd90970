"""What LA phantom to make."""

from __future__ import annotations

from dataclasses import dataclass

from ScarSegLogic.phantom.acquisition import Contrast
from ScarSegLogic.phantom.config_checks import check_name, check_range
from ScarSegLogic.phantom.la_grid import Sampling
from ScarSegLogic.phantom.la_scar import LAScarPattern
from ScarSegLogic.phantom.rasterise import Supersampling
from ScarSegLogic.phantom.tiers import Tier

SMALLEST_FIELD_MM = 130.0
"""Smallest field of view that holds every atrium (ours)."""


@dataclass(frozen=True)
class LAPhantomConfig:
    """What phantom to make. Everything that is None is drawn from the seed.

    Attributes:
        seed: Same seed and settings, same bytes. 0 or above.
        tier: ``easy``, ``medium`` or ``hard``.
        pattern: ``ablation``, ``preablation`` or ``none``.
        sampling: ``slices`` (0.625 x 0.625 x 2.5 mm) or ``isotropic`` (1 mm).
        contrast: ``magnitude`` or ``psir``.
        matrix_size: Rows and columns: 208 to 1024 for slices, 130 to 1024 for isotropic voxels; at least 208 where the
            sampling is drawn.
        observer_count: Simulated readers, 0 to 10.
        with_truth: Whether to compute the truth; without it ``LAPhantom.truth`` is None.
        supersampling: Samples of a voxel at the wall; None for that of the sampling.

    Raises:
        ScarSegError: A value outside its range.
    """

    seed: int
    tier: str | None = None
    pattern: str | None = None
    sampling: str | None = None
    contrast: str | None = None
    matrix_size: int | None = None
    observer_count: int = 3
    with_truth: bool = True
    supersampling: Supersampling | None = None

    def __post_init__(self) -> None:
        check_name("tier", self.tier, [str(tier) for tier in Tier])
        check_name("scar pattern", self.pattern, [str(pattern) for pattern in LAScarPattern])
        check_name("sampling", self.sampling, [str(sampling) for sampling in Sampling])
        check_name("contrast", self.contrast, [str(contrast) for contrast in Contrast])
        check_range("seed", self.seed, 0, 2**63)
        pixel = Sampling(self.sampling or Sampling.SLICES).spacing_kji_mm[1]
        check_range("matrix size", self.matrix_size, round(SMALLEST_FIELD_MM / pixel), 1024)
        check_range("observer count", self.observer_count, 0, 10)
