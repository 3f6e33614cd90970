"""The last result as table and chart nodes."""

from __future__ import annotations

import slicer
from slicer.i18n import tr as _

from ScarSegLogic import terminology
from ScarSegLogic.mrml.plots import Axes, Series, fill_plot
from ScarSegLogic.mrml.tables import Column, fill_table
from ScarSegLogic.quantification.result import LVScarResult, SegmentResult
from ScarSegLogic.report.wording import METHOD_NAMES, plain_number
from ScarSegLVLib.study import PLOT_VIEW, RESULT_TABLE, SLICE_CHART, SLICE_TABLE, Study


def show_result(study: Study, result: LVScarResult) -> None:
    """Fill the study's table and chart nodes, made where there are none."""
    name = study.volume.GetName()
    numbers = study.get_or_add(RESULT_TABLE, "vtkMRMLTableNode", _("{volume} LV scar").format(volume=name))
    rows = result_rows(result)
    fill_table(numbers, [Column(_("Measure"), [row[0] for row in rows]), Column(_("Value"), [row[1] for row in rows])])
    slices = study.get_or_add(SLICE_TABLE, "vtkMRMLTableNode", _("{volume} LV scar per slice").format(volume=name))
    columns = slice_columns(result)
    fill_table(slices, columns)
    chart = study.get_or_add(SLICE_CHART, "vtkMRMLPlotChartNode", _("{volume} LV scar per slice").format(volume=name))
    slice_column, *_volumes, share = columns
    axes = Axes(_("Scar per slice"), slice_column.name, _("Slice"), _("Scar, % of myocardium"))
    colour = terminology.STRUCTURES[terminology.SCAR].rgb
    fill_plot(chart, slices, axes, [Series(share.name, colour, bars=True)])
    _plot_view(study).SetPlotChartNodeID(chart.GetID())


def result_rows(result: LVScarResult) -> list[tuple[str, str]]:
    """Measures in words with their values, the totals first, then the 17 segments."""
    burden = result.burden
    rows = [
        (_("Scar with MVO, % of myocardium"), plain_number(burden.scar_fraction_percent)),
        (_("Scar with MVO, ml"), plain_number(burden.infarct_volume_ml, 2)),
        (_("Scar with MVO, g"), plain_number(burden.scar_mass_g, 2)),
        (_("Scar without MVO, ml"), plain_number(burden.scar_volume_ml, 2)),
        (_("MVO, ml"), plain_number(burden.mvo_volume_ml, 2)),
        (_("Myocardium, ml"), plain_number(burden.myocardium_volume_ml, 1)),
        (_("Method"), METHOD_NAMES[result.request.method]),
        (_("Threshold"), _threshold_text(result)),
    ]
    if result.weighted_infarct_volume_ml is not None:
        rows.insert(3, (_("Weighted infarct, ml"), plain_number(result.weighted_infarct_volume_ml, 2)))
    if result.remote is not None:
        text = _("{mean:.4g} ± {sd:.3g}, {source}").format(
            mean=result.remote.mean, sd=result.remote.sd, source=result.remote.source
        )
        rows.append((_("Remote mean ± SD"), text))
    if result.grey_zone is not None:
        rows.append((_("Grey zone, ml"), plain_number(result.grey_zone.grey_zone_volume_ml, 2)))
        rows.append((_("Core, ml"), plain_number(result.grey_zone.core_volume_ml, 2)))
    if result.aha17 is None:
        rows.append((_("AHA segments"), result.aha17_reason or ""))
    else:
        rows.extend(
            (f"AHA {segment.number} {segment.name}, %", _segment_text(segment)) for segment in result.aha17.segments
        )
    return rows


def slice_columns(result: LVScarResult) -> list[Column]:
    """One row for each slice that is measured."""
    used = [entry for entry in result.slices if not entry.excluded]
    return [
        Column(_("Slice"), [entry.index for entry in used]),
        Column(_("Scar with MVO"), [entry.burden.infarct_volume_ml for entry in used], unit="ml"),
        Column(_("Myocardium"), [entry.burden.myocardium_volume_ml for entry in used], unit="ml"),
        Column(_("Scar of myocardium"), [entry.burden.scar_fraction_percent for entry in used], unit="%"),
    ]


def _threshold_text(result: LVScarResult) -> str:
    threshold = result.threshold
    if threshold.value is None:
        return threshold.reason or threshold.definition
    return f"{threshold.value:.4g} ({threshold.definition})"


def _segment_text(segment: SegmentResult) -> str:
    if segment.scar_percent is None:
        return segment.reason or ""
    return plain_number(segment.scar_percent)


def _plot_view(study: Study) -> slicer.vtkMRMLPlotViewNode:
    """A view node of the study's own for the module's panel, not saved with the scene's layout."""
    view = study.get(PLOT_VIEW)
    if view is None:
        view = study.scene.CreateNodeByClass("vtkMRMLPlotViewNode")
        view.UnRegister(None)
        view.SetName(_("ScarSeg per slice"))
        view.SetLayoutName(f"ScarSegLV-{study.node.GetID()}")
        # Else the chart that any other module shows would come here too.
        view.SetDoPropagatePlotChartSelection(False)
        view = study.scene.AddNode(view)
        study.set(PLOT_VIEW, view)
    return view
