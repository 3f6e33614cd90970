"""One study in the scene: its nodes, its request and what is remembered of it, all kept in one parameter node."""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import slicer
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.mrml.parameters import ParameterStore
from ScarSegLogic.quantification.request import LVRequest
from ScarSegLogic.quantification.result import LVScarResult
from ScarSegLogic.quantification.result_json import result_from_json, result_to_json
from ScarSegLogic.report.review import Review, review_from_json, review_to_json
from ScarSegLogic.volume import LabelMap

if TYPE_CHECKING:
    from ScarSegLVLib.segments import SegmentArrays

T = TypeVar("T")

MODULE_NAME = "ScarSegLV"

VOLUME, SEGMENTATION = "LGEVolume", "Segmentation"
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


class Study:
    """Reads and writes one parameter node.

    Attributes:
        node: The ``vtkMRMLScriptedModuleNode``.
        arrays_seen: The segments when the review last looked; not kept with the scene.
        remote_mask: (K, J, I) bool of the last result's remote region; not kept with the scene.
    """

    def __init__(self, parameter_node: slicer.vtkMRMLScriptedModuleNode) -> None:
        self.node = parameter_node
        self.arrays_seen: SegmentArrays | None = None
        self.remote_mask: NDArray[np.bool_] | None = None
        self._store = ParameterStore(parameter_node)
        self._read: dict[str, tuple[str, Any]] = {}

    @property
    def scene(self) -> slicer.vtkMRMLScene | None:
        """None once the scene was closed."""
        return self.node.GetScene()

    def _once(self, name: str, read: Callable[[], T]) -> T:
        """What ``read()`` gives, asked anew only when the node's text of that name changed: the panel asks often."""
        text = self.node.GetParameter(name)
        if name not in self._read or self._read[name][0] != text:
            self._read[name] = (text, read())
        return self._read[name][1]

    @property
    def request(self) -> LVRequest:
        return self._once(LVRequest.__name__, lambda: self._store.load(LVRequest))

    def change_request(self, **changes: object) -> None:
        """Set fields of the request.

        Raises:
            ScarSegError: A value lies outside its range.
        """
        self._store.save(replace(self.request, **changes))

    @property
    def state(self) -> StudyState:
        return self._once(StudyState.__name__, lambda: self._store.load(StudyState))

    def change_state(self, **changes: object) -> None:
        self._store.save(replace(self.state, **changes))

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

    def damage(self) -> str:
        """What in the node cannot be read, as after a change by another program; an empty text where all can."""
        try:
            _all = self.request, self.state, self.review, self.result
        except ScarSegError as error:
            return str(error)
        return ""

    def one_change(self) -> AbstractContextManager[None]:
        """Whatever is set within reaches the observers as one Modified event."""
        return self._store.batch()

    def observe(self, callback: Callable[[], None]) -> None:
        """Call back after each change of a value or reference."""
        self._store.observe(callback)

    def release(self) -> None:
        """Let the observers go."""
        self._store.release()

    def get(self, role: str) -> slicer.vtkMRMLNode | None:
        """The node of a role, or None."""
        return self._store.referenced_node(role)

    def set(self, role: str, node: slicer.vtkMRMLNode | None) -> None:
        self._store.set_node(role, node)

    def get_or_add(self, role: str, node_class: str, name: str) -> slicer.vtkMRMLNode:
        """The node of a role; a new one of the class where there is none."""
        node = self.get(role)
        if node is None:
            node = self.scene.AddNewNodeByClass(node_class, name)
            self.set(role, node)
        return node

    @property
    def volume(self) -> slicer.vtkMRMLScalarVolumeNode | None:
        return self.get(VOLUME)

    @property
    def segmentation(self) -> slicer.vtkMRMLSegmentationNode | None:
        return self.get(SEGMENTATION)


def studies_in(scene: slicer.vtkMRMLScene) -> list[Study]:
    """Every study of the scene, in its order."""
    count = scene.GetNumberOfNodesByClass("vtkMRMLScriptedModuleNode")
    nodes = [scene.GetNthNodeByClass(index, "vtkMRMLScriptedModuleNode") for index in range(count)]
    return [Study(node) for node in nodes if node.GetAttribute("ModuleName") == MODULE_NAME]


def study_of_volume(scene: slicer.vtkMRMLScene, volume: slicer.vtkMRMLNode | None) -> Study | None:
    """The study of a volume, or None. Each volume has its own, so studies do not mix."""
    if volume is None:
        return None
    return next((study for study in studies_in(scene) if study.volume is volume), None)
