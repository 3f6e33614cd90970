"""Scar and MVO inside a known myocardium, all slices in one forward pass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.inference.device import torch_device
from ScarSegLogic.inference.network import network_of, predict_slices
from ScarSegLogic.models.package import ModelPackage
from ScarSegLogic.models.requirements import require_task
from ScarSegLogic.preprocessing.intensity import normalise_slices, with_neighbours
from ScarSegLogic.preprocessing.slice_box import heart_box
from ScarSegLogic.volume import Volume


@dataclass(frozen=True, eq=False)
class ScarPrediction:
    """What the scar network found.

    Attributes:
        infarct: (K, J, I) bool, scar with MVO, inside the myocardium.
        mvo: (K, J, I) bool, inside ``infarct``.
        probability: (K, J, I) float32 of infarct, zero outside the myocardium.
    """

    infarct: NDArray[np.bool_]
    mvo: NDArray[np.bool_]
    probability: NDArray[np.float32]


def predict_scar(
    image: Volume,
    cavity: NDArray[np.bool_],
    myocardium: NDArray[np.bool_],
    package: ModelPackage,
    device_name: str = "auto",
) -> ScarPrediction:
    """Run a package of task ``lv_scar``.

    Args:
        image: Slices first.
        cavity, myocardium: (K, J, I) bool; the myocardium is the whole wall.
        package: The model.
        device_name: See ``torch_device``.

    Raises:
        ScarSegError: The myocardium is empty, or the package is for another task or damaged.
    """
    require_task(package, "lv_scar")
    manifest = package.manifest
    size = manifest.preprocessing["crop_size"]
    box = heart_box(cavity | myocardium, manifest.preprocessing["heart_margin"])
    if box is None:
        raise ScarSegError(f"the myocardium of {image.name} is empty: there is nowhere to look for scar")
    device = torch_device(device_name)
    network = network_of(package, device)
    crops = with_neighbours(normalise_slices(box.crop(image.array, size)))
    masks = [(box.crop(mask.astype(np.float32), size) > 0.5)[:, None] for mask in (cavity, myocardium)]
    inputs = np.concatenate([crops, *masks], axis=1).astype(np.float32)
    probabilities = predict_slices(lambda batch: network(batch).sigmoid(), inputs, device)
    infarct, mvo = np.moveaxis(box.paste(probabilities, image.array.shape[1:]), 1, 0) * myocardium
    infarct_mask = infarct > manifest.thresholds["infarct"]
    return ScarPrediction(infarct_mask, infarct_mask & (mvo > manifest.thresholds["mvo"]), infarct)
