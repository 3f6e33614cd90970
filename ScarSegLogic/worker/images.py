"""Volumes and label maps on their way to and from the worker: the array apart, the rest as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.jobs.job import JobSpec
from ScarSegLogic.quantification.la_request import LARequest
from ScarSegLogic.quantification.request import LVRequest
from ScarSegLogic.volume import LabelMap, Volume
from ScarSegLogic.worker.context import JobContext


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


def study_spec(
    name: str,
    request: LVRequest | LARequest,
    image: Volume,
    label_maps: Mapping[str, LabelMap | None],
    arguments: Mapping[str, Any] | None = None,
) -> JobSpec:
    """A job on one study.

    Args:
        name: Of the job.
        request: What is asked.
        image: The LGE study.
        label_maps: By their names in the job; None is left out.
        arguments: What else the job is told, JSON's own types.
    """
    # Late: opening a module need not wait for it.
    from ScarSegLogic.quantification.request_json import request_to_json

    given = {key: labels for key, labels in label_maps.items() if labels is not None}
    return JobSpec(
        name,
        {
            "request": request_to_json(request),
            "image": volume_to_json(image),
            "label_maps": {key: label_map_to_json(labels) for key, labels in given.items()},
            **(arguments or {}),
        },
        {"image": image.array, **{key: labels.array for key, labels in given.items()}},
    )


def image_of(context: JobContext) -> Volume:
    """The study of a ``study_spec``."""
    return volume_from_json(context.arguments["image"], context.arrays["image"])


def label_map_of(context: JobContext, name: str) -> LabelMap | None:
    """A label map of a ``study_spec``, or None where it was left out."""
    documents = context.arguments["label_maps"]
    return label_map_from_json(documents[name], context.arrays[name]) if name in documents else None


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
