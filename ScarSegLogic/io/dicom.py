"""DICOM folders: list the series, choose one, read it as a volume."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.io.dicom_frames import Frame, frames_in_file, is_dicom_file
from ScarSegLogic.io.dicom_pixels import read_pixels
from ScarSegLogic.io.dicom_stack import (
    LISTED_FILES,
    check_stack,
    normal_of,
    orientations,
    phase_names,
    places,
    stack_geometry,
)
from ScarSegLogic.io.limits import check_intensities, check_size
from ScarSegLogic.volume import Volume

LGE_WORDS = re.compile(
    r"lge|psir|delay|gado|viab|scar|enhanc|inversion|(?<![a-z])(late|mde|dhe|dce|de|ir)(?![a-z])", re.IGNORECASE
)
"""Words vendors and sites put into descriptions of LGE series (ours)."""

LOCALIZER_WORDS = re.compile(r"locali[sz]er|scout|survey|(three|3)[\W_]*plane|(?<![a-z])loc(?![a-z])", re.IGNORECASE)
"""Words of series that only plan others; `TI_scout` is one of them (ours)."""

NOT_LGE_WORDS = re.compile(
    r"look[\W_]*locker|molli|sasha|perfusion|t[12][\W_]*map|(?<![a-z])(cine|perf|haste|stir|tirm|t2|flow)(?![a-z])",
    re.IGNORECASE,
)
"""Words of series that are not LGE although they may hold a word above or an inversion pulse (ours)."""

LONG_AXIS_LPS = np.array([0.62, -0.62, -0.48])
"""Typical direction of the LV long axis, base to apex: to the left, forward and down (ours)."""

SHORT_AXIS_MAXIMUM_DEGREES = 35.0
"""A slice normal within this angle of the typical long axis is called short axis (ours)."""

STRAIGHT_MAXIMUM_DEGREES = 20.0
"""A slice normal within this angle of a body axis is called axial, coronal or sagittal (ours)."""

MAGNITUDE_WORDS = frozenset({"M", "MAG", "MAGNITUDE", "M_FFE", "M_IR", "M_SE", "M_PCA"})
NOT_MAGNITUDE_WORDS = frozenset(
    {"P", "PHASE", "PHASE MAP", "R", "REAL", "R_IR", "R_FFE", "I", "IMAGINARY", "I_IR", "P_IR", "P_FFE", "PSIR", "PS"}
)
"""Third and later values of ImageType: Siemens, GE and Philips, and ComplexImageComponent (PS3.3, C.8.13.3.1.1)."""


@dataclass(frozen=True)
class DicomSeries:
    """One series as it is offered to the user.

    Attributes:
        uid: SeriesInstanceUID.
        description: SeriesDescription, possibly empty.
        orientation: `short axis`, `long axis`, `oblique`, `axial`, `coronal`, `sagittal` or `mixed`.
        slice_count: Number of slice positions.
        phases: Number of images at each position; 1 for an ordinary LGE series.
        phase_names: What tells the phases apart, in the order in which `phase` counts them; () for one phase.
        looks_like_lge: By description and sequence; a guess, used only where nothing else is chosen.
        is_localizer: Localizers and scouts, which are never chosen on their own.
    """

    uid: str
    description: str
    orientation: str
    slice_count: int
    phases: int
    phase_names: tuple[str, ...]
    looks_like_lge: bool
    is_localizer: bool
    frames: tuple[Frame, ...] = field(repr=False)

    def __str__(self) -> str:
        text = f"{self.uid} '{self.description or 'no description'}', {self.orientation}, {self.slice_count} slices"
        return text + (f" x {self.phases} phases" if self.phases > 1 else "")


def list_series(folder: Path | str) -> tuple[DicomSeries, ...]:
    """All image series in a folder and its subfolders, LGE-like ones first; () where there is no DICOM image.

    Raises:
        ScarSegError: The folder does not exist, or a DICOM header in it is damaged.
    """
    root = Path(folder)
    if not root.is_dir():
        raise ScarSegError(f"{root}: there is no such folder: check the path")
    by_uid: dict[str, list[Frame]] = defaultdict(list)
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.name != "DICOMDIR" and is_dicom_file(path):
            for frame in frames_in_file(path):
                by_uid[frame.header.series_uid].append(frame)
    found = [_series(tuple(frames)) for frames in by_uid.values()]
    return tuple(sorted(found, key=lambda s: (not s.looks_like_lge, s.is_localizer, s.frames[0].header.number or 0)))


def holds_dicom(folder: Path) -> bool:
    """Whether any file in the folder or below is DICOM."""
    return any(path.is_file() and is_dicom_file(path) for path in folder.rglob("*"))


def read_dicom_folder(folder: Path, *, series_uid: str | None = None, phase: int | None = None) -> Volume:
    """Read the series chosen by UID, or the only LGE-like one, or the only one.

    Raises:
        ScarSegError: No series, several candidates (they are listed), or one that is no complete even stack.
    """
    series = list_series(folder)
    if not series:
        raise ScarSegError(f"{folder}: the folder holds no DICOM image: choose the folder of the study")
    return _read(folder, _choose(folder, series, series_uid), phase)


def read_dicom_file(path: Path, *, series_uid: str | None = None, phase: int | None = None) -> Volume:
    """Read the series that a DICOM file belongs to, from the file's folder. Raises ScarSegError."""
    frames = frames_in_file(path)
    if not frames:
        raise ScarSegError(f"{path}: this DICOM file holds no grey image with a position: choose an image series")
    uid = frames[0].header.series_uid
    if series_uid not in (None, uid):
        raise ScarSegError(f"{path}: the file belongs to the series {uid}, not {series_uid}: give its folder instead")
    return read_dicom_folder(path.parent, series_uid=uid, phase=phase)


