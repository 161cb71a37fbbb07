"""AniList: a user's list in chunks of 500, and the completion of entries that a list file left bare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from anitrakt_plan.errors import AnitraktError, Failed, NotSignedIn
from anitrakt_plan.http import Answer, RateLimit, ReadClient
from anitrakt_plan.model import Entry, Ids, Kind, PartialDate, Titles
from anitrakt_plan.sources.http_errors import (
    TRY_LATER,
    Refusal,
    Said,
    expected_shape,
    json_object,
    not_an_answer,
    refused,
    unwell,
)
from anitrakt_plan.sources.source import UNHEARD, Checked, Endpoint, OnProgress, Source
from anitrakt_plan.sources.source_list import (
    FoundList,
    ImportWarnings,
    ProgressFields,
    clamped,
    key_of,
    kind_of,
    positive,
    read_rows,
    status_of,
    titles_of,
    works_date,
)

NAME = "AniList"

CHUNK = 500
"""The most that `perChunk` takes."""

MAX_ENTRIES = 11_000
"""AniList hands out only the newest 11,000 entries of a list."""

PAGE = 50
"""The most that `perPage` takes."""

_MAX_CHUNKS = 100

_PROGRESS = ProgressFields("progress", "repeat", "startedAt", "completedAt", "score")


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

_PROBE = "query ($ids: [Int]) { Page(perPage: 1) { media(id_in: $ids, type: ANIME) { id } } }"


def read_list(
    client: ReadClient, endpoint: Endpoint, user: str, on_progress: OnProgress = UNHEARD
) -> FoundList:
    """The whole anime list of `user`; with the user's own token also what only they may see.

    Raises NotSignedIn for a private list or a refused token, Failed for an unknown user or a service that fails.
    """
    found: dict[int, Mapping[str, Any]] = {}
    name, warnings = user, ImportWarnings()
    for collection in _chunks(client, endpoint.token, user):
        name = (collection.get("user") or {}).get("name") or name
        with expected_shape(NAME):
            found |= {row["id"]: row for row in _rows(collection, warnings)}
        on_progress(len(found), None)
    with expected_shape(NAME):
        entries = read_rows(found.values(), read_entry, warnings)
    notes = warnings.notes()
    if len(found) >= MAX_ENTRIES:
        notes += (f"{NAME} hands out only the {MAX_ENTRIES:,} entries changed last; older ones are missing",)
    return FoundList("anilist", name, entries, notes)


def _rows(collection: Mapping[str, Any], warnings: ImportWarnings) -> Iterator[Mapping[str, Any]]:
    # by AniList's types, anything in a list may be null
    for part in filter(None, collection.get("lists") or ()):
        for row in part.get("entries") or ():
            if row is None:
                warnings.add("entry", f"the list {part.get('name')}", which=f"of which {NAME} says nothing")
            else:
                yield row


def _chunks(client: ReadClient, token: str | None, user: str) -> Iterator[Mapping[str, Any]]:
    for chunk in range(1, _MAX_CHUNKS + 1):
        variables = {"userName": user, "chunk": chunk, "perChunk": CHUNK}
        collection = _ask(client, _LIST_QUERY, variables, token, "MediaListCollection", user=user)
        yield collection
        if not collection.get("hasNextChunk"):
            return
    raise Failed(f"the list of {user} on {NAME} does not come to an end", todo=TRY_LATER)


def check(client: ReadClient, endpoint: Endpoint) -> Checked:
    """Whether AniList answers, and takes the token where one is set."""
    answer = client.query({"query": _PROBE, "variables": {"ids": [1]}}, headers=_headers(endpoint.token))
    if endpoint.token and answer.status in (400, 401) and b"token" in answer.body.lower():
        raise NotSignedIn(
            f"{NAME} does not accept the token",
            where="ANITRAKT_ANILIST_TOKEN",
            todo="Make a new one, or unset it: public lists need none.",
        )
    if not answer.ok:
        raise unwell(answer, NAME, endpoint.url)
    return Checked("it answers")


def complete(
    client: ReadClient, entries: Sequence[Entry], *, on_progress: OnProgress = UNHEARD
) -> tuple[Entry, ...]:
    """The same entries in the same order, with what AniList knows filled in where the list left it out.

    Public data: no token. Known values stay; AniList's names stand beside the list's own (`known_as`). An entry that
    AniList does not have stays as it is. `on_progress` hears (entries done, all). Raises Failed if the service fails.
    """
    found: dict[tuple[str, int], Media] = {}
    done = 0
    for argument, batch in _batches(entries):
        for media in _media(client, argument, batch):
            for name in _names_of(media.ids):
                found.setdefault(name, media)
        done += len(batch)
        on_progress(min(done, len(entries)), len(entries))
    known = (next((found[name] for name in _names_of(entry.ids) if name in found), None) for entry in entries)
    return tuple(
        _completed(entry, media) if media else entry for entry, media in zip(entries, known, strict=True)
    )


def _names_of(ids: Ids) -> Iterator[tuple[str, int]]:
    for argument, number in (("idMal_in", ids.mal), ("id_in", ids.anilist)):
        if number is not None:
            yield argument, number


def _batches(entries: Sequence[Entry]) -> Iterator[tuple[str, list[int]]]:
    asked: dict[str, dict[int, None]] = {"idMal_in": {}, "id_in": {}}
    for entry in entries:
        for argument, number in islice(_names_of(entry.ids), 1):
            asked[argument][number] = None
    for argument, numbers in asked.items():
        rest = list(numbers)
        yield from ((argument, rest[start : start + PAGE]) for start in range(0, len(rest), PAGE))


def _media(client: ReadClient, argument: str, ids: Sequence[int]) -> Iterator[Media]:
    query = _MEDIA_QUERY % (argument, argument, argument, MEDIA_FIELDS)
    for page in range(1, _MAX_CHUNKS + 1):
        answer = _ask(client, query, {argument: list(ids), "page": page, "perPage": PAGE}, None, "Page")
        with expected_shape(NAME):
            found = [read_media(media) for media in answer.get("media") or () if media]
        yield from found
        if not (answer.get("pageInfo") or {}).get("hasNextPage"):
            return


def _completed(entry: Entry, media: Media) -> Entry:
    listed = bool(entry.titles.all())  # what the list wrote is held against what AniList calls the id
    filled = {name: getattr(entry, name) or getattr(media, name) for name in _FILLED_IN}
    return replace(
        entry,
        ids=Ids(mal=entry.ids.mal or media.ids.mal, anilist=entry.ids.anilist or media.ids.anilist),
        titles=entry.titles if listed else media.titles,
        known_as=media.titles if listed else None,
        kind=media.kind if entry.kind is Kind.UNKNOWN else entry.kind,
        progress=clamped(entry.progress, filled["episodes"]),
        **filled,
    )


def covers(client: ReadClient, ids: Sequence[Ids]) -> dict[Ids, str]:
    """The addresses of works' cover pictures, for at most PAGE works, each with one of its ids. Raises Failed."""
    found: dict[Ids, str] = {}
    for field, name, own in (("id_in", "id", "anilist"), ("idMal_in", "idMal", "mal")):
        wanted = {getattr(one, own): one for one in ids if getattr(one, own) is not None and one not in found}
        if not wanted:
            continue
        query = _MEDIA_QUERY % (field, field, field, "id idMal coverImage { medium }")
        variables = {field: list(wanted), "page": 1, "perPage": PAGE}
        page = _ask(client, query, variables, None, "Page")
        with expected_shape(NAME):
            for media in page["media"]:
                address = (media.get("coverImage") or {}).get("medium")
                if address and media.get(name) in wanted:
                    found[wanted[media[name]]] = str(address)
    return found


