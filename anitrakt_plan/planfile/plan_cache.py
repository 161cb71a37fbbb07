"""The last valid plan of each list, kept in the state folder: a shell empties the target of `>` before we start.

Each command that reads a valid plan keeps its bytes here, newest wins, by the list it was made from.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from anitrakt_plan.files import keep_if_possible
from anitrakt_plan.model import SourceInfo


def store(state_folder: Path, source: SourceInfo, raw: bytes) -> None:
    """Keep a valid plan's bytes, where that can be."""
    if load(state_folder, source) != raw:
        keep_if_possible(_path(state_folder, source), raw)


def load(state_folder: Path, source: SourceInfo) -> bytes | None:
    """The bytes of the last valid plan of a list; None where none is kept."""
    try:
        return _path(state_folder, source).read_bytes()
    except OSError:
        return None


def load_all(state_folder: Path) -> Iterator[bytes]:
    """The last valid plans of all lists, the newest first."""
    with suppress(OSError):
        for path in sorted(_kept(state_folder), key=lambda path: path.stat().st_mtime_ns, reverse=True):
            yield path.read_bytes()


def load_others(state_folder: Path, service: str) -> tuple[bytes, ...]:
    """The last valid plans of lists on other services, the newest first: who moved keeps the decisions."""
    try:
        kept = [path for path in _kept(state_folder) if not path.name.startswith(f"{service}-")]
        newest_first = sorted(kept, key=lambda path: path.stat().st_mtime_ns, reverse=True)
        return tuple(path.read_bytes() for path in newest_first)
    except OSError:
        return ()


def list_name(source: SourceInfo) -> str:
    """What a list is called in the names of files: by its user, or the file it came from."""
    return source.user or (Path(source.file).name if source.file else "list")


def file_stem(source: SourceInfo) -> str:
    """What files that are kept for a list are called, without their ending."""
    return f"{source.service}-{quote(list_name(source), safe='', errors='replace')}"


def _path(state_folder: Path, source: SourceInfo) -> Path:
    name = quote(list_name(source).casefold(), safe="", errors="replace")
    return state_folder / "plans" / f"{source.service}-{name}.yaml"


def _kept(state_folder: Path) -> list[Path]:
    return list((state_folder / "plans").glob("*.yaml"))
