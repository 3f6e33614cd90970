"""Every slice with myocardium, plain and with its contours, as one montage."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray
from PIL import Image

from ScarSegLogic.labels import CAVITY, MVO, MYOCARDIUM, SCAR
from ScarSegLogic.quantification.result import LVScarResult, SliceResult
from ScarSegLogic.report import colours
from ScarSegLogic.report.display import SliceView, crop_around, grey_window, slice_view
from ScarSegLogic.report.picture import DOTS_PER_INCH, new_figure, to_image
from ScarSegLogic.report.wording import share_text
from ScarSegLogic.volume import Volume, slices_first_axes

PAGE_WIDTH_IN = 8.4
BACKGROUND = "#0E1317"
GAP_IN = 0.06
LEGEND_IN = 0.46
MANY_SLICES = 16
"""Above this number three pairs share a row instead of two (ours)."""


@dataclass(frozen=True, eq=False)
class _Stack:
    """The arrays of one study as they are shown: slices first, turned and cut."""

    image: NDArray[np.float32]
    labels: NDArray[np.integer]
    remote: NDArray[np.bool_] | None
    view: SliceView
    window: tuple[float, float]

    @property
    def extent_mm(self) -> tuple[float, float, float, float]:
        rows, columns = self.image.shape[1:]
        return 0.0, columns * self.view.pixel_width_mm, rows * self.view.pixel_height_mm, 0.0


def draw_overlays(result: LVScarResult, image: Volume) -> list[Image.Image]:
    """The montage as its rows, top to bottom, the legend last, so that a page may break between them.

    Each slice is shown twice, plain and with contours: a fill hides the enhancement it marks. Where no slice has
    myocardium, one picture says so.
    """
    shown = [item for item in result.slices if item.burden.myocardium_volume_ml > 0 or item.excluded]
    if not shown:
        return [_sentence("No slice holds myocardium.")]
    stack = _shown_stack(result, image)
    pairs_per_row = 1 if len(shown) == 1 else 2 if len(shown) <= MANY_SLICES else 3
    panel_in = (PAGE_WIDTH_IN - GAP_IN) / (2 * max(pairs_per_row, 2)) - GAP_IN
    row_in = panel_in * stack.extent_mm[2] / stack.extent_mm[1] + GAP_IN
    rows = -(-len(shown) // pairs_per_row)
    width_in = 2 * pairs_per_row * (panel_in + GAP_IN) + GAP_IN
    width_in = max(width_in, PAGE_WIDTH_IN)
    height_in = rows * row_in + LEGEND_IN
    figure = new_figure(width_in, height_in, background=BACKGROUND)
    for position, item in enumerate(shown):
        row, pair = divmod(position, pairs_per_row)
        for half in (0, 1):
            left_in = GAP_IN + (2 * pair + half) * (panel_in + GAP_IN)
            bottom_in = height_in - (row + 1) * row_in
            box = left_in / width_in, bottom_in / height_in, panel_in / width_in, (row_in - GAP_IN) / height_in
            axes = figure.add_axes(box)
            _draw_panel(axes, stack, item, with_contours=bool(half))
    _draw_legend(figure, result)
    return _cut_rows(to_image(figure), rows, row_in)


def join_rows(rows: list[Image.Image]) -> Image.Image:
    """The whole montage."""
    montage = Image.new("RGB", (rows[0].width, sum(row.height for row in rows)))
    top = 0
    for row in rows:
        montage.paste(row, (0, top))
        top += row.height
    return montage


def _shown_stack(result: LVScarResult, image: Volume) -> _Stack:
    axes = slices_first_axes(image.geometry)
    view = slice_view(image.geometry.permuted(axes))
    pixels = view.turn(image.array.transpose(axes))
    labels = view.turn(result.segmentation.array.transpose(axes))
    remote = None if result.remote_mask is None else view.turn(result.remote_mask.transpose(axes))
    rows, columns = crop_around(labels >= MYOCARDIUM, view)
    pixels, labels = pixels[:, rows, columns], labels[:, rows, columns]
    return _Stack(
        image=pixels,
        labels=labels,
        remote=None if remote is None else remote[:, rows, columns],
        view=view,
        window=grey_window(pixels[(labels > 0).any(axis=(1, 2))] if (labels > 0).any() else pixels),
    )


def _draw_panel(axes: Axes, stack: _Stack, item: SliceResult, *, with_contours: bool) -> None:
    axes.set_axis_off()
    low, high = stack.window
    axes.imshow(
        stack.image[item.index],
        cmap="gray",
        vmin=low,
        vmax=high,
        extent=stack.extent_mm,
        interpolation="bilinear",
        alpha=0.45 if item.excluded else 1.0,
    )
    if with_contours:
        _draw_labels(axes, stack, item.index)
        _write(axes, 0.03, 0.97, item.level or "", size=8, horizontal="left", vertical="top")
        fraction = item.burden.scar_fraction_percent
        note = "excluded" if item.excluded else "no number" if fraction is None else f"scar {share_text(fraction)} %"
        _write(axes, 0.03, 0.03, note, size=8, horizontal="left", vertical="bottom")
    else:
        _write(axes, 0.03, 0.97, f"slice {item.index}", size=8, horizontal="left", vertical="top")
        letters = stack.view.edge_letters()
        _write(axes, 0.02, 0.5, letters["left"], size=7, horizontal="left", vertical="center")
        _write(axes, 0.98, 0.5, letters["right"], size=7, horizontal="right", vertical="center")
        _write(axes, 0.5, 0.98, letters["top"], size=7, horizontal="center", vertical="top")
        _write(axes, 0.5, 0.02, letters["bottom"], size=7, horizontal="center", vertical="bottom")


def _draw_labels(axes: Axes, stack: _Stack, index: int) -> None:
    labels = stack.labels[index]
    fill = np.zeros((*labels.shape, 4))
    if stack.remote is not None:
        # A fill: outlines of a proposed region with its many small holes would clutter the wall.
        fill[stack.remote[index]] = (*colours.rgb(colours.REMOTE), colours.REMOTE_FILL_ALPHA)
    for value, colour in ((SCAR, colours.SCAR), (MVO, colours.MVO)):
        fill[labels == value] = (*colours.rgb(colour), colours.SCAR_FILL_ALPHA)
    axes.imshow(fill, extent=stack.extent_mm, interpolation="nearest")
    _outline(axes, stack, labels == SCAR, colours.SCAR, 0.7)
    _outline(axes, stack, labels == MVO, colours.MVO, 0.9)
    _outline(axes, stack, labels >= CAVITY, colours.EPICARDIUM, 1.0)
    _outline(axes, stack, labels == CAVITY, colours.ENDOCARDIUM, 1.0)


def _outline(axes: Axes, stack: _Stack, mask: NDArray[np.bool_], colour: str, width: float) -> None:
    if not mask.any():
        return
    # A frame of zeros closes contours that touch the edge of the picture.
    padded = np.pad(mask.astype(np.float32), 1)
    view = stack.view
    x_mm = (np.arange(padded.shape[1]) - 0.5) * view.pixel_width_mm
    y_mm = (np.arange(padded.shape[0]) - 0.5) * view.pixel_height_mm
    axes.contour(x_mm, y_mm, padded, levels=[0.5], colors=[colour], linewidths=[width])


def _write(axes: Axes, x: float, y: float, text: str, *, size: float, horizontal: str, vertical: str) -> None:
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


def _draw_legend(figure: Figure, result: LVScarResult) -> None:
    handles = [
        Line2D([], [], color=colours.ENDOCARDIUM, label="endocardium"),
        Line2D([], [], color=colours.EPICARDIUM, label="epicardium"),
        Patch(color=colours.SCAR, alpha=0.85, label="scar"),
        Patch(color=colours.MVO, alpha=0.85, label="MVO"),
    ]
    if result.remote_mask is not None:
        handles.append(Patch(color=colours.REMOTE, alpha=0.75, label="remote"))
    figure.legend(
        handles=handles,
        loc="lower center",
        bbox_to_anchor=(0.5, 0.0),
        ncols=len(handles),
        fontsize=8.5,
        frameon=False,
        labelcolor="white",
    )


def _cut_rows(montage: Image.Image, rows: int, row_in: float) -> list[Image.Image]:
    edges = [round(row * row_in * DOTS_PER_INCH) for row in range(rows + 1)] + [montage.height]
    return [montage.crop((0, top, montage.width, bottom)) for top, bottom in pairwise(edges)]


def _sentence(text: str) -> Image.Image:
    figure = new_figure(PAGE_WIDTH_IN, 1.6)
    figure.text(0.5, 0.5, text, ha="center", va="center", fontsize=11, color=colours.MUTED_INK)
    return to_image(figure)
