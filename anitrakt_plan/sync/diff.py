"""What is to be sent: plays, list items and ratings by entry, and why other things that are missing are not sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from anitrakt_plan.model import (
    Decision,
    EntryKey,
    Existing,
    Plan,
    PlanEntry,
    Play,
    RatingSubject,
    RewatchPolicy,
    SyncKind,
)
from anitrakt_plan.model.account import ListSubject, PlaySubject, work_of
from anitrakt_plan.model.dates import Undated, When, stands_at, zone_of
from anitrakt_plan.model.matches import text_goes_on
from anitrakt_plan.model.resolving import work_without_trakt_id
from anitrakt_plan.model.sending import is_sent, subjects_of_match
from anitrakt_plan.sync.desired import Aired, Desired, desired_of, times_of
from anitrakt_plan.sync.existing import History, on_list
from anitrakt_plan.sync.knowledge import BatchItemId, Knowledge, ListName, SentPlay, SentRating, SentState
from anitrakt_plan.sync.ratings import (
    RatingChange,
    RatingContribution,
    RatingVerdict,
    compare_ratings,
    desired_ratings,
)


@dataclass(frozen=True, slots=True)
class PlayChange:
    """One play to send; `before` are the history ids that its item has when it goes out.

    `instead_of` is the play in doubt, settled as absent, that it replaces.
    """

    entry: EntryKey
    match: str
    subject: PlaySubject
    when: When
    before: tuple[int, ...] = ()
    instead_of: BatchItemId | None = None


@dataclass(frozen=True, slots=True)
class ListingChange:
    """A show or film to put on a list for an entry."""

    entry: EntryKey
    list: ListName
    subject: ListSubject


class Verdict(StrEnum):
    """Why a play of an entry is not sent, by the name under which apply's JSON counts it.

    `gone` was seen and removed by the user or taken back by undo; `unseen` was acknowledged and never listed;
    `in_doubt` waits to be settled; `not_found` was refused by name. `retries_exhausted` went out too often and nothing
    proves that it never came in; `accepted_missing` is that and the user lets it rest; `tried_today` went out too often
    in a day. A `leftover` stands on Trakt for an earlier match, and nothing points at it any more. `exported` stands
    in a file for Trakt's importer that may still be uploaded; `not_arrived` was in one, and Trakt did not take it in.
    """

    IN_SYNC = "in_sync"
    IN_DOUBT = "in_doubt"
    NOT_FOUND = "not_found_before"
    GONE = "gone"
    UNSEEN = "unseen_before"
    RETRIES_EXHAUSTED = "worn_out"
    TRIED_TODAY = "tried_today"
    ACCEPTED_MISSING = "accepted_missing"
    LEFTOVER = "leftovers"
    EXPORTED = "exported"
    NOT_ARRIVED = "not_arrived_before"


@dataclass(frozen=True, slots=True)
class EntryDiff:
    """One entry's part: the plays to send, why others are not sent, and why none is (`held`)."""

    key: EntryKey
    title: str
    match: str
    plays: tuple[PlayChange, ...] = ()
    unsent: tuple[tuple[PlaySubject, Verdict], ...] = ()
    held: str | None = None
    listings: tuple[ListingChange, ...] = ()

    def count(self, verdict: Verdict) -> int:
        """How many of its plays are not sent for this reason."""
        return sum(1 for _, found in self.unsent if found is verdict)


@dataclass(frozen=True, slots=True)
class Diff:
    """All changes by entry, in the plan's order, and the ratings by subject."""

    entries: tuple[EntryDiff, ...]
    ratings: tuple[tuple[RatingChange, RatingVerdict], ...]

    @property
    def plays(self) -> tuple[PlayChange, ...]:
        """Every play to send."""
        return tuple(play for entry in self.entries for play in entry.plays)

    @property
    def listings(self) -> tuple[ListingChange, ...]:
        """Every show or film to put on a list."""
        return tuple(listing for entry in self.entries for listing in entry.listings)

    @property
    def rating_changes(self) -> tuple[RatingChange, ...]:
        """Every rating to send."""
        return tuple(change for change, verdict in self.ratings if verdict is RatingVerdict.SEND)

    @property
    def replacements(self) -> Diff:
        """Only the plays that replace what turned out to be absent."""
        lost = ((entry, tuple(play for play in entry.plays if play.instead_of)) for entry in self.entries)
        return Diff(tuple(replace(entry, plays=plays, listings=()) for entry, plays in lost), ())

    @property
    def empty(self) -> bool:
        """Whether there is nothing to send."""
        return not any((self.plays, self.rating_changes, self.listings))


