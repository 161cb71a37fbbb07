"""Batches and bodies: everything once, entries together, and no way to say a whole show."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anitrakt_plan.core.batches import (
    PLAYS_PER_BATCH,
    RatingToSend,
    SeasonPlays,
    ShowPlays,
    history_body,
    listing_body,
    pack,
    ratings_body,
    ratings_removal_body,
)
from anitrakt_plan.core.changes import PlayChange
from anitrakt_plan.core.dates import EPOCH, Undated
from anitrakt_plan.core.model import (
    EntryKey,
    EpisodeSubject,
    MovieSubject,
    SeasonSubject,
    Service,
    ShowSubject,
)
from anitrakt_plan.core.model.account import RatingSubject


def plays(entry: int, count: int, *, show: int | None = None) -> list[PlayChange]:
    return [
        PlayChange(
            EntryKey(Service.MAL, entry), "", EpisodeSubject(show or entry, 1, number), Undated.UNKNOWN
        )
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


def test_a_show_or_season_without_episodes_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="at least one season"):
        ShowPlays(1420, ())
    with pytest.raises(ValueError, match="at least one episode"):
        SeasonPlays(3, ())


def test_a_history_body_names_each_episode_with_its_date() -> None:
    key = EntryKey(Service.MAL, 1)
    changes = [
        PlayChange(key, "", EpisodeSubject(1420, 3, 13), EPOCH),
        PlayChange(key, "", EpisodeSubject(1420, 3, 14), Undated.RELEASED),
        PlayChange(key, "", EpisodeSubject(1420, 0, 1), Undated.UNKNOWN),
        PlayChange(key, "", MovieSubject(51), Undated.UNKNOWN),
    ]
    assert history_body(changes) == {
        "movies": [{"watched_at": "unknown", "ids": {"trakt": 51}}],
        "shows": [
            {
                "ids": {"trakt": 1420},
                "seasons": [
                    {
                        "number": 3,
                        "episodes": [
                            {"number": 13, "watched_at": "1970-01-01T00:00:00.000Z"},
                            {"number": 14, "watched_at": "released"},
                        ],
                    },
                    {"number": 0, "episodes": [{"number": 1, "watched_at": "unknown"}]},
                ],
            }
        ],
    }


def test_a_ratings_body_keeps_show_season_and_episode_apart() -> None:
    subjects: list[RatingSubject] = [
        ShowSubject(1),
        SeasonSubject(1, 2),
        EpisodeSubject(1, 2, 3),
        MovieSubject(4),
    ]
    rated = [RatingToSend(subject, value, EPOCH) for value, subject in enumerate(subjects, start=1)]
    said = {"rated_at": "1970-01-01T00:00:00.000Z"}
    assert ratings_body(rated) == {
        "movies": [{"rating": 4, **said, "ids": {"trakt": 4}}],
        "shows": [
            {"rating": 1, **said, "ids": {"trakt": 1}},
            {
                "ids": {"trakt": 1},
                "seasons": [
                    {"rating": 2, **said, "number": 2},
                    {"number": 2, "episodes": [{"rating": 3, **said, "number": 3}]},
                ],
            },
        ],
    }


def test_a_removal_of_a_season_rating_does_not_touch_the_shows() -> None:
    assert ratings_removal_body([SeasonSubject(1, 2)]) == {
        "shows": [{"ids": {"trakt": 1}, "seasons": [{"number": 2}]}]
    }


def test_a_list_body_names_shows_and_films() -> None:
    assert listing_body([ShowSubject(1), MovieSubject(2)]) == {
        "movies": [{"ids": {"trakt": 2}}],
        "shows": [{"ids": {"trakt": 1}}],
    }
