"""`status`: per entry what anitrakt has sent, what is on Trakt now, and what is wanted; drift both ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from anitrakt_plan.commands.apply_ids import resolve_addresses
from anitrakt_plan.commands.apply_settling import note_sightings
from anitrakt_plan.commands.ports import Ports
from anitrakt_plan.commands.writing_run import (
    Goal,
    Run,
    check_account,
    open_journal,
    read_account_state,
)
from anitrakt_plan.core.changes import EntryDiff, Verdict
from anitrakt_plan.core.counting import counted
from anitrakt_plan.core.dates import zone_of
from anitrakt_plan.core.desired import Desired, desired_of, kinds_needed
from anitrakt_plan.core.knowledge import SentState
from anitrakt_plan.core.leftovers import stale_plays
from anitrakt_plan.core.model import Plan
from anitrakt_plan.journal.records import RunKind

FORMAT = "anitrakt-status/1"


@dataclass(frozen=True, slots=True)
class EntryStatus:
    """One entry in plays: `sent` by anitrakt and not taken back, of these `sent_gone` from Trakt since;
    `on_trakt` episodes or films with a play, whoever wrote it; `wanted` by the list; `to_send` by the next apply.

    `beyond`: on Trakt, but past the list's progress. `leftovers`: sent for an earlier match.
    """

    key: str
    title: str
    match: str
    sent: int
    sent_gone: int
    on_trakt: int
    wanted: int
    to_send: int
    beyond: int
    in_doubt: int
    unseen: int
    leftovers: int
    held: str | None

    @property
    def in_order(self) -> bool:
        """Whether nothing about this entry needs a word."""
        return not (
            self.sent_gone
            or self.to_send
            or self.beyond
            or self.in_doubt
            or self.unseen
            or self.leftovers
            or self.held
            or self.on_trakt < self.wanted
        )

    @property
    def needs_person(self) -> bool:
        """Whether no further apply mends what is wrong with this entry."""
        return bool(self.held or self.unseen or self.leftovers)


@dataclass(frozen=True, slots=True)
class StatusResult:
    """A plan's standing; `stale` counts all plays that the plan no longer points at."""

    user: str
    entries: tuple[EntryStatus, ...]
    stale: int
    ratings_to_send: int
    ratings_kept: int
    listings_to_send: int
    notes: tuple[str, ...]

    def as_json(self) -> Mapping[str, Any]:
        """The versioned document of `--json`."""
        return {"format": FORMAT, **asdict(self)}


def status(plan: Plan, ports: Ports) -> StatusResult:
    """Compare journal, Trakt and plan; writes nothing, not even to the journal.

    Raises NotSignedIn, Failed, PlanInvalid, and SafetyStop for another account than the plan's.
    """
    account = ports.reader.read_account()
    notes = check_account(plan, account, ports, account.user if plan.target_user is None else None)
    state = read_account_state(ports, account, kinds_needed(plan))
    plan = resolve_addresses(plan, ports.catalogue)
    with open_journal(ports, account, dry_run=True) as journal:
        run = Run(ports, journal, state, RunKind.APPLY)
    note_sightings(run)
    goal = Goal(plan)
    if journal.stopped is not None:  # what it was asked to send again, the next apply goes on with
        goal = goal.with_options(resend=journal.stopped.resend, resend_upto=journal.stopped.resend_upto)
    found = goal.missing(run)
    by_key = {item.key: item for item in found.entries}
    desired = desired_of(plan, zone=zone_of(account.time_zone), now=ports.clock())
    return StatusResult(
        user=account.user,
        entries=tuple(_entry_status(run, item, by_key[item.entry.key]) for item in desired),
        stale=len(stale_plays(plan, run.knowledge, state.history)),
        ratings_to_send=len(found.ratings.changes),
        ratings_kept=len(found.ratings.kept),
        listings_to_send=len(found.listings),
        notes=notes,
    )


def _entry_status(run: Run, item: Desired, found: EntryDiff) -> EntryStatus:
    history, knowledge = run.state.history, run.knowledge
    key = item.entry.key
    own = set(item.own)
    sent = [
        play
        for play in knowledge.plays_for(key)
        if play.state in (SentState.SEEN, SentState.ACKNOWLEDGED) and play.subject in own
    ]
    gone = sum(1 for play in sent if play.state is SentState.SEEN and play.id not in history)
    there = {
        subject
        for subject in item.own
        if history.of(subject, knowledge.episode_id(key, subject))
        or any(play.subject == subject and play.id in history for play in sent)
    }
    watched = set(item.watched)
    return EntryStatus(
        key=str(key),
        title=item.entry.title,
        match=item.match_text,
        sent=len(sent),
        sent_gone=gone,
        on_trakt=len(there & watched),
        wanted=len(watched),
        to_send=len(found.plays),
        beyond=len(there - watched),
        in_doubt=found.count(Verdict.IN_DOUBT),
        unseen=found.count(Verdict.UNSEEN),
        leftovers=found.count(Verdict.LEFTOVER),
        held=found.held,
    )


def status_report(result: StatusResult, *, quiet: bool = False, verbose: bool = False) -> tuple[str, ...]:
    """The lines to print: entries that differ, all if `verbose`, then counts; `quiet`: only what needs a person."""
    if quiet:
        return (*(line for e in result.entries if e.needs_person for line in _lines(e)), *result.notes)
    lines = [line for entry in result.entries if verbose or not entry.in_order for line in _lines(entry)]
    in_order = sum(1 for entry in result.entries if entry.in_order)
    totals = [
        f"{in_order} of {len(result.entries)} confirmed entries are in order on Trakt (`{result.user}`)."
    ]
    for count, head, noun, why in (
        (sum(e.to_send for e in result.entries), "Missing", "play", "`anitrakt apply` sends them"),
        (result.ratings_to_send, "Missing", "rating", "`anitrakt apply` sends them"),
        (result.listings_to_send, "Missing", "list item", "`anitrakt apply` sends them"),
        (result.ratings_kept, "Left alone", "rating", "given otherwise on Trakt"),
        (
            sum(e.sent_gone for e in result.entries),
            "Gone",
            "play",
            "sent by anitrakt, removed on Trakt since",
        ),
        (result.stale, "Left on Trakt", "play", "of earlier matches (`anitrakt undo --stale` takes back)"),
    ):
        if count:
            totals.append(f"{head}: {counted(count, noun)}, {why}.")
    return (*lines, *([""] if lines else []), *result.notes, *totals)


def _lines(entry: EntryStatus) -> Sequence[str]:
    said = [f"sent {entry.sent}", f"on Trakt {entry.on_trakt}", f"wanted {entry.wanted}"]
    for count, what in (
        (entry.to_send, "to send"),
        (entry.sent_gone, "removed on Trakt since"),
        (entry.beyond, "beyond the list's progress"),
        (entry.in_doubt, "in doubt"),
        (entry.unseen, "acknowledged, not listed"),
        (entry.leftovers, "left of an earlier match"),
    ):
        if count:
            said.append(f"{count} {what}")
    lines = [f"  {entry.key}  {entry.title} → {entry.match}   {', '.join(said)}"]
    if entry.held:
        lines.append(f"    ! held back: {entry.held}")
    return lines
