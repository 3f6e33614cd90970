"""The study's segments as arrays, and a mark for each slice by which a change is noticed."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from slicer.i18n import tr as _

from ScarSegLogic import labels, terminology
from ScarSegLogic.mrml.segmentations import (
    ensure_segments,
    find_segments,
    mask_from_segment,
    prepare_segmentation,
)
from ScarSegLogic.mrml.transforms import node_to_world
from ScarSegLogic.mrml.volumes import geometry_of_volume
from ScarSegLogic.volume import LabelMap, slices_first_axes
from ScarSegLVLib.study import Study
from ScarSegModuleLib.segment_versions import segment_versions as module_segment_versions
from ScarSegModuleLib.stored_study import SEGMENTATION

HEART_KINDS = (terminology.CAVITY, terminology.MYOCARDIUM)
SCAR_KINDS = (terminology.SCAR, terminology.MVO)
_LABELS = {
    terminology.CAVITY: labels.CAVITY,
    terminology.MYOCARDIUM: labels.MYOCARDIUM,
    terminology.SCAR: labels.SCAR,
    terminology.MVO: labels.MVO,
}
_BITS = {kind: 1 << place for place, kind in enumerate(terminology.SEGMENT_KINDS)}
_HEART_BITS = sum(_BITS[kind] for kind in HEART_KINDS)


def segment_ids(study: Study) -> dict[str, str]:
    """Kind to segment id of those segments that exist; the user's own myocardium goes before the module's."""
    segmentation = study.segmentation
    if segmentation is None:
        return {}
    found = find_segments(segmentation, terminology.SEGMENT_KINDS)
    own = study.state.myocardium_segment_id
    if own and segmentation.GetSegmentation().GetSegment(own):
        found = {kind: segment_id for kind, segment_id in found.items() if segment_id != own}
        found[terminology.MYOCARDIUM] = own
    return found


def make_segments(study: Study, kinds: Iterable[str]) -> dict[str, str]:
    """Kind to segment id; the segmentation and segments that are missing are made, empty.

    Raises:
        ScarSegError: The segmentation cannot be written; see ``prepare_segmentation``.
    """
    name = _("{volume} LV").format(volume=study.volume.GetName())
    segmentation = study.get_or_add(SEGMENTATION, "vtkMRMLSegmentationNode", name)
    prepare_segmentation(segmentation, study.volume, study.scene)
    found = segment_ids(study)
    made = ensure_segments(segmentation, [kind for kind in kinds if kind not in found])
    for kind in HEART_KINDS:
        # A filled wall would hide the very enhancement that the reader looks for.
        if kind in made:
            segmentation.GetDisplayNode().SetSegmentOpacity2DFill(made[kind], 0.0)
    return {**made, **segment_ids(study)}


@dataclass(frozen=True, eq=False)
class SegmentArrays:
    """The study's segments at one moment.

    Attributes:
        bits: (K, J, I) uint8 on the volume's grid with its slices first; one bit for each kind, since scar lies
            inside the myocardium.
        axes: The transposition that brought the slices first.
        version: Of what was read, see ``version_of``.
    """

    bits: NDArray[np.uint8]
    axes: tuple[int, int, int]
    version: tuple = ()

    def mask(self, kind: str) -> NDArray[np.bool_]:
        """A kind on the volume's own grid."""
        return (self.bits & _BITS[kind] > 0).transpose(np.argsort(self.axes))

    def has(self, *kinds: str) -> bool:
        """Whether any voxel is of one of the kinds."""
        return bool((self.bits & sum(_BITS[kind] for kind in kinds)).any())

    def heart_marks(self) -> tuple[int, ...]:
        """A checksum of cavity and myocardium for each slice; 0 where there is neither."""
        return _marks(self.bits & _HEART_BITS)

    def scar_marks(self) -> tuple[int, ...]:
        """A checksum of scar and MVO for each slice; 0 where there is neither."""
        return _marks(self.bits & ~np.uint8(_HEART_BITS))

    def changed_voxels(self, earlier: SegmentArrays | None) -> tuple[int, ...] | None:
        """Voxels of each slice that differ from an earlier moment; None where the two cannot be compared."""
        if earlier is None or earlier.bits.shape != self.bits.shape:
            return None
        return tuple(int(count) for count in (self.bits != earlier.bits).sum(axis=(1, 2)))

    def segmented_voxels(self) -> tuple[int, ...]:
        """Voxels of each slice that belong to any segment."""
        return tuple(int(count) for count in (self.bits > 0).sum(axis=(1, 2)))


def read_segments(study: Study) -> SegmentArrays | None:
    """Read what there is of the four segments; None without volume or segmentation.

    Raises:
        ScarSegError: The volume or a segment cannot be read; see ``ScarSegLogic.mrml``.
    """
    volume, segmentation = study.volume, study.segmentation
    if volume is None or segmentation is None or volume.GetImageData() is None:
        return None
    geometry = geometry_of_volume(volume)
    axes = slices_first_axes(geometry)
    bits = np.zeros(geometry.shape_kji, dtype=np.uint8)
    for kind, segment_id in segment_ids(study).items():
        bits[mask_from_segment(segmentation, segment_id, volume)] |= _BITS[kind]
    return SegmentArrays(np.ascontiguousarray(bits.transpose(axes)), axes, version_of(study))


def version_of(study: Study) -> tuple:
    """Changes with the content of the segments, with their places and with the volume's grid."""
    contents = tuple((segment_id, version) for segment_id, (_name, version) in segment_versions(study).items())
    matrices = geometry_of_volume(study.volume).ijk_to_ras, node_to_world(study.segmentation)
    return (*contents, *(matrix.tobytes() for matrix in matrices))


def segment_versions(study: Study) -> dict[str, tuple[str, int | None]]:
    """Segment id to the segment's name and the version of its voxels, None where it has none."""
    return module_segment_versions(study.segmentation, segment_ids(study).values())


def label_map(study: Study, arrays: SegmentArrays, kinds: tuple[str, ...] = terminology.SEGMENT_KINDS) -> LabelMap:
    """The segments as ScarSeg's own labels on the volume's grid: MVO over scar over myocardium over cavity."""
    table = bytearray(256)
    for kind in kinds:
        for bits in range(1 << len(_BITS)):
            if bits & _BITS[kind]:
                table[bits] = _LABELS[kind]
    # Ten times faster than NumPy's indexing, which would be felt in a large study.
    stack = np.frombuffer(arrays.bits.tobytes().translate(table), np.uint8).reshape(arrays.bits.shape)
    array = stack.transpose(np.argsort(arrays.axes))
    return LabelMap(array, geometry_of_volume(study.volume), name=study.segmentation.GetName())


def _marks(stack: NDArray[np.uint8]) -> tuple[int, ...]:
    return tuple(zlib.crc32(part) if part.any() else 0 for part in stack)
