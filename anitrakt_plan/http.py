"""The only door to the network: paced, patient reads, cached where allowed, and writes that go out exactly once."""

from __future__ import annotations

import json as jsonlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anitrakt_plan import __version__
from anitrakt_plan.errors import AnswerLost, NotSent

if TYPE_CHECKING:
    import requests

USER_AGENT = f"anitrakt/{__version__}"
CONNECT_SECONDS, READ_SECONDS = 10.0, 60.0
LARGEST_BODY = 256 * 1024 * 1024
"""No service's honest answer is larger than this many bytes; id maps are the largest."""

_RETRIED_STATUSES = frozenset({429, 500, 502, 503, 504, 520, 521, 522})
_SECRET_NAMES = ("Authorization", "trakt-api-key", "X-MAL-CLIENT-ID", "access_token", "client_secret")
_log = logging.getLogger(__name__)


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
    """A whole HTTP answer, whatever its status; `headers` has lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    from_cache: bool = False

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
        return jsonlib.loads(self.body)

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait, where the service says so."""
        try:
            return max(0.0, float(self.headers["retry-after"]))
        except (KeyError, ValueError):
            return None


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a read is tried again and how long it waits in between, in seconds."""

    tries: int = 4
    backoff: float = 1.0
    longest_wait: int = 300


class Reader:
    """Reads from one service: retried, paced, never redirected to another host with our keys.

    `cache_file` None means that nothing is ever cached. Even with one, only a `get` that names `keep` is.
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
    ) -> None:
        self.service = service
        self.base_url = base_url.rstrip("/")
        self._follow = follow_redirects
        self._headers = dict(headers or {})
        self._on_request = on_request
        self._caches = cache_file is not None
        self._session = _read_session(pace, cache_file, patience or Patience())

    def get(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        keep: timedelta | None = None,
        refresh: bool = False,
    ) -> Answer:
        """GET `path` below the service's address. `keep`: how long the answer may serve from the cache.

        `refresh` asks the service even if the cache has an answer. Raises NotSent or AnswerLost after the last try.
        """
        extra: dict[str, Any] = {}
        if self._caches and keep is not None:
            extra = {"expire_after": keep, "force_refresh": refresh}
        return self._request("GET", path, params=params, headers=headers, **extra)

    def query(self, body: object, *, path: str = "", headers: Mapping[str, str] | None = None) -> Answer:
        """POST a query that changes nothing (GraphQL), and so may be retried like a GET."""
        return self._request("POST", path, json=body, headers=headers)

    def _request(self, method: str, path: str, *, headers: Mapping[str, str] | None, **extra: Any) -> Answer:
        url = f"{self.base_url}{path}"
        allow = self._follow
        try:
            response = self._session.request(
                method,
                url,
                headers={**self._headers, **(headers or {})},
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=allow,
                **extra,
            )
        except OSError as error:  # requests' own errors are all OSErrors
            raise _translated(error, self.service, method, url) from None
        answer = _answer(response)
        _log.debug(
            "%s %s %s -> %s%s", self.service, method, path, answer.status, " (cache)" * answer.from_cache
        )
        if self._on_request and not answer.from_cache:
            self._on_request(self.service, f"{method} {path}", answer.status)
        return answer

    def close(self) -> None:
        """Let go of connections and the pace's background thread."""
        self._session.close()


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
        self._session = _write_session(pace)

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
        self._session.close()


def _limiter_arguments(pace: Pace | None) -> dict[str, Any]:
    """`limit_statuses=()`: otherwise one 429 would fill the whole window and stop us for minutes."""
    from pyrate_limiter import InMemoryBucket, Limiter, Rate

    if pace is None:
        return {"per_host": False, "limit_statuses": (), "limiter": Limiter(InMemoryBucket([Rate(10**9, 1)]))}
    return {
        "per_host": False,
        "limit_statuses": (),
        "limiter": Limiter(InMemoryBucket([Rate(*pace.rate)])),
    }


def _read_session(pace: Pace | None, cache_file: Path | None, patience: Patience) -> requests.Session:
    from requests import Session
    from requests.adapters import HTTPAdapter
    from requests_ratelimiter import LimiterMixin
    from urllib3.util import Retry

    session: Session
    if cache_file is None:
        session = type("PacedSession", (LimiterMixin, Session), {})(**_limiter_arguments(pace))
    else:
        from requests_cache import DO_NOT_CACHE, CacheMixin

        cache_file.parent.mkdir(parents=True, exist_ok=True)
        session = type("CachedPacedSession", (CacheMixin, LimiterMixin, Session), {})(
            cache_name=cache_file,
            backend="sqlite",
            expire_after=DO_NOT_CACHE,
            stale_if_error=True,
            allowable_codes=(200,),
            ignored_parameters=_SECRET_NAMES,
            **_limiter_arguments(pace),
        )
    retry = Retry(
        total=patience.tries,
        backoff_factor=patience.backoff,
        status_forcelist=_RETRIED_STATUSES,
        allowed_methods=("GET", "POST"),
        respect_retry_after_header=True,
        retry_after_max=patience.longest_wait,
        redirect=False,
        raise_on_status=False,
    )
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(max_retries=retry))
    session.headers["User-Agent"] = USER_AGENT
    return session


def _write_session(pace: Pace | None) -> requests.Session:
    from requests_ratelimiter import LimiterSession

    session = LimiterSession(**_limiter_arguments(pace))
    session.headers["User-Agent"] = USER_AGENT
    return session


def _answer(response: requests.Response) -> Answer:
    return Answer(
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=response.content,
        url=response.url,
        from_cache=bool(getattr(response, "from_cache", False)),
    )


def _translated(error: OSError, service: str, method: str, url: str) -> NotSent | AnswerLost:
    """Our own error for a transport's: did the request reach the service, or is its fate unknown?

    Anything that isn't known to be a failed connection counts as lost: for a write that is the careful reading.
    """
    import requests
    from urllib3.exceptions import MaxRetryError, NewConnectionError

    where = f"{service}, {method} {url}"
    todo = "Check the connection, or look whether the service is down, and run the same command again."
    inner = error.args[0] if error.args else None
    reason = inner.reason if isinstance(inner, MaxRetryError) else inner
    if isinstance(error, requests.exceptions.ConnectTimeout) or isinstance(reason, NewConnectionError):
        return NotSent(f"{service} can't be reached", where=where, todo=todo)
    if isinstance(error, requests.exceptions.SSLError | requests.exceptions.ProxyError):
        return NotSent(f"no safe connection to {service}: {type(error).__name__}", where=where, todo=todo)
    if isinstance(error, requests.exceptions.Timeout):
        return AnswerLost(f"{service} did not answer in {READ_SECONDS:.0f} seconds", where=where, todo=todo)
    return AnswerLost(
        f"the connection to {service} broke before the answer was whole", where=where, todo=todo
    )
