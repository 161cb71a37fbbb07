"""What the practice Trakt account holds: plays, ratings, tokens, and the file of it all."""

import json
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

STATE_FILE = "trakt.json"
UNKNOWN_DATE = "1970-01-01T00:00:00.000Z"

Item = tuple[str, int]  # movie, show, season or episode, and its Trakt id


@dataclass(slots=True)
class Play:
    """One viewing: `item` is an episode's or a film's Trakt id, `watched_at` a UTC text with milliseconds."""

    id: int
    kind: str
    item: int
    watched_at: str
    action: str = "watch"


@dataclass(slots=True)
class Rating:
    """A rating 1-10 and when it was given."""

    rating: int
    rated_at: str


@dataclass(slots=True)
class Token:
    """An access token with the refresh token that came with it; `expires_at` None: lasts for ever."""

    access: str
    refresh: str
    created_at: float
    expires_at: float | None
    revoked: bool = False

    def works_at(self, now: float) -> bool:
        """Whether it is neither revoked nor past its time."""
        return not self.revoked and (self.expires_at is None or now < self.expires_at)


def text_of(moment: datetime) -> str:
    """A moment as Trakt writes it: UTC, milliseconds, Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


class StateFile:
    """The file that keeps the account between commands: written atomically, read anew when others wrote it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / STATE_FILE
        self._seen: tuple[int, int] | None = None

    def read(self) -> dict[str, Any] | None:
        """The state kept, or None where there is none. Raises ValueError naming the file if it is no JSON."""
        self._seen = self._stamp()
        if self._seen is None:
            return None
        try:
            document: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
        except ValueError as mistake:
            raise ValueError(f"{self._path} is damaged ({mistake}); delete it to begin afresh") from mistake
        return document

    def write(self, document: dict[str, Any]) -> None:
        """Replaces the file as a whole, so that no reader ever sees half of it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=STATE_FILE)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(document, stream)
        Path(name).replace(self._path)
        self._seen = self._stamp()

    @property
    def changed_by_others(self) -> bool:
        """Whether another sandbox process has written the file since this one read or wrote it."""
        return self._stamp() not in (None, self._seen)

    def _stamp(self) -> tuple[int, int] | None:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return None
        return status.st_mtime_ns, status.st_ino
