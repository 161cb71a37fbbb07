"""Files that are written whole or not at all, and those of anitrakt's own, which nobody else can read."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

OWN_FILE = 0o600
_OWN_FOLDER = 0o700
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


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


def names_a_file(word: str) -> bool:
    """Whether there is a file of that name; a title may be longer than any name of a file."""
    try:
        return Path(word).is_file()
    except OSError:
        return False


def own_folder(folder: Path) -> None:
    """Make a folder of anitrakt's own, and those above it: what they hold is the person's alone, whatever the umask."""
    for missing in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
        missing.mkdir(mode=_OWN_FOLDER, exist_ok=True)
    folder.mkdir(exist_ok=True)  # raises where something else has its name


def own_file(path: Path) -> Path:
    """A file of anitrakt's own that is written bit by bit: made empty where it is missing, for the person alone."""
    own_folder(path.parent)
    try:
        path.touch(mode=OWN_FILE, exist_ok=False)
    except FileExistsError:
        with suppress(PermissionError):  # it is somebody else's, and shared on purpose
            close_to_others(path)
    return path


def close_to_others(path: Path) -> bool:
    """Take a file's permissions from all but its owner; whether there were any. Windows keeps them otherwise."""
    mode = path.stat().st_mode
    was_open = os.name == "posix" and bool(mode & _OTHERS)
    if was_open:
        path.chmod(stat.S_IMODE(mode) & ~_OTHERS)
    return was_open


def write_own(path: Path, data: bytes) -> None:
    """Put a file of anitrakt's own in the place of another, as `write_whole` does. Raises OSError."""
    own_folder(path.parent)
    write_whole(path, data, mode=OWN_FILE)


def keep_if_possible(path: Path, data: bytes) -> None:
    """Write what is a help and no more: a full disk or a read-only folder is no reason for a command to fail."""
    with suppress(OSError):
        write_own(path, data)


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
