"""The table of slices: what each holds, whether it is used, whether the reader accepted it."""

from __future__ import annotations

from collections.abc import Callable

import qt
from slicer.i18n import tr as _

from ScarSegLogic.quantification.result import SliceResult
from ScarSegLogic.report.wording import plain_number
from ScarSegLVLib.study import Study

SLICE, LEVEL, SCAR, USED, ACCEPTED = range(5)
"""Columns."""


class SliceTable:
    """Shows one row for each slice with myocardium.

    Attributes:
        indices: The slice of each row.
    """

    def __init__(
        self,
        table: qt.QTableWidget,
        on_use: Callable[[int, bool], None],
        on_accept: Callable[[int, bool], None],
        on_select: Callable[[int], None],
    ) -> None:
        """The callbacks get the slice and, for the two check boxes, their new state."""
        self.indices: tuple[int, ...] = ()
        self._table = table
        self._on = {USED: on_use, ACCEPTED: on_accept}
        self._on_select = on_select
        self._shown: tuple = ()
        self._showing = False
        table.setColumnCount(5)
        table.setHorizontalHeaderLabels([_("Slice"), _("Level"), _("Scar, %"), _("Use"), _("Accepted")])
        table.horizontalHeader().setSectionResizeMode(qt.QHeaderView.Stretch)
        table.verticalHeader().hide()
        table.connect("itemChanged(QTableWidgetItem*)", self._on_item)
        table.connect("currentCellChanged(int,int,int,int)", self._on_current_cell)

    def show(self, study: Study | None, why_not_accept: str) -> None:
        """Follow the study; rows are rewritten only where something differs."""
        result = study.result if study else None
        entries = result.slices if result else ()
        accepted = study.review.accepted_slices() if study else frozenset()
        excluded = frozenset(study.request.excluded_slices) if study else frozenset()
        shown = (entries, accepted, excluded, why_not_accept)
        if shown == self._shown:
            return
        self._shown = shown
        self._showing = True
        try:
            self.indices = tuple(entry.index for entry in entries)
            self._table.setRowCount(len(entries))
            for row, entry in enumerate(entries):
                is_used = entry.index not in excluded
                self._fill_row(row, entry, is_used, is_used and entry.index in accepted, why_not_accept)
        finally:
            self._showing = False

    @property
    def current_slice(self) -> int | None:
        """The slice of the current row."""
        row = self._table.currentRow()
        return self.indices[row] if 0 <= row < len(self.indices) else None

    def go_to(self, index: int) -> None:
        """Make a slice's row the current one."""
        if index in self.indices:
            self._table.setCurrentCell(self.indices.index(index), SLICE)

    def _fill_row(self, row: int, entry: SliceResult, is_used: bool, is_accepted: bool, why_not: str) -> None:
        scar = plain_number(entry.burden.scar_fraction_percent) if is_used and not entry.excluded else _("left out")
        for column, text in ((SLICE, str(entry.index)), (LEVEL, entry.level or ""), (SCAR, scar)):
            self._set(row, column, text, qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable)
        self._set(row, USED, "", _checkable(), checked=is_used, tip=_("Untick to leave the slice out of every number."))
        blocked = why_not or ("" if is_used else _("The slice is left out: there is nothing to accept."))
        flags = _checkable() if is_accepted or not blocked else qt.Qt.ItemIsSelectable
        tip = blocked or _("Tick when contours and scar are right in this slice.")
        self._set(row, ACCEPTED, "", flags, checked=is_accepted, tip=tip)

    def _set(self, row: int, column: int, text: str, flags: int, *, checked: bool | None = None, tip: str = "") -> None:
        # The item itself is kept: this may run while Qt tells of its change, and Qt asks it for its row afterwards.
        item = self._table.item(row, column)
        if item is None:
            item = qt.QTableWidgetItem()
            self._table.setItem(row, column, item)
        item.setText(text)
        item.setFlags(flags)
        item.setToolTip(tip)
        item.setTextAlignment(qt.Qt.AlignCenter)
        if checked is not None:
            item.setCheckState(qt.Qt.Checked if checked else qt.Qt.Unchecked)

    def _on_item(self, item: qt.QTableWidgetItem) -> None:
        if not self._showing and item.column() in self._on:
            self._on[item.column()](self.indices[item.row()], item.checkState() == qt.Qt.Checked)

    def _on_current_cell(self, row: int, _column: int, previous_row: int, _previous_column: int) -> None:
        if row != previous_row and 0 <= row < len(self.indices):
            self._on_select(self.indices[row])


def _checkable() -> int:
    return qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable | qt.Qt.ItemIsUserCheckable
