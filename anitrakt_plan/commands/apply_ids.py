"""Looked up before anything is sent: pasted addresses, ids that a person typed, air dates, ids of gone episodes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time

from rapidfuzz import fuzz

from anitrakt_plan.commands.ports import Catalogue
from anitrakt_plan.core.desired import Desired
from anitrakt_plan.core.episodes import format_match, mapping_episodes
from anitrakt_plan.core.evidence import same_work
from anitrakt_plan.core.knowledge import Knowledge
from anitrakt_plan.core.model import (
    Address,
    DatePolicy,
    Decision,
    EpisodeSubject,
    Match,
    Movie,
    MovieMatch,
    MovieSubject,
    Plan,
    PlanEntry,
    Run,
    Season,
    ShowMatch,
    Straight,
    TargetKind,
    Work,
)
from anitrakt_plan.core.sending import is_sent
from anitrakt_plan.core.subjects import PlaySubject
from anitrakt_plan.errors import PlanInvalid

_ALIKE = 55.0
"""Per cent by which a typed id's title must resemble the entry's: low, for titles are translated, but a wrong digit
lands on something wholly different."""
_ALIAS_ALIKE = 70.0
"""The same for an alias: a work has dozens in all languages, so that one of them is a little alike by chance."""
_ALIAS_LENGTH = 6
"""Shorter ones are acronyms and single words, which stand in many a title."""


def resolve_addresses(plan: Plan, catalogue: Catalogue) -> Plan:
    """The plan with every sent entry's pasted address looked up. Raises PlanInvalid where one can't be sent."""
    return replace(plan, entries=tuple(resolve_entry(entry, catalogue) for entry in plan.entries))


def resolve_entry(entry: PlanEntry, catalogue: Catalogue) -> PlanEntry:
    """A sent entry with its pasted address looked up; others as they are. Raises PlanInvalid where it can't be sent."""
    if not isinstance(entry.match, Address) or not entry.decision.sends:
        return entry
    try:
        target = catalogue.resolve_address(entry.match.url)
    except ValueError as error:
        raise PlanInvalid(
            str(error), where=str(entry.key), todo="Paste another address, or take it out."
        ) from None
    if isinstance(target.work, Movie):
        return replace(entry, match=MovieMatch(target.work.id))
    runs = tuple(run for run in target.runs if isinstance(run, Run))
    if not runs:
        raise PlanInvalid(
            f"`{entry.match.url}` is a whole show; only episodes are ever sent",
            where=str(entry.key),
            todo="Paste the address of the season or the episode, or write {show: ID, episodes: S01E01-E12}.",
        )
    match = ShowMatch(target.work.id, Straight(runs))
    count = len(mapping_episodes(match.mapping))
    if entry.facts.episodes not in (None, count):
        raise PlanInvalid(
            f"`{entry.match.url}` has {count} episodes, and the entry has {entry.facts.episodes}",
            where=str(entry.key),
            todo=f"Write which ones: `match: {{show: {match.show}, episodes: ...}}`.",
        )
    return replace(entry, match=match)


def typed_entries(plan: Plan, knowledge: Knowledge) -> Iterator[tuple[PlanEntry, Match]]:
    """Sent entries whose match nobody but a person has named, and that were not looked up before."""
    for entry in plan.entries:
        match = _typed_match(entry)
        if match is not None and is_sent(plan, entry) and not _is_known(entry, match, knowledge):
            yield entry, match


def _typed_match(entry: PlanEntry) -> Match | None:
    if entry.decision is not Decision.CONFIRMED or entry.sure or not isinstance(entry.match, Match):
        return None
    is_offered = any(candidate.match == entry.match for candidate in entry.candidates)
    is_hinted = (entry.hint or "").startswith(format_match(entry.match))
    return None if is_offered or is_hinted else entry.match


def _is_known(entry: PlanEntry, match: Match, knowledge: Knowledge) -> bool:
    text = format_match(match)
    read_back = (play for play in knowledge.plays_for(entry.key) if play.id is not None)
    return (entry.key, text) in knowledge.checked or any(play.match == text for play in read_back)


def check_typed(entry: PlanEntry, match: Match, catalogue: Catalogue) -> str | None:
    """Look up a typed id: a sentence where kind, title or episode count do not agree, else None.

    A show or film in which the entry has a candidate needs no like title: other episodes of it were typed.
    """
    is_offered = any(same_work(candidate.match, match) for candidate in entry.candidates)
    if isinstance(match, MovieMatch):
        return _check_film(entry, match.movie, catalogue, is_offered=is_offered)
    show = catalogue.show(match.show)
    if show is None:
        return f"Trakt has no show {match.show}"
    differs = None if is_offered else _title_differs(entry, show, catalogue)
    return differs or _lacking_episodes(match, show.title, catalogue)


