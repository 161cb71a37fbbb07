"""The id maps made from the catalogue, each with its gaps: AniBridge's, AniTrakt's two files, bangumi-data's."""

import hashlib
import json

from anitrakt_plan.sandbox.catalogue import Anime, Catalogue, Json, Movie, Season, Show
from anitrakt_plan.sandbox.practice import Practice
from anitrakt_plan.sandbox.wire import Answer, Call, Routes, empty_answer

routes = Routes("idmap")

LAST_MODIFIED = "Sun, 01 Nov 2026 06:00:00 GMT"
_BANGUMI_TYPES = {"TV": "tv", "ONA": "web", "Movie": "movie"}


@routes.get("/mappings.json")
def mappings(practice: Practice, call: Call) -> Answer:
    """Schema 3: `mal:ID` and `anilist:ID` to targets to ranges."""
    rows = practice.catalogue.anibridge
    return _file(
        call, {"$meta": {"schema_version": "3.0.0"}} | (_mappings(practice) if rows is None else rows)
    )


@routes.get("/tv_ex.json")
def tv(practice: Practice, call: Call) -> Answer:
    """MyAnimeList id to Trakt show and season; no season for split cours."""
    return _file(call, _of_anitrakt(practice, "show"))


@routes.get("/movies_ex.json")
def movies(practice: Practice, call: Call) -> Answer:
    """MyAnimeList id to Trakt film."""
    return _file(call, _of_anitrakt(practice, "movie"))


@routes.get("/bangumi.json")
def bangumi(practice: Practice, call: Call) -> Answer:
    """Items with their ids on several sites, their names and their first broadcast."""
    items = [
        _item(anime, target)
        for anime in practice.catalogue.anime
        if "bangumi" not in anime.lacks and (target := _bangumi_target(practice.catalogue, anime))
    ]
    return _file(call, {"siteMeta": {}, "items": items})


def _mappings(practice: Practice) -> Json:
    rows: Json = {}
    for anime in practice.catalogue.anime:
        targets = None if "anibridge" in anime.lacks else _anibridge_targets(practice.catalogue, anime)
        keys = {"mal": anime.mal, "anilist": anime.anilist}
        rows |= {f"{service}:{number}": targets for service, number in keys.items() if number and targets}
    return rows


def _of_anitrakt(practice: Practice, kind: str) -> list[Json]:
    given = practice.catalogue.anitrakt
    if given is not None:
        return [row for row in given if row["trakt"]["type"] == kind + "s"]
    known = [anime for anime in practice.catalogue.anime if "anitrakt" not in anime.lacks]
    return [row for anime in known if (row := _anitrakt_row(practice.catalogue, anime, kind))]


def _anitrakt_row(catalogue: Catalogue, anime: Anime, kind: str) -> Json | None:
    said = anime.anitrakt or anime.trakt or {}
    work = catalogue.work(kind, "trakt", said.get(kind)) if anime.mal else None
    if isinstance(work, Show):
        return _tv_row(anime, work, said)
    return _movie_row(anime, work) if work else None


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


def _tv_row(anime: Anime, show: Show, said: Json) -> Json:
    season = _season_of(show, said)
    return {
        "myanimelist": {"title": anime.title, "id": anime.mal},
        "trakt": {
            "title": show.title,
            "id": show.trakt_id,
            "slug": show.ids.get("slug"),
            "type": "shows",
            "season": season
            and {
                "id": season.ids["trakt"],
                "number": season.number,
                "externals": {"tvdb": season.ids.get("tvdb"), "tmdb": season.ids.get("tmdb"), "tvrage": None},
            },
            "is_split_cour": season is None,
        },
        "release_year": show.year,
        "externals": {
            "tvdb": show.ids.get("tvdb"),
            "tmdb": show.ids.get("tmdb"),
            "imdb": show.ids.get("imdb"),
            "tvrage": None,
        },
    }


def _movie_row(anime: Anime, movie: Movie) -> Json:
    return {
        "myanimelist": {"title": anime.title, "id": anime.mal},
        "trakt": {
            "title": movie.title,
            "id": movie.trakt_id,
            "slug": movie.ids.get("slug"),
            "type": "movies",
        },
        "release_year": movie.year,
        "externals": {"tmdb": movie.ids.get("tmdb"), "imdb": movie.ids.get("imdb"), "letterboxd": None},
    }


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
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    headers = {"ETag": tag, "Last-Modified": LAST_MODIFIED, "Content-Type": "application/json"}
    if call.headers.get("if-none-match") == tag:
        return empty_answer(304, headers)
    if "if-none-match" not in call.headers and call.headers.get("if-modified-since") == LAST_MODIFIED:
        return empty_answer(304, headers)
    return Answer(200, body, headers)


def _range(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"
