"""What an undo is about to take back, and what of it went: item by item, in the order of entries and episodes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from anitrakt_plan.commands.undo_result import UndoneItem
from anitrakt_plan.commands.writing_run import WritingRun
from anitrakt_plan.core.knowledge import Knowledge, ListName, Place, SentListing, SentState
from anitrakt_plan.core.model import EntryKey, MovieSubject, RatingSubject
from anitrakt_plan.core.subjects import ListSubject, format_subject, work_of
from anitrakt_plan.core.undoing import PlaysToUndo, RatingsToUndo


@dataclass(frozen=True, slots=True)
class Undoing:
    """What is to be taken back, worked out."""

    runs: tuple[str, ...]
    plays: PlaysToUndo
    ratings: RatingsToUndo
    listings: tuple[SentListing, ...]
    watchlist: tuple[ListSubject, ...]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to change on Trakt."""
        return not (self.plays.remove or self.ratings.restore or self.listings or self.watchlist)


def undone_places(knowledge: Knowledge) -> set[Place]:
    """Where those things stand in the journal that are known to be taken back."""
    plays = {play.place for play in knowledge.plays if play.state is SentState.UNDONE}
    ratings = {rating.place for rating in knowledge.ratings if rating.state is SentState.UNDONE}
    listings = {item.place for item in knowledge.listings if item.state is SentState.UNDONE}
    return plays | ratings | listings


def taken_back(run: WritingRun, work: Undoing, *, would: bool) -> tuple[UndoneItem, ...]:
    """What goes (`would`), or is known to be gone."""
    undone = undone_places(run.knowledge)
    items = [
        _item("play", play.subject, play.entry) for play in work.plays.remove if would or play.place in undone
    ]
    by_place = {rating.place: rating for rating in run.knowledge.ratings}
    for restored in work.ratings.restore:
        if would or set(restored.places) <= undone:
            sent = by_place[restored.places[-1]]
            note = f"rating {sent.value} → {restored.old.value if restored.old else 'none'}"
            items.append(_item("rating", restored.subject, sent.entries[0], note))
    for listing in work.listings:
        if would or listing.place in undone:
            note = f"off the {listing.list.value}" + " shows" * (listing.list is ListName.DROPPED)
            items.append(_item("listing", listing.subject, listing.entry, note))
    return _in_order(items)


def left(work: Undoing) -> tuple[UndoneItem, ...]:
    """What stays, and why."""
    plays = [_item("play", play.subject, play.entry, why.value) for play, why in work.plays.left]
    return _in_order(
        [*plays, *(_item("rating", r.subject, r.entries[0], why.value) for r, why in work.ratings.left)]
    )


def put_back(run: WritingRun, work: Undoing, *, would: bool) -> tuple[ListSubject, ...]:
    """What goes back on the watchlist, or is back there."""
    back = run.knowledge.restored
    return tuple(
        subject for subject in work.watchlist if would or back.get(subject, 0) in frozenset(run.batches)
    )


_Order = tuple[EntryKey, str, int, int, int]


def _item(what: str, subject: RatingSubject, entry: EntryKey, note: str = "") -> tuple[_Order, UndoneItem]:
    """One item, and where it stands: by entry, kind, season and number, as numbers and not as text."""
    work = work_of(subject)
    trakt_id = work.movie if isinstance(work, MovieSubject) else work.show
    order = (
        entry,
        what,
        trakt_id,
        getattr(subject, "season", 0),
        getattr(subject, "number", 0),
    )
    return order, UndoneItem(what, format_subject(subject), str(entry), note)


def _in_order(items: Iterable[tuple[_Order, UndoneItem]]) -> tuple[UndoneItem, ...]:
    return tuple(item for _, item in sorted(items, key=lambda pair: pair[0]))
