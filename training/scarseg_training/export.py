"""From a finished run to a model package that the command line and the modules load."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scarseg_training.config import config_document
from scarseg_training.data_record import DataRecord, check_same_data
from scarseg_training.datasets.dataset import Dataset, open_dataset
from scarseg_training.evaluation.summary import summarise
from scarseg_training.evaluation.tables import with_interval
from scarseg_training.repeat_command import run_command
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
    run: Run, data: Sequence[DataRecord], folder: Path, *, judged: Evaluation | None = None
) -> ModelPackage:
    """Write the best weights of a run with everything needed to run and to judge them.

    Args:
        run: Its last stage, or the one it was opened at.
        data: What it learnt from, for names, licences and notices.
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
            "command": run_command(run.config, data),
            "validation_cases": list(_real(run.split.validation, data)),
        },
        training_data=training_sentence(data),
        licence=licence_of(data),
        notice=notice_of(data),
        training_cases=_real(run.split.train, data),
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


def data_of_run(run: Run, data: Dataset | None) -> tuple[DataRecord, ...]:
    """What a run learnt from: the data it was given and the phantoms mixed in, or phantoms alone.

    Args:
        run: Says so itself, where it is not older than such records.
        data: As they are now, where their licence or notice has become known since, or the run does not say.

    Raises:
        ScarSegError: The run learnt from other data, or neither it nor its phantoms say from which.
    """
    if run.data:
        given = () if data is None else (DataRecord.of(data),)
        check_same_data(f"the run {run.folder.name}", run.data[: len(given)], given)
        return (*given, *run.data[len(given) :])
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
    return tuple(DataRecord.of(dataset) for dataset in datasets)


def licence_of(data: Sequence[DataRecord]) -> str:
    """The licences of the data that bind the weights, in SPDX's words; the project's own where none does."""
    binding = sorted({record.licence for record in data} - {OWN_LICENCE})
    return " AND ".join(binding) or OWN_LICENCE


def notice_of(data: Sequence[DataRecord]) -> str:
    """What a user must know before the first use of weights learnt from these data."""
    notices = [record.notice for record in data if record.notice]
    notices += [
        f"the licence of the training data {record.name} is not known: clear it before you pass this model on"
        for record in data
        if record.licence == UNKNOWN_LICENCE and not record.notice
    ]
    return "; ".join(dict.fromkeys(notices))


def training_sentence(data: Sequence[DataRecord]) -> str:
    """What the weights were learnt from, in words."""
    names = [record.name if record.patients else f"ScarSeg's own {record.name}" for record in data]
    return "; ".join(names) + ("" if any(record.patients for record in data) else " alone")


def _real(cases: Sequence[str], data: Sequence[DataRecord]) -> tuple[str, ...]:
    """Cases of the split that are patients, not phantoms; the split is that of the first data."""
    return tuple(cases) if data and data[0].patients else ()


def _plain(value: object) -> object:
    """The value as JSON holds it: tuples are lists."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, (tuple, list)) else value
