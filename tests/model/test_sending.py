"""Who holds an episode or a film, after any changes, is what it is where all of it is worked out anew."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from anitrakt_plan.model import (
    Decision,
    EntryKey,
    Facts,
    Kind,
    PlanEntry,
    Progress,
    Run,
    ShowMatch,
    Status,
    Straight,
    SyncKind,
)
from anitrakt_plan.model.sending import Holders

HOW = (Status.COMPLETED,), frozenset({SyncKind.HISTORY})
DECISIONS = st.sampled_from([Decision.AUTO, Decision.REVIEW, Decision.SKIP])


@st.composite
def matches(draw: st.DrawFn) -> ShowMatch | None:
    first = draw(st.integers(1, 6))
    run = Run(draw(st.integers(0, 1)), first, first + draw(st.integers(0, 3)))
    return draw(st.sampled_from([None, ShowMatch(draw(st.integers(1, 2)), Straight((run,)))]))


def entry(number: int, match: ShowMatch | None, decision: Decision) -> PlanEntry:
    facts, progress = Facts(Kind.TV, 2010, 12), Progress(Status.COMPLETED, 12)
    return PlanEntry(EntryKey("mal", number), "Title", facts, progress, decision, match)


@given(
    st.lists(st.tuples(matches(), DECISIONS), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 5), matches(), DECISIONS), max_size=8),
    matches(),
)
def test_changes_come_to_the_same(
    first: list[tuple[ShowMatch | None, Decision]],
    changes: list[tuple[int, ShowMatch | None, Decision]],
    asked: ShowMatch | None,
) -> None:
    entries = tuple(entry(number, *one) for number, one in enumerate(first, start=1))
    holders = Holders.of(entries, *HOW)
    for at, match, decision in changes:
        after = tuple(
            replace(one, match=match, decision=decision) if number == at else one
            for number, one in enumerate(entries)
        )
        holders, entries = holders.with_changes(entries, after, *HOW), after
    anew = Holders.of(entries, *HOW)
    assert holders == anew or all(not claims for claims in _different(holders, anew))
    if asked is not None:
        assert (holders.of_any(asked) is None) is (anew.of_any(asked) is None)


def _different(some: Holders, others: Holders) -> list[object]:
    """What both have not alike: a work that nobody holds any more may stay, empty."""
    works = some._claims.keys() | others._claims.keys()
    return [
        [*some._claims.get(work, ()), *others._claims.get(work, ())]
        for work in works
        if list(some._claims.get(work, ())) != list(others._claims.get(work, ()))
    ]


def test_other_entries_are_worked_out_anew() -> None:
    run = ShowMatch(1, Straight((Run(1, 1, 12),)))
    one, two = entry(1, run, Decision.AUTO), entry(2, run, Decision.AUTO)
    after = Holders.of((one,), *HOW).with_changes((one,), (two,), *HOW)
    assert after.of_any(run) == two.key
