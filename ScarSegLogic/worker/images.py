"""Volumes and label maps on their way to and from the worker: the array apart, the rest as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.volume import LabelMap, Volume


def volume_to_json(volume: Volume) -> dict[str, Any]:
    """All of a volume but its array."""
    files = [str(path) for path in volume.source_files]
    return {**_common(volume), "metadata": dict(volume.metadata), "source_files": files}


def volume_from_json(document: dict[str, Any], array: NDArray[np.float32]) -> Volume:
    """The volume of ``volume_to_json`` and its array."""
    return Volume(
        array,
        _geometry(document, array),
        document["name"],
        document["metadata"],
        _warnings(document),
        tuple(Path(path) for path in document["source_files"]),
    )


def label_map_to_json(labels: LabelMap) -> dict[str, Any]:
    """All of a label map but its array."""
    return _common(labels)


def label_map_from_json(document: dict[str, Any], array: NDArray[np.integer]) -> LabelMap:
    """The label map of ``label_map_to_json`` and its array."""
    return LabelMap(array, _geometry(document, array), document["name"], _warnings(document))


def _common(image: Volume | LabelMap) -> dict[str, Any]:
    # Python writes the shortest text that reads back as the same float, so the grid stays exact.
    return {
        "ijk_to_ras": image.geometry.ijk_to_ras.tolist(),
        "name": image.name,
        "warnings": list(image.warnings),
    }


def _geometry(document: dict[str, Any], array: NDArray) -> Geometry:
    return Geometry(array.shape, np.array(document["ijk_to_ras"]))


def _warnings(document: dict[str, Any]) -> tuple[str, ...]:
    return tuple(document["warnings"])
