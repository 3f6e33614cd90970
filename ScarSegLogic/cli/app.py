"""The program `scarseg`. Only light modules are imported here: `--help` must answer at once and without torch."""

from __future__ import annotations

import signal
from typing import Annotated

import typer

from ScarSegLogic.cli.demo import demo
from ScarSegLogic.cli.la import la
from ScarSegLogic.cli.lv import lv
from ScarSegLogic.cli.models import models_app
from ScarSegLogic.cli.one_sentence import OneSentenceGroup
from ScarSegLogic.cli.phantom import phantom_app
from ScarSegLogic.cli.series import series
from ScarSegLogic.cli.wall import wall
from ScarSegLogic.version import VERSION

PROGRAM = "scarseg"

# Markup would eat the brackets of file names, and pretty tracebacks show a clinician nothing.
app = typer.Typer(
    cls=OneSentenceGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Find and measure scar in the heart on LGE MRI. For research use only, not a medical device.",
    epilog="Exit codes: 0 done, 1 the study or its files, 2 the command line, 3 a fault of ScarSeg, 130 stopped.",
)
app.command("lv", short_help="Find and measure LV scar in one study.")(lv)
app.command("la", short_help="Find and measure LA scar in one study.")(la)
app.command("wall", short_help="Build the atrial wall of one cavity.")(wall)
app.command("demo", short_help="Run the whole job on a phantom; truth beside result.")(demo)
app.command("series", short_help="List the image series in a DICOM folder.")(series)
app.add_typer(phantom_app, name="phantom")
app.add_typer(models_app, name="models")


def main() -> None:
    """Entry point of `scarseg`; leaves by SystemExit."""
    # Being told to stop must unwind like Ctrl-C, so that the unfinished output is removed.
    signal.signal(signal.SIGTERM, _stop)
    app(prog_name=PROGRAM)


def _stop(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"{PROGRAM} {VERSION}")
        raise typer.Exit


@app.callback()
def global_options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and leave.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of a failure. May stand anywhere.")
    ] = False,
) -> None:
    """Declare the options of the whole program; `OneSentenceGroup` reads `--debug` before anything is parsed."""
