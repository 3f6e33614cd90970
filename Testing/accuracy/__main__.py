"""`make accuracy`: measure, write docs/accuracy.md, and put the figures into the shipped manifests."""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch

from ScarSegLogic.metrics.agreement import bland_altman, detection_at_line
from ScarSegLogic.models.catalogue import list_packages
from ScarSegLogic.models.manifest import write_manifest
from Testing.accuracy.emidec import METHODS, StudyScore, mean_with_interval, scores
from Testing.accuracy.phantoms import (
    LINE_BURDENS_PERCENT,
    MODELS,
    TIERS,
    BurdenReading,
    RemoteReading,
    read_line_phantom,
    read_tier_phantom,
)
from Testing.accuracy.studies import emidec_p100, emidec_test_cases

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "accuracy.md"
BURDEN_LINE_PERCENT = 5.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phantoms", type=int, default=200, help="unseen phantoms across tiers")
    parser.add_argument("--automatic-phantoms", type=int, default=60, help="how many of them fully automatic too")
    parser.add_argument("--line-phantoms", type=int, default=3, help="phantoms per burden of 0 to 15 %%")
    options = parser.parse_args()

    print("emidec_p100", flush=True)
    p100 = scores([emidec_p100()], METHODS)
    print("EMIDEC test cases", flush=True)
    test = scores(emidec_test_cases(), METHODS)
    print(f"{options.phantoms} phantoms", flush=True)
    count = options.phantoms
    with ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=torch.set_num_threads, initargs=(1,)) as pool:
        automatic = [index < options.automatic_phantoms for index in range(count)]
        tiers = list(pool.map(read_tier_phantom, range(count), automatic))
        print("phantoms at the line", flush=True)
        line = [
            row
            for rows in pool.map(read_line_phantom, range(options.line_phantoms * len(LINE_BURDENS_PERCENT)))
            for row in rows
        ]
    burden = [row for rows, _ in tiers for row in rows]
    remote = [reading for _, reading in tiers if reading is not None]

    sections = [
        "# Accuracy",
        "Made by `make accuracy`. EMIDEC's test cases and these phantoms were never trained or tuned on. "
        "Intervals are 95 % bootstrap intervals over patients. PNG slices carry no spacing: they are read as nominal "
        "1.40625 x 1.40625 x 10 mm, which changes no Dice and no percentage.",
        _p100_section(p100),
        _test_section(test),
        _scar_free_section(test),
        _phantom_section(burden),
        _remote_section(remote),
        _line_section(line),
    ]
    DOCUMENT.write_text("\n\n".join(sections) + "\n", encoding="utf-8")
    _write_metrics(test, p100, burden)
    print(f"written: {DOCUMENT}")


def _p100_section(rows: Sequence[StudyScore]) -> str:
    given = {row.method: row for row in rows if row.myocardium_given}
    automatic = {row.method: row for row in rows if not row.myocardium_given}
    lines = [
        "## `emidec_p100`: one real study at its true spacing",
        "Dice of scar (3 + 4) against the expert, whose burden is "
        f"{next(iter(given.values())).expert_burden_percent:.2f} %.",
        "",
        "| method | myocardium given: Dice | burden % | automatic: Dice | burden % | myocardium Dice |",
        "|---|---|---|---|---|---|",
    ]
    for method in given:
        one, other = given[method], automatic[method]
        lines.append(
            f"| {method} | {_dice(one)} | {_number(one.burden_percent, 1)} | {_dice(other)} "
            f"| {_number(other.burden_percent, 1)} | {_number(other.myocardium_dice, 3)} |"
        )
    return "\n".join(lines)


def _test_section(rows: Sequence[StudyScore]) -> str:
    positive = [row for row in rows if row.expert_burden_percent > 0]
    lines = [
        "## EMIDEC test cases",
        "Whole myocardium (2 + 3 + 4), all 14, fully automatic: "
        + "; ".join(
            f"{model}: {mean_with_interval(r.myocardium_dice for r in _of(rows, model, given=False))}"
            for model in MODELS
        )
        + ".",
        "",
        "Scar (3 + 4), mean Dice per patient, the 7 with scar:",
        "",
        "| method | myocardium given | fully automatic | refused |",
        "|---|---|---|---|",
    ]
    for method in METHODS:
        both = [_of(positive, method, given=given) for given in (True, False)]
        refused = sum(row.refused is not None for part in both for row in part)
        cells = " | ".join(mean_with_interval(row.scar_dice for row in part) for part in both)
        lines.append(f"| {method} | {cells} | {refused} |")
    lines += [
        "",
        "Case by case, `model`:",
        "",
        "| case | expert % | given: Dice | % | automatic: Dice | % | myocardium |",
    ]
    lines.append("|---|---|---|---|---|---|---|")
    for given, automatic in zip(_of(rows, "model", given=True), _of(rows, "model", given=False), strict=True):
        lines.append(
            f"| {given.case} | {given.expert_burden_percent:.1f} | {_dice(given)} | {_number(given.burden_percent, 1)} "
            f"| {_dice(automatic)} | {_number(automatic.burden_percent, 1)} | {_number(automatic.myocardium_dice, 3)} |"
        )
    return "\n".join(lines)


