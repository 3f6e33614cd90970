"""Numbers in a table node."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vtkmodules.vtkCommonCore import vtkDoubleArray, vtkIntArray, vtkStringArray
from vtkmodules.vtkCommonDataModel import vtkTable

Cell = float | int | str | None


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: Its heading.
        values: Whole numbers, numbers or texts. None is a value that is not defined: an empty cell among texts, NaN
            among numbers, which a plot leaves out.
        unit: For example ``ml``; kept as Slicer's column unit.
        description: What the user sees as the column's tool tip.
    """

    name: str
    values: Sequence[Cell]
    unit: str = ""
    description: str = ""


def fill_table(table_node: Any, columns: Sequence[Column]) -> None:
    """Replace the content of a ``vtkMRMLTableNode`` and tell its observers once.

    Raises:
        ValueError: The columns differ in length or share a name.
    """
    if len({len(column.values) for column in columns}) > 1:
        raise ValueError(f"columns of different length: { {column.name: len(column.values) for column in columns} }")
    if len({column.name for column in columns}) != len(columns):
        raise ValueError(f"columns share a name: {[column.name for column in columns]}")
    table = vtkTable()
    for column in columns:
        table.AddColumn(_vtk_column(column))
    was_modifying = table_node.StartModify()
    try:
        table_node.RemoveAllColumns()
        table_node.SetAndObserveTable(table)
        table_node.SetUseColumnTitleAsColumnHeader(True)
        for column in columns:
            table_node.SetColumnUnitLabel(column.name, column.unit)
            table_node.SetColumnDescription(column.name, column.description)
        table_node.Modified()
    finally:
        table_node.EndModify(was_modifying)


def _vtk_column(column: Column) -> vtkIntArray | vtkDoubleArray | vtkStringArray:
    if any(isinstance(value, str) for value in column.values):
        array, convert = vtkStringArray(), lambda value: "" if value is None else str(value)
    elif column.values and all(isinstance(value, int) for value in column.values):
        array, convert = vtkIntArray(), int
    else:
        array, convert = vtkDoubleArray(), lambda value: math.nan if value is None else float(value)
    array.SetName(column.name)
    for value in column.values:
        array.InsertNextValue(convert(value))
    return array
