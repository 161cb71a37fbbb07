"""`show`: a plan as one row an entry, or a repair as one row a group, filtered and sorted."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from anitrakt_plan.errors import BadUsage
from anitrakt_plan.model import Address, Decision, EntryKey, MovieMatch, Plan, PlanEntry, ShowMatch
from anitrakt_plan.model.matches import format_mapping, format_match
from anitrakt_plan.model.plan import format_confidence
from anitrakt_plan.model.repair import RepairGroup
from anitrakt_plan.planfile import parse_hint
from anitrakt_plan.reports.audit import group_document
from anitrakt_plan.reports.names import work_name
from anitrakt_plan.words import markdown_text, pluralize, printable, titled


class Sort(StrEnum):
    """By what the rows are sorted; without one they keep the file's order."""

    SHOW = "show"
    CONFIDENCE = "confidence"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as `show` prints it. `confidence` is None where the file has none; `reason`: why it is in review."""

    key: str
    title: str
    status: str
    watched: int
    decision: Decision
    match: str
    on_trakt: str
    confidence: float | None
    reason: str


_ORDERS: dict[Sort | None, Callable[[Row], tuple[object, ...]]] = {
    None: lambda _: (),
    Sort.SHOW: lambda row: (row.on_trakt.casefold(), row.match),
    Sort.CONFIDENCE: lambda row: (row.confidence is not None, row.confidence or 0.0, row.key),
    Sort.TITLE: lambda row: (row.title.casefold(), row.key),
}


def rows(
    plan: Plan,
    patterns: Sequence[str] = (),
    *,
    sort: Sort | None,
    decision: Decision | None,
    below: float | None,
) -> tuple[Row, ...]:
    """The rows of a plan, or of what `patterns` name in it.

    `below`: only entries less certain than this, those without a number included. Raises BadUsage where a pattern
    names nothing.
    """
    keys = select(plan.entries, patterns, several=True) if patterns else frozenset()
    entries = [entry for entry in plan.entries if not patterns or entry.key in keys]
    found = [_row(entry) for entry in entries if decision in (None, entry.decision)]
    if below is not None:
        found = [row for row in found if row.confidence is None or row.confidence < below]
    return tuple(sorted(found, key=_ORDERS[sort]))


def _row(entry: PlanEntry) -> Row:
    return Row(
        key=str(entry.key),
        title=entry.english or entry.title,
        status=entry.progress.status.value,
        watched=entry.progress.watched,
        decision=entry.decision,
        match=_match_text(entry),
        on_trakt=_trakt_title(entry),
        confidence=confidence_of(entry),
        reason=(entry.hint or "") if entry.decision is Decision.REVIEW else "",
    )


def _match_text(entry: PlanEntry) -> str:
    match entry.match:
        case None:
            return ""
        case Address(url):
            return url
        case MovieMatch():
            return "film"
        case ShowMatch(mapping=mapping):
            return format_mapping(mapping)


def _trakt_title(entry: PlanEntry) -> str:
    """The work's name on Trakt, where the file says it; of an entry without a match, that of its best candidate."""
    if entry.match is None and entry.candidates:
        return titled(entry.candidates[0].title, entry.candidates[0].year)
    return work_name(entry) or (format_match(entry.resolved) if entry.resolved else "")


def confidence_of(entry: PlanEntry) -> float | None:
    """How sure the matcher was: of the automatic match, or of the best candidate in review."""
    if entry.decision is Decision.CONFIRMED:
        return 1.0
    said = parse_hint(entry.hint).confidence
    if said is not None:
        return said
    return entry.candidates[0].confidence if entry.candidates else None


def sure_of(row: Row) -> str:
    """A row's confidence in words; empty where there is none."""
    return "" if row.confidence is None else format_confidence(row.confidence)


def table(found: Sequence[Row]) -> str:
    """The rows for another program: one line an entry, the short columns aligned, nothing behind the last word."""
    cells = (
        (row.key, row.decision.value, sure_of(row), row.title, row.on_trakt, row.match, row.reason)
        for row in found
    )
    return _aligned([("entry", "decision", "sure", "title", "on Trakt", "match", "reason"), *cells])


def markdown(found: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    cells = (
        (row.key, row.title, row.decision.value, row.on_trakt, row.match, sure_of(row), row.reason)
        for row in found
    )
    return _in_markdown(("entry", "title", "decision", "on Trakt", "match", "confidence", "reason"), cells)


def _aligned(cells: Sequence[Sequence[str]]) -> str:
    widths = [min(max(map(len, column)), MAX_ALIGNED) for column in zip(*cells, strict=True)]
    lines = (
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)) for line in cells
    )
    return "".join(f"{printable(line).rstrip()}\n" for line in lines)


MAX_ALIGNED = 40
"""A longer cell moves what comes behind it in its own line, instead of padding every other line."""


