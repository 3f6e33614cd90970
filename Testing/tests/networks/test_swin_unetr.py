from __future__ import annotations

import dataclasses

import pytest
import torch
from monai.networks import nets

from ScarSegLogic import networks
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.networks.swin_unetr import EARLY_ENCODER, CavityAndScar, SwinUNETRConfig

PUBLISHED_PARAMETERS = {("cavity",): 62e6, ("cavity", "scar"): 62.6e6}
"""SCIENCE section 2."""

MINIMAL = {"feature_size": 12, "depths": (1, 1, 1, 1), "heads": (1, 2, 2, 2), "window": 4}

OURS_TO_MONAI = (
    ("encoder.swin.", "swinViT."),
    ("encoder.bottleneck.", "encoder10."),
    ("encoder.skips.1.", "encoder4."),
    ("encoder.skips.2.", "encoder3."),
    ("encoder.skips.3.", "encoder2."),
    ("encoder.skips.4.", "encoder1."),
    ("trunk.0.", "decoder5."),
    ("trunk.1.", "decoder4."),
    ("trunk.2.", "decoder3."),
    ("cavity_decoder.levels.0.", "decoder2."),
    ("cavity_decoder.levels.1.", "decoder1."),
    ("cavity_decoder.output.", "out."),
)


def parameters(network):
    return sum(parameter.numel() for parameter in network.parameters())


def in_monai_layout(name):
    ours, monai = next(pair for pair in OURS_TO_MONAI if name.startswith(pair[0]))
    return monai + name.removeprefix(ours)


@pytest.fixture
def a_volume():
    return torch.randn(1, 1, 32, 32, 64, generator=torch.Generator().manual_seed(4))


@pytest.mark.parametrize("decoders", PUBLISHED_PARAMETERS)
def test_the_published_configurations_have_the_published_number_of_parameters(decoders):
    network = networks.build("swin_unetr", decoders=decoders)
    # [S1] rounds to 62 and 62.6 million
    assert parameters(network) == pytest.approx(PUBLISHED_PARAMETERS[decoders], abs=0.2e6)


def test_with_one_decoder_it_answers_as_monais_swin_unetr(a_volume):
    sizes = {"feature_size": 12, "depths": (2, 1, 1, 1)}
    ours = networks.build("swin_unetr", **sizes, outputs=2).eval()
    monai = nets.SwinUNETR(1, 2, **sizes).eval()
    monai.load_state_dict({in_monai_layout(name): tensor for name, tensor in ours.state_dict().items()})
    with torch.no_grad():
        torch.testing.assert_close(ours(a_volume), monai(a_volume), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("forked_levels", [1, 5])
def test_each_decoder_of_two_answers_as_the_network_that_has_only_it(a_volume, forked_levels):
    both = networks.build("swin_unetr", **MINIMAL, decoders=("cavity", "scar"), forked_levels=forked_levels).eval()
    with torch.no_grad():
        logits = both(a_volume)
    assert isinstance(logits, CavityAndScar)
    for name, expected in logits._asdict().items():
        alone = networks.build("swin_unetr", **MINIMAL, decoders=[name], forked_levels=forked_levels).eval()
        alone.load_state_dict({key: both.state_dict()[key] for key in alone.state_dict()})
        with torch.no_grad():
            assert torch.equal(alone(a_volume), expected)


def test_the_scar_decoder_leaves_the_cavitys_own_levels_without_gradient(a_volume):
    network = networks.build("swin_unetr", **MINIMAL, decoders=("cavity", "scar"))
    network(a_volume).scar.square().mean().backward()
    learning = {name.split(".")[0] for name, parameter in network.named_parameters() if parameter.grad is not None}
    assert learning == {"encoder", "trunk", "scar_decoder"}


def test_the_early_encoder_is_the_patch_embedding_and_the_first_two_swin_stages():
    network = networks.build("swin_unetr", **MINIMAL)
    early = {name for name in network.state_dict() if name.startswith(EARLY_ENCODER)}
    parts = [network.encoder.swin.patch_embed, network.encoder.swin.layers1, network.encoder.swin.layers2]
    assert len(early) == sum(len(part.state_dict()) for part in parts)


def test_recomputing_gives_the_same_gradients(a_volume):
    network = networks.build("swin_unetr", **MINIMAL)
    again = networks.build("swin_unetr", **MINIMAL, recompute=True)
    again.load_state_dict(network.state_dict())
    for each in (network, again):
        each(a_volume).square().mean().backward()
    for one, other in zip(network.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad)


@pytest.mark.parametrize("shape", [(32, 32, 48), (32, 32, 32)])
def test_a_volume_that_cannot_be_halved_five_times_is_refused(shape):
    network = networks.build("swin_unetr", **MINIMAL)
    with pytest.raises(ScarSegError, match=r"multiples of 32, at least one of them longer, got \(32, 32, "):
        network(torch.zeros(1, 1, *shape))


@pytest.mark.parametrize(
    "config", [{"decoders": ("scar", "cavity")}, {"forked_levels": 0}, {"feature_size": 20}], ids=str
)
def test_a_configuration_that_makes_no_network_is_refused(config):
    with pytest.raises(ScarSegError, match="'swin_unetr' does not take this configuration"):
        networks.build("swin_unetr", **config)


def test_the_small_twin_is_less_than_a_fifteenth_of_the_published_network():
    network = networks.build("swin_unetr", **dataclasses.asdict(SwinUNETRConfig.small(("cavity", "scar"))))
    assert parameters(network) < 4e6
    assert network.config == SwinUNETRConfig.small(("cavity", "scar"))
