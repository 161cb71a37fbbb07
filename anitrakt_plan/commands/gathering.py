"""Drives matching over a whole list: asks Trakt's catalogue what the pure part wants to know, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from anitrakt_plan.commands.inquiry import Catalogue, ClaimSource, Dossier, Inquiry
from anitrakt_plan.core.asking import (
    MOST_QUESTIONS,
    ReadSeasons,
    next_question,
)
from anitrakt_plan.core.claimed import settles
from anitrakt_plan.core.collisions import neighbours_of, with_collisions
from anitrakt_plan.core.episodes import format_match, mapping_episodes
from anitrakt_plan.core.evidence import Circumstances, Neighbour, Option, SignalValue
from anitrakt_plan.core.layout import Layout
from anitrakt_plan.core.matching import Proposal, is_certain, judge, options_for, propose
from anitrakt_plan.core.model import (
    Decision,
    Entry,
    EntryKey,
    Episode,
    Match,
    Show,
    ShowMatch,
    TargetKind,
    Work,
)
from anitrakt_plan.core.weighing import Verdict, signals_of, verdict_of

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


class Gathering:
    """One run over a list: looks at each entry by itself, and at what is open once more."""

    def __init__(
        self,
        claims: ClaimSource,
        catalogue: Catalogue | None,
        auto_from: float,
        now: datetime,
        *,
        verify: bool,
    ) -> None:
        self._inquiry = Inquiry(claims, catalogue, now)
        self._auto_from = auto_from
        self._today = now.date()
        self._verify = verify
        self.keep_verdicts = False  # they take much memory in a long list; the fit needs them
        self._dossiers: dict[EntryKey, Dossier] = {}

    def first_look(self, entry: Entry) -> Proposal:
        """Match one entry by itself."""
        dossier = self._dossiers[entry.key] = Dossier()
        self._inquiry.resolve(entry, dossier)
        settled = settles(entry, dossier.claims, self._today)
        if settled is not None and not (self._verify and settled.kind is TargetKind.SHOW):
            return propose(entry, self._weigh(entry, dossier), auto_from=self._auto_from, settled=True)
        if self._inquiry.offline:
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
                verdict = self._weigh(entry, dossier, neighbours_of(entry, near))
                proposal = propose(entry, verdict, auto_from=self._auto_from)
            again.append(proposal)
        return again

    def verdict(self, entry: Entry) -> Verdict:
        """All options that were weighed for an entry, as they were seen last (for the fit of the weights)."""
        verdict = self._dossiers[entry.key].verdict
        return verdict if verdict is not None else Verdict(())

    def _ask_until_sure(self, entry: Entry, dossier: Dossier) -> Proposal:
        for item in dossier.claims:
            if (item.kind, item.id) not in dossier.works:
                self._inquiry.fetch_work(item, dossier)
        for show in dict.fromkeys(item.id for item in dossier.claims if item.kind is TargetKind.SHOW):
            if dossier.spent < MOST_QUESTIONS or show in self._inquiry.layouts:
                self._inquiry.answer(ReadSeasons(show), dossier)
        seen: dict[tuple[TargetKind, int], _Seen] = {}
        while True:
            verdict = self._weigh_again(entry, dossier, seen)
            if is_certain(entry, verdict, auto_from=self._auto_from):
                break
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

    def _weigh_again(
        self, entry: Entry, dossier: Dossier, seen: dict[tuple[TargetKind, int], _Seen]
    ) -> Verdict:
        """Like `_weigh`; after an answer, only the works that it was about are looked at anew."""
        around = Circumstances(dossier.claims)
        for key, work in dossier.works.items():
            layout = self._inquiry.layouts.get(work.id) if isinstance(work, Show) else None
            known = seen.get(key)
            if known is None or known.work is not work or known.layout is not layout:
                options = options_for(entry, [work], self._inquiry.layouts, dossier.claims)
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
        self, entry: Entry, dossier: Dossier, neighbours: tuple[tuple[int, Neighbour], ...] = ()
    ) -> Verdict:
        anchors = {
            show: [_after(neighbour.episodes[-1]) for other, neighbour in neighbours if other == show]
            for show, _ in neighbours
        }
        options = options_for(entry, dossier.works.values(), self._inquiry.layouts, dossier.claims, anchors)
        verdict = judge(entry, options, Circumstances(dossier.claims, neighbours))
        if self.keep_verdicts:
            dossier.verdict = verdict
        return verdict


def _after(episode: Episode) -> Episode:
    return Episode(episode.season, episode.number + 1)


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
