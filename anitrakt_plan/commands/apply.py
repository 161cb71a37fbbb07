"""`apply` and `diff`: check the account, read Trakt, subtract, send in batches, read back, sum up."""

from __future__ import annotations

from dataclasses import replace

from anitrakt_plan.commands.account_state import AccountState
from anitrakt_plan.commands.apply_account import check_account
from anitrakt_plan.commands.apply_ids import (
    aired_of,
    check_typed,
    episode_ids_of,
    resolve_addresses,
    typed_entries,
)
from anitrakt_plan.commands.apply_options import ApplyOptions
from anitrakt_plan.commands.apply_result import ApplyResult, planned_result, sent_result
from anitrakt_plan.commands.apply_run import ApplyRun, apply_run
from anitrakt_plan.commands.apply_sending import (
    check_dates,
    send_listings,
    send_plays,
    send_ratings,
)
from anitrakt_plan.commands.apply_settling import (
    earliest,
    note_sightings,
    report_unseen,
    settle,
    take_away_surplus,
)
from anitrakt_plan.commands.apply_stops import check_stops, empty_trakt, first_apply_limit
from anitrakt_plan.commands.ports import Ports
from anitrakt_plan.commands.selecting import select
from anitrakt_plan.core.changes import Diff, changed_entries
from anitrakt_plan.core.dates import whole_minute, zone_of
from anitrakt_plan.core.desired import desired_of, is_sent, kinds_sent
from anitrakt_plan.core.diff import MOST_TRIES, DiffOptions
from anitrakt_plan.core.episodes import format_match
from anitrakt_plan.core.knowledge import SentState, unsettled
from anitrakt_plan.core.model import (
    Account,
    Address,
    Decision,
    EntryKey,
    Plan,
    RatingsPolicy,
    SyncKind,
)
from anitrakt_plan.errors import AnitraktError, ExitCode, Failed, PlanInvalid
from anitrakt_plan.journal.journal import Journal
from anitrakt_plan.journal.lock import account_lock
from anitrakt_plan.journal.records import Checked, RatingSeen, RatingsSeen, Removed


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
        found = _prepare(run, options, selection)
        return planned_result(run.plan, found, account.user, notes=run.notes)
    with account_lock(ports.journals, account.uuid, wait=options.lock_timeout, now=ports.clock()):
        journal = Journal(ports.journals, account, ports.clock)
        run = _start(plan, ports, journal, account, notes)
        if journal.repaired:
            run.notes.append("The journal's last line was torn (a crash, or a full disk); it was repaired.")
        settle(run, wait=True)
        return _send(run, _prepare(run, options, selection))


def _start(plan: Plan, ports: Ports, journal: Journal, account: Account, notes: tuple[str, ...]) -> ApplyRun:
    state = AccountState(ports, account, _kinds(plan))
    return apply_run(resolve_addresses(plan, ports.catalogue), ports, journal, state, notes)


def _kinds(plan: Plan) -> frozenset[SyncKind]:
    """What of the account's state the plan makes it needed to read, besides the plays."""
    kinds: set[SyncKind] = set()
    for entry in plan.entries:
        if not is_sent(plan, entry):
            continue
        sends = kinds_sent(plan, entry)
        rated = entry.progress.rating is not None and SyncKind.RATINGS in sends
        if rated and (plan.policy.ratings is not RatingsPolicy.OFF or entry.rate is not None):
            kinds.add(SyncKind.RATINGS)
        kinds |= sends & {SyncKind.WATCHLIST, SyncKind.DROPPED}
    return frozenset(kinds)


def _prepare(run: ApplyRun, options: ApplyOptions, selection: frozenset[EntryKey] | None) -> Diff:
    """What is to be sent, after everything that may stop it. Raises SafetyStop and PlanInvalid."""
    if options.confirmed_only:
        confirmed = frozenset(e.key for e in run.plan.entries if e.decision is Decision.CONFIRMED)
        selection = confirmed if selection is None else selection & confirmed
    resend = frozenset[EntryKey]()
    if options.resend:
        resend = selection if selection is not None else frozenset(e.key for e in run.plan.entries)
    _check_typed_ids(run, selection)
    run.options = _looked_up(run, DiffOptions(selection=selection, resend=resend))
    found = run.diff()
    if _shows_to_read(run, found):
        ids = episode_ids_of(_shows_to_read(run, found), run.ports.catalogue)
        run.options = replace(run.options, episode_ids=ids)
        found = run.diff()
    check_stops(run.plan, found, run.state.account, run.state.history, run.knowledge, options)
    if empty_trakt(run.state.history, run.knowledge) is not None:
        _take_for_removed(run)  # it was passed: what is gone is known to be, and does not stop the next apply
    limit = options.limit
    if limit is None and not options.dry_run:
        limit = first_apply_limit(found, run.knowledge, run.ports, options)
    if limit is not None:
        selection = frozenset(changed_entries(found)[:limit])
        run.options = replace(run.options, selection=selection)
        found = run.diff()
    return found


