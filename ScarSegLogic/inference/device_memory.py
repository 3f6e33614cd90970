"""When the memory of a graphics card, or of the computer, does not suffice."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

from ScarSegLogic.inference.watch import say

OUT_OF_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory")
"""How torch says it: CUDA and MPS; the CPU on Linux; the CPU on Windows. Only CUDA has an exception of its own."""

FEWER_SLICES = "the memory did not suffice for all slices at once, so they were computed in smaller groups"
ON_CPU_FOR_MEMORY = "the memory of the graphics card did not suffice, so the processor computed, which is slower"
ON_CPU_FOR_OPERATOR = "the graphics card lacks an operation of this model, so the processor computed, which is slower"

Answer = TypeVar("Answer")


class DeviceMemoryError(MemoryError):
    """Not even a single slice fits into the memory of the device."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out."""
    if isinstance(error, MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in OUT_OF_MEMORY_WORDS)


def with_cpu_fallback(compute: Callable[[str], Answer], device_name: str) -> Answer:
    """Compute on a device and, where its memory or its operators do not suffice, on the CPU, and say so.

    Args:
        compute: Takes the name of a device.
        device_name: See ``torch_device``; ``cpu`` has nothing to fall back to.

    Raises:
        MemoryError: The CPU's memory does not suffice either.
    """
    try:
        return compute(device_name)
    except (RuntimeError, MemoryError) as error:
        if _is_cpu(device_name):
            raise
        if is_out_of_memory(error):
            sentence = ON_CPU_FOR_MEMORY
        elif isinstance(error, NotImplementedError):
            sentence = ON_CPU_FOR_OPERATOR
        else:
            raise
    # Outside the handler: the error's frames hold the tensors that filled the memory.
    free_device_memory()
    say(sentence)
    return compute("cpu")


def free_device_memory() -> None:
    """Give cached device memory back to the system. Does nothing, and imports nothing, where torch was not used."""
    torch = sys.modules.get("torch")
    if torch is None:
        return
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()


def _is_cpu(device_name: str) -> bool:
    torch = sys.modules.get("torch")
    other = torch is not None and (torch.cuda.is_available() or torch.backends.mps.is_available())
    return device_name == "cpu" or (device_name == "auto" and not other)
