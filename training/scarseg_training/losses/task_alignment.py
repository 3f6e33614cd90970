"""Which points of a detector answer for which true box: those that are confident and well placed (Feng 2021, TOOD)."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from scarseg_training.losses.detection_targets import DetectionTargets
from ScarSegLogic.networks.yolo.detect import pairwise_iou
from ScarSegLogic.networks.yolo.maps import DetectionMaps

CONFIDENCE_POWER, OVERLAP_POWER = 1.0, 6.0
"""alpha and beta of the alignment t = s^alpha u^beta (Feng 2021, section 4.1)."""

POINTS_PER_BOX = 13
"""m, the points with the best alignment that answer for a box (Feng 2021, section 4.1)."""

_LEAST_OVERLAP = 1e-7


class Assignment(NamedTuple):
    """What each of P points should say.

    Attributes:
        responsible: bool (N, P): points that answer for a box.
        boxes: float32 (N, P, 4): that box; meaningless elsewhere.
        quality: float32 (N, P): confidence to be learnt, in [0, 1]; 0 elsewhere. The best point of a box learns its
            overlap with the box, the others their share of it by alignment.
    """

    responsible: Tensor
    boxes: Tensor
    quality: Tensor


@torch.no_grad()
def assign(maps: DetectionMaps, targets: DetectionTargets) -> Assignment:
    """Assign points to boxes by task alignment.

    A point is a candidate for the boxes it lies in; ours: a box narrower than a stride counts as one stride wide here,
    so that even a scar of one pixel has a candidate. A point wanted by several boxes takes the one it overlaps best.

    Args:
        maps: The network's answer for N images.
        targets: The true boxes of these images.
    """
    images, count = targets.present.shape
    if count == 0:
        nothing = torch.zeros_like(maps.confidence, dtype=torch.float32)
        return Assignment(nothing > 0, nothing[..., None].expand(-1, -1, 4), nothing)
    overlap = pairwise_iou(targets.boxes, maps.boxes())
    # In logarithms, because u^6 of a first guess leaves single precision.
    confidence = functional.logsigmoid(maps.confidence.float())[:, None]
    alignment = CONFIDENCE_POWER * confidence + OVERLAP_POWER * overlap.clamp(min=_LEAST_OVERLAP).log()
    alignment = alignment.masked_fill(~_candidates(maps, targets), -torch.inf)

    best, positions = alignment.topk(min(POINTS_PER_BOX, alignment.shape[-1]), dim=-1)
    wanted = torch.zeros_like(alignment, dtype=torch.bool).scatter_(-1, positions, best > -torch.inf)
    chosen = overlap.masked_fill(~wanted, -1).argmax(1)
    owned = wanted & functional.one_hot(chosen, count).transpose(1, 2).bool()

    alignment = alignment.masked_fill(~owned, -torch.inf)
    highest = alignment.amax(-1, keepdim=True).clamp(min=torch.finfo(alignment.dtype).min)
    best_overlap = overlap.masked_fill(~owned, 0).amax(-1, keepdim=True)
    quality = ((alignment - highest).exp() * best_overlap).amax(1)
    boxes = targets.boxes[torch.arange(images, device=chosen.device)[:, None], chosen]
    return Assignment(owned.any(1), boxes, quality)


def _candidates(maps: DetectionMaps, targets: DetectionTargets) -> Tensor:
    """bool (N, M, P): which points lie in which box."""
    centres = (targets.boxes[..., :2] + targets.boxes[..., 2:]) / 2
    sides = (targets.boxes[..., 2:] - targets.boxes[..., :2]).clamp(min=maps.strides.min())
    away = (maps.points - centres[:, :, None]).abs()
    return (away <= sides[:, :, None] / 2).all(-1) & targets.present[..., None]
