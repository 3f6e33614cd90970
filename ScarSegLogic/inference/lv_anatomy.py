"""Find the left ventricle in a study and segment it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cc3d
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.inference.device import torch_device
from ScarSegLogic.inference.network import network_of, predict_slices
from ScarSegLogic.models.package import ModelPackage
from ScarSegLogic.models.requirements import require_task
from ScarSegLogic.preprocessing.intensity import normalise_slices, with_neighbours
from ScarSegLogic.preprocessing.slice_box import SliceBox, heart_box, whole_slice_box
from ScarSegLogic.volume import Volume

REFINEMENTS = 2
"""Passes of the segmenter; each re-centres its crop on what the pass before found (ours)."""
FAINT_INFARCT = 0.1
"""A cavity pixel with this probability of infarct is wall: bright scar passes for blood (ours, on validation cases)."""
FALLBACK_THRESHOLD = 0.2
"""Where the manifest's threshold finds no heart at all, fainter traces are taken (ours)."""
MINIMUM_INSERTION_SCORE = 0.15
"""A mean heat below this is no RV insertion (ours)."""
INSERTION_SEPARATION = 0.2
"""Two insertions lie at least this share of the crop apart (ours)."""


@dataclass(frozen=True, eq=False)
class AnatomyPrediction:
    """What the anatomy network found.

    Attributes:
        cavity, myocardium: (K, J, I) bool, disjoint.
        rv_insertion_ras: The anterior insertion in RAS mm, or None with ``rv_insertion_reason``.
    """

    cavity: NDArray[np.bool_]
    myocardium: NDArray[np.bool_]
    rv_insertion_ras: tuple[float, float, float] | None
    rv_insertion_reason: str | None


def predict_anatomy(image: Volume, package: ModelPackage, device_name: str = "auto") -> AnatomyPrediction:
    """Segment cavity and myocardium and propose the anterior RV insertion.

    Args:
        image: Slices first.
        package: A package of task ``lv_anatomy``.
        device_name: See ``torch_device``.

    Raises:
        ScarSegError: No left ventricle is found, or the package is for another task or damaged.
    """
    require_task(package, "lv_anatomy")
    framing = package.manifest.preprocessing
    box = _locate(image, package, device_name)
    for _ in range(REFINEMENTS):
        probabilities = _segment(image, box, package, device_name)
        found = heart_box(_largest_component(probabilities[:, 1:4].sum(axis=1) > 0.5), framing["heart_margin"])
        if found is None:
            raise _no_heart(image)
        crop_box, box = box, _in_study(found, box, framing["crop_size"])
    shape = image.array.shape[1:]
    cavity_mask, wall = cavity_and_wall(*np.moveaxis(crop_box.paste(probabilities[:, 1:4], shape), 1, 0))
    ventricle = _largest_component(cavity_mask | wall)
    filled = _fill_holes(ventricle)
    cavity_mask = (cavity_mask & ventricle) | (filled & ~ventricle)
    point, reason = _anterior_insertion(image, probabilities, crop_box)
    return AnatomyPrediction(cavity_mask, filled & ~cavity_mask, point, reason)


def cavity_and_wall(cavity: Any, healthy: Any, infarct: Any) -> tuple[Any, Any]:
    """Two disjoint boolean masks from the class probabilities, arrays or tensors of one shape."""
    wall = healthy + infarct
    background = 1 - cavity - wall
    ventricle = (cavity > background) | (wall > background)
    inside = ventricle & (cavity >= wall) & (infarct < FAINT_INFARCT)
    return inside, ventricle & ~inside


def find_insertion(
    image: Volume, cavity: NDArray[np.bool_], myocardium: NDArray[np.bool_], package: ModelPackage, device_name: str
) -> tuple[tuple[float, float, float] | None, str | None]:
    """Propose the anterior RV insertion where the myocardium is given: (point in RAS, reason where None)."""
    require_task(package, "lv_anatomy")
    box = heart_box(cavity | myocardium, package.manifest.preprocessing["heart_margin"])
    if box is None:
        raise _no_heart(image)
    return _anterior_insertion(image, _segment(image, box, package, device_name), box)


