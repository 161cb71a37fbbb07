"""The ways to run the matching over the list in the plain and in the hard world, and what is asked of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from anitrakt_plan.matching.asking import Asking
from anitrakt_plan.matching.claims import Claimed
from anitrakt_plan.matching.evidence import Option, Proposal
from anitrakt_plan.matching.search import CatalogueLookup, ClaimSource, Reading, match_entries
from anitrakt_plan.model import (
    Candidate,
    Entry,
    EntryKey,
    Match,
    Movie,
    PartialDate,
    Show,
    ShowMatch,
    TargetKind,
    Titles,
    TraktId,
)
from anitrakt_plan.model.matches import mapping_episodes
from anitrakt_plan.model.resolving import Resolver, no_resolver, resolved_id, resolved_match
from anitrakt_plan.tmdb.catalogue import WorkIds
from benchmarks.data import FEBRUARY, NOW, TODAY, BenchData, World
from benchmarks.offline import (
    ALL,
    BOTH,
    NO_MAPS,
    Index,
    OfflineCatalogue,
    SpoiltMaps,
    absent_works,
    read_maps,
)
from benchmarks.scores import (
    AUTO,
    FOUND,
    KNOWN_AUTO,
    MOVED_AUTO,
    MOVED_WRONG,
    RIGHT,
    SEQUELS_AUTO,
    SEQUELS_RIGHT,
    Target,
)
from benchmarks.tmdb import OfflineTmdb, OfflineTmdbCatalogue

AUTO_FROM = 0.99

BenchCatalogue = OfflineCatalogue | OfflineTmdbCatalogue


class Bench:
    """One world: its data, the indexes for the search, and the entries whose place is known."""

    def __init__(self, data: BenchData, half: str = "all", every: int = 1) -> None:
        self.data = data
        self.shows = Index([*data.shows.values(), *(work for work in data.crowd if isinstance(work, Show))])
        self.movies = Index(
            [*data.movies.values(), *(work for work in data.crowd if isinstance(work, Movie))]
        )
        known = (
            entry
            for entry in data.entries
            if (truth := data.truth.get(entry.key)) and (half == "all" or truth.train is (half == "train"))
        )
        self.entries = tuple(known)[::every]
        self.truth: dict[EntryKey, Match] = {key: truth.match for key, truth in data.truth.items()}

    def trakt_id(self, kind: TargetKind, tmdb: int) -> TraktId | None:
        """Trakt's id for TMDB's, as the data knows it: what is matched by TMDB's is held against the truth."""
        return self._trakt_ids.get((kind, tmdb))

    @cached_property
    def _trakt_ids(self) -> dict[tuple[TargetKind, int], TraktId]:
        works = ((TargetKind.SHOW, self.data.shows), (TargetKind.MOVIE, self.data.movies))
        return {
            (kind, work.tmdb): number for kind, known in works for number, work in known.items() if work.tmdb
        }

    def tmdb(self, ids: WorkIds) -> OfflineTmdbCatalogue:
        """TMDB's catalogue, as good as new; `ids` knows Trakt's ids of some of its works."""
        crowd = frozenset((work.kind, work.id) for work in self.data.crowd)
        return OfflineTmdbCatalogue(OfflineTmdb(self.shows, self.movies, crowd), ids)

    def catalogue(
        self, *, dates: bool = True, absent: frozenset[tuple[TargetKind, int]] = frozenset()
    ) -> OfflineCatalogue:
        """Trakt's catalogue, as good as new."""
        return OfflineCatalogue(self.shows, self.movies, dates=dates, absent=absent)


@dataclass(frozen=True, slots=True)
class Setting:
    """One way to run the matching, and what is asked of it.

    `catalogue`: None for no key. `quick`: season lists are not read where the maps settle an entry. `age`: the folder
    of maps from which the moved entries are told. `extra`: calibration is reported only.
    """

    name: str
    targets: tuple[Target, ...] = ()
    maps: Callable[[Bench], ClaimSource] = lambda _: NO_MAPS
    catalogue: Callable[[Bench], BenchCatalogue | None] = Bench.catalogue
    entries: Callable[[Sequence[Entry]], Sequence[Entry]] = tuple
    quick: bool = False
    age: str = TODAY
    extra: bool = False


def propose_all(
    entries: Sequence[Entry],
    maps: ClaimSource,
    catalogue: BenchCatalogue | None,
    *,
    quick: bool = False,
    resolve: Resolver = no_resolver,
) -> tuple[Proposal, ...]:
    """Match the entries as one list; `resolve` gives Trakt's ids where only TMDB's are known."""
    proposals = match_entries(
        entries,
        maps,
        catalogue,
        auto_from=AUTO_FROM,
        now=NOW,
        reading=Reading.RISKY if quick else Reading.EVERY,
        asking=Asking.EVERYTHING if maps is NO_MAPS else Asking.DECIDING,
    )
    return tuple(_by_trakt_ids(proposal, resolve) for proposal in proposals)


