"""MyAnimeList: a user's list by the API v2, a thousand entries a page."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit, urlunsplit

from anitrakt_plan.errors import AnitraktError, BadUsage, Failed, NotSignedIn, ServiceRefused
from anitrakt_plan.http import Answer, ReadClient, WriteClient
from anitrakt_plan.model import (
    TITLE,
    Entry,
    EntryKey,
    PartialDate,
    Progress,
    Service,
    Status,
    Titles,
    title_word,
)
from anitrakt_plan.sources.http_errors import (
    TRY_LATER,
    expected_shape,
    json_object,
    not_an_answer,
    out_of_order,
    place,
    too_many,
)
from anitrakt_plan.sources.source_list import (
    Slips,
    SourceList,
    counted,
    kind_of,
    positive,
    read_date,
    sort_out,
)

NAME = "MyAnimeList"

LIMIT = 1000
"""The most that a page takes."""

_MOST_PAGES = 1000

_FIELDS = (
    "list_status{status,score,num_episodes_watched,is_rewatching,num_times_rewatched,start_date,finish_date},"
    "alternative_titles,start_date,end_date,start_season,media_type,num_episodes,average_episode_duration"
)

_STATUSES = {
    "watching": Status.WATCHING,
    "completed": Status.COMPLETED,
    "on_hold": Status.PAUSED,
    "dropped": Status.DROPPED,
    "plan_to_watch": Status.PLANNED,
}

GET_A_CLIENT_ID = (
    "Make one at myanimelist.net/apiconfig (any app name, type `other`) and set ANITRAKT_MAL_CLIENT_ID; "
    "or export the list there and use --list-file, which needs no key."
)


def read_list(
    reader: ReadClient,
    user: str,
    *,
    client_id: str | None = None,
    token: str | None = None,
    statuses: Collection[Status],
    on_progress: Callable[[int, int | None], None] | None = None,
) -> SourceList:
    """The anime list of `user` (`@me` with a token), all statuses of it, whatever is asked for.

    A client id is enough for a public list. `on_progress` hears (entries read, None). Raises NotSignedIn for a
    private list, a missing or wrong client id or a refused token, Failed for an unknown user or a service that
    fails.
    """
    if not client_id and not token:
        raise NotSignedIn(f"{NAME} needs a client id to read a list", where=NAME, todo=GET_A_CLIENT_ID)
    headers = {"Authorization": f"Bearer {token}"} if token else {"X-MAL-CLIENT-ID": client_id or ""}
    found: dict[EntryKey, Entry] = {}
    slips, offset = Slips(), 0
    for _ in range(_MOST_PAGES):
        body = _page(reader, user, offset, headers, signed_in=bool(token))
        rows = body.get("data") or []
        with expected_shape(NAME):
            found.update((entry.key, entry) for row in rows if (entry := read_entry(row, slips)))
        if on_progress:
            on_progress(len(found), None)
        next_address = (body.get("paging") or {}).get("next")
        if not next_address:
            break
        offset = _next_offset(next_address, offset, len(rows))
    else:
        raise Failed(f"the list of {user} on {NAME} does not come to an end", todo=TRY_LATER)
    return sort_out(found.values(), service=Service.MAL, user=user, statuses=statuses, notes=slips.notes())


def _page(
    reader: ReadClient, user: str, offset: int, headers: Mapping[str, str], *, signed_in: bool
) -> Mapping[str, Any]:
    # Sorted by title, which a change of progress does not move while we page; `nsfw`, or titles go missing.
    params: dict[str, str | int] = {
        "fields": _FIELDS,
        "limit": LIMIT,
        "offset": offset,
        "sort": "anime_title",
        "nsfw": "true",
    }
    answer = reader.get(
        f"/users/{quote(user, safe='@', errors='replace')}/animelist", params, headers=headers
    )
    body = json_object(answer)
    if not answer.ok:
        raise _refusal(answer, body or {}, user, signed_in=signed_in)
    if body is None or not isinstance(body.get("data"), list):
        raise not_an_answer(answer, NAME)
    return body


def _next_offset(address: str, offset: int, count: int) -> int:
    """Where the next page begins. Only the number is taken from the address, never its host."""
    named = parse_qs(urlsplit(address).query).get("offset", [""])[0]
    if named.isdigit() and int(named) > offset:
        return int(named)
    return offset + max(count, 1)


def read_entry(row: Mapping[str, Any], slips: Slips) -> Entry | None:
    """The entry in a row of a list; None (and a slip) for one that can't be.

    Raises ValueError, TypeError, AttributeError or KeyError for a row of another shape.
    """
    node, listed = row.get("node") or {}, row.get("list_status") or {}
    title = node.get("title") or ""
    number = positive(node.get("id"))
    key = EntryKey(Service.MAL, number) if number else EntryKey(TITLE, title_word(title))
    if not key.id:
        slips.add("entry", "no title either", which="without an id")
        return None
    where = f"{key} {title}".rstrip()
    status = _status(listed)
    if status is None:
        slips.add("entry", f"{where}: `{listed.get('status')}`", which="with a status nobody knows")
        return None
    episodes = positive(node.get("num_episodes"))
    progress = Progress(
        status=status,
        watched=max(0, listed.get("num_episodes_watched") or 0),
        started=slips.date(listed.get("start_date"), f"{where}, start"),
        finished=slips.date(listed.get("finish_date"), f"{where}, finish"),
        repeats=max(0, listed.get("num_times_rewatched") or 0),
        rating=slips.rating(listed.get("score"), best=10, where=where),
    )
    seconds = node.get("average_episode_duration") or 0
    return Entry(
        key=key,
        ids=key.ids,
        titles=_titles(title, node.get("alternative_titles") or {}),
        kind=kind_of(node.get("media_type")),
        progress=counted(progress, episodes),
        episodes=episodes,
        aired_from=_day(node.get("start_date")) or _season_year(node.get("start_season")),
        aired_to=_day(node.get("end_date")),
        minutes=positive(round(seconds / 60)),
    )


def _status(listed: Mapping[str, Any]) -> Status | None:
    """The flag is stronger than the word: a rewatching entry is met under watching and under completed."""
    status = _STATUSES.get(listed.get("status") or "")
    if listed.get("is_rewatching") and status in (Status.WATCHING, Status.COMPLETED):
        return Status.REPEATING
    return status


def _titles(title: str, others: Mapping[str, Any]) -> Titles:
    return Titles(
        romaji=title,
        english=others.get("en") or None,
        japanese=others.get("ja") or None,
        synonyms=tuple(name for name in others.get("synonyms") or () if name),
    )


def _day(text: str | None) -> PartialDate | None:
    """A work's own date; an impossible one is the service's slip, not the user's, and says nothing."""
    try:
        return read_date(text)
    except ValueError:
        return None


