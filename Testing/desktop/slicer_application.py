"""`slicer.app`: the Qt application with the members of `qSlicerApplication` that modules use."""
# ruff: noqa: N801, N802, N803, N815

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any, ClassVar

from PySide6.QtCore import Property, QEventLoop, QSettings, Signal
from PySide6.QtWidgets import QApplication
from trame_slicer.core import SlicerApp

from Testing.desktop.core_io import qSlicerCoreIOManager
from Testing.desktop.dicom_database import ctkDICOMDatabase
from Testing.desktop.module_manager import qSlicerModuleManager
from Testing.desktop.stored import stored

VERSION = (5, 12)


class qSlicerApplication(QApplication):
    """The application object."""

    startupCompleted = Signal()
    mrmlSceneChanged = Signal(object)
    cpp_signals: ClassVar[dict[str, str]] = {
        "startupCompleted()": "startupCompleted",
        "mrmlSceneChanged(vtkMRMLScene*)": "mrmlSceneChanged",
    }
    applicationName = Property(str, lambda _self: "Slicer")
    majorVersion = Property(int, lambda _self: VERSION[0])
    minorVersion = Property(int, lambda _self: VERSION[1])
    documentationBaseUrl = Property(str, lambda _self: "https://slicer.readthedocs.io/en/latest/")
    slicerHome = Property(str, lambda _self: str(Path(sys.prefix)))

    def __init__(self, core: SlicerApp) -> None:
        super().__init__(["Slicer"])
        self._core = core
        self._testing = False
        self._layout_manager = None
        self._dicom_database = ctkDICOMDatabase(self)
        self._module_manager = qSlicerModuleManager(self)
        self._io_manager = qSlicerCoreIOManager(core, self)
        self._temporaryPath = tempfile.mkdtemp(prefix="slicer-desktop-")
        # Settings live for one run: tests must not see those of the run before.
        settings_path = str(Path(self._temporaryPath) / "Slicer.ini")
        QSettings.setDefaultFormat(QSettings.IniFormat)
        QSettings.setPath(QSettings.IniFormat, QSettings.UserScope, self._temporaryPath)
        self._settings = QSettings(settings_path, QSettings.IniFormat)

    temporaryPath, setTemporaryPath = stored(str, "temporaryPath", "")

    def mrmlScene(self) -> Any:
        """Return the scene."""
        return self._core.scene

    def applicationLogic(self) -> Any:
        """Return the application logic."""
        return self._core.app_logic

    def moduleLogic(self, name: str) -> Any:
        """Return a module's logic, or None."""
        return self._core.app_logic.GetModuleLogic(name)

    def moduleManager(self) -> qSlicerModuleManager:
        """Return what loads and finds modules."""
        return self._module_manager

    def coreIOManager(self) -> qSlicerCoreIOManager:
        """Return what loads and saves files."""
        return self._io_manager

    def dicomDatabase(self) -> ctkDICOMDatabase:
        """Return what finds the files of DICOM studies."""
        return self._dicom_database

    def layoutManager(self) -> Any:
        """Return what arranges the views."""
        return self._layout_manager

    def settings(self) -> QSettings:
        """Return the application's settings."""
        return self._settings

    def userSettings(self) -> QSettings:
        """Return the user's settings."""
        return self._settings

    def revisionUserSettings(self) -> QSettings:
        """Return the settings of this revision."""
        return self._settings

    def testingEnabled(self) -> bool:
        """Say whether Slicer was started with `--testing`; here, whether self-tests are running."""
        return self._testing

    def processEvents(self, flags: Any = QEventLoop.AllEvents) -> None:
        """Let Qt handle what waits."""
        QApplication.processEvents(flags)

    def pauseRender(self) -> None:
        """Hold back rendering of every view; calls nest."""
        self._layout_manager.pauseRender()

    def resumeRender(self) -> None:
        """Undo one `pauseRender`."""
        self._layout_manager.resumeRender()

    def translate(self, context: str, text: str) -> str:  # noqa: ARG002
        """Return the text: the stand-in speaks English."""
        return text

    def moduleDocumentationUrl(self, moduleName: str) -> str:
        """Return where a module is described."""
        return f"{self.documentationBaseUrl}user_guide/modules/{moduleName.lower()}.html"
