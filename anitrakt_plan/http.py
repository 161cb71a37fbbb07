"""The only door to the network: paced, patient reads, cached where allowed, and writes that go out exactly once."""

from __future__ import annotations

import ipaddress
import json as jsonlib
import logging
import math
import sqlite3
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from anitrakt_plan import __version__
from anitrakt_plan.errors import AnswerLost, NotSent

if TYPE_CHECKING:
    import requests
    from requests.adapters import HTTPAdapter

USER_AGENT = f"anitrakt/{__version__}"
CONNECT_SECONDS, READ_SECONDS = 10.0, 60.0
LARGEST_BODY = 256 * 1024 * 1024
"""No service's honest answer is larger than this many bytes; id maps are the largest."""

_RETRIED_STATUSES = frozenset({429, 500, 502, 503, 504, 520, 521, 522})
_SECRET_HEADERS = frozenset({"authorization", "trakt-api-key", "x-mal-client-id"})
_SECRET_FIELDS = ("access_token", "refresh_token", "client_id", "client_secret")
_PIECE_BYTES = 64 * 1024
_EVER = 10 * 365 * 24 * 3600
"""Seconds: a stale answer of any age is better than none, where the caller allowed keeping it at all."""

_log = logging.getLogger(__name__)


class _TooLarge(AnswerLost):
    """An answer that asking again would not make smaller."""


