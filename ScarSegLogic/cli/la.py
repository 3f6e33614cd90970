"""`scarseg la`: measure one study of the left atrium."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ScarSegLogic.quantification.la_presets import IirPreset, preset_of
from ScarSegLogic.quantification.la_request import LAMethod, LARequest, UtahScale

_DEFAULT = LARequest()


def la(
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="LGE study: NIfTI, NRRD, MHA or a DICOM folder.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the results; made if absent.")],
    cavity: Annotated[Path | None, typer.Option(help="Mask of the cavity; without it a model finds it.")] = None,
    wall: Annotated[Path | None, typer.Option(help="Mask of the wall; else built from the cavity.")] = None,
    method: Annotated[LAMethod, typer.Option(help="How scar is found.")] = _DEFAULT.method,
    threshold: Annotated[float | None, typer.Option(help="IIR for iir, SDs above the blood pool for sd.")] = None,
    preset: Annotated[
        IirPreset | None, typer.Option(help=f"Published IIR; {_DEFAULT.iir_preset} where nothing is said.")
    ] = None,
    pre_ablation: Annotated[
        bool, typer.Option("--pre-ablation", help="Declare that no ablation came before this study.")
    ] = False,
    utah_scale: Annotated[UtahScale, typer.Option(help="Limits of the Utah-scale category.")] = _DEFAULT.utah_scale,
    magnitude: Annotated[
        bool | None, typer.Option("--magnitude/--no-magnitude", help="Whether intensities are magnitudes.")
    ] = None,
    inner_mm: Annotated[float, typer.Option("--inner-mm", help="Depth of the wall into the cavity.")] = (
        _DEFAULT.inner_mm
    ),
    outer_mm: Annotated[float, typer.Option("--outer-mm", help="Depth of the wall out of it.")] = _DEFAULT.outer_mm,
    blood_pool_erosion_mm: Annotated[
        float, typer.Option("--blood-pool-erosion-mm", help="Rim of the cavity that is no blood pool.")
    ] = _DEFAULT.blood_pool_erosion_mm,
    no_exclusions: Annotated[
        bool, typer.Option("--no-exclusions", help="Leave out neither vein ostia nor mitral valve.")
    ] = False,
    cavity_model: Annotated[str, typer.Option(help="Model package for the cavity: name or path.")] = (
        _DEFAULT.cavity_model
    ),
    model: Annotated[str, typer.Option(help="Model package for scar: name or path.")] = _DEFAULT.scar_model,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = _DEFAULT.device,
    series: Annotated[str | None, typer.Option(metavar="UID", help="DICOM series; `scarseg series` lists.")] = None,
    phase: Annotated[int | None, typer.Option(min=1, help="Phase of a multi-phase DICOM series.")] = None,
    accepted_by: Annotated[
        str | None, typer.Option(metavar="NAME", help="Reader who accepts every slice; else a DRAFT.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print result.json alone on stdout.")] = False,
) -> None:
    """Find and measure LA scar in one study; writes masks, shell, numbers, pictures and report into --out."""
    request = LARequest(
        method=method,
        **_threshold(method, threshold, preset),
        is_magnitude=magnitude,
        inner_mm=inner_mm,
        outer_mm=outer_mm,
        blood_pool_erosion_mm=blood_pool_erosion_mm,
        pre_ablation=pre_ablation,
        utah_scale=utah_scale,
        cavity_model=cavity_model,
        scar_model=model,
        device=device,
    )
    from ScarSegLogic.cli.la_job import CONDITIONAL_FILES, LAFiles, run_la_job
    from ScarSegLogic.cli.models_in_use import la_models_in_use, licence_notices
    from ScarSegLogic.cli.progress import shown_progress
    from ScarSegLogic.io.atomic import output_folder

    files = LAFiles(image, cavity, wall, series, phase, exclusions=not no_exclusions)
    notices = licence_notices(la_models_in_use(request, cavity_given=cavity is not None))
    for notice in notices:
        typer.echo(f"Licence: {notice}", err=True)
    # The folder is proven writable on entry, before anything is computed.
    with output_folder(out, replaces=CONDITIONAL_FILES) as folder, shown_progress() as progress:
        more = {"accepted_by": accepted_by, "extra_warnings": notices if as_json else ()}
        result = run_la_job(files, request, folder, progress, **more)
    if as_json:
        from ScarSegLogic.quantification.finite_json import to_json_text
        from ScarSegLogic.quantification.la_result_json import la_result_to_json

        typer.echo(to_json_text(la_result_to_json(result)), nl=False)
        return
    from ScarSegLogic.cli.la_summary import print_la_summary

    print_la_summary(result, out)


def _threshold(method: LAMethod, threshold: float | None, preset: IirPreset | None) -> dict[str, object]:
    """The fields of the request that say where scar begins."""
    if preset is not None and method is not LAMethod.IIR:
        raise typer.BadParameter(f"--preset {preset} is an IIR: it goes with --method iir, not with {method}")
    if threshold is None:
        return {} if preset is None else {"iir_preset": preset}
    if preset is not None and preset is not IirPreset.CUSTOM:
        raise typer.BadParameter("--preset and --threshold exclude each other: give one of them")
    if method is LAMethod.SD:
        return {"n_sd": threshold}
    if method is not LAMethod.IIR:
        raise typer.BadParameter(f"--threshold goes with --method iir or sd: {method} finds its own")
    known = preset_of(threshold)
    return {"iir_preset": known, "iir_custom": threshold if known is IirPreset.CUSTOM else None}
