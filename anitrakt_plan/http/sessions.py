"""Sessions that do nothing by themselves: no retries, no netrc, no proxy to our own machine, no endless bodies."""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from anitrakt_plan import __version__
from anitrakt_plan.http.answers import Pace
from anitrakt_plan.http.failures import TooLarge

if TYPE_CHECKING:
    import requests
    from requests.adapters import HTTPAdapter

USER_AGENT = f"anitrakt/{__version__}"
LARGEST_BODY = 256 * 1024 * 1024
"""No service's honest answer is larger than this many bytes; id maps are the largest."""

SECRET_HEADERS = frozenset({"authorization", "trakt-api-key", "x-mal-client-id"})
_SECRET_FIELDS = ("access_token", "refresh_token", "client_id", "client_secret")
_PIECE_BYTES = 64 * 1024
_log = logging.getLogger(__name__)


def read_session(base_url: str, pace: Pace | None, cache_file: Path | None) -> tuple[requests.Session, bool]:
    """A session for reads, and whether it has a cache: an unusable cache file is done without."""
    if cache_file is not None:
        try:
            cache_file.parent.mkdir(parents=True, exist_ok=True)
            return _session(base_url, pace, cache_file), True
        except (sqlite3.Error, OSError) as error:
            _log.warning("the cache of web answers can't be used (%s); going on without it", error)
    return _session(base_url, pace, None), False


def write_session(base_url: str, pace: Pace | None) -> requests.Session:
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
            "key_fn": _key_of_request,
            "filter_fn": _asked_below(base_url),
        }
    session: Session = type("AnitraktSession", tuple(parts), {})(**arguments)
    for scheme in ("https://", "http://"):
        session.mount(scheme, _bounded_adapter())
    session.headers["User-Agent"] = USER_AGENT
    session.trust_env = not _is_loopback(base_url)
    # With any `auth`, requests leaves ~/.netrc alone, which would replace our bearer.
    session.auth = _as_it_is
    return session


def _asked_below(base_url: str) -> Callable[[requests.Response], bool]:
    """Whether an answer is to be kept: what an address below the service's gave, be it by a redirect.

    requests-cache would keep the redirect's target by its own address, too. Where that is signed, it is another one
    each time, and the copies would pile up.
    """
    start = _prepared(f"{base_url.rstrip('/')}/", None)
    return lambda response: bool(response.history) or str(response.url).startswith(start)


def _prepared(url: str, params: Mapping[str, str | int] | None) -> str:
    """An address as requests sends it: the host in lower case, signs escaped."""
    from requests import PreparedRequest

    request = PreparedRequest()
    request.prepare_url(url, params)
    return request.url or ""


def _key_of_request(request: requests.PreparedRequest, **_settings: object) -> str:
    return _key(request.method or "", request.url or "")


def _key(method: str, url: str) -> str:
    """What the cache knows an answer by. Only GETs of public data are kept, so no header has a part in it."""
    return hashlib.sha256(f"{method} {url}".encode()).hexdigest()


def cached_response(
    session: requests.Session, url: str, params: Mapping[str, str | int] | None
) -> requests.Response | None:
    """What the cache of a session has for a GET, however old, or None.

    The session itself would find the same, after ten times the work: a large plan reads thousands of cached answers.
    Raises sqlite3.Error where the cache is broken.
    """
    found: requests.Response | None = session.cache.get_response(_key("GET", _prepared(url, params)))  # type: ignore[attr-defined]
    return found


def _redacted_names() -> tuple[str, ...]:
    """requests-cache compares names letter by letter, so each header is named in every usual spelling."""
    spellings = {
        f(name)
        for name in (*SECRET_HEADERS, "X-MAL-CLIENT-ID")
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
                    raise TooLarge(
                        f"the answer is larger than {LARGEST_BODY // 2**20} MB",
                        where=str(response.url).partition("?")[0],
                        todo="This is no answer of a healthy service; look at the address that is set for it.",
                    )
            response._content = b"".join(pieces)
            return response

    return BoundedAdapter()


def close_session(session: requests.Session) -> None:
    session.close()
    limiter = getattr(session, "limiter", None)
    if limiter is not None:
        limiter.close()  # a limiter that is handed in is not closed with its session
