"""What a network learns: how a batch becomes inputs, targets and a loss, and how it is judged on validation slices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Generator, Tensor, nn

from scarseg_training import augmentation
from scarseg_training.augmentation import WarpRanges
from scarseg_training.losses import anatomy_loss, insertion_loss, masked_dice_bce, soft_dice_loss
from scarseg_training.samples import CANVAS_FACTOR, Framing, SliceSamples

HEART_WARP = WarpRanges()
WHOLE_WARP = WarpRanges(scale=(0.7, 1.4), stretch=0.25, shift=0.2, elastic_pixels=0.5)
MASK_WARP_PIXELS = 1.3
"""SD of the displacement between a given and the true myocardium, in crop pixels (ours)."""
INFARCT_WEIGHT = 4.0
"""Weight of infarcted pixels in the anatomy loss: scar beside bright blood is wall, not cavity (ours)."""
THRESHOLDS = tuple(step / 20 for step in range(4, 13))
"""0.20 to 0.60: where a decision threshold is looked for (ours)."""


class Task(Protocol):
    """One network's way of learning."""

    name: str

    def loss(self, network: nn.Module, batch: SliceSamples, framing: Framing, generator: Generator) -> Tensor:
        """Augment a batch and return its loss."""
        ...

    def validate(self, network: nn.Module, samples: SliceSamples, framing: Framing) -> dict[str, float]:
        """Judge the network on upright crops; every figure is a Dice pooled over slices, higher is better."""
        ...

    def thresholds(self, network: nn.Module, samples: SliceSamples, framing: Framing) -> dict[str, float]:
        """Choose the decision threshold of each output on validation slices."""
        ...


@dataclass(frozen=True)
class AnatomyTask:
    """Cavity, myocardium and RV insertions in heart crops, and the left ventricle in whole slices."""

    name: str = "lv_anatomy"

    def loss(self, network: nn.Module, batch: SliceSamples, framing: Framing, generator: Generator) -> Tensor:
        count = len(batch)
        grid = augmentation.random_grid(count, framing.crop_size, 1 / CANVAS_FACTOR, HEART_WARP, generator)
        canvas = augmentation.warp(batch.heart, grid)
        whole_grid = augmentation.random_grid(count, framing.localiser_size, 1.0, WHOLE_WARP, generator)
        whole = augmentation.warp(batch.whole, whole_grid)

        located, segmented = _forward(
            network, _augmented_image(whole[:, :3], generator), _augmented_image(canvas[:, :3], generator)
        )
        infarct_weight = 1 + (INFARCT_WEIGHT - 1) * canvas[:, 5:6]
        segmentation = anatomy_loss(segmented[:, :4], _anatomy_targets(canvas), infarct_weight)
        insertions = insertion_loss(segmented[:, 4], canvas[:, 7], batch.has_insertions)
        left_ventricle = whole[:, 3:4]
        everywhere = torch.ones_like(left_ventricle)
        return segmentation + insertions + masked_dice_bce(located, left_ventricle, everywhere)

    def validate(self, network: nn.Module, samples: SliceSamples, framing: Framing) -> dict[str, float]:
        canvas = _centre(samples.heart, framing.crop_size)
        located, segmented = _forward(
            network, augmentation.normalise(samples.whole[:, :3]), augmentation.normalise(canvas[:, :3])
        )
        classes = segmented[:, :4].argmax(1)
        cavity, myocardium, infarct = (canvas[:, 3:6] > 0.5).float().unbind(1)
        return {
            "cavity": _dice((classes == 1).float(), cavity),
            "myocardium": _dice((classes >= 2).float(), myocardium),
            "infarct": _dice((classes == 3).float(), infarct),
            "infarct_in_wall": _recall(classes >= 2, infarct),
            "left_ventricle": _dice((located[:, 0] > 0).float(), (samples.whole[:, 3] > 0.5).float()),
        }

    def thresholds(self, network: nn.Module, samples: SliceSamples, framing: Framing) -> dict[str, float]:  # noqa: ARG002
        """Classes exclude each other and the box only needs a rough heart: nothing to choose."""
        return {"left_ventricle": 0.5}


