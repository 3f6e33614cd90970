"""One process or many: the same command under `fabric run` or torchrun."""

from __future__ import annotations

import logging
import os

from lightning.fabric import Fabric
from lightning.fabric.strategies import DDPStrategy


def open_fabric(precision: str) -> Fabric:
    """Lightning Fabric for the processes that were started: by torchrun, by `fabric run`, or this one alone.

    Several processes learn as one does where the loss is a mean over samples. A Dice over the batch, and on CPUs the
    statistics of batch normalisations, are each process's own: with few samples a process they differ. The processes of
    several nodes need one run folder, which all of them read.

    Args:
        precision: Lightning Fabric's name of the arithmetic, such as ``bf16-mixed``.
    """
    # What it says of its arithmetic stands in the run's config; warnings are still heard. Fabric speaks through the
    # logger of lightning.pytorch as soon as anything has imported that.
    for name in ("lightning.fabric", "lightning.pytorch"):
        logging.getLogger(name).setLevel(logging.WARNING)
    local = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    nodes = int(os.environ.get("GROUP_WORLD_SIZE", "1"))
    if "LT_CLI_USED" in os.environ:
        # `fabric run` has said where and how, and has started everything; what is said twice would be refused.
        return Fabric(precision=None if "LT_PRECISION" in os.environ else precision)
    if local * nodes == 1:
        fabric = Fabric(accelerator="auto", devices=1, precision=precision)
    else:
        # A stage need not use every parameter of its network, such as the decoder of a later stage.
        strategy = DDPStrategy(find_unused_parameters=True)
        fabric = Fabric(accelerator="auto", devices=local, num_nodes=nodes, strategy=strategy, precision=precision)
    fabric.launch()
    return fabric


def is_first_process() -> bool:
    """Whether this process speaks and writes for all of them; known before Fabric is."""
    return os.environ.get("RANK", "0") == "0"
