"""Films, shows, seasons and episodes as Trakt writes them in its answers, and the pages it cuts them into."""

from collections.abc import Sequence
from typing import TypeVar

from anitrakt_plan.sandbox.catalogue import Catalogue, Episode, Json, Movie, Season, Show, constants
from anitrakt_plan.sandbox.practice import Practice
from anitrakt_plan.sandbox.wire import Call

MAX_PAGE = 250  # since 2026-06-15; larger values are clamped without a word

Row = TypeVar("Row")

_AIR_TIME = "T15:00:00.000Z"  # midnight in Japan


def paged(call: Call, rows: Sequence[Row], default_limit: int = 100) -> tuple[Sequence[Row], dict[str, str]]:
    """The rows of the page asked for, and the four headers that say how much there is."""
    page = max(1, call.number("page", 1))
    limit = min(call.number("limit", 0) or default_limit, MAX_PAGE)
    headers = {
        "X-Pagination-Page": str(page),
        "X-Pagination-Limit": str(limit),
        "X-Pagination-Page-Count": str(-(-len(rows) // limit)),
        "X-Pagination-Item-Count": str(len(rows)),
    }
    return rows[(page - 1) * limit : page * limit], headers


def item_view(catalogue: Catalogue, kind: str, item: int) -> Json | None:
    """The item with its type, as in history, ratings and lists; None where it is not in the catalogue."""
    if kind == "season" and item in catalogue.seasons:
        show, season = catalogue.seasons[item]
        return {"type": kind, "season": brief_season(season), "show": brief(show)}
    if kind == "episode" and item in catalogue.episodes:
        show, season, episode = catalogue.episodes[item]
        return {"type": kind, "episode": episode_view(season, episode), "show": brief(show)}
    work = catalogue.work(kind, "trakt", item) if kind in ("show", "movie") else None
    return {"type": kind, kind: brief(work)} if work else None


def brief(work: Show | Movie) -> Json:
    """Title, year and ids."""
    return {"title": work.title, "year": work.year, "ids": work.ids}


def brief_season(season: Season) -> Json:
    return {"number": season.number, "ids": season.ids}


def episode_view(season: Season, episode: Episode) -> Json:
    """An episode without what `extended=full` adds."""
    return {
        "season": season.number,
        "number": episode.number,
        "title": f"Episode {episode.number}",
        "ids": {"trakt": episode.id, "tvdb": None, "imdb": "", "tmdb": None},
    }


def season_view(season: Season, today: str, *, full: bool, episodes: bool, runtime: int) -> Json:
    """A season; `today` (an ISO day) decides which episodes count as aired."""
    view = brief_season(season) | (_facts_of_season(season, today) if full else {})
    if episodes:
        view["episodes"] = [
            episode_view(season, episode) | (_facts_of_episode(episode, runtime) if full else {})
            for episode in season.episodes
        ]
    return view


def _facts_of_season(season: Season, today: str) -> Json:
    return {
        **constants("season"),
        "episode_count": len(season.episodes),
        "aired_episodes": sum(day <= today for day in season.days),
        "title": f"Season {season.number}" if season.number else "Specials",
        "first_aired": first_aired_text(min(season.days, default=None)),
    }


def _facts_of_episode(episode: Episode, runtime: int) -> Json:
    return {**constants("episode"), "first_aired": first_aired_text(episode.first_aired), "runtime": runtime}


def work_view(practice: Practice, call: Call, work: Show | Movie) -> Json:
    """A show or film, with what `extended=full` adds where it is asked for."""
    if call.extended("images"):
        return {**brief(work), "images": {"poster": [f"{practice.pictures}/{work.kind}-{work.trakt_id}.png"]}}
    if not call.extended("full"):
        return brief(work)
    original = next((alias for alias in work.aliases if not alias.isascii()), work.title)
    own = _of_show(practice, work) if isinstance(work, Show) else _of_movie(work)
    return {**constants(work.kind), **brief(work), "original_title": original, **own}


def _of_show(practice: Practice, show: Show) -> Json:
    today = practice.today
    episodes = [episode for season in show.seasons if season.number for episode in season.episodes]
    days = [episode.first_aired for episode in episodes if episode.first_aired]
    latest = [episode.first_aired or "unknown" for episode in episodes[-3:]]
    return {
        "first_aired": first_aired_text(min(days, default=None)),
        "runtime": runtime_of(practice.catalogue, show),
        "status": "returning series" if max(latest, default="") > today else "ended",
        "aired_episodes": sum(day <= today for day in days),
    }


def _of_movie(movie: Movie) -> Json:
    return {"released": movie.released, "status": "released" if movie.released else "in production"}


def first_aired_text(day: str | None) -> str | None:
    """An ISO day as the moment Trakt gives for it."""
    return day + _AIR_TIME if day else None


def runtime_of(catalogue: Catalogue, show: Show) -> int:
    """Minutes of an episode, from the first list entry that is on this show, else 24."""
    for anime in catalogue.anime_of_shows.get(show.trakt_id, ()):
        if anime.trakt and anime.duration:
            return anime.duration * (2 if anime.trakt.get("ratio") == "2:1" else 1)
    return 24
