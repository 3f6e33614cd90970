"""The scar tasks in slices: the curriculum paper's and ScarSegNet's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scarseg_training import tasks
from scarseg_training.augmentation.draws import Draws
from scarseg_training.tasks import Progress
from scarseg_training.tasks.masked_scar import MaskedScarTask
from scarseg_training.tasks.scarsegnet import ScarSegNetTask
from torch import Tensor, nn

from ScarSegLogic.errors import ScarSegError
from Testing.tests.training.paper_cases import left_ventricle


class BrightIsScar(nn.Module):
    """Says scar where the input is bright: an oracle for these studies, with one parameter."""

    def __init__(self, threshold: float) -> None:
        super().__init__()
        self.threshold = nn.Parameter(torch.tensor(threshold))

    def forward(self, images: Tensor) -> Tensor:
        return 20 * (images - self.threshold)


@pytest.fixture(params=[MaskedScarTask, ScarSegNetTask])
def task(request):
    return request.param(crop_size=32)


def test_every_slice_with_myocardium_is_a_sample_scar_free_ones_included(task):
    samples = task.samples([left_ventricle("ill", tier=1), left_ventricle("healthy", tier=0, islands=0)])
    assert samples.cases == ("ill",) * 3 + ("healthy",) * 3
    assert samples.slices == (0, 1, 2) * 2
    assert samples.tiers == (1, 1, 1, 0, 0, 0)
    assert samples["scar"].flatten(1).any(1).tolist() == [True] * 3 + [False] * 3


def test_the_curriculums_input_is_zero_outside_the_wall_and_scarsegnets_is_not():
    case = left_ventricle("ill")
    masked, whole = MaskedScarTask().samples([case]), ScarSegNetTask().samples([case])
    assert not masked["inputs"][~masked["myocardium"]].any()
    assert whole["inputs"][~whole["myocardium"]].abs().mean() > 0.1


def test_upright_samples_are_bit_for_bit_what_inference_prepares(task):
    case = left_ventricle("ill")
    prepared = task.scar_input.prepare(case.image, np.zeros_like(case.masks["myocardium"]), case.masks["myocardium"])
    assert torch.equal(task.samples([case])["inputs"], torch.from_numpy(prepared.inputs))


def test_a_batch_is_drawn_sample_by_sample(task):
    samples = task.samples([left_ventricle("ill"), left_ventricle("healthy", islands=0)])
    together = task.batch(samples, Draws([5, 6, 7, 8, 9, 10]))
    alone = task.batch(samples.rows([4]), Draws([9]))
    for name, tensor in alone.items():
        torch.testing.assert_close(together[name][4:5], tensor)


def test_augmented_scar_stays_in_the_wall_and_bright(task):
    samples = task.samples([left_ventricle("ill", islands=2)])
    batch = task.batch(samples, Draws([1, 2, 3]))
    scar, wall = batch["scar"].bool(), batch["myocardium"].bool()
    assert scar.any()
    assert not (scar & ~wall).any()
    assert batch["inputs"][scar].mean() > batch["inputs"][wall & ~scar].mean() + 1


def test_an_oracle_validates_at_one_and_predicts_the_scar_on_the_cases_grid(task):
    case = left_ventricle("ill", islands=2)
    samples = task.samples([case, left_ventricle("healthy", islands=0)])
    ill = samples.of_cases(["ill"])
    bright = float(ill["inputs"][ill["scar"]].min() + ill["inputs"][ill["myocardium"] & ~ill["scar"]].max()) / 2
    network = BrightIsScar(bright)
    assert task.validate(network, ill)["dice"] > 0.95
    predicted = task.predict(network, case, task.thresholds(network, ill))["scar"]
    truth = case.masks["scar"]
    # Crops of 32 pixels and a cavity almost as bright as scar blur the edge.
    assert 2 * (predicted & truth).sum() / (predicted.sum() + truth.sum()) > 0.85
    assert not (predicted & ~case.masks["myocardium"]).any()


def test_scar_invented_in_a_healthy_heart_lowers_the_score(task):
    samples = task.samples([left_ventricle("ill"), left_ventricle("healthy", islands=0)])
    everything = BrightIsScar(-100.0)
    figures = task.validate(everything, samples)
    assert figures["invented"] == pytest.approx(1.0)
    assert figures["score"] == pytest.approx(figures["dice"] - 1.0)


class FaintScar(BrightIsScar):
    """The same oracle, whose probabilities stay below 0.5 as those of softened thin scars do."""

    def forward(self, images: Tensor) -> Tensor:
        return torch.where(images > self.threshold, -0.6, -20.0)


def test_softened_labels_are_judged_at_the_threshold_that_validation_chooses(task):
    samples = task.samples([left_ventricle("ill", islands=2)])
    scar, wall = samples["scar"], samples["myocardium"]
    bright = float(samples["inputs"][scar].min() + samples["inputs"][wall & ~scar].max()) / 2
    softened = type(task)(crop_size=32, loss_name="soft_labels")
    assert task.validate(FaintScar(bright), samples)["dice"] == 0
    assert softened.validate(FaintScar(bright), samples)["dice"] > 0.95


def test_sample_losses_are_the_loss_of_each_slice_alone(task):
    samples = task.samples([left_ventricle("ill")])
    network = BrightIsScar(0.5)
    upright = type(task)(crop_size=32, augmented=False)
    alone = [
        upright.loss(network, upright.batch(samples.rows([row]), Draws([0])), Progress(0, 1)).item() for row in range(3)
    ]
    torch.testing.assert_close(task.sample_losses(network, samples), torch.tensor(alone))


def test_stage_weights_do_not_make_other_samples():
    first = tasks.build("masked_scar", loss_config={"foreground": 0.6, "background": 0.4})
    assert first == tasks.build("masked_scar", loss_config={"foreground": 0.8, "background": 0.2})
    assert first != tasks.build("masked_scar", crop_size=32)


def test_an_unknown_loss_is_refused_by_name():
    samples = MaskedScarTask(crop_size=32).samples([left_ventricle("ill")])
    with pytest.raises(ScarSegError, match=r"unknown loss 'hinge': expected one of region_weighted, soft_labels"):
        MaskedScarTask(loss_name="hinge").sample_losses(BrightIsScar(0.0), samples)
    with pytest.raises(ScarSegError, match=r"the loss 'region_weighted' does not take \{'kl': 1\}"):
        MaskedScarTask(loss_config={"kl": 1}).sample_losses(BrightIsScar(0.0), samples)


def test_cases_without_any_wall_are_refused(task):
    case = left_ventricle("empty")
    case.masks["myocardium"][:] = False
    with pytest.raises(ScarSegError, match="no slice shows myocardium"):
        task.samples([case])
