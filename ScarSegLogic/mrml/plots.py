"""A chart of a table's columns: one series node for each curve or row of bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import slicer


@dataclass(frozen=True)
class Series:
    """One column of the table as a curve or as bars.

    Attributes:
        column: The column's name; also the name in the legend.
        colour: Red, green and blue from 0 to 1.
        bars: Bars instead of a line with markers.
    """

    column: str
    colour: tuple[float, float, float]
    bars: bool = False


@dataclass(frozen=True)
class Axes:
    """Texts of a chart. ``x_column`` is the table's column along x."""

    title: str
    x_column: str
    x_title: str
    y_title: str


def fill_plot(chart_node: Any, table_node: Any, axes: Axes, series: Sequence[Series]) -> None:
    """Show columns of a table in a ``vtkMRMLPlotChartNode``.

    The chart's own series nodes are used again and surplus ones removed from the scene, so repeated measurements leave
    nothing behind. Both nodes must be in a scene.
    """
    was_modifying = chart_node.StartModify()
    try:
        for number, each in enumerate(series):
            _fill_series(_series_node(chart_node, number), table_node, axes.x_column, each)
        _remove_series_from(chart_node, len(series))
        chart_node.SetTitle(axes.title)
        chart_node.SetXAxisTitle(axes.x_title)
        chart_node.SetYAxisTitle(axes.y_title)
        chart_node.SetLegendVisibility(len(series) > 1)
    finally:
        chart_node.EndModify(was_modifying)


def _series_node(chart_node: Any, number: int) -> Any:
    if number < chart_node.GetNumberOfPlotSeriesNodes():
        node = chart_node.GetNthPlotSeriesNode(number)
        if node is not None:
            return node
    node = chart_node.GetScene().AddNewNodeByClass("vtkMRMLPlotSeriesNode")
    chart_node.SetAndObserveNthPlotSeriesNodeID(number, node.GetID())
    return node


def _fill_series(node: Any, table_node: Any, x_column: str, series: Series) -> None:
    kinds = slicer.vtkMRMLPlotSeriesNode
    was_modifying = node.StartModify()
    try:
        node.SetName(series.column)
        node.SetAndObserveTableNodeID(table_node.GetID())
        node.SetXColumnName(x_column)
        node.SetYColumnName(series.column)
        node.SetPlotType(kinds.PlotTypeScatterBar if series.bars else kinds.PlotTypeScatter)
        node.SetLineStyle(kinds.LineStyleSolid)
        node.SetMarkerStyle(kinds.MarkerStyleNone if series.bars else kinds.MarkerStyleCircle)
        node.SetColor(*series.colour)
    finally:
        node.EndModify(was_modifying)


def _remove_series_from(chart_node: Any, first: int) -> None:
    for number in range(chart_node.GetNumberOfPlotSeriesNodes() - 1, first - 1, -1):
        node = chart_node.GetNthPlotSeriesNode(number)
        chart_node.RemoveNthPlotSeriesNodeID(number)
        if node is not None:
            chart_node.GetScene().RemoveNode(node)
