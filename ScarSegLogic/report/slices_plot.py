"""Two plots of one study: what each slice holds, and how the myocardium's intensities divide."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from PIL import Image

from ScarSegLogic.labels import MVO, MYOCARDIUM, SCAR
from ScarSegLogic.quantification.result import LVScarResult
from ScarSegLogic.report import colours
from ScarSegLogic.report.picture import new_figure, tidy_axes, to_image
from ScarSegLogic.report.wording import share_text
from ScarSegLogic.volume import Volume, slices_first_axes

HISTOGRAM_BINS = 48
HEADROOM = 1.22
"""Free height above the tallest bar, for its figure (ours)."""


def draw_slices(result: LVScarResult, image: Volume) -> Image.Image:
    """Left: normal, scar and MVO volume per slice with the scar share above. Right: the intensity histogram."""
    figure = new_figure(8.4, 3.3)
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1.0))
    _draw_bars(left, result)
    _draw_histogram(right, result, image)
    figure.subplots_adjust(left=0.07, right=0.985, bottom=0.3, top=0.88, wspace=0.2)
    return to_image(figure)


def _draw_bars(axes: Axes, result: LVScarResult) -> None:
    places = np.arange(len(result.slices))
    base = np.zeros(len(places))
    scar = np.array([item.burden.scar_volume_ml for item in result.slices])
    mvo = np.array([item.burden.mvo_volume_ml for item in result.slices])
    whole = np.array([item.burden.myocardium_volume_ml for item in result.slices])
    parts = (
        ("normal", whole - scar - mvo, colours.NORMAL_MYOCARDIUM),
        ("scar", scar, colours.SCAR),
        ("MVO", mvo, colours.MVO),
    )
    for name, volumes, colour in parts:
        axes.bar(places, volumes, bottom=base, color=colour, label=name, width=0.72, edgecolor="white", linewidth=0.6)
        base = base + volumes
    small = 8 if len(places) <= 12 else 6
    for place, item in zip(places, result.slices, strict=True):
        fraction = item.burden.scar_fraction_percent
        text = "excl." if item.excluded else "–" if fraction is None else f"{share_text(fraction, 0)} %"
        axes.text(place, base[place], text, ha="center", va="bottom", fontsize=small, color=colours.INK)
        if item.excluded:
            axes.bar(place, base[place], width=0.72, color="none", hatch="////", edgecolor="white", linewidth=0)
    step = max(1, -(-len(places) // 16))
    axes.set_xticks(places[::step], [str(item.index) for item in result.slices][::step])
    axes.set_ylim(0, max(float(base.max(initial=0.0)) * HEADROOM, 1e-3))
    axes.set_xlabel("slice")
    axes.set_ylabel("ml")
    tidy_axes(axes, title="Myocardium per slice, scar share above")
    axes.legend(fontsize=8, frameon=False, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.2))


def _draw_histogram(axes: Axes, result: LVScarResult, image: Volume) -> None:
    order = slices_first_axes(image.geometry)
    counted = [item.index for item in result.slices if not item.excluded]
    pixels = image.array.transpose(order)[counted]
    labels = result.segmentation.array.transpose(order)[counted]
    tidy_axes(axes, title="Intensity of the counted myocardium")
    if not (labels >= MYOCARDIUM).any():
        axes.text(0.5, 0.5, "no counted myocardium", transform=axes.transAxes, ha="center", color=colours.MUTED_INK)
        return
    values = [pixels[labels == value] for value in (MYOCARDIUM, SCAR, MVO)]
    bins = np.histogram_bin_edges(np.concatenate(values).astype(np.float64), bins=HISTOGRAM_BINS)
    fills = (colours.NORMAL_MYOCARDIUM, colours.SCAR, colours.MVO)
    axes.hist(values, bins=bins, stacked=True, color=fills)
    _draw_levels(axes, result)
    axes.set_xlabel("intensity")
    axes.set_ylabel("voxels")
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=(1, 2, 2.5, 5, 10)))
    handles, _ = axes.get_legend_handles_labels()
    if handles:
        axes.legend(fontsize=8, frameon=False, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.2))


def _draw_levels(axes: Axes, result: LVScarResult) -> None:
    threshold = result.threshold
    if threshold.value is not None and np.isfinite(threshold.value):
        axes.axvline(threshold.value, color=colours.THRESHOLD, linewidth=1.4, label=f"threshold {threshold.value:.5g}")
    elif threshold.per_slice:
        lowest, highest = min(threshold.per_slice.values()), max(threshold.per_slice.values())
        axes.axvspan(lowest, highest, color=colours.THRESHOLD, alpha=0.18, zorder=0, label="thresholds of the slices")
    if result.remote is not None:
        low, high = result.remote.mean - result.remote.sd, result.remote.mean + result.remote.sd
        axes.axvspan(low, high, color=colours.REMOTE, alpha=0.3, linewidth=0, zorder=0, label="remote mean ± SD")
    if result.grey_zone is not None:
        zone = result.grey_zone
        axes.axvspan(
            zone.lower, zone.upper, color=colours.GREY_ZONE, alpha=0.5, linewidth=0, zorder=0, label="grey zone"
        )
