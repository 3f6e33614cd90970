"""Left ventricular anatomy in two looks: find the heart in the whole slice, then segment it in a crop."""

from __future__ import annotations

from dataclasses import dataclass

from monai.networks.nets import AttentionUnet
from torch import Tensor, nn

ANATOMY_CLASSES = ("background", "cavity", "healthy_myocardium", "infarct")


@dataclass(frozen=True)
class LVAnatomyConfig:
    """Widths of the two attention U-Nets (Oktay 2018), from full to coarsest resolution."""

    localiser_channels: tuple[int, ...] = (8, 16, 32, 64, 128)
    segmenter_channels: tuple[int, ...] = (16, 32, 64, 128, 256)
    slices: int = 3


class LVAnatomy(nn.Module):
    """A localiser and a segmenter that share nothing but their package.

    Both take (N, slices, H, W) normalised intensities, H and W multiples of 16. ``localiser`` gives (N, 1, H, W)
    logits of the filled left ventricle; ``segmenter`` gives (N, 5, H, W): logits of ``ANATOMY_CLASSES`` and of the
    RV insertion points. Infarct has a class of its own so that bright scar beside bright blood is learnt as wall.
    """

    def __init__(self, config: LVAnatomyConfig) -> None:
        super().__init__()
        self.config = config
        self.localiser = _attention_unet(config.slices, 1, config.localiser_channels)
        self.segmenter = _attention_unet(config.slices, len(ANATOMY_CLASSES) + 1, config.segmenter_channels)

    def forward(self, whole_slices: Tensor, crops: Tensor) -> tuple[Tensor, Tensor]:
        """Run both at once, as training does."""
        return self.localiser(whole_slices), self.segmenter(crops)


def build(**config: object) -> LVAnatomy:
    """Build from the fields of ``LVAnatomyConfig``."""
    return LVAnatomy(LVAnatomyConfig(**config))


def _attention_unet(inputs: int, outputs: int, channels: tuple[int, ...]) -> AttentionUnet:
    return AttentionUnet(2, inputs, outputs, channels=tuple(channels), strides=(2,) * (len(channels) - 1))
