"""Layouts: what of a show's season list has aired, and on which days a run of it begins and ends."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anitrakt_plan.matching.seasons import Layout, first_day, last_day, read_layouts
from anitrakt_plan.model import Season, SeasonEpisode
from tests.matching.matching_parts import NOW, layout, season

AGO = NOW - timedelta(days=4000)
LATELY = NOW - timedelta(days=20)
COMING = NOW + timedelta(days=20)


def aired(*days: datetime | None, number: int = 1) -> Season:
    """A season whose episodes aired on these days (None: nobody knows)."""
    episodes = (SeasonEpisode(at, number * 100 + at, when) for at, when in enumerate(days, 1))
    return Season(number, tuple(episodes))


def numbers(found: Layout, rank: int = 0) -> list[int]:
    return [slot.number for slot in found.seasons[rank]] if len(found.seasons) > rank else []


@pytest.mark.parametrize(
    ("days", "count"),
    [
        ([AGO] * 5, 5),
        ([], 0),
        ([None] * 5, 5),  # an old show of which nobody wrote down the days
        ([AGO, None, AGO, None, None], 5),
        # what is missing or wrong in the middle makes no hole
        ([AGO, None, AGO, AGO], 4),
        ([AGO, COMING, AGO, AGO], 4),
        ([COMING, AGO, AGO], 3),
        ([None, AGO, AGO, COMING], 3),
        ([AGO, None, None, AGO, COMING, COMING], 4),
        # what is still coming, or has no day behind it in a season that runs, nobody can have seen
        ([AGO, AGO, COMING], 2),
        ([AGO, AGO, COMING, None], 2),
        ([LATELY, LATELY, None, None], 2),
        ([COMING, COMING], 0),
        ([COMING, None], 0),
        # no episode of it for long: it is over, and what has no day has aired
        ([AGO, AGO, None], 3),
    ],
)
def test_of_a_season_its_beginning_has_aired(days: list[datetime | None], count: int) -> None:
    found = read_layouts((aired(*days),), NOW).aired
    assert numbers(found) == list(range(1, count + 1))
    assert found.unaired.get(1, 0) == len(days) - count


@pytest.mark.parametrize(
    ("seasons", "lengths"),
    [
        # a season that was announced while the show is on air
        ((aired(LATELY, LATELY), aired(None, None, number=2)), [2]),
        ((aired(AGO, AGO), aired(None, None, number=2)), [2, 2]),
        # only the last season can be still to come
        ((aired(None, None), aired(LATELY, LATELY, number=2)), [2, 2]),
        ((aired(None, None, number=0), aired(AGO, AGO)), [2]),
    ],
)
def test_a_season_without_any_day_runs_only_at_the_end_of_a_show_that_is_on_air(
    seasons: tuple[Season, ...], lengths: list[int]
) -> None:
    assert [len(found) for found in read_layouts(seasons, NOW).aired.seasons] == lengths


def test_undated_specials_of_a_show_on_air_have_not_aired() -> None:
    old = read_layouts((aired(None, None, number=0), aired(AGO, AGO)), NOW).aired
    running = read_layouts((aired(None, None, number=0), aired(LATELY, LATELY)), NOW).aired
    assert (len(old.specials), len(running.specials)) == (2, 0)


def test_what_was_seen_to_its_end_has_aired() -> None:
    """Whatever the days say: the whole list comes first for an entry that is over, what has aired is left to it."""
    found = read_layouts((aired(AGO, AGO, COMING, None),), NOW)
    assert numbers(found.whole) == [1, 2, 3, 4]
    assert found.whole.unaired == {}
    assert numbers(found.aired) == [1, 2]
    assert found.for_entry(ended=True) == (found.whole, found.aired)
    assert found.for_entry(ended=False) == (found.aired,)


def test_where_all_has_aired_there_is_one_layout() -> None:
    found = read_layouts((season(1, 12, "2010-04-01"),), NOW)
    assert found.for_entry(ended=True) == found.for_entry(ended=False) == (found.aired,)


@given(st.lists(st.sampled_from([AGO, LATELY, COMING, None]), max_size=8))
def test_what_has_aired_is_a_beginning_of_the_list_up_to_the_last_day_that_is_past(
    days: list[datetime | None],
) -> None:
    found = read_layouts((aired(*days),), NOW)
    here = numbers(found.aired)
    assert here == list(range(1, len(here) + 1))
    assert len(here) >= max((at for at, when in enumerate(days, 1) if when and when <= NOW), default=0)
    assert numbers(found.whole) == list(range(1, len(days) + 1))


FIRST = datetime(2010, 4, 1, 15, tzinfo=UTC)
WEEKS = [FIRST + timedelta(weeks=week) for week in range(6)]


@pytest.mark.parametrize(
    ("days", "begins", "ends"),
    [
        (WEEKS, date(2010, 4, 1), date(2010, 5, 6)),
        # reckoned from the second or third, where the rhythm is known
        ([None, *WEEKS[1:]], date(2010, 4, 1), date(2010, 5, 6)),
        ([None, None, *WEEKS[2:]], date(2010, 4, 1), date(2010, 5, 6)),
        ([*WEEKS[:4], None, None], date(2010, 4, 1), date(2010, 5, 6)),
        ([None, None, None, *WEEKS[3:]], None, date(2010, 5, 6)),
        ([None] * 3, None, None),
        # all on one day: whatever is missing came with them
        ([None, FIRST, FIRST, FIRST], date(2010, 4, 1), date(2010, 4, 1)),
    ],
)
def test_the_days_of_a_run_are_reckoned_where_its_edges_lack_one(
    days: list[datetime | None], begins: date | None, ends: date | None
) -> None:
    slots = layout(aired(*days)).seasons[0]
    assert (first_day(slots), last_day(slots)) == (begins, ends)


@pytest.mark.parametrize(("step", "begins"), [(7, 0), (8, 0), (9, 9), (30, 30)])
def test_without_a_weekly_rhythm_a_missing_day_is_taken_from_the_next(step: int, begins: int) -> None:
    slots = layout(aired(None, *(FIRST + timedelta(days=step * n) for n in range(1, 4)))).seasons[0]
    assert first_day(slots) == (FIRST + timedelta(days=begins)).date()


def test_the_order_of_episodes_is_that_of_their_numbers() -> None:
    one = season(1, 3, "2010-04-01")
    shuffled = replace(one, episodes=one.episodes[::-1])
    assert numbers(layout(shuffled)) == [1, 2, 3]
