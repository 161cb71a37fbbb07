"""The client: which key goes where, and what Trakt's error answers become."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import responses
from responses import matchers

from anitrakt_plan.errors import ExitCode, Failed, NotSignedIn, ServiceRefused
from anitrakt_plan.http import Answer
from anitrakt_plan.http.tokens import TokenFile, Tokens
from anitrakt_plan.trakt.client import Trakt
from anitrakt_plan.trakt.errors import ApplicationBlocked, ApplicationRefused, refusal
from tests.trakt.conftest import API, AUTH

HTML = {"Content-Type": "text/html; charset=UTF-8"}
PAGE = "<!DOCTYPE html><title>Just a moment...</title>"
SECRETS = ("hush-token", "hush-client-id", "hush-client-secret", "hush-access", "hush-refresh")


def test_public_questions_carry_the_client_id_and_never_the_bearer(
    web: responses.RequestsMock, trakt: Trakt
) -> None:
    web.get(f"{API}/shows/1", json={})

    trakt.public("/shows/1")

    headers = web.calls[0].request.headers
    assert headers["trakt-api-key"] == "hush-client-id"
    assert headers["trakt-api-version"] == "2"
    assert headers["Content-Type"] == "application/json"
    assert headers["User-Agent"].startswith("anitrakt/")
    assert "Authorization" not in headers


def test_questions_about_the_account_carry_the_bearer_and_are_never_cached(
    web: responses.RequestsMock, trakt: Trakt
) -> None:
    bearer = matchers.header_matcher(
        {"Authorization": "Bearer hush-token", "trakt-api-key": "hush-client-id"}
    )
    web.get(f"{API}/sync/history", json=[], match=[bearer])

    trakt.private("/sync/history")
    trakt.private("/sync/history")

    assert len(web.calls) == 2


def test_without_a_client_id_nothing_is_asked(
    web: responses.RequestsMock, open_trakt: Callable[..., Trakt]
) -> None:
    trakt = open_trakt(trakt_client_id=None, trakt_token="hush-token")

    assert not trakt.has_key
    with pytest.raises(NotSignedIn, match="no Trakt client id"):
        trakt.public("/shows/1")
    with pytest.raises(NotSignedIn, match="no Trakt client id"):
        trakt.private("/sync/history")
    assert len(web.calls) == 0


def test_a_401_renews_the_stored_pair_once_and_asks_again(
    web: responses.RequestsMock, open_trakt: Callable[..., Trakt], tokens: TokenFile, pair: Tokens
) -> None:
    tokens.save("trakt", pair)
    old, new = (matchers.header_matcher({"Authorization": f"Bearer hush-access-{n}"}) for n in (1, 2))
    web.get(f"{API}/sync/history", status=401, match=[old])
    web.get(f"{API}/sync/history", json=[], match=[new])
    web.post(
        f"{AUTH}/oauth/token",
        json={"access_token": "hush-access-2", "refresh_token": "r", "expires_in": 86400},
    )

    assert open_trakt().private("/sync/history").json() == []


def test_a_401_that_stays_ends_with_the_sign_in(
    web: responses.RequestsMock, open_trakt: Callable[..., Trakt], tokens: TokenFile, pair: Tokens
) -> None:
    tokens.save("trakt", pair)
    history = web.get(f"{API}/sync/history", status=401)
    web.post(
        f"{AUTH}/oauth/token",
        json={"access_token": "hush-access-2", "refresh_token": "r", "expires_in": 86400},
    )

    with pytest.raises(NotSignedIn, match="does not accept the sign-in"):
        open_trakt().private("/sync/history")

    assert history.call_count == 2


def test_a_401_to_the_given_token_says_which_one(web: responses.RequestsMock, trakt: Trakt) -> None:
    web.get(f"{API}/sync/history", status=401)

    with pytest.raises(NotSignedIn, match="ANITRAKT_TRAKT_TOKEN"):
        trakt.private("/sync/history")

    assert len(web.calls) == 1


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind", "words"),
    [
        (401, {}, "", NotSignedIn, "does not accept the sign-in"),
        (403, {}, "", ApplicationRefused, "no longer knows your application (VIP ended?)"),
        (403, {}, '{"error": "invalid"}', ApplicationRefused, "plan --update FILE --trakt-data ZIP"),
        (
            403,
            {"Content-Type": "text/plain"},
            "Forbidden",
            ApplicationBlocked,
            "has blocked your application",
        ),
        (403, HTML, PAGE, ServiceRefused, "Cloudflare"),
        (404, {}, "", ServiceRefused, "no such thing"),
        (409, {}, "", ServiceRefused, "error (409)"),
        (412, {}, "", ServiceRefused, "form of the request"),
        (420, {"X-Account-Limit": "100"}, "", ServiceRefused, "its limit is 100"),
        (420, {"X-Account-Limit": "<script>"}, "", ServiceRefused, "is full"),
        (422, {}, "", ServiceRefused, "content"),
        (423, {"X-Account-Locked": "true"}, "", ServiceRefused, "locked the account"),
        (423, {"X-Account-Deactivated": "true"}, "", ServiceRefused, "deactivated"),
        (426, {}, "", ServiceRefused, "VIP"),
        (429, {"Retry-After": "12"}, "", ServiceRefused, "Trakt asks for a pause of 12 seconds"),
        (429, {**HTML, "Retry-After": "300"}, PAGE, ServiceRefused, "Cloudflare"),
        (500, {}, "", ServiceRefused, "problem of its own (500)"),
        (522, HTML, PAGE, ServiceRefused, "problem of its own (522)"),
        (302, {}, "", ServiceRefused, "another address"),
        (451, {}, "", ServiceRefused, "error (451)"),
    ],
)
def test_each_error_answer_is_a_plain_sentence_with_what_to_do(
    status: int, headers: dict[str, str], body: str, kind: type[Failed | NotSignedIn], words: str
) -> None:
    lower = {name.lower(): value for name, value in headers.items()}

    error = refusal(Answer(status, lower, body.encode(), f"{API}/x?q=hush"), request="GET /x")

    assert type(error) is kind
    assert words in str(error)
    assert error.where == "Trakt, GET /x"
    assert error.todo
    assert error.exit_code is (ExitCode.NOT_SIGNED_IN if issubclass(kind, NotSignedIn) else ExitCode.FAILED)
    for part in ("hush", "<", "script"):
        assert part not in str(error)


def test_no_secret_shows_in_logs_errors_or_the_client_itself(
    web: responses.RequestsMock,
    open_trakt: Callable[..., Trakt],
    tokens: TokenFile,
    pair: Tokens,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tokens.save("trakt", pair)
    web.get(f"{API}/sync/history", status=401, json={"echo": "hush-access-1"})
    web.post(
        f"{AUTH}/oauth/token",
        status=400,
        json={"error": "invalid_grant", "error_description": "hush-refresh-1"},
    )
    trakt = open_trakt()

    with caplog.at_level(logging.DEBUG), pytest.raises(NotSignedIn) as caught:
        trakt.private("/sync/history")

    told = f"{caplog.text}{caught.value}{caught.value!r}{trakt!r}{vars(trakt)}"
    assert "POST /oauth/token" in caplog.text
    for secret in SECRETS:
        assert secret not in told.replace("'_client_id': 'hush-client-id'", "")


# --- what is wrong, for doctor -----------------------------------------------------------------


NOW = "Sun, 22 Nov 2026 09:00:00 GMT"


@pytest.mark.parametrize(
    ("status", "settings_status", "wrong"),
    [
        (200, 200, None),
        (403, 200, "key"),
        (503, 200, "service"),
        (200, 401, "sign_in"),
        (200, 500, "sign_in"),
    ],
)
def test_a_check_names_the_first_thing_that_is_wrong(
    web: responses.RequestsMock, trakt: Trakt, status: int, settings_status: int, wrong: str | None
) -> None:
    account = {"user": {"username": "someone"}, "account": {"timezone": "Asia/Tokyo"}}
    web.get(f"{API}/search/trakt/1", status=status, json=[], headers={"Date": NOW})
    web.get(f"{API}/users/settings", status=settings_status, json=account)

    found = trakt.check()

    assert [name for name in ("key", "service", "sign_in") if getattr(found, name)] == [wrong] * bool(wrong)
    assert (found.user, found.time_zone) == ((None, None) if wrong else ("someone", "Asia/Tokyo"))
    assert found.date == datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [(401, {"error": "invalid_client"}, "no longer knows"), (200, {}, "blocked"), (503, {}, "blocked")],
)
def test_an_application_is_blocked_only_where_it_may_still_sign_in(
    web: responses.RequestsMock, trakt: Trakt, status: int, body: dict[str, str], said: str
) -> None:
    web.get(f"{API}/search/trakt/1", status=403, body="Forbidden", content_type="text/plain")
    web.post(f"{AUTH}/oauth/device/code", status=status, json=body)

    found = trakt.check()

    assert found.key is not None
    assert said in found.key.what


def test_a_check_without_a_client_id_says_so_and_asks_for_no_account(
    web: responses.RequestsMock, open_trakt: Callable[..., Trakt]
) -> None:
    web.get(f"{API}/search/trakt/1", status=403, headers={"Date": NOW})

    found = open_trakt(trakt_client_id=None, trakt_token="hush-token").check()

    assert isinstance(found.key, NotSignedIn)
    assert "no Trakt client id" in found.key.what
    assert (found.service, found.sign_in, found.user) == (None, None, None)


@pytest.mark.parametrize(
    ("request_", "full"),
    [
        ("POST /sync/watchlist", "the watchlist on Trakt is full (its limit is 250)"),
        ("POST /sync/history", "the Trakt account is full (its limit is 250)"),
    ],
)
def test_what_is_full_is_named(request_: str, full: str) -> None:
    answer = Answer(420, {"x-account-limit": "250"}, b"", f"{API}/x")
    assert refusal(answer, request=request_).what == full
