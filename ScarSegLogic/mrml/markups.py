"""Points that the user sees and drags, in world RAS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import slicer


def point_of(node: Any) -> tuple[float, float, float] | None:
    """World RAS in mm of the first placed control point, through all parent transforms, non-linear ones too.

    None without a node and while no point is placed: a point that still follows the mouse does not count.
    """
    points = points_of(node)
    return points[0] if points else None


def points_of(node: Any) -> tuple[tuple[float, float, float], ...]:
    """World RAS in mm of every placed control point of a ``vtkMRMLMarkupsNode``, in its order."""
    if node is None:
        return ()
    points = []
    for number in range(node.GetNumberOfControlPoints()):
        if node.GetNthControlPointPositionStatus(number) != slicer.vtkMRMLMarkupsNode.PositionDefined:
            continue
        position = [0.0, 0.0, 0.0]
        node.GetNthControlPointPositionWorld(number, position)
        points.append(tuple(position))
    return tuple(points)


def set_point(node: Any, ras: Sequence[float], label: str) -> None:
    """Put the node's only control point to a place in world RAS mm; further points are removed.

    An existing point is moved, not replaced, so that its selection and a drag in progress survive; where nothing
    changes no event is sent.
    """
    # Copying a point into a node under a transform and back costs a few ulp: moving it for them would ring for ever.
    placed = point_of(node)
    same_place = placed is not None and max(abs(a - b) for a, b in zip(placed, ras, strict=True)) < 1e-9
    if same_place and node.GetNumberOfControlPoints() == 1 and node.GetNthControlPointLabel(0) == label:
        return
    was_modifying = node.StartModify()
    try:
        for number in range(node.GetNumberOfControlPoints() - 1, 0, -1):
            node.RemoveNthControlPoint(number)
        if node.GetNumberOfControlPoints() == 0:
            node.AddControlPointWorld([float(value) for value in ras], label)
        else:
            node.SetNthControlPointPositionWorld(0, *(float(value) for value in ras))
            node.SetNthControlPointLabel(0, label)
    finally:
        node.EndModify(was_modifying)
