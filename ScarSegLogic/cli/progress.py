"""Progress on stderr: a bar on a terminal, plain lines elsewhere. Stdout stays free for results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[float, str], None]


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """Yield a function that takes the share done, 0 to 1, and a few words."""
    from rich.console import Console

    console = Console(stderr=True, markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        yield lambda share, words: console.print(f"{share:4.0%}  {words}", soft_wrap=True)
        return
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as RichProgress

    columns = (BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeElapsedColumn())
    words_column = TextColumn("{task.description}", markup=False)
    with RichProgress(*columns, words_column, console=console) as bar:
        task = bar.add_task("starting", total=1.0)
        yield lambda share, words: bar.update(task, completed=share, description=words)


def part_of(progress: Progress, start: float, end: float) -> Progress:
    """Progress of one step, mapped into a part of the whole."""

    def mapped(share: float, words: str) -> None:
        # The step's own "done" is not the whole's; the next step reports the same share.
        if share < 1.0 or end >= 1.0:
            progress(start + (end - start) * share, words)

    return mapped
