"""MyAnimeList: a user's list by the API v2, a thousand entries a page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from anitrakt_plan.core.model import (
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
from anitrakt_plan.errors import AnitraktError, Failed, NotSignedIn, ServiceRefused
from anitrakt_plan.http import Answer, ReadClient
from anitrakt_plan.sources.answers import (
    TRY_LATER,
    expected_shape,
    json_object,
    not_an_answer,
    out_of_order,
    place,
    too_many,
)
from anitrakt_plan.sources.slips import Slips
from anitrakt_plan.sources.source_list import SourceList, counted, sort_out
from anitrakt_plan.sources.values import kind_of, positive, read_date

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
