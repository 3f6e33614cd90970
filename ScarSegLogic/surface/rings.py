"""How far scar encircles a vein, and where it leaves gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.sparse import csgraph

from ScarSegLogic.surface.mesh import TriangleMesh
from ScarSegLogic.surface.openings import Opening

ANGLES = 720
"""Directions around an ostium, half a degree apart (ours)."""

POSITION_BINS = 36
"""Bins of 10 degrees in which the course of a ring is averaged before it is measured (ours)."""

BORDER_SHARE = 0.25
"""Share of an edge that belongs to its only scarred end. The scar's true border lies half an edge from it, but of all
rows of the band the farthest one counts: with a quarter, known gaps come out neither longer nor shorter (ours)."""

LARGEST_STEP_DEGREES = 90.0
"""An edge that spans more runs across the axis and has no place on the ring (ours)."""


@dataclass(frozen=True)
class RingGap:
    """A stretch of a ring without scar: its length in mm, and the RAS in mm of its middle."""

    length_mm: float
    centre_ras: tuple[float, float, float]


@dataclass(frozen=True)
class RingCoverage:
    """Scar around one ostium.

    Attributes:
        length_mm: Length of the ring, along the middle of the band, as far as it was assessed.
        assessed_percent: Share of the circle where the band has surface that is not excluded.
        encirclement_percent: Scarred length over assessed length.
        gaps: The unscarred stretches, the longest first.
    """

    length_mm: float
    assessed_percent: float
    encirclement_percent: float
    gaps: tuple[RingGap, ...]


def ring_coverage(
    mesh: TriangleMesh,
    opening: Opening,
    beyond: NDArray[np.bool_],
    scar: NDArray[np.bool_],
    *,
    excluded: NDArray[np.bool_],
    width_mm: float,
) -> RingCoverage | None:
    """Look outward from the axis of an ostium: which directions meet scar in the band around it (ours).

    The band is the surface within ``width_mm`` of the ostium's rim, measured along the surface. A direction is closed
    where any of the band is scarred, since an ablation line need not keep its distance from the vein.

    Args:
        mesh: The surface.
        opening: The ostium.
        beyond: (V,) bool: the surface that this ostium cuts off; its border is the rim.
        scar: (V,) bool.
        excluded: (V,) bool: surface that does not count, such as other ostia.
        width_mm: Width of the band.

    Returns:
        None where the ostium does not meet the surface or everything around it is excluded.
    """
    band, distances_mm = _band(mesh, beyond, excluded | beyond, width_mm)
    if not band.any():
        return None
    angles = _angles(mesh, opening)
    edges = mesh.edges[band[mesh.edges].all(axis=1)]
    assessed = _swept(angles, edges, band)
    closed = _swept(angles, edges, scar & band) & assessed
    course = _course(mesh, opening, angles, _middle(band, distances_mm, width_mm))
    lengths = np.linalg.norm(np.roll(course, -1, axis=0) - np.roll(course, 1, axis=0), axis=1) / 2
    length = float(lengths[assessed].sum())
    if not length > 0:
        return None
    return RingCoverage(
        length_mm=length,
        assessed_percent=100 * float(assessed.mean()),
        encirclement_percent=100 * float(lengths[closed].sum()) / length,
        gaps=_gaps(assessed & ~closed, lengths, course),
    )


def _band(
    mesh: TriangleMesh, beyond: NDArray[np.bool_], excluded: NDArray[np.bool_], width_mm: float
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """(V,) bool band and (V,) distance from the rim along the edges, inf outside."""
    distances = np.full(len(beyond), np.inf)
    first, second = mesh.edges.T
    rim_edges = beyond[first] != beyond[second]
    usable = ~excluded | beyond
    kept = usable[first] & usable[second] & ~(beyond[first] & beyond[second])
    steps = np.linalg.norm(mesh.vertices_ras[first] - mesh.vertices_ras[second], axis=1)
    # The rim runs, on average, through the middle of the edges that cross it.
    steps = np.where(rim_edges, steps / 2, steps)
    sources = np.unique(mesh.edges[rim_edges & kept])
    sources = sources[beyond[sources]]
    if sources.size:
        shape = (len(beyond), len(beyond))
        graph = sparse.coo_matrix((steps[kept], (first[kept], second[kept])), shape=shape).tocsr()
        distances = csgraph.dijkstra(graph, directed=False, indices=sources, min_only=True, limit=width_mm)
    return np.isfinite(distances) & ~excluded, distances


def _angles(mesh: TriangleMesh, opening: Opening) -> NDArray[np.float64]:
    """(V,) degrees about the axis."""
    across = np.cross(opening.axis, np.eye(3)[np.abs(opening.axis).argmin()])
    across /= np.linalg.norm(across)
    steps = mesh.vertices_ras - np.asarray(opening.centre_ras)
    return np.degrees(np.arctan2(steps @ np.cross(opening.axis, across), steps @ across))


def _swept(angles: NDArray[np.float64], edges: NDArray[np.integer], selected: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(ANGLES,) bool: directions that meet the selected part of an edge."""
    near, far = np.concatenate([edges, edges[:, ::-1]]).T
    turns = _turn(angles[far] - angles[near])
    used = selected[near] & (np.abs(turns) <= LARGEST_STEP_DEGREES)
    near, far = near[used], far[used]
    turns = turns[used] * np.where(selected[far], 1, BORDER_SHARE)
    starts = angles[near] + np.minimum(turns, 0)
    per_degree = ANGLES / 360
    # The directions stand in the middle of their bins; those between start and end are swept.
    first = np.ceil(starts * per_degree - 0.5).astype(int)
    after = np.ceil((starts + np.abs(turns)) * per_degree - 0.5).astype(int)
    # Three turns, so that an edge across the first direction needs no special case.
    changes = np.zeros(3 * ANGLES + 1, dtype=int)
    np.add.at(changes, first + ANGLES, 1)
    np.add.at(changes, after + ANGLES, -1)
    return (np.cumsum(changes)[:-1] > 0).reshape(3, ANGLES).any(axis=0)


