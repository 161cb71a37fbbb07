"""One run of apply, undo or status: the account as last read, and the one place from which anything is sent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile
from pathlib import Path
from typing import Any

from anitrakt_plan.commands.last_read import LastRead
from anitrakt_plan.commands.services import Ports, Question
from anitrakt_plan.errors import AnitraktError, AppliedInPart, ExitCode, Failed, SafetyStop
from anitrakt_plan.journal.journal import Clock, Journal, Owner, account_lock, owners
from anitrakt_plan.journal.records import Expired, Intent, Outcome, OutcomeState, RunKind, Seen
from anitrakt_plan.model import Account, EntryKey, Existing, Plan, Play, SyncKind
from anitrakt_plan.model.account import ListSubject, PlaySubject, work_of
from anitrakt_plan.model.dates import When, whole_minute, zone_of
from anitrakt_plan.sync.batches import Operation, taken_back_by
from anitrakt_plan.sync.desired import Desired, desired_of
from anitrakt_plan.sync.diff import Diff, DiffOptions, diff, works_in_question
from anitrakt_plan.sync.existing import History
from anitrakt_plan.sync.knowledge import Knowledge, SentState, grouped
from anitrakt_plan.sync.settle import Sightings, expired, sight
from anitrakt_plan.trakt.account import Reading, lost_rows_note
from anitrakt_plan.trakt.send import Accepted, InDoubt, Refused, UnsafeBody, WriteOutcome

MAX_FAILURES = 3
"""So many batches in a row that failed end the run (docs/applying.md 4.2)."""

FRESH_FOR = timedelta(minutes=10)
"""Nothing is sent from an older read (docs/applying.md 2.2)."""


# --- whose account it is ---


def source_name(plan: Plan) -> str:
    """The list a plan was made from, as the journal names it: `mal:yourname`."""
    return f"{plan.source.service}:{plan.source.user or plan.source.file or '?'}"


def check_account(plan: Plan, account: Account, ports: Ports, named: str | None) -> tuple[str, ...]:
    """Compare the signed-in account with the plan's; `named` is what `--account` says. Sentences for the summary.

    A plan that names no account asks, or needs `--account`. An account that was renamed is known by its uuid.
    Raises SafetyStop, which nothing passes.
    """
    if named is not None and not account.is_called(named):
        raise _wrong(account, f"`--account` says `{named}`")
    if plan.target_user is not None:
        return _check_planned_account(source_name(plan), plan.target_user, account, owners(ports.journals))
    if named is None:
        _ask(account, ports)
    return ()


def _check_planned_account(
    source: str, planned: str, account: Account, known: Sequence[Owner]
) -> tuple[str, ...]:
    why = why_another_account(source, planned, account, known)
    if why is not None:
        raise _wrong(account, why)
    if not account.is_called(planned):
        return (f"The Trakt account `{planned}` is called `{account.user}` now.",)
    return ()


def why_another_account(source: str, planned: str, account: Account, known: Sequence[Owner]) -> str | None:
    """Why this is not the account that a plan names, which may have had that name before; None where it is."""
    mine = next((owner for owner in known if owner.account == account.uuid), None)
    names = [account.user, *(mine.names if mine else ())]
    if planned.casefold() not in map(str.casefold, names):
        return f"the plan was made for `{planned}`"
    if mine is None and any((source, account.user) in owner.sources for owner in known):
        return f"this plan was applied to another account that was called `{account.user}` then"
    return None


def check_data_of(plan: Plan, planned: str, account: Account, known: Sequence[Owner], *, todo: str) -> None:
    """Raise SafetyStop, which nothing passes, where a download's account is not the one that a plan is for."""
    if why_another_account(source_name(plan), planned, account, known) is not None:
        raise SafetyStop(
            f"the plan is for the Trakt account {planned}, and this is {account.user}'s data",
            name=None,
            todo=todo,
        )


def _wrong(account: Account, why: str) -> SafetyStop:
    return SafetyStop(
        f"signed in to Trakt as `{account.user}`, but {why}",
        name=None,
        todo="Nothing was sent. Sign in to the other account (`anitrakt login`), or plan anew for this one.",
    )


