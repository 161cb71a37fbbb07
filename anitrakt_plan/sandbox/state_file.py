"""The file that keeps the practice account between commands: written atomically, read anew when others wrote it."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

STATE_FILE = "trakt.json"


class StateFile:
    """`trakt.json` in a folder; without a folder nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / STATE_FILE if folder else None
        self._seen: tuple[int, int] | None = None

    def read(self) -> dict[str, Any] | None:
        """The state kept, or None where there is none. Raises ValueError naming the file if it is no JSON."""
        self._seen = self._stamp()
        if self._path is None or self._seen is None:
            return None
        try:
            document: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
        except ValueError as mistake:
            raise ValueError(f"{self._path} is damaged ({mistake}); delete it to begin afresh") from mistake
        return document

    def write(self, document: dict[str, Any]) -> None:
        """Replaces the file as a whole, so that no reader ever sees half of it."""
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=STATE_FILE)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(document, stream)
        Path(name).replace(self._path)
        self._seen = self._stamp()

    @property
    def kept(self) -> bool:
        return self._path is not None

    @property
    def changed_by_others(self) -> bool:
        """Whether another sandbox process has written the file since this one read or wrote it."""
        return self._stamp() not in (None, self._seen)

    def _stamp(self) -> tuple[int, int] | None:
        try:
            status = self._path.stat() if self._path else None
        except FileNotFoundError:
            return None
        return (status.st_mtime_ns, status.st_ino) if status else None
