"""Two entries that claim the same: the plain one stays automatic, and else both wait."""

from __future__ import annotations

from dataclasses import replace

import pytest

from anitrakt_plan.core.calibration import weight
from anitrakt_plan.core.collisions import CLEAR, plainly_meant, with_collisions
from anitrakt_plan.core.evidence import Judged, Proposal, SignalValue
from anitrakt_plan.core.model import (
    Candidate,
    Decision,
    Entry,
    EntryKey,
    Kind,
    Match,
    Part,
    Parts,
    Run,
    Service,
    ShowMatch,
    Status,
    Straight,
)
from tests.core.matching_parts import entry

SEASON = ShowMatch(1, Straight((Run(3, 1, 13),)))
NAMES_THE_SEASON = {
    "title": "later: same but for season words",
    "season-words": "agrees",
    "year": "same",
    "episodes": "fits a season",
    "air-dates": "begins on the day, ends on the day",
    "kind": "series: season",
}
SHORTS = {
    "title": "later: similar",
    "season-words": "agrees",
    "year": "same",
    "episodes": "fits a season",
    "air-dates": "begins on the day, ends on the day",
    "kind": "special: season",
}


def proposal(number: int, seen: dict[str, str], match: Match = SEASON) -> Proposal:
    """An automatic proposal with what each signal saw."""
    signals = tuple(SignalValue(name, level, level, weight(name, level)) for name, level in seen.items())
    candidate = Candidate(match, "Overlord", 2015, "https://trakt.tv/shows/overlord", 0.9995)
    judged = (Judged(candidate, signals),)
    key = EntryKey(Service.MAL, number)
    return Proposal(key, Decision.AUTO, match, 0.9995, (), "", judged=judged)


def collided(*seen: dict[str, str]) -> list[Decision]:
    entries = [entry("Overlord", 13, mal=number) for number in range(1, len(seen) + 1)]
    proposals = [proposal(number, one) for number, one in enumerate(seen, start=1)]
    return [one.decision for one in with_collisions(entries, proposals, {})]


AUTO, REVIEW = Decision.AUTO, Decision.REVIEW


@pytest.mark.parametrize(
    ("seen", "decisions"),
    [
        # the series that names the season, and its shorts with the same count and days
        ((NAMES_THE_SEASON, SHORTS), [AUTO, REVIEW]),
        ((SHORTS, NAMES_THE_SEASON), [REVIEW, AUTO]),
        # the shorts in both maps, the series in none: no longer plain
        ((NAMES_THE_SEASON, {**SHORTS, "id-maps": "exact + exact"}), [REVIEW, REVIEW]),
        # two seasons, of which one map has put the other on the same episodes
        (
            (NAMES_THE_SEASON, {**NAMES_THE_SEASON, "season-words": "against", "air-dates": "months apart"}),
            [AUTO, REVIEW],
        ),
        # a recap film whose length happens to fit
        ((NAMES_THE_SEASON, {**NAMES_THE_SEASON, "kind": "film: season"}), [AUTO, REVIEW]),
        # twins, and such as are nearly so
        ((NAMES_THE_SEASON, NAMES_THE_SEASON), [REVIEW, REVIEW]),
        ((NAMES_THE_SEASON, {**NAMES_THE_SEASON, "kind": "special: season"}), [REVIEW, REVIEW]),
        # nobody is plain among three of whom two are alike
        ((NAMES_THE_SEASON, NAMES_THE_SEASON, SHORTS), [REVIEW, REVIEW, REVIEW]),
        ((NAMES_THE_SEASON, SHORTS, SHORTS), [AUTO, REVIEW, REVIEW]),
    ],
)
def test_the_plain_one_of_two_claimants_stays(
    seen: tuple[dict[str, str], ...], decisions: list[Decision]
) -> None:
    assert collided(*seen) == decisions


def test_who_is_beaten_is_in_nobodys_way() -> None:
    strong, middle, weak = (
        proposal(number, {"title": "same"} if number == 3 else seen)
        for number, seen in ((1, NAMES_THE_SEASON), (2, SHORTS), (3, {}))
    )
    assert plainly_meant([strong, middle, weak], {0: {1}, 1: {0, 2}, 2: {1}}) == {0, 2}
    assert plainly_meant([strong, strong, weak], {0: {1}, 1: {0, 2}, 2: {1}}) == frozenset()


def test_a_lead_that_is_just_too_small_is_none() -> None:
    def with_weight(number: int, log_odds: float) -> Proposal:
        one = proposal(number, {})
        signal = SignalValue("title", "same", "", log_odds)
        return replace(one, judged=(Judged(one.judged[0].candidate, (signal,)),))

    near = [with_weight(1, 10.0), with_weight(2, 10.0 - CLEAR + 0.01)]
    far = [with_weight(1, 10.0), with_weight(2, 10.0 - CLEAR - 0.01)]
    assert plainly_meant(near, {0: {1}, 1: {0}}) == frozenset()
    assert plainly_meant(far, {0: {1}, 1: {0}}) == {0}


def test_without_evidence_the_confidence_speaks() -> None:
    sure, doubtful = (replace(proposal(number, {}), judged=()) for number in (1, 2))
    doubtful = replace(doubtful, confidence=0.6)
    assert plainly_meant([sure, doubtful], {0: {1}, 1: {0}}) == {0}


def test_a_decision_of_the_users_is_stronger_than_all_evidence() -> None:
    claimant, other = entry("Overlord", 13, mal=1), entry("Overlord", 13, mal=2)
    here = proposal(1, NAMES_THE_SEASON)
    decided = Proposal(other.key, Decision.CONFIRMED, SEASON, 1.0, ("decided",), "")
    (found, _) = with_collisions([claimant, other], [here, decided], {other.key: SEASON})
    assert (found.decision, found.wanted) == (REVIEW, "mal:2 claims the same episodes")
    outside = EntryKey(Service.MAL, 9)
    (found,) = with_collisions([claimant], [here], {outside: SEASON})
    assert (found.decision, found.wanted) == (REVIEW, "mal:9 claims the same episodes")


def unfit(one: Entry, match: Match) -> Proposal:
    (found,) = with_collisions([one], [proposal(1, NAMES_THE_SEASON, match)], {})
    return found


def test_a_match_that_the_lists_count_forbids_waits_with_the_reason() -> None:
    ahead = entry("One Piece", None, watched=1095, status=Status.WATCHING)
    short = ShowMatch(1, Straight((Run(1, 1, 1088),)))
    found = unfit(ahead, short)
    assert (found.decision, found.match) == (REVIEW, None)
    assert found.wanted == "1095 episodes were watched, but the match has room for 1088"
    assert [one.match for one in found.candidates] == [short]
    twice = ShowMatch(1, Parts((Part(1, 12, (Run(1, 1, 12),)), Part(1, 12, (Run(2, 1, 12),)))))
    assert "overlap" in unfit(entry("Foo", 12), twice).wanted


def test_a_match_that_can_not_be_sent_is_in_nobodys_way() -> None:
    entries = [entry("Overlord", 12, mal=1), entry("Overlord", 13, kind=Kind.SPECIAL, mal=2)]
    proposals = [proposal(1, NAMES_THE_SEASON), proposal(2, SHORTS)]
    assert [one.decision for one in with_collisions(entries, proposals, {})] == [REVIEW, AUTO]
