"""The figures of a run while it goes: ``metrics.jsonl``, TensorBoard and a line for the reader."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from torch.utils.tensorboard import SummaryWriter

from scarseg_training.config import RUN_SCHEMA_VERSION

METRICS_NAME = "metrics.jsonl"


class RunLog:
    """Writes one line an epoch, at once; a line of JSON holds null where a figure is undefined."""

    def __init__(self, folder: Path, report: Callable[[str], None]) -> None:
        self._folder, self._path = folder, folder / METRICS_NAME
        self._report = report
        self._board: SummaryWriter | None = None

    def rewind(self, stage: str, epoch: int) -> None:
        """Forget what came after an epoch of a stage: it is done again."""
        if not self._path.exists():
            return
        kept = [line for line in self._lines() if line["stage"] != stage or line["epoch"] <= epoch]
        self._path.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")

    def epoch(self, stage: str, epoch: int, figures: Mapping[str, float | None]) -> None:
        """Log an epoch, which counts from 1."""
        defined = {name: value for name, value in figures.items() if value is not None and math.isfinite(value)}
        line = {"schema_version": RUN_SCHEMA_VERSION, "stage": stage, "epoch": epoch}
        line |= {name: defined.get(name) for name in figures}
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line, allow_nan=False) + "\n")
        step = len(self._lines())
        if self._board is None:
            # Events of epochs that are done again after a resume are purged.
            self._board = SummaryWriter(str(self._folder / "tensorboard"), purge_step=step)
        for name, value in defined.items():
            self._board.add_scalar(f"{stage}/{name}", value, step)
        self._board.flush()
        self._report(f"{stage} {epoch}  " + "  ".join(f"{name} {value:.4g}" for name, value in defined.items()))

    def say(self, text: str) -> None:
        """Tell the reader something that is no figure."""
        self._report(text)

    def close(self) -> None:
        """Close TensorBoard's file."""
        if self._board is not None:
            self._board.close()

    def _lines(self) -> list[dict[str, Any]]:
        """Every line; one that a kill left unfinished at the end is of an epoch that is done again."""
        if not self._path.exists():
            return []
        *whole, _unfinished = self._path.read_text(encoding="utf-8").split("\n")
        return [json.loads(line) for line in whole]
