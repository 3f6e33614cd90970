"""Slices of the left atrium, plain and with its contours, as one montage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray
from PIL import Image

from ScarSegLogic.quantification.la_result import LAScarResult
from ScarSegLogic.report import colours
from ScarSegLogic.report.display import SliceView, crop_around, grey_window, slice_view
from ScarSegLogic.report.montage import draw_montage, extent_mm, outline, show_slice, write, write_edge_letters
from ScarSegLogic.volume import Volume, slices_first_axes

MOST_SLICES = 16
"""More slices than this are thinned out evenly: a page per organ, not a page per millimetre (ours)."""


@dataclass(frozen=True, eq=False)
class _Stack:
    """The arrays of one study as they are shown: slices first, turned and cut."""

    image: NDArray[np.float32]
    cavity: NDArray[np.bool_]
    wall: NDArray[np.bool_]
    scar: NDArray[np.bool_]
    blood_pool: NDArray[np.bool_]
    view: SliceView
    window: tuple[float, float]


def draw_la_overlays(result: LAScarResult, image: Volume) -> list[Image.Image]:
    """The montage as its rows, top to bottom, the legend last, so that a page may break between them.

    Each slice is shown twice, plain and with contours: a fill hides the enhancement it marks.
    """
    stack = _shown_stack(result, image)
    shown = shown_slices(result)

    def panel(axes: Axes, place: int, with_contours: bool) -> None:
        _draw_panel(axes, stack, shown[place], with_contours=with_contours)

    _, width_mm, height_mm, _ = extent_mm(stack.image.shape[1:], stack.view)
    return draw_montage(len(shown), height_mm / width_mm, panel, _legend())


def shown_slices(result: LAScarResult) -> tuple[int, ...]:
    """The slices with wall, evenly thinned out to ``MOST_SLICES``."""
    slices = result.slices_to_review
    if len(slices) <= MOST_SLICES:
        return slices
    places = np.linspace(0, len(slices) - 1, MOST_SLICES).round().astype(int)
    return tuple(slices[place] for place in places)


def _shown_stack(result: LAScarResult, image: Volume) -> _Stack:
    axes = slices_first_axes(image.geometry)
    view = slice_view(image.geometry.permuted(axes))

    def shown(array: NDArray) -> NDArray:
        return view.turn(array.transpose(axes))

    pixels = shown(image.array)
    masks = [shown(each.array) > 0 for each in (result.cavity, result.wall, result.scar, result.blood_pool_mask)]
    rows, columns = crop_around(masks[0] | masks[1], view)
    pixels, masks = pixels[:, rows, columns], [mask[:, rows, columns] for mask in masks]
    held = masks[1].any(axis=(1, 2))
    return _Stack(pixels, *masks, view=view, window=grey_window(pixels[held]))


def _draw_panel(axes: Axes, stack: _Stack, index: int, *, with_contours: bool) -> None:
    show_slice(axes, stack.image[index], stack.view, stack.window)
    if not with_contours:
        write(axes, 0.03, 0.97, f"slice {index}", size=8, horizontal="left", vertical="top")
        write_edge_letters(axes, stack.view)
        return
    scar = stack.scar[index]
    fill = np.zeros((*scar.shape, 4))
    fill[scar] = (*colours.rgb(colours.SCAR), colours.SCAR_FILL_ALPHA)
    axes.imshow(fill, extent=extent_mm(scar.shape, stack.view), interpolation="nearest")
    outline(axes, stack.blood_pool[index], stack.view, colours.REMOTE, 0.6)
    outline(axes, stack.wall[index], stack.view, colours.EPICARDIUM, 0.6)
    outline(axes, stack.cavity[index], stack.view, colours.ENDOCARDIUM, 0.9)
    outline(axes, scar, stack.view, colours.SCAR, 0.6)


def _legend() -> list[Artist]:
    return [
        Line2D([], [], color=colours.ENDOCARDIUM, label="cavity"),
        Line2D([], [], color=colours.EPICARDIUM, label="wall"),
        Line2D([], [], color=colours.REMOTE, label="blood pool"),
        Patch(color=colours.SCAR, alpha=0.85, label="scar"),
    ]
