"""Complete intersection over union of boxes (Zheng 2020)."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def ciou_loss(boxes: Tensor, targets: Tensor) -> Tensor:
    """1 - IoU + d^2 / c^2 + alpha v (Zheng 2020, equations 5 to 11).

    d is the distance of the centres, c the diagonal of the box around both, v = 4/pi^2 (difference of
    atan(width / height))^2 and alpha = v / (1 - IoU + v), through which no gradient flows.

    Args:
        boxes, targets: (..., 4): x1, y1, x2, y2; the targets have an area.

    Returns:
        (...): 0 for equal boxes, below 3.
    """
    tiny = torch.finfo(boxes.dtype).eps
    sides, target_sides = boxes[..., 2:] - boxes[..., :2], targets[..., 2:] - targets[..., :2]
    corner = torch.maximum(boxes[..., :2], targets[..., :2])
    opposite = torch.minimum(boxes[..., 2:], targets[..., 2:])
    overlap = (opposite - corner).clamp(min=0).prod(-1)
    iou = overlap / (sides.prod(-1) + target_sides.prod(-1) - overlap).clamp(min=tiny)

    hull = torch.maximum(boxes[..., 2:], targets[..., 2:]) - torch.minimum(boxes[..., :2], targets[..., :2])
    centres = (boxes[..., :2] + boxes[..., 2:] - targets[..., :2] - targets[..., 2:]) / 2
    distance = (centres**2).sum(-1) / (hull**2).sum(-1).clamp(min=tiny)

    turn = _aspect(target_sides) - _aspect(sides)
    aspect = 4 / math.pi**2 * turn**2
    with torch.no_grad():
        share = aspect / (1 - iou + aspect).clamp(min=tiny)
    return 1 - iou + distance + share * aspect


def _aspect(sides: Tensor) -> Tensor:
    """atan(width / height), with a gradient also where the height is 0."""
    return torch.atan2(sides[..., 0], sides[..., 1].clamp(min=torch.finfo(sides.dtype).eps))
