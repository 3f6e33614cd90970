"""A network with its verified weights, ready to run."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic import networks
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.models.package import ModelPackage, load_weights, open_package

if TYPE_CHECKING:
    import torch
    from torch import nn

WARM_NETWORKS = 4
"""How many networks stay in memory for the next study (ours; about 15 MB each)."""
ONE_VIEW: tuple[tuple[int, ...], ...] = ((),)
MIRRORS: tuple[tuple[int, ...], ...] = ((), (-1,), (-2,), (-1, -2))
"""Axes along which each view of a batch is flipped."""
SLICES_AT_ONCE = 32
"""Slices of one forward pass: every usual study is one; a longer stack would take memory without end (ours)."""


@lru_cache(maxsize=WARM_NETWORKS)
def load_network(package_folder: str, sha256: str, device_name: str) -> nn.Module:  # noqa: ARG001 - part of the key
    """Build, fill and place the network of a package; kept warm by folder, checksum and device.

    Raises:
        ScarSegError: Damaged weights, or weights that do not fit the network; the file is named.
    """
    import torch

    package = open_package(Path(package_folder))
    manifest = package.manifest
    weights = load_weights(package)
    network = networks.build(manifest.network, **manifest.network_config)
    state = {name: torch.from_numpy(tensor) for name, tensor in weights.items()}
    try:
        network.load_state_dict(state, strict=True)
    except RuntimeError as error:
        first_line = str(error).splitlines()[-1].strip()
        raise ScarSegError(
            f"the weights {package.weights_path} do not fit the network '{manifest.network}': {first_line}"
        ) from None
    return network.eval().to(device_name)


def network_of(package: ModelPackage, device: torch.device) -> nn.Module:
    """The package's network on a device, warm where it was used before."""
    return load_network(str(package.folder), package.manifest.sha256, str(device))


def mean_over_views(
    forward: Callable[[torch.Tensor], torch.Tensor],
    inputs: NDArray[np.float32],
    device: torch.device,
    views: tuple[tuple[int, ...], ...] = MIRRORS,
) -> NDArray[np.float32]:
    """Average a network's output over flipped views (test-time augmentation).

    Args:
        forward: Maps a (N, C, H, W) tensor to probabilities (N, D, H, W).
        inputs: (N, C, H, W) with H = W.
        device: Where ``forward`` runs.
        views: ``MIRRORS`` for the answer itself, ``ONE_VIEW`` where a rough one will do.

    Returns:
        (N, D, H, W) float32 mean over the views, ``SLICES_AT_ONCE`` slices in one batch.
    """
    import torch

    means = []
    with torch.inference_mode():
        for slices in torch.from_numpy(np.ascontiguousarray(inputs)).split(SLICES_AT_ONCE):
            batch = slices.to(device)
            outputs = forward(torch.cat([batch.flip(axes) for axes in views])).chunk(len(views))
            mean = torch.stack([output.flip(axes) for output, axes in zip(outputs, views, strict=True)]).mean(0)
            means.append(mean.float().cpu())
    return torch.cat(means).numpy()
