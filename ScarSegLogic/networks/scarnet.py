"""ScarNet (Tavakoli 2025): Segment Anything's encoder beside an attention U-Net, fused by learnt weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from ScarSegLogic.networks.adaptive_squeeze import MeanPool, SqueezeExcitation
from ScarSegLogic.networks.attention_unet import AttentionUNet, AttentionUNetConfig
from ScarSegLogic.networks.image_sides import require_multiples
from ScarSegLogic.networks.sam.checkpoints import load_published_encoder
from ScarSegLogic.networks.sam.image_encoder_vit import ImageEncoderViT, ImageEncoderViTConfig

RGB = 3

SPATIAL_KERNEL = 7
"""Side of the convolution that makes a map of attention (Woo 2018)."""


@dataclass(frozen=True)
class ScarNetConfig:
    """Sizes of ScarNet; the defaults are ViT-B and the published widths, 122 M parameters (SCIENCE section 5).

    Attributes:
        channels: Image channels, 1 (repeated to three for the transformer) or 3.
        outputs: Logit maps.
        positions_size: Side in pixels that the transformer's positions are made for, 1024 in SAM's checkpoints; at
            the size of an image, 128 in the paper, they are interpolated.
        patch, width, depth, heads: Of the transformer: side of a patch in pixels, channels of a token, blocks,
            attention heads.
        global_attention_indexes, window: Blocks that attend to the whole image, and the window of the others in tokens.
        decoder: Channels of the transformer path's neck and of its three decoder blocks.
        unet_widths: Channels of the attention U-Net's levels, fine to coarse.
    """

    channels: int = 1
    outputs: int = 1
    positions_size: int = 1024
    patch: int = 16
    width: int = 768
    depth: int = 12
    heads: int = 12
    global_attention_indexes: tuple[int, ...] = (2, 5, 8, 11)
    window: int = 14
    decoder: tuple[int, int, int, int] = (256, 128, 64, 32)
    unet_widths: tuple[int, ...] = (64, 128, 256, 512, 1024)

    def __post_init__(self) -> None:
        if self.channels not in (1, RGB):
            raise ValueError(f"channels {self.channels} is neither 1 nor {RGB}, which the transformer takes")

    @classmethod
    def small(cls) -> ScarNetConfig:
        """A twin of 0.34 M parameters for 64 x 64 that learns from scratch on one CPU core (ours)."""
        return cls(
            positions_size=64,
            patch=8,
            width=64,
            depth=3,
            heads=4,
            global_attention_indexes=(0, 1, 2),
            decoder=(48, 32, 24, 16),
            unet_widths=(8, 16, 32, 64),
        )


class SpatialAttention(nn.Module):
    """Weighs each pixel by what a convolution makes of its channels' mean and maximum (Woo 2018)."""

    def __init__(self) -> None:
        super().__init__()
        self.convolve = nn.Conv2d(2, 1, SPATIAL_KERNEL, padding=SPATIAL_KERNEL // 2, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, H, W) to the same."""
        summary = torch.cat([features.mean(1, keepdim=True), features.amax(1, keepdim=True)], dim=1)
        return features * self.convolve(summary).sigmoid()


class ChannelAttention(nn.Module):
    """Weighs each channel by what one small network makes of its mean and of its maximum (Woo 2018)."""

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        squeezed = max(1, channels // reduction)
        self.network = nn.Sequential(
            nn.Conv2d(channels, squeezed, 1, bias=False), nn.ReLU(), nn.Conv2d(squeezed, channels, 1, bias=False)
        )

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, H, W) to the same."""
        mean, maximum = features.mean((2, 3), keepdim=True), features.amax((2, 3), keepdim=True)
        return features * (self.network(mean) + self.network(maximum)).sigmoid()


class DecoderBlock(nn.Sequential):
    """Twice the size: 3x3 convolution, squeeze-excitation (r = 16), channel and spatial attention."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(
            nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
            nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            SqueezeExcitation(outputs, MeanPool()),
            ChannelAttention(outputs),
            SpatialAttention(),
        )


class ScarNet(nn.Module):
    """(N, channels, H, W) normalised intensities -> (N, outputs, H, W) logits; sides multiples of 16 with the defaults.

    Two paths see the image: ``transformer.`` (whose parameters can come from Segment Anything or MedSAM by
    ``load_published``) with ``decoder.`` and ``transformer_head.``, and ``unet.``. Their logits are added with the
    softmax of two learnt weights, equal at the start. The parts are the paper's; that they meet
    in their logits is ours.
    """

    def __init__(self, config: ScarNetConfig) -> None:
        super().__init__()
        self.config = config
        self.transformer = ImageEncoderViT(
            ImageEncoderViTConfig(
                image_size=config.positions_size,
                patch=config.patch,
                width=config.width,
                depth=config.depth,
                heads=config.heads,
                global_attention_indexes=tuple(config.global_attention_indexes),
                window=config.window,
                out_chans=config.decoder[0],
            )
        )
        self.decoder = nn.Sequential(
            *(DecoderBlock(*widths) for widths in zip(config.decoder[:-1], config.decoder[1:], strict=True))
        )
        self.transformer_head = nn.Conv2d(config.decoder[-1], config.outputs, 1)
        self.unet = AttentionUNet(AttentionUNetConfig(config.channels, config.outputs, tuple(config.unet_widths)))
        self.path_weights = nn.Parameter(torch.zeros(2))

    def forward(self, images: Tensor) -> Tensor:
        """Logits of every pixel.

        Raises:
            ScarSegError: Height or width is no multiple of the patch or of the U-Net's stride.
        """
        require_multiples(images, max(self.config.patch, 2 ** (len(self.config.unet_widths) - 1)), "this ScarNet")
        of_transformer, of_unet = self.path_weights.softmax(0)
        return of_transformer * self.transformer_logits(images) + of_unet * self.unet(images)

    def transformer_logits(self, images: Tensor) -> Tensor:
        """What the transformer's path alone says, (N, outputs, H, W)."""
        features = self.decoder(self.transformer(images.expand(-1, RGB, -1, -1)))
        logits = self.transformer_head(features)
        return functional.interpolate(logits, size=images.shape[2:], mode="bilinear", align_corners=False)


def build(**config: object) -> ScarNet:
    """Build from the fields of ``ScarNetConfig``."""
    return ScarNet(ScarNetConfig(**config))


def load_published(network: ScarNet, path: Path) -> None:
    """Initialise the transformer from a ViT-B checkpoint of Segment Anything or MedSAM.

    Raises:
        ScarSegError: As ``load_published_encoder``: unreadable, code within, or another architecture.
    """
    load_published_encoder(network.transformer, path)
