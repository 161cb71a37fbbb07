"""What a repair comes to on the account as it stands, and what its undo puts back: by history ids, or not at all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum

from anitrakt_plan.model import Play
from anitrakt_plan.model.account import PlaySubject
from anitrakt_plan.model.dates import When, stands_at
from anitrakt_plan.model.repair import (
    Repair,
    RepairDecision,
    RepairGroup,
    RepairKind,
    RepairPlay,
)
from anitrakt_plan.sync.diff import MAX_TRIES
from anitrakt_plan.sync.existing import History
from anitrakt_plan.sync.knowledge import AddedRow, HistoryRow, Knowledge, SentState
from anitrakt_plan.sync.settle import Sighting, sighting, stands_as_sent


class Held(StrEnum):
    """Why a play of a decided group is left alone."""

    GONE = "is no longer there"
    MOVED = "stands on another item or minute now"
    LOST = "has lost its show or film on Trakt, so nothing shows what it is"
    NOTHING_STAYS = "is the last of its item: none of the plays that stay stands any more"
    UNSEEN = "was sent three times at its new date, and Trakt does not show it"


@dataclass(frozen=True, slots=True)
class Redating:
    """A play that is to stand at another time."""

    group: str
    row: HistoryRow
    when: When


@dataclass(frozen=True, slots=True)
class RepairWork:
    """What is to be done: rows to remove, each with its group; rows to add first; and what is left alone, and why.

    `done` are plays that an earlier apply of a repair has seen to. A redate is a removal as soon as another play stands
    at the wanted time.
    """

    remove: tuple[tuple[str, HistoryRow], ...] = ()
    add: tuple[Redating, ...] = ()
    held: tuple[tuple[RepairGroup, RepairPlay, Held], ...] = ()
    done: tuple[RepairPlay, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to change on Trakt."""
        return not self.remove and not self.add


def row_of(play: Play) -> HistoryRow:
    """A play as Trakt lists it, to be put back one day."""
    return HistoryRow(play.id, play.subject, play.watched_at, play.action, play.episode)


def repair_work(repair: Repair, history: History, knowledge: Knowledge, zone: tzinfo) -> RepairWork:
    """Work out the decided groups of a repair on a whole, fresh read of the account."""
    return _Worker(repair, history, knowledge, zone).work()


@dataclass(frozen=True)
class _Worker:
    repair: Repair
    history: History
    knowledge: Knowledge
    zone: tzinfo

    def work(self) -> RepairWork:
        doomed = self._doomed()
        remove: dict[int, tuple[str, HistoryRow]] = {}
        add: dict[int, Redating] = {}
        held, done = [], []
        for group in self.repair.groups:
            for play in group.plays if group.decision.acts else ():
                match self._judged(group, play, doomed):
                    case Held() as why:
                        held.append((group, play, why))
                    case None:
                        done.append(play)
                    case Redating() as redating:
                        add.setdefault(redating.row.id, redating)
                    case HistoryRow() as row:
                        remove.setdefault(row.id, (group.key, row))
        return RepairWork(tuple(remove.values()), tuple(add.values()), tuple(held), tuple(done))

    def _doomed(self) -> frozenset[int]:
        """What is to be removed, or moved away: none of it is what stays in another's place."""
        return frozenset(
            play.id
            for group in self.repair.groups
            for play in (group.plays if group.decision.acts else ())
            if not self._is_there_already(group, play)
        )

    def _is_there_already(self, group: RepairGroup, play: RepairPlay) -> bool:
        when = group.redated_to(self.zone)
        return when is not None and stands_at(play.watched_at, when)

    def _judged(
        self, group: RepairGroup, play: RepairPlay, doomed: Collection[int]
    ) -> HistoryRow | Redating | Held | None:
        standing = self.history.get(play.id)
        if standing is None:
            return self._of_missing(play)
        if not _stands_as(standing, play.subject, play.watched_at):
            return Held.MOVED
        row, when = row_of(standing), group.redated_to(self.zone)
        if when is not None:
            return self._redated(group.key, row, when, doomed)
        return row if self._may_go(group, play, doomed) else Held.NOTHING_STAYS

    def _of_missing(self, play: RepairPlay) -> Held | None:
        if play.id in self.history:
            return Held.LOST
        return None if play.id in self.knowledge.removed_ids else Held.GONE

    def _redated(
        self, group: str, row: HistoryRow, when: When, doomed: Collection[int]
    ) -> HistoryRow | Redating | Held | None:
        if stands_at(row.watched_at, when):
            return None
        if any(play.id not in doomed for play in self._standing_at(row, when)):
            return row
        tries = [
            added
            for added in self.knowledge.added_rows
            if added.row.subject == row.subject and added.when == when and added.state in _NEVER_CAME
        ]
        return Held.UNSEEN if len(tries) >= MAX_TRIES or _is_unseen(tries) else Redating(group, row, when)

    def _standing_at(self, row: HistoryRow, when: When) -> Iterator[Play]:
        listed = self.history.of(row.subject, row.episode)
        return (play for play in listed if play.id != row.id and stands_at(play.watched_at, when))

    def _may_go(self, group: RepairGroup, play: RepairPlay, doomed: Collection[int]) -> bool:
        """Whether one of the plays that are to stay for it stands still; of a doubled one that must be so."""
        kept = [one for one in group.keeps if one.subject == play.subject]
        if not kept:
            return group.kind is not RepairKind.DOUBLED
        return any(self._is_kept(one, doomed) for one in kept)

    def _is_kept(self, kept: RepairPlay, doomed: Collection[int]) -> bool:
        standing = self.history.get(kept.id)
        if standing is not None and _stands_as(standing, kept.subject, kept.watched_at):
            return kept.id not in doomed or kept.id in self._moving
        # a repair has moved it since: what stands in its place is what stays
        heirs = (added for added in self.knowledge.added_rows if added.row.id == kept.id)
        return any(added.id in self.history for added in heirs if added.id is not None)

    @property
    def _moving(self) -> frozenset[int]:
        return frozenset(
            play.id
            for group in self.repair.groups
            if group.decision is RepairDecision.REDATE
            for play in group.plays
        )


