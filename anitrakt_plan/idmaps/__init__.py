"""The id data sets that say where a list entry is on Trakt."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

from anitrakt_plan.core.model import Claim, Ids, TargetKind
from anitrakt_plan.errors import AnswerLost, NotSent
from anitrakt_plan.http import Answer, Reader
from anitrakt_plan.idmaps import anibridge, anitrakt

__all__ = ["ID_MAPS", "IdMap", "IdMapFile", "IdMaps", "load_idmaps"]

KEEP = timedelta(days=7)
"""After this time the services are asked whether their maps have changed."""

_log = logging.getLogger(__name__)


class IdMap(Protocol):
    """One data set, read."""

    def __len__(self) -> int: ...

    def claims(self, ids: Ids) -> tuple[Claim, ...]:
        """Where a work is, by its ids; empty where the map does not know it."""
        ...

    def trakt_id(self, kind: TargetKind, tmdb: int) -> int | None:
        """Trakt's id for a TMDB id, where the map has it."""
        ...

    def entries_in_show(self, trakt: int, tmdb: int | None) -> int:
        """How many works the map knows in a show, by its ids there; 0 where it doesn't know the show."""
        ...

    def tmdb_id(self, trakt_show: int) -> int | None:
        """A show's TMDB id for its Trakt id, where the map has both."""
        ...


@dataclass(frozen=True, slots=True)
class IdMapFile:
    """A file of a data set: what people call it, its name, the folder address it is published in, and its reader.

    `parse` raises ValueError for bytes that are not this format.
    """

    title: str
    file: str
    folder: str
    parse: Callable[[bytes], IdMap]


_ANITRAKT = "https://raw.githubusercontent.com/rensetsu/db.trakt.extended-anitrakt/main/json/output"
ID_MAPS: dict[str, IdMapFile] = {
    "anibridge": IdMapFile(
        "AniBridge",
        "mappings.json",
        "https://github.com/anibridge/anibridge-mappings/releases/download/v3",
        anibridge.parse,
    ),
    "anitrakt-shows": IdMapFile("AniTrakt (shows)", "tv_ex.json", _ANITRAKT, anitrakt.parse_shows),
    "anitrakt-movies": IdMapFile("AniTrakt (films)", "movies_ex.json", _ANITRAKT, anitrakt.parse_movies),
}


@dataclass(frozen=True, slots=True)
class IdMaps:
    """All id maps that could be read, asked together."""

    maps: tuple[IdMap, ...] = ()

    def claims(self, ids: Ids) -> tuple[Claim, ...]:
        """Every map's claims about a work, in the maps' order; empty where none knows it."""
        return tuple(claim for one in self.maps for claim in one.claims(ids))

    def trakt_id(self, kind: TargetKind, tmdb: int) -> int | None:
        """Trakt's id for a TMDB id, from the first map that has it."""
        found = (one.trakt_id(kind, tmdb) for one in self.maps)
        return next((trakt for trakt in found if trakt is not None), None)

    def entries_in_show(self, trakt: int) -> int:
        """How many works are in a Trakt show, by the map that knows most of them; 0 where none knows the show."""
        known = (one.tmdb_id(trakt) for one in self.maps)
        tmdb = next((number for number in known if number is not None), None)
        return max((one.entries_in_show(trakt, tmdb) for one in self.maps), default=0)


def load_idmaps(
    open_reader: Callable[[str, str], Reader],
    *,
    folder: str | None = None,
    refresh: bool = False,
    offline: bool = False,
) -> tuple[IdMaps, tuple[str, ...]]:
    """Read every id map, from the cache where it is fresh, else from its address; returns notes beside it.

    `open_reader` is given a name and a folder address (its reader should have a cache and follow redirects).
    `folder` (ANITRAKT_IDMAP_URL) takes the place of the public addresses. `refresh` downloads anew, `offline` goes
    by the cache alone. A map that can't be had is left out; the notes say so in sentences. Raises nothing of its own.
    """
    maps: list[IdMap] = []
    notes: list[str] = []
    for source in ID_MAPS.values():
        reader = open_reader(source.title, folder or source.folder)
        try:
            found, note = _load(reader, source, refresh=refresh, offline=offline)
        finally:
            reader.close()
        if found is not None:
            maps.append(found)
        if note:
            notes.append(note)
    return IdMaps(tuple(maps)), tuple(notes)


def _load(
    reader: Reader, source: IdMapFile, *, refresh: bool, offline: bool
) -> tuple[IdMap | None, str | None]:
    """One map, and what there is to say about it. What the cache holds broken is downloaded once more."""
    reason = ""
    for anew in (True,) if refresh or offline else (False, True):
        try:
            answer = _ask(reader, source.file, refresh=anew, offline=offline)
        except (NotSent, AnswerLost) as error:
            reason = error.what
            break
        if not answer.ok:
            reason = "it is not in the cache" if offline else f"its address answers with HTTP {answer.status}"
            break
        try:
            found = source.parse(answer.body)
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            _log.debug("%s: %s", source.title, error)
            reason = "what came is not such a map (cut off, or a web page)"
            continue
        note = f"the id map {source.title} could not be asked for news; an older copy is used"
        return found, note if answer.stale and not offline else None
    return None, f"the id map {source.title} was left out: {reason}"


def _ask(reader: Reader, file: str, *, refresh: bool, offline: bool) -> Answer:
    """The file, or an older copy of it where its address has something else to say (moved, blocked)."""
    answer = reader.get(f"/{file}", keep=KEEP, refresh=refresh, offline=offline)
    if answer.ok or offline:
        return answer
    try:
        older = reader.get(f"/{file}", keep=KEEP, offline=True)
    except NotSent:  # a reader without a cache
        return answer
    return replace(older, stale=True) if older.ok else answer
