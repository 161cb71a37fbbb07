"""Claims of id maps: the mappings they spell out, and when two maps settle an entry."""

from dataclasses import replace
from typing import Any

import pytest

from anitrakt_plan.core.claimed import Claimed, claimed_mapping, settles
from anitrakt_plan.core.episodes import list_length
from anitrakt_plan.core.model import (
    Entry,
    Kind,
    Part,
    Parts,
    Ratio,
    Run,
    Segment,
    ShowClaim,
    Span,
    Straight,
    TargetKind,
)
from tests.core.matching_parts import NOW, entry


def shown(*segments: Segment) -> ShowClaim:
    return ShowClaim("anibridge", tmdb=1, segments=segments)


def seg(
    listed: tuple[int, int | None], season: int, *target: tuple[int, int | None], ratio: int = 1
) -> Segment:
    return Segment(Span(*listed), season, tuple(Span(*span) for span in target), ratio)


@pytest.mark.parametrize(
    ("claim", "count", "mapping"),
    [
        (shown(seg((1, 12), 2, (1, 12))), 12, Straight((Run(2, 1, 12),))),
        (shown(seg((1, None), 1, (1, None))), 24, Straight((Run(1, 1, 24),))),
        (shown(seg((1, None), 1, (13, None))), 12, Straight((Run(1, 13, 24),))),
        (shown(seg((1, None), 1, (1, None))), None, None),
        (shown(seg((1, 12), 3, (1, 12)), seg((13, 24), 3, (13, 24))), 24, Straight((Run(3, 1, 24),))),
        (
            shown(seg((1, 12), 1, (1, 6), (8, 13))),
            12,
            Straight((Run(1, 1, 6), Run(1, 8, 13))),
        ),
        (
            shown(seg((53, 104), 2, (53, 104)), seg((1, 52), 1, (1, 52))),
            104,
            Straight((Run(1, 1, 52), Run(2, 53, 104))),
        ),
        (shown(seg((1, 24), 1, (1, 12), ratio=-2)), 24, Ratio((Run(1, 1, 12),), 2, 1)),
        (shown(seg((1, 4), 1, (1, 16), ratio=4)), 4, Ratio((Run(1, 1, 16),), 1, 4)),
        (
            shown(seg((1, 1), 1, (1, 2), ratio=2), seg((2, 24), 1, (3, 25))),
            24,
            Parts((Part(1, 1, (Run(1, 1, 2),)), Part(2, 24, (Run(1, 3, 25),)))),
        ),
        (shown(seg((2, 13), 1, (1, 12))), 13, Parts((Part(2, 13, (Run(1, 1, 12),)),))),
        (
            shown(seg((1, 1), 0, (1, 1)), seg((2, 13), 1, (1, 12))),
            13,
            Straight((Run(0, 1, 1), Run(1, 1, 12))),
        ),
        (shown(), 12, None),
    ],
)
def test_segments_become_a_mapping(
    claim: ShowClaim, count: int | None, mapping: Parts | Ratio | Straight | None
) -> None:
    assert claimed_mapping(claim, count) == mapping
    if isinstance(mapping, Straight | Ratio) and count:
        assert list_length(mapping) == count


RUN = Straight((Run(2, 1, 12),))


def pair(**changes: Any) -> tuple[Claimed, Claimed]:
    first = Claimed("anibridge", TargetKind.SHOW, 1, season=2, mapping=RUN)
    second = Claimed("anitrakt", TargetKind.SHOW, 1, "Foo", 2010, "foo", 2)
    return replace(first, **changes), second


FOO2 = entry("Fuu 2nd Season", 12, "2012-04-01", english="Foo Season 2")


def test_two_maps_that_agree_settle() -> None:
    assert settles(FOO2, pair(), NOW.date()) is not None


@pytest.mark.parametrize(
    ("one", "claims"),
    [
        (FOO2, pair(id=2)),
        (FOO2, pair(map="anitrakt")),  # one map alone, twice
        (FOO2, pair(season=3)),
        (FOO2, pair(mapping=Straight((Run(2, 1, 11),)))),
        (FOO2, pair(mapping=None)),
        (FOO2, pair()[:1]),
        (FOO2, ()),
        (replace(FOO2, episodes=None), pair()),
        (entry("Bar", 12, "2012-04-01", english="Quite Another Name"), pair()),
        (entry("Foo 3rd Season", 12, "2012-04-01"), pair()),
        (entry("Foo", 12, "2012-04-01"), pair()),  # a show's own name speaks for its first season
        (entry("Foo Season 2", 12, "2008-04-01"), pair()),  # before the show began
        (entry("Foo Season 2", 12, "2026-10-01", "2026-12-20"), pair()),  # still airing
    ],
)
def test_what_does_not_agree_or_fit_does_not_settle(one: Entry, claims: tuple[Claimed, ...]) -> None:
    assert settles(one, claims, NOW.date()) is None


def test_a_first_season_must_be_of_the_shows_year() -> None:
    first = Claimed("anibridge", TargetKind.SHOW, 1, season=1, mapping=Straight((Run(1, 1, 12),)))
    second = Claimed("anitrakt", TargetKind.SHOW, 1, "Foo", 2010, "foo", 1)
    assert settles(entry("Foo", 12, "2010-04-01"), (first, second), NOW.date()) is not None
    assert settles(entry("Foo", 12, "2014-04-01"), (first, second), NOW.date()) is None


def test_films_settle_by_id_year_and_title() -> None:
    claims = tuple(Claimed(name, TargetKind.MOVIE, 7, "Foo", 2010) for name in ("anibridge", "anitrakt"))
    assert settles(entry("Foo", 1, "2010-08-01", kind=Kind.MOVIE), claims, NOW.date()) is not None
    assert settles(entry("Foo", 3, "2010-08-01", kind=Kind.MOVIE), claims, NOW.date()) is None
    assert settles(entry("Foo", 1, "2015-08-01", kind=Kind.MOVIE), claims, NOW.date()) is None
