"""What things are called for a person: an entry's place on Trakt by its title, ids last."""

from __future__ import annotations

from collections.abc import Iterable

from anitrakt_plan.model import (
    EpisodeSubject,
    Match,
    MovieMatch,
    MovieSubject,
    Plan,
    PlanEntry,
    RatingSubject,
    Run,
    SeasonSubject,
    ShowSubject,
)
from anitrakt_plan.model.account import ListSubject, format_subject
from anitrakt_plan.model.matches import format_mapping, format_match, format_run
from anitrakt_plan.model.resolving import work_of_match
from anitrakt_plan.planfile import names_match, parse_hint
from anitrakt_plan.words import titled


def work_name(entry: PlanEntry) -> str:
    """The work of an entry's match with its year, where the file says it: behind the match, or in a candidate."""
    match = entry.resolved
    if match is None:
        return ""
    if names_match(entry.hint, match) and (name := parse_hint(entry.hint).name):
        return name
    same = (one for one in entry.candidates if work_of_match(one.match) == work_of_match(match))
    return next((titled(one.title, one.year) for one in same), "")


def place_name(match: Match) -> str:
    """Where in its work a match is: `S03E13–E22`, `film`."""
    return "film" if isinstance(match, MovieMatch) else format_mapping(match.mapping).replace("-E", "–E")


def target_name(entry: PlanEntry) -> str:
    """Where an entry goes: `Attack on Titan (2013) S03E13–E22`, `Akira (1988)`; with ids where nobody knows a title."""
    match, name = entry.resolved, work_name(entry)
    if match is None:
        return ""
    if not name:
        return format_match(match)
    return name if isinstance(match, MovieMatch) else f"{name} {place_name(match)}"


def names_of_works(plan: Plan, works: Iterable[ListSubject]) -> list[str]:
    """Shows and films by their titles, or by the list's own, as far as the plan knows them."""
    known = {
        work_of_match(entry.resolved): work_name(entry) or entry.title
        for entry in plan.entries
        if entry.resolved is not None
    }
    return [known.get(work) or format_subject(work) for work in works]


def part_name(subject: RatingSubject) -> str:
    """Which part of its work a rating is of: `show`, `season 3`, `S03E13`; empty for a film."""
    match subject:
        case ShowSubject():
            return "show"
        case SeasonSubject(season=season):
            return f"season {season}" if season else "specials"
        case EpisodeSubject(season=season, number=number):
            return format_run(Run(season, number, number))
        case MovieSubject():
            return ""


def some(names: Iterable[str], most: int = 3) -> str:
    """A few of many names: `Akira and Naruto`, `Akira, Naruto, Bleach and 5 more`."""
    names = list(dict.fromkeys(names))
    shown = [*names[:most], *([f"{len(names) - most} more"] if len(names) > most else [])]
    return " and ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))
