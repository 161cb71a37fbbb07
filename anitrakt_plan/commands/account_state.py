"""What the account holds during one run: read once, kept up to date, and never trusted for long."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from anitrakt_plan.commands.ports import Ports
from anitrakt_plan.core.history import History
from anitrakt_plan.core.model import Account, Existing, SyncKind
from anitrakt_plan.errors import Failed

FRESH_FOR = timedelta(minutes=10)
"""Nothing is sent from an older read (design, Reading)."""


@dataclass
class AccountState:
    """The account's plays, ratings and lists as last read. `read_at` is the moment the last full read began, UTC."""

    ports: Ports
    account: Account
    kinds: Collection[SyncKind]
    existing: Existing = field(init=False)
    history: History = field(init=False)

    def __post_init__(self) -> None:
        self.read_history()
        wanted = set(self.kinds)
        reader = self.ports.reader
        with self.ports.tell.progress("Reading what else Trakt holds"):
            ratings = reader.read_ratings() if SyncKind.RATINGS in wanted else ()
            watchlist = reader.read_watchlist() if SyncKind.WATCHLIST in wanted else None
            dropped = reader.read_dropped() if SyncKind.DROPPED in wanted else None
        self.existing = Existing(
            self.account, self.existing.read_at, self.existing.plays, ratings, watchlist, dropped
        )

    def read_history(self) -> None:
        """Read every play anew; a page that fails ends the run, for nothing is subtracted from a partial read."""
        read_at = self.ports.clock()
        with self.ports.tell.progress("Reading your Trakt history"):
            plays = self.ports.reader.read_history()
        self.history = History(plays)
        old: Existing | None = getattr(self, "existing", None)
        self.existing = Existing(
            self.account,
            read_at,
            plays,
            old.ratings if old else (),
            old.watchlist if old else None,
            old.dropped if old else None,
        )

    def read_ratings(self) -> None:
        """Read every rating anew."""
        now = self.existing
        ratings = self.ports.reader.read_ratings()
        self.existing = Existing(self.account, now.read_at, now.plays, ratings, now.watchlist, now.dropped)

    def need_watchlist(self) -> None:
        """Read the watchlist, unless it was: plays make Trakt drop what stands on it."""
        now = self.existing
        if now.watchlist is None:
            watchlist = self.ports.reader.read_watchlist()
            self.existing = Existing(
                self.account, now.read_at, now.plays, now.ratings, watchlist, now.dropped
            )

    @property
    def is_fresh(self) -> bool:
        """Whether the last full read is young enough to send from; a clock that went back makes it old."""
        age = self.ports.clock() - self.existing.read_at
        return timedelta(0) <= age <= FRESH_FOR

    def refresh(self) -> None:
        """Read the history anew where it is too old. Raises Failed where even that is too old once it is read."""
        self.read_history()
        if not self.is_fresh:
            raise Failed(
                "reading your Trakt history takes longer than ten minutes, so it can't be trusted for sending",
                todo="Look at ANITRAKT_TRAKT_GET_LIMIT and the clock, then run the same command again.",
            )

    def see_since(self, moment: datetime) -> bool:
        """Take in what was watched since `moment` (Trakt filters by `watched_at`); whether there was anything new."""
        before = len(self.history)
        self.history.add(self.ports.reader.read_history(moment))
        return len(self.history) > before
