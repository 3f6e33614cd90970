"""From the answer of every point to the few boxes that stay: all that are confident enough, each scar once."""

from __future__ import annotations

import torch
from torch import Tensor

from ScarSegLogic.networks.yolo.maps import DetectionMaps

SAME_SCAR_IOU = 0.5
"""Two boxes that overlap more than this are one scar (ours; scars of a slice seldom overlap in their boxes)."""

MOST_CANDIDATES = 1000
"""Only so many of the most confident points are compared with one another (ours)."""


@torch.no_grad()
def detected_boxes(maps: DetectionMaps, confidence: float, *, same_scar_iou: float = SAME_SCAR_IOU) -> list[Tensor]:
    """All boxes whose confidence reaches a threshold, never only one: scar is multifocal [S2].

    Args:
        maps: The network's answer for N images.
        confidence: Least probability of a box, 0 to 1.
        same_scar_iou: Of two boxes that overlap more than this, the less confident goes.

    Returns:
        For each image float32 (M, 5): x1, y1, x2, y2 in pixels within the image, and the confidence, highest first.
    """
    boxes, probabilities = _within_image(maps), maps.confidence.float().sigmoid()
    found = []
    for image_boxes, image_probabilities in zip(boxes, probabilities, strict=True):
        order = image_probabilities.argsort(descending=True, stable=True)[:MOST_CANDIDATES]
        order = order[image_probabilities[order] >= confidence]
        order = order[without_repeats(image_boxes[order], same_scar_iou)]
        found.append(torch.cat([image_boxes[order], image_probabilities[order, None]], dim=1))
    return found


def without_repeats(boxes: Tensor, same_iou: float) -> Tensor:
    """Greedy non-maximum suppression.

    Args:
        boxes: (M, 4), the most confident first.
        same_iou: Largest overlap with a kept box that a box may have.

    Returns:
        int64 (kept,): positions of the boxes that stay, in order.
    """
    repeats = (pairwise_iou(boxes, boxes) > same_iou).cpu()
    alive = torch.ones(len(boxes), dtype=torch.bool)
    kept = []
    for position in range(len(boxes)):
        if alive[position]:
            kept.append(position)
            alive &= ~repeats[position]
    return torch.tensor(kept, dtype=torch.int64, device=boxes.device)


def pairwise_iou(first: Tensor, second: Tensor) -> Tensor:
    """Intersection over union of boxes (..., A, 4) and (..., B, 4): (..., A, B); 0 for two boxes without area."""
    corner = torch.maximum(first[..., :, None, :2], second[..., None, :, :2])
    opposite = torch.minimum(first[..., :, None, 2:], second[..., None, :, 2:])
    overlap = (opposite - corner).clamp(min=0).prod(-1)
    union = _areas(first)[..., :, None] + _areas(second)[..., None, :] - overlap
    return overlap / union.clamp(min=torch.finfo(union.dtype).tiny)


def _areas(boxes: Tensor) -> Tensor:
    return (boxes[..., 2:] - boxes[..., :2]).clamp(min=0).prod(-1)


def _within_image(maps: DetectionMaps) -> Tensor:
    """The boxes (N, P, 4), clipped to the image, which ends half a stride behind the last point of each level."""
    size = (maps.points + maps.strides[:, None] / 2).amax(0)
    corners = maps.boxes().unflatten(-1, (2, 2))
    return torch.minimum(corners.clamp(min=0), size).flatten(-2)
