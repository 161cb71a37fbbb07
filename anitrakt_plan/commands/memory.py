"""The last valid plan of each list, remembered in the state folder: `plan > plan.yaml` empties the file too early.

A shell empties the target of `>` before anitrakt starts, so the file can't be read any more. Each command that reads
a valid plan keeps its bytes here, newest wins, by the list it was made from.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from anitrakt_plan.core.model import Service, SourceInfo


def memory_path(state_folder: Path, source: SourceInfo) -> Path:
    """Where the plan of a list is remembered: by its service, and its user or file."""
    name = source.user or (Path(source.file).name if source.file else "list")
    return (
        state_folder
        / "plans"
        / f"{source.service.value}-{quote(name.casefold(), safe='', errors='replace')}.yaml"
    )


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


def is_remembered(state_folder: Path, raw: bytes) -> bool:
    """Whether these bytes are a plan that was read here before, and found valid."""
    try:
        return any(
            path.stat().st_size == len(raw) and path.read_bytes() == raw
            for path in (state_folder / "plans").glob("*.yaml")
        )
    except OSError:
        return False


def recall_others(state_folder: Path, service: Service) -> tuple[bytes, ...]:
    """The last valid plans of lists on other services, the newest first: who moved keeps the decisions."""
    try:
        kept = [path for path in (state_folder / "plans").glob("*.yaml") if not _is_of(path, service)]
        newest_first = sorted(kept, key=lambda path: path.stat().st_mtime_ns, reverse=True)
        return tuple(path.read_bytes() for path in newest_first)
    except OSError:
        return ()


def _is_of(path: Path, service: Service) -> bool:
    return path.name.startswith(f"{service.value}-")
