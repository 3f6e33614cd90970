"""The studies that accuracy is measured on. Nothing here is ever trained on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scarseg_training.datasets.case import Case
from scarseg_training.datasets.dataset import open_dataset

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.io.images import read_label_map, read_volume
from ScarSegLogic.labels import CAVITY, MVO, MYOCARDIUM, SCAR
from ScarSegLogic.volume import LabelMap, Volume

SHARED_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
EMIDEC_PNG = SHARED_DATA / "emidec_png"


@dataclass(frozen=True, eq=False)
class ExpertStudy:
    """A study with an expert's label map in ScarSeg's values."""

    case: str
    image: Volume
    labels: LabelMap


def emidec_p100() -> ExpertStudy:
    """The one EMIDEC study with its true spacing."""
    folder = SHARED_DATA / "emidec_p100"
    return ExpertStudy(
        "Case_P100",
        read_volume(folder / "Images" / "Case_P100.nii.gz"),
        read_label_map(folder / "Contours" / "Case_P100.nii.gz"),
    )


def emidec_test_cases() -> Iterator[ExpertStudy]:
    """The 14 test cases of ``split.json``, at a nominal spacing."""
    dataset = open_dataset(EMIDEC_PNG)
    return (as_expert_study(case) for case in dataset.read_all(dataset.of_split("test")))


def as_expert_study(case: Case) -> ExpertStudy:
    """A training case as a study with a label map in ScarSeg's values."""
    geometry = Geometry.from_spacing(case.image.shape, case.spacing_kji_mm)
    structures = ((MVO, "mvo"), (SCAR, "scar"), (MYOCARDIUM, "myocardium"), (CAVITY, "cavity"))
    labels = np.select([case.masks[name] for _, name in structures], [value for value, _ in structures], 0)
    return ExpertStudy(
        case.case, Volume(case.image, geometry, case.case), LabelMap(labels.astype(np.uint8), geometry, case.case)
    )
