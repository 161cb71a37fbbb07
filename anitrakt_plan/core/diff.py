"""What is confirmed in the plan and missing on Trakt: the plan, minus what is there, minus what was settled before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, tzinfo

from anitrakt_plan.core.changes import Diff, EntryDiff, ListingChange, PlayChange, needs_rewatch_plays
from anitrakt_plan.core.dates import Undated, When, stands_at, zone_of
from anitrakt_plan.core.desired import Desired, desired_of
from anitrakt_plan.core.history import History
from anitrakt_plan.core.knowledge import Knowledge, ListName, SentPlay, SentState
from anitrakt_plan.core.leftovers import leftovers_of
from anitrakt_plan.core.model import (
    EntryKey,
    Existing,
    Plan,
    SyncKind,
)
from anitrakt_plan.core.ratings import rating_changes, rating_wants
from anitrakt_plan.core.standing import (
    DiffOptions,
    EpisodeIds,
    held_by_plays_beyond,
    plays_there,
    sent_of,
)
from anitrakt_plan.core.subjects import PlaySubject
from anitrakt_plan.core.watched_at import Aired, times_of

__all__ = [
    "MAX_TRIES",
    "Aired",
    "Diff",
    "DiffOptions",
    "EntryDiff",
    "EpisodeIds",
    "ListingChange",
    "PlayChange",
    "diff",
    "needs_rewatch_plays",
]

MAX_TRIES = 3
"""No play goes out more often than this without `--resend`; what was refused does not count."""


def diff(
    plan: Plan,
    existing: Existing,
    history: History,
    knowledge: Knowledge,
    now: datetime,
    options: DiffOptions,
) -> Diff:
    """Compare a plan with the account: `history` indexes `existing.plays` and whatever came in since.

    `now` is UTC and only caps finish dates. Addresses in the plan must have been resolved.
    """
    zone = zone_of(existing.account.time_zone)
    desired = desired_of(plan, zone=zone, now=now)
    selected = [item for item in desired if _selected(item.entry.key, options)]
    claimed = frozenset(subject for item in desired for subject in item.own)
    entries = []
    for item in selected:
        entry = _entry_diff(plan, item, history, knowledge, zone, now, options)
        leftovers = leftovers_of(item.entry.key, frozenset(item.own), claimed, knowledge, history)
        entries.append(
            replace(entry, leftovers=leftovers, listings=_listings(item, existing, knowledge, options))
        )
    wants = rating_wants(desired, plan.policy.ratings, knowledge)
    ratings = rating_changes(
        {s: raters for s, raters in wants.items() if any(_selected(r.entry, options) for r in raters)},
        existing.ratings,
        knowledge,
        policy=plan.policy.ratings,
        on_conflict=plan.policy.on_conflict,
        resend=options.resend,
        resend_upto=options.resend_upto,
    )
    return Diff(tuple(entries), ratings)


def _selected(key: EntryKey, options: DiffOptions) -> bool:
    return options.selection is None or key in options.selection


def _entry_diff(
    plan: Plan,
    item: Desired,
    history: History,
    knowledge: Knowledge,
    zone: tzinfo,
    now: datetime,
    options: DiffOptions,
) -> EntryDiff:
    entry = item.entry
    result = EntryDiff(entry.key, entry.title, item.match_text)
    there = {subject: plays_there(item, subject, history, knowledge, options) for subject in item.watched}
    held = held_by_plays_beyond(item, there, history, knowledge, options)
    if held:
        return replace(result, held=held, in_sync=sum(1 for count in there.values() if count))
    times = dict(zip(item.watched, times_of(plan, item, options.aired, zone=zone, now=now), strict=True))
    tally: Counter[str] = Counter()
    not_found: list[PlaySubject] = []
    plays: list[PlayChange] = []
    for subject in item.watched:
        missing = item.times - there[subject]
        tally["in_sync"] += max(0, min(there[subject], item.times))
        if missing <= 0:
            continue
        sent = sent_of(subject, knowledge, options)
        counting = [p for p in sent if not options.sends_again(entry.key, p.place)]
        doubtful = [p for p in sent if p.state is SentState.IN_DOUBT and p not in counting]
        missing -= _withheld([*doubtful, *counting], history, tally)
        if missing <= 0:
            continue
        if any(p.state is SentState.NOT_FOUND and _same(p, item) for p in counting):
            not_found.append(subject)
            continue
        if sum(1 for p in counting if p.state is not SentState.REFUSED) >= MAX_TRIES:
            tally["worn_out"] += missing
            continue
        plays += _changes(item, subject, missing, times[subject], sent, history, knowledge)
    return replace(
        result,
        plays=tuple(plays),
        not_found=tuple(not_found),
        in_sync=tally["in_sync"],
        gone=tally["gone"],
        unseen=tally["unseen"],
        in_doubt=tally["in_doubt"],
        worn_out=tally["worn_out"],
    )


def _same(sent: SentPlay, item: Desired) -> bool:
    return sent.entry == item.entry.key and sent.match == item.match_text


def _withheld(sent: Iterable[SentPlay], history: History, tally: Counter[str]) -> int:
    """How many missing plays must not go out again, counted by reason."""
    count = 0
    for play in sent:
        if play.state is SentState.IN_DOUBT:
            reason = "in_doubt"
        elif play.state is SentState.ACKNOWLEDGED:
            reason = "unseen"
        elif play.state is SentState.UNDONE or (play.state is SentState.SEEN and play.id not in history):
            reason = "gone"
        else:
            continue
        tally[reason] += 1
        count += 1
    return count


def _changes(
    item: Desired,
    subject: PlaySubject,
    missing: int,
    when: When,
    sent: list[SentPlay],
    history: History,
    knowledge: Knowledge,
) -> list[PlayChange]:
    """The missing plays of one item: a replacement keeps its date; of several new ones only the last is dated."""
    # A replacement that Trakt refused has replaced nothing: the next one must know what it stands for, too.
    replaced = {play.instead_of for play in sent if play.state is not SentState.REFUSED}
    absent = [p for p in sent if p.state is SentState.ABSENT and p.place not in replaced and _same(p, item)]
    key, text = item.entry.key, item.match_text
    changes = [PlayChange(key, text, subject, play.when, instead_of=play.place) for play in absent[:missing]]
    fresh = missing - len(changes)
    listed = history.of(subject, knowledge.episode_id(key, subject))
    dated = item.times == 1 or not any(stands_at(play.watched_at, when) for play in listed)
    for nth in range(fresh):
        last = nth == fresh - 1
        changes.append(PlayChange(key, text, subject, when if last and dated else Undated.UNKNOWN))
    return changes


def _listings(
    item: Desired, existing: Existing, knowledge: Knowledge, options: DiffOptions
) -> tuple[ListingChange, ...]:
    changes = []
    for kind, name, standing in (
        (SyncKind.WATCHLIST, ListName.WATCHLIST, existing.watchlist),
        (SyncKind.DROPPED, ListName.DROPPED, existing.dropped),
    ):
        if kind not in item.list_on or standing is None or item.work in standing:
            continue
        before = any(
            sent.list is name
            and sent.subject == item.work
            and sent.state.was_taken_in
            and not options.sends_again(item.entry.key, sent.place)
            for sent in knowledge.listings
        )
        if not before:
            changes.append(ListingChange(item.entry.key, name, item.work))
    return tuple(changes)
