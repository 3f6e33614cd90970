"""Scar of another heart, pasted into this heart's myocardium."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from scarseg_training.augmentation.draws import Draws
from scarseg_training.augmentation.points import centred_points, resample
from scarseg_training.augmentation.rotation import Rotation, RotationParameters


@dataclass(frozen=True, eq=False)
class Hearts:
    """Crops about the left ventricle, which lies in their middle.

    Attributes:
        image: (n, C, J, I) float.
        myocardium: (n, 1, J, I) bool, with its scar.
        scar: (n, 1, J, I) bool.
    """

    image: Tensor
    myocardium: Tensor
    scar: Tensor


@dataclass(frozen=True, eq=False)
class ScarPasteParameters:
    """Of the chosen samples only.

    Attributes:
        rows: (m,) positions of the samples that receive scar.
        donors: (m,) position of the heart each takes it from.
        radians: (m,) how far the donor is turned about its middle.
    """

    rows: Tensor
    donors: Tensor
    radians: Tensor


@dataclass(frozen=True)
class ScarPaste:
    """Takes the scar of a donor, turned by any angle, where it falls on the receiver's myocardium (ours).

    Intensities are carried over so that healthy myocardium agrees in mean, and the image in SD. The edge is the
    donor's own: interpolated scar is mixed in by its share of the pixel. Nothing outside the receiver's myocardium
    changes.

    Attributes:
        probability: Of pasting.
    """

    probability: float = 0.3

    def sample(self, draws: Draws, donors: int) -> ScarPasteParameters:
        """Draw receivers, their donors and turns.

        Args:
            draws: The chance of each of the n samples.
            donors: How many hearts there are to take scar from.
        """
        chosen = draws.chance(self.probability) if donors else torch.zeros(len(draws), dtype=torch.bool)
        part = draws.of(chosen)
        turned = Rotation(180.0).sample(part, ()).radians
        return ScarPasteParameters(chosen.nonzero()[:, 0], part.integers(0, max(donors, 1)), turned)

    @staticmethod
    def apply(hearts: Hearts, donors: Hearts, parameters: ScarPasteParameters) -> Hearts:
        """Hearts with pasted scar; a donor without scar, or one that misses the myocardium, changes nothing."""
        if not len(parameters.rows):
            return hearts
        device = hearts.image.device
        rows, taken = parameters.rows.to(device), parameters.donors.to(donors.image.device)
        image, myocardium = hearts.image[rows], hearts.myocardium[rows]
        given = [each[taken].to(device) for each in (donors.image, donors.myocardium, donors.scar)]

        points = centred_points(len(rows), image.shape[2:], device)
        points = Rotation.apply(points, RotationParameters(parameters.radians))
        share = resample(given[2].to(image.dtype), points) * myocardium
        there, here = _statistics(*given), _statistics(image, myocardium, hearts.scar[rows])
        texture = (resample(given[0], points) - there[0]) * (here[1] / there[1]) + here[0]
        mixed = torch.where(share > 0, image + share * (texture - image), image)
        return Hearts(
            hearts.image.index_copy(0, rows, mixed),
            hearts.myocardium,
            hearts.scar.index_copy(0, rows, hearts.scar[rows] | (share > 0.5)),
        )


def _statistics(image: Tensor, myocardium: Tensor, scar: Tensor) -> tuple[Tensor, Tensor]:
    """Mean of the healthy myocardium (of all of it, where none is healthy) and SD of the image: (n, C, 1, 1) each."""
    healthy = myocardium & ~scar
    none = ~healthy.flatten(1).any(1)
    region = torch.where(none.view(-1, 1, 1, 1), myocardium, healthy).to(image.dtype)
    mean = (image * region).sum((2, 3), keepdim=True) / region.sum((2, 3), keepdim=True).clamp(min=1)
    return mean, image.std((2, 3), correction=0, keepdim=True).clamp(min=1e-6)
