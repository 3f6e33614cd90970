"""CTK's input widgets: numbers, choices, paths."""
# ruff: noqa: N801, N802, N815

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar

from PySide6.QtCore import Property, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QSlider,
    QToolButton,
    QWidget,
)

from Testing.desktop.stored import forwarded, stored

SLIDER_STEPS = 1000


class ctkDoubleSpinBox(QWidget):
    """A spin box for a floating point number."""

    valueChanged = Signal(float)
    _textChanged = Signal(str)
    editingFinished = Signal()
    cpp_signals: ClassVar[dict[str, str]] = {
        "valueChanged(double)": "valueChanged",
        "valueChanged(QString)": "_textChanged",
        "editingFinished()": "editingFinished",
    }

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._box = QDoubleSpinBox(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._box)
        self.setSizePolicy(QSizePolicy.Minimum, QSizePolicy.Fixed)
        self._box.valueChanged.connect(self.valueChanged.emit)
        self._box.textChanged.connect(self._textChanged.emit)
        self._box.editingFinished.connect(self.editingFinished.emit)

    value, setValue = forwarded(float, "_box", "value")
    minimum, setMinimum = forwarded(float, "_box", "minimum")
    maximum, setMaximum = forwarded(float, "_box", "maximum")
    singleStep, setSingleStep = forwarded(float, "_box", "singleStep")
    decimals, setDecimals = forwarded(int, "_box", "decimals")
    prefix, setPrefix = forwarded(str, "_box", "prefix")
    suffix, setSuffix = forwarded(str, "_box", "suffix")
    readOnly, setReadOnly = forwarded(bool, "_box", "readOnly")

    def setRange(self, minimum: float, maximum: float) -> None:
        """Set the smallest and largest value."""
        self._box.setRange(minimum, maximum)


class ctkSliderWidget(QWidget):
    """A slider and a spin box that show the same number."""

    valueChanged = Signal(float)
    valueIsChanging = Signal(float)
    cpp_signals: ClassVar[dict[str, str]] = {
        "valueChanged(double)": "valueChanged",
        "valueIsChanging(double)": "valueIsChanging",
    }

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._slider = QSlider(Qt.Horizontal, self)
        self._slider.setRange(0, SLIDER_STEPS)
        self._box = QDoubleSpinBox(self)
        self._box.setRange(0.0, 99.0)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._slider)
        layout.addWidget(self._box)
        self._last_value = self._box.value
        self._box.valueChanged.connect(self._box_moved)
        self._slider.valueChanged.connect(self._slider_moved)
        self._slider.sliderReleased.connect(self._announce)

    value, setValue = forwarded(float, "_box", "value")
    singleStep, setSingleStep = forwarded(float, "_box", "singleStep")
    decimals, setDecimals = forwarded(int, "_box", "decimals")
    prefix, setPrefix = forwarded(str, "_box", "prefix")
    suffix, setSuffix = forwarded(str, "_box", "suffix")
    tracking, setTracking = stored(bool, "tracking", True)
    pageStep, setPageStep = stored(float, "pageStep", 10.0)
    tickInterval, setTickInterval = stored(float, "tickInterval", 0.0)

    def setMinimum(self, minimum: float) -> None:
        """Set the smallest value."""
        self._box.setMinimum(minimum)
        self._place_slider()

    def setMaximum(self, maximum: float) -> None:
        """Set the largest value."""
        self._box.setMaximum(maximum)
        self._place_slider()

    minimum = Property(float, lambda self: self._box.minimum, setMinimum)
    maximum = Property(float, lambda self: self._box.maximum, setMaximum)

    def setRange(self, minimum: float, maximum: float) -> None:
        """Set the smallest and largest value."""
        self._box.setRange(minimum, maximum)
        self._place_slider()

    def setSpinBoxVisible(self, visible: bool) -> None:
        """Show or hide the spin box."""
        self._box.setVisible(visible)

    spinBoxVisible = Property(bool, lambda self: not self._box.isHidden(), setSpinBoxVisible)

    def _slider_moved(self, step: int) -> None:
        span = self._box.maximum - self._box.minimum
        self._box.value = self._box.minimum + span * step / SLIDER_STEPS

    def _box_moved(self, value: float) -> None:
        self._place_slider()
        self.valueIsChanging.emit(value)
        if self.tracking or not self._slider.isSliderDown():
            self._announce()

    def _announce(self) -> None:
        if self._box.value != self._last_value:
            self._last_value = self._box.value
            self.valueChanged.emit(self._box.value)

    def _place_slider(self) -> None:
        span = self._box.maximum - self._box.minimum
        blocked = self._slider.blockSignals(True)
        self._slider.setValue(round(SLIDER_STEPS * (self._box.value - self._box.minimum) / span) if span else 0)
        self._slider.blockSignals(blocked)


