from __future__ import annotations

import numpy as np
import pytest
import torch
from scarseg_training import tasks
from scarseg_training.augmentation.draws import Draws
from scarseg_training.tasks import Progress
from scarseg_training.tasks.lv_anatomy import LVAnatomyTask
from scarseg_training.tasks.lv_canvas import INSERTION_SIGMA_PIXELS
from scarseg_training.tasks.lv_scar import LVScarTask

from ScarSegLogic import networks
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.inference.lv_scar import predict_scar
from ScarSegLogic.preprocessing.intensity import with_neighbours
from ScarSegLogic.preprocessing.slice_box import heart_box
from Testing.accuracy.studies import as_expert_study
from Testing.tests.models.tiny_packages import random_network, save_network
from Testing.tests.training.tiny_runs import FRAMING, TINY_NETWORKS, ring_case

TASKS = {"lv_anatomy": LVAnatomyTask(**FRAMING), "lv_scar": LVScarTask(**FRAMING)}


@pytest.fixture(scope="module")
def samples():
    """Nine slices of three studies, one of them without insertions."""
    return TASKS["lv_scar"].samples([ring_case("a"), ring_case("bb"), ring_case("c", with_insertions=False)])


class FixedAnswer(torch.nn.Module):
    """Answers every batch with the same logits."""

    def __init__(self, *logits: torch.Tensor) -> None:
        super().__init__()
        self.anchor = torch.nn.Parameter(torch.zeros(1))
        self.logits = logits

    def forward(self, *_inputs: torch.Tensor):
        return self.logits if len(self.logits) > 1 else self.logits[0]


def middle(samples, channel: int) -> torch.Tensor:
    return samples["heart"][:, channel, 16:48, 16:48] > 0.5


def test_the_middle_of_a_canvas_is_the_crop_that_inference_takes(samples):
    case = ring_case("a")
    box = heart_box(case.masks["cavity"] | case.masks["myocardium"], 1.75)
    expected = with_neighbours(box.crop(case.image, 32))
    np.testing.assert_allclose(samples["heart"][:3, :3, 16:48, 16:48].numpy(), expected, rtol=1e-4, atol=1e-2)


def test_a_canvas_holds_cavity_wall_infarct_and_mvo(samples):
    heart = samples["heart"]
    cavity, wall, infarct, mvo = (heart[1, channel] for channel in range(3, 7))
    assert heart.shape == (9, 8, 64, 64)
    assert heart[:, 3:].min() >= 0
    assert heart[:, 3:].max() <= 1 + 1e-6
    assert (cavity + wall).max() <= 1 + 1e-5
    assert (infarct <= wall + 1e-5).all()
    assert (mvo <= infarct + 1e-5).all()
    assert mvo.sum() > 0
    assert not heart[0, 6].any()


def test_insertions_are_blobs_at_their_place_and_absent_where_they_are_unknown(samples):
    case = ring_case("a")
    box = heart_box(case.masks["cavity"] | case.masks["myocardium"], 1.75).scaled(2)
    for point in case.insertions_ji[0]:
        row, column = box.to_crop(point, 64)
        near = samples["heart"][0, 7, round(row), round(column)].item()
        assert near >= np.exp(-0.5 / (2 * INSERTION_SIGMA_PIXELS**2))
    assert not samples["heart"][2, 7].any()
    assert samples["has_insertions"].tolist() == [True] * 6 + [False] * 3


def test_whole_slices_hold_the_filled_ventricle_with_its_area():
    case = ring_case("a")
    whole = LVAnatomyTask(**FRAMING, localiser_field_of_view_mm=80.0).samples([case])["whole"]
    area_mm2 = (case.masks["cavity"] | case.masks["myocardium"])[0].sum() * 1.5 * 1.2
    assert whole.shape == (3, 4, 32, 32)
    assert whole[0, 3].sum().item() * (80.0 / 32) ** 2 == pytest.approx(area_mm2, rel=0.03)


def test_studies_without_a_ventricle_are_left_out_and_rows_know_whose_they_are():
    empty = ring_case("empty")
    for mask in empty.masks.values():
        mask[:] = False
    found = TASKS["lv_scar"].samples([ring_case("a", tier=2), empty, ring_case("b")])
    assert found.cases == found.patients == ("a",) * 3 + ("b",) * 3
    assert found.slices == (0, 1, 2, 0, 1, 2)
    assert found.tiers == (2, 2, 2, None, None, None)


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_a_loss_is_finite_reaches_every_weight_and_repeats_with_its_seeds(samples, task):
    network = networks.build(task.name, **TINY_NETWORKS[task.name])
    losses = [task.loss(network, task.batch(samples, Draws(range(9))), Progress(0, 1)) for _ in range(2)]
    losses[0].backward()
    assert torch.isfinite(losses[0])
    assert losses[0].item() == losses[1].item()
    assert all(parameter.grad is not None for parameter in network.parameters())


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_a_row_is_augmented_by_its_own_seed_whatever_the_batch(samples, task):
    whole = task.batch(samples, Draws(range(9)))
    half = task.batch(samples.rows([3, 5, 7]), Draws([3, 5, 7]))
    for name, tensor in half.items():
        torch.testing.assert_close(tensor, whole[name][[3, 5, 7]], msg=name)


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_the_loss_of_a_sample_is_that_of_the_sample_alone(samples, task):
    network = networks.build(task.name, **TINY_NETWORKS[task.name])
    losses = task.sample_losses(network, samples)
    assert losses.shape == (9,)
    assert network.training
    torch.testing.assert_close(task.sample_losses(network, samples.rows([4])), losses[4:5])


