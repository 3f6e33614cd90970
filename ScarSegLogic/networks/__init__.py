"""Networks by name. Importing this package loads no torch; ``build`` does."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ScarSegLogic.errors import ScarSegError

if TYPE_CHECKING:
    from torch import nn

_MODULES = {
    "attention_unet": "ScarSegLogic.networks.attention_unet",
    "la_cavity": "ScarSegLogic.networks.la_cavity",
    "lv_anatomy": "ScarSegLogic.networks.lv_anatomy",
    "lv_scar": "ScarSegLogic.networks.lv_scar",
    "sam": "ScarSegLogic.networks.sam",
    "scarnet": "ScarSegLogic.networks.scarnet",
    "scarsegnet": "ScarSegLogic.networks.scarsegnet",
    "swin_unetr": "ScarSegLogic.networks.swin_unetr",
    "transunet": "ScarSegLogic.networks.transunet",
    "yolo": "ScarSegLogic.networks.yolo",
    "yolo_sam": "ScarSegLogic.networks.yolo_sam",
}

WITH_PUBLISHED_WEIGHTS = ("sam", "scarnet", "scarsegnet", "transunet", "yolo_sam")
"""Networks whose module offers ``load_published``: a weight file of the user's can initialise them."""


def build(name: str, **config: Any) -> nn.Module:
    """Build a network by name; ``config`` are the fields of its config dataclass.

    Raises:
        ScarSegError: The name or a field is unknown, a value makes no network, or torch or MONAI is not installed.
    """
    if name not in _MODULES:
        raise ScarSegError(f"unknown network '{name}': expected one of {', '.join(_MODULES)}")
    try:
        module = import_module(_MODULES[name])
    except ModuleNotFoundError as error:
        raise ScarSegError(
            f"the network '{name}' needs {error.name}, which is not installed: install {_with_torch(error.name)}, "
            "or choose a method other than 'model' and give the myocardium"
        ) from error
    try:
        return module.build(**config)
    except (TypeError, ValueError, IndexError, RuntimeError) as error:
        raise ScarSegError(f"the network '{name}' does not take this configuration: {error}") from error


def _with_torch(missing: str | None) -> str:
    """What to install: every network needs torch and monai, some need one package more."""
    return "torch and monai" if missing in (None, "torch", "monai") else missing
