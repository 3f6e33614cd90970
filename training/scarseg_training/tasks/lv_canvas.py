"""Studies as canvases: everything of a slice in one stack of channels, so that one warp moves all of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from scarseg_training.studies import LVStudy
from ScarSegLogic.labels import CAVITY, MVO, MYOCARDIUM, SCAR
from ScarSegLogic.preprocessing.intensity import with_neighbours
from ScarSegLogic.preprocessing.slice_box import SliceBox, heart_box, whole_slice_box

CANVAS_FACTOR = 2
"""A canvas shows this many times the crop's side, so that rotated, scaled and shifted crops stay inside."""
INSERTION_SIGMA_PIXELS = 3.0
"""Width of the blob that marks an RV insertion, in crop pixels (ours)."""


@dataclass(frozen=True)
class Framing:
    """How slices become network inputs; the same numbers go into the manifest as ``preprocessing``."""

    crop_size: int = 96
    heart_margin: float = 1.75
    localiser_size: int = 64
    localiser_field_of_view_mm: float = 360.0


@dataclass(frozen=True, eq=False)
class SliceSamples:
    """Canvases of many slices.

    Attributes:
        heart: (N, 3 + 5, 2 * crop, 2 * crop): three neighbouring slices, then cavity, whole myocardium, infarct, MVO
            and RV insertions, all in [0, 1].
        whole: (N, 3 + 1, localiser, localiser): the same slices whole, and the filled left ventricle.
        has_insertions: (N,) whether somebody marked the RV insertions of the study.
        cases: Case of each slice.
    """

    heart: Tensor
    whole: Tensor
    has_insertions: Tensor
    cases: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.cases)

    def of_cases(self, cases: Iterable[str]) -> SliceSamples:
        """The slices of some cases."""
        wanted = set(cases)
        return self.rows([row for row, case in enumerate(self.cases) if case in wanted])

    def rows(self, rows: Sequence[int]) -> SliceSamples:
        """The slices of some rows, in their order."""
        return SliceSamples(
            self.heart[rows], self.whole[rows], self.has_insertions[rows], tuple(self.cases[row] for row in rows)
        )


def slice_samples(studies: Iterable[LVStudy], framing: Framing) -> SliceSamples:
    """Turn studies into canvases. Studies without a left ventricle are left out."""
    hearts, wholes, marked, cases = [], [], [], []
    for study in studies:
        left_ventricle = study.labels > 0
        box = heart_box(left_ventricle, framing.heart_margin)
        if box is None:
            continue
        hearts.append(_heart_canvas(study, box, framing))
        whole_box = whole_slice_box(study.image.shape[1:], study.spacing_ji_mm, framing.localiser_field_of_view_mm)
        image = with_neighbours(whole_box.crop(study.image, framing.localiser_size))
        target = whole_box.crop(left_ventricle.astype(np.float32), framing.localiser_size)[:, None]
        wholes.append(torch.from_numpy(np.concatenate([image, target], axis=1).astype(np.float32)))
        marked += [study.insertions_ji is not None] * len(study.image)
        cases += [study.case] * len(study.image)
    return SliceSamples(torch.cat(hearts), torch.cat(wholes), torch.tensor(marked), tuple(cases))


def _heart_canvas(study: LVStudy, box: SliceBox, framing: Framing) -> Tensor:
    canvas_box = box.scaled(CANVAS_FACTOR)
    size = framing.crop_size * CANVAS_FACTOR
    labels = study.labels
    masks = (labels == CAVITY, np.isin(labels, (MYOCARDIUM, SCAR, MVO)), np.isin(labels, (SCAR, MVO)), labels == MVO)
    planes = [canvas_box.crop(mask.astype(np.float32), size)[:, None] for mask in masks]
    image = with_neighbours(canvas_box.crop(study.image, size))
    insertions = _insertion_blobs(study, canvas_box, size)[:, None]
    return torch.from_numpy(np.concatenate([image, *planes, insertions], axis=1).astype(np.float32))


def _insertion_blobs(study: LVStudy, box: SliceBox, size: int) -> NDArray[np.float32]:
    blobs = np.zeros((len(study.image), size, size), np.float32)
    if study.insertions_ji is None:
        return blobs
    grid = np.arange(size)
    for index, points in enumerate(study.insertions_ji):
        for row, column in box.to_crop(points[np.isfinite(points).all(axis=1)], size):
            squared = (grid[:, None] - row) ** 2 + (grid[None] - column) ** 2
            blobs[index] = np.maximum(blobs[index], np.exp(-squared / (2 * INSERTION_SIGMA_PIXELS**2)))
    return blobs
