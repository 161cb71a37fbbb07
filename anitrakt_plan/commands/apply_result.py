"""What an apply or a diff comes to: by entry first, totals last; for people and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from anitrakt_plan.errors import ExitCode

FORMAT = "anitrakt-apply/1"


@dataclass(frozen=True, slots=True)
class RatingResult:
    """One rating to send or sent: of what, its value and the old one; `state` is `planned` in a dry run.

    `rule` says how it comes from several entries: `mean`, or one of the named rules `first`, `last`, `max`.
    """

    subject: str
    value: int
    old: int | None
    state: str
    entries: tuple[str, ...]
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class EntryResult:
    """One entry: plays planned, and what became of them; and why others that are missing were not sent.

    `dates` says in words when the planned plays happened, by the days of the account's time zone.
    """

    key: str
    title: str
    match: str
    planned: int = 0
    sent: int = 0
    refused: int = 0
    in_doubt: int = 0
    unseen: int = 0
    not_found: tuple[str, ...] = ()
    not_found_before: int = 0
    gone: int = 0
    unseen_before: int = 0
    worn_out: int = 0
    held: str | None = None
    leftovers: int = 0
    listings: tuple[str, ...] = ()
    ratings: tuple[RatingResult, ...] = ()
    dates: str | None = None

    @property
    def has_changes(self) -> bool:
        """Whether something is or was to be sent for it."""
        return bool(self.planned or self.listings or self.ratings)


@dataclass(frozen=True, slots=True)
class Totals:
    """The counts of a whole run; in a dry run those of what would be sent.

    `considered`: the confirmed entries that were looked at. What is `_remaining` was to be sent and was not, for the
    run ended early. `leaving_watchlist`: shows and films that Trakt takes off the watchlist when it gets their plays.
    """

    plays: int = 0
    ratings_added: int = 0
    ratings_changed: int = 0
    listings: int = 0
    refused: int = 0
    in_doubt: int = 0
    not_found: int = 0
    unseen: int = 0
    in_sync: int = 0
    ratings_in_sync: int = 0
    ratings_kept: int = 0
    ratings_removed: int = 0
    ratings_unknown: int = 0
    gone: int = 0
    unseen_before: int = 0
    not_found_before: int = 0
    worn_out: int = 0
    held: int = 0
    leftovers: int = 0
    to_review: int = 0
    skipped: int = 0
    requests: int = 0
    considered: int = 0
    plays_remaining: int = 0
    ratings_remaining: int = 0
    listings_remaining: int = 0
    leaving_watchlist: int = 0


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """A whole run. `changes`: it sent something, or in a dry run would. `error` is what ended it early."""

    run: str | None
    user: str
    dry_run: bool
    entries: tuple[EntryResult, ...]
    totals: Totals
    notes: tuple[str, ...]
    exit_code: ExitCode
    changes: bool
    error: str | None = None

    def as_json(self) -> Mapping[str, Any]:
        """The versioned document of `--json`: only entries about which there is something to say."""
        return {
            "format": FORMAT,
            "run": self.run,
            "user": self.user,
            "dry_run": self.dry_run,
            "entries": [_said(entry) for entry in self.entries],
            "totals": asdict(self.totals),
            "notes": list(self.notes),
            "error": self.error,
            "changes": self.changes,
            "exit_code": int(self.exit_code),
        }


def _said(entry: EntryResult) -> Mapping[str, Any]:
    return {name: value for name, value in asdict(entry).items() if value not in (0, None, (), [])}
