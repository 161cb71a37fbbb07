"""Writes a plan file whole or not at all, and never over bytes that nobody here has read."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from anitrakt_plan.errors import Failed
from anitrakt_plan.files import write_whole

MAX_WAIT = 10.0
"""Seconds to wait for another anitrakt that writes the same file; a write takes far less."""


def write_plan(path: Path, data: bytes, *, expected: bytes | None) -> None:
    """Put these bytes into the file by one rename, keeping its permissions; a link stays a link.

    `expected`: what the caller has read there; None where it is to be written whatever there is. Raises Failed where
    the file holds other bytes by now (an editor saved it, or it was deleted), or can't be written.
    """
    try:
        target = path.resolve()
    except (OSError, RuntimeError):  # RuntimeError before Python 3.13
        message, todo = "the plan can't be written: the file is a link to itself", "Name another file."
        raise Failed(message, where=str(path), todo=todo) from None
    with _locked(path):
        if expected is not None:
            _check_unchanged(path, target, expected)
        try:
            mode = target.stat().st_mode & 0o7777 if target.exists() else None
            write_whole(target, data, mode=mode)
        except OSError as error:
            message, todo = f"the plan can't be written: {error.strerror or error}", "The file is as it was."
            raise Failed(message, where=str(path), todo=todo) from None


def _check_unchanged(path: Path, target: Path, expected: bytes) -> None:
    try:
        there = target.read_bytes() if target.exists() else None
    except OSError as error:
        raise Failed(f"the plan can't be read: {error.strerror or error}", where=str(path)) from None
    if there != expected:
        happened = "was deleted" if there is None else "was changed by something else"
        raise Failed(
            f"the file {happened} after anitrakt read it, so it was left as it is",
            where=str(path),
            todo="Run the same command again; it starts from what is there now.",
        )


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    # One writer at a time, and one lock for all of a person's plans: a write takes milliseconds, and one file for each
    # plan would pile up, as removing a lock is not safe. It lies in the temporary folder: a plan's own folder is often
    # a git repository, and two homes may write one plan.
    user = str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "")
    mark = hashlib.sha256(user.encode()).hexdigest()[:12]
    lock = FileLock(Path(tempfile.gettempdir()) / f"anitrakt-{mark}.lock", timeout=MAX_WAIT)
    try:
        with lock:
            yield
    except Timeout:
        raise Failed(
            "another anitrakt is writing this file",
            where=str(path),
            todo="Wait until it is done, and run this again.",
        ) from None
