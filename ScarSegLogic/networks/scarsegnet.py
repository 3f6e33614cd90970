"""ScarSegNet [S4]: a ConvNeXt encoder with adaptive squeeze-excitation and context attention gates in its skips."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from ScarSegLogic.networks import convnext
from ScarSegLogic.networks.adaptive_squeeze import AdaptivePool, MeanPool, SqueezeExcitation
from ScarSegLogic.networks.convnext import ConvNeXt
from ScarSegLogic.networks.image_sides import require_multiples

ASE_TOP_SHARES = (0.3, 0.2, 0.1, 0.05)
"""Share of a channel map's pixels that its descriptor is made of, by stage (the published code of [S4])."""

ASE_INITIAL_THETA = (0.8, 0.7, 0.6, 0.5)
"""Where the learnable threshold sigmoid(theta) starts, by stage (the published code of [S4])."""

CONTEXT_DILATION = 3
"""Dilation of the 3x3 convolution that gives a gate its context ([S4])."""

STRIDE = 32
"""Height and width must be multiples of the encoder's stride."""


@dataclass(frozen=True)
class ScarSegNetConfig:
    """Widths of ScarSegNet; the defaults are ConvNeXt-Base and the published decoder, 111.5 M parameters [S4].

    Attributes:
        channels: Image channels.
        outputs: Logit maps.
        depths, widths: Blocks and channels of the four ConvNeXt stages (Liu 2022).
        decoder: Channels of the four decoder stages, coarse to fine; multiples of 4.
        ase: Whether the channel descriptor is the adaptive one; without it, the mean (plain squeeze-excitation).
        cag: Whether the gates of the last two skips see context; without it, they are plain attention gates.
        layer_scale: Initial scale of each ConvNeXt block's residual (1e-6: Liu 2022).
    """

    channels: int = 1
    outputs: int = 1
    depths: tuple[int, int, int, int] = (3, 3, 27, 3)
    widths: tuple[int, int, int, int] = (128, 256, 512, 1024)
    decoder: tuple[int, int, int, int] = (256, 128, 64, 32)
    ase: bool = True
    cag: bool = True
    layer_scale: float = 1e-6

    @classmethod
    def tiny(cls) -> ScarSegNetConfig:
        """ConvNeXt-Tiny's encoder, for which ImageNet weights are published too (Liu 2022, appendix)."""
        return cls(depths=(3, 3, 9, 3), widths=(96, 192, 384, 768))

    @classmethod
    def small(cls) -> ScarSegNetConfig:
        """A twin of 0.94 M parameters that learns from scratch on one CPU core (ours).

        Its residuals start at 0.1: the published 1e-6 keeps a block an identity for longer than a short training.
        """
        return cls(depths=(2, 2, 2, 2), widths=(16, 32, 64, 128), decoder=(64, 32, 16, 16), layer_scale=0.1)


class Encoder(nn.Module):
    """ConvNeXt (Liu 2022) with a squeeze-excitation after each stage, which the next stage sees."""

    def __init__(self, config: ScarSegNetConfig) -> None:
        super().__init__()
        self.convnext = ConvNeXt(
            config.channels, depths=config.depths, widths=config.widths, layer_scale=config.layer_scale
        )
        self.recalibrations = nn.ModuleList(
            SqueezeExcitation(width, AdaptivePool(share, theta) if config.ase else MeanPool())
            for width, share, theta in zip(config.widths, ASE_TOP_SHARES, ASE_INITIAL_THETA, strict=True)
        )

    def forward(self, images: Tensor) -> list[Tensor]:
        """(N, channels, H, W) to the stem and four stages, at 1/4, 1/4, 1/8, 1/16 and 1/32 of the size."""
        features = [self.convnext.stem(images)]
        for stage, recalibrate in zip(self.convnext.stages, self.recalibrations, strict=True):
            features.append(recalibrate(stage(features[-1])))
        return features


class Bottleneck(nn.Module):
    """Two 3x3 convolutions about the coarsest features, with a residual (the published code of [S4])."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.refine = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.BatchNorm2d(channels),
        )

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, H, W) to the same."""
        return functional.relu(self.refine(features) + features)


