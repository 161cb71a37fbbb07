"""."""

from __future__ import annotations

from anitrakt_plan.model.account import EpisodeSubject, MovieSubject, PlaySubject
from anitrakt_plan.model.catalogue import Episode
from anitrakt_plan.model.matches import Match, MovieMatch, ShowMatch, mapping_episodes, watched_episodes
from anitrakt_plan.model.plan import PlanEntry
from anitrakt_plan.model.sending import WHOLE


def subjects_of_match(
    entry: PlanEntry, match: Match
) -> tuple[tuple[PlaySubject, ...], tuple[PlaySubject, ...]]:
    """An entry's whole run on Trakt, and the part of it that its progress covers.

    `completed` and `repeating` mean all episodes, whatever number the list gives. A film is watched when all of the
    list's episodes are.
    """
    whole = entry.progress.status in WHOLE
    if isinstance(match, MovieMatch):
        film: tuple[PlaySubject, ...] = (MovieSubject(match.movie),)
        return film, film if whole or entry.progress.watched >= (entry.facts.episodes or 1) else ()
    own = mapping_episodes(match.mapping)
    watched = own if whole else watched_episodes(match.mapping, entry.progress.watched)
    return _of_show(match, own), _of_show(match, watched)


def _of_show(match: ShowMatch, episodes: tuple[Episode, ...]) -> tuple[PlaySubject, ...]:
    unique = dict.fromkeys(episodes)
    return tuple(EpisodeSubject(match.show, episode.season, episode.number) for episode in unique)
