"""What TMDB's error answers mean, as plain sentences with what to do; nothing of a body is ever quoted."""

from __future__ import annotations

import re

from anitrakt_plan.errors import NotSignedIn, ServiceRefused
from anitrakt_plan.http import Answer
from anitrakt_plan.http.answers import refused

NAME = "TMDB"
KEYS_PAGE = "https://www.themoviedb.org/settings/api"
VARIABLE = "ANITRAKT_TMDB_TOKEN"

_SHORT_KEY = re.compile(r"[0-9a-fA-F]{32}")


_SUSPENDED = frozenset({3, 10, 14})
"""TMDB's own numbers (docs/services.md 6.2)."""

_MEANINGS = {
    403: (
        "something in front of TMDB turned the request away",
        "Wait some minutes and try again; with a VPN or proxy, try without it.",
    ),
}


def refusal(answer: Answer, *, request: str) -> NotSignedIn | ServiceRefused:
    """The error for an answer that is not 2xx. `request` says what was asked: `GET /tv/1429`."""
    if answer.status == 401:
        return _bad_token(_own_number(answer), f"{NAME}, {request}")
    return refused(answer, NAME, request, _MEANINGS)


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
