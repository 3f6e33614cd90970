"""A network with its verified weights, ready to run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic import networks
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.inference.device_memory import FEWER_SLICES, DeviceMemoryError, free_device_memory, is_out_of_memory
from ScarSegLogic.inference.warm_networks import WarmNetworks
from ScarSegLogic.inference.watch import interruptible, say
from ScarSegLogic.models.package import ModelPackage, load_weights

if TYPE_CHECKING:
    import torch
    from torch import nn

WARM_BYTES = 2**30
"""Weights that stay in memory for the next study (ours; a shipped network has 5 to 15 MB)."""
SLICES_AT_ONCE = 32
"""Slices of one forward pass: every usual study is one; a longer stack would take memory without end (ours)."""

_warm = WarmNetworks(WARM_BYTES)


def load_network(package: ModelPackage, device_name: str) -> nn.Module:
    """Build, fill and place the network of a package.

    Raises:
        ScarSegError: Damaged weights, or weights that do not fit the network; the file is named.
    """
    import torch

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
    return interruptible(network.eval().to(device_name))


def network_of(package: ModelPackage, device: torch.device) -> nn.Module:
    """The package's network on a device, warm by folder, checksum and device where it was used before."""
    key = (str(package.folder), package.manifest.sha256, str(device))
    return _warm.get(key, lambda: load_network(package, str(device)))


def release_devices() -> None:
    """Give the memory of graphics cards back; networks on the CPU stay warm."""
    _warm.release_devices()
    free_device_memory()


def predict_slices(
    forward: Callable[[torch.Tensor], torch.Tensor], inputs: NDArray[np.float32], device: torch.device
) -> NDArray[np.float32]:
    """Run a network over the slices of a study.

    One view each: averaging over mirror images costs four times the time and did not help scar on validation cases.

    Args:
        forward: Maps a (N, C, H, W) tensor to probabilities (N, D, H, W).
        inputs: (N, C, H, W).
        device: Where ``forward`` runs.

    Returns:
        (N, D, H, W) float32, ``SLICES_AT_ONCE`` slices in one batch or fewer where they do not fit into the memory of
        the device.

    Raises:
        DeviceMemoryError: A single slice does not fit into the memory of the device.
    """
    import torch

    slices = torch.from_numpy(np.ascontiguousarray(inputs))
    outputs, done, at_once = [], 0, max(1, min(SLICES_AT_ONCE, len(slices)))
    with torch.inference_mode():
        while done < len(slices) or not outputs:
            output = _output_if_it_fits(forward, slices[done : done + at_once], device)
            if output is not None:
                outputs.append(output)
                done += at_once
            elif at_once == 1:
                raise DeviceMemoryError(f"a single slice does not fit into the memory of {device}")
            else:
                free_device_memory()
                at_once //= 2
                say(FEWER_SLICES)
    return torch.cat(outputs).numpy()


def _output_if_it_fits(
    forward: Callable[[torch.Tensor], torch.Tensor], slices: torch.Tensor, device: torch.device
) -> torch.Tensor | None:
    """The output of one batch on the CPU; None where the device's memory does not suffice.

    A function of its own: when it has returned, nothing holds the tensors that filled the memory.
    """
    try:
        return forward(slices.to(device)).float().cpu()
    except (RuntimeError, MemoryError) as error:
        if is_out_of_memory(error):
            return None
        raise