def _ask(account: Account, ports: Ports) -> None:
    question = Question(
        f"The plan names no Trakt account. Send it to `{account.user}`?",
        ("no", "yes"),
        f"--account {account.user}",
        is_whose_account=True,
    )
    if ports.ask is None:
        raise SafetyStop(
            f"the plan names no Trakt account, and the sign-in is `{account.user}`'s",
            name=None,
            todo=f"Nothing was sent. If that is the right one, add `{question.flag}`.",
        )
    if ports.ask(question) != "yes":
        raise SafetyStop(
            "not sent: the account was not confirmed",
            name=None,
            todo=f"If `{account.user}` is the right one, add `{question.flag}`; else sign in to the right one.",
        )


# --- what it holds ---


@dataclass
class AccountState:
    """The account's plays, ratings and lists as last read, kept up to date and never trusted for long.

    `is_whole` is false where pages of the history stayed short: what it does not show may be there all the same.
    `is_remembered`: it was not read now but by an earlier command, and nothing has moved since as far as Trakt says.
    `looked_up` are the works that were read by themselves since. `foreign_duplicates` are the history ids of plays
    that somebody else wrote where ours stand.
    """

    ports: Ports
    existing: Existing
    history: History
    sign_in: object
    is_whole: bool = True
    is_remembered: bool = False
    looked_up: set[ListSubject] = field(default_factory=set)
    foreign_duplicates: set[int] = field(default_factory=set)

    @property
    def account(self) -> Account:
        """Whose it is."""
        return self.existing.account

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said of how it was read."""
        return lost_rows_note(self.existing.lost_rows, "your Trakt account")

    def read_history(self) -> None:
        """Read every play anew; a page that fails ends the run, for nothing is subtracted from a partial read."""
        read_at, found = _read_plays(self.ports)
        self.existing = replace(self.existing, read_at=read_at, plays=found.rows, lost_plays=found.lost_plays)
        self.history = History.of_account(self.existing)
        self.is_whole, self.looked_up = found.is_whole, set()

    def look_closer(self, works: Iterable[ListSubject]) -> bool:
        """Read these works by themselves where the history has a hole; whether any was read that had not been yet."""
        unread = dict.fromkeys(works) if not self.is_whole else {}
        unread = {work: None for work in unread if work not in self.looked_up}
        if unread:
            with self.ports.reporter.progress("Reading shows and films one by one") as progress:
                for number, work in enumerate(unread, start=1):
                    found = self.ports.reader.read_history_of(work)
                    self.history.add(found.rows, found.lost_plays)
                    progress(number, len(unread))
        self.looked_up.update(unread)
        return bool(unread)

    def read_ratings(self) -> None:
        """Read every rating anew."""
        with self.ports.reading("your ratings") as reader:
            self.existing = replace(self.existing, ratings=reader.read_ratings())

    def read_lists(self) -> None:
        """Read anew those of the lists that have been read."""
        now = self.existing
        with self.ports.reading("your lists") as reader:
            watchlist = None if now.watchlist is None else reader.read_watchlist()
            dropped = None if now.dropped is None else reader.read_dropped()
        self.existing = replace(now, watchlist=watchlist, dropped=dropped)

    def need_watchlist(self) -> None:
        """Read the watchlist, unless it was: plays make Trakt drop what stands on it."""
        if self.existing.watchlist is None:
            with self.ports.reading("your watchlist") as reader:
                self.existing = replace(self.existing, watchlist=reader.read_watchlist())

    def on_watchlist(self, subjects: Iterable[PlaySubject]) -> tuple[ListSubject, ...]:
        """The works of these that stand on the watchlist: Trakt takes them off it for a play."""
        standing = frozenset(self.existing.watchlist or ())
        return tuple(work for work in dict.fromkeys(map(work_of, subjects)) if work in standing)

    def ids_of(self, subject: PlaySubject, episode: int | None) -> tuple[int, ...]:
        """The history ids that an item has by now; `episode` is the episode's own id where known."""
        return tuple(sorted(play.id for play in self.history.of(subject, episode)))

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

    def see_again(self, dates: Sequence[When]) -> None:
        """Take in plays of these dates: those since the earliest, or every one where a date is no instant."""
        instants = [when for when in dates if isinstance(when, datetime)]
        if len(instants) == len(dates):
            self.see_since(min(instants))
        else:
            self.read_history()

    def see_since(self, moment: datetime) -> bool:
        """Take in what was watched since `moment` (Trakt filters by `watched_at`); whether there was anything new."""
        before = len(self.history)
        with self.ports.reading("what came in since") as reader:
            found = reader.read_history(moment)
        self.history.add(found.rows, found.lost_plays)
        self.is_whole = self.is_whole and found.is_whole
        return len(self.history) > before

    def check_sign_in(self) -> None:
        """Where another sign-in was stored, look whose it is. Raises SafetyStop for another account."""
        sign_in = self.ports.sign_in()
        if sign_in != self.sign_in:
            self.check_same_account()
            self.sign_in = sign_in

    def check_same_account(self) -> None:
        """Another sign-in may have been stored while this run went on. Raises SafetyStop, which nothing passes."""
        now = self.ports.reader.read_account()
        if now.uuid != self.account.uuid:
            raise SafetyStop(
                f"the Trakt sign-in changed from `{self.account.user}` to `{now.user}` while sending",
                name=None,
                todo="Sign in to the first account again, then run the same command; it goes on from there.",
            )


