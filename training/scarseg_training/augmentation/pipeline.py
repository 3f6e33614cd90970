"""Several transforms as one: places first, in a single interpolation, then intensities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from scarseg_training.augmentation.draws import Draws
from scarseg_training.augmentation.points import SpatialTransform, centred_points, resample


class IntensityTransform(Protocol):
    """A random change of intensity."""

    def sample(self, draws: Draws, shape: Sequence[int]) -> Any:
        """Draw the parameters of each sample, for images of (C, *spatial)."""
        ...

    def apply(self, images: Tensor, parameters: Any) -> Tensor:
        """Change images (n, C, *spatial); the deterministic twin. The input stays as it is."""
        ...


@dataclass(frozen=True, eq=False)
class AugmentationParameters:
    """One entry a transform, and the size of the output.

    Attributes:
        count: n samples.
        shape: (J, I) or (K, J, I) of the output.
        spatial, intensity: The parameters of each transform.
    """

    count: int
    shape: tuple[int, ...]
    spatial: tuple[Any, ...]
    intensity: tuple[Any, ...]


@dataclass(frozen=True)
class Augmentation:
    """Spatial transforms move every tensor of a sample alike; intensity transforms change its image alone.

    Attributes:
        spatial: The first one sees the upright output.
        intensity: In their order.
        image: Name of the tensor that is the image.
    """

    spatial: tuple[SpatialTransform, ...] = ()
    intensity: tuple[IntensityTransform, ...] = ()
    image: str = "image"

    def sample(self, draws: Draws, shape: Sequence[int]) -> AugmentationParameters:
        """Draw the parameters of each sample for an output of (C, *spatial), C the image's channels."""
        spatial = tuple(each.sample(draws, shape[1:]) for each in self.spatial)
        intensity = tuple(each.sample(draws, shape) for each in self.intensity)
        return AugmentationParameters(len(draws), tuple(shape[1:]), spatial, intensity)

    def apply(self, tensors: Mapping[str, Tensor], parameters: AugmentationParameters) -> dict[str, Tensor]:
        """The deterministic twin.

        Args:
            tensors: (n, C, *spatial) each, of one spatial size; bool masks stay bool, soft ones stay soft.
            parameters: From ``sample``; an output smaller than the input is its middle, seen through the transforms.
        """
        tensors = dict(tensors)
        if self.spatial or tensors[self.image].shape[2:] != parameters.shape:
            points = centred_points(parameters.count, parameters.shape, tensors[self.image].device)
            for transform, drawn in zip(self.spatial, parameters.spatial, strict=True):
                points = transform.apply(points, drawn)
            tensors = _resample_together(tensors, points)
        for transform, drawn in zip(self.intensity, parameters.intensity, strict=True):
            tensors[self.image] = transform.apply(tensors[self.image], drawn)
        return tensors

    def __call__(self, tensors: Mapping[str, Tensor], draws: Draws) -> dict[str, Tensor]:
        """Sample and apply, at the size of the input."""
        return self.apply(tensors, self.sample(draws, tensors[self.image].shape[1:]))


def _resample_together(tensors: Mapping[str, Tensor], points: Tensor) -> dict[str, Tensor]:
    """One interpolation for all tensors: their channels side by side, then apart again."""
    together = resample(torch.cat([each.float() for each in tensors.values()], dim=1), points)
    parts = together.split([each.shape[1] for each in tensors.values()], dim=1)
    return {
        name: part > 0.5 if tensor.dtype == torch.bool else part
        for (name, tensor), part in zip(tensors.items(), parts, strict=True)
    }