def test_the_given_myocardium_of_the_scar_task_is_binary_and_only_sometimes_the_true_one(samples):
    batch = TASKS["lv_scar"].batch(samples, Draws(range(9)))
    assert batch["inputs"].shape == (9, 5, 32, 32)
    assert set(batch["inputs"][:, 3:].unique().tolist()) == {0.0, 1.0}
    torch.testing.assert_close(batch["inputs"][:, :3].mean((2, 3)), torch.zeros(9, 3), atol=1e-4, rtol=0)
    torch.testing.assert_close(batch["inputs"][:, 4:], batch["myocardium"])


def test_a_perfect_scar_network_validates_with_dice_one(samples):
    truth = torch.stack([middle(samples, 5), middle(samples, 6)], dim=1)
    figures = TASKS["lv_scar"].validate(FixedAnswer(torch.where(truth, 20.0, -20.0)), samples)
    assert figures == pytest.approx({"infarct": 1, "mvo": 1, "score": 1}, abs=0.02)


def test_a_perfect_anatomy_network_validates_with_dice_one(samples):
    cavity, wall, infarct = (middle(samples, channel) for channel in (3, 4, 5))
    classes = torch.stack([~cavity & ~wall, cavity, wall & ~infarct, infarct, cavity], dim=1)
    ventricle = samples["whole"][:, 3:] > 0.5
    network = FixedAnswer(*(torch.where(each, 20.0, -20.0) for each in (ventricle, classes)))
    names = ("cavity", "myocardium", "infarct", "infarct_in_wall", "left_ventricle", "score")
    assert TASKS["lv_anatomy"].validate(network, samples) == pytest.approx(dict.fromkeys(names, 1), abs=0.02)


def test_infarct_called_cavity_is_missing_from_the_wall(samples):
    cavity, wall, infarct = (middle(samples, channel) for channel in (3, 4, 5))
    nothing = torch.zeros_like(cavity)
    classes = torch.stack([~cavity & ~wall, cavity | infarct, wall & ~infarct, nothing, nothing], dim=1)
    network = FixedAnswer(torch.zeros(len(cavity), 1, 32, 32), torch.where(classes, 20.0, -20.0))
    figures = TASKS["lv_anatomy"].validate(network, samples)
    assert figures["infarct_in_wall"] == 0
    assert figures["myocardium"] < 1


def test_the_threshold_that_separates_truth_from_error_is_chosen(samples):
    truth = torch.stack([middle(samples, 5), middle(samples, 6)], dim=1)
    # Only 0.40 lies between 0.36 and 0.44.
    network = FixedAnswer(torch.logit(torch.where(truth, 0.44, 0.36)))
    assert TASKS["lv_scar"].thresholds(network, samples) == pytest.approx({"infarct": 0.4, "mvo": 0.4})


def test_a_structure_that_no_patient_has_keeps_one_half():
    healthy = TASKS["lv_scar"].samples([ring_case("healthy", with_infarct=False)])
    network = FixedAnswer(torch.zeros(len(healthy), 2, 32, 32))
    assert set(TASKS["lv_scar"].thresholds(network, healthy).values()) == {0.5}


def test_a_prediction_is_that_of_the_product_with_the_same_weights(tmp_path):
    case, task, network = ring_case("a"), LVScarTask(**FRAMING), random_network("lv_scar").half().float()
    cuts = {"infarct": 0.5, "mvo": 0.45}
    parts = task.manifest_parts()
    package = save_network(
        "lv_scar", network, tmp_path, preprocessing=parts.preprocessing, thresholds=cuts, labels=parts.labels
    )
    masks = case.masks["cavity"], case.masks["myocardium"]
    expected = predict_scar(as_expert_study(case).image, *masks, package, "cpu")
    found = task.predict(network, case, cuts)
    np.testing.assert_array_equal(found["scar"], expected.infarct)
    np.testing.assert_array_equal(found["mvo"], expected.mvo)
    assert found["scar"].any()


def test_an_unknown_field_of_a_task_is_refused():
    with pytest.raises(ScarSegError, match="the task 'lv_scar' does not take this configuration"):
        tasks.build("lv_scar", size=3)
