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
) -> NDArray[np.float32]:
    """Probabilities (D, K, J, I) float32 of a study (K, J, I), on its own grid.

    Args:
        forward: Maps (1, 1, *patch) on the device to probabilities (1, D, *patch).
        image: (K, J, I) grey values.
        spacing_kji_mm: Of the image.
        volume_input: The grid that the network knows.
        device: Where ``forward`` runs.

    Raises:
        DeviceMemoryError: A patch does not fit into the memory of the device.
    """
    import torch

    volume = torch.from_numpy(volume_input.prepare(image, spacing_kji_mm))
    try:
        with torch.inference_mode():
            probabilities = slide(forward, volume.to(device), volume_input.patch_kji).float().cpu().numpy()
    except (RuntimeError, MemoryError) as error:
        if is_out_of_memory(error):
            raise DeviceMemoryError(
                f"a patch of {volume_input.patch_kji} voxels does not fit into the memory of {device}"
            ) from None
        raise
    return volume_input.on_grid(probabilities, image.shape, spacing_kji_mm)
