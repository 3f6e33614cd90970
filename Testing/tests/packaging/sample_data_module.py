"""A stand-in for Slicer's module SampleData: its registration, and its way from a registered source to loaded nodes.

Names, signatures, checks and the order of steps are those of Slicer 5.12. Files are fetched by ``urllib`` into a cache,
checked, and read by the storage nodes of slicer-core.
"""

from __future__ import annotations

import hashlib
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

STORAGE_NODES = {
    "VolumeFile": ("vtkMRMLScalarVolumeNode", "vtkMRMLVolumeArchetypeStorageNode"),
    "SegmentationFile": ("vtkMRMLSegmentationNode", "vtkMRMLSegmentationStorageNode"),
}


@dataclass(frozen=True)
class SampleDataSource:
    """What was registered; equal sources are registered once."""

    sampleName: str  # noqa: N815
    uris: tuple[str, ...]
    fileNames: tuple[str, ...]  # noqa: N815
    nodeNames: tuple[str, ...]  # noqa: N815
    checksums: tuple[str, ...]
    loadFileTypes: tuple[str, ...]  # noqa: N815
    thumbnailFileName: str  # noqa: N815


class SampleDataLogic:
    """The registration functions, and ``downloadSamples`` for tests."""

    categories: ClassVar[dict[str, str]] = {}
    sources: ClassVar[dict[str, list[SampleDataSource]]] = {}

    @staticmethod
    def registerCustomSampleDataCategory(category: str, title: str) -> None:  # noqa: N802
        SampleDataLogic.categories[category] = title

    @staticmethod
    def registerCustomSampleDataSource(  # noqa: N802
        category: str = "Custom",
        sampleName: str | None = None,  # noqa: N803
        uris: Any = None,
        fileNames: Any = None,  # noqa: N803
        nodeNames: Any = None,  # noqa: N803
        customDownloader: Any = None,  # noqa: N803
        thumbnailFileName: str | None = None,  # noqa: N803
        loadFileTypes: Any = None,  # noqa: N803
        loadFiles: Any = None,  # noqa: N803
        loadFileProperties: Any = None,  # noqa: N803
        checksums: Any = None,
        loadFileType: Any = None,  # noqa: N803
    ) -> None:
        assert customDownloader is None, "downloadSample ignores it: only the buttons would work"
        assert loadFileProperties is None
        assert loadFileType is None, "deprecated"
        columns = (uris, fileNames, nodeNames, loadFiles, loadFileTypes, checksums)
        if len({len(column) for column in columns}) != 1:
            raise ValueError("All fields of sample data source must have the same length")
        source = SampleDataSource(
            sampleName, *map(tuple, (uris, fileNames, nodeNames, checksums, loadFileTypes)), thumbnailFileName
        )
        registered = SampleDataLogic.sources.setdefault(category, [])
        if source not in registered:
            registered.append(source)


def download_samples(name: str, cache: Path, scene: Any) -> list[Any]:
    """The loaded nodes of a registered source, as ``SampleData.downloadSamples`` returns them."""
    (source,) = [
        source for sources in SampleDataLogic.sources.values() for source in sources if source.sampleName == name
    ]
    nodes = []
    for uri, file_name, node_name, checksum, kind in zip(
        source.uris, source.fileNames, source.nodeNames, source.checksums, source.loadFileTypes, strict=True
    ):
        path = cache / file_name
        urllib.request.urlretrieve(uri, path)
        algorithm, digest = checksum.split(":")
        if hashlib.new(algorithm.lower(), path.read_bytes()).hexdigest() != digest:
            raise ValueError(f"checksum verification of {path} failed")
        nodes.append(_load(path, node_name, kind, scene))
    return nodes


def _load(path: Path, name: str, kind: str, scene: Any) -> Any:
    node_class, storage_class = STORAGE_NODES[kind]
    node, storage = scene.AddNewNodeByClass(node_class, name), scene.AddNewNodeByClass(storage_class)
    storage.SetFileName(str(path))
    if not storage.ReadData(node):
        raise ValueError(f"{path} could not be read")
    return node
