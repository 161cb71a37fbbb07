"""The id data sets that say where a list entry is on Trakt."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from anitrakt_plan.errors import AnswerLost, NotSent
from anitrakt_plan.http import Answer, ReadClient
from anitrakt_plan.idmaps import anibridge, anitrakt, bangumi
from anitrakt_plan.idmaps.id_map import IdMap, IdMapFile, MapAge, unambiguous
from anitrakt_plan.model import (
    Claim,
    Ids,
    OutsideIds,
    Run,
    TargetKind,
    TmdbId,
    TraktId,
    WorkId,
)
from anitrakt_plan.model.account import ListSubject
from anitrakt_plan.model.catalogue import KnownWork

_T = TypeVar("_T", str, int)

KEEP = timedelta(days=7)
"""After this time the services are asked whether their maps have changed."""

_log = logging.getLogger(__name__)

ID_MAPS: tuple[IdMapFile, ...] = (
    anibridge.ID_MAP,
    anitrakt.SHOWS,
    anitrakt.FILMS,
    bangumi.ID_MAP,
)
"""The data sets: loading, caching, `doctor` and the notes of a plan loop over them."""


@dataclass(frozen=True, slots=True)
class IdMaps:
    """All id maps that could be read, asked together."""

    maps: tuple[IdMap, ...] = ()

    def claims(self, ids: Ids) -> tuple[Claim, ...]:
        """Every map's claims about a work, in the maps' order; empty where none knows it."""
        return tuple(claim for one in self.maps for claim in one.claims(ids))

    def works(self) -> Iterator[KnownWork]:
        """The works that any map has a name for."""
        return (known for one in self.maps for known in one.works())

    def trakt_id(self, kind: TargetKind, tmdb: int) -> int | None:
        """Trakt's id for a TMDB id, from the first map that has it."""
        return next(filter(None, (one.trakt_id(kind, tmdb) for one in self.maps)), None)

    def tmdb_id(self, kind: TargetKind, trakt: int) -> int | None:
        """TMDB's id for a Trakt id, from the first map that has it."""
        return next(filter(None, (one.tmdb_id(kind, trakt) for one in self.maps)), None)

    def runs_beside(self, ids: Ids, show: int) -> frozenset[Run]:
        """The runs that any map spells out for other works in a show, by its TMDB id."""
        return frozenset().union(*(one.runs_beside(ids, show) for one in self.maps))

    def entries_in_show(self, show: WorkId) -> int:
        """How many works are in a show, by the map that knows most of them; 0 where none knows the show."""
        trakt, tmdb = self._both_ids(show)
        return max((one.entries_in_show(trakt, tmdb) for one in self.maps), default=0)

    def _both_ids(self, show: WorkId) -> tuple[TraktId | None, int | None]:
        if isinstance(show, TmdbId):
            return self.trakt_id(TargetKind.SHOW, show.number), show.number
        return show, self.tmdb_id(TargetKind.SHOW, show)