def read_account_state(
    ports: Ports, account: Account, kinds: Collection[SyncKind], *, remembered: bool = False
) -> AccountState:
    """Every play of the account, and what else it holds of these kinds: read now.

    `remembered`: the last clean read may serve while nothing has moved since; from such a state nothing is sent.
    """
    kinds = {SyncKind.HISTORY, *kinds}
    last = ports.last_reads.load(account) if remembered else None
    if last is not None and last.serves(kinds, ports.clock()) and not ports.reader.has_moved(last.stamp):
        history = History.of_account(last.existing)
        return AccountState(ports, last.existing, history, ports.sign_in(), is_remembered=True)
    activities = ports.reader.read_activities() if remembered else None
    read_at, found = _read_plays(ports)
    with ports.reading("what else Trakt holds") as reader:
        existing = reader.existing_with(account, read_at, found, kinds)
    stamp = ports.reader.stamp(activities, kinds) if activities is not None else None
    if stamp is not None:
        ports.last_reads.save(LastRead(stamp, existing))
    return AccountState(ports, existing, History.of_account(existing), ports.sign_in(), found.is_whole)


def _read_plays(ports: Ports) -> tuple[datetime, Reading[Play]]:
    read_at = ports.clock()
    with ports.reading("your Trakt history") as reader:
        return read_at, reader.read_history()


# --- what is sent to it ---

_STATES = {Refused: OutcomeState.REFUSED, InDoubt: OutcomeState.IN_DOUBT}


