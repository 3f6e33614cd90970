"""When a stage has learnt what it can: a plateau of its validation score."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class EarlyStopping:
    """Follows the validation score of a stage.

    Attributes:
        patience: Epochs without a better score before it stops; None never stops.
        min_delta: By how much a score must be higher to count as better.
        best_score, best_epoch: So far; epochs count from 1.
        epoch: Of the last score.
    """

    patience: int | None
    min_delta: float = 0.0
    best_score: float = -math.inf
    best_epoch: int = 0
    epoch: int = 0

    def improves(self, score: float, epoch: int) -> bool:
        """Take a score in; tell whether it is the best so far. The first one always is, whatever it is."""
        self.epoch = epoch
        better = self.best_epoch == 0 or score > self.best_score + self.min_delta
        if better:
            self.best_score, self.best_epoch = score, epoch
        return better

    @property
    def stops(self) -> bool:
        """Whether the patience is over."""
        return self.patience is not None and self.epoch - self.best_epoch >= self.patience

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return asdict(self)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take a checkpoint's state over."""
        vars(self).update(state)