def _scar_free_section(rows: Sequence[StudyScore]) -> str:
    free = [row for row in rows if row.expert_burden_percent == 0 and row.method in MODELS]
    lines = [
        "## Scar-free EMIDEC test patients: false positives of the models",
        "ml at the nominal spacing.",
        "",
        "| case | model | myocardium | false-positive ml | burden % |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.case} | {row.method} | {'given' if row.myocardium_given else 'automatic'} "
        f"| {_number(row.infarct_ml, 2)} | {_number(row.burden_percent, 2)} |"
        for row in free
    ]
    return "\n".join(lines)


def _phantom_section(rows: Sequence[BurdenReading]) -> str:
    count = len({row.seed for row in rows})
    lines = [
        f"## {count} unseen phantoms: scar burden against the continuous truth",
        "Bias and 95 % limits of agreement in percentage points of the myocardium (method - truth); the true "
        "myocardium is given unless the method says automatic. Refusals are left out of the figures and counted.",
        "",
        "| method | " + " | ".join(TIERS) + " | refused |",
        "|---|---|---|---|---|",
    ]
    for method in dict.fromkeys(row.method for row in rows):
        own = [row for row in rows if row.method == method]
        cells = []
        for tier in TIERS:
            pairs = [(r.true_percent, r.burden_percent) for r in own if r.tier == tier and r.burden_percent is not None]
            agreement = bland_altman(*np.array(pairs).reshape(-1, 2).T)
            cells.append(
                "-"
                if agreement.bias is None
                else f"{agreement.bias:+.2f} [{agreement.lower:+.2f}, {agreement.upper:+.2f}], n = {agreement.count}"
            )
        lines.append(f"| {method} | {' | '.join(cells)} | {sum(r.burden_percent is None for r in own)} |")
    return "\n".join(lines)


def _remote_section(rows: Sequence[RemoteReading]) -> str:
    lines = [
        "## The proposed remote against the true one, same phantoms",
        "",
        "| tier | mean: error in true SDs | SD: ratio to the truth | 2-SD burden, proposed | 2-SD burden, true |",
        "|---|---|---|---|---|",
    ]
    for tier in TIERS:
        own = [row for row in rows if row.tier == tier]
        if own:
            errors = [row.mean_error_sd for row in own]
            ratios = [row.sd_ratio for row in own]
            lines.append(
                f"| {tier} (n = {len(own)}) | {np.mean(errors):+.2f} (SD {np.std(errors):.2f}) "
                f"| {np.mean(ratios):.2f} (SD {np.std(ratios):.2f}) "
                f"| {np.mean([row.burden_2sd_proposed for row in own]):.1f} % "
                f"| {np.mean([row.burden_2sd_true for row in own]):.1f} % |"
            )
    return "\n".join(lines)


def _line_section(rows: Sequence[BurdenReading]) -> str:
    lines = [
        "## Sensitivity and specificity at the 5 % line, phantoms of 0 to 15 % burden",
        "",
        "| method | sensitivity | specificity | phantoms |",
        "|---|---|---|---|",
    ]
    for method in dict.fromkeys(row.method for row in rows):
        own = [row for row in rows if row.method == method and row.burden_percent is not None]
        told = detection_at_line(
            [row.burden_percent for row in own], [row.true_percent for row in own], BURDEN_LINE_PERCENT
        )
        lines.append(f"| {method} | {_number(told.sensitivity, 3)} | {_number(told.specificity, 3)} | {len(own)} |")
    return "\n".join(lines)


def _write_metrics(test: Sequence[StudyScore], p100: Sequence[StudyScore], burden: Sequence[BurdenReading]) -> None:
    """Put what a package reached on the test cases into its manifest."""
    for package in list_packages():
        if not package.manifest.task.startswith("lv_"):
            continue
        method = "model, phantom-only" if package.manifest.name.endswith("_phantom") else "model"
        given, automatic = (_of(test, method, given=flag) for flag in (True, False))
        metrics = {
            "measured_on": "14 EMIDEC test cases (PNG slices), 7 with scar; mean [95 % bootstrap interval]",
            "command": "make accuracy",
        }
        if package.manifest.task == "lv_anatomy":
            metrics["myocardium_dice"] = mean_with_interval(row.myocardium_dice for row in automatic)
        else:
            with_scar = [row for row in given if row.expert_burden_percent > 0]
            metrics["scar_dice_myocardium_given"] = mean_with_interval(row.scar_dice for row in with_scar)
            with_scar = [row for row in automatic if row.expert_burden_percent > 0]
            metrics["scar_dice_automatic"] = mean_with_interval(row.scar_dice for row in with_scar)
            own = [row for row in p100 if row.method == method and row.myocardium_given]
            metrics["scar_dice_emidec_p100_myocardium_given"] = own[0].scar_dice
        own = [row for row in burden if row.method == f"{method}, automatic" and row.burden_percent is not None]
        agreement = bland_altman([row.true_percent for row in own], [row.burden_percent for row in own])
        if agreement.bias is not None:
            metrics["phantom_burden_bias_points_automatic"] = round(agreement.bias, 3)
        write_manifest(dataclasses.replace(package.manifest, metrics=json.loads(json.dumps(metrics))), package.folder)


def _of(rows: Sequence[StudyScore], method: str, *, given: bool) -> list[StudyScore]:
    return [row for row in rows if row.method == method and row.myocardium_given is given]


def _dice(row: StudyScore) -> str:
    if row.refused is not None:
        return "refused"
    return _number(row.scar_dice, 3)


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


if __name__ == "__main__":
    main()
