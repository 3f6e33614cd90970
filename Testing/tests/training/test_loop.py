from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scarseg_training import tasks
from scarseg_training.checkpoint import CHECKPOINT_NAME
from scarseg_training.loop import train
from scarseg_training.recipes.box_sam import TINY_SAM, TINY_YOLO
from scarseg_training.run import open_run
from scarseg_training.tasks.lv_scar import LVScarTask

from ScarSegLogic.errors import ScarSegError
from Testing.tests.training.tiny_runs import ring_case, ring_cases, run_cases, scar_run, tiny_config, tiny_stage


@pytest.fixture
def run():
    """Train on the rings in silence."""

    def start(config, folder: Path, **options):
        return train(config, options.pop("cases", ring_cases()), folder, report=lambda _line: None, **options)

    return start


def cut_at(step_of_the_run: int):
    """A progress bar during which somebody presses Ctrl+C."""
    begun = 0

    def track(steps, _title):
        nonlocal begun
        for step in steps:
            begun += 1
            if begun == step_of_the_run:
                raise KeyboardInterrupt
            yield step

    return track


def weights_of(trained) -> dict[str, torch.Tensor]:
    return trained.network.state_dict()


def assert_identical(found, expected) -> None:
    for name, tensor in expected.items():
        assert torch.equal(found[name], tensor), name


