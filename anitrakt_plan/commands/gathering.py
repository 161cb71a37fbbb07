"""Drives matching over a whole list: asks Trakt's catalogue what the pure part wants to know, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from anitrakt_plan.core.asking import (
    MOST_QUESTIONS,
    Question,
    ReadAliases,
    ReadSeasons,
    SearchFor,
    next_question,
)
from anitrakt_plan.core.claimed import Claimed, claimed_mapping, settles
from anitrakt_plan.core.collisions import neighbours_of, with_collisions
from anitrakt_plan.core.episodes import format_match, mapping_episodes, mapping_runs
from anitrakt_plan.core.evidence import Circumstances, Neighbour, Option, SignalValue
from anitrakt_plan.core.layout import Layout, read_layout
from anitrakt_plan.core.matching import Proposal, is_certain, judge, options_for, propose
from anitrakt_plan.core.model import (
    AbsentClaim,
    Claim,
    Decision,
    Entry,
    EntryKey,
    Episode,
    Ids,
    Match,
    Movie,
    MovieClaim,
    Season,
    Show,
    ShowClaim,
    ShowMatch,
    TargetKind,
    Work,
)
from anitrakt_plan.core.weighing import Verdict, signals_of, verdict_of


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


Progress = Callable[[int, int], None]


def match_entries(
    entries: Sequence[Entry],
    claims: ClaimSource,
    catalogue: Catalogue | None,
    *,
    auto_from: float,
    now: datetime,
    verify: bool = False,
    decided: Mapping[EntryKey, Match] | None = None,
    on_progress: Progress | None = None,
) -> tuple[Proposal, ...]:
    """One proposal for each entry, in the same order.

    `catalogue` None: the id maps alone decide. `now`: aware, UTC. `verify`: read the season list of shows that
    the id maps settle, too. `decided`: the user's own matches, which claim their episodes; such an entry
    costs no request and comes back as confirmed.
    Raises what the catalogue raises.
    """
    gathering = Gathering(claims, catalogue, auto_from, now, verify=verify)
    proposals: list[Proposal] = []
    decisions = decided or {}
    for index, entry in enumerate(entries):
        mine = decisions.get(entry.key)
        proposals.append(gathering.first_look(entry) if mine is None else as_decided(entry.key, mine))
        if on_progress is not None:
            on_progress(index + 1, len(entries))
    proposals = gathering.second_look(entries, proposals)
    return with_collisions(entries, proposals, decisions)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The options of one work with their signals, and what they were made of: good until that changes."""

    work: Work
    layout: Layout | None
    options: tuple[Option, ...]
    signals: tuple[tuple[SignalValue, ...], ...]


@dataclass(slots=True)
class _Dossier:
    """What has been found out about one entry."""

    claims: tuple[Claimed, ...] = ()
    works: dict[tuple[TargetKind, int], Work] = field(default_factory=dict)
    asked: set[Question] = field(default_factory=set)
    spent: int = 0
    verdict: Verdict | None = None

    def add(self, works: Iterable[Work]) -> None:
        for work in works:
            key = (_kind_of(work), work.id)
            known = self.works.get(key)
            # what a search brings knows more than what a map says, but may lack the aliases read before
            if known is None or (known.aliases is None and work.aliases is not None) or known.tmdb is None:
                self.works[key] = work


def _kind_of(work: Work) -> TargetKind:
    return TargetKind.MOVIE if isinstance(work, Movie) else TargetKind.SHOW


