"""A Trakt account's journal: lines that are only ever added, each on the disk before anything is done about it."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import RawIOBase
from pathlib import Path

from filelock import FileLock, Timeout

from anitrakt_plan.errors import Failed, SafetyStop
from anitrakt_plan.files import OWN_FILE, own_file, own_folder
from anitrakt_plan.journal.codec import NewerJournal, decode, encode, sum_of
from anitrakt_plan.journal.records import LinesPassed, Opened, Record, RunBegan, RunEnded, RunKind
from anitrakt_plan.journal.replay import RunInfo, fold
from anitrakt_plan.model import Account, EntryKey
from anitrakt_plan.model.resolving import Resolver, no_resolver
from anitrakt_plan.sync.knowledge import Knowledge

Clock = Callable[[], datetime]

_HEAD = re.compile(rb'\{"type": "(journal|run)"')
_BACKUP = "Nothing was sent. Put back a copy of the journal, or ask for help with this line."
_WAY_ON = (
    "Nothing was sent. Put back a copy of the journal. If there is none, `--allow journal-line` of apply (or of "
    "export-trakt) goes on without that line: what it said is forgotten, and a batch whose answer it was is in doubt."
)


def journal_path(folder: Path, account: str) -> Path:
    """The file of one Trakt account, by its uuid."""
    safe = "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in account)
    return folder / f"{safe}.jsonl"


@dataclass(frozen=True, slots=True)
class JournalText:
    """What a journal's file holds: records, the torn rest of its last line, and the sums of unreadable lines."""

    records: tuple[Record, ...] = ()
    rest: bytes = b""
    bad: tuple[str, ...] = ()


def read_journal(path: Path, *, pass_bad_lines: bool = False) -> JournalText:
    """All whole records of a journal; a file that is not there is an empty one. A torn last line is no bad one.

    Raises Failed where it is none or a newer one, and SafetyStop for a bad line, unless that is let pass or was.
    """
    records: list[Record] = []
    bad: dict[int, str] = {}
    rest = b""
    for number, line in enumerate(_lines_of(path), start=1):
        whole = line.removesuffix(b"\n")
        if whole == line:
            rest = line
        elif (record := _decoded(whole, f"{path}:{number}")) is None:
            bad[number] = sum_of(whole)
        else:
            records.append(record)
    new = _not_passed(bad, records)
    if new and not pass_bad_lines:
        raise SafetyStop(
            f"the journal has {'a line' if len(new) == 1 else f'{len(new)} lines'} that can't be read",
            name="journal-line",
            where=f"{path}:{next(iter(new))}",
            todo=_WAY_ON,
        )
    if records and 1 not in bad and not isinstance(records[0], Opened):
        raise Failed("the journal does not begin as one", where=f"{path}:1", todo=_BACKUP)
    return JournalText(tuple(records), rest, tuple(new.values()))


def _lines_of(path: Path) -> Iterator[bytes]:
    # one after the other: a long journal has a hundred megabytes
    try:
        with path.open("rb") as file:
            yield from file
    except FileNotFoundError:
        return
    except OSError as error:
        raise Failed(f"the journal can't be read: {error.strerror}", where=str(path)) from None


def _not_passed(bad: Mapping[int, str], records: Iterable[Record]) -> dict[int, str]:
    passed = {one for record in records if isinstance(record, LinesPassed) for one in record.sums}
    return {number: one for number, one in bad.items() if one not in passed}


def _decoded(line: bytes, where: str) -> Record | None:
    try:
        return decode(line.decode("utf-8"))
    except NewerJournal as error:
        raise Failed(
            f"the journal is newer than this anitrakt: {error}",
            where=where,
            todo="Nothing was sent. Install the newest anitrakt.",
        ) from None
    except ValueError:
        return None


