"""The options of apply, and the safety stops that they may pass."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class StopName(StrEnum):
    """The safety stops by the names that `--allow` takes."""

    FIRST_APPLY = "first-apply"
    EMPTY_TRAKT = "empty-trakt"
    SHRUNK_LIST = "shrunk-list"
    CHANGED_MATCHES = "changed-matches"
    WATCH_ONCE = "watch-once"


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """What the command line says. `only` are keys, globs or parts of titles; `limit` counts entries.

    `allow` names safety stops that may be passed; `force` passes all but the wrong account and the lock.
    `lock_timeout` is in seconds.
    """

    dry_run: bool = False
    only: tuple[str, ...] = ()
    limit: int | None = None
    confirmed_only: bool = False
    yes: bool = False
    allow: frozenset[str] = frozenset()
    force: bool = False
    resend: bool = False
    account: str | None = None
    lock_timeout: float = 0.0

    def passes(self, stop: StopName) -> bool:
        """Whether this safety stop may be passed."""
        return self.force or stop in self.allow
