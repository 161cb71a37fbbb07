"""AniTrakt's extended lists: MAL ids to Trakt's own ids, with the season as Trakt has it.

The format: https://github.com/rensetsu/db.trakt.extended-anitrakt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from anitrakt_plan.json_text import read_json
from anitrakt_plan.model import Claim, Ids, MovieClaim, ShowClaim, TargetKind

NAME = "anitrakt"


@dataclass(frozen=True)
class AniTrakt:
    """The rows of one of the two files by MAL id, and the way from a TMDB id to a Trakt id."""

    kind: TargetKind
    rows: Mapping[int, tuple[Mapping[str, Any], ...]]
    by_tmdb: Mapping[int, int]

    def __len__(self) -> int:
        return len(self.rows)

    def claims(self, ids: Ids) -> tuple[Claim, ...]:
        """What the map says of a work, by its MAL id."""
        rows = self.rows.get(ids.mal or 0, ())
        found = (_show(row) if self.kind is TargetKind.SHOW else _movie(row) for row in rows)
        return tuple(dict.fromkeys(found))

    def trakt_id(self, kind: TargetKind, tmdb: int) -> int | None:
        """The Trakt id of a TMDB id, where this map names it, and names only one."""
        return self.by_tmdb.get(tmdb) if kind is self.kind else None

    def tmdb_id(self, trakt_show: int) -> int | None:
        """A show's TMDB id, where this map names it."""
        return self.tmdb_of.get(trakt_show)

    def entries_in_show(self, trakt: int, tmdb: int | None) -> int:  # noqa: ARG002  (it knows Trakt's ids)
        """How many MAL ids the map has in the Trakt show."""
        return self.in_shows.get(trakt, 0)

    @cached_property
    def tmdb_of(self) -> Mapping[int, int]:
        """TMDB ids of shows by their Trakt ids."""
        if self.kind is not TargetKind.SHOW:
            return {}
        return {trakt: tmdb for tmdb, trakt in self.by_tmdb.items()}

    @cached_property
    def in_shows(self) -> Mapping[int, int]:
        """How many MAL ids the map has in a show, by its Trakt id."""
        if self.kind is not TargetKind.SHOW:
            return {}
        return Counter(show for rows in self.rows.values() for show in {row["trakt"]["id"] for row in rows})

    def tvdb_pairs(self) -> Iterator[tuple[int, int]]:
        """Each row's Trakt id with the TVDB id beside it, where it has one."""
        for rows in self.rows.values():
            for row in rows:
                trakt, tvdb = _id(row.get("trakt")), _whole(_outside(row).get("tvdb"))
                if trakt is not None and tvdb is not None:
                    yield trakt, tvdb


def parse_shows(data: bytes) -> AniTrakt:
    """Read `tv_ex.json`; raises ValueError where it is not JSON or not this format."""
    return _parse(data, TargetKind.SHOW)


def parse_movies(data: bytes) -> AniTrakt:
    """Read `movies_ex.json`; raises ValueError where it is not JSON or not this format."""
    return _parse(data, TargetKind.MOVIE)


def _parse(data: bytes, kind: TargetKind) -> AniTrakt:
    rows = read_json(data)
    if not isinstance(rows, list):
        raise ValueError("the list is not a JSON array")
    by_mal: dict[int, tuple[Mapping[str, Any], ...]] = {}
    by_tmdb: dict[int, set[int]] = {}
    for row in rows:
        if not isinstance(row, dict):
            continue
        mal, trakt = _id(row.get("myanimelist")), _id(row.get("trakt"))
        if mal is None or trakt is None:
            continue
        by_mal[mal] = (*by_mal.get(mal, ()), row)
        tmdb = _whole(_outside(row).get("tmdb"))
        if tmdb is not None:
            by_tmdb.setdefault(tmdb, set()).add(trakt)
    if rows and not by_mal:
        raise ValueError("no row has a MAL id and a Trakt id")
    return AniTrakt(kind, by_mal, _single(by_tmdb.items()))


def _single(found: Iterable[tuple[int, set[int]]]) -> dict[int, int]:
    """Only what is unambiguous: a TMDB id that two Trakt ids share says nothing."""
    return {tmdb: next(iter(trakt)) for tmdb, trakt in found if len(trakt) == 1}


def _show(row: Mapping[str, Any]) -> ShowClaim:
    """A show, and the season where Trakt has one of its own for the entry (split cours have none)."""
    trakt = row["trakt"]
    season = trakt.get("season")
    number = season.get("number") if isinstance(season, dict) else None
    return ShowClaim(
        NAME,
        trakt=trakt["id"],
        tmdb=_whole(_outside(row).get("tmdb")),
        slug=trakt.get("slug") or None,
        title=trakt.get("title") or None,
        year=_year(row),
        season=number if isinstance(number, int) and number >= 0 else None,
        names=_names(row),
    )


def _movie(row: Mapping[str, Any]) -> MovieClaim:
    trakt = row["trakt"]
    return MovieClaim(
        NAME,
        trakt=trakt["id"],
        tmdb=_whole(_outside(row).get("tmdb")),
        slug=trakt.get("slug") or None,
        title=trakt.get("title") or None,
        year=_year(row),
        names=_names(row),
    )


def _names(row: Mapping[str, Any]) -> tuple[str, ...]:
    """What the row calls the list's entry; apart from `trakt.title`, which is the show's."""
    name = row["myanimelist"].get("title")
    return (name,) if isinstance(name, str) and name.strip() else ()


def _outside(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The ids elsewhere: the file has them beside `trakt`, its documentation inside."""
    found = row.get("externals") or row["trakt"].get("externals")
    return found if isinstance(found, dict) else {}


def _year(row: Mapping[str, Any]) -> int | None:
    return _whole(row.get("release_year") or row["trakt"].get("release_year"))


def _id(part: object) -> int | None:
    return _whole(part.get("id")) if isinstance(part, dict) else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