class Gathering:
    """One run over a list: remembers every answer, so that nothing is asked twice."""

    def __init__(
        self,
        claims: ClaimSource,
        catalogue: Catalogue | None,
        auto_from: float,
        now: datetime,
        *,
        verify: bool,
    ) -> None:
        self._source = claims
        self._catalogue = catalogue
        self._auto_from = auto_from
        self._now = now
        self._verify = verify
        self.keep_verdicts = False  # they take much memory in a long list; the fit needs them
        self._layouts: dict[int, Layout] = {}
        self._answers: dict[Question, tuple[Work, ...]] = {}
        self._by_tmdb: dict[tuple[TargetKind, int], Work | None] = {}
        self._dossiers: dict[EntryKey, _Dossier] = {}

    def first_look(self, entry: Entry) -> Proposal:
        """Match one entry by itself."""
        dossier = self._dossiers[entry.key] = _Dossier()
        self._resolve(entry, dossier)
        settled = settles(entry, dossier.claims, self._now.date())
        if settled is not None and not (self._verify and settled.kind is TargetKind.SHOW):
            return propose(entry, self._weigh(entry, dossier), auto_from=self._auto_from, settled=True)
        if self._catalogue is None:
            proposal = propose(entry, self._weigh(entry, dossier), auto_from=2.0)
            return unsettled(proposal)
        return self._ask_until_sure(entry, dossier)

    def second_look(self, entries: Sequence[Entry], proposals: list[Proposal]) -> list[Proposal]:
        """Match what is open once more, now that the places of its neighbours in the list are known."""
        placed: dict[int, list[tuple[Entry, tuple[Episode, ...]]]] = {}
        for entry, proposal in zip(entries, proposals, strict=True):
            if isinstance(proposal.match, ShowMatch):
                episodes = mapping_episodes(proposal.match.mapping)
                placed.setdefault(proposal.match.show, []).append((entry, episodes))
        if self._catalogue is None or not placed:
            return proposals
        again: list[Proposal] = []
        for entry, proposal in zip(entries, proposals, strict=True):
            if (dossier := self._dossiers.get(entry.key)) is None:
                again.append(proposal)  # decided by the user
                continue
            near = {
                show: placed[show]
                for kind, show in dossier.works
                if kind is TargetKind.SHOW and show in placed
            }
            if proposal.decision is Decision.REVIEW and near:
                verdict = self._weigh(entry, dossier, neighbours_of(entry, near))
                proposal = propose(entry, verdict, auto_from=self._auto_from)
            again.append(proposal)
        return again

    def verdict(self, entry: Entry) -> Verdict:
        """All options that were weighed for an entry, as they were seen last (for the fit of the weights)."""
        verdict = self._dossiers[entry.key].verdict
        return verdict if verdict is not None else Verdict(())

    # --- claims ---------------------------------------------------------------------------------

    def _resolve(self, entry: Entry, dossier: _Dossier) -> None:
        """Turn what the maps say into claims with Trakt ids, and into works with a name."""
        found: list[Claimed] = []
        for claim in self._source.claims(entry.ids):
            if isinstance(claim, AbsentClaim):
                continue
            kind = TargetKind.SHOW if isinstance(claim, ShowClaim) else TargetKind.MOVIE
            work_id = claim.trakt
            if work_id is None and claim.tmdb is not None:
                work_id = self._source.trakt_id(kind, claim.tmdb) or self._id_of_tmdb(
                    kind, claim.tmdb, dossier
                )
            if work_id is not None:
                found.append(_claimed(claim, kind, work_id, entry))
        dossier.claims = tuple(found)
        for item in found:
            if item.title is not None:
                dossier.add([_named_work(item)])

    def _id_of_tmdb(self, kind: TargetKind, tmdb: int, dossier: _Dossier) -> int | None:
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

    # --- questions ------------------------------------------------------------------------------

    def _ask_until_sure(self, entry: Entry, dossier: _Dossier) -> Proposal:
        for item in dossier.claims:
            if (item.kind, item.id) not in dossier.works:
                self._fetch_work(item, dossier)
        for show in dict.fromkeys(item.id for item in dossier.claims if item.kind is TargetKind.SHOW):
            if dossier.spent < MOST_QUESTIONS or show in self._layouts:
                self._answer(ReadSeasons(show), dossier)
        seen: dict[tuple[TargetKind, int], _Seen] = {}
        while True:
            verdict = self._weigh_again(entry, dossier, seen)
            if is_certain(entry, verdict, auto_from=self._auto_from):
                break
            question = next_question(
                entry,
                tuple(dossier.works.values()),
                dossier.asked,
                lambda question: question in self._answers,
                MOST_QUESTIONS - dossier.spent,
                verdict.unread,
                verdict.doubtful_name,
            )
            if question is None:
                break
            self._answer(question, dossier)
        return propose(entry, verdict, auto_from=self._auto_from)

    def _fetch_work(self, item: Claimed, dossier: _Dossier) -> None:
        if self._catalogue is None or dossier.spent >= MOST_QUESTIONS:
            return
        dossier.spent += 1
        if item.kind is TargetKind.SHOW:
            work: Work | None = self._catalogue.show(item.id)
        else:
            work = self._catalogue.movie(item.id)
        if work is not None:
            dossier.add([work])

    def _answer(self, question: Question, dossier: _Dossier) -> None:
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

    def _ask(self, question: Question, dossier: _Dossier) -> tuple[Work, ...]:
        assert self._catalogue is not None
        match question:
            case SearchFor(query, kind):
                return self._catalogue.search(query, kind)
            case ReadSeasons(show):
                seasons = self._catalogue.seasons(show)
                self._layouts[show] = read_layout(seasons or (), self._now)
                return ()
            case ReadAliases(kind, work_id):
                aliases = self._catalogue.aliases(kind, work_id)
                return (replace(dossier.works[(kind, work_id)], aliases=aliases),)

    def _weigh_again(
        self, entry: Entry, dossier: _Dossier, seen: dict[tuple[TargetKind, int], _Seen]
    ) -> Verdict:
        """Like `_weigh`; after an answer, only the works that it was about are looked at anew."""
        around = Circumstances(dossier.claims)
        for key, work in dossier.works.items():
            layout = self._layouts.get(work.id) if isinstance(work, Show) else None
            known = seen.get(key)
            if known is None or known.work is not work or known.layout is not layout:
                options = options_for(entry, [work], self._layouts, dossier.claims)
                signals = tuple(signals_of(entry, option, around) for option in options)
                seen[key] = _Seen(work, layout, options, signals)
        rows = [seen[key] for key in dossier.works]
        verdict = verdict_of(
            entry,
            [option for row in rows for option in row.options],
            [signals for row in rows for signals in row.signals],
        )
        if self.keep_verdicts:
            dossier.verdict = verdict
        return verdict

    def _weigh(
        self, entry: Entry, dossier: _Dossier, neighbours: tuple[tuple[int, Neighbour], ...] = ()
    ) -> Verdict:
        anchors = {
            show: [_after(neighbour.episodes[-1]) for other, neighbour in neighbours if other == show]
            for show, _ in neighbours
        }
        options = options_for(entry, dossier.works.values(), self._layouts, dossier.claims, anchors)
        verdict = judge(entry, options, Circumstances(dossier.claims, neighbours))
        if self.keep_verdicts:
            dossier.verdict = verdict
        return verdict


