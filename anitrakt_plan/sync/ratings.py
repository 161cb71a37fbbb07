"""What an entry's rating goes to on Trakt, and which ratings are to be added, changed, or left alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from anitrakt_plan.model import (
    ConflictPolicy,
    EntryKey,
    EpisodeSubject,
    Mapping,
    Match,
    MovieMatch,
    MovieSubject,
    PlanEntry,
    RatePolicy,
    Rates,
    Rating,
    RatingsPolicy,
    RatingSubject,
    Season,
    SeasonSubject,
    ShowMatch,
    ShowSubject,
)
from anitrakt_plan.model.dates import whole_minute
from anitrakt_plan.model.matches import mapping_episodes, runs_of
from anitrakt_plan.sync.desired import Desired
from anitrakt_plan.sync.knowledge import Knowledge, OldRating, SentRating, SentState

_USERS_WORD = {
    RatePolicy.SHOW: Rates.SHOW,
    RatePolicy.SEASON: Rates.SEASON,
    RatePolicy.EPISODES: Rates.EPISODES,
    RatePolicy.OFF: Rates.OFF,
}


def covers_show(mapping: Mapping, seasons: Iterable[Season]) -> bool:
    """Whether a mapping is all regular episodes of a show (season 0 does not count)."""
    regular = {(season.number, e.number) for season in seasons if season.number > 0 for e in season.episodes}
    return bool(regular) and regular <= {(e.season, e.number) for e in mapping_episodes(mapping)}


def rates_of(match: Match, policy: RatingsPolicy, *, whole_show: bool) -> Rates:
    """What an entry rates by policy; `whole_show`: it covers its show, or is the maps' only entry there.

    Specials and single episodes rate their episodes: a season's or a show's rating would say too much.
    """
    if policy is RatingsPolicy.OFF:
        return Rates.OFF
    if isinstance(match, MovieMatch):
        return Rates.MOVIE
    episodes = mapping_episodes(match.mapping)
    if all(episode.season == 0 for episode in episodes):
        return Rates.EPISODES
    if policy is RatingsPolicy.AUTO and whole_show:
        return Rates.SHOW
    if len(episodes) == 1:
        return Rates.EPISODES
    match policy:
        case RatingsPolicy.BOTH:
            return Rates.SEASON_AND_SHOW
        case RatingsPolicy.AUTO | RatingsPolicy.SEASON:
            return Rates.SEASON
        case _:
            return Rates.SHOW


def subjects_of(match: Match, rates: Rates, watched: Sequence[EpisodeSubject]) -> tuple[RatingSubject, ...]:
    """The things on Trakt that an entry rates; `watched` are the episodes its progress covers.

    The specials of an entry that rates its season are left out: season 0 is no season of one work.
    """
    if isinstance(match, MovieMatch):
        return () if rates is Rates.OFF else (MovieSubject(match.movie),)
    seasons = {run.season: None for run in runs_of(mapping_episodes(match.mapping)) if run.season > 0}
    of_seasons = tuple(SeasonSubject(match.show, season) for season in seasons)
    match rates:
        case Rates.SHOW:
            return (ShowSubject(match.show),)
        case Rates.SEASON:
            return of_seasons
        case Rates.SEASON_AND_SHOW:
            return (*of_seasons, ShowSubject(match.show))
        case Rates.EPISODES:
            return tuple(watched)
        case _:
            return ()


@dataclass(frozen=True, slots=True)
class Rater:
    """One entry's part in a subject's rating."""

    entry: EntryKey
    match: str
    rates: Rates
    value: int
    weight: int
    order: tuple[int, int]
    finished: datetime | None


@dataclass(frozen=True, slots=True)
class RatingChange:
    """A rating to send: of this subject, by these entries. `old` is what stands on Trakt now, None for nothing.

    `rated_at` is the finish date of the last entry at noon, UTC; None where the list has none.
    """

    subject: RatingSubject
    value: int
    rated_at: datetime | None
    raters: tuple[Rater, ...]
    old: OldRating | None

    @property
    def entries(self) -> tuple[EntryKey, ...]:
        """The keys of the entries that make up the value."""
        return tuple(rater.entry for rater in self.raters)

    @property
    def shared(self) -> bool:
        """Whether the value is made of several entries' ratings."""
        return len(self.raters) > 1


