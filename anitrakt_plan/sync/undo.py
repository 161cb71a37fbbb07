"""What can be taken back exactly: plays by their own ids, ratings to what stood before, and what is left alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from anitrakt_plan.model import MovieSubject, Play, Rating
from anitrakt_plan.model.account import ListSubject, work_of
from anitrakt_plan.sync.batches import RatingToRestore
from anitrakt_plan.sync.existing import History
from anitrakt_plan.sync.knowledge import BatchItemId, Knowledge, SentPlay, SentRating, SentState, grouped
from anitrakt_plan.sync.settle import stands_as_sent


class Left(StrEnum):
    """Why something is not taken back."""

    GONE = "was removed on Trakt already"
    MOVED = "was given another date on Trakt"
    UNSEEN = "was never listed by Trakt"
    LOST = "has lost its show or film on Trakt, so nothing shows what it is"
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
    claimed = set(knowledge.history_ids)
    for sent in selected:
        is_gone = sent.state is SentState.SEEN and sent.id not in history
        if is_gone and sent.place in knowledge.removing:
            before.append(sent)
            continue
        match _as_it_stands(sent, history, claimed):
            case SentPlay() as found:
                remove.append(found)
            case Left() as why:
                left.append((sent, why))
    return PlaysToUndo(tuple(remove), tuple(before), tuple(left))


def _as_it_stands(sent: SentPlay, history: History, claimed: set[int]) -> SentPlay | Left | None:
    # None where there never was one, or it is taken back as it should be
    play = history.get(sent.id) if sent.id is not None else None
    match sent.state:
        case SentState.ACKNOWLEDGED:
            return Left.UNSEEN
        case SentState.SEEN | SentState.UNDONE if play is not None:
            return sent if _is_exactly(play, sent) else Left.MOVED
        case SentState.SEEN | SentState.UNDONE if sent.id in history:
            return Left.LOST
        case SentState.SEEN:
            return _duplicate(sent, history, claimed) or Left.GONE
        case _:
            return None


def _duplicate(sent: SentPlay, history: History, claimed: set[int]) -> SentPlay | None:
    unclaimed = (play for play in history.of(sent.subject, sent.episode) if play.id not in claimed)
    play = next((play for play in unclaimed if _is_exactly(play, sent)), None)
    if play is None:
        return None
    claimed.add(play.id)
    return sent._replace(id=play.id, seen_at=play.watched_at)


def _is_exactly(play: Play, sent: SentPlay) -> bool:
    is_new, when = play.id not in sent.before, sent.seen_at or sent.when
    return is_new and _is_of_same_item(play, sent) and stands_as_sent(play, when)


def _is_of_same_item(play: Play, sent: SentPlay) -> bool:
    if isinstance(sent.subject, MovieSubject):
        return play.subject == sent.subject
    # by the episode's own id: its number may be another one today
    return play.episode is not None and play.episode == sent.episode


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
    for subject, mine in grouped((one.subject, one) for one in selected if one.state.may_stand).items():
        found = _standing(knowledge.ratings_of[subject], standing.get(subject))
        if isinstance(found, Left):
            left.append((mine[-1], found))
        elif found.place in chosen:
            restore.append(_restored(found, mine, knowledge, chosen))
        else:
            left.append((mine[-1], Left.LATER_RUN))
            beneath += mine
    return RatingsToUndo(tuple(restore), tuple(beneath), tuple(left))


def _standing(ours: Sequence[SentRating], now: Rating | None) -> SentRating | Left:
    if now is None:
        return Left.GONE
    newest_first = (rating for rating in reversed(ours) if rating.state.may_stand)
    return next((rating for rating in newest_first if rating.is_the_same(now)), Left.CHANGED)


def _restored(
    top: SentRating, mine: Iterable[SentRating], knowledge: Knowledge, chosen: set[BatchItemId]
) -> RatingToRestore:
    # what stood before our first of a chain of ratings that are all taken back
    old = top.old
    for earlier in reversed(knowledge.ratings_of[top.subject]):
        if old is not None and earlier.place < top.place and earlier.is_the_same(old):
            is_taken_back = earlier.place in chosen or earlier.state is SentState.UNDONE
            old = earlier.old if is_taken_back else old
    return RatingToRestore(tuple(rating.place for rating in mine), top.subject, old)


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
    selected = list(selected)
    back = {play.place for play in selected}
    ours = (play for play in knowledge.seen if play.place not in back and play.id in history)
    lacking = _works(selected) - _works(ours) - {*watchlist}
    displaced = (item for item in knowledge.displaced if item.subject in lacking and item.run in runs)
    restored = knowledge.restored
    return tuple(
        dict.fromkeys(item.subject for item in displaced if item.batch > restored.get(item.subject, 0))
    )


def _works(plays: Iterable[SentPlay]) -> set[ListSubject]:
    return {work_of(play.subject) for play in plays}
