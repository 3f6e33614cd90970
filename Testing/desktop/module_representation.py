"""`qSlicerScriptedLoadableModule` and its widget: what Slicer makes of a module's file."""
# ruff: noqa: N801, N802, N815

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import slicer
from PySide6.QtCore import Property, QObject
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QVBoxLayout, QWidget

from Testing.desktop.scene_widget import qMRMLWidget
from Testing.desktop.stored import stored


def load_source(name: str, path: Path) -> ModuleType:
    """Run a module's file and enter it in `sys.modules`, as Slicer does at start."""
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


class qSlicerScriptedLoadableModuleWidget(qMRMLWidget):
    """The panel that holds the widget class of a scripted module."""

    def __init__(self, module: qSlicerScriptedLoadableModule, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        QVBoxLayout(self)
        self._module = module
        self._python_self = None
        self._entered = False

    def reload(self) -> None:
        """Make the widget class anew and set it up."""
        widget_class = getattr(sys.modules[self._module.name], f"{self._module.name}Widget")
        self._python_self = widget_class(self)
        setattr(slicer.modules, f"{self._module.name}Widget", self._python_self)
        self._python_self.setup()

    def self(self) -> Any:
        """Return the module's Python widget."""
        return self._python_self

    def enter(self) -> None:
        """Tell the module that its panel is shown."""
        self._entered = True
        self._call("enter")

    def exit(self) -> None:
        """Tell the module that its panel is left."""
        self._entered = False
        self._call("exit")

    isEntered = Property(bool, lambda self: self._entered)

    def _call(self, method: str) -> None:
        if hasattr(self._python_self, method):
            getattr(self._python_self, method)()


class qSlicerScriptedLoadableModule(QObject):
    """A scripted module: its description, its panel, its logic."""

    title, setTitle = stored(str, "title", "")
    categories, setCategories = stored("QStringList", "categories", [])
    contributors, setContributors = stored("QStringList", "contributors", [])
    dependencies, setDependencies = stored("QStringList", "dependencies", [])
    associatedNodeTypes, setAssociatedNodeTypes = stored("QStringList", "associatedNodeTypes", [])
    helpText, setHelpText = stored(str, "helpText", "")
    acknowledgementText, setAcknowledgementText = stored(str, "acknowledgementText", "")
    hidden, setHidden = stored(bool, "hidden", False)
    index, setIndex = stored(int, "index", -1)
    widgetRepresentationCreationEnabled, setWidgetRepresentationCreationEnabled = stored(
        bool, "widgetRepresentationCreationEnabled", True
    )

    def __init__(self, name: str, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._path = path
        self._icon = QIcon()
        self._widget = None
        self._python_self = None
        self.setObjectName(f"{name}Module")

    name = Property(str, lambda self: self._name)
    path = Property(str, lambda self: str(self._path))

    def setIcon(self, icon: QIcon) -> None:
        """Set the icon of the module."""
        self._icon = icon

    icon = Property(QIcon, lambda self: self._icon, setIcon)

    def setup(self) -> None:
        """Run the module's file and make its description."""
        source = load_source(self._name, self._path)
        self._python_self = getattr(source, self._name)(self)
        setattr(slicer.modules, f"{self._name}Instance", self._python_self)
        if hasattr(self._python_self, "setup"):
            self._python_self.setup()

    def widgetRepresentation(self) -> qSlicerScriptedLoadableModuleWidget | None:
        """Return the panel, made at the first call."""
        if self._widget is None and self.widgetRepresentationCreationEnabled:
            self._widget = self.createNewWidgetRepresentation()
        return self._widget

    def createNewWidgetRepresentation(self) -> qSlicerScriptedLoadableModuleWidget:
        """Return a further panel."""
        widget = qSlicerScriptedLoadableModuleWidget(self)
        widget.setObjectName(f"{self._name}ModuleWidget")
        widget.setMRMLScene(slicer.mrmlScene)
        widget.reload()
        return widget

    def self(self) -> Any:
        """Return the module's Python description."""
        return self._python_self
