"""`apply` and `diff`: check the account, read Trakt, subtract, send in batches, read back, sum up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial

from anitrakt_plan.commands.airing import aired_of, episode_ids_of
from anitrakt_plan.commands.lookup import (
    checked_typed,
    resolve_addresses,
    typed_entries,
)
from anitrakt_plan.commands.outcomes import planned_result, sent_result
from anitrakt_plan.commands.run import (
    ApplyOptions,
    Goal,
    Run,
    StopName,
    Work,
    check_account,
    note_sightings,
    read_account_state,
    source_name,
)
from anitrakt_plan.commands.send import leaving_watchlist, send_all, send_listings
from anitrakt_plan.commands.services import Ports, Question
from anitrakt_plan.commands.show import select
from anitrakt_plan.commands.trakt_ids import PlanByTraktIds, by_trakt_ids, check_claims
from anitrakt_plan.commands.verify import (
    AllThere,
    Missing,
    note_arrivals,
    note_late_listings,
    read_back,
    read_back_lists,
    remove_own_duplicates,
    report_unseen,
    resolve_in_doubt,
    settle,
)
from anitrakt_plan.errors import AnitraktError, ExitCode, Failed, SafetyStop
from anitrakt_plan.journal.journal import Journal
from anitrakt_plan.journal.records import Checked, MissingAccepted, Removed, RunKind
from anitrakt_plan.model import Account, Decision, EntryKey, EpisodeSubject, MovieSubject, Plan
from anitrakt_plan.model.addresses import page_of_match
from anitrakt_plan.model.matches import format_match
from anitrakt_plan.model.resolving import work_without_trakt_id
from anitrakt_plan.model.sending import subjects_of_match
from anitrakt_plan.reports.apply import ApplyResult, Fate, leaving_sentence
from anitrakt_plan.reports.names import names_of_works, work_name
from anitrakt_plan.sync.arrivals import FileStanding, file_standings
from anitrakt_plan.sync.desired import kinds_needed
from anitrakt_plan.sync.diff import (
    MAX_TRIES,
    Diff,
    DiffOptions,
    Verdict,
    changed_entries,
    needs_rewatch_plays,
)
from anitrakt_plan.sync.existing import History
from anitrakt_plan.sync.knowledge import Knowledge, SentState
from anitrakt_plan.sync.settle import own_duplicates
from anitrakt_plan.words import how_long, pluralize

FIRST_APPLY_PLAYS = 500
"""A first apply of more plays than this asks first."""

_FEW = 5
"""So few plays of one kind a person may well have removed by hand."""

_CHANGED_SHARE = 0.1


def apply(plan: Plan, ports: Ports, options: ApplyOptions) -> ApplyResult:
    """Send what is confirmed in a valid plan and missing on Trakt; with `dry_run`, say what that is.

    Raises AnitraktError for anything that ends it before something was sent: NotSignedIn, Failed, BadUsage,
    PlanInvalid (an address or a typed id that does not fit), SafetyStop. Afterwards errors are in the result.
    """
    selection = _selection(plan, options)
    account = ports.reader.read_account()
    named = options.account
    if named is None and options.dry_run and plan.target_user is None:
        named = account.user  # looking does no harm
    notes = check_account(plan, account, ports, named)
    check_clock(ports.reader.clock_skew, options)
    with options.open_journal(ports.journals, account, ports.clock) as journal:
        may_remember = not (options.allow or options.force) and journal.knowledge.is_settled
        prepared = partial(_prepared, plan, ports, options, journal, account, selection)
        run, work = prepared(remembered=may_remember)
        if run.state.is_remembered and not options.dry_run and has_to_write(run, work):
            run, work = prepared(remembered=False)
        run.notes[:0] = notes
        if options.accept_missing and not options.dry_run:
            work = accept_missing(run, work)
        check_stops(run, work, options)
        note_removals(run)
        work = limited(run, work, options)
        if options.dry_run:
            return planned_result(run, work, leaving_watchlist(run, work.found.plays))
        return _send(replace(run, resend=work.resend), work)


def _prepared(
    plan: Plan,
    ports: Ports,
    options: ApplyOptions,
    journal: Journal,
    account: Account,
    selection: frozenset[EntryKey] | None,
    *,
    remembered: bool,
) -> tuple[Run, Work]:
    """Read the account, settle what is open, and work out what is missing; `remembered` as for reading the account."""
    plan = resolve_addresses(plan, ports.catalogue)
    known = by_trakt_ids(plan, ports, journal)
    check_claims(known.plan)
    # last, for what was read must not be old when it is sent
    state = read_account_state(ports, account, kinds_needed(plan), remembered=remembered)
    run = Run(ports, journal, state, RunKind.APPLY, source_name(plan), list(state.notes))
    if journal.repaired:
        run.notes.append("The journal's last line was torn (a crash, or a full disk); it was repaired.")
    if options.dry_run:
        note_sightings(run)
    else:
        resolve_in_doubt(run, wait=True)
    note_late_listings(run)
    note_arrivals(journal, run.state.existing, run.state.history, run.state.existing.read_at)
    confirm_typed_ids(run, known, selection)
    return run, find_missing(run, known, selection, options)


def has_to_write(run: Run, work: Work) -> bool:
    """Whether there is anything for which Trakt must be read now: to be sent, taken away, or gone on with."""
    twice = own_duplicates(run.knowledge, run.state.history)
    return bool(not work.found.empty or twice or run.journal.stopped or work.resend)


# --- what is to be sent ---


def _selection(plan: Plan, options: ApplyOptions) -> frozenset[EntryKey] | None:
    """The entries that the command line asks for; None for all."""
    selection = select(plan.entries, options.only) if options.only else None
    if not options.confirmed_only:
        return selection
    confirmed = frozenset(entry.key for entry in plan.entries if entry.decision is Decision.CONFIRMED)
    return confirmed if selection is None else selection & confirmed


def confirm_typed_ids(run: Run, named: PlanByTraktIds, selection: frozenset[EntryKey] | None) -> None:
    """Look up ids that a person typed, each once. Raises PlanInvalid where one does not agree with its entry."""
    known = {one.key for one in named.plan.entries if selection is None or one.key in selection}
    typed = typed_entries(named.plan, run.knowledge, run.ports.weighed(), known - named.held.keys())
    for entry, match, _ in checked_typed(typed, lambda _: run.ports.catalogue, undone="Nothing was sent."):
        run.journal.write(Checked(entry.key, format_match(match), run.ports.clock()))


def find_missing(
    run: Run, named: PlanByTraktIds, selection: frozenset[EntryKey] | None, options: ApplyOptions
) -> Work:
    """Work out what is missing; Trakt is asked for air dates, and for shows whose episodes may be other ones today."""
    plan = named.plan
    selected = (e.key for e in plan.entries if selection is None or e.key in selection)
    again = frozenset(selected) if options.resend else frozenset()
    goal, catalogue = Goal(plan, _resending(run, selection, again)), run.ports.catalogue
    aired = aired_of(plan, goal.desired(run), catalogue)
    goal = goal.with_options(held=named.held, aired=aired, again=options.passes(StopName.EXPORTED))
    found = goal.missing(run)
    lost = run.knowledge.shows_with_lost_plays(run.state.history)
    subjects = (play.subject for play in found.plays)
    shows = lost & {subject.show for subject in subjects if isinstance(subject, EpisodeSubject)}
    if shows:
        goal = goal.with_options(episode_ids=episode_ids_of(shows, catalogue))
        found = goal.missing(run)
    return Work(goal, found, again)


def _resending(run: Run, selection: frozenset[EntryKey] | None, resend: frozenset[EntryKey]) -> DiffOptions:
    # what goes out again: what is asked for now, or what the run that stopped was asked for and did not
    # come to
    stopped, upto = run.journal.stopped, run.journal.last_batch
    if stopped is None or not stopped.resend:
        return DiffOptions(selection, resend, upto)
    run.ports.reporter.info(f"Going on with run {stopped.run}, which was an `apply --resend`.")
    return DiffOptions(selection, resend | stopped.resend, upto if resend else stopped.resend_upto)


def accept_missing(run: Run, work: Work) -> Work:
    """Write down that what was given up is accepted as missing: it is a counted line from now on."""
    given_up = {
        subject
        for entry in work.found.entries
        for subject, why in entry.unsent
        if why is Verdict.RETRIES_EXHAUSTED
    }
    if not given_up:
        return work
    places = tuple(play.place for subject in given_up for play in run.knowledge.plays_of[subject])
    run.journal.write(MissingAccepted(run.ports.clock(), places))
    return replace(work, found=work.goal.missing(run))


def note_removals(run: Run) -> None:
    """Write down what is gone where that stop was passed: it is known to be, and does not stop the next apply."""
    if empty_trakt(run.state.history, run.knowledge) is not None:
        gone = (play.place for play in run.knowledge.seen if play.id not in run.state.history)
        run.journal.write(Removed(run.ports.clock(), tuple(gone)))


def limited(run: Run, work: Work, options: ApplyOptions) -> Work:
    """As much of the work as was asked for. Raises SafetyStop where a large first apply is not wanted."""
    limit = options.limit
    if limit is None and not options.dry_run:
        limit = first_apply_limit(work.found, run.knowledge, run.ports, options)
    if limit is None:
        return work
    selection = frozenset(changed_entries(work.found)[:limit])
    goal = work.goal.with_options(selection=selection)
    part = Work(goal, goal.missing(run), work.resend & selection)
    run.notes += _waiting_note(work, part)
    return part


def _waiting_note(work: Work, part: Work) -> Iterator[str]:
    """What waits after a part of the work, and where to look at that part."""
    plays = len(work.found.plays) - len(part.found.plays)
    entries = len(changed_entries(work.found)) - len(changed_entries(part.found))
    first = next((one for one in part.goal.plan.entries if one.key in set(changed_entries(part.found))), None)
    if not entries or first is None or first.resolved is None:
        return
    name, page = work_name(first) or first.title, page_of_match(first.resolved)
    waits = f"{pluralize(plays, 'play')} of {pluralize(entries, 'more entry')} wait"
    yield f"{waits}: look at {name} ({page}), then run `anitrakt apply` again."


# --- the safety stops, each with its numbers and the flag that passes it ---


def check_stops(run: Run, work: Work, options: ApplyOptions) -> None:
    """Raise SafetyStop where Trakt's state or the plan looks wrong enough not to go on (docs/applying.md 6)."""
    plan = work.goal.plan
    empty = empty_trakt(run.state.history, run.knowledge)
    if empty is not None and not options.passes(StopName.EMPTY_TRAKT):
        raise empty
    if not options.passes(StopName.CHANGED_MATCHES):
        _check_changed_matches(plan, run.knowledge)
    if not options.dry_run:
        _check_exported(work.found, run)
    if run.state.account.watch_only_once and not options.passes(StopName.WATCH_ONCE):
        _check_watch_once(plan, work.found, run.state.history)


