"""The practice catalogue: what exists on the list services and on Trakt, and where the one is on the other."""

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from itertools import chain
from typing import Any, ClassVar, NamedTuple, TypeVar, cast

Json = dict[str, Any]


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
        usual = self.episodes[number - 1 : number] if number > 0 else []
        return next((episode for episode in chain(usual, self.episodes) if episode.number == number), None)

    @property
    def days(self) -> list[str]:
        """The days on which its episodes aired or will air, as far as they are known."""
        return [episode.first_aired for episode in self.episodes if episode.first_aired]


@dataclass(slots=True)
class Work:
    """What a show and a film on Trakt have in common."""

    title: str
    year: int
    ids: Json
    aliases: list[str]

    @property
    def trakt_id(self) -> int:
        return cast(int, self.ids["trakt"])


@dataclass(slots=True)
class Show(Work):
    """A Trakt show with all its seasons."""

    kind: ClassVar[str] = "show"
    seasons: list[Season]

    def season(self, number: int) -> Season | None:
        return next((season for season in self.seasons if season.number == number), None)


@dataclass(slots=True)
class Movie(Work):
    """A Trakt film; `released` is an ISO day or None."""

    kind: ClassVar[str] = "movie"
    released: str | None


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


T = TypeVar("T", bound=Work)
Words = tuple[str, ...]


class Named(NamedTuple):
    """A work with the words of its title and of each alias."""

    work: Show | Movie
    title: Words
    aliases: tuple[Words, ...]


class EpisodePlace(NamedTuple):
    """An episode together with the season and the show that hold it."""

    show: Show
    season: Season
    episode: Episode


class Catalogue:
    """All anime, shows and films, found by any of their ids; the package's own unless a document is given.

    `anibridge` and `anitrakt` are all rows of these id maps where they are given, instead of what follows from the
    anime.
    """

    def __init__(self, document: Json | None = None) -> None:
        document = document or load_document()
        self.anime = [Anime(**item) for item in document["anime"]]
        self.shows = [_show(item) for item in document["shows"]]
        self.movies = [Movie(**{"released": None, **item}) for item in document["movies"]]
        self.sample_list: list[Json] = document["sample_list"]
        self.account: Json = document["account"]
        self.anibridge: Json | None = document.get("anibridge")
        self.anitrakt: list[Json] | None = document.get("anitrakt")

    @cached_property
    def _shows(self) -> dict[tuple[str, str], Show]:
        return _by_id(self.shows)

    @cached_property
    def _movies(self) -> dict[tuple[str, str], Movie]:
        return _by_id(self.movies)

    @cached_property
    def _anime(self) -> dict[tuple[str, int | None], Anime]:
        numbered = {("anilist", anime.anilist): anime for anime in self.anime}
        return numbered | {("mal", anime.mal): anime for anime in self.anime}

    @cached_property
    def anime_of_shows(self) -> dict[int, list[Anime]]:
        """The anime that are on a show, by its Trakt id."""
        found: defaultdict[int, list[Anime]] = defaultdict(list)
        for anime in self.anime:
            if anime.trakt and "show" in anime.trakt:
                found[anime.trakt["show"]].append(anime)
        return found

    @cached_property
    def seasons(self) -> dict[int, tuple[Show, Season]]:
        """All seasons, each with its show, by their Trakt ids."""
        return {season.ids["trakt"]: (show, season) for show in self.shows for season in show.seasons}

    @cached_property
    def episodes(self) -> dict[int, EpisodePlace]:
        """All episodes by their Trakt ids."""
        return {
            episode.id: EpisodePlace(show, season, episode)
            for show in self.shows
            for season in show.seasons
            for episode in season.episodes
        }

    @cached_property
    def named(self) -> dict[str, dict[tuple[str, int], Named]]:
        """The works, by kind and Trakt id, that have a word in one of their names."""
        found: defaultdict[str, dict[tuple[str, int], Named]] = defaultdict(dict)
        works: list[Show | Movie] = [*self.shows, *self.movies]
        for work in works:
            known = Named(work, words_of(work.title), tuple(map(words_of, work.aliases)))
            for word in chain(known.title, *known.aliases):
                found[word][work.kind, work.trakt_id] = known
        return found

    def show(self, kind: str, value: object) -> Show | None:
        """The show with this id; kind is trakt, slug, imdb, tmdb or tvdb."""
        return self._shows.get((kind, str(value)))

    def movie(self, kind: str, value: object) -> Movie | None:
        """The film with this id; kind is trakt, slug, imdb or tmdb."""
        return self._movies.get((kind, str(value)))

    def work(self, kind: str, id_kind: str, value: object) -> Show | Movie | None:
        """The "show" or "movie" with this id."""
        return self.show(id_kind, value) if kind == "show" else self.movie(id_kind, value)

    def episode_id(self, show_id: int, season_number: int, number: int) -> int:
        """The Trakt id of an episode. Raises KeyError where there is none."""
        show = self.show("trakt", show_id)
        season = show.season(season_number) if show else None
        episode = season.episode(number) if season else None
        if episode is None:
            raise KeyError(f"show {show_id} has no S{season_number:02d}E{number:02d}")
        return episode.id

    def episodes_of(self, kind: str, item: int) -> list[Episode]:
        """All episodes of a show or a season."""
        show = self._shows["trakt", str(item)] if kind == "show" else None
        seasons = show.seasons if show else [self.seasons[item][1]]
        return [episode for season in seasons for episode in season.episodes]

    def anime_by(self, *, mal: int | None = None, anilist: int | None = None) -> Anime | None:
        """The anime with this id; MyAnimeList's counts where both are given."""
        return self._anime.get(("anilist", anilist) if mal is None else ("mal", mal))

    def related(self, anime: Anime) -> Iterator[tuple[str, Anime]]:
        """What comes right before and after an anime: "prequel" or "sequel", and which."""
        for other in self.anime:
            if anime.mal and other.prequel == anime.mal:
                yield "sequel", other
            elif anime.prequel and anime.prequel == other.mal:
                yield "prequel", other


def load_document() -> Json:
    """A fresh copy of the package's own data."""
    document: Json = json.loads(text_of_file("catalogue.json"))
    return document


@cache
def constants(name: str) -> Json:
    """What is the same in every answer of this form."""
    known: Json = json.loads(text_of_file("constants.json"))
    part: Json = known[name]
    return part


@cache
def text_of_file(name: str) -> str:
    return files("anitrakt_plan.sandbox").joinpath(name).read_text(encoding="utf-8")


def _show(item: Json) -> Show:
    seasons = [
        Season(season["number"], season["ids"], [Episode(*row) for row in season["episodes"]])
        for season in item["seasons"]
    ]
    return Show(item["title"], item["year"], item["ids"], item["aliases"], seasons)


def _by_id(works: Iterable[T]) -> dict[tuple[str, str], T]:
    return {
        (kind, str(value)): work for work in works for kind, value in work.ids.items() if value is not None
    }


def words_of(text: str) -> Words:
    """The words of a text, without case and accents."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return tuple(re.findall(r"\w+", "".join(char for char in plain if not unicodedata.combining(char))))