@dataclass(frozen=True, slots=True)
class RatingsDiff:
    """What happens to the ratings: sent, equal already, kept as the user gave them, or removed since or taken back.

    `unknown`: Trakt did not know the rated thing when it was last sent there, and the matches are the same still.
    """

    changes: tuple[RatingChange, ...]
    in_sync: int
    kept: tuple[RatingChange, ...]
    removed: tuple[RatingChange, ...]
    unknown: tuple[RatingChange, ...] = ()


def effective_rates(desired: Desired, policy: RatingsPolicy, knowledge: Knowledge, *, alone: bool) -> Rates:
    """What an entry rates: the user's word, else what was fixed when it was first sent, else the plan's, else by rule.

    `alone`: no other entry of the plan is in this show.
    """
    entry = desired.entry
    if entry.rate is not None:
        if isinstance(desired.match, MovieMatch) and entry.rate is not RatePolicy.OFF:
            return Rates.MOVIE
        return _USERS_WORD[entry.rate]
    if policy is RatingsPolicy.OFF:
        return Rates.OFF
    fixed = _fixed(knowledge, entry.key, desired.match_text)
    if fixed is not None:
        return fixed
    return entry.rates or rates_of(desired.match, policy, whole_show=alone)


def _fixed(knowledge: Knowledge, entry: EntryKey, match: str) -> Rates | None:
    for sent in knowledge.ratings_for(entry):
        if not sent.state.may_stand:
            continue
        for key, sent_match, rates in zip(sent.entries, sent.matches, sent.rates, strict=True):
            if key == entry and sent_match == match:
                return rates
    return None


def rating_wants(
    desired: Iterable[Desired], policy: RatingsPolicy, knowledge: Knowledge
) -> dict[RatingSubject, tuple[Rater, ...]]:
    """Every subject that the plan's confirmed entries rate, with their parts in it."""
    rated = [item for item in desired if item.rating is not None]
    shows: dict[int, int] = defaultdict(int)
    for item in desired:
        if not isinstance(item.match, MovieMatch):
            shows[item.match.show] += 1
    wants: dict[RatingSubject, list[Rater]] = defaultdict(list)
    for item in rated:
        match = item.match
        alone = isinstance(match, MovieMatch) or shows[match.show] == 1
        rates = effective_rates(item, policy, knowledge, alone=alone)
        watched = [subject for subject in item.watched if isinstance(subject, EpisodeSubject)]
        for subject in subjects_of(match, rates, watched):
            wants[subject].append(_rater(item, rates, subject))
    return {subject: tuple(raters) for subject, raters in wants.items()}


def _rater(item: Desired, rates: Rates, subject: RatingSubject) -> Rater:
    order, weight = (0, 0), 1
    if not isinstance(item.match, MovieMatch):
        episodes = mapping_episodes(item.match.mapping)
        order = (episodes[0].season, episodes[0].number)
        inside = [e for e in episodes if not isinstance(subject, SeasonSubject) or e.season == subject.season]
        weight = max(len(inside), 1)
    return Rater(item.entry.key, item.match_text, rates, item.rating or 0, weight, order, item.finished_at)


def shared_value(raters: Sequence[Rater], policy: RatingsPolicy, *, show: bool) -> int:
    """One rating out of several: the mean by episodes, rounded half up, or by the show's named rule."""
    ordered = sorted(raters, key=lambda rater: rater.order)
    if show and policy is RatingsPolicy.SHOW_FIRST:
        return ordered[0].value
    if show and policy is RatingsPolicy.SHOW_LAST:
        return ordered[-1].value
    if show and policy is RatingsPolicy.SHOW_MAX:
        return max(rater.value for rater in ordered)
    weights = sum(rater.weight for rater in ordered)
    total = sum(rater.value * rater.weight for rater in ordered)
    return (2 * total + weights) // (2 * weights)


_NAMED_RULES = {
    RatingsPolicy.SHOW_FIRST: "first",
    RatingsPolicy.SHOW_LAST: "last",
    RatingsPolicy.SHOW_MAX: "max",
}


def rule_of(change: RatingChange, policy: RatingsPolicy) -> str | None:
    """By which rule several entries' ratings became one: `first`, `last`, `max` or `mean`; None for a single one's."""
    if not change.shared:
        return None
    return _NAMED_RULES.get(policy, "mean") if isinstance(change.subject, ShowSubject) else "mean"


