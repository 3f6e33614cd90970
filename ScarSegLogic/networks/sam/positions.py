"""Learnt positions of another input size, interpolated to the one at hand."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def resize_position_grid(positions: Tensor, grid: tuple[int, int]) -> Tensor:
    """Resize absolute position embeddings (1, H, W, C) to (1, *grid, C), bilinearly as SAM-Med2D does (Cheng 2023)."""
    if positions.shape[1:3] == grid:
        return positions
    resized = functional.interpolate(positions.permute(0, 3, 1, 2), grid, mode="bilinear", align_corners=False)
    return resized.permute(0, 2, 3, 1)


def resize_relative_positions(positions: Tensor, length: int) -> Tensor:
    """Resize relative position embeddings (2 n - 1, C) to (length, C), linearly as Segment Anything does."""
    if len(positions) == length:
        return positions
    return functional.interpolate(positions.T[None], length, mode="linear", align_corners=False)[0].T