def _by_trakt_ids(proposal: Proposal, resolve: Resolver) -> Proposal:
    def known(candidate: Candidate) -> Candidate:
        return replace(candidate, match=resolved_match(candidate.match, resolve))

    return replace(
        proposal,
        match=resolved_match(proposal.match, resolve) if proposal.match else None,
        candidates=tuple(map(known, proposal.candidates)),
        judged=tuple(replace(judged, candidate=known(judged.candidate)) for judged in proposal.judged),
    )


def option_by_trakt_id(option: Option, resolve: Resolver) -> Option:
    """The option with Trakt's id where only TMDB's is known."""
    work = replace(option.work, id=resolved_id(option.work.kind, option.work.id, resolve))
    return replace(option, work=work, match=resolved_match(option.match, resolve) if option.match else None)


# --- what moved --------------------------------------------------------------------------------


def moved_entries(bench: Bench, age: str) -> dict[EntryKey, str]:
    """The entries that lie elsewhere than the maps of that age say, and how.

    The hard world says so itself; in the plain one the old maps name another place there and the new ones don't.
    """
    said = {e.key: bench.data.truth[e.key].moved for e in bench.entries if bench.data.truth[e.key].moved}
    if age == TODAY or said:
        return said
    catalogue = bench.catalogue()
    old, new = (CatalogueLookup(read_maps(bench.data, BOTH, when), catalogue, NOW) for when in (age, TODAY))
    truth = bench.truth
    return {
        entry.key: "drifted"
        for entry in bench.entries
        if _misplaced(old, entry, truth[entry.key]) and not _misplaced(new, entry, truth[entry.key])
    }


def _misplaced(maps: CatalogueLookup, entry: Entry, truth: Match) -> bool:
    """Whether a claim of the maps names another place."""
    return any(not agrees(claim, truth) for claim in maps.open(entry).claims)


def agrees(claim: Claimed, truth: Match) -> bool:
    """Whether all that a claim says is so."""
    if not isinstance(truth, ShowMatch):
        return claim.kind is TargetKind.MOVIE and claim.id == truth.movie
    if claim.kind is not TargetKind.SHOW or claim.id != truth.show:
        return False
    if claim.mapping is not None:
        return claim.mapping == truth.mapping
    seasons = {episode.season for episode in mapping_episodes(truth.mapping)}
    return claim.season is None or claim.season in seasons


# --- entries that say less, and maps that say other things --------------------------------------


