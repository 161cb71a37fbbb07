"""Matching of whole list files: real exports, and entries that bear other works' ids."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from anitrakt_plan.commands.inquiry import ClaimSource
from anitrakt_plan.core.matching import Proposal
from anitrakt_plan.core.model import Decision, Entry, Ids, Kind, Status, Titles
from anitrakt_plan.sources.list_file import open_list_file
from benchmarks.anilist import completed, read_anilist
from benchmarks.offline import NO_MAPS, OfflineCatalogue, read_maps
from benchmarks.report import Report, worst
from benchmarks.scores import same_work, share
from benchmarks.settings import Bench, propose_all

STRANGERS = 200

# --- real lists ----------------------------------------------------------------------------------


def real_lists(bench: Bench, folder: Path, misses: int, report: Report) -> None:
    """The completed entries of each real list, with a key and without: what is auto, and right where that is known."""
    source, maps = read_anilist(folder), read_maps(bench.data)
    lists = {
        path.name: completed(source, open_list_file(path, [Status.COMPLETED]).entries)
        for path in sorted((folder / "lists").glob("*.xml"))
    }
    report.say(f"\n{report.name}: completed entries (reported only)")
    ways: tuple[tuple[str, Callable[[], OfflineCatalogue | None]], ...] = (
        ("with a key", bench.catalogue),
        ("no key", lambda: None),
    )
    for way, catalogue in ways:
        report.say(
            f"    {way:<12} entries   auto  in the truth: auto  right  wrong   elsewhere: known to a map  auto"
        )
        for name, entries in lists.items():
            proposals = propose_all(entries, maps, catalogue())
            report.say(f"    {name:<12} {_list_line(bench, maps, entries, proposals)}")
            known = [(e, p) for e, p in zip(entries, proposals, strict=True) if e.key in bench.truth]
            lines = worst([e for e, _ in known], [p for _, p in known], bench.truth, {}, misses)
            report.lines += [f"        {line}" for line in lines]


def _list_line(
    bench: Bench, maps: ClaimSource, entries: Sequence[Entry], proposals: Sequence[Proposal]
) -> str:
    auto = [p for p in proposals if p.decision is Decision.AUTO]
    told = [p for p in proposals if p.key in bench.truth]
    sure = [p for p in told if p.decision is Decision.AUTO]
    right = sum(p.match == bench.truth[p.key] for p in sure)
    mapped = {entry.key for entry in entries if maps.claims(entry.ids)}
    others = [p for p in proposals if p.key not in bench.truth]
    return (
        f"{len(entries):7} {share(len(auto), len(entries)):6.3f}  {len(told):12} {share(len(sure), len(told)):6.3f} "
        f"{share(right, len(sure)):6.4f} {len(sure) - right:6}   "
        f"{len(others):9} {sum(p.key in mapped for p in others):15} "
        f"{sum(p.decision is Decision.AUTO for p in others):5}"
    )


# --- other works' ids ----------------------------------------------------------------------------


def strangers(bench: Bench, folder: Path, misses: int, report: Report) -> None:
    """Entries with the title of one work and the id of another, as other trackers export them: none is auto."""
    source, maps = read_anilist(folder), read_maps(bench.data)
    said = with_other_ids(bench)
    bare = [replace(entry, kind=Kind.UNKNOWN, episodes=None) for entry in said]
    ways: tuple[tuple[str, Sequence[Entry], ClaimSource, Callable[[], OfflineCatalogue | None]], ...] = (
        ("as the file has them, all id maps", said, maps, bench.catalogue),
        ("as the file has them, no key", said, maps, lambda: None),
        ("completed by id, all id maps", completed(source, said), maps, bench.catalogue),
        ("completed by id, no key", completed(source, said), maps, lambda: None),
        ("completed by id, no id map", completed(source, said), NO_MAPS, bench.catalogue),
        ("titles alone, completed by id, all id maps", completed(source, bare), maps, bench.catalogue),
        ("titles alone, completed by id, no id map", completed(source, bare), NO_MAPS, bench.catalogue),
    )
    report.say(f"\n{report.name}")
    for way, entries, claims, catalogue in ways:
        proposals = propose_all(entries, claims, catalogue())
        auto = [p for p in proposals if p.decision is Decision.AUTO]
        mine = sum(same_work(p.match, bench.truth[p.key]) for p in auto)
        report.check(f"auto, {way}", len(auto), 0, most=True)
        if auto:
            report.say(f"           {mine} of them where the id is, {len(auto) - mine} elsewhere")
        for line in worst(entries, auto, bench.truth, {}, misses):
            report.say(f"        {line}")


def with_other_ids(bench: Bench, seed: int = 5) -> list[Entry]:
    """Entries of the truth as an export says them, each with the id (and so the key) of another work's entry."""
    pick = random.Random(seed)
    chosen = pick.sample(bench.entries, min(STRANGERS, len(bench.entries) // 2))
    others = iter(pick.sample(bench.entries, len(bench.entries)))
    taken = []
    for entry in chosen:
        other = next(
            other for other in others if not same_work(bench.truth[other.key], bench.truth[entry.key])
        )
        taken.append(
            Entry(
                key=other.key,
                ids=Ids(other.ids.mal),
                titles=Titles(entry.titles.romaji),
                kind=entry.kind,
                progress=entry.progress,
                episodes=entry.episodes,
            )
        )
    return taken
