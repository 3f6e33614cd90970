"""How much the scar of the atrial wall depends on the threshold, and how its intensities divide."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from PIL import Image

from ScarSegLogic.quantification.la_presets import PRESETS
from ScarSegLogic.quantification.la_request import LAMethod
from ScarSegLogic.quantification.la_result import LAScarResult
from ScarSegLogic.report import colours
from ScarSegLogic.report.picture import new_figure, tidy_axes, to_image
from ScarSegLogic.volume import Volume

HISTOGRAM_BINS = 48
SHOWN_PERCENTILES = (0.1, 99.9)
"""Range of the histogram: a few odd voxels must not press the rest together (ours)."""


def draw_sweep(result: LAScarResult, image: Volume) -> Image.Image:
    """Left: scar of the wall at other thresholds. Right: intensities of wall and scar with blood and threshold."""
    figure = new_figure(8.4, 3.3)
    left, right = figure.subplots(1, 2, width_ratios=(1.1, 1.0))
    _draw_curve(left, result)
    _draw_histogram(right, result, image)
    figure.subplots_adjust(left=0.07, right=0.985, bottom=0.28, top=0.88, wspace=0.2)
    return to_image(figure)


def _draw_curve(axes: Axes, result: LAScarResult) -> None:
    tidy_axes(axes, title="Scar at other thresholds")
    points = result.sweep
    if not points:
        axes.text(0.5, 0.5, "no blood pool to refer to", transform=axes.transAxes, ha="center", color=colours.MUTED_INK)
        return
    by_ratio = points[0].iir is not None and result.request.method is not LAMethod.SD
    places = [point.iir if by_ratio else point.n_sd for point in points]
    percents = [point.scar_percent_of_wall for point in points]
    axes.plot(places, percents, color=colours.SCAR, linewidth=1.8, label="scar in wall")
    own = result.threshold.iir if by_ratio else result.threshold.n_sd
    if own is not None:
        axes.axvline(own, color=colours.THRESHOLD, linewidth=1.4, label=f"this study: {own:.3g}")
    if by_ratio:
        for number, source in enumerate(PRESETS.values()):
            axes.axvline(
                source.iir, color=colours.MUTED_INK, linewidth=0.8, linestyle=":", label=None if number else "published"
            )
    axes.set_xlim(places[0], places[-1])
    axes.set_ylim(0, max(1.0, 1.05 * max(percents)))
    axes.set_xlabel("threshold, IIR" if by_ratio else "threshold, SD above the blood pool's mean")
    axes.set_ylabel("% of wall volume")
    axes.legend(fontsize=8, frameon=False, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.2))


def _draw_histogram(axes: Axes, result: LAScarResult, image: Volume) -> None:
    tidy_axes(axes, title="Intensity of wall and blood pool")
    wall, scar, pool = (each.array > 0 for each in (result.wall, result.scar, result.blood_pool_mask))
    values = [image.array[wall & ~scar], image.array[scar]]
    shown = np.concatenate([*values, image.array[pool]]).astype(np.float64)
    low, high = np.percentile(shown[np.isfinite(shown)], SHOWN_PERCENTILES)
    bins = np.linspace(low, high if high > low else low + 1.0, HISTOGRAM_BINS + 1)
    axes.hist(values, bins=bins, stacked=True, color=(colours.NORMAL_MYOCARDIUM, colours.SCAR), label=("wall", "scar"))
    if pool.any():
        weights = np.full(int(pool.sum()), wall.sum() / pool.sum())
        axes.hist(
            image.array[pool], bins=bins, weights=weights, histtype="step", color=colours.REMOTE, linewidth=1.2,
            label="blood pool, scaled",
        )  # fmt: skip
    value = result.threshold.value
    if value is not None:
        axes.axvline(value, color=colours.THRESHOLD, linewidth=1.4, label=f"threshold {value:.4g}")
    axes.set_xlabel("intensity")
    axes.set_ylabel("voxels")
    axes.legend(fontsize=8, frameon=False, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.2))