def _check_film(entry: PlanEntry, movie_id: int, catalogue: Catalogue, *, is_offered: bool) -> str | None:
    movie = catalogue.movie(movie_id)
    if movie is None:
        return f"Trakt has no film {movie_id}"
    if is_offered:
        return None
    if (entry.facts.episodes or 1) > 1:
        return f"{movie_id} is the film «{movie.title}», and the entry has {entry.facts.episodes} episodes"
    return _title_differs(entry, movie, catalogue)


def _lacking_episodes(match: ShowMatch, title: str, catalogue: Catalogue) -> str | None:
    listed = {(season, number) for season, number, _, _ in _listed(catalogue.seasons(match.show))}
    lacking = [e for e in mapping_episodes(match.mapping) if (e.season, e.number) not in listed]
    if not lacking:
        return None
    first = lacking[0]
    return f"«{title}» has no S{first.season:02d}E{first.number:02d} on Trakt ({len(lacking)} missing)"


def likely_instead(entry: PlanEntry) -> str:
    """The candidate that a person probably meant, as the end of a sentence; empty where the entry has none."""
    if not entry.candidates:
        return ""
    best = entry.candidates[0]
    return f"; did you mean `{format_match(best.match)}`, «{best.title}» ({best.year or 'year unknown'})?"


def _title_differs(entry: PlanEntry, work: Work, catalogue: Catalogue) -> str | None:
    """A sentence where none of a work's titles is like the entry's; its aliases are asked for only where they matter.

    A list that has the romaji title alone says nothing of a show that Trakt knows by its English one.
    """
    if not (entry.title or entry.english) or _likeness(entry, (work.title, work.original_title)) >= (
        _ALIKE / 2 if _is_same_year(entry, work) else _ALIKE
    ):
        return None
    kind = TargetKind.MOVIE if isinstance(work, Movie) else TargetKind.SHOW
    aliases = (alias for alias in catalogue.aliases(kind, work.id) if len(alias) >= _ALIAS_LENGTH)
    if _likeness(entry, aliases) >= _ALIAS_ALIKE:
        return None
    what = "film" if kind is TargetKind.MOVIE else "show"
    return f"{what} {work.id} is «{work.title}» ({work.year or 'year unknown'}) on Trakt"


def _is_same_year(entry: PlanEntry, work: Work) -> bool:
    """Give or take one: what is aired around New Year counts differently."""
    ours, theirs = entry.facts.year, work.year
    return ours is not None and theirs is not None and abs(ours - theirs) <= 1


def _likeness(entry: PlanEntry, names: Iterable[str | None]) -> float:
    """By how many per cent the likest of some names is like a title of the entry; 0 where there are none."""
    ours = [name.casefold() for name in (entry.title, entry.english) if name]
    theirs = [name.casefold() for name in names if name]
    return max((fuzz.token_set_ratio(a, b) for a in ours for b in theirs), default=0.0)


def aired_of(
    plan: Plan, desired: Iterable[Desired], catalogue: Catalogue
) -> Mapping[PlaySubject, datetime | None]:
    """When the plays' episodes aired and films came out, read only where a date policy needs it."""
    aired: dict[PlaySubject, datetime | None] = {}
    shows: set[int] = set()
    for item in desired:
        policy = item.entry.dates or plan.policy.dates
        match item.match:
            case MovieMatch(movie) if policy is DatePolicy.RELEASED and item.watched:
                aired[MovieSubject(movie)] = _released(catalogue.movie(movie))
            case ShowMatch(show) if policy is DatePolicy.SPREAD and item.watched:
                shows.add(show)
            case _:
                pass
    for show in shows:
        for season, number, _, first_aired in _listed(catalogue.seasons(show)):
            aired[EpisodeSubject(show, season, number)] = first_aired
    return aired


def _released(movie: Movie | None) -> datetime | None:
    day = movie.released if movie else None
    return datetime.combine(day, time(12), tzinfo=UTC) if day else None


def episode_ids_of(shows: Iterable[int], catalogue: Catalogue) -> Mapping[PlaySubject, int]:
    """Trakt's ids of these shows' episodes by the numbers they have today."""
    return {
        EpisodeSubject(show, season, number): episode
        for show in shows
        for season, number, episode, _ in _listed(catalogue.seasons(show))
    }


def _listed(seasons: tuple[Season, ...] | None) -> Iterable[tuple[int, int, int, datetime | None]]:
    for season in seasons or ():
        for episode in season.episodes:
            yield season.number, episode.number, episode.id, episode.first_aired
