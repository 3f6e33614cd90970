"""Ways of learning by name. Importing this package loads no torch; ``build`` does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from ScarSegLogic.errors import ScarSegError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from scarseg_training.augmentation.draws import Draws
    from scarseg_training.datasets.case import Case
    from scarseg_training.samples import Samples


@dataclass(frozen=True)
class Progress:
    """Where in its stage a run is: ``epoch`` counts from 0 to ``epochs`` - 1."""

    epoch: int
    epochs: int

    @property
    def fraction(self) -> float:
        """0 in the first epoch, 1 in the last."""
        return self.epoch / max(1, self.epochs - 1)


@dataclass(frozen=True)
class ManifestParts:
    """What the manifest of a model package takes from the task.

    Attributes:
        task: Of the package, as ``ScarSegLogic.inference`` knows it: ``lv_anatomy``, ``lv_scar``, ...
        labels: Meaning of the network's outputs, in their order.
        preprocessing: Numbers that turn a study into inputs.
    """

    task: str
    labels: tuple[str, ...]
    preprocessing: Mapping[str, Any] = field(default_factory=dict)


class Task(Protocol):
    """One way of learning: how cases become samples, a batch and a loss, and how a network is judged.

    A task is a frozen dataclass; its fields are ``StageConfig.task_config``. Two tasks that compare equal make the same
    samples, so a run makes them once: fields that only weigh the loss are declared with ``field(compare=False)``.

    Attributes:
        name: In ``TASKS``.
        needs: Masks that a case must have.
    """

    name: str
    needs: tuple[str, ...]

    def samples(self, cases: Iterable[Case]) -> Samples:
        """Everything of the cases that is learnt from, in memory."""
        ...

    def batch(self, samples: Samples, draws: Draws) -> Mapping[str, Tensor]:
        """Augment the rows of a batch; each tensor is (n, ...), on the samples' device."""
        ...

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor], progress: Progress) -> Tensor:
        """The mean loss of a batch, a scalar with a gradient. Calls the network once: processes meet in that call."""
        ...

    def sample_losses(self, network: nn.Module, samples: Samples) -> Tensor:
        """Loss of each row without augmentation and gradient, (N,) float32 on the CPU: spikes of a curriculum."""
        ...

    def validate(self, network: nn.Module, samples: Samples) -> dict[str, float]:
        """Judge the network on rows without augmentation; ``score`` (higher is better) decides what is best."""
        ...

    def thresholds(self, network: nn.Module, samples: Samples) -> dict[str, float]:
        """Choose the decision threshold of each output on validation rows."""
        ...

    def predict(self, network: nn.Module, case: Case, thresholds: Mapping[str, float]) -> dict[str, NDArray]:
        """Masks (K, J, I) bool on the case's own grid, by the code that the product runs."""
        ...

    def manifest_parts(self) -> ManifestParts:
        """What a model package says about the task."""
        ...


TASKS: dict[str, str] = {
    "lv_anatomy": "scarseg_training.tasks.lv_anatomy:LVAnatomyTask",
    "lv_scar": "scarseg_training.tasks.lv_scar:LVScarTask",
    "masked_scar": "scarseg_training.tasks.masked_scar:MaskedScarTask",
    "la_cavity": "scarseg_training.tasks.la_cavity:LACavityTask",
    "la_two_steps": "scarseg_training.tasks.la_two_steps:LATwoStepsTask",
    "la_scar": "scarseg_training.tasks.la_scar:LAScarTask",
    "box_sam": "scarseg_training.tasks.box_sam:BoxSamTask",
    "scar_detector": "scarseg_training.tasks.scar_detector:ScarDetectorTask",
    "yolo_sam": "scarseg_training.tasks.yolo_sam:YoloSamTask",
    "scarsegnet": "scarseg_training.tasks.scarsegnet:ScarSegNetTask",
}
"""Module and class of each task."""


def build(name: str, **config: Any) -> Task:
    """Make a task by name; ``config`` are the fields of its dataclass.

    Raises:
        ScarSegError: The name or a field is unknown.
    """
    if name not in TASKS:
        raise ScarSegError(f"unknown task '{name}': expected one of {', '.join(TASKS)}")
    module, class_name = TASKS[name].split(":")
    try:
        return getattr(import_module(module), class_name)(**config)
    except TypeError as error:
        raise ScarSegError(f"the task '{name}' does not take this configuration: {error}") from error
