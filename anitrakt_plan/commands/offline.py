"""A catalogue of what is known on this machine: by the id maps, a plan's candidates, a data download."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator

from anitrakt_plan.matching.titles import Likeness, best_likeness, plain
from anitrakt_plan.model import (
    Movie,
    MovieMatch,
    Plan,
    Season,
    SeasonsOf,
    Show,
    TargetKind,
    TmdbId,
    Work,
    WorkId,
)
from anitrakt_plan.model.addresses import Site, parse_address
from anitrakt_plan.model.catalogue import KnownWork
from anitrakt_plan.model.matches import mapping_runs

MAX_FOUND = 10

_SHORTLIST = 200
"""So many works that share most words with a query are held against it letter by letter."""


class OfflineCatalogue:
    """Answers as a catalogue does, from what is known already; never a request.

    Of a show that TMDB's id and Trakt's both name there is one, by Trakt's. `seasons_of`: the season lists that were
    read before; None where nobody has one. `more`: what takes long to read, and is read where nothing else knows.
    """

    def __init__(
        self,
        known: Iterable[KnownWork],
        seasons_of: SeasonsOf,
        more: Callable[[], Iterable[KnownWork]] = tuple,
    ) -> None:
        self._works: dict[tuple[TargetKind, WorkId], Work] = {}
        self._names: defaultdict[tuple[TargetKind, WorkId], dict[str, None]] = defaultdict(dict)
        self._seasons: defaultdict[WorkId, set[int]] = defaultdict(set)
        self._slugs: dict[tuple[TargetKind, str], Work] = {}
        self._tmdb: dict[tuple[TargetKind, int], Work] = {}
        self._imdb: dict[str, Work] = {}
        self._by_word: defaultdict[str, set[tuple[TargetKind, WorkId]]] = defaultdict(set)
        self._seasons_of = seasons_of
        self._more = more
        self._take_all(known)

    def _take_all(self, known: Iterable[KnownWork]) -> None:
        # who has Trakt's id goes first, so that what names the same work by TMDB's finds it
        for one in sorted(known, key=lambda one: isinstance(one.work.id, TmdbId)):
            self._take(one)

    def __bool__(self) -> bool:
        return bool(self._works)

    def _take(self, one: KnownWork) -> None:
        kind, work = one.work.kind, one.work
        if isinstance(work.id, TmdbId):
            work = self._tmdb.get((kind, work.id.number), work)
        work = self._works.setdefault((kind, work.id), work)
        if work.slug:
            self._slugs.setdefault((kind, work.slug.casefold()), work)
        if work.tmdb is not None:
            self._tmdb.setdefault((kind, work.tmdb), work)
        if one.imdb:
            self._imdb.setdefault(one.imdb, work)
        self._seasons[work.id].update(one.seasons)
        for name in filter(None, (work.title, one.work.title, *one.names)):
            if name not in self._names[kind, work.id]:
                self._names[kind, work.id][name] = None
                for word in _words(name):
                    self._by_word[word].add((kind, work.id))

    # --- the catalogue ---

    def show(self, show_id: WorkId) -> Show | None:
        """A show by its id."""
        found = self._get(TargetKind.SHOW, show_id)
        return found if isinstance(found, Show) else None

    def movie(self, movie_id: WorkId) -> Movie | None:
        """A film by its id."""
        found = self._get(TargetKind.MOVIE, movie_id)
        return found if isinstance(found, Movie) else None

    def by_slug(self, kind: TargetKind, slug: str) -> Work | None:
        """The work of a page on trakt.tv, which may have Trakt's number for its name."""
        number = int(slug) if slug.isdecimal() else 0
        return self._first(
            lambda: self._works.get((kind, number)) or self._slugs.get((kind, slug.casefold()))
        )

    def by_tmdb(self, kind: TargetKind, tmdb: int) -> Work | None:
        """The work with a TMDB id."""
        return self._first(lambda: self._tmdb.get((kind, tmdb)))

    def by_imdb(self, imdb: str) -> Work | None:
        """The work with an IMDb id."""
        return self._first(lambda: self._imdb.get(imdb))

    def seasons(self, show_id: WorkId) -> tuple[Season, ...] | None:
        """A show's season list, where it was read before."""
        return self._seasons_of(show_id)

    def came_with_seasons(self, show_id: WorkId) -> Show | None:  # noqa: ARG002  (the port's)
        """Nothing: all that is known of a show here is known before."""
        return None

    def seasons_named(self, show_id: WorkId) -> tuple[int, ...]:
        """The seasons of a show that anything here names; the first, where none does."""
        return tuple(sorted(self._seasons.get(show_id, ()))) or (1,)

    def aliases(self, kind: TargetKind, work_id: WorkId) -> tuple[str, ...]:
        """What else a work, and the entries in it, are called here."""
        return tuple(self._names.get((kind, work_id), ()))

    def search(self, query: str, kind: TargetKind) -> tuple[Work, ...]:
        """The works that share words with the query, the most alike first."""
        words = _words(query)
        rare = {word: 1 / len(self._by_word[word]) for word in words if word in self._by_word}
        shared: Counter[tuple[TargetKind, WorkId]] = Counter()
        for word, weight in rare.items():
            for key in self._by_word[word]:
                if key[0] is kind:
                    shared[key] += weight  # type: ignore[assignment]
        ranked = []
        for number, (key, _) in enumerate(shared.most_common(_SHORTLIST)):
            likeness, value, _ = best_likeness((query,), self._names[key])
            if likeness.rank <= Likeness.SIMILAR.rank or all(
                key in self._by_word.get(word, ()) for word in words
            ):
                ranked.append((likeness.rank, -value, number, key))
        return tuple(self._works[key] for *_, key in sorted(ranked)[:MAX_FOUND])

    def _get(self, kind: TargetKind, work_id: WorkId) -> Work | None:
        if isinstance(work_id, TmdbId):
            return self.by_tmdb(kind, work_id.number)
        return self._first(lambda: self._works.get((kind, work_id)))

    def _first(self, find: Callable[[], Work | None]) -> Work | None:
        if (found := find()) is None:
            more, self._more = self._more, tuple
            self._take_all(more())
            found = find()
        return found


NOTHING_KNOWN = OfflineCatalogue((), lambda _: None)
"""What a machine knows that has neither maps nor a plan with candidates."""


def _words(name: str) -> set[str]:
    """A name's words; of a script without spaces each two signs that stand together."""
    words: set[str] = set()
    for word in plain(name).split():
        words |= {word} if word.isascii() else {word[at : at + 2] for at in range(max(1, len(word) - 1))}
    return words


def works_of_plan(plan: Plan) -> Iterator[KnownWork]:
    """The works that a plan's candidates name, with their pages."""
    for candidate in (candidate for entry in plan.entries for candidate in entry.candidates):
        match = candidate.match
        slug, tmdb = _names_in_page(candidate.url)
        if isinstance(match, MovieMatch):
            yield KnownWork(Movie(match.movie, candidate.title, candidate.year, slug, tmdb))
        else:
            seasons = tuple(dict.fromkeys(run.season for run in mapping_runs(match.mapping)))
            yield KnownWork(Show(match.show, candidate.title, candidate.year, slug, tmdb), seasons=seasons)


def _names_in_page(url: str) -> tuple[str | None, int | None]:
    try:
        parts = parse_address(url)
    except ValueError:
        return None, None
    if parts.site is Site.TMDB:
        return None, int(parts.name)
    return (None if parts.name.isdecimal() else parts.name), None
