from __future__ import annotations

import math

import pytest
import torch
from scarseg_training.losses.anatomy import anatomy_loss
from scarseg_training.losses.insertion import insertion_loss
from scarseg_training.losses.masked_dice_bce import masked_dice_bce
from scarseg_training.losses.soft_dice import soft_dice_loss


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_soft_dice_on_paper():
    # Two pixels predicted, one of them right: (2 * 1 + 1) / (2 + 1 + 1).
    probabilities = torch.tensor([[[[1.0, 1.0, 0.0]]]])
    targets = torch.tensor([[[[1.0, 0.0, 0.0]]]])
    assert soft_dice_loss(probabilities, targets).item() == pytest.approx(1 - 3 / 4)


def test_soft_dice_pools_the_batch_before_it_divides_and_then_averages_channels():
    probabilities = torch.tensor([[[[1.0]], [[0.5]]], [[[0.0]], [[0.5]]]])
    targets = torch.tensor([[[[1.0]], [[0.0]]], [[[1.0]], [[0.0]]]])
    first, second = 1 - (2 * 1 + 1) / (1 + 2 + 1), 1 - 1 / (1 + 1)
    assert soft_dice_loss(probabilities, targets).item() == pytest.approx((first + second) / 2)


def test_soft_dice_agrees_with_monai():
    from monai import losses as monai_losses

    probabilities, targets = random(3, 2, 5, 7), (random(3, 2, 5, 7, seed=1) > 0.6).double()
    oracle = monai_losses.DiceLoss(batch=True, smooth_nr=1.0, smooth_dr=1.0)
    assert soft_dice_loss(probabilities, targets).item() == pytest.approx(oracle(probabilities, targets).item())


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_perfect_prediction_costs_nothing(value):
    plane = torch.full((2, 1, 3, 3), value)
    assert soft_dice_loss(plane, plane).item() == pytest.approx(0)


def test_masked_dice_and_bce_on_paper():
    # Inside lie two pixels: p = 1/2 on a target of 1, p = 3/4 on a target of 0.
    logits = torch.tensor([[[[0.0, math.log(3), 50.0]]]])
    targets = torch.tensor([[[[1.0, 0.0, 0.0]]]])
    mask = torch.tensor([[[[1.0, 1.0, 0.0]]]])
    dice = 1 - (2 * 0.5 + 1) / (0.5 + 0.75 + 1 + 1)
    entropy = (math.log(2) + math.log(4)) / 2
    assert masked_dice_bce(logits, targets, mask).item() == pytest.approx(dice + entropy)


def test_nothing_outside_the_mask_changes_loss_or_gradient():
    logits, targets = random(2, 2, 4, 5) * 4 - 2, random(2, 2, 4, 5, seed=1)
    mask = (random(2, 1, 4, 5, seed=2) > 0.5).double()
    logits.requires_grad_()
    loss = masked_dice_bce(logits, targets, mask)
    loss.backward()
    outside = (mask == 0).expand_as(logits)
    assert not logits.grad[outside].any()
    changed = torch.where(outside, -logits * 7, logits)
    assert masked_dice_bce(changed, torch.where(outside, 1 - targets, targets), mask).item() == pytest.approx(
        loss.item()
    )


def test_an_empty_mask_costs_nothing_and_stays_finite():
    logits = random(1, 2, 3, 3).requires_grad_()
    loss = masked_dice_bce(logits, torch.ones(1, 2, 3, 3), torch.zeros(1, 1, 3, 3))
    loss.backward()
    assert loss.item() == 0
    assert torch.isfinite(logits.grad).all()


def test_anatomy_loss_on_paper():
    # One pixel of infarct: p = 1/2 for infarct and 1/6 for each other class, so 2/3 for the whole myocardium.
    logits = torch.tensor([0, 0, 0, math.log(3)])[None, :, None, None]
    targets = torch.tensor([0.0, 0, 0, 1])[None, :, None, None]
    cavity, myocardium, infarct = 1 - 1 / (1 / 6 + 1), 1 - (4 / 3 + 1) / (2 / 3 + 1 + 1), 1 - 2 / (1 / 2 + 1 + 1)
    expected = (cavity + myocardium + infarct) / 3 - math.log(1 / 2)
    assert anatomy_loss(logits, targets, torch.ones(1, 1, 1, 1)).item() == pytest.approx(expected)


def test_anatomy_loss_forgives_infarct_taken_for_healthy_wall_more_than_for_cavity():
    infarct = torch.tensor([0.0, 0, 0, 1])[None, :, None, None].expand(1, 4, 4, 4)
    as_cavity, as_healthy = (torch.eye(4)[which][None, :, None, None].expand(1, 4, 4, 4) * 9 for which in (1, 2))
    weight = torch.ones(1, 1, 4, 4)
    assert anatomy_loss(as_healthy, infarct, weight) < anatomy_loss(as_cavity, infarct, weight)


def test_insertion_loss_on_paper():
    # p = 1/2 everywhere: a quarter on empty pixels, 21 quarters on the blob; the unmarked sample counts for nothing.
    logits = torch.zeros(2, 1, 2)
    blobs = torch.tensor([[[0.0, 1.0]], [[0.0, 0.0]]])
    marked = torch.tensor([True, False])
    assert insertion_loss(logits, blobs, marked).item() == pytest.approx((0.25 + 21 * 0.25) / 2)


def test_insertion_loss_is_zero_where_nobody_marked_any():
    assert insertion_loss(random(2, 3, 3), random(2, 3, 3, seed=1), torch.tensor([False, False])).item() == 0


@pytest.mark.parametrize(
    "loss",
    [
        lambda logits: masked_dice_bce(logits, random(2, 4, 2, 2, seed=1), random(2, 1, 2, 2, seed=2)),
        lambda logits: anatomy_loss(logits, random(2, 4, 2, 2, seed=1).softmax(1), random(2, 1, 2, 2, seed=2)),
        lambda logits: insertion_loss(logits[:, 0], random(2, 2, 2, seed=1), torch.tensor([True, True])),
    ],
    ids=["masked_dice_bce", "anatomy_loss", "insertion_loss"],
)
def test_gradients_equal_finite_differences(loss):
    logits = (random(2, 4, 2, 2) * 4 - 2).requires_grad_()
    assert torch.autograd.gradcheck(loss, (logits,))
