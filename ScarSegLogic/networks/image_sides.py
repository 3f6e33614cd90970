"""The sizes of images that a network can take."""

from __future__ import annotations

from torch import Tensor

from ScarSegLogic.errors import ScarSegError


def require_multiples(images: Tensor, multiple: int, network: str) -> None:
    """Refuse images (N, C, *sides) of which a side is no multiple of the network's stride.

    Args:
        images: What the network was given.
        multiple: Its stride in pixels.
        network: Its name, as a sentence begins with it.

    Raises:
        ScarSegError: A side is no multiple.
    """
    sides = tuple(images.shape[2:])
    if any(side % multiple for side in sides):
        raise ScarSegError(
            f"{network} takes images whose sides are multiples of {multiple}, got {sides}: pad or crop them"
        )
