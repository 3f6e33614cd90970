"""What a segmentation node holds and where: the states that are worked with, and those that are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
from numpy.typing import NDArray
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.mrml.transforms import array_from_matrix, node_to_world
from ScarSegLogic.mrml.volumes import ijk_to_node, right_handed


class ConvertibleSourceError(ScarSegError):
    """The segments are surfaces or contours; ``segmentations.convert_to_binary_labelmap`` can be offered."""


class OtherVolumeError(ScarSegError):
    """The segmentation holds segments that were drawn on another volume."""


def volume_to_segmentation(volume_node: Any, segmentation_node: Any) -> NDArray[np.float64]:
    """(4, 4): from the volume's voxel indices to the segmentation's own coordinates, through the world.

    Raises:
        NonLinearTransformError: One of them lies under a non-linear transform.
    """
    if volume_node.GetParentTransformNode() is segmentation_node.GetParentTransformNode():
        # Going out to the world and back would only cost digits; the transform is still checked.
        node_to_world(volume_node)
        return ijk_to_node(volume_node)
    return np.linalg.inv(node_to_world(segmentation_node)) @ node_to_world(volume_node) @ ijk_to_node(volume_node)


def holds_voxels(segmentation_node: Any) -> bool:
    """Whether any segment has content in the source representation, of whatever kind."""
    segmentation = segmentation_node.GetSegmentation()
    name = segmentation.GetSourceRepresentationName()
    for segment_id in segmentation.GetSegmentIDs():
        source = segmentation.GetSegment(segment_id).GetRepresentation(name)
        if source is None or source.GetNumberOfPoints() == 0:
            continue
        scalars = source.GetPointData().GetScalars() if source.IsA("vtkImageData") else None
        if scalars is None or scalars.GetRange()[1] > 0:
            return True
    return False


def require_binary_labelmap(segmentation_node: Any) -> None:
    """Raises ConvertibleSourceError for surfaces and contours, ScarSegError for fractional labelmaps."""
    names = slicer.vtkSegmentationConverter
    source = segmentation_node.GetSegmentation().GetSourceRepresentationName()
    if source == names.GetBinaryLabelmapRepresentationName():
        return
    title = segmentation_node.GetName()
    if source == names.GetFractionalLabelmapRepresentationName():
        raise ScarSegError(
            f"the segmentation '{title}' holds fractional labelmaps, whose voxels are partly inside: "
            "make a binary one (Segmentations module, Representations) or choose another"
        )
    raise ConvertibleSourceError(
        f"the segmentation '{title}' consists of {source.lower()}s, not of voxels: convert it or choose another"
    )


def reference_volume(segmentation_node: Any) -> Any | None:
    """The volume that the segmentation refers to, or None where it never had one or it was removed."""
    return segmentation_node.GetNodeReference(slicer.vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole())


def reference_geometry(segmentation_node: Any) -> Geometry | None:
    """The grid that the segmentation was drawn on, in world RAS, numbered as a volume's; None where it knows none."""
    converter = slicer.vtkSegmentationConverter
    text = segmentation_node.GetSegmentation().GetConversionParameter(
        converter.GetReferenceImageGeometryParameterName()
    )
    image = slicer.vtkOrientedImageData()
    if not text or not converter.DeserializeImageGeometry(text, image, False):
        return None
    matrix = vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    start = np.eye(4)
    start[:3, 3] = image.GetExtent()[::2]
    i, j, k = image.GetDimensions()
    if min(i, j, k) < 1:
        return None
    own = right_handed(array_from_matrix(matrix) @ start, slice_count=k)
    return Geometry((k, j, i), node_to_world(segmentation_node) @ own)
