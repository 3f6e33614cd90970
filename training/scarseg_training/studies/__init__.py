"""Studies by name: many small runs that together answer a question, and the report that they fill."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ScarSegLogic.errors import ScarSegError

if TYPE_CHECKING:
    from scarseg_training.studies.study import Study

_MODULES = ("curriculum", "progressive_la", "soft_labels", "scarsegnet", "cascade")


def studies() -> dict[str, Study]:
    """All studies by name, in the order of the report."""
    modules = [import_module(f"scarseg_training.studies.{module}") for module in _MODULES]
    return {study.name: study for module in modules for study in module.STUDIES}


def study_named(name: str) -> Study:
    """Look a study up.

    Raises:
        ScarSegError: There is none of this name; the known ones are listed.
    """
    known = studies()
    if name not in known:
        raise ScarSegError(f"unknown study '{name}': expected one of {', '.join(known)}, or report")
    return known[name]
