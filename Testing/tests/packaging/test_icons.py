"""The icons: rendered from their drawings, of the sizes that Slicer shows, readable where they are small."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

pytest.importorskip("PySide6", reason="needs PySide6 to render SVG")

from Testing.assets.icons import ICON_SIZE, ICONS, render_icon

SCAR_YELLOW = np.array([255, 210, 31])
MYOCARDIUM_RED = np.array([163, 36, 59])


@pytest.mark.parametrize("svg", ICONS, ids=lambda path: path.stem)
def test_the_png_is_what_the_drawing_gives(svg: Path) -> None:
    kept = np.asarray(Image.open(svg.with_suffix(".png")).convert("RGBA")).astype(int)
    assert kept.shape == (ICON_SIZE, ICON_SIZE, 4)
    # Edges may be smoothed a little otherwise by another version of Qt.
    assert np.abs(kept - _pixels(svg, ICON_SIZE)).mean() < 1.0


@pytest.mark.parametrize("size", [16, 24, 32])
@pytest.mark.parametrize("svg", ICONS, ids=lambda path: path.stem)
def test_scar_and_myocardium_are_told_apart_where_the_icon_is_small(svg: Path, size: int) -> None:
    pixels = _pixels(svg, size)[..., :3]
    scar, myocardium = (np.abs(pixels - colour).max(axis=2) < 60 for colour in (SCAR_YELLOW, MYOCARDIUM_RED))
    # The crescent is about 5 % of the picture, the wall beside it about 20 %.
    assert scar.sum() > 0.02 * size**2
    assert myocardium.sum() > 0.08 * size**2
    assert np.nonzero(scar)[1].mean() > np.nonzero(myocardium)[1].mean(), "the scar lies to the right"


def test_a_file_that_is_no_svg_is_refused(tmp_path: Path) -> None:
    (tmp_path / "wrong.svg").write_text("no drawing", encoding="utf-8")
    with pytest.raises(ValueError, match="no valid SVG"):
        render_icon(tmp_path / "wrong.svg")


def _pixels(svg: Path, size: int) -> NDArray[np.int_]:
    """(size, size, 4) red, green, blue, alpha from 0 to 255."""
    image = render_icon(svg, size)
    bgra = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(size, size, 4)
    return bgra[..., [2, 1, 0, 3]].astype(int)
