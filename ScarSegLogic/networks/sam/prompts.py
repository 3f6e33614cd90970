"""What a person or a detector says about an object: points, a box, an earlier mask."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ScarSegLogic.errors import ScarSegError

BACKGROUND_POINT, FOREGROUND_POINT, NO_POINT = 0, 1, -1


@dataclass(frozen=True, eq=False)
class SamPrompts:
    """Prompts of P objects, at least one kind of them; all in pixel indices of the network's square input.

    A pixel's index is its centre: the box of the single pixel (x, y) is (x, y, x, y).

    Attributes:
        boxes: (P, 4) float, x and y of the first and of the last pixel.
        points: (P, n, 2) float, x then y.
        point_labels: (P, n) int, ``FOREGROUND_POINT``, ``BACKGROUND_POINT`` or, to fill up rows, ``NO_POINT``.
        masks: (P, 1, 4 g, 4 g) float logits, g the side of the embedding: ``low_res_logits`` of an earlier answer.

    Raises:
        ScarSegError: Nothing is given, points come without labels or a shape differs.
    """

    boxes: Tensor | None = None
    points: Tensor | None = None
    point_labels: Tensor | None = None
    masks: Tensor | None = None

    def __post_init__(self) -> None:
        given = [tensor for tensor in (self.boxes, self.points, self.masks) if tensor is not None]
        if not given:
            raise ScarSegError("no prompt was given: give a box, a point or an earlier mask")
        if (self.points is None) != (self.point_labels is None):
            raise ScarSegError("points and point_labels go together: one of them is missing")
        _require(self.boxes is None or self.boxes.shape[1:] == (4,), "boxes", self.boxes, "(objects, 4)")
        _require(
            self.points is None or (self.points.dim() == 3 and self.points.shape[2] == 2),
            "points",
            self.points,
            "(objects, points, 2)",
        )
        _require(
            self.points is None or self.point_labels.shape == self.points.shape[:2],
            "point_labels",
            self.point_labels,
            "(objects, points) as the points have",
        )
        _require(self.masks is None or self.masks.dim() == 4, "masks", self.masks, "(objects, 1, height, width)")
        if len({len(tensor) for tensor in given}) > 1:
            raise ScarSegError(f"prompts of {sorted({len(t) for t in given})} objects: every kind must have the same")

    def __len__(self) -> int:
        return next(len(tensor) for tensor in (self.boxes, self.points, self.masks) if tensor is not None)


def _require(is_right: bool, name: str, tensor: Tensor | None, expected: str) -> None:
    if not is_right:
        raise ScarSegError(f"{name} of shape {tuple(tensor.shape)}: expected {expected}")
