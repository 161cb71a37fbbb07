"""What an HTTP request came to: a whole answer, or an error that says whether it left; and how often to try again."""

from __future__ import annotations

import math
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from anitrakt_plan.errors import AnswerLost, Failed, NotSent, ServiceRefused
from anitrakt_plan.json_rows import RowError
from anitrakt_plan.json_text import read_json

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RateLimit:
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


def jittered(keep: timedelta, path: str) -> timedelta:
    """How long the answer to this path serves: `keep`, or up to half as long again, so that not all end on one day."""
    return keep + keep / 2 * (sum(path.encode()) % 16) / 16


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer, whatever its status; `headers` has lower-case names.

    `stale`: from the cache, past its time, because the service could not be asked. `stored_at`: when what comes from
    the cache was downloaded, UTC.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    from_cache: bool = False
    stale: bool = False
    stored_at: datetime | None = None

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
        return read_json(self.body)

    @property
    def is_html(self) -> bool:
        """Whether the body is a page for people: a guard's, or a proxy's. An empty one is none, whatever its type."""
        body = self.body.lstrip()
        return bool(body) and ("html" in self.headers.get("content-type", "") or body[:1] == b"<")

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait, where the service says so."""
        try:
            seconds = float(self.headers["retry-after"])
        except (KeyError, ValueError):
            return None
        return max(0.0, seconds) if math.isfinite(seconds) else None

    def moment(self, header: str) -> datetime | None:
        """What a header such as `date` says, UTC; None where it is missing or no date."""
        try:
            return parsedate_to_datetime(self.headers[header]).astimezone(UTC)
        except (KeyError, ValueError, TypeError, OverflowError):
            return None


def what_it_says(answer: Answer, service: str, request: str, parse: Callable[[object], T]) -> T:
    """What an answer says; raises Failed that names the request where its form is not the documented one."""
    try:
        said = answer.json()
    except ValueError:
        raise unlike_documented(service, request, "it is not JSON") from None
    try:
        return parse(said)
    except RowError as error:
        raise unlike_documented(service, request, str(error)) from None


def asked_anew_at_need(
    get: Callable[[bool], Answer],
    parse: Callable[[Answer], T | None],
    *,
    refresh: bool = False,
    offline: bool = False,
    doubts_nothing: bool = False,
) -> T | None:
    """What a kept or new answer says, None for nothing; asked anew where what was kept is no answer of the service's.

    `get` is told whether to ask past the cache. `offline` never does: what the cache lacks (504) is None.
    `doubts_nothing`: ask anew, too, where what was kept says that there is nothing. Raises what both raise.
    """
    answer = get(refresh)
    if offline and answer.status == 504:
        return None
    may_ask = answer.from_cache and not offline
    try:
        said = parse(answer)
        if said or not (doubts_nothing and may_ask):
            return said
    except Failed:
        if not may_ask:
            raise
    # A page that is no answer of the service's must not serve from the cache for a month.
    return parse(get(True))


_LATER = "Run the same command again later; what is done already is not done twice."
OUR_MISTAKE = "This is a mistake of anitrakt's; please report it."

_MEANINGS = {
    400: ("{service} could not read the request", OUR_MISTAKE),
    404: (
        "{service} has no such thing",
        "It may have been merged or removed. `anitrakt plan --update FILE` looks again.",
    ),
    422: ("{service} does not accept the request's content", OUR_MISTAKE),
    429: ("{asker} asks for a pause{pause}", _LATER),
}
_MEANINGS_OF_HUNDREDS = {
    3: (
        "{service} points to another address ({status}), and keys are not sent on",
        "Look at {setting}, or update anitrakt.",
    ),
    4: ("{service} answered with an error ({status})", _LATER),
    5: ("{service} has a problem of its own ({status})", _LATER),
}


def refused(
    answer: Answer, service: str, request: str, meanings: Mapping[int, tuple[str, str]], **facts: object
) -> ServiceRefused:
    """The error for an answer that is not 2xx: a sentence and what to do, by its status; nothing of a body is quoted.

    `meanings` are what the service means by a status other than most do; `facts` stand in their braces.
    """
    status, pause = answer.status, answer.retry_after
    of_hundreds = _MEANINGS_OF_HUNDREDS.get(min(status // 100, 5), _MEANINGS_OF_HUNDREDS[4])
    sentence, todo = meanings.get(status) or _MEANINGS.get(status, of_hundreds)
    known = {
        "service": service,
        "asker": service,
        "setting": f"ANITRAKT_{service.upper()}_URL",
        "status": status,
        "pause": "" if pause is None else f" of {pause:.0f} seconds",
        **facts,
    }
    what, where = sentence.format_map(known), f"{service}, {request}"
    return ServiceRefused(what, status=status, where=where, todo=todo.format_map(known))


def unlike_documented(service: str, request: str, what: str) -> Failed:
    """The error for an answer whose form is not the documented one."""
    return Failed(
        f"{service}'s answer can't be understood: {what}",
        where=f"{service}, {request}",
        todo="Run the same command again. If it happens each time, look for a newer anitrakt or report it.",
    )


@dataclass(frozen=True, slots=True)
class RetryPolicy:
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


CONNECT_SECONDS, READ_SECONDS = 10.0, 60.0


class AskedInVain(AnswerLost):
    """An answer that would be no better if it were asked for again."""


def translated(error: OSError, service: str, method: str, url: str) -> NotSent | AnswerLost:
    """Our own error for a transport's: did the request reach the service, or is its fate unknown?

    Anything that isn't known to be a failed connection counts as lost: for a write that is the careful reading.
    """
    import requests

    where = f"{service}, {method} {url}"
    if isinstance(error, requests.exceptions.TooManyRedirects):
        return AskedInVain(
            f"{service} points on from one address to the next without end",
            where=where,
            todo="Look at the address that is set for it.",
        )
    if type(error) is OSError and "CA certificate bundle" in str(error):  # requests has no class for it
        return NotSent(
            f"{service} was not asked: the file of certificates can't be read here ({error})",
            where=where,
            todo="Look at REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE, or install anitrakt (certifi) anew.",
        )
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
    # a TLS error does not say so: it may come while the answer is read
    import requests
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    surely = (NewConnectionError, ConnectTimeoutError, ssl.SSLCertVerificationError)
    return any(isinstance(cause, surely) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    # requests and urllib3 hand a cause on as an argument or as `reason`
    seen: set[int] = set()
    todo: list[object] = [error]
    while todo:
        current = todo.pop()
        if isinstance(current, BaseException) and id(current) not in seen:
            seen.add(id(current))
            yield current
            todo += [*current.args, getattr(current, "reason", None)]
