"""Left ventricles of other challenges: ACDC, MyoPS 2020, MS-CMRSeg 2019 and MYOSAIQ 2023."""

from __future__ import annotations

import re
from pathlib import Path

from scarseg_training.datasets.entry import CaseEntry
from scarseg_training.datasets.layouts.layout import Layout, matching, relative

MYOSAIQ_PHASES = {"D8": "acute", "M1": "chronic", "M12": "chronic"}
"""Exams 8 days, 1 month and 12 months after the infarction; from a month on it is called chronic (ours)."""


def find_acdc(folder: Path) -> list[CaseEntry]:
    """``patient###_frame##.nii.gz`` and ``..._gt.nii.gz``: two moments of the heart beat of one patient."""
    entries = []
    for match, path in matching(folder, r"((patient\d+)_frame\d+)\.nii(\.gz)?", "patient*_frame*.nii*"):
        labels = path.with_name(path.name.replace(match[1], f"{match[1]}_gt"))
        entries.append(CaseEntry(match[1], match[2], _files(folder, path, labels)))
    return entries


def find_myops(folder: Path) -> list[CaseEntry]:
    """``myops_training_101_DE.nii.gz`` with ``myops_training_101_gd.nii.gz``, also in a folder of its own."""
    truths = {match[1]: path for match, path in matching(folder, r"(myops_.+)_gd\.nii\.gz", "myops_*_gd.nii.gz")}
    return [
        CaseEntry(match[1], match[1], _files(folder, path, truths.get(match[1])))
        for match, path in matching(folder, r"(myops_.+)_DE\.nii\.gz", "myops_*_DE.nii.gz")
    ]


def find_mscmrseg(folder: Path) -> list[CaseEntry]:
    """``patientN_LGE.nii.gz`` with ``patientN_LGE_manual.nii.gz``, also in a folder of its own."""
    truths = {
        match[1]: path for match, path in matching(folder, r"(patient\d+)_LGE_manual\.nii\.gz", "*_LGE_manual.nii.gz")
    }
    return [
        CaseEntry(match[1], match[1], _files(folder, path, truths.get(match[1])))
        for match, path in matching(folder, r"(patient\d+)_LGE\.nii\.gz", "patient*_LGE.nii.gz")
    ]


def find_myosaiq(folder: Path) -> list[CaseEntry]:
    """``images/<name>.nii.gz`` with ``labels/<name>.nii.gz``, the time of the exam (D8, M1, M12) in name or folder."""
    entries = []
    for match, path in matching(folder, r"(.+)\.nii\.gz", "*.nii.gz"):
        if path.parent.name != "images":
            continue
        time = _exam_time(path.relative_to(folder).as_posix())
        labels = path.parent.parent / "labels" / path.name
        # The exams of a patient share a number; without one each name is a patient.
        number = re.search(r"\d+", re.sub(r"(^|[_\-])(D8|M12|M1)(?=[_\-.]|$)", "", match[1]))
        case = match[1] if time is None or time in match[1] else f"{match[1]}_{time}"
        patient = number[0] if time and number else match[1]
        entries.append(CaseEntry(case, patient, _files(folder, path, labels), phase=MYOSAIQ_PHASES.get(time or "")))
    return entries


def _exam_time(path: str) -> str | None:
    found = re.findall(r"(?:^|[_\-/])(D8|M12|M1)(?=[_\-./]|$)", path)
    return found[-1] if found else None


def _files(folder: Path, image: Path, labels: Path | None) -> dict[str, tuple[str, ...]]:
    files = {"image": relative(image, folder)}
    if labels is not None and labels.exists():
        files["labels"] = relative(labels, folder)
    return files


ACDC = Layout(
    "acdc",
    "patient###/patient###_frame##.nii.gz and patient###_frame##_gt.nii.gz",
    find_acdc,
    label_scheme="acdc",
    licence="CC-BY-NC-SA-4.0",
    notice="trained on ACDC, CC BY-NC-SA 4.0: for research only; cite Bernard et al., IEEE TMI 2018",
)

MYOPS = Layout(
    "myops",
    "myops_training_###_DE.nii.gz and myops_training_###_gd.nii.gz",
    find_myops,
    label_scheme="myops",
    notice="trained on MyoPS 2020: for research, under the terms of its challenge; cite Li et al., Med Image Anal 2023",
)

MSCMRSEG = Layout(
    "mscmrseg",
    "patientN_LGE.nii.gz and patientN_LGE_manual.nii.gz",
    find_mscmrseg,
    label_scheme="mscmrseg",
    notice="trained on MS-CMRSeg 2019: for research, under its terms; cite Zhuang, IEEE TPAMI 2019",
)

MYOSAIQ = Layout(
    "myosaiq",
    "images/<name>.nii.gz and labels/<name>.nii.gz in folders or names with D8, M1 or M12",
    find_myosaiq,
    label_scheme="myosaiq",
    notice="trained on MYOSAIQ 2023: for research, under the terms of its challenge",
)
