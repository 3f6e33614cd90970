"""The samples of a stage, made once for all stages whose tasks make the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch

from scarseg_training.datasets.case import Case
from scarseg_training.run_cases import RunCases, has_masks
from scarseg_training.samples import Samples
from scarseg_training.tasks import Task

RESIDENT_SHARE = 0.5
"""Share of a graphics card's free memory that samples may take; beyond it, they come batch by batch (ours)."""

SHOWN = 5
"""Names of cases in one sentence (ours)."""


@dataclass(frozen=True, eq=False)
class StageSamples:
    """What a stage learns from and is judged on.

    Attributes:
        task: Of the stage; made the samples, or makes the same.
        training, validation: On the CPU.
        real_cases: The training cases that are the data's, not phantoms mixed in.
        left_out: Cases that have the masks the task needs and gave no sample, such as those of an empty myocardium.
    """

    task: Task
    training: Samples
    validation: Samples
    real_cases: frozenset[str]
    left_out: tuple[str, ...] = ()

    def on(self, device: torch.device) -> tuple[Samples, Samples]:
        """Training and validation samples, the former on the device where there is room for them."""
        if device.type == "cuda":
            free, _ = torch.cuda.mem_get_info(device)
            needed = sum(tensor.nbytes for tensor in self.training.tensors.values())
            if needed <= RESIDENT_SHARE * free:
                return self.training.to(device), self.validation
        return self.training, self.validation


def samples_of_stage(task: Task, cases: RunCases, *, before: StageSamples | None = None) -> StageSamples:
    """Read the cases that have what the task needs, and let it make samples of them.

    Args:
        task: Of the stage.
        cases: Of the run.
        before: The samples of the stage before, used again where its task makes the same.

    Raises:
        ScarSegError: A case cannot be read or gives no sample; the case is named.
    """
    if before is not None and before.task == task:
        return replace(before, task=task)
    given: list[str] = []
    training, validation = (
        task.samples(_noting(given, (case for case in part if has_masks(case, task.needs))))
        for part in (cases.learnt_from(), cases.validation)
    )
    sampled = {*training.cases, *validation.cases}
    left_out = tuple(name for name in given if name not in sampled)
    return StageSamples(task, training, validation, frozenset(cases.training.names), left_out)


def _noting(names: list[str], cases: Iterable[Case]) -> Iterator[Case]:
    """The cases one by one, as they came; their names are kept."""
    for case in cases:
        names.append(case.case)
        yield case


def left_out_sentence(names: Sequence[str]) -> str:
    """What is said of cases that gave no sample."""
    shown = ", ".join(names[:SHOWN]) + (" ..." if len(names) > SHOWN else "")
    return f"{len(names)} case{'s' if len(names) > 1 else ''} gave no sample: {shown}"
