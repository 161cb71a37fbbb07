"""The Trakt client: its sessions, its keys, and the bearer, each sent only where it is needed."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from anitrakt_plan.errors import AnitraktError, NotSignedIn, ServiceRefused
from anitrakt_plan.http import KEEP_MISSING, Answer, OnRequest, Pace, ReadClient, RetryPolicy, WriteClient
from anitrakt_plan.http.tokens import TokenFile, Tokens
from anitrakt_plan.json_rows import inner, optional_row, optional_text, row, text
from anitrakt_plan.settings import Settings
from anitrakt_plan.trakt.auth import SERVICE, Clock, SignIn
from anitrakt_plan.trakt.errors import ApplicationBlocked, ApplicationRefused, no_key, refusal, understood

API_VERSION = "2"
_EARLY = timedelta(minutes=2)
"""A pair is renewed so long before its end: longer than one request may take."""

_PROBE = "/search/trakt/1"
"""The cheapest question that needs the client id, and nothing else."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TraktCheck:
    """What is wrong with the client id, the service or the sign-in, in this order; what comes after it was not asked.

    `date` is Trakt's clock, UTC, None where it gave no answer; `time_zone` the account's own, as Trakt names it.
    """

    key: AnitraktError | None = None
    service: AnitraktError | None = None
    sign_in: AnitraktError | None = None
    user: str | None = None
    time_zone: str | None = None
    date: datetime | None = None


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


