"""Grey values as the network's input, in the way its weights were trained."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

IMAGENET_MEAN = (123.675, 116.28, 103.53)  # of red, green and blue in 0..255 (Kirillov 2023)
IMAGENET_SD = (58.395, 57.12, 57.375)

PixelValues = Literal["imagenet", "unit"]


def pixel_values(images: Tensor, kind: PixelValues) -> Tensor:
    """Turn grey images (N, 1, H, W) with values in 0..1 into three channels (N, 3, H, W).

    ``imagenet`` standardises each channel, as SAM, MobileSAM and SAM-Med2D do; ``unit`` leaves 0..1, as MedSAM does
    (Ma 2024) and as our own weights do.

    Raises:
        ValueError: The kind is unknown.
    """
    three = images.expand(-1, 3, -1, -1)
    if kind == "unit":
        return three
    if kind != "imagenet":
        raise ValueError(f"pixel values '{kind}': expected imagenet or unit")
    mean = torch.tensor(IMAGENET_MEAN, device=images.device, dtype=images.dtype)[:, None, None]
    sd = torch.tensor(IMAGENET_SD, device=images.device, dtype=images.dtype)[:, None, None]
    return (three * 255 - mean) / sd
