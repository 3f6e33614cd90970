"""Swin UNETR (Hatamizadeh 2022) with one decoder, or two that fork from a shared trunk: [S1], stages I to III."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from monai.networks.blocks import UnetOutBlock, UnetrBasicBlock, UnetrUpBlock
from monai.networks.nets.swin_unetr import SwinTransformer
from torch import Tensor, nn

from ScarSegLogic.errors import ScarSegError

STRIDE = 32
"""Every side must be a multiple of it: the patch embedding and four mergings halve each side."""

EARLY_ENCODER = ("encoder.swin.patch_embed.", "encoder.swin.layers1.", "encoder.swin.layers2.")
"""Prefixes that stage III freezes: patch embedding and the first two Swin stages (ours; [S1]: "early encoder")."""

DECODERS = ("cavity", "scar")

_LEVELS = 5
_WIDTHS_BY_LEVEL = (8, 4, 2, 1, 1)  # multiples of the feature size that each decoder level gives, coarse to fine
_PATCH = 2
_MLP_RATIO = 4.0


@dataclass(frozen=True)
class SwinUNETRConfig:
    """Sizes of the network; the defaults are stage I of [S1], 62 M parameters.

    Attributes:
        channels: Image channels.
        outputs: Logit maps of each decoder.
        decoders: Which decoders there are: ``("cavity",)``, ``("scar",)`` or ``("cavity", "scar")``.
        forked_levels: How many of the five decoder levels each decoder has for itself, counted from full resolution;
            the others are shared. 2 gives the 62.6 M parameters that [S1] states for two decoders.
        feature_size: Channels at full resolution, a multiple of 12.
        depths, heads: Blocks and attention heads of the four Swin stages (even: every second block shifts its window).
        window: Side of an attention window in tokens.
        recompute: Recompute the Swin blocks in the backward pass: less memory for more time.
    """

    channels: int = 1
    outputs: int = 1
    decoders: tuple[str, ...] = ("cavity",)
    forked_levels: int = 2
    feature_size: int = 48
    depths: tuple[int, int, int, int] = (2, 2, 2, 2)
    heads: tuple[int, int, int, int] = (3, 6, 12, 24)
    window: int = 7
    recompute: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "decoders", tuple(self.decoders))
        if self.decoders not in (("cavity",), ("scar",), DECODERS):
            raise ValueError(f"decoders {self.decoders} are none of ('cavity',), ('scar',), {DECODERS}")
        if not 1 <= self.forked_levels <= _LEVELS:
            raise ValueError(f"forked_levels {self.forked_levels} is not within 1 to {_LEVELS}")
        if any(self.feature_size * 2**stage % heads for stage, heads in enumerate(self.heads)):
            raise ValueError(f"feature_size {self.feature_size}, doubled at each stage, is no multiple of {self.heads}")

    @classmethod
    def small(cls, decoders: tuple[str, ...] = ("cavity",)) -> SwinUNETRConfig:
        """A twin of 3.9 M parameters for one CPU core (ours): small windows, since attention costs most of the time."""
        return cls(decoders=decoders, feature_size=12, heads=(1, 2, 4, 8), window=4)


class CavityAndScar(NamedTuple):
    """Logits of the two decoders, (N, outputs, K, J, I) each."""

    cavity: Tensor
    scar: Tensor


class SwinUNETR(nn.Module):
    """(N, channels, K, J, I) normalised intensities -> logits (N, outputs, K, J, I), or two of them.

    Prefixes for inheritance, freezing and learning rates: ``encoder.`` (``EARLY_ENCODER`` within it), ``trunk.`` (the
    decoder levels that are shared), ``cavity_decoder.`` and ``scar_decoder.`` (the levels that are not, and the
    output). With the same ``forked_levels`` a network of one decoder has the names and shapes of its part of a
    network of two.
    """

    def __init__(self, config: SwinUNETRConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.trunk = nn.ModuleList(_decoder_level(config, level) for level in range(_LEVELS - config.forked_levels))
        for name in config.decoders:
            self.add_module(f"{name}_decoder", Decoder(config))

    def forward(self, images: Tensor) -> Tensor | CavityAndScar:
        """Logits of the one decoder, or of both.

        Raises:
            ScarSegError: A side is no multiple of 32, or all are 32: one voxel at the bottleneck has no variance.
        """
        sides = tuple(images.shape[2:])
        if any(side % STRIDE for side in sides) or set(sides) == {STRIDE}:
            raise ScarSegError(
                f"SwinUNETR takes volumes whose sides are multiples of {STRIDE}, at least one of them longer, got "
                f"{sides}: pad or crop them"
            )
        features, skips = self.encoder(images)
        for level, skip in zip(self.trunk, skips, strict=False):
            features = level(features, skip)
        own_skips = skips[len(self.trunk) :]
        logits = [self.get_submodule(f"{name}_decoder")(features, own_skips) for name in self.config.decoders]
        return CavityAndScar(*logits) if len(logits) == len(DECODERS) else logits[0]


class Encoder(nn.Module):
    """Swin transformer (Liu 2021) and the residual blocks between its stages and the decoders."""

    def __init__(self, config: SwinUNETRConfig) -> None:
        super().__init__()
        size = config.feature_size
        device = torch.get_default_device()
        # MONAI reads numbers out of a tensor while it builds, which the meta device cannot.
        with torch.device("cpu"):
            swin = SwinTransformer(
                config.channels,
                size,
                window_size=(config.window,) * 3,
                patch_size=(_PATCH,) * 3,
                depths=config.depths,
                num_heads=config.heads,
                mlp_ratio=_MLP_RATIO,
                qkv_bias=True,
                norm_layer=nn.LayerNorm,
                use_checkpoint=config.recompute,
                spatial_dims=3,
            )
        self.swin = swin.to(device)
        self.bottleneck = _residual_block(16 * size, 16 * size)
        self.skips = nn.ModuleList(
            [
                nn.Identity(),  # the third stage's features join the decoder as they are
                _residual_block(4 * size, 4 * size),
                _residual_block(2 * size, 2 * size),
                _residual_block(size, size),
                _residual_block(config.channels, size),
            ]
        )

    def forward(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Features at 1/32 of each side, and the skips of the five decoder levels, coarse to fine."""
        *stages, coarsest = self.swin(images)
        skips = [skip(stage) for skip, stage in zip(self.skips, [*reversed(stages), images], strict=True)]
        return self.bottleneck(coarsest), skips


