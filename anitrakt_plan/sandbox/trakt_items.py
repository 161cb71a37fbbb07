"""What the arrays of a Trakt request body mean: which films, shows, seasons and episodes, found by which id."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from anitrakt_plan.sandbox.catalogue import Catalogue, Episode, Json, Movie, Season, Show, all_episodes
from anitrakt_plan.sandbox.records import text_of

ARRAYS = ("movies", "shows", "seasons", "episodes")

_ID_ORDER = ("trakt", "imdb", "tmdb", "tvdb", "slug")  # the order in which the server tries them


@dataclass(frozen=True, slots=True)
class Found:
    """One item that the body names: kind and Trakt id, and the request objects from the outermost in."""

    kind: str
    id: int
    said: tuple[Json, ...]

    def value(self, key: str) -> Any:
        """The innermost value of a key that is inherited from show to season to episode."""
        return next((said[key] for said in reversed(self.said) if said.get(key) is not None), None)


@dataclass(slots=True)
class Reading:
    """The items of a body, in its order, and what was not found, as the answer echoes it."""

    found: list[Found] = field(default_factory=list)
    not_found: dict[str, list[Json]] = field(default_factory=lambda: {name: [] for name in ARRAYS})


def read_plays(catalogue: Catalogue, body: Json) -> Reading:
    """The films and episodes whose plays a history body means.

    A show without seasons means every episode, a season without episodes the whole season: an empty list
    counts as none, which is how programs mark whole shows by accident.
    """
    reading = Reading()
    _read_flat(catalogue, body, "movies", reading)
    for said in _objects(body, "shows"):
        show = find_show(catalogue, said)
        if show is None:
            reading.not_found["shows"].append(said)
        elif not said.get("seasons"):
            reading.found += [Found("episode", place.episode.id, (said,)) for place in all_episodes(show)]
        else:
            _read_nested_plays(show, said, reading)
    for said in _objects(body, "seasons"):
        season = _find_season(catalogue, said)
        if season is None:
            reading.not_found["seasons"].append(said)
            continue
        reading.found += [Found("episode", episode.id, (said,)) for episode in season.episodes]
    _read_flat(catalogue, body, "episodes", reading)
    return reading


def read_rated(catalogue: Catalogue, body: Json, key: str = "rating") -> Reading:
    """The items that a ratings body rates, or (with key "") that a removal or a watchlist body names.

    A nested object is meant itself if it holds `key`, or, without a key, if nothing is nested in it.
    """
    reading = Reading()
    _read_flat(catalogue, body, "movies", reading)
    for said in _objects(body, "shows"):
        show = find_show(catalogue, said)
        if show is None:
            reading.not_found["shows"].append(said)
            continue
        if said.get(key) is not None or not said.get("seasons"):
            reading.found.append(Found("show", show.trakt_id, (said,)))
        _read_nested_rated(show, said, key, reading)
    for said in _objects(body, "seasons"):
        season = _find_season(catalogue, said)
        if season is None:
            reading.not_found["seasons"].append(said)
        else:
            reading.found.append(Found("season", season.ids["trakt"], (said,)))
    _read_flat(catalogue, body, "episodes", reading)
    return reading


def find_show(catalogue: Catalogue, said: Json) -> Show | None:
    """The show that a request object means: by its ids in the server's order, else by title and year."""
    ids = said.get("ids") or {}
    for kind in _ID_ORDER:
        if ids.get(kind) is not None:
            return catalogue.show(kind, ids[kind])
    return next((show for show in catalogue.shows if _same_title(show, said)), None)


def find_movie(catalogue: Catalogue, said: Json) -> Movie | None:
    """The film that a request object means: by its ids in the server's order, else by title and year."""
    ids = said.get("ids") or {}
    for kind in _ID_ORDER:
        if ids.get(kind) is not None:
            return catalogue.movie(kind, ids[kind])
    return next((movie for movie in catalogue.movies if _same_title(movie, said)), None)


def moment_text(text: object) -> str | None:
    """A date or date-time as Trakt's own text (UTC, milliseconds); None where it is neither."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return text_of(moment.replace(tzinfo=moment.tzinfo or UTC))


def split_body(body: Json, count: int) -> tuple[Json, Json]:
    """The body's first `count` explicit items, and the rest, each as a body of the same shape."""
    first: Json = {}
    rest: Json = {}
    for number, (name, path) in enumerate(_leaves(body)):
        _graft(first if number < count else rest, name, path)
    return first, rest