def _series(frames: tuple[Frame, ...]) -> DicomSeries:
    header = frames[0].header
    groups = orientations(frames)
    stacks = [places(tuple(group)) for group in groups]
    phases = max(len(place.frames) for stack in stacks for place in stack)
    complete = len(stacks) == 1 and all(len(place.frames) == phases for place in stacks[0])
    localizer = "LOCALIZER" in frames[0].image_type or bool(LOCALIZER_WORDS.search(header.description))
    said = bool(LGE_WORDS.search(header.description)) or (
        "IR" in header.scanning_sequence.split("\\") and phases <= 2  # magnitude and PSIR
    )
    return DicomSeries(
        uid=header.series_uid,
        description=header.description,
        orientation=_orientation_word(frames[0], header.description) if len(groups) == 1 else "mixed",
        slice_count=sum(len(stack) for stack in stacks),
        phases=phases,
        phase_names=phase_names(stacks[0]) if complete else (),
        looks_like_lge=said and not localizer and not NOT_LGE_WORDS.search(header.description),
        is_localizer=localizer,
        frames=frames,
    )


def _orientation_word(frame: Frame, description: str) -> str:
    normal = normal_of(frame)
    straight = np.cos(np.radians(STRAIGHT_MAXIMUM_DEGREES))
    for word, component in zip(("sagittal", "coronal", "axial"), np.abs(normal), strict=True):
        if component >= straight:
            return word
    if re.search(r"(?<![a-z])(sa|sax|sht|short)(?![a-z])|short", description, re.IGNORECASE):
        return "short axis"
    if re.search(r"[234][\W_]*ch|(?<![a-z])(la|lax|vla|hla)(?![a-z])|long", description, re.IGNORECASE):
        return "long axis"
    axis = LONG_AXIS_LPS / np.linalg.norm(LONG_AXIS_LPS)
    return "short axis" if abs(normal @ axis) >= np.cos(np.radians(SHORT_AXIS_MAXIMUM_DEGREES)) else "oblique"


def _choose(folder: Path, series: tuple[DicomSeries, ...], series_uid: str | None) -> DicomSeries:
    listing = "; ".join(str(one) for one in series)
    if series_uid is not None:
        for one in series:
            if one.uid == series_uid:
                return one
        raise ScarSegError(f"{folder}: there is no series {series_uid}: expected one of {listing}")
    candidates = [one for one in series if one.looks_like_lge] or [one for one in series if not one.is_localizer]
    if len(candidates) == 1:
        return candidates[0]
    found = f"{len(candidates)} series could be meant" if candidates else "only localizers were found"
    raise ScarSegError(f"{folder}: {found}, choose one by its UID (--series): {listing}")


def _read(folder: Path, series: DicomSeries, phase: int | None) -> Volume:
    stack = check_stack(folder, series.frames)
    count = len(stack[0].frames)
    if phase is None and count > 1:
        names = phase_names(stack)
        listing = "; ".join(f"{n}: {name}" for n, name in enumerate(names[:LISTED_FILES], start=1))
        raise ScarSegError(
            f"{folder}: the series {series} holds several images of every slice, choose one with --phase N "
            f"({listing}{'; ...' if count > LISTED_FILES else ''})"
        )
    if phase is not None and not 1 <= phase <= count:
        raise ScarSegError(f"{folder}: there is no phase {phase}: the series {series.uid} has the phases 1 to {count}")
    frames = tuple(place.frames[(phase or 1) - 1] for place in stack)
    check_size(folder, (frames[0].columns, frames[0].rows, len(frames)), 4)
    geometry = stack_geometry(folder, frames)
    array = read_pixels(frames)
    check_intensities(folder, array)
    warnings = []
    if not series.looks_like_lge:
        warnings.append(f"the series '{series.description}' does not say that it is LGE")
    if len(frames) == 1:
        warnings.append(f"the series has one slice; its thickness of {frames[0].thickness:g} mm is used as spacing")
    files = tuple(dict.fromkeys(frame.path for frame in frames))
    name = series.description or "DICOM series"
    return Volume(array, geometry, name, _metadata(frames, array), tuple(warnings), source_files=files)


def _metadata(frames: tuple[Frame, ...], array: np.ndarray) -> dict[str, str]:
    header, image_type = frames[0].header, frames[0].image_type
    facts = {
        "image_type": "/".join(image_type),
        "series_description": header.description,
        "study_instance_uid": header.study_uid,
        "series_instance_uid": header.series_uid,
    }
    words = {word.upper() for word in image_type[2:]}
    # Phase-sensitive images keep their sign; magnitudes have none, whatever the header says.
    if words & NOT_MAGNITUDE_WORDS or float(array.min()) < 0:
        facts["is_magnitude"] = "false"
    elif words & MAGNITUDE_WORDS:
        facts["is_magnitude"] = "true"
    return facts
