"""One phantom study with its true labels, and ways to store the same study differently."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.phantom import LVPhantomConfig, make_lv_phantom
from ScarSegLogic.volume import LabelMap, Volume


@dataclass(frozen=True, eq=False)
class Study:
    """An image and the label map of its heart in the values of `emidec`."""

    image: Volume
    labels: LabelMap

    def stored(self, axes: tuple[int, int, int], flips: tuple[bool, bool, bool]) -> Study:
        """The same study with its axes in another order and direction."""
        return Study(turned(self.image, axes, flips), turned(self.labels, axes, flips))


def turned(image, axes: tuple[int, int, int], flips: tuple[bool, bool, bool]):
    """Transpose, then flip an image; every voxel stays where it is in the patient."""
    geometry = image.geometry.permuted(axes)
    matrix = np.array(geometry.ijk_to_ras)
    for axis in np.flatnonzero(flips):
        matrix[:3, 3] += matrix[:3, 2 - axis] * (geometry.shape_kji[axis] - 1)
        matrix[:3, 2 - axis] *= -1
    array = np.flip(image.array.transpose(axes), np.flatnonzero(flips)).copy()
    return replace(image, array=array, geometry=Geometry(geometry.shape_kji, matrix))


def finer(labels: LabelMap, factors_kji: tuple[int, int, int], shift_kji=(0.0, 0.0, 0.0)) -> LabelMap:
    """Voxels cut into smaller ones that fill the same space, then moved by a part of a small voxel."""
    array = labels.array
    for axis, factor in enumerate(factors_kji):
        array = array.repeat(factor, axis=axis)
    matrix = np.array(labels.geometry.ijk_to_ras)
    first = [(1 / factor - 1) / 2 + shift / factor for factor, shift in zip(factors_kji, shift_kji, strict=True)]
    matrix[:3, 3] = labels.geometry.index_to_ras(first)
    matrix[:3, :3] /= np.array(factors_kji[::-1])
    return replace(labels, array=array, geometry=Geometry(array.shape, matrix))


@pytest.fixture(scope="session")
def a_study() -> Study:
    """An oblique phantom with an infarct, 8 to 10 mm slices."""
    config = LVPhantomConfig(
        seed=11,
        tier="easy",
        pattern="lad",
        target_burden_percent=15,
        matrix_size=96,
        observer_count=0,
        with_truth=False,
    )
    phantom = make_lv_phantom(config)
    return Study(phantom.image, phantom.labels)


@pytest.fixture
def cut_finer() -> Callable[..., LabelMap]:
    """The function ``finer``."""
    return finer


@pytest.fixture
def turn() -> Callable:
    """The function ``turned``."""
    return turned
