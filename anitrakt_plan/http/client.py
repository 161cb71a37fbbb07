"""The only door to the network: paced, patient reads, cached where allowed, and writes that go out exactly once."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import json as jsonlib
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from anitrakt_plan import __version__
from anitrakt_plan.errors import AnswerLost, BadUsage, NotSent
from anitrakt_plan.files import own_file
from anitrakt_plan.http.answers import (
    CONNECT_SECONDS,
    READ_SECONDS,
    Answer,
    AskedInVain,
    RetryPolicy,
    translated,
)
from anitrakt_plan.http.pace import Pace
from anitrakt_plan.http.recording import Answered, Asked, heard

if TYPE_CHECKING:
    import requests
    from requests.adapters import HTTPAdapter
    from requests_cache.backends.base import BaseCache
    from requests_cache.models.response import CachedResponse

USER_AGENT = f"anitrakt/{__version__}"
LARGEST_BODY = 48 * 1024 * 1024
"""No service's honest answer is larger than this many bytes; id maps are the largest."""

KEEP_MISSING = timedelta(days=1)
"""How long a catalogue is not asked again about what it did not have."""

SECRET_HEADERS = frozenset({"authorization", "trakt-api-key", "x-mal-client-id"})
_PIECE_BYTES = 64 * 1024

_RETRIED_STATUSES = frozenset({429, 500, 502, 503, 504, 520, 521, 522})
_OF_THE_CACHE = frozenset({"expire_after", "force_refresh"})
"""What only a session with a cache understands."""
_KEPT_HEADERS = ("content-type", "date", "etag", "last-modified")
"""What somebody still reads of a cached answer; others may open a door, as cookies do."""
_TABLE = "responses"
_PICKLED_CACHE = "http.sqlite"
"""Where earlier versions kept pickles, which run as code when they are read."""

_MAX_REDIRECTS = 5
"""A release file of an id map is two away."""

_UNREACHED_TRIES = 2
"""Without any connection (no network, a wrong address) waiting longer seldom helps, and somebody sits and waits."""

_TELLING_WAIT = 3.0
"""Seconds that a person need not be told of: where no network is, a dozen lines would say so."""

_log = logging.getLogger(__name__)


OnRequest = Callable[[str, str, int], None]
"""Hears of each request that went out: the service's name, method and path, status."""

Trim = Callable[[bytes], bytes]
"""Makes of an answer's body what is kept of it. Raises ValueError where the body is not what it should be."""


@dataclass(frozen=True, slots=True)
class Cache:
    """Where a reader keeps answers, what of them, how long after their time, and how long that there is none."""

    file: Path
    trim: Trim | None = None
    forget_after: timedelta | None = None
    keep_missing: timedelta | None = None


def check_keys_stay_secret(url: str, where: str) -> None:
    """Raise BadUsage for an address that no key may go to: `http://` to anything but this machine."""
    if urlsplit(url).scheme != "https" and not _is_loopback(url):
        raise BadUsage(
            "keys and tokens are not sent over http://, where everybody on the way can read them",
            where=where,
            todo="Write the address with https://; over http:// only this machine (localhost) is asked with a key.",
        )


