"""What to ask Trakt next about an entry: few questions, the most telling first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from anitrakt_plan.core.likeness import LIKENESS_ORDER, Likeness, likeness_of
from anitrakt_plan.core.model import Entry, Kind, Movie, Show, TargetKind, Work
from anitrakt_plan.core.season_words import names_of
from anitrakt_plan.core.signals import SERIES
from anitrakt_plan.core.titles import search_queries

MOST_QUESTIONS = 5
_LIKELY = 0.02  # belief from which an unread show is read before the next search


@dataclass(frozen=True, slots=True)
class SearchFor:
    """Search shows or films for a name."""

    query: str
    kind: TargetKind


@dataclass(frozen=True, slots=True)
class ReadSeasons:
    """Read a show's season list."""

    show: int


@dataclass(frozen=True, slots=True)
class ReadAliases:
    """Read a work's other names."""

    kind: TargetKind
    id: int


Question = SearchFor | ReadSeasons | ReadAliases


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
    """The titles by which Trakt is likely to know the work: English first, as Trakt's own titles are."""
    titles = entry.titles
    names = [titles.english, titles.romaji, titles.japanese, *titles.synonyms]
    return tuple(name for name in names if name)


def shows_to_read(entry: Entry, works: Sequence[Work], read: Collection[int]) -> tuple[int, ...]:
    """The shows whose season list may hold the entry and is not read yet, the likeliest first."""
    ranked = [
        (_promise(entry, work), index, work.id)
        for index, work in enumerate(works)
        if isinstance(work, Show) and work.id not in read
    ]
    return tuple(show for promise, _, show in sorted(ranked) if promise[0] < len(LIKENESS_ORDER) - 1)


def _promise(entry: Entry, work: Work) -> tuple[int, int, float]:
    """Lower is likelier: how alike the names are, then how well the year can fit."""
    likeness, value, _ = likeness_of(entry.titles.all(), names_of(work))
    year = 1
    if entry.year is not None and work.year is not None:
        late = entry.year - work.year
        year = 0 if late == 0 else 1 if late > 0 else 2 if late == -1 else 4
    rank = LIKENESS_ORDER.index(likeness)
    if likeness in (Likeness.SAME, Likeness.SAME_BASE, Likeness.LEADS):
        rank = 0 if likeness is not Likeness.LEADS else 1
    return rank + (3 if year == 4 else 0), year, -value


def next_question(
    entry: Entry,
    works: Sequence[Work],
    asked: Collection[Question],
    free: Callable[[Question], bool],
    left: int,
    promising: Mapping[int, float],
    doubtful: tuple[TargetKind, int] | None = None,
) -> Question | None:
    """The next thing to ask about an entry that is not certain yet; None if nothing more is worth it.

    `asked`: what was asked for this entry; `free`: whether an answer is known already and costs no request;
    `left`: requests that may still be spent; `promising`: the belief in each show not read yet;
    `doubtful`: the work that only its name speaks against.
    """

    def may(question: Question) -> bool:
        return question not in asked and (left > 0 or free(question))

    searches = [search for search in searches_for(entry) if search not in asked]
    done = sum(isinstance(question, SearchFor) for question in asked)
    shows = shows_to_read(entry, works, {q.show for q in asked if isinstance(q, ReadSeasons)})
    likely = sorted(
        (show for show in shows if promising.get(show, 0.0) > _LIKELY), key=lambda s: -promising[s]
    )
    strong = [ReadSeasons(show) for show in likely[:1]]
    reads = [ReadSeasons(show) for show in shows[: 3 if left > 1 else 2]]
    first_round = [search for search in searches if done == 0]
    aliases = _aliases_to_read(entry, works)
    named = [ReadAliases(*doubtful)] if doubtful else []
    wanted: list[Question] = [
        *first_round[:1],
        *strong,
        *named,
        *searches[:1],
        *reads,
        *searches[1:],
        *aliases,
    ]
    return next((question for question in wanted if may(question)), None)


def _aliases_to_read(entry: Entry, works: Sequence[Work]) -> list[ReadAliases]:
    open_ones = [work for work in works if work.aliases is None]
    open_ones.sort(key=lambda work: _promise(entry, work))
    return [
        ReadAliases(TargetKind.MOVIE if isinstance(work, Movie) else TargetKind.SHOW, work.id)
        for work in open_ones[:1]
    ]
