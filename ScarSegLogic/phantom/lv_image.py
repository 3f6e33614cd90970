"""The noise-free signal of a phantom on its grid: body, heart and texture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.phantom.acquisition import tissue_texture
from ScarSegLogic.phantom.rasterise import HEART_TISSUES, RasterisedHeart
from ScarSegLogic.phantom.short_axis import ShortAxisStack
from ScarSegLogic.phantom.torso import Torso


@dataclass(frozen=True)
class BodyPlacement:
    """A torso and the height of the LV's middle, from which its coordinates count."""

    torso: Torso
    middle_mm: float


def clean_signal(
    heart: RasterisedHeart,
    stack: ShortAxisStack,
    body: BodyPlacement,
    tissue_signal: NDArray[np.float32],
    texture: float,
    generator: np.random.Generator,
) -> NDArray[np.float32]:
    """Signed signal (K, J, I) before coil, point spread and noise.

    The body is sampled once a voxel; in the heart's neighbourhood each voxel mixes its tissues' signals by share.

    Args:
        heart: The supersampled heart.
        stack: The grid; a breath-hold shift moves the whole body of a slice.
        body: What lies around the heart.
        tissue_signal: (K, number of tissues) signal of each slice.
        texture: Relative SD of the slow changes within tissues.
        generator: Randomness of the texture.
    """
    tissue = body.torso.tissue(*_relative_ras(stack, body.middle_mm))
    signal = tissue_signal[np.arange(tissue.shape[0])[:, None, None], tissue]
    factor, added = tissue_texture(tissue, texture, generator)
    neighbourhood = (slice(None), heart.rows, heart.columns)
    rest = 1.0 - heart.shares.sum(axis=-1)
    codes = [int(code) for code in HEART_TISSUES]
    mixed = np.matmul(heart.shares, tissue_signal[:, None, codes, None])[..., 0]
    signal[neighbourhood] = signal[neighbourhood] * rest + mixed
    added[neighbourhood] *= rest
    signal *= factor
    signal += added
    return signal


def _relative_ras(
    stack: ShortAxisStack, middle_mm: float
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """R, A and S of every voxel relative to the LV's middle, with each slice's shift undone."""
    count, height, width = stack.geometry.shape_kji
    matrix = stack.geometry.ijk_to_ras
    middle = stack.pose.to_ras(np.array([0.0, 0.0, middle_mm]))
    shifts = stack.shifts_xy_mm @ stack.pose.axes[:, :2].T
    j, i = np.ogrid[:height, :width]
    slices = np.arange(count)

    def coordinate(axis: int) -> NDArray[np.float32]:
        in_plane = (matrix[axis, 0] * i + matrix[axis, 1] * j).astype(np.float32)
        across = matrix[axis, 2] * slices + matrix[axis, 3] - middle[axis] - shifts[:, axis]
        return in_plane[None] + across.astype(np.float32)[:, None, None]

    return coordinate(0), coordinate(1), coordinate(2)