def _middle(band: NDArray[np.bool_], distances_mm: NDArray[np.float64], width_mm: float) -> NDArray[np.bool_]:
    """The inner half of the band's width, or all of it where that is empty."""
    middle = band & (np.abs(np.where(band, distances_mm, 0) - width_mm / 2) <= width_mm / 4)
    return middle if middle.any() else band


def _course(
    mesh: TriangleMesh, opening: Opening, angles: NDArray[np.float64], middle: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(ANGLES, 3): RAS of the ring in each direction, from the mean depth and radius in bins of 10 degrees."""
    depths, radii = opening.depth_and_radius_mm(mesh.vertices_ras[middle])
    bins = np.floor(np.mod(angles[middle], 360) * POSITION_BINS / 360).astype(int) % POSITION_BINS
    counts = np.bincount(bins, minlength=POSITION_BINS)
    centres = (np.arange(POSITION_BINS) + 0.5) * 360 / POSITION_BINS
    directions = (np.arange(ANGLES) + 0.5) * 360 / ANGLES
    known = counts > 0
    smooth = []
    for values in (depths, radii):
        means = np.bincount(bins, weights=values, minlength=POSITION_BINS)[known] / counts[known]
        around = np.interp(directions, centres[known], means, period=360)
        smooth.append(ndimage.uniform_filter1d(around, ANGLES // POSITION_BINS, mode="wrap"))
    depth, radius = smooth
    across = np.cross(opening.axis, np.eye(3)[np.abs(opening.axis).argmin()])
    across /= np.linalg.norm(across)
    up = np.cross(opening.axis, across)
    turn = np.radians(directions)[:, None]
    sideways = radius[:, None] * (np.cos(turn) * across + np.sin(turn) * up)
    return np.asarray(opening.centre_ras) + depth[:, None] * opening.axis + sideways


def _gaps(is_open: NDArray[np.bool_], lengths: NDArray[np.float64], course: NDArray[np.float64]) -> tuple[RingGap, ...]:
    if not is_open.any():
        return ()
    # Beginning at a direction that is not open, no gap is cut in two.
    start = 0 if is_open.all() else int(np.argmin(is_open))
    turned = np.roll(is_open, -start)
    labels, count = ndimage.label(turned)
    labels = np.roll(labels, start)
    gaps = []
    for number in range(1, count + 1):
        places = np.flatnonzero(np.roll(labels == number, -start)) + start
        middle = course[int(places[len(places) // 2]) % ANGLES]
        gaps.append(RingGap(float(lengths[labels == number].sum()), tuple(float(value) for value in middle)))
    return tuple(sorted(gaps, key=lambda gap: -gap.length_mm))


def _turn(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same turn between -180 and 180 degrees."""
    return np.mod(degrees + 180, 360) - 180
