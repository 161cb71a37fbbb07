"""Reading all pages of something that may change, tie or be miscounted while it is read."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

PAGE_ROWS = 250
"""The most Trakt gives at once; one size throughout, because mixed sizes lose rows."""

PASSES = 4
"""One pass and, where it was not clean, three more."""

MOST_PASSES, MOST_PAGES, PATIENT_PASSES = 24, 400, 6
"""Only while the union still lacks rows that Trakt counts: go on, until this many passes in a row bring nothing new."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page: its rows, and what its headers say of the whole (None where they don't)."""

    rows: Sequence[T]
    pages: int | None = None
    items: int | None = None


@dataclass(slots=True)
class _Pass(Generic[T]):
    """One reading from the first page to an empty one."""

    rows: dict[Hashable, T] = field(default_factory=dict)
    counts: set[int | None] = field(default_factory=set)
    pages: int = 0
    clean: bool = True

    @property
    def items(self) -> int | None:
        return max((count for count in self.counts if count is not None), default=None)


def read_all(fetch: Callable[[int], Page[T]], key: Callable[[T], Hashable]) -> tuple[T, ...]:
    """Every row of all pages, once; `fetch` gets page numbers from 1, `key` tells rows apart.

    The page count is a floor and pages may come short, so a pass ends only at an empty page past the floor. A pass is
    clean if no row came twice and the item count stayed the same. If it is not, the rows shifted under us: read again,
    at most three times, then take the union. While the union has fewer rows than Trakt counts and passes still bring
    new ones (thousands of plays at one minute, in another order each time), it goes on for a while. What `fetch`
    raises ends the reading: part of the rows is never returned.
    """
    union: dict[Hashable, T] = {}
    idle = 0
    for passes in range(1, MOST_PASSES + 1):
        done = _read_pass(fetch, key)
        if done.clean:
            return tuple(done.rows.values())
        idle = 0 if done.rows.keys() - union.keys() else idle + 1
        union |= done.rows
        complete = done.items is None or len(union) >= done.items
        exhausted = idle >= PATIENT_PASSES or (passes + 1) * done.pages > MOST_PAGES
        if passes >= PASSES and (complete or exhausted):
            break
    return tuple(union.values())


def _read_pass(fetch: Callable[[int], Page[T]], key: Callable[[T], Hashable]) -> _Pass[T]:
    done: _Pass[T] = _Pass()
    floor, nothing_new = 0, 0
    while True:
        done.pages += 1
        page = fetch(done.pages)
        floor = max(floor, page.pages or 0)
        done.counts.add(page.items)
        found = {key(row): row for row in page.rows}
        new = found.keys() - done.rows.keys()
        if len(new) < len(page.rows) or len(done.counts) > 1:
            done.clean = False
        done.rows |= found
        nothing_new = 0 if new else nothing_new + 1
        if done.pages > floor and (not page.rows or nothing_new >= 2):
            # The second: a server that answers every page number with the same rows would never come to an end.
            return done
