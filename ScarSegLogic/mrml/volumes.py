"""From a volume node to an image with its grid in world RAS.

Slicer reverses the slices of a left-handed volume whenever it reads one from a file, also one that it just saved. Slice
numbers that are kept with a scene would then name other slices. So a left-handed node is read with its slices reversed
from the beginning: a slice has the same number before and after.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.mrml.transforms import array_from_matrix, node_to_world
from ScarSegLogic.volume import Volume


def volume_from_node(node: Any) -> Volume:
    """The image of a scalar volume node.

    Args:
        node: A ``vtkMRMLScalarVolumeNode``.

    Returns:
        A private (K, J, I) float32 copy of the voxels; the grid is the node's IJK-to-RAS under its parent transforms.
        Slices are in the order in which Slicer reads them from a file.

    Raises:
        ScarSegError: No node, no voxels, a colour volume, a label map, or a grid that is flat or not finite.
        NonLinearTransformError: The volume lies under a non-linear transform.
    """
    geometry = geometry_of_volume(node)
    scalars = node.GetImageData().GetPointData().GetScalars()
    array = vtk_to_numpy(scalars).reshape(geometry.shape_kji)
    slices = array[::-1] if _is_left_handed(_stored_to_node(node)) else array
    return Volume(np.array(slices, np.float32, order="C"), geometry, name=node.GetName() or "image")


def geometry_of_volume(node: Any) -> Geometry:
    """The grid of a scalar volume node in world RAS. Raises what ``volume_from_node`` raises."""
    _require_scalar_image(node)
    matrix = node_to_world(node) @ ijk_to_node(node)
    try:
        return Geometry(_shape_kji(node), matrix)
    except ValueError as error:
        raise ScarSegError(
            f"the voxels of '{node.GetName()}' have no volume, {error}: correct its spacing (Volumes module) or its "
            "transform"
        ) from error


def ijk_to_node(node: Any) -> NDArray[np.float64]:
    """(4, 4): from the indices of ``volume_from_node``'s array to the node's own RAS, before its parent transform."""
    return right_handed(_stored_to_node(node), slice_count=_shape_kji(node)[0])


def right_handed(ijk_to_node: NDArray[np.float64], *, slice_count: int) -> NDArray[np.float64]:
    """The (4, 4) matrix of a grid as Slicer reads it from a file: with the slices reversed where it is left-handed."""
    matrix = np.array(ijk_to_node)
    if _is_left_handed(matrix):
        matrix[:3, 3] += matrix[:3, 2] * (slice_count - 1)
        matrix[:3, 2] *= -1
    return matrix


def _stored_to_node(node: Any) -> NDArray[np.float64]:
    """From the indices of the stored voxels; the extent's first is nearly always, but not by contract, (0, 0, 0)."""
    matrix = vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    start = np.eye(4)
    start[:3, 3] = node.GetImageData().GetExtent()[::2]
    return array_from_matrix(matrix) @ start


def _is_left_handed(matrix: NDArray[np.float64]) -> bool:
    return bool(np.linalg.det(matrix[:3, :3]) < 0)


def _shape_kji(node: Any) -> tuple[int, int, int]:
    i, j, k = node.GetImageData().GetDimensions()
    return k, j, i


def _require_scalar_image(node: Any) -> None:
    if node is None:
        raise ScarSegError("no volume is chosen: choose the LGE image")
    name = node.GetName()
    if not node.IsA("vtkMRMLScalarVolumeNode"):
        raise ScarSegError(f"'{name}' is a {node.GetNodeTagName()}, not an image volume: choose the LGE image")
    if node.IsA("vtkMRMLLabelMapVolumeNode"):
        raise ScarSegError(f"'{name}' is a label map, not an image: choose the LGE image")
    image = node.GetImageData()
    if image is None or image.GetNumberOfPoints() == 0 or image.GetPointData().GetScalars() is None:
        raise ScarSegError(f"the volume '{name}' holds no voxels: load the LGE image again")
    components = image.GetNumberOfScalarComponents()
    if components != 1:
        raise ScarSegError(
            f"the volume '{name}' has {components} values per voxel, so it is a colour or vector image: "
            "choose the LGE image, which has one"
        )
