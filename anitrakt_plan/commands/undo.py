"""`undo`: takes back exactly what a run, or an entry, or what the plan no longer points at, has added."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase

from anitrakt_plan.commands.account_state import AccountState
from anitrakt_plan.commands.apply_account import check_account
from anitrakt_plan.commands.apply_settling import note_sightings, settle
from anitrakt_plan.commands.ports import Ports, Question
from anitrakt_plan.commands.selecting import select
from anitrakt_plan.commands.undo_items import Undoing, left, put_back, taken_back, undone_places
from anitrakt_plan.commands.undo_result import UndoResult, undo_report
from anitrakt_plan.commands.undo_sending import remove_plays, restore_lists, restore_ratings, verify
from anitrakt_plan.commands.writing_run import WritingRun
from anitrakt_plan.core.knowledge import Knowledge, SentListing, SentPlay, SentRating, SentState
from anitrakt_plan.core.leftovers import stale_plays, stale_ratings
from anitrakt_plan.core.model import Account, EntryKey, Plan, SyncKind
from anitrakt_plan.core.subjects import format_subject
from anitrakt_plan.core.undoing import (
    plays_to_undo,
    ratings_to_undo,
    watchlist_to_restore,
)
from anitrakt_plan.errors import AnitraktError, BadUsage, ExitCode, Failed
from anitrakt_plan.journal.journal import Journal
from anitrakt_plan.journal.lock import account_lock
from anitrakt_plan.journal.records import RunKind

_NEVER_THERE = (SentState.REFUSED, SentState.NOT_FOUND, SentState.ABSENT)


@dataclass(frozen=True, slots=True)
class UndoOptions:
    """What the command line says. `stale`: what the given plan no longer points at. `lock_timeout` is in seconds."""

    runs: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    stale: bool = False
    dry_run: bool = False
    yes: bool = False
    account: str | None = None
    lock_timeout: float = 0.0

    @property
    def bare(self) -> bool:
        """Whether nothing says what to undo: then it is the newest run."""
        return not (self.runs or self.only or self.stale)


def undo(ports: Ports, options: UndoOptions, plan: Plan | None = None) -> UndoResult:
    """Take back; `plan` is needed for `stale`, and gives titles to `only`.

    Raises AnitraktError for anything that ends it before something was changed: BadUsage (a run or an entry that the
    journal does not know), NotSignedIn, Failed, SafetyStop. Afterwards errors are in the result.
    """
    account = ports.reader.read_account()
    notes: tuple[str, ...] = ()
    if options.stale and plan is not None:
        notes = check_account(plan, account, ports, options.account)
    if options.dry_run:
        journal = Journal.rehearsal(ports.journals, account, ports.clock)
        run = _start(ports, journal, account, notes)
        note_sightings(run)
        work = _work_out(run, options, plan)
        return _result(run, work, options, ExitCode.DONE)
    with account_lock(ports.journals, account.uuid, wait=options.lock_timeout, now=ports.clock()):
        run = _start(ports, Journal(ports.journals, account, ports.clock), account, notes)
        if not run.must_stop:
            settle(run, wait=True)
        work = _work_out(run, options, plan)
        if options.bare and not options.yes and not work.empty and not run.must_stop:
            _ask(run, work, options)
        return _carry_out(run, work, options)


def _start(ports: Ports, journal: Journal, account: Account, notes: tuple[str, ...]) -> WritingRun:
    knowledge = journal.knowledge
    kinds: set[SyncKind] = set()
    if knowledge.ratings:
        kinds.add(SyncKind.RATINGS)
    if knowledge.displaced or knowledge.listings:
        kinds |= {SyncKind.WATCHLIST, SyncKind.DROPPED}
    state = AccountState(ports, account, kinds)
    return WritingRun(ports, journal, state, RunKind.UNDO, None, list(notes))


def _work_out(run: WritingRun, options: UndoOptions, plan: Plan | None) -> Undoing:
    knowledge, history = run.knowledge, run.state.history
    runs = _runs(run, options)
    entries = _entries(knowledge, options, plan)

    def chosen(of_run: str, keys: Sequence[EntryKey]) -> bool:
        return of_run in runs and (entries is None or any(key in entries for key in keys))

    plays: list[SentPlay] = [play for play in knowledge.plays if chosen(play.run, (play.entry,))]
    ratings: list[SentRating] = [rating for rating in knowledge.ratings if chosen(rating.run, rating.entries)]
    listings = [item for item in knowledge.listings if chosen(item.run, (item.entry,))]
    if options.stale:
        stale = {play.place for play in stale_plays(_plan_for_stale(plan), knowledge, history)}
        stale_rated = {rating.place for rating in stale_ratings(_plan_for_stale(plan), knowledge)}
        plays = [play for play in plays if play.place in stale]
        ratings = [rating for rating in ratings if rating.place in stale_rated]
        listings = []
    sorted_plays = plays_to_undo(plays, knowledge, history)
    going = [*sorted_plays.remove, *sorted_plays.removed_before]
    gone = [play for play in plays if play.state is SentState.UNDONE]
    return Undoing(
        runs=tuple(sorted({play.run for play in plays} | {rating.run for rating in ratings})),
        plays=sorted_plays,
        ratings=ratings_to_undo(ratings, run.state.existing.ratings, knowledge),
        listings=tuple(item for item in listings if _is_listed(run, item)),
        watchlist=watchlist_to_restore(
            runs, [*going, *gone], knowledge, history, run.state.existing.watchlist or ()
        ),
    )


def _plan_for_stale(plan: Plan | None) -> Plan:
    if plan is None:
        raise BadUsage("`--stale` needs a plan file", todo="Name it: `anitrakt undo --stale plan.yaml`.")
    return plan


def _runs(run: WritingRun, options: UndoOptions) -> frozenset[str]:
    """The runs that are meant: the named ones, all where entries are named, else the newest that added something."""
    applied = [info.run for info in run.journal.runs if info.kind is RunKind.APPLY]
    for name in options.runs:
        if name not in applied:
            known = ", ".join(applied[-5:]) or "none"
            raise BadUsage(
                f"there is no apply run `{name}`", todo=f"`anitrakt log` lists them; the last: {known}."
            )
    if options.runs:
        return frozenset(options.runs)
    if options.only or options.stale:
        return frozenset(applied)
    added = {play.run for play in run.knowledge.plays if play.state not in _NEVER_THERE}
    added |= {rating.run for rating in run.knowledge.ratings if rating.state not in _NEVER_THERE}
    added |= {item.run for item in run.knowledge.listings if item.state not in _NEVER_THERE}
    return frozenset([name for name in applied if name in added][-1:])


def _entries(knowledge: Knowledge, options: UndoOptions, plan: Plan | None) -> frozenset[EntryKey] | None:
    if not options.only:
        return None
    sent = {play.entry for play in knowledge.plays} | {k for r in knowledge.ratings for k in r.entries}
    found: set[EntryKey] = set()
    for pattern in options.only:
        fitting = {key for key in sent if str(key) == pattern or fnmatchcase(str(key), pattern)}
        if fitting:
            found |= fitting
        elif plan is not None:
            found |= select(plan.entries, (pattern,))
        else:
            raise BadUsage(f"nothing was ever sent for `{pattern}`", todo="Give a key such as mal:38524.")
    return frozenset(found)


def _is_listed(run: WritingRun, item: SentListing) -> bool:
    if item.state not in (SentState.ACKNOWLEDGED, SentState.IN_DOUBT):
        return False
    existing = run.state.existing
    standing = existing.watchlist if item.list.value == SyncKind.WATCHLIST else existing.dropped
    return item.subject in (standing or ())


def _ask(run: WritingRun, work: Undoing, options: UndoOptions) -> None:
    """Show what goes, and ask; where nobody can answer, the flag is named."""
    shown = undo_report(_result(run, work, options, ExitCode.DONE, planned=True))
    ports = run.ports
    if ports.ask is None:
        raise BadUsage(
            f"`undo` would take back {f'run {runs}' if (runs := ', '.join(work.runs)) else 'list items'}",
            todo="Add `-y` to do it, `-n` to see it first.",
        )
    for line in shown:
        ports.tell.say(line)
    if ports.ask(Question("Take this back?", ("no", "yes"), "--yes")) != "yes":
        raise BadUsage("nothing was taken back", todo="`anitrakt undo -n` shows what would be.")


def _carry_out(run: WritingRun, work: Undoing, options: UndoOptions) -> UndoResult:
    gone = True
    try:
        remove_plays(run, work.plays)
        restore_ratings(run, work.ratings)
        restore_lists(run, work.listings, work.watchlist)
        if run.batches:
            gone = verify(run, work.plays.remove)
    except AnitraktError as error:
        run.failure = run.failure or error
    code = _exit_code(run, work, gone)
    result = _result(run, work, options, code)
    if run.id is not None:
        sentence = f"took back {result.counts or 'nothing'} of {', '.join(work.runs)}"
        with suppress(Failed):  # what could not be written was said above, as the error that ended the run
            run.journal.end(run.id, int(code), sentence, is_open=code is not ExitCode.DONE)
    return result


def _exit_code(run: WritingRun, work: Undoing, gone: bool) -> ExitCode:
    if run.interrupted:
        return ExitCode.INTERRUPTED
    if run.failure is not None:
        in_part = run.accepted and run.failure.exit_code is ExitCode.FAILED
        return ExitCode.IN_PART if in_part else run.failure.exit_code
    wanted = {play.place for play in work.plays.remove} | {p for r in work.ratings.restore for p in r.places}
    return ExitCode.DONE if gone and wanted <= undone_places(run.knowledge) else ExitCode.IN_PART


def _result(
    run: WritingRun, work: Undoing, options: UndoOptions, code: ExitCode, *, planned: bool = False
) -> UndoResult:
    """What goes, or went: in an undo that was carried out, only what is known to be gone."""
    would = planned or options.dry_run
    return UndoResult(
        run=run.id,
        user=run.state.account.user,
        dry_run=would,
        undoes=work.runs,
        taken_back=taken_back(run, work, would=would),
        left=left(work),
        watchlist=tuple(format_subject(subject) for subject in put_back(run, work, would=would)),
        notes=tuple(run.notes),
        exit_code=code,
        error=str(run.failure) if run.failure else None,
    )