def rating_changes(
    wants: dict[RatingSubject, tuple[Rater, ...]],
    existing: Iterable[Rating],
    knowledge: Knowledge,
    *,
    policy: RatingsPolicy,
    on_conflict: ConflictPolicy,
    resend: frozenset[EntryKey],
    resend_upto: int | None = None,
) -> RatingsDiff:
    """Compare three ways: what the list says, what Trakt has, and what anitrakt sent (docs/applying.md 3.4).

    `resend` names the entries of which what is gone goes out again, as far as batches up to `resend_upto` carried it.
    """
    standing = {rating.subject: rating for rating in existing}
    changes: list[RatingChange] = []
    kept: list[RatingChange] = []
    removed: list[RatingChange] = []
    unknown: list[RatingChange] = []
    in_sync = 0
    replace = on_conflict is ConflictPolicy.REPLACE
    for subject, raters in wants.items():
        value = shared_value(raters, policy, show=isinstance(subject, ShowSubject))
        now = standing.get(subject)
        finished = [rater.finished for rater in raters if rater.finished]
        old = OldRating(now.value, now.rated_at) if now else None
        change = RatingChange(subject, value, max(finished, default=None), raters, old)
        again = any(rater.entry in resend for rater in raters)
        sent = knowledge.ratings_of(subject)
        counting = [s for s in sent if not again or (resend_upto is not None and s.place.batch > resend_upto)]
        if now is None and _unknown(counting, raters):
            unknown.append(change)
        elif now is None:
            taken_back = any(s.state.was_taken_in for s in counting)
            (removed if taken_back else changes).append(change)
        elif now.value == value:
            in_sync += 1
        elif not (replace or _still_ours(now, sent)):
            kept.append(change)  # whatever `resend` says: what the user gave is there, not gone
        else:
            (removed if _taken_back(counting) else changes).append(change)
    return RatingsDiff(tuple(changes), in_sync, tuple(kept), tuple(removed), tuple(unknown))


def _unknown(sent: Sequence[SentRating], raters: Sequence[Rater]) -> bool:
    """Whether Trakt's last word about the same matches was `not_found`: it is asked once, not at every apply."""
    if not sent or sent[-1].state is not SentState.NOT_FOUND:
        return False
    return set(sent[-1].matches) == {rater.match for rater in raters}


def _still_ours(now: Rating, sent: Sequence[SentRating]) -> bool:
    """Whether Trakt still has the value and `rated_at` that anitrakt sent last: then nobody else has spoken since.

    What is in doubt either landed, or what was sent before it still stands.
    """
    for rating in reversed(sent):
        if rating.state.may_stand:
            if rating.value == now.value and whole_minute(rating.rated_at) == whole_minute(now.rated_at):
                return True
            if rating.state.stands:
                return False
    return False


def _taken_back(sent: Sequence[SentRating]) -> bool:
    """Whether the last word about this rating was an undo."""
    spoken = [rating.state for rating in sent if rating.state.was_taken_in]
    return bool(spoken) and spoken[-1] is SentState.UNDONE


# --- what each entry's rating goes to, as `plan` writes it ---


class ShowCount(Protocol):
    """The id maps, as far as ratings need them."""

    def entries_in_show(self, trakt: int) -> int:
        """How many list entries the maps know in a Trakt show; 0 where they don't know the show."""


def rates_of_entries(
    entries: Sequence[PlanEntry],
    policy: RatingsPolicy,
    maps: ShowCount,
    known_seasons: Callable[[int], tuple[Season, ...] | None],
) -> dict[EntryKey, Rates]:
    """What each rated and matched entry rates.

    `known_seasons` gives a show's season list where it has been read anyway; it is never asked for here.
    """
    in_plan = Counter(entry.match.show for entry in entries if isinstance(entry.match, ShowMatch))

    def whole(match: ShowMatch) -> bool:
        if in_plan[match.show] == 1 and maps.entries_in_show(match.show) == 1:
            return True
        seasons = known_seasons(match.show)
        return seasons is not None and covers_show(match.mapping, seasons)

    return {
        entry.key: rates_of(
            entry.match, policy, whole_show=isinstance(entry.match, ShowMatch) and whole(entry.match)
        )
        for entry in entries
        if isinstance(entry.match, ShowMatch | MovieMatch) and entry.progress.rating is not None
    }
