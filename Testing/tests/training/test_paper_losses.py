from __future__ import annotations

import math

import pytest
import torch
from scarseg_training.losses.dice_ce import dice_ce_loss
from scarseg_training.losses.focal import focal_loss
from scarseg_training.losses.focal_tversky import focal_tversky_loss, scarnet_loss
from scarseg_training.losses.myocardium_constrained import myocardium_constrained_loss, outside_loss
from scarseg_training.losses.region_weighted import (
    RegionWeights,
    curriculum_loss,
    region_weighted_dice_loss,
)
from scarseg_training.losses.soft_dice import soft_dice_loss

STAGE_WEIGHTS = (RegionWeights(0.6, 0.4), RegionWeights(0.75, 0.25), RegionWeights(0.8, 0.2))
HALF, THREE_QUARTERS, OFF = 0.0, math.log(3), -60.0
"""Logits of probabilities 1/2, 3/4 and 0."""


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def binary(*shape: int, seed: int = 0) -> torch.Tensor:
    return (random(*shape, seed=seed) > 0.6).double()


def row(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)[None, None, None]


def test_focal_loss_on_paper():
    # P = 3/4 on scar: .25 (1/4)^2 log(4/3). P = 1/2 on healthy wall: .75 (1/2)^2 log 2. The last pixel is outside.
    expected = (0.25 / 16 * math.log(4 / 3) + 0.75 / 4 * math.log(2)) / 2
    found = focal_loss(row(THREE_QUARTERS, HALF, 5), row(1, 0, 0), row(1, 1, 0))
    assert found.item() == pytest.approx(expected)


def test_focal_loss_without_focus_is_half_the_cross_entropy():
    logits, targets, everywhere = random(2, 1, 4, 5) * 6 - 3, binary(2, 1, 4, 5, seed=1), torch.ones(2, 1, 4, 5)
    entropy = torch.nn.functional.binary_cross_entropy_with_logits(logits, targets)
    assert focal_loss(logits, targets, everywhere, alpha=0.5, gamma=0.0).item() == pytest.approx(entropy.item() / 2)


def test_focal_loss_agrees_with_monai():
    from monai import losses as monai_losses

    logits, targets = random(3, 1, 5, 7) * 6 - 3, binary(3, 1, 5, 7, seed=1)
    oracle = monai_losses.FocalLoss(gamma=2.0, alpha=0.25)(logits, targets)
    assert focal_loss(logits, targets, torch.ones_like(logits)).item() == pytest.approx(oracle.item(), rel=1e-6)


def test_region_weighted_dice_on_paper():
    # Inside: P = 1/2, 1/2 on a scar and a healthy pixel. Each Dice is (2 * .5 + 1) / (1 + 1 + 1) = 2/3.
    inside = region_weighted_dice_loss(row(HALF, HALF, 9), row(1, 0, 0), row(1, 1, 0), STAGE_WEIGHTS[0])
    assert inside.item() == pytest.approx(1 / 3)


def test_a_stage_weighs_scar_against_healthy_wall():
    # All healthy predicted on two scar and one healthy pixel: Dice_fg = 1/3, Dice_bg = (2 + 1) / (4 + 1) = 3/5.
    logits, targets = row(OFF, OFF, OFF), row(1, 1, 0)
    for weights, (foreground, background) in zip(STAGE_WEIGHTS, ((0.6, 0.4), (0.75, 0.25), (0.8, 0.2)), strict=True):
        expected = 1 - (foreground / 3 + background * 3 / 5)
        found = region_weighted_dice_loss(logits, targets, torch.ones_like(targets), weights)
        assert found.item() == pytest.approx(expected)


def test_curriculum_loss_adds_half_of_the_focal_loss():
    logits, targets, mask = random(2, 1, 4, 5) * 6 - 3, binary(2, 1, 4, 5, seed=1), binary(2, 1, 4, 5, seed=2)
    weights = RegionWeights(0.8, 0.2)
    dice = region_weighted_dice_loss(logits, targets, mask, weights)
    expected = dice + 0.5 * focal_loss(logits, targets, mask)
    assert curriculum_loss(logits, targets, mask, weights).item() == pytest.approx(expected.item())


def test_the_curriculum_sees_nothing_outside_the_myocardium():
    logits, targets, mask = random(2, 1, 4, 5) * 6 - 3, binary(2, 1, 4, 5, seed=1), binary(2, 1, 4, 5, seed=2)
    elsewhere = torch.where(mask == 0, -9 * logits, logits)
    assert not torch.equal(elsewhere, logits)
    torch.testing.assert_close(
        curriculum_loss(elsewhere, targets, mask, STAGE_WEIGHTS[1]),
        curriculum_loss(logits, targets, mask, STAGE_WEIGHTS[1]),
    )


def test_a_scar_free_slice_trains_the_curriculum():
    logits = torch.zeros(1, 1, 4, 4, requires_grad=True)
    nothing, mask = torch.zeros(1, 1, 4, 4), torch.ones(1, 1, 4, 4)
    curriculum_loss(logits, nothing, mask, STAGE_WEIGHTS[2]).backward()
    assert (logits.grad > 0).all()


def test_dice_ce_on_paper():
    # P = 1/2 on scar and on nothing: Dice loss 1 - (1 + 1) / (1 + 1 + 1), CE log 2.
    found = dice_ce_loss(row(HALF, HALF), row(1, 0), dice_share=0.25)
    assert found.item() == pytest.approx(0.25 / 3 + 0.75 * math.log(2))


