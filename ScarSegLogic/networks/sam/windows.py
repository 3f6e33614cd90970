"""Grids of tokens cut into square windows and put together again."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def split_windows(tokens: Tensor, window: int) -> tuple[Tensor, tuple[int, int]]:
    """Cut (N, H, W, C) into (N windows, window, window, C), zeros added at the end; also gives the padded H and W."""
    height, width = tokens.shape[1:3]
    padded = functional.pad(tokens, (0, 0, 0, -width % window, 0, -height % window))
    n, height, width, channels = padded.shape
    cut = padded.reshape(n, height // window, window, width // window, window, channels)
    return cut.transpose(2, 3).reshape(-1, window, window, channels), (height, width)


def join_windows(windows: Tensor, padded: tuple[int, int]) -> Tensor:
    """Put windows (N windows, window, window, C) back together as (N, *padded, C)."""
    window, channels = windows.shape[1], windows.shape[-1]
    rows, columns = padded[0] // window, padded[1] // window
    cut = windows.reshape(-1, rows, columns, window, window, channels)
    return cut.transpose(2, 3).reshape(-1, *padded, channels)
