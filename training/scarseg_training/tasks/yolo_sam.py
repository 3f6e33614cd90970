"""Scar without a person's boxes: a detector's are the prompts, YOLO-SAM [S2] (SCIENCE.md section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import nn

from scarseg_training.datasets.case import Case
from scarseg_training.samples import Samples
from scarseg_training.tasks import ManifestParts
from scarseg_training.tasks.box_sam import SCAR, BoxSamTask
from scarseg_training.tasks.evaluation_mode import evaluation_mode
from scarseg_training.tasks.framed_slices import framed_scar
from scarseg_training.tasks.scar_detector import BOX, LEAST_CONFIDENCE
from ScarSegLogic.inference.box_detection import boxes_in_slices
from ScarSegLogic.metrics.boxes import detect_boxes
from ScarSegLogic.preprocessing.scar_boxes import scar_boxes


@dataclass(frozen=True)
class YoloSamTask(BoxSamTask):
    """Learns like Box-SAM, with a detector beside it that was trained before and is frozen; predicts with both.

    The detector's confidence is chosen on the validation slices that have scar, since only those are samples here.
    """

    name: ClassVar[str] = "yolo_sam"

    def thresholds(self, network: nn.Module, samples: Samples) -> dict[str, float]:
        """Box-SAM's threshold, and the detector's confidence of the best F1; one half where it finds nothing."""
        slices, scar = _whole_slices(samples)
        true = [scar_boxes(plane, smallest_pixels=self.smallest_pixels) for plane in scar]
        with evaluation_mode(network) as device:
            told = boxes_in_slices(network.detect, slices, LEAST_CONFIDENCE, device=device)
        best = detect_boxes(told, true).best_operating_point
        confidence = best.confidence if best is not None and best.f1 > 0 else 0.5
        return super().thresholds(network, samples) | {BOX: confidence}

    def predict(self, network: nn.Module, case: Case, thresholds: Mapping[str, float]) -> dict[str, NDArray]:
        """``scar`` in the detector's boxes."""
        return self.predict_in_boxes(network, case, self.detected_boxes(network, case, thresholds), thresholds)

    def detected_boxes(
        self, network: nn.Module, case: Case, thresholds: Mapping[str, float]
    ) -> list[NDArray[np.float32]]:
        """For each slice the detector's boxes (M, 4), in the pixels of the frame."""
        framed = framed_scar(case, self.frame)
        if framed is None:
            return [np.zeros((0, 4), np.float32)] * len(case.image)
        with evaluation_mode(network) as device:
            found = boxes_in_slices(network.detect, framed.slices, thresholds[BOX], device=device)
        return [boxes[:, :4] for boxes in found]

    def manifest_parts(self) -> ManifestParts:
        """A package of detector and Segment Anything."""
        return ManifestParts(self.name, (SCAR,), super().manifest_parts().preprocessing)


def _whole_slices(samples: Samples) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Slices (K, S, S) that have islands, once each, with all their islands."""
    places: dict[tuple[str, int], list[int]] = {}
    for row, place in enumerate(zip(samples.cases, samples.slices, strict=True)):
        places.setdefault(place, []).append(row)
    image, scar = samples["image"][:, 0].cpu().numpy(), samples["scar"][:, 0].cpu().numpy()
    slices = np.stack([image[rows[0]] for rows in places.values()])
    return slices, np.stack([scar[rows].any(axis=0) for rows in places.values()])
