"""Every layout that training reads, and which of them a folder has (SCIENCE.md section 9)."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from scarseg_training.datasets import split_file, tier_file
from scarseg_training.datasets.dataset import Dataset
from scarseg_training.datasets.layouts.atrium import ATRIASEG2018, LA2018, LASCARQS
from scarseg_training.datasets.layouts.emidec import EMIDEC, EMIDEC_PNG
from scarseg_training.datasets.layouts.layout import Layout
from scarseg_training.datasets.layouts.ventricle import ACDC, MSCMRSEG, MYOPS, MYOSAIQ
from scarseg_training.datasets.reading import FileReader
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.labels import scheme_named

LAYOUTS: dict[str, Layout] = {
    layout.name: layout
    for layout in (EMIDEC, EMIDEC_PNG, ACDC, MYOPS, MSCMRSEG, MYOSAIQ, LASCARQS, ATRIASEG2018, LA2018)
}


def open_folder(folder: Path, *, layout: str | None = None, labels: str | None = None) -> Dataset:
    """A folder of one of the layouts, with its ``split.json`` and ``tiers.csv`` where it has them.

    Args:
        folder: The dataset.
        layout: Its layout by name, where its files do not tell.
        labels: Convention of its label maps, where it is not the layout's.

    Raises:
        ScarSegError: The folder is of no known layout or of several, or its split or tiers do not fit its cases.
    """
    chosen, entries = _recognised(folder) if layout is None else (_named(layout), None)
    if entries is None:
        entries = chosen.find(folder)
    if not entries:
        raise ScarSegError(f"{folder} holds no case of the layout '{chosen.name}': expected {chosen.files}")
    label_scheme = labels or chosen.label_scheme
    if label_scheme is not None:
        scheme_named(label_scheme)
    entries = [dataclasses.replace(entry, cohort=entry.cohort or chosen.name) for entry in entries]
    entries = split_file.with_split(entries, folder / split_file.NAME)
    entries = tier_file.with_tiers(entries, folder / tier_file.NAME)
    return Dataset(
        folder.resolve().name,
        folder,
        tuple(entries),
        FileReader(folder, label_scheme, chosen.nominal_spacing_kji_mm),
        chosen.name,
        label_scheme=label_scheme,
        licence=chosen.licence,
        notice=chosen.notice,
    )


def _recognised(folder: Path) -> tuple[Layout, list]:
    found = [(layout, entries) for layout in LAYOUTS.values() if (entries := layout.find(folder))]
    if not found:
        raise ScarSegError(
            f"{folder} is of no layout known here ({', '.join(LAYOUTS)}): rename its files or write a dataset.json, "
            "see docs/datasets.md"
        )
    if len(found) > 1:
        names = ", ".join(layout.name for layout, _ in found)
        raise ScarSegError(f"{folder} holds cases of several layouts ({names}): name one with --layout")
    return found[0]


def _named(name: str) -> Layout:
    if name not in LAYOUTS:
        raise ScarSegError(f"unknown layout '{name}': expected one of {', '.join(LAYOUTS)}")
    return LAYOUTS[name]
