"""MyAnimeList's sign-in: plain PKCE, whatever a person pastes, and every refusal a plain sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import responses
from requests import PreparedRequest

from anitrakt_plan.errors import AnitraktError, BadUsage, NotSignedIn, ServiceRefused
from anitrakt_plan.http import WriteClient
from anitrakt_plan.http.tokens import Tokens
from anitrakt_plan.sources.mal import MalSignIn, code_of, sign_in_url

BASE = "https://myanimelist.net/v1/oauth2"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
GIVEN = {"token_type": "Bearer", "expires_in": 2678400, "access_token": "hush-a", "refresh_token": "hush-r"}


def form(expected: dict[str, str]) -> Callable[[PreparedRequest], tuple[bool, str]]:
    """Matches a request whose body is this form."""

    def matches(request: PreparedRequest) -> tuple[bool, str]:
        assert isinstance(request.body, bytes)
        sent = dict(parse_qsl(request.body.decode()))
        is_form = request.headers["Content-Type"] == "application/x-www-form-urlencoded"
        return is_form and sent == expected, f"{sent} is not {expected}"

    return matches


@pytest.fixture
def sign_in() -> Iterator[MalSignIn]:
    writer = WriteClient("MyAnimeList", BASE)
    yield MalSignIn(writer, client_id="hush-id", clock=lambda: NOW)
    writer.close()


@pytest.mark.parametrize(
    ("api", "expected"),
    [
        ("https://api.myanimelist.net/v2", BASE),
        ("http://127.0.0.1:8000/mal/v2", "http://127.0.0.1:8000/mal/v1/oauth2"),
        ("http://127.0.0.1:8000/mal/v2/", "http://127.0.0.1:8000/mal/v1/oauth2"),
    ],
)
def test_the_sign_in_is_where_the_api_is(api: str, expected: str) -> None:
    assert sign_in_url(api) == expected


def test_the_address_asks_for_plain_pkce_and_no_two_attempts_are_alike(sign_in: MalSignIn) -> None:
    first, second = sign_in.begin(), sign_in.begin()
    asked = {name: value[0] for name, value in parse_qs(urlsplit(first.address).query).items()}

    assert first.address.startswith(f"{BASE}/authorize?")
    assert asked["code_challenge_method"] == "plain"
    assert asked["code_challenge"] == first.verifier
    assert 43 <= len(first.verifier) <= 128
    assert asked["state"] == first.state
    assert asked["response_type"] == "code"
    assert (first.verifier, first.state) != (second.verifier, second.state)
    assert first.verifier not in repr(first)


@pytest.mark.parametrize(
    "pasted",
    [
        "http://localhost/?code=abc123&state=S",
        "  <http://localhost/callback?state=S&code=abc123>  ",
        "'http://localhost/?code=abc123'",
        "code=abc123&state=S",
        "abc123",
    ],
)
def test_an_address_or_a_code_alone_can_be_pasted(pasted: str) -> None:
    assert code_of(pasted, "S") == "abc123"


@pytest.mark.parametrize(
    ("pasted", "error", "said"),
    [
        ("", BadUsage, "no code"),
        ("http://localhost/", BadUsage, "no code"),
        ("http://localhost/?state=S", BadUsage, "no code"),
        ("two words", BadUsage, "no code"),
        ("http://localhost/?code=abc&state=other", NotSignedIn, "another attempt"),
        ("http://localhost/?error=access_denied&state=S", NotSignedIn, "refused"),
    ],
)
def test_what_is_no_code_is_said(pasted: str, error: type[AnitraktError], said: str) -> None:
    with pytest.raises(error, match=said):
        code_of(pasted, "S")


@responses.activate
def test_the_code_is_exchanged_with_its_verifier_as_a_form(sign_in: MalSignIn) -> None:
    request = sign_in.begin()
    expected = {
        "client_id": "hush-id",
        "grant_type": "authorization_code",
        "code": "abc",
        "code_verifier": request.verifier,
    }
    responses.post(f"{BASE}/token", json=GIVEN, match=[form(expected)])

    found = sign_in.finish(request, f"http://localhost/?code=abc&state={request.state}")
    assert found == Tokens("hush-a", "hush-r", NOW + timedelta(days=31))
    assert "hush" not in repr(found)


@responses.activate
def test_a_sign_in_is_renewed_by_its_refresh_token(sign_in: MalSignIn) -> None:
    expected = {"client_id": "hush-id", "grant_type": "refresh_token", "refresh_token": "old"}
    responses.post(f"{BASE}/token", json=GIVEN, match=[form(expected)])

    assert sign_in.refresh("old").access == "hush-a"


@pytest.mark.parametrize(
    ("status", "body", "error", "said"),
    [
        (401, '{"error": "invalid_client"}', NotSignedIn, "does not know this client id"),
        (400, '{"error": "invalid_grant", "hint": "hush"}', NotSignedIn, "does not take this code"),
        (400, '{"error": "invalid_request"}', NotSignedIn, "does not take this code"),
        (404, "", ServiceRefused, "no sign-in"),
        (503, "<html>", ServiceRefused, "out of order"),
        (200, "<html>", ServiceRefused, "web page"),
        (200, "{}", ServiceRefused, ""),
        (200, '{"access_token": 5, "expires_in": 9}', ServiceRefused, ""),
    ],
)
@responses.activate
def test_each_refusal_is_a_plain_sentence_without_secrets(
    status: int, body: str, error: type[AnitraktError], said: str, sign_in: MalSignIn
) -> None:
    responses.post(f"{BASE}/token", body=body, status=status)

    with pytest.raises(error) as refused:
        sign_in.finish(sign_in.begin(), "hush-code")
    assert said in refused.value.what
    assert refused.value.todo
    assert "hush" not in str(refused.value)


def test_without_a_client_id_it_says_how_to_get_one() -> None:
    with pytest.raises(NotSignedIn, match="client id") as refused:
        MalSignIn(WriteClient("MyAnimeList", BASE), client_id=None, clock=lambda: NOW)
    assert "apiconfig" in str(refused.value.todo)
