"""The wall of the left atrium against distance transforms of the whole volume."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.wall.distances import DISTANCE_TOLERANCE_MM, CavityDistances
from ScarSegLogic.wall.mask import WallMaker, wall_mask
from ScarSegLogic.wall.request import WallRequest

SLICES, SPACING_KJI_MM = 44, (2.5, 0.625, 0.625)
FIELDS = (320, 576, 768)
REPEATS = 5


def cavity_in_field(pixels: int) -> tuple[NDArray[np.bool_], Geometry]:
    """An ellipsoid of 90 x 60 x 80 mm in 44 slices of ``pixels`` x ``pixels``: 225 ml, a large atrium."""
    shape = (SLICES, pixels, pixels)
    axes = [
        (np.arange(size) - (size - 1) / 2) * step / half
        for size, step, half in zip(shape, SPACING_KJI_MM, (40, 30, 45), strict=True)
    ]
    k, j, i = np.meshgrid(*axes, indexing="ij", sparse=True)
    return k**2 + j**2 + i**2 <= 1, Geometry.from_spacing(shape, SPACING_KJI_MM)


def wall_figures() -> dict[str, float]:
    """Seconds of a wall by field of view, of a slider's step, and the ratio to the whole volume's transforms.

    Raises:
        RuntimeError: Both ways differ in a voxel.
    """
    request = WallRequest(3.0, 2.5)
    figures = {}
    for pixels in FIELDS:
        cavity, geometry = cavity_in_field(pixels)
        wall_mask(cavity, geometry, request)
        figures[f"wall_{pixels}"] = median(_seconds(lambda c=cavity, g=geometry: wall_mask(c, g, request).mask))
    cavity, geometry = cavity_in_field(576)
    started = perf_counter()
    inside = ndimage.distance_transform_edt(cavity, sampling=SPACING_KJI_MM)
    outside = ndimage.distance_transform_edt(~cavity, sampling=SPACING_KJI_MM)
    formula = (inside <= 3 + DISTANCE_TOLERANCE_MM) & (outside <= 2.5 + DISTANCE_TOLERANCE_MM)
    figures["whole_volume_576"] = perf_counter() - started
    if not np.array_equal(formula, wall_mask(cavity, geometry, request).mask):
        raise RuntimeError("the wall is not that of the whole volume's distance transforms")
    maker = WallMaker(CavityDistances.of(cavity, geometry))
    thicknesses = iter(np.linspace(1, 6, REPEATS + 1))
    maker.wall(request)
    figures["slider_step"] = median(_seconds(lambda: maker.wall(WallRequest(0.0, float(next(thicknesses)))).mask))
    figures["whole_volume_over_wall"] = figures["whole_volume_576"] / figures["wall_576"]
    return figures


def rows(figures: dict[str, float]) -> list[tuple[str, str, str]]:
    """Lines for the table of `make bench`."""
    fields = ", ".join(f"{figures[f'wall_{pixels}']:.2f}" for pixels in FIELDS)
    return [
        ("LA wall in 320, 576, 768 pixels squared", f"{fields} s", ""),
        ("  whole-volume transforms over the wall", f"{figures['whole_volume_over_wall']:.0f} x", "goal at least 20 x"),
        ("  a slider's step to the new mask", f"{1000 * figures['slider_step']:.1f} ms", "goal under 40 ms"),
    ]


def _seconds(call: Callable[[], object]) -> list[float]:
    seconds = []
    for _ in range(REPEATS):
        started = perf_counter()
        call()
        seconds.append(perf_counter() - started)
    return seconds


if __name__ == "__main__":
    for name, value, goal in rows(wall_figures()):
        print(f"{name:46} {value:>22}   {goal}")
