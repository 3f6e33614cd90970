"""Learning rates over a stage, step by step."""

from __future__ import annotations

import math
from collections.abc import Callable

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, OneCycleLR

from ScarSegLogic.errors import ScarSegError

Factor = Callable[[int], float]
"""Step -> factor of the learning rate."""


def build(name: str, optimizer: Optimizer, epochs: int, steps_per_epoch: int, **options: float) -> LRScheduler:
    """Make a schedule by name; it is stepped once a batch.

    Args:
        name: See ``SCHEDULES``, or ``one_cycle``.
        optimizer: Its learning rates are the peaks.
        epochs, steps_per_epoch: Length of the stage.
        options: Of the schedule.

    Raises:
        ScarSegError: The name or an option is unknown.
    """
    try:
        if name == "one_cycle":
            return one_cycle(optimizer, epochs * steps_per_epoch, **options)
        return LambdaLR(optimizer, SCHEDULES[name](epochs, steps_per_epoch, **options))
    except KeyError:
        known = ", ".join([*SCHEDULES, "one_cycle"])
        raise ScarSegError(f"unknown schedule '{name}': expected one of {known}") from None
    except TypeError as error:
        raise ScarSegError(f"the schedule '{name}' does not take these options: {error}") from error


def one_cycle(optimizer: Optimizer, steps: int, *, rise: float = 0.1) -> OneCycleLR:
    """Up to the peak during the share ``rise`` of all steps, down to nothing after (Smith 2018)."""
    peaks = [group["lr"] for group in optimizer.param_groups]
    # PyTorch divides by zero where the rise is exactly one step.
    share = rise if not math.isclose(rise * steps, 1) else min(1.0, 1.5 / steps)
    return OneCycleLR(optimizer, peaks, total_steps=steps, pct_start=share)


def constant(epochs: int, steps_per_epoch: int) -> Factor:  # noqa: ARG001
    """The same from start to end."""
    return lambda _step: 1.0


def cosine(epochs: int, steps_per_epoch: int, *, warm_up_epochs: float = 0.0, floor: float = 0.0) -> Factor:
    """Linear warm-up, then half a cosine down to ``floor`` (Loshchilov 2017, without restarts)."""
    warm_up = round(warm_up_epochs * steps_per_epoch)
    rest = max(1, epochs * steps_per_epoch - warm_up)

    def factor(step: int) -> float:
        if step < warm_up:
            return (step + 1) / warm_up
        return floor + (1 - floor) * _half_cosine((step - warm_up) / rest)

    return factor


def poly(epochs: int, steps_per_epoch: int, *, power: float = 0.9) -> Factor:
    """(1 - step / steps) ** power (Chen 2018; nnU-Net's)."""
    steps = epochs * steps_per_epoch
    return lambda step: max(0.0, 1 - step / steps) ** power


def exponential(epochs: int, steps_per_epoch: int, *, decay: float = 0.95) -> Factor:  # noqa: ARG001
    """Times ``decay`` after each epoch (ScarNet, SCIENCE.md section 5)."""
    return lambda step: decay ** (step // steps_per_epoch)


def warm_restarts(
    epochs: int,  # noqa: ARG001
    steps_per_epoch: int,
    *,
    first_epochs: float = 10.0,
    lengthening: float = 1.0,
) -> Factor:
    """Half cosines, each ``lengthening`` times as long as the one before (Loshchilov 2017; [S4]: T0 = 10)."""

    def factor(step: int) -> float:
        start, length = 0.0, first_epochs * steps_per_epoch
        while step >= start + length:
            start, length = start + length, length * max(1.0, lengthening)
        return _half_cosine((step - start) / length)

    return factor


SCHEDULES: dict[str, Callable[..., Factor]] = {
    each.__name__: each for each in (constant, cosine, poly, exponential, warm_restarts)
}


def _half_cosine(share: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * min(1.0, share)))
