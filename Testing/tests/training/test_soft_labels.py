from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scarseg_training.gaussian import smooth
from scarseg_training.losses.soft_labels import (
    SoftLabelWeights,
    bernoulli_kl,
    soft_label_loss,
    soft_labels,
)
from scipy import ndimage


def blobs(*shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(0)) > 0.7


def test_smoothing_agrees_with_scipy_each_sample_by_its_own_width():
    values = torch.rand(3, 2, 9, 14, generator=torch.Generator().manual_seed(1))
    sigma = torch.tensor([[0.7, 2.0], [3.1, 0.4], [0.0, 1.2]])
    found = smooth(values, sigma)
    for sample, widths in enumerate(sigma.tolist()):
        for channel in range(2):
            expected = ndimage.gaussian_filter(values[sample, channel].numpy(), widths, mode="nearest")
            np.testing.assert_allclose(found[sample, channel].numpy(), expected, atol=2e-6)


def test_smoothing_in_3d_agrees_with_scipy():
    values = torch.rand(1, 1, 5, 8, 11, generator=torch.Generator().manual_seed(1))
    expected = ndimage.gaussian_filter(values[0, 0].numpy(), (0.5, 1.0, 2.5), mode="nearest")
    np.testing.assert_allclose(smooth(values, torch.tensor([[0.5, 1.0, 2.5]]))[0, 0].numpy(), expected, atol=2e-6)


@pytest.mark.parametrize("shape", [(3, 2, 20, 24), (2, 1, 4, 20, 24)])
def test_labels_are_softened_slice_by_slice(shape):
    masks = blobs(*shape)
    found = soft_labels(masks, 2.0)
    for place in np.ndindex(*shape[:-2]):
        expected = ndimage.gaussian_filter(masks[place].numpy().astype(float), 2.0, mode="nearest")
        np.testing.assert_allclose(found[place].numpy(), expected, atol=1e-5)


def test_a_scar_in_one_sample_leaves_its_neighbours_alone():
    masks = torch.zeros(3, 1, 3, 16, 16, dtype=torch.bool)
    masks[1, 0, 1, 4:12, 4:12] = True
    found = soft_labels(masks)
    assert found[1, 0, 1].max() > 0.9
    found[1, 0, 1] = 0
    assert not found.any()


def test_a_band_two_pixels_wide_peaks_at_38_percent_and_survives_its_threshold():
    band = torch.zeros(1, 1, 32, 32, dtype=torch.bool)
    band[..., 15:17, :] = True
    found = soft_labels(band)
    # The mass of a normal curve within one pixel of its middle, sampled at +-0.5 px: about 2 phi(.25) / 2.
    assert found.max().item() == pytest.approx(0.38, abs=0.01)
    assert not (found > 0.5).any()
    torch.testing.assert_close(found > 0.36, band)


def test_sigma_zero_leaves_labels_hard():
    masks = blobs(2, 1, 5, 5)
    torch.testing.assert_close(soft_labels(masks, 0.0), masks.float())


def test_kl_on_paper():
    # Soft 1/4 against p = 1/2: 1/4 log(1/2) + 3/4 log(3/2).
    found = bernoulli_kl(torch.zeros(1, 1, 1, 1), torch.full((1, 1, 1, 1), 0.25))
    assert found.item() == pytest.approx(0.25 * math.log(0.5) + 0.75 * math.log(1.5))


def test_kl_agrees_with_torchs_distributions():
    logits, soft = torch.randn(2, 1, 4, 4, generator=torch.Generator().manual_seed(2)), soft_labels(blobs(2, 1, 4, 4))
    expected = torch.distributions.kl_divergence(
        torch.distributions.Bernoulli(soft), torch.distributions.Bernoulli(logits=logits)
    )
    assert bernoulli_kl(logits, soft).item() == pytest.approx(expected.mean().item(), rel=1e-5)


def test_kl_is_zero_only_where_the_prediction_is_the_soft_label():
    soft = torch.rand(1, 1, 6, 6, generator=torch.Generator().manual_seed(3), dtype=torch.float64) * 0.8 + 0.1
    assert bernoulli_kl(torch.logit(soft), soft).item() == pytest.approx(0, abs=1e-12)
    assert bernoulli_kl(torch.logit(soft) + 0.5, soft).item() > 0.01


def test_hard_labels_make_kl_the_cross_entropy():
    logits, hard = torch.randn(2, 1, 4, 4, generator=torch.Generator().manual_seed(2)), blobs(2, 1, 4, 4).float()
    entropy = torch.nn.functional.binary_cross_entropy_with_logits(logits, hard)
    assert bernoulli_kl(logits, hard).item() == pytest.approx(entropy.item())


def test_the_loss_is_six_two_and_two_tenths():
    # p = 1/2 on soft 1/4: Dice 1 - (2 / 8 + 1) / (3/4 + 1), CE log 2.
    kl, dice = 0.25 * math.log(0.5) + 0.75 * math.log(1.5), 1 - 1.25 / 1.75
    found = soft_label_loss(torch.zeros(1, 1, 1, 1), torch.full((1, 1, 1, 1), 0.25))
    assert found.item() == pytest.approx(0.6 * kl + 0.2 * dice + 0.2 * math.log(2))


@pytest.mark.parametrize("kl", [0.0, 0.3, 0.6, 0.9])
def test_the_kl_study_keeps_the_sum_of_the_weights(kl):
    weights = SoftLabelWeights.with_kl(kl)
    assert weights.kl == kl
    assert weights.kl + weights.dice + weights.cross_entropy == pytest.approx(1)
    assert weights.dice == weights.cross_entropy


def test_the_papers_weights_are_a_point_of_the_study():
    assert SoftLabelWeights.with_kl(0.6) == SoftLabelWeights()


def test_gradients_equal_finite_differences():
    soft = soft_labels(blobs(1, 1, 3, 4)).double()
    logits = torch.randn(1, 1, 3, 4, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda each: soft_label_loss(each, soft), (logits.requires_grad_(),))
