"""AniTrakt's extended lists: MAL ids to Trakt's own ids, with the season as Trakt has it.

The format: https://github.com/rensetsu/db.trakt.extended-anitrakt.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from anitrakt_plan.idmaps.id_map import IdMap, IdMapFile, unambiguous
from anitrakt_plan.json_text import read_json
from anitrakt_plan.model import (
    Claim,
    Ids,
    Movie,
    MovieClaim,
    MovieSubject,
    OutsideIds,
    Show,
    ShowClaim,
    ShowSubject,
    TargetKind,
)
from anitrakt_plan.model.account import ListSubject
from anitrakt_plan.model.catalogue import KnownWork

NAME = "anitrakt"


@dataclass(frozen=True)
class AniTrakt(IdMap):
    """The rows of one of the two files by MAL id, and the way from a TMDB id to a Trakt id."""

    kind: TargetKind
    rows: Mapping[int, tuple[Mapping[str, Any], ...]]
    by_tmdb: Mapping[int, int]

    def __len__(self) -> int:
        return len(self.rows)

    def claims(self, ids: Ids) -> tuple[Claim, ...]:
        """What the map says of a work, by its MAL id."""
        return tuple(dict.fromkeys(_claim(row, self.kind) for row in self.rows.get(ids.mal or 0, ())))

    def trakt_id(self, kind: TargetKind, tmdb: int) -> int | None:
        """The Trakt id of a TMDB id, where this map names it, and names only one."""
        return self.by_tmdb.get(tmdb) if kind is self.kind else None

    def tmdb_id(self, kind: TargetKind, trakt: int) -> int | None:
        """The TMDB id of a Trakt id, where this map names it."""
        return self._tmdb_of.get(trakt) if kind is self.kind else None

    def entries_in_show(self, trakt: int | None, tmdb: int | None) -> int:  # noqa: ARG002  (it knows Trakt's ids)
        """How many MAL ids the map has in the Trakt show."""
        return self._in_trakt_shows.get(trakt or 0, 0)

    def works(self) -> Iterator[KnownWork]:
        """The Trakt work of each row, with the season it names there and what the list calls the entry."""
        for row in (row for rows in self.rows.values() for row in rows):
            claim, imdb = _claim(row, self.kind), _outside(row).get("imdb")
            if claim.trakt is None or claim.title is None:
                continue
            seasons = () if isinstance(claim, MovieClaim) or claim.season is None else (claim.season,)
            make = Movie if isinstance(claim, MovieClaim) else Show
            work = make(claim.trakt, claim.title, claim.year, claim.slug, claim.tmdb)
            yield KnownWork(work, claim.names, seasons, imdb if isinstance(imdb, str) else None)

    def outside_ids(self) -> Iterator[tuple[ListSubject, OutsideIds]]:
        """Each work with the ids beside its Trakt id."""
        for row in (row for rows in self.rows.values() for row in rows):
            said, trakt = _outside(row), row["trakt"]["id"]
            imdb = said.get("imdb")
            known = OutsideIds(imdb if isinstance(imdb, str) and imdb else None)
            if self.kind is TargetKind.MOVIE:
                yield MovieSubject(trakt), known
            else:  # TVDB counts films apart, and nobody asks for theirs
                yield ShowSubject(trakt), replace(known, tvdb=_whole(said.get("tvdb")))

    @property
    def _shows(self) -> Iterator[Mapping[str, Any]]:
        return (row for rows in self.rows.values() for row in rows if self.kind is TargetKind.SHOW)

    @cached_property
    def _tmdb_of(self) -> Mapping[int, int]:
        return {trakt: tmdb for tmdb, trakt in self.by_tmdb.items()}

    @cached_property
    def _in_trakt_shows(self) -> Mapping[int, int]:
        return Counter(
            show for show, _ in {(row["trakt"]["id"], row["myanimelist"]["id"]) for row in self._shows}
        )


def parse_shows(data: bytes) -> AniTrakt:
    """Read `tv_ex.json`; raises ValueError where it is not JSON or not this format."""
    return _parse(data, TargetKind.SHOW)


def parse_movies(data: bytes) -> AniTrakt:
    """Read `movies_ex.json`; raises ValueError where it is not JSON or not this format."""
    return _parse(data, TargetKind.MOVIE)


def _parse(data: bytes, kind: TargetKind) -> AniTrakt:
    by_mal: dict[int, tuple[Mapping[str, Any], ...]] = defaultdict(tuple)
    by_tmdb: list[tuple[int, int]] = []
    for row in _rows_with_ids(data):
        by_mal[row["myanimelist"]["id"]] += (row,)
        tmdb = _whole(_outside(row).get("tmdb"))
        if tmdb is not None:
            by_tmdb.append((tmdb, row["trakt"]["id"]))
    return AniTrakt(kind, dict(by_mal), unambiguous(by_tmdb))


def _rows_with_ids(data: bytes) -> list[Mapping[str, Any]]:
    rows = read_json(data)
    if not isinstance(rows, list):
        raise ValueError("the list is not a JSON array")
    objects: list[Mapping[str, Any]] = [row for row in rows if isinstance(row, dict)]
    found = [row for row in objects if _id(row.get("myanimelist")) and _id(row.get("trakt"))]
    if rows and not found:
        raise ValueError("no row has a MAL id and a Trakt id")
    return found


def _claim(row: Mapping[str, Any], kind: TargetKind) -> ShowClaim | MovieClaim:
    trakt = row["trakt"]
    facts = {
        "trakt": trakt["id"],
        "tmdb": _whole(_outside(row).get("tmdb")),
        "slug": trakt.get("slug") or None,
        "title": trakt.get("title") or None,
        "year": _whole(row.get("release_year") or trakt.get("release_year")),
        "names": _names(row),
    }
    if kind is TargetKind.MOVIE:
        return MovieClaim(NAME, **facts)
    season = trakt.get("season")  # where Trakt has one of its own for the entry: split cours have none
    number = season.get("number") if isinstance(season, dict) else None
    return ShowClaim(NAME, **facts, season=number if isinstance(number, int) and number >= 0 else None)


def _names(row: Mapping[str, Any]) -> tuple[str, ...]:
    # of the list's entry; `trakt.title` is the show's
    name = row["myanimelist"].get("title")
    return (name,) if isinstance(name, str) and name.strip() else ()


def _outside(row: Mapping[str, Any]) -> Mapping[str, Any]:
    # the file has the ids elsewhere beside `trakt`, its documentation inside
    found = row.get("externals") or row["trakt"].get("externals")
    return found if isinstance(found, dict) else {}


def _id(part: object) -> int | None:
    return _whole(part.get("id")) if isinstance(part, dict) else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


_FOLDER = "https://raw.githubusercontent.com/rensetsu/db.trakt.extended-anitrakt/main/json/output"
SHOWS = IdMapFile("AniTrakt (shows)", "tv_ex.json", f"{_FOLDER}/tv_ex.json", parse_shows)
FILMS = IdMapFile("AniTrakt (films)", "movies_ex.json", f"{_FOLDER}/movies_ex.json", parse_movies)