@dataclass
class Run:
    """One run and what it has come to. `id` is None until something is written; `operations` are its batches.

    `failure` is what ended the sending early. `notes` are sentences for the summary. `source` is the list behind it.
    `resend` are the entries that it was asked to send again.
    """

    ports: Ports
    journal: Journal
    state: AccountState
    kind: RunKind
    source: str | None = None
    notes: list[str] = field(default_factory=list)
    resend: frozenset[EntryKey] = frozenset()
    id: str | None = None
    outcomes: dict[int, WriteOutcome | None] = field(default_factory=dict)
    operations: dict[int, Operation] = field(default_factory=dict)
    failure: AnitraktError | None = None
    interrupted: bool = False

    @property
    def knowledge(self) -> Knowledge:
        """What the journal knows by now."""
        return self.journal.knowledge

    @property
    def sent(self) -> Knowledge:
        """What the journal knows by now of what this run has sent."""
        return self.knowledge.only(lambda sent: sent.place.batch in self.outcomes)

    @property
    def has_changed_something(self) -> bool:
        """Whether Trakt has taken in anything of it."""
        is_accepted = any(isinstance(outcome, Accepted) for outcome in self.outcomes.values())
        return is_accepted or any(one.state.stands for one in self.sent.everything)

    @property
    def must_stop(self) -> bool:
        """Whether nothing more is to be sent: Ctrl-C, an error, or too many failures in a row."""
        self.interrupted = self.interrupted or self.ports.stop.is_set()
        return self.interrupted or self.failure is not None

    @property
    def early_exit(self) -> ExitCode | None:
        """The exit code of what ended it early; None where nothing did."""
        if self.interrupted:
            return ExitCode.INTERRUPTED
        if self.failure is None:
            return None
        is_in_part = self.has_changed_something and self.failure.exit_code is ExitCode.FAILED
        return ExitCode.IN_PART if is_in_part else self.failure.exit_code

    def begin(self) -> str:
        """The run's id; the run begins in the journal when this is first called."""
        if self.id is None:
            self.id = self.journal.begin(self.kind, self.source, self.resend)
        return self.id

    def commit(
        self, operation: Operation, *, run: str | None = None, is_divisible: bool = False
    ) -> WriteOutcome:
        """Write down what is about to be sent, send it, and write down what came back; nothing else does that.

        `run` is the earlier run that it belongs to, if not to this one. `is_divisible`: what is refused goes out again
        in parts, which is no failure yet. Raises Failed where the journal can't be
        written, and SafetyStop where another account has signed in.
        """
        if self.state.is_remembered:
            raise UnsafeBody("something to send was found in what an earlier command had read")
        batch, run = self.journal.last_batch + 1, run or self.begin()
        self.ports.last_reads.forget(self.state.account)
        self.ports.sender.take_turn()  # what is written down below goes out at once
        self.state.check_sign_in()
        self.journal.write(Intent(batch, run, self.ports.clock(), operation))
        self.outcomes[batch], self.operations[batch] = None, operation
        try:
            outcome = self.ports.sender.send(operation)
        except UnsafeBody:
            self._record(batch, OutcomeState.REFUSED, "a mistake of anitrakt; it was not sent")
            raise
        match outcome:
            case Accepted(not_found=not_found):
                self._record(batch, OutcomeState.ACCEPTED, not_found=not_found)
                self.outcomes[batch] = outcome
            case Refused() | InDoubt():
                self._record(batch, _STATES[type(outcome)], outcome.sentence)
                self.outcomes[batch] = outcome
                if outcome.stop or not (is_divisible and isinstance(outcome, Refused)):
                    self._note_failure(outcome)
        return outcome

    def _record(
        self, batch: int, state: OutcomeState, sentence: str = "", not_found: tuple[int, ...] = ()
    ) -> None:
        self.journal.write(Outcome(batch, self.ports.clock(), state, sentence, not_found))

    @property
    def failures(self) -> int:
        """How many batches in a row have failed up to now; not those in doubt of which all is seen, or gone, by now."""
        settled = grouped((one.place.batch, one.state is SentState.SEEN) for one in self.sent.everything)
        undone = self.knowledge.undone
        for batch, operation in self.operations.items():
            if taken_back := taken_back_by(operation):
                settled[batch] = [place in undone for place in taken_back]

        def has_failed(batch: int) -> bool:
            is_settled = bool(settled[batch]) and all(settled[batch])
            return not isinstance(self.outcomes[batch], Accepted) and not is_settled

        return sum(1 for _ in takewhile(has_failed, reversed(self.outcomes)))

    def _note_failure(self, outcome: Refused | InDoubt) -> None:
        if outcome.stop or self.failures >= MAX_FAILURES:
            todo = "Run the same command again; it first settles what is in doubt, then goes on."
            self.failure = outcome.error or AppliedInPart(outcome.sentence, where="Trakt", todo=todo)
        elif outcome.sentence not in self.notes:
            self.notes.append(outcome.sentence)


def note_sightings(run: Run) -> Sightings:
    """Find our plays in the history as last read, and write down their ids."""
    sightings = sight(run.knowledge, run.state.history)
    if sightings.found:
        run.journal.write(Seen(run.ports.clock(), sightings.found))
    late = expired(run.knowledge, run.state.existing.read_at) if run.state.is_whole else ()
    if late:
        run.journal.write(Expired(run.ports.clock(), late))
    run.state.foreign_duplicates.update(play.id for play in sightings.foreign_duplicates)
    return sightings


