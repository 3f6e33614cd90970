"""Train and judge every arm of a study with every seed; what is finished is not done again."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from scarseg_training.evaluation.evaluation import Evaluation, read_evaluation, write_evaluation
from scarseg_training.studies import study_named
from scarseg_training.studies.study import Arm, Study
from ScarSegLogic.errors import ScarSegError

if TYPE_CHECKING:
    from scarseg_training.run import Run

JUDGED_NAME = "judged.json"
"""Names the evaluations of a run; written last."""
SCHEMA_VERSION = 1
"""Of ``judged.json``."""


@dataclass(frozen=True)
class StudyRun:
    """One arm with one seed.

    Attributes:
        study, arm: Names: a run crosses to another process as text.
        seed: Of the run.
        folder: Of the run; its evaluations lie within.
        data: The folder given with --data.
    """

    study: str
    arm: str
    seed: int
    folder: Path
    data: str | None

    @property
    def finished(self) -> bool:
        """Whether it is trained and judged."""
        return (self.folder / JUDGED_NAME).exists()

    def evaluations(self) -> list[Evaluation]:
        """The evaluations of a finished run."""
        document = json.loads((self.folder / JUDGED_NAME).read_text(encoding="utf-8"))
        return [read_evaluation(self.folder / name) for name in document["evaluations"]]


def study_runs(study: Study, out: Path, seeds: int, data: str | None) -> list[StudyRun]:
    """Every run of a study, seed by seed: an interrupted study has all arms of its first seeds."""
    return [
        StudyRun(study.name, arm.name, seed, out / study.name / _folder_name(arm.name) / f"seed{seed}", data)
        for seed, arm in product(range(seeds), study.arms)
    ]


def finished_runs(study: Study, out: Path) -> list[StudyRun]:
    """The finished runs of a study in a folder, seed by seed."""
    folders = (out / study.name).glob(f"*/seed*/{JUDGED_NAME}")
    seeds = [int(path.parent.name.removeprefix("seed")) for path in folders]
    return [run for run in study_runs(study, out, max(seeds, default=-1) + 1, None) if run.finished]


def run_study(runs: Sequence[StudyRun], *, workers: int = 1, report: Callable[[str], None] = print) -> None:
    """Do what is not finished, in this process or in several.

    Args:
        runs: See ``study_runs``.
        workers: Processes; each wants a core of its own.
        report: Told a line a run.

    Raises:
        ScarSegError: The study needs data and none were given, or a run failed.
    """
    waiting = [run for run in runs if not run.finished]
    report(f"{len(runs) - len(waiting)} of {len(runs)} runs are finished")
    for run in waiting:
        study = study_named(run.study)
        if study.needs_data and run.data is None:
            raise ScarSegError(f"the study {study.name} needs data: give {study.data} with --data")
    if workers == 1:
        for run in waiting:
            report(do_run(run))
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_keep_to_one_core) as pool:
        for line in pool.map(do_run, waiting):
            report(line)


def do_run(run: StudyRun) -> str:
    """Train (or go on training) and judge one run; returns a line about it."""
    from scarseg_training.datasets.label_noise import with_label_noise
    from scarseg_training.loop import train
    from scarseg_training.run_cases import CaseList, cases_of_run
    from scarseg_training.studies.case_memory import remembered_cases

    started = perf_counter()
    study = study_named(run.study)
    (arm,) = (arm for arm in study.arms if arm.name == run.arm)
    cases = remembered_cases(cases_of_run(arm.config(run.seed), study.trained_on or run.data))
    if arm.label_noise > 0:
        noisy = with_label_noise(cases.training.dataset, cases.training.names, fraction=arm.label_noise, seed=run.seed)
        cases = replace(cases, training=CaseList(noisy, cases.training.names))
    trained = train(arm.config(run.seed), cases, run.folder, resume=True, report=_silent)
    trained_s = perf_counter() - started
    evaluations = _judged(study, arm, trained, run.data)
    names = ["evaluation" if study.conditions is None else f"evaluation/{_folder_name(name)}" for name in evaluations]
    for name, evaluation in zip(names, evaluations.values(), strict=True):
        write_evaluation(evaluation, run.folder / name)
    text = json.dumps({"schema_version": SCHEMA_VERSION, "evaluations": names, "trained_s": round(trained_s, 1)})
    (run.folder / JUDGED_NAME).write_text(text + "\n", encoding="utf-8")
    return f"{run.arm}, seed {run.seed}: trained in {trained_s:.0f} s, all {perf_counter() - started:.0f} s"


def _judged(study: Study, arm: Arm, trained: Run, data: str | None) -> dict[str, Evaluation]:
    """The evaluations of a trained arm by the name of the method."""
    from scarseg_training.datasets.dataset import open_dataset
    from scarseg_training.evaluation.of_run import Part, evaluate_run
    from scarseg_training.studies.case_memory import remembered

    judged_on = remembered(open_dataset(study.judged_on or data))
    part = Part.TEST if study.judged_on is None else Part.ALL
    ways = {arm.name: None} if study.conditions is None else study.conditions(trained)
    found = {}
    for name, predict in ways.items():
        evaluation = evaluate_run(trained, judged_on, part, predict=predict)
        found[name] = replace(evaluation, method=replace(evaluation.method, name=name))
    return found


def _keep_to_one_core() -> None:
    import torch

    torch.set_num_threads(1)


def _folder_name(name: str) -> str:
    """A name as a folder on every system."""
    return "".join(letter if letter.isalnum() or letter in "-." else "_" for letter in name)


def _silent(_line: str) -> None:
    """A study tells a line a run, not a line an epoch; those are in each run's metrics.jsonl."""
