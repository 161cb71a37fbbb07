"""Drives matching over a whole list: asks Trakt's catalogue what the pure part wants to know, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from anitrakt_plan.commands.inquiry import Catalogue, ClaimSource, Dossier, Inquiry
from anitrakt_plan.core.asking import (
    MOST_QUESTIONS,
    ReadSeasons,
    next_question,
)
from anitrakt_plan.core.claimed import claimed_mapping
from anitrakt_plan.core.collisions import neighbours_of, with_collisions
from anitrakt_plan.core.episodes import format_match, list_length, mapping_episodes
from anitrakt_plan.core.evidence import Circumstances, Neighbour, Option, SignalValue
from anitrakt_plan.core.layout import Layouts
from anitrakt_plan.core.matching import Proposal, is_certain, judge, options_for, propose
from anitrakt_plan.core.model import (
    Decision,
    Entry,
    EntryKey,
    Episode,
    Match,
    MovieClaim,
    Show,
    ShowClaim,
    ShowMatch,
    TargetKind,
    Work,
)
from anitrakt_plan.core.weighing import Verdict, signals_of, verdict_of

Progress = Callable[[int, int], None]


class Reading(StrEnum):
    """Which season lists are read of the shows that id maps name: each, or only where the maps leave a risk."""

    EVERY = "every"
    RISKY = "risky"


def match_entries(
    entries: Sequence[Entry],
    claims: ClaimSource,
    catalogue: Catalogue | None,
    *,
    auto_from: float,
    now: datetime,
    reading: Reading = Reading.EVERY,
    decided: Mapping[EntryKey, Match] | None = None,
    on_progress: Progress | None = None,
) -> tuple[Proposal, ...]:
    """One proposal for each entry, in the same order.

    `catalogue` None: the id maps alone decide. `now`: aware, UTC. `decided`: the user's own matches, which claim their
    episodes; such an entry costs no request and comes back as confirmed. What is most at risk is asked about first.
    Raises what the catalogue raises.
    """
    gathering = Gathering(claims, catalogue, auto_from, now, reading)
    decisions = decided or {}
    found: dict[int, Proposal] = {}
    order = sorted(range(len(entries)), key=lambda index: gathering.risk(entries[index]))
    for done, index in enumerate(order, 1):
        entry = entries[index]
        mine = decisions.get(entry.key)
        found[index] = gathering.first_look(entry) if mine is None else as_decided(entry.key, mine)
        if on_progress is not None:
            on_progress(done, len(entries))
    proposals = gathering.second_look(entries, [found[index] for index in range(len(entries))])
    return with_collisions(entries, proposals, decisions)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The options of one work with their signals, and what they were made of: good until that changes."""

    work: Work
    layouts: Layouts | None
    options: tuple[Option, ...]
    signals: tuple[tuple[SignalValue, ...], ...]