def _season_year(season: Mapping[str, Any] | None) -> PartialDate | None:
    return _day(str((season or {}).get("year") or ""))


def _refusal(answer: Answer, body: Mapping[str, Any], user: str, *, signed_in: bool) -> AnitraktError:
    """What an error means: MyAnimeList's 403 says three different things, and only the body tells which."""
    where, code = place(answer, NAME), str(body.get("error") or "")
    message = str(body.get("message") or "")
    if answer.status == 401:
        return NotSignedIn(
            f"{NAME} refuses the sign-in (it may have ended)",
            where=where,
            todo="Sign in again with `anitrakt login --mal`, or set ANITRAKT_MAL_TOKEN anew.",
        )
    if answer.status == 400 and "client" in message.lower():
        return NotSignedIn(f"{NAME} does not know this client id", where=where, todo=GET_A_CLIENT_ID)
    if answer.status == 404:
        return Failed(
            f"{NAME} knows no user {user}",
            where=where,
            todo="Look at the spelling: myanimelist.net/profile/NAME.",
        )
    if answer.status == 403 and code == "not_permitted":
        return NotSignedIn(
            f"the list of {user} on {NAME} is private",
            where=where,
            todo="Make it public in MyAnimeList's list preferences, or sign in with `anitrakt login --mal`.",
        )
    if answer.status == 403 and code == "forbidden" and "dos" not in message.lower():
        key = "sign-in" if signed_in else "client id"
        return NotSignedIn(
            f"{NAME} forbids this: its {key} was not accepted, or the list of {user} is private",
            where=where,
            todo=GET_A_CLIENT_ID,
        )
    if answer.status == 429 or (answer.status == 403 and _is_dos_shield(answer, body)):
        return too_many(answer, NAME)
    if answer.status >= 500:
        return out_of_order(answer, NAME)
    if code or message:
        return ServiceRefused(
            f"{NAME} refused: {message or code}", status=answer.status, where=where, todo=TRY_LATER
        )
    return not_an_answer(answer, NAME)


def _is_dos_shield(answer: Answer, body: Mapping[str, Any]) -> bool:
    """Too many requests come as 403 with no body, or one that speaks of DoS."""
    return bool(body) or not answer.body.strip() or b"dos" in answer.body.lower()


# --- signing in to MyAnimeList for private lists ---
# Source: MyAnimeList's API documentation, `myanimelist.net/apiconfig/references/authorization`. Everything
# works
# without a browser on this machine: the person opens an address anywhere, and pastes the one they are sent
# to.

_PUBLIC_API, _PUBLIC_SIGN_IN = "api.myanimelist.net", "https://myanimelist.net/v1/oauth2"

_AGAIN = "Start over with `anitrakt login --mal`."

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class MalTokens:
    """A sign-in as MyAnimeList gives it; `expires_at` is UTC, about a month away."""

    access: str = field(repr=False)
    refresh: str | None = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Request:
    """One attempt: the address that the person opens, and what proves that the answer belongs to it."""

    address: str = field(repr=False)
    state: str = field(repr=False)
    verifier: str = field(repr=False)


