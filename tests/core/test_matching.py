"""Matching: options weighed against each other, what caps them, and the proposal a person sees."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anitrakt_plan.core.calibration import CURVES, calibrated, shares
from anitrakt_plan.core.claimed import Claimed
from anitrakt_plan.core.collisions import claimed_things, neighbours_of, with_collisions
from anitrakt_plan.core.episodes import format_match
from anitrakt_plan.core.evidence import Circumstances, Neighbour, Proposal
from anitrakt_plan.core.layout import Layout
from anitrakt_plan.core.matching import is_certain, judge, nothing_found, options_for, propose
from anitrakt_plan.core.model import (
    Decision,
    Entry,
    EntryKey,
    Episode,
    Ids,
    Kind,
    Movie,
    MovieMatch,
    Ratio,
    Run,
    Service,
    Show,
    ShowMatch,
    Straight,
    TargetKind,
    Work,
)
from tests.core.matching_parts import entry, layout, season

FOO = Show(10, "Foo", 2010, "foo", aliases=())
LAYOUT = layout(season(1, 12, "2010-04-01"), season(2, 12, "2012-04-01"), season(3, 24, "2014-04-01"))
FIRST = entry("Foo", 12, "2010-04-01", "2010-06-17", mal=1)
SECOND = entry("Foo 2nd Season", 12, "2012-04-01", "2012-06-17", mal=2)


def proposed(
    one: Entry,
    *works: Work,
    layouts: dict[int, Layout] | None = None,
    claims: Sequence[Claimed] = (),
    neighbours: Sequence[tuple[int, Neighbour]] = (),
    auto_from: float = 0.99,
    settled: bool = False,
) -> Proposal:
    layouts = {10: LAYOUT} if layouts is None else layouts
    options = options_for(one, works, layouts, claims)
    verdict = judge(one, options, Circumstances(tuple(claims), tuple(neighbours)))
    proposal = propose(one, verdict, auto_from=auto_from, settled=settled)
    if not settled:
        assert is_certain(one, verdict, auto_from=auto_from) is (proposal.decision is Decision.AUTO)
    return proposal


def at(number: int, first: int, last: int, show: int = 10) -> ShowMatch:
    return ShowMatch(show, Straight((Run(number, first, last),)))


def test_a_clear_case_is_auto_and_says_why() -> None:
    proposal = proposed(FIRST, FOO)
    assert proposal.decision is Decision.AUTO
    assert proposal.match == at(1, 1, 12)
    assert proposal.hint.startswith("10 S01E01-E12 · Foo (2010) · 0.99")
    assert proposal.hint.startswith(format_match(proposal.match))
    assert {"title", "air-dates", "episodes"} <= set(proposal.why)
    assert proposal.candidates == ()
    assert proposal.wanted == ""
    assert proposal.judged[0].signals


def test_the_sequel_is_not_season_one() -> None:
    assert proposed(SECOND, FOO).match == at(2, 1, 12)


def test_a_higher_demand_leaves_it_to_a_person() -> None:
    proposal = proposed(FIRST, FOO, auto_from=0.9999)
    assert proposal.decision is Decision.REVIEW
    assert proposal.match is None
    assert proposal.candidates[0].match == at(1, 1, 12)
    assert "0.9999 needed" in proposal.hint
    assert "0.9999" in proposal.wanted


def test_two_options_that_are_as_good_are_capped_by_the_gap() -> None:
    undated = {10: layout(season(1, 12), season(2, 12)), 11: layout(season(1, 12))}
    twin = Show(11, "Foo", 2010, "foo-2010", aliases=())
    proposal = proposed(entry("Foo", 12, "2010"), FOO, twin, layouts=undated)
    assert proposal.decision is Decision.REVIEW
    assert len(proposal.candidates) >= 2
    assert "a second candidate is as good" in proposal.wanted
    assert "behind" in proposal.hint


@pytest.mark.parametrize(
    ("one", "work", "cap"),
    [
        (replace(FIRST, kind=Kind.TV), Movie(5, "Foo", 2010, aliases=()), "a series is not a film"),
        (
            entry("Foo", 3, "2010-04-01", kind=Kind.OVA),
            Movie(5, "Foo", 2010, aliases=()),
            "the number of episodes differs",
        ),
        (entry("Foo", 25, "2014-04-01"), FOO, "the number of episodes differs"),
        (entry("Quite Another", 12, "2010-04-01", "2010-06-17"), FOO, "no title says so"),
        (entry("", 12, "2010-04-01", "2010-06-17"), FOO, "no title says so"),
        (
            entry("Foo 3rd Season", 12, "2012-04-01", "2012-06-17"),
            FOO,
            "the title names another season",
        ),
        (entry("Foo", 12, "2012-04-01", "2012-06-17"), replace(FOO, year=2002), None),
    ],
)
def test_caps(one: Entry, work: Work, cap: str | None) -> None:
    proposal = proposed(one, work)
    caps = proposal.judged[0].caps
    if cap is None:
        assert not caps
    else:
        assert cap in caps
        assert proposal.decision is Decision.REVIEW
        assert cap in proposal.wanted


def test_trakts_own_link_to_another_entry_is_a_cap() -> None:
    one = {10: layout(season(1, 12, "2010-04-01"))}
    proposal = proposed(FIRST, replace(FOO, mal_id=77), layouts=one)
    assert "Trakt links it to another MyAnimeList entry" in proposal.judged[0].caps
    assert proposed(FIRST, replace(FOO, mal_id=1), layouts=one).decision is Decision.AUTO


def test_a_ratio_that_a_map_spells_out_is_no_difference() -> None:
    shorts = entry("Foo", 24, "2010-04-01", "2010-06-17")
    ratio = Ratio((Run(1, 1, 12),), 2, 1)
    guessed = proposed(shorts, FOO, layouts={10: layout(season(1, 12, "2010-04-01"))})
    assert guessed.decision is Decision.REVIEW
    assert guessed.judged[0].candidate.match == ShowMatch(10, ratio)
    claims = (Claimed("anibridge", TargetKind.SHOW, 10, season=1, mapping=ratio),)
    told = proposed(shorts, FOO, layouts={10: layout(season(1, 12, "2010-04-01"))}, claims=claims)
    assert told.match == ShowMatch(10, ratio)


def test_dates_alone_do_not_carry_an_auto() -> None:
    stranger = entry("Baz", 12, "2010-04-01", "2010-06-17", english="Quux of the North")
    assert proposed(stranger, FOO).decision is Decision.REVIEW


def test_a_show_that_was_not_read_competes_but_is_no_match() -> None:
    unread = Show(12, "Foo", 2010)
    proposal = proposed(FIRST, unread, layouts={})
    assert proposal.match is None
    assert proposal.decision is Decision.REVIEW
    rival = proposed(entry("Foo", 12), FOO, unread, layouts={10: layout(season(1, 12))})
    assert rival.decision is Decision.REVIEW
    assert "a show of the same name was not looked at" in rival.wanted
    assert all(candidate.match == at(1, 1, 12) for candidate in rival.candidates)


def test_an_id_map_lifts_its_place_above_the_others() -> None:
    bare = entry("Foo Gaiden", 12)
    undated = {10: layout(season(1, 12), season(2, 12), season(3, 12))}
    claims = (Claimed("anibridge", TargetKind.SHOW, 10, season=2, mapping=Straight((Run(2, 1, 12),))),)
    without, with_map = (
        proposed(bare, FOO, layouts=undated),
        proposed(bare, FOO, layouts=undated, claims=claims),
    )
    assert with_map.judged[0].candidate.match == at(2, 1, 12)
    assert with_map.confidence > without.confidence


def test_what_two_maps_settle_is_auto_unless_more_is_asked() -> None:
    lone = entry("Fuu", 12)
    claims = (Claimed("anibridge", TargetKind.SHOW, 10, season=2, mapping=Straight((Run(2, 1, 12),))),)
    assert proposed(lone, FOO, layouts={}, claims=claims, settled=True).decision is Decision.AUTO
    assert (
        proposed(lone, FOO, layouts={}, claims=claims, settled=True, auto_from=1.0).decision
        is Decision.REVIEW
    )


def test_at_most_five_candidates_best_first() -> None:
    long = {10: layout(season(1, 200))}
    proposal = proposed(entry("Foo", 12, kind=Kind.ONA), FOO, layouts=long)
    confidences = [candidate.confidence for candidate in proposal.candidates]
    assert len(confidences) <= 5
    assert confidences == sorted(confidences, reverse=True)


def test_nothing_found_is_review_without_candidates() -> None:
    proposal = proposed(FIRST, layouts={})
    assert proposal == nothing_found(FIRST)
    assert "no title" in nothing_found(entry("")).hint
    assert proposal.decision is Decision.REVIEW
    assert proposal.candidates == ()


def test_a_neighbour_that_has_the_episodes_stands_in_the_way() -> None:
    taken = neighbours_of(SECOND, {10: [(FIRST, (Episode(2, 1), Episode(2, 12)))]})
    proposal = proposed(SECOND, FOO, neighbours=taken)
    assert proposal.decision is Decision.REVIEW or proposal.match != at(2, 1, 12)


def test_colliding_autos_both_wait_and_name_each_other() -> None:
    one = proposed(FIRST, FOO)
    twin_entry = replace(FIRST, key=EntryKey(Service.MAL, 3), ids=Ids(3))
    two = replace(one, key=twin_entry.key)
    results = with_collisions([FIRST, twin_entry], [one, two], {})
    assert [result.decision for result in results] == [Decision.REVIEW] * 2
    assert "mal:3" in results[0].hint
    assert "mal:1" in results[1].hint
    assert results[0].candidates[0].match == one.match
    assert any("mal:3" in cap for cap in results[0].judged[0].caps)


def test_overlap_by_a_single_episode_is_a_collision_and_neighbours_are_none() -> None:
    one = replace(proposed(FIRST, FOO), match=at(1, 1, 12))
    other = replace(SECOND, key=EntryKey(Service.MAL, 4), ids=Ids(4))
    overlapping = replace(one, key=other.key, match=at(1, 12, 23))
    beside = replace(one, key=other.key, match=at(1, 13, 24))
    assert with_collisions([FIRST, other], [one, overlapping], {})[0].decision is Decision.REVIEW
    assert with_collisions([FIRST, other], [one, beside], {})[0].decision is Decision.AUTO


def test_the_same_work_in_two_services_is_no_collision() -> None:
    one = proposed(FIRST, FOO)
    anilist = replace(FIRST, key=EntryKey(Service.ANILIST, 900))
    results = with_collisions([FIRST, anilist], [one, replace(one, key=anilist.key)], {})
    assert [result.decision for result in results] == [Decision.AUTO] * 2


def test_a_match_claims_its_film_or_its_episodes() -> None:
    assert claimed_things(MovieMatch(3)) == (("movie", 3),)
    assert len(claimed_things(at(1, 1, 12))) == 12
    assert claimed_things(None) == ()


@given(st.lists(st.floats(-30, 30), max_size=20), st.floats(-30, 30))
def test_belief_is_shared_out_and_never_more_than_one(scores: list[float], none: float) -> None:
    belief = shares(scores, none)
    assert len(belief) == len(scores)
    assert all(0 <= part <= 1 for part in belief)
    assert sum(belief) <= 1 + 1e-9
    ranked = sorted(zip(scores, belief, strict=True))
    assert [part for _, part in ranked] == sorted(part for _, part in ranked)


@given(st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_confidence_rises_with_belief_and_is_never_certain(one: float, other: float, dated: bool) -> None:
    low, high = sorted((one, other))
    assert 0 <= calibrated(low, dated=dated) <= calibrated(high, dated=dated) < 1


def test_both_curves_rise() -> None:
    assert all(below > 0 and above > 0 for _, below, above in CURVES.values())


@pytest.mark.parametrize("gone", ["aired_from", "aired_to", "episodes", "minutes"])
@pytest.mark.parametrize("kind", list(Kind))
def test_an_entry_that_lacks_facts_is_judged_all_the_same(gone: str, kind: Kind) -> None:
    changes: dict[str, Any] = {gone: None}
    one = replace(FIRST, kind=kind, **changes)
    proposal = proposed(one, FOO, Movie(5, "Foo", 2010))
    assert proposal.judged
    assert 0 < proposal.confidence < 1
