"""What is confirmed in the plan and missing on Trakt: the plan, minus what is there, minus what was settled before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from anitrakt_plan.core.changes import (
    Diff,
    EntryDiff,
    ListingChange,
    PlayChange,
    Verdict,
    needs_rewatch_plays,
)
from anitrakt_plan.core.dates import Undated, When, stands_at, zone_of
from anitrakt_plan.core.desired import Desired, desired_of
from anitrakt_plan.core.episodes import text_goes_on
from anitrakt_plan.core.history import History
from anitrakt_plan.core.knowledge import BatchItemId, Knowledge, ListName, SentPlay, SentState
from anitrakt_plan.core.leftovers import leftovers_of
from anitrakt_plan.core.model import EntryKey, Existing, MovieMatch, Plan, Play, ShowMatch, SyncKind
from anitrakt_plan.core.ratings import rating_changes, rating_wants
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
    "Verdict",
    "diff",
    "needs_rewatch_plays",
]

MAX_TRIES = 3
"""No play goes out more often than this without `--resend`; what was refused does not count."""

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

    `now` is UTC and only caps finish dates. Addresses in the plan must have been resolved.
    """
    zone = zone_of(existing.account.time_zone)
    desired = desired_of(plan, zone=zone, now=now)
    claimed = frozenset(subject for item in desired for subject in item.own)
    known = _Known(history, knowledge, options)
    entries = []
    for item in (item for item in desired if options.selects(item.entry.key)):
        found = _entry_diff(item, times_of(plan, item, options.aired, zone=zone, now=now), known)
        left = leftovers_of(item.entry.key, frozenset(item.own), claimed, knowledge, history)
        leftovers = ((play.subject, Verdict.LEFTOVER) for play in left)
        listings = tuple(_listings(item, existing, known))
        entries.append(replace(found, unsent=(*found.unsent, *leftovers), listings=listings))
    wants = rating_wants(desired, plan.policy.ratings, knowledge)
    ratings = rating_changes(
        {s: raters for s, raters in wants.items() if any(options.selects(r.entry) for r in raters)},
        existing.ratings,
        knowledge,
        policy=plan.policy.ratings,
        on_conflict=plan.policy.on_conflict,
        resend=options.resend,
        resend_upto=options.resend_upto,
    )
    return Diff(tuple(entries), ratings)


@dataclass(frozen=True, slots=True)
class _Known:
    """What Trakt lists, what was sent before, and what of that may go out again."""

    history: History
    knowledge: Knowledge
    options: DiffOptions

    def listed(self, item: Desired, subject: PlaySubject) -> list[Play]:
        """The plays of an entry's episode or film, by the episode's own id where one was read back."""
        return self.history.of(subject, self.knowledge.episode_id(item.entry.key, subject))

    def plays_there(self, item: Desired, subject: PlaySubject) -> int:
        """How many plays an entry's episode or film has, whatever their date (design, What counts as there)."""
        ids = {play.id for play in self.listed(item, subject)}
        for sent in self.sent_of(subject):
            if sent.id is not None and sent.id in self.history and sent.state is SentState.SEEN:
                ids.add(sent.id)  # wherever Trakt lists it now, this play was ours for this item
        return len(ids)

    def sent_of(self, subject: PlaySubject) -> list[SentPlay]:
        """What was sent of an item, for whichever entry: by its number, and by its episode id where that is known."""
        sent = list(self.knowledge.plays_of(subject))
        episode = self.options.episode_ids.get(subject)
        if episode is not None:
            places = {play.place for play in sent}
            sent += [play for play in self.knowledge.plays_of_episode(episode) if play.place not in places]
        return sent


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
    is_start = item.own[: len(item.watched)] == item.watched and not item.entry.sure
    beyond = item.own[len(item.watched) :] if is_start else ()
    played = sum(known.plays_there(item, subject) > 0 for subject in beyond)
    if not item.watched or not played:
        return None
    unplayed = (subject for subject, count in there.items() if not count)
    gaps = sum(not _was_sent(item, subject, known) for subject in unplayed)
    if not gaps:
        return None
    return (
        f"Trakt has plays of {played} of its episodes beyond the {len(item.watched)} watched ones, "
        f"and none of {gaps} below: is the match shifted? Correct it, or add `sure: true` to it if it is right"
    )


