"""``docs/results.md`` from what is finished."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scarseg_training.evaluation.comparison_report import EXPLANATION, scores_by_method
from scarseg_training.evaluation.evaluation import Evaluation
from scarseg_training.evaluation.plots import draw_boxes, draw_means
from scarseg_training.evaluation.summary import figure
from scarseg_training.studies import studies
from scarseg_training.studies.results import REPORTED, write_results
from scarseg_training.studies.runner import finished_runs
from scarseg_training.studies.study import Study

LARGEST_BOX_PLOT = 6
"""Methods of a box plot; of more the means are shown, one line each (ours)."""
INTRODUCTION = (
    "Small twins of the papers' recipes: what a core trains in a minute or two, not what the papers trained. Gains and "
    "losses stand as they came out; nothing was tuned on the cases that are judged here. Made by "
    "`scarseg-train study report --out STUDIES` from the runs of the commands below; every table has its figures in "
    "`STUDIES/<study>/results.json` and its patients one by one in the runs' `patients.csv`."
)


def write_report(out: Path, document: Path) -> tuple[str, ...]:
    """Write the results of every study to Markdown, and pictures into ``images`` beside it.

    Args:
        out: The --out of the studies.
        document: The Markdown file.

    Returns:
        The names of the studies that have results.
    """
    sections, reported = [], []
    document.parent.mkdir(parents=True, exist_ok=True)
    for study in studies().values():
        evaluations = [each for run in finished_runs(study, out) for each in run.evaluations()]
        if evaluations:
            section = write_results(study, evaluations, out / study.name, command=command_of(study, evaluations))
            sections += [section, *_pictures(study, evaluations, document)]
            reported.append(study.name)
    text = "\n\n".join(["# Results of training", INTRODUCTION, EXPLANATION, *sections])
    document.write_text(text + "\n", encoding="utf-8")
    return tuple(reported)


def command_of(study: Study, evaluations: Sequence[Evaluation]) -> str:
    """What repeats a study."""
    seeds = len({each.method.seed for each in evaluations})
    data = " --data DATA" if study.needs_data else ""
    return f"scarseg-train study {study.name}{data} --out STUDIES --seeds {seeds}"


def _pictures(study: Study, evaluations: Sequence[Evaluation], document: Path) -> list[str]:
    pictures = []
    for structure in REPORTED:
        scores = {name: own for name, own in scores_by_method(evaluations, structure).items() if own}
        if not scores:
            continue
        path = document.parent / "images" / f"results-{study.name}-{structure}.png"
        path.parent.mkdir(exist_ok=True)
        if len(scores) <= LARGEST_BOX_PLOT:
            draw_boxes(scores, path)
        else:
            figures = {
                name: figure([score.dice for score in own], [score.patient for score in own])
                for name, own in scores.items()
            }
            draw_means(figures, path)
        pictures.append(f"![{study.title}: Dice of {structure}](images/{path.name})")
    return pictures
