"""What Trakt's error answers mean, as plain sentences with what to do; nothing of a body is ever quoted."""

from __future__ import annotations

from anitrakt_plan.errors import AnitraktError, Failed, NotSignedIn, ServiceRefused
from anitrakt_plan.http import Answer

KEYS_PAGE = "https://trakt.tv/oauth/applications"

_NO_KEY_TODO = (
    f"Look at {KEYS_PAGE} whether the application is still there (Trakt deletes those of accounts without VIP), "
    "and set ANITRAKT_TRAKT_CLIENT_ID to its client id. `anitrakt doctor` checks it."
)
_LATER = "Run the same command again later; what is done already is not done twice."


def refusal(answer: Answer, *, request: str) -> AnitraktError:
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
    if status == 403:
        return _forbidden(answer, where)
    if status == 420:
        return ServiceRefused(_full_account(answer), status=status, where=where, todo=_FULL_TODO)
    if status == 423:
        return ServiceRefused(_locked_account(answer), status=status, where=where, todo=_LOCKED_TODO)
    if status == 429:
        return ServiceRefused(
            f"{_asker(answer)} asks for a pause{_how_long(answer)}", status=status, where=where, todo=_LATER
        )
    if status in _PLAIN:
        sentence, todo = _PLAIN[status]
        return ServiceRefused(sentence, status=status, where=where, todo=todo)
    if status >= 500:
        return ServiceRefused(
            f"Trakt has a problem of its own ({status})", status=status, where=where, todo=_LATER
        )
    if 300 <= status < 400:
        return ServiceRefused(
            f"Trakt points to another address ({status}), and keys are not sent on",
            status=status,
            where=where,
            todo="Look at ANITRAKT_TRAKT_URL, or update anitrakt.",
        )
    return ServiceRefused(f"Trakt answered with an error ({status})", status=status, where=where, todo=_LATER)


def not_understood(where: str, what: str) -> Failed:
    """The error for an answer whose form is not the documented one."""
    return Failed(
        f"Trakt's answer can't be understood: {what}",
        where=f"Trakt, {where}",
        todo="Run the same command again. If it happens each time, look for a newer anitrakt or report it.",
    )


def no_key() -> NotSignedIn:
    """The error for a request without any client id."""
    return NotSignedIn(
        "there is no Trakt client id",
        where="ANITRAKT_TRAKT_CLIENT_ID",
        todo=f"Make an application at {KEYS_PAGE} and set ANITRAKT_TRAKT_CLIENT_ID to its client id.",
    )


def unknown_application(where: str) -> NotSignedIn:
    """The error for a client id or client secret that Trakt does not know (any more)."""
    return NotSignedIn(
        "Trakt does not know this application: its client id or client secret is wrong, or it was deleted",
        where=where,
        todo=_NO_KEY_TODO,
    )


def is_html(answer: Answer) -> bool:
    """Whether the body is a page for people: Cloudflare's, or a proxy's. An empty one is none, whatever its type."""
    body = answer.body.lstrip()
    return bool(body) and ("html" in answer.headers.get("content-type", "") or body[:1] == b"<")


_FULL_TODO = "Make room on Trakt, or look at the limits of your account in its settings; then run again."
_LOCKED_TODO = (
    "Write to Trakt's support (https://support.trakt.tv); until they unlock it, nothing can be sent."
)
_PLAIN = {
    400: ("Trakt could not read the request", "This is a mistake of anitrakt's; please report it."),
    404: (
        "Trakt has no such thing",
        "It may have been merged or removed. `anitrakt plan --update` looks again.",
    ),
    412: (
        "Trakt does not take the form of the request",
        "This is a mistake of anitrakt's; please report it.",
    ),
    413: ("the request is too large for Trakt", "This is a mistake of anitrakt's; please report it."),
    422: (
        "Trakt does not accept the request's content",
        "This is a mistake of anitrakt's; please report it.",
    ),
    426: (
        "Trakt keeps this for VIP accounts",
        "Leave it out (see `send` in the plan), or upgrade the account at https://trakt.tv/vip.",
    ),
}


def _forbidden(answer: Answer, where: str) -> NotSignedIn | ServiceRefused:
    if is_html(answer):
        return ServiceRefused(
            "the guard in front of Trakt (Cloudflare) turned the request away before Trakt saw it",
            status=403,
            where=where,
            todo="Wait some minutes and try again; with a VPN or proxy, try without it.",
        )
    return unknown_application(where)


def _full_account(answer: Answer) -> str:
    limit = answer.headers.get("x-account-limit", "")
    return (
        f"the Trakt account is full (its limit is {limit})"
        if limit.isdigit()
        else "the Trakt account is full"
    )


def _locked_account(answer: Answer) -> str:
    if answer.headers.get("x-account-deactivated", "").lower() in ("1", "true"):
        return "the Trakt account is deactivated"
    return "Trakt has locked the account"


def _asker(answer: Answer) -> str:
    return "the guard in front of Trakt (Cloudflare)" if is_html(answer) else "Trakt"


def _how_long(answer: Answer) -> str:
    return "" if answer.retry_after is None else f" of {answer.retry_after:.0f} seconds"