class _Client:
    """One service's connections, and requests that go out once. No key ever leaves this machine in the clear."""

    _session: requests.Session
    _keys_in_body = False

    def __init__(
        self,
        service: str,
        base_url: str,
        headers: Mapping[str, str] | None,
        on_request: OnRequest | None,
        pace: Pace | None,
    ) -> None:
        self.service = service
        self._pace = pace
        self.base_url = base_url.rstrip("/")
        self._headers = dict(headers or {})
        self._on_request = on_request

    def _request(self, method: str, path: str, headers: Mapping[str, str] | None, **extra: Any) -> Answer:
        url = f"{self.base_url}{path}"
        sent = {**self._headers, **(headers or {})}
        if self._keys_in_body or SECRET_HEADERS & {name.lower() for name in sent}:
            check_keys_stay_secret(self.base_url, f"{self.service}, {self.base_url}")
        try:
            response = self._session.request(
                method,
                url,
                headers=sent,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                **extra,
            )
        except OSError as error:  # requests' own errors are all OSErrors
            self._told(method, path, extra, None)
            raise translated(error, self.service, method, url) from None
        answer = _answer(response)
        self._told(method, path, extra, answer)
        cache = " (cache)" * answer.from_cache
        _log.debug("%s %s %s -> %s%s", self.service, method, path, answer.status, cache)
        if self._on_request and not answer.from_cache:
            self._on_request(self.service, f"{method} {path}", answer.status)
        return answer

    def _told(self, method: str, path: str, extra: Mapping[str, Any], answer: Answer | None) -> None:
        """Tell whoever records (`--record`)."""
        heard(
            lambda: Asked(
                self.service,
                method,
                self.base_url,
                path,
                **{name: extra[name] for name in ("params", "json", "data") if name in extra},
            ),
            lambda: (
                Answered(answer.status, answer.headers, answer.body, answer.from_cache)
                if answer is not None
                else Answered(None)
            ),
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()
        if self._pace is not None:
            self._pace.close()


class ReadClient(_Client):
    """Reads from one service: retried, paced, never redirected to another host with our keys.

    `cache_file` None means that nothing is ever cached. Even with one, only a `get` that names `keep` is. `trim` makes
    of a body what is worth keeping of it. `forget_after`: so long after its time a kept answer is deleted; None: never.
    `keep_missing`: so long a 404 serves, which takes the place of what was kept before; None: it is not kept.
    """

    def __init__(  # noqa: PLR0913  (each is a fact of its own, by keyword)
        self,
        service: str,
        base_url: str,
        *,
        pace: Pace | None = None,
        headers: Mapping[str, str] | None = None,
        cache_file: Path | None = None,
        trim: Trim | None = None,
        forget_after: timedelta | None = None,
        keep_missing: timedelta | None = None,
        follow_redirects: bool = False,
        retry_policy: RetryPolicy | None = None,
        on_request: OnRequest | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(service, base_url, headers, on_request, pace)
        if follow_redirects and SECRET_HEADERS & {name.lower() for name in self._headers}:
            raise ValueError("a reader that follows redirects must not carry keys")
        self._follow = follow_redirects
        self._retry_policy = retry_policy or RetryPolicy()
        self._sleep = sleep
        self._using, self._users, self._is_closed = threading.Lock(), 0, False
        cache = Cache(cache_file, trim, forget_after, keep_missing) if cache_file is not None else None
        self._session, self._caches = _read_session(base_url, self._pace, cache)

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
        comes back as status 504. Several threads may ask at one time. Raises NotSent or AnswerLost after the last try.
        """
        with self._in_use():
            return self._get(path, params, headers, keep, refresh=refresh, offline=offline)

    def _get(
        self,
        path: str,
        params: Mapping[str, str | int] | None,
        headers: Mapping[str, str] | None,
        keep: timedelta | None,
        *,
        refresh: bool,
        offline: bool,
    ) -> Answer:
        is_cached = self._caches and keep is not None
        if offline:
            if is_cached:
                return self._whatever_age(path, params)
            raise NotSent(f"{self.service} is not asked while offline", where=f"{self.base_url}{path}")
        if not is_cached:
            return _answer_of(self._patiently("GET", path, params=params, headers=headers))
        if not refresh:
            at_hand = self._whatever_age(path, params)
            if at_hand.from_cache and not at_hand.stale:
                return at_hand
        cache = {"expire_after": keep, "force_refresh": refresh}
        found = self._patiently("GET", path, params=params, headers=headers, **cache)
        if _is_final(found):
            return _answer_of(found)
        stale = self._whatever_age(path, params)
        return stale if stale.ok else _answer_of(found)

    @property
    def free_turns(self) -> int | None:
        """How many requests can go out now without a wait; None where there is no pace."""
        return None if self._pace is None else self._pace.free

    def query(self, body: object, *, path: str = "", headers: Mapping[str, str] | None = None) -> Answer:
        """POST a query that changes nothing (GraphQL), and so may be retried like a GET."""
        with self._in_use():
            return _answer_of(self._patiently("POST", path, json=body, headers=headers))

    def close(self) -> None:
        """Let go of the connections; those that another thread still uses go when it is done with them."""
        with self._using:
            self._is_closed = True
            if self._users == 0:
                super().close()

    @contextmanager
    def _in_use(self) -> Iterator[None]:
        # a connection to the cache that is closed under a thread takes the whole process with it
        with self._using:
            self._users += 1
        try:
            yield
        finally:
            with self._using:
                self._users -= 1
                if self._is_closed and self._users == 0:
                    super().close()

    def _whatever_age(self, path: str, params: Mapping[str, str | int] | None) -> Answer:
        # without a request being made up for it; status 504 where the cache has nothing
        url = f"{self.base_url}{path}"
        found = None
        if self._caches:
            try:
                found = _cached_response(self._session, url, params)
            except sqlite3.Error as error:
                self._give_up_cache(error)
        if found is None:
            return Answer(status=504, headers={}, body=b"", url=url)
        answer = _answer(found)
        self._told("GET", path, {"params": params}, answer)
        return answer

    def _patiently(self, method: str, path: str, **extra: Any) -> Found:
        # Each try is paced like a request of its own, and a cut body counts as a failure: urllib3's Retry does neither.
        failures = 0
        while True:
            found = self._attempt(method, path, **extra)
            failures += 1
            tries = self._retry_policy.tries
            if isinstance(found, NotSent):
                tries = min(tries, _UNREACHED_TRIES)
            if _is_final(found) or failures > tries:
                return found
            told = found.retry_after if isinstance(found, Answer) else None
            seconds = self._retry_policy.wait(failures, told)
            level = logging.INFO if seconds >= _TELLING_WAIT else logging.DEBUG
            _log.log(level, "%s does not answer, or is busy; trying again in %.0f s", self.service, seconds)
            self._sleep(seconds)

    def _attempt(self, method: str, path: str, headers: Mapping[str, str] | None, **extra: Any) -> Found:
        if not self._caches:
            extra = {name: value for name, value in extra.items() if name not in _OF_THE_CACHE}
        try:
            return self._request(method, path, headers, allow_redirects=self._follow, **extra)
        except AskedInVain:
            raise
        except (NotSent, AnswerLost) as error:
            return error
        except sqlite3.Error as error:
            self._give_up_cache(error)
            return self._attempt(method, path, headers, **extra)

    def _give_up_cache(self, error: sqlite3.Error) -> None:
        # a broken cache costs requests, nothing else
        _log.warning("the cache of web answers can't be used (%s); going on without it", error)
        # another thread may be using it: it goes when nobody does
        self._session, self._caches = _read_session(self.base_url, self._pace, None)


Found = Answer | NotSent | AnswerLost


def _is_final(found: Found) -> bool:
    return isinstance(found, Answer) and found.status not in _RETRIED_STATUSES


def _answer_of(found: Found) -> Answer:
    if isinstance(found, Answer):
        return found
    raise found


class WriteClient(_Client):
    """Writes to one service: each request goes out exactly once. There is no retry here to switch on.

    Connections are not kept: an idle one that the server closed meanwhile would put a write in doubt for nothing.
    """

    _keys_in_body = True

    def __init__(
        self,
        service: str,
        base_url: str,
        *,
        pace: Pace | None = None,
        headers: Mapping[str, str] | None = None,
        on_request: OnRequest | None = None,
    ) -> None:
        headers = {**(headers or {}), "Connection": "close"}
        super().__init__(service, base_url, headers, on_request, pace)
        self._session = _session(base_url, self._pace, None)

    def take_turn(self) -> None:
        """Wait for the next write's turn, so that nothing happens between what is done before it and the write."""
        if self._pace is not None:
            self._pace.take_ahead()

    def post(self, path: str, body: object, *, headers: Mapping[str, str] | None = None) -> Answer:
        """POST JSON once, without following a redirect.

        Raises NotSent where no connection came about, and AnswerLost where the service may have acted.
        """
        return self._post(path, jsonlib.dumps(body), "application/json", headers or {})

    def post_form(self, path: str, fields: Mapping[str, str]) -> Answer:
        """POST a form once, like `post`: OAuth's own rule for token requests (RFC 6749, 4.1.3)."""
        return self._post(path, urlencode(fields), "application/x-www-form-urlencoded", {})

    def _post(self, path: str, text: str, content: str, headers: Mapping[str, str]) -> Answer:
        headers = {"Content-Type": content, **headers}
        return self._request("POST", path, headers, data=text.encode(), allow_redirects=False)


def _answer(response: requests.Response) -> Answer:
    from_cache = _is_from_cache(response)
    created_at = getattr(response, "created_at", None)
    return Answer(
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=response.content or b"",
        url=response.url,
        from_cache=from_cache,
        stale=from_cache and bool(getattr(response, "is_expired", False)),
        stored_at=_utc(created_at) if from_cache and created_at else None,
    )


def _is_from_cache(response: requests.Response) -> bool:
    return bool(getattr(response, "from_cache", False))


def _utc(moment: datetime) -> datetime:
    # the cache's own time stamps are UTC, and need not say so
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


# --- sessions: they do nothing by themselves; no retries, no netrc, no proxy to our own machine, no endless bodies ---


def _read_session(base_url: str, pace: Pace | None, cache: Cache | None) -> tuple[requests.Session, bool]:
    if cache is not None:
        try:
            own_file(cache.file)
            _delete_pickles(cache.file.parent)
            return _session(base_url, pace, cache), True
        except (sqlite3.Error, OSError) as error:
            _log.warning("the cache of web answers can't be used (%s); going on without it", error)
    return _session(base_url, pace, None), False


def _session(base_url: str, pace: Pace | None, cache: Cache | None) -> requests.Session:
    from requests import Session

    parts: list[type] = [Session]
    arguments: dict[str, Any] = {}
    if cache is not None:
        from requests_cache import DO_NOT_CACHE, CacheMixin

        parts.insert(0, CacheMixin)
        arguments |= {
            "backend": _answers_in(cache),
            "expire_after": DO_NOT_CACHE,
            "allowable_codes": (200, 404) if cache.keep_missing else (200,),
            "key_fn": _key_of_request,
            "filter_fn": _worth_keeping(base_url),
        }
    session: Session = type("AnitraktSession", tuple(parts), {})(**arguments)
    for scheme in ("https://", "http://"):
        session.mount(scheme, _adapter(pace))
    session.headers["User-Agent"] = USER_AGENT
    session.max_redirects = _MAX_REDIRECTS
    session.trust_env = not _is_loopback(base_url)
    # With any `auth`, requests leaves ~/.netrc alone, which would replace our bearer.
    session.auth = lambda request: request
    return session


def _worth_keeping(base_url: str) -> Callable[[requests.Response], bool]:
    # a 404 as a web page comes from somebody who stands in front of the service
    is_below = _asked_below(base_url)
    return lambda response: (
        is_below(response) and not (response.status_code == 404 and _answer(response).is_html)
    )


def _asked_below(base_url: str) -> Callable[[requests.Response], bool]:
    # What an address below the service's gave is kept, be it by a redirect.
    # requests-cache would keep the redirect's target by its own address, too. Where that is signed, it is another one
    # each time, and the copies would pile up.
    start = _prepared(f"{base_url.rstrip('/')}/", None)
    return lambda response: (
        _is_from_cache(response) or bool(response.history) or str(response.url).startswith(start)
    )


def _prepared(url: str, params: Mapping[str, str | int] | None) -> str:
    from requests import PreparedRequest

    request = PreparedRequest()
    request.prepare_url(url, params)
    return request.url or ""


def _key_of_request(request: requests.PreparedRequest, **_settings: object) -> str:
    return _key(request.method or "", request.url or "")


def _key(method: str, url: str) -> str:
    # only GETs of public data are kept, so no header has a part in it
    return hashlib.sha256(f"{method} {url}".encode()).hexdigest()


def _cached_response(
    session: requests.Session, url: str, params: Mapping[str, str | int] | None
) -> requests.Response | None:
    # The session itself would find the same, after ten times the work: a large plan reads thousands of cached answers.
    found: requests.Response | None = session.cache.get_response(_key("GET", _prepared(url, params)))  # type: ignore[attr-defined]
    return found


def _delete_pickles(folder: Path) -> None:
    with suppress(OSError):
        for file in folder.glob(f"{_PICKLED_CACHE}*"):
            file.unlink(missing_ok=True)


def _answers_in(cache: Cache) -> BaseCache:
    # `SQLiteCache` would look up redirects, too, by a statement that it makes of what stands in the file
    from requests_cache.backends.base import BaseCache
    from requests_cache.backends.sqlite import SQLiteDict
    from requests_cache.serializers.pipeline import SerializerPipeline, Stage

    stage = Stage(dumps=partial(_row, cache), loads=_kept)
    rows = SerializerPipeline([stage], name="anitrakt", is_binary=True)
    answers = BaseCache(str(cache.file))
    # what is not worth keeping, such as a web page in front of the service, takes nothing away that was kept before
    answers.delete = lambda *_keys, **_which: None  # type: ignore[method-assign]
    # each answer is a transaction of its own, and threads wait for its way to the disk; a cache may lose the last ones
    answers.responses = SQLiteDict(cache.file, table_name=_TABLE, serializer=rows, wal=True)
    if cache.forget_after is not None:
        oldest = datetime.now(UTC) - cache.forget_after
        with answers.responses.connection(commit=True) as connection:
            connection.execute(f"DELETE FROM {_TABLE} WHERE expires < ?", (int(oldest.timestamp()),))  # noqa: S608
    return answers


def _row(cache: Cache, kept: CachedResponse) -> bytes:
    # Of the request nothing, and of addresses no query: signed ones open doors.
    is_missing, created = kept.status_code == 404, _utc(kept.created_at)
    expires = created + (cache.keep_missing or timedelta(0)) if is_missing else _utc(kept.expires or created)
    fields = {
        "status": kept.status_code,
        "url": kept.url.partition("?")[0],
        "headers": {name: kept.headers[name] for name in _KEPT_HEADERS if _is_plain(kept.headers.get(name))},
        "created": created.isoformat(),
        "expires": expires.isoformat(),
        "body": base64.b64encode(_trimmed(kept.content, None if is_missing else cache.trim)).decode("ascii"),
    }
    return jsonlib.dumps(fields).encode("ascii")


def _trimmed(body: bytes, trim: Trim | None) -> bytes:
    if trim is not None:
        with suppress(ValueError):  # whoever reads it says what is wrong with it
            return trim(body)
    return body


def _kept(row: bytes) -> CachedResponse | None:
    # Whoever can write the file can write anything: what is not exactly a row of ours is not there.
    with suppress(ValueError, TypeError, OverflowError, RecursionError):
        match {"status": 200, **jsonlib.loads(row)}:  # earlier versions kept nothing else
            case {
                "status": 200 | 404 as status,
                "url": str(url),
                "headers": dict(headers),
                "created": str(created),
                "expires": str(expires),
                "body": str(body),
            } if all(map(_is_plain, (url, *headers.values()))) and headers.keys() <= set(_KEPT_HEADERS):
                return _cached(
                    status,
                    url,
                    headers,
                    _utc(datetime.fromisoformat(created)),
                    _utc(datetime.fromisoformat(expires)),
                    base64.b64decode(body, validate=True),
                )
    return None


def _cached(
    status: int, url: str, headers: Mapping[str, str], created: datetime, expires: datetime, body: bytes
) -> CachedResponse:
    from requests.structures import CaseInsensitiveDict
    from requests_cache.models.request import CachedRequest
    from requests_cache.models.response import CachedResponse

    return CachedResponse(
        content=body,
        created_at=created,
        expires=expires,
        headers=CaseInsensitiveDict(headers),
        request=CachedRequest(method="GET", url=url),
        status_code=status,
        url=url,
    )


def _is_plain(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable()


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _adapter(pace: Pace | None) -> HTTPAdapter:
    from requests.adapters import HTTPAdapter

    class PacedBoundedAdapter(HTTPAdapter):
        def send(self, *args: Any, **kwargs: Any) -> requests.Response:
            # here, and nowhere above: what a cache answers takes no turn, and each redirect takes one
            if pace is not None:
                pace.take()
            response = super().send(*args, **kwargs)
            # A key that is kept out of the cache would make every read of it a miss.
            response.headers.pop("Vary", None)
            pieces, size = [], 0
            for piece in response.iter_content(_PIECE_BYTES):
                pieces.append(piece)
                size += len(piece)
                if size > LARGEST_BODY:
                    response.close()
                    raise AskedInVain(
                        f"the answer is larger than {LARGEST_BODY // 2**20} MB",
                        where=str(response.url).partition("?")[0],
                        todo="This is no answer of a healthy service; look at the address that is set for it.",
                    )
            response._content = b"".join(pieces)
            return response

    return PacedBoundedAdapter()
