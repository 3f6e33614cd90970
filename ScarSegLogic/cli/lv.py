"""`scarseg lv`: measure one study."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ScarSegLogic.cli.values import point_ras, slice_indices
from ScarSegLogic.quantification.request import Baseline, FwhmScope, GreyZoneDefinition, LVRequest, ScarMethod

_DEFAULT = LVRequest()


def lv(
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="LGE study: NIfTI, NRRD, MHA or a DICOM folder.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the results; made if absent.")],
    myocardium: Annotated[Path | None, typer.Option(help="Label map; without it a model finds the heart.")] = None,
    labels: Annotated[str, typer.Option(help="Its convention: emidec, acdc, myops, mscmrseg, myosaiq, mask.")] = (
        _DEFAULT.labels
    ),
    method: Annotated[ScarMethod, typer.Option(help="How scar is found.")] = _DEFAULT.method,
    n_sd: Annotated[float, typer.Option(help="SDs above remote for nsd, 2 to 6.")] = _DEFAULT.n_sd,
    baseline: Annotated[Baseline, typer.Option(help="Zero of FWHM and of peak-based grey zones.")] = _DEFAULT.baseline,
    fwhm_scope: Annotated[FwhmScope, typer.Option(help="One FWHM peak per study or slice.")] = _DEFAULT.fwhm_scope,
    threshold: Annotated[float | None, typer.Option(help="Intensity for manual.")] = None,
    remote: Annotated[Path | None, typer.Option(help="Mask of remote myocardium; else proposed.")] = None,
    remote_point: Annotated[
        str | None, typer.Option(metavar="R,A,S", help="Remote myocardium around a point in RAS mm.")
    ] = None,
    rv_insertion: Annotated[
        str | None, typer.Option(metavar="R,A,S", help="Anterior RV insertion in RAS mm; else predicted.")
    ] = None,
    model: Annotated[str, typer.Option(help="Scar model: name or path.")] = _DEFAULT.scar_model,
    anatomy_model: Annotated[str, typer.Option(help="Anatomy model: name or path.")] = _DEFAULT.anatomy_model,
    grey_zone: Annotated[GreyZoneDefinition, typer.Option(help="Grey zone to report.")] = _DEFAULT.grey_zone,
    exclude_slices: Annotated[str, typer.Option(metavar="K,K,...", help="Slices to leave out, from 0.")] = "",
    series: Annotated[str | None, typer.Option(metavar="UID", help="DICOM series; `scarseg series` lists.")] = None,
    phase: Annotated[int | None, typer.Option(min=1, help="Phase of a multi-phase DICOM series.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = _DEFAULT.device,
    minimum_component_mm2: Annotated[
        float, typer.Option("--minimum-component-mm2", help="Smaller scar islands in a slice are dropped.")
    ] = _DEFAULT.minimum_component_mm2,
    largest_only: Annotated[bool, typer.Option("--largest-only", help="Keep only the largest 3D scar.")] = False,
    closing_mm: Annotated[float, typer.Option(help="Radius of a closing of the scar.")] = _DEFAULT.closing_radius_mm,
    maximum_mvo_mm2: Annotated[
        float, typer.Option("--maximum-mvo-mm2", help="Larger unenhanced islands in a slice are no MVO.")
    ] = _DEFAULT.maximum_mvo_mm2,
    no_mvo: Annotated[bool, typer.Option("--no-mvo", help="Propose no MVO.")] = False,
    burden_line: Annotated[
        float, typer.Option(help="Line in % against which the burden is shown; never a diagnosis.")
    ] = _DEFAULT.burden_line_percent,
    accepted_by: Annotated[
        str | None, typer.Option(metavar="NAME", help="Reader who accepts every slice; else a DRAFT.")
    ] = None,
    dicom: Annotated[
        bool | None,
        typer.Option("--dicom/--no-dicom", help="Write DICOM SEG and SR; by default where the study is DICOM."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print result.json alone on stdout.")] = False,
) -> None:
    """Find and measure LV scar in one study; writes segmentation, numbers, pictures and report into --out."""
    if remote is not None and remote_point is not None:
        raise typer.BadParameter("--remote and --remote-point exclude each other: give one of them")
    request = LVRequest(
        method=method,
        n_sd=n_sd,
        baseline=baseline,
        fwhm_scope=fwhm_scope,
        manual_threshold=threshold,
        grey_zone=grey_zone,
        minimum_component_mm2=minimum_component_mm2,
        largest_component_only=largest_only,
        closing_radius_mm=closing_mm,
        propose_mvo=not no_mvo,
        maximum_mvo_mm2=maximum_mvo_mm2,
        excluded_slices=slice_indices(exclude_slices),
        rv_insertion_ras=None if rv_insertion is None else point_ras(rv_insertion),
        remote_ras=None if remote_point is None else point_ras(remote_point),
        burden_line_percent=burden_line,
        labels=labels,
        anatomy_model=anatomy_model,
        scar_model=model,
        device=device,
    )
    from ScarSegLogic.cli.lv_job import CONDITIONAL_FILES, LVFiles, check_lv_job, run_lv_job
    from ScarSegLogic.cli.progress import shown_progress
    from ScarSegLogic.io.atomic import output_folder

    files = LVFiles(image, myocardium, remote, series, phase)
    notices = check_lv_job(files, request)
    for notice in notices:
        typer.echo(f"Licence: {notice}", err=True)
    # The folder is proven writable on entry, before anything is computed.
    with output_folder(out, replaces=CONDITIONAL_FILES) as folder, shown_progress() as progress:
        result = run_lv_job(
            files,
            request,
            folder,
            progress,
            accepted_by=accepted_by,
            dicom=dicom,
            extra_warnings=notices if as_json else (),
        )
    if as_json:
        from ScarSegLogic.quantification.finite_json import to_json_text
        from ScarSegLogic.quantification.result_json import result_to_json

        typer.echo(to_json_text(result_to_json(result)), nl=False)
        return
    from ScarSegLogic.cli.summary import print_summary

    print_summary(result, out)