@dataclass(frozen=True, slots=True)
class LoadedMaps:
    """The id maps that could be had, how old each is, and sentences on those that could not."""

    maps: IdMaps = IdMaps()
    ages: tuple[MapAge, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def lacks_one(self) -> bool:
        """Whether one of the maps could not be had."""
        return len(self.maps.maps) < len(ID_MAPS)


_Loaded = tuple[IdMapFile, tuple[IdMap, Answer] | str]
"""A map with the answer that it came in, or why it is left out."""

Each = Callable[[Callable[[IdMapFile], _Loaded], Sequence[IdMapFile]], Iterable[_Loaded]]
"""Has something done for each of several maps; the results in their order."""


def load_idmaps(
    open_reader: Callable[[str, str], ReadClient],
    *,
    folder: str | None = None,
    refresh: bool = False,
    offline: bool = False,
    each: Each = map,
) -> LoadedMaps:
    """Read every id map, from the cache where it is fresh, else from its address.

    `open_reader` is given a name and a folder address (its reader should have a cache and follow redirects).
    `folder` (ANITRAKT_IDMAP_URL) takes the place of the public addresses. `refresh` downloads anew, `offline` goes
    by the cache alone. `each` may read them at one time. A map that can't be had is left out; the notes say so. Raises
    nothing of its own.
    """

    def load(source: IdMapFile) -> _Loaded:
        published, _, name = source.address.rpartition("/")
        with closing(open_reader(source.title, folder or published)) as reader:
            try:
                path = f"/{source.file if folder else name}"
                found, answer = _read(reader, source, path, refresh=refresh, offline=offline)
            except _NotHadError as error:
                return source, str(error)
        return source, (found, answer)

    maps: list[IdMap] = []
    ages: list[MapAge] = []
    left_out: dict[str, list[str]] = {}
    stale: list[str] = []
    for source, loaded in each(load, ID_MAPS):
        if isinstance(loaded, str):
            left_out.setdefault(loaded, []).append(source.title)
            continue
        found, answer = loaded
        maps.append(found)
        ages.append(MapAge.of(source.title, answer))
        if answer.stale and not offline:
            stale.append(source.title)
    notes = [f"{_named(titles)} left out: {_of_each(why, titles)}" for why, titles in left_out.items()]
    if stale:
        copy = "an older copy is" if len(stale) == 1 else "older copies are"
        notes.append(f"{_named(stale, 'could not be')} asked for news; {copy} used")
    return LoadedMaps(IdMaps(tuple(maps)), tuple(ages), tuple(notes))


def _of_each(why: str, titles: Sequence[str]) -> str:
    return (
        why if len(titles) == 1 else re.sub("^it (is )?", lambda it: "they are " if it[1] else "they ", why)
    )


def _named(titles: Sequence[str], verb: str | None = None) -> str:
    if len(titles) == 1:
        return f"the id map {titles[0]} {verb or 'was'}"
    return f"the id maps {', '.join(titles[:-1])} and {titles[-1]} {verb or 'were'}"


class _NotHadError(Exception):
    """Why a map is left out."""


def _read(
    reader: ReadClient, source: IdMapFile, path: str, *, refresh: bool, offline: bool
) -> tuple[IdMap, Answer]:
    # what the cache holds broken is downloaded once more
    for anew in (True,) if refresh or offline else (False, True):
        try:
            answer = _ask(reader, path, refresh=anew, offline=offline)
        except (NotSent, AnswerLost) as error:
            # the same network keeps all of them away, and is said once
            raise _NotHadError(re.sub(f"^{re.escape(source.title)} ", "it ", error.what)) from None
        if not answer.ok:
            reason = "it is not in the cache" if offline else f"its address answers with HTTP {answer.status}"
            raise _NotHadError(reason)
        try:
            return source.parse(answer.body), answer
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            _log.debug("%s: %s", source.title, error)
    raise _NotHadError("what came is not such a map (cut off, or a web page)")


def _ask(reader: ReadClient, path: str, *, refresh: bool, offline: bool) -> Answer:
    # where the address has something else to say (moved, blocked), an older copy will do
    answer = reader.get(path, keep=KEEP, refresh=refresh, offline=offline)
    if answer.ok or offline:
        return answer
    try:
        older = reader.get(path, keep=KEEP, offline=True)
    except NotSent:  # a reader without a cache
        return answer
    return replace(older, stale=True) if older.ok else answer


def outside_ids(
    maps: IdMaps, *, beside: Iterable[tuple[ListSubject, OutsideIds]] = ()
) -> dict[ListSubject, OutsideIds]:
    """Ids elsewhere of works by Trakt's, from the maps and from `beside`, what else is known of them.

    Left out is every id that is in dispute, or is another work's too: TVDB keeps as seasons of one show what Trakt has
    as two, and then the id names the wrong one of them.
    """
    known = [*(pair for one in maps.maps for pair in one.outside_ids()), *beside]
    imdb = _one_to_one((work, ids.imdb) for work, ids in known if ids.imdb)
    tvdb = _one_to_one((work, ids.tvdb) for work, ids in known if ids.tvdb)
    return {work: OutsideIds(imdb.get(work), tvdb.get(work)) for work in imdb.keys() | tvdb.keys()}


def _one_to_one(pairs: Iterable[tuple[ListSubject, _T]]) -> dict[ListSubject, _T]:
    listed = list(pairs)
    works = unambiguous((value, work) for work, value in listed)
    return {work: value for work, value in unambiguous(listed).items() if value in works}


__all__ = ["ID_MAPS", "IdMap", "IdMapFile", "IdMaps", "LoadedMaps", "MapAge", "load_idmaps"]
