from __future__ import annotations

import math

import pytest
import slicer

from ScarSegLogic.mrml.plots import Axes, Series, fill_plot
from ScarSegLogic.mrml.tables import Column, fill_table

AXES = Axes("Scar per slice", "slice", "slice", "scar [ml]")
RED, BLUE = (0.9, 0.2, 0.1), (0.1, 0.2, 0.9)
COLUMNS = (
    Column("slice", (1, 2, 3)),
    Column("scar", (0.5, None, 2.0), "ml", "scar volume"),
    Column("mvo", (0, 0.25, 1), "ml"),
    Column("note", ("kept", None, "excluded")),
)


@pytest.fixture
def table(app):
    return app.add("vtkMRMLTableNode", "Scar")


@pytest.fixture
def chart(app):
    return app.add("vtkMRMLPlotChartNode", "Scar")


def series_of(chart) -> list:
    return [chart.GetNthPlotSeriesNode(number) for number in range(chart.GetNumberOfPlotSeriesNodes())]


def test_a_table_holds_numbers_texts_units_and_descriptions(table):
    fill_table(table, COLUMNS)

    content = table.GetTable()
    assert [content.GetColumnName(number) for number in range(4)] == ["slice", "scar", "mvo", "note"]
    assert [type(content.GetColumn(number)).__name__ for number in range(4)] == [
        "vtkIntArray", "vtkDoubleArray", "vtkDoubleArray", "vtkStringArray",
    ]  # fmt: skip
    assert content.GetColumn(0).GetValue(2) == 3
    assert content.GetColumn(1).GetValue(2) == 2.0
    assert table.GetColumnUnitLabel("scar") == "ml"
    assert table.GetColumnDescription("scar") == "scar volume"


def test_what_is_not_defined_is_empty_or_not_a_number_never_zero(table):
    fill_table(table, COLUMNS)

    assert math.isnan(table.GetTable().GetColumnByName("scar").GetValue(1))
    assert table.GetTable().GetColumnByName("note").GetValue(1) == ""


def test_filling_again_replaces_everything_and_rings_once(table):
    fill_table(table, COLUMNS)
    heard = []
    table.AddObserver("ModifiedEvent", lambda *_: heard.append(1))

    fill_table(table, (Column("name", ("a", "b")), Column("value", (1.5, 2.5), "g")))

    assert (table.GetNumberOfColumns(), table.GetNumberOfRows()) == (2, 2)
    assert table.GetColumnUnitLabel("scar") == ""
    assert len(heard) == 1


def test_columns_of_different_length_or_one_name_are_refused(table):
    with pytest.raises(ValueError, match="different length"):
        fill_table(table, (Column("a", (1,)), Column("b", (1, 2))))
    with pytest.raises(ValueError, match="share a name"):
        fill_table(table, (Column("a", (1,)), Column("a", (2,))))
    assert table.GetNumberOfColumns() == 0


def test_an_empty_table_empties_the_node(table):
    fill_table(table, COLUMNS)
    fill_table(table, ())

    assert table.GetNumberOfColumns() == 0


def test_a_chart_shows_columns_against_the_slice(table, chart):
    fill_table(table, COLUMNS)

    fill_plot(chart, table, AXES, (Series("scar", RED, bars=True), Series("mvo", BLUE)))

    scar, mvo = series_of(chart)
    kinds = slicer.vtkMRMLPlotSeriesNode
    assert scar.GetTableNode() is table
    assert (scar.GetXColumnName(), scar.GetYColumnName(), scar.GetName()) == ("slice", "scar", "scar")
    assert (scar.GetPlotType(), mvo.GetPlotType()) == (kinds.PlotTypeScatterBar, kinds.PlotTypeScatter)
    assert mvo.GetColor() == pytest.approx(BLUE)
    assert chart.GetTitle() == "Scar per slice"
    assert (chart.GetXAxisTitle(), chart.GetYAxisTitle()) == ("slice", "scar [ml]")
    assert chart.GetLegendVisibility()


def test_plotting_again_uses_the_same_series_and_leaves_none_behind(table, chart, scene):
    fill_table(table, COLUMNS)
    fill_plot(chart, table, AXES, (Series("scar", RED), Series("mvo", BLUE)))
    first = series_of(chart)

    fill_plot(chart, table, AXES, (Series("mvo", BLUE),))

    (kept,) = series_of(chart)
    assert kept is first[0]
    assert kept.GetYColumnName() == "mvo"
    assert scene.GetNumberOfNodesByClass("vtkMRMLPlotSeriesNode") == 1
    assert not chart.GetLegendVisibility()


def test_a_series_that_the_user_deleted_is_made_anew(table, chart, scene):
    fill_table(table, COLUMNS)
    fill_plot(chart, table, AXES, (Series("scar", RED), Series("mvo", BLUE)))
    scene.RemoveNode(series_of(chart)[0])

    fill_plot(chart, table, AXES, (Series("scar", RED), Series("mvo", BLUE)))

    assert [node.GetYColumnName() for node in series_of(chart)] == ["scar", "mvo"]
    assert scene.GetNumberOfNodesByClass("vtkMRMLPlotSeriesNode") == 2
