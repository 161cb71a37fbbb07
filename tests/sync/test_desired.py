"""What a plan's entries want on Trakt: how often each episode, and who wants nothing at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from anitrakt_plan.model import (
    Decision,
    EntryKey,
    Facts,
    Kind,
    Plan,
    PlanEntry,
    Policy,
    Progress,
    RewatchPolicy,
    Run,
    ShowMatch,
    SourceInfo,
    Status,
    Straight,
    SyncKind,
)
from anitrakt_plan.model.sending import MAX_REWATCH_PLAYS, MAX_REWATCHES, is_asleep, is_open, rewatches_doubt
from anitrakt_plan.sync.desired import desired_of

AT = datetime(2026, 11, 29, tzinfo=UTC)
COUNT = Policy(rewatches=RewatchPolicy.COUNT)


def entry(episodes: int, repeats: int, *, sure: bool = False, status: Status = Status.COMPLETED) -> PlanEntry:
    return PlanEntry(
        key=EntryKey("mal", 1),
        title="A Show",
        facts=Facts(Kind.TV, 2019, episodes),
        progress=Progress(status, episodes, repeats=repeats),
        decision=Decision.CONFIRMED,
        match=ShowMatch(1, Straight((Run(1, 1, episodes),))),
        sure=sure,
    )


def plan(one: PlanEntry, policy: Policy = COUNT) -> Plan:
    source = SourceInfo("mal", "me", 1, (Status.COMPLETED, Status.PLANNED))
    return Plan("anitrakt 1", AT, source, None, policy, (one,))


@pytest.mark.parametrize(
    ("one", "times"),
    [
        (entry(12, 0), 1),
        (entry(12, 3), 4),
        (entry(12, MAX_REWATCHES), MAX_REWATCHES + 1),
        (entry(12, MAX_REWATCHES + 1), 1),
        (entry(12, 255), 1),
        (entry(12, 255, sure=True), 256),
        (entry(1000, MAX_REWATCH_PLAYS // 1000), 6),
        (entry(1000, MAX_REWATCH_PLAYS // 1000 + 1), 1),
    ],
)
def test_a_number_of_rewatches_beyond_reason_sends_none_of_them(one: PlanEntry, times: int) -> None:
    (found,) = desired_of(plan(one), zone=UTC, now=AT)
    assert found.times == times


def test_rewatches_that_are_not_sent_are_in_nobodys_way() -> None:
    assert rewatches_doubt(entry(12, 255), Policy()) is None
    assert rewatches_doubt(replace(entry(12, 255), send=frozenset({SyncKind.RATINGS})), COUNT) is None
    assert rewatches_doubt(entry(12, 255, status=Status.WATCHING), COUNT) is None
    assert rewatches_doubt(entry(12, 255), COUNT) == "255 rewatches (3060 more plays) can't be right"


@pytest.mark.parametrize(
    ("status", "send", "waits"),
    [
        (Status.COMPLETED, None, True),
        (Status.COMPLETED, frozenset[SyncKind](), False),
        (Status.PLANNED, None, False),
        (Status.PLANNED, frozenset({SyncKind.WATCHLIST}), True),
        (Status.WATCHING, None, False),
        (Status.GONE, None, False),
    ],
)
def test_what_would_send_nothing_waits_for_nobody(
    status: Status, send: frozenset[SyncKind] | None, waits: bool
) -> None:
    one = replace(entry(12, 0, status=status), decision=Decision.REVIEW, match=None, send=send)
    assert (is_open(plan(one), one), is_asleep(plan(one), one)) == (waits, not waits)
    matched = replace(entry(12, 0, status=status), decision=Decision.AUTO, send=send)
    assert not is_open(plan(matched), matched)
    assert not is_asleep(plan(matched), matched)
