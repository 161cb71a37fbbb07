"""Measures matching on real lists, with id maps, without, and with spoilt ones; each target beside its value.

    python -m benchmarks.matching --data DIR [--half check|train] [--only NAME ...] [--misses 20]

Exits with 1 if a target is missed. The data folder (default: `../shared/data` beside the project, or
ANITRAKT_BENCH_DATA) is not part of the project.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from anitrakt_plan.commands.gathering import match_entries
from anitrakt_plan.commands.inquiry import ClaimSource
from anitrakt_plan.core.episodes import format_match, mapping_episodes
from anitrakt_plan.core.matching import Proposal
from anitrakt_plan.core.model import (
    Decision,
    Entry,
    EntryKey,
    Match,
    Movie,
    PartialDate,
    Show,
    ShowMatch,
    TargetKind,
)
from benchmarks.data import NOW, BenchData, data_folder, load
from benchmarks.fit import absent_works
from benchmarks.offline import NO_MAPS, Index, OfflineCatalogue, SpoiltMaps, read_maps

AUTO_FROM = 0.99
BANDS = (0.999, 0.99, 0.98, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.3, 0.0)
LEAST_IN_BAND = 50
ALLOWED_OFF = 0.03


@dataclass(frozen=True, slots=True)
class Setting:
    """One way to run the matching, and what is asked of it."""

    name: str
    maps: Callable[[], ClaimSource]
    catalogue: Callable[[], OfflineCatalogue]
    targets: dict[str, float]
    entries: Callable[[Sequence[Entry]], Sequence[Entry]] = tuple
    extra: bool = False


@dataclass(slots=True)
class Score:
    """What was measured in one setting; shares from 0 to 1."""

    auto: float
    right_show: float
    right_season: float
    right: float
    review_offered: float
    found: float
    sequels_auto: float
    sequels_right: float
    expected_wrong: float
    wrong: int
    entries: int
    requests: int
    open_entries: int
    seconds: float
    worst_band: float


class Bench:
    """The data, the indexes, and the counting."""

    def __init__(self, data: BenchData, half: str, misses: int) -> None:
        self.data = data
        self.misses = misses
        self.shows = Index([*data.shows.values(), *(work for work in data.crowd if isinstance(work, Show))])
        self.movies = Index(
            [*data.movies.values(), *(work for work in data.crowd if isinstance(work, Movie))]
        )
        self.entries = tuple(
            entry
            for entry in data.entries
            if (truth := data.truth.get(entry.key)) and (half == "all" or truth.train is (half == "train"))
        )
        self.missed: list[str] = []

    def catalogue(
        self, *, dates: bool = True, absent: frozenset[tuple[TargetKind, int]] = frozenset()
    ) -> OfflineCatalogue:
        return OfflineCatalogue(self.shows, self.movies, dates=dates, absent=absent)

    def truth(self, key: EntryKey) -> Match:
        return self.data.truth[key].match

    def is_sequel(self, key: EntryKey) -> bool:
        match = self.truth(key)
        if not isinstance(match, ShowMatch):
            return False
        first = mapping_episodes(match.mapping)[0]
        return (first.season, first.number) != (1, 1)

    def run(self, setting: Setting) -> tuple[Score, tuple[Proposal, ...], ClaimSource]:
        maps, catalogue = setting.maps(), setting.catalogue()
        entries = setting.entries(self.entries)
        before = time.process_time()
        proposals = match_entries(entries, maps, catalogue, auto_from=AUTO_FROM, now=NOW)
        seconds = time.process_time() - before
        return self.score(proposals, catalogue, seconds), proposals, maps

    def score(self, proposals: Sequence[Proposal], catalogue: OfflineCatalogue, seconds: float) -> Score:
        auto = [p for p in proposals if p.decision is Decision.AUTO]
        review = [p for p in proposals if p.decision is not Decision.AUTO]
        wrong = [p for p in auto if p.match != self.truth(p.key)]
        offered = [p for p in review if any(c.match == self.truth(p.key) for c in p.candidates)]
        sequels = [p for p in proposals if self.is_sequel(p.key)]
        sure = [p for p in sequels if p.decision is Decision.AUTO]
        return Score(
            auto=_share(len(auto), len(proposals)),
            right_show=_share(sum(same_work(p.match, self.truth(p.key)) for p in auto), len(auto)),
            right_season=_share(sum(same_seasons(p.match, self.truth(p.key)) for p in auto), len(auto)),
            right=_share(len(auto) - len(wrong), len(auto)),
            review_offered=_share(len(offered), len(review)),
            found=_share(len(auto) - len(wrong) + len(offered), len(proposals)),
            sequels_auto=_share(len(sure), len(sequels)),
            sequels_right=_share(sum(p.match == self.truth(p.key) for p in sure), len(sure)),
            expected_wrong=sum(1 - p.confidence for p in auto),
            wrong=len(wrong),
            entries=len(proposals),
            requests=catalogue.requests.total(),
            open_entries=len(review),
            seconds=seconds,
            worst_band=max((abs(right - said) for _, _, said, right in self.bands(proposals)), default=0.0),
        )

    def bands(self, proposals: Sequence[Proposal]) -> list[tuple[float, int, float, float]]:
        """For each band of confidence with enough entries: its lower end, how many, said, right."""
        rows = []
        upper = 1.01
        for lower in BANDS:
            inside = [p for p in proposals if p.judged and lower <= p.confidence < upper]
            if len(inside) >= LEAST_IN_BAND:
                said = sum(p.confidence for p in inside) / len(inside)
                right = sum(p.judged[0].candidate.match == self.truth(p.key) for p in inside) / len(inside)
                rows.append((lower, len(inside), said, right))
            upper = lower
        return rows

    def check(self, name: str, what: str, value: float, target: float, *, most: bool = False) -> None:
        """Print a value beside its target and note whether it is missed."""
        good = value <= target if most else value >= target
        sign = "at most" if most else "at least"
        print(f"    {'ok    ' if good else 'MISSED'} {what:<44} {value:8.4f}   {sign} {target:g}")
        if not good:
            self.missed.append(f"{name}: {what}")

    def report(self, setting: Setting) -> None:
        score, proposals, maps = self.run(setting)
        print(
            f"\n{setting.name}: {score.entries} entries, {score.requests} requests, {score.seconds:.1f} s CPU"
        )
        print(
            f"    auto {score.auto:.4f} · right show {score.right_show:.4f}, season {score.right_season:.4f}, "
            f"episodes {score.right:.4f} · of review offered {score.review_offered:.4f}"
        )
        print(f"    wrong autos {score.wrong}, expected {score.expected_wrong:.1f}")
        for lower, count, said, right in self.bands(proposals):
            print(f"    confidence from {lower:5.3f}: {count:5d} entries, said {said:.4f}, right {right:.4f}")
        for what, target in setting.targets.items():
            self.check(setting.name, what, _value(score, what), target)
        if setting.extra:
            print(f"    worst band, off by {score.worst_band:.4f} (an extra setting: reported only)")
        else:
            self.check(setting.name, "worst band, off by", score.worst_band, ALLOWED_OFF, most=True)
        if isinstance(maps, SpoiltMaps):
            self._report_spoilt(setting, proposals, maps)
        for line in self.worst(proposals):
            print(f"      {line}")

    def _report_spoilt(self, setting: Setting, proposals: Sequence[Proposal], maps: SpoiltMaps) -> None:
        spoilt = [p for p in proposals if p.key.id in maps.spoilt]
        through = [p for p in spoilt if p.decision is Decision.AUTO and p.match != self.truth(p.key)]
        share = _share(len(through), len(spoilt))
        if "alike" in setting.name:
            print(f"    spoilt entries that are auto and wrong: {share:.3f} of {len(spoilt)} (reported only)")
        else:
            self.check(setting.name, f"of {len(spoilt)} spoilt, auto and wrong", share, 0.1, most=True)

    def worst(self, proposals: Sequence[Proposal]) -> list[str]:
        """The worst misses: wrong and auto first, then the surest of the wrong ones."""
        misses = [p for p in proposals if not p.judged or p.judged[0].candidate.match != self.truth(p.key)]
        misses.sort(key=lambda p: (p.decision is not Decision.AUTO, -p.confidence))
        titles = {entry.key: entry.titles.romaji for entry in self.entries}
        return [
            f"{p.decision.value:6} {p.confidence:.3f} {p.key} {titles[p.key][:48]}: "
            f"{format_match(p.judged[0].candidate.match) if p.judged else 'nothing'} "
            f"≠ {format_match(self.truth(p.key))}"
            for p in misses[: self.misses]
        ]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _value(score: Score, what: str) -> float:
    return {
        "auto": score.auto,
        "auto exactly right": score.right,
        "auto-right or among the candidates": score.found,
        "sequels and cours: auto": score.sequels_auto,
        "sequels and cours: auto exactly right": score.sequels_right,
    }[what]


def same_work(match: Match | None, truth: Match) -> bool:
    """Whether a match is in the right show, or is the right film."""
    if isinstance(match, ShowMatch) and isinstance(truth, ShowMatch):
        return match.show == truth.show
    return match == truth


def same_seasons(match: Match | None, truth: Match) -> bool:
    """Whether a match is in the right seasons of the right show, or is the right film."""
    if isinstance(match, ShowMatch) and isinstance(truth, ShowMatch):
        mine = {episode.season for episode in mapping_episodes(match.mapping)}
        return match.show == truth.show and mine == {e.season for e in mapping_episodes(truth.mapping)}
    return match == truth


WITH_MAPS = {"auto": 0.97, "auto exactly right": 0.998, "auto-right or among the candidates": 0.99}
WITHOUT = {
    "auto": 0.92,
    "auto exactly right": 0.995,
    "auto-right or among the candidates": 0.97,
    "sequels and cours: auto": 0.88,
    "sequels and cours: auto exactly right": 0.99,
}
UNDATED = {"auto exactly right": 0.99}


def _undated(entries: Sequence[Entry]) -> Sequence[Entry]:
    return tuple(replace(entry, aired_from=None, aired_to=None) for entry in entries)


def _years_alone(entries: Sequence[Entry]) -> Sequence[Entry]:
    return tuple(
        replace(entry, aired_from=PartialDate(entry.year) if entry.year else None, aired_to=None)
        for entry in entries
    )


def _nameless(entries: Sequence[Entry]) -> Sequence[Entry]:
    return tuple(replace(entry, titles=replace(entry.titles, english=None)) for entry in entries)


def settings(bench: Bench) -> list[Setting]:
    """All settings, in the order of the report."""
    data = bench.data
    ids = [entry.ids for entry in bench.entries]
    plain, undated = bench.catalogue, lambda: bench.catalogue(dates=False)

    def spoilt(names: tuple[str, ...], which: Callable[[int], tuple[str, ...]]) -> Callable[[], ClaimSource]:
        return lambda: SpoiltMaps(read_maps(data, names), data, ids, which)

    both = ("anibridge", "anitrakt")
    return [
        Setting("both id maps", lambda: read_maps(data), plain, WITH_MAPS),
        Setting("only anibridge", lambda: read_maps(data, both[:1]), plain, WITH_MAPS),
        Setting("only anitrakt", lambda: read_maps(data, both[1:]), plain, WITH_MAPS),
        Setting("no id map", lambda: NO_MAPS, plain, WITHOUT),
        Setting("no id map, no air dates on Trakt", lambda: NO_MAPS, undated, UNDATED),
        Setting("no id map, no dates in the list", lambda: NO_MAPS, plain, UNDATED, _undated, extra=True),
        Setting("no id map, no dates anywhere", lambda: NO_MAPS, undated, UNDATED, _undated, extra=True),
        Setting("no id map, years alone", lambda: NO_MAPS, undated, UNDATED, _years_alone, extra=True),
        Setting("no id map, no English titles", lambda: NO_MAPS, plain, UNDATED, _nameless, extra=True),
        Setting(
            "no id map, a tenth of the works not on Trakt",
            lambda: NO_MAPS,
            lambda: bench.catalogue(absent=absent_works(data, 0.1, seed=99)),
            {},
            extra=True,
        ),
        Setting(
            "spoilt: one id map of two",
            spoilt(both, lambda mal: (both[mal % 2],)),
            plain,
            {},
        ),
        Setting("spoilt: the only map, anibridge", spoilt(both[:1], lambda _: both[:1]), plain, {}),
        Setting("spoilt: the only map, anitrakt", spoilt(both[1:], lambda _: both[1:]), plain, {}),
        Setting("spoilt: both id maps alike", spoilt(both, lambda _: both), plain, {}, extra=True),
    ]


def ten_thousand(bench: Bench) -> None:
    """The time that 10,000 entries take with both id maps."""
    copies = -(-10_000 // len(bench.entries))
    entries = [
        replace(entry, key=replace(entry.key, id=entry.key.id + copy * 10_000_000))
        for copy in range(copies)
        for entry in bench.entries
    ][:10_000]
    maps, catalogue = read_maps(bench.data), bench.catalogue()
    before = time.process_time()
    match_entries(entries, maps, catalogue, auto_from=AUTO_FROM, now=NOW)
    print(f"\n10,000 entries with both id maps: {catalogue.requests.total()} requests")
    bench.check("10,000 entries", "seconds of CPU", time.process_time() - before, 20.0, most=True)


def main() -> int:
    """Run the settings asked for, and say which targets are missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data")
    parser.add_argument("--half", choices=("all", "train", "check"), default="all")
    parser.add_argument("--only", action="append", help="a part of a setting's name")
    parser.add_argument("--misses", type=int, default=20)
    options = parser.parse_args()
    bench = Bench(load(data_folder(options.data)), options.half, options.misses)
    for setting in settings(bench):
        if not options.only or any(name in setting.name for name in options.only):
            bench.report(setting)
    if not options.only:
        ten_thousand(bench)
    print(f"\n{len(bench.missed)} targets missed" + "".join(f"\n    {name}" for name in bench.missed))
    return 1 if bench.missed else 0


if __name__ == "__main__":
    sys.exit(main())
