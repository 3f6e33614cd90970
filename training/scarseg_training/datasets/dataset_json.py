"""``dataset.json``: a dataset in the project's own form, which `scarseg-train check` writes and a person may write.

    {
      "schema_version": 1,
      "kind": "scarseg_dataset",
      "name": "my clinic",
      "cases": [
        {"case": "a1", "patient": "a", "image": "a1/lge.nii.gz", "myocardium": "a1/wall.nii.gz",
         "cavity": "a1/cavity.nii.gz", "scar": "a1/scar.nii.gz", "tier": 2, "cohort": "clinic", "phase": "acute"}
      ]
    }

Of the dataset also: ``labels`` (convention of label maps, a name of ``ScarSegLogic.labels``), ``licence``,
``notice``, ``spacing_kji_mm`` (of pictures), ``folder`` (what paths are relative to; default: the file's own folder),
``layout``, and ``excluded`` (cases left out, each with its ``reason``). Of a case also: ``labels`` (a label map), the
other masks of ``case.STRUCTURES``, ``observers`` (list of files), ``split``, ``tier_source``, ``slice_tiers``,
``burden_percent``. A list of files instead of one stands for the slices of a study. ``myocardium`` is the whole wall
with its scar. ``parts`` instead of ``cases`` joins several datasets, see ``joined``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scarseg_training.datasets.case import PHASES, STRUCTURES
from scarseg_training.datasets.dataset import Dataset, open_dataset
from scarseg_training.datasets.entry import CaseEntry
from scarseg_training.datasets.joined import joined
from scarseg_training.datasets.phantoms import PREFIX as PHANTOMS_PREFIX
from scarseg_training.datasets.reading import FileReader
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.io.atomic import output_folder
from ScarSegLogic.labels import scheme_named

NAME = "dataset.json"
SCHEMA_VERSION = 1
KIND = "scarseg_dataset"
LAYOUT = "dataset_json"
_FILES = ("image", "labels", *STRUCTURES, "observers")
_FACTS = ("tier", "tier_source", "slice_tiers", "cohort", "phase", "split", "burden_percent")
_OF_DATASET = ("schema_version", "kind", "name", "cases", "labels", "licence", "notice", "spacing_kji_mm", "folder",
               "layout", "excluded", "parts")  # fmt: skip
_CHOICES: Mapping[str, tuple[Any, ...]] = {
    "tier": (0, 1, 2),
    "tier_source": ("expert", "automatic"),
    "phase": PHASES,
    "split": ("train", "validation", "test"),
}


def is_dataset_json(path: Path) -> bool:
    """Whether there is such a file and it is ours: nnU-Net's raw folders hold one of the same name."""
    if not path.is_file():
        return False
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        # A damaged one is ours to complain about.
        return True
    return not (isinstance(document, dict) and {"channel_names", "numTraining"} <= set(document))


def read_dataset(path: Path, *, with_excluded: bool = False) -> Dataset:
    """Open the dataset of a ``dataset.json``, also with the cases that a check left out where that is wanted.

    Raises:
        ScarSegError: It is not JSON, of another version, or an entry is missing, unknown or of a wrong value; the
            sentence names the case.
    """
    document = _document(path)
    if "parts" in document:
        return _joined(document, path)
    for name in ("cases", "excluded"):
        if not isinstance(document.get(name, []), list) or not all(
            isinstance(each, dict) for each in document.get(name, [])
        ):
            raise ScarSegError(f"{path}: '{name}' is no list of cases: expected one JSON object a case")
    if not document.get("cases"):
        raise ScarSegError(f"{path} lists no cases: expected a list under 'cases'")
    cases = list(document["cases"])
    if with_excluded:
        cases += [{key: each[key] for key in each if key != "reason"} for each in document.get("excluded", [])]
    folder = path.parent / document.get("folder", ".")
    label_scheme = document.get("labels")
    if label_scheme is not None:
        scheme_named(label_scheme)
    spacing = document.get("spacing_kji_mm")
    return Dataset(
        document.get("name", path.resolve().parent.name),
        folder,
        tuple(_entry(each, path) for each in cases),
        FileReader(folder, label_scheme, None if spacing is None else _spacing(spacing, path)),
        document.get("layout", LAYOUT),
        label_scheme=label_scheme,
        licence=document.get("licence", "unknown"),
        notice=document.get("notice", ""),
    )


def _joined(document: Mapping[str, Any], path: Path) -> Dataset:
    parts = document["parts"]
    if "cases" in document or not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise ScarSegError(f"{path}: 'parts' is a list of folders, dataset.json files or phantoms, without 'cases'")
    places = [part if part.startswith(PHANTOMS_PREFIX) else path.parent / part for part in parts]
    return joined(document.get("name", path.resolve().parent.name), [open_dataset(place) for place in places])


