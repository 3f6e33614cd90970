"""From a finished run to a model package that the command line and the modules load."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scarseg_training.config import config_document
from scarseg_training.datasets.dataset import Dataset, open_dataset
from scarseg_training.evaluation.summary import summarise
from scarseg_training.evaluation.tables import with_interval
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.models.manifest import Manifest
from ScarSegLogic.models.package import ModelPackage, save_package
from ScarSegLogic.version import VERSION

if TYPE_CHECKING:
    from scarseg_training.evaluation.evaluation import Evaluation
    from scarseg_training.run import Run

OWN_LICENCE = "Apache-2.0"
"""Of weights that were learnt from phantoms alone, and of the project."""
UNKNOWN_LICENCE = "unknown"


def export_package(
    run: Run, datasets: Sequence[Dataset], folder: Path, *, judged: Evaluation | None = None
) -> ModelPackage:
    """Write the best weights of a run with everything needed to run and to judge them.

    Args:
        run: Its last stage, or the one it was opened at.
        datasets: What it learnt from, for names, licences and notices.
        folder: Of the package.
        judged: What ``scarseg-train evaluate`` found, for the model's card; ``make accuracy`` measures the shipped
            packages.

    Raises:
        ScarSegError: A weight is not finite or too large for half precision, or another run was judged.
    """
    if judged is not None and (judged.method.name, judged.method.seed) != (run.config.recipe, run.config.seed):
        raise ScarSegError(
            f"the evaluation is of {judged.method.name}, seed {judged.method.seed}, the run {run.folder.name} is "
            f"{run.config.recipe}, seed {run.config.seed}: evaluate this run"
        )
    parts = run.task.manifest_parts()
    manifest = Manifest(
        name=run.config.recipe.removeprefix("small_"),
        version=VERSION,
        task=parts.task,
        network=run.stage.network,
        network_config=_plain(dataclasses.asdict(run.network.config)),
        preprocessing=parts.preprocessing,
        thresholds=run.thresholds,
        labels=parts.labels,
        recipe=config_document(run.config)
        | {
            "stage": run.stage.name,
            "command": _command(run, datasets),
            "validation_cases": list(_real(run.split.validation, datasets)),
        },
        training_data=training_sentence(datasets),
        licence=licence_of(datasets),
        notice=notice_of(datasets),
        training_cases=_real(run.split.train, datasets),
        metrics={} if judged is None else metrics_of(judged),
        sha256="",
    )
    weights = {name: tensor.detach().cpu().numpy() for name, tensor in run.network.state_dict().items()}
    return save_package(manifest, weights, folder)


def metrics_of(judged: Evaluation) -> dict[str, str]:
    """Dice per case of every structure with its interval, and what it was measured on, as the model's card shows it."""
    cases = len({score.case for score in judged.structures})
    measured_on = f"{cases} {judged.method.part} cases of {judged.method.data}; mean [95 % bootstrap interval]"
    dice = {
        f"{name}_dice": f"{with_interval(summary.figures['dice'].interval)}, n = {summary.cases}"
        for name, summary in summarise(judged.structures).items()
    }
    return {"measured_on": measured_on, "command": judged.method.command, **dice}


def datasets_of_run(run: Run, data: Dataset | None) -> tuple[Dataset, ...]:
    """What a run learnt from: the data it was given and the phantoms mixed in, or phantoms alone.

    Raises:
        ScarSegError: The run learnt from cases that are not in the data, or, without data, not in its phantoms.
    """
    mixed = data is None or run.config.real_share is not None
    phantoms = (open_dataset(run.config.phantoms),) if mixed and run.config.phantoms is not None else ()
    datasets = (*(() if data is None else (data,)), *phantoms)
    # Where data are given, the split is theirs: phantoms that are mixed in stand in no split.
    known = {entry.case for entry in datasets[0].entries} if datasets else set()
    if unknown := [case for case in run.split.train if case not in known]:
        where = "no data were given" if data is None else f"they are not in {data.name}"
        raise ScarSegError(
            f"the run {run.folder.name} learnt from {', '.join(unknown[:3])}{' ...' if len(unknown) > 3 else ''}, but "
            f"{where}: give with --data what it was trained on, so that the package names licence and notice"
        )
    return datasets


def licence_of(datasets: Sequence[Dataset]) -> str:
    """The licences of the data that bind the weights, in SPDX's words; the project's own where none does."""
    binding = sorted({dataset.licence for dataset in datasets} - {OWN_LICENCE})
    return " AND ".join(binding) or OWN_LICENCE


def notice_of(datasets: Sequence[Dataset]) -> str:
    """What a user must know before the first use of weights learnt from these data."""
    notices = [dataset.notice for dataset in datasets if dataset.notice]
    notices += [
        f"the licence of the training data {dataset.name} is not known: clear it before you pass this model on"
        for dataset in datasets
        if dataset.licence == UNKNOWN_LICENCE and not dataset.notice
    ]
    return "; ".join(dict.fromkeys(notices))


def training_sentence(datasets: Sequence[Dataset]) -> str:
    """What the weights were learnt from, in words."""
    names = [dataset.name if dataset.folder is not None else f"ScarSeg's own {dataset.name}" for dataset in datasets]
    return "; ".join(names) + (" alone" if all(dataset.folder is None for dataset in datasets) else "")


def _real(cases: Sequence[str], datasets: Sequence[Dataset]) -> tuple[str, ...]:
    """Those cases that are patients, not phantoms."""
    real = {entry.case for dataset in datasets if dataset.folder is not None for entry in dataset.entries}
    return tuple(case for case in cases if case in real)


def _command(run: Run, datasets: Sequence[Dataset]) -> str:
    data = " --data DATA" if any(dataset.folder is not None for dataset in datasets) else ""
    return f"scarseg-train run {run.config.recipe}{data} --out RUN --seed {run.config.seed}"


def _plain(value: object) -> object:
    """The value as JSON holds it: tuples are lists."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, (tuple, list)) else value
