"""Places: where in a show's real season list an entry may be."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anitrakt_plan.core.episodes import format_runs, list_length, mapping_episodes, mapping_runs
from anitrakt_plan.core.layout import cour_starts, read_layout
from anitrakt_plan.core.model import Episode, Kind, Part, Parts, Ratio, Run, Season, Straight
from anitrakt_plan.core.place import Place, Shape, place_at
from anitrakt_plan.core.places import LARGEST_SHOW, find_places
from tests.core.matching_parts import NOW, entry, layout, season


def runs(places: Iterable[Place]) -> dict[str, Place]:
    return {format_runs(mapping_runs(place.mapping)): place for place in places}


def test_a_sequel_is_in_its_own_season() -> None:
    found = runs(find_places(entry(count=12), layout(season(1, 13), season(2, 12))))
    assert found["S02E01-E12"].shape is Shape.SEASON
    assert not found["S02E01-E12"].opens


def test_the_first_season_opens_the_show_even_if_it_is_not_number_one() -> None:
    found = runs(find_places(entry(count=12), layout(season(2, 12), season(3, 12))))
    assert found["S02E01-E12"].opens
    assert found["S03E01-E12"].rank == 2


def test_cours_share_a_season() -> None:
    shared = layout(season(3, 22, "2018-07-23", breaks={12: 160}))
    found = runs(find_places(entry(count=10, begin="2019-04-29"), shared))
    assert found["S03E13-E22"].shape is Shape.COUR
    assert found["S03E13-E22"].cour == 2
    assert "S03E01-E10" in found


def test_cours_without_dates_are_tried_at_every_multiple_and_at_the_end() -> None:
    found = runs(find_places(entry(count=12), layout(season(1, 49))))
    assert {"S01E01-E12", "S01E13-E24", "S01E25-E36", "S01E37-E48", "S01E38-E49"} <= set(found)


def test_several_entries_lie_in_one_long_season_by_their_dates() -> None:
    long = layout(season(1, 145, "2015-06-26"))
    begin = long.regular[121].aired
    found = find_places(entry(count=12, begin=str(begin)), long)
    assert format_runs(mapping_runs(found[0].mapping)) == "S01E122-E133"


def test_one_long_entry_goes_over_many_seasons_whose_numbers_run_on() -> None:
    show = layout(
        season(1, 52),
        season(2, 52, first=53),
        season(3, 54, first=105),
        season(4, 62, first=159),
        season(0, 5),
    )
    found = runs(find_places(entry(count=220), show))
    place = found["S01E01-E52, S02E53-E104, S03E105-E158, S04E159-E220"]
    assert place.shape is Shape.SPAN
    assert place.whole


def test_an_entry_that_begins_inside_a_season_goes_over_its_border() -> None:
    show = layout(season(15, 49, "2011-09-01"), season(16, 45, "2012-10-04"))
    begin = show.seasons[0][36].aired
    found = runs(find_places(entry(count=24, begin=str(begin)), show))
    assert "S15E37-E49, S16E01-E11" in found


def test_specials_lie_in_season_0_by_day_by_name_or_as_a_whole() -> None:
    titles = ("Recap", "Foo: The Lost Chapter", "Interview")
    by_name = layout(season(0, 3, titles=titles), season(1, 12))
    ova = entry("Foo: The Lost Chapter", 1, kind=Kind.OVA)
    assert runs(find_places(ova, by_name))["S00E02"].named
    by_day = layout(season(0, 9, "2012-08-19", step=30), season(1, 12))
    four = entry("Foo OVA", 4, "2012-09-18", kind=Kind.OVA)
    assert "S00E02-E05" in runs(find_places(four, by_day))
    whole = layout(season(0, 4), season(1, 12))
    assert runs(find_places(entry("Foo OVA", 4, kind=Kind.OVA), whole))["S00E01-E04"].shape is Shape.SPECIALS


def test_a_season_and_the_special_that_the_list_counts_with_it() -> None:
    show = layout(season(0, 1, "2023-01-07"), season(1, 11, "2023-01-14"))
    found = runs(find_places(entry(count=12, begin="2023-01-07", end="2023-03-25"), show))
    assert found["S00E01, S01E01-E11"].shape is Shape.MIXED


@pytest.mark.parametrize(
    ("count", "length", "mapping"),
    [
        (24, 12, Ratio((Run(1, 1, 12),), 2, 1)),
        (12, 24, None),  # half of the season fits as it is: no ratio is guessed beside it
        (12, 13, None),
        (13, 12, Parts((Part(1, 12, (Run(1, 1, 12),)),))),
    ],
)
def test_counts_that_differ_get_a_ratio_or_parts(
    count: int, length: int, mapping: Parts | Ratio | None
) -> None:
    places = find_places(entry(count=count), layout(season(1, length)))
    uneven = [place for place in places if place.shape is Shape.UNEVEN]
    assert [place.mapping for place in uneven] == ([mapping] if mapping else [])


def test_a_longer_entry_never_gets_a_straight_run_that_is_too_short() -> None:
    for place in find_places(entry(count=14), layout(season(1, 12), season(2, 13))):
        assert not (isinstance(place.mapping, Straight) and list_length(place.mapping) != 14)


def test_unaired_episodes_are_never_part_of_a_run() -> None:
    running = season(2, 12, "2026-10-20")
    show = layout(season(1, 12, "2020-01-01"), running)
    found = find_places(entry(count=12, begin="2026-10-20", watched=5), show)
    airing = next(place for place in found if place.season == 2)
    assert airing.shape is Shape.AIRING
    aired = {
        episode.number for episode in running.episodes if episode.first_aired and episode.first_aired <= NOW
    }
    assert {episode.number for episode in mapping_episodes(airing.mapping)} == aired
    assert 0 < len(aired) < 12


def test_undated_episodes_count_as_aired_only_where_nothing_is_running() -> None:
    old = layout(season(1, 12))
    assert len(old.regular) == 12
    announced = read_layout((season(1, 12, "2026-08-30"), season(2, 12)), NOW)
    assert [slots[0].season for slots in announced.seasons] == [1]
    assert announced.unaired == {2: 12}
    half_known = season(1, 12, "2026-10-20")
    episodes = tuple(
        replace(episode, first_aired=None) if index > 2 else episode
        for index, episode in enumerate(half_known.episodes)
    )
    assert len(read_layout((Season(1, episodes),), NOW).regular) == 3


def test_an_undated_episode_between_aired_ones_has_aired() -> None:
    known = season(1, 12, "2026-09-01")
    gap = (*known.episodes[:3], replace(known.episodes[3], first_aired=None), *known.episodes[4:])
    assert 4 in [slot.number for slot in read_layout((Season(1, gap),), NOW).regular]


def test_without_a_count_each_season_and_everything_from_the_day_on_is_tried() -> None:
    show = layout(season(1, 61, "1999-10-20"), season(2, 16, "2001-03-21", first=62))
    found = runs(find_places(entry(count=None, begin="1999-10-20", watched=70), show))
    assert "S01E01-E61, S02E62-E77" in found
    assert "S01E01-E61" not in found  # it must hold at least what was watched


def test_a_decided_neighbour_gives_a_start() -> None:
    found = runs(find_places(entry(count=13), layout(season(1, 30)), [Episode(1, 12)]))
    assert "S01E12-E24" in found


def test_a_place_of_a_map_must_exist_in_the_show() -> None:
    show = layout(season(1, 12))
    assert place_at(Straight((Run(1, 1, 12),)), show, entry()) is not None
    assert place_at(Straight((Run(2, 1, 12),)), show, entry()) is None
    assert place_at(Straight((Run(1, 5, 16),)), show, entry()) is None
    trusted = place_at(Straight((Run(2, 1, 11),)), None, entry())
    assert trusted is not None
    assert trusted.gap == 1


def test_an_empty_season_list_offers_no_place() -> None:
    assert find_places(entry(), layout()) == ()
    assert find_places(entry(), layout(Season(1, ()))) == ()


def test_breaks_in_broadcasting_begin_cours() -> None:
    slots = layout(season(1, 24, "2020-07-04", breaks={13: 90})).seasons[0]
    assert cour_starts(slots) == (0, 13)


shows = st.lists(st.integers(1, 30), min_size=1, max_size=5)


@given(shows, st.integers(1, 60), st.booleans())
def test_every_place_lies_in_the_show_and_fits_the_count(lengths: list[int], count: int, dated: bool) -> None:
    start = datetime(2010, 1, 5, tzinfo=UTC)
    seasons = [
        season(n, length, str(start.replace(year=2010 + n).date()) if dated else None)
        for n, length in enumerate(lengths, 1)
    ]
    show = layout(*seasons)
    there = {Episode(slot.season, slot.number) for slot in show.regular}
    places = find_places(entry(count=count, begin="2011-01-05" if dated else None), show)
    assert len(places) <= LARGEST_SHOW
    assert len({place.mapping for place in places}) == len(places)
    for place in places:
        assert set(mapping_episodes(place.mapping)) <= there
        if isinstance(place.mapping, Straight):
            assert list_length(place.mapping) == count
