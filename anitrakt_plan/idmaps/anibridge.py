"""AniBridge's mappings: MAL and AniList ids to TMDB shows, seasons and episodes, and TMDB films.

The format (schema 3): https://github.com/anibridge/anibridge-mappings.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property, lru_cache

from anitrakt_plan.idmaps.id_map import IdMap, IdMapFile
from anitrakt_plan.json_text import read_json
from anitrakt_plan.model import AbsentClaim, Claim, Ids, MovieClaim, Run, Segment, ShowClaim, Span

NAME = "anibridge"

Ranges = Mapping[str, str | None]
"""Ranges of the list's episodes to ranges of the target's; null says "not there"."""

_SOURCES = ("mal:", "anilist:")
_TARGETS = ("tmdb_show:", "tmdb_movie:")
_TARGET = re.compile(r"tmdb_(show|movie):([1-9]\d{0,9})(?::s(\d{1,4}))?")
_RATIO = re.compile(r"-?[1-9]\d{0,3}")
_SPAN = re.compile(r"([1-9]\d{0,5})(?:(-)([1-9]\d{0,5})?)?")


@dataclass(frozen=True)
class AniBridge(IdMap):
    """The mappings by `mal:ID` and `anilist:ID`, as they stand in the file; claims are made when asked for."""

    targets: Mapping[str, Mapping[str, Ranges]]

    def __len__(self) -> int:
        return len(self.targets)

    def claims(self, ids: Ids) -> tuple[Claim, ...]:
        """What the map says of a work, by its MAL id and by its AniList id; the same thing is said once."""
        found: dict[Claim, None] = {}
        for key in _keys(ids):
            found.update(dict.fromkeys(_claims(self.targets.get(key, {}))))
        positive = tuple(claim for claim in found if not isinstance(claim, AbsentClaim))
        return positive or tuple(found)

    @cached_property
    def in_shows(self) -> Mapping[int, int]:  # type: ignore[override]
        """How many MAL ids have regular episodes in a show, by its TMDB id."""
        return {
            show: sum(key.startswith("mal:") for key in keys) for show, keys in self._keys_in_shows.items()
        }

    @cached_property
    def _keys_in_shows(self) -> Mapping[int, Set[str]]:
        keys: defaultdict[int, set[str]] = defaultdict(set)
        for key, targets in self.targets.items():
            for descriptor in targets:
                found = _TARGET.fullmatch(descriptor)
                if found and found[1] == "show" and found[3] != "0":
                    keys[int(found[2])].add(key)
        return keys

    def runs_beside(self, ids: Ids, show: int) -> frozenset[Run]:
        """The closed runs that the map has for other works.

        Each work is in there by its MAL id and by its AniList id, and not every list knows both: a run that is the
        work's own is no other one's.
        """
        mine = {run for key in _keys(ids) for run in self._runs(key, show)}
        others = self._keys_in_shows.get(show, set()) - set(_keys(ids))
        return frozenset(run for key in others for run in self._runs(key, show)) - mine

    def _runs(self, key: str, show: int) -> Iterator[Run]:
        for claim in _claims(self.targets.get(key, {})):
            if isinstance(claim, ShowClaim) and claim.tmdb == show:
                for segment in claim.segments:
                    if segment.season:
                        yield from (
                            Run(segment.season, span.first, span.last) for span in segment.target if span.last
                        )


def _keys(ids: Ids) -> list[str]:
    named = (("mal", ids.mal), ("anilist", ids.anilist))
    return [f"{name}:{number}" for name, number in named if number]


def parse(data: bytes) -> AniBridge:
    """Read `mappings.json`; descriptors of other services are skipped.

    Raises ValueError where it is not JSON or not this format.
    """
    # The hook sees inner objects first: what is not ours goes while it is read, and memory stays small.
    whole = read_json(data, object_pairs_hook=_ours)
    if not isinstance(whole, dict):
        raise ValueError("the mappings are not a JSON object")
    targets = {key: value for key, value in whole.items() if key.startswith(_SOURCES) and value}
    if not targets and not any(key.startswith("$") for key in whole):
        raise ValueError("no mapping from a MAL or AniList id is in there")
    return AniBridge(targets)


def _ours(pairs: list[tuple[str, object]]) -> dict[str, object]:
    # of an object with descriptors as keys, those that lead from a list or to TMDB; any other as it is
    if pairs and ":" in pairs[0][0]:
        return {key: value for key, value in pairs if key.startswith((*_SOURCES, *_TARGETS, "$"))}
    return dict(pairs)


def _claims(targets: Mapping[str, Ranges]) -> Iterator[Claim]:
    # all seasons of a show are one claim, other shows are other claims
    shows: dict[int, list[tuple[int | None, Ranges]]] = {}
    for descriptor, ranges in targets.items():
        found = _TARGET.fullmatch(descriptor)
        if found is None or not isinstance(ranges, Mapping):
            continue
        tmdb = int(found[2])
        if found[1] == "show":
            shows.setdefault(tmdb, []).append((int(found[3]) if found[3] else None, ranges))
        elif found[3] is None:
            yield AbsentClaim(NAME) if _says_absent(ranges) else MovieClaim(NAME, tmdb=tmdb)
    for tmdb, parts in shows.items():
        yield _show_claim(tmdb, [part for part in parts if not _says_absent(part[1])])


def _show_claim(tmdb: int, parts: list[tuple[int | None, Ranges]]) -> Claim:
    if not parts:
        return AbsentClaim(NAME)
    seasons = {season for season, _ in parts}
    segments = [
        segment
        for season, ranges in parts
        if season is not None
        for listed, target in ranges.items()
        if (segment := read_segment(listed, season, target))
    ]
    return ShowClaim(
        NAME,
        tmdb=tmdb,
        season=seasons.pop() if len(seasons) == 1 else None,
        segments=tuple(sorted(segments, key=lambda s: (s.listed.first, s.season, s.target[0].first))),
    )


def _says_absent(ranges: Ranges) -> bool:
    return bool(ranges) and all(target is None for target in ranges.values())


def read_segment(listed: str, season: int, target: str | None) -> Segment | None:
    """One range and where it leads: `1-12` to `1-6,8-13`, `13-` to `14-|2`; None for null and for nonsense.

    A ratio behind several target ranges may stand behind each of them, if it is the same.
    """
    return _segment(listed, season, target) if isinstance(target, str) else None


@lru_cache(
    maxsize=4096
)  # that `1-12` is `1-12` of season 1 is said of thousands: it is read once, and kept once
def _segment(listed: str, season: int, target: str) -> Segment | None:
    source = _span(listed)
    pieces = [piece for text in target.split(",") if (piece := _span_with_ratio(text))]
    ratios = {ratio for _, ratio in pieces if ratio}
    if source is None or len(pieces) <= target.count(",") or len(ratios) > 1:
        return None
    ratio = int(next(iter(ratios), 1))
    return Segment(source, season, tuple(span for span, _ in pieces), 1 if ratio == -1 else ratio)


def _span_with_ratio(text: str) -> tuple[Span, str] | None:
    text, bar, ratio = text.strip().partition("|")
    span = _span(text)
    return None if span is None or (bar and not _RATIO.fullmatch(ratio)) else (span, ratio)


def _span(text: str) -> Span | None:
    # `x` is one episode, `x-y` several, `x-` everything from x on
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        return None
    first = int(found[1])
    if found[2] is None:
        return Span(first, first)
    last = int(found[3]) if found[3] else None
    return Span(first, last) if last is None or last >= first else None


ID_MAP = IdMapFile(
    "AniBridge",
    "mappings.json",
    "https://github.com/anibridge/anibridge-mappings/releases/download/v3/mappings.json",
    parse,
)
