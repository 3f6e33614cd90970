"""Wrong scar labels on purpose: what a network learns from labels of which a known share is corrupted.

A corrupted label is what a hurried reader might draw: the scar shifted smoothly, its border one to two pixels too far
out or in, small islands missed, or a whole slice forgotten. The study is the label-noise study of SCIENCE.md section 3;
how labels are corrupted is ours. Only labels to learn from are ever corrupted: name the training cases.
"""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from scarseg_training.datasets.case import Case
from scarseg_training.datasets.dataset import CaseReader, Dataset
from scarseg_training.datasets.entry import CaseEntry
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.phantom.observers import displace, miss_islands, outline

SHIFT_PX = 1.5
"""SD of the smooth shift of a corrupted scar (ours; a careful reader's is 0.35 to 0.9)."""
BORDER_PX = (1.0, 2.0)
"""A corrupted border lies so far outside or inside the true one (ours)."""
CARELESSNESS = 1.0
"""Of a corrupting reader, see ``phantom.observers``."""
FORGOTTEN_SLICE = 0.15
"""Chance that the scar of a slice is not drawn at all (ours)."""
MARGIN_PX = 6


@dataclass(frozen=True)
class NoisyReader:
    """Reads cases and corrupts the scar labels of some."""

    reader: CaseReader
    corrupted: frozenset[str]
    seed: int

    def read(self, entry: CaseEntry) -> Case:
        """The case as it is, or with a corrupted scar."""
        case = self.reader.read(entry)
        return corrupt_scar(case, self.seed) if entry.case in self.corrupted else case


def with_label_noise(dataset: Dataset, cases: Iterable[str], *, fraction: float, seed: int = 0) -> Dataset:
    """The dataset with the scar labels of a share of the named cases corrupted.

    Which cases they are depends on the seed alone, and those of a smaller share are among those of a larger one, so
    that rising noise is seen and not another choice of cases.

    Args:
        dataset: With scar labels.
        cases: Names of training cases; no other case is touched.
        fraction: Share of them to corrupt, 0 to 1, rounded to whole cases.
        seed: Of which cases are corrupted and how.

    Raises:
        ScarSegError: The share lies outside 0 to 1.
    """
    if not 0.0 <= fraction <= 1.0:
        raise ScarSegError(f"the share of corrupted labels is {fraction}: expected 0 to 1")
    names = sorted(cases)
    order = np.random.default_rng(seed).permutation(len(names))
    corrupted = frozenset(names[index] for index in order[: round(fraction * len(names))])
    return dataclasses.replace(dataset, reader=NoisyReader(dataset.reader, corrupted, seed))


def corrupt_scar(case: Case, seed: int) -> Case:
    """The case with its scar (and the MVO in it) drawn wrongly inside the myocardium; the same for the same seed.

    A heart without scar stays without: nobody draws scar in a normal heart by moving a border.

    Raises:
        ScarSegError: The case has no scar label.
    """
    if not {"myocardium", "scar"} <= set(case.masks):
        raise ScarSegError(f"case {case.case} has no scar label to corrupt: choose data with scar")
    scar, wall = case.masks["scar"], case.masks["myocardium"]
    if not scar.any():
        return case
    generator = np.random.default_rng([seed, zlib.crc32(case.case.encode())])
    # Errors are as smooth as the heart is large, as those of the simulated readers are, not as the field of view.
    heart = ndimage.find_objects((scar | wall).astype(np.uint8))[0]
    box = (slice(None), *(slice(max(part.start - MARGIN_PX, 0), part.stop + MARGIN_PX) for part in heart[1:]))
    corrupted = np.zeros_like(scar)
    corrupted[box] = _redrawn(scar[box], wall[box], case.spacing_kji_mm, generator)
    masks = {**case.masks, "scar": corrupted}
    if "mvo" in masks:
        masks["mvo"] = masks["mvo"] & corrupted
    return dataclasses.replace(case, masks=masks)


def _redrawn(
    scar: NDArray[np.bool_],
    wall: NDArray[np.bool_],
    spacing_kji_mm: tuple[float, float, float],
    generator: np.random.Generator,
) -> NDArray[np.bool_]:
    shifted = displace(scar.astype(np.uint8), SHIFT_PX, generator) > 0
    border = float(generator.uniform(*BORDER_PX)) * (1 if generator.random() < 0.5 else -1)
    drawn = outline(shifted, wall, border, generator)
    drawn = miss_islands(drawn, spacing_kji_mm[1] * spacing_kji_mm[2], CARELESSNESS, generator)
    forgotten = generator.random(len(scar)) < FORGOTTEN_SLICE
    return drawn & ~forgotten[:, None, None]