_NEVER_CAME = (SentState.ABSENT, SentState.ACKNOWLEDGED, SentState.NOT_FOUND)


def _is_unseen(tries: Iterable[AddedRow]) -> bool:
    # what Trakt acknowledged, or does not know, is not sent again
    return any(added.state is not SentState.ABSENT for added in tries)


def _stands_as(play: Play, subject: PlaySubject, when: When) -> bool:
    return play.subject == subject and stands_at(play.watched_at, when)


# --- which of the plays that Trakt lists are those that were added in the place of others ---


def sight_rows(knowledge: Knowledge, history: History) -> tuple[Sighting, ...]:
    """Find the plays that were added for others and whose history id is not known yet: as `settle.sight` does."""
    claimed = {*knowledge.history_ids, *knowledge.added_ids}
    found = []
    for added in knowledge.added_rows:
        mine = _mine(added, history, claimed) if added.state.may_be_there else None
        if mine is not None:
            claimed.add(mine.id)
            found.append(sighting(added, mine))
    return tuple(found)


def _mine(added: AddedRow, history: History, claimed: Collection[int]) -> Play | None:
    listed = history.of(added.row.subject, added.row.episode)
    new = (play for play in listed if play.id not in claimed and play.id not in added.before)
    return next((play for play in new if stands_as_sent(play, added.when)), None)


# --- undo ---


@dataclass(frozen=True, slots=True)
class RowsToUndo:
    """What takes a repair back: rows to add where they stood, and the plays that stand in their places, to be removed.

    `then_remove` stand in the places of those in `add`: they go once these are seen.
    """

    add: tuple[HistoryRow, ...] = ()
    remove: tuple[HistoryRow, ...] = ()
    then_remove: tuple[HistoryRow, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to change on Trakt."""
        return not self.add and not self.remove


def rows_to_undo(runs: Collection[str], knowledge: Knowledge, history: History) -> RowsToUndo:
    """What is still to be taken back of these runs. What they added goes only once what it stands for is back."""
    removed = {
        one.row.id: one.row for one in knowledge.removed_rows if one.run in runs and not one.is_refused
    }
    back = [row for row in removed.values() if row.id not in history and not _was_put_back(row, knowledge)]
    moved = list(_standing_in_place(runs, knowledge, history))
    now = [play for added, play in moved if _stands_again(added.row, knowledge, history)]
    coming = {row.id for row in back}
    then = [play for added, play in moved if added.row.id in coming]
    return RowsToUndo(tuple(back), tuple(map(row_of, now)), tuple(map(row_of, then)))


def _standing_in_place(
    runs: Collection[str], knowledge: Knowledge, history: History
) -> Iterator[tuple[AddedRow, Play]]:
    for added in knowledge.added_rows:
        play = history.get(added.id or 0) if added.run in runs else None
        if play is not None and _stands_as(play, added.row.subject, added.when):
            yield added, play


def _restorations(row: HistoryRow, knowledge: Knowledge) -> list[AddedRow]:
    again = (added for added in knowledge.added_rows if added.row.id == row.id)
    return [added for added in again if stands_at(row.watched_at, added.when)]


def _was_put_back(row: HistoryRow, knowledge: Knowledge) -> bool:
    # one that was put back and is gone since was removed by the person; one that Trakt acknowledged is not sent again
    return any(added.state.may_stand for added in _restorations(row, knowledge))


def _stands_again(row: HistoryRow, knowledge: Knowledge, history: History) -> bool:
    return row.id in history or any(
        added.id in history for added in _restorations(row, knowledge) if added.id is not None
    )
