"""Our own errors for a transport's: what never left, and what may have been acted on."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

from anitrakt_plan.errors import AnswerLost, NotSent

CONNECT_SECONDS, READ_SECONDS = 10.0, 60.0


class TooLarge(AnswerLost):
    """An answer that asking again would not make smaller."""


def translated(error: OSError, service: str, method: str, url: str) -> NotSent | AnswerLost:
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
