"""What a dataset holds and what is wrong with it, case by case, before anything is learnt from it."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scarseg_training.datasets.case import Case
from scarseg_training.datasets.dataset import Dataset
from scarseg_training.datasets.entry import CaseEntry
from scarseg_training.datasets.reading import FileReader
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.io.images import read_label_map, read_volume
from ScarSegLogic.io.itk_file import image_suffix

NEEDED_WHOLE = ("cavity", "myocardium", "la_cavity")
"""Structures that every heart has: an empty mask of one is a fault; no scar and no MVO are findings."""

NOTED_SCAR_OUTSIDE = 0.02
"""From this share of scar outside the myocardium on it is noted (ours)."""


@dataclass(frozen=True)
class CheckedCase:
    """What was found in a case.

    Attributes:
        entry: As it goes into ``dataset.json``: with its burden and tier.
        size: Slices x rows x columns; empty where the case could not be read.
        spacing: The same in mm.
        volumes_ml: Volume of each structure marked.
        faults: What makes the case unusable; none: it is used.
        remarks: What a person should know.
        content: Digest of the grey values; equal digests are one image.
    """

    entry: CaseEntry
    size: str = ""
    spacing: str = ""
    volumes_ml: dict[str, float] = dataclasses.field(default_factory=dict)
    faults: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    content: str = ""


@dataclass(frozen=True)
class CheckedDataset:
    """What was found in a dataset.

    Attributes:
        dataset: Its usable cases, with burdens and tiers.
        cases: All of them.
        faults: What makes the dataset as a whole unusable: patients or images in several parts of its split.
    """

    dataset: Dataset
    cases: tuple[CheckedCase, ...]
    faults: tuple[str, ...]

    @property
    def excluded(self) -> tuple[tuple[CaseEntry, str], ...]:
        """Unusable cases with the reason."""
        return tuple((checked.entry, "; ".join(checked.faults)) for checked in self.cases if checked.faults)


def check_dataset(dataset: Dataset, report: Callable[[CheckedCase], None] = lambda _: None) -> CheckedDataset:
    """Read every case and judge it and the whole.

    Args:
        dataset: As `open_dataset` opened it.
        report: Told every case once it is checked.
    """
    cases = []
    for entry in dataset.entries:
        cases.append(_checked(dataset, entry))
        report(cases[-1])
    usable = tuple(checked.entry for checked in cases if not checked.faults)
    faults = (*_patients_in_several_parts(usable), *_images_twice([each for each in cases if not each.faults]))
    if not usable:
        faults = (*faults, f"none of the {len(cases)} cases can be used")
    return CheckedDataset(dataclasses.replace(dataset, entries=usable), tuple(cases), faults)


def _checked(dataset: Dataset, entry: CaseEntry) -> CheckedCase:
    try:
        case = dataset.read(entry)
        remarks = _header_remarks(dataset, entry)
    except ScarSegError as error:
        return CheckedCase(entry, faults=(str(error).removeprefix(f"case {entry.case}: "),))
    measured = dataclasses.replace(
        entry,
        burden_percent=None if case.scar_burden_percent is None else round(case.scar_burden_percent, 3),
        tier=case.tier,
        tier_source=entry.tier_source or (None if case.tier is None else "automatic"),
    )
    return CheckedCase(
        measured,
        size=" x ".join(map(str, case.image.shape)),
        spacing=" x ".join(f"{distance:.4g}" for distance in case.spacing_kji_mm),
        volumes_ml={name: float(mask.sum()) * case.voxel_ml for name, mask in case.masks.items()},
        faults=_faults(case),
        remarks=(*_remarks(case), *remarks),
        content=hashlib.sha256(case.image.tobytes()).hexdigest(),
    )


def _faults(case: Case) -> tuple[str, ...]:
    if not case.masks:
        return ("it has no masks: label it or leave it out",)
    empty = [name for name in NEEDED_WHOLE if name in case.masks and not case.masks[name].any()]
    return tuple(f"its mask '{name}' is empty: draw it or leave the case out" for name in empty)


def _remarks(case: Case) -> tuple[str, ...]:
    remarks = [f"no {name}" for name in ("scar", "la_scar") if name in case.masks and not case.masks[name].any()]
    wall, scar = case.masks.get("myocardium"), case.masks.get("scar")
    if wall is not None and scar is not None and scar.any():
        outside = float((scar & ~wall).sum() / scar.sum())
        if outside >= NOTED_SCAR_OUTSIDE:
            remarks.append(f"{outside:.0%} of the scar lies outside the myocardium")
    if not {"scar", "la_scar"} & set(case.masks):
        remarks.append("scar was not marked")
    return tuple(remarks)


def _header_remarks(dataset: Dataset, entry: CaseEntry) -> tuple[str, ...]:
    """What the headers of a case's files say that people should know: contradictions, and masks that lie elsewhere."""
    if not isinstance(dataset.reader, FileReader):
        return ()
    folder = dataset.reader.folder
    image = folder / entry.files["image"][0]
    if not (image.is_dir() or image_suffix(image)):
        return ("nominal spacing",)
    volume = read_volume(image)
    drawn = [path for role, paths in entry.files.items() if role != "image" for path in paths]
    masks = [read_label_map(folder / path) for path in drawn if (folder / path).is_dir() or image_suffix(folder / path)]
    elsewhere = [mask.name for mask in masks if not mask.geometry.is_same_grid(volume.geometry)]
    return (*volume.warnings, *(f"by its header {name} lies elsewhere: matched voxel by voxel" for name in elsewhere))


def _patients_in_several_parts(entries: Sequence[CaseEntry]) -> list[str]:
    parts: dict[str, set[str]] = {}
    for entry in entries:
        if entry.split is not None:
            parts.setdefault(entry.patient, set()).add(entry.split)
    return [
        f"patient {patient} is in {' and '.join(sorted(found))}: put all cases of a patient into one part"
        for patient, found in parts.items()
        if len(found) > 1
    ]


def _images_twice(cases: Sequence[CheckedCase]) -> list[str]:
    """One image under two patients' names would pass every check of patients and still leak."""
    first: dict[str, CheckedCase] = {}
    faults = []
    for checked in cases:
        earlier = first.setdefault(checked.content, checked)
        if earlier is not checked and earlier.entry.patient != checked.entry.patient:
            faults.append(
                f"the cases {earlier.entry.case} and {checked.entry.case} of different patients hold the same image: "
                "leave one out, or give both the same patient"
            )
    return faults
