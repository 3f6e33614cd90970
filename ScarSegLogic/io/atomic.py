"""Output that is either complete or absent: written aside, then moved into place."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from ScarSegLogic.errors import ScarSegError


@contextmanager
def output_folder(path: Path | str, *, replaces: Sequence[str] = ()) -> Iterator[Path]:
    """Yield a temporary folder beside `path`; its files are moved into `path` once the block ends without an error.

    Files of an earlier run with the same names are replaced at the end, others stay. Where the block raises, the
    temporary folder is removed and `path` is as it was, absent if it was absent.

    Args:
        path: The folder; made if absent.
        replaces: Names in `path`, of files or folders, that are removed at the end where the block did not write them:
            outputs that this run might have had, but did not.

    Raises:
        ScarSegError: `path` is a file, or cannot be created or written to.
    """
    target = Path(path)
    created: list[Path] = []
    staging: Path | None = None
    complete = False
    try:
        try:
            _refuse_file(target)
            created = _create_parents(target)
            staging = _staging_folder(target)
        except OSError as error:
            raise _not_writable(target, error) from error
        yield staging
        try:
            _move_into_place(staging, target, replaces)
        except OSError as error:
            raise _not_writable(target, error) from error
        complete = True
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)
        if not complete:
            for folder in reversed(created):
                if not any(folder.iterdir()):
                    folder.rmdir()


def _refuse_file(target: Path) -> None:
    """Raises ScarSegError if `target` or a folder above it is a file."""
    for folder in (target, *target.parents):
        if folder.is_dir():
            return
        if folder.exists():
            raise ScarSegError(f"the output folder {target} cannot be made: {folder} is a file, choose another folder")


def _create_parents(target: Path) -> list[Path]:
    """Create the folders above `target`; return those that were missing, outermost first."""
    missing = [folder for folder in target.parents if not folder.exists()]
    target.parent.mkdir(parents=True, exist_ok=True)
    return missing[::-1]


def _staging_folder(target: Path) -> Path:
    """A new empty folder on the same file system as `target`: beside it, or else in it."""
    if target.is_dir():
        # Proves that the folder can be written to before hours are spent on what is to be written.
        with tempfile.TemporaryFile(dir=target):
            pass
        home = target.resolve()
        prefix = f".{home.name}.partial-"
        if home.parent.stat().st_dev == home.stat().st_dev:
            with suppress(OSError):
                return Path(tempfile.mkdtemp(prefix=prefix, dir=home.parent))
        return Path(tempfile.mkdtemp(prefix=prefix, dir=home))
    return Path(tempfile.mkdtemp(prefix=f".{target.name}.partial-", dir=target.parent))


def _move_into_place(staging: Path, target: Path, replaces: Sequence[str]) -> None:
    """Set stale outputs aside and move every file; where one cannot be moved, put back what was there before."""
    backup = staging / ".replaced"
    files = sorted(file for file in staging.rglob("*") if not file.is_dir())
    undo: list[tuple[Path, Path | None]] = []
    made_target = not target.exists()
    target.mkdir(exist_ok=True)
    try:
        for name in replaces:
            if (target / name).exists():
                stale = backup / ".stale" / name
                stale.parent.mkdir(parents=True, exist_ok=True)
                (target / name).replace(stale)
                undo.append((target / name, stale))
        for file in files:
            relative = file.relative_to(staging)
            destination = target / relative
            destination.parent.mkdir(parents=True, exist_ok=True)
            if destination.is_file():
                replaced = backup / relative
                replaced.parent.mkdir(parents=True, exist_ok=True)
                destination.replace(replaced)
                undo.append((destination, replaced))
                file.replace(destination)
            else:
                file.replace(destination)
                undo.append((destination, None))
    except OSError:
        for destination, earlier in reversed(undo):
            if earlier is None:
                destination.unlink()
            else:
                if destination.is_dir():
                    # Emptied above; Windows moves a folder only to where there is none.
                    destination.rmdir()
                earlier.replace(destination)
        if made_target:
            shutil.rmtree(target, ignore_errors=True)
        raise


def _not_writable(target: Path, error: OSError) -> ScarSegError:
    return ScarSegError(
        f"the output folder {target} is not writable ({error.strerror or error}): choose another folder or free it"
    )
