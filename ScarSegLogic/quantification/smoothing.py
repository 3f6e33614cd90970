"""Smoothing that stays inside the wall."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

SMOOTHING_PIXELS = 1.0
"""Gaussian that tells a bright region from bright noise (ours)."""


def smooth_within(image: NDArray[np.floating], mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """In-plane Gaussian mean over the mask alone, so that blood and lung do not leak in.

    Args:
        image: (K, J, I) intensities, finite inside the mask.
        mask: (K, J, I) bool.

    Returns:
        (K, J, I) float64, meaningful inside the mask.
    """
    sigma = (0.0, SMOOTHING_PIXELS, SMOOTHING_PIXELS)
    weight = ndimage.gaussian_filter(mask.astype(np.float64), sigma)
    total = ndimage.gaussian_filter(np.where(mask, image, 0.0).astype(np.float64), sigma)
    return total / np.maximum(weight, 1e-6)
