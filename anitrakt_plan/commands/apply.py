"""`apply` and `diff`: check the account, read Trakt, subtract, send in batches, read back, sum up."""

from __future__ import annotations

from dataclasses import replace

from anitrakt_plan.commands.account_state import AccountState
from anitrakt_plan.commands.apply_account import check_account
from anitrakt_plan.commands.apply_counts import planned_result, sent_result
from anitrakt_plan.commands.apply_ids import (
    resolve_addresses,
)
from anitrakt_plan.commands.apply_options import ApplyOptions
from anitrakt_plan.commands.apply_prepare import prepare
from anitrakt_plan.commands.apply_report import leaving_sentence
from anitrakt_plan.commands.apply_result import ApplyResult
from anitrakt_plan.commands.apply_run import ApplyRun, apply_run
from anitrakt_plan.commands.apply_sending import (
    leaving_watchlist,
    send_listings,
    send_plays,
    send_ratings,
)
from anitrakt_plan.commands.apply_settling import (
    note_sightings,
    report_unseen,
    settle,
    take_away_surplus,
)
from anitrakt_plan.commands.apply_verify import verify
from anitrakt_plan.commands.ports import Ports
from anitrakt_plan.commands.selecting import select
from anitrakt_plan.core.changes import Diff
from anitrakt_plan.core.counting import counted
from anitrakt_plan.core.desired import kinds_needed
from anitrakt_plan.core.diff import MOST_TRIES
from anitrakt_plan.core.knowledge import SentState, unsettled
from anitrakt_plan.core.model import (
    Account,
    Plan,
)
from anitrakt_plan.errors import AnitraktError, ExitCode, Failed
from anitrakt_plan.journal.journal import Journal
from anitrakt_plan.journal.lock import account_lock


def apply(plan: Plan, ports: Ports, options: ApplyOptions) -> ApplyResult:
    """Send what is confirmed in a valid plan and missing on Trakt; with `dry_run`, say what that is.

    Raises AnitraktError for anything that ends it before something was sent: NotSignedIn, Failed, BadUsage,
    PlanInvalid (an address or a typed id that does not fit), SafetyStop. Afterwards errors are in the result.
    """
    selection = select(plan.entries, options.only) if options.only else None
    account = ports.reader.read_account()
    named = options.account
    if named is None and options.dry_run and plan.target_user is None:
        named = account.user  # looking does no harm
    notes = check_account(plan, account, ports, named)
    if options.dry_run:
        journal = Journal.rehearsal(ports.journals, account, ports.clock)
        run = _start(plan, ports, journal, account, notes)
        note_sightings(run)
        found = prepare(run, options, selection)
        leaving = leaving_watchlist(run, found.plays)
        return planned_result(run.plan, found, account, notes=run.notes, leaving_watchlist=leaving)
    with account_lock(ports.journals, account.uuid, wait=options.lock_timeout, now=ports.clock()):
        journal = Journal(ports.journals, account, ports.clock)
        run = _start(plan, ports, journal, account, notes)
        if journal.repaired:
            run.notes.append("The journal's last line was torn (a crash, or a full disk); it was repaired.")
        settle(run, wait=True)
        return _send(run, prepare(run, options, selection))


def _start(plan: Plan, ports: Ports, journal: Journal, account: Account, notes: tuple[str, ...]) -> ApplyRun:
    state = AccountState(ports, account, kinds_needed(plan))
    return apply_run(resolve_addresses(plan, ports.catalogue), ports, journal, state, notes)


def _send(run: ApplyRun, found: Diff) -> ApplyResult:
    """Send, read back, and send again what turned out not to have landed."""
    if run.journal.stopped:
        run.begin()
    try:
        take_away_surplus(run)
        leaving = leaving_watchlist(run, found.plays)
        if leaving and not run.must_stop:
            run.ports.tell.say(leaving_sentence(leaving))
        todo = found
        for _ in range(MOST_TRIES):
            _send_once(run, todo)
            if not verify(run, todo):
                break
            todo = _again(run.diff())
            if todo.empty:
                break
    except AnitraktError as error:
        run.failure = run.failure or error
    return _sum_up(run, found)


