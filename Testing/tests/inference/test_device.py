from __future__ import annotations

import sys

import pytest
import torch

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.inference.device import torch_device


def test_the_processor_is_always_there():
    assert torch_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")]
)
def test_auto_takes_the_fastest_device_there_is(monkeypatch, cuda, mps, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert torch_device("auto").type == expected


@pytest.mark.parametrize("name", ["cuda", "mps", "abacus"])
def test_a_device_that_is_not_there_is_refused(monkeypatch, name):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(ScarSegError, match=f"the device '{name}' is not available .* choose auto or cpu"):
        torch_device(name)


def test_a_missing_torch_is_named_with_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ScarSegError, match=r"torch is not installed: install torch and monai"):
        torch_device("cpu")
