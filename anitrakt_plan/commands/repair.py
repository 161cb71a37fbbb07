"""`apply` of a repair file, and its undo: exactly what is decided, by history ids, on a whole, fresh read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import tzinfo

from anitrakt_plan.commands.run import Run, RunOptions, StopName, read_account_state
from anitrakt_plan.commands.services import Ports, Question
from anitrakt_plan.commands.verify import due_of, may_settle, settle_as_absent, wait_for_listing
from anitrakt_plan.errors import AnitraktError, BadUsage, ExitCode, SafetyStop
from anitrakt_plan.journal.records import RowsSeen, RunKind
from anitrakt_plan.model import Account, SyncKind
from anitrakt_plan.model.account import PlaySubject, format_subject, work_of
from anitrakt_plan.model.dates import EPOCH, Undated, When, zone_of
from anitrakt_plan.model.repair import Repair, RepairDecision, RepairGroup
from anitrakt_plan.reports.repair import RepairResult
from anitrakt_plan.sync.batches import (
    PLAYS_PER_BATCH,
    AddRows,
    ChangeList,
    ListedItem,
    RemoveRows,
    RowToAdd,
    cut,
    pack_rows,
)
from anitrakt_plan.sync.knowledge import AddedRow, HistoryRow, ListName, SentState
from anitrakt_plan.sync.repair import Redating, RepairWork, RowsToUndo, repair_work, rows_to_undo, sight_rows
from anitrakt_plan.sync.settle import OURS
from anitrakt_plan.words import pluralize

FIRST_REPAIR_PLAYS = 100
"""A first repair that removes more plays than this asks for one group first."""


Changed = Callable[[], Collection[str]]
"""The keys of groups that a person has decided otherwise since the file was read."""


def apply_repair(repair: Repair, ports: Ports, options: RunOptions, changed: Changed = tuple) -> RepairResult:
    """Carry out the decided groups of a valid repair; with `dry_run`, say what that is.

    Raises AnitraktError for anything that ends it before something was changed: NotSignedIn, Failed, BadUsage,
    SafetyStop. Afterwards errors are in the result.
    """
    repair = _selected(repair, options.only)
    account = ports.reader.read_account()
    _check_account(repair, account, options)
    with options.open_journal(ports.journals, account, ports.clock) as journal:
        state = read_account_state(ports, account, frozenset({SyncKind.WATCHLIST}))
        run = Run(ports, journal, state, RunKind.REPAIR, notes=list(state.notes))
        settle_rows(run, wait=not options.dry_run)
        work = _work(run, repair)
        _check_watch_once(account, work)
        if options.dry_run:
            return _result(run, repair, work, ExitCode.DONE, would=True)
        repair = _as_agreed(repair, work, run, options)
        return _carry_out(run, repair, changed)


def _selected(repair: Repair, only: Sequence[str]) -> Repair:
    known = {group.key for group in repair.groups}
    for key in only:
        if key not in known:
            raise BadUsage(f"there is no group `{key}`", todo="Groups are named G001, G002 ... in the file.")
    return replace(repair, groups=tuple(one for one in repair.groups if not only or one.key in only))


def _check_account(repair: Repair, account: Account, options: RunOptions) -> None:
    names_another = options.account is not None and not account.is_called(options.account)
    if repair.account.uuid != account.uuid or names_another:
        meant = options.account if names_another else repair.account.user
        raise SafetyStop(
            f"signed in to Trakt as `{account.user}`, but the repair is for `{meant}`",
            name=None,
            todo="Nothing was changed. Sign in to that account (`anitrakt login`), or audit this one.",
        )


def _check_watch_once(account: Account, work: RepairWork) -> None:
    if account.watch_only_once and work.add:
        raise SafetyStop(
            f"the account keeps one play of each thing, so {pluralize(len(work.add), 'play')} can't be redated: the "
            "new play would replace the old one before it is known to stand",
            name=None,
            todo="Nothing was changed. Turn that setting off on trakt.tv, or decide `keep` for these groups.",
        )


def _work(run: Run, repair: Repair) -> RepairWork:
    """What is to be done by now. Where the history has a hole, the works that hang on it are read first."""
    plays = [play for group in repair.groups if group.decision.acts for play in (*group.plays, *group.keeps)]
    missing = (work_of(play.subject) for play in plays if play.id not in run.state.history)
    if run.state.look_closer(missing):
        note_rows(run)
    zone = zone_of(run.state.account.time_zone)
    return repair_work(repair, run.state.history, run.knowledge, zone)


def _as_agreed(repair: Repair, work: RepairWork, run: Run, options: RunOptions) -> Repair:
    """The repair as a person agrees to it: all, or one group alone of a large first one.

    Raises BadUsage where nobody can be asked, or says no, and SafetyStop where a large first one was not allowed.
    """
    if work.empty:
        return repair
    is_first = all(one.is_refused for one in run.knowledge.removed_rows)
    sizes = Counter([*(key for key, _ in work.remove), *(one.group for one in work.add)])
    passes = options.passes(StopName.FIRST_REPAIR) or run.ports.sandbox
    if not is_first or passes or len(sizes) < 2 or sizes.total() <= FIRST_REPAIR_PLAYS:
        _ask(_what_is_done(repair, sizes), run, options)
        return repair
    first = min(sizes, key=lambda key: (sizes[key], key))
    answer = _asked_for_one_first(run, first, sizes, options)
    if answer == ONE_FIRST:
        more = pluralize(len(sizes) - 1, "more group")
        run.notes.append(f"{more} wait: look at {first} on Trakt, then run the same command again.")
        return _selected(repair, (first,))
    return repair


def _what_is_done(repair: Repair, sizes: Counter[str]) -> str:
    """How many plays go and how many get another day, each in how many groups."""
    said = []
    for decision, verb in ((RepairDecision.REMOVE, "remove"), (RepairDecision.REDATE, "redate")):
        counts = [sizes[one.key] for one in repair.groups if one.decision is decision and sizes[one.key]]
        if counts:
            said.append(f"{verb} {pluralize(sum(counts), 'play')} in {pluralize(len(counts), 'group')}")
    return " and ".join(said)


def _ask(what: str, run: Run, options: RunOptions) -> None:
    if options.yes:
        return
    user, ask = run.state.account.user, run.ports.ask
    if ask is None:
        raise BadUsage(
            f"`apply` would {what} of `{user}`",
            todo="Nothing was changed. Add `--yes` to do it; `anitrakt diff FILE` shows it.",
        )
    if ask(Question(f"{what.capitalize()} of `{user}`?", ("no", "yes"), "--yes")) != "yes":
        raise BadUsage("nothing was changed", todo="`anitrakt diff FILE` shows what would be done.")


ONE_FIRST = "one group first"


def _asked_for_one_first(run: Run, first: str, sizes: Counter[str], options: RunOptions) -> str:
    plays = pluralize(sizes.total(), "play")
    question = Question(
        f"This is the first repair of this account, and {plays} would go or move. Look at one group ({first}, "
        f"{pluralize(sizes[first], 'play')}) on Trakt first?",
        (ONE_FIRST, "all", "nothing"),
        f"--allow {StopName.FIRST_REPAIR}",
    )
    ask = None if options.yes else run.ports.ask
    answer = ask(question) if ask is not None else "nothing"
    if answer == "nothing":
        raise SafetyStop(
            f"a first repair of {plays} asks for one group first",
            name=StopName.FIRST_REPAIR.value,
            todo=f"Nothing was changed. `--only {first}` does one group; `--allow {StopName.FIRST_REPAIR}` does all.",
        )
    return answer


# --- carrying it out ---


def _carry_out(run: Run, repair: Repair, changed: Changed) -> RepairResult:
    work = first = _work(run, repair)
    try:
        _add(run, _first_of_each(first.add), changed)
        work = _work_again(run, repair) if run.outcomes else work
        _remove(run, work.remove, changed)
        put_back_watchlist(run)
        if run.outcomes:
            run.state.read_history()
            note_rows(run)
            work = _work(run, repair)
    except AnitraktError as error:
        run.failure = run.failure or error
    code = _exit_code(run, work)
    result = _result(run, repair, replace(work, done=first.done), code)
    if run.id is not None:
        run.journal.end(run.id, int(code), result.sentence, is_open=code is not ExitCode.DONE)
    return result


def _first_of_each(redatings: Iterable[Redating]) -> list[tuple[str, RowToAdd]]:
    """Of plays of one item that get the same time, one: the others go once it stands there."""
    found: dict[tuple[PlaySubject, When], tuple[str, RowToAdd]] = {}
    for one in redatings:
        found.setdefault((one.row.subject, one.when), (one.group, RowToAdd(one.row, one.when)))
    return list(found.values())


def _work_again(run: Run, repair: Repair) -> RepairWork:
    """What is left once what was added has been looked for: nothing is moved away before it stands elsewhere."""
    find_rows(run)
    return _work(run, repair)


def _exit_code(run: Run, left: RepairWork) -> ExitCode:
    if run.early_exit is not None:
        return run.early_exit
    return ExitCode.DONE if left.empty and not left.held else ExitCode.IN_PART


def _add(
    run: Run, rows: Sequence[tuple[str, RowToAdd]], changed: Changed = tuple, *, puts_back: bool = False
) -> None:
    """Add plays that stand for others, each with its group: for those that stand still, or (`puts_back`) are gone."""
    group_of = {row.row.id: group for group, row in rows}
    for batch in pack_rows(row for _, row in rows):
        if run.must_stop:
            return
        if not run.state.is_fresh:
            run.state.refresh()
        stale = _decided_otherwise(run, changed)
        still = [row for row in batch if group_of[row.row.id] not in stale]
        due = [row for row in still if (row.row.id in run.state.history) is not puts_back]
        if due:
            run.commit(_adding(run, due))


def _adding(run: Run, rows: Iterable[RowToAdd]) -> AddRows:
    ready = tuple(replace(row, before=run.state.ids_of(row.subject, row.row.episode)) for row in rows)
    return AddRows(ready, run.state.on_watchlist(row.subject for row in ready))


def _decided_otherwise(run: Run, changed: Changed) -> frozenset[str]:
    """The groups that a person has changed in the file since it was read: they are left out."""
    found = frozenset(changed())
    sentence = f"The repair changed while it was applied; left out: {', '.join(sorted(found))}."
    if found and sentence not in run.notes:
        run.notes.append(sentence)
    return found


def _remove(run: Run, rows: Sequence[tuple[str, HistoryRow]], changed: Changed = tuple) -> None:
    """Remove plays, each with its group, while they stand as they stood when they were read."""
    for batch in cut(rows, PLAYS_PER_BATCH):
        if run.must_stop:
            return
        if not run.state.is_fresh:
            run.state.refresh()
        stale = _decided_otherwise(run, changed)
        standing = tuple(row for group, row in batch if group not in stale and _stands_as(row, run))
        if standing:
            run.commit(RemoveRows(standing))


def _stands_as(row: HistoryRow, run: Run) -> bool:
    now = run.state.history.get(row.id)
    return now is not None and now.watched_at == row.watched_at


def put_back_watchlist(run: Run) -> None:
    """Put back what Trakt took off the watchlist because of plays that only stand in the place of others.

    That is what repairs and undos have added; one that was killed has not come to this.
    """
    restored = run.knowledge.restored
    runs = {info.run for info in run.journal.runs if info.kind in (RunKind.REPAIR, RunKind.UNDO)}
    ours = (one for one in run.knowledge.displaced if one.run in runs)
    displaced = {one.subject for one in ours if one.batch > restored.get(one.subject, 0)}
    if not displaced or run.must_stop:
        return
    run.state.read_lists()
    lacking = displaced - {*(run.state.existing.watchlist or ())}
    if lacking:
        items = tuple(map(ListedItem, sorted(lacking, key=format_subject)))
        run.commit(ChangeList(ListName.WATCHLIST, True, items))


# --- what was added, found again ---


def note_rows(run: Run) -> bool:
    """Find in the history as last read what was added, and write it down; whether anything was found."""
    found = sight_rows(run.knowledge, run.state.history)
    if found:
        run.journal.write(RowsSeen(run.ports.clock(), found))
    return bool(found)


def find_rows(run: Run) -> None:
    """Look for what this run added in fresh reads; a second time where Trakt lags behind what it acknowledged."""
    for attempt in range(2):
        if attempt and _unseen(run):
            wait_for_listing(run)
        elif attempt:
            return
        run.state.check_same_account()
        run.state.read_history()
        run.state.look_closer(work_of(added.row.subject) for added in _unseen(run))
        note_rows(run)


def _unseen(run: Run) -> list[AddedRow]:
    return [
        added
        for added in run.knowledge.added_rows
        if added.state in (SentState.IN_DOUBT, SentState.ACKNOWLEDGED) and added.run == run.id
    ]


def settle_rows(run: Run, *, wait: bool) -> None:
    """Settle what was added and never heard of: what two fresh reads do not show, late enough, is absent."""
    note_rows(run)
    doubtful = _in_doubt(run)
    if not doubtful or not wait or not may_settle(run, due_of(run, doubtful), wait=True):
        return
    for _ in range(2):
        run.state.read_history()
        run.state.look_closer(work_of(added.row.subject) for added in doubtful)
        note_rows(run)
    settle_as_absent(run, _in_doubt(run))


def _in_doubt(run: Run) -> list[AddedRow]:
    return [added for added in run.knowledge.added_rows if added.state is SentState.IN_DOUBT]


# --- undo ---


def undo_rows(run: Run, work: RowsToUndo, runs: Collection[str]) -> bool:
    """Put the plays of repair runs back where they stood, then take away what stands in their places.

    Returns whether all of it is done, as fresh reads show.
    """
    _add(run, [("", RowToAdd(row, _when_of(row))) for row in work.add], puts_back=True)
    if run.outcomes:
        find_rows(run)
    away = rows_to_undo(runs, run.knowledge, run.state.history).remove
    _remove(run, [("", row) for row in away])
    put_back_watchlist(run)
    if run.outcomes and not run.interrupted:
        run.state.read_history()
        note_rows(run)
    unseen = _unseen(run)
    if unseen:
        run.notes.append(
            f"Trakt acknowledged {pluralize(len(unseen), 'play')} that it does not list (yet); what stands in their "
            "places stays. Run the same command again later."
        )
    return rows_to_undo(runs, run.knowledge, run.state.history).empty and not unseen


def _when_of(row: HistoryRow) -> When:
    return Undated.UNKNOWN if row.watched_at == EPOCH else row.watched_at


# --- what it came to ---


def _result(
    run: Run, repair: Repair, work: RepairWork, code: ExitCode, *, would: bool = False
) -> RepairResult:
    # what goes (`would`), or went: only what is known to be gone
    rows = _going(work) if would else _gone(run)
    zone = zone_of(run.state.account.time_zone)
    of_group = {play.id: group for group in repair.groups if group.decision.acts for play in group.plays}
    acted = [(of_group[row.id], row) for row in rows if row.id in of_group]
    return RepairResult(
        run=run.id,
        user=run.state.account.user,
        dry_run=would,
        abouts={group.key: group.about for group in repair.groups},
        several=repair.several,
        removed=_removed(acted),
        redated=_redated(acted, zone),
        held=tuple((group.key, play, why.value) for group, play, why in work.held),
        done=len(work.done),
        waiting=Counter(group.decision for group in repair.groups)[RepairDecision.REVIEW],
        not_put_back=len(rows) - Counter(row.action for row in rows)[OURS],
        notes=tuple(run.notes),
        exit_code=code,
        error=str(run.failure) if run.failure else None,
    )


_Acted = Sequence[tuple[RepairGroup, HistoryRow]]


def _removed(acted: _Acted) -> tuple[tuple[str, HistoryRow], ...]:
    return tuple((group.key, row) for group, row in acted if group.decision is RepairDecision.REMOVE)


def _redated(acted: _Acted, zone: tzinfo) -> tuple[tuple[str, HistoryRow, When], ...]:
    redated = ((group.key, row, group.redated_to(zone)) for group, row in acted)
    return tuple((key, row, when) for key, row, when in redated if when is not None)


def _going(work: RepairWork) -> list[HistoryRow]:
    return [*(row for _, row in work.remove), *(one.row for one in work.add)]


def _gone(run: Run) -> list[HistoryRow]:
    mine = (one for one in run.knowledge.removed_rows if one.batch in run.outcomes and not one.is_refused)
    return [one.row for one in mine if one.row.id not in run.state.history]
