"""An offline stand-in for Trakt's catalogue, with a search as rough as Trakt's, and id maps that can be spoilt."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from heapq import nsmallest
from math import log

from anitrakt_plan.idmaps import IdMap, IdMaps, anibridge, anitrakt, bangumi
from anitrakt_plan.matching.titles import plain
from anitrakt_plan.model import (
    Claim,
    Ids,
    Movie,
    MovieClaim,
    MovieMatch,
    Run,
    Season,
    Segment,
    Show,
    ShowClaim,
    Span,
    TargetKind,
    TraktId,
    Work,
    WorkId,
    trakt_id,
)
from benchmarks.data import TODAY, BenchData

HITS = 10


class Index:
    """Ranks works by how many of the query's words their names share, rare words counting more."""

    def __init__(self, works: Iterable[Work]) -> None:
        self.works: dict[TraktId, Work] = {}
        self._names: list[tuple[TraktId, int]] = []  # (work id, words in the name)
        self._by_word: defaultdict[str, list[int]] = defaultdict(list)
        self._found: dict[str, tuple[Work, ...]] = {}
        for work in works:
            self.works[trakt_id(work.id)] = work
            for name in dict.fromkeys(filter(None, (work.title, work.original_title, *(work.aliases or ())))):
                words = set(_words(name))
                for word in words:
                    self._by_word[word].append(len(self._names))
                self._names.append((trakt_id(work.id), len(words)))

    def search(self, query: str) -> tuple[Work, ...]:
        """The ten works that share most words with the query; ties go to the older id, as if by chance."""
        if query not in self._found:
            self._found[query] = self._search(query)
        return self._found[query]

    def _search(self, query: str) -> tuple[Work, ...]:
        shared: Counter[int] = Counter()
        words = dict.fromkeys(_words(query))  # in an order that is the same in every run
        rare = {
            word: log(1 + len(self._names) / len(self._by_word[word]))
            for word in words
            if word in self._by_word
        }
        for word in sorted(rare, key=lambda word: -rare[word])[:6]:
            if len(self._by_word[word]) > 6000 and len(rare) > 2:
                continue
            for name in self._by_word[word]:
                shared[name] += rare[word]  # type: ignore[assignment]
        best: dict[int, float] = {}
        for name, score in shared.items():
            work_id, length = self._names[name]
            best[work_id] = max(best.get(work_id, 0.0), score / (1 + 0.15 * length))
        ranked = nsmallest(HITS, ((-value, work_id) for work_id, value in best.items()))
        return tuple(self.works[work_id] for _, work_id in ranked)


def _words(name: str) -> list[str]:
    words = []
    for word in plain(name).split():
        words += [word] if word.isascii() else [word[i : i + 2] for i in range(max(1, len(word) - 1))]
    return words