@dataclass(frozen=True, slots=True)
class Pace:
    """At most `count` requests in any `seconds`; `even` spaces them out, for services with burst limits."""

    count: float
    seconds: float
    even: bool = False

    @property
    def rate(self) -> tuple[int, int]:
        """As a whole number of requests in a whole number of milliseconds."""
        if self.even or self.count < 1 or self.count != int(self.count):
            return 1, max(1, round(self.seconds * 1000 / self.count))
        return int(self.count), max(1, round(self.seconds * 1000))


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer, whatever its status; `headers` has lower-case names.

    `stale`: from the cache, past its time, because the service could not be asked.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    from_cache: bool = False
    stale: bool = False

    @property
    def ok(self) -> bool:
        """Whether the status is any 2xx."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as text; what is not UTF-8 is replaced."""
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The body as JSON; raises ValueError where it is anything else (HTML error pages, cut bodies)."""
        try:
            return jsonlib.loads(self.body)
        except RecursionError:
            raise ValueError("nested too deeply") from None

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait, where the service says so."""
        try:
            seconds = float(self.headers["retry-after"])
        except (KeyError, ValueError):
            return None
        return max(0.0, seconds) if math.isfinite(seconds) else None


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a read is tried again and how long it waits in between, in seconds.

    The waits double from `backoff` on, unless the service says how long; no wait is longer than `longest_wait`.
    """

    tries: int = 4
    backoff: float = 1.0
    longest_wait: float = 300

    def wait(self, failures: int, told: float | None) -> float:
        """Seconds to wait after so many failures, when the service has told us so much (None: nothing)."""
        wait = self.backoff * 2 ** (failures - 1) if told is None else told
        return min(wait, self.longest_wait)


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
        if follow_redirects and _SECRET_HEADERS & {name.lower() for name in headers or {}}:
            raise ValueError("a reader that follows redirects must not carry keys")
        self.service = service
        self.base_url = base_url.rstrip("/")
        self._follow = follow_redirects
        self._headers = dict(headers or {})
        self._patience = patience or Patience()
        self._on_request, self._on_wait, self._sleep = on_request, on_wait, sleep
        self._pace = pace
        self._session, self._caches = _read_session(base_url, pace, cache_file)

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
            return self._whatever_age(path, params, headers)
        extra: dict[str, Any] = {"expire_after": keep, "force_refresh": refresh} if cached else {}
        try:
            answer = self._patiently("GET", path, params=params, headers=headers, **extra)
        except (NotSent, AnswerLost):
            stale = self._whatever_age(path, params, headers) if cached else None
            if stale is None or not stale.ok:
                raise
            return stale
        if cached and answer.status in _RETRIED_STATUSES:
            stale = self._whatever_age(path, params, headers)
            return stale if stale.ok else answer
        return answer

    def query(self, body: object, *, path: str = "", headers: Mapping[str, str] | None = None) -> Answer:
        """POST a query that changes nothing (GraphQL), and so may be retried like a GET."""
        return self._patiently("POST", path, json=body, headers=headers)

    def _whatever_age(
        self, path: str, params: Mapping[str, str | int] | None, headers: Mapping[str, str] | None
    ) -> Answer:
        """What the cache has, however old; status 504 where it has nothing."""
        directive = {"Cache-Control": f"stale-if-error={_EVER}"}
        return self._once(
            "GET",
            path,
            params=params,
            headers={**(headers or {}), **directive},
            expire_after=_EVER,
            only_if_cached=True,
        )

    def _patiently(self, method: str, path: str, **extra: Any) -> Answer:
        """Ask until there is a whole answer that is not a passing failure, or patience ends.

        Each try is paced like a request of its own, and a cut body counts as a failure: urllib3's Retry does neither.
        """
        failures = 0
        while True:
            answer, error = None, None
            try:
                answer = self._once(method, path, **extra)
            except _TooLarge:
                raise
            except (NotSent, AnswerLost) as failed:
                error = failed
            if answer is not None and answer.status not in _RETRIED_STATUSES:
                return answer
            failures += 1
            if failures > self._patience.tries:
                break
            self._wait(self._patience.wait(failures, answer.retry_after if answer else None))
        if error is not None:
            raise error
        assert answer is not None  # one of the two is always set
        return answer

    def _wait(self, seconds: float) -> None:
        _log.info("%s: waiting %.0f seconds before the next try", self.service, seconds)
        if self._on_wait:
            self._on_wait(self.service, seconds)
        self._sleep(seconds)

    def _once(self, method: str, path: str, *, headers: Mapping[str, str] | None, **extra: Any) -> Answer:
        url = f"{self.base_url}{path}"
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
            return self._once_uncached(error, method, path, headers=headers, **extra)
        except OSError as error:  # requests' own errors are all OSErrors
            raise _translated(error, self.service, method, url) from None
        answer = _answer(response)
        _log.debug(
            "%s %s %s -> %s%s", self.service, method, path, answer.status, " (cache)" * answer.from_cache
        )
        if self._on_request and not answer.from_cache:
            self._on_request(self.service, f"{method} {path}", answer.status)
        return answer

    def _once_uncached(self, error: sqlite3.Error, method: str, path: str, **extra: Any) -> Answer:
        """A broken cache costs requests, nothing else: go on without one."""
        _log.warning("the cache of web answers can't be used (%s); going on without it", error)
        self.close()
        self._session, self._caches = _read_session(self.base_url, self._pace, None)
        if extra.pop("only_if_cached", False):
            return Answer(status=504, headers={}, body=b"", url=f"{self.base_url}{path}")
        for name in ("expire_after", "force_refresh"):
            extra.pop(name, None)
        return self._once(method, path, **extra)

    def close(self) -> None:
        """Let go of connections and the pace's background thread."""
        _close(self._session)


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
        self._session = _write_session(base_url, pace)

    def post(self, path: str, body: object, *, headers: Mapping[str, str] | None = None) -> Answer:
        """POST once, without following a redirect.

        Raises NotSent where no connection came about, and AnswerLost where the service may have acted.
        """
        url = f"{self.base_url}{path}"
        try:
            response = self._session.post(
                url,
                data=jsonlib.dumps(body).encode(),
                headers={**self._headers, "Content-Type": "application/json", **(headers or {})},
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
            )
        except OSError as error:  # requests' own errors are all OSErrors
            raise _translated(error, self.service, "POST", url) from None
        answer = _answer(response)
        _log.debug("%s POST %s -> %s", self.service, path, answer.status)
        if self._on_request:
            self._on_request(self.service, f"POST {path}", answer.status)
        return answer

    def close(self) -> None:
        """Let go of connections and the pace's background thread."""
        _close(self._session)


def _read_session(base_url: str, pace: Pace | None, cache_file: Path | None) -> tuple[requests.Session, bool]:
    """A session for reads, and whether it has a cache: an unusable cache file is done without."""
    if cache_file is not None:
        try:
            cache_file.parent.mkdir(parents=True, exist_ok=True)
            return _session(base_url, pace, cache_file), True
        except (sqlite3.Error, OSError) as error:
            _log.warning("the cache of web answers can't be used (%s); going on without it", error)
    return _session(base_url, pace, None), False


def _write_session(base_url: str, pace: Pace | None) -> requests.Session:
    return _session(base_url, pace, None)


