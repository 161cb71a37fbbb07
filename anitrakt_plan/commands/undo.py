"""`undo`: takes back exactly what a run, or an entry, or what the plan no longer points at, has added."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from anitrakt_plan.commands.repair import note_rows, settle_rows, undo_rows
from anitrakt_plan.commands.run import (
    Run,
    RunOptions,
    check_account,
    note_sightings,
    read_account_state,
)
from anitrakt_plan.commands.send import remove_plays, restore_lists, restore_ratings
from anitrakt_plan.commands.services import Ports, Question
from anitrakt_plan.commands.show import select
from anitrakt_plan.commands.trakt_ids import by_trakt_ids
from anitrakt_plan.commands.verify import note_late_listings, resolve_in_doubt, still_listed
from anitrakt_plan.errors import AnitraktError, BadUsage, ExitCode, Failed
from anitrakt_plan.journal.journal import Journal
from anitrakt_plan.journal.records import RunKind
from anitrakt_plan.model import (
    EntryKey,
    Plan,
    RatingSubject,
    SyncKind,
    TmdbId,
)
from anitrakt_plan.model.account import Account, ListSubject, id_of, work_of
from anitrakt_plan.model.dates import format_minute
from anitrakt_plan.reports.names import KnownNames
from anitrakt_plan.reports.undo import UndoneItem, UndoResult, undo_report
from anitrakt_plan.sync.diff import stale_plays, stale_ratings
from anitrakt_plan.sync.existing import on_list
from anitrakt_plan.sync.knowledge import (
    BatchItemId,
    HistoryRow,
    Knowledge,
    ListName,
    Sent,
    SentListing,
    SentRating,
    SentState,
)
from anitrakt_plan.sync.repair import RowsToUndo, rows_to_undo
from anitrakt_plan.sync.undo import (
    PlaysToUndo,
    RatingsToUndo,
    plays_to_undo,
    ratings_to_undo,
    watchlist_to_restore,
)

_NEVER_THERE = (SentState.REFUSED, SentState.NOT_FOUND, SentState.ABSENT)


@dataclass(frozen=True, slots=True)
class UndoOptions(RunOptions):
    """What the command line says of an undo. `stale`: what the given plan no longer points at."""

    runs: tuple[str, ...] = ()
    stale: bool = False

    @property
    def bare(self) -> bool:
        """Whether nothing says what to undo: then it is the newest run."""
        return not (self.runs or self.only or self.stale)


@dataclass(frozen=True, slots=True)
class Undoing:
    """What is to be taken back, worked out."""

    runs: tuple[str, ...]
    plays: PlaysToUndo
    ratings: RatingsToUndo
    listings: tuple[SentListing, ...]
    watchlist: tuple[ListSubject, ...]
    repairs: frozenset[str] = frozenset()
    rows: RowsToUndo = field(default_factory=RowsToUndo)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to change on Trakt."""
        of_apply = any((self.plays.remove, self.ratings.restore, self.listings, self.watchlist))
        return not of_apply and self.rows.empty


def undo(
    ports: Ports, options: UndoOptions, plan: Plan | None = None, names: KnownNames | None = None
) -> UndoResult:
    """Take back; `plan` is needed for `stale`, and gives titles to `only`; `names` are for the question.

    Raises AnitraktError for anything that ends it before something was changed: BadUsage (a run or an entry that the
    journal does not know), NotSignedIn, Failed, SafetyStop. Afterwards errors are in the result.
    """
    account = ports.reader.read_account()
    notes: tuple[str, ...] = ()
    if options.stale and plan is not None:
        notes = check_account(plan, account, ports, options.account)
    with options.open_journal(ports.journals, account, ports.clock) as journal:
        if options.bare and (done := _undone_already(journal)) is not None:
            return _nothing_left(account, options, done, notes)
        state = read_account_state(ports, account, _kinds_sent(journal.knowledge))
        run = Run(ports, journal, state, RunKind.UNDO, notes=[*notes, *state.notes])
        _settle(run, dry_run=options.dry_run)
        if options.stale and plan is not None:
            plan = by_trakt_ids(plan, ports, journal).plan
        work = _work_out(run, options, plan)
        if options.dry_run:
            return _result(run, work, ExitCode.DONE, would=True)
        if not work.empty and not run.must_stop and _is_asked(options, ports):
            _ask(run, work, names)
        return _carry_out(run, work, options, plan)