class Trakt:
    """Everything that speaks to Trakt, built from the settings; close it at the end.

    `reads` has the cache and the pace for GETs, `writes` the pace for POSTs. `on_request` hears of each request:
    service, method and path, status.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock = utc_now,
        retry_policy: RetryPolicy | None = None,
        on_request: OnRequest | None = None,
    ) -> None:
        self.clock = clock
        self.clock_skew: timedelta | None = None
        """How far this machine's clock is ahead of Trakt's last live answer; None before one that has a date."""
        self._client_id = settings.trakt_client_id
        self._given_token = settings.trakt_token
        headers = {"Content-Type": "application/json", "trakt-api-version": API_VERSION}
        if self._client_id:
            headers["trakt-api-key"] = self._client_id
        self.reads = ReadClient(
            "Trakt",
            settings.trakt_url,
            pace=Pace("Trakt", settings.trakt_get_limit, settings.folders.pace("trakt-reads")),
            headers=headers,
            cache_file=settings.folders.http_cache,
            keep_missing=KEEP_MISSING,
            retry_policy=retry_policy,
            on_request=on_request,
        )
        self.writes = WriteClient(
            "Trakt",
            settings.trakt_url,
            pace=Pace("Trakt", settings.trakt_write_limit, settings.folders.pace("trakt-writes")),
            headers=headers,
            on_request=on_request,
        )
        # The sign-in has a client of its own: nothing but a client id and secret is ever sent to that host.
        self._auth = WriteClient("Trakt", settings.trakt_auth_url, on_request=on_request)
        self.tokens = TokenFile(settings.folders.tokens)
        self.signin = SignIn(
            self._auth,
            client_id=settings.trakt_client_id,
            client_secret=settings.trakt_client_secret,
            clock=clock,
        )

    def __enter__(self) -> Trakt:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        for client in (self.reads, self.writes, self._auth):
            client.close()

    # --- keys and sign-in ---

    @property
    def has_key(self) -> bool:
        """Whether there is a client id, without which Trakt answers nothing."""
        return bool(self._client_id)

    @property
    def signed_in(self) -> bool:
        """Whether there is a token to try; only Trakt knows whether it still serves."""
        return bool(self._given_token) or self.tokens.load(SERVICE) is not None

    def _need_key(self) -> None:
        if not self.has_key:
            raise no_key()

    def bearer(self) -> str:
        """ANITRAKT_TRAKT_TOKEN as it is, or the stored token, renewed if it is about to end. Raises NotSignedIn."""
        if self._given_token:
            return self._given_token
        stored = self.tokens.load(SERVICE)
        if stored is None:
            raise NotSignedIn(
                "not signed in to Trakt", todo="Sign in with `anitrakt login`, or set ANITRAKT_TRAKT_TOKEN."
            )
        if self.clock() < stored.expires_at - _EARLY:
            return stored.access
        return self._renewed(stored).access

    def renew_bearer(self, refused: str) -> bool:
        """Renew the stored pair after a 401 to the token `refused`; False where there is nothing to renew."""
        stored = None if self._given_token else self.tokens.load(SERVICE)
        if stored is None:
            return False
        if stored.access == refused:
            self._renewed(stored)
        return True

    def sign_in(self, tokens: Tokens) -> None:
        """Store a new sign-in."""
        self.tokens.save(SERVICE, tokens)

    def sign_out(self) -> bool:
        """Revoke the stored sign-in, and delete it even where that fails; False where there was none."""
        stored = self.tokens.load(SERVICE)
        if stored is None:
            return False
        try:
            self.signin.revoke(stored)
        finally:
            self.tokens.remove(SERVICE)
        return True

    def _renewed(self, stored: Tokens) -> Tokens:
        if stored.refresh is None and self.clock() < stored.expires_at:
            return stored
        _log.debug("renewing the Trakt sign-in")
        return self.signin.refresh(self.tokens, stored)

    # --- reading ---

    def public(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        *,
        keep: timedelta | None = None,
        refresh: bool = False,
        offline: bool = False,
    ) -> Answer:
        """GET something that needs the client id only; the bearer never goes with it. Any status comes back."""
        if not offline:
            self._need_key()
        return self.reads.get(path, params, keep=keep, refresh=refresh, offline=offline)

    def private(self, path: str, params: Mapping[str, str | int] | None = None) -> Answer:
        """GET something of the account, live, renewing the sign-in once after a 401; raises for all but 2xx."""
        self._need_key()
        token = self.bearer()
        answer = self.reads.get(path, params, headers=_authorized(token))
        if answer.status == 401 and self.renew_bearer(token):
            answer = self.reads.get(path, params, headers=_authorized(self.bearer()))
        if not answer.ok:
            raise refusal(answer, request=f"GET {path}")
        theirs = answer.moment("date")
        if theirs is not None:
            self.clock_skew = self.clock() - theirs
        return answer

    def check(self) -> TraktCheck:
        """Ask for little with the client id, then with the sign-in, and say what is wrong; nothing is raised."""
        try:
            answer, refused = self._probe()
        except AnitraktError as error:
            return TraktCheck(key=None if self.has_key else no_key(), service=error)
        date = answer.moment("date")
        if not self.has_key:
            refused = no_key()
        if isinstance(refused, ApplicationBlocked):
            refused = self._why_refused(refused)
        if isinstance(refused, NotSignedIn):
            return TraktCheck(key=refused, date=date)
        if refused is not None:
            return TraktCheck(service=refused, date=date)
        path = "/users/settings"
        try:
            user, zone = understood(self.private(path), f"GET {path}", _user_and_zone)
        except AnitraktError as error:
            return TraktCheck(sign_in=error, date=date)
        return TraktCheck(user=user, time_zone=zone, date=date)

    def application_refused(self) -> ApplicationRefused | None:
        """What Trakt says where it answers nothing to the application; None where it answers, or can't be asked."""
        try:
            _, refused = self._probe()
        except AnitraktError:
            return None
        return refused if isinstance(refused, ApplicationRefused) else None

    def _probe(self) -> tuple[Answer, NotSignedIn | ServiceRefused | None]:
        answer = self.reads.get(_PROBE, {"type": "movie"})
        return answer, None if answer.ok else refusal(answer, request=f"GET {_PROBE}")

    def _why_refused(self, said: ApplicationBlocked) -> NotSignedIn:
        """The refusal by the sign-in's host, where that refuses it too: then the application is gone, not blocked."""
        try:
            self.signin.request_code()
        except NotSignedIn as error:
            return error
        except AnitraktError:
            return said
        return said

    # --- writing ---

    def take_turn(self) -> None:
        """Wait until the next write may go out, so that nothing has to wait between what is done before it and it."""
        self.writes.take_turn()

    def post(self, path: str, body: object, token: str) -> Answer:
        """POST once with this bearer; raises NotSent and AnswerLost. Any status comes back."""
        self._need_key()
        return self.writes.post(path, body, headers=_authorized(token))


def _authorized(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _user_and_zone(said: object) -> tuple[str, str | None]:
    settings = row(said, "settings")
    zone = optional_row(settings.get("account")).get("timezone")
    return text(inner(settings, "user"), "username"), optional_text(zone)
