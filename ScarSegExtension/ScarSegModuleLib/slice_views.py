"""What the slice views show."""

from __future__ import annotations

import slicer

from ScarSegLogic.mrml.volumes import geometry_of_volume
from ScarSegLogic.volume import slices_first_axes


def show_volume(volume: slicer.vtkMRMLScalarVolumeNode) -> None:
    """Show a volume along its own slices, which are oblique in the heart."""
    slicer.util.setSliceViewerLayers(background=volume, fit=True, rotateToVolumePlane=True)


def jump_to_slice(volume: slicer.vtkMRMLScalarVolumeNode, index: int) -> None:
    """Bring a slice of a volume's stack into the views."""
    geometry = geometry_of_volume(volume)
    axes = slices_first_axes(geometry)
    stack = geometry.permuted(axes)
    _k, rows, columns = stack.shape_kji
    point = stack.index_to_ras((index, (rows - 1) / 2, (columns - 1) / 2))
    slicer.vtkMRMLSliceNode.JumpAllSlices(volume.GetScene(), *point, slicer.vtkMRMLSliceNode.OffsetJumpSlice)
