"""A trained run judged on cases that it never learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from scarseg_training.datasets.dataset import Dataset, open_dataset
from scarseg_training.datasets.entry import CaseEntry
from scarseg_training.evaluation.evaluation import Evaluation, Method, Predict, evaluate
from scarseg_training.repeat_command import run_command
from scarseg_training.run import Run
from ScarSegLogic.errors import ScarSegError


class Part(StrEnum):
    """Which cases of a dataset a run is judged on."""

    TEST = "test"
    """Those that the run's split or the dataset keeps for testing; all, where the run never saw the dataset."""
    VALIDATION = "validation"
    """Those on which the run chose its best epoch and thresholds: optimistic."""
    ALL = "all"
    """Every case; refused where the run learnt from one of them."""


def evaluate_run(
    run: Run, dataset: Dataset, part: Part = Part.TEST, *, command: str = "", predict: Predict | None = None
) -> Evaluation:
    """Predict with the run's best weights and thresholds, through the code of the product, and score.

    Args:
        run: The method.
        dataset: What it is judged on.
        part: Which of its cases.
        command: What repeats the evaluation.
        predict: Another way of predicting than the task's, for studies of what goes wrong.

    Raises:
        ScarSegError: There is no such case, a patient was learnt from, or a case cannot be read.
    """
    entries = entries_to_judge(run, dataset, part)
    method = Method(
        name=run.config.recipe,
        seed=run.config.seed,
        data=dataset.name,
        part=part.value,
        run=run.folder.name,
        command=command,
        thresholds=run.thresholds,
        trained=run_command(run.config, run.data) if run.data else "",
        fold=run.config.split.fold if run.config.split.kind == "kfold" else None,
    )
    own = predict or (lambda case: run.task.predict(run.network, case, run.thresholds))
    return evaluate(method, dataset.read_all(entries), own)


def entries_to_judge(run: Run, dataset: Dataset, part: Part) -> tuple[CaseEntry, ...]:
    """The cases of a part, none of whose patients the run learnt from.

    Raises:
        ScarSegError: There is none, or the run learnt from a patient among them.
    """
    seen = {*run.split.train, *run.split.validation}
    split = {Part.TEST: set(run.split.test), Part.VALIDATION: set(run.split.validation)}.get(part, set())
    chosen = [entry for entry in dataset.entries if entry.case in split]
    if part is Part.TEST and not chosen:
        chosen = list(dataset.of_split("test"))
    known = any(entry.case in seen for entry in dataset.entries)
    if part is Part.ALL or (part is Part.TEST and not chosen and not known):
        chosen = list(dataset.entries)
    if not chosen:
        raise ScarSegError(
            f"{dataset.name} has no {part} cases for the run {run.folder.name}, whose split keeps "
            f"{len(run.split.test)} for testing and {len(run.split.validation)} for validation: "
            "judge on --on validation, or on other data"
        )
    _refuse_learnt(run, dataset, chosen)
    return tuple(chosen)


def _mixed_in(run: Run) -> set[str]:
    """Phantoms that a run may have learnt from beside its data; its split does not name them."""
    if run.config.phantoms is None or run.config.real_share is None:
        return set()
    phantoms = {entry.case for entry in open_dataset(run.config.phantoms).entries}
    # Phantoms as the data themselves are divided by the split, which then says what was learnt from.
    return phantoms - {*run.split.validation, *run.split.test}


def _refuse_learnt(run: Run, dataset: Dataset, chosen: Sequence[CaseEntry]) -> None:
    learnt = {*run.split.train, *_mixed_in(run)}
    patients = {entry.patient for entry in dataset.entries if entry.case in learnt}
    leaked = [entry.case for entry in chosen if entry.case in learnt or entry.patient in patients]
    if leaked:
        raise ScarSegError(
            f"the run {run.folder.name} learnt from {', '.join(leaked[:5])}{' ...' if len(leaked) > 5 else ''}: "
            "its figures on them would say nothing; choose --on test or other data"
        )
