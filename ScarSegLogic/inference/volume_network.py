"""Networks of volumes at work: patches that slide over a study, on its own grid in the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.inference.device_memory import DeviceMemoryError, is_out_of_memory
from ScarSegLogic.preprocessing.volume_input import VolumeInput

if TYPE_CHECKING:
    import torch
    from torch import Tensor

OVERLAP = 0.5
"""Share of a patch that the next one sees again, blended by a Gaussian (nnU-Net's choice; [S1] names none)."""


def slide(forward: Callable[[Tensor], Tensor], volume: Tensor, patch_kji: tuple[int, int, int]) -> Tensor:
    """Probabilities of one prepared volume.

    Args:
        forward: Maps (1, 1, *patch) to probabilities (1, D, *patch).
        volume: (K, J, I) on the device of the network; not smaller than the patch.
        patch_kji: What ``forward`` sees at once.

    Returns:
        (D, K, J, I) on the same device.
    """
    from monai.inferers import sliding_window_inference

    return sliding_window_inference(volume[None, None], patch_kji, 1, forward, overlap=OVERLAP, mode="gaussian")[0]


def predict_volume(
    forward: Callable[[Tensor], Tensor],
    image: NDArray[np.float32],
    spacing_kji_mm: tuple[float, float, float],
    volume_input: VolumeInput,
    *,
    device: torch.device,
    centre_kji: tuple[float, float, float] | None = None,
) -> NDArray[np.float32]:
    """Probabilities (D, K, J, I) float32 of a study (K, J, I), on its own grid.

    Args:
        forward: Maps (1, 1, *patch) on the device to probabilities (1, D, *patch).
        image: (K, J, I) grey values.
        spacing_kji_mm: Of the image.
        volume_input: The grid that the network knows.
        device: Where ``forward`` runs.
        centre_kji: Voxel that the grid lies about; the middle of the study by default.

    Raises:
        DeviceMemoryError: A patch does not fit into the memory of the device.
    """
    prepared = volume_input.prepare(image, spacing_kji_mm, centre_kji)
    patch = volume_input.patch_kji
    probabilities = answer(lambda volume: slide(forward, volume, patch), prepared, device)
    return volume_input.on_grid(probabilities, image.shape, spacing_kji_mm, centre_kji)


def answer(
    forward: Callable[[Tensor], Tensor], volume: NDArray[np.float32], device: torch.device
) -> NDArray[np.float32]:
    """What a network says about one prepared volume, as float32.

    Args:
        forward: Maps (K, J, I) on the device to probabilities (D, K, J, I).
        volume: (K, J, I).
        device: Where ``forward`` runs.

    Raises:
        DeviceMemoryError: The volume, or a patch of it, does not fit into the memory of the device.
    """
    import torch

    try:
        with torch.inference_mode():
            return forward(torch.from_numpy(volume).to(device)).float().cpu().numpy()
    except (RuntimeError, MemoryError) as error:
        if is_out_of_memory(error):
            shape = " x ".join(map(str, volume.shape))
            raise DeviceMemoryError(f"a volume of {shape} voxels does not fit into the memory of {device}") from None
        raise


def side_by_side(output: Tensor | tuple[Tensor, ...]) -> Tensor:
    """The logits of one decoder or of several as (n, structures, K, J, I)."""
    import torch

    return torch.cat(tuple(output), dim=1) if isinstance(output, tuple) else output
