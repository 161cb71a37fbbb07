"""What is asked of the id maps and of Trakt's catalogue about entries: each thing once, and every answer remembered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from anitrakt_plan.core.asking import MOST_QUESTIONS, Question, ReadAliases, ReadSeasons, SearchFor
from anitrakt_plan.core.claimed import Claimed, claimed_mapping
from anitrakt_plan.core.episodes import mapping_runs
from anitrakt_plan.core.identity import other_work_of_id, with_names_of_id
from anitrakt_plan.core.layout import Layouts, read_layouts
from anitrakt_plan.core.model import (
    AbsentClaim,
    Claim,
    Entry,
    Ids,
    Movie,
    MovieClaim,
    PartialDate,
    Season,
    Show,
    ShowClaim,
    TargetKind,
    Work,
)
from anitrakt_plan.core.weighing import Verdict

_CONFIRMING = ("begins on the day", "begins that week")
"""Levels of the air dates by which Trakt's own season list shows that the id is of the right work."""


class Catalogue(Protocol):
    """Trakt's catalogue; each call is at most one request, and none where the answer is cached."""

    def show(self, show_id: int) -> Show | None:
        """A show by its Trakt id, without seasons and aliases; None if there is none."""

    def movie(self, movie_id: int) -> Movie | None:
        """A film by its Trakt id; None if there is none."""

    def seasons(self, show_id: int) -> tuple[Season, ...] | None:
        """A show's whole season list; None if there is no such show."""

    def aliases(self, kind: TargetKind, work_id: int) -> tuple[str, ...]:
        """A work's other names."""

    def search(self, query: str, kind: TargetKind) -> tuple[Work, ...]:
        """Works whose names hold the query's words, roughly best first; the query is plain text."""

    def by_tmdb(self, kind: TargetKind, tmdb: int) -> Work | None:
        """The work with a TMDB id; None if there is none."""


class ClaimSource(Protocol):
    """The id maps."""

    def claims(self, ids: Ids) -> tuple[Claim, ...]:
        """What all maps say of an entry."""

    def trakt_id(self, kind: TargetKind, tmdb: int) -> int | None:
        """The Trakt id that belongs to a TMDB id, where a map knows both."""


@dataclass(slots=True)
class Dossier:
    """What has been found out about one entry.

    `entry` is the list's with what else its id says, where that is the same work; else `other_work` is that one's name.
    `by_map`: the works that only a map has named so far.
    """

    entry: Entry
    other_work: str | None = None
    by_map: set[tuple[TargetKind, int]] = field(default_factory=set)
    claims: tuple[Claimed, ...] = ()
    works: dict[tuple[TargetKind, int], Work] = field(default_factory=dict)
    asked: set[Question] = field(default_factory=set)
    spent: int = 0
    verdict: Verdict | None = None

    def add(self, works: Iterable[Work]) -> None:
        """Take in works that were found, keeping what is known of them where that is more."""
        for work in works:
            key = (_kind_of(work), work.id)
            known = self.works.get(key)
            # what a search brings knows more than what a map says, but may lack the aliases read before
            if known is None or (known.aliases is None and work.aliases is not None) or known.tmdb is None:
                self.works[key] = work


def _kind_of(work: Work) -> TargetKind:
    return TargetKind.MOVIE if isinstance(work, Movie) else TargetKind.SHOW


