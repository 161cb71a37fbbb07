"""What can be taken back exactly: plays by their own ids, ratings to what stood before, and what is left alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from anitrakt_plan.core.batches import RatingToRestore
from anitrakt_plan.core.dates import stands_at, whole_minute
from anitrakt_plan.core.history import History
from anitrakt_plan.core.knowledge import Knowledge, OldRating, Place, SentPlay, SentRating, SentState
from anitrakt_plan.core.model import EpisodeItem, EpisodeSubject, MovieItem, Play, Rating
from anitrakt_plan.core.settling import OURS
from anitrakt_plan.core.subjects import ListSubject, work_of

_TAKEN = (SentState.ACKNOWLEDGED, SentState.SEEN, SentState.IN_DOUBT)


class Left(StrEnum):
    """Why something is not taken back."""

    GONE = "was removed on Trakt already"
    MOVED = "was given another date on Trakt"
    UNSEEN = "was never listed by Trakt"
    CHANGED = "was changed on Trakt since"
    LATER_RUN = "was changed by a later run, which still stands"


@dataclass(frozen=True, slots=True)
class PlaysToUndo:
    """Plays to remove, plays that an earlier undo removed without hearing of it, and plays left alone."""

    remove: tuple[SentPlay, ...]
    removed_before: tuple[SentPlay, ...]
    left: tuple[tuple[SentPlay, Left], ...]


def plays_to_undo(selected: Iterable[SentPlay], knowledge: Knowledge, history: History) -> PlaysToUndo:
    """Sort out plays: one goes only if its id stands on the same item and minute, as `watch`, and was not there before.

    Plays in doubt must have been settled. Of duplicates that nothing tells apart (two computers sent at once) as many
    go as were sent, whichever of them an earlier undo took.
    """
    remove: list[SentPlay] = []
    before: list[SentPlay] = []
    left: list[tuple[SentPlay, Left]] = []
    claimed = {play.id for play in knowledge.plays if play.id is not None}
    for sent in selected:
        is_gone = sent.id is not None and sent.id not in history
        if sent.state is SentState.ACKNOWLEDGED:
            left.append((sent, Left.UNSEEN))
        elif sent.state is SentState.SEEN and is_gone and sent.place in knowledge.removing:
            before.append(sent)
        elif sent.state is SentState.SEEN or (sent.state is SentState.UNDONE and not is_gone):
            found = _as_it_stands(sent, history, claimed)
            if isinstance(found, SentPlay):
                remove.append(found)
            elif found is not None:
                left.append((sent, found))
    return PlaysToUndo(tuple(remove), tuple(before), tuple(left))


def _as_it_stands(sent: SentPlay, history: History, claimed: set[int]) -> SentPlay | Left | None:
    """The play to remove, or why it is left; None for one whose id was never known."""
    if sent.id is None:
        return None
    play = history.get(sent.id)
    if play is not None:
        return sent if _is_exactly(play, sent) else Left.MOVED
    listed = history.of(sent.subject, sent.episode)
    duplicate = next((one for one in listed if one.id not in claimed and _is_exactly(one, sent)), None)
    if duplicate is None:
        return Left.GONE
    claimed.add(duplicate.id)
    return replace(sent, id=duplicate.id, seen_at=duplicate.watched_at)


def _is_exactly(play: Play, sent: SentPlay) -> bool:
    return (
        play.action == OURS
        and play.id not in sent.before
        and _same_item(play, sent)
        and stands_at(play.watched_at, sent.when)
        and (sent.seen_at is None or whole_minute(sent.seen_at) == whole_minute(play.watched_at))
    )


def _same_item(play: Play, sent: SentPlay) -> bool:
    """By the episode's own id: its number may be another one today."""
    if isinstance(play.item, MovieItem):
        return not isinstance(sent.subject, EpisodeSubject) and play.item.movie == sent.subject.movie
    if not isinstance(sent.subject, EpisodeSubject):
        return False
    return isinstance(play.item, EpisodeItem) and play.item.id == sent.episode


@dataclass(frozen=True, slots=True)
class RatingsToUndo:
    """Ratings to put back, ratings of which another one of ours stands above, and ratings left alone."""

    restore: tuple[RatingToRestore, ...]
    beneath: tuple[SentRating, ...]
    left: tuple[tuple[SentRating, Left], ...]


def ratings_to_undo(
    selected: Sequence[SentRating], existing: Iterable[Rating], knowledge: Knowledge
) -> RatingsToUndo:
    """Sort out ratings: one is put back only where Trakt still has the value and `rated_at` that were sent."""
    standing = {rating.subject: rating for rating in existing}
    chosen = {rating.place for rating in selected}
    restore: list[RatingToRestore] = []
    beneath: list[SentRating] = []
    left: list[tuple[SentRating, Left]] = []
    for subject in dict.fromkeys(rating.subject for rating in selected):
        sent = [rating for rating in knowledge.ratings_of(subject) if rating.state in _TAKEN]
        mine = [rating for rating in sent if rating.place in chosen]
        now = standing.get(subject)
        top = next((rating for rating in reversed(sent) if _stands(now, rating)), None)
        if mine and top is None:
            left.append((mine[-1], Left.GONE if now is None else Left.CHANGED))
        elif mine and top is not None and top.place in chosen:
            places = tuple(rating.place for rating in mine)
            restore.append(RatingToRestore(places, subject, _before(top, knowledge, chosen)))
        elif mine:
            beneath += mine
            left.append((mine[-1], Left.LATER_RUN))
    return RatingsToUndo(tuple(restore), tuple(beneath), tuple(left))


def _stands(now: Rating | None, sent: SentRating) -> bool:
    return (
        now is not None
        and now.value == sent.value
        and whole_minute(now.rated_at) == whole_minute(sent.rated_at)
    )


def _before(top: SentRating, knowledge: Knowledge, chosen: set[Place]) -> OldRating | None:
    """What stood before our first of a chain of ratings that are all taken back."""
    old = top.old
    for earlier in reversed(knowledge.ratings_of(top.subject)):
        if earlier.place >= top.place or old is None:
            continue
        ours = earlier.value == old.value and whole_minute(earlier.rated_at) == whole_minute(old.rated_at)
        if ours and (earlier.place in chosen or earlier.state is SentState.UNDONE):
            old = earlier.old
    return old


def watchlist_to_restore(
    runs: frozenset[str],
    selected: Iterable[SentPlay],
    knowledge: Knowledge,
    history: History,
    watchlist: Iterable[ListSubject],
) -> tuple[ListSubject, ...]:
    """Watchlist items that Trakt dropped because of these plays, where none of ours keeps them off it any more.

    `selected` are the plays that are taken back, or were; `runs` those whose plays displaced something.
    """
    back = {play.place for play in selected}
    works = {work_of(play.subject) for play in selected}
    still_ours = (play for play in knowledge.plays if play.state is SentState.SEEN and play.id in history)
    kept = {work_of(play.subject) for play in still_ours if play.place not in back}
    wanted = dict.fromkeys(
        item.subject
        for item in knowledge.displaced
        if item.run in runs and item.batch > knowledge.restored.get(item.subject, 0)
    )
    lacking = works - kept - set(watchlist)
    return tuple(subject for subject in wanted if subject in lacking)
