"""The id maps made from the catalogue, each with its gaps: AniBridge's, AniTrakt's two files, bangumi-data's."""

import json

from werkzeug.http import generate_etag, parse_date, quote_etag
from werkzeug.sansio.http import is_resource_modified

from anitrakt_plan.sandbox.catalogue import Anime, Catalogue, Json, Season, Show
from anitrakt_plan.sandbox.practice import Practice
from anitrakt_plan.sandbox.wire import Answer, Call, Routes, empty_answer

routes = Routes("idmap")

LAST_MODIFIED = "Sun, 01 Nov 2026 06:00:00 GMT"
_BANGUMI_TYPES = {"TV": "tv", "ONA": "web", "Movie": "movie"}


@routes.get("/mappings.json")
def mappings(practice: Practice, call: Call) -> Answer:
    """Schema 3: `mal:ID` and `anilist:ID` to targets to ranges."""
    rows = practice.catalogue.anibridge
    version = {"$meta": {"schema_version": "3.0.0"}}
    return _file(call, version | (_mappings(practice.catalogue) if rows is None else rows))


@routes.get("/<any(tv, movies):name>_ex.json")
def anitrakt(practice: Practice, call: Call, name: str) -> Answer:
    """MyAnimeList id to Trakt film, or to show and season; no season for split cours."""
    catalogue, kinds = practice.catalogue, "shows" if name == "tv" else "movies"
    rows = _anitrakt_rows(catalogue) if catalogue.anitrakt is None else catalogue.anitrakt
    return _file(call, [row for row in rows if row["trakt"]["type"] == kinds])


@routes.get("/bangumi.json")
def bangumi(practice: Practice, call: Call) -> Answer:
    """Items with their ids on several sites, their names and their first broadcast."""
    items = [
        _item(anime, target)
        for anime in practice.catalogue.anime
        if "bangumi" not in anime.lacks and (target := _bangumi_target(practice.catalogue, anime))
    ]
    return _file(call, {"siteMeta": {}, "items": items})


def _mappings(catalogue: Catalogue) -> Json:
    rows: Json = {}
    for anime in catalogue.anime:
        targets = None if "anibridge" in anime.lacks else _anibridge_targets(catalogue, anime)
        keys = {"mal": anime.mal, "anilist": anime.anilist}
        rows |= {f"{service}:{number}": targets for service, number in keys.items() if number and targets}
    return rows


def _anitrakt_rows(catalogue: Catalogue) -> list[Json]:
    known = (anime for anime in catalogue.anime if anime.mal and "anitrakt" not in anime.lacks)
    return [row for anime in known if (row := _anitrakt_row(catalogue, anime))]


def _anitrakt_row(catalogue: Catalogue, anime: Anime) -> Json | None:
    said = anime.anitrakt or anime.trakt or {}
    kind = "movie" if "movie" in said else "show"
    work = catalogue.work(kind, "trakt", said.get(kind))
    if work is None:
        return None
    sites = ("tmdb", "imdb", "tvdb", "tvrage") if kind == "show" else ("tmdb", "imdb", "letterboxd")
    ids = {"title": work.title, "id": work.trakt_id, "slug": work.ids.get("slug"), "type": kind + "s"}
    return {
        "myanimelist": {"title": anime.title, "id": anime.mal},
        "trakt": ids | (_season_part(work, said) if isinstance(work, Show) else {}),
        "release_year": work.year,
        "externals": {site: work.ids.get(site) for site in sites},
    }


def _season_part(show: Show, said: Json) -> Json:
    season = _season_of(show, said)
    if season is None:
        return {"season": None, "is_split_cour": True}
    externals = {site: season.ids.get(site) for site in ("tvdb", "tmdb", "tvrage")}
    part = {"id": season.ids["trakt"], "number": season.number, "externals": externals}
    return {"season": part, "is_split_cour": False}


def _tmdb_of(catalogue: Catalogue, trakt: Json) -> int | None:
    kind = "movie" if "movie" in trakt else "show"
    work = catalogue.work(kind, "trakt", trakt[kind])
    return work.ids.get("tmdb") if work else None


def _anibridge_targets(catalogue: Catalogue, anime: Anime) -> Json | None:
    """What AniBridge says of an entry: target to list range to target range."""
    if anime.anibridge is not None or anime.trakt is None:
        return anime.anibridge
    tmdb = _tmdb_of(catalogue, anime.trakt)
    if tmdb and "movie" in anime.trakt:
        return {f"tmdb_movie:{tmdb}": {"1": "1"}}
    return _ranges(tmdb, anime.trakt["runs"]) if tmdb else None


def _bangumi_target(catalogue: Catalogue, anime: Anime) -> str | None:
    """Where bangumi-data has an entry: a first season is the show, without a number; a special has its episode."""
    tmdb = _tmdb_of(catalogue, anime.trakt) if anime.trakt else None
    if anime.trakt is None or not tmdb:
        return None
    if "movie" in anime.trakt:
        return f"movie/{tmdb}"
    season, first, _last = anime.trakt["runs"][0]
    place = {0: f"/season/0/episode/{first}", 1: ""}.get(season, f"/season/{season}")
    return f"tv/{tmdb}{place}"


def _ranges(tmdb: int, runs: list[tuple[int, int, int]]) -> Json:
    targets: Json = {}
    done = 0
    for season, first, last in runs:
        count = last - first + 1
        ranges = targets.setdefault(f"tmdb_show:{tmdb}:s{season}", {})
        ranges[_range(done + 1, done + count)] = _range(first, last)
        done += count
    return targets


def _item(anime: Anime, target: str) -> Json:
    sites = [{"site": "tmdb", "id": target}, {"site": "aniList", "id": str(anime.anilist)}]
    if anime.mal is not None:
        sites.append({"site": "mal", "id": str(anime.mal)})
    return {
        "title": anime.native or anime.title,
        "titleTranslate": {"en": [anime.english]} if anime.english else {},
        "type": _BANGUMI_TYPES.get(anime.type, "ova"),
        "lang": "ja",
        "officialSite": "",
        "begin": _moment(anime.start),
        "end": _moment(anime.end),
        "sites": sites,
    }


def _moment(day: str | None) -> str:
    """Ten in the evening in Japan, which is the same day in UTC; nothing where the day is not known."""
    return f"{day}T13:00:00.000Z" if day and len(day) == len("2026-11-01") else ""


def _season_of(show: Show, said: Json) -> Season | None:
    if "season" in said:
        return show.season(said["season"])
    season, first, _last = said["runs"][0]
    found = show.season(season)
    begins = found is not None and bool(found.episodes) and found.episodes[0].number == first
    return found if begins else None  # a later cour of a season has none


def _file(call: Call, rows: object) -> Answer:
    body = json.dumps(rows, ensure_ascii=False).encode()
    tag = generate_etag(body)
    headers = {"ETag": quote_etag(tag), "Last-Modified": LAST_MODIFIED, "Content-Type": "application/json"}
    changed = is_resource_modified(
        http_if_none_match=call.headers.get("if-none-match"),
        http_if_modified_since=call.headers.get("if-modified-since"),
        etag=tag,
        last_modified=parse_date(LAST_MODIFIED),
    )
    return Answer(200, body, headers) if changed else empty_answer(304, headers)


def _range(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"
