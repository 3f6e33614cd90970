"""The boxes that a detector should find, of a whole batch in one tensor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ScarSegLogic.preprocessing.scar_boxes import scar_boxes


class DetectionTargets(NamedTuple):
    """True boxes of N images, padded to the largest number in one image.

    Attributes:
        boxes: float32 (N, M, 4): x1, y1, x2, y2 in pixels; zeros where there is none.
        present: bool (N, M): which of them are boxes.
    """

    boxes: Tensor
    present: Tensor


def targets_of_masks(masks: Tensor, *, smallest_pixels: int = 1) -> DetectionTargets:
    """Boxes around the islands of scar masks.

    Args:
        masks: (N, H, W) or (N, 1, H, W); above 0.5 is scar.
        smallest_pixels: Islands of fewer pixels get no box.

    Returns:
        The targets on the device of the masks; M is 0 where no image has scar.
    """
    slices = (masks.reshape(len(masks), *masks.shape[-2:]) > 0.5).cpu().numpy()
    return padded(
        [torch.from_numpy(scar_boxes(mask, smallest_pixels=smallest_pixels)) for mask in slices], masks.device
    )


def padded(boxes: Sequence[Tensor], device: torch.device) -> DetectionTargets:
    """Boxes (M_n, 4) of each image as one batch on a device."""
    most = max((len(each) for each in boxes), default=0)
    targets = torch.zeros((len(boxes), most, 4))
    present = torch.zeros((len(boxes), most), dtype=torch.bool)
    for row, each in enumerate(boxes):
        targets[row, : len(each)] = each
        present[row, : len(each)] = True
    return DetectionTargets(targets.to(device), present.to(device))
