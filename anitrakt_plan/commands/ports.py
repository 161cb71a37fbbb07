"""What apply, undo and status need of the outside: the account, the catalogue, the sender, a clock, a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from anitrakt_plan.commands.telling import Tell
from anitrakt_plan.core.batches import Operation
from anitrakt_plan.core.model import (
    Account,
    Movie,
    MovieSubject,
    Play,
    Rating,
    Season,
    Show,
    ShowSubject,
    TargetKind,
    Work,
)
from anitrakt_plan.trakt.sending import WriteOutcome

Clock = Callable[[], datetime]
"""The time, as aware UTC."""


class AccountReader(Protocol):
    """The account's state, read live. Everything raises NotSignedIn or Failed."""

    def read_account(self) -> Account:
        """Whose sign-in it is."""

    def read_history(self, start_at: datetime | None = None) -> tuple[Play, ...]:
        """Every play, or those watched at or after `start_at` (UTC)."""

    def read_ratings(self) -> tuple[Rating, ...]:
        """Every rating."""

    def read_watchlist(self) -> tuple[ShowSubject | MovieSubject, ...]:
        """The shows and films of the watchlist."""

    def read_dropped(self) -> tuple[ShowSubject, ...]:
        """The dropped shows."""


class Catalogue(Protocol):
    """Trakt's catalogue, as far as apply needs it. Everything raises NotSignedIn or Failed."""

    def show(self, show_id: int) -> Show | None:
        """A show; None where Trakt has none."""

    def movie(self, movie_id: int) -> Movie | None:
        """A film; None where Trakt has none."""

    def seasons(self, show_id: int) -> tuple[Season, ...] | None:
        """A show's seasons with their episodes; None where Trakt has no such show."""

    def aliases(self, kind: TargetKind, work_id: int) -> tuple[str, ...]:
        """The other titles of a show or film."""

    def resolve_address(self, url: str) -> AddressTarget:
        """What a pasted trakt.tv address names; raises ValueError with a sentence where it names nothing."""


class AddressTarget(Protocol):
    """What an address names: a work, and the runs of episodes where it names a season or an episode."""

    @property
    def work(self) -> Work:
        """The show or film."""

    @property
    def runs(self) -> tuple[object, ...]:
        """The episodes; empty for a whole show or a film."""


class Sender(Protocol):
    """Writes to Trakt."""

    def send(self, operation: Operation) -> WriteOutcome:
        """Send one operation, and say what became of it."""


@dataclass(frozen=True, slots=True)
class Question:
    """Something only a person may decide. `choices` are words; the first is recommended. `flag` answers it unasked."""

    text: str
    choices: tuple[str, ...]
    flag: str


Ask = Callable[[Question], str]
"""Asks a person and gives back one of the question's choices."""


class Stop(Protocol):
    """Set by the first Ctrl-C: finish the request, then sum up."""

    def is_set(self) -> bool:
        """Whether to stop."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The outside of one run. `ask` is None where nobody can answer. `settle` is in seconds.

    `sign_in` gives a value that changes when another sign-in is stored, such as a digest of the access token.
    """

    reader: AccountReader
    catalogue: Catalogue
    sender: Sender
    journals: Path
    tell: Tell
    clock: Clock
    sleep: Callable[[float], None]
    settle: float
    stop: Stop
    ask: Ask | None = None
    sandbox: bool = False
    sign_in: Callable[[], object] = lambda: None
