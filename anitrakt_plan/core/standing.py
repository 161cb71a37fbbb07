"""What stands on Trakt for an entry, as far as anitrakt can know, and whether that speaks against its match."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from anitrakt_plan.core.desired import Desired
from anitrakt_plan.core.episodes import text_goes_on
from anitrakt_plan.core.history import History
from anitrakt_plan.core.knowledge import Knowledge, Place, SentPlay, SentState
from anitrakt_plan.core.model import EntryKey, MovieMatch, ShowMatch
from anitrakt_plan.core.subjects import PlaySubject
from anitrakt_plan.core.watched_at import Aired

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


def plays_there(
    item: Desired, subject: PlaySubject, history: History, knowledge: Knowledge, options: DiffOptions
) -> int:
    """How many plays an entry's episode or film has, whatever their date (design, What counts as there)."""
    episode = knowledge.episode_id(item.entry.key, subject)
    ids = {play.id for play in history.of(subject, episode)}
    for sent in sent_of(subject, knowledge, options):
        if sent.id is not None and sent.id in history and sent.state is SentState.SEEN:
            ids.add(sent.id)  # wherever Trakt lists it now, this play was ours for this item
    return len(ids)


def sent_of(subject: PlaySubject, knowledge: Knowledge, options: DiffOptions) -> list[SentPlay]:
    """What was sent of an item, for whichever entry: by its number, and by its episode id where that is known."""
    sent = list(knowledge.plays_of(subject))
    episode = options.episode_ids.get(subject)
    if episode is not None:
        known = {play.place for play in sent}
        sent += [play for play in knowledge.plays_of_episode(episode) if play.place not in known]
    return sent


def held_by_plays_beyond(
    item: Desired,
    there: Mapping[PlaySubject, int],
    history: History,
    knowledge: Knowledge,
    options: DiffOptions,
) -> str | None:
    """Plays beyond the list's progress with gaps below it: the match is probably shifted, so a person must look."""
    beyond = item.own[len(item.watched) :] if item.own[: len(item.watched)] == item.watched else ()
    played = [subject for subject in beyond if plays_there(item, subject, history, knowledge, options)]
    if not item.watched or not played or item.entry.sure:
        return None
    gaps = sum(1 for subject, count in there.items() if not count and not _was_sent(item, subject, knowledge))
    if not gaps:
        return None
    return (
        f"Trakt has plays of {len(played)} of its episodes beyond the {len(item.watched)} watched ones, "
        f"and none of {gaps} below: is the match shifted? Correct it, or add `sure: true` to it if it is right"
    )


def _was_sent(item: Desired, subject: PlaySubject, knowledge: Knowledge) -> bool:
    """Whether this entry sent a play of it by the match it has: its absence says nothing against the match then."""
    match = item.entry.match
    return isinstance(match, ShowMatch | MovieMatch) and any(
        play.entry == item.entry.key and play.state.was_taken_in and text_goes_on(play.match, match)
        for play in knowledge.plays_of(subject)
    )
