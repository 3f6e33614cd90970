"""Labelled LV studies for training: EMIDEC as PNG slices, and phantoms made on the fly."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.phantom import LVPhantomConfig, make_lv_phantom

NOMINAL_PNG_SPACING_MM = 1.40625
"""EMIDEC's usual pixel; the PNG slices carry none and were stretched in plane (ours)."""


@dataclass(frozen=True, eq=False)
class LVStudy:
    """One study, slices first.

    Attributes:
        case: Its name.
        image: (K, J, I) float32.
        labels: (K, J, I) uint8 in ScarSeg's values.
        spacing_ji_mm: In-plane pixel distances.
        insertions_ji: (K, 2, 2) row and column of the anterior and inferior RV insertion, NaN where there is none;
            None where nobody marked them.
    """

    case: str
    image: NDArray[np.float32]
    labels: NDArray[np.uint8]
    spacing_ji_mm: tuple[float, float]
    insertions_ji: NDArray[np.float64] | None = None


def emidec_split(folder: Path) -> dict[str, list[str]]:
    """The cases of ``split.json``: ``train`` and ``test``."""
    try:
        return json.loads((folder / "split.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ScarSegError(f"{folder} holds no split.json: give the folder of the EMIDEC PNG slices") from None


def read_emidec_case(folder: Path, case: str) -> LVStudy:
    """Read ``<case>_slice<NNN>_{image,label}.png``; EMIDEC's labels are ScarSeg's.

    Raises:
        ScarSegError: A slice has no label of its size, or the case has no slices.
    """
    import SimpleITK as sitk

    images, labels = [], []
    for path in sorted(folder.glob(f"{case}_slice*_image.png")):
        label_path = path.with_name(path.name.replace("_image", "_label"))
        if not label_path.is_file():
            raise ScarSegError(f"{path.name} has no label {label_path.name}")
        images.append(sitk.GetArrayFromImage(sitk.ReadImage(path)).astype(np.float32))
        labels.append(sitk.GetArrayFromImage(sitk.ReadImage(label_path)).astype(np.uint8))
        if images[-1].shape != labels[-1].shape:
            raise ScarSegError(f"{path.name} is {images[-1].shape}, its label {labels[-1].shape}")
    if not images:
        raise ScarSegError(f"{folder} has no slices of {case}")
    return LVStudy(case, np.stack(images), np.stack(labels), (NOMINAL_PNG_SPACING_MM, NOMINAL_PNG_SPACING_MM))


def read_emidec_cases(folder: Path, cases: Sequence[str]) -> Iterator[LVStudy]:
    """Read several cases, one after the other."""
    return (read_emidec_case(folder, case) for case in cases)


def phantom_studies(count: int, first_seed: int) -> Iterator[LVStudy]:
    """Make ``count`` phantoms of all patterns, tiers and contrasts, seeds counting up from ``first_seed``."""
    for seed in range(first_seed, first_seed + count):
        phantom = make_lv_phantom(LVPhantomConfig(seed=seed, observer_count=0, with_truth=False))
        _, row_mm, column_mm = phantom.image.geometry.spacing_kji_mm
        yield LVStudy(
            f"phantom_{seed}",
            phantom.image.array,
            phantom.labels.array.astype(np.uint8),
            (row_mm, column_mm),
            np.asarray(phantom.insertions_kji, dtype=np.float64),
        )
