"""A finding of `doctor` that no other command would raise as an error."""

from __future__ import annotations

from dataclasses import dataclass

from anitrakt_plan.errors import ExitCode


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, where, how to mend it, and the exit code that it means."""

    what: str
    where: str | None
    todo: str
    exit_code: ExitCode = ExitCode.FAILED
