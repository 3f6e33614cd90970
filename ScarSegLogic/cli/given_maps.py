"""Label maps that the user gives, and errors that name the file they are about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ScarSegLogic.errors import ScarSegError

if TYPE_CHECKING:
    from ScarSegLogic.volume import LabelMap


def given_map(path: Path | None, option: str) -> LabelMap | None:
    """Read a label map; its name says which option gave it, since a mask is often named as its image."""
    if path is None:
        return None
    from ScarSegLogic.io.images import read_label_map

    return replace(read_label_map(path), name=f"{path.name or path} ({option})")


@contextmanager
def errors_naming(study: str, *masks: str) -> Iterator[None]:
    """Put the study before the sentence of a ScarSegError that names neither it nor one of the masks."""
    try:
        yield
    except ScarSegError as error:
        if any(name in str(error) for name in (study, *masks)):
            raise
        raise ScarSegError(f"{study}: {error}") from error