def _stop(name: StopName, what: str, todo: str) -> SafetyStop:
    return SafetyStop(what, name=name.value, todo=f"Nothing was sent. {todo}, pass with `--allow {name}`.")


MAX_SKEW = timedelta(minutes=10)


def check_clock(skew: timedelta | None, options: ApplyOptions) -> None:
    """Raise SafetyStop where our clock and Trakt's are far apart: dates would be cut at a wrong now."""
    if skew is None or abs(skew) <= MAX_SKEW or options.passes(StopName.CLOCK):
        return
    raise _stop(
        StopName.CLOCK,
        f"this machine's clock is {how_long(skew)} {'ahead of' if skew > timedelta(0) else 'behind'} Trakt's, "
        "so dates can't be told right from wrong",
        "Set the clock and run the same command again; if Trakt's is the wrong one",
    )


def empty_trakt(history: History, knowledge: Knowledge) -> SafetyStop | None:
    """The stop for a Trakt that reads empty, or one kind of it, or far smaller than the journal knows."""
    seen = knowledge.seen
    films = [play for play in seen if isinstance(play.subject, MovieSubject)]
    for what, sent, listed, few in (
        ("plays", len(seen), len(history), 1),
        ("plays of episodes", len(seen) - len(films), history.count(films=False), _FEW),
        ("plays of films", len(films), history.count(films=True), _FEW),
    ):
        if sent >= few and not listed:
            return _stop(
                StopName.EMPTY_TRAKT,
                f"Trakt lists no {what} at all, though {sent} of anitrakt's stood there",
                "Look at your history on trakt.tv; if it really is empty",
            )
    if len(seen) < 4 * _FEW or len(history) * 2 >= len(seen):
        return None
    return _stop(
        StopName.EMPTY_TRAKT,
        f"Trakt lists {pluralize(len(history), 'play')}, though {len(seen)} of anitrakt's alone stood there",
        "Look at your history on trakt.tv; if you have removed so many",
    )


