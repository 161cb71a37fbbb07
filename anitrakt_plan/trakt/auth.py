"""Signing in to Trakt by device code, renewing the sign-in, and taking it back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from anitrakt_plan.errors import AnswerLost, NotSent, NotSignedIn, ServiceRefused
from anitrakt_plan.http import Answer, WriteClient
from anitrakt_plan.http.tokens import TokenFile, Tokens
from anitrakt_plan.json_rows import Row, number, optional_row, optional_text, row, text
from anitrakt_plan.trakt.errors import no_key, not_understood, refusal, understood, unknown_application

T = TypeVar("T")

SERVICE = "trakt"
"""The name under which Trakt's tokens stand in the file."""

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"

_SLOWER_SECONDS = 5.0

_UNKNOWN_APPLICATION = frozenset({"invalid_client", "unauthorized_client"})

_AGAIN = "Start over with `anitrakt login`."

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What the person has to type and where. `expires_at` is UTC, `interval` the seconds between two questions."""

    device_code: str = field(repr=False)
    user_code: str
    url: str
    expires_at: datetime
    interval: float

    @property
    def direct_url(self) -> str:
        """The page with the code already filled in."""
        return f"{self.url.rstrip('/')}/{self.user_code}"


class SignIn:
    """Trakt's device sign-in (API blueprint, "Authentication - Devices"). The client secret is optional."""

    def __init__(
        self, writer: WriteClient, *, client_id: str | None, client_secret: str | None, clock: Clock
    ) -> None:
        self._writer = writer
        self._client_id, self._client_secret = client_id, client_secret
        self._clock = clock

    def request_code(self) -> DeviceCode:
        """Ask for a new code. Raises NotSignedIn for an unknown application, else Failed."""
        return self._ask("/oauth/device/code", {"client_id": self._need_client_id()}, _code_of)

    def poll(self, code: DeviceCode, sleep: Callable[[float], None]) -> Tokens:
        """Ask until the person has typed the code, over lost answers too; raises NotSignedIn when the code ends."""
        path, interval = "/oauth/device/token", code.interval
        while True:
            sleep(interval)
            asked_at = self._clock()
            if asked_at >= code.expires_at:
                raise NotSignedIn(_ENDS[410], where="Trakt", todo=_AGAIN)
            try:
                answer = self._writer.post(path, {"code": code.device_code, **self._application()})
            except (NotSent, AnswerLost):
                continue
            if answer.status == 429:
                interval = max(interval + _SLOWER_SECONDS, answer.retry_after or 0.0)
            elif answer.status in _ENDS:
                raise NotSignedIn(_ENDS[answer.status], where="Trakt", todo=_AGAIN)
            elif not _is_pending(answer):
                return _read(answer, path, asked_at, _tokens_of)

    def refresh(self, file: TokenFile, stale: Tokens) -> Tokens:
        """Renew the sign-in: the new pair is stored before anyone uses it, because the old one works only once.

        `stale` is the pair that no longer serves. If another process has renewed it meanwhile, its pair is taken.
        Raises NotSignedIn where Trakt refuses for good, else Failed.
        """
        with file.locked():
            stored = file.load(SERVICE)
            if stored is None or stored.refresh is None:
                raise NotSignedIn(
                    "the sign-in has ended", where="Trakt", todo="Sign in with `anitrakt login`."
                )
            if stored.access != stale.access:
                return stored
            file.save(SERVICE, stored)  # a full disk must show before the old pair is spent, not after
            fresh = self._ask(
                _RENEWAL,
                {
                    "refresh_token": stored.refresh,
                    "redirect_uri": OUT_OF_BAND,
                    "grant_type": "refresh_token",
                    **self._application(),
                },
                _tokens_of,
            )
            file.save(SERVICE, fresh)
            return fresh

    def revoke(self, tokens: Tokens) -> None:
        """Take the sign-in back at Trakt. One that Trakt does not know any more counts as taken back."""
        path = "/oauth/revoke"
        answer = self._writer.post(path, {"token": tokens.access, **self._application()})
        unknown_token = answer.status in (400, 401, 404) and _error_name(answer) not in _UNKNOWN_APPLICATION
        if not answer.ok and not unknown_token:
            raise _refused(answer, path)

    def _ask(self, path: str, body: Mapping[str, str], parse: Callable[[Row, datetime], T]) -> T:
        asked_at = self._clock()
        return _read(self._writer.post(path, body), path, asked_at, parse)

    def _need_client_id(self) -> str:
        if not self._client_id:
            raise no_key()
        return self._client_id

    def _application(self) -> dict[str, str]:
        named = {"client_id": self._need_client_id()}
        return {**named, "client_secret": self._client_secret} if self._client_secret else named


_ENDS = {
    404: "Trakt does not know this code",
    409: "this code was already used",
    410: "the code was not typed in time",
    418: "the sign-in was refused on Trakt's page",
}


_RENEWAL = "/oauth/token"


def _is_pending(answer: Answer) -> bool:
    return answer.status >= 500 or (answer.status == 400 and _error_name(answer) not in _UNKNOWN_APPLICATION)


def _refused(answer: Answer, path: str) -> NotSignedIn | ServiceRefused:
    """The error for a token request that Trakt turned down (400 by the contract, 401 by older texts)."""
    where = f"Trakt, POST {path}"
    error = _error_name(answer)
    if error in _UNKNOWN_APPLICATION or "client_id" in str(_error(answer).get("error_description")):
        return unknown_application(where)
    if error == "invalid_grant" or (path == _RENEWAL and answer.status in (400, 401)):
        return NotSignedIn(
            "the sign-in has ended: it was taken back on Trakt's site, or another program has renewed it",
            where=where,
            todo="Sign in again with `anitrakt login`.",
        )
    return unknown_application(where) if answer.status == 401 else refusal(answer, request=f"POST {path}")


def _read(answer: Answer, path: str, asked_at: datetime, parse: Callable[[Row, datetime], T]) -> T:
    """What an answer says; times are counted from our own clock: `created_at` is Trakt's, which ours may miss."""
    if not answer.ok:
        raise _refused(answer, path)
    try:
        return understood(answer, f"POST {path}", lambda said: parse(row(said, "answer"), asked_at))
    except OverflowError:
        raise not_understood(f"POST {path}", "`expires_in` is no number of seconds") from None


def _code_of(said: Row, asked_at: datetime) -> DeviceCode:
    return DeviceCode(
        device_code=text(said, "device_code"),
        user_code=text(said, "user_code"),
        url=text(said, "verification_url"),
        expires_at=asked_at + timedelta(seconds=number(said, "expires_in", least=1)),
        interval=number(said, "interval", least=1),
    )


def _tokens_of(said: Row, asked_at: datetime) -> Tokens:
    return Tokens(
        access=text(said, "access_token"),
        refresh=optional_text(said.get("refresh_token")),
        expires_at=asked_at + timedelta(seconds=number(said, "expires_in", least=1)),
    )


def _error_name(answer: Answer) -> str:
    return str(_error(answer).get("error"))


def _error(answer: Answer) -> Row:
    try:
        return optional_row(answer.json())
    except ValueError:
        return {}