class AttentionGate(nn.Module):
    """Weighs a skip's pixels by what the decoder already knows (Oktay 2018), with context if asked (CAG, [S4]).

    f = ReLU(BN(Wg g) + BN(Wx x)); psi = sigmoid(BN(W_local f [+ W_context f])); the skip becomes psi x.
    """

    def __init__(self, gating: int, skip: int, inner: int, *, context: bool) -> None:
        super().__init__()
        self.gating = nn.Sequential(nn.Conv2d(gating, inner, 1), nn.BatchNorm2d(inner))
        self.skip = nn.Sequential(nn.Conv2d(skip, inner, 1), nn.BatchNorm2d(inner))
        self.local = nn.Conv2d(inner, 1, 1)
        self.context = nn.Conv2d(inner, 1, 3, padding=CONTEXT_DILATION, dilation=CONTEXT_DILATION) if context else None
        self.normalise = nn.BatchNorm2d(1)

    def forward(self, gating: Tensor, skip: Tensor) -> Tensor:
        """(N, gating, h, w) and (N, skip, H, W) to (N, skip, H, W)."""
        gating = functional.interpolate(gating, size=skip.shape[2:], mode="bilinear", align_corners=False)
        joint = functional.relu(self.gating(gating) + self.skip(skip))
        attention = self.local(joint) if self.context is None else self.local(joint) + self.context(joint)
        return skip * self.normalise(attention).sigmoid()


class DecoderStage(nn.Module):
    """Twice the size: a transposed convolution, beside the gated skip, then two 3x3 convolutions."""

    def __init__(self, inputs: int, skip: int, outputs: int, *, context: bool) -> None:
        super().__init__()
        self.gate = AttentionGate(inputs, skip, outputs, context=context)
        self.upsample = nn.ConvTranspose2d(inputs, outputs, 2, stride=2)
        self.convolve = nn.Sequential(
            nn.Conv2d(outputs + skip, outputs, 3, padding=1),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, padding=1),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
        )

    def forward(self, features: Tensor, skip: Tensor) -> Tensor:
        """(N, inputs, h, w) and a skip of any size to (N, outputs, 2h, 2w)."""
        upsampled = self.upsample(features)
        gated = self.gate(features, skip)
        gated = functional.interpolate(gated, size=upsampled.shape[2:], mode="bilinear", align_corners=False)
        return self.convolve(torch.cat([upsampled, gated], dim=1))


class ScarSegNet(nn.Module):
    """(N, channels, H, W) normalised intensities, H and W multiples of 32 -> (N, outputs, H, W) logits.

    Parameters named ``encoder.convnext.`` can come from ImageNet (``load_published``). The finest skip is the stem: at
    a quarter of the size it joins a decoder stage of half the size, and the logits are doubled once more, as published.
    """

    def __init__(self, config: ScarSegNetConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.bottleneck = Bottleneck(config.widths[3])
        inputs = (config.widths[3], *config.decoder[:3])
        skips = (config.widths[2], config.widths[1], config.widths[0], config.widths[0])
        contexts = (False, False, config.cag, config.cag)
        self.decoder = nn.ModuleList(
            DecoderStage(*channels, context=context)
            for *channels, context in zip(inputs, skips, config.decoder, contexts, strict=True)
        )
        last = config.decoder[3]
        self.head = nn.Sequential(
            nn.Conv2d(last, last, 3, padding=1),
            nn.GroupNorm(4, last),
            nn.GELU(),
            nn.Conv2d(last, config.outputs, 1),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Logits of every pixel.

        Raises:
            ScarSegError: Height or width is no multiple of 32.
        """
        require_multiples(images, STRIDE, "ScarSegNet")
        *skips, features = self.encoder(images)
        features = self.bottleneck(features)
        for stage, skip in zip(self.decoder, reversed(skips), strict=True):
            features = stage(features, skip)
        return functional.interpolate(self.head(features), scale_factor=2, mode="bilinear", align_corners=False)


def build(**config: object) -> ScarSegNet:
    """Build from the fields of ``ScarSegNetConfig``."""
    return ScarSegNet(ScarSegNetConfig(**config))


def load_published(network: ScarSegNet, path: Path) -> None:
    """Initialise the encoder from ImageNet weights of a ConvNeXt of the same size; see ``convnext.load_published``."""
    convnext.load_published(network.encoder.convnext, path)
