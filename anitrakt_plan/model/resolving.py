"""Works that are named by TMDB's id: the same with Trakt's, where somebody knows it, so that equal works are equal.

Two matches are the same if they are equal once both are resolved; nothing else compares TMDB's ids with Trakt's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar, assert_never

from anitrakt_plan.model.account import (
    EpisodeSubject,
    ListSubject,
    MovieSubject,
    RatingSubject,
    SeasonSubject,
    ShowSubject,
    list_subject,
)
from anitrakt_plan.model.catalogue import TargetKind, TmdbId, TraktId, WorkId
from anitrakt_plan.model.matches import Match, MovieMatch, ShowMatch, format_match, kind_and_id, parse_match
from anitrakt_plan.model.plan import Plan, PlanEntry

Resolver = Callable[[TargetKind, int], TraktId | None]
"""Trakt's id of the show or film that has a TMDB id; None where it does not know it."""

Subject = TypeVar("Subject", bound=RatingSubject)


def no_resolver(_: TargetKind, __: int) -> TraktId | None:
    """Know no id."""
    return None


def first_of(*resolvers: Resolver) -> Resolver:
    """Ask one after the other until one knows the id."""

    def ask(kind: TargetKind, tmdb: int) -> TraktId | None:
        return next((known for one in resolvers if (known := one(kind, tmdb)) is not None), None)

    return ask


def resolver_of(known: Mapping[ListSubject, TraktId]) -> Resolver:
    """Look ids up in a table: Trakt's by the work with its TMDB id."""

    def look_up(kind: TargetKind, tmdb: int) -> TraktId | None:
        return known.get(list_subject(kind, TmdbId(tmdb)))

    return look_up


def resolved_id(kind: TargetKind, work: WorkId, resolve: Resolver) -> WorkId:
    """A work's id: Trakt's, where that is known."""
    if not isinstance(work, TmdbId):
        return work
    known = resolve(kind, work.number)
    return work if known is None else known


def resolved_match(match: Match, resolve: Resolver) -> Match:
    """The same match with Trakt's id, where that is known."""
    match match:
        case MovieMatch(movie):
            known = resolved_id(TargetKind.MOVIE, movie, resolve)
            return match if known == movie else MovieMatch(known)
        case ShowMatch(show, mapping):
            known = resolved_id(TargetKind.SHOW, show, resolve)
            return match if known == show else ShowMatch(known, mapping)


def resolved_text(text: str, resolve: Resolver) -> str:
    """The same of a match in short form; what can't be read stays as it is."""
    try:
        return format_match(resolved_match(parse_match(text), resolve))
    except ValueError:
        return text


def resolved_subject(subject: Subject, resolve: Resolver) -> Subject:
    """The same of what a play, a rating or a list is about."""
    match subject:
        case MovieSubject(movie):
            return replace(subject, movie=resolved_id(TargetKind.MOVIE, movie, resolve))
        case ShowSubject(show) | SeasonSubject(show) | EpisodeSubject(show):
            return replace(subject, show=resolved_id(TargetKind.SHOW, show, resolve))
        case _:
            assert_never(subject)


def resolved_entry(entry: PlanEntry, resolve: Resolver) -> PlanEntry:
    """The same entry with Trakt's ids in its match (behind `#>`, too) and its candidates, where they are known."""
    if not any(
        work_without_trakt_id(match) for match in (entry.match, *(one.match for one in entry.candidates))
    ):
        return entry
    candidates = tuple(replace(one, match=resolved_match(one.match, resolve)) for one in entry.candidates)
    if entry.resolved is None:
        return replace(entry, candidates=candidates)
    match, was, hint = resolved_match(entry.resolved, resolve), format_match(entry.resolved), entry.hint
    if hint is not None and hint.startswith(was):
        hint = format_match(match) + hint.removeprefix(was)
    return replace(entry, match=match, candidates=candidates, hint=hint)


def resolved_plan(plan: Plan, resolve: Resolver) -> Plan:
    """The same plan with Trakt's ids in its matches and candidates, where they are known."""
    return replace(plan, entries=tuple(resolved_entry(entry, resolve) for entry in plan.entries))


def work_without_trakt_id(match: object) -> ListSubject | None:
    """The show or film of a match that only TMDB's id names; None for any other match."""
    if not isinstance(match, MovieMatch | ShowMatch):
        return None
    kind, number = kind_and_id(match)
    return list_subject(kind, number) if isinstance(number, TmdbId) else None


def work_of_match(match: Match) -> ListSubject:
    """The show or film of a match."""
    return list_subject(*kind_and_id(match))
