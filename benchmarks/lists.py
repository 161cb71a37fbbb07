"""Matching of whole list files: real exports, and entries that bear other works' ids."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from anitrakt_plan.matching.evidence import Proposal
from anitrakt_plan.matching.search import ClaimSource
from anitrakt_plan.matching.titles import plain
from anitrakt_plan.model import (
    Decision,
    Entry,
    EntryKey,
    Ids,
    Kind,
    Match,
    ShowMatch,
    Status,
    Titles,
    TmdbId,
    Work,
    WorkId,
    trakt_id,
)
from anitrakt_plan.model.matches import format_match
from anitrakt_plan.sources import open_list_file
from benchmarks.anilist import completed, read_anilist
from benchmarks.offline import NO_MAPS, OfflineCatalogue, read_maps
from benchmarks.report import Report, causes_of, worst
from benchmarks.scores import auto_of, same_work, share
from benchmarks.settings import Bench, propose_all
from benchmarks.tmdb import MADE_UP

STRANGERS = 1000

# --- real lists ----------------------------------------------------------------------------------


def real_lists(bench: Bench, folder: Path, misses: int, report: Report) -> None:
    """The completed entries of each real list, with a key and without: what is auto, and right where that is known."""
    source, maps = read_anilist(folder), read_maps(bench.data)
    lists = {
        path.name: completed(source, open_list_file(path, [Status.COMPLETED]).entries)
        for path in sorted((folder / "lists").glob("*.xml"))
    }
    report.say(f"\n{report.name}: completed entries, {LEGEND}")
    for way, catalogue in (
        ("with a key", bench.catalogue()),
        (TMDB_TOKEN, bench.tmdb(maps)),
        (NO_KEY, None),
    ):
        report.say(f"    {way:<12} {HEAD}")
        causes: Counter[str] = Counter()
        together: dict[EntryKey, tuple[Entry, Proposal]] = {}
        for name, entries in lists.items():
            proposals = propose_all(entries, maps, catalogue, resolve=bench.trakt_id)
            together |= {p.key: (entry, p) for entry, p in zip(entries, proposals, strict=True)}
            causes.update(
                cause for p in proposals if p.decision is not Decision.AUTO for cause in causes_of(p)
            )
            report.say(f"    {name:<12} {_numbers(bench, maps, entries, proposals)}")
            report.lines += [f"        {line}" for line in _misses(bench, maps, entries, proposals, misses)]
        each = [entry for entry, _ in together.values()], [proposal for _, proposal in together.values()]
        report.say(f"    {'each once':<12} {_numbers(bench, maps, *each)}")
        if not any(truth.moved for truth in bench.data.truth.values()):
            if way == NO_KEY:
                _hold_to_targets(bench, each[1], report)
            if way == TMDB_TOKEN:
                of_maps = [p for entry, p in together.values() if maps.claims(entry.ids)]
                share_of_maps = share(len(auto_of(of_maps)), len(of_maps))
                report.check("TMDB token: auto of what the maps know", share_of_maps, 0.95)
        said = "; ".join(f"{count} {cause}" for cause, count in causes.most_common(8))
        report.say(f"    in review: {said}")


MOST_ASKED, MOST_QUICKLY = 1.1, 0.45
"""Requests to Trakt an entry: of a first plan, and of one with --quick."""


def asked_of_real_lists(bench: Bench, folder: Path, _misses: int, report: Report) -> None:
    """What the first plan of each real list asks of Trakt by its key alone, by kind, and how many are auto.

    The data folder's maps hold half of what the real ones do, so that what of the lists they know is shown by itself,
    and what the others add to it. Of many of the others two works are there: the real one, and the made-up one of a
    crowd that is to stand for what is not in the data.
    """
    source, maps = read_anilist(folder), read_maps(bench.data)
    paths = sorted((folder / "lists").glob("*.xml"))
    lists = [completed(source, open_list_file(path, [Status.COMPLETED]).entries) for path in paths]
    known = [[entry for entry in listed if maps.claims(entry.ids)] for listed in lists]
    report.say(f"\n{report.name}: requests to Trakt an entry, on completed entries")
    for quick, most in ((False, MOST_ASKED), (True, MOST_QUICKLY)):
        way = "--quick" if quick else "the first plan"
        asked = [_asked(bench, maps, listed, quick=quick) for listed in lists]
        for path, one in zip(paths, asked, strict=True):
            report.say(f"    {path.name:<12} {one}")
        whole = sum(asked, _Asked())
        report.say(f"    {'together':<12} {whole}")
        of_known = sum((_asked(bench, maps, listed, quick=quick) for listed in known), _Asked())
        report.say(f"    {'known alone':<12} {of_known}")
        report.say(f"    {'the others':<12} {whole - of_known}")
        report.check(f"requests an entry, {way}", whole.each, most, most=True)
        report.check(f"requests an entry that a map knows, {way}", of_known.each, most, most=True)


@dataclass(frozen=True, slots=True)
class _Asked:
    entries: int = 0
    auto: int = 0
    requests: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: _Asked) -> _Asked:
        return _Asked(self.entries + other.entries, self.auto + other.auto, self.requests + other.requests)

    def __sub__(self, other: _Asked) -> _Asked:
        return _Asked(self.entries - other.entries, self.auto - other.auto, self.requests - other.requests)

    def __str__(self) -> str:
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.requests.most_common())
        return f"{self.entries:5} entries, {self.auto:5} auto, {self.each:.3f} an entry: {kinds}"

    @property
    def each(self) -> float:
        """Requests an entry."""
        return share(self.requests.total(), self.entries)


def _asked(bench: Bench, maps: ClaimSource, entries: Sequence[Entry], *, quick: bool) -> _Asked:
    catalogue = bench.catalogue()
    proposals = propose_all(entries, maps, catalogue, quick=quick)
    return _Asked(len(entries), len(auto_of(proposals)), catalogue.requests)


LEGEND = """auto as a share of what stands before it.
    known: to one of the data folder's maps, which hold half of what the real ones do; told: in the truth, and right and
    wrong of these that are auto; untold: not in it; strange: auto where no map and no equal name leads"""

HEAD = "entries   auto  known   auto   told   auto   right wrong   untold   auto strange"

NO_KEY, TMDB_TOKEN = "no key", "TMDB token"


def _hold_to_targets(bench: Bench, proposals: Sequence[Proposal], report: Report) -> None:
    """Without a key, where nothing has moved: a share of what the truth knows, as half the maps lack half of all."""
    told = [p for p in proposals if p.key in bench.truth]
    auto = auto_of(told)
    right = [p for p in auto if p.match == bench.truth[p.key]]
    report.check("no key: auto of what the truth knows", share(len(auto), len(told)), 0.97)
    report.check("no key: of these auto, right", share(len(right), len(auto)), 0.998)
    report.check("no key: auto of all", share(len(auto_of(proposals)), len(proposals)), 0.82)


def _numbers(bench: Bench, maps: ClaimSource, entries: Sequence[Entry], proposals: Sequence[Proposal]) -> str:
    told = [p for p in proposals if p.key in bench.truth]
    untold = [p for p in proposals if p.key not in bench.truth]
    right = sum(p.match == bench.truth[p.key] for p in auto_of(told))
    known = {entry.key for entry in entries if maps.claims(entry.ids)}
    of_maps = [p for p in proposals if p.key in known]
    strange = sum(1 for _ in _strange(bench, maps, entries, proposals))
    return (
        f"{len(entries):7} {share(len(auto_of(proposals)), len(entries)):6.3f} "
        f"{len(of_maps):6} {share(len(auto_of(of_maps)), len(of_maps)):6.3f} "
        f"{len(told):6} {share(len(auto_of(told)), len(told)):6.3f} "
        f"{share(right, len(auto_of(told))):7.4f} {len(auto_of(told)) - right:5} "
        f"{len(untold):8} "
        f"{share(len(auto_of(untold)), len(untold)):6.3f} {strange:7}"
    )


def _misses(
    bench: Bench, maps: ClaimSource, entries: Sequence[Entry], proposals: Sequence[Proposal], most: int
) -> Iterator[str]:
    """The worst of what the truth knows, and what is strange of the rest."""
    yield from worst(entries, [p for p in proposals if p.key in bench.truth], bench.truth, {}, most)
    for entry, p in islice(_strange(bench, maps, entries, proposals), most):
        best = p.judged[0].candidate
        seen = f"“{best.title}” ({best.year}) {format_match(best.match)} {best.confidence:.4f}"
        yield f"strange: {p.key} {entry.titles.romaji[:60]} ({entry.kind.value}, {entry.episodes}, {entry.aired_from})"
        yield f"    {seen}: {'; '.join(best.why)}"


def _strange(
    bench: Bench, maps: ClaimSource, entries: Sequence[Entry], proposals: Sequence[Proposal]
) -> Iterator[tuple[Entry, Proposal]]:
    """What is auto, though the truth does not know it, no map knows it, and the work bears none of its names."""
    for entry, p in zip(entries, proposals, strict=True):
        if (
            p.match is None
            or p.decision is not Decision.AUTO
            or p.key in bench.truth
            or maps.claims(entry.ids)
        ):
            continue
        if not _bears_a_name_of(bench, entry, p.match):
            yield entry, p


def _bears_a_name_of(bench: Bench, entry: Entry, match: Match) -> bool:
    """Whether one of the names of a matched work is one of the entry's."""
    if isinstance(match, ShowMatch):
        work: Work = _work_of(match.show, bench.shows.works)
    else:
        work = _work_of(match.movie, bench.movies.works)
    mine = entry.titles.all() + (entry.known_as.all() if entry.known_as else ())
    theirs = filter(None, (work.title, work.original_title, *(work.aliases or ())))
    return not set(map(plain, mine)).isdisjoint(map(plain, theirs))


def _work_of(named: WorkId, works: Mapping[int, Work]) -> Work:
    """The work in the data that is so named; TMDB's number of a made-up one is made of Trakt's."""
    if not isinstance(named, TmdbId):
        return works[trakt_id(named)]
    if named.number >= MADE_UP:
        return works[named.number - MADE_UP]
    return next(work for work in works.values() if work.tmdb == named.number)


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
        proposals = propose_all(entries, claims, catalogue(), resolve=bench.trakt_id)
        auto = auto_of(proposals)
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
