"""What `doctor` looks at on this machine: folders, the file with the sign-ins, the journal, the plan."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from anitrakt_plan.commands.doctor_words import Trouble
from anitrakt_plan.commands.export_journal import exports_path, read_exports
from anitrakt_plan.commands.status import read_log
from anitrakt_plan.core.counting import counted
from anitrakt_plan.document import read_plan
from anitrakt_plan.errors import AnitraktError, ExitCode
from anitrakt_plan.settings import Folders
from anitrakt_plan.trakt.tokens import TokenFile

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Place:
    """A folder or file of anitrakt's: what it is called, where it is, what it holds, and its size in bytes."""

    name: str
    path: Path
    holds: str
    bytes: int | None
    """None where it does not exist yet."""


def places(folders: Folders) -> tuple[Place, ...]:
    """Every folder and what it holds, for `doctor --paths`."""
    named = (
        ("config", folders.config, "your anitrakt.toml and the sign-ins (tokens.json, for you alone)"),
        ("cache", folders.cache, "id maps, searches, season lists; may be deleted at any time"),
        ("state", folders.state, "what the last plans knew: texts, evidence, the last data download"),
        ("journal", folders.journal, "what was sent to Trakt, so that nothing goes twice; back it up"),
    )
    return tuple(Place(name, path, holds, _size(path)) for name, path, holds in named)


def _size(path: Path) -> int | None:
    if not path.exists():
        return None
    try:
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    except OSError:
        return 0


def check_folders(folders: Folders) -> Trouble | None:
    """Whether every folder is there and can be written to, or could be made."""
    for folder in dict.fromkeys((folders.config, folders.cache, folders.state, folders.journal)):
        reason = _why_unwritable(folder)
        if reason:
            return Trouble(
                f"anitrakt can't write to a folder it needs: {reason}",
                str(folder),
                "Make it yours (its owner and permissions), make room on the disk, or set ANITRAKT_HOME to another.",
            )
    return None


def _why_unwritable(folder: Path) -> str | None:
    """Tried, not asked: permissions alone do not tell of full or read-only disks."""
    existing = folder
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir():
        return f"{existing} is a file"
    try:
        with tempfile.TemporaryFile(dir=existing) as file:
            file.write(b"anitrakt")
    except OSError as error:
        return error.strerror or str(error)
    return None


def check_token_file(path: Path) -> AnitraktError | Trouble | None:
    """Whether the sign-ins can be read, and by nobody else."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return None
    except OSError as error:
        return Trouble(f"the sign-ins can't be read: {error.strerror}", str(path), "Make the file yours.")
    try:
        TokenFile(path).load("trakt")
    except AnitraktError as error:
        return error
    if os.name == "posix" and mode & _OTHERS:
        return Trouble(
            f"other users of this machine could read your sign-ins (mode {mode:03o}); they can't any more",
            str(path),
            "If you do not trust them: `anitrakt logout`, then `anitrakt login`.",
            ExitCode.NOT_SIGNED_IN,
        )
    return None


def check_journal(folder: Path) -> AnitraktError | None:
    """Whether every journal, and the record of exports, can be read."""
    try:
        read_log(folder)
        read_exports(exports_path(folder), None)
    except AnitraktError as error:
        return error
    return None


def check_plan(file: Path) -> tuple[AnitraktError | Trouble | None, str]:
    """Whether a plan is valid, and what to say of it if so."""
    try:
        loaded = read_plan(file)
    except AnitraktError as error:
        return error, ""
    mistakes = [mistake for mistake in loaded.diagnostics if mistake.severity == "error"]
    if mistakes or loaded.plan is None:
        return _plan_trouble(file, [str(mistake.render()) for mistake in mistakes]), ""
    return None, f"{file} is valid ({counted(len(loaded.plan.entries), 'entry')})"


def _plan_trouble(file: Path, rendered: Iterable[str]) -> Trouble:
    found = list(rendered)
    first = found[0].splitlines()[0] if found else "it holds no plan"
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return Trouble(
        f"{first}{more}", str(file), f"`anitrakt validate {file}` shows them all.", ExitCode.PLAN_INVALID
    )
