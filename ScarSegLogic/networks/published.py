"""Weight files that others have published: identified, read without running code in them, checked key by key.

``load_published`` of a network's module says how its published layout maps to the network; this module does the rest.
Importing it loads no torch.
"""

from __future__ import annotations

import hashlib
import pickle
import re
import struct
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ScarSegLogic.errors import ScarSegError

if TYPE_CHECKING:
    from torch import Tensor, nn

_READ_BYTES = 1 << 20
_SHOWN_NAMES = 3


# Training code saves whole optimisers beside the parameters, SAM-Med2D (Cheng 2023) among it. They are left inert.
_OPTIMIZERS = ("torch.optim.adam.Adam", "torch.optim.adamw.AdamW", "torch.optim.sgd.SGD")


class UnknownWeightsWarning(UserWarning):
    """A weight file is none of those published, which may be meant: a fine-tuned copy, for example."""


@dataclass(frozen=True)
class PublishedFile:
    """A file as its authors published it, known by at least one of its two checksums (hexadecimal)."""

    name: str
    source: str
    licence: str
    sha256: str | None = None
    git_blob_id: str | None = None


def identify(path: Path, known: Iterable[PublishedFile]) -> PublishedFile | None:
    """Find which published file this is by SHA-256 or git blob id; None, with a warning, where it is none of them.

    Raises:
        ScarSegError: The file cannot be read.
    """
    known = tuple(known)
    sha256, blob_id = _checksums(path)
    for file in known:
        if sha256 == file.sha256 or blob_id == file.git_blob_id:
            return file
    warnings.warn(
        f"{path} is none of the published files {', '.join(file.name for file in known)} (its SHA-256 is "
        f"{sha256[:12]}...): it is used only if every parameter fits; make sure that you trust its source",
        UnknownWeightsWarning,
        stacklevel=2,
    )
    return None


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Read every tensor of a safetensors, npz or PyTorch file by name, on the CPU, without running code in it.

    Of a PyTorch checkpoint that holds more than its parameters, those under ``model`` or ``state_dict`` are taken.

    Raises:
        ScarSegError: The file cannot be read, is cut short, holds pickled code or no parameters.
    """
    try:
        kind = _kind_of(path)
        state = {"safetensors": _read_safetensors, "npz": _read_npz, "torch": _read_torch}[kind](path)
    except OSError as error:
        raise ScarSegError(f"the weights {path} cannot be read: {error.strerror or error}") from None
    if not state:
        raise ScarSegError(f"the weights {path} hold no parameters: choose the file that the authors published")
    return state


def load_into(network: nn.Module, state: Mapping[str, Tensor], path: Path) -> None:
    """Copy parameters and buffers into a network; nothing is copied unless everything fits.

    Raises:
        ScarSegError: A name is missing or unknown, a shape differs or a value is not finite; the names and the file
            are given.
    """
    expected = network.state_dict()
    faults = [
        _listed("lacks", [name for name in expected if name not in state]),
        _listed("has the unknown", [name for name in state if name not in expected]),
        _listed("has another shape of", [_shapes(name, state, expected) for name in _misshapen(state, expected)]),
        _listed("has values that are not finite in", [name for name in state if not _is_finite(state[name])]),
    ]
    found = "; it ".join(fault for fault in faults if fault)
    if found:
        raise ScarSegError(
            f"the weights {path} are not for this {type(network).__name__}: it {found}; choose the weights of this "
            "architecture or change the network's configuration"
        )
    network.load_state_dict(dict(state))


class _InertObject:
    """Stands in for an object of a checkpoint that is not needed: takes its state and does nothing with it."""

    def __setstate__(self, state: object) -> None:
        pass


def _plain_dict(*_: object) -> dict:
    """Stands in for the default dictionaries within an optimiser."""
    return {}


def _checksums(path: Path) -> tuple[str, str]:
    """SHA-256 and git blob id of a file."""
    try:
        sha256, blob_id = (
            hashlib.sha256(),
            hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False),
        )
        with path.open("rb") as file:
            while block := file.read(_READ_BYTES):
                sha256.update(block)
                blob_id.update(block)
    except OSError as error:
        raise ScarSegError(f"the weights {path} cannot be read: {error.strerror or error}") from None
    return sha256.hexdigest(), blob_id.hexdigest()


def _kind_of(path: Path) -> str:
    """The format by content: names of weight files promise nothing."""
    with path.open("rb") as file:
        start = file.read(9)
    if start[:4] == b"PK\x03\x04":
        try:
            with zipfile.ZipFile(path) as archive:
                return "npz" if all(name.endswith(".npy") for name in archive.namelist()) else "torch"
        except zipfile.BadZipFile:
            raise ScarSegError(f"the weights {path} are cut short or damaged: copy or download them again") from None
    if len(start) == 9 and start[8:] == b"{" and struct.unpack("<Q", start[:8])[0] < path.stat().st_size:
        return "safetensors"
    return "torch"


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except SafetensorError as error:
        raise ScarSegError(f"the weights {path} are cut short or damaged ({error}): copy them again") from None


def _read_npz(path: Path) -> dict[str, Tensor]:
    import torch

    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: torch.from_numpy(arrays[name]) for name in arrays.files}
    except (ValueError, TypeError) as error:
        raise ScarSegError(f"the weights {path} hold something other than numbers ({error}): not used") from None
    except zipfile.BadZipFile:
        raise ScarSegError(f"the weights {path} are cut short or damaged: copy or download them again") from None


def _read_torch(path: Path) -> dict[str, Tensor]:
    import torch

    inert = [(_InertObject, name) for name in _OPTIMIZERS]
    try:
        with torch.serialization.safe_globals([*inert, (_plain_dict, "collections.defaultdict"), dict]):
            document = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        reason = re.search(r"GLOBAL (\S+)", str(error))
        found = f" ({reason[1]})" if reason else ""
        raise ScarSegError(
            f"the weights {path} hold something other than tensors{found}, which could run as code, or no weights at "
            "all, and are not used: choose a file that holds the parameters only"
        ) from None
    except (RuntimeError, EOFError, ValueError, KeyError, IndexError, AttributeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ScarSegError(
            f"the weights {path} are cut short, damaged or of no known format ({reason[:160]}): copy them again"
        ) from None
    return _parameters_of(document)


def _parameters_of(document: Any) -> dict[str, Tensor]:
    import torch

    for key in ("model", "state_dict"):
        if isinstance(document, Mapping) and isinstance(document.get(key), Mapping):
            document = document[key]
    if not isinstance(document, Mapping):
        return {}
    return {name: value for name, value in document.items() if isinstance(value, torch.Tensor)}


def _listed(words: str, names: list[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return f"{words} {', '.join(names[:_SHOWN_NAMES])}{more}"


def _misshapen(state: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> list[str]:
    return [name for name in expected if name in state and state[name].shape != expected[name].shape]


def _shapes(name: str, state: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> str:
    return f"{name} ({tuple(state[name].shape)}, expected {tuple(expected[name].shape)})"


def _is_finite(tensor: Tensor) -> bool:
    return not tensor.is_floating_point() or bool(tensor.isfinite().all())
