"""A model package on disk: manifest and weights, checked before they are used."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.models.manifest import WEIGHTS_NAME, Manifest, read_manifest, write_manifest


@dataclass(frozen=True)
class ModelPackage:
    """A folder with ``manifest.json`` and ``weights.safetensors``."""

    folder: Path
    manifest: Manifest

    @property
    def weights_path(self) -> Path:
        return self.folder / WEIGHTS_NAME


def open_package(folder: Path) -> ModelPackage:
    """Read a package's manifest; the weights stay untouched. Raises ScarSegError as ``read_manifest`` does."""
    return ModelPackage(folder, read_manifest(folder))


def verify(package: ModelPackage) -> None:
    """Compare the checksum of the weights with the manifest.

    Raises:
        ScarSegError: The weights are missing or their SHA-256 differs; the file is named.
    """
    path = package.weights_path
    if not path.is_file():
        raise ScarSegError(f"the model package {package.manifest.name} has no weights: {path} is missing")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != package.manifest.sha256:
        raise ScarSegError(
            f"the weights {path} are damaged: their SHA-256 is {found[:12]}..., the manifest says "
            f"{package.manifest.sha256[:12]}...; copy the model package again"
        )


def load_weights(package: ModelPackage) -> dict[str, NDArray]:
    """Verify, then read every tensor as float32 (integers stay) by name.

    Raises:
        ScarSegError: As ``verify``, or the file is not safetensors.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    verify(package)
    try:
        tensors = load_file(package.weights_path)
    except SafetensorError as error:
        raise ScarSegError(f"the weights {package.weights_path} are not a safetensors file: {error}") from None
    return {
        name: tensor.astype(np.float32) if np.issubdtype(tensor.dtype, np.floating) else tensor
        for name, tensor in tensors.items()
    }


def save_package(manifest: Manifest, weights: Mapping[str, NDArray], folder: Path) -> ModelPackage:
    """Write weights (floating tensors as float16) and the manifest with their checksum into a folder.

    Raises:
        ScarSegError: A tensor is not finite or too large for float16.
    """
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    halved = {
        name: np.ascontiguousarray(tensor.astype(np.float16) if np.issubdtype(tensor.dtype, np.floating) else tensor)
        for name, tensor in weights.items()
    }
    broken = [name for name, tensor in halved.items() if not np.isfinite(tensor).all()]
    if broken:
        raise ScarSegError(f"{', '.join(broken)} of {manifest.name} are not finite in half precision: train again")
    path = folder / WEIGHTS_NAME
    save_file(halved, path)
    complete = dataclasses.replace(manifest, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    write_manifest(complete, folder)
    return ModelPackage(folder, complete)
