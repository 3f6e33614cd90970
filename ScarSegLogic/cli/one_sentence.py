"""Failures are caught here, once: one sentence, an exit code, and with `--json` an error object on stdout."""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from ScarSegLogic.errors import ScarSegError

STUDY_ERROR, USAGE_ERROR, OWN_FAULT, STOPPED = 1, 2, 3, 130
STOPPED_SENTENCE = "stopped: nothing was written"

# Typer carries its own copy of click, so the class is taken from what Typer exports.
_UsageError = typer.BadParameter.__mro__[1]

_MODEL_LIBRARIES = ("torch", "monai")


class OneSentenceGroup(TyperGroup):
    """A command group whose failures end in a sentence and an exit code, never in a traceback."""

    def main(self, args: list[str] | None = None, **options: Any) -> NoReturn:
        """Parse and run; always leaves by SystemExit."""
        arguments = list(sys.argv[1:] if args is None else args)
        as_json = "--json" in arguments
        debug = "--debug" in arguments
        arguments = [argument for argument in arguments if argument != "--debug"]
        options["standalone_mode"] = False
        try:
            code = super().main(args=arguments, **options)
        except _UsageError as error:
            if as_json:
                _print_json_error(error.format_message())
            error.show()
            sys.exit(USAGE_ERROR)
        except typer.Abort:
            _fail(STOPPED_SENTENCE, STOPPED, as_json=as_json)
        except BrokenPipeError:
            # The reader of our output (`| head`) left: no message, and no second failure at interpreter exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(STUDY_ERROR)
        except Exception as error:
            if debug:
                traceback.print_exc()
            sentence, code = _explained(error, debug=debug)
            _fail(sentence, code, as_json=as_json)
        if code == STOPPED:
            _fail(STOPPED_SENTENCE, STOPPED, as_json=as_json)
        sys.exit(code if isinstance(code, int) else 0)


def _explained(error: Exception, *, debug: bool) -> tuple[str, int]:
    """The sentence and exit code of a failure."""
    if isinstance(error, ScarSegError):
        return str(error), STUDY_ERROR
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror or error}", STUDY_ERROR
    if isinstance(error, MemoryError):
        return "the memory of this machine is not enough for this study: close other programs or crop it", STUDY_ERROR
    if isinstance(error, ModuleNotFoundError) and (error.name or "").split(".")[0] in _MODEL_LIBRARIES:
        return (
            f"{error.name} is not installed, which models need: install torch and monai, "
            "or give --myocardium and another --method"
        ), STUDY_ERROR
    from ScarSegLogic.fault_log import log_fault

    place = log_fault(error)
    where = f"its place is in {place}" if place else "its place could not be logged"
    hint = "" if debug else "; run the command again with --debug to see the traceback"
    return f"ScarSeg failed unexpectedly ({type(error).__name__}): {where}{hint}", OWN_FAULT


def _fail(sentence: str, code: int, *, as_json: bool) -> NoReturn:
    if as_json:
        _print_json_error(sentence)
    else:
        typer.echo(f"Error: {sentence}", err=True)
    sys.exit(code)


def _print_json_error(sentence: str) -> None:
    typer.echo(json.dumps({"error": sentence}, ensure_ascii=False))
