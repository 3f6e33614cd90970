"""Shapes as signed distances in mm, negative inside, and how they are joined.

Points are three arrays (r, a, s) that broadcast, RAS mm. A joined field has the right zero surface; its other values
are distances only roughly, so whoever needs millimetres measures from the surface (``la_surface``).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

Field = NDArray[np.floating]
Points = tuple[Field, Field, Field]


@dataclass(frozen=True, eq=False)
class Waves:
    """A smooth random function of place: the sum of plane waves.

    Attributes:
        vectors: (N, 3) wave vectors in radians per mm.
        phases, amplitudes: (N,).
    """

    vectors: NDArray[np.float64]
    phases: NDArray[np.float64]
    amplitudes: NDArray[np.float64]

    def __call__(self, points: Points) -> Field:
        total = np.float32(0.0)
        for vector, phase, amplitude in zip(self.vectors, self.phases, self.amplitudes, strict=True):
            r, a, s = (np.float32(part) * axis for part, axis in zip(vector, points, strict=True))
            total = total + np.float32(amplitude) * np.sin(r + a + s + np.float32(phase))
        return total


def sample_waves(
    wavelength_mm: tuple[float, float], sd: float, generator: np.random.Generator, *, count: int = 5
) -> Waves:
    """Draw waves of random directions whose sum has about this standard deviation over space."""
    directions = generator.standard_normal((count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    lengths = generator.uniform(*wavelength_mm, count)
    return Waves(
        directions * (2.0 * np.pi / lengths)[:, None],
        generator.uniform(0.0, 2.0 * np.pi, count),
        np.full(count, sd * np.sqrt(2.0 / count)),
    )


def points_of(array: ArrayLike) -> Points:
    """(..., 3) RAS points as three arrays."""
    array = np.asarray(array, dtype=np.float32)
    return array[..., 0], array[..., 1], array[..., 2]


def box_around(points: Points, low_ras: ArrayLike, high_ras: ArrayLike) -> tuple[slice, ...]:
    """The part of a lattice's open grid (axes S, A, R) between two corners; all of any other points."""
    r, a, s = points
    if r.ndim != 3 or (r.size, a.size, s.size) != (r.shape[2], a.shape[1], s.shape[0]):
        return (slice(None),) * r.ndim
    corners = np.stack([low_ras, high_ras], axis=1)[::-1]
    ranges = [np.searchsorted(axis.ravel(), ends) for axis, ends in zip((s, a, r), corners, strict=True)]
    return tuple(slice(int(start), int(stop)) for start, stop in ranges)


def points_in(points: Points, box: tuple[slice, ...]) -> Points:
    """The points of a part that ``box_around`` named."""
    if all(part == slice(None) for part in box):
        return points
    s, a, r = box
    return points[0][:, :, r], points[1][:, a], points[2][s]


def ellipsoid(points: Points, centre: ArrayLike, semi_axes_mm: ArrayLike, axes: NDArray | None = None) -> Field:
    """Approximate distance to an ellipsoid, exact on its surface; ``axes`` holds its unit axes as columns."""
    offset = _offset(points, centre)
    if axes is not None:
        offset = tuple(_dot(offset, column) for column in np.asarray(axes).T)
    semi_axes = [np.float32(size) for size in np.asarray(semi_axes_mm)]
    scaled = [part / size for part, size in zip(offset, semi_axes, strict=True)]
    # A floor for both, of one ratio, keeps the middle of the ellipsoid finite and inside.
    floor = np.float32(1e-3)
    level = np.maximum(np.sqrt(sum(part * part for part in scaled)), floor)
    slope = np.sqrt(sum((part / size) ** 2 for part, size in zip(scaled, semi_axes, strict=True)))
    return level * (level - np.float32(1.0)) / np.maximum(slope, floor / semi_axes[0])


def tapered_tube(points: Points, ends: tuple[ArrayLike, ArrayLike], radii_mm: tuple[float, float]) -> Field:
    """Distance to a straight tube with round ends, whose radius changes evenly from one end to the other."""
    start, stop = (np.asarray(end, dtype=np.float64) for end in ends)
    along = stop - start
    offset = _offset(points, start)
    place = np.clip(_dot(offset, along / (along @ along)), 0.0, 1.0)
    squares = [(part - place * np.float32(step)) ** 2 for part, step in zip(offset, along, strict=True)]
    radius = np.float32(radii_mm[0]) + place * np.float32(radii_mm[1] - radii_mm[0])
    return np.sqrt(squares[0] + squares[1] + squares[2]) - radius


def tube_through(points: Points, centres: ArrayLike, radii_mm: ArrayLike) -> Field:
    """Distance to a tube along a broken line."""
    centres, radii = np.asarray(centres), np.asarray(radii_mm)
    fields = [tapered_tube(points, ends, pair) for ends, pair in zip(pairwise(centres), pairwise(radii), strict=True)]
    return fields[0] if len(fields) == 1 else np.minimum.reduce(fields)


def height_over(points: Points, centre: ArrayLike, normal: ArrayLike) -> Field:
    """Signed distance from a plane, positive on the normal's side."""
    return _dot(_offset(points, centre), normal)


def distance_from_axis(points: Points, centre: ArrayLike, normal: ArrayLike) -> Field:
    """Distance from the line through the centre along the unit normal."""
    offset = _offset(points, centre)
    height = _dot(offset, normal)
    return np.sqrt(np.maximum(sum(part * part for part in offset) - height * height, 0.0))


def smooth_union(first: Field, second: Field, radius_mm: float) -> Field:
    """Union whose inner edges are filled with about this radius (polynomial smooth minimum, Quilez)."""
    overlap = np.maximum(np.float32(radius_mm) - np.abs(first - second), 0.0)
    return np.minimum(first, second) - overlap * overlap * np.float32(0.25 / radius_mm)


def smooth_intersection(first: Field, second: Field, radius_mm: float) -> Field:
    """Intersection with rounded edges."""
    return -smooth_union(-first, -second, radius_mm)


def _offset(points: Points, centre: ArrayLike) -> Points:
    r, a, s = (axis - np.float32(value) for axis, value in zip(points, np.asarray(centre), strict=True))
    return r, a, s


def _dot(points: Points, vector: ArrayLike) -> Field:
    r, a, s = (axis * np.float32(value) for axis, value in zip(points, np.asarray(vector), strict=True))
    return r + a + s
