"""The practice catalogue: what exists on the list services and on Trakt, and where the one is on the other."""

import json
import marshal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, NamedTuple, cast

from anitrakt_plan.sandbox.names import NameIndex

Json = dict[str, Any]

_FIRST_MADE_UP_ID = 1_500_000_000  # above every id of the catalogue


@dataclass(slots=True)
class Episode:
    """An episode as Trakt has it; `first_aired` is an ISO day, or None while nobody knows."""

    number: int
    id: int
    first_aired: str | None


@dataclass(slots=True)
class Season:
    """A season of a show, number 0 for the specials."""

    number: int
    ids: Json
    episodes: list[Episode]

    def episode(self, number: int) -> Episode | None:
        # Nearly every season counts 1, 2, 3 …, and long ones are asked for each of their episodes.
        usual = self.episodes[number - 1] if 0 < number <= len(self.episodes) else None
        if usual is not None and usual.number == number:
            return usual
        return next((episode for episode in self.episodes if episode.number == number), None)


@dataclass(slots=True)
class Show:
    """A Trakt show with all its seasons."""

    title: str
    year: int
    ids: Json
    aliases: list[str]
    seasons: list[Season]

    def season(self, number: int) -> Season | None:
        return next((season for season in self.seasons if season.number == number), None)

    @property
    def trakt_id(self) -> int:
        return cast(int, self.ids["trakt"])


@dataclass(slots=True)
class Movie:
    """A Trakt film; `released` is an ISO day or None."""

    title: str
    year: int
    ids: Json
    aliases: list[str]
    released: str | None

    @property
    def trakt_id(self) -> int:
        return cast(int, self.ids["trakt"])


