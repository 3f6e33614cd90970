"""`qMRMLSliceWidget` and `qMRMLThreeDWidget`: a view with its bar, under the names that Slicer gives the parts."""
# ruff: noqa: N801, N802

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QSlider, QToolButton, QVBoxLayout, QWidget
from trame_slicer.views import SliceView, ThreeDView

from Testing.desktop.scene_widget import Observations, qMRMLWidget
from Testing.desktop.views import ViewFrame

LETTERS = {"Red": "R", "Green": "G", "Yellow": "Y"}
SLICE_COLOURS = {"Red": "#f34a33", "Green": "#6dad4a", "Yellow": "#edd54c"}
MAXIMUM_PEELS = 50
"""Surfaces behind one another that are drawn in their order; VTK's 4 leave patches of a wrong colour."""
THREE_D_COLOUR = "#7474c8"


def _bar(parent: QWidget, colour: str, letter: str) -> QHBoxLayout:
    parent.setAutoFillBackground(True)
    palette = parent.palette
    palette.setColor(parent.backgroundRole(), QColor(colour))
    parent.setPalette(palette)
    layout = QHBoxLayout(parent)
    layout.setContentsMargins(4, 1, 4, 1)
    label = QLabel(f"<b>{letter}</b>", parent)
    label.setMinimumWidth(14)
    layout.addWidget(label)
    return layout


class qMRMLSliceView(ViewFrame):
    """The picture of a slice."""

    def mrmlSliceNode(self) -> Any:
        """Return the view's slice node."""
        return self._view.get_view_node()

    def renderWindow(self) -> Any:
        """Return VTK's render window."""
        return self._view.render_window()

    def interactor(self) -> Any:
        """Return VTK's interactor."""
        return self._view.interactor()

    def displayableManagerByClassName(self, name: str) -> Any:
        """Return one of the view's displayable managers."""
        return self._view.get_displayable_manager_by_class(name)

    def forceRender(self) -> None:
        """Render now."""
        self.render_now()

    def scheduleRender(self) -> None:
        """Render when the event loop is next idle."""
        self.render_soon()


class qMRMLSliceControllerWidget(QWidget):
    """The coloured bar of a slice view: its letter, the slice slider, the offset, "fit"."""

    def __init__(self, view: SliceView, parent: QWidget) -> None:
        super().__init__(parent)
        self._view = view
        self._logic = view._logic
        layout = _bar(self, SLICE_COLOURS[view.name], LETTERS[view.name])
        self._fit = QToolButton(self)
        self._fit.setText("Fit")
        self._fit.setToolTip("Adjust the slice viewer's field of view to match the extent of the background volume")
        self._slider = QSlider(Qt.Horizontal, self)
        self._offset = QDoubleSpinBox(self)
        self._offset.setDecimals(2)
        self._offset.setSuffix("mm")
        for part in (self._fit, self._slider, self._offset):
            layout.addWidget(part)
        self._observations = Observations(self)
        self._observations.observe(self._logic, "ModifiedEvent", self._show_offset)
        self._observations.observe(view.get_view_node(), "ModifiedEvent", self._show_offset)
        self._slider.valueChanged.connect(self._slider_moved)
        self._offset.valueChanged.connect(self._logic.SetSliceOffset)
        self._fit.clicked.connect(self.fitSliceToBackground)
        self._show_offset()

    def fitSliceToBackground(self) -> None:
        """Show the whole background volume."""
        self._view.fit_view_to_content()

    def setSliceOffsetValue(self, offset_mm: float) -> None:
        """Move to a slice."""
        self._logic.SetSliceOffset(offset_mm)

    def mrmlSliceNode(self) -> Any:
        """Return the view's slice node."""
        return self._view.get_view_node()

    def _slider_moved(self, step: int) -> None:
        low, _ = self._view.get_slice_range()
        self._logic.SetSliceOffset(low + step * self._view.get_slice_step())

    def _show_offset(self) -> None:
        low, high = self._view.get_slice_range()
        step = self._view.get_slice_step()
        for part in (self._slider, self._offset):
            part.blockSignals(True)
        self._slider.setRange(0, max(0, round((high - low) / step)))
        self._slider.setValue(round((self._logic.GetSliceOffset() - low) / step))
        self._offset.setRange(min(low, self._logic.GetSliceOffset()), max(high, self._logic.GetSliceOffset()))
        self._offset.setSingleStep(step)
        self._offset.setValue(self._logic.GetSliceOffset())
        for part in (self._slider, self._offset):
            part.blockSignals(False)


