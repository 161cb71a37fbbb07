"""TMDB's documentation, as far as it is used: each request and its answer (docs/services.md 6)."""

from __future__ import annotations

from anitrakt_plan.tmdb.catalogue import MAX_APPENDED
from tests.contract.shapes import ID, INTEGER, NUMBER, TEXT, YES_OR_NO, Schema, nullable, obj, rows
from tests.contract.trakt import Endpoint

_DAY: Schema = {"type": "string", "pattern": r"^(\d{4}-\d\d-\d\d)?$"}
"""Of works: empty where it is not known."""

_IN_A_ROW = {
    "original_language": TEXT,
    "adult": YES_OR_NO,
    "popularity": NUMBER,
    "vote_count": INTEGER,
    "vote_average": NUMBER,
    "overview": TEXT,
    "poster_path": nullable(TEXT),
    "backdrop_path": nullable(TEXT),
}
_OF_TV = {"name": TEXT, "original_name": TEXT}
_OF_FILM = {"title": TEXT, "original_title": TEXT}
_TV_ROW = obj(
    {"id": ID, **_OF_TV},
    {**_IN_A_ROW, "first_air_date": _DAY, "genre_ids": rows(INTEGER), "origin_country": rows(TEXT)},
)
_FILM_ROW = obj({"id": ID, **_OF_FILM}, {**_IN_A_ROW, "release_date": _DAY, "genre_ids": rows(INTEGER)})

_EPISODE = obj(
    {"episode_number": INTEGER, "season_number": INTEGER},
    {"id": ID, "name": TEXT, "air_date": nullable(_DAY), "runtime": nullable(INTEGER), "episode_type": TEXT},
)
_SEASON = obj(
    {"season_number": INTEGER, "episodes": rows(_EPISODE)}, {"name": TEXT, "air_date": nullable(_DAY)}
)
_APPENDED = {
    "external_ids": obj(
        {}, {"imdb_id": nullable(TEXT), "tvdb_id": nullable(ID), "wikidata_id": nullable(TEXT)}
    ),
}
_NAMES = rows(obj({"title": TEXT}, {"iso_3166_1": TEXT, "type": TEXT}))
_GENRES = rows(obj({"id": INTEGER, "name": TEXT}))
_SHOW: Schema = {
    **obj(
        {"id": ID, **_OF_TV, "seasons": rows(obj({"season_number": INTEGER}, {"episode_count": INTEGER}))},
        {
            **_IN_A_ROW,
            **_APPENDED,
            "alternative_titles": obj({"results": _NAMES}),
            "first_air_date": _DAY,
            "genres": _GENRES,
            "episode_run_time": rows(INTEGER),
        },
    ),
    "patternProperties": {r"^season/\d+$": _SEASON},
}
_FILM = obj(
    {"id": ID, **_OF_FILM},
    {
        **_IN_A_ROW,
        **_APPENDED,
        "alternative_titles": obj({"titles": _NAMES}),
        "release_date": _DAY,
        "genres": _GENRES,
        "imdb_id": nullable(TEXT),
        "runtime": INTEGER,
    },
)


def _page(of: Schema) -> Schema:
    return obj({"page": INTEGER, "results": rows(of), "total_pages": INTEGER, "total_results": INTEGER})


def _appending(part: str) -> dict[str, str]:
    return {"append_to_response": rf"{part}(,{part}){{0,{MAX_APPENDED - 1}}}"}


_WORDS = {"query": ".*[^ ].*", "include_adult": "true"}
_BESIDE = "(external_ids|alternative_titles"

ENDPOINTS = tuple(
    Endpoint("tmdb", "GET", path, query, None, answer, signed_in=True)
    for path, query, answer in (
        ("/authentication", {}, obj({"success": YES_OR_NO})),
        ("/search/tv", _WORDS, _page(_TV_ROW)),
        ("/search/movie", _WORDS, _page(_FILM_ROW)),
        (r"/tv/\d+", _appending(rf"{_BESIDE}|season/\d+)"), _SHOW),
        (r"/movie/\d+", _appending(f"{_BESIDE})"), _FILM),
    )
)
"""The token goes in a header, never into an address."""
