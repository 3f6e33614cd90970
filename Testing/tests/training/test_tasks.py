from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
from scarseg_training.tasks import TASKS  # noqa: E402

from ScarSegLogic import networks  # noqa: E402
from Testing.tests.models.tiny_packages import CONFIGS  # noqa: E402


class FixedAnswer(torch.nn.Module):
    """Answers every batch with the same logits and keeps what it was asked."""

    def __init__(self, *logits: torch.Tensor) -> None:
        super().__init__()
        self.anchor = torch.nn.Parameter(torch.zeros(1))
        self.logits, self.asked = logits, []

    def forward(self, *inputs: torch.Tensor):
        self.asked.append(inputs)
        answers = tuple(each + 0 * self.anchor for each in self.logits)
        return answers if len(answers) > 1 else answers[0]


def middle(samples, channel: int) -> torch.Tensor:
    return samples.heart[:, channel, 16:48, 16:48] > 0.5


@pytest.mark.parametrize("task", TASKS)
def test_a_loss_is_finite_reaches_every_weight_and_repeats_with_its_generator(tiny_samples, make_config, task):
    framing = make_config(task).framing
    network = networks.build(task, **CONFIGS[task])
    losses = [TASKS[task].loss(network, tiny_samples, framing, torch.Generator().manual_seed(5)) for _ in range(2)]
    losses[0].backward()
    assert torch.isfinite(losses[0])
    assert losses[0].item() == losses[1].item()
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_the_given_myocardium_of_the_scar_task_is_binary_and_mostly_the_true_one(tiny_samples, make_config):
    network = FixedAnswer(torch.zeros(len(tiny_samples), 2, 32, 32))
    TASKS["lv_scar"].loss(network, tiny_samples, make_config("lv_scar").framing, torch.Generator().manual_seed(1))
    ((inputs,),) = network.asked
    assert inputs.shape == (len(tiny_samples), 5, 32, 32)
    assert set(inputs[:, 3:].unique().tolist()) == {0.0, 1.0}
    torch.testing.assert_close(inputs[:, :3].mean((2, 3)), torch.zeros(len(tiny_samples), 3), atol=1e-4, rtol=0)


def test_a_perfect_scar_network_validates_with_dice_one(tiny_samples, make_config):
    truth = torch.stack([middle(tiny_samples, 5), middle(tiny_samples, 6)], dim=1)
    network = FixedAnswer(torch.where(truth, 20.0, -20.0))
    figures = TASKS["lv_scar"].validate(network, tiny_samples, make_config("lv_scar").framing)
    names = ("infarct", "mvo")
    assert figures == pytest.approx(dict.fromkeys(names, 1), abs=0.02)


def test_a_perfect_anatomy_network_validates_with_dice_one(tiny_samples, make_config):
    cavity, wall, infarct = (middle(tiny_samples, channel) for channel in (3, 4, 5))
    classes = torch.stack([~cavity & ~wall, cavity, wall & ~infarct, infarct, cavity], dim=1)
    ventricle = tiny_samples.whole[:, 3:] > 0.5
    network = FixedAnswer(*(torch.where(each, 20.0, -20.0) for each in (ventricle, classes)))
    figures = TASKS["lv_anatomy"].validate(network, tiny_samples, make_config("lv_anatomy").framing)
    names = ("cavity", "myocardium", "infarct", "infarct_in_wall", "left_ventricle")
    assert figures == pytest.approx(dict.fromkeys(names, 1), abs=0.02)


def test_infarct_called_cavity_is_missing_from_the_wall(tiny_samples, make_config):
    cavity, wall, infarct = (middle(tiny_samples, channel) for channel in (3, 4, 5))
    nothing = torch.zeros_like(cavity)
    classes = torch.stack([~cavity & ~wall, cavity | infarct, wall & ~infarct, nothing, nothing], dim=1)
    network = FixedAnswer(torch.zeros(len(cavity), 1, 32, 32), torch.where(classes, 20.0, -20.0))
    figures = TASKS["lv_anatomy"].validate(network, tiny_samples, make_config("lv_anatomy").framing)
    assert figures["infarct_in_wall"] == 0
    assert figures["myocardium"] < 1


def test_the_threshold_that_separates_truth_from_error_is_chosen(tiny_samples, make_config):
    truth = torch.stack([middle(tiny_samples, 5), middle(tiny_samples, 6)], dim=1)
    # Only 0.40 lies between 0.36 and 0.44.
    network = FixedAnswer(torch.logit(torch.where(truth, 0.44, 0.36)))
    chosen = TASKS["lv_scar"].thresholds(network, tiny_samples, make_config("lv_scar").framing)
    assert chosen == pytest.approx({"infarct": 0.4, "mvo": 0.4})


def test_a_structure_that_no_patient_has_keeps_one_half(make_study, make_config):
    from scarseg_training.samples import slice_samples

    framing = make_config("lv_scar").framing
    samples = slice_samples([make_study("healthy", with_infarct=False)], framing)
    network = FixedAnswer(torch.zeros(len(samples), 2, 32, 32))
    assert set(TASKS["lv_scar"].thresholds(network, samples, framing).values()) == {0.5}
