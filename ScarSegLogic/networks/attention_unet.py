"""Attention U-Net (Oktay 2018) in two or three dimensions: MONAI's, built by name."""

from __future__ import annotations

from dataclasses import dataclass

from monai.networks.nets import AttentionUnet as MonaiAttentionUnet
from torch import Tensor, nn

from ScarSegLogic.networks.image_sides import require_multiples


@dataclass(frozen=True)
class AttentionUNetConfig:
    """Sizes of the attention U-Net; the widths are the usual five levels (ours: [S0] names none).

    Attributes:
        channels: Image channels.
        outputs: Logit maps.
        widths: Channels of each level, from full resolution to the coarsest.
        spatial_dims: 2 for slices, 3 for volumes.
        dropout: Share of the features dropped after each convolution while training.
    """

    channels: int = 1
    outputs: int = 1
    widths: tuple[int, ...] = (64, 128, 256, 512, 1024)
    spatial_dims: int = 2
    dropout: float = 0.0

    @classmethod
    def small(cls) -> AttentionUNetConfig:
        """A twin of 0.50 M parameters that learns from scratch on one CPU core (ours)."""
        return cls(widths=(16, 32, 64, 128))


class AttentionUNet(nn.Module):
    """(N, channels, H, W) or (N, channels, K, J, I) normalised intensities -> logits (N, outputs, ...).

    Each side must be a multiple of ``2 ** (levels - 1)``: 16 for five levels.
    """

    def __init__(self, config: AttentionUNetConfig) -> None:
        super().__init__()
        self.config = config
        self.network = MonaiAttentionUnet(
            config.spatial_dims,
            config.channels,
            config.outputs,
            channels=tuple(config.widths),
            strides=(2,) * (len(config.widths) - 1),
            dropout=config.dropout,
        )

    def forward(self, images: Tensor) -> Tensor:
        """Logits of every pixel.

        Raises:
            ScarSegError: A side is no multiple of the network's stride.
        """
        require_multiples(images, 2 ** (len(self.config.widths) - 1), "this attention U-Net")
        return self.network(images)


def build(**config: object) -> AttentionUNet:
    """Build from the fields of ``AttentionUNetConfig``."""
    return AttentionUNet(AttentionUNetConfig(**config))