def _nothing_left(
    account: Account, options: UndoOptions, done: tuple[str, ...], notes: tuple[str, ...]
) -> UndoResult:
    return UndoResult(
        run=None,
        user=account.user,
        dry_run=options.dry_run,
        undoes=done,
        taken_back=(),
        left=(),
        watchlist=(),
        notes=notes,
        exit_code=ExitCode.DONE,
    )


def _settle(run: Run, *, dry_run: bool) -> None:
    """Find out what became of all that earlier runs left open."""
    if dry_run:
        note_sightings(run)
    elif not run.must_stop:
        resolve_in_doubt(run, wait=True)
    settle_rows(run, wait=not dry_run)
    note_late_listings(run)


def _is_asked(options: UndoOptions, ports: Ports) -> bool:
    """A script that names what goes has said it; a person at a terminal sees it first."""
    return not options.yes and (options.bare or (bool(options.only) and ports.ask is not None))


def _kinds_sent(knowledge: Knowledge) -> frozenset[SyncKind]:
    kinds = {SyncKind.RATINGS} if knowledge.ratings else set()
    if knowledge.displaced or knowledge.listings or knowledge.removed_rows:
        kinds |= {SyncKind.WATCHLIST, SyncKind.DROPPED}
    return frozenset(kinds)


# --- what is to be taken back ---


def _work_out(run: Run, options: UndoOptions, plan: Plan | None) -> Undoing:
    knowledge, history, existing = run.knowledge, run.state.history, run.state.existing
    runs = _runs(run, options)
    chosen = knowledge.only(_chooser(run, runs, options, plan))
    run.state.look_closer(work_of(play.subject) for play in chosen.plays if play.id not in history)
    plays = plays_to_undo(chosen.plays, knowledge, history)
    gone = [play for play in chosen.plays if play.state is SentState.UNDONE]
    back = [*plays.remove, *plays.removed_before, *gone]
    repairs = _repairs(run, runs)
    return Undoing(
        runs=tuple(
            sorted({*repairs, *(play.run for play in chosen.plays), *(one.run for one in chosen.ratings)})
        ),
        plays=plays,
        ratings=ratings_to_undo(chosen.ratings, existing.ratings, knowledge),
        listings=tuple(item for item in chosen.listings if _is_listed(run, item)),
        watchlist=watchlist_to_restore(runs - repairs, back, knowledge, history, existing.watchlist or ()),
        repairs=repairs,
        rows=rows_to_undo(repairs, knowledge, history),
    )


def _repairs(run: Run, runs: Collection[str]) -> frozenset[str]:
    """Which of these runs were repairs; where the history has a hole, what they touched is read by itself."""
    found = frozenset(
        info.run for info in run.journal.runs if info.kind is RunKind.REPAIR and info.run in runs
    )
    touched = (one.row for one in run.knowledge.removed_rows if one.run in found)
    if run.state.look_closer(work_of(row.subject) for row in touched if row.id not in run.state.history):
        note_rows(run)
    return found


def _chooser(
    run: Run, runs: Collection[str], options: UndoOptions, plan: Plan | None
) -> Callable[[Sent], bool]:
    entries = _entries(run.knowledge, options, plan)
    stale = _stale_places(run, plan) if options.stale else None

    def is_chosen(sent: Sent) -> bool:
        keys = sent.entries if isinstance(sent, SentRating) else (sent.entry,)
        is_named = entries is None or not entries.isdisjoint(keys)
        return sent.run in runs and is_named and (stale is None or sent.place in stale)

    return is_chosen


def _stale_places(run: Run, plan: Plan | None) -> frozenset[BatchItemId]:
    if plan is None:
        raise BadUsage("`--stale` needs a plan file", todo="Name it: `anitrakt undo --stale plan.yaml`.")
    plays = stale_plays(plan, run.knowledge, run.state.history)
    ratings = stale_ratings(plan, run.knowledge)
    return frozenset({play.place for play in plays} | {rating.place for rating in ratings})


def _runs(run: Run, options: UndoOptions) -> frozenset[str]:
    # the runs that are meant: the named ones, all where entries are named, else the newest that added
    # something; what was uploaded is taken back only where it is asked for
    known = _kinds_of_runs(run.journal)
    of_entries = options.only or options.stale  # a repair knows no entries
    _check_known(options.runs, known)
    if options.bare:
        return frozenset(_newest_that_changed_something(run.knowledge, known))
    fitting = (name for name, kind in known.items() if not (of_entries and kind is RunKind.REPAIR))
    return frozenset(options.runs or fitting)


