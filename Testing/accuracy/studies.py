"""The studies that accuracy is measured on. Nothing here is ever trained on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scarseg_training.studies import NOMINAL_PNG_SPACING_MM, emidec_split, read_emidec_case

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.io.images import read_label_map, read_volume
from ScarSegLogic.volume import LabelMap, Volume

SHARED_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
EMIDEC_PNG = SHARED_DATA / "emidec_png"
NOMINAL_SLICE_SPACING_MM = 10.0
"""EMIDEC's usual slice distance; the PNG slices carry none."""


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
    for case in emidec_split(EMIDEC_PNG)["test"]:
        study = read_emidec_case(EMIDEC_PNG, case)
        yield as_expert_study(study.case, study.image, study.labels)


def as_expert_study(case: str, image: np.ndarray, labels: np.ndarray) -> ExpertStudy:
    """PNG slices as a study at the nominal spacing."""
    spacing = (NOMINAL_SLICE_SPACING_MM, NOMINAL_PNG_SPACING_MM, NOMINAL_PNG_SPACING_MM)
    geometry = Geometry.from_spacing(image.shape, spacing)
    return ExpertStudy(case, Volume(image, geometry, case), LabelMap(labels, geometry, case))
