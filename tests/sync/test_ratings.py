"""What an entry rates, and what several entries rate together."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from anitrakt_plan.model import (
    ConflictPolicy,
    EntryKey,
    EpisodeSubject,
    MovieMatch,
    MovieSubject,
    Policy,
    Rating,
    RatingScope,
    RatingsPolicy,
    Season,
    SeasonEpisode,
    SeasonSubject,
    ShowMatch,
    ShowSubject,
    Straight,
)
from anitrakt_plan.model.matches import parse_runs
from anitrakt_plan.sync.knowledge import Knowledge
from anitrakt_plan.sync.ratings import (
    RatingChange,
    RatingContribution,
    RatingVerdict,
    compare_ratings,
    covers_show,
    rates_of,
    rule_of,
    shared_value,
    subjects_of,
)

AUTO, BOTH, OFF = RatingsPolicy.AUTO, RatingsPolicy.BOTH, RatingsPolicy.OFF


def show(runs: str) -> ShowMatch:
    return ShowMatch(1420, Straight(parse_runs(runs)))


@pytest.mark.parametrize(
    ("match", "policy", "whole", "rates"),
    [
        (MovieMatch(51), AUTO, False, RatingScope.MOVIE),
        (MovieMatch(51), BOTH, False, RatingScope.MOVIE),
        (MovieMatch(51), OFF, False, RatingScope.OFF),
        (show("S01E01-E25"), AUTO, True, RatingScope.SHOW),
        (show("S01E01-E25"), AUTO, False, RatingScope.SEASON),
        (show("S01E01-E25"), RatingsPolicy.SEASON, True, RatingScope.SEASON),
        (show("S01E01-E25"), RatingsPolicy.SHOW_MEAN, False, RatingScope.SHOW),
        (show("S01E01-E25"), BOTH, True, RatingScope.SEASON_AND_SHOW),
        (show("S00E01-E03"), AUTO, False, RatingScope.EPISODES),
        (show("S00E01-E03"), AUTO, True, RatingScope.EPISODES),
        (show("S00E01-E03"), RatingsPolicy.SHOW_MEAN, False, RatingScope.EPISODES),
        (show("S01E05"), AUTO, False, RatingScope.EPISODES),
        (show("S01E01"), AUTO, True, RatingScope.SHOW),
        (show("S01E01-E25"), OFF, True, RatingScope.OFF),
    ],
)
def test_what_an_entry_rates_by_policy(
    match: ShowMatch | MovieMatch, policy: RatingsPolicy, whole: bool, rates: RatingScope
) -> None:
    assert rates_of(match, policy, whole_show=whole) is rates


EPISODES = (EpisodeSubject(1420, 1, 1), EpisodeSubject(1420, 1, 2))


@pytest.mark.parametrize(
    ("match", "rates", "subjects"),
    [
        (MovieMatch(51), RatingScope.MOVIE, (MovieSubject(51),)),
        (MovieMatch(51), RatingScope.OFF, ()),
        (show("S01E01-E25"), RatingScope.SHOW, (ShowSubject(1420),)),
        (
            show("S01E01-E25, S02E01-E12"),
            RatingScope.SEASON,
            (SeasonSubject(1420, 1), SeasonSubject(1420, 2)),
        ),
        (show("S01E01-E25, S00E01"), RatingScope.SEASON, (SeasonSubject(1420, 1),)),
        (show("S01E01-E25"), RatingScope.SEASON_AND_SHOW, (SeasonSubject(1420, 1), ShowSubject(1420))),
        (show("S01E01-E25"), RatingScope.EPISODES, EPISODES),
        (show("S01E01-E25"), RatingScope.OFF, ()),
    ],
)
def test_the_subjects_of_each_kind_of_rating(
    match: ShowMatch | MovieMatch, rates: RatingScope, subjects: tuple[object, ...]
) -> None:
    assert subjects_of(match, rates, EPISODES) == subjects


def seasons(*counts: int) -> tuple[Season, ...]:
    return tuple(
        Season(number, tuple(SeasonEpisode(e + 1, number * 100 + e) for e in range(count)))
        for number, count in enumerate(counts)
    )


@pytest.mark.parametrize(
    ("runs", "covers"),
    [("S01E01-E12, S02E01-E12", True), ("S01E01-E12", False), ("S01E01-E12, S02E01-E11", False)],
)
def test_a_whole_show_is_all_its_regular_episodes(runs: str, covers: bool) -> None:
    assert covers_show(Straight(parse_runs(runs)), seasons(3, 12, 12)) is covers


def test_a_show_that_was_not_read_is_not_covered() -> None:
    assert not covers_show(Straight(parse_runs("S01E01-E12")), ())


def part(value: int, weight: int, season: int = 1) -> RatingContribution:
    return RatingContribution(
        EntryKey("mal", season), "", RatingScope.SEASON, value, weight, (season, 1), None
    )


@pytest.mark.parametrize(
    ("parts", "mean"),
    [
        ([(7, 12), (10, 10)], 8),
        ([(7, 10), (8, 10)], 8),  # half is rounded up
        ([(7, 11), (8, 10)], 7),
        ([(9, 1)], 9),
        ([(1, 1), (10, 99)], 10),
    ],
)
def test_the_mean_is_by_episodes_and_half_is_rounded_up(parts: list[tuple[int, int]], mean: int) -> None:
    assert shared_value([part(*one) for one in parts], AUTO, show=False) == mean


TWO, ONE = (part(7, 12), part(9, 10, 2)), (part(7, 12),)
SHOW, SEASON = ShowSubject(1420), SeasonSubject(1420, 3)


@pytest.mark.parametrize(
    ("subject", "parts", "policy", "rule"),
    [
        (SEASON, ONE, AUTO, None),
        (SEASON, TWO, AUTO, "mean"),
        (SEASON, TWO, RatingsPolicy.SHOW_MAX, "mean"),  # the rule is for shows
        (SHOW, TWO, RatingsPolicy.SHOW_FIRST, "first"),
        (SHOW, TWO, RatingsPolicy.SHOW_LAST, "last"),
        (SHOW, TWO, RatingsPolicy.SHOW_MAX, "max"),
        (SHOW, TWO, RatingsPolicy.SHOW_MEAN, "mean"),
        (SHOW, TWO, BOTH, "mean"),
        (SHOW, ONE, RatingsPolicy.SHOW_MAX, None),
    ],
)
def test_how_a_rating_comes_from_several_is_said(
    subject: ShowSubject | SeasonSubject,
    parts: tuple[RatingContribution, ...],
    policy: RatingsPolicy,
    rule: str | None,
) -> None:
    assert rule_of(RatingChange(subject, 8, None, parts, None), policy) == rule


@pytest.mark.parametrize(
    ("now", "on_conflict", "verdict"),
    [
        (None, ConflictPolicy.KEEP, RatingVerdict.SEND),
        (8, ConflictPolicy.KEEP, RatingVerdict.IN_SYNC),
        (4, ConflictPolicy.KEEP, RatingVerdict.KEPT),
        (4, ConflictPolicy.REPLACE, RatingVerdict.SEND),
        (8, ConflictPolicy.REPLACE, RatingVerdict.IN_SYNC),
    ],
)
def test_a_rating_that_differs_is_the_users_unless_the_list_shall_win(
    now: int | None, on_conflict: ConflictPolicy, verdict: RatingVerdict
) -> None:
    standing = [Rating(SHOW, now, datetime(2020, 1, 1, tzinfo=UTC))] if now else []
    policy = Policy(on_conflict=on_conflict)
    (found,) = compare_ratings(
        {SHOW: (part(8, 12),)}, standing, Knowledge(), policy, sends_again=lambda entry, place: False
    )
    assert found[1] is verdict


@pytest.mark.parametrize(
    ("policy", "value"),
    [
        (RatingsPolicy.SHOW_FIRST, 5),
        (RatingsPolicy.SHOW_LAST, 6),
        (RatingsPolicy.SHOW_MAX, 10),
        (RatingsPolicy.SHOW_MEAN, 7),
    ],
)
def test_a_shows_rating_by_each_named_rule(policy: RatingsPolicy, value: int) -> None:
    parts = [part(10, 12, 2), part(6, 12, 3), part(5, 12, 1)]
    assert shared_value(parts, policy, show=True) == value
