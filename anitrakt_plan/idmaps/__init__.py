"""The id data sets that say where a list entry is on Trakt."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

from anitrakt_plan.errors import AnswerLost, NotSent
from anitrakt_plan.http import Answer, ReadClient
from anitrakt_plan.idmaps import anibridge, anitrakt, bangumi
from anitrakt_plan.idmaps.ages import MapAge
from anitrakt_plan.idmaps.anitrakt import AniTrakt
from anitrakt_plan.model import Claim, Ids, TargetKind

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
    """A file of a data set: what people call it, its name in a folder of maps, where it is published, its reader.

    `parse` raises ValueError for bytes that are not this format.
    """

    title: str
    file: str
    address: str
    parse: Callable[[bytes], IdMap]


_ANITRAKT = "https://raw.githubusercontent.com/rensetsu/db.trakt.extended-anitrakt/main/json/output"

ID_MAPS: dict[str, IdMapFile] = {
    "anibridge": IdMapFile(
        "AniBridge",
        "mappings.json",
        "https://github.com/anibridge/anibridge-mappings/releases/download/v3/mappings.json",
        anibridge.parse,
    ),
    "anitrakt-shows": IdMapFile(
        "AniTrakt (shows)", "tv_ex.json", f"{_ANITRAKT}/tv_ex.json", anitrakt.parse_shows
    ),
    "anitrakt-movies": IdMapFile(
        "AniTrakt (films)", "movies_ex.json", f"{_ANITRAKT}/movies_ex.json", anitrakt.parse_movies
    ),
    "bangumi": IdMapFile(
        "bangumi-data", "bangumi.json", "https://unpkg.com/bangumi-data@0.3/dist/data.json", bangumi.parse
    ),
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


@dataclass(frozen=True, slots=True)
class LoadedMaps:
    """The id maps that could be had, how old each is, and sentences on those that could not."""

    maps: IdMaps = IdMaps()
    ages: tuple[MapAge, ...] = ()
    notes: tuple[str, ...] = ()


def load_idmaps(
    open_reader: Callable[[str, str], ReadClient],
    *,
    folder: str | None = None,
    refresh: bool = False,
    offline: bool = False,
) -> LoadedMaps:
    """Read every id map, from the cache where it is fresh, else from its address.

    `open_reader` is given a name and a folder address (its reader should have a cache and follow redirects).
    `folder` (ANITRAKT_IDMAP_URL) takes the place of the public addresses. `refresh` downloads anew, `offline` goes
    by the cache alone. A map that can't be had is left out; the notes say so. Raises nothing of its own.
    """
    tried = [
        _load(open_reader, source, folder=folder, refresh=refresh, offline=offline)
        for source in ID_MAPS.values()
    ]
    return LoadedMaps(
        IdMaps(tuple(one.found for one in tried if one.found is not None)),
        tuple(one.age for one in tried if one.age is not None),
        tuple(one.note for one in tried if one.note is not None),
    )


@dataclass(frozen=True, slots=True)
class _Tried:
    """What came of one map: the map and its age, or nothing; and what there is to say about it."""

    found: IdMap | None = None
    age: MapAge | None = None
    note: str | None = None


def _load(
    open_reader: Callable[[str, str], ReadClient],
    source: IdMapFile,
    *,
    folder: str | None,
    refresh: bool,
    offline: bool,
) -> _Tried:
    published, _, name = source.address.rpartition("/")
    reader = open_reader(source.title, folder or published)
    try:
        return _read(reader, source, f"/{source.file if folder else name}", refresh=refresh, offline=offline)
    finally:
        reader.close()


def _read(reader: ReadClient, source: IdMapFile, path: str, *, refresh: bool, offline: bool) -> _Tried:
    """One map. What the cache holds broken is downloaded once more."""
    reason = ""
    for anew in (True,) if refresh or offline else (False, True):
        try:
            answer = _ask(reader, path, refresh=anew, offline=offline)
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
        return _Tried(found, MapAge.of(source.title, answer), note if answer.stale and not offline else None)
    return _Tried(note=f"the id map {source.title} was left out: {reason}")


def _ask(reader: ReadClient, path: str, *, refresh: bool, offline: bool) -> Answer:
    """The file, or an older copy of it where its address has something else to say (moved, blocked)."""
    answer = reader.get(path, keep=KEEP, refresh=refresh, offline=offline)
    if answer.ok or offline:
        return answer
    try:
        older = reader.get(path, keep=KEEP, offline=True)
    except NotSent:  # a reader without a cache
        return answer
    return replace(older, stale=True) if older.ok else answer


# --- TVDB's ids of Trakt's shows, as the id maps name them ---


def tvdb_of_shows(maps: IdMaps, *, beside: Mapping[int, int] | None = None) -> Mapping[int, int]:
    """TVDB ids by Trakt id, from AniTrakt and from `beside`, what else is known of them.

    Left out is every show whose TVDB id is in dispute, or is another Trakt show's too: TVDB keeps as seasons of one
    show what Trakt has as two, and then the id names the wrong one of them.
    """
    pairs = [
        pair
        for one in maps.maps
        if isinstance(one, AniTrakt) and one.kind is TargetKind.SHOW
        for pair in one.tvdb_pairs()
    ]
    return _unambiguous([*pairs, *(beside or {}).items()])


def _unambiguous(pairs: Iterable[tuple[int, int]]) -> Mapping[int, int]:
    tvdb_ids: dict[int, set[int]] = defaultdict(set)
    shows: dict[int, set[int]] = defaultdict(set)
    for show, tvdb in pairs:
        tvdb_ids[show].add(tvdb)
        shows[tvdb].add(show)
    single = {show: next(iter(found)) for show, found in tvdb_ids.items() if len(found) == 1}
    return {show: tvdb for show, tvdb in single.items() if len(shows[tvdb]) == 1}


__all__ = ["ID_MAPS", "IdMap", "IdMapFile", "IdMaps", "LoadedMaps", "MapAge", "load_idmaps"]
