"""What Trakt's error answers mean, as plain sentences with what to do; nothing of a body is ever quoted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from anitrakt_plan.errors import Failed, NotSignedIn, ServiceRefused
from anitrakt_plan.http import Answer
from anitrakt_plan.http.answers import OUR_MISTAKE, refused, unlike_documented, what_it_says

T = TypeVar("T")

KEYS_PAGE = "https://trakt.tv/oauth/applications"

_MEANINGS = {
    403: (
        "the guard in front of Trakt (Cloudflare) turned the request away before Trakt saw it",
        "Wait some minutes and try again; with a VPN or proxy, try without it.",
    ),
    412: ("Trakt does not take the form of the request", OUR_MISTAKE),
    413: ("the request is too large for Trakt", OUR_MISTAKE),
    420: (
        "{full} is full{limit}",
        "Make room on Trakt, or look at the limits of your account in its settings; then run again.",
    ),
    423: (
        "{lock}",
        "Write to Trakt's support (https://support.trakt.tv); until they unlock it, nothing can be sent.",
    ),
    426: (
        "Trakt keeps this for VIP accounts",
        "Leave it out (see `send` in the plan), or upgrade the account at https://trakt.tv/vip.",
    ),
}


def refusal(answer: Answer, *, request: str) -> NotSignedIn | ServiceRefused:
    """The error for an answer that is not 2xx. `request` says what was asked: `GET /sync/history`.

    Statuses are those of Trakt's API blueprint ("Status Codes"); Cloudflare in front of it answers 403 and 429
    with a page of HTML, before Trakt has seen anything.
    """
    where = f"Trakt, {request}"
    status = answer.status
    if status == 401:
        return NotSignedIn(
            "Trakt does not accept the sign-in",
            where=where,
            todo="Sign in with `anitrakt login`. With ANITRAKT_TRAKT_TOKEN set: it has ended, set a new one.",
        )
    if status == 403 and not answer.is_html:
        is_blocked = answer.body.strip() == b"Forbidden"
        return blocked_application(where) if is_blocked else unknown_application(where)
    return refused(answer, "Trakt", request, _MEANINGS, **_facts(answer, request))


def _facts(answer: Answer, request: str) -> dict[str, str]:
    limit = answer.headers.get("x-account-limit", "")
    deactivated = answer.headers.get("x-account-deactivated", "").lower() in ("1", "true")
    return {
        "full": "the watchlist on Trakt" if request.endswith("/watchlist") else "the Trakt account",
        "limit": f" (its limit is {limit})" if limit.isdigit() else "",
        "lock": "the Trakt account is deactivated" if deactivated else "Trakt has locked the account",
        "asker": "the guard in front of Trakt (Cloudflare)" if answer.is_html else "Trakt",
    }


def understood(answer: Answer, request: str, parse: Callable[[object], T]) -> T:
    """What an answer of Trakt's says; raises Failed that names the request."""
    return what_it_says(answer, "Trakt", request, parse)


def not_understood(request: str, what: str) -> Failed:
    """The error for an answer of Trakt's whose form is not the documented one."""
    return unlike_documented("Trakt", request, what)


class ApplicationRefused(NotSignedIn):
    """Trakt answers nothing to the person's application any more; the way without one is still open."""


class ApplicationBlocked(ApplicationRefused):
    """Trakt knows the application, and answers nothing to it."""


ONLY_VIP = "Only Trakt VIP members can make an application, and so get a client id"

_WITHOUT = (
    "without one, `anitrakt export-trakt FILE` writes what is confirmed as files that you upload to Trakt, and "
    "`anitrakt plan --update FILE --trakt-data ZIP` learns from your data download what is there."
)

_GOES_ON = (
    "Your plan and journal stay good: `anitrakt plan --update FILE --trakt-data ZIP` goes on without it, and "
    "`anitrakt export-trakt FILE` writes what to upload."
)


def no_key(instead: str = _WITHOUT) -> NotSignedIn:
    """The error for a request without any client id; `instead` says what does the same without one."""
    return NotSignedIn("there is no Trakt client id", todo=f"{ONLY_VIP}; {instead}")


def unknown_application(where: str) -> ApplicationRefused:
    """The error for a client id or client secret that Trakt does not know (any more)."""
    return ApplicationRefused(
        "Trakt no longer knows your application (VIP ended?)",
        where=where,
        todo=f"{_GOES_ON} If VIP goes on, the client id or secret may be mistyped: see {KEYS_PAGE}.",
    )


def blocked_application(where: str) -> ApplicationBlocked:
    """The error for an application that may still sign in, and is answered nothing else (docs/services.md 1.1)."""
    return ApplicationBlocked(
        "Trakt has blocked your application",
        where=where,
        todo=f"Ask Trakt's support why (https://support.trakt.tv). {_GOES_ON}",
    )
