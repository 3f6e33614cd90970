"""A montage of slices, each plain and with its contours: the part that every organ shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray
from PIL import Image

from ScarSegLogic.report import colours
from ScarSegLogic.report.display import SliceView
from ScarSegLogic.report.picture import DOTS_PER_INCH, new_figure, to_image

PAGE_WIDTH_IN = 8.4
BACKGROUND = "#0E1317"
GAP_IN = 0.06
LEGEND_IN = 0.46
MANY_SLICES = 16
"""Above this number three pairs share a row instead of two (ours)."""

DrawPanel = Callable[[Axes, int, bool], None]
"""Draws into the axes the slice at a place of the montage, with contours or plain."""


def draw_montage(
    count: int, height_to_width: float, draw_panel: DrawPanel, legend: Sequence[Artist]
) -> list[Image.Image]:
    """Pairs of panels in rows, top to bottom, the legend last, so that a page may break between the rows.

    Args:
        count: Number of slices, above 0.
        height_to_width: Of a panel.
        draw_panel: Draws one panel.
        legend: Its handles.
    """
    pairs_per_row = 1 if count == 1 else 2 if count <= MANY_SLICES else 3
    panel_in = (PAGE_WIDTH_IN - GAP_IN) / (2 * max(pairs_per_row, 2)) - GAP_IN
    row_in = panel_in * height_to_width + GAP_IN
    rows = -(-count // pairs_per_row)
    width_in = max(2 * pairs_per_row * (panel_in + GAP_IN) + GAP_IN, PAGE_WIDTH_IN)
    height_in = rows * row_in + LEGEND_IN
    figure = new_figure(width_in, height_in, background=BACKGROUND)
    for place in range(count):
        row, pair = divmod(place, pairs_per_row)
        for half in (0, 1):
            left_in = GAP_IN + (2 * pair + half) * (panel_in + GAP_IN)
            bottom_in = height_in - (row + 1) * row_in
            box = left_in / width_in, bottom_in / height_in, panel_in / width_in, (row_in - GAP_IN) / height_in
            draw_panel(figure.add_axes(box), place, bool(half))
    figure.legend(
        handles=list(legend),
        loc="lower center",
        bbox_to_anchor=(0.5, 0.0),
        ncols=len(legend),
        fontsize=8.5,
        frameon=False,
        labelcolor="white",
    )
    return _cut_rows(to_image(figure), rows, row_in)


def join_rows(rows: list[Image.Image]) -> Image.Image:
    """The whole montage."""
    montage = Image.new("RGB", (rows[0].width, sum(row.height for row in rows)))
    top = 0
    for row in rows:
        montage.paste(row, (0, top))
        top += row.height
    return montage


def show_slice(
    axes: Axes, pixels: NDArray[np.float32], view: SliceView, window: tuple[float, float], *, opacity: float = 1.0
) -> None:
    """The turned slice in grey, its axes in mm."""
    axes.set_axis_off()
    axes.imshow(
        pixels,
        cmap="gray",
        vmin=window[0],
        vmax=window[1],
        extent=extent_mm(pixels.shape, view),
        interpolation="bilinear",
        alpha=opacity,
    )


def write_edge_letters(axes: Axes, view: SliceView) -> None:
    """Patient directions at the four edges."""
    letters = view.edge_letters()
    write(axes, 0.02, 0.5, letters["left"], size=7, horizontal="left", vertical="center")
    write(axes, 0.98, 0.5, letters["right"], size=7, horizontal="right", vertical="center")
    write(axes, 0.5, 0.98, letters["top"], size=7, horizontal="center", vertical="top")
    write(axes, 0.5, 0.02, letters["bottom"], size=7, horizontal="center", vertical="bottom")


def extent_mm(shape: tuple[int, int], view: SliceView) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of a turned slice of rows and columns."""
    return 0.0, shape[1] * view.pixel_width_mm, shape[0] * view.pixel_height_mm, 0.0


def outline(axes: Axes, mask: NDArray[np.bool_], view: SliceView, colour: str, width: float) -> None:
    """The contour of a turned slice of a mask."""
    if not mask.any():
        return
    # A frame of zeros closes contours that touch the edge of the picture.
    padded = np.pad(mask.astype(np.float32), 1)
    x_mm = (np.arange(padded.shape[1]) - 0.5) * view.pixel_width_mm
    y_mm = (np.arange(padded.shape[0]) - 0.5) * view.pixel_height_mm
    axes.contour(x_mm, y_mm, padded, levels=[0.5], colors=[colour], linewidths=[width])


def write(axes: Axes, x: float, y: float, text: str, *, size: float, horizontal: str, vertical: str) -> None:
    """White text with a dark rim, at a place from 0 to 1."""
    axes.text(
        x,
        y,
        text,
        transform=axes.transAxes,
        color="white",
        fontsize=size,
        horizontalalignment=horizontal,
        verticalalignment=vertical,
        parse_math=False,
        path_effects=[withStroke(linewidth=1.8, foreground="black")],
    )


def sentence_picture(text: str) -> Image.Image:
    """A picture that only says something."""
    figure = new_figure(PAGE_WIDTH_IN, 1.6)
    figure.text(0.5, 0.5, text, ha="center", va="center", fontsize=11, color=colours.MUTED_INK)
    return to_image(figure)


def _cut_rows(montage: Image.Image, rows: int, row_in: float) -> list[Image.Image]:
    edges = [round(row * row_in * DOTS_PER_INCH) for row in range(rows + 1)] + [montage.height]
    return [montage.crop((0, top, montage.width, bottom)) for top, bottom in pairwise(edges)]
