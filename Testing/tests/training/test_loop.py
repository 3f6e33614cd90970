from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")
from scarseg_training import loop  # noqa: E402
from scarseg_training.loop import CHECKPOINT_NAME, train  # noqa: E402
from scarseg_training.samples import SliceSamples  # noqa: E402
from scarseg_training.tasks import TASKS  # noqa: E402

from ScarSegLogic.errors import ScarSegError  # noqa: E402


class KilledAtStep:
    """A task that does its work until a step, then something happens to it."""

    def __init__(self, task, step: int, happening) -> None:
        self.task, self.steps_left, self.happening = task, step, happening

    def __getattr__(self, name: str):
        return getattr(self.task, name)

    def loss(self, *arguments):
        loss = self.task.loss(*arguments)
        self.steps_left -= 1
        return loss if self.steps_left > 0 else self.happening(loss)


def power_cut(_loss):
    raise KeyboardInterrupt


@pytest.fixture
def run(tiny_samples):
    """Train on the tiny samples, validate on the same, in silence."""

    def start(config, folder: Path, **options):
        return train(config, tiny_samples, tiny_samples, folder, report=lambda _line: None, **options)

    return start


def weights_of(network) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


def assert_identical(found, expected) -> None:
    for name, tensor in expected.items():
        assert torch.equal(found[name], tensor), name


@pytest.mark.parametrize(
    ("task", "precision"), [("lv_scar", "32-true"), ("lv_scar", "bf16-mixed"), ("lv_anatomy", "32-true")]
)
def test_a_killed_and_resumed_run_gives_bit_identical_weights(run, tmp_path, monkeypatch, make_config, task, precision):
    config = make_config(task, precision=precision)
    expected = weights_of(run(config, tmp_path / "whole"))
    with monkeypatch.context() as patch:
        # Epoch 1 takes two steps: the third call is in the middle of epoch 2.
        patch.setitem(TASKS, task, KilledAtStep(TASKS[task], 3, power_cut))
        with pytest.raises(KeyboardInterrupt):
            run(config, tmp_path / "cut")
    torch.rand(7)
    assert_identical(weights_of(run(config, tmp_path / "cut", resume=True)), expected)
    lines = [json.loads(line) for line in (tmp_path / "cut" / "metrics.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2]


def test_the_seed_decides_everything(run, tmp_path, make_config):
    config = make_config("lv_scar", epochs=1)
    first, again = (weights_of(run(config, tmp_path / name)) for name in ("first", "again"))
    assert_identical(again, first)
    other = weights_of(run(dataclasses.replace(config, seed=4), tmp_path / "other"))
    assert not all(torch.equal(other[name], tensor) for name, tensor in first.items())


def test_weights_are_averaged_with_the_decay_of_the_config(run, tmp_path, make_config):
    config = make_config("lv_scar", epochs=1, ema_decay=0.0)
    averaged = weights_of(run(config, tmp_path))
    stored = torch.load(tmp_path / CHECKPOINT_NAME, weights_only=True)
    # Without decay the average is the network itself.
    assert_identical(averaged, stored["network"])


def test_a_finished_run_resumes_to_its_own_result(run, tmp_path, make_config):
    config = make_config("lv_scar", epochs=1)
    expected = weights_of(run(config, tmp_path))
    assert_identical(weights_of(run(config, tmp_path, resume=True)), expected)


def test_a_resume_with_another_config_is_refused(run, tmp_path, make_config):
    config = make_config("lv_scar", epochs=1)
    run(config, tmp_path)
    before = (tmp_path / "config.json").read_bytes()
    with pytest.raises(ScarSegError, match="was started with another config: choose another folder or repeat"):
        run(dataclasses.replace(config, learning_rate=1e-4), tmp_path, resume=True)
    assert (tmp_path / "config.json").read_bytes() == before


def test_a_started_folder_without_resume_is_refused_and_left_alone(run, tmp_path, make_config):
    run(make_config("lv_scar", epochs=1), tmp_path)
    before = (tmp_path / CHECKPOINT_NAME).read_bytes()
    with pytest.raises(ScarSegError, match="already holds a run: continue it with --resume or choose another folder"):
        run(make_config("lv_scar", epochs=2), tmp_path)
    assert (tmp_path / CHECKPOINT_NAME).read_bytes() == before


def test_resuming_where_nothing_was_started_starts(run, tmp_path, make_config):
    run(make_config("lv_scar", epochs=1), tmp_path / "new", resume=True)
    assert (tmp_path / "new" / CHECKPOINT_NAME).is_file()


def test_a_loss_that_is_not_finite_names_its_cases_and_keeps_the_last_checkpoint(
    run, tmp_path, monkeypatch, make_config
):
    monkeypatch.setitem(TASKS, "lv_scar", KilledAtStep(TASKS["lv_scar"], 3, lambda loss: loss * float("nan")))
    with pytest.raises(ScarSegError, match=r"loss is not finite in epoch 1 on \[.*(phantom|Case_P001)"):
        run(make_config("lv_scar"), tmp_path)
    stored = torch.load(tmp_path / CHECKPOINT_NAME, weights_only=True)
    assert stored["epoch"] == 1
    assert all(torch.isfinite(tensor).all() for tensor in stored["network"].values())


def test_a_broken_image_is_named_by_its_case(tmp_path, make_config, tiny_samples):
    broken = SliceSamples(
        torch.full_like(tiny_samples.heart, float("nan")),
        tiny_samples.whole,
        tiny_samples.has_insertions,
        ("Case_broken",) * len(tiny_samples),
    )
    with pytest.raises(ScarSegError, match=r"not finite in epoch 0 on \['Case_broken'\]"):
        train(make_config("lv_scar"), broken, broken, tmp_path, report=lambda _line: None)
    assert not (tmp_path / CHECKPOINT_NAME).exists()


def test_the_folder_holds_the_resolved_config_and_a_figure_for_every_epoch(run, tmp_path, make_config):
    run(make_config("lv_scar"), tmp_path)
    config = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    assert config["framing"]["crop_size"] == 32
    assert config["seed"] == 3
    assert config["schema_version"] == 1
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2]
    assert set(lines[-1]) == {"schema_version", "epoch", "loss", "elapsed_s", "infarct", "mvo"}
    assert not (tmp_path / f"{CHECKPOINT_NAME}.new").exists()


def test_training_learns_the_rings(run, tmp_path, make_config):
    run(make_config("lv_anatomy", epochs=8, samples_per_epoch=16, learning_rate=2e-2), tmp_path)
    losses = [json.loads(line)["loss"] for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert losses[-1] < 0.8 * losses[0]


@pytest.mark.parametrize(("share", "expected"), [(0.75, 0.75), (0.2, 0.2)])
def test_emidec_slices_make_up_their_share_of_the_draws(tiny_samples, make_config, share, expected):
    weights = loop._draw_weights(make_config("lv_scar", emidec_share=share), tiny_samples)
    real = torch.tensor([case.startswith("Case") for case in tiny_samples.cases])
    assert (weights[real].sum() / weights.sum()).item() == pytest.approx(expected)
    assert len(set(weights[real].tolist())) == 1


def test_slices_of_one_kind_are_drawn_alike(tiny_samples, make_config):
    alone = tiny_samples.of_cases(["Case_P001"])
    assert loop._draw_weights(make_config("lv_scar"), alone).tolist() == [1.0] * len(alone)
