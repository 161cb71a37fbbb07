"""Whether a match can be what the list's episodes are: the counts, ratios and parts of the two held together."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

from anitrakt_plan.model.matches import (
    Match,
    Part,
    Parts,
    Ratio,
    Run,
    ShowMatch,
    Straight,
    format_run,
    format_span,
    list_length,
    mapping_runs,
)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Why a match can't be what the list's episodes are; `code` is the plan file's name for it."""

    code: str
    message: str
    hint: str | None = None


def mismatches(match: Match, known: int | None, watched: int) -> list[Mismatch]:
    """Where the list's number of episodes (`known`; if unknown, of `watched` ones) and a match do not go together."""
    if not isinstance(match, ShowMatch):
        return []
    mapping = match.mapping
    room = list_length(mapping)
    match mapping:
        case Parts():
            found = _of_parts(mapping, known)
        case Ratio():
            found = _of_ratio(mapping, known)
        case Straight():
            found = [_of_count(mapping, known)] if known is not None and room != known else []
    if known is None and watched > room and not found:
        message = f"{watched} episodes were watched, and the match has room for {room}"
        found.append(Mismatch("PLAN042", message, "lengthen the run, or add one for the next season"))
    return found


def episodes_named_twice(match: Match) -> Mismatch | None:
    """The episode, or the run, that a match names twice; None where each stands once."""
    if not isinstance(match, ShowMatch):
        return None
    seen: dict[int, list[Run]] = defaultdict(list)
    for run in mapping_runs(match.mapping):
        seen[run.season].append(run)
    for runs in seen.values():
        for before, after in pairwise(sorted(runs)):
            if after.first <= before.last:
                twice = format_run(Run(after.season, after.first, min(before.last, after.last)))
                return Mismatch("PLAN045", f"the match names {twice} twice", "mend one of the runs")
    return None


def why_not_sendable(match: Match, known: int | None, watched: int) -> str | None:
    """The first reason why an entry with this match can't be sent as it stands; None where it can."""
    twice = episodes_named_twice(match)
    wrong = mismatches(match, known, watched)
    return twice.message if twice else wrong[0].message if wrong else None


def _of_ratio(mapping: Ratio, known: int | None) -> list[Mismatch]:
    on_trakt = sum(len(run) for run in mapping.runs)
    if on_trakt % mapping.trakt_count:
        message = f"{_episodes(on_trakt)} can't be taken {mapping.trakt_count} at a time, as the ratio asks"
        return [Mismatch("PLAN043", message, "use parts where it is uneven")]
    if known is not None and list_length(mapping) != known:
        these = "this 1 episode is" if on_trakt == 1 else f"these {on_trakt} episodes are"
        message = (
            f"by the ratio {mapping.list_count}:{mapping.trakt_count} {these} "
            f"{list_length(mapping)} of the list's, which has {known}"
        )
        return [Mismatch("PLAN043", message, "mend the run or the ratio, or use parts")]
    return []


def _of_count(mapping: Straight, known: int) -> Mismatch:
    on_trakt, last = list_length(mapping), mapping.runs[-1]
    hint = "mend the run, or add ratio or parts"
    if len(mapping.runs) == 1:
        hint = f"{format_run(Run(last.season, last.first, last.first + known - 1))} would be {known}"
        for list_count, trakt_count in ((2, 1), (1, 2), (3, 1), (1, 3)):
            if known * trakt_count == on_trakt * list_count:
                hint += f'; or add ratio: "{list_count}:{trakt_count}"'
    return Mismatch("PLAN041", f"the list has {_episodes(known)}, this match {on_trakt}", hint)


def _of_parts(mapping: Parts, known: int | None) -> list[Mismatch]:
    found = []
    parts = sorted(mapping.parts, key=lambda part: part.first)
    for before, after in pairwise(parts):
        if after.first <= before.last:
            message = f"the parts {_span(before)} and {_span(after)} of the list overlap"
            found.append(Mismatch("PLAN044", message, "each of the list's episodes belongs to one part"))
    beyond = max(parts, key=lambda part: part.last)
    if known is not None and beyond.last > known:
        message = f"the part {_span(beyond)} goes beyond the list's {_episodes(known)}"
        found.append(Mismatch("PLAN044", message, f"end it at {known}" if beyond.first <= known else None))
    for part in mapping.parts:
        listed, on_trakt = part.last - part.first + 1, sum(len(run) for run in part.runs)
        if listed % on_trakt and on_trakt % listed:
            message = f"the part {_span(part)} lays {listed} of the list's on {on_trakt} of Trakt's: uneven"
            found.append(Mismatch("PLAN044", message, "split it into parts that are even"))
    return found


def _span(part: Part) -> str:
    return format_span(part.first, part.last)


def _episodes(count: int) -> str:
    return f"{count} episode" if count == 1 else f"{count} episodes"