def _check_changed_matches(plan: Plan, knowledge: Knowledge) -> None:
    # A match that holds all that was sent for it, in whatever order or run, is no changed one
    goes_on = []
    for entry in plan.entries:
        sent = {play.subject for play in knowledge.plays_for[entry.key] if play.state is SentState.SEEN}
        is_known = entry.resolved is not None and work_without_trakt_id(entry.match) is None
        if sent and entry.decision is Decision.AUTO and entry.resolved is not None and is_known:
            goes_on.append(sent.issubset(subjects_of_match(entry, entry.resolved)[0]))
    changed = goes_on.count(False)
    if changed > max(_FEW, len(goes_on) * _CHANGED_SHARE):
        raise _stop(
            StopName.CHANGED_MATCHES,
            f"{changed} of {len(goes_on)} entries under `auto` were sent before as something else",
            "Look at them with `anitrakt status`; if the new matches are right",
        )


def _check_watch_once(plan: Plan, found: Diff, history: History) -> None:
    if not needs_rewatch_plays(plan):
        return
    subjects = Counter(play.subject for play in found.plays)
    again = subjects.total() - len(subjects) + sum(1 for subject in subjects if history.of(subject))
    if again:
        raise _stop(
            StopName.WATCH_ONCE,
            f"the account keeps one play of each thing, and {pluralize(again, 'play')} of rewatches would replace "
            "others",
            "Turn that setting off on trakt.tv, or plan with `--rewatches ignore`; else",
        )


