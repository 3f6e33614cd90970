"""The cavity in two steps: both looks of training are those of the product."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scarseg_training.augmentation.draws import Draws
from scarseg_training.tasks import Progress
from scarseg_training.tasks.la_two_steps import LATwoStepsTask

from ScarSegLogic import networks
from ScarSegLogic.preprocessing.study_part import middle_of
from ScarSegLogic.preprocessing.volume_input import VolumeInput
from Testing.tests.training.paper_cases import left_atrium

TASK = LATwoStepsTask(
    localiser_spacing_mm=6.0, localiser_shape_kji=(8, 16, 16), crop_spacing_mm=2.0, crop_shape_kji=(16, 24, 24)
)


def a_network():
    torch.manual_seed(0)
    return networks.build("la_cavity", localiser_channels=(2, 4), segmenter_channels=(2, 4))


def test_the_upright_crop_is_what_the_product_prepares_about_the_true_cavity():
    case = left_atrium("one")
    crop = TASK._upright(TASK.samples([case]))["crop"][0, 0].numpy()
    grid = VolumeInput((2.0,) * 3, (16, 24, 24), (16, 24, 24))
    expected = grid.prepare(case.image, case.spacing_kji_mm, middle_of(case.masks["la_cavity"]))
    np.testing.assert_allclose(crop, expected, atol=1e-3)


def test_batches_hold_both_looks_and_their_cavities_of_the_networks_size():
    samples = TASK.samples([left_atrium("one"), left_atrium("another")])
    batch = TASK.batch(samples, Draws([1, 2]))
    assert batch["whole"].shape == batch["whole_cavity"].shape == (2, 1, 8, 16, 16)
    assert batch["crop"].shape == batch["crop_cavity"].shape == (2, 1, 16, 24, 24)
    assert set(batch["crop_cavity"].unique().tolist()) == {0.0, 1.0}


def test_the_loss_falls_in_a_few_updates_of_both_networks():
    samples, network = TASK.samples([left_atrium("one")]), a_network()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-2)
    losses = []
    for seed in range(12):
        loss = TASK.loss(network, TASK.batch(samples, Draws([seed])), Progress(0, 1))
        optimizer.zero_grad()
        loss.backward()
        assert all(parameter.grad is not None for parameter in network.parameters())
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.9 * losses[0]


def test_figures_and_thresholds_name_both_looks():
    samples, network = TASK.samples([left_atrium("one")]), a_network()
    assert set(TASK.validate(network, samples)) == {"la_cavity", "localiser", "score"}
    assert set(TASK.thresholds(network, samples)) == {"la_cavity", "localiser"}
    assert TASK.sample_losses(network, samples).shape == (1,)


def test_a_case_is_predicted_by_the_products_own_search():
    case = left_atrium("one")
    found = TASK.predict(a_network(), case, {"la_cavity": 1e-6, "localiser": 1e-6})["la_cavity"]
    assert found.shape == case.image.shape
    assert found.any()


def test_the_package_holds_what_the_search_reads():
    parts = TASK.manifest_parts()
    assert (parts.task, parts.labels) == ("la_cavity", ("la_cavity",))
    assert parts.preprocessing["crop_shape_kji"] == (16, 24, 24)
    assert parts.preprocessing["localiser_spacing_mm"] == pytest.approx(6.0)
