"""Runs of episodes: text to values and back, and what progress covers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anitrakt_plan.model import (
    Episode,
    Mapping,
    Match,
    MovieMatch,
    Part,
    Parts,
    Ratio,
    Run,
    ShowMatch,
    Straight,
)
from anitrakt_plan.model.matches import (
    episodes_of,
    format_match,
    format_runs,
    goes_on,
    list_length,
    list_numbers,
    mapping_episodes,
    parse_match,
    parse_ratio,
    parse_runs,
    parse_span,
    runs_of,
    watched_episodes,
)

runs = st.builds(
    lambda season, first, length: Run(season, first, first + length),
    st.integers(0, 40),
    st.integers(1, 1500),
    st.integers(0, 400),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("S03E13-E22", (Run(3, 13, 22),)),
        ("S03E13", (Run(3, 13, 13),)),
        ("s3e13-22", (Run(3, 13, 22),)),
        ("S01E01-S01E12", (Run(1, 1, 12),)),
        ("S01E01-E13, S02E01-E11", (Run(1, 1, 13), Run(2, 1, 11))),
        ("S00E04", (Run(0, 4, 4),)),
        ("S21E1089-E1122", (Run(21, 1089, 1122),)),
    ],
)
def test_runs_are_read(text: str, expected: tuple[Run, ...]) -> None:
    assert parse_runs(text) == expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is not a run"),
        ("S03", "is not a run"),
        ("13-22", "is not a run"),
        ("S03E13-E22,", "is not a run"),
        ("S01E12-E01", "ends before it begins"),
        ("S01E00-E03", "episode 0"),
        ("S01E01-S02E11", "two seasons"),
    ],
)
def test_a_wrong_run_is_named(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_runs(text)


@given(st.lists(runs, min_size=1, max_size=5))
def test_runs_survive_writing_and_reading(some: list[Run]) -> None:
    assert parse_runs(format_runs(some)) == tuple(some)


@given(st.lists(runs, min_size=1, max_size=4))
def test_runs_of_episodes_give_the_same_episodes(some: list[Run]) -> None:
    assert episodes_of(runs_of(episodes_of(some))) == episodes_of(some)


@pytest.mark.parametrize(
    ("match", "text"),
    [
        (MovieMatch(700311), "movie 700311"),
        (ShowMatch(1420, Straight((Run(3, 13, 22),))), "1420 S03E13-E22"),
        (ShowMatch(1420, Straight((Run(1, 1, 13), Run(2, 1, 11)))), "1420 S01E01-E13, S02E01-E11"),
        (ShowMatch(7, Ratio((Run(1, 1, 6),), 2, 1)), "7 S01E01-E06 ratio 2:1"),
        (
            ShowMatch(7, Parts((Part(1, 1, (Run(1, 1, 2),)), Part(2, 24, (Run(1, 3, 25),))))),
            "7 parts 1 = S01E01-E02; 2-24 = S01E03-E25",
        ),
    ],
)
def test_the_short_form_of_a_match(match: Match, text: str) -> None:
    assert format_match(match) == text


TWO_TO_ONE = Ratio((Run(1, 1, 6),), 2, 1)
ONE_TO_TWO = Ratio((Run(1, 1, 12),), 1, 2)
UNEVEN = Parts((Part(1, 1, (Run(1, 1, 2),)), Part(2, 24, (Run(1, 3, 25),))))


@pytest.mark.parametrize(
    ("mapping", "watched", "expected"),
    [
        (Straight((Run(3, 13, 22),)), 0, ()),
        (Straight((Run(3, 13, 22),)), 2, (Run(3, 13, 14),)),
        (Straight((Run(1, 1, 13), Run(2, 1, 11))), 15, (Run(1, 1, 13), Run(2, 1, 2))),
        (Straight((Run(1, 1, 12),)), 99, (Run(1, 1, 12),)),
        (Straight((Run(1, 1, 12),)), -1, ()),
        (TWO_TO_ONE, 1, ()),
        (TWO_TO_ONE, 2, (Run(1, 1, 1),)),
        (TWO_TO_ONE, 5, (Run(1, 1, 2),)),
        (TWO_TO_ONE, 12, (Run(1, 1, 6),)),
        (ONE_TO_TWO, 3, (Run(1, 1, 6),)),
        (UNEVEN, 0, ()),
        (UNEVEN, 1, (Run(1, 1, 2),)),
        (UNEVEN, 2, (Run(1, 1, 3),)),
        (UNEVEN, 24, (Run(1, 1, 25),)),
        (Parts((Part(1, 2, (Run(1, 1, 1),)),)), 1, ()),
    ],
)
def test_progress_covers_exactly_what_was_watched(
    mapping: Mapping, watched: int, expected: tuple[Run, ...]
) -> None:
    assert runs_of(watched_episodes(mapping, watched)) == expected


@pytest.mark.parametrize(
    "mapping",
    [Straight((Run(1, 1, 13), Run(2, 1, 11))), TWO_TO_ONE, ONE_TO_TWO, UNEVEN, Ratio((Run(1, 1, 9),), 2, 3)],
)
def test_the_list_number_of_an_episode_is_the_progress_that_completes_it(mapping: Mapping) -> None:
    numbers = list_numbers(mapping)
    for progress in range(list_length(mapping) + 1):
        done = [episode for episode, number in numbers.items() if number <= progress]
        assert tuple(done) == watched_episodes(mapping, progress)


@given(st.lists(runs, min_size=1, max_size=3), st.integers(0, 2000), st.integers(0, 2000))
def test_more_progress_never_takes_an_episode_away(some: list[Run], less: int, more: int) -> None:
    mapping = Straight(tuple(some))
    earlier, later = sorted((less, more))

    assert watched_episodes(mapping, later)[: min(earlier, list_length(mapping))] == watched_episodes(
        mapping, earlier
    )


@pytest.mark.parametrize(("mapping", "length"), [(TWO_TO_ONE, 12), (ONE_TO_TWO, 6), (UNEVEN, 24)])
def test_the_lists_own_count_of_a_mapping(mapping: Mapping, length: int) -> None:
    assert list_length(mapping) == length
    assert watched_episodes(mapping, length) == mapping_episodes(mapping)


def test_a_show_without_episodes_cannot_be_said() -> None:
    for make in (lambda: Straight(()), lambda: Ratio((), 2, 1), lambda: Parts(()), lambda: Part(1, 1, ())):
        with pytest.raises(ValueError, match="at least one"):
            make()


@pytest.mark.parametrize("text", ["", "2", "2:2", "0:1", "a:b", "2:1:1"])
def test_what_is_not_a_ratio(text: str) -> None:
    with pytest.raises(ValueError, match="not a ratio"):
        parse_ratio(text)


@pytest.mark.parametrize("text", ["", "0", "0-3", "5-2", "a-b", "1-2-3"])
def test_what_is_not_a_part_of_the_list(text: str) -> None:
    with pytest.raises(ValueError, match="not a range"):
        parse_span(text)


def test_an_episode_sorts_by_season_then_number() -> None:
    assert Episode(1, 12) < Episode(2, 1) < Episode(2, 3)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("7 S01E01-E05", "7 S01E01-E06", True),
        ("7 S01E01-E06", "7 S01E01-E05", True),
        ("7 S01E01-E05", "7 S01E01-E05, S02E01", True),
        ("7 S01E01-E05", "7 parts 1-6 = S01E01-E06", True),
        ("7 parts 1-5 = S01E01-E05", "7 S01E01-E12", True),
        ("7 S01E01-E06 ratio 2:1", "7 S01E01-E07 ratio 2:1", True),
        ("movie 7", "movie 7", True),
        ("7 S01E01-E05", "8 S01E01-E06", False),
        ("7 S01E01-E05", "7 S01E02-E06", False),
        ("7 S01E01-E05", "7 S02E01-E06", False),
        ("7 S01E01-E05", "7 S01E01-E06 ratio 1:2", False),
        ("7 S01E01-E05", "7 parts 2-6 = S01E01-E05", False),
        ("7 S01E01-E05", "movie 7", False),
        ("movie 7", "movie 8", False),
    ],
)
def test_a_match_goes_on_only_where_the_same_episodes_stay_the_same(
    old: str, new: str, expected: bool
) -> None:
    assert goes_on(parse_match(old), parse_match(new)) is expected
