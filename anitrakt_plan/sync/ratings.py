"""What an entry's rating goes to on Trakt, and which ratings are to be added, changed, or left alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from anitrakt_plan.model import (
    ConflictPolicy,
    EntryKey,
    EpisodeSubject,
    Match,
    MovieMatch,
    MovieSubject,
    PlanEntry,
    Policy,
    Rating,
    RatingScope,
    RatingsPolicy,
    RatingSubject,
    Season,
    SeasonsOf,
    SeasonSubject,
    ShowMatch,
    ShowSubject,
    WorkId,
)
from anitrakt_plan.model import Mapping as EpisodeMapping
from anitrakt_plan.model.matches import mapping_episodes, runs_of
from anitrakt_plan.sync.desired import Desired
from anitrakt_plan.sync.knowledge import BatchItemId, Knowledge, OldRating, SentRating, SentState

_BY_POLICY = {
    RatingsPolicy.AUTO: RatingScope.SEASON,
    RatingsPolicy.SEASON: RatingScope.SEASON,
    RatingsPolicy.BOTH: RatingScope.SEASON_AND_SHOW,
}
"""What the other policies rate is the show."""


def covers_show(mapping: EpisodeMapping, seasons: Iterable[Season]) -> bool:
    """Whether a mapping is all regular episodes of a show (season 0 does not count)."""
    regular = {(season.number, e.number) for season in seasons if season.number > 0 for e in season.episodes}
    return bool(regular) and regular <= {(e.season, e.number) for e in mapping_episodes(mapping)}


def rates_of(match: Match, policy: RatingsPolicy, *, whole_show: bool) -> RatingScope:
    """What an entry rates by policy; `whole_show`: it covers its show, or is the maps' only entry there.

    Specials and single episodes rate their episodes: a season's or a show's rating would say too much.
    """
    if policy is RatingsPolicy.OFF:
        return RatingScope.OFF
    if isinstance(match, MovieMatch):
        return RatingScope.MOVIE
    episodes = mapping_episodes(match.mapping)
    if all(episode.season == 0 for episode in episodes):
        return RatingScope.EPISODES
    if policy is RatingsPolicy.AUTO and whole_show:
        return RatingScope.SHOW
    return RatingScope.EPISODES if len(episodes) == 1 else _BY_POLICY.get(policy, RatingScope.SHOW)


def subjects_of(
    match: Match, rates: RatingScope, watched: Sequence[EpisodeSubject]
) -> tuple[RatingSubject, ...]:
    """The things on Trakt that an entry rates; `watched` are the episodes its progress covers.

    The specials of an entry that rates its season are left out: season 0 is no season of one work.
    """
    if isinstance(match, MovieMatch):
        return () if rates is RatingScope.OFF else (MovieSubject(match.movie),)
    seasons = dict.fromkeys(run.season for run in runs_of(mapping_episodes(match.mapping)) if run.season > 0)
    of_seasons = tuple(SeasonSubject(match.show, season) for season in seasons)
    subjects: dict[RatingScope, tuple[RatingSubject, ...]] = {
        RatingScope.SHOW: (ShowSubject(match.show),),
        RatingScope.SEASON: of_seasons,
        RatingScope.SEASON_AND_SHOW: (*of_seasons, ShowSubject(match.show)),
        RatingScope.EPISODES: tuple(watched),
    }
    return subjects.get(rates, ())


@dataclass(frozen=True, slots=True)
class RatingContribution:
    """One entry's part in a subject's rating."""

    entry: EntryKey
    match: str
    rates: RatingScope
    value: int
    weight: int
    order: tuple[int, int]
    finished: datetime | None


@dataclass(frozen=True, slots=True)
class RatingChange:
    """A rating of this subject by these entries. `old` is what stands on Trakt now, None for nothing.

    `rated_at` is the finish date of the last entry at noon, UTC; None where the list has none.
    """

    subject: RatingSubject
    value: int
    rated_at: datetime | None
    contributions: tuple[RatingContribution, ...]
    old: OldRating | None

    @property
    def entries(self) -> tuple[EntryKey, ...]:
        """The keys of the entries that make up the value."""
        return tuple(part.entry for part in self.contributions)


class RatingVerdict(StrEnum):
    """What happens to a rating, by the name under which apply's JSON counts it.

    `kept` is as the user gave it; `removed` was sent, and removed since or taken back. `unknown`: Trakt did not know
    the rated thing when it was last sent there, and the matches are the same still.
    """

    SEND = "ratings_to_send"
    IN_SYNC = "ratings_in_sync"
    KEPT = "ratings_kept"
    REMOVED = "ratings_removed"
    UNKNOWN = "ratings_unknown"


def desired_ratings(
    desired: Iterable[Desired], policy: RatingsPolicy, knowledge: Knowledge
) -> Mapping[RatingSubject, Sequence[RatingContribution]]:
    """Every subject that the plan's confirmed entries rate, with their parts in it."""
    desired = list(desired)
    in_work = Counter(item.work for item in desired)
    wanted: dict[RatingSubject, list[RatingContribution]] = defaultdict(list)
    for item in desired:
        if item.rating is not None:
            rates = _rates_of_entry(item, policy, knowledge, alone=in_work[item.work] == 1)
            watched = [subject for subject in item.watched if isinstance(subject, EpisodeSubject)]
            for subject in subjects_of(item.match, rates, watched):
                wanted[subject].append(_contribution(item, rates, subject))
    return wanted