class Inquiry:
    """One run over a list: what was asked so far, of all entries together, and what was answered.

    `catalogue` None: only the id maps are asked. `layouts`: the season lists that were read, by the show's Trakt id.
    """

    def __init__(self, claims: ClaimSource, catalogue: Catalogue | None, now: datetime) -> None:
        self._source = claims
        self._catalogue = catalogue
        self._now = now
        self.layouts: dict[int, Layouts] = {}
        self._answers: dict[Question, tuple[Work, ...]] = {}
        self._by_tmdb: dict[tuple[TargetKind, int], Work | None] = {}

    @property
    def offline(self) -> bool:
        """Whether Trakt is not to be asked."""
        return self._catalogue is None

    def knows(self, question: Question) -> bool:
        """Whether the answer is known already and costs no request."""
        return question in self._answers

    def claims_of(self, entry: Entry) -> tuple[ShowClaim | MovieClaim, ...]:
        """Where the maps say that an entry is."""
        found = self._source.claims(entry.ids)
        return tuple(claim for claim in found if not isinstance(claim, AbsentClaim))

    def open(self, entry: Entry) -> Dossier:
        """Begin with what the maps say: claims with Trakt ids, works with a name, and whether id and title agree."""
        dossier = Dossier(entry)
        found: list[Claimed] = []
        for claim in self.claims_of(entry):
            kind = TargetKind.SHOW if isinstance(claim, ShowClaim) else TargetKind.MOVIE
            work_id = claim.trakt
            if work_id is None and claim.tmdb is not None:
                work_id = self._source.trakt_id(kind, claim.tmdb) or self._id_of_tmdb(
                    kind, claim.tmdb, dossier
                )
            if work_id is not None:
                found.append(_claimed(claim, kind, work_id, entry))
        dossier.claims = tuple(found)
        dossier.other_work = other_work_of_id(entry, found)
        if dossier.other_work is None:
            dossier.entry = _dated(with_names_of_id(entry), found)
        elif entry.known_as is not None:  # its days and length are those of the id, too
            dossier.entry = replace(entry, aired_from=None, aired_to=None, minutes=None)
        for item in found:
            key = (item.kind, item.id)
            if item.title is not None and key not in dossier.works:
                dossier.add([_named_work(item)])
                dossier.by_map.add(key)
        return dossier

    def unconfirmed(self, dossier: Dossier, verdict: Verdict) -> tuple[TargetKind, int] | None:
        """The best option's work, if one row of one map is all that speaks for it: its title may belong elsewhere."""
        best = verdict.options[0]
        work = best.option.work
        key = (_kind_of(work), work.id)
        maps = {claim.map for claim in dossier.claims if (claim.kind, claim.id) == key}
        if self._catalogue is None or key not in dossier.by_map or len(maps) > 1:
            return None
        return None if best.level("air-dates").startswith(_CONFIRMING) else key

    def _id_of_tmdb(self, kind: TargetKind, tmdb: int, dossier: Dossier) -> int | None:
        key = (kind, tmdb)
        if key not in self._by_tmdb:
            if self._catalogue is None or dossier.spent >= MOST_QUESTIONS:
                return None
            self._by_tmdb[key] = self._catalogue.by_tmdb(kind, tmdb)
            dossier.spent += 1
        work = self._by_tmdb[key]
        if work is not None:
            dossier.add([work])
        return work.id if work else None

    def fetch_work(self, kind: TargetKind, work_id: int, dossier: Dossier) -> bool:
        """Read the show or film that a map names, if a question is left for it; whether it was read."""
        if self._catalogue is None or dossier.spent >= MOST_QUESTIONS:
            return False
        dossier.spent += 1
        dossier.by_map.discard((kind, work_id))
        work: Work | None
        work = self._catalogue.show(work_id) if kind is TargetKind.SHOW else self._catalogue.movie(work_id)
        if work is None:
            dossier.works.pop((kind, work_id), None)
        else:
            dossier.works[(kind, work_id)] = work
        return True

    def answer(self, question: Question, dossier: Dossier) -> None:
        """Get the answer to a question, from memory or from Trakt, and put it into the dossier."""
        dossier.asked.add(question)
        if question not in self._answers:
            dossier.spent += 1
            self._answers[question] = self._ask(question, dossier)
        if isinstance(question, ReadAliases):
            for work in self._answers[question]:
                dossier.works[(question.kind, question.id)] = work
        else:
            dossier.add(self._answers[question])

    def _ask(self, question: Question, dossier: Dossier) -> tuple[Work, ...]:
        assert self._catalogue is not None
        match question:
            case SearchFor(query, kind):
                return self._catalogue.search(query, kind)
            case ReadSeasons(show):
                seasons = self._catalogue.seasons(show)
                self.layouts[show] = read_layouts(seasons or (), self._now)
                return ()
            case ReadAliases(kind, work_id):
                aliases = self._catalogue.aliases(kind, work_id)
                return (replace(dossier.works[(kind, work_id)], aliases=aliases),)


def _claimed(claim: ShowClaim | MovieClaim, kind: TargetKind, work_id: int, entry: Entry) -> Claimed:
    if isinstance(claim, MovieClaim):
        return Claimed(
            claim.map,
            kind,
            work_id,
            claim.title,
            claim.year,
            claim.slug,
            names=claim.names,
            begins=claim.begins,
        )
    mapping = claimed_mapping(claim, entry.episodes)
    season = claim.season
    if season is None and mapping is not None:
        season = min((run.season for run in mapping_runs(mapping) if run.season), default=0)
    return Claimed(
        claim.map,
        kind,
        work_id,
        claim.title,
        claim.year,
        claim.slug,
        season,
        mapping,
        claim.names,
        claim.begins,
    )


def _dated(entry: Entry, claims: Iterable[Claimed]) -> Entry:
    """The entry with the day of its first broadcast, where the list has none and a map knows it."""
    if entry.aired_from is not None and entry.aired_from.exact is not None:
        return entry
    day = next((claim.begins for claim in claims if claim.begins is not None), None)
    if day is None or (entry.year is not None and entry.year != day.year):
        return entry
    return replace(entry, aired_from=PartialDate(day.year, day.month, day.day))


def _named_work(item: Claimed) -> Work:
    """A work as an id map names it, good enough to be judged without asking Trakt."""
    if item.kind is TargetKind.MOVIE:
        return Movie(item.id, item.title or "", item.year, item.slug)
    return Show(item.id, item.title or "", item.year, item.slug)
