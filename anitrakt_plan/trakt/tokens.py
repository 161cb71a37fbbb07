"""The sign-ins of all services: one file that only its owner can read, written whole or not at all."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from anitrakt_plan.errors import Failed

LOCK_SECONDS = 60.0
"""How long to wait for another process that is refreshing: its request may take as long as any."""

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tokens:
    """One service's sign-in. `expires_at` is UTC; `refresh` is None where the service gave none."""

    access: str = field(repr=False)
    refresh: str | None = field(repr=False)
    expires_at: datetime
    scope: str | None = None


class TokenFile:
    """The file with the sign-ins, `{"trakt": {...}, "mal": {...}}`, mode 0600."""

    def __init__(self, path: Path, *, lock_seconds: float = LOCK_SECONDS) -> None:
        self.path = path
        self._lock_path = path.with_name(path.name + ".lock")
        self._lock: FileLock | None = None
        self._lock_seconds = lock_seconds

    def load(self, service: str) -> Tokens | None:
        """The stored sign-in of a service ("trakt", "mal"), or None.

        A file that others may read is closed to them first. Raises Failed where it can't be read or understood.
        """
        stored = self._read().get(service)
        return None if stored is None else self._parse(stored)

    def save(self, service: str, tokens: Tokens) -> None:
        """Store a sign-in and leave those of other services as they are. Raises Failed; then nothing has changed."""
        entry = {
            "access_token": tokens.access,
            "refresh_token": tokens.refresh,
            "expires_at": tokens.expires_at.isoformat(),
            "scope": tokens.scope,
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
        self._make_folder()
        if self._lock is None:
            self._lock = FileLock(self._lock_path, mode=0o600)
        try:
            self._lock.acquire(timeout=self._lock_seconds)
        except Timeout:
            raise Failed(
                "another anitrakt is busy with the sign-in",
                where=str(self._lock_path),
                todo="Wait until it is done, and run the same command again.",
            ) from None
        except OSError as error:
            raise self._unwritable(error) from None
        try:
            yield
        finally:
            self._lock.release()

    def _make_folder(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise self._unwritable(error) from None

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
        mode = self.path.stat().st_mode
        if os.name == "posix" and mode & _OTHERS:
            self.path.chmod(mode & ~_OTHERS)
            _log.warning("%s could be read by other users of this machine; it can't any more", self.path)

    def _parse(self, stored: object) -> Tokens:
        if not isinstance(stored, dict):
            raise self._damaged()
        access, refresh, scope = (stored.get(name) for name in ("access_token", "refresh_token", "scope"))
        try:
            expires_at = datetime.fromisoformat(str(stored.get("expires_at")))
        except ValueError:
            raise self._damaged() from None
        if not isinstance(access, str) or not access or expires_at.tzinfo is None:
            raise self._damaged()
        return Tokens(
            access=access,
            refresh=refresh if isinstance(refresh, str) and refresh else None,
            expires_at=expires_at,
            scope=scope if isinstance(scope, str) else None,
        )

    def _write(self, content: dict[str, object]) -> None:
        """Temporary file, fsync, rename: after a power cut there is the old pair or the new one, never half of one."""
        temporary: str | None = None
        try:
            descriptor, temporary = tempfile.mkstemp(
                dir=self.path.parent, prefix=self.path.name, suffix=".new"
            )
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(content, file, indent=2)
                file.write("\n")
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(self.path)
            _sync_folder(self.path.parent)
        except OSError as error:
            if temporary is not None:
                with contextlib.suppress(OSError):
                    Path(temporary).unlink(missing_ok=True)
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


def _sync_folder(folder: Path) -> None:
    """Make a rename last; Windows has no such call and does it by itself."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
