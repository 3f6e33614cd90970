"""Every reader has an order of their own, which never changes."""

from __future__ import annotations

import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.grading.order import reader_order
from ScarSegLogic.grading.records import Item, Worklist, WorklistKind


def worklist_of(count: int, *, repeat_share: float = 0.0, seed: int = 1) -> Worklist:
    items = tuple(Item("a" * 64, index) for index in range(count))
    return Worklist("list", WorklistKind.READING, 1, seed, repeat_share, items)


def test_an_order_holds_every_item_once_and_depends_on_reader_and_seed():
    orders = [reader_order(worklist_of(40, seed=seed), reader) for seed in (1, 2) for reader in ("AB", "CD")]
    assert len(set(orders)) == 4
    assert all(sorted(order) == list(worklist_of(40).items) for order in orders)


def test_an_order_is_the_same_for_ever():
    # Written down when it was first made: a change would shuffle lists that are being read.
    assert [item.slice_index for item in reader_order(worklist_of(8), "AB")] == [7, 1, 2, 6, 4, 5, 3, 0]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 60, 1000])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5])
def test_repeats_are_a_share_and_come_a_quarter_later(count, share):
    order = reader_order(worklist_of(count, repeat_share=share), "AB")
    repeats = [item for item in order if item.occurrence]
    first = [item for item in order if not item.occurrence]
    assert len(first) == count
    assert len(repeats) == min(round(share * count), count - max(1, -(-count // 4)))
    for item in repeats:
        between = order[order.index(Item(item.case_key, item.slice_index)) + 1 : order.index(item)]
        assert sum(not other.occurrence for other in between) >= count // 4


def test_repeats_do_not_cluster_at_the_end():
    order = reader_order(worklist_of(1000, repeat_share=0.2), "AB")
    places = [place for place, item in enumerate(order) if item.occurrence]
    assert min(places) < 450
    assert sum(place > 1000 for place in places) < 150


@pytest.mark.parametrize("share", [-0.1, 0.6, float("nan")])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(ScarSegError, match=r"expected 0 to 0\.5"):
        reader_order(worklist_of(4, repeat_share=share), "AB")
