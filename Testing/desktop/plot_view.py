"""`qMRMLPlotView` and `qMRMLPlotWidget`: a plot chart node drawn by VTK's charts, which Slicer uses too."""
# ruff: noqa: N801, N802, N815

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkChartsCore import vtkAxis, vtkChart, vtkChartXY, vtkPlotLine
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkRenderingContext2D import vtkPen
from vtkmodules.vtkViewsContext2D import vtkContextView

from Testing.desktop.scene_widget import Observations, qMRMLWidget


class qMRMLPlotView(QWidget):
    """Draws the chart that a plot view node names."""

    mrmlSceneChanged = Signal(object)
    cpp_signals: ClassVar[dict[str, str]] = {"mrmlSceneChanged(vtkMRMLScene*)": "mrmlSceneChanged"}

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene = self._view_node = None
        self._image = QImage()
        self._chart = vtkChartXY()
        self._context = vtkContextView()
        self._context.GetRenderWindow().SetOffScreenRendering(1)
        self._context.GetRenderer().SetBackground(1.0, 1.0, 1.0)
        self._context.GetScene().AddItem(self._chart)
        self._view_observations = Observations(self)
        self._chart_observations = Observations(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._draw)
        self.setMinimumSize(100, 80)

    def mrmlScene(self) -> Any:
        """Return the scene, or None."""
        return self._scene

    def setMRMLScene(self, scene: Any) -> None:
        """Set the scene."""
        if scene is not self._scene:
            self._scene = scene
            self.mrmlSceneChanged.emit(scene)

    def mrmlPlotViewNode(self) -> Any:
        """Return the view node, or None."""
        return self._view_node

    def setMRMLPlotViewNode(self, node: Any) -> None:
        """Show the chart that a view node names; the node that is shown already is not looked at again."""
        if node is self._view_node:
            return
        self._view_node = node
        self._view_observations.clear()
        self._view_observations.observe(node, "ModifiedEvent", self._chart_changed)
        self._chart_changed()

    def fitToContent(self) -> None:
        """Show the whole chart."""
        self._chart.RecalculateBounds()
        self._draw_soon()

    def _chart_changed(self) -> None:
        chart_node = self._view_node.GetPlotChartNode() if self._view_node is not None else None
        self._chart_observations.clear()
        self._chart_observations.observe(chart_node, "ModifiedEvent", self._draw_soon)
        for series in _series_of(chart_node):
            self._chart_observations.observe(series, "ModifiedEvent", self._draw_soon)
            self._chart_observations.observe(series.GetTableNode(), "ModifiedEvent", self._draw_soon)
        self._draw_soon()

    def _draw_soon(self) -> None:
        # As in Slicer, whose plot never learns of what changed while it was disabled.
        if self.isEnabled():
            self._timer.start()

    def _draw(self) -> None:
        if self.size.isEmpty():
            return
        self._fill_chart()
        window = self._context.GetRenderWindow()
        window.SetSize(self.width, self.height)
        window.Render()
        data = vtkUnsignedCharArray()
        window.GetPixelData(0, 0, self.width - 1, self.height - 1, 0, data, 0)
        pixels = np.ascontiguousarray(vtk_to_numpy(data).reshape(self.height, self.width, 3)[::-1])
        self._image = QImage(pixels.data, self.width, self.height, 3 * self.width, QImage.Format_RGB888).copy()
        self.update()

    def _fill_chart(self) -> None:
        chart_node = self._view_node.GetPlotChartNode() if self._view_node is not None else None
        self._chart.ClearPlots()
        self._chart.SetTitle(chart_node.GetTitle() or "" if chart_node is not None else "")
        self._chart.SetShowLegend(bool(chart_node is not None and chart_node.GetLegendVisibility()))
        if chart_node is None:
            return
        self._chart.GetAxis(vtkAxis.BOTTOM).SetTitle(chart_node.GetXAxisTitle() or "")
        self._chart.GetAxis(vtkAxis.LEFT).SetTitle(chart_node.GetYAxisTitle() or "")
        for series in _series_of(chart_node):
            self._add(series)
        self._chart.RecalculateBounds()

    def _add(self, series: Any) -> None:
        table = series.GetTableNode().GetTable() if series.GetTableNode() is not None else None
        needed = [series.GetYColumnName(), *([series.GetXColumnName()] if series.IsXColumnRequired() else [])]
        if table is None or any(table.GetColumnByName(name or "") is None for name in needed):
            return
        kind = series.GetPlotType()
        # As in Slicer: the two scatter kinds have values along x, the others the number of the row.
        plot = self._chart.AddPlot(
            vtkChart.BAR if kind in (series.PlotTypeBar, series.PlotTypeScatterBar) else vtkChart.LINE
        )
        plot.SetUseIndexForXSeries(not series.IsXColumnRequired())
        x_name = series.GetXColumnName() if series.IsXColumnRequired() else series.GetYColumnName()
        plot.SetInputData(table, x_name, series.GetYColumnName())
        plot.SetLabel(series.GetName())
        plot.SetColorF(*series.GetColor())
        plot.SetWidth(series.GetLineWidth())
        if kind != series.PlotTypeBar and series.GetLineStyle() == series.LineStyleNone:
            plot.GetPen().SetLineType(vtkPen.NO_PEN)
        if isinstance(plot, vtkPlotLine):
            plot.SetMarkerStyle(series.GetMarkerStyle())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw at the new size."""
        self._draw_soon()
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Show the last drawing."""
        painter = QPainter(self)
        painter.drawImage(QPoint(0, 0), self._image)
        painter.end()


def _series_of(chart_node: Any) -> list[Any]:
    if chart_node is None:
        return []
    return [chart_node.GetNthPlotSeriesNode(index) for index in range(chart_node.GetNumberOfPlotSeriesNodes())]


class qMRMLPlotWidget(qMRMLWidget):
    """A plot view, without the bar that Slicer shows above it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plot = qMRMLPlotView(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)

    def setMRMLScene(self, scene: Any) -> None:
        """Set the scene."""
        super().setMRMLScene(scene)
        self._plot.setMRMLScene(scene)

    def plotView(self) -> qMRMLPlotView:
        """Return the drawing."""
        return self._plot

    def mrmlPlotViewNode(self) -> Any:
        """Return the view node, or None."""
        return self._plot.mrmlPlotViewNode()

    def setMRMLPlotViewNode(self, node: Any) -> None:
        """Show the chart that a view node names."""
        self._plot.setMRMLPlotViewNode(node)
