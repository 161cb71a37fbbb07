"""Two entries that claim the same: the plain one stays automatic, and else both wait."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anitrakt_plan.matching.collisions import is_ahead, plainly_meant, with_collisions
from anitrakt_plan.matching.evidence import Judged, Proposal, SignalValue
from anitrakt_plan.matching.weights import WEIGHTS
from anitrakt_plan.model import (
    Candidate,
    Decision,
    Entry,
    EntryKey,
    Kind,
    Match,
    Part,
    Parts,
    Run,
    ShowMatch,
    Status,
    Straight,
)
from tests.matching.matching_parts import entry

SEASON = ShowMatch(1, Straight((Run(3, 1, 13),)))
SERIES = {"title": 4.0, "season-words": 3.0, "episodes": 3.5, "air-dates": 3.0, "kind": 1.5}
"""A series that names the season: what each signal says for it, in log-odds."""
SHORTS = {**SERIES, "title": 1.0, "kind": -3.0}


def proposal(number: int, seen: dict[str, float], match: Match = SEASON) -> Proposal:
    """An automatic proposal with what each signal says for it."""
    signals = tuple(SignalValue(name, (), "", log_odds) for name, log_odds in seen.items())
    candidate = Candidate(match, "Overlord", 2015, "https://trakt.tv/shows/overlord", 0.9995)
    judged = (Judged(candidate, signals),)
    key = EntryKey("mal", number)
    return Proposal(key, Decision.AUTO, match, 0.9995, (), "", judged=judged)


def collided(*seen: dict[str, float]) -> list[Decision]:
    entries = [entry("Overlord", 13, mal=number) for number in range(1, len(seen) + 1)]
    proposals = [proposal(number, one) for number, one in enumerate(seen, start=1)]
    return [one.decision for one in with_collisions(entries, proposals, {})]


AUTO, REVIEW = Decision.AUTO, Decision.REVIEW


@pytest.mark.parametrize(
    ("seen", "decisions"),
    [
        # the series that names the season, and its shorts with the same count and days
        ((SERIES, SHORTS), [AUTO, REVIEW]),
        ((SHORTS, SERIES), [REVIEW, AUTO]),
        # the shorts in both maps, the series in none: no longer plain
        ((SERIES, {**SHORTS, "id-maps": 6.0}), [REVIEW, REVIEW]),
        # two seasons, of which one map has put the other on the same episodes
        (
            (SERIES, {**SERIES, "season-words": 0.0, "air-dates": -2.0}),
            [AUTO, REVIEW],
        ),
        # a recap film whose length happens to fit
        ((SERIES, {**SERIES, "kind": -8.0}), [AUTO, REVIEW]),
        # twins, and such as are nearly so
        ((SERIES, SERIES), [REVIEW, REVIEW]),
        ((SERIES, {**SERIES, "kind": -1.0}), [REVIEW, REVIEW]),
        # nobody is plain among three of whom two are alike
        ((SERIES, SERIES, SHORTS), [REVIEW, REVIEW, REVIEW]),
        ((SERIES, SHORTS, SHORTS), [AUTO, REVIEW, REVIEW]),
    ],
)
def test_the_plain_one_of_two_claimants_stays(
    seen: tuple[dict[str, float], ...], decisions: list[Decision]
) -> None:
    assert collided(*seen) == decisions


def test_who_is_beaten_is_in_nobodys_way() -> None:
    strong, middle, weak = (proposal(number, seen) for number, seen in ((1, SERIES), (2, SHORTS), (3, {})))
    assert plainly_meant([strong, middle, weak], {0: {1}, 1: {0, 2}, 2: {1}}) == {0, 2}
    assert plainly_meant([strong, strong, weak], {0: {1}, 1: {0, 2}, 2: {1}}) == frozenset()


@given(st.floats(-40, 40), st.floats(-40, 40))
def test_a_lead_counts_as_calibration_counts_it(mine: float, theirs: float) -> None:
    one, other = proposal(1, {"title": mine}), proposal(2, {"title": theirs})
    assert not (is_ahead(one, other) and is_ahead(other, one))
    if mine - theirs < 2:
        assert not is_ahead(one, other)
    if mine - theirs > 9:
        assert is_ahead(one, other)


def fitted(**seen: str) -> dict[str, float]:
    """The weights that these levels have by now."""
    return {name.replace("_", "-"): WEIGHTS[name.replace("_", "-")][level] for name, level in seen.items()}


def test_a_series_and_its_shorts_are_told_apart_by_the_fitted_weights() -> None:
    """Overlord III: the series names the season, its shorts bear its name, its days and its count."""
    series = fitted(title="later: same but for season words", season_words="agrees", kind="series: season")
    shorts = fitted(title="later: similar", season_words="agrees", kind="special: season")
    assert is_ahead(proposal(1, series), proposal(2, shorts))


def test_without_evidence_the_confidence_speaks() -> None:
    sure, doubtful = (replace(proposal(number, {}), judged=()) for number in (1, 2))
    doubtful = replace(doubtful, confidence=0.6)
    assert plainly_meant([sure, doubtful], {0: {1}, 1: {0}}) == {0}


def test_a_decision_of_the_users_is_stronger_than_all_evidence() -> None:
    claimant, other = entry("Overlord", 13, mal=1), entry("Overlord", 13, mal=2)
    here = proposal(1, SERIES)
    decided = Proposal(other.key, Decision.CONFIRMED, SEASON, 1.0, ("decided",), "")
    (found, _) = with_collisions([claimant, other], [here, decided], {other.key: SEASON})
    assert (found.decision, found.wanted) == (REVIEW, "mal:2 claims the same episodes")
    outside = EntryKey("mal", 9)
    (found,) = with_collisions([claimant], [here], {outside: SEASON})
    assert (found.decision, found.wanted) == (REVIEW, "mal:9 claims the same episodes")


def unfit(one: Entry, match: Match) -> Proposal:
    (found,) = with_collisions([one], [proposal(1, SERIES, match)], {})
    return found


def test_a_match_that_the_lists_count_forbids_waits_with_the_reason() -> None:
    ahead = entry("One Piece", None, watched=1095, status=Status.WATCHING)
    short = ShowMatch(1, Straight((Run(1, 1, 1088),)))
    found = unfit(ahead, short)
    assert (found.decision, found.match) == (REVIEW, None)
    assert found.wanted == "1095 episodes were watched, and the match has room for 1088"
    assert [one.match for one in found.candidates] == [short]
    twice = ShowMatch(1, Parts((Part(1, 12, (Run(1, 1, 12),)), Part(1, 12, (Run(2, 1, 12),)))))
    assert "overlap" in unfit(entry("Foo", 12), twice).wanted


def test_a_match_that_can_not_be_sent_is_in_nobodys_way() -> None:
    entries = [entry("Overlord", 12, mal=1), entry("Overlord", 13, kind=Kind.SPECIAL, mal=2)]
    proposals = [proposal(1, SERIES), proposal(2, SHORTS)]
    assert [one.decision for one in with_collisions(entries, proposals, {})] == [REVIEW, AUTO]