def _send_once(run: ApplyRun, todo: Diff) -> None:
    send_plays(run, todo.plays)
    send_ratings(run, todo.ratings.changes)
    send_listings(run, todo.listings)


def _again(now: Diff) -> Diff:
    """Of what is missing now, only what this run sent and what turned out to be absent."""
    entries = tuple(
        replace(entry, plays=tuple(play for play in entry.plays if play.instead_of), listings=())
        for entry in now.entries
    )
    return replace(now, entries=entries, ratings=replace(now.ratings, changes=()))


def _sum_up(run: ApplyRun, found: Diff) -> ApplyResult:
    """The result, and the end of the run in the journal; a journal that can't be written is an error like others."""
    unseen: tuple[object, ...] = ()
    try:
        if not run.interrupted and run.failure is None:
            unseen = report_unseen(run)
    except Failed as error:
        run.failure = error
    _note_strangers(run)
    result = _result(run, found, bool(unseen))
    try:
        if run.id is not None:
            run.journal.end(run.id, int(result.exit_code), _sentence(result), is_open=_is_open(run, result))
    except Failed as error:
        run.failure = run.failure or error
        result = _result(run, found, bool(unseen))
    return result


def _result(run: ApplyRun, found: Diff, unseen: bool) -> ApplyResult:
    error = str(run.failure) if run.failure else None
    return sent_result(run, found, _exit_code(run, unseen), error)


def _note_strangers(run: ApplyRun) -> None:
    if run.strangers:
        run.notes.append(
            f"Standing twice on the same minute, of which only one is anitrakt's: "
            f"{counted(len(run.strangers), 'play')}. Another program, or anitrakt on another computer, wrote at the "
            "same time. Nothing of it was removed; "
            "`anitrakt undo` takes back this run's."
        )


def _exit_code(run: ApplyRun, unseen: bool) -> ExitCode:
    error = run.failure
    if run.interrupted:
        return ExitCode.INTERRUPTED
    if error is not None:
        in_part = run.accepted and error.exit_code is ExitCode.FAILED
        return ExitCode.IN_PART if in_part else error.exit_code
    mine = frozenset(run.batches)
    bad = (SentState.NOT_FOUND, SentState.REFUSED, SentState.ABSENT)
    replaced = {play.instead_of for play in run.knowledge.plays}
    plays = [p for p in run.knowledge.plays if p.place.batch in mine and p.place not in replaced]
    wrong = any(play.state in bad for play in plays) or bool(unsettled(run.knowledge.plays))
    for items in (run.knowledge.ratings, run.knowledge.listings):
        wrong = wrong or any(i.place.batch in mine and i.state in (*bad, SentState.IN_DOUBT) for i in items)
    return ExitCode.IN_PART if wrong or unseen else ExitCode.DONE


def _is_open(run: ApplyRun, result: ApplyResult) -> bool:
    """Whether the next apply goes on with this run."""
    totals = result.totals
    if run.interrupted or run.failure is not None or totals.refused or totals.in_doubt:
        return True
    selection = run.options.selection
    still_to_resend = run.options.resend - selection if selection is not None else frozenset()
    return bool(still_to_resend - run.resend)


def _sentence(result: ApplyResult) -> str:
    totals = result.totals
    ratings = totals.ratings_added + totals.ratings_changed
    words = [counted(totals.plays, "play"), counted(ratings, "rating")]
    for count, what in (
        (totals.not_found, "not found"),
        (totals.refused, "refused"),
        (totals.in_doubt, "in doubt"),
        (totals.unseen, "not listed"),
    ):
        if count:
            words.append(f"{count} {what}")
    return ", ".join(words)
