"""`slicer.dicomDatabase`: finds the files of the studies that were loaded from DICOM."""
# ruff: noqa: N801, N802, N803, N815

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pydicom
from PySide6.QtCore import Property, QObject


class ctkDICOMDatabase(QObject):
    """The files that `Testing.desktop.study.load_study` read, by their identifiers."""

    isOpen = Property(bool, lambda _self: True)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._files = {}

    def fileForInstance(self, sopInstanceUID: str) -> str:
        """Return the file of an image, empty where it is not known."""
        return next((path for uid, (_, path) in self._files.items() if uid == sopInstanceUID), "")

    def filesForSeries(self, seriesUID: str, hits: int = -1) -> tuple[str, ...]:
        """Return the files of a series, at most `hits` of them."""
        files = tuple(path for series, path in self._files.values() if series == seriesUID)
        return files if hits < 0 else files[:hits]

    def instanceValue(self, sopInstanceUID: str, tag: str) -> str:
        """Return the value of a tag ("0020,000d") of an image, empty where either is not known."""
        path = self.fileForInstance(sopInstanceUID)
        return self.fileValue(path, tag) if path else ""

    def fileValue(self, fileName: str, tag: str) -> str:
        """Return the value of a tag ("0020,000d") of a file, empty where it has none."""
        group, _, element = tag.partition(",")
        found = pydicom.dcmread(fileName, stop_before_pixels=True).get((int(group, 16), int(element, 16)))
        return "" if found is None else str(found.value)

    def _add(self, files: Iterable[Path]) -> tuple[str, ...]:
        """Take in files; return their SOP instance UIDs in the same order."""
        headers = [(path, pydicom.dcmread(path, stop_before_pixels=True)) for path in files]
        self._files |= {header.SOPInstanceUID: (header.SeriesInstanceUID, str(path)) for path, header in headers}
        return tuple(header.SOPInstanceUID for _, header in headers)
