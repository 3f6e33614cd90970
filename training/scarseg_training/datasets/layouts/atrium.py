"""Left atria: LAScarQS and CARE, the Atrial Segmentation Challenge 2018, and its 40 volumes in NIfTI."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from scarseg_training.datasets.entry import CaseEntry
from scarseg_training.datasets.layouts.layout import Layout, matching, relative

ATRIA_SEG_NOTICE = (
    "trained on the 2018 Atrial Segmentation Challenge: for research only; cite Xiong et al., Med Image Anal 2021"
)
RESEARCH_ONLY = "LicenseRef-research-only-NC"
"""Of the Atrial Segmentation Challenge: no licence was published with it, so weights are for research alone (ours)."""
LASCARQS_NOTICE = "trained on LAScarQS: for research, under the terms of its challenge; cite Li et al., 2022"


def find_lascarqs(folder: Path) -> list[CaseEntry]:
    """``train_N/{enhanced,atriumSegImgMO,scarSegImgM}.nii.gz``; cavity and scar overlap; task 2 has no scar."""
    return _studies(folder, "enhanced.nii.gz", {"la_cavity": "atriumSegImgMO.nii.gz", "la_scar": "scarSegImgM.nii.gz"})


def find_atriaseg2018(folder: Path) -> list[CaseEntry]:
    """``<id>/{lgemri,laendo}.nrrd``."""
    return _studies(folder, "lgemri.nrrd", {"la_cavity": "laendo.nrrd"})


def find_la2018(folder: Path) -> list[CaseEntry]:
    """``<id>_image.nii.gz`` and ``<id>_cavity.nii.gz`` side by side in one folder."""
    entries = []
    for path in sorted(folder.glob("*_image.nii.gz")):
        case = path.name.removesuffix("_image.nii.gz")
        files = {"image": relative(path, folder)}
        cavity = path.with_name(f"{case}_cavity.nii.gz")
        if cavity.exists():
            files["la_cavity"] = relative(cavity, folder)
            entries.append(CaseEntry(case, case, files))
    return entries


def _studies(folder: Path, image: str, masks: dict[str, str]) -> list[CaseEntry]:
    """Studies in folders of their own with fixed file names; the folder's name is the case's.

    Where folders of several centres or tasks have the same names, those above are part of the case's name.
    """
    images = [path for _, path in matching(folder, image.replace(".", r"\."), image)]
    names = Counter(path.resolve().parent.name for path in images)
    entries = []
    for path in images:
        files = {"image": relative(path, folder)}
        for structure, name in masks.items():
            if path.with_name(name).exists():
                files[structure] = relative(path.with_name(name), folder)
        case = path.resolve().parent.name
        if names[case] > 1:
            case = "_".join(path.parent.relative_to(folder).parts)
        entries.append(CaseEntry(case, case, files))
    return entries


LASCARQS = Layout(
    "lascarqs",
    "train_N/enhanced.nii.gz, atriumSegImgMO.nii.gz and scarSegImgM.nii.gz",
    find_lascarqs,
    notice=LASCARQS_NOTICE,
)

ATRIASEG2018 = Layout(
    "atriaseg2018",
    "<id>/lgemri.nrrd and laendo.nrrd",
    find_atriaseg2018,
    licence=RESEARCH_ONLY,
    notice=ATRIA_SEG_NOTICE,
)

LA2018 = Layout(
    "la2018",
    "<id>_image.nii.gz and <id>_cavity.nii.gz in one folder",
    find_la2018,
    licence=RESEARCH_ONLY,
    notice=ATRIA_SEG_NOTICE,
)