def metrics(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("cut", [1, 3, 5, 7, 8])
def test_a_run_cut_anywhere_and_resumed_gives_bit_identical_weights(run, tmp_path, cut):
    whole = run(scar_run(), tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        run(scar_run(), tmp_path / "cut", track=cut_at(cut))
    torch.rand(7)
    resumed = run(scar_run(), tmp_path / "cut", resume=True)
    assert_identical(weights_of(resumed), weights_of(whole))
    assert_identical(weights_of(open_run(tmp_path / "cut", "first")), weights_of(open_run(tmp_path / "whole", "first")))
    for name in ("spikes.jsonl", "stages/second.json"):
        assert (tmp_path / "cut" / name).read_text() == (tmp_path / "whole" / name).read_text()
    order = [(line["stage"], line["epoch"]) for line in metrics(tmp_path / "cut")]
    assert order == [("first", 1), ("first", 2), ("second", 1), ("second", 2)]


@pytest.mark.parametrize(("task", "precision"), [("lv_scar", "bf16-mixed"), ("lv_anatomy", "32-true")])
def test_other_arithmetic_and_tasks_resume_exactly_too(run, tmp_path, task, precision):
    config = tiny_config(tiny_stage(task), precision=precision)
    whole = run(config, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        run(config, tmp_path / "cut", track=cut_at(4))
    assert_identical(weights_of(run(config, tmp_path / "cut", resume=True)), weights_of(whole))


def test_the_seed_decides_everything(run, tmp_path):
    config = tiny_config(tiny_stage("lv_scar", epochs=1))
    first, again = (weights_of(run(config, tmp_path / name)) for name in ("first", "again"))
    assert_identical(again, first)
    other = weights_of(run(replace(config, seed=4), tmp_path / "other"))
    assert not all(torch.equal(other[name], tensor) for name, tensor in first.items())


def test_a_finished_run_resumes_to_its_own_result(run, tmp_path):
    config = tiny_config(tiny_stage("lv_scar", epochs=1))
    expected = weights_of(run(config, tmp_path))
    assert_identical(weights_of(run(config, tmp_path, resume=True)), expected)


def test_a_resume_with_another_config_or_split_is_refused_before_anything_is_written(run, tmp_path):
    config = tiny_config(tiny_stage("lv_scar", epochs=1))
    run(config, tmp_path)
    before = (tmp_path / "config.json").read_bytes()
    with pytest.raises(ScarSegError, match=r"started with another config: .* \(differing: seed\)"):
        run(replace(config, seed=4), tmp_path, resume=True)
    others = run_cases([ring_case("easy"), ring_case("medium!"), ring_case("new")], [ring_case("judge")])
    with pytest.raises(ScarSegError, match=r"another split of the data: .* \(differing: train\)"):
        run(config, tmp_path, resume=True, cases=others)
    assert (tmp_path / "config.json").read_bytes() == before


def test_a_started_folder_without_resume_is_refused_and_left_alone(run, tmp_path):
    run(tiny_config(tiny_stage("lv_scar", epochs=1)), tmp_path)
    before = (tmp_path / CHECKPOINT_NAME).read_bytes()
    with pytest.raises(ScarSegError, match="already holds a run: continue it with --resume or choose another folder"):
        run(tiny_config(tiny_stage("lv_scar")), tmp_path)
    assert (tmp_path / CHECKPOINT_NAME).read_bytes() == before


class TurnsBad(LVScarTask):
    """A task whose loss is not finite from some batch on."""

    batches_left = 3

    def loss(self, network, batch, progress):
        TurnsBad.batches_left -= 1
        loss = super().loss(network, batch, progress)
        return loss if TurnsBad.batches_left >= 0 else loss * float("nan")


def test_a_loss_that_is_not_finite_names_its_cases_and_keeps_the_last_good_checkpoint(run, tmp_path, monkeypatch):
    monkeypatch.setitem(tasks.TASKS, "lv_scar", f"{__name__}:TurnsBad")
    monkeypatch.setattr(TurnsBad, "batches_left", 3)
    monkeypatch.setattr("scarseg_training.tasks.import_module", lambda _name: _ThisModule)
    sentence = r"loss is not finite in epoch 2 of stage 'lv_scar' on a batch of .*(easy|medium!|hard).*last checkpoint"
    with pytest.raises(ScarSegError, match=sentence):
        run(tiny_config(tiny_stage("lv_scar")), tmp_path)
    stored = torch.load(tmp_path / CHECKPOINT_NAME, weights_only=True)
    assert stored["epoch"] == 1
    assert all(torch.isfinite(tensor).all() for tensor in stored["network"].values())
    assert [line["epoch"] for line in metrics(tmp_path)] == [1]


class _ThisModule:
    TurnsBad = TurnsBad


def test_a_broken_image_is_named_by_its_case(run, tmp_path):
    broken = ring_case("broken")
    broken.image[1] = np.nan
    with pytest.raises(ScarSegError, match=r"not finite in epoch 1 .* on a batch of broken"):
        run(tiny_config(tiny_stage("lv_scar")), tmp_path, cases=run_cases([broken], [ring_case("judge")]))
    assert not (tmp_path / CHECKPOINT_NAME).exists()


def test_the_folder_holds_config_split_and_a_line_of_figures_for_every_epoch(run, tmp_path):
    trained = run(tiny_config(tiny_stage("lv_scar")), tmp_path)
    assert open_run(tmp_path).config == trained.config == tiny_config(tiny_stage("lv_scar"))
    document = json.loads((tmp_path / "split.json").read_text())
    assert [each["name"] for each in document.pop("data")] == ["rings"]
    assert document == {
        "schema_version": 2,
        "train": ["easy", "medium!", "hard"],
        "validation": ["judge"],
        "test": [],
    }
    lines = metrics(tmp_path)
    assert [line["epoch"] for line in lines] == [1, 2]
    names = {"schema_version", "stage", "epoch", "loss", "learning_rate", "infarct", "mvo", "score", "elapsed_s"}
    assert set(lines[-1]) == names
    assert not list(tmp_path.rglob("*.new"))


def test_tensorboard_shows_the_same_figures(run, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run(tiny_config(tiny_stage("lv_scar")), tmp_path)
    board = EventAccumulator(str(tmp_path / "tensorboard"))
    board.Reload()
    shown = [event.value for event in board.Scalars("lv_scar/loss")]
    assert shown == pytest.approx([line["loss"] for line in metrics(tmp_path)])


def test_the_best_weights_are_kept_not_the_last(run, tmp_path, monkeypatch):
    scores = iter([0.2, 0.9, 0.1])
    kept = []
    monkeypatch.setattr(LVScarTask, "validate", lambda _self, network, _samples: _note(kept, network, next(scores)))
    config = tiny_config(tiny_stage("lv_scar", epochs=3, ema_decay=None))
    trained = run(config, tmp_path)
    assert trained.best_epoch == 2
    assert_identical(weights_of(trained), kept[1])
    assert not all(torch.equal(kept[2][name], tensor) for name, tensor in kept[1].items())


def _note(kept: list, network, score: float) -> dict[str, float]:
    kept.append({name: tensor.clone() for name, tensor in network.state_dict().items()})
    return {"score": score}


def test_a_stage_ends_early_when_its_score_no_longer_rises(run, tmp_path, monkeypatch):
    scores = iter([0.5, 0.505, 0.5, 0.5, 0.9])
    monkeypatch.setattr(LVScarTask, "validate", lambda *_: {"score": next(scores)})
    run(tiny_config(tiny_stage("lv_scar", epochs=5, patience=3, min_delta=0.01)), tmp_path)
    assert [line["epoch"] for line in metrics(tmp_path)] == [1, 2, 3, 4]
    outcome = json.loads((tmp_path / "stages" / "lv_scar.json").read_text())
    assert (outcome["best_epoch"], outcome["epochs"], outcome["score"]) == (1, 4, 0.5)


def test_a_stage_sees_its_tiers_only_and_what_spiked_twice(run, tmp_path):
    seen = []

    def track(steps, title):
        seen.append((title.split()[0], [row for step in steps for row in step.rows]))
        return steps

    first = tiny_stage("lv_scar", name="first", epochs=1, samples_per_epoch=None, tiers=(0, 1), spike_sd=0.5)
    second = replace(first, name="second", starts_from="first", tiers=None, reintroduce_spikes=True)
    run(tiny_config(first, second), tmp_path, track=track)
    lines = [json.loads(line) for line in (tmp_path / "spikes.jsonl").read_text().splitlines()]
    assert lines
    assert all(line["stage"] == "first" and line["tier"] in (0, 1) for line in lines)
    assert all(line["loss"] > line["tier_mean"] + 0.5 * line["tier_sd"] for line in lines)
    spiked = [3 * ("easy", "medium!").index(line["case"]) + line["slice"] for line in lines]
    assert sorted(dict(seen)["first"]) == list(range(6))
    assert sorted(dict(seen)["second"]) == sorted([*range(9), *spiked])


def test_what_is_frozen_stays_to_the_bit_and_the_rest_learns(run, tmp_path):
    first = tiny_stage("lv_anatomy", name="first", epochs=1, ema_decay=None)
    second = replace(first, name="second", starts_from="first", frozen=("localiser.",))
    run(tiny_config(first, second), tmp_path)
    before, after = (weights_of(open_run(tmp_path, name)) for name in ("first", "second"))
    same = {name for name in before if torch.equal(before[name], after[name])}
    # Statistics of the normalisations are among them.
    assert same >= {name for name in before if name.startswith("localiser.")}
    assert not any(name.startswith("segmenter.") and name.endswith("conv.weight") for name in same)


def test_training_learns_the_rings(run, tmp_path):
    stage = tiny_stage("lv_anatomy", epochs=8, samples_per_epoch=16, learning_rate=2e-2, ema_decay=None)
    run(tiny_config(stage), tmp_path)
    losses = [line["loss"] for line in metrics(tmp_path)]
    assert losses[-1] < 0.8 * losses[0]


@pytest.mark.parametrize(
    ("stage", "sentence"),
    [
        ({"task_config": {"crop": 3}}, "the task 'lv_scar' does not take this configuration"),
        ({"network": "alchemy"}, "unknown network 'alchemy'"),
        ({"network_config": {"width": 3}}, "'lv_scar' does not take this configuration"),
        ({"optimizer": "sgd"}, "unknown optimizer 'sgd': expected one of adam, adamw"),
        ({"starts_from": "later"}, "starts from 'later', which is no earlier stage"),
        ({"frozen": ("encoder.",)}, "no parameter begins with 'encoder.'"),
        ({"frozen": ("network.",)}, "every parameter is frozen by network."),
        ({"reintroduce_spikes": True}, "the first stage of tiny cannot draw what spiked before it"),
        ({"initial_weights": "nowhere.pth"}, "the weights nowhere.pth are not there"),
        ({"epochs": 0}, "has 0 epochs"),
        ({"schedule": "lunar"}, "unknown schedule 'lunar'"),
    ],
)
def test_a_config_that_cannot_work_is_refused_before_the_first_epoch(run, tmp_path, stage, sentence):
    with pytest.raises(ScarSegError, match=sentence):
        run(tiny_config(tiny_stage("lv_scar", **stage)), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.filterwarnings("ignore::ScarSegLogic.networks.published.UnknownWeightsWarning")
@pytest.mark.parametrize(
    ("network", "config", "sentence"),
    [
        ("lv_scar", {}, "no published weights are known for the network 'lv_scar'"),
        ("yolo_sam", {"detector": TINY_YOLO, "sam": TINY_SAM}, r"wrong\.npz"),
    ],
)
def test_wrong_weights_of_a_later_stage_are_refused_before_the_first_epoch(run, tmp_path, network, config, sentence):
    wrong = tmp_path / "wrong.npz"
    np.savez(wrong, weight=np.zeros(3))
    first = tiny_stage("lv_scar", name="first", epochs=1)
    second = replace(first, name="second", network=network, network_config=config, initial_weights=str(wrong))
    with pytest.raises(ScarSegError, match=sentence):
        run(tiny_config(first, second), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_data_without_the_masks_of_a_later_stage_are_refused_before_the_first_epoch(run, tmp_path):
    without = ring_case("no wall")
    del without.masks["mvo"]
    cases = run_cases([without], [ring_case("judge")])
    with pytest.raises(
        ScarSegError, match=r"stage 'lv_scar' needs the masks cavity, .* which no training case of rings"
    ):
        run(tiny_config(tiny_stage("lv_scar")), tmp_path / "run", cases=cases)
    assert not (tmp_path / "run").exists()


def test_cases_that_give_no_sample_are_told_once(tmp_path):
    easy, empty = ring_case("easy"), ring_case("empty")
    for mask in empty.masks.values():
        mask[...] = False
    said = []
    first = tiny_stage("masked_scar", name="first", epochs=1, samples_per_epoch=4, task_config={"crop_size": 32})
    first = replace(first, network="attention_unet", network_config={"widths": (4, 8)})
    config = tiny_config(first, replace(first, name="second", starts_from="first"))
    train(config, run_cases([easy, empty], [ring_case("judge")]), tmp_path, report=said.append)
    assert [line for line in said if "gave no sample" in line] == ["1 case gave no sample: empty"]
    assert next(line for line in said if line.startswith("stage ")).startswith("stage first: 3 samples")


def test_the_learning_rate_of_an_epoch_is_the_one_used_in_it_and_fabric_keeps_quiet(run, tmp_path, capfd):
    import lightning.pytorch  # noqa: F401 - takes over Fabric's logger

    stage = tiny_stage("lv_scar", schedule="exponential", schedule_config={"decay": 0.5}, ema_decay=None)
    run(tiny_config(stage, precision="bf16-mixed"), tmp_path)
    assert [line["learning_rate"] for line in metrics(tmp_path)] == pytest.approx([2e-3, 1e-3])
    assert "Mixed Precision" not in "".join(capfd.readouterr())
