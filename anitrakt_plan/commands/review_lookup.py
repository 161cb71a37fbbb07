"""What a review asks of Trakt: other titles, the places in a show that fit an entry, and typed ids."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from anitrakt_plan.commands.apply_ids import check_typed
from anitrakt_plan.commands.ports import Catalogue
from anitrakt_plan.commands.review_offers import MOST_OFFERS, Offer, SeasonsOf, offer_of_work, with_days
from anitrakt_plan.commands.review_typed import Typed, WorkId
from anitrakt_plan.core.episodes import format_run, mapping_runs
from anitrakt_plan.core.evidence import Circumstances
from anitrakt_plan.core.layout import read_layouts
from anitrakt_plan.core.matching import judge, options_for, propose
from anitrakt_plan.core.model import (
    Address,
    Entry,
    Kind,
    Match,
    Movie,
    MovieMatch,
    PartialDate,
    PlanEntry,
    Run,
    Season,
    Show,
    ShowMatch,
    Straight,
    TargetKind,
    Titles,
    Work,
)
from anitrakt_plan.document.check import length_mismatches
from anitrakt_plan.errors import AnitraktError

_NEVER_AUTO = 2.0  # a confidence that nothing reaches: the person decides
_SPEAKS_FOR_IT = ("title", "year", "episodes", "air-dates", "id-maps", "other-maps", "episode-name")
"""Reasons that tell a person something; a title without season words fits every first season there is."""
_FILMS_FIRST = (Kind.MOVIE,)


class Seasons:
    """The seasons of shows, from Trakt until that fails once, from then on from what is known already."""

    def __init__(self, catalogue: Catalogue | None, known_seasons: SeasonsOf) -> None:
        self._catalogue = catalogue
        self._known_seasons = known_seasons

    def __call__(self, show_id: int) -> tuple[Season, ...] | None:
        """A show's seasons, None where nobody can say; they only adorn a review, so nothing is raised."""
        if self._catalogue is not None:
            try:
                return self._catalogue.seasons(show_id)
            except AnitraktError:
                self._catalogue = None
        return self._known_seasons(show_id)


class SearchableCatalogue(Catalogue, Protocol):
    """Trakt's catalogue with its search. Everything raises NotSignedIn or Failed."""

    def search(self, query: str, kind: TargetKind) -> tuple[Work, ...]:
        """The shows or films that Trakt finds for a title, best first."""


@dataclass(frozen=True, slots=True)
class Fits:
    """A typed match as it stands on Trakt; `doubt` is a sentence where it does not look like the entry."""

    offer: Offer
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """A show was named, but not where in it: the places that fit the entry, best first.

    `seasons` says what the show has, for a person to type the place where none fits.
    """

    show: Show
    offers: tuple[Offer, ...]
    seasons: str