def works_in_question(found: Diff, knowledge: Knowledge, history: History) -> frozenset[ListSubject]:
    """The works of what is to be sent, or is ours and not shown: a play that a read left out would change that."""
    keys = {entry.key for entry in found.entries}
    ours = (play for play in knowledge.plays if play.entry in keys and play.state is not SentState.UNDONE)
    hidden = (play.subject for play in ours if play.id not in history)
    return frozenset(map(work_of, (*(play.subject for play in found.plays), *hidden)))


def needs_rewatch_plays(plan: Plan) -> bool:
    """Whether a plan may ask for a second play of something."""
    return plan.policy.rewatches is RewatchPolicy.COUNT


def changed_entries(found: Diff) -> tuple[EntryKey, ...]:
    """The entries that something would be sent for, in the plan's order."""
    rated = {key for change in found.rating_changes for key in change.entries}
    return tuple(e.key for e in found.entries if e.plays or e.listings or e.key in rated)


# --- what is confirmed in the plan and missing on Trakt ---


MAX_TRIES = 3
"""No play goes out more often than this without `--resend`, in a day or unproven; what was refused does not count."""

_DAY = timedelta(days=1)

EpisodeIds = Mapping[PlaySubject, int]
"""Trakt's ids of episodes by the numbers they have today; only as far as a gone play makes it needed."""


@dataclass(frozen=True, slots=True)
class DiffOptions:
    """`selection` None means every entry. `resend` names the entries whose settled plays may go out again.

    Of these only what batches up to `resend_upto` carried, None for all: a run that goes on sends nothing of its own
    again. `held` are entries that nothing is sent for or said about, each with why. `by_import`: it goes into a file
    for Trakt's importer, which is not given again what it did not take in.
    `again`: what such files hold counts as if it were in none.
    """

    selection: frozenset[EntryKey] | None = None
    resend: frozenset[EntryKey] = frozenset()
    resend_upto: int | None = None
    held: Mapping[EntryKey, str] = field(default_factory=dict)
    aired: Aired = field(default_factory=dict)
    episode_ids: EpisodeIds = field(default_factory=dict)
    by_import: bool = False
    again: bool = False

    def selects(self, entry: EntryKey) -> bool:
        """Whether an entry is looked at."""
        return self.selection is None or entry in self.selection

    def sends_again(self, entry: EntryKey, place: BatchItemId) -> bool:
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

    `now` is UTC; it caps finish dates and tells what was tried today. Addresses in the plan must have been resolved.
    """
    zone = zone_of(existing.account.time_zone)
    desired = desired_of(plan, zone=zone, now=now)
    claimed = frozenset(subject for item in desired for subject in item.own)
    known = _Known(history, knowledge, options, now)
    entries = []
    for item in (item for item in desired if options.selects(item.entry.key)):
        if item.entry.key in options.held:
            entries.append(_held(item, options))
            continue
        found = _entry_diff(item, times_of(plan, item, options.aired, zone=zone, now=now), known)
        left = leftovers_of(item.entry.key, frozenset(item.own), claimed, knowledge, history)
        leftovers = ((play.subject, Verdict.LEFTOVER) for play in left)
        listings = tuple(_listings(item, existing, known))
        entries.append(replace(found, unsent=(*found.unsent, *leftovers), listings=listings))
    wanted = _wanted_ratings(plan, desired, known)
    ratings = compare_ratings(wanted, existing.ratings, knowledge, plan.policy, options.sends_again)
    return Diff(tuple(entries), ratings)


def _wanted_ratings(
    plan: Plan, desired: Iterable[Desired], known: _Known
) -> dict[RatingSubject, Sequence[RatingContribution]]:
    options = known.options
    free = (item for item in desired if item.entry.key not in options.held)
    wanted = desired_ratings(free, plan.policy.ratings, known.knowledge)
    return {
        subject: parts
        for subject, parts in wanted.items()
        if any(options.selects(part.entry) for part in parts)
    }


def _held(item: Desired, options: DiffOptions) -> EntryDiff:
    entry = item.entry
    return EntryDiff(entry.key, entry.title, item.match_text, held=options.held[entry.key])


@dataclass(frozen=True, slots=True)
class _Known:
    history: History
    knowledge: Knowledge
    options: DiffOptions
    now: datetime

    def listed(self, item: Desired, subject: PlaySubject) -> list[Play]:
        """The plays of an entry's episode or film, by the episode's own id where one was read back."""
        return self.history.of(subject, self.knowledge.episode_id(item.entry.key, subject))

    def plays_there(self, item: Desired, subject: PlaySubject) -> int:
        """How many plays an entry's episode or film has, whatever their date (docs/applying.md 3.1)."""
        ids = {play.id for play in self.listed(item, subject)}
        for sent in self.sent_of(subject):
            if sent.id is not None and sent.id in self.history and sent.state is SentState.SEEN:
                ids.add(sent.id)  # wherever Trakt lists it now, this play was ours for this item
        return len(ids)

    def sent_of(self, subject: PlaySubject) -> list[SentPlay]:
        """What was sent of an item, for whichever entry: by its number, and by its episode id where that is known."""
        sent = self.knowledge.plays_of[subject]
        episode = self.options.episode_ids.get(subject)
        by_episode = self.knowledge.plays_of_episode[episode] if episode is not None else sent
        if by_episode == sent:
            return sent
        places = {play.place for play in sent}
        return [*sent, *(play for play in by_episode if play.place not in places)]


