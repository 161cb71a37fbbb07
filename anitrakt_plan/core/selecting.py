"""Which entries a person means by a KEY: an entry's key, a glob over keys, or part of a title."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from anitrakt_plan.core.model import PlanEntry


def select(entries: Sequence[PlanEntry], word: str) -> tuple[PlanEntry, ...]:
    """The entries that `word` fits, in the plan's order; empty where none does.

    An exact key or an exact title means that one entry alone. A glob means all it fits; so does part of a title,
    whatever the case: whether several are welcome is for the caller to say.
    """
    exact = tuple(entry for entry in entries if str(entry.key) == word)
    if exact:
        return exact
    if any(sign in word for sign in "*?[") and (
        globbed := tuple(entry for entry in entries if fnmatchcase(str(entry.key), word))
    ):
        return globbed
    folded = word.casefold().strip()
    named = tuple(entry for entry in entries if folded in (title.casefold() for title in titles_of(entry)))
    if named or not folded:
        return named
    return tuple(entry for entry in entries if any(folded in title.casefold() for title in titles_of(entry)))


def titles_of(entry: PlanEntry) -> tuple[str, ...]:
    """The titles an entry goes by in the plan."""
    return (entry.title, entry.english) if entry.english else (entry.title,)
