"""Every slice with myocardium, plain and with its contours, as one montage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray
from PIL import Image

from ScarSegLogic.labels import CAVITY, MVO, MYOCARDIUM, SCAR
from ScarSegLogic.quantification.result import LVScarResult, SliceResult
from ScarSegLogic.report import colours
from ScarSegLogic.report.display import SliceView, crop_around, grey_window, slice_view
from ScarSegLogic.report.montage import (
    draw_montage,
    extent_mm,
    outline,
    sentence_picture,
    show_slice,
    write,
    write_edge_letters,
)
from ScarSegLogic.report.wording import share_text
from ScarSegLogic.volume import Volume, slices_first_axes


@dataclass(frozen=True, eq=False)
class _Stack:
    """The arrays of one study as they are shown: slices first, turned and cut."""

    image: NDArray[np.float32]
    labels: NDArray[np.integer]
    remote: NDArray[np.bool_] | None
    view: SliceView
    window: tuple[float, float]


def draw_overlays(result: LVScarResult, image: Volume) -> list[Image.Image]:
    """The montage as its rows, top to bottom, the legend last, so that a page may break between them.

    Each slice is shown twice, plain and with contours: a fill hides the enhancement it marks. Where no slice has
    myocardium, one picture says so.
    """
    shown = [item for item in result.slices if item.burden.myocardium_volume_ml > 0 or item.excluded]
    if not shown:
        return [sentence_picture("No slice holds myocardium.")]
    stack = _shown_stack(result, image)

    def panel(axes: Axes, place: int, with_contours: bool) -> None:
        _draw_panel(axes, stack, shown[place], with_contours=with_contours)

    _, width_mm, height_mm, _ = extent_mm(stack.image.shape[1:], stack.view)
    return draw_montage(len(shown), height_mm / width_mm, panel, _legend(result))


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
    show_slice(axes, stack.image[item.index], stack.view, stack.window, opacity=0.45 if item.excluded else 1.0)
    if with_contours:
        _draw_labels(axes, stack, item.index)
        write(axes, 0.03, 0.97, item.level or "", size=8, horizontal="left", vertical="top")
        fraction = item.burden.scar_fraction_percent
        note = "excluded" if item.excluded else "no number" if fraction is None else f"scar {share_text(fraction)} %"
        write(axes, 0.03, 0.03, note, size=8, horizontal="left", vertical="bottom")
    else:
        write(axes, 0.03, 0.97, f"slice {item.index}", size=8, horizontal="left", vertical="top")
        write_edge_letters(axes, stack.view)


def _draw_labels(axes: Axes, stack: _Stack, index: int) -> None:
    labels = stack.labels[index]
    fill = np.zeros((*labels.shape, 4))
    if stack.remote is not None:
        # A fill: outlines of a proposed region with its many small holes would clutter the wall.
        fill[stack.remote[index]] = (*colours.rgb(colours.REMOTE), colours.REMOTE_FILL_ALPHA)
    for value, colour in ((SCAR, colours.SCAR), (MVO, colours.MVO)):
        fill[labels == value] = (*colours.rgb(colour), colours.SCAR_FILL_ALPHA)
    axes.imshow(fill, extent=extent_mm(labels.shape, stack.view), interpolation="nearest")
    outline(axes, labels == SCAR, stack.view, colours.SCAR, 0.7)
    outline(axes, labels == MVO, stack.view, colours.MVO, 0.9)
    outline(axes, labels >= CAVITY, stack.view, colours.EPICARDIUM, 1.0)
    outline(axes, labels == CAVITY, stack.view, colours.ENDOCARDIUM, 1.0)


def _legend(result: LVScarResult) -> list[Artist]:
    handles = [
        Line2D([], [], color=colours.ENDOCARDIUM, label="endocardium"),
        Line2D([], [], color=colours.EPICARDIUM, label="epicardium"),
        Patch(color=colours.SCAR, alpha=0.85, label="scar"),
        Patch(color=colours.MVO, alpha=0.85, label="MVO"),
    ]
    if result.remote_mask is not None:
        handles.append(Patch(color=colours.REMOTE, alpha=0.75, label="remote"))
    return handles
