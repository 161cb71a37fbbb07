"""Changes packed into batches, and batches as request bodies that can only name explicit episodes and films."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from anitrakt_plan.core.changes import PlayChange
from anitrakt_plan.core.dates import When, format_instant, format_when
from anitrakt_plan.core.model import (
    EpisodeSubject,
    MovieSubject,
    RatingSubject,
    SeasonSubject,
    ShowSubject,
)
from anitrakt_plan.core.subjects import ListSubject, PlaySubject

PLAYS_PER_BATCH = 100
"""What Trakt's own importer and cleaners send at once (apis.md 1.9)."""

RATINGS_PER_BATCH = 200
"""Some 800 at once took Trakt about 45 seconds (apis.md 1.8)."""


@dataclass(frozen=True, slots=True)
class EpisodePlay:
    """A play of one episode of a season."""

    number: int
    when: When


@dataclass(frozen=True, slots=True)
class SeasonPlays:
    """Plays of a season's episodes; a season without episodes can't be made: Trakt would mark all of it."""

    season: int
    episodes: tuple[EpisodePlay, ...]

    def __post_init__(self) -> None:
        if not self.episodes:
            raise ValueError(f"season {self.season} needs at least one episode")


@dataclass(frozen=True, slots=True)
class ShowPlays:
    """Plays of a show's episodes; a show without seasons can't be made: Trakt would mark all of it."""

    show: int
    seasons: tuple[SeasonPlays, ...]

    def __post_init__(self) -> None:
        if not self.seasons:
            raise ValueError(f"show {self.show} needs at least one season with episodes")


@dataclass(frozen=True, slots=True)
class MoviePlay:
    """A play of a film."""

    movie: int
    when: When


def pack(changes: Sequence[PlayChange], size: int = PLAYS_PER_BATCH) -> tuple[tuple[PlayChange, ...], ...]:
    """First-fit: an entry's plays stay together, an entry of more than `size` is cut into pieces of `size`.

    No batch holds one item twice, for the answer's counts could not be told apart.
    """
    batches: list[list[PlayChange]] = []
    held: list[set[PlaySubject]] = []
    first_open = 0
    for piece in _pieces(changes, size):
        subjects = {change.subject for change in piece}
        for index in range(first_open, len(batches)):
            if len(batches[index]) + len(piece) <= size and not subjects & held[index]:
                batches[index] += piece
                held[index] |= subjects
                break
        else:
            batches.append(list(piece))
            held.append(subjects)
        while first_open < len(batches) and len(batches[first_open]) == size:
            first_open += 1
    return tuple(tuple(batch) for batch in batches)


def _pieces(changes: Sequence[PlayChange], size: int) -> Iterable[list[PlayChange]]:
    """Each entry's changes, at most `size` together, and no item twice in a piece."""
    by_entry: dict[tuple[object, int], list[PlayChange]] = defaultdict(list)
    seen: dict[tuple[object, PlaySubject], int] = defaultdict(int)
    for change in changes:
        nth = seen[(change.entry, change.subject)]
        seen[(change.entry, change.subject)] += 1
        by_entry[(change.entry, nth)].append(change)
    for together in by_entry.values():
        for start in range(0, len(together), size):
            yield together[start : start + size]


def history_body(changes: Sequence[PlayChange]) -> Mapping[str, object]:
    """The body of `POST /sync/history` (apis.md 1.7): Trakt ids with season and episode numbers, each dated."""
    shows, movies = _grouped(changes)
    body: dict[str, object] = {}
    if movies:
        body["movies"] = [
            {"watched_at": format_when(play.when), "ids": {"trakt": play.movie}} for play in movies
        ]
    if shows:
        body["shows"] = [_show_body(show) for show in shows]
    return body


def _grouped(changes: Sequence[PlayChange]) -> tuple[list[ShowPlays], list[MoviePlay]]:
    movies: list[MoviePlay] = []
    shows: dict[int, dict[int, list[EpisodePlay]]] = defaultdict(lambda: defaultdict(list))
    for change in changes:
        match change.subject:
            case MovieSubject(movie):
                movies.append(MoviePlay(movie, change.when))
            case EpisodeSubject(show, season, number):
                shows[show][season].append(EpisodePlay(number, change.when))
    grouped = [
        ShowPlays(show, tuple(SeasonPlays(season, tuple(episodes)) for season, episodes in seasons.items()))
        for show, seasons in shows.items()
    ]
    return grouped, movies


def _show_body(show: ShowPlays) -> Mapping[str, object]:
    return {
        "ids": {"trakt": show.show},
        "seasons": [
            {
                "number": season.season,
                "episodes": [
                    {"number": episode.number, "watched_at": format_when(episode.when)}
                    for episode in season.episodes
                ],
            }
            for season in show.seasons
        ],
    }


@dataclass(frozen=True, slots=True)
class RatingToSend:
    """One rating as it goes out. `rated_at` is UTC; one that is put back keeps its seconds."""

    subject: RatingSubject
    value: int
    rated_at: datetime


def ratings_body(ratings: Sequence[RatingToSend]) -> Mapping[str, object]:
    """The body of `POST /sync/ratings` (apis.md 1.8)."""
    return _subjects_body(
        {r.subject: {"rating": r.value, "rated_at": format_instant(r.rated_at)} for r in ratings}
    )


def ratings_removal_body(subjects: Iterable[RatingSubject]) -> Mapping[str, object]:
    """The body of `POST /sync/ratings/remove` (apis.md 1.8)."""
    return _subjects_body({subject: {} for subject in subjects})


def listing_body(subjects: Iterable[ListSubject]) -> Mapping[str, object]:
    """The body that puts shows and films on a list or takes them off it (apis.md 1.9)."""
    return _subjects_body({subject: {} for subject in subjects})


def history_removal_body(ids: Iterable[int]) -> Mapping[str, object]:
    """The body of `POST /sync/history/remove`: single plays by their own ids, never by item (apis.md 1.7)."""
    return {"ids": sorted(ids)}


def _subjects_body(said: Mapping[RatingSubject, Mapping[str, object]]) -> Mapping[str, object]:
    """Films, shows, and seasons and episodes nested in their shows, each with what is said of it.

    A show that is meant itself stands apart from one that only holds seasons, and a season likewise: in a removal
    nothing else tells them apart.
    """
    movies: list[Mapping[str, object]] = []
    shows: list[Mapping[str, object]] = []
    seasons: dict[int, list[Mapping[str, object]]] = defaultdict(list)
    episodes: dict[tuple[int, int], list[Mapping[str, object]]] = defaultdict(list)
    for subject, words in said.items():
        match subject:
            case MovieSubject(movie):
                movies.append({**words, "ids": {"trakt": movie}})
            case ShowSubject(show):
                shows.append({**words, "ids": {"trakt": show}})
            case SeasonSubject(show, season):
                seasons[show].append({**words, "number": season})
            case EpisodeSubject(show, season, number):
                episodes[(show, season)].append({**words, "number": number})
    for (show, season), inside in episodes.items():
        seasons[show].append({"number": season, "episodes": inside})
    shows += [{"ids": {"trakt": show}, "seasons": inside} for show, inside in seasons.items()]
    return {name: objects for name, objects in (("movies", movies), ("shows", shows)) if objects}


def cut(items: Sequence[RatingToSend], size: int = RATINGS_PER_BATCH) -> tuple[tuple[RatingToSend, ...], ...]:
    """Ratings in batches, in order."""
    return tuple(tuple(items[start : start + size]) for start in range(0, len(items), size))