def _check_exported(found: Diff, run: Run) -> None:
    waiting = {subject for entry in found.entries for subject, why in entry.unsent if why is Verdict.EXPORTED}
    if not waiting:
        return
    for standing in file_standings(run.knowledge, run.state.history):
        plays = sum(play.subject in waiting for play in standing.waiting)
        if plays:
            raise exported_stop(
                standing,
                pluralize(plays, "play"),
                "Nothing was sent. If you uploaded it: wait until Trakt is done, and run the same command again. If it "
                f"never will be: pass with `--allow {StopName.EXPORTED}`.",
            )


def exported_stop(standing: FileStanding, what: str, todo: str) -> SafetyStop:
    """The stop for what stands in a file that may still be uploaded."""
    file, some = standing.file, "only a part" if standing.has_arrivals else "nothing"
    return SafetyStop(
        f"{what} of these were written into {file.path} on {file.written_at:%Y-%m-%d at %H:%M} UTC, and {some} of that "
        "file is on Trakt as far as is known: sent twice, they would be there twice",
        name=StopName.EXPORTED.value,
        todo=todo,
    )


def first_apply_limit(found: Diff, knowledge: Knowledge, ports: Ports, options: ApplyOptions) -> int | None:
    """Before a large first apply: how many entries to send, None for all. Raises SafetyStop for none.

    Asks on a terminal; `--yes` passes no safety stop.
    """
    count = len(found.plays)
    is_small = ports.sandbox or count <= FIRST_APPLY_PLAYS
    if is_small or options.passes(StopName.FIRST_APPLY):
        return None
    if knowledge.sent_anything():
        _ask_after_one_entry(count, knowledge, ports, options)
        return None
    limits = {"one entry first": 1, "all": None}
    if ports.ask is not None and not options.yes:
        question = Question(
            f"This is the first apply to this account, and it adds {count} plays. "
            "Send one entry first, so that you can look at it on trakt.tv?",
            (*limits, "nothing"),
            f"--allow {StopName.FIRST_APPLY}",
        )
        answer = ports.ask(question)
        if answer in limits:
            return limits[answer]
    raise _stop(
        StopName.FIRST_APPLY,
        f"this is the first apply to this account, and it would add {count} plays",
        "Send one entry first with `--limit 1` and look at it on trakt.tv; to send all",
    )


def _waiting(count: int) -> str:
    return f"{pluralize(count, 'play')} {'waits' if count == 1 else 'wait'}"


def _ask_after_one_entry(count: int, knowledge: Knowledge, ports: Ports, options: ApplyOptions) -> None:
    """Ask once more where one entry went first to be looked at. Raises SafetyStop where the rest is not wanted."""
    sent = {play.entry for play in knowledge.plays if play.state.was_taken_in}
    if len(sent) != 1 or ports.ask is None or options.yes:
        return
    question = Question(
        f"One entry was sent first ({next(iter(sent))}), and {_waiting(count)}. Does it look right on trakt.tv, so "
        "that all of them may go?",
        ("yes", "no"),
        "--yes",
    )
    if ports.ask(question) != "yes":
        raise SafetyStop(
            f"{_waiting(count)}, and {'was' if count == 1 else 'were'} not sent",
            name=None,
            todo="`anitrakt undo` takes the one entry back; `anitrakt apply` asks again.",
        )


