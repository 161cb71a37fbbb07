"""The practice TMDB: search, shows and films with what is appended, seasons, and look-up by other services' ids."""

from collections.abc import Callable, Iterator, Sequence

from anitrakt_plan.sandbox.catalogue import (
    Episode,
    Json,
    Movie,
    Named,
    Season,
    Show,
    Work,
    constants,
    words_of,
)
from anitrakt_plan.sandbox.practice import KEYS, Practice
from anitrakt_plan.sandbox.trakt_views import runtime_of
from anitrakt_plan.sandbox.wire import Answer, Call, Routes, json_answer

routes = Routes("tmdb")

_PAGE = 20
_MAX_APPENDED = 20
_SOURCES = {"imdb_id": "imdb", "tvdb_id": "tvdb"}


def unknown_token(_practice: Practice, call: Call) -> Answer | None:
    """The refusal of a request without the token in its header. A key in the address counts as a mistake here."""
    return None if call.bearer == KEYS.tmdb_token and "api_key" not in call.query else _error(401, 7)


@routes.get("/authentication")
def authentication(_practice: Practice, _call: Call) -> Answer:
    return json_answer({"success": True, "status_code": 1, "status_message": "Success."})


# --- search and look-up ---


@routes.get("/search/tv")
def search_tv(practice: Practice, call: Call) -> Answer:
    return _search(practice, call, "show")


@routes.get("/search/movie")
def search_movie(practice: Practice, call: Call) -> Answer:
    return _search(practice, call, "movie")


