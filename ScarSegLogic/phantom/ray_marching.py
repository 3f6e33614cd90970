"""Where rays leave a shape that is given by its signed distance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.phantom.distance_fields import Field, Points, points_of

FieldFunction = Callable[[Points], Field]

STEP_MM = 0.25
"""Step along a ray; the crossing itself is interpolated (ours)."""


def exit_distance(field: FieldFunction, direction: NDArray[np.float64], limit_mm: float = 60.0) -> float:
    """Distance from the origin at which a ray along the unit direction leaves the shape."""
    return float(crossings(field, np.zeros(3), direction[None], limit_mm)[0])


def section_radius(
    field: FieldFunction, centre: NDArray[np.float64], normal: NDArray[np.float64], limit_mm: float
) -> float:
    """Radius of the circle that has the area of the shape's section around a point; rays end at the limit."""
    first = unit(np.cross(normal, np.eye(3)[int(np.argmin(np.abs(normal)))]))
    angles = np.arange(48) * (2.0 * np.pi / 48)
    rays = np.cos(angles)[:, None] * first + np.sin(angles)[:, None] * np.cross(normal, first)
    return float(np.sqrt(np.mean(crossings(field, centre, rays, limit_mm) ** 2)))


def crossings(
    field: FieldFunction, start: NDArray[np.float64], rays: NDArray[np.float64], limit_mm: float
) -> NDArray[np.float64]:
    """Distance along each of (N, 3) unit rays at which the field first turns positive, at most the limit."""
    steps = np.arange(0.0, limit_mm, STEP_MM)
    values = field(points_of(start + steps[None, :, None] * rays[:, None, :]))
    return first_rise(values, steps, limit_mm)


def first_rise(values: Field, steps: NDArray[np.float64], otherwise: float) -> NDArray[np.float64]:
    """Place along each of (N, S) rows at which values first turn positive, interpolated between the S steps.

    0 where the row begins positive, ``otherwise`` where it never is.
    """
    outside = np.concatenate([values > 0.0, np.ones((len(values), 1), bool)], axis=1)
    first = np.argmax(outside, axis=1)
    found = np.where(first == 0, steps[0], otherwise).astype(np.float64)
    for row in np.flatnonzero((first > 0) & (first < len(steps))):
        before, after = values[row, first[row] - 1], values[row, first[row]]
        share = before / (before - after)
        found[row] = steps[first[row] - 1] + share * (steps[first[row]] - steps[first[row] - 1])
    return found


def unit(vector: NDArray) -> NDArray[np.float64]:
    return np.asarray(vector, dtype=np.float64) / np.linalg.norm(vector)


def jittered(direction: NDArray, degrees: float, generator: np.random.Generator) -> NDArray[np.float64]:
    """A unit vector near a direction: each component is moved by a normal value of so many degrees."""
    return unit(unit(direction) + generator.normal(0.0, np.radians(degrees), 3))
