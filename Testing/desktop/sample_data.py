"""`SampleData` of the stand-in: registers sample studies and loads those that are files on this machine."""
# ruff: noqa: N802, N803, N815

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import slicer


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


@dataclass
class SampleDataSource:
    """One sample study: where its files are and how they are loaded."""

    sampleName: str | None = None
    uris: Any = None
    fileNames: Any = None
    nodeNames: Any = None
    customDownloader: Any = None
    thumbnailFileName: str | None = None
    loadFileTypes: Any = None
    loadFiles: Any = None
    loadFileProperties: dict[str, Any] = field(default_factory=dict)
    checksums: Any = None


class SampleDataLogic:
    """Registers and loads sample studies."""

    @staticmethod
    def registerCustomSampleDataCategory(category: str, title: str | None = None) -> None:
        """Name a section of the Sample Data module."""
        slicer.modules.sampleDataSources.setdefault(category, [])
        slicer.modules.sampleDataSourceCategories[category] = {"title": title or category}

    @staticmethod
    def registerCustomSampleDataSource(
        category: str = "Custom",
        sampleName: str | None = None,
        uris: Any = None,
        fileNames: Any = None,
        nodeNames: Any = None,
        customDownloader: Any = None,
        thumbnailFileName: str | None = None,
        loadFileTypes: Any = None,
        loadFiles: Any = None,
        loadFileProperties: dict[str, Any] | None = None,
        checksums: Any = None,
        loadFileType: Any = None,
    ) -> None:
        """Offer a sample study; a second one of the same name in a category replaces the first."""
        if loadFileType is not None and loadFileTypes is not None:
            raise ValueError("loadFileType and loadFileTypes cannot be specified at the same time")
        source = SampleDataSource(
            sampleName, uris, fileNames, nodeNames, customDownloader, thumbnailFileName,
            loadFileTypes or loadFileType, loadFiles, loadFileProperties or {}, checksums,
        )  # fmt: skip
        sources = slicer.modules.sampleDataSources.setdefault(category, [])
        sources[:] = [known for known in sources if known.sampleName != sampleName] + [source]

    def downloadFromSource(self, source: SampleDataSource) -> list[Any]:
        """Load a study from files on this machine and return its nodes.

        Raises:
            NotImplementedError: the files would have to be downloaded.
            ValueError: a file differs from its checksum.
        """
        nodes = []
        names, types = _as_list(source.nodeNames), _as_list(source.loadFileTypes)
        checksums = _as_list(source.checksums) if source.checksums else [None] * len(names)
        for uri, name, file_type, checksum in zip(_as_list(source.uris), names, types, checksums, strict=True):
            parts = urlparse(uri)
            if parts.scheme != "file":
                raise NotImplementedError(f"The desktop stand-in downloads nothing: {uri}")
            path = Path(unquote(parts.path))
            _check(path, checksum)
            nodes.append(slicer.util.loadNodeFromFile(str(path), file_type, {"name": name}))
        return nodes

    def downloadSample(self, sampleName: str) -> Any:
        """Load a study by its name and return its first node."""
        for sources in slicer.modules.sampleDataSources.values():
            for source in sources:
                if source.sampleName == sampleName:
                    return self.downloadFromSource(source)[0]
        raise RuntimeError(f"No sample data source was found with name '{sampleName}'")

    downloadSamples = downloadSample


def downloadSample(sampleName: str) -> Any:
    """Load a study by its name and return its first node."""
    return SampleDataLogic().downloadSample(sampleName)


def _check(path: Path, checksum: str | None) -> None:
    if not checksum:
        return
    algorithm, _, digest = checksum.partition(":")
    found = hashlib.new(algorithm, path.read_bytes()).hexdigest()
    if found != digest:
        raise ValueError(f"{path} has {algorithm} {found}, expected {digest}.")
