"""Icons: SVG drawn by hand, PNG rendered from it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

REPOSITORY = Path(__file__).resolve().parents[2]
ICONS = (REPOSITORY / "ScarSeg.svg", *sorted(REPOSITORY.glob("ScarSegExtension/*/Resources/Icons/*.svg")))
ICON_SIZE = 128
"""What the Extensions Manager and module templates use, in pixels."""


def render_icon(svg: Path, size: int = ICON_SIZE) -> QImage:
    """Render an SVG into a square of ``size`` pixels, transparent where nothing is drawn.

    Raises:
        ValueError: The file is no valid SVG.
    """
    renderer = QSvgRenderer(str(svg))
    if not renderer.isValid():
        raise ValueError(f"{svg} is no valid SVG")
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter)
    painter.end()
    return image


def write_icons() -> list[Path]:
    """Write the PNG beside every SVG and return the paths."""
    written = []
    for svg in ICONS:
        png = svg.with_suffix(".png")
        if not render_icon(svg).save(str(png)):
            raise OSError(f"{png} could not be written")
        written.append(png)
    return written