class qMRMLSliceWidget(qMRMLWidget):
    """A slice view with its bar."""

    def __init__(self, view: SliceView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._slicer_view = view
        self._controller = qMRMLSliceControllerWidget(view, self)
        self._frame = qMRMLSliceView(view, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._controller)
        layout.addWidget(self._frame)

    def sliceController(self) -> qMRMLSliceControllerWidget:
        """Return the bar."""
        return self._controller

    def sliceView(self) -> qMRMLSliceView:
        """Return the picture."""
        return self._frame

    def sliceLogic(self) -> Any:
        """Return the slice logic."""
        return self._slicer_view._logic

    def mrmlSliceNode(self) -> Any:
        """Return the slice node."""
        return self._slicer_view.get_view_node()

    def mrmlSliceCompositeNode(self) -> Any:
        """Return the node that names the volumes shown."""
        return self._slicer_view._logic.GetSliceCompositeNode()

    def fitSliceToBackground(self) -> None:
        """Show the whole background volume."""
        self._controller.fitSliceToBackground()


class qMRMLThreeDView(ViewFrame):
    """The picture of the 3D scene."""

    def mrmlViewNode(self) -> Any:
        """Return the view node."""
        return self._view.get_view_node()

    def renderWindow(self) -> Any:
        """Return VTK's render window."""
        return self._view.render_window()

    def interactor(self) -> Any:
        """Return VTK's interactor."""
        return self._view.interactor()

    def cameraNode(self) -> Any:
        """Return the camera node."""
        return self._view.get_camera_node()

    def resetFocalPoint(self) -> None:
        """Look at the middle of what is shown."""
        self._view.reset_focal_point()

    def resetCamera(self) -> None:
        """Show everything."""
        self._view.reset_camera()

    def forceRender(self) -> None:
        """Render now."""
        self.render_now()

    def scheduleRender(self) -> None:
        """Render when the event loop is next idle."""
        self.render_soon()


class qMRMLThreeDViewControllerWidget(QWidget):
    """The bar of a 3D view."""

    def __init__(self, view: ThreeDView, parent: QWidget) -> None:
        super().__init__(parent)
        self._view = view
        layout = _bar(self, THREE_D_COLOUR, "1")
        self._reset = QToolButton(self)
        self._reset.setText("Fit")
        self._reset.setToolTip("Center the 3D view on the scene")
        layout.addWidget(self._reset)
        layout.addStretch(1)
        self._reset.clicked.connect(self.resetFocalPoint)

    def resetFocalPoint(self) -> None:
        """Look at the middle of what is shown, from where all of it is seen."""
        self._view.reset_focal_point()
        self._view.reset_camera()
        self._view.schedule_render()


class qMRMLThreeDWidget(qMRMLWidget):
    """A 3D view with its bar."""

    def __init__(self, view: ThreeDView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._slicer_view = view
        # With multisampling, depth peeling loses whatever is translucent.
        view.render_window().SetMultiSamples(0)
        view.renderer().SetUseFXAA(True)
        view.renderer().SetMaximumNumberOfPeels(MAXIMUM_PEELS)
        self._controller = qMRMLThreeDViewControllerWidget(view, self)
        self._frame = qMRMLThreeDView(view, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._controller)
        layout.addWidget(self._frame)

    def threeDController(self) -> qMRMLThreeDViewControllerWidget:
        """Return the bar."""
        return self._controller

    def threeDView(self) -> qMRMLThreeDView:
        """Return the picture."""
        return self._frame

    def mrmlViewNode(self) -> Any:
        """Return the view node."""
        return self._slicer_view.get_view_node()
