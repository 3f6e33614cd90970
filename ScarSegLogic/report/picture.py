"""Drawing surface of every picture: matplotlib's object interface, no pyplot and no state shared between threads."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from ScarSegLogic.report.colours import INK, MUTED_INK

DOTS_PER_INCH = 150
"""Sharp on A4 at the report's width (ours)."""


def new_figure(width_in: float, height_in: float, *, background: str = "white") -> Figure:
    """An empty figure that draws with Agg."""
    figure = Figure(figsize=(width_in, height_in), dpi=DOTS_PER_INCH, facecolor=background)
    FigureCanvasAgg(figure)
    return figure


def to_image(figure: Figure) -> Image.Image:
    """The drawn figure as an RGB picture."""
    figure.canvas.draw()
    return Image.fromarray(np.asarray(figure.canvas.buffer_rgba())).convert("RGB")


def to_png(picture: Image.Image) -> bytes:
    """PNG bytes without date or software tags: the same study gives the same file."""
    stream = BytesIO()
    picture.save(stream, format="PNG", compress_level=2)
    return stream.getvalue()


def tidy_axes(axes: Axes, *, title: str) -> None:
    """The common look of the plots: a left-aligned title, no upper and right frame."""
    axes.set_title(title, loc="left", fontsize=10, color=INK, fontweight="bold", pad=10, parse_math=False)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(MUTED_INK)
    axes.tick_params(colors=MUTED_INK, labelsize=8)
    axes.xaxis.label.set(color=MUTED_INK, fontsize=8.5)
    axes.yaxis.label.set(color=MUTED_INK, fontsize=8.5)