def undated(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Entries of a list that has no air dates."""
    return tuple(replace(entry, aired_from=None, aired_to=None) for entry in entries)


def years_alone(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Entries of a list that has the year alone."""
    return tuple(
        replace(entry, aired_from=PartialDate(entry.year) if entry.year else None, aired_to=None)
        for entry in entries
    )


def nameless(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Entries without their English titles."""
    return tuple(replace(entry, titles=replace(entry.titles, english=None)) for entry in entries)


def romaji(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Entries with nothing but the main title."""
    return tuple(replace(entry, titles=Titles(entry.titles.romaji)) for entry in entries)


def maps_of(*names: str, age: str = TODAY) -> Callable[[Bench], ClaimSource]:
    """The id maps of these names (all, if none is named) as they were at some time."""
    return lambda bench: read_maps(bench.data, names or ALL, age)


def spoilt_maps(
    names: tuple[str, ...], which: Callable[[int], tuple[str, ...]], seed: int = 7
) -> Callable[[Bench], ClaimSource]:
    """The maps with so many names, five in a hundred entries of them spoilt; `which`: of which map, by the MAL id."""
    return lambda bench: SpoiltMaps(
        read_maps(bench.data, names), bench.data, [entry.ids for entry in bench.entries], which, seed=seed
    )


def old_with_new(bench: Bench) -> ClaimSource:
    """Anime-Lists' maps of February 2025 beside bangumi-data of today."""
    old, new = read_maps(bench.data, BOTH, FEBRUARY), read_maps(bench.data, ("bangumi",))
    return replace(old, maps=(*old.maps, *new.maps))


def without_dates(bench: Bench) -> OfflineCatalogue:
    """A Trakt that knows no air dates."""
    return bench.catalogue(dates=False)


def without_a_tenth(bench: Bench) -> OfflineCatalogue:
    """A Trakt that lacks a tenth of the works that are right."""
    return bench.catalogue(absent=absent_works(bench.data, 0.1, seed=99))


def by_tmdb(*names: str) -> Callable[[Bench], OfflineTmdbCatalogue]:
    """TMDB in Trakt's place: a token and no Trakt application. The maps of these names know Trakt's ids."""
    return lambda bench: bench.tmdb(read_maps(bench.data, names))


def no_key(_: Bench) -> None:
    """No catalogue to ask."""


# --- the settings --------------------------------------------------------------------------------

_MANY_MAPS = (Target(AUTO, 0.993), Target(RIGHT, 0.9998), Target(FOUND, 0.99))
_ONE_MAP = (Target(AUTO, 0.97), Target(RIGHT, 0.998), Target(FOUND, 0.99))
_NO_MAP = (
    Target(AUTO, 0.96),
    Target(RIGHT, 0.999),
    Target(FOUND, 0.97),
    Target(SEQUELS_AUTO, 0.88),
    Target(SEQUELS_RIGHT, 0.99),
)
_UNDATED = (Target(RIGHT, 0.99),)
_DRIFT = (Target(AUTO, 0.97), Target(RIGHT, 0.998, or_wrong=1), Target(MOVED_WRONG, 0.05, most=True))
_NO_KEY = (Target(KNOWN_AUTO, 0.97), Target(RIGHT, 0.998))
_HARD_MAPS = (
    Target(AUTO, 0.95),
    Target(RIGHT, 0.998),
    Target(MOVED_AUTO, 0.5),
    Target(MOVED_WRONG, 0.1, most=True),
)
_HARD_NO_MAP = (
    Target(AUTO, 0.88),
    Target(RIGHT, 0.995),
    Target(FOUND, 0.97),
    Target(SEQUELS_AUTO, 0.80),
    Target(SEQUELS_RIGHT, 0.99),
)

PLAIN = (
    Setting("all id maps", _MANY_MAPS, maps_of()),
    Setting("anibridge and anitrakt", _MANY_MAPS, maps_of(*BOTH)),
    Setting("only anibridge", _ONE_MAP, maps_of("anibridge")),
    Setting("only anitrakt", _ONE_MAP, maps_of("anitrakt")),
    Setting("only bangumi", _NO_MAP[:3], maps_of("bangumi")),
    Setting("no id map", _NO_MAP),
    Setting("maps of February 2025", _DRIFT, maps_of(*BOTH, age=FEBRUARY), age=FEBRUARY),
    Setting("maps of February 2025, bangumi of today", _DRIFT, old_with_new, age=FEBRUARY, extra=True),
    Setting("all id maps, quick", _ONE_MAP, maps_of(), quick=True),
    Setting(
        "maps of February 2025, quick",
        maps=maps_of(*BOTH, age=FEBRUARY),
        quick=True,
        age=FEBRUARY,
        extra=True,
    ),
    Setting("TMDB token, all id maps", _MANY_MAPS, maps_of(), by_tmdb(*ALL)),
    Setting("TMDB token, only anibridge", _ONE_MAP, maps_of("anibridge"), by_tmdb("anibridge")),
    Setting("TMDB token, no id map", _NO_MAP, catalogue=by_tmdb()),
    Setting("no key, all id maps", _NO_KEY, maps_of(), no_key, extra=True),
    Setting("no key, only anibridge", _NO_KEY, maps_of("anibridge"), no_key, extra=True),
    Setting("no key, only anitrakt", maps=maps_of("anitrakt"), catalogue=no_key, extra=True),
    Setting("no id map, no air dates on Trakt", _UNDATED, catalogue=without_dates),
    Setting("no id map, no dates in the list", _UNDATED, entries=undated, extra=True),
    Setting("no id map, no dates anywhere", _UNDATED, catalogue=without_dates, entries=undated, extra=True),
    Setting("no id map, years alone", _UNDATED, catalogue=without_dates, entries=years_alone, extra=True),
    Setting("no id map, no English titles", _UNDATED, entries=nameless, extra=True),
    Setting("no id map, romaji titles alone", _UNDATED, entries=romaji, extra=True),
    Setting("no id map, a tenth of the works not on Trakt", catalogue=without_a_tenth, extra=True),
    Setting("spoilt: one id map of two", maps=spoilt_maps(BOTH, lambda mal: (BOTH[mal % 2],))),
    Setting("spoilt: the only map, anibridge", maps=spoilt_maps(BOTH[:1], lambda _: BOTH[:1])),
    Setting("spoilt: the only map, anitrakt", maps=spoilt_maps(BOTH[1:], lambda _: BOTH[1:])),
    Setting("spoilt: both id maps alike", maps=spoilt_maps(BOTH, lambda _: BOTH), extra=True),
)

HARD = (
    Setting("maps of today", _HARD_MAPS, maps_of()),
    Setting("maps of February 2025", _HARD_MAPS, maps_of(*BOTH, age=FEBRUARY), age=FEBRUARY),
    Setting("no id map", _HARD_NO_MAP),
    Setting("maps of today, without bangumi", _HARD_MAPS, maps_of(*BOTH), extra=True),
    Setting("maps of today, quick", maps=maps_of(), quick=True, extra=True),
    Setting("TMDB token, maps of today", _HARD_MAPS, maps_of(), by_tmdb(*ALL)),
    Setting("TMDB token, no id map", _HARD_NO_MAP, catalogue=by_tmdb()),
    Setting("no key, maps of today", _NO_KEY, maps_of(), no_key, extra=True),
    Setting("no id map, no dates in the list", entries=undated, extra=True),
    Setting("no id map, romaji titles alone", entries=romaji, extra=True),
    Setting(
        "no id map, a tenth of the works not on Trakt",
        (Target(RIGHT, 0.99),),
        catalogue=without_a_tenth,
        extra=True,
    ),
)

SETTINGS: dict[World, tuple[Setting, ...]] = {World.PLAIN: PLAIN, World.HARD: HARD}
