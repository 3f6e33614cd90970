"""EMIDEC as its challenge gives it, and as slices in PNG (Lalande et al., Data 2020, 5(4):89)."""

from __future__ import annotations

import re
from pathlib import Path

from scarseg_training.datasets.entry import CaseEntry
from scarseg_training.datasets.layouts.layout import Layout, matching, relative

LICENCE = "CC-BY-NC-SA-4.0"
NOTICE = "trained on EMIDEC, CC BY-NC-SA 4.0: for research, not for commercial use; attribute Lalande et al., Data 2020"

NOMINAL_SPACING_KJI_MM = (10.0, 1.40625, 1.40625)
"""EMIDEC's usual slice distance and pixel; the PNG slices carry none and were stretched in plane (ours)."""


def find_emidec(folder: Path) -> list[CaseEntry]:
    """``Case_X###/{Images,Contours}/Case_X###.nii.gz``; each may also be ``.nii`` or a folder ``.nii`` with one file.

    The text files beside them are not UTF-8 and are not read.
    """
    entries = []
    for match, path in matching(folder, r"(Case_([NP])\d+)\.nii(\.gz)?", "Case_*.nii*"):
        if path.parent.name != "Images":
            continue
        files = {"image": relative(path, folder)}
        # Image and contours may differ in whether they are .nii, .nii.gz or a folder.
        contours = (path.parent.parent / "Contours" / f"{match[1]}{suffix}" for suffix in (".nii.gz", ".nii"))
        if found := next((each for each in contours if each.exists()), None):
            files["labels"] = relative(found, folder)
        entries.append(CaseEntry(match[1], match[1], files, phase=_phase(match[2])))
    return entries


def find_png(folder: Path) -> list[CaseEntry]:
    """``<case>_slice<NNN>_image.png`` and ``<case>_slice<NNN>_label.png`` side by side in one folder."""
    images: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*_slice*_image.png")):
        if match := re.fullmatch(r"(.+)_slice\d+_image\.png", path.name):
            images.setdefault(match[1], []).append(path.name)
    return [
        CaseEntry(
            case,
            case,
            {"image": tuple(names), "labels": tuple(name.replace("_image.png", "_label.png") for name in names)},
            phase=_phase(case.removeprefix("Case_")[:1]),
        )
        for case, names in images.items()
    ]


def _phase(kind: str) -> str | None:
    """Patients (P) came to the emergency department with an infarction; the normal hearts (N) have no phase."""
    return "acute" if kind == "P" else None


EMIDEC = Layout(
    "emidec",
    "Case_X###/Images/Case_X###.nii.gz and Case_X###/Contours/Case_X###.nii.gz",
    find_emidec,
    label_scheme="emidec",
    licence=LICENCE,
    notice=NOTICE,
)

EMIDEC_PNG = Layout(
    "emidec_png",
    "<case>_slice<NNN>_image.png and <case>_slice<NNN>_label.png in one folder",
    find_png,
    label_scheme="emidec",
    nominal_spacing_kji_mm=NOMINAL_SPACING_KJI_MM,
    licence=LICENCE,
    notice=NOTICE,
)
