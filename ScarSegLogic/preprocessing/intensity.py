"""Intensity normalisation and slice context, one definition for training and inference."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CLIP_PERCENTILES = (0.5, 99.5)
"""Intensities beyond these percentiles of a crop are clipped (ours)."""


def normalise_slices(crops: NDArray[np.float32]) -> NDArray[np.float32]:
    """Clip each (H, W) slice of (K, H, W) to its percentiles, then z-score it. A constant slice becomes zero.

    Slice by slice, because surface coils, TI drift and stored window levels change from slice to slice.
    """
    low, high = np.percentile(crops, CLIP_PERCENTILES, axis=(1, 2), keepdims=True)
    clipped = np.clip(crops, low, high)
    mean = clipped.mean(axis=(1, 2), keepdims=True)
    deviation = clipped.std(axis=(1, 2), keepdims=True)
    return ((clipped - mean) / np.where(deviation > 0, deviation, 1.0)).astype(np.float32)


def with_neighbours(slices: NDArray) -> NDArray:
    """Stack each slice between its neighbours: (K, H, W) to (K, 3, H, W); end slices repeat themselves."""
    before = np.concatenate([slices[:1], slices[:-1]])
    after = np.concatenate([slices[1:], slices[-1:]])
    return np.stack([before, slices, after], axis=1)