# --- sending ---


def _send(run: Run, work: Work) -> ApplyResult:
    if run.journal.stopped:
        run.begin()
    is_read_back = False
    try:
        remove_own_duplicates(run)
        _tell_what_leaves(run, work)
        to_send = work.found
        for _ in range(MAX_TRIES):
            send_all(run, work.goal, to_send)
            if run.interrupted or not run.outcomes:
                break
            read_back(run, ratings=bool(to_send.rating_changes))
            is_read_back = True
            match settle(run, work.goal):
                case AllThere():
                    break
                case Missing(again):
                    to_send = again
        send_listings(run, work.goal)
        read_back_lists(run)
    except AnitraktError as error:
        run.failure = run.failure or error
    return _sum_up(run, work, is_read_back=is_read_back)


def _tell_what_leaves(run: Run, work: Work) -> None:
    leaving = leaving_watchlist(run, work.found.plays)
    if leaving and not run.must_stop:
        run.ports.reporter.info(leaving_sentence(names_of_works(work.goal.plan, leaving)))


def _sum_up(run: Run, work: Work, *, is_read_back: bool) -> ApplyResult:
    has_unseen = False
    try:
        if not run.interrupted and run.failure is None:
            has_unseen = bool(report_unseen(run))
    except Failed as error:
        run.failure = error
    if run.state.foreign_duplicates:
        run.notes.append(
            f"Standing twice on the same minute, of which only one is anitrakt's: "
            f"{pluralize(len(run.state.foreign_duplicates), 'play')}. Another program, or anitrakt on another "
            "computer, wrote at the same time. Nothing of it was removed; `anitrakt undo` takes back this run's."
        )
    result = sent_result(run, work, exit_code(run, work, has_unseen), is_read_back=is_read_back)
    if run.id is None:
        return result
    try:
        run.journal.end(run.id, int(result.exit_code), _sentence(result), is_open=_is_open(run, work, result))
    except Failed as error:
        run.failure = run.failure or error
        return sent_result(run, work, exit_code(run, work, has_unseen), is_read_back=is_read_back)
    return result


_WRONG = (SentState.NOT_FOUND, SentState.REFUSED, SentState.ABSENT, SentState.IN_DOUBT)


_GIVEN_UP = (Verdict.RETRIES_EXHAUSTED, Verdict.TRIED_TODAY)


def exit_code(run: Run, work: Work, has_unseen: bool) -> ExitCode:
    """Whether all of it is done; what was sent again does not count a second time, what was given up is not done."""
    early = run.early_exit
    if early is not None:
        return early
    given_up = any(entry.count(why) for entry in work.found.entries for why in _GIVEN_UP)
    stands_twice = bool(run.state.foreign_duplicates)
    is_done = not (has_unseen or given_up or stands_twice or _has_gone_wrong(run) or run.knowledge.in_doubt)
    return ExitCode.DONE if is_done else ExitCode.IN_PART


def _has_gone_wrong(run: Run) -> bool:
    replaced = {play.instead_of for play in run.knowledge.plays}
    # of a rating that went out again in a smaller batch, the last one counts
    last = {rating.subject: rating.place for rating in run.sent.ratings}
    replaced |= {rating.place for rating in run.sent.ratings if rating.place != last[rating.subject]}
    return any(sent.state in _WRONG and sent.place not in replaced for sent in run.sent.everything)


def _is_open(run: Run, work: Work, result: ApplyResult) -> bool:
    totals, options = result.totals, work.goal.options
    if run.early_exit is not None or totals[Fate.REFUSED] or totals[Verdict.IN_DOUBT]:
        return True
    still_to_resend = options.resend - options.selection if options.selection is not None else frozenset()
    return bool(still_to_resend - run.resend)


_SAID = {
    Fate.NOT_FOUND: "not found",
    Fate.REFUSED: "refused",
    Verdict.IN_DOUBT: "in doubt",
    Fate.UNSEEN: "not listed",
}


def _sentence(result: ApplyResult) -> str:
    totals = result.totals
    ratings = totals[Fate.RATING_ADDED] + totals[Fate.RATING_CHANGED]
    failed = [f"{totals[what]} {said}" for what, said in _SAID.items() if totals[what]]
    return ", ".join([pluralize(totals[Fate.PLAY], "play"), pluralize(ratings, "rating"), *failed])
