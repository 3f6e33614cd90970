"""Matrices between a node, its parent transforms and the world."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from ScarSegLogic.errors import ScarSegError


class NonLinearTransformError(ScarSegError):
    """The node lies under a transform that no matrix describes; Slicer can harden it."""


def array_from_matrix(matrix: vtkMatrix4x4) -> NDArray[np.float64]:
    """(4, 4) float64 copy."""
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])


def matrix_from_array(array: NDArray[np.float64]) -> vtkMatrix4x4:
    """A new VTK matrix from a (4, 4) array."""
    matrix = vtkMatrix4x4()
    matrix.DeepCopy([float(value) for value in np.asarray(array).ravel()])
    return matrix


def node_to_world(node: Any) -> NDArray[np.float64]:
    """(4, 4): from the coordinates of a transformable node to world RAS, through the whole chain of its parents.

    Raises:
        NonLinearTransformError: Some parent transform is not linear.
    """
    parent = node.GetParentTransformNode()
    if parent is None:
        return np.eye(4)
    if not parent.IsTransformToWorldLinear():
        raise NonLinearTransformError(
            f"'{node.GetName()}' lies under the non-linear transform '{parent.GetName()}': harden the transform "
            "(Transforms module, or right-click in the Data module) and start again"
        )
    matrix = vtkMatrix4x4()
    parent.GetMatrixTransformToWorld(matrix)
    return array_from_matrix(matrix)
