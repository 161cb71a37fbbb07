"""A Trakt account's journal, open for one run: writes records, and knows what they come to."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from anitrakt_plan.core.knowledge import Knowledge
from anitrakt_plan.core.model import Account, EntryKey
from anitrakt_plan.journal.decoding import decode
from anitrakt_plan.journal.file import JournalFile, journal_path, read_journal
from anitrakt_plan.journal.folding import Fold, RunInfo, fold
from anitrakt_plan.journal.records import (
    ListIntent,
    Opened,
    Outcome,
    OutcomeState,
    PlaysIntent,
    RatingsIntent,
    Record,
    RemovalIntent,
    RestoreIntent,
    RunBegan,
    RunEnded,
    RunKind,
)

Clock = Callable[[], datetime]

_HEAD = re.compile(rb'\{"type": "(journal|run)"')
_NUMBERED = (PlaysIntent, RatingsIntent, RestoreIntent, ListIntent, RemovalIntent)


class Memory:
    """A journal's records as they stand on the disk, and more that never get there."""

    repaired = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records: list[Record] = list(read_journal(path)[0])

    def append(self, record: Record) -> None:
        """Add a record, in memory only."""
        self.records.append(record)


class Journal:
    """The journal of one account. Everything written is on the disk before the call returns."""

    def __init__(
        self, folder: Path, account: Account, clock: Clock, *, sync: Callable[[int], None] = os.fsync
    ) -> None:
        self._clock = clock
        self.user = account.user
        path = journal_path(folder, account.uuid)
        self._file: JournalFile | Memory = JournalFile(path, account.uuid, account.user, clock(), sync=sync)
        self._start()

    @classmethod
    def rehearsal(cls, folder: Path, account: Account, clock: Clock) -> Journal:
        """A journal to read from and think with: what is written stays in memory. It needs no lock."""
        journal = cls.__new__(cls)
        journal._clock = clock
        journal.user = account.user
        journal._file = Memory(journal_path(folder, account.uuid))
        journal._start()
        return journal

    def _start(self) -> None:
        self._batches = max((r.batch for r in self._file.records if isinstance(r, _NUMBERED)), default=0)
        self._fold = Fold()
        for record in self._file.records:
            self._fold.take(record)
        self._known: Knowledge | None = None

    @property
    def path(self) -> Path:
        """The journal's file."""
        return self._file.path

    @property
    def repaired(self) -> bool:
        """Whether a torn last line was cut off."""
        return self._file.repaired

    @property
    def knowledge(self) -> Knowledge:
        """What is known of everything sent so far."""
        if self._known is None:
            self._known = self._fold.knowledge()
        return self._known

    @property
    def runs(self) -> tuple[RunInfo, ...]:
        """The runs, oldest first."""
        return self._fold.run_infos()

    def write(self, record: Record) -> None:
        """Add a record. Raises Failed where it can't be written; then nothing more may be sent."""
        self._file.append(record)
        self._fold.take(record)
        self._known = None

    @property
    def last_batch(self) -> int:
        """The number of the newest batch; 0 before the first."""
        return self._batches

    def next_batch(self) -> int:
        """A number for the next batch."""
        self._batches += 1
        return self._batches

    @property
    def stopped(self) -> RunInfo | None:
        """The apply run that stopped with more to do, where the next apply goes on with it."""
        last = self.runs[-1] if self.runs else None
        return last if last is not None and last.kind is RunKind.APPLY and last.open else None

    def begin(self, kind: RunKind, source: str | None, resend: Iterable[EntryKey] = ()) -> str:
        """Begin a run, or go on with the last one; `resend` are the entries whose settled plays it sends again.

        An apply that goes on where an earlier one stopped belongs to the same run (design, The journal).
        """
        stopped = self.stopped if kind is RunKind.APPLY else None
        run = stopped.run if stopped else self._new_run_id()
        again = tuple(sorted(resend, key=str))
        self.write(RunBegan(run, self._clock(), kind, self.user, source, stopped is not None, again))
        return run

    def _new_run_id(self) -> str:
        day = f"{self._clock().astimezone(UTC):%Y-%m-%d}"
        taken = {info.run for info in self.runs}
        number = 1
        while f"{day}-{number}" in taken:
            number += 1
        return f"{day}-{number}"

    def end(self, run: str, exit_code: int, sentence: str, *, is_open: bool) -> None:
        """Close a run; `is_open`: there is more to do, and the next apply goes on with it."""
        self.write(RunEnded(run, self._clock(), exit_code, sentence, is_open))

    def outcome(
        self, batch: int, state: OutcomeState, sentence: str = "", not_found: tuple[int, ...] = ()
    ) -> None:
        """Write down what came back for a batch."""
        self.write(Outcome(batch, self._clock(), state, sentence, not_found))


def read_knowledge(folder: Path, account: str) -> tuple[Knowledge, tuple[RunInfo, ...]]:
    """What the journal of an account (its uuid) knows, without writing anything: no lock is needed."""
    records, _ = read_journal(journal_path(folder, account))
    return fold(records)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a journal is: the account's uuid, the names it went by, and which lists were sent under which name."""

    account: str
    names: frozenset[str]
    sources: frozenset[tuple[str, str]]


def owners(folder: Path) -> tuple[Owner, ...]:
    """Whose the journals of a folder are, by their first lines and the beginnings of runs alone."""
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        with path.open("rb") as file:
            heads = [line for line in file if line.endswith(b"\n") and _HEAD.match(line)]
        records = []
        for line in heads:
            with suppress(
                ValueError
            ):  # a journal that can't be read stops whoever needs it, not its neighbours
                records.append(decode(line.decode("utf-8")))
        opened = [record for record in records if isinstance(record, Opened)]
        runs = [record for record in records if isinstance(record, RunBegan)]
        if opened:
            names = frozenset({opened[0].user, *(run.user for run in runs)})
            sources = frozenset((run.source or "", run.user) for run in runs)
            found.append(Owner(opened[0].account, names, sources))
    return tuple(found)


def journals(folder: Path) -> tuple[tuple[Opened, tuple[RunInfo, ...]], ...]:
    """Every journal of a folder: whose it is, and its runs. Raises Failed where one can't be read."""
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        records, _ = read_journal(path)
        if records and isinstance(records[0], Opened):
            found.append((records[0], fold(records)[1]))
    return tuple(found)
