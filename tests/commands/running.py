"""One run of apply that a test drives step by step, and what may stand in place of its outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import cast

from anitrakt_plan.commands.last_read import LastReads
from anitrakt_plan.commands.run import Goal, Run, RunOptions, read_account_state
from anitrakt_plan.commands.services import Ports
from anitrakt_plan.errors import ServiceRefused
from anitrakt_plan.journal.records import RunKind
from anitrakt_plan.model import (
    Account,
    EntryKey,
    EpisodeItem,
    EpisodeSubject,
    Plan,
    Play,
    Rating,
    ShowSubject,
)
from anitrakt_plan.model.account import ListSubject
from anitrakt_plan.model.dates import When
from anitrakt_plan.sync.batches import Operation
from anitrakt_plan.sync.desired import kinds_needed
from anitrakt_plan.sync.diff import PlayChange
from anitrakt_plan.trakt.account import Activities, Reading, TraktState
from anitrakt_plan.trakt.send import InDoubt, Refused, Sender, WriteOutcome
from tests.commands.small_trakt import Catalogue
from tests.faults.bench import Bench, Told
from tests.practice import START, Clock

TITAN = 1420
ACCOUNT = Account("uuid-1", "yourname", "Europe/Berlin")


def play(number: int, history_id: int, watched_at: datetime = START) -> Play:
    """A play of an episode of the third season of Attack on Titan."""
    return Play(history_id, watched_at, "watch", EpisodeItem(TITAN, 3, number, 9000 + number))


def change(number: int, when: When = START) -> PlayChange:
    """A play of it to be sent."""
    return PlayChange(EntryKey("mal", 1), "1420 S03", EpisodeSubject(TITAN, 3, number), when)


def refused(sentence: str = "Trakt is busy", *, stop: bool = False) -> Refused:
    return Refused(500, ServiceRefused(sentence, status=500), stop=stop)


def in_doubt(sentence: str = "no answer came") -> InDoubt:
    return InDoubt(sentence)


class ScriptedSender:
    """Gives one answer after the other, and keeps what it was asked to send."""

    def __init__(self, *answers: WriteOutcome | Exception) -> None:
        self._answers = list(answers)
        self.sent: list[Operation] = []

    def take_turn(self) -> None:
        """There is no pace here."""

    def send(self, operation: Operation) -> WriteOutcome:
        self.sent.append(operation)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class SmallAccount:
    """An account of a few plays. `listed` is what the history shows, `by_work` what the works' own histories do."""

    lost_rows = 0
    clock_skew = None
    existing_with = TraktState.existing_with

    def __init__(
        self, listed: Sequence[Play] = (), by_work: Sequence[Play] = (), *, is_whole: bool = True
    ) -> None:
        self.account = ACCOUNT
        self.listed, self.by_work, self.is_whole = listed, by_work, is_whole
        self.works_read: list[ListSubject] = []

    def read_account(self) -> Account:
        return self.account

    def read_history(self, start_at: datetime | None = None) -> Reading[Play]:
        rows = tuple(one for one in self.listed if start_at is None or one.watched_at >= start_at)
        return Reading(rows, self.is_whole)

    def read_history_of(self, work: ListSubject) -> Reading[Play]:
        self.works_read.append(work)
        return Reading(tuple(self.by_work))

    def telling(self, _: object) -> SmallAccount:
        return self

    def read_activities(self) -> Activities:
        return Activities("", is_settled=False)

    def stamp(self, *_: object) -> None:
        return None

    def read_ratings(self) -> tuple[Rating, ...]:
        return ()

    def read_watchlist(self) -> tuple[ListSubject, ...]:
        return ()

    def read_dropped(self) -> tuple[ShowSubject, ...]:
        return ()


def small_ports(
    folder: Path,
    account: SmallAccount | None = None,
    sender: ScriptedSender | None = None,
    clock: Clock | None = None,
) -> Ports:
    """The outside of a run, with nothing of a network in it."""
    clock = clock or Clock()
    return Ports(
        reader=cast(TraktState, account or SmallAccount()),
        catalogue=Catalogue(),
        sender=cast(Sender, sender or ScriptedSender()),
        journals=folder,
        last_reads=LastReads(folder / "last-read"),
        reporter=Told(),
        clock=clock,
        sleep=clock.sleep,
        settle=120.0,
        stop=Event(),
    )


@contextmanager
def small_run(ports: Ports) -> Iterator[Run]:
    """A run of apply in such an outside."""
    account = ports.reader.read_account()
    with RunOptions().open_journal(ports.journals, account, ports.clock) as journal:
        yield Run(ports, journal, read_account_state(ports, account, ()), RunKind.APPLY, "mal:sample")


@contextmanager
def running(world: Bench, plan: Plan, sender: ScriptedSender | None = None) -> Iterator[tuple[Run, Goal]]:
    """A run of apply in the practice world that has read the account and sent nothing yet."""
    with world.ports() as ports:
        if sender is not None:
            ports = replace(ports, sender=cast(Sender, sender))
        account = ports.reader.read_account()
        with RunOptions().open_journal(ports.journals, account, ports.clock) as journal:
            state = read_account_state(ports, account, kinds_needed(plan))
            yield Run(ports, journal, state, RunKind.APPLY, "mal:sample"), Goal(plan)
