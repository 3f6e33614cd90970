"""Pictures of widgets: taken, put side by side, trimmed, and written small."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice

Picture = Image.Image

MAXIMUM_BYTES = 250_000
"""For one picture: a page with all of them must load quickly."""
MAXIMUM_FILE_WIDTH = 700
MAXIMUM_WIDTH = 1000
"""Wider pictures are scaled down where they are read, and their text with them. The whole window is the exception."""
BANDS = ((16, 100), (90, 74), (256, 80))
"""How far the channels of a pixel may differ, and places of the palette: shares of their own for greys, pale and strong
colours, because the few pixels of a contour or point would else lose to the many others (ours)."""
GAP = 10
BLACK, PAPER = (0, 0, 0), (255, 255, 255)


def of_widget(widget: Any) -> Picture:
    """A Qt widget as it looks now, also the parts of it that are scrolled out of sight."""
    buffer = QBuffer()
    buffer.open(QIODevice.WriteOnly)
    widget.grab().save(buffer, "PNG")
    return Image.open(io.BytesIO(buffer.data().data())).convert("RGB")


def of_file(path: Path) -> Picture:
    """A picture that was written before, scaled down to what can be read at once.

    Raises:
        FileNotFoundError: It is not there; those of the demo come from `make demo`.
    """
    picture = Image.open(path).convert("RGB")
    picture.thumbnail((MAXIMUM_FILE_WIDTH, picture.height), Image.Resampling.LANCZOS)
    return picture


def beside(*pictures: Picture) -> Picture:
    """Pictures in a row, their upper edges in line."""
    width = sum(picture.width for picture in pictures) + GAP * (len(pictures) - 1)
    sheet = Image.new("RGB", (width, max(picture.height for picture in pictures)), PAPER)
    left = 0
    for picture in pictures:
        sheet.paste(picture, (left, 0))
        left += picture.width + GAP
    return sheet


def with_palette(picture: Picture) -> Picture:
    """A picture of 256 colours that looks the same."""
    pixels = np.asarray(picture).reshape(-1, 3)
    strengths = np.ptp(pixels, axis=1)
    palette, weakest = [BLACK, PAPER], 0
    for strongest, places in BANDS:
        palette += _palette_of(pixels[(strengths >= weakest) & (strengths < strongest)], places)
        weakest = strongest
    sheet = Image.new("P", (1, 1))
    sheet.putpalette(np.array(palette, dtype=np.uint8).tobytes())
    return picture.quantize(palette=sheet, dither=Image.Dither.NONE)


def _palette_of(pixels: NDArray[np.uint8], count: int) -> list[tuple[int, ...]]:
    """At most ``count`` colours that stand for (N, 3) pixels."""
    if not len(pixels):
        return []
    reduced = Image.fromarray(pixels[np.newaxis]).quantize(count, dither=Image.Dither.NONE)
    return [tuple(colour) for colour in np.reshape(reduced.getpalette(), (-1, 3))[:count]]


class Album:
    """The folder that the pictures are written into.

    Attributes:
        sizes: Bytes of each picture, by its name.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sizes: dict[str, int] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, name: str, picture: Picture, *, maximum_width: int = MAXIMUM_WIDTH) -> None:
        """Write a picture as ``<name>.png`` with a palette of its own.

        Raises:
            ValueError: It is too wide, or too large.
        """
        if picture.width > maximum_width:
            raise ValueError(f"{name} is {picture.width} pixels wide, at most {maximum_width} can be read.")
        path = self.folder / f"{name}.png"
        with_palette(picture).save(path, optimize=True)
        self.sizes[name] = path.stat().st_size
        print(f"{path.name:24} {picture.width:4} x {picture.height:4}  {self.sizes[name] / 1000:5.0f} kB", flush=True)
        if self.sizes[name] > MAXIMUM_BYTES:
            raise ValueError(f"{name} has {self.sizes[name]} bytes, at most {MAXIMUM_BYTES} are allowed.")
