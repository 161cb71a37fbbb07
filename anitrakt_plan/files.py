"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def write_whole(target: Path, data: bytes, *, mode: int | None = None) -> None:
    """Put a file in the place of another: after a power cut there is the old one or the new one, never half of one.

    Without a `mode` it gets that of any new file. Raises OSError; then the old file is there, and no other.
    """
    fresh = write_beside(target, data, mode=mode)
    try:
        fresh.replace(target)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def keep_if_possible(path: Path, data: bytes) -> None:
    """Write what is a help and no more: a full disk or a read-only folder is no reason for a command to fail."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)


def write_beside(target: Path, data: bytes, *, mode: int | None = None) -> Path:
    """The bytes beside their target under a passing name, whole on the disk. Raises OSError and leaves nothing then."""
    if mode is None:
        umask = os.umask(0)  # it can only be read by setting it
        os.umask(umask)
        mode = 0o666 & ~umask
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".new", dir=target.parent)
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.chmod(mode)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    return fresh


def _sync_folder(folder: Path) -> None:
    """Make a rename last; Windows has no such call and does it by itself."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
