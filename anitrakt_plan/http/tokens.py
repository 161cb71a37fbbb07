"""The sign-ins of all services: their tokens, and the one file that keeps them."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from anitrakt_plan.errors import Failed
from anitrakt_plan.files import OWN_FILE, close_to_others, own_folder, write_own
from anitrakt_plan.json_rows import optional_row, optional_text, text

_log = logging.getLogger(__name__)

LOCK_SECONDS = 60.0
"""How long to wait for another process that is refreshing: its request may take as long as any."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """One service's sign-in. `expires_at` is UTC; `refresh` is None where the service gave none."""

    access: str = field(repr=False)
    refresh: str | None = field(repr=False)
    expires_at: datetime


class TokenFile:
    """The file with the sign-ins, `{"trakt": {...}, "mal": {...}}`, mode 0600."""

    def __init__(self, path: Path, *, lock_seconds: float = LOCK_SECONDS) -> None:
        from filelock import FileLock  # takes long to load, and who only reads settings needs none

        self.path = path
        self._lock = FileLock(path.with_name(path.name + ".lock"), timeout=lock_seconds, mode=OWN_FILE)

    def load(self, service: str) -> Tokens | None:
        """The stored sign-in of a service ("trakt", "mal"), or None. Raises Failed where it can't be understood."""
        stored = self._read().get(service)
        return None if stored is None else self._parse(stored)

    def save(self, service: str, tokens: Tokens) -> None:
        """Store a sign-in and leave those of other services as they are. Raises Failed; then nothing has changed."""
        entry = {
            "access_token": tokens.access,
            "refresh_token": tokens.refresh,
            "expires_at": tokens.expires_at.isoformat(),
        }
        with self.locked():
            self._write({**self._read(), service: entry})

    def remove(self, service: str) -> None:
        """Forget a sign-in; the last one takes the file with it."""
        with self.locked():
            stored = self._read()
            if stored.pop(service, None) is None:
                return
            if stored:
                self._write(stored)
            else:
                self.path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from reading, refreshing and writing at the same time; may be nested."""
        from filelock import Timeout

        try:
            own_folder(self.path.parent)
            self._lock.acquire()
        except Timeout:
            raise Failed(
                "another anitrakt is busy with the sign-in",
                where=str(self._lock.lock_file),
                todo="Wait until it is done, and run the same command again.",
            ) from None
        except OSError as error:
            raise self._unwritable(error) from None
        try:
            yield
        finally:
            self._lock.release()

    def _read(self) -> dict[str, object]:
        try:
            self._close_to_others()
            content = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise Failed(f"the sign-ins can't be read: {error.strerror}", where=str(self.path)) from None
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise self._damaged()
        return content

    def _close_to_others(self) -> None:
        """A copy or an unpacked backup often comes with open permissions."""
        if close_to_others(self.path):
            _log.warning("%s could be read by other users of this machine; it can't any more", self.path)

    def _parse(self, stored: object) -> Tokens:
        entry = optional_row(stored)
        try:
            expires_at = datetime.fromisoformat(text(entry, "expires_at"))
            access = text(entry, "access_token")
        except ValueError:
            raise self._damaged() from None
        if expires_at.tzinfo is None:
            raise self._damaged()
        return Tokens(access, optional_text(entry.get("refresh_token")), expires_at)

    def _write(self, content: dict[str, object]) -> None:
        try:
            write_own(self.path, (json.dumps(content, indent=2) + "\n").encode())
        except OSError as error:
            raise self._unwritable(error) from None

    def _unwritable(self, error: OSError) -> Failed:
        return Failed(
            f"the sign-in can't be saved: {error.strerror or error}",
            where=str(self.path),
            todo="Make room on the disk or set the folder's permissions, and run the same command again.",
        )

    def _damaged(self) -> Failed:
        return Failed(
            "the file with the sign-ins is damaged",
            where=str(self.path),
            todo="Delete it and sign in again with `anitrakt login`.",
        )