def _in_markdown(columns: Sequence[str], cells: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *(map(markdown_text, line) for line in cells)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


# --- the groups of a repair file, one row each ---

_COLUMNS = ("group", "kind", "decision", "suggest", "plays", "about", "why")


def _cells(group: RepairGroup) -> tuple[str, ...]:
    return (
        group.key,
        group.kind.value,
        group.decision.value,
        group.suggest.value,
        str(len(group.plays)),
        group.about,
        group.why,
    )


def groups_table(groups: Iterable[RepairGroup]) -> str:
    """The groups for another program, as `table` has entries."""
    return _aligned([_COLUMNS, *map(_cells, groups)])


def groups_markdown(groups: Iterable[RepairGroup]) -> str:
    """The groups as a Markdown table."""
    return _in_markdown(_COLUMNS, map(_cells, groups))


def groups_document(groups: Iterable[RepairGroup]) -> Mapping[str, Any]:
    """The groups as the versioned document of `show --json`."""
    return {"format": "anitrakt-show-repair/1", "groups": [group_document(group) for group in groups]}


# --- which entries a person means: by key, by glob, or by part of a title ---


def select(
    entries: Sequence[PlanEntry], patterns: Iterable[str], *, several: bool = False
) -> frozenset[EntryKey]:
    """The keys that the patterns name: keys, globs over keys or whole titles, or part of a title.

    Of the titles that a pattern is part of, the one that it is wholly goes first.

    `several`: part of a title may name several entries, for nothing happens to them unasked. Raises BadUsage where a
    pattern names nothing, or, without `several`, where part of a title names several entries.
    """
    return frozenset(key for pattern in patterns for key in _select(entries, pattern.strip(), several))


def _select(entries: Sequence[PlanEntry], pattern: str, several: bool) -> tuple[EntryKey, ...]:
    keys = {str(entry.key): entry.key for entry in entries}
    if pattern in keys:
        return (keys[pattern],)
    if fitting := tuple(key for name, key in keys.items() if fnmatchcase(name, pattern)):
        return fitting
    if _is_glob(pattern) and (fitting := _titled_by_glob(entries, pattern.casefold())):
        return fitting
    found = _titled(entries, pattern.casefold())
    if not found:
        raise _nothing(entries, pattern)
    if len(found) > 1 and not several:
        raise _several(pattern, found)
    return tuple(entry.key for entry in found)


def select_groups(groups: Sequence[RepairGroup], patterns: Iterable[str]) -> frozenset[str]:
    """The keys of a repair's groups that the patterns name: keys, globs over keys or works, or part of a work's title.

    Raises BadUsage where a pattern names nothing.
    """
    return frozenset(key for pattern in patterns for key in _select_groups(groups, pattern.strip()))


def _select_groups(groups: Sequence[RepairGroup], pattern: str) -> frozenset[str]:
    word = pattern.casefold()
    by_key = frozenset(one.key for one in groups if fnmatchcase(one.key.casefold(), word))
    part = word if _is_glob(pattern) else f"*{word}*"
    found = by_key or frozenset(one.key for one in groups if fnmatchcase(one.about.casefold(), part))
    if not found:
        raise BadUsage(
            f"no group is called `{pattern}`, or about something called so",
            todo="`anitrakt show FILE` lists the groups.",
        )
    return found


def _is_glob(pattern: str) -> bool:
    return any(sign in pattern for sign in "*?[")


def _titled_by_glob(entries: Sequence[PlanEntry], pattern: str) -> tuple[EntryKey, ...]:
    """Those with a whole title that fits a glob: `K-On*`."""
    return tuple(
        entry.key
        for entry in entries
        if any(fnmatchcase(title.casefold(), pattern) for title in entry.titles)
    )


def _titled(entries: Sequence[PlanEntry], wanted: str) -> list[PlanEntry]:
    """Those that have it in a title; the one of which it is a whole title, where there is just one."""
    if not wanted:
        return []
    names = {entry.key: [title.casefold() for title in entry.titles] for entry in entries}
    whole = [entry for entry in entries if wanted in names[entry.key]]
    parted = [entry for entry in entries if any(wanted in name for name in names[entry.key])]
    return whole if len(whole) == 1 else parted


def _several(pattern: str, found: Sequence[PlanEntry]) -> BadUsage:
    lines = [f"  {entry.key}  {entry.title}" for entry in found[:20]]
    more = [f"  and {len(found) - 20} more"] if len(found) > 20 else []
    return BadUsage(
        f"`{pattern}` fits {pluralize(len(found), 'entry')}",
        todo="Name one by its key:",
        listed=[*lines, *more],
    )


def _nothing(entries: Sequence[PlanEntry], pattern: str) -> BadUsage:
    names = [str(entry.key) for entry in entries] + [title for entry in entries for title in entry.titles]
    near = difflib.get_close_matches(pattern, names, n=1)
    meant = f"Did you mean `{near[0]}`? " if near else ""
    return BadUsage(
        f"no entry is called `{pattern}`",
        todo=f"{meant}Give a key such as mal:38524, a glob such as mal:38* or 'K-On*', or part of a title.",
    )
