"""The study that the panel shows: its observers, what is computed for it, and what follows from changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.mrml.observation import Observations
from ScarSegLVLib import export_job, points, readiness, review_log, steps
from ScarSegLVLib.before_job import may_replace
from ScarSegLVLib.hand_over import hand_over
from ScarSegLVLib.staleness import FOLLOWED_FIELDS, changed_fields, edited_slices
from ScarSegLVLib.study import REMOTE_POINT, RV_INSERTION_POINT, Study
from ScarSegModuleLib.delay import Delay
from ScarSegModuleLib.job_runner import JobRunner, Step, sentence

EDIT_DELAY_MS = 400
"""Segments are compared when they were left alone for this long: a stroke of the brush rings many times (ours)."""
POINT_DELAY_MS = 150

_SEGMENT_EVENTS = (
    slicer.vtkSegmentation.SourceRepresentationModified,
    slicer.vtkSegmentation.SegmentAdded,
    slicer.vtkSegmentation.SegmentRemoved,
    slicer.vtkSegmentation.SegmentModified,
)
_POINT_EVENTS = (
    slicer.vtkMRMLMarkupsNode.PointEndInteractionEvent,
    slicer.vtkMRMLMarkupsNode.PointPositionDefinedEvent,
)
"""A drag is heard at its end, not at each step."""


class StudySession:
    """Everything the panel's sections ask for.

    Attributes:
        study: The study that is shown, or None.
        runner: What is computed.
    """

    def __init__(self, show: Callable[[], None], show_job: Callable[[], None]) -> None:
        """``show`` is called when the study changed, ``show_job`` when what is computed changed."""
        self.study: Study | None = None
        self.runner = JobRunner(show_job)
        self._show = show
        self._observations = Observations()
        self._observed: tuple = ()
        self._followed: tuple = ()
        self._edit_delay = Delay(EDIT_DELAY_MS, self.note_edits)
        self._point_delay = Delay(POINT_DELAY_MS, self._take_points)

    def open(self, study: Study | None) -> None:
        """Show another study, or none."""
        self._release()
        if not self.runner.busy:
            self.runner.say("")
        self._followed = ()
        damage = study.damage() if study else ""
        self.study = None if damage else study
        if self.study is not None:
            study.observe(self._on_study_changed)
            self._observe_nodes()
        self.note_edits()
        if damage:
            self.runner.say(sentence(damage))

    def close(self) -> None:
        """Let go of everything: the module is closed or reloaded."""
        self.runner.stop()
        self._release()
        for delay in (self._edit_delay, self._point_delay):
            delay.close()
        self.study = None

    def apply(self) -> None:
        """Segment scar, the heart first where there is none; while something is computed, cancel it."""
        if self.runner.busy:
            self.runner.cancel()
        else:
            self.segment_scar()

    def segment_scar(self) -> None:
        if may_replace(self.study, heart=False):
            self.start(steps.scar_step)

    def segment_heart(self) -> None:
        if may_replace(self.study, heart=True):
            self.start(steps.heart_step)

    def recompute(self) -> None:
        """Bring the numbers up to date."""
        self.start(steps.recompute_step)

    def export(self, folder: Path, kinds: tuple[str, ...]) -> None:
        """Write the study's files into a new folder within ``folder``."""
        self.start(lambda study: export_job.export_step(study, folder, kinds))

    def edit(self, kind: str) -> None:
        """Hand a segment to the Segment Editor."""
        self.change(hand_over, kind)

    def start(self, make_step: Callable[[Study], Step]) -> None:
        """Start a step of the study; what is wrong is said in the status line."""
        study = self.study
        if self._edit_delay.pending:
            self.note_edits()
        self.runner.start_after(lambda: make_step(study))

    def change(self, change: Callable[..., object], *arguments: object) -> None:
        """Change something of the study: ``change(study, *arguments)``; what is wrong is said in the status line."""
        try:
            change(self.study, *arguments)
        except ScarSegError as error:
            self.runner.say(sentence(error))
            self._show()

    def change_request(self, **changes: object) -> None:
        """Set fields of the study's request."""
        if self.study is not None:
            self.change(lambda study: study.change_request(**changes))

    def busy_reason(self) -> str:
        """Why nothing can be started now; an empty text where something can."""
        if not self.runner.busy:
            return ""
        return _("'{title}' is running: wait for it, or press Cancel.").format(title=self.runner.step.title)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is computed and no change waits to be noticed."""
        return not (self.runner.busy or self._edit_delay.pending or self._point_delay.pending)

    def note_edits(self) -> None:
        """Log edits of the segments; the numbers follow where the user wants that."""
        self._edit_delay.stop()
        if not readiness.why_not_study(self.study):
            self.change(review_log.note_changes)
        self._show()

    def _take_points(self) -> None:
        if self.study is not None:
            self.change(points.take_moved_points)

    def _on_study_changed(self) -> None:
        if self.study.damage():
            return self.open(self.study)
        self._observe_nodes()
        self._show()
        return self._follow()

    def _follow(self) -> None:
        """Recompute after edits, moved points and excluded slices; each state is tried once."""
        study = self.study
        if study.result is None or not study.state.auto_recompute or readiness.why_not_measure(study):
            return
        if not edited_slices(study) and not changed_fields(study) & FOLLOWED_FIELDS:
            return
        state = study.state
        now = (study.node.GetID(), study.request, state.seen_heart, state.seen_scar)
        if now != self._followed:
            self._followed = now
            self.runner.replace(lambda: steps.recompute_step(study) if self.study is study else None)

    def _observe_nodes(self) -> None:
        """Listen to the nodes that the study refers to now."""
        study = self.study
        markups = tuple(study.get(role) for role in (REMOTE_POINT, RV_INSERTION_POINT))
        nodes = (study.volume, study.segmentation, *markups)
        if all(now is before for now, before in zip(nodes, self._observed or (0,) * len(nodes), strict=True)):
            return
        self._observations.release()
        self._observed = nodes
        for event in ("ModifiedEvent", slicer.vtkMRMLTransformableNode.TransformModifiedEvent):
            self._observations.observe(study.volume, event, lambda _caller, _event: self._show())
        segments = study.segmentation.GetSegmentation() if study.segmentation else None
        for event in _SEGMENT_EVENTS:
            self._observations.observe(segments, event, lambda _caller, _event: self._edit_delay.start())
        for node in markups:
            for event in _POINT_EVENTS:
                self._observations.observe(node, event, lambda _caller, _event: self._point_delay.start())

    def _release(self) -> None:
        self._edit_delay.stop()
        self._point_delay.stop()
        self._observations.release()
        self._observed = ()
        if self.study is not None:
            self.study.release()
