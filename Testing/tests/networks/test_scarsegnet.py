from __future__ import annotations

import dataclasses

import pytest
import torch

from ScarSegLogic import networks
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.networks.adaptive_squeeze import AdaptivePool, MeanPool, SqueezeExcitation
from ScarSegLogic.networks.scarsegnet import AttentionGate, ScarSegNetConfig

PUBLISHED_PARAMETERS = 111.5e6
"""SCIENCE section 4."""

MINIMAL = {"depths": (1, 1, 1, 1), "widths": (4, 8, 16, 32), "decoder": (16, 8, 8, 4)}


def parameters(network):
    return sum(parameter.numel() for parameter in network.parameters())


def test_the_published_configuration_has_the_published_number_of_parameters():
    with torch.device("meta"):
        network = networks.build("scarsegnet")
    assert parameters(network) == pytest.approx(PUBLISHED_PARAMETERS, rel=5e-4)


def test_the_small_twin_has_less_than_a_million_parameters():
    with torch.device("meta"):
        network = networks.build("scarsegnet", **dataclasses.asdict(ScarSegNetConfig.small()))
    assert parameters(network) < 1e6


def test_logits_have_the_size_of_the_image_and_every_parameter_learns():
    network = networks.build("scarsegnet", **MINIMAL, outputs=2)
    logits = network(torch.randn(2, 1, 64, 96))
    assert logits.shape == (2, 2, 64, 96)
    (logits**2).mean().backward()
    without = [name for name, parameter in network.named_parameters() if parameter.grad is None]
    assert without == []


def test_an_image_whose_sides_are_no_multiple_of_32_is_refused():
    network = networks.build("scarsegnet", **MINIMAL)
    with pytest.raises(ScarSegError, match=r"sides are multiples of 32, got \(64, 80\): pad or crop them"):
        network(torch.zeros(1, 1, 64, 80))


def test_a_head_that_cannot_be_normalised_in_four_groups_is_refused():
    with pytest.raises(ScarSegError, match="'scarsegnet' does not take this configuration"):
        networks.build("scarsegnet", **{**MINIMAL, "decoder": (16, 8, 8, 6)})


def test_without_ase_and_cag_only_thresholds_and_context_convolutions_are_missing():
    with torch.device("meta"):
        full, plain = networks.build("scarsegnet"), networks.build("scarsegnet", ase=False, cag=False)
    names = {name for name, _ in full.named_parameters()} - {name for name, _ in plain.named_parameters()}
    assert names == {
        *(f"encoder.recalibrations.{stage}.pool.theta" for stage in range(4)),
        *(f"decoder.{stage}.gate.context.{kind}" for stage in (2, 3) for kind in ("weight", "bias")),
    }


def test_the_descriptor_of_even_pixels_is_their_maximum_and_of_a_lone_peak_the_mean_of_the_strongest():
    pool = AdaptivePool(top_share=0.25, initial_theta=0.0)
    even = torch.full((1, 1, 4, 4), 5.0)
    peak = torch.zeros(1, 1, 4, 4)
    peak[0, 0, 1, 2] = 8.0
    # sigmoid((1 - 0.5) / 0.1) = 0.9933 of the maximum 5 and the rest of the mean 5
    assert pool(even).item() == pytest.approx(5.0)
    # the 4 strongest are 8, 0, 0, 0: gate sigmoid((0 - 0.5) / 0.1) = 0.0066929, mean 2
    assert pool(peak).item() == pytest.approx(0.0066929 * 8 + 0.9933071 * 2, abs=1e-5)


def test_the_threshold_decides_between_maximum_and_mean():
    features = torch.tensor([4.0, 3.0, 2.0, 2.0]).reshape(1, 1, 2, 2)
    low = AdaptivePool(top_share=1.0, initial_theta=-20.0)
    high = AdaptivePool(top_share=1.0, initial_theta=20.0)
    # evenness 2 / 4 = 0.5; thresholds 0 and 1: gates sigmoid(5) and sigmoid(-5); maximum 4, mean 2.75
    assert low(features).item() == pytest.approx(0.9933071 * 4 + 0.0066929 * 2.75, abs=1e-5)
    assert high(features).item() == pytest.approx(0.0066929 * 4 + 0.9933071 * 2.75, abs=1e-5)


def test_a_channel_that_answers_nowhere_keeps_finite_descriptor_and_gradient():
    pool = AdaptivePool(top_share=0.5, initial_theta=0.8)
    features = torch.cat([torch.full((1, 1, 4, 4), -3.0), torch.zeros(1, 1, 4, 4)], dim=1).requires_grad_()
    descriptor = pool(features)
    descriptor.sum().backward()
    assert descriptor[0].tolist() == pytest.approx([-3.0, 0.0])
    assert features.grad.isfinite().all()


def test_the_adaptive_descriptor_has_the_gradient_of_finite_differences():
    pool = AdaptivePool(top_share=0.5, initial_theta=0.3).double()
    generator = torch.Generator().manual_seed(3)
    features = torch.rand(1, 2, 3, 3, generator=generator, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(pool, features)


def test_squeeze_excitation_scales_channels_by_their_excitation():
    block = SqueezeExcitation(2, MeanPool())
    with torch.no_grad():
        block.squeeze.weight.copy_(torch.tensor([[1.0, 1.0]]))
        block.excite.weight.copy_(torch.tensor([[1.0], [-1.0]]))
    features = torch.stack([torch.full((3, 3), 0.5), torch.full((3, 3), 1.5)])[None]
    # squeezed: 0.5 + 1.5 = 2; channels scaled by sigmoid(2) and sigmoid(-2)
    scaled = block(features)
    assert scaled[0, 0].unique().item() == pytest.approx(0.5 * 0.8807971)
    assert scaled[0, 1].unique().item() == pytest.approx(1.5 * 0.1192029)


def test_the_context_of_a_gate_reaches_three_pixels_and_the_plain_gate_none():
    for context, reach in ((True, 3), (False, 0)):
        gate = AttentionGate(2, 2, 4, context=context).eval()
        skip = torch.randn(1, 2, 15, 15, requires_grad=True)
        gate(torch.zeros(1, 2, 15, 15), skip)[0, 0, 7, 7].backward()
        rows = skip.grad.abs().sum((0, 1, 3)).nonzero().flatten()
        assert (rows.min().item(), rows.max().item()) == (7 - reach, 7 + reach)


def test_it_learns_a_bright_disc_in_seconds():
    torch.manual_seed(0)
    rows, columns = torch.meshgrid(torch.arange(64), torch.arange(64), indexing="ij")
    centres = torch.tensor([[20, 20], [40, 30], [30, 44], [24, 36]])
    discs = torch.stack([((rows - j) ** 2 + (columns - i) ** 2 < 100).float() for j, i in centres])[:, None]
    images = discs + 0.2 * torch.randn(discs.shape)
    network = networks.build("scarsegnet", **dataclasses.asdict(ScarSegNetConfig.small()))
    optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3)
    for _ in range(30):
        optimiser.zero_grad()
        torch.nn.functional.binary_cross_entropy_with_logits(network(images), discs).backward()
        optimiser.step()
    predicted = network(images).detach() > 0
    overlap = (predicted & discs.bool()).sum()
    assert 2 * overlap / (predicted.sum() + discs.sum()) > 0.9
