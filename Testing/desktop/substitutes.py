"""Every name that the stand-in puts in the place of Slicer's own, and where it puts it."""

from __future__ import annotations

import sys
from types import ModuleType

import slicer
import slicer.util
from PySide6.QtWidgets import QMessageBox
from trame_slicer.core import SlicerApp

from Testing.desktop import pip_packages, sample_data, translation
from Testing.desktop.ctk_containers import ctkCollapsibleButton, ctkCollapsibleGroupBox, ctkExpandableWidget
from Testing.desktop.ctk_inputs import (
    ctkComboBox,
    ctkDirectoryButton,
    ctkDoubleSpinBox,
    ctkPathLineEdit,
    ctkSliderWidget,
)
from Testing.desktop.module_manager import Modules, qSlicerCoreModule
from Testing.desktop.module_representation import qSlicerScriptedLoadableModule, qSlicerScriptedLoadableModuleWidget
from Testing.desktop.node_selectors import qMRMLNodeComboBox
from Testing.desktop.plot_view import qMRMLPlotView, qMRMLPlotWidget
from Testing.desktop.pythonqt import flat_module
from Testing.desktop.qt_names import qt_members
from Testing.desktop.scene_widget import qMRMLWidget
from Testing.desktop.segment_editor import SegmentEditorWidget, qMRMLSegmentEditorWidget
from Testing.desktop.segment_selector import qMRMLSegmentSelectorWidget
from Testing.desktop.segments_table import qMRMLSegmentsTableView
from Testing.desktop.slicer_application import qSlicerApplication
from Testing.desktop.table_view import qMRMLTableView
from Testing.desktop.ui_loader import StrictUiLoader
from Testing.desktop.view_widgets import qMRMLSliceWidget, qMRMLThreeDWidget

MISSING = "the desktop stand-in does not supply it. If Slicer has it, add it under Testing/desktop."


class ctkMessageBox(QMessageBox):  # noqa: N801
    """A message box; without the "don't show again" of CTK's."""


CTK = {
    widget.__name__: widget
    for widget in (
        ctkCollapsibleButton, ctkCollapsibleGroupBox, ctkComboBox, ctkDirectoryButton, ctkDoubleSpinBox,
        ctkExpandableWidget, ctkMessageBox, ctkPathLineEdit, ctkSliderWidget,
    )
}  # fmt: skip
WIDGETS = {
    widget.__name__: widget
    for widget in (
        qMRMLNodeComboBox, qMRMLPlotView, qMRMLPlotWidget, qMRMLSegmentEditorWidget, qMRMLSegmentSelectorWidget,
        qMRMLSegmentsTableView, qMRMLSliceWidget, qMRMLTableView, qMRMLThreeDWidget, qMRMLWidget,
        qSlicerScriptedLoadableModule, qSlicerScriptedLoadableModuleWidget,
    )
}  # fmt: skip
NOT_IN_DESIGNER = {"ctkMessageBox", "qMRMLSliceWidget", "qMRMLThreeDWidget"} | {
    name for name in WIDGETS if name.startswith("qSlicer")
}
CORE_LOGICS = ("Colors", "Markups", "Plots", "Segmentations", "SubjectHierarchy", "Tables", "Terminologies", "Volumes")


def install_qt_and_ctk() -> None:
    """Make `qt` and `ctk` importable."""
    flat_module("qt", qt_members(), MISSING)
    flat_module("ctk", CTK, MISSING)
    StrictUiLoader.custom_widgets = {
        name: widget for name, widget in (CTK | WIDGETS).items() if name not in NOT_IN_DESIGNER
    }


def install_slicer(app: qSlicerApplication, core: SlicerApp) -> None:
    """Complete the package `slicer` of the wheel with what it lacks; again after another test changed it."""
    slicer.app = app
    slicer.mrmlScene = core.scene
    if not isinstance(getattr(slicer, "modules", None), Modules):
        slicer.modules = Modules()
    for name, widget in WIDGETS.items():
        setattr(slicer, name, widget)
    for name, module in {"i18n": translation, "packaging": pip_packages}.items():
        setattr(slicer, name, module)
        sys.modules[f"slicer.{name}"] = module
    slicer.dicomDatabase = app.dicomDatabase()
    sys.modules["SampleData"] = sample_data
    from Testing.desktop import scripted_module

    slicer.ScriptedLoadableModule = scripted_module
    sys.modules["slicer.ScriptedLoadableModule"] = scripted_module
    sys.modules["slicer.parameterNodeWrapper"] = _refused("slicer.parameterNodeWrapper")


def register_core_modules(app: qSlicerApplication, core: SlicerApp) -> None:
    """Offer the logics of Slicer's core under `slicer.modules`."""
    manager = app.moduleManager()
    # The application logic holds its modules' logics weakly.
    further = {"Tables": slicer.vtkSlicerTablesLogic(), "Plots": slicer.vtkSlicerPlotsLogic()}
    for name, logic in further.items():
        core.register_module_logic(logic, logic_name=name)
    for name in CORE_LOGICS:
        logic = further.get(name) or core.app_logic.GetModuleLogic(name)
        if logic is None:
            raise RuntimeError(f"slicer-core has no logic '{name}'.")
        manager._register(qSlicerCoreModule(name, logic, parent=manager))
    manager._register(qSlicerCoreModule("SegmentEditor", None, SegmentEditorWidget, parent=manager))
    slicer.modules.sampleDataSources = {}
    slicer.modules.sampleDataSourceCategories = {}


def substituted_names() -> dict[str, list[str]]:
    """Return every substituted name, by the place where a module finds it."""
    from Testing.desktop import scripted_module

    return {
        "qt (PySide6 under PythonQt's rules)": sorted(qt_members()),
        "ctk": sorted(CTK),
        "slicer": sorted(
            [
                *WIDGETS,
                "app",
                "modules",
                "mrmlScene",
                "dicomDatabase",
                "ScriptedLoadableModule",
                "i18n",
                "packaging",
                "selfTests",
            ]
        ),
        "slicer.app": sorted(name for name in vars(qSlicerApplication) if not name.startswith("_")),
        "slicer.modules": sorted([*(name.lower() for name in CORE_LOGICS), "segmenteditor", "sampleDataSources"]),
        "slicer.ScriptedLoadableModule": sorted(scripted_module.__all__),
        "slicer.i18n": ["tr", "translate"],
        "slicer.packaging": ["load_requirements", "pip_check", "pip_ensure", "pip_install"],
        "SampleData": ["SampleDataLogic", "SampleDataSource", "downloadSample"],
    }


def _refused(name: str) -> ModuleType:
    return flat_module(
        name, {"__path__": []}, "it lives inside Slicer's desktop only; use ScarSegLogic.mrml.parameters"
    )


def declaration() -> str:
    """Return the list that is printed on start-up."""
    lines = ["The desktop stand-in substitutes these names (everything else is Slicer's own, from slicer-core):"]
    lines += [f"  {place}: {', '.join(names)}" for place, names in substituted_names().items()]
    return "\n".join(lines)
