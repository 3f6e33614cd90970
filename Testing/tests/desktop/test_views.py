"""The four-up views are Slicer's own: they show the volume, follow the wheel, and take markups by click."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from Testing.desktop.application import Desktop

SPACING_MM = 2.0
SLICE_MM = 8.0


@pytest.fixture
def volume(desktop: Desktop) -> Any:
    """An axial volume whose slice k has the value 50 k, shown in the views."""
    import slicer.util

    array = np.broadcast_to(50.0 * np.arange(5, dtype=np.float32)[:, None, None], (5, 40, 40)).copy()
    node = slicer.util.addVolumeFromArray(array, np.diag([SPACING_MM, SPACING_MM, SLICE_MM, 1.0]), "steps")
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().AutoWindowLevelOff()
    node.GetDisplayNode().SetWindowLevelMinMax(0.0, 255.0)
    slicer.util.setSliceViewerLayers(background=node, fit=True)
    desktop.process_events()
    return node


def middle(pixels: NDArray[np.uint8]) -> tuple[int, ...]:
    """The colour in the middle of a picture."""
    rows, columns = pixels.shape[:2]
    return tuple(int(value) for value in pixels[rows // 2, columns // 2])


def show_slice(index: int) -> None:
    """Show slice k in the red view."""
    import slicer

    slicer.app.layoutManager().sliceWidget("Red").sliceLogic().SetSliceOffset(SLICE_MM * index)


@pytest.mark.parametrize("index", [1, 3])
def test_a_slice_is_shown_in_its_grey_value(desktop: Desktop, volume: Any, index: int) -> None:  # noqa: ARG001
    show_slice(index)
    pixels = desktop.view("Red").pixels()
    assert pixels.dtype == np.uint8
    assert middle(pixels) == pytest.approx((50 * index,) * 3, abs=1)


def test_views_are_painted_in_the_window(desktop: Desktop, volume: Any, tmp_path: Path) -> None:  # noqa: ARG001
    from PIL import Image

    show_slice(3)
    picture = np.asarray(Image.open(desktop.screenshot(tmp_path / "a folder" / "window.png")).convert("RGB"))
    frame = desktop.view("Red").frame
    corner = frame.mapTo(desktop.window, QPoint(0, 0))
    shown = picture[corner.y() + frame.height // 2, corner.x() + frame.width // 2]
    assert tuple(shown) == pytest.approx((150, 150, 150), abs=1)
    assert picture.shape[:2] == (desktop.window.height, desktop.window.width)


def test_the_wheel_moves_by_one_slice(desktop: Desktop, volume: Any) -> None:  # noqa: ARG001
    import slicer

    from Testing.tests.desktop.test_module import turn_wheel

    show_slice(2)
    desktop.view("Red").pixels()
    turn_wheel(desktop.view("Red").frame, 120)
    desktop.process_events()
    assert slicer.app.layoutManager().sliceWidget("Red").sliceLogic().GetSliceOffset() == SLICE_MM * 3
    assert middle(desktop.view("Red").pixels()) == pytest.approx((150, 150, 150), abs=1)


def test_the_bar_of_a_view_moves_and_shows_the_slice(desktop: Desktop, volume: Any) -> None:  # noqa: ARG001
    import slicer

    controller = slicer.app.layoutManager().sliceWidget("Red").sliceController()
    show_slice(1)
    desktop.process_events()
    assert controller._offset.value == SLICE_MM
    controller._slider.setValue(4)
    assert slicer.app.layoutManager().sliceWidget("Red").sliceLogic().GetSliceOffset() == SLICE_MM * 4


def test_a_segment_is_seen_in_its_colour(desktop: Desktop, volume: Any) -> None:
    import slicer.util

    node = desktop.scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    node.CreateDefaultDisplayNodes()
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    scar = node.GetSegmentation().AddEmptySegment("scar", "Scar", (1.0, 0.0, 0.0))
    show_slice(0)
    assert middle(desktop.view("Red").pixels()) == (0, 0, 0)
    slicer.util.updateSegmentBinaryLabelmapFromArray(np.ones((5, 40, 40), np.uint8), node, scar, volume)
    red, green, blue = middle(desktop.view("Red").pixels())
    assert red > 100
    assert green == blue == 0


def test_a_surface_is_seen_in_the_3d_view(desktop: Desktop, volume: Any) -> None:
    import slicer.util

    empty = desktop.view("3D").pixels()
    node = desktop.scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    node.CreateDefaultDisplayNodes()
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    scar = node.GetSegmentation().AddEmptySegment("scar", "Scar", (1.0, 0.0, 0.0))
    mask = np.zeros((5, 40, 40), np.uint8)
    mask[1:4, 10:30, 10:30] = 1
    slicer.util.updateSegmentBinaryLabelmapFromArray(mask, node, scar, volume)
    node.CreateClosedSurfaceRepresentation()
    slicer.util.resetThreeDViews()
    red, green, _ = middle(desktop.view("3D").pixels())
    assert red > 2 * green
    assert middle(empty)[0] < middle(empty)[2]


def test_what_lies_in_a_translucent_surface_is_seen_through_it(desktop: Desktop, volume: Any) -> None:
    import slicer.util

    node = desktop.scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    node.CreateDefaultDisplayNodes()
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    mask = np.zeros((5, 40, 40), np.uint8)
    mask[1:4, 10:30, 10:30] = 1
    wall = node.GetSegmentation().AddEmptySegment("wall", "Wall", (0.0, 1.0, 0.0))
    slicer.util.updateSegmentBinaryLabelmapFromArray(mask, node, wall, volume)
    node.CreateClosedSurfaceRepresentation()
    slicer.util.resetThreeDViews()
    colours = []
    for opacity in (0.0, 0.5, 1.0):
        node.GetDisplayNode().SetSegmentOpacity3D(wall, opacity)
        colours.append(middle(desktop.view("3D").pixels()))
    reds = [red for red, _green, _blue in colours]
    assert reds[0] > reds[1] + 20 > reds[2] + 40


def test_a_click_in_place_mode_sets_a_markup_on_the_slice(desktop: Desktop, volume: Any) -> None:  # noqa: ARG001
    import slicer

    node = desktop.scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "RV insertion")
    slicer.modules.markups.logic().SetActiveList(node)
    slicer.modules.markups.logic().StartPlaceMode(False)
    show_slice(2)
    frame = desktop.view("Red").frame
    desktop.view("Red").pixels()
    place = QPoint(frame.width // 2, frame.height // 2)
    QTest.mouseMove(frame, place)
    desktop.process_events()
    QTest.mouseClick(frame, Qt.LeftButton, pos=place)
    desktop.process_events()
    assert node.GetNumberOfDefinedControlPoints() == 1
    position = [0.0, 0.0, 0.0]
    node.GetNthControlPointPositionWorld(0, position)
    # The middle of the fitted view is the middle of the volume, up to a pixel.
    assert position == pytest.approx([39.0, 39.0, 16.0], abs=1.5)


def test_layouts_show_their_views_only(desktop: Desktop) -> None:
    import slicer

    manager = slicer.app.layoutManager()
    received: list[int] = []
    manager.connect("layoutChanged(int)", received.append)
    manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView)
    desktop.process_events()
    assert manager.sliceWidget("Red").visible
    assert not manager.threeDWidget(0).visible
    manager.layout = slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView
    desktop.process_events()
    assert all(manager.sliceWidget(name).visible for name in manager.sliceViewNames())
    assert received == [slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView, manager.layout]


def test_rendering_waits_while_it_is_paused(desktop: Desktop, volume: Any) -> None:  # noqa: ARG001
    import slicer.util

    show_slice(1)
    desktop.process_events()
    frame = desktop.view("Red").frame
    with slicer.util.RenderBlocker():
        show_slice(4)
        desktop.process_events()
        assert frame._image.pixelColor(frame.width // 2, frame.height // 2).red() == pytest.approx(50, abs=1)
    desktop.wait_until(
        lambda: frame._image.pixelColor(frame.width // 2, frame.height // 2).red() == pytest.approx(200, abs=1)
    )


def plot_widget(desktop: Desktop, series: Any) -> tuple[Any, Any]:
    """A shown widget of 300 x 200 with a chart of one series, and its view node."""
    import slicer

    chart = desktop.scene.AddNewNodeByClass("vtkMRMLPlotChartNode")
    chart.AddAndObservePlotSeriesNodeID(series.GetID())
    view_node = desktop.scene.AddNewNodeByClass("vtkMRMLPlotViewNode")
    view_node.SetPlotChartNodeID(chart.GetID())
    widget = slicer.qMRMLPlotWidget()
    widget.resize(300, 200)
    widget.setMRMLScene(desktop.scene)
    widget.setMRMLPlotViewNode(view_node)
    widget.show()
    return widget, view_node


def test_a_plot_is_drawn_in_the_colour_of_its_series(desktop: Desktop) -> None:
    import slicer.util

    table = desktop.scene.AddNewNodeByClass("vtkMRMLTableNode")
    slicer.util.updateTableFromArray(table, [np.arange(5.0), np.array([0.0, 9.0, 9.0, 9.0, 0.0])], ["slice", "scar"])
    series = desktop.scene.AddNewNodeByClass("vtkMRMLPlotSeriesNode", "Scar")
    series.SetAndObserveTableNodeID(table.GetID())
    series.SetPlotType(series.PlotTypeBar)
    series.SetYColumnName("scar")
    series.SetColor(1.0, 0.0, 0.0)
    widget, _view_node = plot_widget(desktop, series)
    image = widget.plotView()

    def red_pixels() -> int:
        grabbed = image.grab().toImage()
        colours = [grabbed.pixelColor(x, 100) for x in range(0, grabbed.width(), 2)]
        return sum(colour.red() > 200 and colour.green() < 60 for colour in colours)

    desktop.wait_until(lambda: red_pixels() > 20)
    widget.close()


def test_bars_stand_at_the_values_of_their_x_column(desktop: Desktop) -> None:
    import slicer.util

    table = desktop.scene.AddNewNodeByClass("vtkMRMLTableNode")
    slicer.util.updateTableFromArray(table, [np.array([1.0, 2.0, 9.0]), np.array([9.0, 9.0, 9.0])], ["slice", "scar"])
    series = desktop.scene.AddNewNodeByClass("vtkMRMLPlotSeriesNode", "Scar")
    series.SetAndObserveTableNodeID(table.GetID())
    series.SetPlotType(series.PlotTypeScatterBar)
    series.SetXColumnName("slice")
    series.SetYColumnName("scar")
    series.SetColor(1.0, 0.0, 0.0)
    widget, view_node = plot_widget(desktop, series)
    image = widget.plotView()

    def red_columns() -> list[int]:
        grabbed = image.grab().toImage()
        colours = [grabbed.pixelColor(x, 100) for x in range(grabbed.width())]
        return [x for x, colour in enumerate(colours) if colour.red() > 200 and colour.green() < 60]

    desktop.wait_until(lambda: red_columns())
    # Between slices 2 and 9 the axis is empty: far more than between two neighbours.
    assert max(np.diff(red_columns())) > 60
    # As in Slicer: what happens while it is disabled is never drawn, until the view is given its node anew.
    columns = red_columns()
    widget.enabled = False
    slicer.util.updateTableFromArray(table, [np.array([1.0, 2.0, 3.0]), np.array([9.0, 9.0, 9.0])], ["slice", "scar"])
    widget.enabled = True
    widget.setMRMLPlotViewNode(view_node)
    slicer.app.processEvents()
    assert red_columns() == columns
    widget.setMRMLPlotViewNode(None)
    widget.setMRMLPlotViewNode(view_node)
    desktop.wait_until(lambda: red_columns() != columns)
    widget.close()
