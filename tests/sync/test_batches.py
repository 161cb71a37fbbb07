"""Batches: everything once, and entries together."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anitrakt_plan.model import EntryKey, EpisodeSubject
from anitrakt_plan.model.dates import Undated
from anitrakt_plan.sync.batches import PLAYS_PER_BATCH, pack
from anitrakt_plan.sync.diff import PlayChange


def plays(entry: int, count: int, *, show: int | None = None) -> list[PlayChange]:
    return [
        PlayChange(EntryKey("mal", entry), "", EpisodeSubject(show or entry, 1, number), Undated.UNKNOWN)
        for number in range(1, count + 1)
    ]


@pytest.mark.parametrize(
    ("counts", "sizes"),
    [
        ([], []),
        ([12], [12]),
        ([60, 60, 40], [100, 60]),  # the third fits beside the first
        ([100], [100]),
        ([101], [100, 1]),
        ([366, 34], [100, 100, 100, 100]),  # the rest of the long one, and the short one beside it
        ([51, 51, 49, 49], [100, 100]),
    ],
)
def test_entries_are_packed_first_fit(counts: list[int], sizes: list[int]) -> None:
    changes = [change for entry, count in enumerate(counts, start=1) for change in plays(entry, count)]
    assert [len(batch) for batch in pack(changes)] == sizes


@given(st.lists(st.integers(1, 250), max_size=40))
def test_packing_loses_and_doubles_nothing_and_keeps_entries_together(counts: list[int]) -> None:
    changes = [change for entry, count in enumerate(counts, start=1) for change in plays(entry, count)]
    batches = pack(changes)
    assert sorted(map(id, changes)) == sorted(id(change) for batch in batches for change in batch)
    assert all(0 < len(batch) <= PLAYS_PER_BATCH for batch in batches)
    parts = Counter(entry for batch in batches for entry in {change.entry.id for change in batch})
    assert parts == {entry: -(-count // PLAYS_PER_BATCH) for entry, count in enumerate(counts, start=1)}


@given(st.lists(st.integers(12, 26), min_size=10, max_size=60))
def test_a_usual_list_needs_one_request_for_ninety_plays_at_most(counts: list[int]) -> None:
    changes = [change for entry, count in enumerate(counts, start=1) for change in plays(entry, count)]
    assert len(pack(changes)) <= -(-len(changes) // 90) + 1


def test_one_item_twice_goes_out_in_two_requests() -> None:
    twice = [*plays(1, 3), *plays(1, 3)]
    assert [len(batch) for batch in pack(twice)] == [3, 3]
    of_two_entries = [*plays(1, 3, show=7), *plays(2, 3, show=7)]
    assert [len(batch) for batch in pack(of_two_entries)] == [3, 3]