def _entry_diff(item: Desired, times: Iterable[When], known: _Known) -> EntryDiff:
    there = {subject: known.plays_there(item, subject) for subject in item.watched}
    result = EntryDiff(item.entry.key, item.entry.title, item.match_text)
    held = shifted_match_reason(item, there, known)
    if held:
        in_sync = tuple((subject, Verdict.IN_SYNC) for subject, count in there.items() if count)
        return replace(result, held=held, unsent=in_sync)
    plays: list[PlayChange] = []
    unsent: list[tuple[PlaySubject, Verdict]] = []
    for subject, when in zip(item.watched, times, strict=True):
        verdicts, changes = _of_subject(item, subject, when, there[subject], known)
        unsent += [(subject, verdict) for verdict in verdicts]
        plays += changes
    return replace(result, plays=tuple(plays), unsent=tuple(unsent))


def shifted_match_reason(item: Desired, there: Mapping[PlaySubject, int], known: _Known) -> str | None:
    """Plays beyond the list's progress with gaps below it: the match is probably shifted, so a person must look."""
    watched = len(item.watched)
    if not watched or item.entry.sure or item.own[:watched] != item.watched:
        return None
    played = sum(known.plays_there(item, subject) > 0 for subject in item.own[watched:])
    gaps = sum(not count and not _was_sent(item, subject, known) for subject, count in there.items())
    if not played or not gaps:
        return None
    return (
        f"Trakt has plays of {played} of its episodes beyond the {watched} watched ones, "
        f"and none of {gaps} below: is the match shifted? Correct it, or add `sure: true` to it if it is right"
    )


def _was_sent(item: Desired, subject: PlaySubject, known: _Known) -> bool:
    # where this entry sent a play of it by the match it has, its absence says nothing against the match
    return any(
        play.entry == item.entry.key and play.state.was_taken_in and text_goes_on(play.match, item.match)
        for play in known.knowledge.plays_of[subject]
    )


def _of_subject(
    item: Desired, subject: PlaySubject, when: When, there: int, known: _Known
) -> tuple[list[Verdict], list[PlayChange]]:
    verdicts = [Verdict.IN_SYNC] * min(there, item.times)
    sent = known.sent_of(subject) if there < item.times else []
    withheld = (_withheld(play, item, known) for play in sent)
    verdicts += [verdict for verdict in withheld if verdict is not None]
    missing = item.times - len(verdicts)
    if missing <= 0:
        return verdicts, []
    refused = _refused_for_good(item, [play for play in sent if not play.by_import], known)
    if refused is None:
        return verdicts, _changes(item, subject, missing, when, sent, known)
    return [*verdicts, *[refused] * (1 if refused is Verdict.NOT_FOUND else missing)], []


def _refused_for_good(item: Desired, sent: list[SentPlay], known: _Known) -> Verdict | None:
    counting = [play for play in sent if not known.options.sends_again(item.entry.key, play.place)]
    if any(play.state is SentState.NOT_FOUND and _same(play, item) for play in counting):
        return Verdict.NOT_FOUND
    return _tried_too_often([play for play in counting if play.state is not SentState.REFUSED], known)


def _tried_too_often(tries: list[SentPlay], known: _Known) -> Verdict | None:
    in_vain = [play.place for play in tries if not known.knowledge.is_proven_absent(play)]
    if len(in_vain) >= MAX_TRIES:
        is_accepted = known.knowledge.accepted_missing.issuperset(in_vain)
        return Verdict.ACCEPTED_MISSING if is_accepted else Verdict.RETRIES_EXHAUSTED
    today = sum(known.now - play.sent_at < _DAY for play in tries)
    return Verdict.TRIED_TODAY if today >= MAX_TRIES else None


_WITHHELD = {
    SentState.IN_DOUBT: Verdict.IN_DOUBT,
    SentState.ACKNOWLEDGED: Verdict.UNSEEN,
    SentState.UNDONE: Verdict.GONE,
    SentState.EXPORTED: Verdict.EXPORTED,
}


