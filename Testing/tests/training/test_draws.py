from __future__ import annotations

import pytest
import torch
from scarseg_training.augmentation.draws import Draws


def everything(draws: Draws) -> list[torch.Tensor]:
    return [
        draws.uniform(-1, 3, 2), draws.normal(3, 5), draws.chance(0.5), draws.integers(0, 100, 4), draws.uniform(0, 1),
    ]  # fmt: skip


def test_the_same_seeds_draw_the_same():
    for first, second in zip(everything(Draws([3, 4])), everything(Draws([3, 4])), strict=True):
        torch.testing.assert_close(first, second, rtol=0, atol=0)


def test_a_sample_draws_alike_in_every_batch():
    together, turned, alone = (everything(Draws(seeds)) for seeds in ([3, 4, 5], [5, 4, 3], [4]))
    for whole, other, part in zip(together, turned, alone, strict=True):
        torch.testing.assert_close(whole[1:2], part, rtol=0, atol=0)
        torch.testing.assert_close(whole.flip(0), other, rtol=0, atol=0)


def test_different_seeds_draw_differently():
    assert len(Draws(range(50)).uniform(0, 1).unique()) == 50


def test_draws_stay_in_their_ranges():
    draws = Draws(range(2000))
    uniform, integers = draws.uniform(-1, 3), draws.integers(2, 5)
    assert uniform.min() >= -1
    assert uniform.max() < 3
    assert uniform.mean().item() == pytest.approx(1, abs=0.15)
    assert sorted(integers.unique().tolist()) == [2, 3, 4]
    assert draws.chance(0.2).float().mean().item() == pytest.approx(0.2, abs=0.05)
    assert draws.normal(4).std().item() == pytest.approx(1, abs=0.05)


def test_a_probability_of_zero_or_one_is_certain():
    draws = Draws(range(200))
    assert draws.chance(1.0).all()
    assert not draws.chance(0.0).any()


def test_the_draws_of_some_samples_go_on_where_the_batch_is():
    whole, parted = Draws([3, 4, 5]), Draws([3, 4, 5])
    for draws in (whole, parted):
        draws.uniform(0, 1)
    chosen = torch.tensor([True, False, True])
    torch.testing.assert_close(parted.of(chosen).normal(2), whole.normal(2)[chosen], rtol=0, atol=0)
    # Sample 4 has not drawn yet, the others have.
    torch.testing.assert_close(parted.normal(2)[1], second_draw(4), rtol=0, atol=0)


def second_draw(seed: int) -> torch.Tensor:
    draws = Draws([seed])
    draws.uniform(0, 1)
    return draws.normal(2)[0]


def test_nobody_draws_nothing():
    draws = Draws([])
    assert len(draws) == 0
    assert draws.normal(3, 2).shape == (0, 3, 2)
    assert draws.integers(0, 2, 5).shape == (0, 5)
    assert Draws([1]).of(torch.tensor([False])).uniform(0, 1, 2).shape == (0, 2)


def test_drawing_leaves_torchs_own_generator_alone():
    torch.manual_seed(7)
    before = torch.get_rng_state()
    everything(Draws([1, 2]))
    assert torch.equal(torch.get_rng_state(), before)