@dataclass(frozen=True)
class ScarTask:
    """Infarct and MVO inside a myocardium that is given, but never quite right."""

    name: str = "lv_scar"

    def loss(self, network: nn.Module, batch: SliceSamples, framing: Framing, generator: Generator) -> Tensor:
        count, size = len(batch), framing.crop_size
        grid = augmentation.random_grid(count, size, 1 / CANVAS_FACTOR, HEART_WARP, generator)
        canvas = augmentation.warp(batch.heart, grid)
        given = torch.rand(count, 1, 1, 1, generator=generator) < 0.5
        error = augmentation.smooth_displacement(count, size, MASK_WARP_PIXELS, generator) / (size * CANVAS_FACTOR / 2)
        masks = augmentation.warp(batch.heart[:, 3:5], grid + error * ~given)
        inputs = torch.cat([_augmented_image(canvas[:, :3], generator), (masks > 0.5).float()], dim=1)
        (logits,) = _forward(network, inputs)
        return masked_dice_bce(logits, canvas[:, 5:7], (masks[:, 1:] > 0.5).float())

    def validate(self, network: nn.Module, samples: SliceSamples, framing: Framing) -> dict[str, float]:
        probabilities, targets = self._upright(network, samples, framing)
        hard = (probabilities > 0.5).float()
        return {"infarct": _dice(hard[:, 0], targets[:, 0]), "mvo": _dice(hard[:, 1], targets[:, 1])}

    def thresholds(self, network: nn.Module, samples: SliceSamples, framing: Framing) -> dict[str, float]:
        """The thresholds with the best mean Dice per patient, over the patients that have the structure."""
        probabilities, targets = self._upright(network, samples, framing)
        cases = sorted(set(samples.cases))
        chosen = {}
        for output, name in enumerate(("infarct", "mvo")):
            mean_dice = dict.fromkeys(THRESHOLDS, 0.0)
            for case in cases:
                rows = [row for row, owner in enumerate(samples.cases) if owner == case]
                truth = targets[rows, output]
                if truth.any():
                    for threshold in THRESHOLDS:
                        mean_dice[threshold] += _dice((probabilities[rows, output] > threshold).float(), truth)
            # Where no patient has the structure every threshold ties: 0.5 is nearest to having no opinion.
            chosen[name] = max(THRESHOLDS, key=lambda threshold: (mean_dice[threshold], -abs(threshold - 0.5)))
        return chosen

    @staticmethod
    def _upright(network: nn.Module, samples: SliceSamples, framing: Framing) -> tuple[Tensor, Tensor]:
        """Probabilities inside the given myocardium and binary targets, (N, 2, H, W) each, without augmentation."""
        canvas = _centre(samples.heart, framing.crop_size)
        masks = (canvas[:, 3:5] > 0.5).float()
        (logits,) = _forward(network, torch.cat([augmentation.normalise(canvas[:, :3]), masks], dim=1))
        return logits.sigmoid() * masks[:, 1:], (canvas[:, 5:7] > 0.5).float()


TASKS: dict[str, Task] = {task.name: task for task in (AnatomyTask(), ScarTask())}


def _forward(network: nn.Module, *inputs: Tensor) -> tuple[Tensor, ...]:
    """Run a network on its own device; augmentation and losses stay on the CPU, where the generators are."""
    device = next(network.parameters()).device
    outputs = network(*(each.to(device) for each in inputs))
    return tuple(each.cpu() for each in (outputs if isinstance(outputs, tuple) else (outputs,)))


def _augmented_image(images: Tensor, generator: Generator) -> Tensor:
    shaded = augmentation.shade(augmentation.standardise(images), generator)
    return augmentation.normalise(augmentation.swap_neighbours(shaded, generator))


def _anatomy_targets(canvas: Tensor) -> Tensor:
    """(N, 4, H, W) soft classes: what is left over, cavity, healthy myocardium, infarct."""
    cavity, myocardium, infarct = canvas[:, 3:6].unbind(1)
    background, healthy = (1 - cavity - myocardium).clamp(min=0), (myocardium - infarct).clamp(min=0)
    return torch.stack([background, cavity, healthy, infarct], dim=1)


def _centre(canvas: Tensor, size: int) -> Tensor:
    start = (canvas.shape[-1] - size) // 2
    return canvas[..., start : start + size, start : start + size]


def _recall(prediction: Tensor, target: Tensor) -> float:
    return ((prediction * target).sum() / target.sum().clamp(min=1)).item()


def _dice(prediction: Tensor, target: Tensor) -> float:
    return 1 - soft_dice_loss(prediction[:, None], target[:, None]).item()
