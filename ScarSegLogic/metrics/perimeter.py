"""Length of outlines in mm, and how alike two lengths are."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

_STEPS_JI = np.array([(0, 1), (1, 1), (1, 0), (1, -1)])
"""Neighbour steps along the four directions of the Crofton formula."""


def perimeter_mm(mask: NDArray[np.bool_], axes_mm: ArrayLike) -> float:
    """Perimeter of a 2D mask by the Cauchy-Crofton formula with four directions (Legland 2007).

    The boundary is crossed by the lines through neighbouring pixels; lines are weighted by the angle they stand for, so
    that anisotropic and sheared pixels are right. On square pixels it is ``skimage.measure.perimeter_crofton``.

    Args:
        mask: (J, I) bool; holes add their outline.
        axes_mm: (2, D) steps in mm from one row to the next and from one column to the next; two spacings (J, I) will
            do for pixels at right angles.

    Returns:
        Millimetres; 0 for an empty mask.
    """
    if not mask.any():
        return 0.0
    axes = np.asarray(axes_mm, dtype=np.float64)
    axes = np.diag(axes) if axes.ndim == 1 else axes
    plane = np.linalg.cholesky(axes @ axes.T)
    directions = _STEPS_JI @ plane
    lengths = np.linalg.norm(directions, axis=1)
    line_distances = abs(np.linalg.det(plane)) / lengths
    padded = np.pad(mask.astype(bool), 1)
    crossings = [np.count_nonzero(padded != np.roll(padded, tuple(step), axis=(0, 1))) for step in _STEPS_JI]
    return float(0.5 * np.sum(_angles_stood_for(directions) * crossings * line_distances))


def perimeter_similarity(first_mm: float, second_mm: float) -> float | None:
    """min(P, P') / max(P, P') (SCIENCE.md section 3: ours); None where both are zero."""
    largest = max(first_mm, second_mm)
    return min(first_mm, second_mm) / largest if largest > 0 else None


def _angles_stood_for(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the half circle (pi) nearest to each direction, in radians."""
    angles = np.mod(np.arctan2(directions[:, 1], directions[:, 0]), np.pi)
    order = np.argsort(angles)
    ordered = angles[order]
    gaps = np.diff(np.append(ordered, ordered[0] + np.pi))
    shares = np.empty_like(angles)
    shares[order] = (gaps + np.roll(gaps, 1)) / 2
    return shares
