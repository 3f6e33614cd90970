"""Pictures of an evaluation: agreement of burdens, their correlation, and Dice by method and tier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from scarseg_training.evaluation.scores import StructureScore
from scarseg_training.evaluation.summary import BURDEN_LINE_PERCENT, TIER_NAMES, Figure, burden_pairs
from ScarSegLogic.metrics.agreement import bland_altman, lin_concordance, pearson
from ScarSegLogic.report import colours
from ScarSegLogic.report.picture import new_figure, tidy_axes, to_image

METHOD_COLOURS = ("#2F6B9A", "#C8553D", "#4F8A5B", "#8A5FA8", "#B08A2E", "#5A6876")
"""Methods side by side; they differ in lightness as well (ours)."""


def draw_agreement(scores: Sequence[StructureScore], path: Path) -> None:
    """Left: told against marked burden with the line of identity. Right: Bland-Altman (told - marked over their mean).

    Needs two cases with a burden.
    """
    marked, told = np.array(burden_pairs(scores)).T
    picture = new_figure(9.4, 4.0)
    left, right = picture.subplots(1, 2)
    _draw_correlation(left, marked, told)
    _draw_bland_altman(right, marked, told)
    picture.subplots_adjust(left=0.08, right=0.985, bottom=0.14, top=0.9, wspace=0.24)
    to_image(picture).save(path)


def draw_boxes(scores: Mapping[str, Sequence[StructureScore]], path: Path) -> None:
    """Dice of the cases that have the structure, a box a method, all cases and tier by tier; every case is a dot."""
    present = {
        method: [score for score in own if score.dice is not None and score.reference_ml > 0]
        for method, own in scores.items()
    }
    tiers = sorted({score.tier for own in present.values() for score in own if score.tier is not None})
    groups = ["all", *(TIER_NAMES[tier] for tier in tiers)]
    picture = new_figure(max(5.0, 1.2 + 0.55 * len(groups) * (len(present) + 1)), 3.8)
    axes = picture.subplots()
    generator = np.random.default_rng(0)
    for order, (method, own) in enumerate(present.items()):
        values = [[s.dice for s in own], *([s.dice for s in own if s.tier == tier] for tier in tiers)]
        places = [group * (len(present) + 1) + order for group in range(len(groups))]
        colour = METHOD_COLOURS[order % len(METHOD_COLOURS)]
        axes.boxplot(
            values,
            positions=places,
            widths=0.7,
            showfliers=False,
            patch_artist=True,
            boxprops={"facecolor": "white", "edgecolor": colour},
            medianprops={"color": colour, "linewidth": 2},
            whiskerprops={"color": colour},
            capprops={"color": colour},
        )
        for place, dots in zip(places, values, strict=True):
            offsets = generator.uniform(-0.22, 0.22, len(dots))
            # Above the boxes, which would hide the cases between the quartiles.
            axes.scatter(place + offsets, dots, s=9, color=colour, alpha=0.55, linewidths=0, zorder=4)
        axes.plot([], [], color=colour, linewidth=4, label=f"{method} (n = {len(own)})")
    middles = [group * (len(present) + 1) + (len(present) - 1) / 2 for group in range(len(groups))]
    axes.set_xticks(middles, groups)
    axes.set_ylim(-0.03, 1.03)
    axes.set_ylabel("Dice per case")
    tidy_axes(axes, title="Dice per case: median, quartiles, whiskers to 1.5 IQR")
    axes.legend(fontsize=8, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=min(3, len(present)))
    picture.subplots_adjust(left=0.11, right=0.98, bottom=0.12 + 0.07 * -(-len(present) // 3), top=0.9)
    to_image(picture).save(path)


def draw_means(figures: Mapping[str, Figure], path: Path) -> None:
    """Mean Dice of many methods with their 95 % intervals, one line a method, in their order from above."""
    shown = {name: each.interval for name, each in figures.items() if each.interval.estimate is not None}
    picture = new_figure(7.2, 1.1 + 0.28 * len(shown))
    axes = picture.subplots()
    for place, interval in enumerate(shown.values()):
        axes.plot([interval.lower, interval.upper], [place, place], color=METHOD_COLOURS[0], linewidth=2)
        axes.plot(interval.estimate, place, "o", color=METHOD_COLOURS[1], markersize=6)
    axes.set_yticks(range(len(shown)), shown)
    axes.invert_yaxis()
    axes.grid(axis="x", color=colours.NOT_ASSESSED, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_xlabel("Dice per case that has the structure")
    tidy_axes(axes, title="Mean Dice with 95 % intervals over patients")
    picture.tight_layout()
    to_image(picture).save(path)


def _draw_correlation(axes: Axes, marked: np.ndarray, told: np.ndarray) -> None:
    largest = float(max(marked.max(), told.max(), 1.0)) * 1.06
    axes.plot([0, largest], [0, largest], color=colours.MUTED_INK, linewidth=1, linestyle="--", label="identity")
    for line in (axes.axhline, axes.axvline):
        line(BURDEN_LINE_PERCENT, color=colours.MUTED_INK, linewidth=0.6, linestyle=":")
    axes.scatter(marked, told, s=20, color=METHOD_COLOURS[0], alpha=0.75, linewidths=0)
    axes.set_xlim(-0.02 * largest, largest)
    axes.set_ylim(-0.02 * largest, largest)
    axes.set_xlabel("marked burden, % of the myocardium")
    axes.set_ylabel("found burden, %")
    r, ccc = pearson(marked, told), lin_concordance(marked, told)
    parts = [f"{name} {value:.3f}" for name, value in (("r =", r), ("CCC =", ccc)) if value is not None]
    tidy_axes(axes, title=f"Correlation: {', '.join([*parts, f'n = {len(marked)}'])}")


def _draw_bland_altman(axes: Axes, marked: np.ndarray, told: np.ndarray) -> None:
    limits = bland_altman(marked, told)
    axes.scatter((marked + told) / 2, told - marked, s=20, color=METHOD_COLOURS[0], alpha=0.75, linewidths=0)
    axes.axhline(0, color=colours.MUTED_INK, linewidth=0.6)
    if limits.bias is not None:
        axes.axhline(limits.bias, color=METHOD_COLOURS[1], linewidth=1.4)
        for bound in (limits.lower, limits.upper):
            axes.axhline(bound, color=METHOD_COLOURS[1], linewidth=1, linestyle="--")
        title = f"Bland-Altman: bias {limits.bias:+.2f}, limits [{limits.lower:+.2f}, {limits.upper:+.2f}]"
    else:
        title = "Bland-Altman: too few cases"
    axes.set_xlabel("mean of marked and found burden, %")
    axes.set_ylabel("found - marked, points")
    tidy_axes(axes, title=title)