class ctkComboBox(QComboBox):
    """A combo box with a default text and a say over the mouse wheel."""

    class ScrollEffect(IntEnum):
        """What the wheel does over the closed box."""

        NeverScroll = 0
        AlwaysScroll = 1
        ScrollWithFocus = 2
        ScrollWithNoVScrollBar = 3

    NeverScroll = ScrollEffect.NeverScroll
    AlwaysScroll = ScrollEffect.AlwaysScroll
    ScrollWithFocus = ScrollEffect.ScrollWithFocus
    ScrollWithNoVScrollBar = ScrollEffect.ScrollWithNoVScrollBar

    defaultText, setDefaultText = stored(str, "defaultText", "", changed="_show_default")
    scrollWheelEffect, setScrollWheelEffect = stored(int, "scrollWheelEffect", int(ScrollEffect.AlwaysScroll))

    def _show_default(self) -> None:
        self.setPlaceholderText(self.defaultText)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll only where `scrollWheelEffect` allows it."""
        effect = self.scrollWheelEffect
        if effect == self.AlwaysScroll or (effect == self.ScrollWithFocus and self.hasFocus()):
            super().wheelEvent(event)
        else:
            event.ignore()

    def setCurrentUserDataAsString(self, user_data: str) -> None:
        """Select the item whose data is this text."""
        self.setCurrentIndex(self.findData(user_data))

    currentUserDataAsString = Property(str, lambda self: str(self.currentData or ""), setCurrentUserDataAsString)


class ctkPathLineEdit(QWidget):
    """A path with a history and a button to browse."""

    Dirs, Files, Drives, Readable, Writable, Executable, NoDot, NoDotDot = 1, 2, 4, 16, 32, 64, 0x2000, 0x4000

    currentPathChanged = Signal(str)
    validInputChanged = Signal(bool)
    cpp_signals: ClassVar[dict[str, str]] = {
        "currentPathChanged(QString)": "currentPathChanged",
        "validInputChanged(bool)": "validInputChanged",
    }
    label, setLabel = stored(str, "label", "")
    filters, setFilters = stored(int, "filters", 0x001 | 0x002 | 0x2000 | 0x4000)
    nameFilters, setNameFilters = stored("QStringList", "nameFilters", [])
    settingKey, setSettingKey = stored(str, "settingKey", "")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._combo = QComboBox(self)
        self._combo.setEditable(True)
        self._combo.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Fixed)
        self._button = QToolButton(self)
        self._button.setText("…")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._combo)
        layout.addWidget(self._button)
        self._combo.editTextChanged.connect(self.currentPathChanged.emit)
        self._button.clicked.connect(self.browse)

    def comboBox(self) -> QComboBox:
        """Return the editable combo box that holds the path."""
        return self._combo

    def setCurrentPath(self, path: str) -> None:
        """Show a path."""
        self._combo.setEditText(path)

    currentPath = Property(str, lambda self: self._combo.currentText, setCurrentPath)

    def setShowBrowseButton(self, visible: bool) -> None:
        """Show or hide the button to browse."""
        self._button.setVisible(visible)

    showBrowseButton = Property(bool, lambda self: not self._button.isHidden(), setShowBrowseButton)

    def addCurrentPathToHistory(self) -> None:
        """Keep the current path in the list."""
        if self._combo.findText(self.currentPath) < 0:
            self._combo.addItem(self.currentPath)

    def browse(self) -> None:
        """Let the user choose a folder where only folders are wanted, otherwise a file."""
        if self.filters & self.Files:
            path = QFileDialog.getOpenFileName(self, "Select a file", self.currentPath, ";;".join(self.nameFilters))[0]
        else:
            path = QFileDialog.getExistingDirectory(self, "Select a directory", self.currentPath)
        if path:
            self.setCurrentPath(path)


class ctkDirectoryButton(QWidget):
    """A button that shows and chooses a folder."""

    directoryChanged = Signal(str)
    directorySelected = Signal(str)
    cpp_signals: ClassVar[dict[str, str]] = {
        "directoryChanged(QString)": "directoryChanged",
        "directorySelected(QString)": "directorySelected",
    }
    caption, setCaption = stored(str, "caption", "")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._directory = "."
        self._button = QPushButton(".", self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._button)
        self._button.clicked.connect(self.browse)

    def setDirectory(self, path: str) -> None:
        """Show a folder."""
        if path == self._directory:
            return
        self._directory = path
        self._button.setText(path)
        self.directoryChanged.emit(path)

    directory = Property(str, lambda self: self._directory, setDirectory)

    def browse(self) -> None:
        """Let the user choose a folder."""
        path = QFileDialog.getExistingDirectory(self, self.caption, self._directory)
        if path:
            self.setDirectory(path)
            self.directorySelected.emit(path)
