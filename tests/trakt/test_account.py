"""Reading the account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import responses
from responses import matchers

from anitrakt_plan.errors import Failed, ServiceRefused
from anitrakt_plan.model import (
    Account,
    EpisodeItem,
    EpisodeSubject,
    MovieItem,
    MovieSubject,
    Play,
    Rating,
    SeasonSubject,
    ShowSubject,
    SyncKind,
)
from anitrakt_plan.trakt.account import TraktState
from anitrakt_plan.trakt.client import Trakt
from tests.practice import Sandbox
from tests.trakt.conftest import API

SHOW = {"title": "One", "year": 2013, "ids": {"trakt": 10, "slug": "one"}}
EPISODE_PLAY = {
    "id": 9007199254741010,
    "watched_at": "2019-07-01T10:00:00.000Z",
    "action": "watch",
    "type": "episode",
    "episode": {"season": 0, "number": 3, "title": "x", "ids": {"trakt": 77}},
    "show": SHOW,
}
MOVIE_PLAY = {
    "id": 2,
    "watched_at": "1970-01-01T00:00:00.000Z",
    "action": "scrobble",
    "type": "movie",
    "movie": {"title": "m", "ids": {"trakt": 5}},
}
SETTINGS = {
    "user": {"username": "someone", "vip": True, "ids": {"slug": "someone", "uuid": "b6589fc6"}},
    "account": {"timezone": "America/Los_Angeles"},
    "browsing": {"watch_only_once": True},
}


def pages(web: responses.RequestsMock, path: str, rows: list[Any], **filters: str) -> None:
    """One page of rows, then an empty one."""
    headers = {"X-Pagination-Page-Count": "1", "X-Pagination-Item-Count": str(len(rows))}
    for page, content in (("1", rows), ("2", [])):
        query = {"page": page, "limit": "250", **filters}
        web.get(f"{API}{path}", json=content, headers=headers, match=[matchers.query_param_matcher(query)])


@pytest.fixture
def state(trakt: Trakt) -> TraktState:
    return TraktState(trakt)


# --- who it is ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "account"),
    [
        ({}, Account("b6589fc6", "someone", "America/Los_Angeles", vip=True, watch_only_once=True)),
        ({"browsing": None}, Account("b6589fc6", "someone", "America/Los_Angeles", vip=True)),
        ({"account": {}}, Account("b6589fc6", "someone", "UTC", vip=True, watch_only_once=True)),
        (
            {"account": {"timezone": "../etc/passwd"}},
            Account("b6589fc6", "someone", "UTC", vip=True, watch_only_once=True),
        ),
        (
            {"account": {"timezone": "Mars/Olympus"}},
            Account("b6589fc6", "someone", "UTC", vip=True, watch_only_once=True),
        ),
    ],
)
def test_the_account_is_known_by_its_uuid_and_time_zone(
    web: responses.RequestsMock, state: TraktState, changes: dict[str, object], account: Account
) -> None:
    query = matchers.query_param_matcher({"extended": "browsing"})
    web.get(f"{API}/users/settings", json={**SETTINGS, **changes}, match=[query])

    assert state.read_account() == account


@pytest.mark.parametrize(
    "answer", [[], {}, {"user": {"username": "x", "ids": {}}}, {"user": {"ids": {"uuid": "x"}}}]
)
def test_an_account_without_an_identity_is_no_account(
    web: responses.RequestsMock, state: TraktState, answer: object
) -> None:
    web.get(f"{API}/users/settings", json=answer)

    with pytest.raises(Failed, match="GET /users/settings"):
        state.read_account()


# --- plays -------------------------------------------------------------------------------------


def test_plays_are_read_with_their_ids_numbers_and_minutes(
    web: responses.RequestsMock, state: TraktState
) -> None:
    seconds = {**MOVIE_PLAY, "id": 3, "watched_at": "2020-02-02T23:59:59.999Z"}
    unknown_type = {"id": 4, "type": "podcast", "watched_at": None}
    pages(web, "/sync/history", [EPISODE_PLAY, MOVIE_PLAY, seconds, unknown_type])

    assert state.read_history().rows == (
        Play(9007199254741010, datetime(2019, 7, 1, 10, tzinfo=UTC), "watch", EpisodeItem(10, 0, 3, 77)),
        Play(2, datetime(1970, 1, 1, tzinfo=UTC), "scrobble", MovieItem(5)),
        Play(3, datetime(2020, 2, 2, 23, 59, tzinfo=UTC), "scrobble", MovieItem(5)),
    )


def test_plays_since_a_moment_are_asked_for_in_utc(web: responses.RequestsMock, state: TraktState) -> None:
    pages(web, "/sync/history", [EPISODE_PLAY], start_at="2026-11-22T09:00:00.000Z")

    assert len(state.read_history(datetime(2026, 11, 22, 9, tzinfo=UTC)).rows) == 1


def changed(row: dict[str, Any], **changes: object) -> dict[str, Any]:
    return {name: value for name, value in {**row, **changes}.items() if value != "absent"}


@pytest.mark.parametrize(
    "row",
    [
        [],
        None,
        changed(EPISODE_PLAY, id="absent"),
        changed(EPISODE_PLAY, id=True),
        changed(EPISODE_PLAY, id="1"),
        changed(EPISODE_PLAY, type=None),
        changed(EPISODE_PLAY, action=None),
        changed(EPISODE_PLAY, watched_at="yesterday"),
        changed(EPISODE_PLAY, watched_at=None),
        changed(EPISODE_PLAY, episode={"season": 1, "number": 1, "ids": {}}),
        changed(EPISODE_PLAY, episode={"season": -1, "number": 1, "ids": {"trakt": 1}}),
        changed(EPISODE_PLAY, show={"ids": {"trakt": None}}),
        changed(MOVIE_PLAY, movie=[]),
    ],
)
def test_a_row_that_can_not_be_understood_is_an_error_that_names_it(
    web: responses.RequestsMock, state: TraktState, row: object
) -> None:
    pages(web, "/sync/history", [MOVIE_PLAY, row])

    with pytest.raises(Failed, match="GET /sync/history, page 1, row 2"):
        state.read_history()


@pytest.mark.parametrize("body", ["<html>", "", "{}", '[{"id": 1'])
def test_a_page_that_is_no_list_ends_the_reading(
    web: responses.RequestsMock, state: TraktState, body: str
) -> None:
    web.get(f"{API}/sync/history", body=body)

    with pytest.raises(Failed, match="can't be understood"):
        state.read_history()


def test_a_page_that_fails_ends_the_reading(web: responses.RequestsMock, state: TraktState) -> None:
    first = matchers.query_param_matcher({"page": "1", "limit": "250"})
    web.get(f"{API}/sync/history", json=[MOVIE_PLAY], match=[first])
    web.get(f"{API}/sync/history", status=503)

    with pytest.raises(ServiceRefused, match="problem of its own"):
        state.read_history()


# --- ratings, watchlist, dropped ---------------------------------------------------------------


def test_ratings_of_all_four_kinds_are_read(web: responses.RequestsMock, state: TraktState) -> None:
    at = "2020-01-02T03:04:05.000Z"
    common = {"rated_at": at, "rating": 8, "show": SHOW}
    pages(
        web,
        "/sync/ratings/all",
        [
            {**common, "type": "movie", "movie": {"ids": {"trakt": 5}}},
            {**common, "type": "show"},
            {**common, "type": "season", "season": {"number": 0, "ids": {"trakt": 6}}},
            {**common, "type": "episode", "episode": {"season": 1, "number": 2, "ids": {"trakt": 7}}},
            {"type": "person"},
        ],
    )

    rated_at = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert state.read_ratings() == tuple(
        Rating(subject, 8, rated_at)
        for subject in (MovieSubject(5), ShowSubject(10), SeasonSubject(10, 0), EpisodeSubject(10, 1, 2))
    )


@pytest.mark.parametrize("changes", [{"rating": 0}, {"rating": 11}, {"rating": 7.5}, {"rated_at": None}])
def test_a_rating_outside_the_scale_is_an_error(
    web: responses.RequestsMock, state: TraktState, changes: dict[str, object]
) -> None:
    row = {"rated_at": "2020-01-02T03:04:05.000Z", "rating": 8, "show": SHOW, "type": "show", **changes}
    pages(web, "/sync/ratings/all", [row])

    with pytest.raises(Failed, match="row 1"):
        state.read_ratings()


def test_the_watchlist_and_the_dropped_shows_are_read(web: responses.RequestsMock, state: TraktState) -> None:
    pages(web, "/sync/watchlist/shows", [{"type": "show", "show": SHOW}])
    pages(web, "/sync/watchlist/movies", [{"type": "movie", "movie": {"ids": {"trakt": 5}}}])
    pages(web, "/users/hidden/dropped", [{"type": "show", "show": SHOW}], type="show")

    assert state.read_watchlist() == (ShowSubject(10), MovieSubject(5))
    assert state.read_dropped() == (ShowSubject(10),)


def test_only_what_is_needed_is_read_but_plays_always(web: responses.RequestsMock, trakt: Trakt) -> None:
    web.get(f"{API}/users/settings", json=SETTINGS)
    pages(web, "/sync/history", [MOVIE_PLAY])
    seen: list[tuple[int, int | None]] = []

    existing = TraktState(trakt, on_page=lambda *what: seen.append(what)).read_existing(())

    assert [play.id for play in existing.plays] == [2]
    assert (existing.ratings, existing.watchlist, existing.dropped) == ((), None, None)
    assert existing.read_at == datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert seen == [(1, 1), (2, 1)]


# --- against the sandbox -----------------------------------------------------------------------


def test_the_practice_account_is_read_whole(practice: Sandbox, practice_trakt: Trakt) -> None:
    existing = TraktState(practice_trakt).read_existing(set(SyncKind))

    assert existing.account.user == "sandbox"
    assert {play.id for play in existing.plays} == set(practice.world.plays)
    assert len(existing.ratings) == len(practice.world.ratings)
    assert existing.watchlist
    assert existing.dropped == ()
    assert all(play.watched_at.second == 0 for play in existing.plays)


@pytest.mark.parametrize("trouble", ["shuffle_ties", "pages_uncounted"])
def test_a_thousand_plays_at_one_minute_are_read_whole_whatever_the_order_and_the_count(
    practice: Sandbox, practice_trakt: Trakt, trouble: str
) -> None:
    movie = next(play for play in practice.world.plays.values() if play.kind == "movie").item
    with practice.world.saving_once():
        for _ in range(1000):
            practice.world.add_play("movie", movie, "2020-02-02T02:02:00.000Z")
    setattr(practice.faults.history, trouble, True)

    plays = TraktState(practice_trakt).read_history().rows

    assert {play.id for play in plays} == set(practice.world.plays)


def test_nothing_of_the_account_gets_into_the_cache(
    practice: Sandbox, practice_trakt: Trakt, settings: object
) -> None:
    read: Callable[[], object] = lambda: TraktState(practice_trakt).read_existing(set(SyncKind))  # noqa: E731

    read()
    once = len(practice.wire)
    read()

    assert len(practice.wire) == 2 * once