@dataclass(slots=True)
class Anime:
    """An entry of the list services' data base, with where it is on Trakt and what the id maps say of it.

    `trakt` is None (not there), `{"movie": id}`, or `{"show": id, "runs": [[season, first, last], …]}` with
    an optional `ratio`. `lacks` names the id maps that do not know it; `anitrakt` and `anibridge` are what
    these say instead of the truth.
    """

    mal: int | None
    anilist: int | None
    title: str
    type: str
    english: str | None = None
    native: str | None = None
    synonyms: list[str] = field(default_factory=list)
    episodes: int | None = None
    start: str | None = None
    end: str | None = None
    duration: int | None = None
    prequel: int | None = None
    trakt: Json | None = None
    lacks: list[str] = field(default_factory=list)
    anitrakt: Json | None = None
    anibridge: Json | None = None
    nsfw: str = "white"
    trakt_link: bool = False

    @property
    def airing(self) -> bool:
        """Whether it still runs."""
        return self.type == "TV" and self.end is None

    @property
    def season(self) -> str | None:
        """The season of the year in which it began, as far as that is known."""
        month = self.start[5:7] if self.start else ""
        return ("winter", "spring", "summer", "fall")[(int(month) - 1) // 3] if month else None


class EpisodePlace(NamedTuple):
    """An episode together with the season and the show that hold it."""

    show: Show
    season: Season
    episode: Episode


class Catalogue:
    """All anime, shows and films, found by any of their ids. Tests may change it through its methods.

    `anibridge` and `anitrakt` are all rows of these id maps where they are given, instead of what follows from the
    anime.
    """

    def __init__(self, document: Json) -> None:
        self.anime = [Anime(**item) for item in document["anime"]]
        self.shows = [_show(item) for item in document["shows"]]
        self.movies = [Movie(**{"released": None, **item}) for item in document["movies"]]
        self.sample_list: list[Json] = document["sample_list"]
        self.account: Json = document["account"]
        self.anibridge: Json | None = document.get("anibridge")
        self.anitrakt: list[Json] | None = document.get("anitrakt")
        self._made_up = _FIRST_MADE_UP_ID
        self.reindex()

    def reindex(self) -> None:
        """Find everything anew, after shows, seasons or films were changed."""
        self._shows = {key: show for show in self.shows for key in _keys(show.ids)}
        self._movies = {key: movie for movie in self.movies for key in _keys(movie.ids)}
        for name in ("_episodes", "_seasons", "show_names", "movie_names", "_on_shows"):
            self.__dict__.pop(name, None)  # made again when next asked for

    @cached_property
    def _episodes(self) -> dict[int, EpisodePlace]:
        return {place.episode.id: place for show in self.shows for place in all_episodes(show)}

    @cached_property
    def _seasons(self) -> dict[int, tuple[Show, Season]]:
        return {season.ids["trakt"]: (show, season) for show in self.shows for season in show.seasons}

    @cached_property
    def show_names(self) -> NameIndex[Show]:
        """All shows by the words of their names."""
        return NameIndex(self.shows)

    @cached_property
    def movie_names(self) -> NameIndex[Movie]:
        """All films by the words of their names."""
        return NameIndex(self.movies)

    def anime_on(self, show_id: int) -> list[Anime]:
        """The anime that are on this show."""
        return self._on_shows.get(show_id, [])

    @cached_property
    def _on_shows(self) -> dict[int, list[Anime]]:
        found: dict[int, list[Anime]] = {}
        for anime in self.anime:
            if anime.trakt and "show" in anime.trakt:
                found.setdefault(anime.trakt["show"], []).append(anime)
        return found

    def show(self, kind: str, value: object) -> Show | None:
        """The show with this id; kind is trakt, slug, imdb, tmdb or tvdb."""
        return self._shows.get((kind, str(value)))

    def movie(self, kind: str, value: object) -> Movie | None:
        """The film with this id; kind is trakt, slug, imdb or tmdb."""
        return self._movies.get((kind, str(value)))

    def season(self, trakt_id: int) -> tuple[Show, Season] | None:
        return self._seasons.get(trakt_id)

    def episode(self, trakt_id: int) -> EpisodePlace | None:
        return self._episodes.get(trakt_id)

    def episode_id(self, show_id: int, season_number: int, number: int) -> int:
        """The Trakt id of an episode. Raises KeyError where there is none."""
        show = self.show("trakt", show_id)
        season = show.season(season_number) if show else None
        episode = season.episode(number) if season else None
        if episode is None:
            raise KeyError(f"show {show_id} has no S{season_number:02d}E{number:02d}")
        return episode.id

    def anime_by(self, *, mal: int | None = None, anilist: int | None = None) -> Anime | None:
        if mal is not None:
            return next((anime for anime in self.anime if anime.mal == mal), None)
        return next((anime for anime in self.anime if anime.anilist == anilist), None)

    def related(self, anime: Anime) -> Iterator[tuple[str, Anime]]:
        """What comes right before and after an anime: "prequel" or "sequel", and which."""
        for other in self.anime:
            if anime.mal and other.prequel == anime.mal:
                yield "sequel", other
            elif anime.prequel and anime.prequel == other.mal:
                yield "prequel", other

    def add_show(
        self, title: str, year: int, seasons: dict[int, int], *, trakt_id: int | None = None
    ) -> Show:
        """A new show with that many episodes a season (aired weekly from January of the year)."""
        show_id = trakt_id or self.new_id()
        slug = "-".join(title.lower().split())
        show = Show(title, year, {"trakt": show_id, "slug": f"{slug}-{show_id}"}, [], [])
        for number, count in seasons.items():
            days = [f"{year}-{1 + week // 4 % 12:02d}-{1 + 7 * (week % 4):02d}" for week in range(count)]
            episodes = [Episode(index + 1, self.new_id(), day) for index, day in enumerate(days)]
            show.seasons.append(Season(number, {"trakt": self.new_id()}, episodes))
        self.shows.append(show)
        self.reindex()
        return show

    def remove_show(self, show_id: int) -> None:
        """Takes a show away, as when its source data base deletes it; its plays can no more be listed."""
        self.shows = [show for show in self.shows if show.trakt_id != show_id]
        self.reindex()

    def remove_movie(self, movie_id: int) -> None:
        self.movies = [movie for movie in self.movies if movie.trakt_id != movie_id]
        self.reindex()

    def merge_seasons(
        self,
        show_id: int,
        source: int,
        target: int,
        *,
        new_ids: bool = False,
        numbers_from: int | None = None,
    ) -> dict[int, int]:
        """Moves the episodes of one season behind those of another, numbered on, and returns old id → new id."""
        show = self.show("trakt", show_id)
        moved = show.season(source) if show else None
        into = show.season(target) if show else None
        if show is None or moved is None or into is None:
            raise KeyError(f"show {show_id} has no seasons {source} and {target}")
        number = numbers_from or into.episodes[-1].number + 1
        changed: dict[int, int] = {}
        for offset, episode in enumerate(moved.episodes):
            changed[episode.id] = self.new_id() if new_ids else episode.id
            into.episodes.append(Episode(number + offset, changed[episode.id], episode.first_aired))
        show.seasons.remove(moved)
        self.reindex()
        return changed

    def renumber(self, show_id: int, season_number: int, first: int) -> None:
        """Numbers a season's episodes anew, beginning with `first`; the episodes' ids stay."""
        show = self.show("trakt", show_id)
        season = show.season(season_number) if show else None
        if season is None:
            raise KeyError(f"show {show_id} has no season {season_number}")
        for offset, episode in enumerate(season.episodes):
            episode.number = first + offset

    def new_id(self) -> int:
        self._made_up += 1
        return self._made_up


def load_catalogue() -> Catalogue:
    """A fresh catalogue from the package's own data."""
    return Catalogue(marshal.loads(_packed_document()))  # noqa: S302  # packed by this very process


@cache
def _packed_document() -> bytes:
    """The catalogue's data, read once a process; unpacking it copies it, several times faster than JSON."""
    text = files("anitrakt_plan.sandbox").joinpath("catalogue.json").read_text(encoding="utf-8")
    return marshal.dumps(json.loads(text))


def all_episodes(show: Show) -> Iterator[EpisodePlace]:
    for season in show.seasons:
        for episode in season.episodes:
            yield EpisodePlace(show, season, episode)


def _show(item: Json) -> Show:
    seasons = [
        Season(season["number"], season["ids"], [Episode(*row) for row in season["episodes"]])
        for season in item["seasons"]
    ]
    return Show(item["title"], item["year"], item["ids"], item["aliases"], seasons)


def _keys(ids: Json) -> Iterable[tuple[str, str]]:
    return [(kind, str(value)) for kind, value in ids.items() if value is not None]
