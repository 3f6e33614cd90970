"""Square slices with their scar as samples of the detector and of Segment Anything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage

from scarseg_training.datasets.case import Case
from scarseg_training.samples import Samples, joined
from ScarSegLogic.preprocessing.slice_box import SliceBox
from ScarSegLogic.preprocessing.slice_frame import SliceFrame

CORNERS_TOUCH = np.ones((3, 3), bool)
"""Pixels that touch at a corner are one island, as in ``scar_boxes``."""


@dataclass(frozen=True, eq=False)
class FramedScar:
    """A case as the networks see it.

    Attributes:
        slices: (K, S, S) float32 in [0, 1].
        scar: (K, S, S) bool.
        box: Where the squares lie on the case's grid.
    """

    slices: NDArray[np.float32]
    scar: NDArray[np.bool_]
    box: SliceBox


def framed_scar(case: Case, frame: SliceFrame) -> FramedScar | None:
    """Frame a case; None where it is framed by the heart and shows none."""
    box = frame.box(case.image.shape[1:], case.spacing_kji_mm[1:], case.masks.get("myocardium"))
    if box is None:
        return None
    scar = box.crop(case.masks["scar"].astype(np.float32), frame.size) > 0.5
    return FramedScar(frame.crop(case.image, box), scar, box)


def slice_samples(cases: Iterable[Case], frame: SliceFrame) -> Samples:
    """One row a slice, scar-free ones included: ``image`` float32 and ``scar`` bool, (N, 1, S, S) each."""
    return joined([part for case in cases if (part := _slices_of(case, frame)) is not None])


def island_samples(cases: Iterable[Case], frame: SliceFrame, smallest_pixels: int) -> Samples:
    """One row an island of scar: its slice as ``image`` float32, the island alone as ``scar`` bool."""
    parts = []
    for case in cases:
        rows = _slices_of(case, frame)
        for row in range(len(rows) if rows is not None else 0):
            islands, count = ndimage.label(rows["scar"][row, 0].numpy(), CORNERS_TOUCH)
            masks = [islands == island for island in range(1, count + 1)]
            masks = [mask for mask in masks if mask.sum() >= smallest_pixels]
            if masks:
                repeated = rows.rows([row] * len(masks))
                scar = torch.from_numpy(np.stack(masks))[:, None]
                tensors = {"image": repeated["image"], "scar": scar}
                parts.append(Samples(tensors, repeated.cases, repeated.patients, repeated.slices, repeated.tiers))
    return joined(parts)


def _slices_of(case: Case, frame: SliceFrame) -> Samples | None:
    framed = framed_scar(case, frame)
    if framed is None:
        return None
    tensors = {"image": torch.from_numpy(framed.slices)[:, None], "scar": torch.from_numpy(framed.scar)[:, None]}
    count = len(framed.slices)
    return Samples(
        tensors,
        (case.case,) * count,
        (case.patient,) * count,
        tuple(range(count)),
        tuple(case.tier_of_slice(index) for index in range(count)),
    )
