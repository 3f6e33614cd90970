"""Networks on a graphics card that is too small, for whoever calls the jobs: command line, worker or script."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ScarSegLogic.inference import device_memory, lv_anatomy, lv_scar
from ScarSegLogic.quantification.request import LVRequest, ScarMethod
from ScarSegLogic.workflow.lv import find_heart, measure_lv, run_lv

FULL = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
LACKING = NotImplementedError("The operator 'aten::x' is not implemented for this device")
PHANTOM_PAIR = {"anatomy_model": "lv_anatomy_phantom", "scar_model": "lv_scar_phantom"}


@pytest.fixture
def small_card(monkeypatch):
    """A function that lets both networks fail on ``cuda``; it returns the list of devices that were asked."""

    def install(error: Exception) -> list[str]:
        asked: list[str] = []

        def fail_on_cuda(module, name: str) -> None:
            run = getattr(module, name)

            def attempt(*arguments):
                asked.append(arguments[-1])
                if arguments[-1] == "cuda":
                    raise error
                return run(*arguments)

            monkeypatch.setattr(module, name, attempt)

        for module, name in (
            (lv_anatomy, "predict_anatomy"),
            (lv_anatomy, "find_insertion"),
            (lv_scar, "predict_scar"),
        ):
            fail_on_cuda(module, name)
        return asked

    return install


@pytest.mark.parametrize(
    ("error", "sentence"),
    [(FULL, device_memory.ON_CPU_FOR_MEMORY), (LACKING, device_memory.ON_CPU_FOR_OPERATOR)],
)
def test_the_processor_gives_the_same_numbers_and_the_user_is_told_once(a_study, small_card, error, sentence):
    expected = run_lv(a_study.image, LVRequest(method=ScarMethod.MODEL, device="cpu", **PHANTOM_PAIR))
    asked = small_card(error)
    result = run_lv(a_study.image, LVRequest(method=ScarMethod.MODEL, device="cuda", **PHANTOM_PAIR))
    assert asked == ["cuda", "cpu", "cuda", "cpu"]
    assert result.burden == expected.burden
    np.testing.assert_array_equal(result.segmentation.array, expected.segmentation.array)
    assert sentence not in expected.warnings
    assert result.warnings.count(sentence) == 1


def test_finding_the_heart_alone_says_so_too(a_study, small_card):
    small_card(FULL)
    heart = find_heart(a_study.image, LVRequest(device="cuda", **PHANTOM_PAIR))
    assert heart.warnings == (*a_study.image.warnings, device_memory.ON_CPU_FOR_MEMORY)


def test_measuring_edits_asks_the_network_for_the_insertion_and_says_so_too(a_study, small_card):
    asked = small_card(FULL)
    result = measure_lv(a_study.image, a_study.labels, LVRequest(device="cuda", **PHANTOM_PAIR))
    assert asked == ["cuda", "cpu"]
    assert device_memory.ON_CPU_FOR_MEMORY in result.warnings


def test_another_fault_of_a_network_is_not_hidden_by_the_processor(a_study, small_card):
    asked = small_card(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    with pytest.raises(RuntimeError, match="cannot be multiplied"):
        run_lv(a_study.image, LVRequest(device="cuda", **PHANTOM_PAIR))
    assert asked == ["cuda"]