def sign_in_url(api_url: str) -> str:
    """Where MyAnimeList signs people in, by the address of its API: another host in public, beside it elsewhere."""
    parts = urlsplit(api_url)
    if parts.hostname == _PUBLIC_API:
        return _PUBLIC_SIGN_IN
    folder = parts.path.rstrip("/").rpartition("/")[0]
    return urlunsplit((parts.scheme, parts.netloc, f"{folder}/v1/oauth2", "", ""))


class MalSignIn:
    """The sign-in: an address to open, then what it leads to against tokens. Its application is of type `other`."""

    def __init__(self, writer: WriteClient, *, client_id: str | None, clock: Clock) -> None:
        if not client_id:
            raise NotSignedIn(f"signing in to {NAME} needs a client id", where=NAME, todo=GET_A_CLIENT_ID)
        self._writer, self._client_id, self._clock = writer, client_id, clock

    def begin(self) -> Request:
        """A new attempt, with secrets of its own."""
        verifier, state = secrets.token_urlsafe(72), secrets.token_urlsafe(16)
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "code_challenge": verifier,  # plain: the challenge is the verifier
            "code_challenge_method": "plain",
            "state": state,
        }
        return Request(f"{self._writer.base_url}/authorize?{urlencode(asked)}", state, verifier)

    def finish(self, request: Request, pasted: str) -> MalTokens:
        """Exchange what the person pasted (the address they were sent to, or its code alone) for tokens.

        Raises BadUsage where it is neither, NotSignedIn where MyAnimeList refuses, else Failed.
        """
        code = code_of(pasted, request.state)
        return self._tokens(
            {"grant_type": "authorization_code", "code": code, "code_verifier": request.verifier}
        )

    def refresh(self, refresh_token: str) -> MalTokens:
        """Renew a sign-in. Raises NotSignedIn where it has ended for good, else Failed."""
        return self._tokens({"grant_type": "refresh_token", "refresh_token": refresh_token})

    def _tokens(self, fields: Mapping[str, str]) -> MalTokens:
        asked_at = self._clock()
        answer = self._writer.post_form("/token", {"client_id": self._client_id, **fields})
        said = json_object(answer)
        if not answer.ok:
            raise _sign_in_refusal(answer, said or {})
        try:
            assert said is not None
            access, refresh, seconds = said["access_token"], said.get("refresh_token"), said["expires_in"]
            expires_at = asked_at + timedelta(seconds=float(seconds))
        except (AssertionError, KeyError, TypeError, ValueError, OverflowError):
            raise not_an_answer(answer, NAME) from None
        if not isinstance(access, str) or not access:
            raise not_an_answer(answer, NAME)
        return MalTokens(access, refresh if isinstance(refresh, str) and refresh else None, expires_at)


def code_of(pasted: str, state: str) -> str:
    """The code in what a person pasted. Raises BadUsage for nothing, NotSignedIn for a refusal or a foreign answer."""
    text = pasted.strip().strip("'\"<>")
    query = urlsplit(text).query if "?" in text else text if "code=" in text or "error=" in text else ""
    said = {name: values[0] for name, values in parse_qs(query).items()}
    if "error" in said:
        raise NotSignedIn("the sign-in was refused on MyAnimeList's page", where=NAME, todo=_AGAIN)
    if said.get("state", state) != state:
        raise NotSignedIn("this address belongs to another attempt to sign in", where=NAME, todo=_AGAIN)
    code = said.get("code", "" if query or "://" in text else text)
    if not code or any(sign.isspace() for sign in code):
        raise BadUsage(
            "there is no code in what was pasted",
            where=NAME,
            todo="Paste the whole address that your browser was sent to; it has `code=` in it.",
        )
    return code


def _sign_in_refusal(answer: Answer, said: Mapping[str, Any]) -> AnitraktError:
    """The error for a token request that MyAnimeList turned down (RFC 6749, 5.2)."""
    error, where = said.get("error"), place(answer, NAME)
    if error == "invalid_client" or answer.status == 401:
        return NotSignedIn(
            f"{NAME} does not know this client id, or its application needs a secret",
            where=where,
            todo="Look at myanimelist.net/apiconfig: the application's type must be `other`, which has no secret.",
        )
    if error in ("invalid_grant", "invalid_request") or answer.status == 400:
        return NotSignedIn(f"{NAME} does not take this code or sign-in any more", where=where, todo=_AGAIN)
    if answer.status == 404:
        return ServiceRefused(
            f"there is no sign-in to {NAME} at this address",
            status=404,
            where=where,
            todo="Look at ANITRAKT_MAL_URL.",
        )
    return not_an_answer(answer, NAME)
