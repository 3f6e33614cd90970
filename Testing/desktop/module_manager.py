"""`slicer.modules` and `slicer.app.moduleManager()`."""
# ruff: noqa: N801, N802, N815

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import slicer
from PySide6.QtCore import Property, QFileInfo, QObject, Signal

from Testing.desktop.module_representation import qSlicerScriptedLoadableModule


class Modules:
    """`slicer.modules`: one attribute per module, in lower case; modules may add attributes of their own."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"'{name}' is not a module that the desktop stand-in has, nor set by one.")


class qSlicerCoreModule(QObject):
    """A module of Slicer's core: its real logic, and a panel where the stand-in has a placeholder for one."""

    def __init__(self, name: str, logic: Any, widget_factory: Any = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._logic = logic
        self._widget_factory = widget_factory
        self._widget = None

    name = Property(str, lambda self: self._name)
    title = Property(str, lambda self: self._name)

    def logic(self) -> Any:
        """Return the module's logic."""
        return self._logic

    def widgetRepresentation(self) -> Any:
        """Return the module's panel, made at the first call, or None where the stand-in has none."""
        if self._widget is None and self._widget_factory is not None:
            self._widget = self._widget_factory()
        return self._widget


class qSlicerModuleFactoryManager(QObject):
    """Knows the names of the loaded modules."""

    def __init__(self, manager: qSlicerModuleManager) -> None:
        super().__init__(manager)
        self._manager = manager
        self._registered = {}

    def loadedModuleNames(self) -> list[str]:
        """Return the names of the loaded modules."""
        return self._manager.modulesNames()

    def registerModule(self, file: QFileInfo) -> None:
        """Make a scripted module's file known."""
        self._registered[file.baseName()] = Path(file.absoluteFilePath())

    def loadModules(self, names: list[str]) -> bool:
        """Load registered modules; say whether all could be loaded."""
        for name in names:
            self._manager._load(self._registered[name])
        return all(self.isLoaded(name) for name in names)

    def isLoaded(self, name: str) -> bool:
        """Say whether a module is loaded."""
        return name in self._manager.modulesNames()


class qSlicerModuleManager(QObject):
    """Loads modules and finds them by name."""

    moduleLoaded = Signal(str)
    moduleAboutToBeUnloaded = Signal(str)
    cpp_signals: ClassVar[dict[str, str]] = {
        "moduleLoaded(QString)": "moduleLoaded",
        "moduleAboutToBeUnloaded(QString)": "moduleAboutToBeUnloaded",
    }

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._modules = {}
        self._factory_manager = qSlicerModuleFactoryManager(self)

    def factoryManager(self) -> qSlicerModuleFactoryManager:
        """Return what knows the names of the loaded modules."""
        return self._factory_manager

    def modulesNames(self) -> list[str]:
        """Return the names of the loaded modules."""
        return list(self._modules)

    def module(self, name: str) -> Any:
        """Return a module, or None."""
        return self._modules.get(name)

    def _register(self, module: QObject) -> None:
        self._modules[module.name] = module
        setattr(slicer.modules, module.name.lower(), module)

    def _load(self, path: Path) -> qSlicerScriptedLoadableModule:
        """Load a scripted module from its file."""
        module = qSlicerScriptedLoadableModule(path.stem, path, self)
        # A module finds itself in slicer.modules while it is set up, as in Slicer.
        self._register(module)
        module.setup()
        unknown = [name for name in module.dependencies if name not in self._modules]
        if unknown:
            raise RuntimeError(f"{path.stem} depends on modules that the stand-in lacks: {', '.join(unknown)}.")
        self.moduleLoaded.emit(module.name)
        return module

    def _unload_all(self) -> None:
        for name in list(self._modules):
            self.moduleAboutToBeUnloaded.emit(name)
