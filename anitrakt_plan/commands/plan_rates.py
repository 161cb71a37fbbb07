"""What each entry's rating goes to, as `plan` writes it: so that `apply` needs no id maps to know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

from anitrakt_plan.core.model import (
    EntryKey,
    MovieMatch,
    PlanEntry,
    Rates,
    RatingsPolicy,
    Season,
    ShowMatch,
)
from anitrakt_plan.core.ratings import covers_show, rates_of


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
