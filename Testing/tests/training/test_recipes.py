"""Every recipe by name: it carries the source's numbers, its stages fit, its twin learns."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from scarseg_training.augmentation.draws import Draws
from scarseg_training.recipes import recipe_named, recipes
from scarseg_training.stage_start import build_network, build_optimizer, build_task, check_stages, with_weights
from scarseg_training.tasks import Progress

from ScarSegLogic import networks
from ScarSegLogic.networks.sam.config import SamConfig
from ScarSegLogic.networks.scarnet import ScarNetConfig
from ScarSegLogic.networks.scarsegnet import ScarSegNetConfig
from ScarSegLogic.networks.swin_unetr import EARLY_ENCODER
from ScarSegLogic.networks.transunet import TransUNetConfig
from Testing.tests.training.paper_cases import left_atrium, left_ventricle

PAPERS = {
    *(f"paper_curriculum_{backbone}" for backbone in ("attention_unet", "transunet", "scarnet")),
    *(f"baseline_{backbone}" for backbone in ("attention_unet", "transunet", "scarnet")),
    "paper_progressive_la",
    "progressive_la_i_ii",
    *(f"progressive_la_b{number}" for number in (1, 2, 3, 4)),
    "paper_box_sam",
    "paper_yolo_sam",
    "paper_scarsegnet",
    *(f"scarsegnet_without_{part}" for part in ("ase", "cag", "l_out")),
    "sam_med2d_baseline",
    "nnunet_baseline",
}
BY_NNUNET = {"nnunet_baseline", "small_nnunet_baseline"}
OURS = sorted(name for name in recipes() if name not in BY_NNUNET and "lv_" not in name)
DISTINCT_STAGES = list(
    {
        (stage.task, stage.network, str(stage.network_config), bool(stage.frozen)): stage
        for name in OURS
        if name.startswith("small_")
        for stage in recipe_named(name).stages
    }.values()
)
"""One of all stages of the small recipes that differ in what they build."""


def test_every_system_of_the_papers_has_a_recipe_and_a_small_twin():
    assert set(recipes()) >= PAPERS
    assert {f"small_{name.removeprefix('paper_')}" for name in PAPERS} <= set(recipes())


def test_recipes_name_themselves_their_source_and_their_cost_without_loading_torch():
    code = (
        "import sys\nfrom scarseg_training.recipes import recipes\n"
        "for name, recipe in recipes().items():\n"
        "    config = recipe()\n"
        "    assert config.recipe == name and config.source and config.cost and recipe.__doc__, name\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", OURS)
def test_the_stages_of_a_recipe_fit_each_other(name):
    assert len(check_stages(recipe_named(name))) == len(recipe_named(name).stages)


@pytest.mark.parametrize("stage", DISTINCT_STAGES, ids=lambda stage: f"{stage.name}-{stage.task}-{stage.network}")
def test_every_stage_of_the_small_recipes_takes_a_step(stage):
    task, network = build_task(stage), build_network(stage)
    cases = [left_atrium("la")] if task.name.startswith("la_") else [left_ventricle("ill", islands=2)]
    samples = task.samples(cases)
    samples = samples.rows([0, 1] if len(samples) > 1 else [0])
    optimizer = build_optimizer(stage, network)
    before = {each: tensor.clone() for each, tensor in network.named_parameters()}
    draws = Draws(range(1, len(samples) + 1))
    loss = task.loss(network, task.batch(samples, draws), Progress(0, stage.epochs))
    loss.backward()
    assert torch.isfinite(loss)
    optimizer.step()
    moved = {each for each, tensor in network.named_parameters() if not torch.equal(tensor, before[each])}
    assert moved
    assert not [each for each in moved if stage.frozen and each.startswith(stage.frozen)]


@pytest.mark.parametrize("backbone", ["attention_unet", "transunet", "scarnet"])
@pytest.mark.parametrize("small", [False, True])
def test_a_baseline_has_the_curriculums_budget_without_a_curriculum(backbone, small):
    prefixes = ("small_curriculum_", "small_baseline_") if small else ("paper_curriculum_", "baseline_")
    curriculum, baseline = (recipe_named(f"{prefix}{backbone}") for prefix in prefixes)
    for ours, theirs in zip(curriculum.stages, baseline.stages, strict=True):
        alike = {"tiers": None, "reintroduce_spikes": False, "task_config": {}}
        assert dataclasses.replace(ours, **alike) == dataclasses.replace(theirs, **alike)
        assert ours.samples_per_epoch is not None  # the number of updates must not depend on the tiers
        assert theirs.tiers is None
        assert not theirs.reintroduce_spikes
    assert len({str(stage.task_config) for stage in baseline.stages}) == 1


def test_the_curriculum_carries_the_papers_numbers():
    stages = recipe_named("paper_curriculum_attention_unet").stages
    assert [stage.batch_size for stage in stages] == [32, 4, 4]
    assert [stage.tiers for stage in stages] == [(0,), (0, 1), (0, 1, 2)]
    assert [stage.reintroduce_spikes for stage in stages] == [False, True, True]
    losses = [stage.task_config["loss_config"] for stage in stages]
    assert [loss["foreground"] for loss in losses] == [0.6, 0.75, 0.8]
    assert [loss["background"] for loss in losses] == [0.4, 0.25, 0.2]
    assert {loss["focal"] for loss in losses} == {0.5}
    assert {(stage.optimizer, stage.learning_rate) for stage in stages} == {("adam", 1e-4)}
    assert all(1e-14 <= stage.weight_decay <= 1e-9 for stage in stages)
    assert 800 <= sum(stage.epochs for stage in stages) <= 1500
    assert build_task(stages[0]).crop_size == 64


def test_progressive_stages_inherit_slow_down_and_freeze():
    first, second, third = recipe_named("paper_progressive_la").stages
    assert (first.learning_rate, first.batch_size, first.epochs, first.patience) == (1e-4, 1, 250, 30)
    assert second.learning_rate_scale == {"encoder.": 0.1, "trunk.": 0.1, "cavity_decoder.": 0.1}
    assert (second.starts_from, third.starts_from) == ("stage_1", "stage_2")
    assert second.task_config["cavity_weight"] == 0.3
    assert third.frozen == EARLY_ENCODER
    assert recipe_named("paper_progressive_la").split.folds == 5


def test_what_starts_from_scratch_freezes_nothing():
    for name in ("progressive_la_b1", "progressive_la_b3"):
        (stage,) = recipe_named(name).stages
        assert not stage.frozen
        assert not stage.learning_rate_scale
        assert stage.starts_from is None


def test_scarsegnet_carries_the_papers_numbers():
    (stage,) = recipe_named("paper_scarsegnet").stages
    assert (stage.learning_rate, stage.weight_decay, stage.batch_size) == (2e-4, 5e-5, 16)
    assert (stage.epochs, stage.gradient_clip_norm) == (100, 1.0)
    assert (stage.schedule, stage.schedule_config) == ("warm_restarts", {"first_epochs": 10})
    assert recipe_named("scarsegnet_without_l_out").stages[0].task_config["loss_config"] == {"outside_weight": 0.0}


def test_sam_med2d_tunes_adapters_and_decoders_alone():
    (stage,) = recipe_named("sam_med2d_baseline").stages
    with torch.device("meta"):
        network = build_network(stage)
    build_optimizer(stage, network)
    learnt = {name for name, each in network.named_parameters() if each.requires_grad}
    assert {name for name in learnt if name.startswith("image_encoder.")} == {
        name for name, _ in network.named_parameters() if ".Adapter." in name
    }


@pytest.mark.parametrize(("file", "expected"), [("sam_vit_b_01ec64.pth", "imagenet"), ("medsam_vit_b.pth", "unit")])
def test_published_weights_are_shown_their_input_as_they_were_trained(file, expected):
    (stage,) = recipe_named("paper_box_sam").stages
    stage = with_weights(stage, Path(file))
    assert stage.initial_weights == file
    assert build_task(stage).sam_input.pixel_values == expected
    scarnet = recipe_named("paper_curriculum_scarnet").stages[0]
    assert with_weights(scarnet, Path(file)).task_config == scarnet.task_config


def test_the_twins_are_the_networks_own_small_presets():
    twins = {
        "small_curriculum_transunet": TransUNetConfig.small(),
        "small_curriculum_scarnet": ScarNetConfig.small(),
        "small_scarsegnet": ScarSegNetConfig.small(),
        "small_box_sam": SamConfig.tiny(),
    }
    for name, preset in twins.items():
        stage = recipe_named(name).stages[0]
        assert networks.build(stage.network, **stage.network_config).config == preset
