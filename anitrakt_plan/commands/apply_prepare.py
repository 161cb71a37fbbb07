"""What is to be sent, after everything that may stop it: ids that do not agree, safety stops, limits."""

from __future__ import annotations

from dataclasses import replace

from anitrakt_plan.commands.apply_ids import (
    aired_of,
    check_typed,
    episode_ids_of,
    likely_instead,
    typed_entries,
)
from anitrakt_plan.commands.apply_options import ApplyOptions
from anitrakt_plan.commands.apply_run import ApplyRun
from anitrakt_plan.commands.apply_stops import check_stops, empty_trakt, first_apply_limit
from anitrakt_plan.core.changes import Diff, changed_entries
from anitrakt_plan.core.dates import whole_minute, zone_of
from anitrakt_plan.core.desired import desired_of
from anitrakt_plan.core.diff import DiffOptions
from anitrakt_plan.core.episodes import format_match
from anitrakt_plan.core.knowledge import SentState
from anitrakt_plan.core.model import (
    Address,
    Decision,
    EntryKey,
)
from anitrakt_plan.core.sending import is_sent
from anitrakt_plan.errors import PlanInvalid
from anitrakt_plan.journal.records import Checked, Removed


def prepare(run: ApplyRun, options: ApplyOptions, selection: frozenset[EntryKey] | None) -> Diff:
    """What is to be sent, after everything that may stop it. Raises SafetyStop and PlanInvalid."""
    if options.confirmed_only:
        confirmed = frozenset(e.key for e in run.plan.entries if e.decision is Decision.CONFIRMED)
        selection = confirmed if selection is None else selection & confirmed
    _check_typed_ids(run, selection)
    run.options = _looked_up(run, _resending(run, options, selection))
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
        run.resend &= selection
        found = run.diff()
    return found


def _resending(run: ApplyRun, options: ApplyOptions, selection: frozenset[EntryKey] | None) -> DiffOptions:
    """What goes out again: what is asked for now, or what the run that stopped was asked for and did not come to."""
    if options.resend:
        run.resend = selection if selection is not None else frozenset(e.key for e in run.plan.entries)
    stopped = run.journal.stopped
    if stopped is None or not stopped.resend:
        upto = run.journal.last_batch
        return DiffOptions(selection=selection, resend=run.resend, resend_upto=upto)
    run.ports.tell.say(f"Going on with run {stopped.run}, which was an `apply --resend`.")
    upto = run.journal.last_batch if options.resend else stopped.resend_upto
    return DiffOptions(selection=selection, resend=run.resend | stopped.resend, resend_upto=upto)


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
            wrong.append(f"{entry.key} ({entry.title}): {sentence}{likely_instead(entry)}")
        else:
            run.journal.write(Checked(entry.key, format_match(entry.match), run.ports.clock()))
    if wrong:
        raise PlanInvalid(
            "; ".join(wrong),
            todo="Nothing was sent. Correct `match`, or add `sure: true` to it if it is right.",
        )
