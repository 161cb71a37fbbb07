"""`--record FILE.zip`: what is told to the recorder beforehand, and what it is written with in the end."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from anitrakt_plan import __version__
from anitrakt_plan.errors import AnitraktError, BadUsage
from anitrakt_plan.files import OWN_FILE, write_whole
from anitrakt_plan.http import Recorder, recording
from anitrakt_plan.json_text import read_json
from anitrakt_plan.settings import Settings
from anitrakt_plan.sources import SOURCES

__all__ = ["called", "check_is_new", "recorder_for", "recording", "write_recording"]

_PLAIN = frozenset(
    (
        "--status",
        "--dates",
        "--ratings",
        "--on-conflict",
        "--rewatches",
        "--send",
        "--auto-from",
        "--allow",
        "--limit",
        "--sort",
        "--decision",
        "--below",
        "--format",
        "--color",
        "--lock-timeout",
    )
)
"""Options whose values tell nothing of a person."""


def check_is_new(target: Path) -> None:
    """Raise BadUsage where something is there already: a recording is written over nothing."""
    if target.exists():
        raise BadUsage(
            f"{target} is there already", todo="Give --record a name of its own, such as report.zip."
        )


def recorder_for(settings: Settings) -> Recorder:
    """A recorder that knows every key and token there is here."""
    return Recorder(tuple(dict.fromkeys(_secrets_of(settings))))


def _secrets_of(settings: Settings) -> Iterator[str]:
    own = (settings.trakt_client_id, settings.trakt_client_secret, settings.trakt_token, settings.tmdb_token)
    of_sources = ((one.client_id, one.token) for one in settings.endpoints.values())
    yield from filter(None, (*own, *(key for keys in of_sources for key in keys)))
    yield from _stored(settings.folders.tokens)


def _stored(path: Path) -> Iterator[str]:
    try:
        stored = read_json(path.read_bytes())
    except (OSError, ValueError):
        return
    for sign_in in stored.values() if isinstance(stored, dict) else ():
        values = sign_in.values() if isinstance(sign_in, dict) else (sign_in,)
        yield from (value for value in values if isinstance(value, str) and len(value) > 8)


def write_recording(
    recorder: Recorder, target: Path, words: Sequence[str], *, code: int, error: AnitraktError | None
) -> None:
    """Write what was recorded of a command that was called with these words. Raises OSError."""
    said: dict[str, Any] = {
        "tool": f"anitrakt {__version__}",
        "python": platform.python_version(),
        "system": platform.system(),
        "command": called(words, recorder),
        "exit_code": code,
    }
    if error is not None:
        cleared = recorder.replacing.text
        said["error"] = {"what": cleared(error.what), "todo": cleared(error.todo or "")}
    write_whole(target, recorder.content(said), mode=OWN_FILE)


def called(words: Sequence[str], recorder: Recorder) -> list[str]:
    """The words of a command line with nothing of a person in them: no names, no paths, no keys of entries."""
    users = {f"--{source.name}" for source in SOURCES}
    kept: list[str] = []
    for number, word in enumerate(words):
        before = words[number - 1] if number else ""
        if word.startswith("-"):
            kept.append(word.partition("=")[0])
        elif before in users:
            kept.append(recorder.replacing.person(word))
        elif before in _PLAIN or (re.fullmatch(r"[a-z-]+", word) and not _has_command(kept)):
            kept.append(word)
        else:
            kept.append(f"…{Path(word).suffix}")
    return kept


def _has_command(kept: Sequence[str]) -> bool:
    return any(not word.startswith(("-", "…")) for word in kept)