def _search(practice: Practice, call: Call, kind: str) -> Answer:
    """Works that have every word of the query in one of their names, 20 a page; a page beyond the last is empty."""
    query, page = call.query.get("query", ""), call.number("page", 1)
    if not query.strip():
        return json_answer({"errors": ["query must be provided"]}, 422)
    if not 1 <= page <= 500:
        return _error(400, 22)
    found = sorted(_with_all(practice, words_of(query), kind), key=lambda work: work.trakt_id)
    adult = call.query.get("include_adult") == "true"
    found = [work for work in found if adult or not _is_adult(practice, work)]
    rows = [_row(practice, work) for work in found[(page - 1) * _PAGE : page * _PAGE]]
    pages = -(-len(found) // _PAGE)
    return json_answer({"page": page, "results": rows, "total_pages": pages, "total_results": len(found)})


def _with_all(practice: Practice, words: Sequence[str], kind: str) -> Iterator[Show | Movie]:
    known: dict[tuple[str, int], Named] = practice.catalogue.named.get(words[0], {}) if words else {}
    for named in known.values():
        names = (named.title, *named.aliases)
        if named.work.kind == kind and _tmdb(named.work) and any(set(words) <= set(name) for name in names):
            yield named.work


def _is_adult(practice: Practice, work: Show | Movie) -> bool:
    own = practice.catalogue.anime_of_shows.get(work.trakt_id, ()) if isinstance(work, Show) else ()
    return any(anime.nsfw == "black" for anime in own)


@routes.get("/find/<value>")
def find(practice: Practice, call: Call, value: str) -> Answer:
    """What has this id elsewhere; films have no TVDB ids here."""
    source = _SOURCES.get(call.query.get("external_source", ""))
    if source is None:
        return _error(422, 5)
    show = practice.catalogue.show(source, value)
    movie = practice.catalogue.movie(source, value) if source == "imdb" else None
    found = {"tv_results": show, "movie_results": movie}
    return json_answer(
        {
            **{name: [_row(practice, work)] if work else [] for name, work in found.items()},
            **{name: [] for name in ("person_results", "tv_season_results", "tv_episode_results")},
        }
    )


# --- works ---


@routes.get("/tv/<int:number>")
def tv(practice: Practice, call: Call, number: int) -> Answer:
    show = practice.catalogue.show("tmdb", number)
    return _with_appended(practice, call, show, _show_view, _OF_SHOW) if show else _error(404, 34)


@routes.get("/movie/<int:number>")
def movie(practice: Practice, call: Call, number: int) -> Answer:
    found = practice.catalogue.movie("tmdb", number)
    return _with_appended(practice, call, found, _movie_view, _OF_MOVIE) if found else _error(404, 34)


@routes.get("/tv/<int:number>/season/<int:season>")
def season(practice: Practice, _call: Call, number: int, season: int) -> Answer:
    show = practice.catalogue.show("tmdb", number)
    found = show.season(season) if show else None
    if show is None or found is None:
        return _error(404, 34)
    return json_answer({"id": found.ids["trakt"], **_season_view(practice, show, found)})


def _with_appended(
    practice: Practice,
    call: Call,
    work: Show | Movie,
    view: Callable[..., Json],
    parts: dict[str, Callable[..., Json]],
) -> Answer:
    """A work, and below it the answers to up to 20 questions about it; what there is not is left out without a word."""
    names = [name for name in call.query.get("append_to_response", "").split(",") if name]
    if len(names) > _MAX_APPENDED:
        return _error(400, 27)
    appended = {name: parts[name](practice, work) for name in names if name in parts}
    seasons = {} if isinstance(work, Movie) else _appended_seasons(practice, work, names)
    return json_answer({**view(practice, work), **appended, **seasons})


def _appended_seasons(practice: Practice, show: Show, names: Sequence[str]) -> Json:
    known = {f"season/{season.number}": season for season in show.seasons}
    return {name: _season_view(practice, show, known[name]) for name in names if name in known}


def _show_view(practice: Practice, show: Show) -> Json:
    regular = [season for season in show.seasons if season.number]
    return {
        **_row(practice, show, words=True),
        "episode_run_time": [],
        "number_of_seasons": len(regular),
        "number_of_episodes": sum(len(season.episodes) for season in regular),
        "status": "Returning Series",
        "next_episode_to_air": None,
        "seasons": [
            {
                "id": season.ids["trakt"],
                "season_number": season.number,
                "episode_count": len(season.episodes),
                "air_date": min(season.days, default=None),
                "name": _season_name(season),
                "poster_path": None,
            }
            for season in sorted(show.seasons, key=lambda season: season.number)
        ],
    }


def _movie_view(practice: Practice, movie: Movie) -> Json:
    return {
        **_row(practice, movie, words=True),
        "imdb_id": movie.ids.get("imdb") or "",
        "runtime": 0,
        "status": "Released",
    }


def _row(practice: Practice, work: Show | Movie, *, words: bool = False) -> Json:
    """A work as in a search; with `words` its genres have names, as where it is asked for by its id."""
    name, day = ("name", "first_air_date") if isinstance(work, Show) else ("title", "release_date")
    original = next((alias for alias in work.aliases if not alias.isascii()), work.title)
    first = work.released if isinstance(work, Movie) else _first_day(work)
    genres = {"genres": [{"id": 16, "name": "Animation"}]} if words else {"genre_ids": [16]}
    return {
        **constants("tmdb"),
        **genres,
        "id": _tmdb(work),
        "poster_path": f"/{work.kind}-{work.trakt_id}.png",
        name: work.title,
        f"original_{name}": original,
        day: first or "",
        "adult": _is_adult(practice, work),
    }


def _first_day(show: Show) -> str | None:
    regular = (day for season in show.seasons if season.number for day in season.days)
    return min(regular, default=f"{show.year}-01-01" if show.year else None)


def _external_ids(_practice: Practice, work: Work) -> Json:
    return {"imdb_id": work.ids.get("imdb"), "tvdb_id": work.ids.get("tvdb"), "wikidata_id": None}


def _titles(work: Work) -> list[Json]:
    return [
        {"iso_3166_1": "US" if alias.isascii() else "JP", "title": alias, "type": ""}
        for alias in work.aliases
    ]


_OF_SHOW: dict[str, Callable[..., Json]] = {
    "external_ids": _external_ids,
    "alternative_titles": lambda _, work: {"results": _titles(work)},
}
_OF_MOVIE: dict[str, Callable[..., Json]] = {
    "external_ids": _external_ids,
    "alternative_titles": lambda _, work: {"titles": _titles(work)},
}


def _season_view(practice: Practice, show: Show, season: Season) -> Json:
    """A season as it is appended: without an id."""
    minutes = runtime_of(practice.catalogue, show)
    return {
        "_id": f"{season.ids['trakt']:024x}",
        "air_date": min(season.days, default=None),
        "name": _season_name(season),
        "overview": "",
        "poster_path": None,
        "season_number": season.number,
        "vote_average": 0.0,
        "episodes": [_episode_view(show, season, episode, minutes) for episode in season.episodes],
    }


def _season_name(season: Season) -> str:
    return f"Season {season.number}" if season.number else "Specials"


def _episode_view(show: Show, season: Season, episode: Episode, minutes: int) -> Json:
    return {
        **constants("tmdb_episode"),
        "id": episode.id,
        "show_id": _tmdb(show),
        "season_number": season.number,
        "episode_number": episode.number,
        "name": f"Episode {episode.number}",
        "air_date": episode.first_aired,
        "runtime": minutes if season.number else None,
    }


def _tmdb(work: Work) -> int | None:
    return work.ids.get("tmdb")


_MESSAGES = {
    5: "Invalid parameters: Your request parameters are incorrect.",
    7: "Invalid API key: You must be granted a valid key.",
    22: "Invalid page: Pages start at 1 and max at 500. They are expected to be an integer.",
    27: "Too many append to response objects: The maximum number of remote calls is 20.",
    34: "The resource you requested could not be found.",
}


def _error(status: int, number: int) -> Answer:
    return json_answer({"success": False, "status_code": number, "status_message": _MESSAGES[number]}, status)
