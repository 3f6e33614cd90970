"""What segments hold, in a form that tests compare."""

from __future__ import annotations

import numpy as np
import slicer

from ScarSegLogic.mrml.segmentations import mask_from_segment


def every_mask(segmentation, volume) -> dict[str, np.ndarray]:
    ids = segmentation.GetSegmentation().GetSegmentIDs()
    return {each: mask_from_segment(segmentation, each, volume) for each in ids}


def stored_bytes(segmentation) -> dict[str, tuple]:
    """Extent and voxels of each segment as Slicer keeps them, without the layers' numbering."""
    stored = {}
    for segment_id in segmentation.GetSegmentation().GetSegmentIDs():
        image = slicer.vtkOrientedImageData()
        segmentation.GetBinaryLabelmapRepresentation(segment_id, image)
        scalars = image.GetPointData().GetScalars()
        voxels = bytes(memoryview(scalars)) if scalars is not None and scalars.GetNumberOfTuples() else b""
        stored[segment_id] = (image.GetExtent(), image.GetOrigin(), voxels)
    return stored
