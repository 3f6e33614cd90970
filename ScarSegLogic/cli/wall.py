"""`scarseg wall`: the atrial wall of one cavity."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

INNER_MM, OUTER_MM = 3.0, 2.5
"""The wall that training uses (SCIENCE section 2); `scarseg la` starts its own at the surface."""


def wall(
    cavity: Annotated[Path, typer.Argument(metavar="CAVITY", help="Mask of the left atrium's cavity.")],
    out: Annotated[Path, typer.Option("--out", help="File for the wall, for example wall.nrrd.")],
    inner_mm: Annotated[float, typer.Option("--inner-mm", help="Depth into the cavity, 0 to 10.")] = INNER_MM,
    outer_mm: Annotated[float, typer.Option("--outer-mm", help="Depth out of the cavity, 0 to 10.")] = OUTER_MM,
    exclude_proposed: Annotated[
        bool, typer.Option("--exclude-proposed", help="Leave out vein ostia and mitral valve, found by shape.")
    ] = False,
) -> None:
    """Build the wall of a left atrium from its cavity: all voxels near the surface, Euclidean distance in mm."""
    from ScarSegLogic.cli.given_maps import given_map
    from ScarSegLogic.errors import ScarSegError
    from ScarSegLogic.io.images import write_label_map
    from ScarSegLogic.wall.request import WallRequest
    from ScarSegLogic.workflow.wall import run_wall, wall_labels

    if out.resolve() == cavity.resolve():
        raise ScarSegError(f"{out}: the wall would replace its own cavity: choose another --out")
    request = WallRequest(inner_mm=inner_mm, outer_mm=outer_mm)
    made = run_wall(given_map(cavity, "CAVITY"), request, exclude_proposed=exclude_proposed)
    write_label_map(out, wall_labels(made))
    typer.echo(f"wall of {made.volume_ml:.2f} ml written to {out.resolve()}")
    for plane in made.request.planes:
        place = ", ".join(f"{value:.1f}" for value in plane.origin_ras)
        typer.echo(f"left out behind {plane.name}: disc of {plane.radius_mm:.1f} mm at RAS {place} mm")
    for warning in made.warnings:
        typer.echo(f"To be checked: {warning}", err=True)
