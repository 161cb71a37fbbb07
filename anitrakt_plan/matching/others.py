"""What other entries say of a place: those of the list that are sure, and those that a map has in the same season."""

from __future__ import annotations

from collections.abc import Sequence

from anitrakt_plan.matching.evidence import Level, MatchContext, Neighbour, Option, Seen
from anitrakt_plan.model import Entry, Episode, ShowMatch
from anitrakt_plan.model.matches import episodes_of, mapping_episodes


class OrderLevel(Level):
    TAKEN = "taken"
    OUT_OF_ORDER = "out of order"
    FOLLOWS = "follows"
    LEADS = "leads"
    IN_ORDER = "in order"


# of what several neighbours say the first counts: what is in the way, then what is near
_ORDER_RANK = {level: rank for rank, level in enumerate(OrderLevel)}

_ORDER_WORDS = {
    OrderLevel.TAKEN: "another entry of the list has these episodes",
    OrderLevel.OUT_OF_ORDER: "it lies on the wrong side of an entry that is sure",
    OrderLevel.FOLLOWS: "it begins where the entry before ends",
    OrderLevel.LEADS: "it ends where the entry after begins",
    OrderLevel.IN_ORDER: "it lies on the right side of the entries that are sure",
}


def order(_: Entry, option: Option, context: MatchContext) -> Seen[OrderLevel] | None:
    """Part 2 after part 1: the place against what other entries of the same list cover in the show."""
    if not isinstance(option.match, ShowMatch):
        return None
    mine, show = mapping_episodes(option.match.mapping), option.match.show
    seen = [_order_beside(neighbour, mine) for near, neighbour in context.neighbours if near == show]
    level = min(filter(None, seen), key=_ORDER_RANK.__getitem__, default=None)
    return (level, _ORDER_WORDS[level]) if level else None


def _order_beside(neighbour: Neighbour, mine: Sequence[Episode]) -> OrderLevel | None:
    first, last, begin, end = neighbour.episodes[0], neighbour.episodes[-1], mine[0], mine[-1]
    if not set(mine).isdisjoint(neighbour.episodes):
        return OrderLevel.TAKEN
    if neighbour.earlier is None or 0 in (begin.season, first.season):
        return None
    if neighbour.earlier != (first < begin):
        return OrderLevel.OUT_OF_ORDER
    if neighbour.earlier:
        return OrderLevel.FOLLOWS if _meet(last, begin) else OrderLevel.IN_ORDER
    return OrderLevel.LEADS if _meet(end, first) else OrderLevel.IN_ORDER


def _meet(end: Episode, begin: Episode) -> bool:
    """Whether a run begins where another one ends, in one season."""
    return Episode(end.season, end.number + 1) == begin


class RestLevel(Level):
    TAKEN = "taken by others"


def rest(_: Entry, option: Option, context: MatchContext) -> Seen[RestLevel] | None:
    """Whether maps put other works on all that the place leaves of its season: so the season list is as they know it.

    Of a season that has grown or moved since, or with a recap inside, something would be left.
    """
    place = option.place
    if place is None or not place.rest:
        return None
    others = episodes_of(run for run in context.beside if run.season == place.season)
    if set(others) != set(episodes_of(place.rest)):
        return None
    return RestLevel.TAKEN, "a map has other entries on all else of its season"
