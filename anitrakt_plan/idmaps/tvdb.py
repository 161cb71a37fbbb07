"""TVDB's ids of Trakt's shows, as the id maps name them: Trakt's own importer finds episodes by these."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from anitrakt_plan.core.model import TargetKind
from anitrakt_plan.idmaps import IdMaps
from anitrakt_plan.idmaps.anitrakt import AniTrakt


def tvdb_of_shows(maps: IdMaps, *, beside: Mapping[int, int] | None = None) -> Mapping[int, int]:
    """TVDB ids by Trakt id, from AniTrakt and from `beside`, what else is known of them.

    Left out is every show whose TVDB id is in dispute, or is another Trakt show's too: TVDB keeps as seasons of one
    show what Trakt has as two, and then the id names the wrong one of them.
    """
    pairs = [
        pair
        for one in maps.maps
        if isinstance(one, AniTrakt) and one.kind is TargetKind.SHOW
        for pair in one.tvdb_pairs()
    ]
    return _unambiguous([*pairs, *(beside or {}).items()])


def _unambiguous(pairs: Iterable[tuple[int, int]]) -> Mapping[int, int]:
    tvdb_ids: dict[int, set[int]] = defaultdict(set)
    shows: dict[int, set[int]] = defaultdict(set)
    for show, tvdb in pairs:
        tvdb_ids[show].add(tvdb)
        shows[tvdb].add(show)
    single = {show: next(iter(found)) for show, found in tvdb_ids.items() if len(found) == 1}
    return {show: tvdb for show, tvdb in single.items() if len(shows[tvdb]) == 1}
