"""nnU-Net on a split dataset: its raw layout written, its own commands run where it is installed, its results judged.

nnU-Net pulls in torchvision, which cannot stand beside the CPU torch of this project, so it lives in an environment of
its own; its commands only have to be on the PATH.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scarseg_training.config import RunConfig
from scarseg_training.datasets.case import Case
from scarseg_training.datasets.nnunet_labels import labels_of
from scarseg_training.datasets.nnunet_raw import FIRST_NUMBER, NNUNetRaw, export_raw, read_predictions
from scarseg_training.evaluation.evaluation import Method, evaluate, write_evaluation
from scarseg_training.run_cases import RunCases
from scarseg_training.run_folder import RunFolder
from ScarSegLogic.errors import ScarSegError

TASK = "nnunet"
"""Of a stage that nnU-Net trains itself; ``task_config`` holds ``configuration`` and ``trainer`` by its names."""
COMMANDS = ("nnUNetv2_plan_and_preprocess", "nnUNetv2_train", "nnUNetv2_predict")
FOLD = "0"
"""The only fold: the run's own split."""
PLANS = "nnUNetPlans"


@dataclass(frozen=True)
class NNUNetRun:
    """One training by nnU-Net's commands.

    Attributes:
        folder: The run folder; nnU-Net's three folders lie in it.
        raw: The exported dataset.
        configuration, trainer: By nnU-Net's names: ``2d``, ``3d_fullres``; ``nnUNetTrainer``, ...
        device: ``cuda`` or ``cpu``.
    """

    folder: Path
    raw: NNUNetRaw
    configuration: str
    trainer: str
    device: str

    @property
    def results(self) -> Path:
        """Where nnU-Net leaves the weights of the fold and its validation predictions."""
        model = f"{self.trainer}__{PLANS}__{self.configuration}"
        return self.folder / "nnUNet_results" / self.raw.folder.name / model / f"fold_{FOLD}"

    def train(self) -> None:
        """Plan, preprocess and train on the run's own split; a training that was stopped goes on."""
        number = str(self.raw.number)
        self._call("nnUNetv2_plan_and_preprocess", "-d", number, "-c", self.configuration, "--verify_dataset_integrity")
        preprocessed = self.folder / "nnUNet_preprocessed" / self.raw.folder.name
        preprocessed.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.raw.splits, preprocessed / self.raw.splits.name)
        goes_on = ["--c"] if (self.results / "checkpoint_latest.pth").exists() else []
        options = ["-tr", self.trainer, "-device", self.device, *goes_on]
        self._call("nnUNetv2_train", number, self.configuration, FOLD, *options)

    def predict(self, images: Path) -> Path:
        """Predict a folder of exported images; returns the folder of label maps."""
        out = self.folder / "predictions"
        chosen = ["-d", str(self.raw.number), "-c", self.configuration, "-f", FOLD, "-tr", self.trainer]
        self._call("nnUNetv2_predict", "-i", str(images), "-o", str(out), *chosen, "-device", self.device)
        return out

    def _call(self, command: str, *arguments: str) -> None:
        places = {name: str(self.folder / name) for name in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results")}
        try:
            subprocess.run([command, *arguments], env=os.environ | places, check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise ScarSegError(
                f"{command} failed ({error}): its own output above says why; continue with --resume"
            ) from error


def run_nnunet(
    config: RunConfig, cases: RunCases, folder: Path, *, resume: bool = False, report: Callable[[str], None] = print
) -> None:
    """Export the split, train nnU-Net, and write ``folder/evaluation`` as ``scarseg-train evaluate`` does.

    Test cases are judged; where the split has none, nnU-Net's predictions of the validation cases are.

    Raises:
        ScarSegError: A case cannot be exported, nnU-Net is not installed (the exported dataset stays), or it failed.
    """
    stage = config.stages[0]
    RunFolder(folder).start(config, cases.split, cases.records, resume=resume)
    raw = _exported(cases, folder / "nnUNet_raw")
    report(f"exported for nnU-Net: {raw.folder}")
    missing = [command for command in COMMANDS if shutil.which(command) is None]
    if missing:
        raise ScarSegError(
            f"nnU-Net is not installed ({missing[0]} is not on the PATH); the dataset lies ready in {raw.folder}: "
            "install nnunetv2 in an environment of its own, put its commands on the PATH and repeat with --resume"
        )
    run = NNUNetRun(folder, raw, stage.task_config["configuration"], stage.task_config["trainer"], _device())
    run.train()
    part = "test" if cases.split.test else "validation"
    names = cases.split.test or cases.split.validation
    predicted = run.predict(raw.images_to_predict) if cases.split.test else run.results / "validation"
    dataset = cases.training.dataset
    method = Method(config.recipe, config.seed, dataset.name, part, folder.name)
    judged = evaluate(method, dataset.read_all(dataset.named(names)), lambda case: _prediction(predicted, case, raw))
    write_evaluation(judged, folder / "evaluation")
    report(f"judged on {len(names)} {part} cases: {folder / 'evaluation'}")


def _prediction(folder: Path, case: Case, raw: NNUNetRaw) -> dict[str, NDArray[np.bool_]]:
    ((_, masks),) = read_predictions(folder, [case], raw.labels)
    return masks


def _exported(cases: RunCases, nnunet_raw: Path) -> NNUNetRaw:
    """The exported dataset, written once."""
    existing = sorted(nnunet_raw.glob(f"Dataset{FIRST_NUMBER}_*"))
    if not existing:
        return export_raw(cases.training.dataset, cases.split, nnunet_raw)
    return NNUNetRaw(existing[0], FIRST_NUMBER, labels_of(_first(cases.training)))


def _first(cases: Iterable[Case]) -> Case:
    return next(iter(cases))


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
