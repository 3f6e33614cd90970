"""TransUNet (Chen 2021): a hybrid vision transformer as the encoder, a U-Net's decoder with its skips."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from ScarSegLogic.networks import hybrid_vit
from ScarSegLogic.networks.hybrid_vit import PATCH, HybridViT, HybridViTConfig
from ScarSegLogic.networks.image_sides import require_multiples

RGB = 3


@dataclass(frozen=True)
class TransUNetConfig:
    """Sizes of TransUNet; the defaults are R50-ViT-B/16 at the 64 x 64 of [S0], 105.1 M parameters (SCIENCE section 5).

    Attributes:
        channels: Image channels; one is repeated to three, as published, so that ImageNet weights fit unchanged.
        outputs: Logit maps.
        image_size: Side in pixels that the learnt positions are made for; at other sizes they are interpolated.
        stem_width: Channels of the ResNet's root; the skips have 8, 4 and 1 times as many.
        units: Units of the ResNet's three blocks.
        hidden, depth, heads, mlp: Width, blocks, attention heads and inner width of the transformer.
        bridge: Channels between transformer and decoder.
        decoder: Channels of the four decoder stages, coarse to fine. The last has no skip: published configurations
            name 16 channels for it, their code uses none.
        dropout: Share of the transformer's features dropped while training.
    """

    channels: int = 1
    outputs: int = 1
    image_size: int = 64
    stem_width: int = 64
    units: tuple[int, int, int] = (3, 4, 9)
    hidden: int = 768
    depth: int = 12
    heads: int = 12
    mlp: int = 3072
    bridge: int = 512
    decoder: tuple[int, int, int, int] = (256, 128, 64, 16)
    dropout: float = 0.1

    @classmethod
    def small(cls) -> TransUNetConfig:
        """A twin of 0.67 M parameters that learns from scratch on one CPU core (ours)."""
        return cls(
            stem_width=16,
            units=(1, 1, 2),
            hidden=96,
            depth=3,
            heads=4,
            mlp=192,
            bridge=64,
            decoder=(48, 32, 24, 16),
            dropout=0.0,
        )


class DecoderStage(nn.Module):
    """Twice the size, beside a skip if there is one, then two 3x3 convolutions."""

    def __init__(self, inputs: int, skip: int, outputs: int) -> None:
        super().__init__()
        self.upsample = nn.UpsamplingBilinear2d(scale_factor=2)
        self.convolve = nn.Sequential(*_convolution(inputs + skip, outputs), *_convolution(outputs, outputs))

    def forward(self, features: Tensor, skip: Tensor | None) -> Tensor:
        """(N, inputs, h, w) and (N, skip, 2h, 2w) to (N, outputs, 2h, 2w)."""
        features = self.upsample(features)
        return self.convolve(features if skip is None else torch.cat([features, skip], dim=1))


class TransUNet(nn.Module):
    """(N, channels, H, W) normalised intensities, H and W multiples of 16 -> (N, outputs, H, W) logits.

    Parameters named ``encoder.`` can come from ImageNet (``load_published``). The encoder is Google's own, for which
    those weights were trained; the published TransUNet differs from it in padding and in the groups of the projected
    shortcuts' normalisation, not in parameters.
    """

    def __init__(self, config: TransUNetConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = HybridViT(
            HybridViTConfig(
                colours=RGB if config.channels == 1 else config.channels,
                image_size=config.image_size,
                stem_width=config.stem_width,
                units=config.units,
                hidden=config.hidden,
                depth=config.depth,
                heads=config.heads,
                mlp=config.mlp,
                dropout=config.dropout,
            )
        )
        self.bridge = nn.Sequential(*_convolution(config.hidden, config.bridge))
        inputs = (config.bridge, *config.decoder[:3])
        skips = (8 * config.stem_width, 4 * config.stem_width, config.stem_width, 0)
        self.decoder = nn.ModuleList(
            DecoderStage(*channels) for channels in zip(inputs, skips, config.decoder, strict=True)
        )
        self.head = nn.Conv2d(config.decoder[3], config.outputs, 3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        """Logits of every pixel.

        Raises:
            ScarSegError: Height or width is no multiple of 16.
        """
        require_multiples(images, PATCH, "TransUNet")
        if self.config.channels == 1:
            images = images.expand(-1, RGB, -1, -1)
        tokens, skips = self.encoder(images)
        features = self.bridge(tokens)
        for stage, skip in zip(self.decoder, [*reversed(skips), None], strict=True):
            features = stage(features, skip)
        return self.head(features)


def build(**config: object) -> TransUNet:
    """Build from the fields of ``TransUNetConfig``."""
    return TransUNet(TransUNetConfig(**config))


def load_published(network: TransUNet, path: Path) -> None:
    """Initialise the encoder from Google's ``R50+ViT-B_16.npz``; see ``hybrid_vit.load_published``."""
    hybrid_vit.load_published(network.encoder, path)


def _convolution(inputs: int, outputs: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
