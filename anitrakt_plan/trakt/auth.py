"""Signing in to Trakt by device code, renewing the sign-in, and taking it back."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout

from anitrakt_plan.errors import AnswerLost, Failed, NotSent, NotSignedIn
from anitrakt_plan.http import Answer, WriteClient
from anitrakt_plan.trakt.errors import no_key, not_understood, refusal, unknown_application

SERVICE = "trakt"
"""The name under which Trakt's tokens stand in the file."""

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"

_SLOWER_SECONDS = 5.0

_UNKNOWN_APPLICATION = frozenset({"invalid_client", "unauthorized_client"})

_AGAIN = "Start over with `anitrakt login`."

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What the person has to type and where. `expires_at` is UTC, `interval` the seconds between two questions."""

    device_code: str = field(repr=False)
    user_code: str
    url: str
    expires_at: datetime
    interval: float

    @property
    def direct_url(self) -> str:
        """The page with the code already filled in."""
        return f"{self.url.rstrip('/')}/{self.user_code}"


class SignIn:
    """Trakt's device sign-in (API blueprint, "Authentication - Devices"). The client secret is optional."""

    def __init__(
        self, writer: WriteClient, *, client_id: str | None, client_secret: str | None, clock: Clock
    ) -> None:
        self._writer = writer
        self._client_id, self._client_secret = client_id, client_secret
        self._clock = clock

    def request_code(self) -> DeviceCode:
        """Ask for a new code. Raises NotSignedIn for an unknown application, else Failed."""
        path = "/oauth/device/code"
        asked_at = self._clock()
        answer = self._writer.post(path, {"client_id": self._need_client_id()})
        if not answer.ok:
            raise _refused(answer, path)
        said = _object(answer, path)
        try:
            return DeviceCode(
                device_code=_text(said["device_code"]),
                user_code=_text(said["user_code"]),
                url=_text(said["verification_url"]),
                expires_at=asked_at + timedelta(seconds=_positive(said["expires_in"])),
                interval=_positive(said["interval"]),
            )
        except (KeyError, ValueError):
            raise not_understood(f"POST {path}", "it holds no code") from None

    def poll(self, code: DeviceCode, sleep: Callable[[float], None]) -> Tokens:
        """Ask until the person has typed the code; raises NotSignedIn when that can't happen any more.

        Lost answers and passing failures are asked over: only the code's own end stops the questions.
        """
        path, interval = "/oauth/device/token", code.interval
        while True:
            sleep(interval)
            if self._clock() >= code.expires_at:
                raise NotSignedIn("the code was not typed in time", where="Trakt", todo=_AGAIN)
            asked_at = self._clock()
            try:
                answer = self._writer.post(path, {"code": code.device_code, **self._application()})
            except (NotSent, AnswerLost):
                continue
            if answer.ok:
                return _tokens(answer, asked_at, path)
            if answer.status == 429:
                interval = max(interval + _SLOWER_SECONDS, answer.retry_after or 0.0)
            elif answer.status in _ENDS:
                raise NotSignedIn(_ENDS[answer.status], where="Trakt", todo=_AGAIN)
            elif _error_name(answer) in _UNKNOWN_APPLICATION or answer.status in (401, 403):
                raise _refused(answer, path)
            elif answer.status != 400 and answer.status < 500:
                raise refusal(answer, request=f"POST {path}")

    def refresh(self, file: TokenFile, stale: Tokens) -> Tokens:
        """Renew the sign-in: the new pair is stored before anyone uses it, because the old one works only once.

        `stale` is the pair that no longer serves. If another process has renewed it meanwhile, its pair is taken.
        Raises NotSignedIn where Trakt refuses for good, else Failed.
        """
        path = "/oauth/token"
        with file.locked():
            stored = file.load(SERVICE)
            if stored is None or stored.refresh is None:
                raise NotSignedIn(
                    "the sign-in has ended", where="Trakt", todo="Sign in with `anitrakt login`."
                )
            if stored.access != stale.access:
                return stored
            file.save(SERVICE, stored)  # a full disk must show before the old pair is spent, not after
            asked_at = self._clock()
            answer = self._writer.post(
                path,
                {
                    "refresh_token": stored.refresh,
                    "redirect_uri": OUT_OF_BAND,
                    "grant_type": "refresh_token",
                    **self._application(),
                },
            )
            if not answer.ok:
                raise _refused(answer, path)
            fresh = _tokens(answer, asked_at, path)
            file.save(SERVICE, fresh)
            return fresh

    def revoke(self, tokens: Tokens) -> None:
        """Take the sign-in back at Trakt. One that Trakt does not know any more counts as taken back."""
        path = "/oauth/revoke"
        answer = self._writer.post(path, {"token": tokens.access, **self._application()})
        unknown_token = answer.status in (400, 401, 404) and _error_name(answer) not in _UNKNOWN_APPLICATION
        if not answer.ok and not unknown_token:
            raise _refused(answer, path)

    def _need_client_id(self) -> str:
        if not self._client_id:
            raise no_key()
        return self._client_id

    def _application(self) -> dict[str, str]:
        named = {"client_id": self._need_client_id()}
        return {**named, "client_secret": self._client_secret} if self._client_secret else named


_ENDS = {
    404: "Trakt does not know this code",
    409: "this code was already used",
    410: "the code was not typed in time",
    418: "the sign-in was refused on Trakt's page",
}


def _refused(answer: Answer, path: str) -> Failed | NotSignedIn:
    """The error for a token request that Trakt turned down (400 by the contract, 401 by older texts)."""
    where = f"Trakt, POST {path}"
    error = _error_name(answer)
    if error in _UNKNOWN_APPLICATION or "client_id" in _error_text(answer):
        return unknown_application(where)
    if error == "invalid_grant" or (path == "/oauth/token" and answer.status in (400, 401)):
        return NotSignedIn(
            "the sign-in has ended: it was taken back on Trakt's site, or another program has renewed it",
            where=where,
            todo="Sign in again with `anitrakt login`.",
        )
    if answer.status == 401:
        return unknown_application(where)
    translated = refusal(answer, request=f"POST {path}")
    return (
        translated if isinstance(translated, Failed | NotSignedIn) else Failed(translated.what, where=where)
    )


def _tokens(answer: Answer, asked_at: datetime, path: str) -> Tokens:
    """Trakt's token object. The end is counted from our own clock: `created_at` is Trakt's, which ours may miss."""
    said = _object(answer, path)
    refresh, scope = said.get("refresh_token"), said.get("scope")
    try:
        return Tokens(
            access=_text(said["access_token"]),
            refresh=refresh if isinstance(refresh, str) and refresh else None,
            expires_at=asked_at + timedelta(seconds=_positive(said["expires_in"])),
            scope=scope if isinstance(scope, str) else None,
        )
    except (KeyError, ValueError, OverflowError):
        raise not_understood(f"POST {path}", "it holds no token") from None


def _object(answer: Answer, path: str) -> dict[str, object]:
    try:
        said = answer.json()
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise not_understood(f"POST {path}", "it is not a JSON object")
    return said


def _error_name(answer: Answer) -> str:
    return str(_error_body(answer).get("error", ""))


def _error_text(answer: Answer) -> str:
    return str(_error_body(answer).get("error_description", ""))


def _error_body(answer: Answer) -> dict[str, object]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("not a text")
    return value


def _positive(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9:
        raise ValueError("not a number of seconds")
    return float(value)


# --- the sign-ins of all services ---


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
