"""bangumi-data: MAL and AniList ids to TMDB shows, seasons and films, with names and the first broadcast.

The format: https://github.com/bangumi-data/bangumi-data. It is made apart from the other maps, and knows no Trakt ids.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from anitrakt_plan.idmaps.id_map import IdMap, IdMapFile
from anitrakt_plan.json_text import read_json
from anitrakt_plan.model import Claim, Ids, Movie, MovieClaim, Segment, Show, ShowClaim, Span, TmdbId
from anitrakt_plan.model.catalogue import KnownWork

NAME = "bangumi"

Sites = dict[str, list[str]]
"""Ids as texts, by the name of the site."""

_TARGET = re.compile(
    r"(tv|movie)/([1-9]\d{0,9})(?:-[^/]*)?"  # a web address's words may still hang on the number
    r"(?:/season/(\d{1,4})(?:/episode/([1-9]\d{0,5}))?)?"
)
_NUMBER = re.compile(r"[1-9]\d{0,9}")
_SERIES = ("tv", "web")
"""Types of items that have episodes of their own; the other ones lie among a show's specials, if in a show at all."""


@dataclass(frozen=True, slots=True)
class Item:
    """One work as the file has it; claims are made when asked for."""

    names: tuple[str, ...]
    begin: str
    series: bool
    targets: tuple[str, ...]


@dataclass(frozen=True)
class Bangumi(IdMap):
    """The items that name a place on TMDB, by MAL id and by AniList id."""

    by_mal: Mapping[int, tuple[Item, ...]]
    by_anilist: Mapping[int, tuple[Item, ...]]

    def __len__(self) -> int:
        return len(self.by_mal)

    def claims(self, ids: Ids) -> tuple[Claim, ...]:
        """What the map says of a work, by its MAL id and by its AniList id: one claim for each season and film.

        A work that is several items (its parts came out one by one) begins where and when the first of them does.
        """
        items = dict.fromkeys(
            (*self.by_mal.get(ids.mal or 0, ()), *self.by_anilist.get(ids.anilist or 0, ()))
        )
        found: dict[tuple[object, ...], ShowClaim | MovieClaim] = {}
        for claim in (claim for item in items for claim in _claims(item)):
            place = (type(claim), claim.tmdb, getattr(claim, "season", None))
            found[place] = _together(found[place], claim) if place in found else claim
        return tuple(found.values())

    def works(self) -> Iterator[KnownWork]:
        """The TMDB work of each item; the first of its names is the work's own where it opens a show."""
        items = (item for items in self.by_mal.values() for item in items if item.names)
        return (_known(item, claim, claim.tmdb) for item in items for claim in _claims(item) if claim.tmdb)

    @cached_property
    def in_shows(self) -> Mapping[int, int]:  # type: ignore[override]
        """How many MAL ids have regular episodes in a show, by its TMDB id."""
        pairs = {
            (mal, claim.tmdb)
            for mal, items in self.by_mal.items()
            for item in items
            for claim in _claims(item)
            if isinstance(claim, ShowClaim) and (claim.season or (claim.season is None and item.series))
        }
        return Counter(show for _, show in pairs if show is not None)


def parse(data: bytes) -> Bangumi:
    """Read `data.json`; items without a place on TMDB are skipped, and so are broken ones.

    Raises ValueError where it is not JSON or not this format.
    """
    whole = read_json(data)
    listed = whole.get("items") if isinstance(whole, dict) else None
    if not isinstance(listed, list):
        raise ValueError("there is no list of items in there")
    read = [(sites, _item(said, sites["tmdb"])) for said in listed if (sites := _sites(said))]
    by_mal, by_anilist = _by_id(read, "mal"), _by_id(read, "aniList")
    if listed and not by_mal and not by_anilist:
        raise ValueError("no item has a MAL or AniList id and a place on TMDB")
    return Bangumi(by_mal, by_anilist)


def _by_id(read: Iterable[tuple[Sites, Item]], site: str) -> dict[int, tuple[Item, ...]]:
    found: dict[int, tuple[Item, ...]] = {}
    for sites, item in read:
        for text in sites[site]:
            if _NUMBER.fullmatch(text):
                found[int(text)] = (*found.get(int(text), ()), item)
    return found


def _sites(said: object) -> Sites | None:
    # None where an item leads from no list, or nowhere
    found: Sites = {"mal": [], "aniList": [], "tmdb": []}
    listed = said.get("sites") if isinstance(said, dict) else None
    for site in listed if isinstance(listed, list) else ():
        name = site.get("site") if isinstance(site, dict) else None
        if isinstance(name, str) and name in found and isinstance(site.get("id"), str | int):
            found[name].append(str(site["id"]))
    return found if found["tmdb"] and (found["mal"] or found["aniList"]) else None


def _item(said: Any, targets: list[str]) -> Item:
    begin, translated = said.get("begin"), said.get("titleTranslate")
    names = [said.get("title")]
    for some in translated.values() if isinstance(translated, dict) else ():
        names += some if isinstance(some, list) else [some]
    return Item(
        names=tuple(dict.fromkeys(name for name in names if isinstance(name, str) and name.strip())),
        begin=begin if isinstance(begin, str) else "",
        series=said.get("type") in _SERIES,
        targets=tuple(targets),
    )


def _claims(item: Item) -> Iterator[ShowClaim | MovieClaim]:
    for target in item.targets:
        found = _TARGET.fullmatch(target)
        if found is None or (found[1] == "movie" and found[3]):
            continue
        tmdb, begins = int(found[2]), _day(item.begin)
        if found[1] == "movie":
            yield MovieClaim(NAME, tmdb=tmdb, names=item.names, begins=begins)
            continue
        season = int(found[3]) if found[3] else None
        yield ShowClaim(
            NAME,
            tmdb=tmdb,
            season=season,
            segments=() if season is None or found[4] is None else (_from(season, int(found[4])),),
            names=item.names,
            begins=begins,
        )


def _known(item: Item, claim: ShowClaim | MovieClaim, tmdb: int) -> KnownWork:
    name, year = item.names[0], claim.begins.year if claim.begins else None
    if isinstance(claim, MovieClaim):
        return KnownWork(Movie(TmdbId(tmdb), name, year, tmdb=tmdb), item.names[1:])
    opens = claim.season in (None, 1)
    seasons = () if claim.season is None else (claim.season,)
    return KnownWork(Show(TmdbId(tmdb), name, year if opens else None, tmdb=tmdb), item.names[1:], seasons)


def _from(season: int, episode: int) -> Segment:
    # the file names the episode that a work begins with; what the work has more of follows it
    return Segment(Span(1), season, (Span(episode),))


def _together(one: ShowClaim | MovieClaim, other: ShowClaim | MovieClaim) -> ShowClaim | MovieClaim:
    days = [claim.begins for claim in (one, other) if claim.begins is not None]
    names = tuple(dict.fromkeys((*one.names, *other.names)))
    whole = replace(one, names=names, begins=min(days, default=None))
    if not isinstance(whole, ShowClaim) or not isinstance(other, ShowClaim):
        return whole
    starts = (*whole.segments, *other.segments)
    return replace(whole, segments=tuple(sorted(starts, key=lambda start: start.target[0].first)[:1]))


def _day(moment: str) -> date | None:
    # in UTC, as Trakt's air dates are
    try:
        begins = datetime.fromisoformat(moment)
        return (begins.astimezone(UTC) if begins.tzinfo else begins).date()
    except (ValueError, OverflowError):
        return None


ID_MAP = IdMapFile("bangumi-data", "bangumi.json", "https://unpkg.com/bangumi-data@0.3/dist/data.json", parse)