def read_entry(row: Mapping[str, Any], warnings: ImportWarnings, *, best: int | None = 100) -> Entry | None:
    """The entry in a row of a list; None (and a warning) for one that can't be.

    `best`: the highest score on the list's scale, None where nobody knows the scale. Raises ValueError, TypeError,
    AttributeError or KeyError for a row of another shape.
    """
    media = read_media(row.get("media") or {"id": row.get("mediaId")})
    number = media.ids.anilist or positive(row.get("mediaId"))
    key = key_of("anilist", number, media.titles.romaji)
    if key is None:
        raise KeyError("mediaId")
    where = f"{key} {media.titles.romaji}".rstrip()
    status = warnings.status(status_of(row.get("status")), row.get("status"), where)
    if status is None:
        return None
    if row.get("score") and best is None:
        warnings.add("score", where, which="on a scale that the file does not tell")
    progress = _PROGRESS.read(row, status, where, warnings, best=best)
    return Entry(
        key=key,
        ids=Ids(mal=media.ids.mal, anilist=number),
        titles=media.titles,
        kind=media.kind,
        progress=clamped(progress, media.episodes),
        private=bool(row.get("private")),
        **{name: getattr(media, name) for name in _FILLED_IN},
    )


def _ask(
    client: ReadClient,
    query: str,
    variables: Mapping[str, object],
    token: str | None,
    field: str,
    *,
    user: str | None = None,
) -> Mapping[str, Any]:
    answer = client.query({"query": query, "variables": dict(variables)}, headers=_headers(token))
    body = json_object(answer)
    if body is None:
        raise not_an_answer(answer, NAME)
    if body.get("errors"):  # they may come with HTTP 200
        raise _refusal(answer, body["errors"], user)
    found = (body.get("data") or {}).get(field)
    if not answer.ok or not isinstance(found, dict):
        raise not_an_answer(answer, NAME)
    return found


