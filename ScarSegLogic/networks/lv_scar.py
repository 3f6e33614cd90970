"""Scar and microvascular obstruction within a known myocardium: an attention U-Net over heart crops."""

from __future__ import annotations

from dataclasses import dataclass

from monai.networks.nets import AttentionUnet
from torch import Tensor, nn

SCAR_OUTPUTS = ("infarct", "mvo")


@dataclass(frozen=True)
class LVScarConfig:
    """Widths of the attention U-Net (Oktay 2018) and the number of image slices it sees at once."""

    channels: tuple[int, ...] = (16, 32, 64, 128, 256)
    slices: int = 3


class LVScar(nn.Module):
    """(N, slices + 2, H, W): neighbouring slices, cavity, whole myocardium -> (N, 2, H, W) logits.

    The outputs are independent: infarct (scar with MVO) and MVO. They mean something inside the myocardium only.
    """

    def __init__(self, config: LVScarConfig) -> None:
        super().__init__()
        self.config = config
        self.network = AttentionUnet(
            2,
            config.slices + 2,
            len(SCAR_OUTPUTS),
            channels=tuple(config.channels),
            strides=(2,) * (len(config.channels) - 1),
        )

    def forward(self, inputs: Tensor) -> Tensor:
        return self.network(inputs)


def build(**config: object) -> LVScar:
    """Build from the fields of ``LVScarConfig``."""
    return LVScar(LVScarConfig(**config))
