"""One reader at work on one worklist: a call a grade, and the next item comes back at once.

    session = open_session(store, "spring", "AB")
    while session.current:
        show(session.current, then_prefetch=session.upcoming(2))
        step = session.grade(2, reasons=("motion",), elapsed_s=4.1)

A reader sees neither others' grades nor which items are repeats. What `grade`, `skip` and `toggle_flag` return is
durable: in the database, or on this computer where the database could not be reached.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.grading.order import reader_order
from ScarSegLogic.grading.outbox import Outbox
from ScarSegLogic.grading.protocol import TIER_NUMBERS, Protocol
from ScarSegLogic.grading.records import Action, Grade, Item, WorklistKind
from ScarSegLogic.grading.store import GradingStore

MAXIMUM_COMMENT = 2000
TWO_WINDOWS = "this was graded in another window meanwhile; the later grade counts"


@dataclass(frozen=True)
class Step:
    """What follows an act: the next item (None: all done), how many grades wait here, and a sentence or nothing."""

    item: Item | None
    waiting: int = 0
    notice: str = ""


@dataclass(frozen=True)
class Progress:
    """How far a reader is; repeats count as items."""

    graded: int
    skipped: int
    flagged: int
    total: int


class GradingSession:
    """See the module; made by `open_session`."""

    def __init__(
        self, store: GradingStore, worklist_name: str, reader: str, outbox: Outbox, protocol: tuple[int, Protocol]
    ) -> None:
        self._store, self._worklist, self.reader, self._outbox = store, worklist_name, reader, outbox
        self._protocol_id, self.protocol = protocol
        self._order = reader_order(store.worklist(worklist_name), reader)
        self._places = {item: place for place, item in enumerate(self._order)}
        self._name = str(uuid.uuid4())
        self._answers: dict[Item, Grade] = {}
        self._flags: set[Item] = set()
        self._history: list[Item] = []
        self._seen_id = 0
        self._read_others()
        self._history = [item for item, answer in self._answers.items() if answer.action is Action.GRADE]
        self.current = self._next_open(-1)

    def grade(
        self, tier: int, *, reasons: tuple[str, ...] = (), comment: str = "", elapsed_s: float | None = None
    ) -> Step:
        """Give the current item a tier and go on; an earlier grade of it stays in the log and counts no more.

        Args:
            tier: 0 easy, 1 medium, 2 hard.
            reasons: Names of the protocol's reasons.
            comment: Free text.
            elapsed_s: Time spent on it, by a clock that cannot be set back.

        Raises:
            ScarSegError: The grade is not one of the protocol's, or could not be kept anywhere; nothing has changed.
        """
        if tier not in TIER_NUMBERS or isinstance(tier, bool):
            raise ScarSegError(f"the tier is {tier!r}: expected 0, 1 or 2")
        if unknown := sorted(set(reasons) - {reason.name for reason in self.protocol.reasons}):
            raise ScarSegError(f"the protocol {self.protocol.name} has no reason {unknown[0]!r}")
        if len(comment) > MAXIMUM_COMMENT:
            raise ScarSegError(f"the comment has {len(comment)} characters: at most {MAXIMUM_COMMENT} are kept")
        return self._act(Action.GRADE, tier=tier, reasons=tuple(reasons), comment=comment, elapsed_s=elapsed_s)

    def skip(self, *, elapsed_s: float | None = None) -> Step:
        """Leave the current item for the end of the list."""
        return self._act(Action.SKIP, elapsed_s=elapsed_s)

    def toggle_flag(self) -> Step:
        """Mark the current item for discussion, or take the mark back; it stays the current one."""
        return self._act(Action.UNFLAG if self.current in self._flags else Action.FLAG)

    def back(self) -> Item | None:
        """Return to the item before, to look or grade again; stays where there is none."""
        place = len(self._history)
        if self.current in self._history:
            place = self._history.index(self.current)
        if place > 0:
            self.current = self._history[place - 1]
        return self.current

    def answer(self, item: Item) -> Grade | None:
        """The reader's own last grade or skip of an item."""
        return self._answers.get(item)

    def is_flagged(self, item: Item) -> bool:
        return item in self._flags

    def upcoming(self, count: int) -> tuple[Item, ...]:
        """The next items if the current one is graded, to be loaded ahead."""
        found: list[Item] = []
        place = self._place()
        while len(found) < count:
            item = self._next_open(place, but=(self.current, *found))
            if item is None:
                break
            found.append(item)
            place = self._places[item]
        return tuple(found)

    @property
    def progress(self) -> Progress:
        graded = sum(answer.action is Action.GRADE for answer in self._answers.values())
        return Progress(graded, len(self._answers) - graded, len(self._flags), len(self._order))

    def _act(self, action: Action, **details: object) -> Step:
        if self.current is None:
            raise ScarSegError(f"the worklist {self._worklist} is done: go back to change a grade")
        item, answered = self.current, self._answers.get(self.current)
        grade = Grade(self._worklist, self.reader, self._protocol_id, item, action, session=self._name, **details)
        waiting = self._outbox.deliver(self._store, grade)
        # Reading what another window did may fail now that the grade is safe: then it is read with the next one.
        if not waiting:
            self._read_others()
        notice = ""
        if action is Action.GRADE and self._answers.get(item) not in (answered, grade, None):
            notice = TWO_WINDOWS
        self._take(grade)
        if action in (Action.GRADE, Action.SKIP):
            if item not in self._history:
                self._history.append(item)
            self.current = self._next_open(self._places[item])
        return Step(self.current, waiting, notice)

    def _read_others(self) -> None:
        """Take in what is stored of this reader, except by this window, which knows its own."""
        try:
            rows = self._store.grades(self._worklist, reader=self.reader, after=self._seen_id)
        except ScarSegError:
            if not self._seen_id and not self._answers:
                raise
            return
        for number, grade in rows:
            self._seen_id = max(self._seen_id, number)
            if grade.session != self._name:
                self._take(grade)

    def _take(self, grade: Grade) -> None:
        if grade.item not in self._places:
            return
        if grade.action is Action.FLAG:
            self._flags.add(grade.item)
        elif grade.action is Action.UNFLAG:
            self._flags.discard(grade.item)
        else:
            self._answers.pop(grade.item, None)  # so that the order of answers is that of the acts
            self._answers[grade.item] = grade

    def _place(self) -> int:
        return -1 if self.current is None else self._places[self.current]

    def _next_open(self, place: int, but: tuple[Item | None, ...] = ()) -> Item | None:
        """The first item behind a place, then from the start, that has no answer; then the first skipped one."""
        skipped = None
        for item in (*self._order[place + 1 :], *self._order[: place + 1]):
            answer = self._answers.get(item)
            if item in but or (answer is not None and answer.action is Action.GRADE):
                continue
            if answer is None:
                return item
            skipped = skipped or item
        return skipped