@dataclass
class OfflineCatalogue:
    """Answers from the data; counts the requests that Trakt would have had to serve.

    `absent`: works that are taken out, as if Trakt had never heard of them. `dates`: whether episodes and films
    have air dates.
    """

    shows: Index
    movies: Index
    dates: bool = True
    absent: frozenset[tuple[TargetKind, TraktId]] = frozenset()
    requests: Counter[str] = field(default_factory=Counter)
    _by_tmdb: dict[tuple[TargetKind, int], Work] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for kind, index in ((TargetKind.SHOW, self.shows), (TargetKind.MOVIE, self.movies)):
            for work in index.works.values():
                if work.tmdb is not None:
                    self._by_tmdb[(kind, work.tmdb)] = work

    def show(self, show_id: WorkId) -> Show | None:
        self.requests["show"] += 1
        work = self._get(TargetKind.SHOW, show_id)
        return replace(work, aliases=None, seasons=None) if isinstance(work, Show) else None

    def movie(self, movie_id: WorkId) -> Movie | None:
        self.requests["movie"] += 1
        work = self._get(TargetKind.MOVIE, movie_id)
        return self._bare_movie(work) if isinstance(work, Movie) else None

    def seasons(self, show_id: WorkId) -> tuple[Season, ...] | None:
        self.requests["seasons"] += 1
        work = self._get(TargetKind.SHOW, show_id)
        if not isinstance(work, Show) or work.seasons is None:
            return None
        return work.seasons if self.dates else tuple(_undated(season) for season in work.seasons)

    def came_with_seasons(self, show_id: WorkId) -> Show | None:  # noqa: ARG002  (the port's)
        """Nothing, as with Trakt."""
        return None

    def aliases(self, kind: TargetKind, work_id: WorkId) -> tuple[str, ...]:
        self.requests["aliases"] += 1
        work = self._get(kind, work_id)
        return (work.aliases or ()) if work else ()

    def search(self, query: str, kind: TargetKind) -> tuple[Work, ...]:
        self.requests["search"] += 1
        found = (self.shows if kind is TargetKind.SHOW else self.movies).search(query)
        return tuple(self._bare(work) for work in found if (kind, work.id) not in self.absent)

    def by_slug(self, kind: TargetKind, slug: str) -> Work | None:
        raise NotImplementedError  # no list has addresses

    def by_imdb(self, imdb: str) -> Work | None:
        raise NotImplementedError

    def by_tmdb(self, kind: TargetKind, tmdb: int) -> Work | None:
        self.requests["by_tmdb"] += 1
        work = self._by_tmdb.get((kind, tmdb))
        return self._bare(work) if work and (kind, work.id) not in self.absent else None

    def _get(self, kind: TargetKind, work_id: WorkId) -> Work | None:
        if (kind, work_id) in self.absent:
            return None
        return (self.shows if kind is TargetKind.SHOW else self.movies).works.get(trakt_id(work_id))

    def _bare(self, work: Work) -> Work:
        if isinstance(work, Show):
            return replace(work, aliases=None, seasons=None)
        return self._bare_movie(work)

    def _bare_movie(self, work: Movie) -> Movie:
        return replace(work, aliases=None, released=work.released if self.dates else None)


def _undated(season: Season) -> Season:
    return replace(season, episodes=tuple(replace(episode, first_aired=None) for episode in season.episodes))


# --- id maps -----------------------------------------------------------------------------------


BOTH = ("anibridge", "anitrakt")
ALL = (*BOTH, "bangumi")
_PARSERS: dict[str, tuple[tuple[Callable[[bytes], IdMap], str], ...]] = {
    "anibridge": ((anibridge.parse, "mappings.json"),),
    "anitrakt": ((anitrakt.parse_shows, "tv_ex.json"), (anitrakt.parse_movies, "movies_ex.json")),
    "bangumi": ((bangumi.parse, "bangumi.json"),),
}


def read_maps(data: BenchData, names: Iterable[str] = ALL, age: str = TODAY) -> IdMaps:
    """The id maps of the data folder; `names` says which, `age` of when."""
    files = data.maps[age]
    return IdMaps(tuple(parse(files[file]) for name in names for parse, file in _PARSERS[name]))


def absent_works(data: BenchData, share: float, seed: int = 3) -> frozenset[tuple[TargetKind, TraktId]]:
    """Works to take out of the catalogue: the right ones of a part of the entries."""
    works = {
        (TargetKind.MOVIE, trakt_id(t.match.movie))
        if isinstance(t.match, MovieMatch)
        else (TargetKind.SHOW, trakt_id(t.match.show))
        for t in data.truth.values()
    }
    pick = random.Random(seed)
    return frozenset(work for work in sorted(works) if pick.random() < share)


