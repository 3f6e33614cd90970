"""The review of a study: who accepted which slices, which are left out, and every change to the segments."""

from __future__ import annotations

from dataclasses import replace

from slicer.i18n import tr as _

from ScarSegLogic.quantification.result import LVScarResult
from ScarSegLogic.report.review import AcceptedSlice, Edit, Review, utc_now
from ScarSegLogic.report.wording import minute_text
from ScarSegLVLib.segments import SegmentArrays, read_segments, version_of
from ScarSegLVLib.staleness import differing, runs_of, slice_list
from ScarSegLVLib.study import Study


def note_changes(study: Study, *, by_hand: bool = True) -> SegmentArrays | None:
    """See which slices of the segments changed since the review last looked; their acceptance ends with it.

    Args:
        study: The study.
        by_hand: Whether a reader changed them, which is logged; what a model or method wrote stands in the result.

    Returns:
        The segments as they are now; None where there are none.
    """
    arrays = read_segments(study)
    if arrays is None:
        return None
    state, review = study.state, study.review
    heart, scar = arrays.heart_marks(), arrays.scar_marks()
    in_heart, in_scar = differing(state.seen_heart, heart), differing(state.seen_scar, scar)
    touched = tuple(sorted({*in_heart, *in_scar}))
    if touched:
        review = replace(review, accepted=tuple(entry for entry in review.accepted if entry.index not in touched))
        if by_hand:
            # After a reload the segments of then are no longer known: count what there is.
            counts = arrays.changed_voxels(study.arrays_seen) or arrays.segmented_voxels()
            what, now = _what_was_edited(bool(in_heart), bool(in_scar)), utc_now()
            edits = (Edit(now, what, *run, sum(counts[run[0] : run[1] + 1])) for run in runs_of(touched))
            review = replace(review, edits=(*review.edits, *edits))
        with study.one_change():
            study.review = review
            study.change_state(seen_heart=heart, seen_scar=scar)
    study.arrays_seen = arrays
    return arrays


def current_segments(study: Study) -> SegmentArrays | None:
    """The segments as they are now; read anew only where they changed since the review looked."""
    seen = study.arrays_seen
    return seen if seen is not None and seen.version == version_of(study) else read_segments(study)


def set_reader(study: Study, name: str) -> None:
    """Name the reader. What another one accepted is not the new one's: it is open again."""
    review = study.review
    name = name.strip() or None
    if name != review.reader:
        study.review = replace(review, reader=name, accepted=())


def accept(study: Study, index: int) -> None:
    """The named reader accepts a slice as it is now."""
    review = study.review
    study.review = replace(review, accepted=(*review.accepted, AcceptedSlice(index, utc_now())))


def take_back(study: Study, index: int) -> None:
    """A slice is open again."""
    review = study.review
    study.review = replace(review, accepted=tuple(entry for entry in review.accepted if entry.index != index))


def set_excluded(study: Study, index: int, excluded: bool) -> None:
    """Leave a slice out of every number, or take it in again; it must then be accepted anew."""
    others = {other for other in study.request.excluded_slices if other != index}
    with study.one_change():
        take_back(study, index)
        study.change_request(excluded_slices=tuple(sorted(others | {index} if excluded else others)))


def slice_to_accept(study: Study, current: int | None) -> int | None:
    """The current slice if it is open, else the first open one."""
    open_slices = study.review.open_slices(study.result)
    return current if current in open_slices else next(iter(open_slices), None)


def next_open_slice(study: Study, index: int) -> int:
    """The open slice after this one, from the start again at the end; this one where none is open."""
    open_slices = study.review.open_slices(study.result)
    later = [other for other in open_slices if other > index]
    return next(iter([*later, *open_slices]), index)


def why_not_accept(study: Study | None, stale: str) -> str:
    """Why no slice can be accepted now; an empty text where one can."""
    if study is None or study.result is None:
        return _("Nothing to accept yet: segment scar first.")
    if study.review.named_reader is None:
        return _("Enter the name of the reader first.")
    if stale:
        return _("The numbers are out of date: recompute them first.")
    return ""


def state_text(review: Review, result: LVScarResult | None) -> str:
    """``DRAFT: ...`` with what is missing, or ``FINAL: ...``."""
    if result is None:
        return _("DRAFT: nothing measured yet.")
    open_slices = review.open_slices(result)
    count = sum(not entry.excluded for entry in result.slices)
    if review.named_reader is None:
        return _("DRAFT: no reader is named.")
    if open_slices:
        return _("DRAFT: {open} of {count} slices not accepted yet.").format(open=len(open_slices), count=count)
    return _("FINAL: accepted by {reader}, {when}.").format(
        reader=review.named_reader, when=minute_text(review.accepted_at_utc(result))
    )


def log_text(review: Review) -> str:
    """The edit log as lines, the latest first."""
    return "\n".join(
        _("{when} UTC, {what}, {slices}, {voxels} voxels").format(
            when=edit.at_utc[:19].replace("T", " "),
            what=edit.what,
            slices=slice_list(tuple(range(edit.first_slice, edit.last_slice + 1))),
            voxels=edit.voxels_changed,
        )
        for edit in reversed(review.edits)
    )


def _what_was_edited(heart: bool, scar: bool) -> str:
    if heart and scar:
        return _("heart and scar edited by hand")
    return _("heart edited by hand") if heart else _("scar edited by hand")
