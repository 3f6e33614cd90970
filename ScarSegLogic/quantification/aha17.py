"""The 17 segments of the American Heart Association (Cerqueira 2002, Circulation 105:539)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.quantification.chords import RadialChords, ShortAxisPlane
from ScarSegLogic.quantification.levels import LEVELS
from ScarSegLogic.quantification.result import SegmentResult
from ScarSegLogic.quantification.transmurality import measure_transmurality, transmurality_class

SUBSAMPLES = 4
"""A voxel at a sector border is shared out by this many points along each in-plane axis (ours)."""


@dataclass(frozen=True)
class Sectors:
    """Equal sectors of one level.

    Attributes:
        first_degrees: Where the sector of ``numbers[0]`` begins, from the anterior RV insertion into the septum.
        width_degrees: Width of each.
        numbers, names: Segments in the order of growing angle.
    """

    first_degrees: float
    width_degrees: float
    numbers: tuple[int, ...]
    names: tuple[str, ...]

    def at(self, angles: NDArray[np.float64]) -> NDArray[np.intp]:
        """Place in ``numbers`` of angles in radians from the anterior RV insertion."""
        turned = np.mod(np.degrees(angles) - self.first_degrees, 360.0)
        return np.minimum((turned / self.width_degrees).astype(np.intp), len(self.numbers) - 1)


_WALLS = ("anteroseptal", "inferoseptal", "inferior", "inferolateral", "anterolateral", "anterior")

SECTORS: dict[str, Sectors] = {
    "basal": Sectors(0.0, 60.0, (2, 3, 4, 5, 6, 1), tuple(f"basal {wall}" for wall in _WALLS)),
    "mid": Sectors(0.0, 60.0, (8, 9, 10, 11, 12, 7), tuple(f"mid {wall}" for wall in _WALLS)),
    # The septal segment is centred on the septum of the six: 60 degrees from the insertion.
    "apical": Sectors(
        15.0, 90.0, (14, 15, 16, 13), ("apical septal", "apical inferior", "apical lateral", "apical anterior")
    ),
}
"""The anterior RV insertion is the border of anterior and anteroseptal. Looking from the apex to the base the angle
grows counter-clockwise: the way from the insertion into the septum is base-to-apex x insertion (right-hand rule), which
for an apex to the left, front and below and an insertion at the top points to the right and front, where the RV is."""

APEX_NUMBER, APEX_NAME = 17, "apex"


@dataclass(frozen=True)
class Insertion:
    """The anterior RV insertion seen from the LV centre, in the slice plane.

    Attributes:
        angle: Radians from the plane's first direction to its second.
        distance_mm: In-plane distance from the LV centre.
    """

    angle: float
    distance_mm: float


@dataclass(frozen=True, eq=False)
class SegmentedWall:
    """Masks of the measured slices and the frame that the segments refer to.

    Attributes:
        myocardium, infarct: (K, J, I) bool; empty in excluded slices.
        centres_ji: (K, 2) LV centroid of each slice.
        levels: Level of each slice or None.
        cap: (K,) bool, apical cap slices.
        geometry: Grid of the masks.
        plane: Directions of the slice plane.
        insertion_angle: Radians of the anterior RV insertion in the plane.
    """

    myocardium: NDArray[np.bool_]
    infarct: NDArray[np.bool_]
    centres_ji: NDArray[np.float64]
    levels: list[str | None]
    cap: NDArray[np.bool_]
    geometry: Geometry
    plane: ShortAxisPlane
    insertion_angle: float


def locate_insertion(
    point_ras: tuple[float, float, float],
    centres_ji: NDArray[np.float64],
    geometry: Geometry,
    plane: ShortAxisPlane,
) -> Insertion:
    """See the insertion point from the LV centre of the slice nearest to it.

    The point is projected along the slice normal; the angle serves every slice, about that slice's own centre.

    Args:
        point_ras: Anterior RV insertion, RAS mm.
        centres_ji: (K, 2), NaN where a slice has none.
        geometry: Grid of the slices.
        plane: Directions of the slice plane.
    """
    usable = np.flatnonzero(np.isfinite(centres_ji[:, 0]))
    centres_ras = geometry.index_to_ras(np.column_stack([usable, centres_ji[usable]]))
    offsets = np.asarray(point_ras, dtype=np.float64) - centres_ras
    nearest = offsets[np.argmin(np.abs(offsets @ plane.normal))]
    x, y = float(nearest @ plane.first), float(nearest @ plane.second)
    return Insertion(angle=float(np.arctan2(y, x)), distance_mm=float(np.hypot(x, y)))


def measure_segments(wall: SegmentedWall, chords: RadialChords) -> tuple[SegmentResult, ...]:
    """All 17 segments in order.

    Args:
        wall: Masks and frame.
        chords: Chords of the same slices.

    Returns:
        17 results; a segment without any measured slice has None for every number and the reason.
    """
    segments = [segment for level in LEVELS for segment in _level_segments(wall, chords, level)]
    segments.append(_apex(wall))
    return tuple(sorted(segments, key=lambda segment: segment.number))


def _level_segments(wall: SegmentedWall, chords: RadialChords, level: str) -> list[SegmentResult]:
    sectors = SECTORS[level]
    of_level = np.array([entry == level for entry in wall.levels])
    if not of_level.any():
        return _unassessed(sectors, f"no slice with a full ring of myocardium at the {level} level")
    measured = of_level & wall.myocardium.any(axis=(1, 2))
    if not measured.any():
        return _unassessed(sectors, f"every slice of the {level} level is excluded")
    indices = np.argwhere(wall.myocardium & measured[:, None, None])
    shares = _sector_shares(indices, wall, sectors)
    struck = wall.infarct[tuple(indices.T)]
    voxels, infarct_voxels = shares.sum(axis=0), shares[struck].sum(axis=0)
    chord_sector = sectors.at(chords.angles - wall.insertion_angle)
    results = []
    for place, (number, name) in enumerate(zip(sectors.numbers, sectors.names, strict=True)):
        if voxels[place] == 0:
            results.append(_empty_segment(number, name, "the myocardium has no voxel in this segment"))
            continue
        percent = float(100.0 * infarct_voxels[place] / voxels[place])
        of_segment = chord_sector == place
        radial = measure_transmurality(
            chords.wall[measured][:, of_segment].reshape(-1, chords.wall.shape[-1]),
            chords.infarct[measured][:, of_segment].reshape(-1, chords.wall.shape[-1]),
        )
        results.append(
            SegmentResult(
                number=number,
                name=name,
                volume_ml=float(voxels[place]) * wall.geometry.voxel_volume_ml,
                scar_percent=percent,
                transmurality_class=transmurality_class(percent),
                transmurality_mean_percent=radial.mean_percent,
                transmurality_max_percent=radial.maximum_percent,
                circumferential_extent_percent=radial.circumferential_extent_percent,
                pattern=radial.pattern,
            )
        )
    return results


def _sector_shares(indices_kji: NDArray[np.intp], wall: SegmentedWall, sectors: Sectors) -> NDArray[np.float64]:
    """(N, S) share of each voxel in each sector, by points within the voxel."""
    axes = wall.geometry.ijk_to_ras[:3, :3]
    in_plane = np.array(
        [
            [axes[:, 1] @ wall.plane.first, axes[:, 0] @ wall.plane.first],
            [axes[:, 1] @ wall.plane.second, axes[:, 0] @ wall.plane.second],
        ]
    )
    steps = (np.arange(SUBSAMPLES) + 0.5) / SUBSAMPLES - 0.5
    points_ji = np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1).reshape(-1, 2)
    from_centre = indices_kji[:, 1:] - wall.centres_ji[indices_kji[:, 0]]
    x, y = np.moveaxis((from_centre[:, None, :] + points_ji) @ in_plane.T, -1, 0)
    place = sectors.at(np.arctan2(y, x) - wall.insertion_angle)
    count = len(sectors.numbers)
    return np.stack([(place == sector).mean(axis=1) for sector in range(count)], axis=1)


def _apex(wall: SegmentedWall) -> SegmentResult:
    if not wall.cap.any():
        return _empty_segment(APEX_NUMBER, APEX_NAME, "not assessed: no apical cap (myocardium without cavity)")
    cap = wall.myocardium[wall.cap]
    if not cap.any():
        return _empty_segment(APEX_NUMBER, APEX_NAME, "not assessed: the apical cap is excluded")
    percent = float(100.0 * np.count_nonzero(wall.infarct[wall.cap]) / np.count_nonzero(cap))
    return SegmentResult(
        number=APEX_NUMBER,
        name=APEX_NAME,
        volume_ml=float(np.count_nonzero(cap)) * wall.geometry.voxel_volume_ml,
        scar_percent=percent,
        transmurality_class=transmurality_class(percent),
        transmurality_mean_percent=None,
        transmurality_max_percent=None,
        circumferential_extent_percent=None,
        pattern=None,
        reason="radial numbers are undefined where there is no cavity",
    )


def _unassessed(sectors: Sectors, reason: str) -> list[SegmentResult]:
    return [_empty_segment(number, name, reason) for number, name in zip(sectors.numbers, sectors.names, strict=True)]


def _empty_segment(number: int, name: str, reason: str) -> SegmentResult:
    return SegmentResult(number, name, None, None, None, None, None, None, None, reason=reason)