@dataclass
class SpoiltMaps:
    """Id maps of which a share of entries points at another show or another season.

    `which`: the maps that are spoilt; with several and `alike` both point at the same wrong place.
    """

    maps: IdMaps
    data: BenchData
    ids: list[Ids]
    which: Callable[[int], tuple[str, ...]]
    share: float = 0.05
    seed: int = 7
    spoilt: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        chosen = random.Random(self.seed).sample(self.ids, int(len(self.ids) * self.share))
        self._wrong: dict[int, tuple[Claim, ...]] = {}
        pick = random.Random(self.seed + 1)
        for ids in chosen:
            assert ids.mal is not None
            wrong = self._spoil(ids, pick)
            if wrong is not None:
                self._wrong[ids.mal] = wrong
                self.spoilt.add(ids.mal)

    def claims(self, ids: Ids) -> tuple[Claim, ...]:
        return self._wrong.get(ids.mal or 0) or self.maps.claims(ids)

    def trakt_id(self, kind: TargetKind, tmdb: int) -> int | None:
        return self.maps.trakt_id(kind, tmdb)

    def runs_beside(self, ids: Ids, show: int) -> frozenset[Run]:
        in_show = self._runs_in_shows[show]
        mine = {run for number, run in in_show if number == ids.mal}
        return frozenset(run for number, run in in_show if number != ids.mal) - mine

    @cached_property
    def _runs_in_shows(self) -> defaultdict[int, set[tuple[int | None, Run]]]:
        found: defaultdict[int, set[tuple[int | None, Run]]] = defaultdict(set)
        for ids in self.ids:
            for claim in self.claims(ids):
                if isinstance(claim, ShowClaim) and claim.map == anibridge.NAME and claim.tmdb is not None:
                    found[claim.tmdb] |= {(ids.mal, run) for run in _closed_runs(claim)}
        return found

    def _spoil(self, ids: Ids, pick: random.Random) -> tuple[Claim, ...] | None:
        claims = self.maps.claims(ids)
        which = self.which(ids.mal or 0)
        if not any(claim.map in which for claim in claims):
            return None
        tmdb = next((c.tmdb for c in claims if isinstance(c, ShowClaim) and c.tmdb), None)
        show = next((s for s in self.data.shows.values() if s.tmdb == tmdb), None) if tmdb else None
        seasons = [s.number for s in (show.seasons or ()) if s.number] if show else []
        if len(seasons) > 1 and pick.random() < 0.5:
            return self._other_season(claims, which, seasons, pick)
        return self._other_work(claims, which, pick)

    def _other_season(
        self, claims: tuple[Claim, ...], which: tuple[str, ...], seasons: list[int], pick: random.Random
    ) -> tuple[Claim, ...] | None:
        said = {c.season for c in claims if isinstance(c, ShowClaim)}
        others = [number for number in seasons if number not in said]
        if not others:
            return None
        wrong = pick.choice(others)
        result: list[Claim] = []
        for claim in claims:
            if isinstance(claim, ShowClaim) and claim.map in which:
                segments = tuple(Segment(s.listed, wrong, (Span(1, None),)) for s in claim.segments[:1])
                claim = replace(claim, season=wrong, segments=segments)
            result.append(claim)
        return tuple(result)

    def _other_work(
        self, claims: tuple[Claim, ...], which: tuple[str, ...], pick: random.Random
    ) -> tuple[Claim, ...] | None:
        films = any(isinstance(claim, MovieClaim) for claim in claims)
        mine = {claim.tmdb for claim in claims if isinstance(claim, ShowClaim | MovieClaim)}
        for _ in range(200):
            other = self.maps.claims(pick.choice(self.ids))
            same_kind = any(isinstance(claim, MovieClaim) for claim in other) == films
            theirs = {claim.tmdb for claim in other if isinstance(claim, ShowClaim | MovieClaim)}
            if same_kind and not mine & theirs and {c.map for c in other} >= set(which):
                wrong = {claim.map: claim for claim in other}
                return tuple(wrong[claim.map] if claim.map in which else claim for claim in claims)
        return None


def _closed_runs(claim: ShowClaim) -> Iterator[Run]:
    for segment in claim.segments:
        for span in segment.target:
            if segment.season and span.last:
                yield Run(segment.season, span.first, span.last)


NO_MAPS = IdMaps()
