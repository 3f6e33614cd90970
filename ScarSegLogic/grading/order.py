"""In which order a reader sees a worklist: random, but the same for ever, with hidden repeats.

Numbers come from SHA-256 of seed, reader and item rather than from a generator, whose stream may change with a version
of its library: nothing of the order is stored.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.grading.records import Item, Worklist

MAXIMUM_REPEAT_SHARE = 0.5
REPEAT_DISTANCE = 0.25
"""A repeat comes after at least this share of the worklist (ours), so that nobody remembers the first time."""


def reader_order(worklist: Worklist, reader: str) -> tuple[Item, ...]:
    """All items for a reader, with a share of them a second time as ``occurrence`` 1.

    Repeats are drawn from the first three quarters of the order and come a quarter of the list later or more.

    Raises:
        ScarSegError: The share of repeats is out of range.
    """
    check_repeat_share(worklist.repeat_share)
    number = {item: _number(worklist.seed, reader, "order", item) for item in worklist.items}
    order = sorted(worklist.items, key=lambda item: (number[item], item))
    count = len(order)
    gap = max(1, math.ceil(REPEAT_DISTANCE * count))
    chosen = sorted(range(max(0, count - gap)), key=lambda rank: _number(worklist.seed, reader, "repeat", order[rank]))
    places = [(float(rank), item) for rank, item in enumerate(order)]
    for rank in chosen[: round(worklist.repeat_share * count)]:
        share = _number(worklist.seed, reader, "place", order[rank])
        # Half a place: between two items, never instead of one.
        place = math.floor(rank + gap + share * (count - rank - gap)) + 0.5
        places.append((place, replace(order[rank], occurrence=1)))
    return tuple(item for _, item in sorted(places))


def check_repeat_share(share: float) -> None:
    """Raises ScarSegError unless the share of repeats lies from 0 to ``MAXIMUM_REPEAT_SHARE``."""
    if not 0.0 <= share <= MAXIMUM_REPEAT_SHARE:
        raise ScarSegError(f"the share of repeats is {share:g}: expected 0 to {MAXIMUM_REPEAT_SHARE:g}")


def _number(seed: int, reader: str, purpose: str, item: Item) -> float:
    """Uniform in [0, 1), the same for the same arguments everywhere."""
    text = f"{seed}|{purpose}|{item.case_key}|{item.slice_index}|{reader}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7]) / 2**56