def _leaves(body: Json) -> Iterator[tuple[str, tuple[Json, ...]]]:
    for name in ("movies", "shows", "seasons", "episodes"):
        for said in _objects(body, name):
            if name != "shows" or not said.get("seasons"):
                yield name, (said,)
                continue
            for season in _objects(said, "seasons"):
                if not season.get("episodes"):
                    yield name, (said, season)
                for episode in _objects(season, "episodes"):
                    yield name, (said, season, episode)
    for play_id in body.get("ids") or ():
        yield "ids", (play_id,)


def _graft(body: Json, name: str, path: tuple[Json, ...]) -> None:
    if name == "ids":
        body.setdefault("ids", []).append(path[0])
        return
    level = body
    for key, said in zip((name, "seasons", "episodes"), path, strict=False):
        own = {
            field: copy.deepcopy(value)
            for field, value in said.items()
            if field not in ("seasons", "episodes")
        }
        rows = level.setdefault(key, [])
        if not rows or {k: v for k, v in rows[-1].items() if k not in ("seasons", "episodes")} != own:
            rows.append(own)
        level = rows[-1]


def _read_flat(catalogue: Catalogue, body: Json, name: str, reading: Reading) -> None:
    for said in _objects(body, name):
        if name == "movies":
            movie = find_movie(catalogue, said)
            found = movie.trakt_id if movie else None
        else:
            place = catalogue.episode(_own_id(said))
            found = place.episode.id if place else None
        if found is None:
            reading.not_found[name].append(said)
        else:
            reading.found.append(Found(name.removesuffix("s"), found, (said,)))


def _read_nested_plays(show: Show, said: Json, reading: Reading) -> None:
    missing: list[Json] = []
    for season_said in _objects(said, "seasons"):
        season = show.season(season_said.get("number", -1))
        wanted = _objects(season_said, "episodes")
        if not wanted and season is None:
            reading.not_found["seasons"].append({**_without_seasons(said), "seasons": [season_said]})
        elif not wanted and season is not None:
            reading.found += [
                Found("episode", episode.id, (said, season_said)) for episode in season.episodes
            ]
        lost = _take_episodes(season, said, season_said, wanted, reading)
        if lost:
            missing.append({"number": season_said.get("number"), "episodes": lost})
    if missing:
        reading.not_found["episodes"].append({**_without_seasons(said), "seasons": missing})


def _read_nested_rated(show: Show, said: Json, key: str, reading: Reading) -> None:
    missing: list[Json] = []
    for season_said in _objects(said, "seasons"):
        season = show.season(season_said.get("number", -1))
        wanted = _objects(season_said, "episodes")
        if season_said.get(key) is not None or not wanted:
            if season is None:
                reading.not_found["seasons"].append({**_without_seasons(said), "seasons": [season_said]})
            else:
                reading.found.append(Found("season", season.ids["trakt"], (said, season_said)))
        lost = _take_episodes(season, said, season_said, wanted, reading)
        if lost:
            missing.append({"number": season_said.get("number"), "episodes": lost})
    if missing:
        reading.not_found["episodes"].append({**_without_seasons(said), "seasons": missing})


def _take_episodes(
    season: Season | None, said: Json, season_said: Json, wanted: list[Json], reading: Reading
) -> list[Json]:
    lost = []
    for episode_said in wanted:
        episode: Episode | None = season.episode(episode_said.get("number", -1)) if season else None
        if episode is None:
            lost.append(episode_said)
        else:
            reading.found.append(Found("episode", episode.id, (said, season_said, episode_said)))
    return lost


def _find_season(catalogue: Catalogue, said: Json) -> Season | None:
    found = catalogue.season(_own_id(said))
    return found[1] if found else None


def _own_id(said: Json) -> int:
    value = (said.get("ids") or {}).get("trakt", -1)
    return value if isinstance(value, int) else int(value) if str(value).isdigit() else -1


def _same_title(item: Show | Movie, said: Json) -> bool:
    title, year = said.get("title"), said.get("year")
    return bool(title) and item.title.casefold() == str(title).casefold() and year in (None, item.year)


def _without_seasons(said: Json) -> Json:
    return {key: value for key, value in said.items() if key != "seasons"}


def _objects(body: Json, name: str) -> list[Json]:
    value = body.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
