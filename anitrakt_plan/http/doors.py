"""The only door to the network: paced, patient reads, cached where allowed, and writes that go out exactly once."""

from __future__ import annotations

import json as jsonlib
import logging
import sqlite3
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from anitrakt_plan.errors import AnswerLost, NotSent
from anitrakt_plan.http.answers import Answer, Pace, Patience
from anitrakt_plan.http.failures import CONNECT_SECONDS, READ_SECONDS, TooLarge, translated
from anitrakt_plan.http.sessions import (
    SECRET_HEADERS,
    cached_response,
    close_session,
    read_session,
    write_session,
)

if TYPE_CHECKING:
    import requests

_RETRIED_STATUSES = frozenset({429, 500, 502, 503, 504, 520, 521, 522})
_OF_THE_CACHE = frozenset({"expire_after", "force_refresh"})
"""What only a session with a cache understands."""

_log = logging.getLogger(__name__)


_UNREACHED_TRIES = 2
"""Without any connection (no network, a wrong address) waiting longer seldom helps, and somebody sits and waits."""


class Reader:
    """Reads from one service: retried, paced, never redirected to another host with our keys.

    `cache_file` None means that nothing is ever cached. Even with one, only a `get` that names `keep` is.
    `on_wait` hears of each wait before a new try: the service's name and the seconds.
    """

    def __init__(
        self,
        service: str,
        base_url: str,
        *,
        pace: Pace | None = None,
        headers: Mapping[str, str] | None = None,
        cache_file: Path | None = None,
        follow_redirects: bool = False,
        patience: Patience | None = None,
        on_request: Callable[[str, str, int], None] | None = None,
        on_wait: Callable[[str, float], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if follow_redirects and SECRET_HEADERS & {name.lower() for name in headers or {}}:
            raise ValueError("a reader that follows redirects must not carry keys")
        self.service = service
        self.base_url = base_url.rstrip("/")
        self._follow = follow_redirects
        self._headers = dict(headers or {})
        self._patience = patience or Patience()
        self._on_request, self._on_wait, self._sleep = on_request, on_wait, sleep
        self._pace = pace
        self._session, self._caches = read_session(base_url, pace, cache_file)

    def get(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        keep: timedelta | None = None,
        refresh: bool = False,
        offline: bool = False,
    ) -> Answer:
        """GET `path` below the service's address. `keep`: how long the answer may serve from the cache.

        `refresh` asks the service even if the cache has an answer; `offline` never asks it: what the cache lacks
        comes back as status 504. Raises NotSent or AnswerLost after the last try.
        """
        url, cached = f"{self.base_url}{path}", self._caches and keep is not None
        if offline and not cached:
            raise NotSent(f"{self.service} is not asked while offline", where=url)
        if offline:
            return self._whatever_age(path, params)
        if cached and not refresh:
            at_hand = self._whatever_age(path, params)
            if at_hand.ok and not at_hand.stale:
                return at_hand
        extra: dict[str, Any] = {"expire_after": keep, "force_refresh": refresh} if cached else {}
        try:
            answer = self._patiently("GET", path, params=params, headers=headers, **extra)
        except (NotSent, AnswerLost):
            stale = self._whatever_age(path, params) if cached else None
            if stale is None or not stale.ok:
                raise
            return stale
        if cached and answer.status in _RETRIED_STATUSES:
            stale = self._whatever_age(path, params)
            return stale if stale.ok else answer
        return answer

    def query(self, body: object, *, path: str = "", headers: Mapping[str, str] | None = None) -> Answer:
        """POST a query that changes nothing (GraphQL), and so may be retried like a GET."""
        return self._patiently("POST", path, json=body, headers=headers)

    def _whatever_age(self, path: str, params: Mapping[str, str | int] | None) -> Answer:
        """What the cache has, however old, without a request being made up for it; status 504 where it has nothing."""
        url = f"{self.base_url}{path}"
        found = None
        if self._caches:
            try:
                found = cached_response(self._session, url, params)
            except sqlite3.Error as error:
                self._give_up_cache(error)
        return Answer(status=504, headers={}, body=b"", url=url) if found is None else _answer(found)

    def _patiently(self, method: str, path: str, **extra: Any) -> Answer:
        """Ask until there is a whole answer that is not a passing failure, or patience ends.

        Each try is paced like a request of its own, and a cut body counts as a failure: urllib3's Retry does neither.
        """
        failures = 0
        while True:
            answer, error = None, None
            try:
                answer = self._once(method, path, **extra)
            except TooLarge:
                raise
            except (NotSent, AnswerLost) as failed:
                error = failed
            if answer is not None and answer.status not in _RETRIED_STATUSES:
                return answer
            failures += 1
            most = self._patience.tries
            if failures > (min(most, _UNREACHED_TRIES) if isinstance(error, NotSent) else most):
                break
            self._wait(self._patience.wait(failures, answer.retry_after if answer else None))
        if error is not None:
            raise error
        assert answer is not None  # one of the two is always set
        return answer

    def _wait(self, seconds: float) -> None:
        _log.info("%s does not answer, or is busy; trying again in %.0f s", self.service, seconds)
        if self._on_wait:
            self._on_wait(self.service, seconds)
        self._sleep(seconds)

    def _once(self, method: str, path: str, *, headers: Mapping[str, str] | None, **extra: Any) -> Answer:
        url = f"{self.base_url}{path}"
        if not self._caches:
            extra = {name: value for name, value in extra.items() if name not in _OF_THE_CACHE}
        try:
            response = self._session.request(
                method,
                url,
                headers={**self._headers, **(headers or {})},
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=self._follow,
                **extra,
            )
        except sqlite3.Error as error:
            self._give_up_cache(error)
            return self._once(method, path, headers=headers, **extra)
        except OSError as error:  # requests' own errors are all OSErrors
            raise translated(error, self.service, method, url) from None
        answer = _answer(response)
        _log.debug(
            "%s %s %s -> %s%s", self.service, method, path, answer.status, " (cache)" * answer.from_cache
        )
        if self._on_request and not answer.from_cache:
            self._on_request(self.service, f"{method} {path}", answer.status)
        return answer

    def _give_up_cache(self, error: sqlite3.Error) -> None:
        """A broken cache costs requests, nothing else: go on without one."""
        _log.warning("the cache of web answers can't be used (%s); going on without it", error)
        self.close()
        self._session, self._caches = read_session(self.base_url, self._pace, None)

    def close(self) -> None:
        """Let go of connections and the pace's background thread."""
        close_session(self._session)


class Writer:
    """Writes to one service: each request goes out exactly once. There is no retry here to switch on.

    Connections are not kept: an idle one that the server closed meanwhile would put a write in doubt for nothing.
    """

    def __init__(
        self,
        service: str,
        base_url: str,
        *,
        pace: Pace | None = None,
        headers: Mapping[str, str] | None = None,
        on_request: Callable[[str, str, int], None] | None = None,
    ) -> None:
        self.service = service
        self.base_url = base_url.rstrip("/")
        self._headers = {**(headers or {}), "Connection": "close"}
        self._on_request = on_request
        self._session = write_session(base_url, pace)

    def post(self, path: str, body: object, *, headers: Mapping[str, str] | None = None) -> Answer:
        """POST JSON once, without following a redirect.

        Raises NotSent where no connection came about, and AnswerLost where the service may have acted.
        """
        return self._post(path, jsonlib.dumps(body).encode(), "application/json", headers or {})

    def post_form(self, path: str, fields: Mapping[str, str]) -> Answer:
        """POST a form once, like `post`: OAuth's own rule for token requests (RFC 6749, 4.1.3)."""
        return self._post(path, urlencode(fields).encode(), "application/x-www-form-urlencoded", {})

    def _post(self, path: str, data: bytes, content: str, headers: Mapping[str, str]) -> Answer:
        url = f"{self.base_url}{path}"
        try:
            response = self._session.post(
                url,
                data=data,
                headers={**self._headers, "Content-Type": content, **headers},
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
            )
        except OSError as error:  # requests' own errors are all OSErrors
            raise translated(error, self.service, "POST", url) from None
        answer = _answer(response)
        _log.debug("%s POST %s -> %s", self.service, path, answer.status)
        if self._on_request:
            self._on_request(self.service, f"POST {path}", answer.status)
        return answer

    def close(self) -> None:
        """Let go of connections and the pace's background thread."""
        close_session(self._session)


def _answer(response: requests.Response) -> Answer:
    from_cache = bool(getattr(response, "from_cache", False))
    return Answer(
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=response.content or b"",
        url=response.url,
        from_cache=from_cache,
        stale=from_cache and bool(getattr(response, "is_expired", False)),
        stored_at=_utc(getattr(response, "created_at", None)) if from_cache else None,
    )


def _utc(moment: object) -> datetime | None:
    """The cache's own time stamps are UTC and need not say so."""
    if not isinstance(moment, datetime):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
