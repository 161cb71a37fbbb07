"""The TMDB client: paced, cached reads, with the token in a header and never in an address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from anitrakt_plan.http import KEEP_MISSING, Answer, OnRequest, Pace, ReadClient, RetryPolicy, jittered
from anitrakt_plan.http.answers import asked_anew_at_need, what_it_says
from anitrakt_plan.settings import Settings
from anitrakt_plan.tmdb.errors import NAME, no_token, refusal, why_no_token
from anitrakt_plan.tmdb.rows import trimmed

T = TypeVar("T")

LONGEST_KEPT = timedelta(days=180)
"""TMDB's terms end every copy after six months."""

KEEP = timedelta(days=30)
"""How long an answer serves, and by its path up to half as long again."""

_PROBE = "/authentication"


def cache_file(folder: Path) -> Path:
    """Where TMDB's answers are kept, apart from all others: they alone must end."""
    return folder / "tmdb.sqlite"


class Tmdb:
    """Everything that is asked of TMDB; close it at the end. `token` is the API Read Access Token, None where none is.

    `on_request` hears of each request: service, method and path, status.
    """

    def __init__(
        self,
        settings: Settings,
        token: str | None,
        *,
        retry_policy: RetryPolicy | None = None,
        on_request: OnRequest | None = None,
    ) -> None:
        self._token = token
        self._reads = ReadClient(
            NAME,
            settings.tmdb_url,
            pace=Pace(NAME, settings.tmdb_limit, settings.folders.pace("tmdb")),
            headers={"Authorization": f"Bearer {token}"} if token else None,
            cache_file=cache_file(settings.folders.cache),
            keep_missing=KEEP_MISSING,
            trim=trimmed,
            forget_after=LONGEST_KEPT - KEEP * 1.5,
            retry_policy=retry_policy,
            on_request=on_request,
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._reads.close()

    def check(self) -> None:
        """Ask TMDB whether the token is good. Raises NotSignedIn where it isn't, else Failed."""
        self._need_token()
        answer = self._reads.get(_PROBE)
        if not answer.ok:
            raise refusal(answer, request=f"GET {_PROBE}")
        what_it_says(answer, NAME, f"GET {_PROBE}", lambda said: said)

    def ask(
        self,
        path: str,
        parse: Callable[[object], T],
        params: Mapping[str, str | int] | None = None,
        *,
        refresh: bool = False,
        offline: bool = False,
    ) -> T | None:
        """What TMDB says, from the cache where it is there and not past its time; None for 404.

        `refresh` asks even so; `offline` never does: what the cache lacks is None. Raises NotSignedIn and Failed.
        """
        if not offline:
            self._need_token()
        options: dict[str, Any] = {"keep": jittered(KEEP, path), "offline": offline}
        return asked_anew_at_need(
            lambda anew: self._reads.get(path, params, refresh=anew, **options),
            lambda answer: _parsed(answer, path, parse),
            refresh=refresh,
            offline=offline,
        )

    def _need_token(self) -> None:
        if not self._token:
            raise no_token()
        if (short := why_no_token(self._token)) is not None:
            raise short


def _parsed(answer: Answer, path: str, parse: Callable[[object], T]) -> T | None:
    if answer.status == 404 and not answer.is_html:  # a web page comes from another server
        return None
    if not answer.ok:
        raise refusal(answer, request=f"GET {path}")
    return what_it_says(answer, NAME, f"GET {path}", parse)
