"""Slicer's slice and 3D views, rendered off screen by trame-slicer and painted into Qt widgets."""
# ruff: noqa: N802

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from trame_slicer.views import AbstractView, SliceView
from trame_slicer.views.render_scheduler import ScheduledRenderStrategy
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

BUTTONS = {Qt.LeftButton: "Left", Qt.RightButton: "Right", Qt.MiddleButton: "Middle"}


class RenderSoon(ScheduledRenderStrategy):
    """Renders once, when the event loop is next idle, however often it is asked."""

    def __init__(self, frame: ViewFrame) -> None:
        super().__init__()
        self._frame = frame

    def schedule_render(self) -> None:
        """Ask for one more picture."""
        self._frame.render_soon()


class ViewFrame(QWidget):
    """Shows one of Slicer's views and hands it the mouse and the keyboard."""

    def __init__(self, view: AbstractView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self._image = QImage()
        self._pause_count = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self.render_now)
        self.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Expanding)
        self.setMinimumSize(80, 80)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.StrongFocus)
        self.setAttribute(Qt.WA_OpaquePaintEvent)
        view.set_scheduled_render(RenderSoon(self))

    def render_soon(self) -> None:
        """Render when the event loop is next idle."""
        if not self._pause_count and not self._timer.isActive():
            self._timer.start()

    def render_now(self) -> None:
        """Render and show the picture."""
        self._timer.stop()
        if self.size.isEmpty():
            return
        self._fit()
        self._view.render()
        pixels = np.ascontiguousarray(self._read_pixels())
        rows, columns = pixels.shape[:2]
        self._image = QImage(pixels.data, columns, rows, 3 * columns, QImage.Format_RGB888).copy()
        self.update()

    def pause(self, paused: bool) -> None:
        """Hold back rendering; calls nest."""
        self._pause_count = max(0, self._pause_count + (1 if paused else -1))
        if not paused:
            self.render_soon()

    def pixels(self) -> NDArray[np.uint8]:
        """Render and return the picture: rows from the top, columns, RGB, 0..255."""
        self.render_now()
        return self._read_pixels()

    def _read_pixels(self) -> NDArray[np.uint8]:
        window = self._view.render_window()
        columns, rows = window.GetSize()
        data = vtkUnsignedCharArray()
        window.GetPixelData(0, 0, columns - 1, rows - 1, 0, data, 0)
        return vtk_to_numpy(data).reshape(rows, columns, 3)[::-1].copy()

    def _fit(self) -> None:
        size = (self.width, self.height)
        if tuple(self._view.render_window().GetSize()) != size:
            self._view.update_size(*size)
            if isinstance(self._view, SliceView):
                self._view._update_slice_size()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Render at the new size."""
        self._fit()
        self.render_soon()
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Show the last picture."""
        painter = QPainter(self)
        painter.fillRect(self.rect, Qt.black)
        painter.drawImage(QPoint(0, 0), self._image)
        painter.end()

    def sizeHint(self) -> QSize:
        """Return a fair share of the window."""
        return QSize(400, 400)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Hand a press to VTK."""
        self._invoke(event, f"{BUTTONS[event.button()]}ButtonPressEvent")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Hand a release to VTK."""
        self._invoke(event, f"{BUTTONS[event.button()]}ButtonReleaseEvent")

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Hand a double click to VTK."""
        self._invoke(event, f"{BUTTONS[event.button()]}ButtonDoubleClickEvent")

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Hand a movement to VTK."""
        self._invoke(event, "MouseMoveEvent")

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Hand a turn of the wheel to VTK."""
        forward = event.angleDelta().y() > 0
        self._invoke(event, "MouseWheelForwardEvent" if forward else "MouseWheelBackwardEvent")
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Hand a key to VTK."""
        self._invoke(event, "KeyPressEvent")
        super().keyPressEvent(event)

    def enterEvent(self, event: QEvent) -> None:
        """Tell VTK that the mouse came in."""
        self._invoke(event, "EnterEvent")

    def leaveEvent(self, event: QEvent) -> None:  # noqa: ARG002
        """Tell VTK that the mouse went out."""
        self._view.interactor().InvokeEvent("LeaveEvent")

    def _invoke(self, event: Any, name: str) -> None:
        interactor = self._view.interactor()
        modifiers = event.modifiers() if hasattr(event, "modifiers") else Qt.NoModifier
        control, shift = int(bool(modifiers & Qt.ControlModifier)), int(bool(modifiers & Qt.ShiftModifier))
        key = event.text() if isinstance(event, QKeyEvent) else ""
        place = event.position() if hasattr(event, "position") else None
        x, y = (place.x(), self.height - 1 - place.y()) if place is not None else interactor.GetEventPosition()
        interactor.SetEventInformation(round(x), round(y), control, shift, key[:1] or "\0", 0, key or None)
        interactor.InvokeEvent(name)
