"""What decides the course of a stage: schedules, curriculum, inheritance, the plan of an epoch, averages, patience."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scarseg_training import schedules
from scarseg_training.curriculum import Curriculum
from scarseg_training.early_stopping import EarlyStopping
from scarseg_training.epoch_plan import Drawing, chances_of, seed_of
from scarseg_training.precision import precision_here
from scarseg_training.progressive import ProgressiveTraining
from scarseg_training.recipes import recipe_named
from scarseg_training.samples import Samples, joined
from scarseg_training.weight_average import WeightAverage
from torch import nn

from ScarSegLogic.errors import ScarSegError


def rates(name: str, epochs: int, steps: int, **options: float) -> list[float]:
    """The learning rate of every step, the peak being 1."""
    optimizer = torch.optim.AdamW([nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = schedules.build(name, optimizer, epochs, steps, **options)
    seen = []
    for _ in range(epochs * steps):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return seen


def test_schedules_follow_their_formulas():
    assert rates("constant", 2, 2) == [1, 1, 1, 1]
    assert rates("poly", 2, 2, power=2) == pytest.approx([1, 0.5625, 0.25, 0.0625])
    assert rates("exponential", 3, 2) == pytest.approx([1, 1, 0.95, 0.95, 0.95**2, 0.95**2])
    assert rates("cosine", 2, 2) == pytest.approx([1, (1 + math.sqrt(0.5)) / 2, 0.5, (1 - math.sqrt(0.5)) / 2])
    assert rates("cosine", 3, 2, warm_up_epochs=1, floor=0.2)[:3] == pytest.approx([0.5, 1, 1])


def test_warm_restarts_agree_with_pytorch():
    optimizer = torch.optim.AdamW([nn.Parameter(torch.zeros(1))], lr=1.0)
    oracle = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=6, T_mult=2)
    expected = []
    for _ in range(24):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        oracle.step()
    assert rates("warm_restarts", 8, 3, first_epochs=2, lengthening=2) == pytest.approx(expected)


@pytest.mark.parametrize("steps", [1, 2, 5, 10, 11, 20, 37])
def test_one_cycle_rises_and_falls_whatever_the_length(steps):
    found = rates("one_cycle", steps, 1)
    assert max(found) <= 1
    assert found[-1] <= found[0]
    if steps > 10:
        assert max(found) > 0.9


def test_an_option_that_a_schedule_does_not_know_is_refused():
    with pytest.raises(ScarSegError, match=r"the schedule 'poly' does not take these options"):
        rates("poly", 1, 1, decay=2)


def graded(*tiers: int | None) -> Samples:
    count = len(tiers)
    names = tuple(f"case{row}" for row in range(count))
    return Samples({"x": torch.arange(count)}, names, names, (0,) * count, tiers)


def test_stages_of_a_curriculum_are_cumulative_and_ungraded_samples_wait():
    samples = graded(2, 0, None, 1, 0)
    assert Curriculum((0,)).rows(samples) == [1, 4]
    assert Curriculum((0, 1)).rows(samples) == [1, 3, 4]
    assert Curriculum(None).rows(samples) == [0, 1, 2, 3, 4]
    assert Curriculum((0, 1)).rows(samples, [("case3", 0), ("case0", 0)]) == [1, 3, 4, 3]


def test_a_stage_without_samples_says_how_many_are_graded():
    with pytest.raises(ScarSegError, match=r"no training sample is of the tiers \(0,\) \(1 of 2 are graded\)"):
        Curriculum((0,)).rows(graded(None, 2))


def test_a_spike_stands_out_of_its_own_tier():
    samples = graded(0, 0, 0, 0, 0, 1, 1)
    # Of tier 0 mean and SD are 1.8 and 1.6; the losses of tier 1 are higher, but alike.
    losses = torch.tensor([1.0, 1.0, 1.0, 1.0, 5.0, 9.0, 9.1])
    (spike,) = Curriculum(spike_sd=1.9).spikes(samples, losses)
    assert (spike.case, spike.tier, spike.loss) == ("case4", 0, 5.0)
    assert (spike.tier_mean, spike.tier_sd) == pytest.approx((1.8, 1.6))
    assert Curriculum(spike_sd=2.0).spikes(samples, losses) == []


class TwoParts(nn.Module):
    def __init__(self, width: int = 3) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(2, width), nn.BatchNorm1d(width))
        self.head = nn.Linear(width, 1)


def test_parts_are_inherited_by_prefix_and_the_others_start_anew():
    torch.manual_seed(0)
    earlier, network = TwoParts(), TwoParts()
    state = ProgressiveTraining({"encoder.": "encoder."}).inherited(network.state_dict(), earlier.state_dict())
    assert torch.equal(state["encoder.0.weight"], earlier.encoder[0].weight)
    assert torch.equal(state["head.weight"], network.head.weight)
    renamed = {name.replace("encoder.", "trunk."): tensor for name, tensor in earlier.state_dict().items()}
    state = ProgressiveTraining({"encoder.": "trunk."}).inherited(network.state_dict(), renamed)
    assert torch.equal(state["encoder.0.weight"], earlier.encoder[0].weight)


def test_what_cannot_be_inherited_is_named_with_both_shapes():
    with pytest.raises(ScarSegError, match=r"encoder\.0\.weight of shape \(3, 2\) cannot be .* is of shape \(4, 2\)"):
        ProgressiveTraining().inherited(TwoParts(3).state_dict(), TwoParts(4).state_dict())
    with pytest.raises(ScarSegError, match=r"source\.weight of the earlier stage is missing"):
        ProgressiveTraining({"head.": "source."}).inherited(TwoParts().state_dict(), TwoParts().state_dict())
    with pytest.raises(ScarSegError, match=r"'tail\.' is to be inherited, but no parameter"):
        ProgressiveTraining({"tail.": ""}).inherited(TwoParts().state_dict(), TwoParts().state_dict())


def test_the_longest_prefix_decides_the_learning_rate():
    network = TwoParts()
    progressive = ProgressiveTraining(learning_rate_scale={"encoder.": 0.1, "encoder.1.": 0.5}, frozen=("head.bias",))
    groups = progressive.parameter_groups(network, 2.0)
    rate_of = {id(each): group["lr"] for group in groups for each in group["params"]}
    assert rate_of[id(network.encoder[0].weight)] == pytest.approx(0.2)
    assert rate_of[id(network.encoder[1].weight)] == pytest.approx(1.0)
    assert rate_of[id(network.head.weight)] == 2.0
    assert id(network.head.bias) not in rate_of
    assert not network.head.bias.requires_grad


def test_frozen_parts_keep_their_statistics():
    network = TwoParts()
    ProgressiveTraining(frozen=("encoder.",)).train_mode(network)
    assert not network.encoder[1].training
    assert network.head.training


def test_an_epoch_shows_every_row_once_and_repeats_with_its_seed():
    drawing = Drawing(range(10, 17), batch_size=3)
    steps = drawing.epoch(5)
    assert [len(step.rows) for step in steps] == [3, 3, 1]
    assert drawing.steps == 3
    assert sorted(row for step in steps for row in step.rows) == list(range(10, 17))
    assert len({seed for step in steps for seed in step.seeds}) == 7
    assert drawing.epoch(5) == steps
    assert drawing.epoch(6) != steps
    assert seed_of(3, 0, 1) != seed_of(3, 1, 0)


def test_draws_with_replacement_follow_the_chances():
    real = [True] * 2 + [False] * 6
    drawing = Drawing(range(8), 100, draws=20_000, chances=chances_of(real, 0.8))
    rows = np.concatenate([step.rows for step in drawing.epoch(1)])
    assert (rows < 2).mean() == pytest.approx(0.8, abs=0.01)
    assert (rows == 0).mean() == pytest.approx(0.4, abs=0.01)
    assert chances_of([True, True], 0.8) is None
    assert chances_of(real, None) is None


@pytest.mark.parametrize("processes", [1, 2, 3, 4])
def test_processes_share_a_batch_and_their_mean_is_the_mean_of_all_rows(processes):
    for step in Drawing(range(7), batch_size=4).epoch(2):
        shares = [step.share(rank, processes) for rank in range(processes)]
        counted = [share for share in shares if share.weight]
        assert sorted(row for share in counted for row in share.rows) == sorted(step.rows)
        assert {pair for share in counted for pair in zip(share.rows, share.seeds, strict=True)} == set(
            zip(step.rows, step.seeds, strict=True)
        )
        mean = sum(share.weight * np.mean(share.rows) for share in shares) / processes
        assert mean == pytest.approx(np.mean(step.rows))


def test_the_average_follows_the_network_by_its_decay():
    network = nn.Linear(1, 1)
    network.weight.data.fill_(1.0)
    averaged = WeightAverage(network, 0.75)
    network.weight.data.fill_(5.0)
    averaged.update(network)
    assert averaged.network.weight.item() == 2.0
    averaged.update(network)
    assert averaged.network.weight.item() == 2.75
    assert WeightAverage(network, None).network is network


def test_patience_counts_epochs_since_the_best_score_and_survives_a_checkpoint():
    stopping = EarlyStopping(patience=4, min_delta=0.1)
    assert [stopping.improves(score, epoch) for epoch, score in ((2, 0.5), (4, 0.55), (6, float("nan")))] == [1, 0, 0]
    assert stopping.stops
    again = EarlyStopping(patience=4, min_delta=0.1)
    again.load_state_dict(stopping.state_dict())
    assert again.stops
    assert again.improves(0.7, 7)
    assert not again.stops
    assert not EarlyStopping(None).stops


def test_samples_keep_their_rows_together():
    samples = graded(0, 1, 2)
    picked = samples.rows([2, 0, 2])
    assert (picked.cases, picked.tiers) == (("case2", "case0", "case2"), (2, 0, 2))
    assert picked["x"].tolist() == [2, 0, 2]
    assert samples.of_cases(["case1"])["x"].tolist() == [1]
    assert joined([samples, picked])["x"].tolist() == [0, 1, 2, 2, 0, 2]
    with pytest.raises(ScarSegError, match="a task made 1 samples, but 2 x: expected one a row"):
        Samples({"x": torch.zeros(2)}, ("a",), ("a",), (0,), (None,))


@pytest.mark.parametrize(("on_gpu", "expected"), [(False, "32-true"), (True, "bf16-mixed")])
def test_volumes_are_learnt_in_float32_on_a_cpu(monkeypatch, on_gpu, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: on_gpu)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert precision_here(recipe_named("paper_progressive_la")) == expected
    assert precision_here(recipe_named("paper_scarsegnet")) == recipe_named("paper_scarsegnet").precision
