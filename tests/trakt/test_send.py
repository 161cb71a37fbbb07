"""Sending: what goes out, what is accepted, refused and in doubt, and what is never sent twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st
from responses import matchers

from anitrakt_plan.errors import ExitCode, NotSignedIn
from anitrakt_plan.http import Answer
from anitrakt_plan.http.tokens import TokenFile, Tokens
from anitrakt_plan.model import (
    EntryKey,
    EpisodeSubject,
    MovieSubject,
    RatingScope,
    RatingSubject,
    SeasonSubject,
    ShowSubject,
)
from anitrakt_plan.model.account import ListSubject, PlaySubject
from anitrakt_plan.model.dates import EPOCH, Undated, When
from anitrakt_plan.sync.batches import (
    AddPlays,
    AddRatings,
    ChangeList,
    ListedItem,
    Operation,
    PlayToRemove,
    RatingToAdd,
    RatingToRestore,
    RemovalReason,
    RemovePlays,
    RestoreRatings,
)
from anitrakt_plan.sync.diff import PlayChange
from anitrakt_plan.sync.knowledge import BatchItemId, ListName, OldRating
from anitrakt_plan.trakt.account import TraktState
from anitrakt_plan.trakt.client import Trakt
from anitrakt_plan.trakt.send import Accepted, InDoubt, OwnIds, Refused, Sender, UnsafeBody, judge, request_of
from tests.practice import Sandbox
from tests.trakt.conftest import API, AUTH, sent_json

HISTORY, RATINGS = f"{API}/sync/history", f"{API}/sync/ratings"
NOT_FOUND: dict[str, list[Any]] = {"movies": [], "shows": [], "seasons": [], "episodes": []}
HTML = {"Content-Type": "text/html"}
NEW_PAIR = {"access_token": "hush-access-2", "refresh_token": "hush-refresh-2", "expires_in": 86400}
AT = datetime(2019, 7, 1, 10, tzinfo=UTC)
KEY = EntryKey("mal", 1)
PLACE = BatchItemId(1, 0)


def plays(*subjects: PlaySubject, when: When = AT) -> AddPlays:
    return AddPlays(tuple(PlayChange(KEY, "", subject, when) for subject in subjects))


def episodes(*numbers: int, show: int = 10, season: int = 1) -> AddPlays:
    return plays(*(EpisodeSubject(show, season, number) for number in numbers))


def rated(*subjects: RatingSubject, value: int = 8) -> AddRatings:
    return AddRatings(
        tuple(RatingToAdd((KEY,), ("",), (RatingScope.MOVIE,), subject, value, AT) for subject in subjects)
    )


def restored(*subjects: RatingSubject, old: OldRating | None = None) -> RestoreRatings:
    return RestoreRatings(tuple(RatingToRestore((PLACE,), subject, old) for subject in subjects))


def removed(*ids: int) -> RemovePlays:
    return RemovePlays(RemovalReason.UNDO, tuple(PlayToRemove(PLACE, play_id) for play_id in ids))


def listed(name: ListName, *subjects: ListSubject, add: bool = True) -> ChangeList:
    return ChangeList(name, add, tuple(ListedItem(subject) for subject in subjects))


MOVIES = plays(MovieSubject(5), MovieSubject(6), when=Undated.UNKNOWN)
RATED = rated(MovieSubject(5))


def item(trakt: Any, **more: Any) -> dict[str, Any]:
    return {"ids": {"trakt": trakt}, **more}


def show(trakt: Any, *seasons: Any) -> dict[str, Any]:
    return item(trakt, seasons=list(seasons))


def season(number: Any, *numbers: int) -> dict[str, Any]:
    return {"number": number, "episodes": [{"number": n, "watched_at": "unknown"} for n in numbers]}


def added(movies: int = 0, episodes: int = 0, **more: Any) -> dict[str, Any]:
    return {"added": {"movies": movies, "episodes": episodes}, "not_found": NOT_FOUND, **more}


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def sender(trakt: Trakt, waits: list[float]) -> Sender:
    return Sender(trakt, wait=waits.append)


# --- what goes out ------------------------------------------------------------------------------


def test_plays_name_each_episode_and_film_with_its_date() -> None:
    operation = AddPlays(
        (
            *plays(EpisodeSubject(1420, 3, 13), when=EPOCH).plays,
            *plays(EpisodeSubject(1420, 3, 14), when=Undated.RELEASED).plays,
            *plays(EpisodeSubject(1420, 0, 1), MovieSubject(51), when=Undated.UNKNOWN).plays,
        )
    )

    assert request_of(operation).body == {
        "movies": [{"watched_at": "unknown", "ids": {"trakt": 51}}],
        "shows": [
            {
                "ids": {"trakt": 1420},
                "seasons": [
                    {
                        "number": 3,
                        "episodes": [
                            {"number": 13, "watched_at": "1970-01-01T00:00:00.000Z"},
                            {"number": 14, "watched_at": "released"},
                        ],
                    },
                    {"number": 0, "episodes": [{"number": 1, "watched_at": "unknown"}]},
                ],
            }
        ],
    }


def test_ratings_keep_show_season_and_episode_apart() -> None:
    subjects: tuple[RatingSubject, ...] = (
        ShowSubject(1),
        SeasonSubject(1, 2),
        EpisodeSubject(1, 2, 3),
        MovieSubject(4),
    )
    ratings = [
        rating for value, subject in enumerate(subjects, 1) for rating in rated(subject, value=value).ratings
    ]
    said = {"rated_at": "2019-07-01T10:00:00.000Z"}

    assert request_of(AddRatings(tuple(ratings))).body == {
        "movies": [{"rating": 4, **said, "ids": {"trakt": 4}}],
        "shows": [
            {"rating": 1, **said, "ids": {"trakt": 1}},
            {
                "ids": {"trakt": 1},
                "seasons": [
                    {"rating": 2, **said, "number": 2},
                    {"number": 2, "episodes": [{"rating": 3, **said, "number": 3}]},
                ],
            },
        ],
    }


OWN_IDS: OwnIds = {SeasonSubject(1, 2): 12, EpisodeSubject(1, 2, 3): 123}


def test_a_season_and_an_episode_are_rated_by_their_own_ids_where_these_are_known() -> None:
    subjects = (SeasonSubject(1, 2), EpisodeSubject(1, 2, 3), SeasonSubject(1, 3))
    ratings = tuple(rating for subject in subjects for rating in rated(subject, value=8).ratings)
    said = {"rating": 8, "rated_at": "2019-07-01T10:00:00.000Z"}

    assert request_of(AddRatings(ratings), OWN_IDS).body == {
        "shows": [{"ids": {"trakt": 1}, "seasons": [{**said, "number": 3}]}],
        "seasons": [{**said, "ids": {"trakt": 12}}],
        "episodes": [{**said, "ids": {"trakt": 123}}],
    }
    away = request_of(restored(SeasonSubject(1, 2)), OWN_IDS)
    assert away.body == {"seasons": [{"ids": {"trakt": 12}}]}


@pytest.mark.parametrize(
    ("not_found", "lost"),
    [
        ({"seasons": [{"ids": {"trakt": 12}, "rating": 8}]}, (0,)),
        ({"episodes": [{"ids": {"trakt": 123}}]}, (1,)),
        ({"seasons": [{"ids": {"trakt": 123}}]}, None),
    ],
)
def test_what_is_not_found_by_its_own_id_is_told_by_that(
    not_found: Any, lost: tuple[int, ...] | None
) -> None:
    ratings = (*rated(SeasonSubject(1, 2)).ratings, *rated(EpisodeSubject(1, 2, 3)).ratings)
    request = request_of(AddRatings(ratings), OWN_IDS)
    body = {"added": {"seasons": 1}, "not_found": not_found}

    outcome = judge(Answer(201, {}, json.dumps(body).encode(), "url"), request)

    assert (outcome.not_found if isinstance(outcome, Accepted) else None) == lost


@pytest.mark.parametrize(
    ("operation", "path", "body"),
    [
        (
            restored(SeasonSubject(1, 2)),
            "/sync/ratings/remove",
            {"shows": [{"ids": {"trakt": 1}, "seasons": [{"number": 2}]}]},
        ),
        (
            restored(MovieSubject(4), old=OldRating(3, EPOCH)),
            "/sync/ratings",
            {"movies": [{"rating": 3, "rated_at": "1970-01-01T00:00:00.000Z", "ids": {"trakt": 4}}]},
        ),
        (
            listed(ListName.WATCHLIST, ShowSubject(1), MovieSubject(2)),
            "/sync/watchlist",
            {"movies": [{"ids": {"trakt": 2}}], "shows": [{"ids": {"trakt": 1}}]},
        ),
        (removed(7, 5), "/sync/history/remove", {"ids": [7, 5]}),
    ],
)
def test_what_is_taken_back_or_listed_names_just_that(
    operation: Operation, path: str, body: dict[str, Any]
) -> None:
    request = request_of(operation)

    assert (request.path, request.body) == (path, body)


_EPISODES = st.builds(EpisodeSubject, st.integers(1, 3), st.integers(0, 3), st.integers(1, 4))
_MOVIES = st.builds(MovieSubject, st.integers(1, 5))


@given(st.lists(_EPISODES | _MOVIES, min_size=1, max_size=40))
def test_no_plays_at_all_make_a_body_with_a_whole_show_or_season(subjects: Sequence[PlaySubject]) -> None:
    body = request_of(plays(*subjects)).body

    assert sorted(map(repr, _named(body))) == sorted(map(repr, subjects))


def _named(body: Any) -> Iterator[PlaySubject]:
    """Everything that Trakt would mark for a body of plays; it marks all of a show or season that holds nothing."""
    assert set(body) <= {"movies", "shows"}
    for movie in body.get("movies", []):
        assert movie["watched_at"]
        yield MovieSubject(movie["ids"]["trakt"])
    for one in body.get("shows", []):
        assert one["seasons"], "a bare show"
        for part in one["seasons"]:
            assert part["episodes"], "a bare season"
            for episode in part["episodes"]:
                assert episode["watched_at"]
                yield EpisodeSubject(one["ids"]["trakt"], part["number"], episode["number"])


# --- accepted ----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201])
def test_a_whole_answer_whose_counts_add_up_is_accepted(
    web: responses.RequestsMock, sender: Sender, status: int
) -> None:
    bearer = matchers.header_matcher(
        {"Authorization": "Bearer hush-token", "Content-Type": "application/json"}
    )
    web.post(HISTORY, status=status, json=added(movies=2), match=[bearer])

    outcome = sender.send(MOVIES)

    assert outcome == Accepted(status, added=2)
    assert sent_json(web.calls[0]) == {
        "movies": [{"watched_at": "unknown", "ids": {"trakt": n}} for n in (5, 6)]
    }


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        (
            {**added(episodes=2), "not_found": {"episodes": [show(10, season(1, 3))]}},
            Accepted(201, added=2, not_found=(2,)),
        ),
        (
            {**added(), "not_found": {"shows": [{"ids": {"trakt": 10}}]}},
            Accepted(201, not_found=(0, 1, 2)),
        ),
        (
            added(episodes=1, updated={"movies": 0, "episodes": 2}),
            Accepted(201, added=1, updated=2),
        ),
        (
            added(episodes=1, existing={"episodes": 2}),
            Accepted(201, added=1, existing=2),
        ),
        ({"added": {"episodes": 3}}, Accepted(201, added=3)),
    ],
)
def test_everything_sent_is_accounted_for(
    web: responses.RequestsMock, sender: Sender, answer: object, accepted: Accepted
) -> None:
    web.post(HISTORY, status=201, json=answer)

    assert sender.send(episodes(1, 2, 3)) == accepted


# --- in doubt ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (201, "", {}),
        (201, '{"added": {"movies": 2', {}),
        (200, "<html>", HTML),
        (201, "[]", {}),
        (201, "{}", {}),
        (201, '{"added": null}', {}),
        (201, '{"added": {"movies": "2"}}', {}),
        (201, '{"added": {"movies": true, "episodes": 1}}', {}),
        (201, '{"added": {"movies": -1, "episodes": 3}}', {}),
        (201, '{"added": {"movies": 2}, "updated": 3}', {}),
        (201, '{"added": {"movies": 2}, "not_found": null}', {}),
        (201, '{"added": {"movies": 2}, "not_found": {"movies": [{"ids": {"trakt": 9}}]}}', {}),
        (201, '{"added": {"movies": 1}}', {}),
        (201, '{"added": {"movies": 3}}', {}),
        (201, '{"added": {"movies": 2}, "not_found": {"movies": [{"ids": {"trakt": 5}}]}}', {}),
        (204, "", {}),
        (301, "", {"Location": "https://elsewhere.example"}),
        (307, "", {"Location": "https://elsewhere.example"}),
        (405, "", {}),
        (409, "", {}),
        (420, "", {"X-Account-Limit": "100"}),
        (500, "", {}),
        (502, "<html>", HTML),
        (503, "", {"Retry-After": "1"}),
        (504, "", {}),
        (522, "<html>", HTML),
    ],
)
def test_everything_else_is_in_doubt_and_sent_once(
    web: responses.RequestsMock,
    sender: Sender,
    waits: list[float],
    status: int,
    body: str,
    headers: dict[str, str],
) -> None:
    web.post(HISTORY, status=status, body=body, headers=headers)

    outcome = sender.send(MOVIES)

    assert isinstance(outcome, InDoubt)
    assert outcome.status == status
    assert outcome.sentence
    assert len(web.calls) == 1
    assert waits == []


@pytest.mark.parametrize("broken", [ConnectionResetError(), TimeoutError()])
def test_a_lost_answer_is_in_doubt_and_sent_once(
    web: responses.RequestsMock, sender: Sender, broken: Exception
) -> None:
    web.post(HISTORY, body=broken)

    outcome = sender.send(MOVIES)

    assert isinstance(outcome, InDoubt)
    assert outcome.status is None
    assert len(web.calls) == 1


SENT = (
    MovieSubject(5),
    EpisodeSubject(10, 1, 1),
    EpisodeSubject(10, 1, 2),
    EpisodeSubject(10, 2, 1),
    EpisodeSubject(11, 1, 1),
)


def judged(echo: object, operation: Operation) -> Accepted | Refused | InDoubt:
    """What an answer means that counts nothing and names this as not found, and whatever it leaves as added."""
    request = request_of(operation)
    outcomes = []
    for count in range(len(request.items) + 1):
        body = json.dumps({"added": {"episodes": count}, "not_found": echo}).encode()
        outcomes.append(judge(Answer(201, {}, body, "https://trakt"), request))
    return next((one for one in outcomes if isinstance(one, Accepted)), outcomes[0])


@pytest.mark.parametrize(
    ("echo", "meant"),
    [
        ({}, set()),
        ({"movies": [], "shows": [], "seasons": [], "episodes": [], "ids": []}, set()),
        ({"movies": [item(5, watched_at="unknown")]}, {0}),
        ({"episodes": [show(10, season(1, 2))]}, {2}),
        ({"shows": [show(10, season(1, 2))]}, {2}),
        ({"shows": [show(10, season(1))]}, {1, 2}),
        ({"seasons": [show(10, season(2))]}, {3}),
        ({"shows": [item(10)]}, {1, 2, 3}),
        ({"movies": [item(5), item(5)]}, {0}),
        ({"users": [{"ids": {}}]}, set()),
    ],
)
def test_an_echo_is_read_in_terms_of_what_was_sent(echo: object, meant: set[int]) -> None:
    outcome = judged(echo, plays(*SENT))

    assert isinstance(outcome, Accepted)
    assert set(outcome.not_found) == meant


def test_an_echo_of_a_season_means_the_season_that_was_rated() -> None:
    operation = rated(SeasonSubject(10, 1), SeasonSubject(10, 2), ShowSubject(11))
    outcome = judged({"seasons": [show(10, {"number": 2, "rating": 8})], "shows": [item(11)]}, operation)

    assert isinstance(outcome, Accepted)
    assert outcome.not_found == (1, 2)


@pytest.mark.parametrize(
    "echo",
    [
        None,
        [],
        {"movies": None},
        {"movies": [7]},
        {"movies": [{"title": "x"}]},
        {"movies": [item(6)]},
        {"episodes": [item(77)]},
        {"shows": [item(12)]},
        {"shows": [show(10, season(9))]},
        {"episodes": [show(10, season(1, 9))]},
        {"ids": ["900"]},
        {"ids": [900]},
    ],
)
def test_an_echo_of_something_else_is_in_doubt(echo: object) -> None:
    assert isinstance(judged(echo, plays(*SENT)), InDoubt)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 30) | st.sampled_from(["unknown", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["movies", "shows", "seasons", "episodes", "ids", "trakt", "number", "rating"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=30,
)


@given(_JSON)
def test_no_echo_breaks_the_reading(echo: object) -> None:
    assert isinstance(judged(echo, plays(*SENT)), Accepted | InDoubt)


# --- refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "stop", "code"),
    [
        (400, False, ExitCode.FAILED),
        (401, True, ExitCode.NOT_SIGNED_IN),
        (403, True, ExitCode.NOT_SIGNED_IN),
        (404, False, ExitCode.FAILED),
        (412, True, ExitCode.FAILED),
        (413, False, ExitCode.FAILED),
        (422, False, ExitCode.FAILED),
        (423, True, ExitCode.FAILED),
        (426, True, ExitCode.FAILED),
    ],
)
def test_what_trakt_says_it_did_not_do_is_refused(
    web: responses.RequestsMock, sender: Sender, status: int, stop: bool, code: ExitCode
) -> None:
    web.post(HISTORY, status=status, body='{"added": {"movies": 2}}')

    outcome = sender.send(MOVIES)

    assert isinstance(outcome, Refused)
    assert (outcome.status, outcome.stop, outcome.error.exit_code) == (status, stop, code)
    assert outcome.sentence
    assert outcome.error.todo
    assert len(web.calls) == 1


def test_cloudflares_403_is_not_taken_for_a_wrong_key(web: responses.RequestsMock, sender: Sender) -> None:
    web.post(HISTORY, status=403, body="<html>", headers=HTML)

    outcome = sender.send(MOVIES)

    assert isinstance(outcome, Refused)
    assert outcome.stop
    assert "Cloudflare" in outcome.sentence
    assert not isinstance(outcome.error, NotSignedIn)


def test_no_connection_is_refused(open_trakt: Callable[..., Trakt]) -> None:
    trakt = open_trakt(trakt_token="hush-token", trakt_url="http://127.0.0.1:9")

    outcome = Sender(trakt).send(MOVIES)

    assert isinstance(outcome, Refused)
    assert (outcome.status, outcome.stop) == (None, True)


def test_without_a_sign_in_nothing_is_sent(
    web: responses.RequestsMock, open_trakt: Callable[..., Trakt]
) -> None:
    outcome = Sender(open_trakt()).send(MOVIES)

    assert isinstance(outcome, Refused)
    assert outcome.error.exit_code is ExitCode.NOT_SIGNED_IN
    assert len(web.calls) == 0


@pytest.mark.parametrize("headers", [{"Retry-After": "7"}, {}])
def test_a_429_waits_as_told_and_sends_the_same_again(
    web: responses.RequestsMock, sender: Sender, waits: list[float], headers: dict[str, str]
) -> None:
    web.post(HISTORY, status=429, headers=headers)
    web.post(HISTORY, status=201, json=added(movies=2))

    assert isinstance(sender.send(MOVIES), Accepted)
    assert waits == [7.0 if headers else 5.0]
    assert sent_json(web.calls[0]) == sent_json(web.calls[1])


def test_a_429_that_stays_is_refused_after_three(
    web: responses.RequestsMock, sender: Sender, waits: list[float]
) -> None:
    web.post(HISTORY, status=429, headers={"Retry-After": "7"})

    outcome = sender.send(MOVIES)

    assert isinstance(outcome, Refused)
    assert (outcome.status, outcome.stop, outcome.retry_after) == (429, True, 7.0)
    assert len(web.calls) == 3
    assert waits == [7.0, 7.0]


def test_a_429_that_asks_for_hours_is_not_waited_for(
    web: responses.RequestsMock, sender: Sender, waits: list[float]
) -> None:
    web.post(HISTORY, status=429, headers={"Retry-After": "7200"})

    outcome = sender.send(MOVIES)

    assert isinstance(outcome, Refused)
    assert outcome.retry_after == 7200
    assert waits == []


# --- the sign-in ends in the middle ------------------------------------------------------------


def test_a_401_renews_once_and_sends_the_same_body_again(
    web: responses.RequestsMock, open_trakt: Callable[..., Trakt], tokens: TokenFile, pair: Tokens
) -> None:
    tokens.save("trakt", pair)
    for n, reply in ((1, {"status": 401}), (2, {"status": 201, "json": added(movies=2)})):
        bearer = matchers.header_matcher({"Authorization": f"Bearer hush-access-{n}"})
        web.post(HISTORY, match=[bearer], **reply)
    web.post(f"{AUTH}/oauth/token", json=NEW_PAIR)

    assert isinstance(Sender(open_trakt()).send(MOVIES), Accepted)
    assert [call.request.url for call in web.calls] == [HISTORY, f"{AUTH}/oauth/token", HISTORY]


def test_a_401_that_stays_is_refused(
    web: responses.RequestsMock, open_trakt: Callable[..., Trakt], tokens: TokenFile, pair: Tokens
) -> None:
    tokens.save("trakt", pair)
    sent = web.post(HISTORY, status=401)
    web.post(f"{AUTH}/oauth/token", json=NEW_PAIR)

    outcome = Sender(open_trakt()).send(MOVIES)

    assert isinstance(outcome, Refused)
    assert outcome.stop
    assert sent.call_count == 2


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ({"status": 400, "json": {"error": "invalid_grant"}}, ExitCode.NOT_SIGNED_IN),
        ({"status": 503}, ExitCode.FAILED),
        ({"body": ConnectionResetError()}, ExitCode.FAILED),
    ],
)
def test_a_renewal_that_fails_leaves_the_write_refused_not_in_doubt(
    web: responses.RequestsMock,
    open_trakt: Callable[..., Trakt],
    tokens: TokenFile,
    pair: Tokens,
    reply: dict[str, Any],
    code: ExitCode,
) -> None:
    tokens.save("trakt", pair)
    sent = web.post(HISTORY, status=401)
    web.post(f"{AUTH}/oauth/token", **reply)

    outcome = Sender(open_trakt()).send(MOVIES)

    assert isinstance(outcome, Refused)
    assert outcome.stop
    assert outcome.error.exit_code is code
    assert sent.call_count == 1


def test_a_renewal_that_is_lost_before_the_write_leaves_it_refused(
    web: responses.RequestsMock, open_trakt: Callable[..., Trakt], tokens: TokenFile, clock: Callable[[], Any]
) -> None:
    tokens.save("trakt", Tokens("hush-access-1", "hush-refresh-1", clock()))
    web.post(f"{AUTH}/oauth/token", body=ConnectionResetError())

    outcome = Sender(open_trakt()).send(MOVIES)

    assert isinstance(outcome, Refused)
    assert outcome.status is None


# --- what may be repeated ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "url", "name"),
    [(RATED, RATINGS, "added"), (restored(MovieSubject(5)), f"{RATINGS}/remove", "deleted")],
)
@pytest.mark.parametrize("reply", [{"status": 503}, {"body": ConnectionResetError()}])
def test_ratings_are_sent_again_after_a_lost_answer(
    web: responses.RequestsMock,
    sender: Sender,
    waits: list[float],
    operation: Operation,
    url: str,
    name: str,
    reply: dict[str, Any],
) -> None:
    for one in (reply, reply, {"status": 201, "json": {name: {"movies": 1}, "not_found": NOT_FOUND}}):
        web.post(url, **one)

    outcome = sender.send(operation)

    assert isinstance(outcome, Accepted)
    assert getattr(outcome, name) == 1
    assert len(waits) == 2


@pytest.mark.parametrize("status", [500, 504])
def test_ratings_whose_answers_stay_lost_are_in_doubt_after_three(
    web: responses.RequestsMock, sender: Sender, status: int
) -> None:
    web.post(RATINGS, status=status)

    assert isinstance(sender.send(RATED), InDoubt)
    assert len(web.calls) == 3


@pytest.mark.parametrize("status", [409, 420, 201])
def test_ratings_are_not_sent_again_where_asking_again_can_not_help(
    web: responses.RequestsMock, sender: Sender, status: int
) -> None:
    web.post(RATINGS, status=status, body="{}")

    assert isinstance(sender.send(RATED), InDoubt)
    assert len(web.calls) == 1


@pytest.mark.parametrize(
    ("name", "add", "path"),
    [
        (ListName.WATCHLIST, True, "/sync/watchlist"),
        (ListName.WATCHLIST, False, "/sync/watchlist/remove"),
        (ListName.DROPPED, True, "/users/hidden/dropped"),
        (ListName.DROPPED, False, "/users/hidden/dropped/remove"),
    ],
)
def test_the_watchlist_and_the_dropped_shows_are_sent_once(
    web: responses.RequestsMock, sender: Sender, name: ListName, add: bool, path: str
) -> None:
    web.post(f"{API}{path}", status=503)

    assert isinstance(sender.send(listed(name, ShowSubject(10), add=add)), InDoubt)
    assert len(web.calls) == 1


# --- the last guard ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "operation",
    [
        plays(ShowSubject(10)),  # type: ignore[arg-type]
        plays(EpisodeSubject(10, 1, 1), SeasonSubject(10, 1)),  # type: ignore[arg-type]
        episodes(1, 1),
        episodes(),
        removed(),
        rated(),
        restored(),
        listed(ListName.WATCHLIST),
    ],
)
def test_what_is_dangerous_or_empty_is_never_sent(
    web: responses.RequestsMock, sender: Sender, operation: Operation
) -> None:
    with pytest.raises(UnsafeBody):
        sender.send(operation)

    assert len(web.calls) == 0


def test_what_was_acknowledged_is_not_sent_again_in_the_same_run(
    web: responses.RequestsMock, sender: Sender
) -> None:
    web.post(HISTORY, status=201, json=added(episodes=2))
    sender.send(episodes(1, 2))

    with pytest.raises(UnsafeBody, match="a second play"):
        sender.send(episodes(2, 3))


@pytest.mark.parametrize(
    "first",
    [
        {"status": 400},
        {"status": 500},
        {"status": 201, "json": {**added(), "not_found": {"shows": [{"ids": {"trakt": 10}}]}}},
    ],
)
def test_what_was_refused_in_doubt_or_not_found_may_be_sent_again(
    web: responses.RequestsMock, sender: Sender, first: dict[str, Any]
) -> None:
    web.post(HISTORY, **first)
    web.post(HISTORY, status=201, json=added(episodes=1))

    sender.send(episodes(1))

    assert isinstance(sender.send(episodes(1)), Accepted)


def test_what_was_taken_back_may_be_sent_again(web: responses.RequestsMock, sender: Sender) -> None:
    web.post(HISTORY, status=201, json=added(episodes=1))
    web.post(f"{HISTORY}/remove", json={"deleted": {"movies": 0, "episodes": 1}, "not_found": {"ids": []}})
    sender.send(episodes(1))

    assert sender.send(removed(900)) == Accepted(200, deleted=1)
    assert isinstance(sender.send(episodes(1)), Accepted)


def test_rewatches_may_name_one_episode_twice(web: responses.RequestsMock, trakt: Trakt) -> None:
    web.post(HISTORY, status=201, json=added(episodes=2))
    sender = Sender(trakt, one_play_each=False)

    assert isinstance(sender.send(episodes(1, 1)), Accepted)
    assert isinstance(sender.send(episodes(1, 1)), Accepted)


# --- against the sandbox -----------------------------------------------------------------------


def test_the_practice_trakt_takes_what_exists_and_names_what_does_not(
    practice: Sandbox, practice_trakt: Trakt
) -> None:
    sender, state = Sender(practice_trakt), TraktState(practice_trakt)
    before = {play.id for play in state.read_history().rows}

    outcome = sender.send(episodes(1, 2, 99, show=1420, season=3))

    assert outcome == Accepted(201, added=2, not_found=(2,))
    new = {play.id for play in state.read_history().rows} - before
    assert len(new) == 2
    assert sender.send(removed(*new, 12345)) == Accepted(200, deleted=2, not_found=(2,))
    assert {play.id for play in state.read_history().rows} == before


def test_the_practice_trakt_takes_ratings_and_lists(practice_trakt: Trakt) -> None:
    sender, state = Sender(practice_trakt), TraktState(practice_trakt)
    show, watchlist, dropped = ShowSubject(1420), ListName.WATCHLIST, ListName.DROPPED

    outcome = sender.send(rated(SeasonSubject(1420, 3), SeasonSubject(1420, 77), value=7))

    assert outcome == Accepted(201, added=1, not_found=(1,))
    assert SeasonSubject(1420, 3) in {rating.subject for rating in state.read_ratings()}
    both = listed(watchlist, MovieSubject(1), show)
    assert sender.send(both) == Accepted(201, added=1, not_found=(0,))
    assert sender.send(listed(watchlist, show, add=False)) == Accepted(200, deleted=1)
    assert sender.send(listed(dropped, show)) == Accepted(201, added=1)
    assert sender.send(listed(dropped, show, add=False)) == Accepted(200, deleted=1)


def test_the_practice_trakts_faults_are_in_doubt(practice: Sandbox, practice_trakt: Trakt) -> None:
    sender = Sender(practice_trakt, one_play_each=False)
    faults = practice.faults
    faults.drop_after("POST", "/sync/history$")
    faults.cut_body("POST", "/sync/history$", skip=1)
    faults.lie(added={"movies": 0, "episodes": 2}, skip=2)
    elsewhere = {"Location": practice.addresses.trakt_url + "/other"}
    faults.answer("POST", "/sync/history$", 301, headers=elsewhere, skip=3)

    outcomes = [sender.send(episodes(1, show=1420)) for _ in range(4)]

    assert all(isinstance(outcome, InDoubt) for outcome in outcomes)
    assert len(practice.sent("POST", "/sync/history")) == 4
    assert len(practice.wire) == 4
