"""Simulated readers: what people would have drawn on a phantom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ScarSegLogic.labels import BACKGROUND, CAVITY, MVO, MYOCARDIUM, SCAR

CONTOUR_SHIFT_PX = (0.35, 0.9)
"""SD of a reader's contour shifts in pixels (ours; on EMIDEC readers agree on myocardium to Dice .83)."""

SCAR_BIAS_PX = 0.45
"""SD of how generously a reader outlines scar, in pixels (ours; on EMIDEC readers agree on infarct to Dice .69)."""

ISLAND_HALF_MM2 = 25.0
"""A scar component of this area in a slice is overlooked every second time by a careless reader (ours)."""

NO_SCAR_SD = 3.0
"""FWHM draws nothing where the peak lies below remote mean + 3 SD (SCIENCE.md section 6)."""


@dataclass(frozen=True)
class Reader:
    """Habits of one reader.

    Attributes:
        contour_shift_px: SD of smooth in-plane displacements of every border.
        scar_bias_px: Scar borders are moved outward by this much.
        semi_automatic: Scar by FWHM from the remote baseline instead of by hand.
        carelessness: 0 to 1; how readily small islands are missed.
    """

    contour_shift_px: float
    scar_bias_px: float
    semi_automatic: bool
    carelessness: float


def sample_readers(count: int, generator: np.random.Generator) -> tuple[Reader, ...]:
    """Draw readers; every second one works semi-automatically."""
    return tuple(
        Reader(
            contour_shift_px=float(generator.uniform(*CONTOUR_SHIFT_PX)),
            scar_bias_px=float(generator.normal(0.0, SCAR_BIAS_PX)),
            semi_automatic=index % 2 == 1,
            carelessness=float(generator.uniform(0.2, 1.0)),
        )
        for index in range(count)
    )


def simulate_observers(
    truth: NDArray[np.uint8],
    image: NDArray[np.float32],
    pixel_area_mm2: float,
    generator: np.random.Generator,
    count: int,
) -> tuple[NDArray[np.uint8], ...]:
    """Label maps of several readers, each (K, J, I) uint8 with the truth's values.

    Args:
        truth: (K, J, I) labels.
        image: (K, J, I) grey values, which semi-automatic readers threshold.
        pixel_area_mm2: Area of a pixel, for the size of islands.
        generator: Randomness of all readers.
        count: Number of readers; 0 gives none.
    """
    occupied = ndimage.find_objects((truth > 0).astype(np.uint8))
    if not occupied:
        return tuple(truth.copy() for _ in range(count))
    margin = 6
    box = (
        slice(None),
        *(slice(max(part.start - margin, 0), part.stop + margin) for part in occupied[0][1:]),
    )
    found = []
    for reader in sample_readers(count, generator):
        labels = np.zeros_like(truth)
        labels[box] = _read(truth[box], image[box], pixel_area_mm2, reader, generator)
        found.append(labels)
    return tuple(found)


def observer_dice(observers: tuple[NDArray[np.uint8], ...]) -> float | None:
    """Mean pairwise Dice of the infarcts (scar with MVO); None with fewer than two readers or where none drew any."""
    return mean_pairwise_dice([labels >= SCAR for labels in observers])


def mean_pairwise_dice(drawn: Sequence[NDArray[np.bool_]]) -> float | None:
    """Mean Dice of every two masks; None with fewer than two masks or where all are empty."""
    if len(drawn) < 2 or not any(mask.any() for mask in drawn):
        return None
    values = []
    for first, second in combinations(drawn, 2):
        total = int(first.sum()) + int(second.sum())
        # Two readers who both saw nothing agree.
        values.append(2.0 * int((first & second).sum()) / total if total else 1.0)
    return float(np.mean(values))


