"""Cavity, myocardium and RV insertions in heart crops, and the left ventricle in whole slices (ours)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from scarseg_training.augmentation.draws import Draws
from scarseg_training.augmentation.normalisation import normalise
from scarseg_training.augmentation.points import SpatialTransform, random_points, resample
from scarseg_training.augmentation.tables import heart_view
from scarseg_training.datasets.case import Case
from scarseg_training.losses.anatomy import anatomy_loss
from scarseg_training.losses.insertion import insertion_loss
from scarseg_training.losses.masked_dice_bce import masked_dice_bce
from scarseg_training.losses.soft_dice import soft_dice
from scarseg_training.samples import Samples
from scarseg_training.tasks import ManifestParts, Progress
from scarseg_training.tasks.bare_manifest import bare_manifest
from scarseg_training.tasks.evaluation_mode import ROWS_AT_ONCE, evaluation_mode
from scarseg_training.tasks.lv_canvas import IMAGE, INFARCT, INSERTIONS, LVCanvas, augmented_image
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.inference.lv_anatomy import predict_anatomy
from ScarSegLogic.models.package import save_package
from ScarSegLogic.networks.lv_anatomy import ANATOMY_CLASSES
from ScarSegLogic.volume import Volume

WHOLE_VIEW = heart_view(step=(0.7, 1.4), shift=0.2, elastic_pixels=0.5)
INFARCT_WEIGHT = 4.0
"""Weight of infarcted pixels in the anatomy loss: scar beside bright blood is wall, not cavity (ours)."""


@dataclass(frozen=True)
class LVAnatomyTask(LVCanvas):
    """The shipped anatomy network: both of its looks at once."""

    name: ClassVar[str] = "lv_anatomy"
    whole_view: ClassVar[tuple[SpatialTransform, ...]] = WHOLE_VIEW

    def batch(self, samples: Samples, draws: Draws) -> Mapping[str, Tensor]:
        """``crop`` and ``whole`` seen anew, images normalised, and the same with masks as ``canvas``."""
        device = samples["heart"].device
        canvas = resample(samples["heart"], self.heart_points(draws, device))
        size = (self.localiser_size, self.localiser_size)
        whole = resample(samples["whole"], random_points(self.whole_view, draws, size, device=device))
        images = augmented_image(whole[:, IMAGE], draws), augmented_image(canvas[:, IMAGE], draws)
        return _batch(*images, canvas, whole, samples)

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor], progress: Progress) -> Tensor:  # noqa: ARG002
        """Exclusive classes, insertions where they are marked, and the left ventricle in the whole slice."""
        located, segmented = network(batch["whole"], batch["crop"])
        classes = anatomy_loss(segmented[:, :4], _class_targets(batch["canvas"]), batch["weight"])
        insertions = insertion_loss(segmented[:, 4], batch["canvas"][:, INSERTIONS], batch["has_insertions"])
        left_ventricle = batch["left_ventricle"]
        return classes + insertions + masked_dice_bce(located, left_ventricle, torch.ones_like(left_ventricle))

    def sample_losses(self, network: nn.Module, samples: Samples) -> Tensor:
        """The loss of each slice alone, upright."""
        losses = []
        with evaluation_mode(network) as device:
            for row in range(len(samples)):
                batch = self._upright_batch(samples.rows([row]).to(device))
                losses.append(self.loss(network, batch, Progress(0, 1)).float().cpu())
        return torch.stack(losses)

    def validate(self, network: nn.Module, samples: Samples) -> dict[str, float]:
        """Dice of each structure pooled over upright slices; ``score`` is the mean of those in the crop."""
        canvas, whole = self.upright(samples).cpu(), samples["whole"].cpu()
        located, segmented = self._answers(network, samples)
        classes = segmented[:, :4].argmax(1)
        cavity, myocardium, infarct = (canvas[:, 3:6] > 0.5).float().unbind(1)
        figures = {
            "cavity": _dice(classes == 1, cavity),
            "myocardium": _dice(classes >= 2, myocardium),
            "infarct": _dice(classes == 3, infarct),
        }
        score = sum(figures.values()) / len(figures)
        in_wall = ((classes >= 2) * infarct).sum() / infarct.sum().clamp(min=1)
        left_ventricle = _dice(located[:, 0] > 0, (whole[:, 3] > 0.5).float())
        return figures | {"infarct_in_wall": in_wall.item(), "left_ventricle": left_ventricle, "score": score}

    def thresholds(self, network: nn.Module, samples: Samples) -> dict[str, float]:  # noqa: ARG002
        """Classes exclude each other and the box only needs a rough heart: nothing to choose."""
        return {"left_ventricle": 0.5}

    def predict(self, network: nn.Module, case: Case, thresholds: Mapping[str, float]) -> dict[str, NDArray]:
        """``cavity`` and ``myocardium``, found by the product's own pipeline from a package of these weights."""
        image = Volume(case.image, Geometry.from_spacing(case.image.shape, case.spacing_kji_mm), case.case)
        device = next(network.parameters()).device
        with TemporaryDirectory(prefix="scarseg-") as folder:
            config = dataclasses.asdict(network.config)
            manifest = bare_manifest(self.manifest_parts(), self.name, config, thresholds)
            package = save_package(manifest, _arrays(network), Path(folder))
            found = predict_anatomy(image, package, "cpu" if device.type == "cpu" else "auto")
        return {"cavity": found.cavity, "myocardium": found.myocardium}

    def manifest_parts(self) -> ManifestParts:
        """A package that the product runs as ``lv_anatomy``."""
        return ManifestParts(self.name, (*ANATOMY_CLASSES, "rv_insertion"), dataclasses.asdict(self))

    def _upright_batch(self, samples: Samples) -> Mapping[str, Tensor]:
        canvas, whole = self.upright(samples), samples["whole"]
        return _batch(normalise(whole[:, IMAGE]), normalise(canvas[:, IMAGE]), canvas, whole, samples)

    def _answers(self, network: nn.Module, samples: Samples) -> tuple[Tensor, Tensor]:
        """Logits of the left ventricle in whole slices and of the structures in crops, on the CPU."""
        answers = []
        with evaluation_mode(network) as device:
            for rows in torch.arange(len(samples)).split(ROWS_AT_ONCE):
                batch = self._upright_batch(samples.rows(rows).to(device))
                answers.append([logits.float().cpu() for logits in network(batch["whole"], batch["crop"])])
        located, segmented = zip(*answers, strict=True)
        return torch.cat(located), torch.cat(segmented)


def _batch(
    whole_image: Tensor, crop_image: Tensor, canvas: Tensor, whole: Tensor, samples: Samples
) -> Mapping[str, Tensor]:
    return {
        "whole": whole_image,
        "crop": crop_image,
        "canvas": canvas,
        "left_ventricle": whole[:, 3:4],
        "weight": 1 + (INFARCT_WEIGHT - 1) * canvas[:, INFARCT : INFARCT + 1],
        "has_insertions": samples["has_insertions"],
    }


def _class_targets(canvas: Tensor) -> Tensor:
    """(N, 4, H, W) soft classes: what is left over, cavity, healthy myocardium, infarct."""
    cavity, myocardium, infarct = canvas[:, 3:6].unbind(1)
    background, healthy = (1 - cavity - myocardium).clamp(min=0), (myocardium - infarct).clamp(min=0)
    return torch.stack([background, cavity, healthy, infarct], dim=1)


def _dice(predicted: Tensor, target: Tensor) -> float:
    return soft_dice(predicted.float()[:, None], target[:, None]).item()


def _arrays(network: nn.Module) -> dict[str, NDArray]:
    return {name: tensor.detach().cpu().numpy() for name, tensor in network.state_dict().items()}
