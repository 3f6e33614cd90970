"""Which device a network runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ScarSegLogic.errors import ScarSegError

if TYPE_CHECKING:
    import torch


def torch_device(name: str) -> torch.device:
    """Resolve ``auto``, ``cpu``, ``cuda`` or ``mps``.

    Raises:
        ScarSegError: torch is not installed, or the named device is not there.
    """
    try:
        import torch
    except ModuleNotFoundError:
        raise ScarSegError(
            "torch is not installed: install torch and monai (in Slicer the PyTorch extension), or choose a method "
            "other than 'model' and draw the myocardium (command line: --myocardium)"
        ) from None
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return torch.device(next(device for device in ("cuda", "mps", "cpu") if available[device]))
    if not available.get(name, False):
        raise ScarSegError(
            f"the device '{name}' is not available on this computer: choose auto or cpu (command line: --device)"
        )
    return torch.device(name)
