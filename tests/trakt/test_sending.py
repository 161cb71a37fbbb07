"""Sending: what is accepted, refused and in doubt, and what is never sent twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import responses
from responses import matchers

from anitrakt_plan.core.model import EpisodeSubject, MovieSubject, SeasonSubject
from anitrakt_plan.errors import ExitCode, NotSignedIn
from anitrakt_plan.trakt.bodies import PlayById, UnsafeBody
from anitrakt_plan.trakt.client import Trakt
from anitrakt_plan.trakt.outcomes import Accepted, Counts, InDoubt, Refused
from anitrakt_plan.trakt.sending import Sender
from anitrakt_plan.trakt.state import TraktState
from anitrakt_plan.trakt.tokens import TokenFile, Tokens
from tests.practice import Sandbox
from tests.trakt.conftest import API, AUTH, sent_json

HISTORY, RATINGS = f"{API}/sync/history", f"{API}/sync/ratings"
MOVIES = {"movies": [{"ids": {"trakt": n}, "watched_at": "unknown"} for n in (5, 6)]}
RATED = {"movies": [{"ids": {"trakt": 5}, "rating": 8}]}
NOT_FOUND: dict[str, list[Any]] = {"movies": [], "shows": [], "seasons": [], "episodes": []}
HTML = {"Content-Type": "text/html"}
NEW_PAIR = {"access_token": "hush-access-2", "refresh_token": "hush-refresh-2", "expires_in": 86400}


def episodes(*numbers: int, show: int = 10, season: int = 1) -> dict[str, Any]:
    listed = [{"number": number, "watched_at": "2019-07-01T10:00:00.000Z"} for number in numbers]
    return {"shows": [{"ids": {"trakt": show}, "seasons": [{"number": season, "episodes": listed}]}]}


def added(movies: int = 0, episodes: int = 0, **more: Any) -> dict[str, Any]:
    return {"added": {"movies": movies, "episodes": episodes}, "not_found": NOT_FOUND, **more}


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def sender(trakt: Trakt, waits: list[float]) -> Sender:
    return Sender(trakt, wait=waits.append)


# --- accepted ----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201])
def test_a_whole_answer_whose_counts_add_up_is_accepted(
    web: responses.RequestsMock, sender: Sender, status: int
) -> None:
    bearer = matchers.header_matcher(
        {"Authorization": "Bearer hush-token", "Content-Type": "application/json"}
    )
    web.post(HISTORY, status=status, json=added(movies=2), match=[bearer])

    outcome = sender.add_history(MOVIES, sent=2)

    assert outcome == Accepted(status, added=Counts(movies=2))
    assert sent_json(web.calls[0]) == MOVIES


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        (
            {**added(episodes=2), "not_found": {"episodes": [episodes(3)["shows"][0]]}},
            Accepted(201, added=Counts(episodes=2), not_found=(EpisodeSubject(10, 1, 3),)),
        ),
        (
            {**added(), "not_found": {"shows": [{"ids": {"trakt": 10}}]}},
            Accepted(201, not_found=tuple(EpisodeSubject(10, 1, n) for n in (1, 2, 3))),
        ),
        (
            added(episodes=1, updated={"movies": 0, "episodes": 2}),
            Accepted(201, added=Counts(episodes=1), updated=Counts(episodes=2)),
        ),
        (
            added(episodes=1, existing={"episodes": 2}),
            Accepted(201, added=Counts(episodes=1), existing=Counts(episodes=2)),
        ),
        ({"added": {"episodes": 3}}, Accepted(201, added=Counts(episodes=3))),
    ],
)
def test_everything_sent_is_accounted_for(
    web: responses.RequestsMock, sender: Sender, answer: object, accepted: Accepted
) -> None:
    web.post(HISTORY, status=201, json=answer)

    assert sender.add_history(episodes(1, 2, 3), sent=3) == accepted


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

    outcome = sender.add_history(MOVIES, sent=2)

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

    outcome = sender.add_history(MOVIES, sent=2)

    assert isinstance(outcome, InDoubt)
    assert outcome.status is None
    assert len(web.calls) == 1


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

    outcome = sender.add_history(MOVIES, sent=2)

    assert isinstance(outcome, Refused)
    assert (outcome.status, outcome.stop, outcome.error.exit_code) == (status, stop, code)
    assert outcome.sentence
    assert outcome.error.todo
    assert len(web.calls) == 1


def test_cloudflares_403_is_not_taken_for_a_wrong_key(web: responses.RequestsMock, sender: Sender) -> None:
    web.post(HISTORY, status=403, body="<html>", headers=HTML)

    outcome = sender.add_history(MOVIES, sent=2)

    assert isinstance(outcome, Refused)
    assert outcome.stop
    assert "Cloudflare" in outcome.sentence
    assert not isinstance(outcome.error, NotSignedIn)


def test_no_connection_is_refused(open_trakt: Callable[..., Trakt]) -> None:
    trakt = open_trakt(trakt_token="hush-token", trakt_url="http://127.0.0.1:9")

    outcome = Sender(trakt).add_history(MOVIES, sent=2)

    assert isinstance(outcome, Refused)
    assert (outcome.status, outcome.stop) == (None, True)


def test_without_a_sign_in_nothing_is_sent(
    web: responses.RequestsMock, open_trakt: Callable[..., Trakt]
) -> None:
    outcome = Sender(open_trakt()).add_history(MOVIES, sent=2)

    assert isinstance(outcome, Refused)
    assert outcome.error.exit_code is ExitCode.NOT_SIGNED_IN
    assert len(web.calls) == 0


@pytest.mark.parametrize("headers", [{"Retry-After": "7"}, {}])
def test_a_429_waits_as_told_and_sends_the_same_again(
    web: responses.RequestsMock, sender: Sender, waits: list[float], headers: dict[str, str]
) -> None:
    web.post(HISTORY, status=429, headers=headers)
    web.post(HISTORY, status=201, json=added(movies=2))

    assert isinstance(sender.add_history(MOVIES, sent=2), Accepted)
    assert waits == [7.0 if headers else 5.0]
    assert sent_json(web.calls[0]) == sent_json(web.calls[1])


def test_a_429_that_stays_is_refused_after_three(
    web: responses.RequestsMock, sender: Sender, waits: list[float]
) -> None:
    web.post(HISTORY, status=429, headers={"Retry-After": "7"})

    outcome = sender.add_history(MOVIES, sent=2)

    assert isinstance(outcome, Refused)
    assert (outcome.status, outcome.stop, outcome.retry_after) == (429, True, 7.0)
    assert len(web.calls) == 3
    assert waits == [7.0, 7.0]


def test_a_429_that_asks_for_hours_is_not_waited_for(
    web: responses.RequestsMock, sender: Sender, waits: list[float]
) -> None:
    web.post(HISTORY, status=429, headers={"Retry-After": "7200"})

    outcome = sender.add_history(MOVIES, sent=2)

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

    assert isinstance(Sender(open_trakt()).add_history(MOVIES, sent=2), Accepted)
    assert [call.request.url for call in web.calls] == [HISTORY, f"{AUTH}/oauth/token", HISTORY]


def test_a_401_that_stays_is_refused(
    web: responses.RequestsMock, open_trakt: Callable[..., Trakt], tokens: TokenFile, pair: Tokens
) -> None:
    tokens.save("trakt", pair)
    sent = web.post(HISTORY, status=401)
    web.post(f"{AUTH}/oauth/token", json=NEW_PAIR)

    outcome = Sender(open_trakt()).add_history(MOVIES, sent=2)

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

    outcome = Sender(open_trakt()).add_history(MOVIES, sent=2)

    assert isinstance(outcome, Refused)
    assert outcome.stop
    assert outcome.error.exit_code is code
    assert sent.call_count == 1


def test_a_renewal_that_is_lost_before_the_write_leaves_it_refused(
    web: responses.RequestsMock, open_trakt: Callable[..., Trakt], tokens: TokenFile, clock: Callable[[], Any]
) -> None:
    tokens.save("trakt", Tokens("hush-access-1", "hush-refresh-1", clock()))
    web.post(f"{AUTH}/oauth/token", body=ConnectionResetError())

    outcome = Sender(open_trakt()).add_history(MOVIES, sent=2)

    assert isinstance(outcome, Refused)
    assert outcome.status is None


# --- what may be repeated ----------------------------------------------------------------------


@pytest.mark.parametrize("method", ["add_ratings", "remove_ratings"])
@pytest.mark.parametrize("reply", [{"status": 503}, {"body": ConnectionResetError()}])
def test_ratings_are_sent_again_after_a_lost_answer(
    web: responses.RequestsMock, sender: Sender, waits: list[float], method: str, reply: dict[str, Any]
) -> None:
    url = RATINGS if method == "add_ratings" else f"{RATINGS}/remove"
    name = "added" if method == "add_ratings" else "deleted"
    for one in (reply, reply, {"status": 201, "json": {name: {"movies": 1}, "not_found": NOT_FOUND}}):
        web.post(url, **one)

    outcome = getattr(sender, method)(RATED, sent=1)

    assert isinstance(outcome, Accepted)
    assert getattr(outcome, name) == Counts(movies=1)
    assert len(waits) == 2


def test_ratings_whose_answers_stay_lost_are_in_doubt_after_three(
    web: responses.RequestsMock, sender: Sender
) -> None:
    web.post(RATINGS, status=504)

    assert isinstance(sender.add_ratings(RATED, sent=1), InDoubt)
    assert len(web.calls) == 3


@pytest.mark.parametrize("status", [409, 420, 201])
def test_ratings_are_not_sent_again_where_asking_again_can_not_help(
    web: responses.RequestsMock, sender: Sender, status: int
) -> None:
    web.post(RATINGS, status=status, body="{}")

    assert isinstance(sender.add_ratings(RATED, sent=1), InDoubt)
    assert len(web.calls) == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("add_watchlist", "/sync/watchlist"),
        ("remove_watchlist", "/sync/watchlist/remove"),
        ("add_dropped", "/users/hidden/dropped"),
        ("remove_dropped", "/users/hidden/dropped/remove"),
    ],
)
def test_the_watchlist_and_the_dropped_shows_are_sent_once(
    web: responses.RequestsMock, sender: Sender, method: str, path: str
) -> None:
    web.post(f"{API}{path}", status=503)

    assert isinstance(getattr(sender, method)({"shows": [{"ids": {"trakt": 10}}]}, sent=1), InDoubt)
    assert len(web.calls) == 1


# --- the last guard ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        ({"shows": [{"ids": {"trakt": 10}}]}, 1),
        ({"shows": [{"ids": {"trakt": 10}, "seasons": []}]}, 1),
        ({"shows": [{"ids": {"trakt": 10}, "seasons": [{"number": 1}]}]}, 1),
        (episodes(), 0),
        (episodes(1, 2), 3),
        (episodes(1, 1), 2),
        ({}, 0),
    ],
)
def test_a_dangerous_body_is_never_sent(
    web: responses.RequestsMock, sender: Sender, body: dict[str, Any], sent: int
) -> None:
    with pytest.raises(UnsafeBody):
        sender.add_history(body, sent=sent)

    assert len(web.calls) == 0


def test_what_was_acknowledged_is_not_sent_again_in_the_same_run(
    web: responses.RequestsMock, sender: Sender
) -> None:
    web.post(HISTORY, status=201, json=added(episodes=2))
    sender.add_history(episodes(1, 2), sent=2)

    with pytest.raises(UnsafeBody, match="a second play"):
        sender.add_history(episodes(2, 3), sent=2)


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

    sender.add_history(episodes(1), sent=1)

    assert isinstance(sender.add_history(episodes(1), sent=1), Accepted)


def test_what_was_taken_back_may_be_sent_again(web: responses.RequestsMock, sender: Sender) -> None:
    web.post(HISTORY, status=201, json=added(episodes=1))
    web.post(f"{HISTORY}/remove", json={"deleted": {"movies": 0, "episodes": 1}, "not_found": {"ids": []}})
    sender.add_history(episodes(1), sent=1)

    assert sender.remove_history_ids([900]) == Accepted(200, deleted=Counts(episodes=1))
    assert isinstance(sender.add_history(episodes(1), sent=1), Accepted)


def test_rewatches_may_name_one_episode_twice(web: responses.RequestsMock, trakt: Trakt) -> None:
    web.post(HISTORY, status=201, json=added(episodes=2))
    sender = Sender(trakt, one_play_each=False)

    assert isinstance(sender.add_history(episodes(1, 1), sent=2), Accepted)
    assert isinstance(sender.add_history(episodes(1, 1), sent=2), Accepted)


# --- against the sandbox -----------------------------------------------------------------------


def test_the_practice_trakt_takes_what_exists_and_names_what_does_not(
    practice: Sandbox, practice_trakt: Trakt
) -> None:
    sender, state = Sender(practice_trakt), TraktState(practice_trakt)
    before = {play.id for play in state.read_history()}

    outcome = sender.add_history(episodes(1, 2, 99, show=1420, season=3), sent=3)

    assert outcome == Accepted(201, added=Counts(episodes=2), not_found=(EpisodeSubject(1420, 3, 99),))
    new = {play.id for play in state.read_history()} - before
    assert len(new) == 2
    assert sender.remove_history_ids([*new, 12345]) == Accepted(
        200, deleted=Counts(episodes=2), not_found=(PlayById(12345),)
    )
    assert {play.id for play in state.read_history()} == before


def test_the_practice_trakt_takes_ratings_and_lists(practice_trakt: Trakt) -> None:
    sender, state = Sender(practice_trakt), TraktState(practice_trakt)
    seasons = [{"number": 3, "rating": 7}, {"number": 77, "rating": 7}]
    shows = {"shows": [{"ids": {"trakt": 1420}}]}

    rated = sender.add_ratings({"shows": [{"ids": {"trakt": 1420}, "seasons": seasons}]}, sent=2)

    assert rated == Accepted(201, added=Counts(seasons=1), not_found=(SeasonSubject(1420, 77),))
    assert SeasonSubject(1420, 3) in {rating.subject for rating in state.read_ratings()}
    assert sender.add_watchlist({"movies": [{"ids": {"trakt": 1}}], **shows}, sent=2) == Accepted(
        201, added=Counts(shows=1), not_found=(MovieSubject(1),)
    )
    assert sender.remove_watchlist(shows, sent=1) == Accepted(200, deleted=Counts(shows=1))
    assert sender.add_dropped(shows, sent=1) == Accepted(201, added=Counts(shows=1))
    assert sender.remove_dropped(shows, sent=1) == Accepted(200, deleted=Counts(shows=1))


def test_the_practice_trakts_faults_are_in_doubt(practice: Sandbox, practice_trakt: Trakt) -> None:
    sender = Sender(practice_trakt, one_play_each=False)
    faults = practice.faults
    faults.drop_after("POST", "/sync/history$")
    faults.cut_body("POST", "/sync/history$", skip=1)
    faults.lie(added={"movies": 0, "episodes": 2}, skip=2)
    elsewhere = {"Location": practice.addresses.trakt_url + "/other"}
    faults.answer("POST", "/sync/history$", 301, headers=elsewhere, skip=3)

    outcomes = [sender.add_history(episodes(1, show=1420), sent=1) for _ in range(4)]

    assert all(isinstance(outcome, InDoubt) for outcome in outcomes)
    assert len(practice.sent("POST", "/sync/history")) == 4
    assert len(practice.wire) == 4
