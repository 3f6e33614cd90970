"""CTK's collapsible containers: `ctkCollapsibleButton`, `ctkCollapsibleGroupBox`, `ctkExpandableWidget`."""
# ruff: noqa: N801, N802, N815

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Property, QChildEvent, QEvent, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QGroupBox,
    QProxyStyle,
    QStyle,
    QStyleOption,
    QStyleOptionButton,
    QStyleOptionToolButton,
    QWidget,
)

from Testing.desktop.stored import stored

INDENT = 4


class _HidesChildren:
    """Hides the child widgets while collapsed, new ones too; what was hidden by itself stays hidden on unfolding."""

    _is_hiding = False

    def childEvent(self, event: QChildEvent) -> None:
        """Take in a new child: hide it while collapsed, and notice when somebody shows or hides it."""
        super().childEvent(event)
        child = event.child()
        if event.type() != QEvent.ChildPolished or not isinstance(child, QWidget) or child.isWindow():
            return
        child.installEventFilter(self)
        if self.collapsed and child not in self._explicitly_hidden:
            if _is_explicitly_hidden(child):
                self._explicitly_hidden.add(child)
            self._set_child_visible(child, False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Remember what others want of a child while collapsed, and keep it hidden until unfolding."""
        if self.collapsed and not self._is_hiding and event.type() in (QEvent.ShowToParent, QEvent.HideToParent):
            if event.type() == QEvent.ShowToParent:
                self._explicitly_hidden.discard(watched)
                self._set_child_visible(watched, False)
            else:
                self._explicitly_hidden.add(watched)
        return super().eventFilter(watched, event)

    def _children(self) -> list[QWidget]:
        children = self.findChildren(QWidget, options=Qt.FindDirectChildrenOnly)
        return [child for child in children if not child.isWindow()]

    def _fold(self) -> None:
        self._explicitly_hidden = {child for child in self._children() if _is_explicitly_hidden(child)}
        for child in self._children():
            self._set_child_visible(child, False)

    def _unfold(self) -> None:
        for child in self._children():
            self._set_child_visible(child, child not in self._explicitly_hidden)

    def _set_child_visible(self, child: QWidget, visible: bool) -> None:
        self._is_hiding = True
        child.setVisible(visible)
        self._is_hiding = False


def _is_explicitly_hidden(child: QWidget) -> bool:
    return child.isHidden() and child.testAttribute(Qt.WA_WState_ExplicitShowHide)


class ctkCollapsibleButton(_HidesChildren, QAbstractButton):
    """A titled section that folds; its layout holds the content below the title."""

    contentsCollapsed = Signal(bool)
    cpp_signals: ClassVar[dict[str, str]] = {"contentsCollapsed(bool)": "contentsCollapsed"}
    flat, setFlat = stored(bool, "flat", False, changed="update")
    collapsedHeight, setCollapsedHeight = stored(int, "collapsedHeight", 14)
    contentsFrameShape, setContentsFrameShape = stored(int, "contentsFrameShape", 0)
    contentsLineWidth, setContentsLineWidth = stored(int, "contentsLineWidth", 1)

    def __init__(self, title: str | QWidget | None = None, parent: QWidget | None = None) -> None:
        if isinstance(title, QWidget):
            title, parent = None, title
        super().__init__(parent)
        self._is_collapsed = False
        self._explicitly_hidden = set()
        self.setCheckable(True)
        self.setChecked(True)
        self.setText(title or "Button")
        self.setSizePolicy(self.sizePolicy.horizontalPolicy(), self.sizePolicy.verticalPolicy())
        self.setContentsMargins(0, self._title_height(), 0, 0)
        self.toggled.connect(lambda checked: self.setCollapsed(not checked))

    def setCollapsed(self, collapse: bool) -> None:
        """Fold or unfold the section."""
        if collapse == self._is_collapsed:
            return
        self._is_collapsed = collapse
        self.setChecked(not collapse)
        self._fold() if collapse else self._unfold()
        self.setMaximumHeight(self._title_height() if collapse else 16777215)
        self.updateGeometry()
        self.contentsCollapsed.emit(collapse)

    collapsed = Property(bool, lambda self: self._is_collapsed, setCollapsed)

    def _title_height(self) -> int:
        return self.fontMetrics().height() + 8

    def hitButton(self, position) -> bool:
        """Only the title folds."""
        return position.y() <= self._title_height()

    def sizeHint(self) -> QSize:
        """Return the size of the title and, unfolded, of the content."""
        title = QSize(self.fontMetrics().horizontalAdvance(self.text) + 32, self._title_height())
        if self._is_collapsed or self.layout() is None:
            return title
        return self.layout().totalSizeHint().expandedTo(title)

    def minimumSizeHint(self) -> QSize:
        """Return the smallest size of the title and, unfolded, of the content."""
        title = QSize(self.fontMetrics().horizontalAdvance(self.text) + 32, self._title_height())
        if self._is_collapsed or self.layout() is None:
            return title
        return self.layout().totalMinimumSize().expandedTo(title)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Draw the title bar with its arrow."""
        painter = QPainter(self)
        option = QStyleOptionButton()
        option.initFrom(self)
        option.rect = QRect(0, 0, self.width, self._title_height())
        option.state |= QStyle.State_Raised
        self.style().drawControl(QStyle.CE_PushButtonBevel, option, painter, self)
        arrow = QStyleOptionToolButton()
        arrow.initFrom(self)
        arrow.rect = QRect(INDENT, INDENT + 2, 12, self._title_height() - 2 * INDENT - 4)
        shape = QStyle.PE_IndicatorArrowRight if self._is_collapsed else QStyle.PE_IndicatorArrowDown
        self.style().drawPrimitive(shape, arrow, painter, self)
        painter.drawText(option.rect.adjusted(22, 0, 0, 0), Qt.AlignLeft | Qt.AlignVCenter, self.text)
        painter.end()


class _ArrowIndicator(QProxyStyle):
    """Draws a group box's check mark as an arrow, as CTK does."""

    def drawPrimitive(
        self, element: QStyle.PrimitiveElement, option: QStyleOption, painter: QPainter, widget: QWidget | None = None
    ) -> None:
        """Draw an arrow for a check mark."""
        if element == QStyle.PE_IndicatorCheckBox:
            unfolded = bool(option.state & QStyle.State_On)
            element = QStyle.PE_IndicatorArrowDown if unfolded else QStyle.PE_IndicatorArrowRight
        super().drawPrimitive(element, option, painter, widget)


class ctkCollapsibleGroupBox(_HidesChildren, QGroupBox):
    """A group box that folds when it is unchecked."""

    collapsedHeight, setCollapsedHeight = stored(int, "collapsedHeight", 14)

    def __init__(self, title: str | QWidget | None = None, parent: QWidget | None = None) -> None:
        if isinstance(title, QWidget):
            title, parent = None, title
        super().__init__(parent)
        self._explicitly_hidden = set()
        self._style = _ArrowIndicator()
        self.setStyle(self._style)
        self.setTitle(title or "")
        self.setCheckable(True)
        self.setChecked(True)
        self.toggled.connect(self._expand)

    def setCollapsed(self, collapse: bool) -> None:
        """Fold or unfold the box."""
        self.setChecked(not collapse)

    collapsed = Property(bool, lambda self: not self.isChecked(), setCollapsed)

    def _expand(self, expanded: bool) -> None:
        self._unfold() if expanded else self._fold()
        self.setMaximumHeight(16777215 if expanded else self.fontMetrics().height() + self.collapsedHeight)
        # Qt disables the children of an unchecked group box; here they are hidden instead.
        for child in self.findChildren(QWidget, options=Qt.FindDirectChildrenOnly):
            child.setEnabled(True)


class ctkExpandableWidget(QWidget):
    """A widget that the user may make larger; here without the size grip."""

    sizeGripInside, setSizeGripInside = stored(bool, "sizeGripInside", True)