def _check_known(runs: Iterable[str], known: Mapping[str, RunKind]) -> None:
    for name in runs:
        if name not in known:
            done = [run for run, kind in known.items() if kind in (RunKind.APPLY, RunKind.REPAIR)]
            todo = f"`anitrakt log` lists them; the last: {', '.join(done[-5:]) or 'none'}."
            raise BadUsage(f"there is no apply run `{name}`", todo=todo)


def _kinds_of_runs(journal: Journal) -> Mapping[str, RunKind]:
    return {info.run: info.kind for info in journal.runs if info.kind is not RunKind.UNDO}


def _undone_already(journal: Journal) -> tuple[str, ...] | None:
    """The newest run where the journal alone says that nothing of it stands, and none where there was no run.

    None where Trakt must be read: something may have come late, or an undo of it did not come to its end.
    """
    knowledge = journal.knowledge
    has_rows = knowledge.removed_rows or knowledge.added_rows  # a repair's
    if has_rows or any(sent.state.may_be_there for sent in knowledge.everything):
        return None
    newest = _newest_that_changed_something(knowledge, _kinds_of_runs(journal))
    if not newest:
        return ()
    stands = any(sent.state.stands for sent in knowledge.everything if sent.run in newest)
    last = journal.runs[-1]
    was_whole = last.kind is RunKind.UNDO and last.exit == ExitCode.DONE
    return newest if was_whole and not stands else None


def _newest_that_changed_something(knowledge: Knowledge, known: Mapping[str, RunKind]) -> tuple[str, ...]:
    changed = {sent.run for sent in knowledge.everything if sent.state not in _NEVER_THERE}
    changed |= {row.run for row in knowledge.removed_rows if not row.is_refused}
    changed |= {row.run for row in knowledge.added_rows if row.state not in _NEVER_THERE}
    newest = [name for name, kind in known.items() if kind is not RunKind.EXPORT and name in changed]
    return tuple(newest[-1:])


def _entries(knowledge: Knowledge, options: UndoOptions, plan: Plan | None) -> frozenset[EntryKey] | None:
    if not options.only:
        return None
    sent = {play.entry for play in knowledge.plays}.union(*(rating.entries for rating in knowledge.ratings))
    return frozenset().union(*(_named(pattern, sent, plan) for pattern in options.only))


def _named(pattern: str, sent: Iterable[EntryKey], plan: Plan | None) -> frozenset[EntryKey]:
    fitting = frozenset(key for key in sent if fnmatchcase(str(key), pattern) or str(key) == pattern)
    if fitting:
        return fitting
    if plan is None:
        raise BadUsage(f"nothing was ever sent for `{pattern}`", todo="Give a key such as mal:38524.")
    return select(plan.entries, (pattern,))


def _is_listed(run: Run, item: SentListing) -> bool:
    return item.state.may_stand and item.subject in (on_list(run.state.existing, item.list) or ())


def _ask(run: Run, work: Undoing, names: KnownNames | None) -> None:
    ports = run.ports
    if ports.ask is None:
        raise BadUsage(
            f"`undo` would take back {f'run {runs}' if (runs := ', '.join(work.runs)) else 'list items'}",
            todo="Add `-y` to do it, `-n` to see it first.",
        )
    for line in undo_report(_result(run, work, ExitCode.DONE, would=True), names):
        ports.reporter.info(line)
    if ports.ask(Question("Take this back?", ("no", "yes"), "--yes")) != "yes":
        raise BadUsage("nothing was taken back", todo="`anitrakt undo -n` shows what would be.")


# --- taking it back ---


def _carry_out(run: Run, work: Undoing, options: UndoOptions, plan: Plan | None) -> UndoResult:
    is_all_gone = is_all_back = True
    try:
        if work.repairs:
            is_all_back = undo_rows(run, work.rows, work.repairs)
            # a play of ours that a repair moved stands elsewhere now
            work = replace(_work_out(run, options, plan), rows=work.rows, repairs=work.repairs)
        remove_plays(run, work.plays)
        restore_ratings(run, work.ratings)
        restore_lists(run, work.listings, work.watchlist)
        if run.outcomes:
            is_all_gone = not still_listed(run) and is_all_back
    except AnitraktError as error:
        run.failure = run.failure or error
    code = run.early_exit or _exit_code(run, work, is_all_gone)
    result = _result(run, work, code, would=False)
    if run.id is not None:
        sentence = f"took back {result.counts or 'nothing'} of {', '.join(work.runs)}"
        with suppress(Failed):  # what could not be written was said above, as the error that ended the run
            run.journal.end(run.id, int(code), sentence, is_open=code is not ExitCode.DONE)
    return result


