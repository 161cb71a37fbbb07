"""AniList: a user's list in chunks of 500, and the completion of entries that a list file left bare."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from anitrakt_plan.errors import AnitraktError, Failed, NotSignedIn, ServiceRefused
from anitrakt_plan.http import Answer, ReadClient
from anitrakt_plan.model import (
    TITLE,
    Entry,
    EntryKey,
    Ids,
    Kind,
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
    make_date,
    positive,
    sort_out,
)

NAME = "AniList"

CHUNK = 500
"""The most that `perChunk` takes."""

MOST_ENTRIES = 11_000
"""AniList hands out only the newest 11,000 entries of a list."""

PAGE = 50
"""The most that `perPage` takes."""

_MOST_CHUNKS = 100

_STATUSES = {
    "CURRENT": Status.WATCHING,
    "PLANNING": Status.PLANNED,
    "COMPLETED": Status.COMPLETED,
    "DROPPED": Status.DROPPED,
    "PAUSED": Status.PAUSED,
    "REPEATING": Status.REPEATING,
}


# --- AniList's description of a work, as the list and the completion of list files ask for it ---


DATE_FIELDS = "{ year month day }"

MEDIA_FIELDS = (
    "id idMal format episodes duration seasonYear synonyms title { romaji english native } "
    f"startDate {DATE_FIELDS} endDate {DATE_FIELDS}"
)


# Every list is read, custom ones too: an entry hidden from the status lists stands only there. POINT_100 loses
# nothing, whatever scale the user sees.
_LIST_QUERY = f"""
query ($userName: String, $chunk: Int, $perChunk: Int) {{
  MediaListCollection(userName: $userName, type: ANIME, chunk: $chunk, perChunk: $perChunk) {{
    hasNextChunk
    user {{ name }}
    lists {{ entries {{
      id mediaId status score(format: POINT_100) progress repeat private
      startedAt {DATE_FIELDS} completedAt {DATE_FIELDS}
      media {{ {MEDIA_FIELDS} }}
    }} }}
  }}
}}
"""

_MEDIA_QUERY = """
query ($%s: [Int], $page: Int, $perPage: Int) {
  Page(page: $page, perPage: $perPage) {
    pageInfo { hasNextPage }
    media(%s: $%s, type: ANIME) { %s }
  }
}
"""


def read_list(
    reader: ReadClient,
    user: str,
    *,
    token: str | None = None,
    statuses: Collection[Status],
    include_private: bool = False,
    on_progress: Callable[[int, int | None], None] | None = None,
) -> SourceList:
    """The anime list of `user`; with the user's own `token` also what only they may see.

    `on_progress` hears (entries read, None). Raises NotSignedIn for a private list or a refused token, Failed for
    an unknown user or a service that fails.
    """
    found: dict[int, Mapping[str, Any]] = {}
    name = user
    for chunk in range(1, _MOST_CHUNKS + 1):
        variables = {"userName": user, "chunk": chunk, "perChunk": CHUNK}
        collection = _ask(reader, _LIST_QUERY, variables, token, "MediaListCollection", user=user)
        name = (collection.get("user") or {}).get("name") or name
        with expected_shape(NAME):
            for part in collection.get("lists") or ():
                found.update((row["id"], row) for row in part.get("entries") or ())
        if on_progress:
            on_progress(len(found), None)
        if not collection.get("hasNextChunk"):
            break
    else:
        raise Failed(f"the list of {user} on {NAME} does not come to an end", todo=TRY_LATER)
    slips = Slips()
    with expected_shape(NAME):
        entries = [entry for row in found.values() if (entry := read_entry(row, slips))]
    notes = slips.notes()
    if len(found) >= MOST_ENTRIES:
        notes += (f"{NAME} hands out only the {MOST_ENTRIES:,} entries changed last; older ones are missing",)
    return sort_out(
        entries,
        service=Service.ANILIST,
        user=name,
        statuses=statuses,
        include_private=include_private,
        notes=notes,
    )


def complete(
    reader: ReadClient,
    entries: Sequence[Entry],
    *,
    on_progress: Callable[[int, int | None], None] | None = None,
) -> tuple[Entry, ...]:
    """The same entries in the same order, with what AniList knows filled in where the list left it out.

    Public data: no token. Known values stay; AniList's names stand beside the list's own (`known_as`). An entry that
    AniList does not have stays as it is. `on_progress` hears (entries done, all). Raises Failed if the service fails.
    """
    by_mal = [entry.ids.mal for entry in entries if entry.ids.mal is not None]
    by_anilist = [e.ids.anilist for e in entries if e.ids.mal is None and e.ids.anilist is not None]
    mal: dict[int, Media] = {}
    anilist: dict[int, Media] = {}
    done = 0
    for argument, ids in (("idMal_in", by_mal), ("id_in", by_anilist)):
        for batch in _batches(dict.fromkeys(ids), PAGE):
            for media in _media(reader, argument, batch):
                if media.ids.mal is not None:
                    mal.setdefault(media.ids.mal, media)
                if media.ids.anilist is not None:
                    anilist.setdefault(media.ids.anilist, media)
            done += len(batch)
            if on_progress:
                on_progress(min(done, len(entries)), len(entries))
    return tuple(
        _completed(entry, mal.get(entry.ids.mal or 0) or anilist.get(entry.ids.anilist or 0))
        for entry in entries
    )


def _media(reader: ReadClient, argument: str, ids: Sequence[int]) -> Iterator[Media]:
    query = _MEDIA_QUERY % (argument, argument, argument, MEDIA_FIELDS)
    for page in range(1, _MOST_CHUNKS + 1):
        answer = _ask(reader, query, {argument: list(ids), "page": page, "perPage": PAGE}, None, "Page")
        with expected_shape(NAME):
            found = [read_media(media) for media in answer.get("media") or ()]
        yield from found
        if not (answer.get("pageInfo") or {}).get("hasNextPage"):
            return


def _completed(entry: Entry, media: Media | None) -> Entry:
    if media is None:
        return entry
    episodes = entry.episodes or media.episodes
    listed = bool(entry.titles.all())  # what the list wrote is held against what AniList calls the id
    return replace(
        entry,
        ids=Ids(mal=entry.ids.mal or media.ids.mal, anilist=entry.ids.anilist or media.ids.anilist),
        titles=entry.titles if listed else media.titles,
        known_as=media.titles if listed else None,
        kind=media.kind if entry.kind is Kind.UNKNOWN else entry.kind,
        progress=counted(entry.progress, episodes),
        episodes=episodes,
        aired_from=entry.aired_from or media.aired_from,
        aired_to=entry.aired_to or media.aired_to,
        minutes=entry.minutes or media.minutes,
    )


def read_entry(row: Mapping[str, Any], slips: Slips, *, best: int | None = 100) -> Entry | None:
    """The entry in a row of a list; None (and a slip) for one that can't be.

    `best`: the highest score on the list's scale, None where nobody knows the scale. Raises ValueError, TypeError,
    AttributeError or KeyError for a row of another shape.
    """
    media = read_media(row.get("media") or {"id": row.get("mediaId")})
    number = media.ids.anilist or positive(row.get("mediaId"))
    key = EntryKey(Service.ANILIST, number) if number else EntryKey(TITLE, title_word(media.titles.romaji))
    if not key.id:
        raise KeyError("mediaId")
    where = f"{key} {media.titles.romaji}".rstrip()
    status = _STATUSES.get(row.get("status") or "")
    if status is None:
        slips.add("entry", f"{where}: `{row.get('status')}`", which="with a status nobody knows")
        return None
    if row.get("score") and best is None:
        slips.add("score", where, which="on a scale that the file does not tell")
    progress = Progress(
        status=status,
        watched=max(0, row.get("progress") or 0),
        started=slips.date_of(fuzzy(row.get("startedAt")), f"{where}, start"),
        finished=slips.date_of(fuzzy(row.get("completedAt")), f"{where}, finish"),
        repeats=max(0, row.get("repeat") or 0),
        rating=slips.rating(row.get("score"), best=best, where=where) if best else None,
    )
    return Entry(
        key=key,
        ids=Ids(mal=media.ids.mal, anilist=number),
        titles=media.titles,
        kind=media.kind,
        progress=counted(progress, media.episodes),
        episodes=media.episodes,
        aired_from=media.aired_from,
        aired_to=media.aired_to,
        minutes=media.minutes,
        private=bool(row.get("private")),
    )


def _ask(
    reader: ReadClient,
    query: str,
    variables: Mapping[str, object],
    token: str | None,
    field: str,
    *,
    user: str | None = None,
) -> Mapping[str, Any]:
    """The `field` of the answer's data. Errors may come with HTTP 200, so `errors` is always looked at."""
    headers = {"Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    answer = reader.query({"query": query, "variables": dict(variables)}, headers=headers)
    body = json_object(answer)
    if body is None:
        raise not_an_answer(answer, NAME)
    if body.get("errors"):
        raise _refusal(answer, body["errors"], user)
    found = (body.get("data") or {}).get(field)
    if not answer.ok or not isinstance(found, dict):
        raise not_an_answer(answer, NAME)
    return found


def _refusal(answer: Answer, errors: Any, user: str | None) -> AnitraktError:
    """What a GraphQL error means: a private or unknown user is 404, an outage 403 (docs/services.md 3.1)."""
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    message = str(first.get("message") or "no reason given").strip()
    status = first.get("status") if answer.ok else answer.status
    status = status if isinstance(status, int) else answer.status
    where, words = place(answer, NAME), message.lower()
    if "private" in words and user is not None:
        return NotSignedIn(
            f"the list of {user} on {NAME} is private",
            where=where,
            todo="Make the profile public in AniList's settings, or set ANITRAKT_ANILIST_TOKEN to your token.",
        )
    if "token" in words or status == 401:
        return NotSignedIn(
            f"{NAME} refuses the token: {message}",
            where=where,
            todo="Tokens last one year. Make a new one and set ANITRAKT_ANILIST_TOKEN, or unset it.",
        )
    if status == 404 and user is not None:
        return Failed(
            f"{NAME} knows no user {user}", where=where, todo="Look at the spelling: anilist.co/user/NAME."
        )
    if status == 429:
        return too_many(answer, NAME)
    if status >= 500:
        return out_of_order(answer, NAME)
    return ServiceRefused(f"{NAME} refused: {message}", status=status, where=where, todo=TRY_LATER)


def _batches(ids: Iterable[int], size: int) -> Iterator[tuple[int, ...]]:
    rest = iter(ids)
    while batch := tuple(islice(rest, size)):
        yield batch


@dataclass(frozen=True, slots=True)
class Media:
    """A work on AniList. `minutes` is one episode's length; `episodes` is None where unknown."""

    ids: Ids
    titles: Titles
    kind: Kind
    episodes: int | None
    aired_from: PartialDate | None
    aired_to: PartialDate | None
    minutes: int | None


def read_media(media: Mapping[str, Any]) -> Media:
    """Read a `Media` object that was asked for by MEDIA_FIELDS; fields may be null."""
    title = media.get("title") or {}
    romaji = title.get("romaji") or title.get("english") or title.get("native") or ""
    return Media(
        ids=Ids(mal=positive(media.get("idMal")), anilist=positive(media.get("id"))),
        titles=Titles(
            romaji=romaji,
            english=title.get("english") or None,
            japanese=title.get("native") or None,
            synonyms=tuple(name for name in media.get("synonyms") or () if name),
        ),
        kind=kind_of(media.get("format")),
        episodes=positive(media.get("episodes")),
        aired_from=_day(media.get("startDate")) or _day({"year": media.get("seasonYear")}),
        aired_to=_day(media.get("endDate")),
        minutes=positive(media.get("duration")),
    )


def fuzzy(value: Mapping[str, Any] | None) -> tuple[int | None, int | None, int | None]:
    """Year, month and day of AniList's FuzzyDate, each perhaps None."""
    parts = value or {}
    return parts.get("year"), parts.get("month"), parts.get("day")


def _day(value: Mapping[str, Any] | None) -> PartialDate | None:
    """A work's own date; an impossible one is AniList's slip, not the user's, and says nothing."""
    try:
        return make_date(*fuzzy(value))
    except ValueError:
        return None