class Gathering:
    """One run over a list: looks at each entry by itself, and at what is open once more."""

    def __init__(
        self,
        claims: ClaimSource,
        catalogue: Catalogue | None,
        auto_from: float,
        now: datetime,
        reading: Reading = Reading.EVERY,
    ) -> None:
        self._inquiry = Inquiry(claims, catalogue, now)
        self._auto_from = auto_from
        self._today = now.date()
        self._reading = reading
        self.keep_verdicts = False  # they take much memory in a long list; the fit needs them
        self._dossiers: dict[EntryKey, Dossier] = {}

    def risk(self, entry: Entry) -> tuple[int, int]:
        """Lower: more may go wrong if the season list is not read, or the more was watched of it."""
        claims = self._inquiry.claims_of(entry)
        if not claims:
            return 2, -entry.progress.watched
        return int(not any(_is_risky(entry, claim) for claim in claims)), -entry.progress.watched

    def first_look(self, entry: Entry) -> Proposal:
        """Match one entry by itself."""
        dossier = self._dossiers[entry.key] = self._inquiry.open(entry)
        verdict = self._weigh(dossier)
        if self._inquiry.offline:
            proposal = propose(dossier.entry, verdict, auto_from=self._auto_from)
            return proposal if proposal.decision is Decision.AUTO else unsettled(proposal)
        films = all(claim.kind is TargetKind.MOVIE for claim in dossier.claims)
        trusted = self._reading is Reading.RISKY and self.risk(entry)[0] == 1
        sure = is_certain(dossier.entry, verdict, auto_from=self._auto_from)
        if (films or trusted) and sure and not self._inquiry.unconfirmed(dossier, verdict):
            return propose(dossier.entry, verdict, auto_from=self._auto_from)
        return self._ask_until_sure(dossier)

    def second_look(self, entries: Sequence[Entry], proposals: list[Proposal]) -> list[Proposal]:
        """Match what is open once more, now that the places of its neighbours in the list are known."""
        placed: dict[int, list[tuple[Entry, tuple[Episode, ...]]]] = {}
        for entry, proposal in zip(entries, proposals, strict=True):
            if isinstance(proposal.match, ShowMatch):
                episodes = mapping_episodes(proposal.match.mapping)
                placed.setdefault(proposal.match.show, []).append((entry, episodes))
        if self._inquiry.offline or not placed:
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
                verdict = self._weigh(dossier, neighbours_of(dossier.entry, near))
                proposal = propose(dossier.entry, verdict, auto_from=self._auto_from)
            again.append(proposal)
        return again

    def verdict(self, entry: Entry) -> Verdict:
        """All options that were weighed for an entry, as they were seen last (for the fit of the weights)."""
        verdict = self._dossiers[entry.key].verdict
        return verdict if verdict is not None else Verdict(())

    def _ask_until_sure(self, dossier: Dossier) -> Proposal:
        entry = dossier.entry
        for item in dossier.claims:
            if (item.kind, item.id) not in dossier.works:
                self._inquiry.fetch_work(item.kind, item.id, dossier)
        for show in dict.fromkeys(item.id for item in dossier.claims if item.kind is TargetKind.SHOW):
            if dossier.spent < MOST_QUESTIONS or show in self._inquiry.layouts:
                self._inquiry.answer(ReadSeasons(show), dossier)
        seen: dict[tuple[TargetKind, int], _Seen] = {}
        while True:
            verdict = self._weigh_again(dossier, seen)
            if is_certain(entry, verdict, auto_from=self._auto_from):
                doubted = self._inquiry.unconfirmed(dossier, verdict)
                if doubted is None or not self._inquiry.fetch_work(*doubted, dossier):
                    break
                continue
            question = next_question(
                entry,
                tuple(dossier.works.values()),
                dossier.asked,
                self._inquiry.knows,
                MOST_QUESTIONS - dossier.spent,
                verdict.unread,
                verdict.doubtful_name,
            )
            if question is None:
                break
            self._inquiry.answer(question, dossier)
        return propose(entry, verdict, auto_from=self._auto_from)

    def _weigh_again(self, dossier: Dossier, seen: dict[tuple[TargetKind, int], _Seen]) -> Verdict:
        """Like `_weigh`; after an answer, only the works that it was about are looked at anew."""
        entry = dossier.entry
        around = Circumstances(dossier.claims, other_work=dossier.other_work)
        for key, work in dossier.works.items():
            layouts = self._inquiry.layouts.get(work.id) if isinstance(work, Show) else None
            known = seen.get(key)
            if known is None or known.work is not work or known.layouts is not layouts:
                options = self._options(dossier, [work])
                signals = tuple(signals_of(entry, option, around) for option in options)
                seen[key] = _Seen(work, layouts, options, signals)
        rows = [seen[key] for key in dossier.works]
        verdict = verdict_of(
            entry,
            [option for row in rows for option in row.options],
            [signals for row in rows for signals in row.signals],
            dossier.other_work,
        )
        if self.keep_verdicts:
            dossier.verdict = verdict
        return verdict

    def _weigh(self, dossier: Dossier, neighbours: tuple[tuple[int, Neighbour], ...] = ()) -> Verdict:
        anchors = {
            show: [_after(neighbour.episodes[-1]) for other, neighbour in neighbours if other == show]
            for show, _ in neighbours
        }
        options = self._options(dossier, dossier.works.values(), anchors)
        around = Circumstances(dossier.claims, neighbours, dossier.other_work)
        verdict = judge(dossier.entry, options, around)
        if self.keep_verdicts:
            dossier.verdict = verdict
        return verdict

    def _options(
        self,
        dossier: Dossier,
        works: Iterable[Work],
        anchors: Mapping[int, Sequence[Episode]] | None = None,
    ) -> tuple[Option, ...]:
        ended = dossier.entry.is_over(self._today)
        return options_for(dossier.entry, works, self._inquiry.layouts, dossier.claims, anchors, ended=ended)


def _is_risky(entry: Entry, claim: ShowClaim | MovieClaim) -> bool:
    """Whether a claim may well be out of date: a run that does not open its show, or one of another length.

    A claim that names the show alone says nothing that could be.
    """
    if isinstance(claim, MovieClaim):
        return False
    mapping = claimed_mapping(claim, entry.episodes)
    if mapping is None:
        return claim.season not in (None, 1)
    first = mapping_episodes(mapping)[0]
    return first != Episode(1, 1) or list_length(mapping) != entry.episodes


def _after(episode: Episode) -> Episode:
    return Episode(episode.season, episode.number + 1)


def unsettled(proposal: Proposal) -> Proposal:
    """A proposal made from the id maps alone where they do not settle the entry: a person must look."""
    if not proposal.candidates:
        return nothing_found_offline(proposal.key)
    return replace(
        proposal,
        hint=f"the id maps alone do not settle it: {proposal.hint}",
    )


def nothing_found_offline(key: EntryKey) -> Proposal:
    """The proposal where no id map knows the entry and Trakt can't be asked."""
    text = "no id map knows it, and Trakt was not asked"
    return Proposal(key, Decision.REVIEW, None, 0.0, (), text, wanted="a look at Trakt")


def as_decided(key: EntryKey, match: Match) -> Proposal:
    """The proposal for an entry that the user has decided: their match, looked at no more."""
    return Proposal(key, Decision.CONFIRMED, match, 1.0, ("decided",), f"{format_match(match)} · decided")
