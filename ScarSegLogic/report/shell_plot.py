"""The shell from four sides, as pictures: what it measures above, what counts as scar below."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PolyCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray
from PIL import Image

from ScarSegLogic.quantification.la_result import LAScarResult, LAShell
from ScarSegLogic.report import colours
from ScarSegLogic.report.montage import sentence_picture
from ScarSegLogic.report.picture import new_figure, to_image
from ScarSegLogic.report.wording import as_sentence
from ScarSegLogic.surface.mesh import TriangleMesh

COLOUR_MAP = "viridis"
"""Its lightness rises steadily: it reads in grey print and without hue."""
BARE = "#D9CFC4"
"""Surface without scar: not grey, which is what does not count."""
SHADOW = 0.45
"""Brightness of a triangle seen from its edge; one that faces the reader has 1 (ours)."""
RANGE_PERCENTILES = (2.0, 98.0)


@dataclass(frozen=True, eq=False)
class _Side:
    """A direction of view: unit vectors in RAS to the right and upward on the screen, and towards the reader."""

    name: str
    right: tuple[float, float, float]
    up: tuple[float, float, float]
    letters: tuple[str, str]

    @property
    def towards(self) -> NDArray[np.float64]:
        return np.cross(self.right, self.up)


SIDES = (
    _Side("anterior view", (-1, 0, 0), (0, 0, 1), ("R", "L")),
    _Side("posterior view", (1, 0, 0), (0, 0, 1), ("L", "R")),
    _Side("left view", (0, -1, 0), (0, 0, 1), ("A", "P")),
    _Side("right view", (0, 1, 0), (0, 0, 1), ("P", "A")),
)


def draw_shell(result: LAScarResult) -> Image.Image:
    """IIR (intensity where ratios are refused) above, scar below, from four sides; a sentence without a shell."""
    shell = result.shell
    if shell is None:
        return sentence_picture(as_sentence(f"no shell: {result.shell_reason or 'it was not kept'}"))
    figure = new_figure(8.4, 4.3)
    panels = figure.subplots(2, len(SIDES))
    values, name = (shell.intensity, "intensity") if shell.iir is None else (shell.iir, "IIR")
    scale = _scale(values[~shell.excluded])
    measured = colormaps[COLOUR_MAP](scale(np.nan_to_num(values)))[:, :3]
    measured[shell.excluded] = colours.rgb(colours.NOT_ASSESSED)
    for column, side in enumerate(SIDES):
        _draw_side(panels[0, column], shell.mesh, measured, side)
        _draw_side(panels[1, column], shell.mesh, _scar_colours(shell), side)
        panels[0, column].set_title(side.name, fontsize=9, y=1.0, color=colours.INK)
    figure.subplots_adjust(left=0.01, right=0.91, bottom=0.08, top=0.94, wspace=0.02, hspace=0.02)
    _draw_keys(figure, ScalarMappable(scale, COLOUR_MAP), name)
    return to_image(figure)


def _scale(counted: NDArray[np.float32]) -> Normalize:
    finite = counted[np.isfinite(counted)]
    low, high = np.percentile(finite, RANGE_PERCENTILES) if finite.size else (0.0, 1.0)
    return Normalize(float(low), float(high) if high > low else float(low) + 1.0)


def _scar_colours(shell: LAShell) -> NDArray[np.float64]:
    """(V, 3) of each vertex."""
    painted = np.tile(colours.rgb(BARE), (len(shell.scar), 1))
    painted[shell.scar] = colours.rgb(colours.SCAR)
    painted[shell.excluded] = colours.rgb(colours.NOT_ASSESSED)
    return painted


def _draw_side(axes: Axes, mesh: TriangleMesh, painted: NDArray[np.float64], side: _Side) -> None:
    """Triangles that face the reader, the far ones first, lit from where the reader stands."""
    axes.set_axis_off()
    axes.set_aspect("equal")
    facing = mesh.normals @ side.towards
    front = mesh.triangles[facing[mesh.triangles].mean(axis=1) > 0]
    corners = mesh.vertices_ras[front]
    order = np.argsort((corners @ side.towards).mean(axis=1))
    front, corners = front[order], corners[order]
    flat = np.stack([corners @ np.array(side.right), corners @ np.array(side.up)], axis=-1)
    light = SHADOW + (1 - SHADOW) * np.clip(facing[front].mean(axis=1), 0, 1)
    faces = painted[front].mean(axis=1) * light[:, None]
    # Edges in the colour of the face close the seams between triangles.
    axes.add_collection(PolyCollection(flat, facecolors=faces, edgecolors=faces, linewidths=0.2, antialiaseds=False))
    axes.autoscale_view()
    for x, side_of_text, letter in zip((0.04, 0.96), ("left", "right"), side.letters, strict=True):
        axes.text(x, 0.0, letter, transform=axes.transAxes, fontsize=8, color=colours.MUTED_INK, ha=side_of_text)


def _draw_keys(figure: Figure, values: ScalarMappable, name: str) -> None:
    bar = figure.colorbar(values, cax=figure.add_axes((0.93, 0.55, 0.014, 0.36)))
    bar.set_label(name, fontsize=8.5, color=colours.MUTED_INK)
    bar.ax.tick_params(labelsize=8, colors=colours.MUTED_INK)
    bar.outline.set_visible(False)
    handles = [
        Patch(color=colours.SCAR, label="scar"),
        Patch(color=BARE, label="no scar"),
        Patch(color=colours.NOT_ASSESSED, label="not counted (vein, mitral valve, border of the volume)"),
    ]
    figure.legend(handles=handles, loc="lower center", ncols=3, fontsize=8.5, frameon=False)
