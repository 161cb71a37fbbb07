"""Signing in to MyAnimeList for private lists: OAuth 2 with PKCE of the kind `plain`, the only one it knows.

Source: MyAnimeList's API documentation, `myanimelist.net/apiconfig/references/authorization`. Everything works
without a browser on this machine: the person opens an address anywhere, and pastes the one they are sent to.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from anitrakt_plan.errors import AnitraktError, BadUsage, NotSignedIn, ServiceRefused
from anitrakt_plan.http import Answer, WriteClient
from anitrakt_plan.sources.answers import json_object, not_an_answer, place
from anitrakt_plan.sources.mal import GET_A_CLIENT_ID, NAME

_PUBLIC_API, _PUBLIC_SIGN_IN = "api.myanimelist.net", "https://myanimelist.net/v1/oauth2"
_AGAIN = "Start over with `anitrakt login --mal`."
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class MalTokens:
    """A sign-in as MyAnimeList gives it; `expires_at` is UTC, about a month away."""

    access: str = field(repr=False)
    refresh: str | None = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Request:
    """One attempt: the address that the person opens, and what proves that the answer belongs to it."""

    address: str = field(repr=False)
    state: str = field(repr=False)
    verifier: str = field(repr=False)


def sign_in_url(api_url: str) -> str:
    """Where MyAnimeList signs people in, by the address of its API: another host in public, beside it elsewhere."""
    parts = urlsplit(api_url)
    if parts.hostname == _PUBLIC_API:
        return _PUBLIC_SIGN_IN
    folder = parts.path.rstrip("/").rpartition("/")[0]
    return urlunsplit((parts.scheme, parts.netloc, f"{folder}/v1/oauth2", "", ""))


class MalSignIn:
    """The sign-in: an address to open, then what it leads to against tokens. Its application is of type `other`."""

    def __init__(self, writer: WriteClient, *, client_id: str | None, clock: Clock) -> None:
        if not client_id:
            raise NotSignedIn(f"signing in to {NAME} needs a client id", where=NAME, todo=GET_A_CLIENT_ID)
        self._writer, self._client_id, self._clock = writer, client_id, clock

    def begin(self) -> Request:
        """A new attempt, with secrets of its own."""
        verifier, state = secrets.token_urlsafe(72), secrets.token_urlsafe(16)
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "code_challenge": verifier,  # plain: the challenge is the verifier
            "code_challenge_method": "plain",
            "state": state,
        }
        return Request(f"{self._writer.base_url}/authorize?{urlencode(asked)}", state, verifier)

    def finish(self, request: Request, pasted: str) -> MalTokens:
        """Exchange what the person pasted (the address they were sent to, or its code alone) for tokens.

        Raises BadUsage where it is neither, NotSignedIn where MyAnimeList refuses, else Failed.
        """
        code = code_of(pasted, request.state)
        return self._tokens(
            {"grant_type": "authorization_code", "code": code, "code_verifier": request.verifier}
        )

    def refresh(self, refresh_token: str) -> MalTokens:
        """Renew a sign-in. Raises NotSignedIn where it has ended for good, else Failed."""
        return self._tokens({"grant_type": "refresh_token", "refresh_token": refresh_token})

    def _tokens(self, fields: Mapping[str, str]) -> MalTokens:
        asked_at = self._clock()
        answer = self._writer.post_form("/token", {"client_id": self._client_id, **fields})
        said = json_object(answer)
        if not answer.ok:
            raise _refusal(answer, said or {})
        try:
            assert said is not None
            access, refresh, seconds = said["access_token"], said.get("refresh_token"), said["expires_in"]
            expires_at = asked_at + timedelta(seconds=float(seconds))
        except (AssertionError, KeyError, TypeError, ValueError, OverflowError):
            raise not_an_answer(answer, NAME) from None
        if not isinstance(access, str) or not access:
            raise not_an_answer(answer, NAME)
        return MalTokens(access, refresh if isinstance(refresh, str) and refresh else None, expires_at)


def code_of(pasted: str, state: str) -> str:
    """The code in what a person pasted. Raises BadUsage for nothing, NotSignedIn for a refusal or a foreign answer."""
    text = pasted.strip().strip("'\"<>")
    query = urlsplit(text).query if "?" in text else text if "code=" in text or "error=" in text else ""
    said = {name: values[0] for name, values in parse_qs(query).items()}
    if "error" in said:
        raise NotSignedIn("the sign-in was refused on MyAnimeList's page", where=NAME, todo=_AGAIN)
    if said.get("state", state) != state:
        raise NotSignedIn("this address belongs to another attempt to sign in", where=NAME, todo=_AGAIN)
    code = said.get("code", "" if query or "://" in text else text)
    if not code or any(sign.isspace() for sign in code):
        raise BadUsage(
            "there is no code in what was pasted",
            where=NAME,
            todo="Paste the whole address that your browser was sent to; it has `code=` in it.",
        )
    return code


def _refusal(answer: Answer, said: Mapping[str, Any]) -> AnitraktError:
    """The error for a token request that MyAnimeList turned down (RFC 6749, 5.2)."""
    error, where = said.get("error"), place(answer, NAME)
    if error == "invalid_client" or answer.status == 401:
        return NotSignedIn(
            f"{NAME} does not know this client id, or its application needs a secret",
            where=where,
            todo="Look at myanimelist.net/apiconfig: the application's type must be `other`, which has no secret.",
        )
    if error in ("invalid_grant", "invalid_request") or answer.status == 400:
        return NotSignedIn(f"{NAME} does not take this code or sign-in any more", where=where, todo=_AGAIN)
    if answer.status == 404:
        return ServiceRefused(
            f"there is no sign-in to {NAME} at this address",
            status=404,
            where=where,
            todo="Look at ANITRAKT_MAL_URL.",
        )
    return not_an_answer(answer, NAME)