def _read(
    truth: NDArray[np.uint8],
    image: NDArray[np.float32],
    pixel_area_mm2: float,
    reader: Reader,
    generator: np.random.Generator,
) -> NDArray[np.uint8]:
    shifted = displace(truth, reader.contour_shift_px, generator)
    wall = shifted >= MYOCARDIUM
    infarct = shifted >= SCAR
    if infarct.any():
        by_hand = not (reader.semi_automatic and _fwhm_finds(image, wall, infarct))
        infarct = outline(infarct, wall, reader.scar_bias_px, generator) if by_hand else _fwhm(image, wall, infarct)
        infarct = miss_islands(infarct, pixel_area_mm2, reader.carelessness, generator)
    labels = np.full(truth.shape, BACKGROUND, np.uint8)
    labels[shifted == CAVITY] = CAVITY
    labels[wall] = MYOCARDIUM
    labels[infarct] = SCAR
    labels[infarct & (shifted == MVO)] = MVO
    return labels


def displace(labels: NDArray[np.uint8], sd_px: float, generator: np.random.Generator) -> NDArray[np.uint8]:
    """Nearest labels at smoothly displaced places, each slice by its own field."""
    count, height, width = labels.shape
    coarse = generator.normal(0.0, sd_px, (2, count, 6, 6))
    zoom = (1.0, 1.0, height / 6.0, width / 6.0)
    field = ndimage.zoom(coarse, zoom, order=1, mode="nearest", grid_mode=True)
    k, j, i = np.ogrid[:count, :height, :width]
    rows = np.clip(np.rint(j + field[0]).astype(np.intp), 0, height - 1)
    columns = np.clip(np.rint(i + field[1]).astype(np.intp), 0, width - 1)
    return labels[k, rows, columns]


def outline(
    infarct: NDArray[np.bool_], wall: NDArray[np.bool_], bias_px: float, generator: np.random.Generator
) -> NDArray[np.bool_]:
    """The infarct with its border moved outward by a bias and a smooth wobble of 0.5 pixels, within the wall."""
    sampling = (1e3, 1.0, 1.0)
    inside = ndimage.distance_transform_edt(infarct, sampling)
    outside = ndimage.distance_transform_edt(~infarct, sampling)
    signed = np.where(infarct, 0.5 - inside, outside - 0.5)
    wobble = ndimage.gaussian_filter(generator.standard_normal(infarct.shape), (0.0, 4.0, 4.0), truncate=2.0)
    wobble *= 0.5 / max(float(wobble.std()), 1e-9)
    return (signed < bias_px + wobble) & wall


def _levels(
    image: NDArray[np.float32], wall: NDArray[np.bool_], infarct: NDArray[np.bool_]
) -> tuple[float, float, float]:
    """Remote mean and SD and the peak of the infarct (99th percentile of the wall)."""
    normal = image[wall & ~infarct]
    if normal.size < 2:
        return float(image[wall].min()), 0.0, float(np.percentile(image[wall], 99))
    return float(normal.mean()), float(normal.std(ddof=1)), float(np.percentile(image[wall], 99))


def _fwhm_finds(image: NDArray[np.float32], wall: NDArray[np.bool_], infarct: NDArray[np.bool_]) -> bool:
    mean, sd, peak = _levels(image, wall, infarct)
    return peak >= mean + NO_SCAR_SD * sd


def _fwhm(image: NDArray[np.float32], wall: NDArray[np.bool_], infarct: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Half way from remote to peak, in the neighbourhood of what the reader takes for scar."""
    mean, _, peak = _levels(image, wall, infarct)
    smooth = ndimage.gaussian_filter(image, (0.0, 0.6, 0.6), truncate=2.0)
    square = np.ones((1, 3, 3), bool)
    near = ndimage.binary_dilation(infarct, square, iterations=3)
    found = (smooth >= 0.5 * (mean + peak)) & wall & near
    # A reader closes the dark core that the threshold leaves out.
    return ndimage.binary_closing(found, square, iterations=2) & wall | found


def miss_islands(
    infarct: NDArray[np.bool_], pixel_area_mm2: float, carelessness: float, generator: np.random.Generator
) -> NDArray[np.bool_]:
    """Drop whole 2D components, the smaller the likelier (see ``ISLAND_HALF_MM2``)."""
    in_plane = np.zeros((3, 3, 3), bool)
    in_plane[1] = True
    components, count = ndimage.label(infarct, in_plane)
    if not count:
        return infarct
    areas = np.bincount(components.ravel())[1:] * pixel_area_mm2
    missed = generator.random(count) < carelessness * 2.0 ** (-areas / ISLAND_HALF_MM2)
    return infarct & ~np.concatenate([[True], missed])[components]