class JournalFile:
    """A journal that is written to; its account's lock must be held. After a failed write it takes nothing more."""

    def __init__(
        self,
        path: Path,
        account: str,
        user: str,
        at: datetime,
        *,
        pass_bad_lines: bool = False,
        sync: Callable[[int], None] = os.fsync,
    ) -> None:
        self.path = path
        self._sync = sync
        self._broken = False
        found = read_journal(path, pass_bad_lines=pass_bad_lines)
        self.records = found.records
        self.repaired = bool(found.rest)
        self._mend(found.rest)
        if found.bad:
            self.append(LinesPassed(at, found.bad))
        opened = next(iter(self.records), None)
        if opened is None:
            self.append(Opened(account, user, at))
            self._sync_folder()
        elif isinstance(opened, Opened) and opened.account != account:
            raise Failed(
                "the journal is of another account",
                where=str(path),
                todo="Give each account its own journal.",
            )

    def _mend(self, rest: bytes) -> None:
        # A torn last line was never followed by a request (the journal is written first): it can be cut off
        if not rest:
            return
        with self.path.open("r+b") as file:
            file.truncate(self.path.stat().st_size - len(rest))
            file.flush()
            self._sync(file.fileno())

    def _sync_folder(self) -> None:
        # so that the new file's name lasts too, where the system can do that
        with suppress(OSError):
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                self._sync(folder)
            finally:
                os.close(folder)

    def _write(self, file: RawIOBase, line: bytes) -> None:
        rest = memoryview(line)
        while rest:
            rest = rest[file.write(rest) :]
        self._sync(file.fileno())

    def append(self, record: Record) -> None:
        """Add a record; on return it is on the disk. Raises Failed where it can't be, and then nothing may be sent."""
        if self._broken:
            raise Failed("the journal could not be written before", where=str(self.path))
        line = encode(record).encode("utf-8") + b"\n"
        try:
            with own_file(self.path).open("ab", buffering=0) as file:
                size = file.tell()
                try:
                    self._write(file, line)
                except OSError:
                    with suppress(OSError):
                        file.truncate(size)
                    raise
        except OSError as error:
            self._broken = True
            raise Failed(
                f"the journal can't be written: {error.strerror or error}",
                where=str(self.path),
                todo="Make room on the disk, then run the same command again; it goes on from there.",
            ) from None


class Journal:
    """The journal of one account, open for one run; it knows what its records come to.

    What is written is on the disk before the call returns. In a `dry_run` it stays in memory, and no lock is needed.
    """

    def __init__(
        self,
        folder: Path,
        account: Account,
        clock: Clock,
        *,
        dry_run: bool = False,
        pass_bad_lines: bool = False,
    ) -> None:
        self._clock = clock
        self._user = account.user
        path = journal_path(folder, account.uuid)
        self._file = None
        if not dry_run:
            self._file = JournalFile(path, account.uuid, account.user, clock(), pass_bad_lines=pass_bad_lines)
        read = self._file or read_journal(path, pass_bad_lines=pass_bad_lines)
        self._fold = fold(read.records)
        self._known: Knowledge | None = None
        self._resolve: Resolver = no_resolver

    @property
    def repaired(self) -> bool:
        """Whether a torn last line was cut off."""
        return self._file is not None and self._file.repaired

    @property
    def knowledge(self) -> Knowledge:
        """What is known of everything sent so far."""
        if self._known is None:
            self._known = self._fold.knowledge().with_trakt_ids(self._resolve)
        return self._known

    def name_works(self, resolve: Resolver) -> None:
        """From now on, know by Trakt's ids what went out under TMDB's."""
        self._resolve, self._known = resolve, None

    @property
    def runs(self) -> tuple[RunInfo, ...]:
        """The runs, oldest first."""
        return tuple(self._fold.runs.values())

    @property
    def last_batch(self) -> int:
        """The number of the newest batch; 0 before the first."""
        return self._fold.last_batch

    @property
    def stopped(self) -> RunInfo | None:
        """The apply run that stopped with more to do, where the next apply goes on with it."""
        return self._stopped(RunKind.APPLY)

    def _stopped(self, kind: RunKind) -> RunInfo | None:
        sending = [run for run in self.runs if run.kind is not RunKind.EXPORT]  # writing files ends none
        last = sending[-1] if sending else None
        return last if last is not None and last.kind is kind and last.open else None

    def write(self, record: Record) -> None:
        """Add a record. Raises Failed where it can't be written; then nothing more may be sent."""
        if self._file is not None:
            self._file.append(record)
        self._fold.take(record)
        self._known = None

    def begin(self, kind: RunKind, source: str | None, resend: Iterable[EntryKey] = ()) -> str:
        """Begin a run, or go on with the last one; `resend` are the entries whose settled plays it sends again.

        An apply that goes on where an earlier one stopped belongs to the same run (docs/applying.md 5.4).
        """
        stopped = self._stopped(kind) if kind in (RunKind.APPLY, RunKind.REPAIR) else None
        run = stopped.run if stopped else self._new_run_id()
        again = tuple(sorted(resend, key=str))
        self.write(RunBegan(run, self._clock(), kind, self._user, source, stopped is not None, again))
        return run

    def _new_run_id(self) -> str:
        day = f"{self._clock().astimezone(UTC):%Y-%m-%d}"
        number = 1
        while f"{day}-{number}" in self._fold.runs:
            number += 1
        return f"{day}-{number}"

    def end(self, run: str, exit_code: int, sentence: str, *, is_open: bool) -> None:
        """Close a run; `is_open`: there is more to do, and the next apply goes on with it."""
        self.write(RunEnded(run, self._clock(), exit_code, sentence, is_open))


