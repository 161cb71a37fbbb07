"""Files that get their names only when something else has succeeded."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from anitrakt_plan.errors import Failed


@contextlib.contextmanager
def placed(texts: Mapping[Path, str]) -> Iterator[None]:
    """Write texts (UTF-8, LF) under passing names, and give them their own when the block ends well.

    Raises Failed, and leaves nothing behind, where one can't be written.
    """
    temporary: dict[Path, Path] = {}
    try:
        for path, text in texts.items():
            temporary[path] = _written(path, text)
        yield
        for path, waiting in temporary.items():
            try:
                waiting.replace(path)
            except OSError as error:
                raise _unwritable(path, error) from None
    finally:
        for waiting in temporary.values():
            with contextlib.suppress(OSError):
                waiting.unlink(missing_ok=True)


def _written(path: Path, text: str) -> Path:
    name: str | None = None
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}", suffix=".new")
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        if os.name == "posix":
            Path(name).chmod(0o644 & ~_umask())
    except OSError as error:
        if name is not None:
            with contextlib.suppress(OSError):
                Path(name).unlink()
        raise _unwritable(path, error) from None
    return Path(name)


def _umask() -> int:
    """The process's umask, which can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _unwritable(path: Path, error: OSError) -> Failed:
    return Failed(
        f"the file can't be written: {error.strerror or error}",
        where=str(path),
        todo="Choose another place with -o, or make room on the disk.",
    )
