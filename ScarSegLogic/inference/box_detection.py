"""A scar detector at work: square slices in, boxes out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from ScarSegLogic.networks.yolo.maps import DetectionMaps

SLICES_AT_ONCE = 32
"""Of one forward pass (ours): every usual study is one."""


def boxes_in_slices(
    detect: Callable[[Tensor], DetectionMaps],
    slices: NDArray[np.float32],
    confidence: float,
    *,
    device: torch.device,
) -> list[NDArray[np.float32]]:
    """All boxes of every slice, never only one: scar is multifocal [S2].

    Args:
        detect: Maps (N, 1, S, S) on the device to the detector's answer.
        slices: (K, S, S) in [0, 1].
        confidence: Least probability of a box.
        device: Where ``detect`` runs.

    Returns:
        For each slice (M, 5): x1, y1, x2, y2 in its pixels, and the confidence, highest first.
    """
    import torch

    from ScarSegLogic.networks.yolo.detect import detected_boxes

    found: list[NDArray[np.float32]] = []
    with torch.inference_mode():
        for part in torch.from_numpy(np.ascontiguousarray(slices))[:, None].split(SLICES_AT_ONCE):
            found += [boxes.cpu().numpy() for boxes in detected_boxes(detect(part.to(device)), confidence)]
    return found
