"""When works named by Trakt's id and by TMDB's are one."""

from __future__ import annotations

import pytest
from hypothesis import given

from anitrakt_plan.model import Match, MovieSubject, RatingSubject, ShowSubject, TargetKind, TmdbId
from anitrakt_plan.model.account import EpisodeSubject, SeasonSubject
from anitrakt_plan.model.matches import parse_match
from anitrakt_plan.model.resolving import (
    first_of,
    no_resolver,
    resolved_match,
    resolved_subject,
    resolved_text,
    resolver_of,
    work_without_trakt_id,
)
from tests.planfile.plan_strategies import any_match

KNOWN = resolver_of({ShowSubject(TmdbId(7)): 1420, MovieSubject(TmdbId(8)): 97})


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        ("tmdb:7 S01E01-E12", "1420 S01E01-E12"),
        ("tmdb:7 S01E01-E12 ratio 2:1", "1420 S01E01-E12 ratio 2:1"),
        ("tmdb:8 S01E01", "tmdb:8 S01E01"),  # 8 is a film: the kinds count apart
        ("movie tmdb:8", "movie 97"),
        ("movie tmdb:7", "movie tmdb:7"),
        ("7 S01E01", "7 S01E01"),  # a Trakt id is never taken for TMDB's
        ("what is this", "what is this"),
    ],
)
def test_a_match_gets_trakts_id_where_it_is_known(text: str, resolved: str) -> None:
    assert resolved_text(text, KNOWN) == resolved


@pytest.mark.parametrize(
    ("subject", "resolved"),
    [
        (EpisodeSubject(TmdbId(7), 1, 2), EpisodeSubject(1420, 1, 2)),
        (SeasonSubject(TmdbId(7), 1), SeasonSubject(1420, 1)),
        (ShowSubject(TmdbId(7)), ShowSubject(1420)),
        (MovieSubject(TmdbId(8)), MovieSubject(97)),
        (MovieSubject(TmdbId(9)), MovieSubject(TmdbId(9))),
    ],
)
def test_so_does_what_was_sent(subject: RatingSubject, resolved: RatingSubject) -> None:
    assert resolved_subject(subject, KNOWN) == resolved


def test_of_several_that_know_an_id_the_first_is_believed() -> None:
    both = first_of(no_resolver, KNOWN, lambda *_: 5)
    assert (both(TargetKind.SHOW, 7), both(TargetKind.SHOW, 100)) == (1420, 5)


@given(any_match)
def test_who_knows_nothing_changes_nothing(match: Match) -> None:
    assert resolved_match(match, no_resolver) == match
    known = resolved_match(match, lambda *_: 5)
    assert work_without_trakt_id(known) is None
    assert (known == match) == (work_without_trakt_id(match) is None)


def test_a_work_without_trakts_id_is_named_with_its_kind() -> None:
    assert work_without_trakt_id(parse_match("tmdb:7 S01E01")) == ShowSubject(TmdbId(7))
    assert work_without_trakt_id(parse_match("movie tmdb:7")) == MovieSubject(TmdbId(7))
    assert work_without_trakt_id(None) is None