def open_session(
    store: GradingStore, worklist: str, reader: str, *, outbox: Outbox | None = None, protocol: Protocol | None = None
) -> GradingSession:
    """Sign a reader in and go on where they left off; grades that waited for this database are stored first.

    Args:
        store: The database.
        worklist: Name of a worklist to be read.
        reader: Name or initials.
        outbox: Where grades wait while the database cannot be reached.
        protocol: A newer version of the worklist's protocol, for the grades from now on.

    Raises:
        ScarSegError: There is no such worklist or it was read elsewhere, the name is empty, the protocol is another
            one, or the database failed.
    """
    chosen = store.worklist(worklist)
    if chosen.kind is WorklistKind.IMPORTED:
        raise ScarSegError(f"the worklist {worklist} was imported: make one of the same cases to grade them here")
    protocol_id, kept = chosen.protocol_id, store.protocol(chosen.protocol_id)
    if protocol is not None:
        if (protocol.name, protocol.unit) != (kept.name, kept.unit):
            raise ScarSegError(f"the worklist {worklist} is graded by {kept.name}, not by {protocol.name}")
        protocol_id, kept = store.add_protocol(protocol), protocol
    name = store.add_reader(reader)
    box = outbox or Outbox()
    box.deliver(store)
    return GradingSession(store, worklist, name, box, (protocol_id, kept))
