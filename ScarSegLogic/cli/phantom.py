"""`scarseg phantom`: make studies with known truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

phantom_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Make studies with known truth.")


@phantom_app.callback()
def phantom() -> None:
    """Make studies with known truth."""


@phantom_app.command("lv", short_help="Write an LV LGE phantom.")
def phantom_lv(
    out: Annotated[Path, typer.Option("--out", help="Folder for image, labels and truth.json.")],
    seed: Annotated[int, typer.Option(min=0, help="Same seed and settings, same bytes.")] = 0,
    tier: Annotated[str | None, typer.Option(help="easy, medium or hard; else drawn from the seed.")] = None,
    pattern: Annotated[
        str | None,
        typer.Option(help="none, lad, lcx, rca, midwall_septal, epicardial_lateral, diffuse_patchy; else drawn."),
    ] = None,
    contrast: Annotated[str | None, typer.Option(help="magnitude or psir; else drawn.")] = None,
    burden: Annotated[float | None, typer.Option(help="Infarct in % of the myocardium, 0 to 40; else drawn.")] = None,
    observers: Annotated[int, typer.Option(help="Simulated readers, 0 to 10.")] = 3,
) -> None:
    """Write an LV LGE phantom: image, truth labels, labels of simulated readers and truth.json."""
    from ScarSegLogic.phantom import LVPhantomConfig, make_lv_phantom, write_lv_phantom

    config = LVPhantomConfig(
        seed=seed,
        tier=tier,
        pattern=pattern,
        contrast=contrast,
        target_burden_percent=burden,
        observer_count=observers,
    )
    write_lv_phantom(make_lv_phantom(config), out)
    typer.echo(f"phantom {seed} written to {out.resolve()}")


@phantom_app.command("la", short_help="Write an LA LGE phantom.")
def phantom_la(
    out: Annotated[Path, typer.Option("--out", help="Folder for image, masks and truth.json.")],
    seed: Annotated[int, typer.Option(min=0, help="Same seed and settings, same bytes.")] = 0,
    tier: Annotated[str | None, typer.Option(help="easy, medium or hard; else drawn from the seed.")] = None,
    pattern: Annotated[str | None, typer.Option(help="ablation, preablation or none; else drawn.")] = None,
    sampling: Annotated[
        str | None, typer.Option(help="slices (0.625 x 0.625 x 2.5 mm) or isotropic (1 mm); else drawn.")
    ] = None,
    contrast: Annotated[str | None, typer.Option(help="magnitude or psir; else drawn.")] = None,
    matrix: Annotated[int | None, typer.Option(help="Rows and columns, up to 1024; else drawn.")] = None,
    observers: Annotated[int, typer.Option(help="Simulated readers, 0 to 10.")] = 3,
) -> None:
    """Write an LA LGE phantom: image, true cavity, wall and scar, labels of simulated readers and truth.json."""
    from ScarSegLogic.phantom import LAPhantomConfig, make_la_phantom, write_la_phantom

    config = LAPhantomConfig(
        seed=seed,
        tier=tier,
        pattern=pattern,
        sampling=sampling,
        contrast=contrast,
        matrix_size=matrix,
        observer_count=observers,
    )
    write_la_phantom(make_la_phantom(config), out)
    typer.echo(f"phantom {seed} written to {out.resolve()}")
