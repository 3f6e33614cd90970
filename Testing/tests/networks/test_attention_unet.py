from __future__ import annotations

import dataclasses

import pytest
import torch

from ScarSegLogic import networks
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.networks.attention_unet import AttentionUNetConfig


def test_the_five_usual_levels_have_31_7_million_parameters():
    with torch.device("meta"):
        network = networks.build("attention_unet")
    assert sum(parameter.numel() for parameter in network.parameters()) == pytest.approx(31.7e6, rel=2e-3)


def test_the_small_twin_has_half_a_million_parameters():
    network = networks.build("attention_unet", **dataclasses.asdict(AttentionUNetConfig.small()))
    assert sum(parameter.numel() for parameter in network.parameters()) == pytest.approx(0.5e6, rel=0.02)


@pytest.mark.parametrize(("spatial_dims", "sides"), [(2, (32, 48)), (3, (8, 16, 12))])
def test_logits_have_the_size_of_the_image_and_every_parameter_learns(spatial_dims, sides):
    network = networks.build("attention_unet", channels=2, outputs=3, widths=[4, 8, 16], spatial_dims=spatial_dims)
    logits = network(torch.randn(2, 2, *sides))
    assert logits.shape == (2, 3, *sides)
    logits.square().mean().backward()
    assert [name for name, parameter in network.named_parameters() if parameter.grad is None] == []


def test_an_image_that_cannot_be_halved_at_every_level_is_refused():
    network = networks.build("attention_unet", widths=(4, 8, 16))
    with pytest.raises(ScarSegError, match=r"sides are multiples of 4, got \(32, 30\): pad or crop them"):
        network(torch.zeros(1, 1, 32, 30))