class Lookup:
    """Asks Trakt for one review. `now` is aware UTC: what has not aired by then is no place."""

    def __init__(self, catalogue: SearchableCatalogue, now: datetime) -> None:
        self._catalogue = catalogue
        self._now = now

    def search(self, entry: PlanEntry, words: str) -> tuple[Work, ...]:
        """The shows and films that Trakt finds for some words; the likelier kind first."""
        kinds = [TargetKind.SHOW, TargetKind.MOVIE]
        if entry.facts.kind in _FILMS_FIRST:
            kinds.reverse()
        first, second = (self._catalogue.search(words, kind) for kind in kinds)
        room = MOST_OFFERS - min(len(second), MOST_OFFERS // 3)
        return (*first[:room], *second)[:MOST_OFFERS]

    def places(self, entry: PlanEntry, work: Show, *, season: int | None = None) -> Choices:
        """Where in a show an entry may be, best first; those that begin in `season` before all others."""
        seasons = self._catalogue.seasons(work.id) or ()
        asked = _as_listed(entry)
        layouts = {work.id: read_layouts(seasons, self._now)}
        options = options_for(asked, [work], layouts, ended=asked.is_over(self._now.date()))
        weighed = propose(asked, judge(asked, options, Circumstances()), auto_from=_NEVER_AUTO)
        offers = [
            with_days(
                Offer(
                    one.candidate.match,
                    work.title,
                    work.year,
                    offer_of_work(one.candidate.match, work).url,
                    why=tuple(reason for reason in one.candidate.why if reason in _SPEAKS_FOR_IT),
                ),
                self._catalogue.seasons,
            )
            for one in weighed.judged
        ]
        if season is not None:
            offers.sort(key=lambda offer: _begins_in(offer.match) != season)
        return Choices(work, tuple(offers[:MOST_OFFERS]), _describe(seasons))

    def resolve(self, entry: PlanEntry, typed: Typed) -> Fits | Choices:
        """What something typed stands for. Raises ValueError with a sentence where Trakt has no such thing."""
        if isinstance(typed, WorkId):
            named = self._work(entry, typed)
            if isinstance(named, Show):
                return self.places(entry, named)
            return self._checked(entry, offer_of_work(MovieMatch(named.id), named))
        if isinstance(typed, Address):
            return self._resolve_address(entry, typed)
        work = self._work_of(typed)
        if work is None:
            kind, identity = ("film", typed.movie) if isinstance(typed, MovieMatch) else ("show", typed.show)
            raise ValueError(f"Trakt has no {kind} {identity}")
        return self._checked(entry, offer_of_work(typed, work))

    def _resolve_address(self, entry: PlanEntry, address: Address) -> Fits | Choices:
        target = self._catalogue.resolve_address(address.url)
        if isinstance(target.work, Movie):
            return self._checked(entry, offer_of_work(MovieMatch(target.work.id), target.work))
        runs = tuple(run for run in target.runs if isinstance(run, Run))
        if not runs:
            return self.places(entry, target.work)
        if entry.facts.episodes not in (None, sum(len(run) for run in runs)):
            return self.places(entry, target.work, season=runs[0].season)
        return self._checked(entry, offer_of_work(ShowMatch(target.work.id, Straight(runs)), target.work))

    def _checked(self, entry: PlanEntry, offer: Offer) -> Fits:
        """With the rule by which `apply` looks at typed ids; what is among the candidates needs none.

        Raises ValueError where the counts do not go together: no answer to a doubt would make them.
        """
        wrong = length_mismatches(replace(entry, match=offer.match))
        if wrong:
            hint = f"; {wrong[0].hint}" if wrong[0].hint else ""
            raise ValueError(f"that can't be: {wrong[0].message}{hint}")
        known = any(candidate.match == offer.match for candidate in entry.candidates)
        doubt = None if known else check_typed(entry, offer.match, self._catalogue)
        return Fits(with_days(offer, self._catalogue.seasons), doubt)

    def _work_of(self, match: Match) -> Work | None:
        if isinstance(match, MovieMatch):
            return self._catalogue.movie(match.movie)
        return self._catalogue.show(match.show)

    def _work(self, entry: PlanEntry, wanted: WorkId) -> Work:
        """The show or film with a bare id; ids of shows and films overlap, so the entry's kind decides."""
        kinds: Iterable[TargetKind] = (TargetKind.SHOW, TargetKind.MOVIE)
        if wanted.kind is not None:
            kinds = (wanted.kind,)
        elif entry.facts.kind in _FILMS_FIRST:
            kinds = (TargetKind.MOVIE, TargetKind.SHOW)
        for kind in kinds:
            found: Show | Movie | None
            found = (
                self._catalogue.show(wanted.id)
                if kind is TargetKind.SHOW
                else self._catalogue.movie(wanted.id)
            )
            if found is not None:
                return found
        raise ValueError(f"Trakt has no show or film {wanted.id}")


def _describe(seasons: tuple[Season, ...]) -> str:
    """A show's seasons in a line, as runs: `S01E01-E24, S02E25-E36`."""
    runs = (
        format_run(Run(season.number, season.episodes[0].number, season.episodes[-1].number))
        for season in seasons
        if season.episodes
    )
    return ", ".join(runs) or "no episodes"


def _begins_in(match: Match) -> int | None:
    return None if isinstance(match, MovieMatch) else mapping_runs(match.mapping)[0].season


def _as_listed(entry: PlanEntry) -> Entry:
    """The list entry behind a plan's entry, as far as the file tells of it."""
    key = entry.key
    return Entry(
        key=key,
        ids=key.ids,
        titles=Titles(entry.title, entry.english),
        kind=entry.facts.kind,
        progress=entry.progress,
        episodes=entry.facts.episodes,
        aired_from=PartialDate(entry.facts.year) if entry.facts.year else None,
    )
