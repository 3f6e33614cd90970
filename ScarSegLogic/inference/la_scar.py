"""Scar of the left atrial wall by a network, looked for about a known cavity."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.inference.device import torch_device
from ScarSegLogic.inference.network import network_of
from ScarSegLogic.inference.volume_network import predict_volume, side_by_side
from ScarSegLogic.models.package import ModelPackage
from ScarSegLogic.models.requirements import require_task
from ScarSegLogic.preprocessing.anatomical_axes import AnatomicalAxes
from ScarSegLogic.preprocessing.study_part import StudyPart, middle_of
from ScarSegLogic.preprocessing.volume_input import VolumeInput
from ScarSegLogic.volume import Volume


def find_la_scar(
    image: Volume, cavity: NDArray[np.bool_], package: ModelPackage, device_name: str = "auto"
) -> NDArray[np.float32]:
    """Probability of scar about a cavity; the wall that counts is the caller's.

    Args:
        image: Any grid, oblique ones and any order of axes.
        cavity: (K, J, I) bool on the image's grid. The network looks about the middle of its bounding box.
        package: A package of task ``la_scar``; its threshold is ``manifest.thresholds["la_scar"]``.
        device_name: See ``torch_device``.

    Returns:
        (K, J, I) float32 on the image's grid; zero where the network saw nothing.

    Raises:
        ScarSegError: The cavity is empty, or the package is for another task or damaged.
    """
    require_task(package, "la_scar")
    if not cavity.any():
        raise ScarSegError(f"the cavity of {image.name} is empty: there is nowhere to look for scar")
    axes = AnatomicalAxes.of(image.geometry)
    array, spacing = axes.turn(image.array), axes.turned_spacing_mm(image.geometry)
    grid = VolumeInput.from_manifest(package.manifest.preprocessing)
    part = StudyPart.about(middle_of(axes.turn(cavity)), grid, array.shape, spacing)
    device = torch_device(device_name)
    network = network_of(package, device)
    found = predict_volume(
        lambda patch: side_by_side(network(patch)).sigmoid(),
        array[part.window], spacing, grid, device=device, centre_kji=part.centre_kji,
    )  # fmt: skip
    whole = np.zeros(array.shape, np.float32)
    whole[part.window] = found[-1]  # a network with two decoders gives the cavity first
    return np.ascontiguousarray(axes.turn_back(whole))
