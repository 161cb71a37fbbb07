"""What is asked for, what is left out, and what counts as watched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anitrakt_plan.model import Entry, EntryKey, Ids, Kind, Progress, Status, Titles, asked_for
from anitrakt_plan.sources import ALL_STATUSES, sort_out
from anitrakt_plan.sources.source_list import FoundList, clamped


def entry(number: int, status: Status = Status.COMPLETED, *, private: bool = False, title: str = "") -> Entry:
    return Entry(
        key=EntryKey("mal", number),
        ids=Ids(mal=number),
        titles=Titles(title),
        kind=Kind.TV,
        progress=Progress(status),
        private=private,
    )


@pytest.mark.parametrize(
    ("status", "watched", "episodes", "expected"),
    [
        (Status.COMPLETED, 0, 12, 12),
        (Status.COMPLETED, 11, 12, 12),
        (Status.COMPLETED, 13, 12, 12),
        (Status.REPEATING, 3, 12, 12),
        (Status.COMPLETED, 7, None, 7),
        (Status.COMPLETED, 0, None, 0),
        (Status.WATCHING, 7, 12, 7),
        (Status.WATCHING, 13, 12, 12),
        (Status.WATCHING, 1100, None, 1100),
        (Status.PAUSED, 5, 12, 5),
        (Status.DROPPED, 5, 12, 5),
        (Status.PLANNED, 0, 12, 0),
    ],
)
def test_completed_means_all_and_the_rest_means_what_it_says(
    status: Status, watched: int, episodes: int | None, expected: int
) -> None:
    assert clamped(Progress(status, watched=watched), episodes).watched == expected


def test_completed_includes_what_is_watched_again() -> None:
    assert asked_for([Status.COMPLETED]) == {Status.COMPLETED, Status.REPEATING}
    assert asked_for([Status.WATCHING]) == {Status.WATCHING}
    assert asked_for([Status.REPEATING]) == {Status.REPEATING}
    assert Status.GONE not in ALL_STATUSES


def test_what_was_not_asked_for_is_kept_apart_and_counted() -> None:
    found = [entry(3, Status.WATCHING), entry(20), entry(4, Status.REPEATING), entry(10)]

    listed = sort_out(FoundList("mal", "me", found), [Status.COMPLETED])

    assert [e.key.id for e in listed.entries] == [4, 10, 20]
    assert [e.key.id for e in listed.others] == [3]
    assert listed.total_by_status == {Status.WATCHING: 1, Status.COMPLETED: 2, Status.REPEATING: 1}


def test_private_entries_are_left_out_and_counted_unless_asked_for() -> None:
    found = [entry(1), entry(2, private=True), entry(3, Status.DROPPED, private=True)]

    listed = sort_out(FoundList("mal", "me", found), [Status.COMPLETED])
    assert [e.key.id for e in listed.entries] == [1]
    assert listed.left_out_private == 1
    assert [key.id for key in listed.private_keys] == [2, 3]
    assert listed.total_by_status == {Status.COMPLETED: 1}

    listed = sort_out(FoundList("mal", "me", found), [Status.COMPLETED], include_private=True)
    assert [e.key.id for e in listed.entries] == [1, 2]
    assert (listed.left_out_private, listed.private_keys) == (0, ())


def test_an_entry_that_comes_twice_counts_once_the_last_time_and_is_named() -> None:
    found = [entry(1, title="First"), entry(2), entry(1, Status.DROPPED, title="Last"), entry(2)]

    listed = sort_out(FoundList("mal", "me", found), ALL_STATUSES)

    assert [(e.key.id, e.progress.status) for e in listed.entries] == [
        (1, Status.DROPPED),
        (2, Status.COMPLETED),
    ]
    assert listed.notes == ("the list has 2 entries several times; the last one counts (mal:1 Last; mal:2)",)


@given(
    st.lists(
        st.builds(entry, st.integers(1, 9), st.sampled_from(sorted(ALL_STATUSES)), private=st.booleans())
    ),
    st.sets(st.sampled_from(sorted(ALL_STATUSES))),
    st.booleans(),
)
def test_each_key_ends_in_exactly_one_place(
    found: list[Entry], statuses: set[Status], include_private: bool
) -> None:
    listed = sort_out(FoundList("mal", None, found), statuses, include_private=include_private)

    places = [e.key for e in (*listed.entries, *listed.others)] + list(listed.private_keys)
    assert sorted(places) == sorted({e.key for e in found})
    assert sum(listed.total_by_status.values()) == len(listed.entries) + len(listed.others)
    assert all(e.progress.status in asked_for(statuses) for e in listed.entries)
    assert include_private or not any(e.private for e in (*listed.entries, *listed.others))