def write_dataset(dataset: Dataset, path: Path, *, excluded: Sequence[tuple[CaseEntry, str]] = ()) -> None:
    """Write a dataset so that `read_dataset` opens the same; an existing file is replaced by a complete one.

    Args:
        dataset: Of one folder; phantoms and joined datasets need no list.
        path: Where to.
        excluded: Cases left out, with the reason.

    Raises:
        ScarSegError: The dataset is not one folder of files, or the file cannot be written.
    """
    if dataset.folder is None or not isinstance(dataset.reader, FileReader):
        raise ScarSegError(f"{dataset.name} is not one folder of files: phantoms and joined datasets go by their names")
    same_folder = dataset.folder.resolve() == path.resolve().parent
    spacing = dataset.reader.nominal_spacing_kji_mm
    document = {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "name": dataset.name,
        "layout": dataset.layout,
        "folder": "." if same_folder else dataset.folder.resolve().as_posix(),
        "labels": dataset.label_scheme,
        "spacing_kji_mm": None if spacing is None else list(spacing),
        "licence": dataset.licence,
        "notice": dataset.notice,
        "cases": [_to_json(entry) for entry in dataset.entries],
        "excluded": [_to_json(entry) | {"reason": reason} for entry, reason in excluded],
    }
    with output_folder(path.parent) as staging:
        text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
        (staging / path.name).write_text(text + "\n", encoding="utf-8")


def _to_json(entry: CaseEntry) -> dict[str, Any]:
    document: dict[str, Any] = {"case": entry.case, "patient": entry.patient}
    for role, paths in entry.files.items():
        document[role] = list(paths) if role == "observers" or len(paths) > 1 else paths[0]
    for fact in _FACTS:
        if (value := getattr(entry, fact)) is not None:
            document[fact] = list(value) if isinstance(value, tuple) else value
    return document


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ScarSegError(f"{path} cannot be read as JSON ({error}): write it again") from error
    if not isinstance(document, dict) or document.get("kind", KIND) != KIND:
        raise ScarSegError(f"{path} is no dataset of ScarSeg: expected the kind '{KIND}'")
    if document.get("schema_version") != SCHEMA_VERSION:
        raise ScarSegError(
            f"{path} has the schema_version {document.get('schema_version')!r}, this ScarSeg reads {SCHEMA_VERSION}: "
            "write it again with `scarseg-train check`"
        )
    if unknown := sorted(set(document) - set(_OF_DATASET)):
        raise ScarSegError(f"{path} holds the unknown entries {unknown}: expected {', '.join(_OF_DATASET)}")
    return document


def _entry(document: Mapping[str, Any], path: Path) -> CaseEntry:
    if not isinstance(document.get("case"), str) or not document["case"]:
        raise ScarSegError(f"{path} lists a case without a name: expected a text under 'case'")
    place = f"{path}, case {document['case']}"
    known = {"case", "patient", *_FILES, *_FACTS}
    if unknown := sorted(set(document) - known):
        raise ScarSegError(f"{place} has the unknown entries {unknown}: expected {', '.join(sorted(known))}")
    if not isinstance(document.get("patient"), str) or "image" not in document:
        raise ScarSegError(f"{place} lacks its patient or its image: both are needed")
    for fact, choices in _CHOICES.items():
        if document.get(fact) is not None and document[fact] not in choices:
            expected = ", ".join(map(str, choices))
            raise ScarSegError(f"{place} has the {fact} {document[fact]!r}: expected one of {expected}")
    facts = {fact: document[fact] for fact in _FACTS if document.get(fact) is not None}
    if "slice_tiers" in facts:
        facts["slice_tiers"] = _slice_tiers(facts["slice_tiers"], place)
    files = {role: _paths(document[role], f"{place}, {role}") for role in _FILES if document.get(role) is not None}
    return CaseEntry(document["case"], document["patient"], files, **facts)


def _paths(value: Any, place: str) -> tuple[str, ...]:
    paths = [value] if isinstance(value, str) else value
    if not isinstance(paths, list) or not paths or not all(isinstance(path, str) and path for path in paths):
        raise ScarSegError(f"{place} is {value!r}: expected a path, or a list of paths")
    return tuple(paths)


def _slice_tiers(value: Any, place: str) -> tuple[int | None, ...]:
    if not isinstance(value, list) or not all(tier in (0, 1, 2, None) for tier in value):
        raise ScarSegError(f"{place} has the slice_tiers {value!r}: expected a list of 0, 1, 2 or null")
    return tuple(value)


def _spacing(value: Any, path: Path) -> tuple[float, float, float]:
    if (
        not isinstance(value, list)
        or len(value) != 3
        or not all(isinstance(mm, (int, float)) and mm > 0 for mm in value)
    ):
        raise ScarSegError(f"{path} has the spacing_kji_mm {value!r}: expected three distances in mm, slices first")
    return tuple(map(float, value))
