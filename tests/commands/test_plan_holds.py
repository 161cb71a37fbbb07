"""Whatever id maps claim of whatever world: the plan that is made of it passes `validate`, the other entries too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anitrakt_plan.commands.make_plan import plan_entries
from anitrakt_plan.matching.search import match_entries
from anitrakt_plan.model import (
    Claim,
    Decision,
    Entry,
    Ids,
    MovieClaim,
    Plan,
    Policy,
    Run,
    Segment,
    Show,
    ShowClaim,
    SourceInfo,
    Span,
    Status,
    TargetKind,
)
from anitrakt_plan.planfile import finished_plan, load_plan
from tests.commands.small_trakt import Catalogue
from tests.matching.matching_parts import NOW, entry, season

NORMAL = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=800, deadline=None, suppress_health_check=list(HealthCheck))

STATUSES = (Status.COMPLETED, Status.WATCHING, Status.PLANNED)
FOO = Show(
    10,
    "Foo",
    2010,
    seasons=(season(0, 3), season(1, 24, "2010-04-04"), season(2, 12, "2011-04-03", first=25)),
)
LONER = entry("Quite Another", 12, "2020-01-01", "2020-03-20", mal=99, english="Quite Another")
ITS_SHOW = Show(99, "Quite Another", 2020, seasons=(season(1, 12, "2020-01-01"),))


class Maps:
    """Id maps that say anything at all."""

    def __init__(self, claims: dict[int, tuple[Claim, ...]]) -> None:
        self._claims = claims

    def claims(self, ids: Ids) -> tuple[Claim, ...]:
        return self._claims.get(ids.mal or 0, ())

    def trakt_id(self, kind: TargetKind, tmdb: int) -> int | None:
        return tmdb

    def runs_beside(self, ids: Ids, show: int) -> frozenset[Run]:
        return frozenset()

    def entries_in_show(self, trakt: int) -> int:
        return 1


spans = st.builds(
    lambda first, more: Span(first, None if more is None else first + more),
    st.integers(1, 26),
    st.none() | st.integers(-1, 30),
)
segments = st.builds(
    Segment,
    listed=spans,
    season=st.integers(0, 3),
    target=st.lists(spans, min_size=1, max_size=2).map(tuple),
    ratio=st.sampled_from([1, 1, 1, 2, -2, 3]),
)


LIKELY = (
    [Segment(Span(1, 24), 1, (Span(1, 24),)), Segment(Span(25, 36), 2, (Span(25, 36),))],
    [Segment(Span(1, 24), 1, (Span(1, 24),)), Segment(Span(25), 2, (Span(25),))],
    [Segment(Span(1, 24), 1, (Span(1, 24),))],
    [Segment(Span(1), 1, (Span(1),))],
    [Segment(Span(1, 20), 1, (Span(1, 20),))],
    [Segment(Span(1, 12), 1, (Span(1, 12),)), Segment(Span(1, 12), 2, (Span(1, 12),))],
    [Segment(Span(1, 24), 1, (Span(1, 12),), -2)],
)
"""What is nearly right, so that much of it is automatic."""


@st.composite
def claims(draw: st.DrawFn) -> tuple[Claim, ...]:
    """What two maps say of one entry: of overlapping ranges, of one range twice, beyond the list and beyond Trakt."""
    if draw(st.integers(0, 5)) == 0:
        return (MovieClaim("anibridge", 10, title="Foo"), MovieClaim("anitrakt", 10, title="Foo"))
    spelt = tuple(draw(st.lists(segments, max_size=3) | st.sampled_from(LIKELY) | st.just(LIKELY[0])))
    seasons = {one.season for one in spelt}
    season = seasons.pop() if len(seasons) == 1 else None
    return (
        ShowClaim("anibridge", trakt=10, season=season, segments=spelt),
        ShowClaim("anitrakt", trakt=10, slug="foo", title="Foo", year=2010, season=1),
    )


@st.composite
def listed(draw: st.DrawFn, number: int) -> Entry:
    """An entry of a show called Foo, of any length, watched to anywhere, past its end too."""
    if draw(st.booleans()):  # still airing, and ahead of the maps and of Trakt
        watched = draw(st.integers(20, 45))
        return entry("Foo", None, "2010-04-04", mal=number, watched=watched, status=Status.WATCHING)
    name = draw(st.sampled_from(["Foo", "Foo", "Foo Season 2", "Foo: Shorts"]))
    status, count = (
        draw(st.sampled_from(STATUSES)),
        draw(st.none() | st.sampled_from([12, 24]) | st.integers(1, 30)),
    )
    begun = draw(st.sampled_from([None, "2010-04-04", "2010-04-04", "2011-04-03"]))
    return entry(name, count, begun, mal=number, watched=draw(st.integers(0, 40)), status=status)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[tuple[Entry, ...], Maps, bool]:
    numbers = range(1, draw(st.integers(1, 3)) + 1)
    entries = tuple(draw(listed(number)) for number in numbers)
    own = (
        ShowClaim("anibridge", trakt=99, title="Quite Another", year=2020, season=1),
        ShowClaim(
            "anitrakt",
            trakt=99,
            title="Quite Another",
            year=2020,
            season=1,
            segments=(Segment(Span(1, 12), 1, (Span(1, 12),)),),
        ),
    )
    return entries, Maps({number: draw(claims()) for number in numbers} | {99: own}), draw(st.booleans())


def planned(entries: Sequence[Entry], maps: Maps, *, asked: bool) -> Plan:
    catalogue = Catalogue(FOO, ITS_SHOW) if asked else None
    proposals = match_entries(entries, maps, catalogue, auto_from=0.9, now=NOW)
    made = plan_entries(entries, proposals, maps, Policy(), lambda _: None, {})  # type: ignore[arg-type]
    source = SourceInfo("mal", "me", len(entries), STATUSES)
    return Plan("anitrakt 1", datetime(2026, 11, 29, tzinfo=UTC), source, None, Policy(), made)


def check(world: tuple[tuple[Entry, ...], Maps, bool]) -> None:
    entries, maps, asked = world
    plan, proof = finished_plan(planned((*entries, LONER), maps, asked=asked), "plan.yaml")
    assert [mistake.render() for mistake in load_plan(proof.loaded.raw, "plan.yaml").errors] == []
    assert not proof.left_out
    (alone,) = finished_plan(planned((LONER,), maps, asked=asked), "plan.yaml")[0].entries
    (found,) = (one for one in plan.entries if one.key == LONER.key)
    assert (found.decision, found.match) == (alone.decision, alone.match)
    silent = [one for one in plan.entries if one.progress.status is Status.PLANNED]
    assert all(one.decision is Decision.AUTO for one in silent)


@NORMAL
@given(worlds())
def test_what_is_planned_holds(world: tuple[tuple[Entry, ...], Maps, bool]) -> None:
    check(world)


@pytest.mark.long
@LONG
@given(worlds())
def test_all_that_is_planned_holds(world: tuple[tuple[Entry, ...], Maps, bool]) -> None:
    check(world)
