"""LV studies as canvases: everything of a slice in one stack of channels, so that one warp moves all of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from scarseg_training.augmentation.draws import Draws
from scarseg_training.augmentation.neighbours import NeighbourSwap
from scarseg_training.augmentation.normalisation import normalise, standardise
from scarseg_training.augmentation.points import SpatialTransform, random_points
from scarseg_training.augmentation.shading import Shading
from scarseg_training.augmentation.tables import heart_view
from scarseg_training.datasets.case import Case
from scarseg_training.samples import Samples, joined
from ScarSegLogic.preprocessing.intensity import with_neighbours
from ScarSegLogic.preprocessing.slice_box import SliceBox, heart_box, whole_slice_box

CANVAS_FACTOR = 2
"""A canvas shows this many times the crop's side, so that rotated, scaled and shifted crops stay inside."""
INSERTION_SIGMA_PIXELS = 3.0
"""Width of the blob that marks an RV insertion, in crop pixels (ours)."""
IMAGE, CAVITY, MYOCARDIUM, INFARCT, MVO, INSERTIONS = slice(0, 3), 3, 4, 5, 6, 7
"""Channels of a heart canvas."""


@dataclass(frozen=True)
class LVCanvas:
    """How LV slices become samples; the base of the tasks of the shipped LV networks.

    Attributes:
        crop_size: Side of the heart crop in pixels.
        heart_margin: Side of the crop over the extent of the heart.
        localiser_size: Side of the whole slice in pixels.
        localiser_field_of_view_mm: What the whole slice shows.
    """

    needs: ClassVar[tuple[str, ...]] = ("cavity", "myocardium", "scar", "mvo")
    heart_view: ClassVar[tuple[SpatialTransform, ...]] = heart_view()

    crop_size: int = 96
    heart_margin: float = 1.75
    localiser_size: int = 64
    localiser_field_of_view_mm: float = 360.0

    def samples(self, cases: Iterable[Case]) -> Samples:
        """One row a slice. Cases without a left ventricle are left out.

        Returns:
            ``heart`` (N, 3 + 5, 2 * crop, 2 * crop): neighbouring slices, then cavity, whole myocardium, infarct, MVO
            and RV insertions, all in [0, 1]; ``whole`` (N, 3 + 1, localiser, localiser): the same slices whole, and the
            filled left ventricle; ``has_insertions`` (N,) bool: whether somebody marked them.
        """
        return joined([samples for case in cases if (samples := self._of_case(case)) is not None])

    def upright(self, samples: Samples) -> Tensor:
        """The middle of the heart canvases, (N, 8, crop, crop): what a crop shows without augmentation."""
        start = self.crop_size * (CANVAS_FACTOR - 1) // 2
        return samples["heart"][..., start : start + self.crop_size, start : start + self.crop_size]

    def heart_points(self, draws: Draws, device: torch.device) -> Tensor:
        """Where augmented crops look in their canvases, (n, crop, crop, 2)."""
        return random_points(self.heart_view, draws, (self.crop_size, self.crop_size), device=device)

    def _of_case(self, case: Case) -> Samples | None:
        left_ventricle = case.masks["cavity"] | case.masks["myocardium"]
        box = heart_box(left_ventricle, self.heart_margin)
        if box is None:
            return None
        _, *spacing_ji_mm = case.spacing_kji_mm
        whole_box = whole_slice_box(case.image.shape[1:], tuple(spacing_ji_mm), self.localiser_field_of_view_mm)
        whole = with_neighbours(whole_box.crop(case.image, self.localiser_size))
        target = whole_box.crop(left_ventricle.astype(np.float32), self.localiser_size)[:, None]
        count = len(case.image)
        tensors = {
            "heart": torch.from_numpy(self._canvas(case, box.scaled(CANVAS_FACTOR))),
            "whole": torch.from_numpy(np.concatenate([whole, target], axis=1).astype(np.float32)),
            "has_insertions": torch.full((count,), case.insertions_ji is not None),
        }
        tiers = tuple(case.tier_of_slice(index) for index in range(count))
        return Samples(tensors, (case.case,) * count, (case.patient,) * count, tuple(range(count)), tiers)

    def _canvas(self, case: Case, box: SliceBox) -> NDArray[np.float32]:
        size = self.crop_size * CANVAS_FACTOR
        image = with_neighbours(box.crop(case.image, size))
        masks = [box.crop(case.masks[name].astype(np.float32), size)[:, None] for name in self.needs]
        blobs = insertion_blobs(case, box, size)[:, None]
        return np.concatenate([image, *masks, blobs], axis=1).astype(np.float32)


def augmented_image(images: Tensor, draws: Draws) -> Tensor:
    """Shade images (n, 3, J, I), reverse the order of some, and normalise as inference does."""
    standard = standardise(images)
    shaded = Shading.apply(standard, Shading().sample(draws, images.shape[1:]))
    return normalise(NeighbourSwap.apply(shaded, NeighbourSwap().sample(draws, images.shape[1:])))


def insertion_blobs(case: Case, box: SliceBox, size: int) -> NDArray[np.float32]:
    """(K, size, size) in [0, 1]: a Gaussian blob on each RV insertion that somebody marked."""
    blobs = np.zeros((len(case.image), size, size), np.float32)
    points_of_slices: Sequence[NDArray[np.float64]] = () if case.insertions_ji is None else case.insertions_ji
    grid = np.arange(size)
    for index, points in enumerate(points_of_slices):
        for row, column in box.to_crop(points[np.isfinite(points).all(axis=1)], size):
            squared = (grid[:, None] - row) ** 2 + (grid[None] - column) ** 2
            blobs[index] = np.maximum(blobs[index], np.exp(-squared / (2 * INSERTION_SIGMA_PIXELS**2)))
    return blobs
