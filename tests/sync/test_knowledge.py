"""What the journal knows of what was sent, told by Trakt's ids where TMDB's were all there was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from anitrakt_plan.model import EntryKey, MovieSubject, TmdbId, TraktId
from anitrakt_plan.model.account import ListSubject
from anitrakt_plan.model.plan import RatingScope
from anitrakt_plan.model.resolving import resolver_of
from anitrakt_plan.sync.knowledge import BatchItemId, Knowledge, SentPlay, SentRating, SentState

AT, ENTRY = datetime(2025, 3, 2, 18, 4, tzinfo=UTC), EntryKey("mal", 1)
FILM = MovieSubject(TmdbId(97))
PLAY = SentPlay(
    BatchItemId(1, 0), "run", ENTRY, "movie tmdb:97", FILM, AT, frozenset(), AT, SentState.EXPORTED
)
RATING = SentRating(
    BatchItemId(1, 1),
    "run",
    (ENTRY,),
    ("movie tmdb:97",),
    (RatingScope.MOVIE,),
    FILM,
    8,
    AT,
    None,
    SentState.EXPORTED,
)


@pytest.mark.parametrize(
    ("known", "subject", "match"),
    [
        ({FILM: 300}, MovieSubject(300), "movie 300"),
        ({MovieSubject(TmdbId(98)): 300}, FILM, "movie tmdb:97"),
        ({}, FILM, "movie tmdb:97"),
    ],
)
def test_plays_and_ratings_go_by_trakts_ids_once_these_are_known(
    known: Mapping[ListSubject, TraktId], subject: MovieSubject, match: str
) -> None:
    found = Knowledge((PLAY,), (RATING,)).with_trakt_ids(resolver_of(known))

    assert found.plays == (PLAY._replace(subject=subject, match=match),)
    assert found.ratings == (RATING._replace(subject=subject, matches=(match,)),)
