"""Places: where in a show's real season list an entry may be."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from anitrakt_plan.matching.seasons import (
    MAX_BLIND_SPECIALS,
    MAX_PLACES,
    Layout,
    Leaves,
    Place,
    Shape,
    cour_starts,
    find_places,
    place_at,
    read_layouts,
)
from anitrakt_plan.model import (
    Entry,
    Episode,
    Kind,
    Mapping,
    Part,
    Parts,
    Ratio,
    Run,
    Season,
    SeasonEpisode,
    Straight,
)
from anitrakt_plan.model.matches import format_runs, list_length, mapping_episodes, mapping_runs, parse_runs
from tests.matching.matching_parts import NOW, entry, layout, season


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
def test_counts_that_differ_get_a_ratio_or_parts(count: int, length: int, mapping: Mapping | None) -> None:
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
    announced = read_layouts((season(1, 12, "2026-08-30"), season(2, 12)), NOW).aired
    assert [slots[0].season for slots in announced.seasons] == [1]
    assert announced.unaired == {2: 12}
    half_known = season(1, 12, "2026-10-20")
    episodes = tuple(
        replace(episode, first_aired=None) if index > 2 else episode
        for index, episode in enumerate(half_known.episodes)
    )
    assert len(read_layouts((Season(1, episodes),), NOW).aired.regular) == 3


def test_an_undated_episode_between_aired_ones_has_aired() -> None:
    known = season(1, 12, "2026-09-01")
    gap = (*known.episodes[:3], replace(known.episodes[3], first_aired=None), *known.episodes[4:])
    assert 4 in [slot.number for slot in read_layouts((Season(1, gap),), NOW).aired.regular]


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


@given(shows, st.integers(1, 60), st.booleans(), st.sampled_from([7, 1]))
@example([24], 12, True, 1)  # what a recap leaves of the last twelve are eleven
def test_every_place_lies_in_the_show_and_fits_the_count(
    lengths: list[int], count: int, dated: bool, step: int
) -> None:
    start = datetime(2010, 1, 5, tzinfo=UTC)
    seasons = [
        season(n, length, str(start.replace(year=2010 + n).date()) if dated else None, step=step)
        for n, length in enumerate(lengths, 1)
    ]
    show = layout(*seasons)
    there = {Episode(slot.season, slot.number) for slot in show.regular}
    places = find_places(entry(count=count, begin="2011-01-05" if dated else None), show)
    assert len(places) <= MAX_PLACES
    assert len({place.mapping for place in places}) == len(places)
    for place in places:
        assert set(mapping_episodes(place.mapping)) <= there
        if isinstance(place.mapping, Straight):
            assert list_length(place.mapping) == count


def made(text: str, show: Layout | None, one: Entry | None = None) -> Place:
    """The place that a run written in short form is in a show."""
    place = place_at(Straight(parse_runs(text)), show, one or entry())
    assert place is not None
    return place


WEEKLY_SHOW = layout(season(1, 12, "2010-04-01"), season(2, 13, "2012-04-01"))


@pytest.mark.parametrize(
    ("run", "leaves"),
    [
        ("S01E01-E12", Leaves.NOTHING),
        ("S02E01-E12", Leaves.END),
        ("S02E01-E10", Leaves.END),
        ("S02E01-E09", Leaves.NOTHING),  # four more are another cour, not an extra
        ("S02E02-E13", Leaves.BEGINNING),
        ("S02E04-E13", Leaves.BEGINNING),
        ("S02E05-E13", Leaves.NOTHING),
        ("S02E01-E06, S02E08-E13", Leaves.ELSEWHERE),
        ("S02E02-E12", Leaves.ELSEWHERE),  # one at each end
        (
            "S01E01-E12, S02E01-E12",
            Leaves.NOTHING,
        ),  # it ends in another season than the one that it begins in
    ],
)
def test_a_run_knows_what_it_leaves_of_a_season_that_is_a_little_longer(run: str, leaves: Leaves) -> None:
    assert made(run, WEEKLY_SHOW).leaves is leaves


def test_a_few_of_a_few_are_no_season_but_for_some() -> None:
    """Two of a season of four leave as many as they are: nothing says that they are the season."""
    assert made("S01E01-E02", layout(season(1, 4))).leaves is Leaves.END
    assert made("S01E01", layout(season(1, 3))).leaves is Leaves.NOTHING


@pytest.mark.parametrize(
    ("run", "opens", "cour"),
    [
        ("S01E01-E12", True, 1),
        ("S02E01-E13", False, 1),
        ("S01E02-E12", True, 1),  # behind a prologue
        ("S02E02-E13", False, 1),
        ("S01E05-E12", False, 2),
    ],
)
def test_behind_a_prologue_a_show_opens_all_the_same(run: str, opens: bool, cour: int) -> None:
    place = made(run, WEEKLY_SHOW)
    assert (place.opens, place.cour) == (opens, cour)


@pytest.mark.parametrize(
    ("run", "skips"),
    [
        ("S02E01-E13", False),
        ("S02E01-E06, S02E08-E13", True),
        ("S01E11-E12, S02E01-E10", False),
        ("S01E01-E12, S02E02-E13", False),  # what is left at an edge is no hole
        ("S01E01-E10, S01E12, S02E01-E13", True),
        ("S00E01, S01E01-E12", False),
    ],
)
@pytest.mark.parametrize("read", [True, False])
def test_a_run_that_leaves_out_an_episode_in_the_middle_says_so(run: str, skips: bool, read: bool) -> None:
    show = layout(season(0, 1, "2010-06-24"), season(1, 12, "2010-04-01"), season(2, 13, "2012-04-01"))
    assert made(run, show if read else None).skips is skips


def test_numbers_that_a_season_does_not_have_are_no_hole() -> None:
    """Trakt's seasons may lack a number: what is not there can't be left out."""
    gappy = season(1, 12, "2010-04-01")
    gappy = replace(gappy, episodes=(*gappy.episodes[:5], *gappy.episodes[6:]))
    place = made("S01E01-E05, S01E07-E12", layout(gappy), entry(count=11))
    assert not place.skips
    assert place.whole


@pytest.mark.parametrize(
    ("days", "even"),
    [
        ([0, 7, 14, 21], True),
        ([0, 6, 13, 20], True),
        ([0, 0, 0, 0], True),  # all on one day
        ([0, 7, 9, 16], False),  # a recap within the week
        ([0, 7, 12, 19], False),
        ([0, 0, 7, 14], False),  # a double feature
        ([0, 7, None, 21], True),
    ],
)
def test_a_run_is_even_where_no_episode_comes_within_a_week_of_another(
    days: list[int | None], even: bool
) -> None:
    start = datetime(2010, 4, 1, tzinfo=UTC)
    episodes = tuple(
        SeasonEpisode(n, n, None if day is None else start + timedelta(days=day))
        for n, day in enumerate(days, 1)
    )
    assert made("S01E01-E04", layout(Season(1, episodes)), entry(count=4)).even is even


@pytest.mark.parametrize(
    ("run", "gaps", "apart"),
    [
        ("S01E02-E05", [7, 7, 7, 7], True),
        ("S01E02-E05", [6, 6, 7, 7], True),
        ("S01E02-E05", [0, 7, 7, 7], False),  # it aired together with the one before
        ("S01E02-E05", [7, 2, 7, 7], False),  # or with the one behind
        ("S01E01-E05", [7, 7, 7, 7], True),
    ],
)
def test_a_run_begins_apart_where_its_first_episode_aired_in_a_week_of_its_own(
    run: str, gaps: list[int], apart: bool
) -> None:
    days = [0, *(sum(gaps[: n + 1]) for n in range(len(gaps)))]
    start = datetime(2010, 4, 1, tzinfo=UTC)
    episodes = tuple(SeasonEpisode(n, n, start + timedelta(days=day)) for n, day in enumerate(days, 1))
    assert made(run, layout(Season(1, episodes))).apart is apart


def test_a_run_knows_the_days_around_it() -> None:
    place = made("S01E05-E08", WEEKLY_SHOW, entry(count=4))
    assert (place.not_before, place.not_after) == (date(2010, 4, 22), date(2010, 5, 6))
    opening = made("S01E01-E12", WEEKLY_SHOW)
    assert opening.not_before is None
    special = made("S00E01", layout(season(0, 1, "2011-01-01"), season(1, 12, "2010-04-01")), entry(count=1))
    assert (special.not_before, special.not_after) == (None, None)


@pytest.mark.parametrize(
    ("run", "half"),
    [("S01E01-E06", True), ("S01E07-E12", False), ("S01E01-E07", False), ("S01E01-E12", False)],
)
def test_a_run_knows_whether_it_is_the_first_half_of_a_season(run: str, half: bool) -> None:
    place = made(run, WEEKLY_SHOW, entry(count=6))
    assert place.half is half
    assert place.season_ends == date(2010, 6, 17)


@pytest.mark.parametrize(
    ("run", "rest"),
    [
        ("S01E01-E06", (Run(1, 7, 12),)),
        ("S01E04-E09", (Run(1, 1, 3), Run(1, 10, 12))),
        ("S01E01-E12", ()),
        ("S02E01", ()),
        ("S01E12, S02E01", ()),  # over a border there is no one season
        ("S00E01", ()),
        ("S00E01, S01E01-E12", ()),
    ],
)
def test_a_run_knows_what_else_is_in_its_season(run: str, rest: tuple[Run, ...]) -> None:
    show = layout(season(0, 2), season(1, 12, "2010-04-01"), season(2, 1, "2011-04-01"))
    assert made(run, show, entry(count=None)).rest == rest


def test_what_was_not_looked_at_says_so() -> None:
    assert made("S02E01-E12", WEEKLY_SHOW).read
    assert not made("S02E01-E12", None).read


def special_on(*days: str | None) -> Season:
    """Season 0 with an episode on each of these days (None: nobody knows)."""
    start = {day: datetime.fromisoformat(f"{day}T15:00:00+00:00") if day else None for day in days}
    return Season(0, tuple(SeasonEpisode(n, 9000 + n, start[day]) for n, day in enumerate(days, 1)))


@pytest.mark.parametrize(
    ("specials", "run", "ordered"),
    [
        (["2010-04-24"], "S00E01, S01E01-E12", "S01E01-E04, S00E01, S01E05-E12"),  # a recap in the middle
        (["2010-06-24"], "S00E01, S01E01-E12", "S01E01-E12, S00E01"),  # an extra at the end
        (["2010-03-28"], "S01E01-E12, S00E01", "S00E01, S01E01-E12"),  # a prologue
        (
            ["2010-04-01"],
            "S00E01, S01E01-E12",
            "S01E01, S00E01, S01E02-E12",
        ),  # on one day: behind the episode
        (["2010-06-24", "2010-07-01"], "S00E01-E02, S01E01-E12", "S01E01-E12, S00E01-E02"),
        (["2010-07-01", "2010-04-24"], "S00E01-E02, S01E01-E12", "S01E01-E04, S00E02, S01E05-E12, S00E01"),
    ],
)
def test_specials_stand_where_they_aired_whatever_a_map_says(
    specials: list[str], run: str, ordered: str
) -> None:
    show = layout(special_on(*specials), season(1, 12, "2010-04-01"))
    place = made(run, show, entry(count=12 + len(specials)))
    assert format_runs(mapping_runs(place.mapping)) == ordered
    assert place.shape is Shape.MIXED
    assert not place.unordered
    assert not place.skips


@pytest.mark.parametrize(
    "run", ["S00E01, S01E01-E12", "S01E01-E06, S00E01, S01E07-E12", "S01E01-E12, S00E01"]
)
def test_specials_without_a_day_come_last_and_the_order_is_a_guess(run: str) -> None:
    show = layout(special_on(None), season(1, 12, "2010-04-01"))
    place = made(run, show, entry(count=13))
    assert format_runs(mapping_runs(place.mapping)) == "S01E01-E12, S00E01"
    assert place.unordered


def test_specials_found_by_their_days_stand_where_they_aired() -> None:
    show = layout(special_on("2010-04-24", "2010-06-24"), season(1, 12, "2010-04-01"))
    found = runs(find_places(entry(count=14, begin="2010-04-01", end="2010-06-24"), show))
    assert found["S01E01-E04, S00E01, S01E05-E12, S00E02"].shape is Shape.MIXED


def later_by(days: int, episode: SeasonEpisode) -> SeasonEpisode:
    assert episode.first_aired
    return replace(episode, first_aired=episode.first_aired + timedelta(days=days))


def test_a_recap_in_a_longer_season_is_left_out_by_its_day_or_its_name() -> None:
    weeks = season(1, 13, "2010-04-01")
    recap = replace(weeks.episodes[6], first_aired=later_by(3, weeks.episodes[5]).first_aired)
    later = tuple(later_by(-7, episode) for episode in weeks.episodes[7:])
    by_day = layout(replace(weeks, episodes=(*weeks.episodes[:6], recap, *later)))
    named = replace(weeks.episodes[6], title="Recap Special")
    by_name = layout(replace(weeks, episodes=(*weeks.episodes[:6], named, *weeks.episodes[7:])))
    for show in (by_day, by_name):
        found = runs(find_places(entry(count=12, begin="2010-04-01"), show))
        place = found["S01E01-E06, S01E08-E13"]
        assert place.skips
        assert place.leaves is Leaves.ELSEWHERE
    daily = season(1, 13, "2010-04-01", step=1)
    for show in (layout(weeks), layout(daily)):  # of what airs day by day none comes in between
        plain = runs(find_places(entry(count=12, begin="2010-04-01"), show))
        assert not any(place.skips for place in plain.values())


@pytest.mark.parametrize(
    ("one", "seasons", "match"),
    [
        (entry(count=1100), (season(1, 1090),), Parts((Part(1, 1090, (Run(1, 1, 1090),)),))),
        (
            entry(count=None, watched=60),
            (season(1, 30), season(2, 20)),
            Parts((Part(1, 50, (Run(1, 1, 30), Run(2, 1, 20))),)),
        ),
    ],
)
def test_where_more_was_watched_than_there_is_the_show_is_a_place_as_far_as_it_goes(
    one: Entry, seasons: tuple[Season, ...], match: Mapping
) -> None:
    found = {place.mapping: place for place in find_places(one, layout(*seasons))}
    place = found[match]
    assert place.shape is Shape.UNEVEN
    assert place.gap == max(one.episodes or 0, one.progress.watched) - list_length(match)


def test_a_show_that_is_long_enough_is_no_place_as_far_as_it_goes() -> None:
    assert all(place.gap == 0 for place in find_places(entry(count=12), layout(season(1, 24))))
    assert find_places(entry(count=None, watched=5), layout(Season(1, ()))) == ()


def test_specials_without_a_day_or_a_name_are_offered_to_an_ova_a_few_at_a_time() -> None:
    show = layout(season(0, 9), season(1, 12, "2010-04-01"))
    two = entry("Foo OVA", 2, "2011-02-02", kind=Kind.OVA)
    blind = [text for text in runs(find_places(two, show)) if text.startswith("S00")]
    assert blind == ["S00E01-E02", "S00E03-E04", "S00E05-E06"]
    assert len(blind) == MAX_BLIND_SPECIALS
    series = [text for text in runs(find_places(replace(two, kind=Kind.TV), show)) if text.startswith("S00")]
    assert series == []


def test_what_is_over_has_no_place_that_is_still_airing() -> None:
    running = season(1, 12, "2026-10-20")
    ahead = entry(count=12, begin="2026-10-20")
    assert any(place.shape is Shape.AIRING for place in find_places(ahead, layout(running)))
    assert not any(place.shape is Shape.AIRING for place in find_places(ahead, layout(running), ended=True))


@pytest.mark.parametrize(
    ("begin", "found"),
    [("2011-08-24", True), ("2011-09-05", True), ("2011-08-12", True), ("2011-09-06", False)],
)
def test_a_run_may_begin_with_the_episode_that_aired_within_days_of_the_entry(
    begin: str, found: bool
) -> None:
    weekly = season(1, 40, "2011-04-27")
    dated = tuple(e if e.number == 18 else replace(e, first_aired=None) for e in weekly.episodes)
    show = layout(replace(weekly, episodes=dated))
    assert show.regular[17].aired == date(2011, 8, 24)
    assert ("S01E18-E20" in runs(find_places(entry(count=3, begin=begin), show))) is found