class Decoder(nn.Module):
    """The last decoder levels and the output layer of one structure."""

    def __init__(self, config: SwinUNETRConfig) -> None:
        super().__init__()
        own = range(_LEVELS - config.forked_levels, _LEVELS)
        self.levels = nn.ModuleList(_decoder_level(config, level) for level in own)
        self.output = UnetOutBlock(3, config.feature_size, config.outputs)

    def forward(self, features: Tensor, skips: list[Tensor]) -> Tensor:
        """Features of the level before and the skip of each own level -> logits."""
        for level, skip in zip(self.levels, skips, strict=True):
            features = level(features, skip)
        return self.output(features)


def build(**config: object) -> SwinUNETR:
    """Build from the fields of ``SwinUNETRConfig``."""
    return SwinUNETR(SwinUNETRConfig(**config))


def _residual_block(inputs: int, outputs: int) -> UnetrBasicBlock:
    return UnetrBasicBlock(3, inputs, outputs, kernel_size=3, stride=1, norm_name="instance", res_block=True)


def _decoder_level(config: SwinUNETRConfig, level: int) -> UnetrUpBlock:
    inputs = (16, *_WIDTHS_BY_LEVEL)[level] * config.feature_size
    outputs = _WIDTHS_BY_LEVEL[level] * config.feature_size
    return UnetrUpBlock(3, inputs, outputs, kernel_size=3, upsample_kernel_size=2, norm_name="instance", res_block=True)
