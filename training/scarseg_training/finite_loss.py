"""The losses of an epoch, watched without making a graphics card wait."""

from __future__ import annotations

import torch
from torch import Tensor

from ScarSegLogic.errors import ScarSegError


class LossWatch:
    """Collects the loss of each step and stops at the first that is not finite.

    A step's loss is looked at when the next one comes: by then it is there, and nothing waited for it. The update in
    between is lost with the run, whose last checkpoint is older.
    """

    def __init__(self, stage: str, epoch: int) -> None:
        self._where = f"epoch {epoch} of stage '{stage}'"
        self._losses: list[Tensor] = []
        self._cases: tuple[str, ...] = ()

    def add(self, loss: Tensor, cases: tuple[str, ...]) -> None:
        """Take a step's loss and whose samples it is of.

        Raises:
            ScarSegError: The step before had a loss that is not finite; its cases are named.
        """
        self._check_last()
        self._losses.append(loss.detach())
        self._cases = cases

    def mean(self) -> Tensor:
        """Mean of the epoch, a scalar on the losses' device.

        Raises:
            ScarSegError: As ``add``, of the last step.
        """
        self._check_last()
        return torch.stack(self._losses).mean()

    def _check_last(self) -> None:
        if self._losses and not torch.isfinite(self._losses[-1]):
            raise ScarSegError(
                f"the loss is not finite in {self._where} on a batch of {', '.join(sorted(set(self._cases)))}: check "
                "these cases with `scarseg-train check` or lower the learning rate; the last checkpoint is kept"
            )
