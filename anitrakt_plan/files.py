"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def keep_if_possible(path: Path, data: bytes) -> None:
    """Write what is a help and no more: a full disk or a read-only folder is no reason for a command to fail."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}.tmp")
        fresh.write_bytes(data)
        fresh.replace(path)
