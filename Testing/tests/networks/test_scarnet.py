from __future__ import annotations

import dataclasses

import pytest
import torch

from ScarSegLogic import networks
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.networks import scarnet
from ScarSegLogic.networks.sam.sam import Sam, SamConfig
from ScarSegLogic.networks.scarnet import ChannelAttention, ScarNetConfig, SpatialAttention

PUBLISHED_PARAMETERS = 122e6
"""SCIENCE section 5."""

TRANSFORMER = {"width": 16, "depth": 2, "heads": 2, "global_attention_indexes": (1,), "window": 3}
MINIMAL = {**TRANSFORMER, "positions_size": 64, "decoder": (16, 8, 8, 4), "unet_widths": (4, 8)}


def parameters(module):
    return sum(parameter.numel() for parameter in module.parameters())


def test_the_published_configuration_has_the_published_number_of_parameters():
    with torch.device("meta"):
        network = networks.build("scarnet")
    assert parameters(network) == pytest.approx(PUBLISHED_PARAMETERS, abs=0.5e6)


def test_the_small_twin_has_a_third_of_a_million():
    network = networks.build("scarnet", **dataclasses.asdict(ScarNetConfig.small()))
    assert parameters(network) == pytest.approx(0.34e6, rel=0.01)


def test_logits_have_the_size_of_the_image_and_every_parameter_learns():
    network = networks.build("scarnet", **MINIMAL, outputs=2)
    logits = network(torch.randn(2, 1, 48, 64))
    assert logits.shape == (2, 2, 48, 64)
    logits.square().mean().backward()
    assert [name for name, parameter in network.named_parameters() if parameter.grad is None] == []


def test_the_paths_count_equally_at_first_and_then_by_the_softmax_of_their_weights():
    network = networks.build("scarnet", **MINIMAL).eval()
    image = torch.randn(1, 1, 32, 32)
    with torch.no_grad():
        of_transformer, of_unet = network.transformer_logits(image), network.unet(image)
        torch.testing.assert_close(network(image), (of_transformer + of_unet) / 2)
        network.path_weights.copy_(torch.tensor([3.0, 1.0]).log())
        torch.testing.assert_close(network(image), 0.75 * of_transformer + 0.25 * of_unet)


def test_spatial_attention_scales_pixels_by_their_mean_and_maximum():
    attention = SpatialAttention()
    with torch.no_grad():
        attention.convolve.weight.zero_()
        attention.convolve.weight[0, :, 3, 3] = torch.tensor([1.0, -0.5])
    features = torch.tensor([[2.0, 6.0], [0.0, 0.0]]).reshape(1, 2, 1, 2)
    # pixels have means 1 and 3, maxima 2 and 6: sigmoid(1 - 1) = sigmoid(3 - 3) = 0.5
    assert attention(features)[0, 0, 0].tolist() == pytest.approx([1.0, 3.0])


def test_channel_attention_adds_what_it_makes_of_mean_and_maximum():
    attention = ChannelAttention(1)
    with torch.no_grad():
        attention.network[0].weight.fill_(1.0)
        attention.network[2].weight.fill_(0.5)
    features = torch.tensor([1.0, 3.0]).reshape(1, 1, 1, 2)
    # mean 2, maximum 3: sigmoid(0.5 * 2 + 0.5 * 3) = 0.9241418
    assert attention(features).flatten().tolist() == pytest.approx([0.9241418, 3 * 0.9241418])


@pytest.fixture
def a_sam_checkpoint(tmp_path):
    """A narrow Segment Anything in the published layout."""
    sam = Sam(SamConfig(128, "vit", TRANSFORMER, width=16, decoder_heads=2, decoder_hidden=16))
    path = tmp_path / "medsam_vit_b.pth"
    torch.save(sam.state_dict(), path)
    return sam, path


@pytest.mark.filterwarnings("ignore:.*is none of the published files:UserWarning")
def test_a_segment_anything_checkpoint_gives_the_transformer_and_nothing_else(a_sam_checkpoint):
    sam, path = a_sam_checkpoint
    network = networks.build("scarnet", **{**MINIMAL, "positions_size": 128})
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    scarnet.load_published(network, path)
    changed = {name for name, tensor in network.state_dict().items() if not torch.equal(tensor, before[name])}
    assert {name.split(".")[0] for name in changed} == {"transformer"}
    for name, tensor in sam.image_encoder.state_dict().items():
        assert torch.equal(network.transformer.state_dict()[name], tensor)


@pytest.mark.filterwarnings("ignore:.*is none of the published files:UserWarning")
def test_a_checkpoint_of_another_width_is_refused(a_sam_checkpoint):
    network = networks.build("scarnet", **{**MINIMAL, "width": 32})
    with pytest.raises(ScarSegError, match=r"medsam_vit_b\.pth are not for this ImageEncoderViT: it has another shape"):
        scarnet.load_published(network, a_sam_checkpoint[1])


def test_an_image_whose_sides_are_no_multiple_of_the_patch_is_refused():
    network = networks.build("scarnet", **MINIMAL)
    with pytest.raises(ScarSegError, match=r"sides are multiples of 16, got \(64, 72\): pad or crop them"):
        network(torch.zeros(1, 1, 64, 72))


@pytest.mark.parametrize("config", [{"channels": 2}, {"width": 15}, {"unet_widths": (4,)}], ids=str)
def test_a_configuration_that_makes_no_network_is_refused(config):
    with pytest.raises(ScarSegError, match="'scarnet' does not take this configuration"):
        networks.build("scarnet", **{**MINIMAL, **config})
