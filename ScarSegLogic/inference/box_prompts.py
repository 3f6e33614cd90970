"""Segment Anything at work: boxes about scar in, probabilities out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from ScarSegLogic.networks.sam.prompts import SamPrompts

MASK_STEP = 4
"""Pixels of the input to a cell of a mask prompt (Kirillov 2023)."""


@dataclass(frozen=True)
class SamInput:
    """How square slices and boxes reach the network.

    Attributes:
        image_size: Side of the network's input in pixels.
        pixel_values: ``unit`` or ``imagenet``, as its weights want it; see ``networks.sam.pixel_values``.
        draw_boxes: Whether each box is also given as a mask prompt, filled (ours): a narrow network without published
            weights does not learn within minutes what two corners among Fourier features mean.
    """

    image_size: int
    pixel_values: str = "unit"
    draw_boxes: bool = False

    def images(self, slices: Tensor) -> Tensor:
        """(N, 1, S, S) in [0, 1] to (N, 3, image_size, image_size)."""
        from torch.nn import functional

        from ScarSegLogic.networks.sam.pixel_values import pixel_values

        if slices.shape[-1] != self.image_size:
            slices = functional.interpolate(slices, (self.image_size,) * 2, mode="bilinear", align_corners=False)
        return pixel_values(slices, self.pixel_values)

    def prompts(self, boxes: Tensor, side: int) -> SamPrompts:
        """Boxes (P, 4) by the outer edges of their pixels, in slices of ``side`` pixels, as the network counts them."""
        from ScarSegLogic.networks.sam.prompts import SamPrompts

        edges = boxes * (self.image_size / side)
        first, last = edges.split(2, dim=1)
        masks = _filled(edges, self.image_size) if self.draw_boxes else None
        # The network knows a box by the indices of its first and last pixel.
        return SamPrompts(boxes=_ordered(first, last - 1), masks=masks)


def probabilities_in_boxes(
    network: nn.Module,
    slices: NDArray[np.float32],
    boxes: Sequence[NDArray[np.float32]],
    sam_input: SamInput,
    *,
    device: torch.device,
) -> NDArray[np.float32]:
    """Segment every box; where the answers of several overlap, the highest probability counts.

    Args:
        network: A ``Sam`` on the device, in evaluation mode.
        slices: (K, S, S) in [0, 1].
        boxes: For each slice (M, 4): x1, y1, x2, y2 in its pixels, at their outer edges; any number, or none.
        sam_input: What the network expects.
        device: Of the network.

    Returns:
        (K, S, S) float32; zero in slices without a box.
    """
    import torch

    from ScarSegLogic.networks.sam.sam import enlarge_logits

    size = slices.shape[-1]
    probabilities = np.zeros(slices.shape, np.float32)
    with torch.inference_mode():
        for index, (plane, given) in enumerate(zip(slices, boxes, strict=True)):
            if len(given):
                images = sam_input.images(torch.from_numpy(plane)[None, None].to(device))
                prompts = sam_input.prompts(torch.from_numpy(np.asarray(given, np.float32)).to(device), size)
                logits = enlarge_logits(network.decode(network.encode(images), prompts).low_res_logits, size)
                probabilities[index] = logits[:, 0].float().sigmoid().amax(0).cpu().numpy()
    return probabilities


def _filled(edges: Tensor, side: int) -> Tensor:
    """Boxes (P, 4) as mask logits (P, 1, side / 4, side / 4): 1 inside, -1 outside, by the share a cell is covered."""
    import torch

    cells = torch.arange(0, side, MASK_STEP, device=edges.device)
    first, last = edges[:, None, :2], edges[:, None, 2:]
    lower, upper = cells[None, :, None], cells[None, :, None] + MASK_STEP
    x, y = ((torch.minimum(last, upper) - torch.maximum(first, lower)).clamp(min=0) / MASK_STEP).unbind(2)
    return 2 * (y[:, None, :, None] * x[:, None, None, :]) - 1


def _ordered(first: Tensor, last: Tensor) -> Tensor:
    """Corners as (P, 4); a box narrower than a pixel becomes that of its middle."""
    import torch

    middle = (first + last) / 2
    return torch.cat([torch.minimum(first, middle), torch.maximum(last, middle)], dim=1)
