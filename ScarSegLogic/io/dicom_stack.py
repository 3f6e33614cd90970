"""A stack of slices from frames: sorted along the normal, complete, evenly spaced, in one orientation."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.io.dicom_frames import Frame
from ScarSegLogic.io.limits import check_spacing
from ScarSegLogic.io.lps import geometry_from_lps

ORIENTATION_TOLERANCE = 0.01
"""Direction cosines of one stack differ by less (ours; headers round to 4-6 digits, 0.01 is half a degree)."""

SAME_POSITION_MM = 0.05
"""Slices closer along the normal lie at one place (ours; slices are at least 0.5 mm apart)."""

GAP_TOLERANCE_MM = 0.1
GAP_TOLERANCE_SHARE = 0.02
"""Gaps count as even within the larger of 0.1 mm and 2 % (ours: table positions are rounded to 0.1 mm)."""

SIDEWAYS_TOLERANCE_MM = 1.0
"""Slices may be displaced within their plane by less than a pixel (ours); a grid cannot say where they really lie."""

LISTED_FILES = 8
"""Error messages name at most so many files (ours)."""


@dataclass(frozen=True)
class Place:
    """All frames that lie at one position along the normal, ordered by phase."""

    distance_mm: float
    frames: tuple[Frame, ...]


def normal_of(frame: Frame) -> NDArray[np.float64]:
    """Unit normal of the slice in LPS: row direction x column direction."""
    normal = np.cross(frame.orientation[:3], frame.orientation[3:])
    # A zero orientation is refused later, when the series is read; listing it must not fail.
    return normal / (np.linalg.norm(normal) or 1.0)


def orientations(frames: tuple[Frame, ...]) -> list[list[Frame]]:
    """The frames grouped by orientation, the largest group first."""
    groups: list[list[Frame]] = []
    for frame in frames:
        for group in groups:
            if np.abs(np.subtract(frame.orientation, group[0].orientation)).max() <= ORIENTATION_TOLERANCE:
                group.append(frame)
                break
        else:
            groups.append([frame])
    return sorted(groups, key=len, reverse=True)


def places(frames: tuple[Frame, ...]) -> tuple[Place, ...]:
    """Frames of one orientation grouped by position along the normal, in ascending order."""
    normal = normal_of(frames[0])
    ordered = sorted(((float(np.dot(frame.position, normal)), frame) for frame in frames), key=lambda pair: pair[0])
    groups: list[list[tuple[float, Frame]]] = []
    for distance, frame in ordered:
        if groups and distance - groups[-1][0][0] <= SAME_POSITION_MM:
            groups[-1].append((distance, frame))
        else:
            groups.append([(distance, frame)])
    return tuple(Place(group[0][0], tuple(sorted((f for _, f in group), key=_phase_order))) for group in groups)


def phase_key(frame: Frame) -> tuple[object, ...]:
    """What tells the phases, echoes and image types at one place apart."""
    return (
        frame.image_type,
        frame.temporal_position,
        frame.trigger_time_ms,
        frame.acquisition,
        frame.echo_time_ms,
    )


def phase_names(stack: tuple[Place, ...]) -> tuple[str, ...]:
    """One description per phase, naming only what differs between them; () where there is one phase."""
    frames = stack[0].frames
    if len(frames) < 2:
        return ()
    words = ("image type", "temporal position", "trigger time (ms)", "acquisition", "echo time (ms)")
    varying = [n for n in range(len(words)) if len({phase_key(frame)[n] for frame in frames}) > 1]

    def text(frame: Frame) -> str:
        values = phase_key(frame)
        shown = ("/".join(values[n]) if n == 0 else f"{values[n]}" for n in varying)
        return ", ".join(f"{words[n]} {value}" for n, value in zip(varying, shown, strict=True))

    return tuple(text(frame) for frame in frames)


def check_stack(folder: Path, frames: tuple[Frame, ...]) -> tuple[Place, ...]:
    """The places of a stack whose phases are complete, slices unique and gaps even.

    Raises:
        ScarSegError: With the files that are wrong.
    """
    _check_uniform(folder, frames)
    stack = places(frames)
    _check_duplicates(folder, stack)
    _check_gaps(folder, stack)
    return stack


def stack_geometry(folder: Path, frames: tuple[Frame, ...]) -> Geometry:
    """The grid of frames in ascending order along the normal. A single slice takes its thickness as spacing.

    Raises:
        ScarSegError: Slices displaced sideways, absurd spacing, or a single slice without thickness.
    """
    first = frames[0]
    row = np.array(first.orientation[:3]) / np.linalg.norm(first.orientation[:3])
    normal = normal_of(first)
    column = np.cross(normal, row)
    positions = np.array([frame.position for frame in frames])
    offsets = positions - positions[0]
    sideways = np.linalg.norm(offsets - np.outer(offsets @ normal, normal), axis=1)
    if sideways.max() > SIDEWAYS_TOLERANCE_MM:
        worst = frames[int(np.argmax(sideways))]
        raise ScarSegError(
            f"{folder}: the slices are displaced within their plane, {worst.label} by {sideways.max():.1f} mm against "
            f"{first.label}: expected one straight stack, choose another series or resample it"
        )
    if len(frames) > 1:
        gap = float(offsets[-1] @ normal) / (len(frames) - 1)
    elif first.thickness:
        gap = first.thickness
    else:
        raise ScarSegError(f"{folder}: the only slice {first.label} has no thickness: export the whole series")
    spacing = (first.pixel_spacing[1], first.pixel_spacing[0], gap)
    check_spacing(folder, spacing)
    shape = (len(frames), first.rows, first.columns)
    return geometry_from_lps(shape, np.stack([row, column, normal], axis=1), spacing, first.position)


def listed(frames: list[Frame]) -> str:
    """Names of files for a message."""
    names = [frame.label for frame in frames[:LISTED_FILES]]
    return ", ".join(names) + (f" and {len(frames) - LISTED_FILES} more" if len(frames) > LISTED_FILES else "")


def _check_uniform(folder: Path, frames: tuple[Frame, ...]) -> None:
    for frame in frames:
        row, column = np.array(frame.orientation[:3]), np.array(frame.orientation[3:])
        lengths = (np.linalg.norm(row), np.linalg.norm(column))
        if not np.allclose(lengths, 1, atol=ORIENTATION_TOLERANCE) or abs(row @ column) > ORIENTATION_TOLERANCE:
            raise ScarSegError(
                f"{folder}: {frame.label} has an image orientation {frame.orientation} that is not two unit vectors "
                "at right angles: export the series again"
            )
    groups = orientations(frames)
    if len(groups) > 1:
        others = [frame for group in groups[1:] for frame in group]
        raise ScarSegError(
            f"{folder}: the series mixes {len(groups)} orientations, these differ from the other "
            f"{len(groups[0])} slices: {listed(others)}; remove them or choose another series"
        )
    grids = Counter((frame.rows, frame.columns, frame.pixel_spacing) for frame in frames)
    if len(grids) > 1:
        usual = grids.most_common(1)[0][0]
        others = [frame for frame in frames if (frame.rows, frame.columns, frame.pixel_spacing) != usual]
        raise ScarSegError(
            f"{folder}: the slices differ in size or pixel spacing, these from the others ({usual[0]} x {usual[1]} "
            f"pixels of {usual[2][0]:g} x {usual[2][1]:g} mm): {listed(others)}; remove them or choose another series"
        )


def _check_duplicates(folder: Path, stack: tuple[Place, ...]) -> None:
    counts = Counter(len(place.frames) for place in stack)
    twins = []
    for place in stack:
        keys = Counter(phase_key(frame) for frame in place.frames)
        twins += [frame for frame in place.frames if keys[phase_key(frame)] > 1]
    if twins:
        raise ScarSegError(
            f"{folder}: duplicate slices, {len(twins)} images share a place with another and nothing tells them apart: "
            f"{listed(twins)}; keep one at each place"
        )
    if len(counts) == 1:
        return
    usual = counts.most_common(1)[0][0]
    odd = [place for place in stack if len(place.frames) != usual]
    surplus = [frame for place in odd if len(place.frames) > usual for frame in place.frames]
    if surplus:
        raise ScarSegError(
            f"{folder}: duplicate slices, {len(odd)} of {len(stack)} places hold more than {usual} image(s): "
            f"{listed(surplus)}; keep {usual} at each place"
        )
    lacking = [place.frames[0] for place in odd]
    raise ScarSegError(
        f"{folder}: missing images, {len(odd)} of {len(stack)} slice places hold fewer than {usual} phases, beside "
        f"{listed(lacking)}; export the whole series"
    )


def _check_gaps(folder: Path, stack: tuple[Place, ...]) -> None:
    gaps = [after.distance_mm - before.distance_mm for before, after in pairwise(stack)]
    if not gaps:
        return
    usual = float(np.median(gaps)) if len(gaps) > 2 else min(gaps)
    tolerance = max(GAP_TOLERANCE_MM, GAP_TOLERANCE_SHARE * usual)
    odd = [n for n, gap in enumerate(gaps) if abs(gap - usual) > tolerance]
    if not odd:
        return
    smallest = min(gaps)
    multiples = [round(gap / smallest) for gap in gaps]
    even = all(abs(gap - n * smallest) <= n * tolerance for gap, n in zip(gaps, multiples, strict=True))
    unit = smallest if even else usual
    wrong = [n for n, gap in enumerate(gaps) if abs(gap - unit) > tolerance]
    pairs = "; ".join(
        f"{gaps[n]:.2f} mm between {stack[n].frames[0].label} and {stack[n + 1].frames[0].label}"
        for n in wrong[:LISTED_FILES]
    )
    what = "slices are missing" if even else "the gaps between slices are uneven"
    raise ScarSegError(f"{folder}: {what}, {pairs}, where the spacing is {unit:.2f} mm; export the whole series again")


def _phase_order(frame: Frame) -> tuple[object, ...]:
    numbers = (frame.temporal_position, frame.trigger_time_ms, frame.acquisition, frame.echo_time_ms, frame.instance)
    return (frame.image_type, *(float("-inf") if number is None else number for number in numbers), frame.label)