def read_knowledge(folder: Path, account: str) -> Knowledge:
    """What the journal of an account (its uuid) knows, without writing anything: no lock is needed."""
    return fold(read_journal(journal_path(folder, account)).records).knowledge()


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
        heads = list(_heads(path))
        runs = [head for head in heads if isinstance(head, RunBegan)]
        for opened in heads:
            if isinstance(opened, Opened):
                names = frozenset({opened.user, *(run.user for run in runs)})
                sources = frozenset((run.source or "", run.user) for run in runs)
                found.append(Owner(opened.account, names, sources))
    return tuple(found)


def _heads(path: Path) -> Iterator[Record]:
    # one that can't be read stops whoever needs it, not its neighbours
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n") and _HEAD.match(line):
                with suppress(ValueError):
                    yield decode(line[:-1].decode("utf-8"))


@contextmanager
def account_lock(folder: Path, account: str, *, wait: float, now: datetime) -> Iterator[None]:
    """Hold the account's lock, so that one apply or undo at a time writes; `wait` is how many seconds to wait for it.

    Raises SafetyStop, which nothing passes, where another process holds it, naming its pid, host and start time.
    """
    path = journal_path(folder, account).with_suffix(".lock")
    note = path.with_suffix(".lock.json")
    try:
        own_folder(path.parent)
        lock = FileLock(path, timeout=wait, mode=OWN_FILE)
        lock.acquire()
    except Timeout:
        raise SafetyStop(
            f"another anitrakt is writing to this Trakt account: {_holder(note)}",
            name=None,
            where=str(path),
            todo="Wait until it is done, or let this one wait with `--lock-timeout SECONDS`.",
        ) from None
    except OSError as error:
        raise Failed(f"the account can't be locked: {error.strerror or error}", where=str(path)) from None
    try:
        with suppress(OSError):
            since = now.isoformat(timespec="seconds")
            who = {"pid": os.getpid(), "host": socket.gethostname(), "since": since}
            own_file(note).write_text(json.dumps(who), encoding="utf-8")
        yield
    finally:
        with suppress(OSError):
            note.unlink(missing_ok=True)
        lock.release()


def _holder(note: Path) -> str:
    try:
        who = json.loads(note.read_text(encoding="utf-8"))
        return f"process {who['pid']} on {who['host']}, since {who['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "it has left no word about itself"
