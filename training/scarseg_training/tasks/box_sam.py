"""Scar in given boxes by Segment Anything, from softened labels: Box-SAM [S2] (SCIENCE.md section 3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from scarseg_training.augmentation import tables
from scarseg_training.augmentation.box_jitter import BoxJitter
from scarseg_training.augmentation.draws import Draws
from scarseg_training.datasets.case import Case
from scarseg_training.samples import Samples
from scarseg_training.tasks import ManifestParts, Progress
from scarseg_training.tasks.evaluation_mode import evaluation_mode, rows_at_once
from scarseg_training.tasks.framed_slices import framed_scar, island_samples
from scarseg_training.tasks.patient_dice import best_threshold, mean_dice
from scarseg_training.tasks.scar_losses import LossChoice
from ScarSegLogic.inference.box_prompts import SamInput, probabilities_in_boxes
from ScarSegLogic.networks.sam.sam import enlarge_logits
from ScarSegLogic.preprocessing.scar_boxes import scar_boxes
from ScarSegLogic.preprocessing.slice_frame import SliceFrame

SCAR = "infarct"
"""Name of the one output in manifests and thresholds."""


@dataclass(frozen=True)
class BoxSamTask:
    """One island of scar at a time, about which a person or a detector has drawn a box.

    Attributes:
        frame_size, region, heart_margin: See ``SliceFrame``.
        image_size: Side of the network's input.
        pixel_values: As its weights want them.
        draw_boxes: Whether boxes are mask prompts as well, see ``SamInput``.
        loss_name, loss_config: See ``SCAR_LOSSES``; softened labels by default.
        smallest_pixels: Islands of fewer pixels of the frame are not prompted (ours).
    """

    name: ClassVar[str] = "box_sam"

    frame_size: int = 256
    region: str = "slice"
    heart_margin: float = 1.5
    image_size: int = field(default=1024, compare=False)
    pixel_values: str = field(default="imagenet", compare=False)
    draw_boxes: bool = field(default=False, compare=False)
    loss_name: str = field(default="soft_labels", compare=False)
    loss_config: Mapping[str, Any] = field(default_factory=dict, compare=False)
    smallest_pixels: int = 4

    @property
    def needs(self) -> tuple[str, ...]:
        """The heart can frame slices only where its wall is drawn."""
        return ("myocardium", "scar") if self.region == "heart" else ("scar",)

    @property
    def frame(self) -> SliceFrame:
        """How slices become squares, here and in the product."""
        return SliceFrame(self.frame_size, self.region, self.heart_margin)

    @property
    def sam_input(self) -> SamInput:
        """How squares become inputs, here and in the product."""
        return SamInput(self.image_size, self.pixel_values, self.draw_boxes)

    def samples(self, cases: Iterable[Case]) -> Samples:
        """One row an island, see ``island_samples``."""
        return island_samples(cases, self.frame, self.smallest_pixels)

    def batch(self, samples: Samples, draws: Draws) -> Mapping[str, Tensor]:
        """``image`` and ``scar`` (n, 1, S, S) float32, and a jittered box (n, 4) about each island."""
        seen = tables.box_sam()({name: samples[name].float() for name in ("image", "scar")}, draws)
        scar = (seen["scar"] > 0.5).float()
        jitter = BoxJitter()
        boxes = jitter.apply(box_of(seen["scar"])[:, None], jitter.sample(draws, 1), self.frame_size)[:, 0]
        return {"image": seen["image"].clamp(0, 1), "scar": scar, "boxes": boxes}

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor], progress: Progress) -> Tensor:  # noqa: ARG002
        """The chosen loss of the whole slice, at the size of the frame."""
        return self._loss(self._logits(network, batch["image"], batch["boxes"]), batch["scar"])

    def sample_losses(self, network: nn.Module, samples: Samples) -> Tensor:
        """The chosen loss of each island, in its own box."""
        logits, scar = self._upright(network, samples), samples["scar"].float().cpu()
        return torch.stack([self._loss(logits[row : row + 1], scar[row : row + 1]) for row in range(len(samples))])

    def validate(self, network: nn.Module, samples: Samples) -> dict[str, float]:
        """Mean Dice per patient in the islands' own boxes, at the best threshold: soft labels do not end at 0.5."""
        probabilities, scar = self._upright(network, samples).sigmoid(), samples["scar"].cpu()
        threshold = best_threshold(probabilities, scar, samples.patients)
        dice = mean_dice(probabilities > threshold, scar, samples.patients) or 0.0
        return {"dice": dice, "threshold": threshold, "score": dice}

    def thresholds(self, network: nn.Module, samples: Samples) -> dict[str, float]:
        """The threshold of the best mean Dice per patient."""
        probabilities = self._upright(network, samples).sigmoid()
        return {SCAR: best_threshold(probabilities, samples["scar"].cpu(), samples.patients)}

    def predict(self, network: nn.Module, case: Case, thresholds: Mapping[str, float]) -> dict[str, NDArray]:
        """``scar`` in a person's boxes, which are those about the islands of the case's own scar (Box-SAM [S2])."""
        return self.predict_in_boxes(network, case, self.true_boxes(case), thresholds)

    def true_boxes(self, case: Case) -> list[NDArray[np.float32]]:
        """For each slice the boxes (M, 4) about its islands, in the pixels of the frame."""
        framed = framed_scar(case, self.frame)
        if framed is None:
            return [np.zeros((0, 4), np.float32)] * len(case.image)
        return [scar_boxes(plane, smallest_pixels=self.smallest_pixels) for plane in framed.scar]

    def predict_in_boxes(
        self,
        network: nn.Module,
        case: Case,
        boxes: Sequence[NDArray[np.float32]],
        thresholds: Mapping[str, float],
    ) -> dict[str, NDArray]:
        """``scar`` in any boxes, one array (M, 4) a slice, in the pixels of the frame: a detector's, or wrong ones."""
        framed = framed_scar(case, self.frame)
        if framed is None:
            return {"scar": np.zeros(case.image.shape, bool)}
        with evaluation_mode(network) as device:
            found = probabilities_in_boxes(network, framed.slices, boxes, self.sam_input, device=device)
        return {"scar": framed.box.paste(found, case.image.shape[1:]) > thresholds[SCAR]}

    def manifest_parts(self) -> ManifestParts:
        """A package for box prompts."""
        numbers = {"image_size": self.image_size, "pixel_values": self.pixel_values, "draw_boxes": self.draw_boxes}
        return ManifestParts("box_sam", (SCAR,), self.frame.as_manifest() | numbers)

    def _logits(self, network: nn.Module, slices: Tensor, boxes: Tensor) -> Tensor:
        answer = network(self.sam_input.images(slices), self.sam_input.prompts(boxes, self.frame_size))
        return enlarge_logits(answer.low_res_logits.float(), self.frame_size)

    def _loss(self, logits: Tensor, scar: Tensor) -> Tensor:
        everywhere = torch.ones_like(scar)
        return LossChoice(self.loss_name, self.loss_config).build()(logits, scar, everywhere)

    def _upright(self, network: nn.Module, samples: Samples) -> Tensor:
        """Logits (N, 1, S, S) on the CPU of every island in its own box."""
        parts = []
        with evaluation_mode(network) as device:
            rows = rows_at_once(self.image_size)
            pairs = zip(samples["image"].split(rows), samples["scar"].split(rows), strict=True)
            for slices, scar in pairs:
                parts.append(self._logits(network, slices.to(device), box_of(scar.to(device).float())).cpu())
        return torch.cat(parts)


def box_of(masks: Tensor) -> Tensor:
    """The box (n, 4) about what is set in each mask (n, 1, S, S), at the outer edges of its pixels.

    Args:
        masks: Coverage in [0, 1]; where nothing reaches one half, everything above zero counts; an empty mask gets the
            box of the whole slice.
    """
    half = masks > 0.5
    shown = torch.where(half.flatten(1).any(1).view(-1, 1, 1, 1), half, masks > 0)
    sides = []
    for axis in (2, 3):  # columns along I hold x, rows along J hold y
        profile = shown.any(axis).flatten(1)
        size = profile.shape[1]
        first = torch.where(profile.any(1), profile.float().argmax(1), 0)
        last = torch.where(profile.any(1), size - profile.flip(1).float().argmax(1), size)
        sides.append((first, last))
    (x1, x2), (y1, y2) = sides
    return torch.stack([x1, y1, x2, y2], dim=1).float()
