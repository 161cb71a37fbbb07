"""What TMDB's error answers mean, as plain sentences with what to do; nothing of a body is ever quoted."""

from __future__ import annotations

import re

from anitrakt_plan.errors import NotSignedIn, ServiceRefused
from anitrakt_plan.http import Answer

NAME = "TMDB"
KEYS_PAGE = "https://www.themoviedb.org/settings/api"
VARIABLE = "ANITRAKT_TMDB_TOKEN"

_SHORT_KEY = re.compile(r"[0-9a-fA-F]{32}")


_SUSPENDED = frozenset({3, 10, 14})
"""TMDB's own numbers (docs/services.md 6.2)."""

_LATER = "Run the same command again later; what is done already is not done twice."
_OUR_MISTAKE = "This is a mistake of anitrakt's; please report it."

_SENTENCES = {
    400: ("TMDB could not read the request", _OUR_MISTAKE),
    403: (
        "something in front of TMDB turned the request away",
        "Wait some minutes and try again; with a VPN or proxy, try without it.",
    ),
    404: (
        "TMDB has no such thing",
        "It may have been merged or removed. `anitrakt plan --update` looks again.",
    ),
    422: ("TMDB does not accept the request's content", _OUR_MISTAKE),
    429: ("TMDB asks for a pause{pause}", _LATER),
}
_SENTENCES_OF_HUNDREDS = {
    3: (
        "TMDB points to another address ({status}), and tokens are not sent on",
        "Look at ANITRAKT_TMDB_URL, or update anitrakt.",
    ),
    4: ("TMDB answered with an error ({status})", _LATER),
    5: ("TMDB has a problem of its own ({status})", _LATER),
}


def refusal(answer: Answer, *, request: str) -> NotSignedIn | ServiceRefused:
    """The error for an answer that is not 2xx. `request` says what was asked: `GET /tv/1429`."""
    where = f"{NAME}, {request}"
    status = answer.status
    if status == 401:
        return _bad_token(_own_number(answer), where)
    of_hundreds = _SENTENCES_OF_HUNDREDS.get(min(status // 100, 5), _SENTENCES_OF_HUNDREDS[4])
    sentence, todo = _SENTENCES.get(status, of_hundreds)
    pause = answer.retry_after
    facts = {"status": status, "pause": "" if pause is None else f" of {pause:.0f} seconds"}
    return ServiceRefused(sentence.format_map(facts), status=status, where=where, todo=todo)


def no_token() -> NotSignedIn:
    """The error for a request without any token."""
    return NotSignedIn(
        "there is no TMDB token",
        where=VARIABLE,
        todo=f"Copy the API Read Access Token from {KEYS_PAGE} (free for everybody) and give it to "
        "`anitrakt login --tmdb`.",
    )


def why_no_token(text: str) -> NotSignedIn | None:
    """The error for what can't be a token: above all the short key, which stands on the same page."""
    if _SHORT_KEY.fullmatch(text):
        return NotSignedIn(
            "this is TMDB's API key (32 digits and letters); the API Read Access Token is needed",
            where=VARIABLE,
            todo=f"It stands beside the key at {KEYS_PAGE}, is much longer, and begins with eyJ.",
        )
    if not text or not all("!" <= sign <= "~" for sign in text):
        return NotSignedIn(
            "this can't be a TMDB token: it has spaces or signs in it that none has",
            todo=f"Copy the API Read Access Token from {KEYS_PAGE}; it begins with eyJ.",
        )
    return None


def _bad_token(number: int | None, where: str) -> NotSignedIn:
    if number in _SUSPENDED:
        return NotSignedIn(
            "TMDB has suspended this token or its account",
            where=where,
            todo=f"Look at {KEYS_PAGE} what TMDB says of it.",
        )
    return NotSignedIn(
        "TMDB does not accept the token",
        where=where,
        todo=f"Copy the API Read Access Token (it begins with eyJ) once more from {KEYS_PAGE}, and give it to "
        f"`anitrakt login --tmdb`, or set {VARIABLE}, which goes before it.",
    )


def _own_number(answer: Answer) -> int | None:
    try:
        said = answer.json()
    except ValueError:
        return None
    number = said.get("status_code") if isinstance(said, dict) else None
    return number if isinstance(number, int) else None
