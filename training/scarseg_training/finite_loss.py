"""The losses of an epoch, watched without making a graphics card wait."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ScarSegLogic.errors import ScarSegError


class LossWatch:
    """Collects the loss of each step and stops at the first that is not finite.

    A step's loss is looked at when the next one comes: by then it is there, and nothing waited for it. The update in
    between is lost with the run, whose last checkpoint is older.
    """

    def __init__(self, stage: str, epoch: int) -> None:
        self._where = f"in epoch {epoch} of stage '{stage}'"
        self._losses: list[Tensor] = []
        self._cases: list[tuple[str, ...]] = []

    def add(self, loss: Tensor, cases: tuple[str, ...]) -> None:
        """Take a step's loss and whose samples it is of.

        Raises:
            ScarSegError: The step before had a loss that is not finite; its cases are named.
        """
        self._check_last()
        self._losses.append(loss.detach())
        self._cases.append(cases)

    def mean(self, network: nn.Module) -> Tensor:
        """Mean of the epoch, a scalar on the losses' device.

        Raises:
            ScarSegError: As ``add``, of the last step; or its update left weights that are not finite.
        """
        self._check_last()
        if not all(torch.isfinite(parameter).all() for parameter in network.parameters()):
            raise self._stop("the weights are not finite")
        return torch.stack(self._losses).mean()

    def _check_last(self) -> None:
        if self._losses and not torch.isfinite(self._losses[-1]):
            raise self._stop("the loss is not finite")

    def _stop(self, what: str) -> ScarSegError:
        batch = ", ".join(sorted(set(self._cases[-1])))
        # A gradient may have been the first to overflow: then the update before is to blame.
        before = f" (the update before it was on {', '.join(sorted(set(self._cases[-2])))})" if self._cases[1:] else ""
        return ScarSegError(
            f"{what} {self._where} on a batch of {batch}{before}: check these cases with `scarseg-train check` or "
            "lower the learning rate; the last checkpoint is kept"
        )
