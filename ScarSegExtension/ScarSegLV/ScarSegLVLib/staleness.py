"""Why the shown numbers no longer fit the scene. Nothing is flagged: what is, is compared with what was measured."""

from __future__ import annotations

from dataclasses import fields, replace

from slicer.i18n import tr as _

from ScarSegLVLib.study import Study

FOLLOWED_FIELDS = frozenset({"excluded_slices", "remote_ras", "rv_insertion_ras"})
"""Changes of these, and edits, are followed by a recomputation at once; other settings wait for a button."""
UNMEASURED_FIELDS = frozenset({"device", "labels"})


def changed_fields(study: Study) -> frozenset[str]:
    """Fields of the request that differ from those of the last result."""
    result = study.result
    if result is None:
        return frozenset()
    now, then = study.request, result.request
    if not then.rv_insertion_confirmed:
        # After edits by hand the prediction of before is handed on; nobody has set it.
        then = replace(then, rv_insertion_ras=None, rv_insertion_confirmed=True)
    names = (field.name for field in fields(now) if field.name not in UNMEASURED_FIELDS)
    return frozenset(name for name in names if getattr(now, name) != getattr(then, name))


def edited_slices(study: Study) -> tuple[int, ...]:
    """Slices whose segments differ from those that were measured, as the review last saw them."""
    state = study.state
    in_heart = differing(state.measured_heart, state.seen_heart)
    return tuple(sorted({*in_heart, *differing(state.measured_scar, state.seen_scar)}))


def scar_is_edited(study: Study) -> bool:
    """Whether the scar is not what a method wrote: edited or drawn by hand. Undone edits are none."""
    state = study.state
    return _is_edited(state.seen_scar, state.written_scar)


def heart_is_edited(study: Study) -> bool:
    """Whether cavity or myocardium are not what a model wrote."""
    state = study.state
    return _is_edited(state.seen_heart, state.written_heart)


def _is_edited(seen: tuple[int, ...], written: tuple[int, ...]) -> bool:
    return (any(seen) or any(written)) and seen != written


def why_stale(study: Study) -> str:
    """A sentence, or an empty text where the numbers are up to date. Without a result there is nothing stale."""
    if study.result is None:
        return ""
    parts = []
    edited, changed = edited_slices(study), changed_fields(study)
    if edited:
        parts.append(_("segments changed in {slices}").format(slices=slice_list(edited)))
    if changed:
        parts.append(_("changed settings: {names}").format(names=", ".join(sorted(changed)).replace("_", " ")))
    return _("Out of date: {reasons}.").format(reasons="; ".join(parts)) if parts else ""


def differing(then: tuple, now: tuple) -> tuple[int, ...]:
    """Indices at which two sequences of marks differ; what only one has is compared with an empty slice."""
    longest = max(len(then), len(now))
    padded = [marks + (0,) * (longest - len(marks)) for marks in (then, now)]
    return tuple(index for index, (before, after) in enumerate(zip(*padded, strict=True)) if before != after)


def runs_of(indices: tuple[int, ...]) -> list[tuple[int, int]]:
    """First and last of each unbroken run of ascending indices."""
    runs: list[tuple[int, int]] = []
    for index in indices:
        if runs and index == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], index)
        else:
            runs.append((index, index))
    return runs


def slice_list(indices: tuple[int, ...]) -> str:
    """``slice 3`` or ``slices 1-3, 7``."""
    text = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs_of(indices))
    return (_("slice {which}") if len(indices) == 1 else _("slices {which}")).format(which=text)