def _headers(token: str | None) -> dict[str, str]:
    return {"Accept": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}


_RENEW = "Tokens last one year. Make a new one and set ANITRAKT_ANILIST_TOKEN, or unset it."
_REFUSED_TOKEN = (
    Refusal(None, "token", NotSignedIn, f"{NAME} refuses the token: {{said}}", _RENEW),
    Refusal(401, "", NotSignedIn, f"{NAME} refuses the token: {{said}}", _RENEW),
)
# AniList answers with 404 for a private list as for an unknown user, and with 403 for an outage
# (docs/services.md 3.1).
_REFUSED_LIST = (
    Refusal(
        None,
        "private",
        NotSignedIn,
        f"the list of {{user}} on {NAME} is private",
        "Make the profile public in AniList's settings, or set ANITRAKT_ANILIST_TOKEN to your token.",
    ),
    *_REFUSED_TOKEN,
    Refusal(404, "", Failed, f"{NAME} knows no user {{user}}", "Look at the spelling: anilist.co/user/NAME."),
)


def _refusal(answer: Answer, errors: Any, user: str | None) -> AnitraktError:
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    message = str(first.get("message") or "no reason given").strip()
    status = first.get("status") if answer.ok else None
    said = Said(status if isinstance(status, int) else answer.status, message, message)
    if user is None:
        return refused(answer, NAME, said, _REFUSED_TOKEN)
    return refused(answer, NAME, said, _REFUSED_LIST, user=user)


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


_FILLED_IN = ("episodes", "aired_from", "aired_to", "minutes")
"""What an entry has as a work on AniList has it."""


def read_media(media: Mapping[str, Any]) -> Media:
    """Read a `Media` object that was asked for by MEDIA_FIELDS; fields may be null."""
    title = media.get("title") or {}
    english, native = title.get("english"), title.get("native")
    romaji = title.get("romaji") or english or native or ""
    return Media(
        ids=Ids(mal=positive(media.get("idMal")), anilist=positive(media.get("id"))),
        titles=titles_of(romaji, english, native, media.get("synonyms")),
        kind=kind_of(media.get("format")),
        episodes=positive(media.get("episodes")),
        aired_from=works_date(media.get("startDate")) or works_date({"year": media.get("seasonYear")}),
        aired_to=works_date(media.get("endDate")),
        minutes=positive(media.get("duration")),
    )


SOURCE = Source(
    name="anilist",
    title=NAME,
    entry_url="https://anilist.co/anime/{id}",
    endpoint=Endpoint("https://graphql.anilist.co", RateLimit(25, 60, even=True)),
    read=read_list,
    check=check,
    keys=("token",),
    profiles=("anilist.co/user/",),
)
