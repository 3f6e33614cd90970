"""What a task learns from, in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ScarSegLogic.errors import ScarSegError


@dataclass(frozen=True, eq=False)
class Samples:
    """One row a slice (2D) or a volume (3D).

    Attributes:
        tensors: What the task made of the cases, each (N, ...).
        cases, patients: Whose row it is.
        slices: Index K of the slice in its case; 0 where a row is a volume.
        tiers: 0 easy, 1 medium, 2 hard; None where nobody graded the row.
    """

    tensors: Mapping[str, Tensor]
    cases: tuple[str, ...]
    patients: tuple[str, ...]
    slices: tuple[int, ...]
    tiers: tuple[int | None, ...]

    def __post_init__(self) -> None:
        """Raises ScarSegError where the parts differ in length."""
        lengths = {name: len(tensor) for name, tensor in self.tensors.items()}
        lengths |= {"patients": len(self.patients), "slices": len(self.slices), "tiers": len(self.tiers)}
        wrong = [f"{length} {name}" for name, length in lengths.items() if length != len(self.cases)]
        if wrong:
            raise ScarSegError(f"a task made {len(self.cases)} samples, but {', '.join(wrong)}: expected one a row")

    def __len__(self) -> int:
        return len(self.cases)

    def __getitem__(self, name: str) -> Tensor:
        """A tensor by name."""
        return self.tensors[name]

    def rows(self, rows: Sequence[int]) -> Samples:
        """Some rows, in their order; a row may be repeated."""
        indices = torch.as_tensor(rows, dtype=torch.long)
        return Samples(
            {name: tensor[indices.to(tensor.device)] for name, tensor in self.tensors.items()},
            *(
                tuple(values[row] for row in indices.tolist())
                for values in (self.cases, self.patients, self.slices, self.tiers)
            ),
        )

    def of_cases(self, names: Iterable[str]) -> Samples:
        """The rows of some cases."""
        wanted = set(names)
        return self.rows([row for row, case in enumerate(self.cases) if case in wanted])

    def to(self, device: torch.device | str) -> Samples:
        """The same rows with their tensors on a device."""
        tensors = {name: tensor.to(device) for name, tensor in self.tensors.items()}
        return Samples(tensors, self.cases, self.patients, self.slices, self.tiers)


def joined(parts: Sequence[Samples]) -> Samples:
    """Several samples of one task, one after the other.

    Raises:
        ScarSegError: There are none.
    """
    if not parts:
        raise ScarSegError("no case of the data gave a sample: check the data with `scarseg-train check`")
    tensors = {name: torch.cat([part.tensors[name] for part in parts]) for name in parts[0].tensors}
    columns = ((part.cases, part.patients, part.slices, part.tiers) for part in parts)
    return Samples(tensors, *(sum(column, ()) for column in zip(*columns, strict=True)))
