"""What to ask a catalogue about an entry, and in which order: few questions, the most telling first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from anitrakt_plan.matching.propose import Verdict
from anitrakt_plan.matching.signals import SERIES, names_of
from anitrakt_plan.matching.titles import Likeness, likeness_of, search_queries
from anitrakt_plan.model import Entry, Kind, Show, TargetKind, Work, WorkId


class Asking(StrEnum):
    """What the catalogue is asked about an entry that the id maps don't settle.

    `DECIDING`: one search (of each kind that it may be, while there is nothing), and the shows that this leads to.
    Where there are maps, further searches seldom decide what they don't know; a person can have them when looking.
    `EVERYTHING`: all that may help. Either at most MAX_LOOKUPS an entry.
    """

    DECIDING = "deciding"
    EVERYTHING = "everything"


MAX_LOOKUPS = 5

_MIN_LIKELY = 0.02  # belief from which an unread show is read before the next search


@dataclass(frozen=True, slots=True)
class SearchFor:
    """Search shows or films for a name."""

    query: str
    kind: TargetKind


@dataclass(frozen=True, slots=True)
class ReadSeasons:
    """Read a show's season list."""

    show: WorkId


@dataclass(frozen=True, slots=True)
class ReadAliases:
    """Read a work's other names."""

    kind: TargetKind
    id: WorkId


@dataclass(frozen=True, slots=True)
class FindTmdb:
    """Find the work with a TMDB id."""

    kind: TargetKind
    tmdb: int


Lookup = SearchFor | ReadSeasons | ReadAliases

Expected = Lookup | FindTmdb
"""What may be asked about an entry."""


def kinds_to_search(entry: Entry) -> tuple[TargetKind, ...]:
    """What an entry may be on Trakt, the likelier first: an OVA may be a show, specials of one, or a film."""
    if entry.kind is Kind.MOVIE:
        return (TargetKind.MOVIE, TargetKind.SHOW)
    if entry.kind in SERIES or (entry.kind is Kind.ONA and entry.episodes != 1):
        return (TargetKind.SHOW,)
    if (entry.episodes or 1) > 1:
        return (TargetKind.SHOW, TargetKind.MOVIE)
    return (TargetKind.MOVIE, TargetKind.SHOW)


def searches_for(entry: Entry) -> tuple[SearchFor, ...]:
    """The searches worth making for an entry, best first."""
    queries = search_queries(_telling(entry), limit=3)
    kinds = kinds_to_search(entry)
    ordered = [SearchFor(query, kind) for query in queries for kind in kinds]
    if len(kinds) > 1 and entry.kind is Kind.MOVIE:
        ordered.sort(key=lambda search: search.kind is not TargetKind.MOVIE)
    return tuple(ordered)


def _telling(entry: Entry) -> tuple[str, ...]:
    """The titles by which Trakt is likely to know the work: English first, as Trakt's own titles are.

    The name that the id says goes before what an export has made of it.
    """
    titles = entry.titles
    said = entry.known_as.romaji if entry.known_as is not None else ""
    names = [titles.english, said if said in titles.synonyms else "", titles.romaji, titles.japanese]
    return tuple(name for name in (*names, *titles.synonyms) if name)


def shows_to_read(entry: Entry, works: Sequence[Work], read: Collection[WorkId]) -> tuple[WorkId, ...]:
    """The shows whose season list may hold the entry and is not read yet, the likeliest first."""
    ranked = [
        (_promise(entry, work), index, work.id)
        for index, work in enumerate(works)
        if isinstance(work, Show) and work.id not in read
    ]
    return tuple(show for promise, _, show in sorted(ranked) if promise[0] < Likeness.OTHER.rank)


def _promise(entry: Entry, work: Work) -> tuple[int, int, float]:
    """Lower is likelier: how alike the names are, then how well the year can fit."""
    likeness, value, _ = likeness_of(entry.titles.all(), names_of(work))
    year = 1
    if entry.year is not None and work.year is not None:
        year = _lateness(entry.year - work.year)
    too_early = 3 if year == _TOO_EARLY else 0
    return _NAME_RANKS.get(likeness, likeness.rank) + too_early, year, -value


_NAME_RANKS = {Likeness.SAME: 0, Likeness.SAME_BASE: 0, Likeness.LEADS: 1}

_TOO_EARLY = 4


def _lateness(years: int) -> int:
    if years >= 0:
        return 0 if years == 0 else 1
    return 2 if years == -1 else _TOO_EARLY


def next_lookup(
    entry: Entry,
    works: Sequence[Work],
    asked: Collection[Lookup],
    free: Callable[[Lookup], bool],
    left: int,
    verdict: Verdict,
    asking: Asking = Asking.EVERYTHING,
) -> Lookup | None:
    """The next thing to ask about an entry that is not certain yet; None if nothing more is worth it.

    `asked`: what was asked for this entry; `free`: whether an answer is known already and costs no request;
    `left`: requests that may still be spent; `verdict`: on the works that were found so far.
    """
    wanted = _deciding_lookups(entry, works, asked, verdict)
    if asking is Asking.EVERYTHING:
        wanted = chain(wanted, _further_lookups(entry, works, asked, left))
    return next((one for one in wanted if one not in asked and (left > 0 or free(one))), None)


def _deciding_lookups(
    entry: Entry, works: Sequence[Work], asked: Collection[Lookup], verdict: Verdict
) -> Iterator[Lookup]:
    searched = {lookup.kind for lookup in asked if isinstance(lookup, SearchFor)}
    if not searched:
        yield from searches_for(entry)[:1]
    promising, shows = verdict.unread, _shows_left(entry, works, asked)
    best = max(shows, key=lambda show: promising.get(show, 0.0), default=0)
    if promising.get(best, 0.0) > _MIN_LIKELY:
        yield ReadSeasons(best)
    # a show that bears the entry's very name goes before the other names of one that does not
    yield from map(ReadSeasons, verdict.namesakes)
    if verdict.doubtful_name:
        yield ReadAliases(*verdict.doubtful_name)
    if searched and not verdict.offers_any:
        yield from map(ReadSeasons, shows[:1])
        if not works:
            yield from (search for search in searches_for(entry) if search.kind not in searched)


def _further_lookups(
    entry: Entry, works: Sequence[Work], asked: Collection[Lookup], left: int
) -> Iterator[Lookup]:
    searches = [search for search in searches_for(entry) if search not in asked]
    yield from searches[:1]
    yield from map(ReadSeasons, _shows_left(entry, works, asked)[: 3 if left > 1 else 2])
    yield from searches[1:]
    yield from _aliases_to_read(entry, works)


def _shows_left(entry: Entry, works: Sequence[Work], asked: Collection[Lookup]) -> tuple[WorkId, ...]:
    return shows_to_read(entry, works, {lookup.show for lookup in asked if isinstance(lookup, ReadSeasons)})


def _aliases_to_read(entry: Entry, works: Sequence[Work]) -> Iterator[ReadAliases]:
    unread = [work for work in works if work.aliases is None]
    if unread:
        likeliest = min(unread, key=lambda work: _promise(entry, work))
        yield ReadAliases(likeliest.kind, likeliest.id)
