from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from ScarSegLogic import networks
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.networks.hybrid_resnet import StandardisedConv2d
from ScarSegLogic.networks.transunet import TransUNetConfig

MINIMAL = {"stem_width": 8, "units": (1, 1, 1), "hidden": 16, "depth": 1, "heads": 2, "mlp": 24, "bridge": 16}
MINIMAL = {**MINIMAL, "decoder": (16, 8, 8, 4)}


def parameters(module):
    return sum(parameter.numel() for parameter in module.parameters())


# SCIENCE section 5; at 224 x 224 the positions have 180 tokens more
@pytest.mark.parametrize(("image_size", "millions"), [(64, 105.1), (224, 105.1 + 180 * 768 / 1e6)])
def test_the_published_configuration_has_the_published_number_of_parameters(image_size, millions):
    with torch.device("meta"):
        network = networks.build("transunet", image_size=image_size)
    assert parameters(network) == pytest.approx(millions * 1e6, abs=0.05e6)


def test_the_small_twin_has_less_than_a_hundredth_of_them():
    network = networks.build("transunet", **dataclasses.asdict(TransUNetConfig.small()))
    assert parameters(network) == pytest.approx(0.67e6, rel=0.01)


def test_logits_have_the_size_of_the_image_and_every_parameter_learns():
    network = networks.build("transunet", **MINIMAL, outputs=2)
    logits = network(torch.randn(2, 1, 32, 48))
    assert logits.shape == (2, 2, 32, 48)
    logits.square().mean().backward()
    assert [name for name, parameter in network.named_parameters() if parameter.grad is None] == []


def test_a_grey_image_is_seen_as_its_rgb_copy():
    grey = networks.build("transunet", **MINIMAL).eval()
    colour = networks.build("transunet", **MINIMAL, channels=3).eval()
    colour.load_state_dict(grey.state_dict())
    image = torch.randn(1, 1, 32, 32)
    with torch.no_grad():
        assert torch.equal(grey(image), colour(image.repeat(1, 3, 1, 1)))


def test_at_the_size_the_positions_were_made_for_they_count_as_they_are_and_at_another_interpolated():
    network = networks.build("transunet", **MINIMAL, image_size=64).eval().encoder
    # a grid of 4 x 4 whose value is the column: seen at 8 x 8, columns are a quarter and three quarters between
    columns = torch.arange(4.0).reshape(1, 1, 4, 1).expand(1, 4, 4, 16)
    seen = []
    network.dropout.register_forward_hook(lambda _module, inputs, _output: seen.append(inputs[0]))
    with torch.no_grad():
        network.embedding.weight.zero_()
        network.embedding.bias.zero_()
        network.positions.copy_(columns)
        network(torch.zeros(1, 3, 64, 64))
        network(torch.zeros(1, 3, 128, 128))
    assert torch.equal(seen[0], columns)
    assert seen[1][0, 3, :, 5].tolist() == pytest.approx([0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3])


def test_an_image_whose_sides_are_no_multiple_of_16_is_refused():
    network = networks.build("transunet", **MINIMAL)
    with pytest.raises(ScarSegError, match=r"sides are multiples of 16, got \(64, 72\): pad or crop them"):
        network(torch.zeros(1, 1, 64, 72))


@pytest.mark.parametrize("config", [{"image_size": 72}, {"heads": 5}, {"decoder": (16, 8, 8)}], ids=str)
def test_a_configuration_that_makes_no_network_is_refused(config):
    with pytest.raises(ScarSegError, match="'transunet' does not take this configuration"):
        networks.build("transunet", **{**MINIMAL, **config})


def test_scale_and_offset_of_a_standardised_kernel_do_not_matter():
    convolution = StandardisedConv2d(2, 3, 3, stride=2)
    features = torch.randn(1, 2, 8, 8)
    before = convolution(features)
    with torch.no_grad():
        convolution.weight.mul_(7).add_(3)
    torch.testing.assert_close(convolution(features), before, rtol=1e-4, atol=1e-4)
    assert before.shape == (1, 3, 4, 4)


def test_a_kernel_of_equal_values_keeps_a_finite_gradient():
    convolution = StandardisedConv2d(1, 1, 3)
    torch.nn.init.zeros_(convolution.weight)
    convolution(torch.randn(1, 1, 4, 4)).sum().backward()
    assert convolution.weight.grad.isfinite().all()


def test_a_strided_kernel_sees_one_pixel_more_after_than_before():
    convolution = StandardisedConv2d(1, 1, 3, stride=2)
    with torch.no_grad():
        convolution.weight.copy_(torch.tensor([[1.0, 0, 0], [0, 0, 0], [0, 0, -1]]))
    # mean 0, variance 2 / 9: the kernel becomes +- 3 / sqrt(2); the first output sees rows and columns 0 to 2
    image = torch.arange(16.0).reshape(1, 1, 4, 4)
    scale = 3 / np.sqrt(2)
    expected = [[(0 - 10) * scale, 2 * scale], [8 * scale, 10 * scale]]
    np.testing.assert_allclose(convolution(image).detach().numpy()[0, 0], expected, rtol=1e-5)
