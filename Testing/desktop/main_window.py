"""Slicer's main window: module panel on the left, views in the middle, module selector above."""
# ruff: noqa: N801, N802, N815

from __future__ import annotations

from typing import Any, ClassVar

import slicer
from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDockWidget,
    QFrame,
    QLabel,
    QMainWindow,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from Testing.desktop.ctk_containers import ctkCollapsibleButton

WINDOW_SIZE = (1500, 940)
PANEL_WIDTH = 500


class qSlicerModulePanel(QScrollArea):
    """Holds the panel of the current module."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("ModulePanel")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self._content = QWidget(self)
        self._layout = QVBoxLayout(self._content)
        self._layout.setContentsMargins(6, 4, 6, 4)
        self.setWidget(self._content)
        self._content.installEventFilter(self)

    def _show(self, panel: QWidget) -> None:
        # removeWidget deletes its item; one that takeAt leaves behind would keep the panel's old sizes alive.
        for index in reversed(range(self._layout.count())):
            shown = self._layout.itemAt(index).widget()
            if shown is None:
                self._layout.takeAt(index)
            else:
                shown.hide()
                self._layout.removeWidget(shown)
        self._layout.addWidget(panel)
        self._layout.addStretch(1)
        panel.show()

    def minimumSizeHint(self) -> QSize:
        """Return a size never narrower than the content, as in Slicer: nothing scrolls sideways."""
        width = self._content.layout().totalMinimumSize().width() + self.verticalScrollBar().width
        return QSize(width, 100)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow a content that changes its size."""
        if event.type() == QEvent.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)


class qSlicerModuleSelectorToolBar(QObject):
    """Chooses the current module."""

    moduleSelected = Signal(str)
    cpp_signals: ClassVar[dict[str, str]] = {"moduleSelected(QString)": "moduleSelected"}

    def __init__(self, window: qSlicerMainWindow, box: QComboBox, panel: qSlicerModulePanel) -> None:
        super().__init__(window)
        self._box = box
        self._panel = panel
        self._selected = ""
        box.activated.connect(lambda row: self.selectModule(box.itemData(row)))

    def selectModule(self, name: str) -> None:
        """Leave the current module and enter another."""
        module = slicer.app.moduleManager().module(name)
        representation = module.widgetRepresentation() if module is not None else None
        if representation is None:
            raise RuntimeError(f"The desktop stand-in has no panel of a module '{name}'.")
        if name == self._selected:
            return
        if self._selected:
            slicer.app.moduleManager().module(self._selected).widgetRepresentation().exit()
        self._selected = name
        if self._box.findData(name) < 0:
            self._box.addItem(module.title or name, name)
        self._box.setCurrentIndex(self._box.findData(name))
        self._panel._show(representation)
        representation.enter()
        self.moduleSelected.emit(name)

    selectedModule = property(lambda self: self._selected)


class qSlicerMainWindow(QMainWindow):
    """The main window."""

    def __init__(self, viewport: QWidget) -> None:
        super().__init__()
        self.setObjectName("qSlicerMainWindow")
        self.setWindowTitle("3D Slicer – ScarSeg's desktop stand-in")
        self.resize(*WINDOW_SIZE)
        self._box = QComboBox(self)
        self._box.setMinimumWidth(220)
        toolbar = self.addToolBar("Modules")
        toolbar.setMovable(False)
        toolbar.addWidget(QLabel(" Modules: ", self))
        toolbar.addWidget(self._box)
        dock = QDockWidget("Module", self)
        dock.setObjectName("PanelDockWidget")
        dock.setFeatures(QDockWidget.NoDockWidgetFeatures)
        content = QWidget(dock)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        self._panel = qSlicerModulePanel(content)
        column.addWidget(self._panel)
        column.addWidget(self._data_probe(content))
        dock.setWidget(content)
        dock.setMinimumWidth(PANEL_WIDTH)
        self.addDockWidget(Qt.LeftDockWidgetArea, dock)
        self.setCentralWidget(viewport)
        self.statusBar().showMessage("Ready")
        self._selector = qSlicerModuleSelectorToolBar(self, self._box, self._panel)

    def _data_probe(self, parent: QWidget) -> QWidget:
        probe = ctkCollapsibleButton("Data Probe", parent)
        probe.setObjectName("DataProbeCollapsibleWidget")
        # The stand-in probes nothing; the section exists so that modules can hide it as they do in Slicer.
        probe.collapsed = True
        probe.hide()
        return probe

    def moduleSelector(self) -> Any:
        """Return what chooses the current module."""
        return self._selector
