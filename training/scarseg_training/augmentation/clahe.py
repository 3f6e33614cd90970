"""Contrast-limited adaptive histogram equalisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from scarseg_training.augmentation.draws import Draws

BINS = 256


@dataclass(frozen=True, eq=False)
class ClaheParameters:
    """Of the chosen samples only.

    Attributes:
        rows: (m,) positions of the samples that are equalised.
        clip_limit: (m,) largest height of a histogram bin, in multiples of the mean height.
    """

    rows: Tensor
    clip_limit: Tensor


@dataclass(frozen=True)
class Clahe:
    """Equalises tile by tile, bins cut at a limit, and interpolates between the tiles (Zuiderveld 1994).

    Attributes:
        clip_limit: Smallest and largest limit, in multiples of a tile's mean bin (ours: OpenCV's scale).
        tiles: Along each side; the image's sides need not be multiples of it.
        probability: Of equalising at all.
    """

    clip_limit: tuple[float, float] = (1.0, 4.0)
    tiles: int = 8
    probability: float = 1.0

    def sample(self, draws: Draws, shape: Sequence[int]) -> ClaheParameters:  # noqa: ARG002
        """Draw the limit of each chosen sample."""
        chosen = draws.chance(self.probability)
        return ClaheParameters(chosen.nonzero()[:, 0], draws.of(chosen).uniform(*self.clip_limit))

    def apply(self, images: Tensor, parameters: ClaheParameters) -> Tensor:
        """Equalised copies of slices (n, C, J, I) in [0, 1]; each channel by its own histogram."""
        if not len(parameters.rows):
            return images
        rows = parameters.rows.to(images.device)
        chosen = images[rows]
        planes = chosen.flatten(0, 1)
        limits = parameters.clip_limit.to(images.device).repeat_interleave(chosen.shape[1])
        return images.index_copy(0, rows, equalise(planes, limits, self.tiles).view_as(chosen))


def equalise(planes: Tensor, clip_limit: Tensor, tiles: int) -> Tensor:
    """Equalise planes (p, J, I) in [0, 1].

    Args:
        planes: Values beyond [0, 1] are clipped.
        clip_limit: (p,) multiples of the mean bin height; a limit of ``BINS`` or more cuts nothing.
        tiles: Along each side.
    """
    height, width = planes.shape[1:]
    tile_shape = (-(-height // tiles), -(-width // tiles))
    padding = (0, tile_shape[1] * tiles - width, 0, tile_shape[0] * tiles - height)
    bins = (planes.clamp(0, 1) * (BINS - 1)).round().long()
    padded = functional.pad(bins[:, None].float(), padding, mode="replicate")[:, 0].long()
    curves = _curves(padded, clip_limit, tiles)

    rows, columns = (
        _between_tiles(size, side, tiles, planes) for size, side in zip((height, width), tile_shape, strict=True)
    )
    result = torch.zeros_like(planes)
    for row_tile, row_weight in rows:
        for column_tile, column_weight in columns:
            tile = (row_tile[:, None] * tiles + column_tile).expand_as(bins)
            mapped = curves.flatten(1).gather(1, (tile * BINS + bins).flatten(1)).view_as(planes)
            result += row_weight[:, None] * column_weight * mapped
    return result


def _curves(bins: Tensor, clip_limit: Tensor, tiles: int) -> Tensor:
    """The cumulative histogram of each tile, cut at the limit: (p, tiles * tiles, BINS) in [0, 1]."""
    count, height, width = bins.shape
    tiled = bins.view(count, tiles, height // tiles, tiles, width // tiles).transpose(2, 3)
    tiled = tiled.reshape(count, tiles * tiles, -1)
    pixels = tiled.shape[2]
    histogram = torch.zeros(count, tiles * tiles, BINS, device=bins.device)
    histogram.scatter_add_(2, tiled, torch.ones_like(tiled, dtype=histogram.dtype))
    limit = (clip_limit * pixels / BINS).clamp(min=1)[:, None, None]
    excess = (histogram - limit).clamp(min=0).sum(2, keepdim=True)
    return (torch.minimum(histogram, limit) + excess / BINS).cumsum(2) / pixels


def _between_tiles(size: int, side: int, tiles: int, like: Tensor) -> tuple[tuple[Tensor, Tensor], ...]:
    """For each pixel of a side its tile before and after, and their weights: linear between the tiles' centres."""
    place = (torch.arange(size, device=like.device, dtype=like.dtype) + 0.5) / side - 0.5
    before = place.floor()
    share = place - before
    return (
        (before.long().clamp(0, tiles - 1), 1 - share),
        ((before.long() + 1).clamp(0, tiles - 1), share),
    )
