"""The journal's file: lines that are only ever added, each on the disk before anything is done about it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from datetime import datetime
from io import RawIOBase
from pathlib import Path

from anitrakt_plan.errors import Failed
from anitrakt_plan.journal.decoding import NewerJournal, decode
from anitrakt_plan.journal.encoding import encode
from anitrakt_plan.journal.records import Opened, Record

_BACKUP = "Nothing was sent. Put back a copy of the journal, or ask for help with this line."


def journal_path(folder: Path, account: str) -> Path:
    """The file of one Trakt account, by its uuid."""
    safe = "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in account)
    return folder / f"{safe}.jsonl"


def read_journal(path: Path) -> tuple[tuple[Record, ...], bytes]:
    """All whole records of a journal, and the torn rest of its last line (empty where all is well).

    A file that is not there is an empty journal. Raises Failed on any bad line but a torn last one.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return (), b""
    except OSError as error:
        raise Failed(f"the journal can't be read: {error.strerror}", where=str(path)) from None
    *lines, rest = raw.split(b"\n")
    records = []
    for number, line in enumerate(lines, start=1):
        try:
            records.append(decode(line.decode("utf-8")))
        except NewerJournal as error:
            raise Failed(
                f"the journal is newer than this anitrakt: {error}",
                where=f"{path}:{number}",
                todo="Nothing was sent. Install the newest anitrakt.",
            ) from None
        except ValueError:
            raise Failed(
                "the journal has a line that can't be read", where=f"{path}:{number}", todo=_BACKUP
            ) from None
    if records and not isinstance(records[0], Opened):
        raise Failed("the journal does not begin as one", where=f"{path}:1", todo=_BACKUP)
    return tuple(records), rest


class JournalFile:
    """A journal that is written to; its account's lock must be held. After a failed write it takes nothing more."""

    def __init__(
        self, path: Path, account: str, user: str, at: datetime, *, sync: Callable[[int], None] = os.fsync
    ) -> None:
        self.path = path
        self._sync = sync
        self._broken = False
        records, rest = read_journal(path)
        self.repaired = bool(rest)
        self._mend(rest)
        self.records: list[Record] = list(records)
        opened = records[0] if records else None
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
        """A torn last line was never followed by a request (the journal is written first): it can be cut off."""
        if not rest:
            return
        with self.path.open("r+b") as file:
            file.truncate(self.path.stat().st_size - len(rest))
            file.flush()
            self._sync(file.fileno())

    def _sync_folder(self) -> None:
        """So that the new file's name lasts too, where the system can do that."""
        with contextlib.suppress(OSError):
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
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab", buffering=0) as file:
                size = file.tell()
                try:
                    self._write(file, line)
                except OSError:
                    with contextlib.suppress(OSError):
                        file.truncate(size)
                    raise
        except OSError as error:
            self._broken = True
            raise Failed(
                f"the journal can't be written: {error.strerror or error}",
                where=str(self.path),
                todo="Make room on the disk, then run the same command again; it goes on from there.",
            ) from None
        self.records.append(record)
