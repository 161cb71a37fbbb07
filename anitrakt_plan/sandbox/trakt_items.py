"""What the arrays of a Trakt request body mean: which films, shows, seasons and episodes, found by which id."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from anitrakt_plan.sandbox.catalogue import Catalogue, Json, Season, Show, Work
from anitrakt_plan.sandbox.world import Item, text_of

ARRAYS = ("movies", "shows", "seasons", "episodes")

_ID_ORDER = ("trakt", "imdb", "tmdb", "tvdb", "slug")  # the order in which the server tries them


@dataclass(frozen=True, slots=True)
class Found:
    """One item that the body names: kind and Trakt id, and the request objects from the outermost in."""

    kind: str
    id: int
    said: tuple[Json, ...]

    @property
    def item(self) -> Item:
        return self.kind, self.id

    def value(self, key: str) -> Any:
        """The innermost value of a key that is inherited from show to season to episode."""
        return next((said[key] for said in reversed(self.said) if said.get(key) is not None), None)


@dataclass(slots=True)
class Reading:
    """The items of a body, in its order, and what was not found, as the answer echoes it."""

    found: list[Found] = field(default_factory=list)
    not_found: dict[str, list[Json]] = field(default_factory=lambda: {name: [] for name in ARRAYS})

    @property
    def items(self) -> list[Item]:
        return [found.item for found in self.found]


def read_plays(catalogue: Catalogue, body: Json) -> Reading:
    """The films and episodes whose plays a history body means.

    A show without seasons means every episode, a season without episodes the whole season: an empty list
    counts as none, which is how programs mark whole shows by accident.
    """
    reading = read_items(catalogue, body)
    plays: list[Found] = []
    for found in reading.found:
        if found.kind in ("show", "season"):
            episodes = catalogue.episodes_of(found.kind, found.id)
            plays += (Found("episode", episode.id, found.said) for episode in episodes)
        else:
            plays.append(found)
    return Reading(plays, reading.not_found)


def read_items(catalogue: Catalogue, body: Json, key: str = "") -> Reading:
    """The items that a body names: those objects that hold `key`, or in which nothing is nested."""
    reading = Reading()
    for name in ARRAYS:
        kind = name.removesuffix("s")
        for said in _objects(body, name):
            trakt_id = _id_of(catalogue, kind, said)
            if trakt_id is None:
                reading.not_found[name].append(said)
                continue
            if said.get(key) is not None or not said.get("seasons"):
                reading.found.append(Found(kind, trakt_id, (said,)))
            if show := kind == "show" and catalogue.show("trakt", trakt_id):
                _read_nested(show, said, key, reading)
    return reading


def moment_text(text: object) -> str | None:
    """A date or date-time as Trakt's own text (UTC, milliseconds); None where it is neither."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return text_of(moment.replace(tzinfo=moment.tzinfo or UTC))


def _id_of(catalogue: Catalogue, kind: str, said: Json) -> int | None:
    """The Trakt id of what a request object means by its own ids, or (works only) by title and year."""
    ids = said.get("ids") or {}
    if kind in ("season", "episode"):
        known = catalogue.seasons if kind == "season" else catalogue.episodes
        return ids["trakt"] if ids.get("trakt") in known else None
    given = next((id_kind for id_kind in _ID_ORDER if ids.get(id_kind) is not None), None)
    work = catalogue.work(kind, given, ids[given]) if given else _by_title(catalogue, kind, said)
    return work.trakt_id if work else None


def _by_title(catalogue: Catalogue, kind: str, said: Json) -> Work | None:
    works = catalogue.shows if kind == "show" else catalogue.movies
    title, year = str(said.get("title") or "").casefold(), said.get("year")
    return next((one for one in works if one.title.casefold() == title and year in (None, one.year)), None)


def _read_nested(show: Show, said: Json, key: str, reading: Reading) -> None:
    above = {name: value for name, value in said.items() if name != "seasons"}
    missing: list[Json] = []
    for season_said in _objects(said, "seasons"):
        season = show.season(season_said.get("number", -1))
        if season_said.get(key) is not None or not _objects(season_said, "episodes"):
            if season is None:
                reading.not_found["seasons"].append({**above, "seasons": [season_said]})
            else:
                reading.found.append(Found("season", season.ids["trakt"], (said, season_said)))
        lost = _take_episodes(season, said, season_said, reading)
        if lost:
            missing.append({"number": season_said.get("number"), "episodes": lost})
    if missing:
        reading.not_found["episodes"].append({**above, "seasons": missing})


def _take_episodes(season: Season | None, said: Json, season_said: Json, reading: Reading) -> list[Json]:
    """Take a season's episodes; returns those that there are not."""
    lost = []
    for episode_said in _objects(season_said, "episodes"):
        episode = season.episode(episode_said.get("number", -1)) if season else None
        if episode is None:
            lost.append(episode_said)
        else:
            reading.found.append(Found("episode", episode.id, (said, season_said, episode_said)))
    return lost


def _objects(body: Json, name: str) -> list[Json]:
    value = body.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
