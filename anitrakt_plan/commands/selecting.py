"""Which entries a person means: by key, by glob, or by part of a title."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from anitrakt_plan.core.model import EntryKey, PlanEntry
from anitrakt_plan.errors import BadUsage


def select(
    entries: Sequence[PlanEntry], patterns: Iterable[str], *, several: bool = False
) -> frozenset[EntryKey]:
    """The keys that the patterns name; of the titles that one is part of, the one that it is wholly goes first.

    `several`: part of a title may name several entries, for nothing happens to them unasked. Raises BadUsage where a
    pattern names nothing, or, without `several`, where part of a title names several entries.
    """
    return frozenset(key for pattern in patterns for key in _select(entries, pattern.strip(), several))


def _select(entries: Sequence[PlanEntry], pattern: str, several: bool) -> tuple[EntryKey, ...]:
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
    if len(found) == 1 or (found and several):
        return tuple(entry.key for entry in found)
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
