"""``docs/results.md`` and its pages from what is finished."""

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
    "losses stand as they came out; nothing was tuned on the cases that are judged here. `scarseg-train study report "
    "--out STUDIES` writes a page for each study that has runs in STUDIES, by the command that the page names, and "
    "leaves the pages of the others alone. Every table has its figures in `STUDIES/<study>/results.json` and its "
    "patients one by one in the runs' `patients.csv`."
)


def write_report(out: Path, document: Path) -> tuple[str, ...]:
    """Write a page for every study that has results, and an index of all pages that there are.

    Args:
        out: The --out of the studies.
        document: The Markdown file of the index. Pages go into a folder of its name beside it, pictures into
            ``images``. Pages of studies without runs in ``out`` stay as they are.

    Returns:
        The names of the studies that have results.
    """
    pages = document.with_suffix("")
    pages.mkdir(parents=True, exist_ok=True)
    reported = []
    for study in studies().values():
        evaluations = [each for run in finished_runs(study, out) for each in run.evaluations()]
        if evaluations:
            section = write_results(study, evaluations, out / study.name, command=command_of(study, evaluations))
            text = "\n\n".join([section, *_pictures(study, evaluations, document), EXPLANATION])
            (pages / f"{study.name}.md").write_text(text + "\n", encoding="utf-8")
            reported.append(study.name)
    rows = [
        f"- [{study.title}]({pages.name}/{study.name}.md)"
        for study in studies().values()
        if (pages / f"{study.name}.md").exists()
    ]
    document.write_text("\n\n".join(["# Results of training", INTRODUCTION, "\n".join(rows)]) + "\n", encoding="utf-8")
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
        pictures.append(f"![{study.title}: Dice of {structure}](../images/{path.name})")
    return pictures
