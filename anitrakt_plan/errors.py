"""Every error a user can meet: what happened, where, what to do next, and the exit code that says so.

AnitraktError
├── Failed              1  network, service, unknown user, a file that can't be read or written
│   ├── NotSent            the request never reached the service
│   ├── AnswerLost         the request was sent, but no whole answer came back
│   └── ServiceRefused     the service answered with an error
├── BadUsage            2  options that do not fit together
├── PlanInvalid         3  the plan file has mistakes
├── NotSignedIn         4  no sign-in, a wrong key, a private list
├── AppliedInPart       5  some of it is done; running again goes on
└── SafetyStop          6  anitrakt refuses to go on
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Mapping
from enum import IntEnum
from pathlib import Path


class ExitCode(IntEnum):
    """The exit codes of every command."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    PLAN_INVALID = 3
    NOT_SIGNED_IN = 4
    IN_PART = 5
    SAFETY_STOP = 6
    CHANGES = 8
    BUG = 70
    INTERRUPTED = 130


MEANINGS: Mapping[ExitCode, str] = {
    ExitCode.DONE: "done, or nothing was to be done",
    ExitCode.FAILED: "failed: the network, a service, an unknown user, a file (`fmt --check`: not canonical)",
    ExitCode.USAGE: "wrong usage: options or arguments that do not fit together",
    ExitCode.PLAN_INVALID: "the plan file has mistakes; nothing was sent",
    ExitCode.NOT_SIGNED_IN: "not signed in, a wrong key, or a private list",
    ExitCode.IN_PART: "applied in part; the same command goes on",
    ExitCode.SAFETY_STOP: "a safety stop; `anitrakt explain` with its name says what it is for",
    ExitCode.CHANGES: "only with `--detailed-exitcode`: the plan changed, something would be sent, or was",
    ExitCode.BUG: "a bug in anitrakt; `--debug` shows the traceback for a report",
    ExitCode.INTERRUPTED: "interrupted",
}
"""What each exit code means, for a person."""


class AnitraktError(Exception):
    """The root: a sentence (`what`), where it happened (`where`), what to do (`todo`), and lines below (`listed`)."""

    exit_code = ExitCode.FAILED

    def __init__(
        self, what: str, *, where: str | None = None, todo: str | None = None, listed: Iterable[str] = ()
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.todo = todo
        self.listed = tuple(listed)

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        return "\n".join([head, *([f"  {self.todo}"] if self.todo else []), *self.listed])


class Failed(AnitraktError):
    """A service, the network or a file failed."""


class NotSent(Failed):
    """No connection came about, so the service never saw the request."""


class AnswerLost(Failed):
    """The request went out, but the answer was lost, late, or cut."""


class ServiceRefused(Failed):
    """A service answered with an error that a person has to know of; `status` is its HTTP status."""

    def __init__(self, what: str, *, status: int, where: str | None = None, todo: str | None = None) -> None:
        super().__init__(what, where=where, todo=todo)
        self.status = status


class BadUsage(AnitraktError):
    """Options or arguments that do not fit together."""

    exit_code = ExitCode.USAGE


class PlanInvalid(AnitraktError):
    """The plan file has mistakes; nothing was sent."""

    exit_code = ExitCode.PLAN_INVALID


class NotSignedIn(AnitraktError):
    """No sign-in, a refused sign-in or key, or a list that is private."""

    exit_code = ExitCode.NOT_SIGNED_IN


class AppliedInPart(AnitraktError):
    """Some of it was done; applying again goes on from there."""

    exit_code = ExitCode.IN_PART


class SafetyStop(AnitraktError):
    """Something looks wrong enough not to go on; `name` is what `--allow` takes, None where nothing passes it."""

    exit_code = ExitCode.SAFETY_STOP

    def __init__(
        self, what: str, *, name: str | None, where: str | None = None, todo: str | None = None
    ) -> None:
        super().__init__(what, where=where, todo=todo)
        self.name = name


# --- what the system refuses ---


_ROOM_OR_ACCESS = (
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EIO,
    errno.ENOTDIR,
    errno.EISDIR,
)
_CAN_MEND = {
    **dict.fromkeys(_ROOM_OR_ACCESS, "Make room, or give access there"),
    **dict.fromkeys((errno.ENAMETOOLONG, errno.ELOOP), "Choose another name"),
}


def refused_by_system(error: OSError) -> Failed | None:
    """What the system refuses as an error that a user can mend; None where nobody but us can."""
    if error.errno == errno.ENOENT and _has_lost_its_folder():
        todo = "Change to another folder (`cd`), and run the same command there."
        return Failed("the folder that this command runs in is no longer there", todo=todo)
    if error.errno not in _CAN_MEND:
        return None
    return Failed(
        f"the system says: {error.strerror or error}",
        where=str(error.filename) if error.filename else None,
        todo=f"{_CAN_MEND[error.errno]}, and run the same command again; nothing is done twice.",
    )


def _has_lost_its_folder() -> bool:
    try:
        Path.cwd()
    except FileNotFoundError:
        return True
    return False
