"""Scar, and MVO where the network tells it, inside a known myocardium, all slices in one forward pass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.inference.device import torch_device
from ScarSegLogic.inference.network import network_of, predict_slices
from ScarSegLogic.models.package import ModelPackage
from ScarSegLogic.models.requirements import require_task
from ScarSegLogic.preprocessing.scar_input import ScarInput
from ScarSegLogic.volume import Volume


@dataclass(frozen=True, eq=False)
class ScarPrediction:
    """What the scar network found.

    Attributes:
        infarct: (K, J, I) bool, scar with MVO, inside the myocardium.
        mvo: (K, J, I) bool, inside ``infarct``; None where the network was not trained to tell it.
        probability: (K, J, I) float32 of infarct, zero outside the myocardium.
    """

    infarct: NDArray[np.bool_]
    mvo: NDArray[np.bool_] | None
    probability: NDArray[np.float32]


def predict_scar(
    image: Volume,
    cavity: NDArray[np.bool_],
    myocardium: NDArray[np.bool_],
    package: ModelPackage,
    device_name: str = "auto",
) -> ScarPrediction:
    """Run a package of task ``lv_scar``, whatever its network and the form of its input.

    Args:
        image: Slices first.
        cavity, myocardium: (K, J, I) bool; the myocardium is the whole wall. The cavity may be empty for networks that
            are not shown it.
        package: The model. Its ``preprocessing`` is a ``ScarInput``, its ``labels`` name the network's outputs.
        device_name: See ``torch_device``.

    Raises:
        ScarSegError: The myocardium is empty, or the package is for another task or damaged.
    """
    require_task(package, "lv_scar")
    manifest = package.manifest
    prepared = ScarInput.from_manifest(manifest.preprocessing).prepare(image.array, cavity, myocardium)
    if prepared is None:
        raise ScarSegError(f"the myocardium of {image.name} is empty: there is nowhere to look for scar")
    device = torch_device(device_name)
    network = network_of(package, device)
    probabilities = predict_slices(lambda batch: network(batch).sigmoid(), prepared.inputs, device)
    if probabilities.shape[1] != len(manifest.labels):
        raise ScarSegError(
            f"the network of {package.folder} has {probabilities.shape[1]} outputs, its manifest names "
            f"{', '.join(manifest.labels)}: the model package is damaged"
        )
    outputs = dict(zip(manifest.labels, ScarInput.on_grid(probabilities, prepared.box, myocardium), strict=True))
    infarct = outputs["infarct"] > manifest.thresholds["infarct"]
    mvo = infarct & (outputs["mvo"] > manifest.thresholds["mvo"]) if "mvo" in outputs else None
    return ScarPrediction(infarct, mvo, outputs["infarct"])
