"""The cavity of the left atrium in two looks: find it in a coarse whole volume, then segment it in a finer crop."""

from __future__ import annotations

from dataclasses import dataclass

from monai.networks.nets import UNet
from torch import Tensor, nn


@dataclass(frozen=True)
class LACavityConfig:
    """Widths of the two residual U-Nets (Kerfoot 2018), from half to coarsest resolution (ours)."""

    localiser_channels: tuple[int, ...] = (8, 16, 32, 64)
    segmenter_channels: tuple[int, ...] = (24, 48, 96, 128)


class LACavity(nn.Module):
    """A localiser and a segmenter that share nothing but their package.

    Both take (N, 1, K, J, I) z-scored intensities and give logits of the cavity of the same shape; sides are multiples
    of two to the number of widths. Full resolution has no features of its own, so that a processor is fast enough.
    """

    def __init__(self, config: LACavityConfig) -> None:
        super().__init__()
        self.config = config
        self.localiser = _residual_unet(config.localiser_channels)
        self.segmenter = _residual_unet(config.segmenter_channels)

    def forward(self, whole: Tensor, crop: Tensor) -> tuple[Tensor, Tensor]:
        """Run both at once, as training does."""
        return self.localiser(whole), self.segmenter(crop)


def build(**config: object) -> LACavity:
    """Build from the fields of ``LACavityConfig``."""
    return LACavity(LACavityConfig(**config))


def _residual_unet(channels: tuple[int, ...]) -> UNet:
    # MONAI counts a stride for every width but the coarsest; the first halves the resolution.
    return UNet(3, 1, 1, channels=tuple(channels), strides=(2,) * (len(channels) - 1), num_res_units=2)
