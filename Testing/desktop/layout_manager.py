"""`slicer.app.layoutManager()`: the views, arranged as the layout node says."""
# ruff: noqa: N801, N802, N815

from __future__ import annotations

from typing import Any, ClassVar

import slicer
from PySide6.QtCore import Property, QObject, Signal
from PySide6.QtWidgets import QGridLayout, QWidget
from slicer import vtkMRMLLayoutNode
from trame_slicer.core import SlicerApp
from trame_slicer.views import DirectViewFactory, ViewLayoutDefinition
from vtkmodules.vtkCommonCore import vtkObject

from Testing.desktop.plot_view import qMRMLPlotWidget
from Testing.desktop.scene_widget import Observations
from Testing.desktop.view_widgets import qMRMLSliceWidget, qMRMLThreeDWidget

FOUR_UP = (("Red", 0, 0), ("ThreeD", 0, 1), ("Green", 1, 0), ("Yellow", 1, 1))
# Places of each view: name, row, column (then row span, column span).
ARRANGEMENTS: dict[int, tuple[tuple[Any, ...], ...]] = {
    vtkMRMLLayoutNode.SlicerLayoutFourUpView: FOUR_UP,
    vtkMRMLLayoutNode.SlicerLayoutConventionalView: (
        ("ThreeD", 0, 0, 1, 3), ("Red", 1, 0), ("Green", 1, 1), ("Yellow", 1, 2),
    ),
    vtkMRMLLayoutNode.SlicerLayoutFourUpPlotView: (("Red", 0, 0), ("Plot", 0, 1), ("Green", 1, 0), ("Yellow", 1, 1)),
    vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView: (("Red", 0, 0),),
    vtkMRMLLayoutNode.SlicerLayoutOneUpGreenSliceView: (("Green", 0, 0),),
    vtkMRMLLayoutNode.SlicerLayoutOneUpYellowSliceView: (("Yellow", 0, 0),),
    vtkMRMLLayoutNode.SlicerLayoutOneUp3DView: (("ThreeD", 0, 0),),
}  # fmt: skip
SLICE_NAMES = ("Red", "Green", "Yellow")


class qSlicerLayoutManager(QObject):
    """Holds the views and arranges them."""

    layoutChanged = Signal(int)
    cpp_signals: ClassVar[dict[str, str]] = {"layoutChanged(int)": "layoutChanged"}

    def __init__(self, core: SlicerApp, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._core = core
        self._viewport = QWidget()
        self._grid = QGridLayout(self._viewport)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(2)
        core.view_manager.register_factory(DirectViewFactory(do_render_offscreen=True))
        # trame-slicer observes an event that VTK 9.6 no longer sends, and VTK warns; ViewFrame resizes the slices.
        vtkObject.GlobalWarningDisplayOff()
        self._widgets = {name: self._slice_widget(name) for name in SLICE_NAMES}
        vtkObject.GlobalWarningDisplayOn()
        self._widgets["ThreeD"] = self._threed_widget()
        self._plot = qMRMLPlotWidget(self._viewport)
        self._plot.setMRMLScene(core.scene)
        self._widgets["Plot"] = self._plot
        self._layout_node = self._new_layout_node()
        self._observations = Observations(self)
        self._observations.observe(self._layout_node, "ModifiedEvent", self._arrange)
        self._arranged = None
        self._layout_node.SetViewArrangement(vtkMRMLLayoutNode.SlicerLayoutFourUpView)
        self._arrange()

    def _new_layout_node(self) -> Any:
        node = vtkMRMLLayoutNode()
        for arrangement, places in ARRANGEMENTS.items():
            views = "".join(f'<item><view singletontag="{name}"/></item>' for name, *_ in places)
            node.AddLayoutDescription(arrangement, f'<layout type="horizontal">{views}</layout>')
        return self._core.scene.AddNode(node)

    def _slice_widget(self, name: str) -> qMRMLSliceWidget:
        definition = {
            "Red": ViewLayoutDefinition.axial_view,
            "Green": ViewLayoutDefinition.coronal_view,
            "Yellow": ViewLayoutDefinition.sagittal_view,
        }[name]()
        return qMRMLSliceWidget(self._core.view_manager.create_view(definition), self._viewport)

    def _threed_widget(self) -> qMRMLThreeDWidget:
        definition = ViewLayoutDefinition.threed_view(name="1", background_color=("#c1c3e8", "#747ba6"))
        return qMRMLThreeDWidget(self._core.view_manager.create_view(definition), self._viewport)

    def viewport(self) -> QWidget:
        """Return the widget that holds the views."""
        return self._viewport

    def setLayout(self, layout: int) -> None:
        """Arrange the views.

        Raises:
            NotImplementedError: the stand-in has no such arrangement.
        """
        if layout not in ARRANGEMENTS:
            raise NotImplementedError(f"The desktop stand-in has no layout {layout}.")
        self._layout_node.SetViewArrangement(layout)

    layout = Property(int, lambda self: self._layout_node.GetViewArrangement(), setLayout)
    threeDViewCount = Property(int, lambda _self: 1)
    tableViewCount = Property(int, lambda _self: 0)
    plotViewCount = Property(int, lambda _self: 1)

    def sliceViewNames(self) -> tuple[str, ...]:
        """Return the names of the slice views."""
        return SLICE_NAMES

    def sliceWidget(self, name: str) -> qMRMLSliceWidget | None:
        """Return a slice view, or None."""
        return self._widgets[name] if name in SLICE_NAMES else None

    def threeDWidget(self, index: int | str) -> qMRMLThreeDWidget | None:
        """Return the 3D view."""
        return self._widgets["ThreeD"] if index in (0, "1") else None

    def plotWidget(self, index: int) -> qMRMLPlotWidget | None:
        """Return the plot view."""
        return self._plot if index == 0 else None

    def layoutLogic(self) -> Any:
        """Return what knows the layout node."""
        raise NotImplementedError("The desktop stand-in has no layout logic; use layoutManager().setLayout().")

    def mrmlSliceLogics(self) -> Any:
        """Return the collection of slice logics."""
        return self._core.app_logic.GetSliceLogics()

    def resetSliceViews(self) -> None:
        """Fit every slice view to its background volume."""
        for name in SLICE_NAMES:
            self._widgets[name].fitSliceToBackground()

    def resetThreeDViews(self) -> None:
        """Show everything in the 3D view."""
        self._widgets["ThreeD"].threeDController().resetFocalPoint()

    def pauseRender(self) -> None:
        """Hold back rendering of every view; calls nest."""
        self.setRenderPaused(True)

    def resumeRender(self) -> None:
        """Undo one `pauseRender`."""
        self.setRenderPaused(False)

    def setRenderPaused(self, pause: bool) -> None:
        """Hold back rendering, or let it go on."""
        for frame in self._frames():
            frame.pause(pause)

    def _frames(self) -> list[Any]:
        return [*(self._widgets[name].sliceView() for name in SLICE_NAMES), self._widgets["ThreeD"].threeDView()]

    def _arrange(self) -> None:
        arrangement = self._layout_node.GetViewArrangement()
        if arrangement == self._arranged or arrangement not in ARRANGEMENTS:
            return
        self._arranged = arrangement
        for widget in self._widgets.values():
            self._grid.removeWidget(widget)
            widget.hide()
        for name, *place in ARRANGEMENTS[arrangement]:
            self._grid.addWidget(self._widgets[name], *place)
            self._widgets[name].show()
        if slicer.mrmlScene is not None:
            self.layoutChanged.emit(arrangement)