def _rates_of_entry(
    item: Desired, policy: RatingsPolicy, knowledge: Knowledge, *, alone: bool
) -> RatingScope:
    # the user's word, else what was fixed when it was first sent, else the plan's, else by rule
    entry = item.entry
    if entry.rate is not None:
        is_film = isinstance(item.match, MovieMatch) and entry.rate is not RatingScope.OFF
        return RatingScope.MOVIE if is_film else entry.rate
    if policy is RatingsPolicy.OFF:
        return RatingScope.OFF
    standing = (sent for sent in knowledge.ratings_for[entry.key] if sent.state.may_stand)
    fixed = next(filter(None, (sent.rates_for(entry.key, item.match_text) for sent in standing)), None)
    return fixed or entry.rates or rates_of(item.match, policy, whole_show=alone)


def _contribution(item: Desired, rates: RatingScope, subject: RatingSubject) -> RatingContribution:
    order, weight = (0, 0), 1
    if not isinstance(item.match, MovieMatch):
        episodes = mapping_episodes(item.match.mapping)
        order = (episodes[0].season, episodes[0].number)
        inside = [e for e in episodes if not isinstance(subject, SeasonSubject) or e.season == subject.season]
        weight = max(len(inside), 1)
    return RatingContribution(
        item.entry.key, item.match_text, rates, item.rating or 0, weight, order, item.finished_at
    )


_NAMED_RULES = {
    RatingsPolicy.SHOW_FIRST: "first",
    RatingsPolicy.SHOW_LAST: "last",
    RatingsPolicy.SHOW_MAX: "max",
}


def shared_value(parts: Sequence[RatingContribution], policy: RatingsPolicy, *, show: bool) -> int:
    """One rating out of several: the mean by episodes, rounded half up, or by the show's named rule."""
    values = [part.value for part in sorted(parts, key=lambda part: part.order)]
    match _NAMED_RULES.get(policy) if show else None:
        case "first":
            return values[0]
        case "last":
            return values[-1]
        case "max":
            return max(values)
        case _:
            weights = sum(part.weight for part in parts)
            total = sum(part.value * part.weight for part in parts)
            return (2 * total + weights) // (2 * weights)


def rule_of(change: RatingChange, policy: RatingsPolicy) -> str | None:
    """By which rule several entries' ratings became one: `first`, `last`, `max` or `mean`; None for a single one's."""
    if len(change.contributions) == 1:
        return None
    return _NAMED_RULES.get(policy, "mean") if isinstance(change.subject, ShowSubject) else "mean"


