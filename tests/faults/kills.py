"""Death at a chosen moment: the journal's writes are the seams between which a run can die."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum

from anitrakt_plan.journal.journal import JournalFile
from anitrakt_plan.journal.records import Intent, Outcome, Record


class Moment(StrEnum):
    """When a run dies, seen from one of its requests."""

    BEFORE_INTENT = "before the intent"
    INTENT_TO_SEND = "between intent and request"
    ANSWER_TO_OUTCOME = "between answer and outcome"
    AFTER_OUTCOME = "after the outcome"


class Killed(BaseException):
    """The process is gone: nothing may catch this, nothing may run after it."""


def die() -> None:
    raise Killed


def die_really() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def death_at(moment: Moment, nth: int, how: Callable[[], None] = die) -> Iterator[None]:
    """Die at this moment of the nth request (from 1)."""
    original = JournalFile.append
    counts = {"intent": 0, "outcome": 0}

    def append(self: JournalFile, record: Record) -> None:
        intent, outcome = isinstance(record, Intent), isinstance(record, Outcome)
        counts["intent"] += intent
        counts["outcome"] += outcome
        at_intent, at_outcome = intent and counts["intent"] == nth, outcome and counts["outcome"] == nth
        if (moment is Moment.BEFORE_INTENT and at_intent) or (
            moment is Moment.ANSWER_TO_OUTCOME and at_outcome
        ):
            how()
        original(self, record)
        if (moment is Moment.INTENT_TO_SEND and at_intent) or (moment is Moment.AFTER_OUTCOME and at_outcome):
            how()

    JournalFile.append = append  # type: ignore[method-assign]
    try:
        yield
    finally:
        JournalFile.append = original  # type: ignore[method-assign]
