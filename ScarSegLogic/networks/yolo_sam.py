"""YOLO-SAM [S2] as one network: a detector of scar boxes, and Segment Anything that takes each as a prompt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from ScarSegLogic.networks import sam as sam_package
from ScarSegLogic.networks import yolo
from ScarSegLogic.networks.sam.mask_decoder import SamMasks
from ScarSegLogic.networks.sam.prompts import SamPrompts
from ScarSegLogic.networks.yolo.maps import DetectionMaps


@dataclass(frozen=True)
class YoloSamConfig:
    """Fields of ``YoloConfig`` and of ``SamConfig`` that differ from their defaults."""

    detector: Mapping[str, Any] = field(default_factory=dict)
    sam: Mapping[str, Any] = field(default_factory=dict)


class YoloSam(nn.Module):
    """Two networks that share nothing; parameters are named ``detector.`` and ``sam.``."""

    def __init__(self, config: YoloSamConfig) -> None:
        super().__init__()
        self.config = config
        self.detector = yolo.build(**config.detector)
        self.sam = sam_package.build(**config.sam)

    def detect(self, images: Tensor) -> DetectionMaps:
        """(N, 1, H, W) in [0, 1] to what the detector says."""
        return self.detector(images)

    def encode(self, images: Tensor) -> Tensor:
        """As ``Sam.encode``."""
        return self.sam.encode(images)

    def decode(self, embeddings: Tensor, prompts: SamPrompts, *, ambiguous: bool = False) -> SamMasks:
        """As ``Sam.decode``."""
        return self.sam.decode(embeddings, prompts, ambiguous=ambiguous)

    def forward(self, images: Tensor, prompts: SamPrompts) -> SamMasks:
        """As ``Sam``: one object an image; what training does."""
        return self.sam(images, prompts)


def build(**config: Any) -> YoloSam:
    """Build from the fields of ``YoloSamConfig``."""
    return YoloSam(YoloSamConfig(**config))


def load_published(network: YoloSam, path: Path) -> None:
    """Fill the Segment Anything part from a published checkpoint, see ``networks.sam``."""
    sam_package.load_published(network.sam, path)
