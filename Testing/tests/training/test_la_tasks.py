"""The tasks of the left atrium: cavity, then scar of its wall."""

from __future__ import annotations

import pytest
import torch
from scarseg_training.augmentation.draws import Draws
from scarseg_training.losses.dice_ce import dice_ce_loss
from scarseg_training.tasks import Progress
from scarseg_training.tasks.la_cavity import LACavityTask
from scarseg_training.tasks.la_scar import LAScarTask
from torch import Tensor, nn

from ScarSegLogic.networks.swin_unetr import CavityAndScar
from Testing.tests.training.paper_cases import left_atrium

GRID = {"spacing_kji_mm": (2.0, 2.0, 2.0), "shape_kji": (32, 32, 32), "patch_kji": (32, 32, 32)}


class Brightness(nn.Module):
    """Tells scar, or cavity and scar, by brightness: an oracle for these studies, with one parameter."""

    def __init__(self, *outputs: str) -> None:
        super().__init__()
        self.outputs = outputs
        self.cut = nn.Parameter(torch.tensor(2.2))

    def forward(self, images: Tensor) -> Tensor | CavityAndScar:
        told = {"la_cavity": 30 * (0.9 - (images - 1.3).abs()), "la_scar": 30 * (images - self.cut)}
        chosen = [told[name] for name in self.outputs]
        return CavityAndScar(*chosen) if len(chosen) == 2 else chosen[0]


def test_a_volume_is_a_sample_with_the_wall_of_its_true_cavity():
    samples = LAScarTask(**GRID).samples([left_atrium("one"), left_atrium("another")])
    assert samples.cases == ("one", "another")
    assert samples["image"].shape == (2, 1, 32, 32, 32)
    wall, cavity, scar = (samples[name][0, 0] for name in ("wall", "la_cavity", "la_scar"))
    assert (wall & cavity).any()
    assert (wall & ~cavity).any()
    assert (scar & wall).sum() > 0.3 * scar.sum()  # the cap is two voxels thick, the wall one


def test_the_cavity_needs_no_scar():
    assert LACavityTask().needs == ("la_cavity",)
    assert "wall" not in LACavityTask(**GRID).samples([left_atrium("one")]).tensors


def test_patches_are_drawn_sample_by_sample_about_scar():
    task = LAScarTask(**GRID | {"shape_kji": (32, 64, 64), "guided": 1.0})
    samples = task.samples([left_atrium("one"), left_atrium("another")])
    together = task.batch(samples, Draws([3, 4]))
    assert together["image"].shape == (2, 1, 32, 32, 32)
    assert together["la_scar"].flatten(1).any(1).all()
    alone = task.batch(samples.rows([1]), Draws([4]))
    for name, tensor in alone.items():
        torch.testing.assert_close(together[name][1:], tensor)


def test_stage_two_weighs_cavity_and_scar_and_the_wall_ever_more():
    task = LAScarTask(**GRID, augmented=False)
    batch = task.batch(task.samples([left_atrium("one")]), Draws([1]))
    network = Brightness("la_cavity", "la_scar")
    cavity, scar = network(batch["image"])
    terms = [dice_ce_loss(scar, batch["la_scar"], weight) for weight in (None, 1 + batch["wall"])]
    expected = [0.3 * dice_ce_loss(cavity, batch["la_cavity"]) + 0.7 * term for term in terms]
    for progress, loss in zip((Progress(0, 5), Progress(4, 5)), expected, strict=True):
        torch.testing.assert_close(task.loss(network, batch, progress), loss)
    assert not torch.isclose(expected[0], expected[1], rtol=1e-3)


def test_stage_three_is_scar_alone():
    task = LAScarTask(**GRID, augmented=False, cavity_weight=0.0, wall_weighted=False)
    batch = task.batch(task.samples([left_atrium("one")]), Draws([1]))
    network = Brightness("la_scar")
    torch.testing.assert_close(
        task.loss(network, batch, Progress(4, 5)), dice_ce_loss(network(batch["image"]), batch["la_scar"])
    )
    assert task.structures == ("la_scar",)
    assert task.manifest_parts().labels == ("la_scar",)


@pytest.mark.parametrize("outputs", [("la_scar",), ("la_cavity", "la_scar")])
def test_an_oracle_is_judged_well_and_predicts_on_the_cases_grid(outputs):
    task = LAScarTask(**GRID, cavity_weight=0.3 * (len(outputs) - 1))
    case, network = left_atrium("one"), Brightness(*outputs)
    samples = task.samples([case])
    figures = task.validate(network, samples)
    assert figures["score"] == figures["la_scar"] > 0.9
    assert figures["scar_outside_wall"] == pytest.approx(
        (samples["la_scar"] & ~samples["wall"]).sum().item() / samples["la_scar"].sum().item(), abs=0.05
    )
    predicted = task.predict(network, case, task.thresholds(network, samples))
    assert tuple(predicted) == outputs
    for name, mask in predicted.items():
        truth = case.masks[name]
        assert mask.shape == truth.shape
        assert 2 * (mask & truth).sum() / (mask.sum() + truth.sum()) > 0.9


def test_sample_losses_are_those_of_whole_volumes():
    task = LACavityTask(**GRID, augmented=False)
    samples = task.samples([left_atrium("one"), left_atrium("another")])
    network = Brightness("la_cavity")
    alone = [task.loss(network, task.batch(samples.rows([row]), Draws([1])), Progress(0, 1)).detach() for row in (0, 1)]
    torch.testing.assert_close(task.sample_losses(network, samples), torch.stack(alone), rtol=1e-4, atol=1e-5)