def _session(base_url: str, pace: Pace | None, cache_file: Path | None) -> requests.Session:
    """A session that does nothing by itself: no retries, no netrc, no proxy to our own machine, no endless bodies."""
    from requests import Session

    parts: list[type] = [Session]
    arguments: dict[str, Any] = {}
    if pace is not None:
        from pyrate_limiter import InMemoryBucket, Limiter, Rate
        from requests_ratelimiter import LimiterMixin

        parts.insert(0, LimiterMixin)
        # `limit_statuses=()`: otherwise one 429 would fill the whole window and stop us for minutes.
        limiter = Limiter(InMemoryBucket([Rate(*pace.rate)]))
        arguments |= {"per_host": False, "limit_statuses": (), "limiter": limiter}
    if cache_file is not None:
        from requests_cache import DO_NOT_CACHE, CacheMixin

        parts.insert(0, CacheMixin)
        arguments |= {
            "cache_name": cache_file,
            "backend": "sqlite",
            "expire_after": DO_NOT_CACHE,
            "allowable_codes": (200,),
            "ignored_parameters": _redacted_names(),
        }
    session: Session = type("AnitraktSession", tuple(parts), {})(**arguments)
    for scheme in ("https://", "http://"):
        session.mount(scheme, _bounded_adapter())
    session.headers["User-Agent"] = USER_AGENT
    session.trust_env = not _is_loopback(base_url)
    session.auth = (
        _as_it_is  # with any `auth`, requests leaves ~/.netrc alone, which would replace our bearer
    )
    return session


def _redacted_names() -> tuple[str, ...]:
    """requests-cache compares names letter by letter, so each header is named in every usual spelling."""
    spellings = {
        f(name)
        for name in (*_SECRET_HEADERS, "X-MAL-CLIENT-ID")
        for f in (str, str.lower, str.title, str.upper)
    }
    return (*sorted(spellings), *_SECRET_FIELDS)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bounded_adapter() -> HTTPAdapter:
    """An adapter that reads the whole body at once, unpacked, and stops at LARGEST_BODY."""
    from requests.adapters import HTTPAdapter

    class BoundedAdapter(HTTPAdapter):
        def send(self, *args: Any, **kwargs: Any) -> requests.Response:
            response = super().send(*args, **kwargs)
            # A key that is kept out of the cache would make every read of it a miss.
            response.headers.pop("Vary", None)
            pieces, size = [], 0
            for piece in response.iter_content(_PIECE_BYTES):
                pieces.append(piece)
                size += len(piece)
                if size > LARGEST_BODY:
                    response.close()
                    raise _TooLarge(
                        f"the answer is larger than {LARGEST_BODY // 2**20} MB",
                        where=str(response.url).partition("?")[0],
                        todo="This is no answer of a healthy service; look at the address that is set for it.",
                    )
            response._content = b"".join(pieces)
            return response

    return BoundedAdapter()


def _close(session: requests.Session) -> None:
    session.close()
    limiter = getattr(session, "limiter", None)
    if limiter is not None:
        limiter.close()  # a limiter that is handed in is not closed with its session


def _answer(response: requests.Response) -> Answer:
    return Answer(
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=response.content or b"",
        url=response.url,
        from_cache=bool(getattr(response, "from_cache", False)),
        stale=bool(getattr(response, "from_cache", False) and getattr(response, "is_expired", False)),
    )


def _translated(error: OSError, service: str, method: str, url: str) -> NotSent | AnswerLost:
    """Our own error for a transport's: did the request reach the service, or is its fate unknown?

    Anything that isn't known to be a failed connection counts as lost: for a write that is the careful reading.
    """
    import requests

    where = f"{service}, {method} {url}"
    todo = "Check the connection, or look whether the service is down, and run the same command again."
    if _never_connected(error):
        causes = list(_causes(error))
        if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
            return NotSent(f"{service}'s certificate is not trusted here", where=where, todo=todo)
        if isinstance(error, requests.exceptions.ProxyError):
            return NotSent(f"the proxy on the way to {service} does not answer", where=where, todo=todo)
        return NotSent(f"{service} can't be reached", where=where, todo=todo)
    if isinstance(error, requests.exceptions.Timeout):
        return AnswerLost(f"{service} did not answer in {READ_SECONDS:.0f} seconds", where=where, todo=todo)
    return AnswerLost(
        f"the connection to {service} broke before the answer was whole", where=where, todo=todo
    )


def _never_connected(error: OSError) -> bool:
    """Whether the request certainly never left. A TLS error does not say so: it may come while the answer is read."""
    import requests
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    surely = (NewConnectionError, ConnectTimeoutError, ssl.SSLCertVerificationError)
    return any(isinstance(cause, surely) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it wraps: requests and urllib3 hand the cause on as an argument or as `reason`."""
    seen: set[int] = set()
    todo: list[object] = [error]
    while todo:
        current = todo.pop()
        if isinstance(current, BaseException) and id(current) not in seen:
            seen.add(id(current))
            yield current
            todo += [*current.args, getattr(current, "reason", None)]
