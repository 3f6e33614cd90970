"""Find the cavity of the left atrium in a study: roughly in the whole volume, then finely in a crop."""

from __future__ import annotations

from dataclasses import dataclass

import cc3d
import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.inference.device import torch_device
from ScarSegLogic.inference.network import network_of
from ScarSegLogic.inference.volume_network import answer
from ScarSegLogic.models.package import ModelPackage
from ScarSegLogic.models.requirements import require_task
from ScarSegLogic.preprocessing.anatomical_axes import AnatomicalAxes
from ScarSegLogic.preprocessing.study_part import StudyPart, middle_of
from ScarSegLogic.preprocessing.volume_input import VolumeInput
from ScarSegLogic.volume import Volume

Place = tuple[float, float, float]

FALLBACK_THRESHOLD = 0.2
"""Where the manifest's threshold finds no atrium at all, fainter traces are taken (ours)."""
LARGEST_MISS_MM = 6.0
"""A crop whose middle lies farther from that of the cavity found in it is taken anew (ours)."""


@dataclass(frozen=True, eq=False)
class _Search:
    """A study as the network sees it.

    Attributes:
        array: (K, J, I) grey values, axes to the head, the back and the left.
        spacing_kji_mm: Of the array.
        package: Of task ``la_cavity``.
        device_name: See ``torch_device``.
    """

    array: NDArray[np.float32]
    spacing_kji_mm: tuple[float, float, float]
    package: ModelPackage
    device_name: str

    def grid(self, look: str) -> VolumeInput:
        """That of the ``localiser`` or of the ``crop``."""
        framing = self.package.manifest.preprocessing
        shape = tuple(framing[f"{look}_shape_kji"])
        return VolumeInput((framing[f"{look}_spacing_mm"],) * 3, shape, shape)


def find_la_cavity(image: Volume, package: ModelPackage, device_name: str = "auto") -> NDArray[np.bool_]:
    """Segment the cavity of the left atrium.

    Args:
        image: Any grid, oblique ones and any order of axes.
        package: A package of task ``la_cavity``.
        device_name: See ``torch_device``.

    Returns:
        (K, J, I) bool on the image's grid: one component without holes.

    Raises:
        ScarSegError: No left atrium is found, or the package is for another task or damaged.
    """
    require_task(package, "la_cavity")
    axes = AnatomicalAxes.of(image.geometry)
    search = _Search(axes.turn(image.array), axes.turned_spacing_mm(image.geometry), package, device_name)
    place = _localised(search)
    if place is None:
        raise _no_atrium(image)
    part, probability = _segmented(search, place)
    better = _better_place(search, part, probability)
    if better is not None:
        part, probability = _segmented(search, better)
    # Interpolated on the study's own grid before it is cut, which keeps the border finer than the network's voxels.
    grid, spacing = search.grid("crop"), search.spacing_kji_mm
    shape = tuple(side.stop - side.start for side in part.window)
    fine = grid.on_grid(probability, shape, spacing, part.centre_kji)
    cavity = _without_holes(_largest_component(fine > package.manifest.thresholds["la_cavity"]))
    if not cavity.any():
        raise _no_atrium(image)
    return np.ascontiguousarray(axes.turn_back(part.restore(cavity, search.array.shape)))


def _localised(search: _Search) -> Place | None:
    """The voxel in the middle of the atrium in the whole study; None where there is no trace of one."""
    grid = search.grid("localiser")
    prepared = grid.prepare(search.array, search.spacing_kji_mm)
    probability = _probability(search, "localiser", prepared)
    for threshold in (search.package.manifest.thresholds["localiser"], FALLBACK_THRESHOLD):
        middle = middle_of(_largest_component(probability > threshold))
        if middle is not None:
            centre = tuple((length - 1) / 2 for length in search.array.shape)
            return _in_study(middle, grid, centre, search.spacing_kji_mm)
    return None


def _segmented(search: _Search, place: Place) -> tuple[StudyPart, NDArray[np.float32]]:
    """The part of the study about a place, and the cavity's probability on the grid of the crop there."""
    grid, spacing = search.grid("crop"), search.spacing_kji_mm
    part = StudyPart.about(place, grid, search.array.shape, spacing)
    prepared = grid.prepare(search.array[part.window], spacing, part.centre_kji)
    return part, _probability(search, "segmenter", prepared)


def _better_place(search: _Search, part: StudyPart, probability: NDArray[np.float32]) -> Place | None:
    """The middle of the cavity where it lies far from that of the crop; None where the crop fits or shows none."""
    grid, spacing = search.grid("crop"), search.spacing_kji_mm
    middle = middle_of(_largest_component(probability > search.package.manifest.thresholds["la_cavity"]))
    if middle is None:
        return None
    found = _in_study(middle, grid, part.centre_kji, spacing)
    miss_mm = np.linalg.norm((np.array(found) - part.centre_kji) * spacing)
    if miss_mm <= LARGEST_MISS_MM:
        return None
    k, j, i = (value + side.start for value, side in zip(found, part.window, strict=True))
    return k, j, i


def _probability(search: _Search, half: str, prepared: NDArray[np.float32]) -> NDArray[np.float32]:
    device = torch_device(search.device_name)
    network = getattr(network_of(search.package, device), half)
    return answer(lambda volume: network(volume[None, None])[0].sigmoid(), prepared, device)[0]


def _in_study(voxel: Place, grid: VolumeInput, centre: Place, spacing_kji_mm: Place) -> Place:
    """A voxel of a network's grid about a centre, in voxels of the study that the centre is given in."""
    k, j, i = (
        middle + (index - (side - 1) / 2) * step / spacing
        for index, side, middle, step, spacing in zip(
            voxel, grid.shape_kji, centre, grid.spacing_kji_mm, spacing_kji_mm, strict=True
        )
    )
    return k, j, i


def _largest_component(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return cc3d.largest_k(np.ascontiguousarray(mask), k=1, connectivity=26) > 0 if mask.any() else mask


def _without_holes(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """With everything that the outside does not reach through faces of voxels."""
    outside = cc3d.connected_components(np.pad(~mask, 1, constant_values=True), connectivity=6)
    return (outside != outside[0, 0, 0])[1:-1, 1:-1, 1:-1]


def _no_atrium(image: Volume) -> ScarSegError:
    return ScarSegError(
        f"no left atrium was found in {image.name}: is this a 3D study of the atria? "
        "Otherwise draw the cavity (command line: --cavity)"
    )
