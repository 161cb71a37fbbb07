"""One run that writes to Trakt, be it apply or undo: what its steps share, and what its failures come to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from anitrakt_plan.commands.account_state import AccountState
from anitrakt_plan.commands.ports import Ports
from anitrakt_plan.core.knowledge import Knowledge
from anitrakt_plan.core.model import EntryKey
from anitrakt_plan.core.settling import Stranger
from anitrakt_plan.errors import AnitraktError, AppliedInPart, SafetyStop
from anitrakt_plan.journal.journal import Journal
from anitrakt_plan.journal.records import Intent, OutcomeState, RunKind
from anitrakt_plan.trakt.bodies import UnsafeBody
from anitrakt_plan.trakt.outcomes import Accepted, InDoubt, Refused, WriteOutcome

MOST_FAILURES = 3
"""So many batches in a row that failed end the run (design, Answers)."""


@dataclass
class WritingRun:
    """The state of one run. `id` is None until something is written; `batches` are those of this process.

    `failure` is what ended the sending early. `notes` are sentences for the summary. `source` is the list behind it.
    `resend` are the entries that it was asked to send again.
    """

    ports: Ports
    journal: Journal
    state: AccountState
    kind: RunKind
    source: str | None
    notes: list[str] = field(default_factory=list)
    id: str | None = None
    batches: list[int] = field(default_factory=list)
    failure: AnitraktError | None = None
    failures_in_a_row: int = 0
    accepted: int = 0
    interrupted: bool = False
    read_back: bool = False
    strangers: dict[int, Stranger] = field(default_factory=dict)
    resend: frozenset[EntryKey] = frozenset()
    _sign_in: object = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._sign_in = self.ports.sign_in()

    @property
    def knowledge(self) -> Knowledge:
        """What the journal knows by now."""
        return self.journal.knowledge

    def begin(self) -> str:
        """The run's id; the run begins in the journal when this is first called."""
        if self.id is None:
            self.id = self.journal.begin(self.kind, self.source, self.resend)
        return self.id

    @property
    def must_stop(self) -> bool:
        """Whether nothing more is to be sent: Ctrl-C, an error, or too many failures in a row."""
        if self.ports.stop.is_set():
            self.interrupted = True
        return self.interrupted or self.failure is not None

    def write(self, intent: Intent) -> None:
        """Write down what is about to be sent. Raises Failed where that can't be done, SafetyStop for a new account."""
        sign_in = self.ports.sign_in()
        if sign_in != self._sign_in:
            self.check_same_account()
            self._sign_in = sign_in
        self.journal.write(intent)
        self.batches.append(intent.batch)

    @contextmanager
    def guarded(self, batch: int) -> Iterator[None]:
        """A body that the sender itself refuses was not sent: say so before the bug is reported."""
        try:
            yield
        except UnsafeBody:
            self.journal.outcome(batch, OutcomeState.REFUSED, "a mistake of anitrakt; it was not sent")
            raise

    def take(self, batch: int, outcome: WriteOutcome, not_found: tuple[int, ...] = ()) -> None:
        """Write down what came back for a batch, and draw the consequences for the run."""
        match outcome:
            case Accepted():
                self.journal.outcome(batch, OutcomeState.ACCEPTED, not_found=not_found)
                self.failures_in_a_row = 0
                self.accepted += 1
            case Refused():
                self.journal.outcome(batch, OutcomeState.REFUSED, outcome.sentence)
                self._failed(outcome.sentence, outcome.error, ends=outcome.stop)
            case InDoubt():
                self.journal.outcome(batch, OutcomeState.IN_DOUBT, outcome.sentence)
                self._failed(outcome.sentence, None, ends=False)

    def _failed(self, sentence: str, error: AnitraktError | None, *, ends: bool) -> None:
        self.failures_in_a_row += 1
        if ends or self.failures_in_a_row >= MOST_FAILURES:
            todo = "Run the same command again; it first settles what is in doubt, then goes on."
            self.failure = error or AppliedInPart(sentence, where="Trakt", todo=todo)
        elif sentence not in self.notes:
            self.notes.append(sentence)

    def check_same_account(self) -> None:
        """Another sign-in may have been stored while this run went on. Raises SafetyStop, which nothing passes."""
        now = self.ports.reader.read_account()
        if now.uuid != self.state.account.uuid:
            raise SafetyStop(
                f"the Trakt sign-in changed from `{self.state.account.user}` to `{now.user}` while sending",
                name=None,
                todo="Sign in to the first account again, then run the same command; it goes on from there.",
            )
