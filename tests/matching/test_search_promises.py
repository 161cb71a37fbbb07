"""Search: what matching a whole list costs, and what it promises of every match that nobody looks at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anitrakt_plan.matching.evidence import Proposal
from anitrakt_plan.matching.search import Reading, match_entries
from anitrakt_plan.model import (
    Claim,
    Decision,
    Entry,
    Kind,
    Movie,
    MovieClaim,
    Season,
    Segment,
    Show,
    ShowClaim,
    ShowMatch,
    Span,
    Work,
    WorkId,
)
from anitrakt_plan.model.matches import list_length, mapping_episodes
from tests.commands.small_trakt import Catalogue, Maps, W, anibridge
from tests.matching.matching_parts import NOW, entry, season

SHOWS, FILMS = 275, 75
EACH = 500
NAMES = ("Akari", "Botan", "Chidori", "Daruma", "Enoki", "Fuyu", "Ginga", "Hotaru", "Ibuki", "Juniper")


def name(number: int) -> str:
    """A title of three words that no other number has."""
    return " ".join(NAMES[digit] for digit in (number % 10, number // 10 % 10, number // 100 % 10))


def a_list() -> tuple[list[Entry], Maps, list[Work]]:
    """500 entries that the maps know: first and second seasons and films; of each tenth, one map alone."""
    entries: list[Entry] = []
    claims: dict[int, tuple[Claim, ...]] = {}
    works: list[Work] = []
    trakt: dict[int, int] = {}
    for number in range(1, SHOWS + FILMS + 1):
        title, begin = name(number), date(2000, 1, 7) + timedelta(weeks=number)
        trakt[number] = 7_000 + number
        if number > SHOWS:
            claim = MovieClaim("anitrakt", trakt[number], number, title=title, year=begin.year)
            works.append(Movie(trakt[number], title, begin.year, tmdb=number, released=begin))
            entries.append(entry(title, 1, str(begin), str(begin), mal=number, kind=Kind.MOVIE))
            claims[number] = (claim, MovieClaim("anibridge", tmdb=number)) if number % 10 else (claim,)
            continue
        seasons = [season(1, 12, str(begin))]
        if number % 11 < 6:
            seasons.append(season(2, 12, str(begin + timedelta(weeks=104))))
        works.append(Show(trakt[number], title, begin.year, tmdb=number, seasons=tuple(seasons)))
        for one in seasons:
            mal = number + 1_000 * (one.number - 1)
            first, last = (one.episodes[at].first_aired.date() for at in (0, -1))  # type: ignore[union-attr]
            words = title if one.number == 1 else f"{title} 2nd Season"
            entries.append(entry(words, 12, str(first), str(last), mal=mal))
            row = ShowClaim(
                "anitrakt", trakt[number], number, title=title, year=begin.year, season=one.number
            )
            claims[mal] = (row, anibridge(number, one.number, 1, 12)) if mal % 10 else (row,)
    return entries[:EACH], Maps(claims, trakt), works


class Remembering(Catalogue):
    """A Trakt behind a cache: what was asked before costs nothing."""

    def __init__(self, *works: Work) -> None:
        super().__init__(*works)
        self.index: dict[tuple[type[object], WorkId], Work] = {(type(work), work.id): work for work in works}
        self.remembered: dict[tuple[object, ...], Any] = {}
        for what in ("show", "movie", "seasons", "aliases", "search", "by_tmdb"):
            setattr(self, what, self._once(what, getattr(self, what)))

    def _once(self, what: str, ask: Callable[..., Any]) -> Callable[..., Any]:
        def answer(*about: object) -> Any:
            if (what, *about) not in self.remembered:
                self.remembered[(what, *about)] = ask(*about)
            return self.remembered[(what, *about)]

        return answer

    def _find(self, kind: type[W], work_id: WorkId) -> W | None:
        found = self.index.get((kind, work_id))
        return found if isinstance(found, kind) else None


@pytest.fixture(scope="module")
def known() -> tuple[list[Entry], Maps, list[Work]]:
    made = a_list()
    assert len(made[0]) == EACH
    return made


@pytest.mark.parametrize(("reading", "most"), [(Reading.EVERY, 1.0), (Reading.RISKY, 0.35)])
def test_a_list_that_the_maps_know_costs_few_reads_and_none_once_they_are_cached(
    known: tuple[list[Entry], Maps, list[Work]], reading: Reading, most: float
) -> None:
    entries, maps, works = known
    catalogue = Remembering(*works)

    def planned() -> tuple[Proposal, ...]:
        return match_entries(entries, maps, catalogue, auto_from=0.99, now=NOW, reading=reading)

    cold = planned()
    assert 0 < catalogue.requests.total() <= most * EACH
    assert catalogue.requests["search"] == 0
    if reading is Reading.EVERY:
        assert catalogue.requests["seasons"] == SHOWS
    decided = sum(proposal.decision is Decision.AUTO for proposal in cold)
    assert decided >= 0.98 * EACH
    catalogue.requests.clear()
    assert planned() == cold
    assert catalogue.requests.total() == 0


DAYS = ("2010-04-01", "2012-04-05", "2014-04-03")


@st.composite
def season_lists(draw: st.DrawFn) -> tuple[Season, ...]:
    """One to three seasons and some specials; days that are missing, wrong, doubled, or of a break."""
    seasons = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        breaks = draw(st.dictionaries(st.integers(1, 13), st.sampled_from([-7, -4, 80]), max_size=2))
        one = season(number, draw(st.integers(1, 14)), DAYS[number - 1], breaks=breaks)
        for at, day in draw(
            st.dictionaries(st.integers(0, 13), st.sampled_from([None, NOW.replace(year=2031)]))
        ).items():
            changed = [
                replace(e, first_aired=day) if index == at else e for index, e in enumerate(one.episodes)
            ]
            one = replace(one, episodes=tuple(changed))
        seasons.append(one)
    specials = draw(st.integers(0, 3))
    begins = draw(st.sampled_from([None, "2010-04-04", "2010-07-01", "2012-03-29"]))
    return (season(0, specials, begins), *seasons) if specials else tuple(seasons)


spans = st.builds(lambda first, length: Span(first, first + length), st.integers(1, 14), st.integers(0, 13))


@st.composite
def map_rows(draw: st.DrawFn) -> ShowClaim:
    """Whatever a map may say of the entry: any seasons, runs in any order, with holes, ratios, and open ends."""
    map_name = draw(st.sampled_from(["anibridge", "anitrakt", "bangumi"]))
    segments = draw(
        st.lists(
            st.builds(
                Segment,
                st.builds(Span, st.integers(1, 3), st.none() | st.integers(3, 14)),
                st.integers(0, 3),
                st.lists(spans, min_size=1, max_size=2).map(tuple),
                st.sampled_from([1, 1, 1, 2, -2]),
            ),
            max_size=2,
        )
    )
    number = draw(st.none() | st.integers(0, 3))
    return ShowClaim(map_name, 10, title="Foo", year=2010, season=number, segments=tuple(segments))


def straight_row(first: int, last: int, number: int, hole: int | None) -> ShowClaim:
    """A row that spells a run out, episode by episode, but for one."""
    targets = tuple(Span(n, n) for n in range(first, last + 1) if n != hole)
    segment = Segment(Span(1, len(targets)), number, targets)
    return ShowClaim("anibridge", 10, season=number, segments=(segment,) if targets else ())


rows = st.lists(
    map_rows()
    | st.builds(
        straight_row, st.integers(1, 3), st.integers(4, 14), st.integers(1, 3), st.none() | st.integers(2, 13)
    ),
    max_size=3,
)


@given(
    seasons=season_lists(),
    claims=rows,
    count=st.integers(1, 26),
    begin=st.none() | st.sampled_from([*DAYS, "2010-04-08"]),
    lasts=st.none() | st.integers(0, 30),
    title=st.sampled_from(["Foo", "Foo 2nd Season", "Foo OVA"]),
    kind=st.sampled_from([Kind.TV, Kind.ONA, Kind.OVA]),
    reading=st.sampled_from(Reading),
    offline=st.booleans(),
)
def test_what_nobody_looks_at_is_whole_and_as_long_as_the_list_says(
    seasons: tuple[Season, ...],
    claims: list[ShowClaim],
    count: int,
    begin: str | None,
    lasts: int | None,
    title: str,
    kind: Kind,
    reading: Reading,
    offline: bool,
) -> None:
    """Whatever the maps claim, whatever is asked for confidence: it is the caps that keep this promise."""
    end = str(date.fromisoformat(begin) + timedelta(weeks=lasts)) if begin and lasts is not None else None
    one = entry(title, count, begin, end, kind=kind)
    assert one.is_over(NOW.date())
    work = Show(10, "Foo", 2010, aliases=(), seasons=seasons)
    (proposal,) = match_entries(
        [one],
        Maps({1: tuple(claims)}),
        None if offline else Catalogue(work),
        auto_from=0.0,
        now=NOW,
        reading=reading,
    )
    if proposal.decision is not Decision.AUTO:
        assert proposal.match is None
        return
    assert isinstance(proposal.match, ShowMatch)
    mapping = proposal.match.mapping
    taken = mapping_episodes(mapping)
    assert list_length(mapping) == count
    assert len(set(taken)) == len(taken)
    for number in {episode.season for episode in taken if episode.season}:
        mine = sorted(episode.number for episode in taken if episode.season == number)
        assert mine == list(range(mine[0], mine[-1] + 1))


@pytest.mark.parametrize(
    ("row", "count", "decision"),
    [
        ((1, 13, 1, None), 13, Decision.AUTO),
        ((1, 13, 1, 7), 12, Decision.REVIEW),  # a map that leaves out an episode
        ((1, 12, 1, None), 14, Decision.REVIEW),  # more than there are
    ],
)
def test_the_promise_is_kept_by_review_and_not_by_asking_about_everything(
    row: tuple[int, int, int, int | None], count: int, decision: Decision
) -> None:
    work = Show(10, "Foo", 2010, aliases=(), seasons=(season(1, 13, DAYS[0], breaks={6: -4, 7: -3}),))
    maps = Maps({1: (straight_row(*row),)})
    (proposal,) = match_entries([entry("Foo", count, DAYS[0])], maps, Catalogue(work), auto_from=0.0, now=NOW)
    assert proposal.decision is decision
