"""Matching: options weighed against each other, what caps them, and the proposal a person sees."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anitrakt_plan.matching.claims import Claimed
from anitrakt_plan.matching.collisions import claimed_things, neighbours_of, with_collisions
from anitrakt_plan.matching.evidence import (
    Judged,
    Level,
    MatchContext,
    Neighbour,
    Option,
    Proposal,
    SignalValue,
    Speaks,
)
from anitrakt_plan.matching.propose import (
    NOTHING_FITS,
    Verdict,
    Weighed,
    curve_of,
    is_certain,
    judge,
    nothing_found,
    options_for,
    propose,
    speaks,
    with_known_names,
)
from anitrakt_plan.matching.seasons import Layouts
from anitrakt_plan.matching.signals import SeasonLevel, YearLevel
from anitrakt_plan.matching.weights import CURVES, Curve, calibrated, shares
from anitrakt_plan.model import (
    Candidate,
    Decision,
    Entry,
    EntryKey,
    Episode,
    Ids,
    Kind,
    Movie,
    MovieMatch,
    Part,
    Parts,
    Ratio,
    Run,
    Show,
    ShowMatch,
    Status,
    Straight,
    TargetKind,
    Titles,
    Work,
    WorkId,
)
from anitrakt_plan.model.matches import format_match, parse_match
from tests.matching.matching_parts import NOW, entry, layouts, season

FOO = Show(10, "Foo", 2010, "foo", aliases=())
LAYOUTS = layouts(season(1, 12, "2010-04-01"), season(2, 12, "2012-04-01"), season(3, 24, "2014-04-01"))
FIRST = entry("Foo", 12, "2010-04-01", "2010-06-17", mal=1)
SECOND = entry("Foo 2nd Season", 12, "2012-04-01", "2012-06-17", mal=2)


def proposed(
    one: Entry,
    *works: Work,
    lists: Mapping[WorkId, Layouts] | None = None,
    claims: Sequence[Claimed] = (),
    neighbours: Sequence[tuple[WorkId, Neighbour]] = (),
    auto_from: float = 0.99,
    other_work: str | None = None,
) -> Proposal:
    lists = {10: LAYOUTS} if lists is None else lists
    options = options_for(one, works, lists, claims, ended=one.is_over(NOW.date()))
    verdict = judge(one, options, MatchContext(tuple(claims), tuple(neighbours), other_work))
    proposal = propose(one, verdict, auto_from=auto_from)
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


def test_no_reason_names_what_is_unknown() -> None:
    dated, undated = proposed(FIRST, FOO, auto_from=2), proposed(entry("Foo", 12), FOO, auto_from=2)
    assert "year" in dated.candidates[0].why
    assert undated.candidates[0].match == dated.candidates[0].match
    assert not {"year", "air-dates"} & set(undated.candidates[0].why)


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
    undated: dict[WorkId, Layouts] = {10: layouts(season(1, 12), season(2, 12)), 11: layouts(season(1, 12))}
    twin = Show(11, "Foo", 2010, "foo-2010", aliases=())
    proposal = proposed(entry("Foo", 12, "2010"), FOO, twin, lists=undated)
    assert proposal.decision is Decision.REVIEW
    assert len(proposal.candidates) >= 2
    assert "a second candidate is as good" in proposal.wanted
    assert "behind" in proposal.hint


def test_a_ratio_that_a_map_spells_out_is_no_difference() -> None:
    shorts = entry("Foo", 24, "2010-04-01", "2010-06-17")
    ratio = Ratio((Run(1, 1, 12),), 2, 1)
    guessed = proposed(shorts, FOO, lists={10: layouts(season(1, 12, "2010-04-01"))})
    assert guessed.decision is Decision.REVIEW
    assert guessed.judged[0].candidate.match == ShowMatch(10, ratio)
    claims = (Claimed("anibridge", TargetKind.SHOW, 10, season=1, mapping=ratio),)
    told = proposed(shorts, FOO, lists={10: layouts(season(1, 12, "2010-04-01"))}, claims=claims)
    assert told.match == ShowMatch(10, ratio)


def test_dates_alone_do_not_carry_an_auto() -> None:
    stranger = entry("Baz", 12, "2010-04-01", "2010-06-17", english="Quux of the North")
    assert proposed(stranger, FOO).decision is Decision.REVIEW


def test_a_show_that_was_not_read_competes_but_is_no_match() -> None:
    unread = Show(12, "Foo", 2010)
    proposal = proposed(FIRST, unread, lists={})
    assert proposal.match is None
    assert proposal.decision is Decision.REVIEW
    rival = proposed(entry("Foo", 12), FOO, unread, lists={10: layouts(season(1, 12))})
    assert rival.decision is Decision.REVIEW
    assert "a show of the same name was not looked at" in rival.wanted
    assert all(candidate.match == at(1, 1, 12) for candidate in rival.candidates)


def test_an_id_map_lifts_its_place_above_the_others() -> None:
    bare = entry("Foo Gaiden", 12)
    undated: dict[WorkId, Layouts] = {10: layouts(season(1, 12), season(2, 12), season(3, 12))}
    claims = (Claimed("anibridge", TargetKind.SHOW, 10, season=2, mapping=Straight((Run(2, 1, 12),))),)
    without, with_map = (
        proposed(bare, FOO, lists=undated),
        proposed(bare, FOO, lists=undated, claims=claims),
    )
    assert with_map.judged[0].candidate.match == at(2, 1, 12)
    assert with_map.confidence > without.confidence


def test_at_most_five_candidates_best_first() -> None:
    long: dict[WorkId, Layouts] = {10: layouts(season(1, 200))}
    proposal = proposed(entry("Foo", 12, kind=Kind.ONA), FOO, lists=long)
    confidences = [candidate.confidence for candidate in proposal.candidates]
    assert len(confidences) <= 5
    assert confidences == sorted(confidences, reverse=True)


@pytest.mark.parametrize(
    "one", [FIRST, entry("Foo", 12), entry("Foo Gaiden", 12, kind=Kind.OVA), entry("Xyz", 3)]
)
def test_what_nobody_would_believe_is_not_offered(one: Entry) -> None:
    proposal = proposed(one, FOO, auto_from=1.0)
    likely = [item.candidate for item in proposal.judged if item.candidate.confidence >= 0.05]
    assert proposal.candidates == tuple(likely[:5])
    assert bool(proposal.candidates) is (NOTHING_FITS not in proposal.hint)


def test_a_show_that_is_only_too_short_is_offered_as_far_as_it_goes() -> None:
    long_runner = entry("Foo", 1100, "2010-04-01", status=Status.COMPLETED)
    proposal = proposed(long_runner, FOO, lists={10: layouts(season(1, 1090, "2010-04-01", step=1))})
    assert proposal.decision is Decision.REVIEW
    (candidate,) = proposal.candidates
    assert candidate.match == ShowMatch(10, Parts((Part(1, 1090, (Run(1, 1, 1090),)),)))
    assert "10 more in the list than Trakt has" in proposal.hint
    another = proposed(replace(long_runner, titles=Titles("Quux")), FOO, lists={10: layouts(season(1, 30))})
    assert another.candidates == ()
    assert another.hint == NOTHING_FITS


def test_of_a_disputed_id_both_works_are_offered() -> None:
    """The work that the title names, and the one that the maps have for the id."""
    other = Show(20, "Quux", 2001, "quux", aliases=())
    both: dict[WorkId, Layouts] = {10: LAYOUTS, 20: layouts(season(1, 30, "2001-04-01"))}
    claims = (Claimed("anibridge", TargetKind.SHOW, 20, season=1, mapping=Straight((Run(1, 1, 30),))),)
    proposal = proposed(FIRST, FOO, other, lists=both, claims=claims, other_work="Quux")
    assert proposal.decision is Decision.REVIEW
    assert proposal.other_work == "Quux"
    matches = [candidate.match for candidate in proposal.candidates]
    assert {match.show if isinstance(match, ShowMatch) else match for match in matches} == {10, 20}
    assert "the list's title and its id disagree: 1 is Quux" in proposal.hint + proposal.wanted


def test_nothing_found_is_review_without_candidates() -> None:
    proposal = proposed(FIRST, lists={})
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
    twin_entry = replace(FIRST, key=EntryKey("mal", 3), ids=Ids(3))
    two = replace(one, key=twin_entry.key)
    results = with_collisions([FIRST, twin_entry], [one, two], {})
    assert [result.decision for result in results] == [Decision.REVIEW] * 2
    assert "mal:3" in results[0].hint
    assert "mal:1" in results[1].hint
    assert results[0].candidates[0].match == one.match
    assert any("mal:3" in cap for cap in results[0].judged[0].caps)


def test_overlap_by_a_single_episode_is_a_collision_and_neighbours_are_none() -> None:
    one = replace(proposed(FIRST, FOO), match=at(1, 1, 12))
    other = replace(SECOND, key=EntryKey("mal", 4), ids=Ids(4))
    overlapping = replace(one, key=other.key, match=at(1, 12, 23))
    beside = replace(one, key=other.key, match=at(1, 13, 24))
    assert with_collisions([FIRST, other], [one, overlapping], {})[0].decision is Decision.REVIEW
    assert with_collisions([FIRST, other], [one, beside], {})[0].decision is Decision.AUTO


def test_the_same_work_in_two_services_is_no_collision() -> None:
    one = proposed(FIRST, FOO)
    anilist = replace(FIRST, key=EntryKey("anilist", 900))
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


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from(Curve))
def test_confidence_rises_with_belief_and_is_never_certain(one: float, other: float, curve: Curve) -> None:
    low, high = sorted((one, other))
    assert 0 <= calibrated(low, curve) <= calibrated(high, curve) < 1


BRIDGE = Claimed("anibridge", TargetKind.SHOW, 10, "Foo", 2010, season=2, mapping=at(2, 1, 12).mapping)
TRAKT = Claimed("anitrakt", TargetKind.SHOW, 10, "Foo", 2010, season=2)
BANGUMI = Claimed("bangumi", TargetKind.SHOW, 10, season=2)


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ((BRIDGE,), Curve.ALONE),
        ((BRIDGE, replace(TRAKT, season=None)), Curve.ALONE),
        ((BRIDGE, TRAKT), Curve.PAIR),
        ((BRIDGE, BANGUMI), Curve.WITNESSED),
        ((BRIDGE, TRAKT, BANGUMI), Curve.WITNESSED),
        ((BRIDGE, replace(TRAKT, season=1)), Curve.DISPUTED),
        ((BRIDGE, TRAKT, replace(BANGUMI, season=None)), Curve.DISPUTED),
    ],
)
def test_what_maps_alone_say_is_worth_what_the_maps_do_that_say_it(
    claims: tuple[Claimed, ...], expected: Curve
) -> None:
    """Of a sequel of late that no map of another family knows, nobody can say whether it was merged since."""
    of_late = Curve.YOUNG if expected in (Curve.ALONE, Curve.PAIR) else expected
    for today, curve in ((date(2024, 1, 1), expected), (date(2013, 1, 1), of_late)):
        options = options_for(SECOND, [FOO], {}, claims)
        rows = judge(SECOND, options, MatchContext(claims, today=today)).options
        found = next(row for row in rows if row.option.match == at(2, 1, 12))
        assert curve_of(found.option, found.signals) is curve


def test_two_places_that_maps_dispute_are_together_no_likelier_than_certain() -> None:
    proposal = proposed(SECOND, FOO, lists={}, claims=(BRIDGE, replace(TRAKT, season=1)))
    assert proposal.decision is Decision.REVIEW
    assert len(proposal.candidates) == 2
    assert sum(candidate.confidence for candidate in proposal.candidates) <= 1.0


def test_each_curve_rises() -> None:
    assert set(CURVES) == set(Curve)
    assert all(below > 0 and above > 0 for _, below, above in CURVES.values())


@pytest.mark.parametrize("gone", ["aired_from", "aired_to", "episodes", "minutes"])
@pytest.mark.parametrize("kind", list(Kind))
def test_an_entry_that_lacks_facts_is_judged_all_the_same(gone: str, kind: Kind) -> None:
    lacking: dict[str, Any] = {gone: None}
    one = replace(FIRST, kind=kind, **lacking)
    proposal = proposed(one, FOO, Movie(5, "Foo", 2010))
    assert proposal.judged
    assert 0 < proposal.confidence < 1


@pytest.mark.parametrize(("belief", "is_asked"), [(0.1, False), (0.25, True), (0.8, True)])
def test_other_names_are_asked_for_where_the_rest_of_the_best_one_is_likely(
    belief: float, is_asked: bool
) -> None:
    work = Show(10, "Bar", 2010)
    verdict = Verdict((Weighed(Option(work, None), (), 0.0, belief),))
    assert verdict.doubtful_name == ((TargetKind.SHOW, 10) if is_asked else None)


def test_a_season_is_offered_beside_the_season_with_specials_that_a_map_spells_out() -> None:
    mixed = Straight((Run(0, 1, 1), Run(1, 1, 12)))
    claims = (replace(BRIDGE, season=1, mapping=mixed),)
    options = options_for(entry("Foo", 13, "2010-04-01", mal=1), [FOO], {}, claims)
    assert {option.match for option in options} == {ShowMatch(10, mixed), at(1, 1, 13)}


def test_what_nobody_looked_at_and_something_holds_back_is_not_offered_as_certain() -> None:
    claims = (replace(TRAKT, season=1), replace(BANGUMI, season=1))
    proposal = proposed(entry("Foo", 40, "2010-04-01", mal=1), FOO, lists={}, claims=claims)
    assert proposal.decision is Decision.REVIEW
    assert proposal.candidates[0].match == at(1, 1, 40)
    assert proposal.confidence == proposal.candidates[0].confidence < 0.99


def test_of_two_entries_for_which_maps_alone_name_one_place_neither_is_likely() -> None:
    claims = (replace(BRIDGE, season=1, mapping=at(1, 1, 12).mapping), replace(BANGUMI, season=1))
    entries = [FIRST, entry("Foo", 12, "2010-04-01", "2010-06-17", mal=3)]
    found = with_collisions(entries, [proposed(one, FOO, lists={}, claims=claims) for one in entries], {})
    assert [proposal.decision for proposal in found] == [Decision.REVIEW] * 2
    assert all(proposal.candidates[0].confidence < 0.5 for proposal in found)


def test_a_work_that_a_map_knows_by_its_id_alone_gets_the_name_that_another_has() -> None:
    def candidate(match: str, title: str) -> Candidate:
        return Candidate(parse_match(match), title, None, "https://trakt.tv/shows/1", 0.9)

    nameless, named = candidate("tmdb:1429 S00E01", "show tmdb:1429"), candidate("movie 5", "Film")
    proposal = Proposal(
        EntryKey("mal", 1), Decision.REVIEW, None, 0.9, (), "", (nameless, named), (Judged(nameless, (), ()),)
    )
    work = Show(1420, "Attack on Titan", 2013, "attack-on-titan", 1429)
    (found,) = with_known_names([proposal], lambda: [Show(7, "Else", tmdb=7), work])
    now = replace(nameless, title="Attack on Titan", year=2013, url="https://trakt.tv/shows/attack-on-titan")
    assert found.candidates == (now, named)
    assert found.judged[0].candidate == now
    assert with_known_names([proposal], list) == (proposal,)


# --- what a signal tells a person ---


@pytest.mark.parametrize(
    ("level", "weight", "said"),
    [
        (SeasonLevel.AGREES, 3.5, Speaks.FOR),
        (SeasonLevel.FIRST_UNNAMED, 2.0, Speaks.FOR),
        (SeasonLevel.FINAL, -0.7, Speaks.AGAINST),
        (SeasonLevel.LATER_UNNAMED, 1.3, Speaks.AGAINST),
        (SeasonLevel.AGAINST_A_NUMBER, 1.4, Speaks.AGAINST),
        (SeasonLevel.AGAINST, 0.2, Speaks.AGAINST),
        (SeasonLevel.NOTHING_SAID, 1.0, Speaks.NOT),
        (YearLevel.UNKNOWN, 0.9, Speaks.NOT),
    ],
)
def test_what_contradicts_is_no_reason_whatever_it_weighs(level: Level, weight: float, said: Speaks) -> None:
    assert speaks(SignalValue("any", (level,), "", weight)) is said