def compare_ratings(
    wanted: Mapping[RatingSubject, Sequence[RatingContribution]],
    existing: Iterable[Rating],
    knowledge: Knowledge,
    policy: Policy,
    sends_again: Callable[[EntryKey, BatchItemId], bool],
) -> tuple[tuple[RatingChange, RatingVerdict], ...]:
    """Compare three ways: what the list says, what Trakt has, and what anitrakt sent (docs/applying.md 3.4).

    `sends_again` says of which entries what was sent counts as if it never had been, once it is gone.
    """
    standing = {rating.subject: OldRating(rating.value, rating.rated_at) for rating in existing}
    found = []
    for subject, parts in wanted.items():
        value = shared_value(parts, policy.ratings, show=isinstance(subject, ShowSubject))
        rated_at = max((part.finished for part in parts if part.finished), default=None)
        change = RatingChange(subject, value, rated_at, tuple(parts), standing.get(subject))
        sent = knowledge.ratings_of[subject]
        counting = [s for s in sent if not any(sends_again(key, s.place) for key in change.entries)]
        is_kept = policy.on_conflict is ConflictPolicy.KEEP and not _still_ours(change.old, sent)
        found.append((change, _verdict(change, counting, is_kept=is_kept)))
    return tuple(found)


def _verdict(change: RatingChange, sent: Sequence[SentRating], *, is_kept: bool) -> RatingVerdict:
    taken_in = [rating.state for rating in sent if rating.state.was_taken_in]
    if change.old is None:
        if _unknown(change, sent):
            return RatingVerdict.UNKNOWN
        return RatingVerdict.REMOVED if taken_in else RatingVerdict.SEND
    if change.old.value == change.value:
        return RatingVerdict.IN_SYNC
    if is_kept:  # whatever `--resend` says: what the user gave is there, not gone
        return RatingVerdict.KEPT
    is_taken_back = taken_in[-1:] == [SentState.UNDONE]
    return RatingVerdict.REMOVED if is_taken_back else RatingVerdict.SEND


def _unknown(change: RatingChange, sent: Sequence[SentRating]) -> bool:
    # Trakt's last word about the same matches was `not_found`: it is asked once, not at every apply
    is_not_found = bool(sent) and sent[-1].state is SentState.NOT_FOUND
    return is_not_found and set(sent[-1].matches) == {part.match for part in change.contributions}


def _still_ours(now: OldRating | None, sent: Sequence[SentRating]) -> bool:
    # then nobody else has spoken since; what is in doubt either landed, or what was sent before it still
    # stands
    for rating in reversed(sent):
        if now is not None and rating.state.may_stand:
            if rating.is_the_same(now):
                return True
            if rating.state.stands:
                return False
    return False


# --- what each entry's rating goes to, as `plan` writes it ---


class ShowCount(Protocol):
    """The id maps, as far as ratings need them."""

    def entries_in_show(self, show: WorkId) -> int:
        """How many list entries the maps know in a show; 0 where they don't know the show."""


def rates_of_entries(
    entries: Sequence[PlanEntry],
    policy: RatingsPolicy,
    maps: ShowCount,
    known_seasons: SeasonsOf,
) -> dict[EntryKey, RatingScope]:
    """What each rated and matched entry rates.

    `known_seasons` gives a show's season list where it has been read anyway; it is never asked for here.
    """
    in_plan = Counter(entry.match.show for entry in entries if isinstance(entry.match, ShowMatch))

    def is_whole_show(match: Match) -> bool:
        if isinstance(match, MovieMatch):
            return False
        if in_plan[match.show] == 1 and maps.entries_in_show(match.show) == 1:
            return True
        return covers_show(match.mapping, known_seasons(match.show) or ())

    return {
        entry.key: rates_of(entry.match, policy, whole_show=is_whole_show(entry.match))
        for entry in entries
        if isinstance(entry.match, ShowMatch | MovieMatch) and entry.progress.rating is not None
    }
