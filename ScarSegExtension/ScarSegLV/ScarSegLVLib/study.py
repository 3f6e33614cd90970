"""One study of the left ventricle: its request, result and review, kept in its parameter node."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import slicer
from numpy.typing import NDArray

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.quantification.request import LVRequest
from ScarSegLogic.quantification.result import LVScarResult
from ScarSegLogic.quantification.result_json import result_from_json, result_to_json
from ScarSegLogic.report.review import Review, review_from_json, review_to_json
from ScarSegLogic.volume import LabelMap
from ScarSegModuleLib.stored_study import StoredStudy

if TYPE_CHECKING:
    from ScarSegLVLib.segments import SegmentArrays

REMOTE_POINT, RV_INSERTION_POINT = "RemoteRegion", "RVInsertion"
RESULT_TABLE, SLICE_TABLE, SLICE_CHART, PLOT_VIEW = "ResultTable", "SliceTable", "SliceChart", "PlotView"
"""Roles of the node references."""

RESULT, REVIEW, BULLSEYE = "Result", "Review", "Bullseye"
"""Documents in the parameter node."""
BULLSEYE_SCHEMA_VERSION = 1

NO_ARRAY = LabelMap(np.zeros((1, 1, 1), np.uint8), Geometry.from_spacing((1, 1, 1), (1.0, 1.0, 1.0)))
"""Stands for the segmentation of a remembered result; the scene's segments are what counts."""


@dataclass(frozen=True)
class StudyState:
    """What the module remembers of a study beside request, result and review.

    Attributes:
        myocardium_segment_id: The user's own segment of the whole wall, or an empty text.
        auto_recompute: Whether the numbers follow every change.
        remote_confirmed: Whether the user agreed with the proposed remote region.
        seen_heart, seen_scar: Marks of each slice when the review last looked (see ``SegmentArrays``).
        measured_heart, measured_scar: Marks of each slice of which the last result speaks.
        written_heart, written_scar: Marks of each slice as a model or method wrote it; others mean edits by hand.
    """

    myocardium_segment_id: str = ""
    auto_recompute: bool = True
    remote_confirmed: bool = False
    seen_heart: tuple[int, ...] = ()
    seen_scar: tuple[int, ...] = ()
    measured_heart: tuple[int, ...] = ()
    measured_scar: tuple[int, ...] = ()
    written_heart: tuple[int, ...] = ()
    written_scar: tuple[int, ...] = ()


class Study(StoredStudy[LVRequest, StudyState]):
    """A study of the left ventricle.

    Attributes:
        arrays_seen: The segments when the review last looked; not kept with the scene.
        remote_mask: (K, J, I) bool of the last result's remote region; not kept with the scene.
    """

    MODULE_NAME = "ScarSegLV"
    REQUEST_TYPE = LVRequest
    STATE_TYPE = StudyState

    def __init__(self, parameter_node: slicer.vtkMRMLScriptedModuleNode) -> None:
        super().__init__(parameter_node)
        self.arrays_seen: SegmentArrays | None = None
        self.remote_mask: NDArray[np.bool_] | None = None

    @property
    def review(self) -> Review:
        return self._once(REVIEW, self._read_review)

    @review.setter
    def review(self, review: Review) -> None:
        self._store.save_document(REVIEW, review_to_json(review))

    @property
    def result(self) -> LVScarResult | None:
        """The last result without its arrays, or None."""
        return self._once(RESULT, self._read_result)

    def keep_result(self, result: LVScarResult, bullseye_png: bytes) -> None:
        """Remember a result and its picture; what it speaks of are the segments that the review saw last."""
        state = self.state
        self.remote_mask = result.remote_mask
        with self.one_change():
            self._store.save_document(RESULT, result_to_json(result))
            picture = base64.b64encode(bullseye_png).decode("ascii")
            self._store.save_document(BULLSEYE, {"schema_version": BULLSEYE_SCHEMA_VERSION, "png": picture})
            self.change_state(measured_heart=state.seen_heart, measured_scar=state.seen_scar)

    @property
    def bullseye_png(self) -> bytes:
        """The picture of the last result; empty where there is none."""
        document = self._store.load_document(BULLSEYE)
        return b"" if document is None else base64.b64decode(document["png"])

    def _read_review(self) -> Review:
        document = self._store.load_document(REVIEW)
        return Review() if document is None else review_from_json(document)

    def _read_result(self) -> LVScarResult | None:
        document = self._store.load_document(RESULT)
        return None if document is None else result_from_json(document, NO_ARRAY)

    def read_all(self) -> None:
        super().read_all()
        _all = self.review, self.result
