"""nnU-Net's raw layout: a split dataset written for it, and its predictions read back.

The layout is nnU-Net v2's (Isensee et al., Nat Methods 2021): ``Dataset501_name/`` with ``dataset.json``,
``imagesTr/<case>_0000.nii.gz``, ``labelsTr/<case>.nii.gz`` and ``imagesTs/``. Training and validation cases lie in
``imagesTr``; ``splits_final.json`` says which is which, and belongs into nnU-Net's preprocessed folder of the dataset.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scarseg_training.datasets.case import Case
from scarseg_training.datasets.dataset import Dataset
from scarseg_training.datasets.nnunet_labels import NNUNetLabels, labels_of
from scarseg_training.datasets.splits import Split, check_leaks
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.io.atomic import output_folder
from ScarSegLogic.io.images import read_label_map, write_label_map, write_volume
from ScarSegLogic.volume import LabelMap, Volume

FIRST_NUMBER = 501
"""nnU-Net asks people to number their own datasets from about here on."""
ENDING = ".nii.gz"
SPLITS_NAME = "splits_final.json"


@dataclass(frozen=True)
class NNUNetRaw:
    """A dataset in nnU-Net's raw layout.

    Attributes:
        folder: ``Dataset501_name`` in ``nnUNet_raw``.
        number: 501.
        labels: How masks are written as labels.
    """

    folder: Path
    number: int
    labels: NNUNetLabels

    @property
    def images_to_predict(self) -> Path:
        return self.folder / "imagesTs"

    @property
    def splits(self) -> Path:
        return self.folder / SPLITS_NAME


def export_raw(dataset: Dataset, split: Split, nnunet_raw: Path, *, number: int = FIRST_NUMBER) -> NNUNetRaw:
    """Write a split dataset into the folder that nnU-Net calls ``nnUNet_raw``; complete or not at all.

    Args:
        dataset: Whose cases are read, one after the other.
        split: Training and validation cases get labels; test cases are written as images alone.
        nnunet_raw: The folder of all raw datasets.
        number: Of the dataset, 1 to 999.

    Raises:
        ScarSegError: A case cannot be read or is labelled otherwise than the others, the split leaks a patient, there
            is no training case, or the folder cannot be written.
    """
    if not 1 <= number <= 999:
        raise ScarSegError(f"the number of an nnU-Net dataset is {number}: expected 1 to 999")
    if not split.train:
        raise ScarSegError("the split has no training case for nnU-Net: divide the data another way")
    check_leaks(split, dataset.entries)
    name = re.sub(r"[^A-Za-z0-9]+", "_", dataset.name).strip("_")
    folder = Path(nnunet_raw) / f"Dataset{number:03d}_{name}"
    labels: NNUNetLabels | None = None
    learnt = sorted((*split.train, *split.validation))
    with output_folder(folder) as staging:
        for case in dataset.read_all(dataset.named(learnt)):
            labels = labels or labels_of(case)
            _write_image(case, staging / "imagesTr")
            label_map = LabelMap(labels.encode(case), _geometry(case), case.case)
            write_label_map(staging / "labelsTr" / f"{case.case}{ENDING}", label_map)
        for case in dataset.read_all(dataset.named(split.test)):
            _write_image(case, staging / "imagesTs")
        description = {
            "name": name,
            "licence": dataset.licence,
            "channel_names": {"0": "LGE MR"},
            "labels": labels.names,
            "numTraining": len(learnt),
            "file_ending": ENDING,
        }
        _write_json(description, staging / "dataset.json")
        _write_json([{"train": list(split.train), "val": list(split.validation)}], staging / SPLITS_NAME)
    return NNUNetRaw(folder, number, labels)


def read_predictions(
    folder: Path, cases: Iterable[Case], labels: NNUNetLabels
) -> Iterator[tuple[Case, dict[str, NDArray[np.bool_]]]]:
    """What ``nnUNetv2_predict`` wrote, as masks on each case's own grid.

    Args:
        folder: Its output folder, with ``<case>.nii.gz``.
        cases: The cases predicted, as they were exported.
        labels: Of the export.

    Yields:
        The case with the masks predicted for it, (K, J, I) boolean by structure.

    Raises:
        ScarSegError: A prediction is missing or lies on another grid than its case.
    """
    for case in cases:
        path = Path(folder) / f"{case.case}{ENDING}"
        if not path.is_file():
            raise ScarSegError(f"nnU-Net wrote no prediction of case {case.case}: expected {path}, predict it again")
        predicted = read_label_map(path)
        if not predicted.geometry.is_same_grid(_geometry(case)):
            raise ScarSegError(
                f"the prediction {path} has the shape {predicted.geometry.shape_kji} or place of another image than "
                f"case {case.case} of shape {case.image.shape}: predict the exported images again"
            )
        yield case, labels.decode(predicted.array)


def _write_image(case: Case, folder: Path) -> None:
    write_volume(folder / f"{case.case}_0000{ENDING}", Volume(case.image, _geometry(case), case.case))


def _geometry(case: Case) -> Geometry:
    """The case's grid with its spacing; where it lay in the patient does not matter to a network."""
    return Geometry.from_spacing(case.image.shape, case.spacing_kji_mm)


def _write_json(document: object, path: Path) -> None:
    path.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")
