"""The detector: backbone, neck and decoupled head."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from ScarSegLogic.networks.image_sides import require_multiples
from ScarSegLogic.networks.yolo.blocks import Convolution, CrossStagePartial, SpatialPyramid
from ScarSegLogic.networks.yolo.maps import DetectionMaps, grid_points

PRIOR_CONFIDENCE = 0.01
"""Confidence of every point before training, so that the many empty ones do not drown the few (Lin 2017, RetinaNet)."""

INITIAL_DECAY = 0.5
"""Logits of the distances start to fall by this from bin to bin (ours): boxes then begin with sides of 3 strides, near
a scar's size, where even logits make them 15 strides wide and most first overlaps vanish."""

NARROWEST_HEAD = 32
"""Channels a head has at least, whatever the levels have: it must tell apart the bins of four distances (ours)."""


@dataclass(frozen=True)
class YoloConfig:
    """Widths of the detector; the defaults, 11.6 M parameters, are ours.

    Attributes:
        channels: Image channels.
        widths: Channels at strides 2, 4, 8, ...
        depths: Residual blocks at strides 4, 8, ...; one fewer than ``widths``.
        levels: How many of the coarsest strides have boxes of their own.
        distance_bins: Bins of each side's distance, which reaches ``distance_bins - 1`` strides.
    """

    channels: int = 1
    widths: tuple[int, ...] = (32, 64, 128, 256, 512)
    depths: tuple[int, ...] = (1, 2, 2, 1)
    levels: int = 3
    distance_bins: int = 16

    def __post_init__(self) -> None:
        if len(self.depths) != len(self.widths) - 1:
            raise ValueError(f"depths must be one fewer than widths, got {len(self.depths)} and {len(self.widths)}")
        if not 1 <= self.levels <= len(self.depths):
            raise ValueError(f"levels must be 1 to {len(self.depths)}, got {self.levels}")

    @property
    def strides(self) -> tuple[int, ...]:
        """Pixels between neighbouring points of each level, fine to coarse."""
        stages = len(self.depths)
        return tuple(2 ** (stage + 2) for stage in range(stages - self.levels, stages))

    @classmethod
    def small(cls) -> YoloConfig:
        """A twin for crops of 64 to 128 px, strides 4, 8, 16, that learns on one CPU core (ours)."""
        return cls(widths=(8, 16, 32, 64), depths=(1, 1, 1), distance_bins=8)


class Backbone(nn.Module):
    """Stages of cross-stage partial blocks, each at half the size of the one before (CSPNet, Wang 2020)."""

    def __init__(self, config: YoloConfig) -> None:
        super().__init__()
        widths = config.widths
        self.stem = Convolution(config.channels, widths[0], stride=2)
        self.stages = nn.ModuleList(
            nn.Sequential(Convolution(before, width, stride=2), CrossStagePartial(width, width, depth))
            for before, width, depth in zip(widths[:-1], widths[1:], config.depths, strict=True)
        )
        self.pyramid = SpatialPyramid(widths[-1])
        self.levels = config.levels

    def forward(self, images: Tensor) -> list[Tensor]:
        """(N, channels, H, W) to the features of the levels, fine to coarse."""
        features = self.stem(images)
        found = []
        for stage in self.stages:
            features = stage(features)
            found.append(features)
        found[-1] = self.pyramid(features)
        return found[-self.levels :]


class Neck(nn.Module):
    """Meaning flows from coarse to fine levels, then place from fine to coarse ones (PANet, Liu 2018)."""

    def __init__(self, widths: tuple[int, ...]) -> None:
        super().__init__()
        pairs = list(pairwise(widths))
        self.downward = nn.ModuleList(CrossStagePartial(fine + coarse, fine, 1) for fine, coarse in pairs)
        self.halve = nn.ModuleList(Convolution(fine, fine, stride=2) for fine, _ in pairs)
        self.upward = nn.ModuleList(CrossStagePartial(fine + coarse, coarse, 1) for fine, coarse in pairs)

    def forward(self, levels: list[Tensor]) -> list[Tensor]:
        """The levels, fine to coarse, in and out."""
        levels = list(levels)
        for fine in reversed(range(len(self.downward))):
            coarse = functional.interpolate(levels[fine + 1], scale_factor=2, mode="nearest")
            levels[fine] = self.downward[fine](torch.cat([levels[fine], coarse], dim=1))
        for fine, (halve, mix) in enumerate(zip(self.halve, self.upward, strict=True)):
            levels[fine + 1] = mix(torch.cat([halve(levels[fine]), levels[fine + 1]], dim=1))
        return levels


class Head(nn.Module):
    """Confidence and box of each point of a level, by branches of their own (YOLOX, Ge 2021)."""

    def __init__(self, inputs: int, hidden: int, distance_bins: int) -> None:
        super().__init__()
        self.confidence = nn.Sequential(
            Convolution(inputs, hidden), Convolution(hidden, hidden), nn.Conv2d(hidden, 1, 1)
        )
        self.distances = nn.Sequential(
            Convolution(inputs, hidden), Convolution(hidden, hidden), nn.Conv2d(hidden, 4 * distance_bins, 1)
        )
        nn.init.constant_(self.confidence[-1].bias, math.log(PRIOR_CONFIDENCE / (1 - PRIOR_CONFIDENCE)))
        with torch.no_grad():
            self.distances[-1].bias.copy_((-INITIAL_DECAY * torch.arange(distance_bins)).repeat(4))

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """(N, inputs, h, w) to confidence logits (N, h*w) and distance logits (N, h*w, 4, bins)."""
        distances = self.distances(features).flatten(2).unflatten(1, (4, -1))
        return self.confidence(features).flatten(1), distances.permute(0, 3, 1, 2)


class Yolo(nn.Module):
    """(N, channels, H, W) normalised intensities, sides multiples of the coarsest stride -> ``DetectionMaps``.

    Parameters are named ``backbone.``, ``neck.`` and ``heads.``.
    """

    def __init__(self, config: YoloConfig) -> None:
        super().__init__()
        self.config = config
        widths = tuple(config.widths[-config.levels :])
        self.backbone = Backbone(config)
        self.neck = Neck(widths)
        hidden = max(widths[0], NARROWEST_HEAD)
        self.heads = nn.ModuleList(Head(width, hidden, config.distance_bins) for width in widths)

    def forward(self, images: Tensor) -> DetectionMaps:
        """What every point of every level says.

        Raises:
            ScarSegError: Height or width is no multiple of the coarsest stride.
        """
        require_multiples(images, self.config.strides[-1], "the detector")
        levels = self.neck(self.backbone(images))
        answers = [head(features) for head, features in zip(self.heads, levels, strict=True)]
        points, strides = grid_points([features.shape[2:] for features in levels], self.config.strides, images.device)
        return DetectionMaps(
            confidence=torch.cat([confidence for confidence, _ in answers], dim=1),
            distances=torch.cat([distances for _, distances in answers], dim=1),
            points=points,
            strides=strides,
        )
