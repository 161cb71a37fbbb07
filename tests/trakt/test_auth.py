"""Signing in by device code, renewing and revoking, by the book."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import responses

from anitrakt_plan.errors import AnitraktError, AnswerLost, Failed, NotSignedIn
from anitrakt_plan.http.tokens import TokenFile, Tokens
from anitrakt_plan.trakt.auth import DeviceCode
from anitrakt_plan.trakt.client import Trakt
from tests.practice import Clock, Sandbox
from tests.trakt.conftest import AUTH, sent_json

CODE_ANSWER = {
    "device_code": "hush-device",
    "user_code": "5055CC52",
    "verification_url": "https://auth.trakt.tv/activate",
    "expires_in": 600,
    "interval": 5,
}
TOKEN_ANSWER = {
    "access_token": "hush-access-2",
    "token_type": "bearer",
    "expires_in": 86400,
    "refresh_token": "hush-refresh-2",
    "scope": "public",
    "created_at": 1487889741,
}
CODE, TOKEN, POLL, REVOKE = (
    f"{AUTH}/oauth/{path}" for path in ("device/code", "token", "device/token", "revoke")
)


@pytest.fixture
def client(open_trakt: Callable[..., Trakt]) -> Trakt:
    return open_trakt()


@pytest.fixture
def code(clock: Clock) -> DeviceCode:
    return DeviceCode("hush-device", "5055CC52", "https://x.example", clock() + timedelta(minutes=10), 5)


def test_a_code_is_asked_for_with_the_client_id_alone(
    web: responses.RequestsMock, client: Trakt, clock: Clock
) -> None:
    web.post(CODE, json=CODE_ANSWER)

    code = client.signin.request_code()

    assert sent_json(web.calls[0]) == {"client_id": "hush-client-id"}
    assert code.user_code == "5055CC52"
    assert code.direct_url == "https://auth.trakt.tv/activate/5055CC52"
    assert code.expires_at == clock() + timedelta(seconds=600)
    assert "hush" not in repr(code)


@pytest.mark.parametrize(
    "answer", [{}, {**CODE_ANSWER, "interval": "5"}, {**CODE_ANSWER, "expires_in": -1}, []]
)
def test_a_code_answer_of_another_form_is_a_plain_sentence(
    web: responses.RequestsMock, client: Trakt, answer: object
) -> None:
    web.post(CODE, json=answer)

    with pytest.raises(Failed, match="can't be understood"):
        client.signin.request_code()


def test_without_a_client_id_nothing_is_asked(
    web: responses.RequestsMock, open_trakt: Callable[..., Trakt]
) -> None:
    with pytest.raises(NotSignedIn, match="no Trakt client id"):
        open_trakt(trakt_client_id=None).signin.request_code()

    assert len(web.calls) == 0


def test_polling_goes_on_while_the_code_is_pending_and_slows_down_when_told(
    web: responses.RequestsMock, client: Trakt, clock: Clock, code: DeviceCode
) -> None:
    for status, headers in ((400, {}), (429, {}), (400, {}), (429, {"Retry-After": "30"}), (503, {})):
        web.post(POLL, status=status, headers=headers, body="<html>")
    web.post(POLL, body=ConnectionResetError())
    web.post(POLL, json=TOKEN_ANSWER)

    tokens = client.signin.poll(code, clock.sleep)

    assert clock.sleeps == [5, 5, 10, 10, 30, 30, 30]
    assert tokens == Tokens("hush-access-2", "hush-refresh-2", clock() + timedelta(days=1))
    assert sent_json(web.calls[0]) == {
        "code": "hush-device",
        "client_id": "hush-client-id",
        "client_secret": "hush-client-secret",
    }


def test_the_client_secret_is_left_out_where_there_is_none(
    web: responses.RequestsMock, open_trakt: Callable[..., Trakt], clock: Clock, code: DeviceCode
) -> None:
    web.post(POLL, json=TOKEN_ANSWER)

    open_trakt(trakt_client_secret=None).signin.poll(code, clock.sleep)

    assert sent_json(web.calls[0]) == {"code": "hush-device", "client_id": "hush-client-id"}


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (404, "does not know this code"),
        (409, "already used"),
        (410, "not typed in time"),
        (418, "refused on Trakt's page"),
        (401, "no longer knows your application"),
        (403, "no longer knows your application"),
    ],
)
def test_polling_ends_with_a_plain_sentence(
    web: responses.RequestsMock, client: Trakt, clock: Clock, code: DeviceCode, status: int, words: str
) -> None:
    web.post(POLL, status=status)

    with pytest.raises(NotSignedIn, match=words):
        client.signin.poll(code, clock.sleep)

    assert len(web.calls) == 1


def test_an_application_that_is_gone_ends_polling_even_as_a_400(
    web: responses.RequestsMock, client: Trakt, clock: Clock, code: DeviceCode
) -> None:
    web.post(POLL, status=400, json={"error": "invalid_client"})

    with pytest.raises(NotSignedIn, match="no longer knows your application"):
        client.signin.poll(code, clock.sleep)


def test_polling_ends_by_itself_when_the_code_does(
    web: responses.RequestsMock, client: Trakt, clock: Clock, code: DeviceCode
) -> None:
    web.post(POLL, status=400)

    with pytest.raises(NotSignedIn, match="not typed in time"):
        client.signin.poll(code, clock.sleep)

    assert clock() == code.expires_at
    assert len(web.calls) == 119


# --- renewing ----------------------------------------------------------------------------------


def test_renewing_stores_the_new_pair_before_it_is_used(
    web: responses.RequestsMock, client: Trakt, tokens: TokenFile, pair: Tokens, clock: Clock
) -> None:
    tokens.save("trakt", pair)
    web.post(TOKEN, json=TOKEN_ANSWER)

    fresh = client.signin.refresh(tokens, pair)

    assert tokens.load("trakt") == fresh
    assert fresh.expires_at == clock() + timedelta(days=1)
    assert sent_json(web.calls[0]) == {
        "refresh_token": "hush-refresh-1",
        "client_id": "hush-client-id",
        "client_secret": "hush-client-secret",
        "redirect_uri": "urn:ietf:wg:oauth:2.0:oob",
        "grant_type": "refresh_token",
    }


def test_a_pair_that_another_process_has_renewed_is_taken_over(
    web: responses.RequestsMock, client: Trakt, tokens: TokenFile, pair: Tokens, clock: Clock
) -> None:
    theirs = Tokens("hush-access-9", "hush-refresh-9", clock() + timedelta(days=7))
    tokens.save("trakt", theirs)

    assert client.signin.refresh(tokens, pair) == theirs
    assert len(web.calls) == 0


def test_two_at_once_renew_once(
    web: responses.RequestsMock, client: Trakt, settings: object, tokens: TokenFile, pair: Tokens
) -> None:
    tokens.save("trakt", pair)
    web.post(TOKEN, json=TOKEN_ANSWER)
    got: list[Tokens] = []
    threads = [
        threading.Thread(target=lambda: got.append(client.signin.refresh(TokenFile(tokens.path), pair)))
        for _ in range(4)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [one.access for one in got] == ["hush-access-2"] * 4
    assert len(web.calls) == 1


def test_a_disk_that_takes_nothing_is_noticed_before_the_old_pair_is_spent(
    web: responses.RequestsMock,
    client: Trakt,
    tokens: TokenFile,
    pair: Tokens,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tokens.save("trakt", pair)

    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("anitrakt_plan.files.os.fsync", no_space)
    with pytest.raises(Failed, match="No space left"):
        client.signin.refresh(tokens, pair)

    assert len(web.calls) == 0


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (400, {"error": "invalid_grant", "error_description": "x"}, NotSignedIn, "has ended"),
        (401, {"error": "invalid_grant"}, NotSignedIn, "has ended"),
        (400, None, NotSignedIn, "has ended"),
        (401, {"error": "invalid_client"}, NotSignedIn, "no longer knows your application"),
        (
            400,
            {"error": "invalid_request", "error_description": "client_id is required"},
            NotSignedIn,
            "application",
        ),
        (403, None, NotSignedIn, "no longer knows your application"),
        (429, None, Failed, "asks for a pause"),
        (503, None, Failed, "problem of its own"),
        (301, None, Failed, "another address"),
        (200, {"access_token": "hush"}, Failed, "can't be understood"),
    ],
)
def test_a_refused_renewal_keeps_the_old_pair_and_says_what_to_do(
    web: responses.RequestsMock,
    client: Trakt,
    tokens: TokenFile,
    pair: Tokens,
    status: int,
    body: object,
    kind: type[AnitraktError],
    words: str,
) -> None:
    tokens.save("trakt", pair)
    web.post(TOKEN, status=status, json=body, headers={"Location": "https://elsewhere.example"})

    with pytest.raises(kind, match=words) as caught:
        client.signin.refresh(tokens, pair)

    assert tokens.load("trakt") == pair
    assert "hush" not in str(caught.value)
    assert caught.value.todo
    assert len(web.calls) == 1


def test_a_renewal_whose_answer_is_lost_is_not_asked_twice(
    web: responses.RequestsMock, client: Trakt, tokens: TokenFile, pair: Tokens
) -> None:
    tokens.save("trakt", pair)
    web.post(TOKEN, body=ConnectionResetError())

    with pytest.raises(AnswerLost):
        client.signin.refresh(tokens, pair)

    assert len(web.calls) == 1


def test_a_sign_in_that_was_deleted_meanwhile_is_not_brought_back(
    web: responses.RequestsMock, client: Trakt, tokens: TokenFile, pair: Tokens
) -> None:
    with pytest.raises(NotSignedIn, match="has ended"):
        client.signin.refresh(tokens, pair)

    assert len(web.calls) == 0


# --- the client's bearer -----------------------------------------------------------------------


def test_the_given_token_is_never_renewed(
    web: responses.RequestsMock, trakt: Trakt, tokens: TokenFile, pair: Tokens
) -> None:
    tokens.save("trakt", pair)

    assert trakt.bearer() == "hush-token"
    assert not trakt.renew_bearer("hush-token")
    assert len(web.calls) == 0


@pytest.mark.parametrize(
    ("left", "renewed"),
    [(timedelta(hours=1), False), (timedelta(seconds=60), True), (timedelta(days=-3), True)],
)
def test_the_stored_pair_is_renewed_shortly_before_its_end(
    web: responses.RequestsMock,
    client: Trakt,
    tokens: TokenFile,
    clock: Clock,
    left: timedelta,
    renewed: bool,
) -> None:
    tokens.save("trakt", Tokens("hush-access-1", "hush-refresh-1", clock() + left))
    web.post(TOKEN, json=TOKEN_ANSWER)

    assert client.bearer() == ("hush-access-2" if renewed else "hush-access-1")
    assert len(web.calls) == renewed


def test_a_clock_that_is_days_off_does_not_renew_at_every_request(
    web: responses.RequestsMock, client: Trakt, tokens: TokenFile, pair: Tokens, clock: Clock
) -> None:
    tokens.save("trakt", pair)
    clock.time += timedelta(days=3650)
    web.post(TOKEN, json=TOKEN_ANSWER)

    assert [client.bearer() for _ in range(3)] == ["hush-access-2"] * 3
    assert len(web.calls) == 1


def test_a_refused_token_that_was_renewed_meanwhile_is_not_renewed_again(
    web: responses.RequestsMock, client: Trakt, tokens: TokenFile, pair: Tokens
) -> None:
    tokens.save("trakt", pair)

    assert client.renew_bearer("hush-access-0")
    assert client.bearer() == "hush-access-1"
    assert len(web.calls) == 0


def test_without_a_sign_in_there_is_no_bearer(web: responses.RequestsMock, client: Trakt) -> None:
    assert not client.signed_in
    with pytest.raises(NotSignedIn, match="not signed in"):
        client.bearer()


# --- signing out -------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 400, 401, 404])
def test_signing_out_revokes_and_deletes(
    web: responses.RequestsMock, client: Trakt, tokens: TokenFile, pair: Tokens, status: int
) -> None:
    tokens.save("trakt", pair)
    web.post(REVOKE, status=status)

    assert client.sign_out()
    assert tokens.load("trakt") is None
    assert sent_json(web.calls[0]) == {
        "token": "hush-access-1",
        "client_id": "hush-client-id",
        "client_secret": "hush-client-secret",
    }
    assert not client.sign_out()


def test_signing_out_deletes_even_where_trakt_can_not_be_told(
    web: responses.RequestsMock, client: Trakt, tokens: TokenFile, pair: Tokens
) -> None:
    tokens.save("trakt", pair)
    web.post(REVOKE, status=503)

    with pytest.raises(Failed):
        client.sign_out()

    assert tokens.load("trakt") is None


# --- the whole way, in the sandbox -------------------------------------------------------------


def test_the_whole_way_from_code_to_sign_out(practice: Sandbox, practice_trakt: Trakt, clock: Clock) -> None:
    practice.faults.polling(400, 429, 400)
    practice_trakt._given_token = None
    code = practice_trakt.signin.request_code()

    practice_trakt.sign_in(practice_trakt.signin.poll(code, lambda _: None))
    first = practice_trakt.bearer()
    assert practice_trakt.renew_bearer(first)
    second = practice_trakt.bearer()

    assert first != second
    assert practice_trakt.private("/users/settings").ok
    assert practice_trakt.sign_out()
    assert (
        practice_trakt.reads.get("/users/settings", headers={"Authorization": f"Bearer {second}"}).status
        == 401
    )


def test_a_spent_refresh_token_ends_the_sign_in(
    practice: Sandbox, practice_trakt: Trakt, clock: Clock
) -> None:
    stale = Tokens("hush", practice.addresses.trakt_refresh_token, clock())
    practice_trakt.tokens.save("trakt", stale)
    practice_trakt.signin.refresh(practice_trakt.tokens, stale)
    practice_trakt.tokens.save("trakt", stale)

    with pytest.raises(NotSignedIn, match="has ended"):
        practice_trakt.signin.refresh(practice_trakt.tokens, stale)