def _was_sent(item: Desired, subject: PlaySubject, known: _Known) -> bool:
    """Whether this entry sent a play of it by the match it has: its absence says nothing against the match then."""
    match = item.entry.match
    return isinstance(match, ShowMatch | MovieMatch) and any(
        play.entry == item.entry.key and play.state.was_taken_in and text_goes_on(play.match, match)
        for play in known.knowledge.plays_of(subject)
    )


def _of_subject(
    item: Desired, subject: PlaySubject, when: When, there: int, known: _Known
) -> tuple[list[Verdict], list[PlayChange]]:
    """Why plays of an entry's episode or film are not sent, and those that are."""
    verdicts = [Verdict.IN_SYNC] * min(there, item.times)
    sent = known.sent_of(subject) if there < item.times else []
    withheld = (_withheld(play, item, known) for play in sent)
    verdicts += [verdict for verdict in withheld if verdict is not None]
    missing = item.times - len(verdicts)
    if missing <= 0:
        return verdicts, []
    refused = _refused_for_good(item, sent, known)
    if refused is None:
        return verdicts, _changes(item, subject, missing, when, sent, known)
    return [*verdicts, *[refused] * (1 if refused is Verdict.NOT_FOUND else missing)], []


def _refused_for_good(item: Desired, sent: list[SentPlay], known: _Known) -> Verdict | None:
    """Why what is missing does not go out at all: Trakt does not know it, or it went out too often."""
    counting = [play for play in sent if not known.options.sends_again(item.entry.key, play.place)]
    if any(play.state is SentState.NOT_FOUND and _same(play, item) for play in counting):
        return Verdict.NOT_FOUND
    tries = sum(play.state is not SentState.REFUSED for play in counting)
    return Verdict.RETRIES_EXHAUSTED if tries >= MAX_TRIES else None


_WITHHELD = {
    SentState.IN_DOUBT: Verdict.IN_DOUBT,
    SentState.ACKNOWLEDGED: Verdict.UNSEEN,
    SentState.UNDONE: Verdict.GONE,
}


def _withheld(play: SentPlay, item: Desired, known: _Known) -> Verdict | None:
    """Why what was sent before must not go out again; None for what may, or is asked for again and not in doubt."""
    is_gone = play.state is SentState.SEEN and play.id not in known.history
    verdict = Verdict.GONE if is_gone else _WITHHELD.get(play.state)
    is_asked_for = known.options.sends_again(item.entry.key, play.place)
    return None if is_asked_for and verdict is not Verdict.IN_DOUBT else verdict


def _same(sent: SentPlay, item: Desired) -> bool:
    return sent.entry == item.entry.key and sent.match == item.match_text


def _changes(
    item: Desired, subject: PlaySubject, missing: int, when: When, sent: list[SentPlay], known: _Known
) -> list[PlayChange]:
    """The missing plays of one item: a replacement keeps its date; of several new ones only the last is dated."""
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
    """What turned out to be absent and was not replaced; a replacement that Trakt refused has replaced nothing."""
    replaced = {play.instead_of for play in sent if play.state is not SentState.REFUSED}
    absent = (play for play in sent if play.state is SentState.ABSENT and _same(play, item))
    return [play for play in absent if play.place not in replaced]


def _listings(item: Desired, existing: Existing, known: _Known) -> Iterator[ListingChange]:
    for kind, name, standing in (
        (SyncKind.WATCHLIST, ListName.WATCHLIST, existing.watchlist),
        (SyncKind.DROPPED, ListName.DROPPED, existing.dropped),
    ):
        is_lacking = kind in item.list_on and standing is not None and item.work not in standing
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
