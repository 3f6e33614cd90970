from __future__ import annotations

import dataclasses
import importlib
import json

import pytest

from ScarSegLogic import networks
from ScarSegLogic.errors import ScarSegError


def test_an_unknown_network_is_refused_with_the_known_names():
    with pytest.raises(
        ScarSegError, match=r"unknown network 'transformer': expected one of .*lv_anatomy, lv_scar, sam"
    ):
        networks.build("transformer")


@pytest.mark.parametrize(
    "config",
    [{"depth": 5}, {"channels": 5}, {"channels": [8]}, {"channels": []}, {"channels": [8, -1]}],
    ids=["unknown field", "no list", "one level", "no level", "negative width"],
)
def test_a_configuration_that_makes_no_network_is_refused(config):
    with pytest.raises(ScarSegError, match="'lv_scar' does not take this configuration"):
        networks.build("lv_scar", **config)


@pytest.mark.parametrize("missing", ["torch", "monai"])
def test_a_missing_library_is_named_with_what_to_do(monkeypatch, missing):
    def absent(*_arguments, **_options):
        raise ModuleNotFoundError(f"No module named '{missing}'", name=missing)

    monkeypatch.setattr(networks, "import_module", absent)
    with pytest.raises(ScarSegError, match=f"needs {missing}, which is not installed: install torch and monai"):
        networks.build("lv_scar")


def test_the_scar_network_gives_two_logits_for_slices_and_two_masks():
    import torch

    network = networks.build("lv_scar", channels=[4, 8]).eval()
    assert network(torch.zeros(2, 5, 32, 48)).shape == (2, 2, 32, 48)


def test_the_anatomy_network_locates_in_one_size_and_segments_in_another():
    import torch

    network = networks.build("lv_anatomy", localiser_channels=[4, 8], segmenter_channels=[4, 8, 16], slices=3).eval()
    located, segmented = network(torch.zeros(1, 3, 32, 32), torch.zeros(2, 3, 64, 48))
    assert located.shape == (1, 1, 32, 32)
    assert segmented.shape == (2, 5, 64, 48)


BACKBONES = {
    "attention_unet": "AttentionUNetConfig",
    "scarnet": "ScarNetConfig",
    "swin_unetr": "SwinUNETRConfig",
    "transunet": "TransUNetConfig",
}


def small_config(name):
    module = importlib.import_module(f"ScarSegLogic.networks.{name}")
    return dataclasses.asdict(getattr(module, BACKBONES[name]).small())


@pytest.mark.parametrize("name", BACKBONES)
def test_a_configuration_that_went_through_json_builds_the_same_network(name):
    config = small_config(name)
    before, after = networks.build(name, **config), networks.build(name, **json.loads(json.dumps(config)))
    assert [(key, tensor.shape) for key, tensor in before.state_dict().items()] == [
        (key, tensor.shape) for key, tensor in after.state_dict().items()
    ]


@pytest.mark.parametrize("name", ["attention_unet", "scarnet", "transunet"])
def test_under_bf16_autocast_logits_stay_close_and_gradients_finite(name):
    import torch

    torch.manual_seed(1)
    network = networks.build(name, **small_config(name)).eval()
    images = torch.randn(2, 1, 64, 64)
    logits = network(images)
    with torch.autocast("cpu", torch.bfloat16):
        halved = network(images)
    halved.float().square().mean().backward()
    assert halved.dtype == torch.bfloat16
    # each of some twenty layers rounds to 8 bits, 0.4 %; a part that does not bear it is further off
    assert (halved.float() - logits).square().mean().sqrt() < 0.2 * logits.std()
    assert all(parameter.grad.isfinite().all() for parameter in network.parameters())
