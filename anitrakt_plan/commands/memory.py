"""The last valid plan of each list, remembered in the state folder: `plan > plan.yaml` empties the file too early.

A shell empties the target of `>` before anitrakt starts, so the file can't be read any more. Each command that reads
a valid plan keeps its bytes here, newest wins, by the list it was made from.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from anitrakt_plan.core.model import SourceInfo


def memory_path(state_folder: Path, source: SourceInfo) -> Path:
    """Where the plan of a list is remembered: by its service, and its user or file."""
    name = source.user or (Path(source.file).name if source.file else "list")
    return state_folder / "plans" / f"{source.service.value}-{quote(name.casefold(), safe='')}.yaml"


def remember(state_folder: Path, source: SourceInfo, raw: bytes) -> None:
    """Keep a valid plan's bytes. A full disk or a read-only folder is no reason for a command to fail."""
    path = memory_path(state_folder, source)
    try:
        if path.exists() and path.read_bytes() == raw:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}.tmp")
        fresh.write_bytes(raw)
        fresh.replace(path)
    except OSError:
        return


def recall(state_folder: Path, source: SourceInfo) -> bytes | None:
    """The bytes of the last valid plan of a list; None where none is remembered."""
    try:
        return memory_path(state_folder, source).read_bytes()
    except OSError:
        return None
