"""One apply or undo at a time for each Trakt account."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from anitrakt_plan.errors import Failed, SafetyStop
from anitrakt_plan.journal.file import journal_path


@contextmanager
def account_lock(folder: Path, account: str, *, wait: float, now: datetime) -> Iterator[None]:
    """Hold the account's lock; `wait` is how many seconds to wait for it.

    Raises SafetyStop, which nothing passes, where another process holds it, naming its pid, host and start time.
    """
    path = journal_path(folder, account).with_suffix(".lock")
    note = path.with_suffix(".lock.json")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path, timeout=wait)
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
            who = {
                "pid": os.getpid(),
                "host": socket.gethostname(),
                "since": now.isoformat(timespec="seconds"),
            }
            note.write_text(json.dumps(who), encoding="utf-8")
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
