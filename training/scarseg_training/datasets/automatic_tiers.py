"""How difficult a real case is, where no expert said so: the phantoms' score from what can be measured in a study.

The score and its borders are those of ``ScarSegLogic.phantom.tiers``. Contrast-to-noise is measured:

    CNR = k |median(scar) - median(normal myocardium)| / noise
    noise = 1.4826 median |grey value - its slice's median|, over normal myocardium

Normal myocardium is taken a pixel inside the wall and a pixel off the scar, because mixed border pixels are no noise. A
heart without scar is measured by its blood, which enhances likewise. What varies besides noise (coil shading, partial
volume, a blood pool darker or brighter than scar) makes the quotient smaller than the contrast-to-noise that phantoms
are made with; k makes up for it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from scarseg_training.datasets.case import Case
from ScarSegLogic.phantom.observers import mean_pairwise_dice
from ScarSegLogic.phantom.tiers import Difficulty

SCAR_FACTOR = 1.4
"""k with scar: median ratio over 48 phantoms with scar, seeds from 100000; ranks agree with rho .92 (ours)."""
BLOOD_FACTOR = 1.9
"""k for blood instead of scar: median ratio over the 12 phantoms without scar among the first 60 (ours)."""
MINIMUM_PIXELS = 30
"""Fewer pixels of normal myocardium give no noise (ours)."""
MINIMUM_SLICE_PIXELS = 8
"""Slices with fewer pixels of normal myocardium are left out (ours)."""
LOWEST_QUOTIENT = 0.1
"""Contrast over noise counts as at least this (ours)."""
MAD_TO_SD = 1.4826
_SQUARE = np.ones((1, 3, 3), bool)


def automatic_tier(case: Case) -> int | None:
    """Difficulty 0, 1 or 2 of a case; None where it cannot be measured."""
    difficulty = measured_difficulty(case)
    return None if difficulty is None else difficulty.tier.number


def measured_difficulty(case: Case) -> Difficulty | None:
    """Contrast-to-noise, extent of scar and disagreement of readers of a case.

    Returns:
        None where no LV scar was marked, hardly any normal myocardium is left, or there is nothing to compare with it.
    """
    burden = case.scar_burden_percent
    if burden is None or not {"myocardium", "scar", "cavity"} <= set(case.masks):
        return None
    contrast_to_noise = _contrast_to_noise(case)
    if contrast_to_noise is None:
        return None
    return Difficulty(contrast_to_noise, burden, mean_pairwise_dice((case.masks["scar"], *case.observers)))


def _contrast_to_noise(case: Case) -> float | None:
    heart = _around(case.masks["myocardium"] | case.masks["cavity"])
    wall, scar, cavity, image = (
        array[heart] for array in (*(case.masks[name] for name in ("myocardium", "scar", "cavity")), case.image)
    )
    normal = ndimage.binary_erosion(wall, _SQUARE) & ~ndimage.binary_dilation(scar, _SQUARE)
    if normal.sum() < MINIMUM_PIXELS:
        normal = wall & ~scar
    # Two pixels off its border, papillary muscles and mixed pixels are rarer in the blood.
    blood = ndimage.binary_erosion(cavity, _SQUARE, iterations=2)
    bright, factor = (scar, SCAR_FACTOR) if scar.any() else (blood, BLOOD_FACTOR)
    noise = _noise(image, normal)
    if noise is None or not bright.any():
        return None
    contrast = abs(float(np.median(image[bright])) - float(np.median(image[normal])))
    # A scar as grey as its surroundings is as hard as it gets, not infinitely so.
    return factor * max(contrast / noise, LOWEST_QUOTIENT)


def _around(heart: NDArray[np.bool_]) -> tuple[slice, ...]:
    """The box of the heart and one more pixel: morphology of whole slices takes ten times as long."""
    found = ndimage.find_objects(heart.astype(np.uint8))
    if not found:
        return (slice(None),) * 3
    return (found[0][0], *(slice(max(part.start - 1, 0), part.stop + 1) for part in found[0][1:]))


def _noise(image: NDArray[np.float32], normal: NDArray[np.bool_]) -> float | None:
    """Robust SD within slices, averaged by their pixels: slices of one study differ in brightness."""
    deviations, pixels = [], []
    for grey, mask in zip(image, normal, strict=True):
        values = grey[mask]
        if values.size >= MINIMUM_SLICE_PIXELS:
            deviations.append(MAD_TO_SD * float(np.median(np.abs(values - np.median(values)))))
            pixels.append(values.size)
    if sum(pixels) < MINIMUM_PIXELS:
        return None
    noise = float(np.average(deviations, weights=pixels))
    return noise if noise > 0 else None
