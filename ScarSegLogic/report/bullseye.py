"""The AHA-17 bull's-eye (Cerqueira 2002, Circulation 105:539, fig. 4) of the scar share of each segment."""

from __future__ import annotations

import textwrap

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.patches import Circle, Wedge
from PIL import Image

from ScarSegLogic.quantification.result import LVScarResult, SegmentResult
from ScarSegLogic.report import colours
from ScarSegLogic.report.picture import new_figure, to_image
from ScarSegLogic.report.wording import share_text

SEGMENT_COUNT = 17
RING_EDGES = (1.0, 2.0, 3.0, 4.0)
"""Radii between apex, apical, mid and basal ring: rings of equal width, as in Cerqueira's figure."""
DARK_LIGHTNESS = 0.5
"""Below this luma the writing on a segment turns white (ours)."""


def draw_bullseye(result: LVScarResult) -> Image.Image:
    """Segment 1 (anterior) at the top, septum at the left, inferior below, lateral at the right.

    Segments that were not assessed are hatched. Without segments the picture shows the empty map and says why.
    """
    figure = new_figure(5.2, 4.5)
    axes = figure.add_axes((0.0, 0.0, 0.84, 1.0))
    axes.set_aspect("equal")
    axes.set_xlim(-4.62, 4.62)
    axes.set_ylim(-4.62, 4.62)
    axes.set_axis_off()
    segments = {segment.number: segment for segment in result.aha17.segments} if result.aha17 else {}
    for number in range(1, SEGMENT_COUNT + 1):
        _draw_segment(axes, number, segments.get(number), write=bool(segments))
    for text, x, y, turn in (
        ("ANTERIOR", 0, 4.35, 0),
        ("INFERIOR", 0, -4.35, 0),
        ("SEPTAL", -4.35, 0, 90),
        ("LATERAL", 4.35, 0, -90),
    ):
        axes.text(x, y, text, rotation=turn, ha="center", va="center", fontsize=8.5, color=colours.MUTED_INK)
    if not segments:
        _write_reason(axes, result.aha17_reason or "the segments were not computed")
    bar = figure.colorbar(
        ScalarMappable(Normalize(0, 100), colormaps[colours.BURDEN_COLOUR_MAP]),
        cax=figure.add_axes((0.86, 0.18, 0.028, 0.64)),
    )
    bar.set_label("scar, % of segment", fontsize=8.5, color=colours.MUTED_INK)
    bar.ax.tick_params(labelsize=8, colors=colours.MUTED_INK)
    bar.outline.set_edgecolor(colours.MUTED_INK)
    return to_image(figure)


def segment_sector(number: int) -> tuple[float, float, float, float]:
    """Inner and outer radius and first and last angle (degrees, counter-clockwise from the right) of a segment.

    Raises:
        ValueError: The number is not 1 to 17.
    """
    apex, apical, mid, basal = RING_EDGES
    if 1 <= number <= 6:
        inner, outer, width, place = mid, basal, 60.0, number - 1
    elif 7 <= number <= 12:
        inner, outer, width, place = apical, mid, 60.0, number - 7
    elif 13 <= number <= 16:
        inner, outer, width, place = apex, apical, 90.0, number - 13
    elif number == SEGMENT_COUNT:
        return 0.0, apex, 0.0, 360.0
    else:
        raise ValueError(f"AHA segments are numbered 1 to 17, got {number}")
    centre = 90.0 + place * width
    return inner, outer, centre - width / 2, centre + width / 2


def _draw_segment(axes: Axes, number: int, segment: SegmentResult | None, *, write: bool) -> None:
    inner, outer, first, last = segment_sector(number)
    percent = None if segment is None else segment.scar_percent
    colour_map = colormaps[colours.BURDEN_COLOUR_MAP]
    colour = colours.NOT_ASSESSED if percent is None else colour_map(np.clip(percent / 100.0, 0, 1))
    hatch = "////" if percent is None else None
    style = {"facecolor": colour, "linewidth": 1.2, "edgecolor": "white" if percent is None else colours.INK}
    if number == SEGMENT_COUNT:
        axes.add_patch(Circle((0, 0), outer, hatch=hatch, **style))
    else:
        axes.add_patch(Wedge((0, 0), outer, first, last, width=outer - inner, hatch=hatch, **style))
    if percent is None:
        # The hatch takes the edge's colour, so the dark outline is drawn once more on top.
        outline = {"facecolor": "none", "edgecolor": colours.INK, "linewidth": 1.2}
        if number == SEGMENT_COUNT:
            axes.add_patch(Circle((0, 0), outer, **outline))
        else:
            axes.add_patch(Wedge((0, 0), outer, first, last, width=outer - inner, **outline))
    if not write:
        return
    middle = np.deg2rad((first + last) / 2)
    radius = 0.0 if number == SEGMENT_COUNT else (inner + outer) / 2
    x, y = radius * np.cos(middle), radius * np.sin(middle)
    ink = colours.INK if percent is None or _luma(colour) > DARK_LIGHTNESS else "white"
    value = "n/a" if percent is None else f"{share_text(percent, 0)} %"
    axes.text(x, y + 0.27, str(number), ha="center", va="center", fontsize=7, color=ink)
    axes.text(x, y - 0.12, value, ha="center", va="center", fontsize=9, color=ink, fontweight="bold")


def _write_reason(axes: Axes, reason: str) -> None:
    axes.text(
        0,
        0,
        "Segments not assessed\n\n" + textwrap.fill(reason, 40),
        ha="center",
        va="center",
        fontsize=9,
        color=colours.INK,
        parse_math=False,
        bbox={"boxstyle": "round,pad=0.8", "facecolor": "white", "edgecolor": colours.MUTED_INK},
    )


def _luma(colour: tuple[float, ...]) -> float:
    """Rec. 709 luma of an RGB colour, 0 to 1."""
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]
