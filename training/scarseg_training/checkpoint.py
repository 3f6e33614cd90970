"""The checkpoint of a run: everything that the next epoch needs, either complete or the one before."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Protocol

import torch

from ScarSegLogic.errors import ScarSegError

CHECKPOINT_NAME = "last.ckpt"


class Stateful(Protocol):
    """Anything with a state: networks, optimisers, schedules, early stopping."""

    def state_dict(self) -> dict[str, Any]:
        """Its state."""
        ...

    def load_state_dict(self, state: dict[str, Any]) -> Any:
        """Take a state over."""
        ...


def save_checkpoint(folder: Path, parts: dict[str, Stateful], **position: Any) -> None:
    """Write ``last.ckpt`` aside, then put it in the place of the one before.

    Args:
        folder: Of the run.
        parts: What has a state.
        position: Where the run is; numbers and texts.

    Raises:
        ScarSegError: It cannot be written (a full disk, for example); the one before is as it was.
    """
    path = folder / CHECKPOINT_NAME
    aside = path.with_suffix(".ckpt.new")
    try:
        with aside.open("wb") as file:
            torch.save({name: part.state_dict() for name, part in parts.items()} | position, file)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except (OSError, RuntimeError) as error:
        # PyTorch's archive writer turns a failed write into a RuntimeError, whose cause is the OSError.
        aside.unlink(missing_ok=True)
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        kept = "the one before it is kept" if path.exists() else "there is none yet"
        raise ScarSegError(
            f"the checkpoint {path} could not be written ({reason}); {kept}: free space on the disk and continue the "
            "run with --resume"
        ) from error


def read_checkpoint(folder: Path, device: torch.device | str = "cpu") -> dict[str, Any] | None:
    """Read ``last.ckpt`` of a run folder; None where there is none.

    Raises:
        ScarSegError: It cannot be read.
    """
    path = folder / CHECKPOINT_NAME
    if not path.exists():
        return None
    try:
        return torch.load(path, map_location=device, weights_only=True)
    except Exception as error:  # noqa: BLE001: torch raises many kinds for a damaged file
        first_line = str(error).splitlines()[0]
        raise ScarSegError(f"the checkpoint {path} is damaged ({first_line}): start the run anew elsewhere") from error


def restore(checkpoint: dict[str, Any], parts: dict[str, Stateful]) -> None:
    """Give every part its state back."""
    for name, part in parts.items():
        part.load_state_dict(checkpoint[name])