def _after(episode: Episode) -> Episode:
    return Episode(episode.season, episode.number + 1)


def _claimed(claim: ShowClaim | MovieClaim, kind: TargetKind, work_id: int, entry: Entry) -> Claimed:
    if isinstance(claim, MovieClaim):
        return Claimed(claim.map, kind, work_id, claim.title, claim.year, claim.slug)
    mapping = claimed_mapping(claim, entry.episodes)
    season = claim.season
    if season is None and mapping is not None:
        season = min((run.season for run in mapping_runs(mapping) if run.season), default=0)
    return Claimed(claim.map, kind, work_id, claim.title, claim.year, claim.slug, season, mapping)


def _named_work(item: Claimed) -> Work:
    """A work as an id map names it, good enough to be judged without asking Trakt."""
    if item.kind is TargetKind.MOVIE:
        return Movie(item.id, item.title or "", item.year, item.slug)
    return Show(item.id, item.title or "", item.year, item.slug)


def unsettled(proposal: Proposal) -> Proposal:
    """A proposal made from the id maps alone where they do not settle the entry: a person must look."""
    if not proposal.candidates:
        return nothing_found_offline(proposal.key)
    return replace(
        proposal,
        hint="the id maps alone do not settle it",
        wanted="two id maps that agree on show, season and length, or a look at Trakt",
    )


def nothing_found_offline(key: EntryKey) -> Proposal:
    """The proposal where no id map knows the entry and Trakt can't be asked."""
    text = "no id map knows it, and Trakt was not asked"
    return Proposal(key, Decision.REVIEW, None, 0.0, (), text, wanted="a look at Trakt")


def as_decided(key: EntryKey, match: Match) -> Proposal:
    """The proposal for an entry that the user has decided: their match, looked at no more."""
    return Proposal(key, Decision.CONFIRMED, match, 1.0, ("decided",), f"{format_match(match)} · decided")
