"""One method judged on some cases: scored, written to a folder, read back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scarseg_training.datasets.case import Case
from scarseg_training.evaluation import tables
from scarseg_training.evaluation.plots import draw_agreement, draw_boxes
from scarseg_training.evaluation.scores import SliceScore, StructureScore, score_case
from scarseg_training.evaluation.summary import as_json, burden_pairs, summarise
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.io.atomic import output_folder

SCHEMA_VERSION = 1
"""Of ``evaluation.json``."""
EVALUATION_NAME, REPORT_NAME = "evaluation.json", "evaluation.md"
MINIMUM_PLOTTED = 2

Predict = Callable[[Case], Mapping[str, NDArray[np.bool_]]]


@dataclass(frozen=True)
class Method:
    """What was judged, and on what.

    Attributes:
        name: Recipe, or what else the method is called; runs of one name are seeds of one method.
        seed: Of the run; None where there is none.
        fold: Of a cross-validation, counting from 0; None without one. The folds of a seed make one run.
        trained: What repeats the training.
        data: Name of the dataset.
        part: Which of its cases: ``test``, ``validation``, ``all``.
        run: Folder of the run, in words.
        command: What repeats the evaluation.
        thresholds: Decision thresholds that were used, chosen on validation cases.
    """

    name: str
    seed: int | None
    data: str
    part: str
    run: str = ""
    command: str = ""
    thresholds: Mapping[str, float] = field(default_factory=dict)
    fold: int | None = None
    trained: str = ""


@dataclass(frozen=True)
class Evaluation:
    """A method with the scores of every case, structure and slice."""

    method: Method
    structures: tuple[StructureScore, ...]
    slices: tuple[SliceScore, ...]


def evaluate(method: Method, cases: Iterable[Case], predict: Predict) -> Evaluation:
    """Predict and score cases one after the other; only one is in memory at a time.

    Raises:
        ScarSegError: There is no case, or none of them has a structure that the method finds.
    """
    structures: list[StructureScore] = []
    slices: list[SliceScore] = []
    count = 0
    for case in cases:
        scores = score_case(case, predict(case))
        structures += scores.structures
        slices += scores.slices
        count += 1
    if not structures:
        raise ScarSegError(
            f"{method.name} cannot be judged on {method.data}: of {count} {method.part} cases none has a mask of what "
            "it finds: choose other data, or other cases with --on"
        )
    return Evaluation(method, tuple(structures), tuple(slices))


def write_evaluation(evaluation: Evaluation, folder: Path) -> None:
    """Write tables, figures and pictures of an evaluation; all of them or, where that fails, none.

    Raises:
        ScarSegError: The folder cannot be written to.
    """
    summaries = summarise(evaluation.structures)
    document = {
        "schema_version": SCHEMA_VERSION,
        "method": asdict(evaluation.method),
        "structures": {name: as_json(summary) for name, summary in summaries.items()},
    }
    pictures = [f"{kind}_{name}.png" for name in summaries for kind in ("agreement", "dice")]
    with output_folder(folder, replaces=pictures) as out:
        tables.write_csv(evaluation.structures, out / tables.PATIENTS_NAME)
        tables.write_csv(evaluation.slices, out / tables.SLICES_NAME)
        text = json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False)
        (out / EVALUATION_NAME).write_text(text + "\n", encoding="utf-8")
        for name in summaries:
            own = [score for score in evaluation.structures if score.structure == name]
            if len(burden_pairs(own)) >= MINIMUM_PLOTTED:
                draw_agreement(own, out / f"agreement_{name}.png")
            draw_boxes({evaluation.method.name: own}, out / f"dice_{name}.png")
        drawn = [picture for picture in pictures if (out / picture).exists()]
        (out / REPORT_NAME).write_text(_report(evaluation, summaries, drawn), encoding="utf-8")


def read_evaluation(folder: Path) -> Evaluation:
    """Read what ``write_evaluation`` wrote.

    Raises:
        ScarSegError: The folder holds no evaluation, or one of another version.
    """
    path = folder / EVALUATION_NAME
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ScarSegError(f"{folder} holds no evaluation: make one with scarseg-train evaluate") from None
    except json.JSONDecodeError as error:
        raise ScarSegError(f"{path} is not valid JSON ({error}): evaluate again") from None
    if not isinstance(document, dict) or document.get("schema_version") != SCHEMA_VERSION:
        raise ScarSegError(f"{path} is not of schema_version {SCHEMA_VERSION}: evaluate again")
    return Evaluation(
        _method(document.get("method"), path),
        tables.read_csv(StructureScore, folder / tables.PATIENTS_NAME),
        tables.read_csv(SliceScore, folder / tables.SLICES_NAME),
    )


def _method(document: Any, path: Path) -> Method:
    try:
        return Method(**document)
    except TypeError as error:
        raise ScarSegError(f"{path} does not describe its method ({error}): evaluate again") from error


def _report(evaluation: Evaluation, summaries: Mapping[str, Any], pictures: Iterable[str]) -> str:
    method = evaluation.method
    cases = len({score.case for score in evaluation.structures})
    seed = "" if method.seed is None else f", seed {method.seed}"
    seed += "" if method.fold is None else f", fold {method.fold}"
    thresholds = ", ".join(f"{name} {value:g}" for name, value in method.thresholds.items())
    parts = [
        f"# {method.name}{seed} on {method.data}",
        f"{cases} {method.part} cases."
        + (f" Thresholds, chosen on validation cases: {thresholds}." if thresholds else "")
        + (f" Trained by `{method.trained}`." if method.trained else "")
        + (f" Made by `{method.command}`." if method.command else "")
        + " Averages are over the cases that have the structure; what is undefined there is counted. Intervals are "
        "95 % bootstrap intervals over patients.",
        tables.summary_markdown(summaries),
        *(f"![{picture.removesuffix('.png')}]({picture})" for picture in pictures),
        "## Case by case",
        tables.patients_markdown(evaluation.structures),
    ]
    return "\n\n".join(parts) + "\n"