def _withheld(play: SentPlay, item: Desired, known: _Known) -> Verdict | None:
    is_gone = play.state is SentState.SEEN and play.id not in known.history
    verdict = Verdict.GONE if is_gone else _WITHHELD.get(play.state)
    if play.by_import and play.state is SentState.ABSENT and known.options.by_import:
        verdict = Verdict.NOT_ARRIVED
    if verdict in (Verdict.EXPORTED, Verdict.NOT_ARRIVED):  # `--resend` says nothing of them
        return None if known.options.again else verdict
    is_asked_for = known.options.sends_again(item.entry.key, play.place)
    return None if is_asked_for and verdict is not Verdict.IN_DOUBT else verdict


def _same(sent: SentPlay, item: Desired) -> bool:
    return sent.entry == item.entry.key and sent.match == item.match_text


def _changes(
    item: Desired, subject: PlaySubject, missing: int, when: When, sent: list[SentPlay], known: _Known
) -> list[PlayChange]:
    # a replacement keeps its date; of several new ones only the last is dated
    again = _lost(item, sent)[:missing]
    fresh = missing - len(again)
    standing = (stands_at(play.watched_at, when) for play in known.listed(item, subject))
    last = when if item.times == 1 or not any(standing) else Undated.UNKNOWN
    dates = [*[Undated.UNKNOWN] * (fresh - 1), last] if fresh else []
    key, text = item.entry.key, item.match_text
    return [
        *(PlayChange(key, text, subject, play.when, instead_of=play.place) for play in again),
        *(PlayChange(key, text, subject, date) for date in dates),
    ]


def _lost(item: Desired, sent: list[SentPlay]) -> list[SentPlay]:
    # a replacement that Trakt refused has replaced nothing
    replaced = {play.instead_of for play in sent if play.state is not SentState.REFUSED}
    absent = (play for play in sent if play.state is SentState.ABSENT and _same(play, item))
    return [play for play in absent if play.place not in replaced]


def _listings(item: Desired, existing: Existing, known: _Known) -> Iterator[ListingChange]:
    for name in ListName:
        standing = on_list(existing, name)
        is_lacking = SyncKind(name) in item.list_on and standing is not None and item.work not in standing
        if is_lacking and not _was_listed(item, name, known):
            yield ListingChange(item.entry.key, name, item.work)


def _was_listed(item: Desired, name: ListName, known: _Known) -> bool:
    return any(
        sent.list is name
        and sent.subject == item.work
        and sent.state.was_taken_in
        and not known.options.sends_again(item.entry.key, sent.place)
        for sent in known.knowledge.listings
    )


# --- plays that an entry's earlier match left on Trakt ---


Subjects = frozenset[PlaySubject]


def leftovers_of(
    key: EntryKey, own: Subjects, claimed: Subjects, knowledge: Knowledge, history: History
) -> list[SentPlay]:
    """The plays sent for an entry that still stand and lie outside its `own` run and outside all `claimed` ones.

    A play that Trakt lists under another number today is judged by both numbers.
    """
    stray = (sent for sent in knowledge.plays_for[key] if sent.subject not in own)
    listed = ((sent, history.listing(sent)) for sent in stray if sent.subject not in claimed)
    return [sent for sent, play in listed if play is not None and play.subject not in claimed]


def stale_plays(plan: Plan, knowledge: Knowledge, history: History) -> list[SentPlay]:
    """Everything that anitrakt sent for the plan's entries and that the plan no longer points at.

    An entry that a person skips points at nothing. One that waits in review, that the file does not hold, or whose
    work has no Trakt id (yet), says nothing about what was sent for it.
    """
    runs = _runs(plan)
    sent_runs = (runs.get(entry.key, frozenset()) for entry in plan.entries if is_sent(plan, entry))
    claimed = Subjects().union(*sent_runs)
    return [play for key, own in runs.items() for play in leftovers_of(key, own, claimed, knowledge, history)]


def stale_ratings(plan: Plan, knowledge: Knowledge) -> list[SentRating]:
    """The ratings that anitrakt sent for the plan's entries and whose show or film none of these is in any more."""
    runs = _runs(plan)
    claimed: set[ListSubject] = {work_of(subject) for own in runs.values() for subject in own}
    ours = (rating for rating in knowledge.ratings if runs.keys() >= {*rating.entries})
    return [rating for rating in ours if work_of(rating.subject) not in claimed]


def _runs(plan: Plan) -> dict[EntryKey, Subjects]:
    runs = ((entry.key, _run(entry)) for entry in plan.entries)
    return {key: run for key, run in runs if run is not None}


def _run(entry: PlanEntry) -> Subjects | None:
    if entry.decision is Decision.SKIP:
        return frozenset()
    if not entry.decision.sends or entry.resolved is None or work_without_trakt_id(entry.match) is not None:
        return None
    return frozenset(subjects_of_match(entry, entry.resolved)[0])