@dataclass(frozen=True, slots=True)
class Goal:
    """A plan that is to be sent, and what of it."""

    plan: Plan
    options: DiffOptions = field(default_factory=DiffOptions)

    def missing(self, run: Run) -> Diff:
        """What is missing on Trakt by now. Where the history has a hole, the works that hang on it are read first."""
        found = self._compared(run)
        while run.state.look_closer(works_in_question(found, run.knowledge, run.state.history)):
            note_sightings(run)
            found = self._compared(run)
        return found

    def _compared(self, run: Run) -> Diff:
        state, now = run.state, run.ports.clock()
        return diff(self.plan, state.existing, state.history, run.knowledge, now, self.options)

    def desired(self, run: Run) -> Iterator[Desired]:
        """What its entries want on Trakt."""
        zone = zone_of(run.state.account.time_zone)
        desired = desired_of(self.plan, zone=zone, now=whole_minute(run.ports.clock()))
        return (item for item in desired if self.options.selects(item.entry.key))

    def with_options(self, **options: Any) -> Goal:
        """The same plan, and something else of it."""
        return replace(self, options=replace(self.options, **options))


@dataclass(frozen=True, slots=True)
class Work:
    """What an apply has to do: what was found missing for its goal. `resend` are the entries it is asked to resend."""

    goal: Goal
    found: Diff
    resend: frozenset[EntryKey] = frozenset()


# --- what the command line says of a run, and the safety stops that it may pass ---


class StopName(StrEnum):
    """The safety stops by the names that `--allow` takes."""

    FIRST_APPLY = "first-apply"
    EMPTY_TRAKT = "empty-trakt"
    SHRUNK_LIST = "shrunk-list"
    CHANGED_MATCHES = "changed-matches"
    WATCH_ONCE = "watch-once"
    CLOCK = "clock"
    EXPORTED = "exported"
    JOURNAL_LINE = "journal-line"
    SHORT_DOWNLOAD = "short-download"
    OLD_DOWNLOAD = "old-download"
    FIRST_UPLOAD = "first-upload"
    FIRST_REPAIR = "first-repair"

    @property
    def is_of_export(self) -> bool:
        """Whether only `export-trakt` knows it."""
        return self in (StopName.SHORT_DOWNLOAD, StopName.OLD_DOWNLOAD, StopName.FIRST_UPLOAD)


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line says of a run, as far as its command has the option. `lock_timeout` is in seconds.

    `only` names what it is about: keys, globs or parts of titles, of a repair groups. `allow` names safety stops that
    may be passed; `force` passes all but the wrong account and the lock.
    """

    dry_run: bool = False
    only: tuple[str, ...] = ()
    yes: bool = False
    allow: frozenset[str] = frozenset()
    force: bool = False
    account: str | None = None
    lock_timeout: float = 0.0

    def passes(self, stop: StopName) -> bool:
        """Whether this safety stop may be passed."""
        return self.force or stop in self.allow

    @contextmanager
    def open_journal(self, folder: Path, account: Account, clock: Clock) -> Iterator[Journal]:
        """The account's journal. It is locked, which may be waited for, unless nothing is to be written."""
        pass_bad_lines = self.passes(StopName.JOURNAL_LINE)
        if self.dry_run:
            yield Journal(folder, account, clock, dry_run=True, pass_bad_lines=pass_bad_lines)
            return
        with account_lock(folder, account.uuid, wait=self.lock_timeout, now=clock()):
            yield Journal(folder, account, clock, pass_bad_lines=pass_bad_lines)


@dataclass(frozen=True, slots=True)
class ApplyOptions(RunOptions):
    """What the command line says of an apply or a diff. `limit` counts entries."""

    limit: int | None = None
    confirmed_only: bool = False
    resend: bool = False
    accept_missing: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether all that the plan confirms is sent, and not only shown."""
        return not (self.dry_run or self.only or self.limit is not None or self.confirmed_only)