# --- what it comes to ---


def _exit_code(run: Run, work: Undoing, is_all_gone: bool) -> ExitCode:
    wanted = {play.place for play in work.plays.remove}.union(*(r.places for r in work.ratings.restore))
    return ExitCode.DONE if is_all_gone and wanted <= run.knowledge.undone else ExitCode.IN_PART


def _result(run: Run, work: Undoing, code: ExitCode, *, would: bool) -> UndoResult:
    # what goes (`would`), or went: in an undo that was carried out, only what is known to be gone
    return UndoResult(
        run=run.id,
        user=run.state.account.user,
        dry_run=would,
        undoes=work.runs,
        taken_back=(*_taken_back(run, work, would=would), *_rows_back(run, work, would=would)),
        left=_left(work),
        watchlist=_put_back(run, work, would=would),
        notes=tuple(run.notes),
        exit_code=code,
        error=str(run.failure) if run.failure else None,
    )


def _taken_back(run: Run, work: Undoing, *, would: bool) -> tuple[UndoneItem, ...]:
    undone = run.knowledge.undone
    return _in_order(item for places, item in _items(run, work) if would or undone.issuperset(places))


def _items(run: Run, work: Undoing) -> Iterator[tuple[Collection[BatchItemId], _Ordered]]:
    by_place = {rating.place: rating for rating in run.knowledge.ratings}
    for play in work.plays.remove:
        yield [play.place], _item("play", play.subject, play.entry)
    for restored in work.ratings.restore:
        sent = by_place[restored.places[-1]]
        note = f"rating {sent.value} → {restored.old.value if restored.old else 'none'}"
        yield restored.places, _item("rating", restored.subject, sent.entries[0], note)
    for listing in work.listings:
        note = f"off the {listing.list.value}" + " shows" * (listing.list is ListName.DROPPED)
        yield [listing.place], _item("listing", listing.subject, listing.entry, note)


def _rows_back(run: Run, work: Undoing, *, would: bool) -> tuple[UndoneItem, ...]:
    """The plays of repairs that go back to where they stood, and those that stood in their places."""
    of = ", ".join(sorted(work.repairs))
    back = [row for row in work.rows.add if would or _stands_again(run, row)]
    standing_in = (*work.rows.remove, *work.rows.then_remove)
    away = [row for row in standing_in if would or row.id not in run.state.history]
    items = [("row", row) for row in back] + [("moved", row) for row in away]
    return tuple(
        UndoneItem(what, row.subject, f"repair {of}", f"at {format_minute(row.watched_at)}")
        for what, row in items
    )


def _stands_again(run: Run, row: HistoryRow) -> bool:
    again = (added for added in run.knowledge.added_rows if added.row.id == row.id)
    return any(added.id in run.state.history for added in again if added.id is not None)


def _left(work: Undoing) -> tuple[UndoneItem, ...]:
    plays = [_item("play", play.subject, play.entry, why.value) for play, why in work.plays.left]
    ratings = [_item("rating", one.subject, one.entries[0], why.value) for one, why in work.ratings.left]
    return _in_order([*plays, *ratings])


def _put_back(run: Run, work: Undoing, *, would: bool) -> tuple[ListSubject, ...]:
    back = run.knowledge.restored
    return tuple(one for one in work.watchlist if would or back.get(one, 0) in run.outcomes)


_Ordered = tuple[tuple[EntryKey, str, int, int, int], UndoneItem]


def _item(what: str, subject: RatingSubject, entry: EntryKey, note: str = "") -> _Ordered:
    # one item, and where it stands: by entry, kind, season and number, as numbers and not as text
    work = id_of(subject)
    number_of_work = work.number if isinstance(work, TmdbId) else work
    season, number = getattr(subject, "season", 0), getattr(subject, "number", 0)
    order = (entry, what, number_of_work, season, number)
    return order, UndoneItem(what, subject, str(entry), note)


def _in_order(items: Iterable[_Ordered]) -> tuple[UndoneItem, ...]:
    return tuple(item for _, item in sorted(items, key=lambda pair: pair[0]))
