"""The size of a scar that gives a wanted burden."""

from __future__ import annotations

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.phantom.lv_anatomy import LVAnatomy
from ScarSegLogic.phantom.lv_scar import LVScar
from ScarSegLogic.phantom.quadrature import COARSE_DENSITY, TRUTH_DENSITY, integrate_heart
from ScarSegLogic.phantom.short_axis import ShortAxisStack

LARGEST_FACTOR = 16.0
BURDEN_TOLERANCE_PERCENT = 0.02
"""Difference to the wanted burden at which the search stops, in percent of the myocardium (ours)."""


def scar_of_burden(scar: LVScar, anatomy: LVAnatomy, stack: ShortAxisStack, target_percent: float) -> LVScar:
    """Scale a scar by bisection until infarct over imaged myocardium is ``target_percent``, above 0.

    Raises:
        ScarSegError: The pattern cannot grow to the target.
    """

    def burden(factor: float, density=COARSE_DENSITY) -> float:
        return integrate_heart(anatomy, scar.scaled(factor), stack.heights_mm, stack.slab_mm, density).infarct_percent()

    largest = burden(LARGEST_FACTOR)
    if largest < target_percent:
        raise ScarSegError(
            f"a {scar.pattern} scar reaches at most {largest:.1f} % of this heart's myocardium, {target_percent:g} % "
            "was asked for: choose a lower burden, another pattern or another seed"
        )
    low, high = 0.0, LARGEST_FACTOR
    # Coarse bisection first, the last steps at the density of the truth.
    for step in range(24):
        middle = 0.5 * (low + high)
        density = COARSE_DENSITY if step < 8 else TRUTH_DENSITY
        found = burden(middle, density)
        if density is TRUTH_DENSITY and abs(found - target_percent) < BURDEN_TOLERANCE_PERCENT:
            break
        low, high = (middle, high) if found < target_percent else (low, middle)
        if step == 7:
            low, high = low * 0.9, high * 1.1
    return scar.scaled(middle)
