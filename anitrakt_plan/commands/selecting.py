"""Which entries a person means: by key, by glob, or by part of a title."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from anitrakt_plan.core.model import EntryKey, PlanEntry
from anitrakt_plan.errors import BadUsage


def select(entries: Sequence[PlanEntry], patterns: Iterable[str]) -> frozenset[EntryKey]:
    """The keys that the patterns name. Raises BadUsage where one names nothing, or a title names several entries."""
    return frozenset(key for pattern in patterns for key in _select(entries, pattern.strip()))


def _select(entries: Sequence[PlanEntry], pattern: str) -> tuple[EntryKey, ...]:
    exact = tuple(entry.key for entry in entries if str(entry.key) == pattern)
    if exact:
        return exact
    if any(sign in pattern for sign in "*?["):
        fitting = tuple(entry.key for entry in entries if fnmatchcase(str(entry.key), pattern))
        if fitting:
            return fitting
    wanted = pattern.casefold()
    titled = tuple(
        entry for entry in entries if wanted and any(wanted in t.casefold() for t in _titles(entry))
    )
    whole = tuple(entry for entry in titled if wanted in (t.casefold() for t in _titles(entry)))
    found = whole if len(whole) == 1 else titled
    if len(found) == 1:
        return (found[0].key,)
    if found:
        raise _several(pattern, found)
    raise _nothing(entries, pattern)


def _titles(entry: PlanEntry) -> tuple[str, ...]:
    return tuple(title for title in (entry.title, entry.english) if title)


def _several(pattern: str, found: Sequence[PlanEntry]) -> BadUsage:
    lines = [f"  {entry.key}  {entry.title}" for entry in found[:20]]
    more = [f"  and {len(found) - 20} more"] if len(found) > 20 else []
    return BadUsage(
        f"`{pattern}` fits {len(found)} entries",
        todo="\n".join(["Name one by its key:", *lines, *more]),
    )


def _nothing(entries: Sequence[PlanEntry], pattern: str) -> BadUsage:
    names = [str(entry.key) for entry in entries] + [title for entry in entries for title in _titles(entry)]
    near = difflib.get_close_matches(pattern, names, n=1)
    meant = f"Did you mean `{near[0]}`? " if near else ""
    return BadUsage(
        f"no entry is called `{pattern}`",
        todo=f"{meant}Give a key such as mal:38524, a glob such as mal:38*, or part of a title.",
    )
