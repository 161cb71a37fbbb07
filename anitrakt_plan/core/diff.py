"""What is confirmed in the plan and missing on Trakt: the plan, minus what is there, minus what was settled before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo

from anitrakt_plan.core.changes import Diff, EntryDiff, ListingChange, PlayChange, needs_rewatch_plays
from anitrakt_plan.core.dates import Undated, When, stands_at, zone_of
from anitrakt_plan.core.desired import Desired, desired_of
from anitrakt_plan.core.history import History
from anitrakt_plan.core.knowledge import Knowledge, ListName, Place, SentPlay, SentState
from anitrakt_plan.core.leftovers import leftovers_of
from anitrakt_plan.core.model import (
    EntryKey,
    Existing,
    Plan,
    SyncKind,
)
from anitrakt_plan.core.ratings import rating_changes, rating_wants
from anitrakt_plan.core.subjects import PlaySubject
from anitrakt_plan.core.watched_at import Aired, times_of

__all__ = [
    "MOST_TRIES",
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

MOST_TRIES = 3
"""No play goes out more often than this without `--resend`; what was refused does not count."""

_TAKEN_IN = (SentState.ACKNOWLEDGED, SentState.SEEN, SentState.UNDONE)

EpisodeIds = Mapping[PlaySubject, int]
"""Trakt's ids of episodes by the numbers they have today; only as far as a gone play makes it needed."""


@dataclass(frozen=True, slots=True)
class DiffOptions:
    """`selection` None means every entry. `resend` names the entries whose settled plays may go out again.

    Of these only what batches up to `resend_upto` carried, None for all: a run that goes on sends nothing of its own
    again.
    """

    selection: frozenset[EntryKey] | None = None
    resend: frozenset[EntryKey] = frozenset()
    resend_upto: int | None = None
    aired: Aired = field(default_factory=dict)
    episode_ids: EpisodeIds = field(default_factory=dict)

    def sends_again(self, entry: EntryKey, place: Place) -> bool:
        """Whether what was sent there counts for this entry as if it never had been, once it is gone."""
        return entry in self.resend and (self.resend_upto is None or place.batch <= self.resend_upto)


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
    there = {subject: _there(item, subject, history, knowledge, options) for subject in item.watched}
    held = _held_by_plays_beyond(item, there, history, knowledge, options)
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
        sent = _sent_of(subject, knowledge, options)
        counting = [p for p in sent if not options.sends_again(entry.key, p.place)]
        doubtful = [p for p in sent if p.state is SentState.IN_DOUBT and p not in counting]
        missing -= _withheld([*doubtful, *counting], history, tally)
        if missing <= 0:
            continue
        if any(p.state is SentState.NOT_FOUND and _same(p, item) for p in counting):
            not_found.append(subject)
            continue
        if sum(1 for p in counting if p.state is not SentState.REFUSED) >= MOST_TRIES:
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


def _there(
    item: Desired, subject: PlaySubject, history: History, knowledge: Knowledge, options: DiffOptions
) -> int:
    """How many plays an entry's episode or film has, whatever their date (design, What counts as there)."""
    episode = knowledge.episode_id(item.entry.key, subject)
    ids = {play.id for play in history.of(subject, episode)}
    for sent in _sent_of(subject, knowledge, options):
        if sent.id is not None and sent.id in history and sent.state is SentState.SEEN:
            ids.add(sent.id)  # wherever Trakt lists it now, this play was ours for this item
    return len(ids)


def _sent_of(subject: PlaySubject, knowledge: Knowledge, options: DiffOptions) -> list[SentPlay]:
    """What was sent of an item, for whichever entry: by its number, and by its episode id where that is known."""
    sent = list(knowledge.plays_of(subject))
    episode = options.episode_ids.get(subject)
    if episode is not None:
        known = {play.place for play in sent}
        sent += [play for play in knowledge.plays_of_episode(episode) if play.place not in known]
    return sent


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
    changes = [PlayChange(key, text, subject, play.when, play.place) for play in absent[:missing]]
    fresh = missing - len(changes)
    listed = history.of(subject, knowledge.episode_id(key, subject))
    dated = item.times == 1 or not any(stands_at(play.watched_at, when) for play in listed)
    for nth in range(fresh):
        last = nth == fresh - 1
        changes.append(PlayChange(key, text, subject, when if last and dated else Undated.UNKNOWN))
    return changes


def _held_by_plays_beyond(
    item: Desired,
    there: Mapping[PlaySubject, int],
    history: History,
    knowledge: Knowledge,
    options: DiffOptions,
) -> str | None:
    """Plays beyond the list's progress with gaps below it: the match is probably shifted, so a person must look."""
    beyond = item.own[len(item.watched) :] if item.own[: len(item.watched)] == item.watched else ()
    played = [subject for subject in beyond if _there(item, subject, history, knowledge, options)]
    gaps = sum(1 for count in there.values() if not count)
    if not item.watched or not played or not gaps or item.entry.key in options.resend:
        return None
    return (
        f"Trakt has plays of {len(played)} of its episodes beyond the {len(item.watched)} watched ones, "
        f"and none of {gaps} below: is the match shifted?"
    )


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
            and sent.state in _TAKEN_IN
            and not options.sends_again(item.entry.key, sent.place)
            for sent in knowledge.listings
        )
        if not before:
            changes.append(ListingChange(item.entry.key, name, item.work))
    return tuple(changes)