def test_dice_ce_agrees_with_monai_in_3d():
    from monai import losses as monai_losses

    logits, targets = random(2, 1, 3, 5, 7) * 6 - 3, binary(2, 1, 3, 5, 7, seed=1)
    oracle = monai_losses.DiceCELoss(
        sigmoid=True, batch=True, smooth_nr=1.0, smooth_dr=1.0, lambda_dice=0.5, lambda_ce=0.5
    )
    assert dice_ce_loss(logits, targets).item() == pytest.approx(oracle(logits, targets).item())


def test_the_wall_weight_acts_on_both_terms_voxel_by_voxel():
    # The first voxel counts twice: Dice 1 - (2 * 2 * .5 + 1) / (2 * 1.5 + .5 + 1), CE (2 + 1) log 2 / 2.
    found = dice_ce_loss(row(HALF, HALF), row(1, 0), row(2, 1))
    assert found.item() == pytest.approx(0.5 * (1 - 3 / 4.5) + 0.5 * 1.5 * math.log(2))


def test_outside_loss_charges_for_scar_off_the_wall_only():
    # P = 3/4 and 1/2; the first pixel is wall: (0 + 1/2) / 2.
    assert outside_loss(row(THREE_QUARTERS, HALF), row(1, 0)).item() == pytest.approx(0.25)
    assert outside_loss(row(9, 9), row(1, 1)).item() == 0


def test_myocardium_constrained_loss_is_three_equal_terms():
    logits, targets, myocardium = row(HALF, HALF), row(1, 0), row(1, 0)
    without = math.log(2) + 1 / 3
    assert myocardium_constrained_loss(logits, targets, myocardium).item() == pytest.approx(without + 0.25)
    left_out = myocardium_constrained_loss(logits, targets, myocardium, outside_weight=0.0)
    assert left_out.item() == pytest.approx(without)


def test_focal_tversky_on_paper():
    # TP 1/2, FN 1/2, FP 1/4: 1 - TI = (.7 / 2 + .3 / 4) / (1/2 + .7 / 2 + .3 / 4 + 1).
    wrong = 0.7 / 2 + 0.3 / 4
    found = focal_tversky_loss(row(0.5, 0.25), row(1, 0))
    assert found.item() == pytest.approx((wrong / (0.5 + wrong + 1)) ** 0.75, rel=1e-5)


def test_focal_tversky_agrees_with_monais_tversky():
    from monai import losses as monai_losses

    probabilities, targets = random(2, 1, 5, 7), binary(2, 1, 5, 7, seed=1)
    # MONAI's alpha weighs false positives, its beta false negatives.
    tversky = monai_losses.TverskyLoss(alpha=0.3, beta=0.7, smooth_nr=1.0, smooth_dr=1.0, batch=True)
    expected = tversky(probabilities, targets).item() ** 0.75
    assert focal_tversky_loss(probabilities, targets).item() == pytest.approx(expected, rel=1e-4)


def test_focal_tversky_minds_missed_scar_more_than_invented():
    missed = focal_tversky_loss(row(1, 0, 0, 0), row(1, 1, 0, 0))
    invented = focal_tversky_loss(row(1, 1, 0, 0), row(1, 0, 0, 0))
    assert missed > invented


def test_focal_tversky_of_a_perfect_prediction_has_a_finite_gradient():
    probabilities = row(1, 0).requires_grad_()
    focal_tversky_loss(probabilities, row(1, 0)).backward()
    assert torch.isfinite(probabilities.grad).all()


def test_scarnet_loss_is_five_four_and_one_tenth():
    logits, targets = random(2, 1, 4, 5) * 6 - 3, binary(2, 1, 4, 5, seed=1)
    probabilities = logits.sigmoid()
    entropy = torch.nn.functional.binary_cross_entropy(probabilities, targets)
    tversky, dice = focal_tversky_loss(probabilities, targets), soft_dice_loss(probabilities, targets)
    assert scarnet_loss(logits, targets).item() == pytest.approx((0.5 * tversky + 0.4 * dice + 0.1 * entropy).item())


SHAPE = (2, 1, 2, 3)


@pytest.mark.parametrize(
    "loss",
    [
        lambda logits: curriculum_loss(logits, binary(*SHAPE, seed=1), binary(*SHAPE, seed=2), STAGE_WEIGHTS[2]),
        lambda logits: dice_ce_loss(logits, random(*SHAPE, seed=1), 1 + random(*SHAPE, seed=2)),
        lambda logits: myocardium_constrained_loss(logits, random(*SHAPE, seed=1), binary(*SHAPE, seed=2)),
        lambda logits: scarnet_loss(logits, random(*SHAPE, seed=1)),
    ],
    ids=["curriculum", "dice_ce", "myocardium_constrained", "scarnet"],
)
def test_gradients_equal_finite_differences(loss):
    assert torch.autograd.gradcheck(loss, ((random(*SHAPE) * 4 - 2).requires_grad_(),))


@pytest.mark.parametrize("confidence", [80.0, -80.0])
def test_losses_and_gradients_are_finite_for_certain_networks(confidence):
    logits = torch.full((1, 1, 3, 3), confidence, requires_grad=True)
    targets, mask = torch.eye(3)[None, None], torch.ones(1, 1, 3, 3)
    total = (
        curriculum_loss(logits, targets, mask, STAGE_WEIGHTS[0])
        + dice_ce_loss(logits, targets)
        + myocardium_constrained_loss(logits, targets, mask)
        + scarnet_loss(logits, targets)
    )
    total.backward()
    assert torch.isfinite(total)
    assert torch.isfinite(logits.grad).all()
