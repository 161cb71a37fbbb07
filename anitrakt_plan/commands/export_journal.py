"""Which plays were already written into files for Trakt's importer: it does not look for duplicates, so we must."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from anitrakt_plan.core.counting import counted
from anitrakt_plan.core.history import History
from anitrakt_plan.core.subjects import PlaySubject, format_subject, parse_play_subject
from anitrakt_plan.errors import Failed, SafetyStop

FORMAT = "anitrakt-exports/1"
_LOCK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Export:
    """One export: for whose account (None: not known), when (UTC), into which files, and which plays they hold."""

    at: datetime
    user: str | None
    format: str
    files: tuple[str, ...]
    plays: frozenset[PlaySubject]
    download: str | None = None
    """The sha256 of the data download it was made from; None where the account was read live."""


def exports_path(journal: Path) -> Path:
    """Where the exports are remembered: in the journal's folder, but apart from the accounts' journals."""
    return journal / "exports" / "exports.jsonl"


def read_exports(path: Path, user: str | None) -> tuple[Export, ...]:
    """The exports for this account, oldest first; one whose account is not known may have been for any.

    A torn last line, left by a power cut, is passed over: its files were never written. Raises Failed on any other.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise Failed(f"the record of exports can't be read: {error.strerror}", where=str(path)) from None
    *lines, _torn = raw.split(b"\n")
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            export = _decoded(line)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise Failed(
                "the record of exports has a line that can't be read",
                where=f"{path}:{number}",
                todo="Put back a copy of the file, or move it away if none of the exported files was uploaded.",
            ) from None
        if user is None or export.user is None or export.user.casefold() == user.casefold():
            found.append(export)
    return tuple(found)


def write_export(path: Path, export: Export) -> None:
    """Add an export; it is on the disk when this returns. Raises Failed."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(path.name + ".lock"), timeout=_LOCK_SECONDS), path.open("ab+") as file:
            _cut_torn_line(file.fileno(), path)
            file.write(_encoded(export).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except (OSError, Timeout) as error:
        raise Failed(
            f"the export can't be recorded: {getattr(error, 'strerror', None) or 'another anitrakt is at it'}",
            where=str(path),
            todo="Nothing was exported. Make room on the disk or set the folder's permissions, and run it again.",
        ) from None


def _cut_torn_line(descriptor: int, path: Path) -> None:
    whole = path.read_bytes()
    kept = whole.rfind(b"\n") + 1
    if kept != len(whole):
        os.ftruncate(descriptor, kept)


def _encoded(export: Export) -> str:
    said = {
        "format": FORMAT,
        "at": export.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "user": export.user,
        "layout": export.format,
        "files": list(export.files),
        "download": export.download,
        "plays": sorted(format_subject(subject) for subject in export.plays),
    }
    return json.dumps(said, ensure_ascii=False)


def _decoded(line: bytes) -> Export:
    said = json.loads(line)
    if said["format"] != FORMAT:
        raise ValueError("another format")
    return Export(
        at=datetime.fromisoformat(said["at"]),
        user=said["user"],
        format=said["layout"],
        files=tuple(said["files"]),
        plays=frozenset(parse_play_subject(text) for text in said["plays"]),
        download=said["download"],
    )


def check_not_twice(exports: Sequence[Export], wanted: Iterable[PlaySubject], history: History) -> str | None:
    """Whether `wanted` may be exported, after what was exported before; a sentence where some of it goes out again.

    A play that was exported and is still missing was never uploaded, or is on its way, or was not taken. That it was
    not taken only a state tells that shows other plays of the same export: then the upload is done. No clock is
    asked: a zip keeps no time zone. Raises SafetyStop for the other two.
    """
    wanted = frozenset(wanted)
    again = 0
    for export in exports:
        shared = export.plays & wanted
        if not shared:
            continue
        arrived = sum(1 for subject in export.plays - wanted if history.of(subject))
        if not arrived:
            raise _twice(export, len(shared))
        again += len(shared)
    if not again:
        return None
    return (
        f"{counted(again, 'play')} of an earlier export did not arrive on Trakt though others of it did; they "
        "are in this one again."
    )


def _twice(export: Export, shared: int) -> SafetyStop:
    named = ", ".join(export.files) or "a file"
    return SafetyStop(
        f"{counted(shared, 'play')} of these were exported before, on {export.at:%Y-%m-%d at %H:%M} UTC, into {named}, "
        "and what is known of Trakt shows none of that export: uploaded twice, they would be there twice",
        name=None,
        todo="If you uploaded that file: wait until Trakt is done with it, download your data anew "
        "(https://trakt.tv/settings/data) and give it with --trakt-export. If it was never uploaded and never will "
        "be: --again.",
    )
