"""Memory that does not suffice: told by fake devices, which fail as the real ones do."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ScarSegLogic.inference import device_memory
from ScarSegLogic.inference.device_memory import DeviceMemoryError, with_cpu_fallback
from ScarSegLogic.inference.network import predict_slices
from ScarSegLogic.inference.warm_networks import WarmNetworks, weight_bytes
from ScarSegLogic.inference.watch import heard, interruptible, watched

CPU = torch.device("cpu")
CUDA_FULL = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
MPS_FULL = RuntimeError("MPS backend out of memory (MPS allocated: 18.00 GB)")
CPU_FULL = RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8589934592 bytes")


class SmallDevice:
    """A forward pass that doubles its input and fails for batches above a size, as a small card does."""

    def __init__(self, largest_batch: int, error: Exception) -> None:
        self.largest_batch, self.error = largest_batch, error
        self.batches: list[int] = []

    def __call__(self, batch):
        self.batches.append(len(batch))
        if len(batch) > self.largest_batch:
            raise self.error
        return 2 * batch


@pytest.mark.parametrize("error", [CUDA_FULL, MPS_FULL, CPU_FULL])
def test_a_full_memory_leads_to_fewer_slices_at_once_and_the_same_answer(error):
    device = SmallDevice(largest_batch=3, error=error)
    inputs = np.random.default_rng(0).random((13, 1, 4, 4), dtype=np.float32)
    with heard() as said:
        found = predict_slices(device, inputs, CPU)
    np.testing.assert_allclose(found, 2 * inputs, rtol=1e-6)
    # 13 slices, then 6, then 3 fit.
    assert device.batches == [13, 6, 3, 3, 3, 3, 1]
    assert said == [device_memory.FEWER_SLICES]


def test_a_device_too_small_for_one_slice_is_named():
    with pytest.raises(DeviceMemoryError, match="a single slice does not fit into the memory of cpu"):
        predict_slices(SmallDevice(0, CUDA_FULL), np.zeros((2, 1, 4, 4), np.float32), CPU)


def test_another_error_of_the_network_is_not_taken_for_a_full_memory():
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        predict_slices(
            SmallDevice(0, RuntimeError("mat1 and mat2 shapes cannot be multiplied")),
            np.zeros((2, 1, 4, 4), np.float32),
            CPU,
        )


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (CUDA_FULL, device_memory.ON_CPU_FOR_MEMORY),
        (DeviceMemoryError("a single slice does not fit"), device_memory.ON_CPU_FOR_MEMORY),
        (NotImplementedError("The operator 'aten::x' is not implemented for MPS"), device_memory.ON_CPU_FOR_OPERATOR),
    ],
)
def test_what_a_graphics_card_cannot_do_the_processor_does_and_the_user_is_told(error, sentence):
    asked = []

    def compute(device_name: str) -> str:
        asked.append(device_name)
        if device_name != "cpu":
            raise error
        return "answer"

    with heard() as said:
        assert with_cpu_fallback(compute, "cuda") == "answer"
    assert asked == ["cuda", "cpu"]
    assert said == [sentence]


@pytest.mark.parametrize(("error", "device_name"), [(CUDA_FULL, "cpu"), (RuntimeError("a fault"), "cuda")])
def test_nothing_is_tried_twice_that_cannot_end_better(error, device_name):
    asked = []

    def compute(name: str) -> None:
        asked.append(name)
        raise error

    with pytest.raises(RuntimeError):
        with_cpu_fallback(compute, device_name)
    assert asked == [device_name]


class StopHereError(Exception):
    """Raised by the test's watch."""


def test_a_forward_pass_ends_before_the_layer_at_which_it_is_stopped():
    layers = [torch.nn.Identity() for _ in range(5)]
    passed = []
    for number, layer in enumerate(layers):
        layer.register_forward_hook(lambda *_, number=number: passed.append(number))
    network = interruptible(torch.nn.Sequential(*layers))

    def stop_after_two() -> None:
        if len(passed) == 2:
            raise StopHereError

    with watched(stop_after_two), pytest.raises(StopHereError):
        network(torch.zeros(1))
    assert passed == [0, 1]
    network(torch.zeros(1))
    assert passed == [0, 1, 0, 1, 2, 3, 4]


def test_warm_networks_stay_below_their_bytes_and_the_oldest_goes_first():
    # 100 weights of 4 bytes each.
    def linear() -> torch.nn.Linear:
        return torch.nn.Linear(10, 10, bias=False)

    warm = WarmNetworks(limit_bytes=1000)
    first, second = warm.get("first", linear), warm.get("second", linear)
    assert weight_bytes(first) == 400
    assert warm.get("first", linear) is first
    warm.get("third", linear)
    assert warm.held_bytes == 800
    assert warm.get("first", linear) is first
    assert warm.get("second", linear) is not second


def test_a_network_beyond_the_limit_is_given_but_not_kept():
    warm = WarmNetworks(limit_bytes=399)
    warm.get("large", lambda: torch.nn.Linear(10, 10, bias=False))
    assert warm.held_bytes == 0


def test_releasing_devices_keeps_what_is_on_the_cpu():
    warm = WarmNetworks(limit_bytes=10_000)
    kept = warm.get("cpu", lambda: torch.nn.Linear(2, 2))
    warm.get("card", lambda: torch.nn.Linear(2, 2, device="meta"))
    warm.release_devices()
    assert warm.held_bytes == weight_bytes(kept)
