from __future__ import annotations

import numpy as np
import pytest
import torch

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.inference import network as network_module
from ScarSegLogic.inference.network import load_network, network_of, predict_slices
from ScarSegLogic.models.package import open_package, save_package
from Testing.tests.models.tiny_packages import a_manifest, random_network, save_network

CPU = torch.device("cpu")


@pytest.mark.parametrize("task", ["lv_scar", "lv_anatomy"])
def test_an_exported_network_gives_the_same_logits_within_half_precision(tmp_path, task):
    network = random_network(task)
    loaded = network_of(open_package(save_network(task, network, tmp_path).folder), CPU)
    generator = torch.Generator().manual_seed(1)
    inputs = [torch.randn(2, 5, 32, 32, generator=generator)]
    if task == "lv_anatomy":
        inputs = [torch.randn(2, 3, 32, 32, generator=generator) for _ in range(2)]
    with torch.inference_mode():
        expected, found = network(*inputs), loaded(*inputs)
    torch.testing.assert_close(found, expected, atol=5e-3, rtol=5e-3)
    assert not loaded.training


def test_a_network_stays_warm_for_the_next_study(tmp_path):
    package = save_network("lv_scar", random_network("lv_scar"), tmp_path)
    assert network_of(package, CPU) is network_of(open_package(tmp_path), CPU)


def test_new_weights_in_the_same_folder_are_loaded_anew(tmp_path):
    first = network_of(save_network("lv_scar", random_network("lv_scar", seed=1), tmp_path), CPU)
    second = network_of(save_network("lv_scar", random_network("lv_scar", seed=2), tmp_path), CPU)
    assert first is not second


def test_weights_of_another_shape_are_refused_by_file_and_tensor(tmp_path):
    package = save_network("lv_scar", random_network("lv_scar"), tmp_path, network_config={"channels": [4, 16]})
    with pytest.raises(ScarSegError, match=r"weights\.safetensors do not fit the network 'lv_scar': .*size mismatch"):
        network_of(package, CPU)


def test_a_missing_tensor_is_refused(tmp_path):
    weights = {name: tensor.numpy() for name, tensor in random_network("lv_scar").state_dict().items()}
    weights.popitem()
    package = save_package(a_manifest(), weights, tmp_path)
    with pytest.raises(ScarSegError, match="do not fit the network 'lv_scar': Missing key"):
        network_of(package, CPU)


def test_an_unknown_network_in_a_manifest_is_refused(tmp_path):
    package = save_network("lv_scar", random_network("lv_scar"), tmp_path, network="perceptron")
    with pytest.raises(ScarSegError, match="unknown network 'perceptron'"):
        load_network(package, "cpu")


def uneven(batch: torch.Tensor) -> torch.Tensor:
    """A forward pass that treats every pixel differently."""
    weights = torch.arange(batch.shape[-1] * batch.shape[-2], dtype=batch.dtype).reshape(batch.shape[-2:])
    return batch[:, :1] * weights


@pytest.mark.parametrize("slices_at_once", [32, 2, 1])
def test_slices_are_predicted_in_their_order_however_many_at_once(monkeypatch, slices_at_once):
    monkeypatch.setattr(network_module, "SLICES_AT_ONCE", slices_at_once)
    inputs = np.random.default_rng(0).normal(size=(5, 2, 6, 7)).astype(np.float32)
    found = predict_slices(uneven, inputs, CPU)
    np.testing.assert_allclose(found, inputs[:, :1] * np.arange(42).reshape(6, 7), rtol=1e-6)
    assert found.dtype == np.float32


def test_a_usual_study_is_one_forward_pass():
    batches = []

    def counted(batch):
        batches.append(len(batch))
        return batch

    predict_slices(counted, np.zeros((12, 1, 4, 4), np.float32), CPU)
    assert batches == [12]
