"""Films, shows, seasons and episodes as Trakt writes them in its answers, and the pages it cuts them into."""

from collections.abc import Sequence
from typing import TypeVar

from anitrakt_plan.sandbox.catalogue import Catalogue, Episode, EpisodePlace, Json, Movie, Season, Show
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
    if kind == "season":
        found = catalogue.season(item)
        return {"type": kind, "season": brief_season(found[1]), "show": brief(found[0])} if found else None
    if kind == "episode":
        place = catalogue.episode(item)
        return {"type": kind, "episode": episode_of(place), "show": brief(place.show)} if place else None
    work = catalogue.work(kind, "trakt", item)
    return {"type": kind, kind: brief(work)} if work else None


def brief(item: Show | Movie) -> Json:
    """Title, year and ids."""
    return {"title": item.title, "year": item.year, "ids": item.ids}


def brief_season(season: Season) -> Json:
    return {"number": season.number, "ids": season.ids}


def episode_of(place: EpisodePlace) -> Json:
    """An episode without what `extended=full` adds."""
    return episode_view(place.season, place.episode)


def episode_view(season: Season, episode: Episode) -> Json:
    return {
        "season": season.number,
        "number": episode.number,
        "title": f"Episode {episode.number}",
        "ids": {"trakt": episode.id, "tvdb": None, "imdb": "", "tmdb": None},
    }


def full_episode_view(season: Season, episode: Episode, runtime: int) -> Json:
    return {
        **episode_view(season, episode),
        "number_abs": None,
        "overview": None,
        "rating": 0.0,
        "votes": 0,
        "comment_count": 0,
        "first_aired": first_aired_text(episode.first_aired),
        "updated_at": "2026-10-01T08:00:00.000Z",
        "available_translations": ["en"],
        "runtime": runtime,
        "episode_type": "standard",
    }


def season_view(season: Season, today: str, *, full: bool, episodes: bool, runtime: int) -> Json:
    """A season; `today` (an ISO day) decides which episodes count as aired."""
    view = brief_season(season)
    if full:
        view |= {
            "rating": 7.5,
            "votes": 10,
            "episode_count": len(season.episodes),
            "aired_episodes": sum(day <= today for day in season.days),
            "title": "Specials" if season.number == 0 else f"Season {season.number}",
            "original_title": None,
            "overview": None,
            "first_aired": first_aired_text(min(season.days, default=None)),
            "updated_at": "2026-10-01T08:00:00.000Z",
            "network": "TV Tokyo",
        }
    if episodes:
        view["episodes"] = [
            full_episode_view(season, episode, runtime) if full else episode_view(season, episode)
            for episode in season.episodes
        ]
    return view


def full_show_view(catalogue: Catalogue, show: Show, today: str) -> Json:
    regular = [season for season in show.seasons if season.number]
    days = [day for season in regular for day in season.days]
    latest = [episode.first_aired or "unknown" for season in regular for episode in season.episodes][-3:]
    return {
        **brief(show),
        "overview": "",
        "first_aired": first_aired_text(min(days, default=None)),
        "runtime": runtime_of(catalogue, show),
        "network": "TV Tokyo",
        "country": "jp",
        "language": "ja",
        "status": "returning series" if max(latest, default="") > today else "ended",
        "genres": ["anime"],
        "aired_episodes": sum(day <= today for day in days),
        "original_title": show.original_title,
    }


def full_movie_view(movie: Movie) -> Json:
    return {
        **brief(movie),
        "overview": "",
        "released": movie.released,
        "runtime": 105,
        "country": "jp",
        "language": "ja",
        "status": "released" if movie.released else "in production",
        "genres": ["anime"],
        "original_title": movie.original_title,
    }


def first_aired_text(day: str | None) -> str | None:
    """An ISO day as the moment Trakt gives for it."""
    return day + _AIR_TIME if day else None


def runtime_of(catalogue: Catalogue, show: Show) -> int:
    """Minutes of an episode, from the first list entry that is on this show, else 24."""
    for anime in catalogue.anime_on(show.trakt_id):
        if anime.trakt and anime.duration:
            return anime.duration * (2 if anime.trakt.get("ratio") == "2:1" else 1)
    return 24
