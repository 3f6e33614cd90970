"""What the scar detector learns from: confidence, box and distance terms over task-aligned points."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from scarseg_training.losses.ciou import ciou_loss
from scarseg_training.losses.detection_targets import DetectionTargets
from scarseg_training.losses.task_alignment import assign
from ScarSegLogic.networks.yolo.maps import DetectionMaps

CONFIDENCE_WEIGHT, BOX_WEIGHT, DISTANCE_WEIGHT = 1.0, 2.5, 0.5
"""Weights of the three terms (Xu 2022, PP-YOLOE, equation 3)."""


class DetectionTerms(NamedTuple):
    """The terms, unweighted, each a scalar."""

    confidence: Tensor
    box: Tensor
    distance: Tensor

    def total(self) -> Tensor:
        """The loss: a scalar."""
        return CONFIDENCE_WEIGHT * self.confidence + BOX_WEIGHT * self.box + DISTANCE_WEIGHT * self.distance


def detection_loss(maps: DetectionMaps, targets: DetectionTargets) -> Tensor:
    """The weighted sum of ``detection_terms``: a scalar."""
    return detection_terms(maps, targets).total()


def detection_terms(maps: DetectionMaps, targets: DetectionTargets) -> DetectionTerms:
    """Binary cross-entropy, CIoU and distribution focal loss of a batch.

    The cross-entropy teaches every point the quality that the assignment gives it, 0 for most. The other two concern
    the responsible points, each by its quality. All are sums over the sum of qualities, at least 1 (Feng 2021; Li
    2020), so that an image weighs as its boxes do and a batch without scar only lowers confidences.

    Args:
        maps: The network's answer for N images.
        targets: The true boxes of these images.
    """
    assignment = assign(maps, targets)
    quality = assignment.quality
    total = quality.sum().clamp(min=1)
    confidence = functional.binary_cross_entropy_with_logits(maps.confidence.float(), quality, reduction="sum")

    chosen = assignment.responsible
    weights = quality[chosen]
    truth = assignment.boxes[chosen]
    box = ciou_loss(maps.boxes()[chosen], truth) * weights
    points, strides = (each.expand(len(quality), *each.shape)[chosen] for each in (maps.points, maps.strides))
    lengths = distances_in_strides(truth, points, strides)
    distance = distribution_focal_loss(maps.distances[chosen].float(), lengths).mean(-1) * weights
    return DetectionTerms(confidence / total, box.sum() / total, distance.sum() / total)


def distances_in_strides(boxes: Tensor, points: Tensor, strides: Tensor) -> Tensor:
    """How far (K, 2) points are from the left, top, right and bottom of (K, 4) boxes, in strides (K,): (K, 4)."""
    return torch.cat([points - boxes[:, :2], boxes[:, 2:] - points], dim=1) / strides[:, None]


def distribution_focal_loss(logits: Tensor, lengths: Tensor) -> Tensor:
    """Cross-entropy with the two bins on both sides of a length, each by its nearness (Li 2020, equation 6).

    Args:
        logits: (..., bins) of the lengths 0, 1, ...
        lengths: (...); taken to the nearest that the bins reach, 0 to bins - 1.
    """
    lengths = lengths.clamp(0, logits.shape[-1] - 1)
    below = lengths.long().clamp(max=logits.shape[-1] - 2)
    above_share = lengths - below
    losses = -logits.log_softmax(-1)
    at_below = losses.gather(-1, below[..., None])[..., 0]
    at_above = losses.gather(-1, below[..., None] + 1)[..., 0]
    return (1 - above_share) * at_below + above_share * at_above
