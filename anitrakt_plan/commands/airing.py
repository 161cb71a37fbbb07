"""What the season lists of today say of the episodes of a plan: their ids, and when they aired."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, time

from anitrakt_plan.model import (
    Catalogue,
    DatePolicy,
    EpisodeSubject,
    Movie,
    MovieMatch,
    MovieSubject,
    Plan,
    SeasonEpisode,
    SeasonsOf,
    ShowMatch,
    WorkId,
)
from anitrakt_plan.model.account import PlaySubject
from anitrakt_plan.sync.desired import Desired


def listed_episodes(show: WorkId, seasons_of: SeasonsOf) -> Iterator[tuple[EpisodeSubject, SeasonEpisode]]:
    """Each episode of a show by the numbers that it has today."""
    for season in seasons_of(show) or ():
        for episode in season.episodes:
            yield EpisodeSubject(show, season.number, episode.number), episode


def episode_ids_of(shows: Iterable[WorkId], catalogue: Catalogue) -> Mapping[PlaySubject, int]:
    """Trakt's ids of these shows' episodes by the numbers they have today."""
    return {
        subject: episode.id
        for show in shows
        for subject, episode in listed_episodes(show, catalogue.seasons)
        if episode.id is not None
    }


def aired_of(
    plan: Plan, desired: Iterable[Desired], catalogue: Catalogue
) -> Mapping[PlaySubject, datetime | None]:
    """When the plays' episodes aired and films came out, read only where a date policy needs it."""
    aired: dict[PlaySubject, datetime | None] = {}
    shows: set[WorkId] = set()
    for item in desired:
        match item.match, item.entry.dates or plan.policy.dates:
            case MovieMatch(movie), DatePolicy.RELEASED if item.watched:
                aired[MovieSubject(movie)] = _released(catalogue.movie(movie))
            case ShowMatch(show), DatePolicy.SPREAD if item.watched:
                shows.add(show)
            case _:
                pass
    for show in shows:
        for subject, episode in listed_episodes(show, catalogue.seasons):
            aired[subject] = episode.first_aired
    return aired


def _released(movie: Movie | None) -> datetime | None:
    day = movie.released if movie else None
    return datetime.combine(day, time(12), tzinfo=UTC) if day else None
