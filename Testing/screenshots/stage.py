"""The desktop with the LV module, driven as a user drives it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea

from Testing.desktop.application import Desktop
from Testing.screenshots.picture import Picture, of_widget

MODULE = "ScarSegLV"
WINDOW_SIZE = (1440, 940)
JOB_TIMEOUT_S = 200.0
SETTLING_MS = 100
HEART_FIELD_MM = 150.0
"""Height of what a view shows once it is zoomed to the heart."""


class Stage:
    """The running module.

    Attributes:
        desktop: The window.
        ui: The widgets of the module's panel.
    """

    def __init__(self) -> None:
        self.desktop = Desktop.start(quiet=True)
        self.desktop.window.resize(*WINDOW_SIZE)
        self.ui = self.desktop.open_module(MODULE).panel.ui

    @property
    def panel(self) -> Any:
        import slicer.util

        return slicer.util.getModuleWidget(MODULE).panel

    @property
    def study(self) -> Any:
        return self.panel.session.study

    def press(self, button: Any, expected: str = "") -> None:
        """Click a button and wait for what it starts.

        Raises:
            RuntimeError: The button is disabled, or the status line then lacks ``expected``.
        """
        if not button.enabled:
            raise RuntimeError(f"'{button.text}' is disabled: {button.toolTip}")
        QTest.mouseClick(button, Qt.LeftButton)
        self.wait()
        message = self.panel.session.runner.message
        if expected not in message:
            raise RuntimeError(f"After '{button.text}' the status line says '{message}', not '{expected}'.")

    def choose(self, combo: Any, value: str) -> None:
        """Choose an entry of a combo box by its data."""
        combo.setCurrentIndex(combo.findData(value))
        self.wait()

    def tick(self, row: int, column: int, on: bool) -> None:
        """Tick or untick a check box of the table of slices."""
        self.ui.sliceTable.item(row, column).setCheckState(Qt.Checked if on else Qt.Unchecked)
        self.wait()

    def type(self, field: Any, text: str) -> None:
        """Type into a line of text and leave it by Enter."""
        field.setFocus()
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key_Return)
        self.wait()

    def wait(self) -> None:
        """Let everything that was started come to its end.

        Raises:
            RuntimeError: A slot of the module failed.
        """
        self.desktop.wait_until(lambda: self.panel.session.is_settled, JOB_TIMEOUT_S)
        self.desktop.process_events()
        if self.desktop.slot_errors:
            raise RuntimeError("A slot of the module failed.") from self.desktop.slot_errors[0]

    def scroll_to_top(self) -> None:
        """Show the beginning of the panel."""
        self.desktop.window.findChild(QScrollArea, "ModulePanel").verticalScrollBar().setValue(0)
        self.desktop.process_events()

    def show_module(self, name: str) -> None:
        """Change to another module."""
        import slicer.util

        slicer.util.selectModule(name)
        self.desktop.process_events()

    def go_to_slice(self, row: int) -> None:
        """Click a row in the table of slices: the views jump there."""
        table = self.ui.sliceTable
        table.scrollToItem(table.item(row, 0))
        QTest.mouseClick(table.viewport(), Qt.LeftButton, pos=table.visualItemRect(table.item(row, 0)).center())
        self.desktop.process_events()

    def click_in_view(self, name: str, point_ras: NDArray[np.floating]) -> None:
        """Click a slice view at a point of its slice; RAS mm."""
        frame = self.desktop.view(name).frame
        self.desktop.view(name).pixels()
        x, y = self._pixel_of(name, point_ras)
        place = QPoint(round(x), round(frame.height - 1 - y))
        QTest.mouseMove(frame, place)
        QTest.qWait(SETTLING_MS)
        QTest.mouseClick(frame, Qt.LeftButton, pos=place)
        # Away from the point again: under the mouse it has another colour.
        QTest.mouseMove(frame, QPoint(2, 2))
        self.wait()

    def zoom_to(self, centre_ras: NDArray[np.floating]) -> None:
        """Zoom the slice views to the heart, as a drag with the right mouse button does."""
        import slicer

        for name in slicer.app.layoutManager().sliceViewNames():
            node = slicer.app.layoutManager().sliceWidget(name).mrmlSliceNode()
            width, height, depth = node.GetFieldOfView()
            node.SetFieldOfView(HEART_FIELD_MM * width / height, HEART_FIELD_MM, depth)
            node.JumpSliceByCentering(*(float(value) for value in centre_ras))
        self.desktop.process_events()

    def window_picture(self) -> Picture:
        """The whole window without its frame."""
        self._render()
        return of_widget(self.desktop.window)

    def view_picture(self, name: str) -> Picture:
        """A view with its bar: a slice view, or "3D"."""
        import slicer

        self._render()
        manager = slicer.app.layoutManager()
        return of_widget(manager.sliceWidget(name) or manager.threeDWidget(0))

    def widget_picture(self, widget: Any) -> Picture:
        """A part of the panel, once its layout has settled: one size follows from another, event after event."""
        QTest.qWait(SETTLING_MS)
        return of_widget(widget)

    def _pixel_of(self, name: str, point_ras: NDArray[np.floating]) -> tuple[float, float]:
        import slicer
        from slicer.util import arrayFromVTKMatrix

        to_ras = arrayFromVTKMatrix(slicer.app.layoutManager().sliceWidget(name).mrmlSliceNode().GetXYToRAS())
        x, y, *_rest = np.linalg.solve(to_ras, [*point_ras, 1.0])
        return float(x), float(y)

    def _render(self) -> None:
        self.desktop.process_events()
        for name in ("Red", "Green", "Yellow", "3D"):
            self.desktop.view(name).frame.render_now()
        self.desktop.process_events()
