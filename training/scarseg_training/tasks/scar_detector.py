"""Boxes about scar in whole slices: the first half of YOLO-SAM [S2] (SCIENCE.md section 3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from scarseg_training.augmentation import tables
from scarseg_training.augmentation.draws import Draws
from scarseg_training.datasets.case import Case
from scarseg_training.losses.detection import detection_loss
from scarseg_training.losses.detection_targets import DetectionTargets, targets_of_masks
from scarseg_training.samples import Samples
from scarseg_training.tasks import ManifestParts, Progress
from scarseg_training.tasks.evaluation_mode import evaluation_mode
from scarseg_training.tasks.framed_slices import framed_scar, slice_samples
from ScarSegLogic.inference.box_detection import boxes_in_slices
from ScarSegLogic.metrics.boxes import BoxDetection, detect_boxes
from ScarSegLogic.preprocessing.scar_boxes import scar_boxes
from ScarSegLogic.preprocessing.slice_frame import SliceFrame

BOX = "scar_box"
"""Name of the one output in manifests and thresholds."""
LEAST_CONFIDENCE = 0.01
"""Less confident boxes are not looked at when the detector is judged (ours)."""


@dataclass(frozen=True)
class ScarDetectorTask:
    """All boxes of a slice, none in scar-free ones.

    Attributes:
        frame_size, region, heart_margin: See ``SliceFrame``.
        smallest_pixels: Islands of fewer pixels of the frame get no box (ours).
    """

    name: ClassVar[str] = "scar_detector"

    frame_size: int = 256
    region: str = "slice"
    heart_margin: float = 1.5
    smallest_pixels: int = 4

    @property
    def needs(self) -> tuple[str, ...]:
        """The heart can frame slices only where its wall is drawn."""
        return ("myocardium", "scar") if self.region == "heart" else ("scar",)

    @property
    def frame(self) -> SliceFrame:
        """How slices become squares, here and in the product."""
        return SliceFrame(self.frame_size, self.region, self.heart_margin)

    def samples(self, cases: Iterable[Case]) -> Samples:
        """One row a slice."""
        return slice_samples(cases, self.frame)

    def batch(self, samples: Samples, draws: Draws) -> Mapping[str, Tensor]:
        """``image`` and ``scar`` (n, 1, S, S) float32; the boxes are drawn about the moved scar."""
        seen = tables.box_sam()({name: samples[name].float() for name in ("image", "scar")}, draws)
        return {"image": seen["image"].clamp(0, 1), "scar": (seen["scar"] > 0.5).float()}

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor], progress: Progress) -> Tensor:  # noqa: ARG002
        """CIoU, confidence and distance terms over task-aligned points."""
        return detection_loss(network(batch["image"]), self._targets(batch["scar"]))

    def sample_losses(self, network: nn.Module, samples: Samples) -> Tensor:
        """The loss of each slice alone."""
        with evaluation_mode(network) as device:
            rows = zip(samples["image"].split(1), samples["scar"].split(1), strict=True)
            losses = [
                detection_loss(network(image.to(device)), self._targets(scar.to(device).float()))
                for image, scar in rows
            ]
        return torch.stack(losses).float().cpu()

    def validate(self, network: nn.Module, samples: Samples) -> dict[str, float]:
        """Average precision at an IoU of one half; 0 where there is nothing to find."""
        precision = self._judged(network, samples).average_precision or 0.0
        return {"average_precision": precision, "score": precision}

    def thresholds(self, network: nn.Module, samples: Samples) -> dict[str, float]:
        """The confidence of the best F1; one half where nothing is found or to be found."""
        best = self._judged(network, samples).best_operating_point
        return {BOX: best.confidence if best is not None and best.f1 > 0 else 0.5}

    def predict(self, network: nn.Module, case: Case, thresholds: Mapping[str, float]) -> dict[str, NDArray]:
        """``scar_box``: what lies in any box, on the case's grid; no segmentation of scar."""
        framed = framed_scar(case, self.frame)
        filled = np.zeros(case.image.shape, bool)
        if framed is not None:
            squares = np.zeros(framed.slices.shape, np.float32)
            for plane, boxes in zip(squares, self.boxes(network, case, thresholds), strict=True):
                for x1, y1, x2, y2 in np.round(boxes).astype(int):
                    plane[y1:y2, x1:x2] = 1
            filled = framed.box.paste(squares, case.image.shape[1:]) > 0.5
        return {BOX: filled}

    def boxes(self, network: nn.Module, case: Case, thresholds: Mapping[str, float]) -> list[NDArray[np.float32]]:
        """For each slice all boxes (M, 4) above the threshold, in the pixels of the frame."""
        framed = framed_scar(case, self.frame)
        if framed is None:
            return [np.zeros((0, 4), np.float32)] * len(case.image)
        with evaluation_mode(network) as device:
            return [each[:, :4] for each in boxes_in_slices(network, framed.slices, thresholds[BOX], device=device)]

    def manifest_parts(self) -> ManifestParts:
        """A package for a detector of scar boxes."""
        return ManifestParts(self.name, (BOX,), self.frame.as_manifest())

    def _targets(self, scar: Tensor) -> DetectionTargets:
        return targets_of_masks(scar, smallest_pixels=self.smallest_pixels)

    def _judged(self, network: nn.Module, samples: Samples) -> BoxDetection:
        slices, planes = (samples[name][:, 0].cpu().numpy() for name in ("image", "scar"))
        true = [scar_boxes(plane, smallest_pixels=self.smallest_pixels) for plane in planes]
        with evaluation_mode(network) as device:
            return detect_boxes(boxes_in_slices(network, slices, LEAST_CONFIDENCE, device=device), true)