def _take_for_removed(run: ApplyRun) -> None:
    gone = tuple(
        play.place
        for play in run.knowledge.plays
        if play.state is SentState.SEEN and play.id not in run.state.history
    )
    run.journal.write(Removed(run.ports.clock(), gone))


def _looked_up(run: ApplyRun, options: DiffOptions) -> DiffOptions:
    zone = zone_of(run.state.account.time_zone)
    desired = desired_of(run.plan, zone=zone, now=whole_minute(run.ports.clock()))
    chosen = (d for d in desired if options.selection is None or d.entry.key in options.selection)
    return replace(options, aired=aired_of(run.plan, chosen, run.ports.catalogue))


def _shows_to_read(run: ApplyRun, found: Diff) -> frozenset[int]:
    """Shows where a missing episode may be a renumbered one whose play the user removed."""
    if run.options.episode_ids:
        return frozenset()
    lost = run.knowledge.shows_with_lost_plays(run.state.history.ids)
    shows = (getattr(play.subject, "show", 0) for play in found.plays)
    return frozenset(shows) & lost


def _check_typed_ids(run: ApplyRun, selection: frozenset[EntryKey] | None) -> None:
    """An id that a person typed is looked up once; what does not agree stops before anything is sent."""
    wrong = []
    for entry in typed_entries(run.plan, run.knowledge):
        if entry.match is None or isinstance(entry.match, Address) or not is_sent(run.plan, entry):
            continue
        if selection is not None and entry.key not in selection:
            continue
        sentence = check_typed(entry, entry.match, run.ports.catalogue)
        if sentence:
            wrong.append(f"{entry.key} ({entry.title}): {sentence}")
        else:
            run.journal.write(Checked(entry.key, format_match(entry.match), run.ports.clock()))
    if wrong:
        raise PlanInvalid(
            "; ".join(wrong),
            todo="Nothing was sent. Correct `match`, or add `sure: true` to the entry if it is right.",
        )


def _send(run: ApplyRun, found: Diff) -> ApplyResult:
    """Send, read back, and send again what turned out not to have landed."""
    if run.journal.runs and run.journal.runs[-1].open:
        run.begin()
    try:
        take_away_surplus(run)
        todo = found
        for _ in range(MOST_TRIES):
            _send_once(run, todo)
            if not _verify(run, todo):
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


def _verify(run: ApplyRun, todo: Diff) -> bool:
    """Read back what was sent and settle what can be settled now; whether something is to be sent again."""
    if run.interrupted or not run.batches:
        return False
    run.check_same_account()
    _read_back_plays(run)
    check_dates(run)
    if todo.ratings.changes:
        _read_back_ratings(run)
    run.read_back = True
    settle(run, wait=False)
    take_away_surplus(run)
    mine = frozenset(run.batches)
    return run.failure is None and any(
        play.state is SentState.ABSENT and play.place.batch in mine for play in run.knowledge.plays
    )


def _read_back_plays(run: ApplyRun) -> None:
    """Find what was sent in a fresh read; a second look where Trakt lags behind what it acknowledged."""
    mine = frozenset(run.batches)
    looked_for: tuple[SentState, ...] = (SentState.ACKNOWLEDGED, SentState.IN_DOUBT)
    for attempt in range(2):
        sent = [play for play in run.knowledge.plays if play.place.batch in mine and play.state in looked_for]
        if not sent:
            return
        if attempt:
            run.ports.sleep(min(5.0, run.ports.settle))
        start = earliest(sent)
        if start is None:
            run.state.read_history()
        else:
            run.state.history.add(run.ports.reader.read_history(start))
        note_sightings(run)
        looked_for = (SentState.ACKNOWLEDGED,)


def _read_back_ratings(run: ApplyRun) -> None:
    run.state.read_ratings()
    standing = {rating.subject: rating for rating in run.state.existing.ratings}
    mine = frozenset(run.batches)
    seen = []
    for sent in run.knowledge.ratings:
        now = standing.get(sent.subject)
        if sent.place.batch not in mine or now is None or now.value != sent.value:
            continue
        same = whole_minute(now.rated_at) == whole_minute(sent.rated_at)
        if sent.state is SentState.ACKNOWLEDGED or (sent.state is SentState.IN_DOUBT and same):
            seen.append(RatingSeen(sent.place, now.rated_at))
    if seen:
        run.journal.write(RatingsSeen(run.ports.clock(), tuple(seen)))


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
            f"{len(run.strangers)} plays stand twice on the same minute, and only one of each is anitrakt's: another "
            "program, or anitrakt on another computer, wrote at the same time. Nothing of it was removed; "
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
    return run.interrupted or run.failure is not None or bool(totals.refused or totals.in_doubt)


def _sentence(result: ApplyResult) -> str:
    totals = result.totals
    words = [f"{totals.plays} plays", f"{totals.ratings_added + totals.ratings_changed} ratings"]
    for count, what in (
        (totals.not_found, "not found"),
        (totals.refused, "refused"),
        (totals.in_doubt, "in doubt"),
        (totals.unseen, "not listed"),
    ):
        if count:
            words.append(f"{count} {what}")
    return ", ".join(words)