def _locate(image: Volume, package: ModelPackage, device_name: str) -> SliceBox:
    framing = package.manifest.preprocessing
    device = torch_device(device_name)
    size = framing["localiser_size"]
    _, *spacing_ji = image.geometry.spacing_kji_mm
    whole = whole_slice_box(image.array.shape[1:], tuple(spacing_ji), framing["localiser_field_of_view_mm"])
    inputs = with_neighbours(normalise_slices(whole.crop(image.array, size)))
    network = network_of(package, device)
    probability = predict_slices(lambda batch: network.localiser(batch).sigmoid(), inputs, device)[:, 0]
    for threshold in (package.manifest.thresholds["left_ventricle"], FALLBACK_THRESHOLD):
        box = heart_box(_largest_component(probability > threshold), framing["heart_margin"])
        if box is not None:
            return _in_study(box, whole, size)
    raise _no_heart(image)


def _segment(image: Volume, box: SliceBox, package: ModelPackage, device_name: str) -> NDArray[np.float32]:
    """(K, 5, crop, crop): probabilities of the four classes and of the RV insertions."""
    device = torch_device(device_name)
    import torch

    network = network_of(package, device)

    def forward(batch: torch.Tensor) -> torch.Tensor:
        logits = network.segmenter(batch)
        return torch.cat([logits[:, :4].softmax(1), logits[:, 4:].sigmoid()], dim=1)

    crops = normalise_slices(box.crop(image.array, package.manifest.preprocessing["crop_size"]))
    return predict_slices(forward, with_neighbours(crops), device)


def _anterior_insertion(
    image: Volume, probabilities: NDArray[np.float32], box: SliceBox
) -> tuple[tuple[float, float, float] | None, str | None]:
    """The more anterior and superior of the two hottest places, over the slices that show a ring."""
    size = probabilities.shape[-1]
    ring_slices = np.flatnonzero((probabilities[:, 1] > 0.5).sum(axis=(1, 2)) > 0)
    if not len(ring_slices):
        return None, "no slice shows the cavity"
    heat = probabilities[ring_slices, 4].mean(axis=0)
    first = np.unravel_index(np.argmax(heat), heat.shape)
    rows, columns = np.indices(heat.shape)
    elsewhere = np.hypot(rows - first[0], columns - first[1]) >= INSERTION_SEPARATION * size
    second = np.unravel_index(np.argmax(heat * elsewhere), heat.shape)
    if min(heat[first], heat[second]) < MINIMUM_INSERTION_SCORE:
        return None, "the RV insertion was not found with confidence: place it (command line: --rv-insertion R,A,S)"
    centre = int(ring_slices[len(ring_slices) // 2])
    points = [box.from_crop(np.array(peak, dtype=float), size) for peak in (first, second)]
    ras = image.geometry.index_to_ras([(centre, row, column) for row, column in points])
    anterior = ras[np.argmax(ras[:, 1] + ras[:, 2])]
    return tuple(float(value) for value in anterior), None


def _in_study(box: SliceBox, outer: SliceBox, size: int) -> SliceBox:
    """A box found in the pixels of a crop of ``outer``, in the pixels of the study."""
    centre = outer.from_crop(np.array(box.centre_ji), size)
    sides = tuple(side * whole / size for side, whole in zip(box.sides_ji, outer.sides_ji, strict=True))
    return SliceBox((float(centre[0]), float(centre[1])), sides)


def _largest_component(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return cc3d.largest_k(np.ascontiguousarray(mask), k=1, connectivity=26) > 0 if mask.any() else mask


def _fill_holes(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.stack([ndimage.binary_fill_holes(each) for each in mask])


def _no_heart(image: Volume) -> ScarSegError:
    return ScarSegError(
        f"no left ventricle was found in {image.name}: is this a short-axis study? "
        "Otherwise draw the myocardium (command line: --myocardium)"
    )
