"""Drives matching over a whole list: asks Trakt's catalogue what the pure part wants to know, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Protocol

from anitrakt_plan.matching.asking import (
    MAX_LOOKUPS,
    Asking,
    Expected,
    FindTmdb,
    Lookup,
    ReadAliases,
    ReadSeasons,
    SearchFor,
    next_lookup,
    searches_for,
)
from anitrakt_plan.matching.claims import Claimed, claimed, claimed_mapping
from anitrakt_plan.matching.collisions import neighbours_of, with_collisions
from anitrakt_plan.matching.evidence import MatchContext, Neighbour, Option, Proposal, SignalValue
from anitrakt_plan.matching.identity import other_work_of_id, with_names_of_id
from anitrakt_plan.matching.propose import (
    Verdict,
    is_certain,
    options_for,
    propose,
    signals_of,
    verdict_of,
)
from anitrakt_plan.matching.seasons import Layouts, read_layouts
from anitrakt_plan.matching.signals import CLIPS, DaysLevel, names_of
from anitrakt_plan.matching.titles import base_names
from anitrakt_plan.model import (
    AbsentClaim,
    Catalogue,
    Claim,
    Decision,
    Entry,
    EntryKey,
    Episode,
    Ids,
    Match,
    Movie,
    MovieClaim,
    PartialDate,
    Run,
    Show,
    ShowClaim,
    ShowMatch,
    TargetKind,
    TmdbId,
    Work,
    WorkId,
)
from anitrakt_plan.model.matches import format_match, list_length, mapping_episodes

Progress = Callable[[int, int], None]

Expect = Callable[[Sequence[Expected]], None]

CLIP_UNASKED = "no id map knows this clip; `review` asks about it when you come to it"

AHEAD = 24
"""So many entries before its turn it is said what will be asked first about one."""


class Reading(StrEnum):
    """Which season lists are read of the shows that id maps name: each, or only where the maps leave a risk."""

    EVERY = "every"
    RISKY = "risky"


def match_entries(  # noqa: PLR0913  (each is a fact of its own, by keyword)
    entries: Sequence[Entry],
    claims: ClaimSource,
    catalogue: Catalogue | None,
    *,
    auto_from: float,
    now: datetime,
    reading: Reading = Reading.EVERY,
    asking: Asking = Asking.EVERYTHING,
    decided: Mapping[EntryKey, Match] | None = None,
) -> tuple[Proposal, ...]:
    """One proposal for each entry, in the same order: a whole run of `Gathering`. Raises what the catalogue raises."""
    gathering = Gathering(
        entries,
        claims,
        catalogue,
        auto_from=auto_from,
        now=now,
        reading=reading,
        asking=asking,
        decided=decided,
    )
    gathering.ask()
    return gathering.proposals()


@dataclass(frozen=True, slots=True)
class _Seen:
    work: Work
    layouts: Layouts | None
    options: tuple[Option, ...]
    signals: tuple[tuple[SignalValue, ...], ...]

    def holds_for(self, work: Work, layouts: Layouts | None) -> bool:
        """Whether nothing more is known of the work than was then."""
        return self.work is work and self.layouts is layouts


class Gathering:
    """One run over a list: looks at each entry by itself, and at what is open once more.

    `catalogue` None: the id maps alone decide. `now`: aware, UTC. `decided`: the user's own matches, which claim their
    episodes; such an entry costs no request and comes back as confirmed.
    """

    def __init__(  # noqa: PLR0913  (each is a fact of its own, by keyword)
        self,
        entries: Sequence[Entry],
        claims: ClaimSource,
        catalogue: Catalogue | None,
        *,
        auto_from: float,
        now: datetime,
        reading: Reading = Reading.EVERY,
        asking: Asking = Asking.EVERYTHING,
        decided: Mapping[EntryKey, Match] | None = None,
    ) -> None:
        self._entries = entries
        self._lookup = CatalogueLookup(claims, catalogue, now)
        self._auto_from = auto_from
        self._today = now.date()
        self._reading = reading
        self._asking = asking
        self._decided = decided or {}
        self.keep_verdicts = False  # they take much memory in a long list; the fit needs them
        self._opened: dict[EntryKey, EntryFindings] = {}
        self._findings: dict[EntryKey, EntryFindings] = {}
        self._found: dict[EntryKey, Proposal] = {
            entry.key: as_decided(entry.key, self._decided[entry.key])
            for entry in entries
            if entry.key in self._decided
        }
        self._settled = len(self._found)

    def ask(self, on_progress: Progress | None = None, expect: Expect | None = None) -> None:
        """Look at every entry, what is most at risk first: what decides about each, then all else about what is open.

        It may be broken off at any moment: `proposals` goes by what is known then. `expect` hears, some entries ahead,
        what will be asked first about each. Raises what the catalogue raises.
        """
        waiting = sorted((entry for entry in self._entries if entry.key not in self._found), key=self.risk)
        coming = iter(waiting)
        waves = dict.fromkeys((self._asking,) if self._lookup.offline else (Asking.DECIDING, self._asking))
        for asking in waves:
            still_open = []
            for number, entry in enumerate(waiting):
                if expect is not None:
                    for later in islice(coming, 1 if number else AHEAD):
                        expect(self._first_lookups(later))
                goes_on = self._look_into(entry, asking) and asking is not self._asking
                if goes_on:
                    still_open.append(entry)
                elif on_progress is not None:
                    self._settled += 1
                    on_progress(self._settled, len(self._entries))
            waiting = still_open

    def _first_lookups(self, entry: Entry) -> tuple[Expected, ...]:
        """What will be asked first about an entry, for sure; empty where that depends on what is known by then."""
        if self._lookup.offline or (self._reading is Reading.RISKY and self.risk(entry)[0] == 1):
            return ()
        if not self._lookup.claims_of(entry) and (entry.kind in CLIPS or self._lookup.relatives(entry)):
            return ()  # it is not asked about, or these may settle it
        unknown = self._lookup.unknown_by_tmdb(entry)
        if unknown:
            return unknown
        findings = self._opened[entry.key] = self._lookup.open(entry)
        return self._lookup.first_lookups(findings)

    @property
    def unasked(self) -> frozenset[EntryKey]:
        """The entries that were not looked at, as `ask` was broken off before."""
        return frozenset(entry.key for entry in self._entries if entry.key not in self._found)

    def proposals(self) -> tuple[Proposal, ...]:
        """One proposal for each entry, in their order; about those that are `unasked` the id maps alone decide."""
        unasked = self.unasked
        if unasked:
            self._lookup.close()
        found = [self._found.get(entry.key) or self._by_maps(entry) for entry in self._entries]
        proposals = self._rematch_with_neighbours(found)
        return with_collisions(self._entries, proposals, self._decided)

    def risk(self, entry: Entry) -> tuple[int, int]:
        """Lower: more may go wrong if the season list is not read, or the more was watched of it."""
        claims = self._lookup.claims_of(entry)
        if not claims:
            return 2, -entry.progress.watched
        return int(not any(_is_risky(entry, claim) for claim in claims)), -entry.progress.watched

    def _look_into(self, entry: Entry, asking: Asking) -> bool:
        """Match one entry by itself, asking so much; whether it is open."""
        proposal = self._by_maps(entry) if self._lookup.offline else self._by_asking(entry, asking)
        self._found[entry.key] = proposal
        is_open = proposal.decision is Decision.REVIEW
        if not is_open and not self.keep_verdicts:
            del self._findings[entry.key]  # of a long list they are a good part of the memory
        return is_open

    def _by_maps(self, entry: Entry) -> Proposal:
        findings = self._findings[entry.key] = self._lookup.open(entry)
        proposal = self._propose(findings, self._weigh(findings, {}))
        return proposal if proposal.decision is Decision.AUTO else unsettled(proposal)

    def _by_asking(self, entry: Entry, asking: Asking) -> Proposal:
        findings = self._findings.get(entry.key)
        if findings is not None:
            return self._ask_until_sure(findings, asking)
        findings = self._opened.pop(entry.key, None) or self._lookup.open(entry)
        self._findings[entry.key] = findings
        if (settled := self._by_relatives(findings)) is not None:
            return settled
        if asking is Asking.DECIDING and entry.kind in CLIPS and not findings.claims:
            # what a search finds for a clip is held back, whatever it is: it is for a person who looks
            return Proposal(entry.key, Decision.REVIEW, None, 0.0, (), CLIP_UNASKED, wanted="a look at Trakt")
        if (settled := self._by_claims_alone(findings)) is not None:
            return settled
        self._lookup.read_claimed(findings)
        return self._ask_until_sure(findings, asking)

    def _by_claims_alone(self, findings: EntryFindings) -> Proposal | None:
        """The place of a film, or where only what is risky is read of a run that is not, if the maps make that sure."""
        films = all(claim.kind is TargetKind.MOVIE for claim in findings.claims)
        if not films and not (self._reading is Reading.RISKY and self.risk(findings.entry)[0] == 1):
            return None
        verdict = self._weigh(findings, {})
        is_settled = self._is_certain(findings, verdict) and not self._lookup.unconfirmed(findings, verdict)
        return self._propose(findings, verdict) if is_settled else None

    def _by_relatives(self, findings: EntryFindings) -> Proposal | None:
        """The place of a later season that no map knows in a show that was read for another entry, if that is sure.

        A new season is seldom known to a map, and its show nearly always: then no search tells more. What would open
        the show is searched for: another show may bear the name.
        """
        relatives = () if findings.claims or findings.other_work else self._lookup.relatives(findings.entry)
        if not relatives:
            return None
        findings.add(relatives)
        verdict = self._weigh(findings, {})
        if self._is_certain(findings, verdict):
            best = verdict.options[0]
            if best.saw(DaysLevel.ON_THE_DAY) and not best.option.opens:
                return self._propose(findings, verdict)
        findings.works.clear()  # a search says better which are meant
        return None

    def _rematch_with_neighbours(self, proposals: list[Proposal]) -> list[Proposal]:
        """Match what is open once more, now that the places of its neighbours in the list are known."""
        if self._lookup.offline:
            return proposals
        placed: dict[WorkId, list[tuple[Entry, tuple[Episode, ...]]]] = {}
        for entry, proposal in zip(self._entries, proposals, strict=True):
            if isinstance(proposal.match, ShowMatch):
                episodes = mapping_episodes(proposal.match.mapping)
                placed.setdefault(proposal.match.show, []).append((entry, episodes))
        return [
            self._rematch(self._findings[proposal.key], proposal, placed)
            if proposal.decision is Decision.REVIEW
            else proposal
            for proposal in proposals
        ]

    def _rematch(
        self,
        findings: EntryFindings,
        proposal: Proposal,
        placed: Mapping[WorkId, Sequence[tuple[Entry, tuple[Episode, ...]]]],
    ) -> Proposal:
        shows = [work.id for work in findings.works.values() if isinstance(work, Show) and work.id in placed]
        if not shows:
            return proposal
        neighbours = neighbours_of(findings.entry, {show: placed[show] for show in shows})
        return self._propose(findings, self._weigh(findings, {}, neighbours))

    def verdict(self, entry: Entry) -> Verdict:
        """All options that were weighed for an entry, as they were seen last (for the fit of the weights)."""
        verdict = self._findings[entry.key].verdict
        return verdict if verdict is not None else Verdict(())

    def _propose(self, findings: EntryFindings, verdict: Verdict) -> Proposal:
        return propose(findings.entry, verdict, auto_from=self._auto_from)

    def _is_certain(self, findings: EntryFindings, verdict: Verdict) -> bool:
        return is_certain(findings.entry, verdict, auto_from=self._auto_from)

    def _ask_until_sure(self, findings: EntryFindings, asking: Asking) -> Proposal:
        seen: dict[tuple[TargetKind, WorkId], _Seen] = {}
        goes_on = True
        while goes_on:
            verdict = self._weigh(findings, seen)
            if self._is_certain(findings, verdict):
                goes_on = self._lookup.confirm(findings, verdict)
            else:
                goes_on = self._lookup.ask_next(findings, verdict, asking)
        return self._propose(findings, verdict)

    def _weigh(
        self,
        findings: EntryFindings,
        seen: dict[tuple[TargetKind, WorkId], _Seen],
        neighbours: Sequence[tuple[WorkId, Neighbour]] = (),
    ) -> Verdict:
        """The verdict on an entry; of the works that were `seen` before only what has changed is looked at anew."""
        context = MatchContext(findings.claims, tuple(neighbours), findings.other_work, self._today)
        for key, work in findings.works.items():
            layouts, known = self._lookup.layouts_of(work), seen.get(key)
            if known is None or not known.holds_for(work, layouts):
                seen[key] = self._look_at(work, layouts, findings, context)
        rows = [seen[key] for key in findings.works]
        options = [option for row in rows for option in row.options]
        signals = [signals for row in rows for signals in row.signals]
        verdict = verdict_of(findings.entry, options, signals, findings.other_work)
        if self.keep_verdicts:
            findings.verdict = verdict
        return verdict

    def _look_at(
        self, work: Work, layouts: Layouts | None, findings: EntryFindings, context: MatchContext
    ) -> _Seen:
        entry = findings.entry
        starts = [_after(near.episodes[-1]) for show, near in context.neighbours if show == work.id]
        options = options_for(
            entry,
            [work],
            self._lookup.layouts,
            findings.claims,
            {work.id: starts},
            ended=entry.is_over(self._today),
        )
        if any(option.place is not None and option.place.rest for option in options):
            context = replace(context, beside=self._lookup.runs_beside(entry, work))
        return _Seen(work, layouts, options, tuple(signals_of(entry, option, context) for option in options))


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
    if proposal.candidates:
        return replace(proposal, hint=f"the id maps alone do not settle it: {proposal.hint}")
    text = "no id map knows it, and Trakt was not asked"
    return Proposal(proposal.key, Decision.REVIEW, None, 0.0, (), text, wanted="a look at Trakt")


def as_decided(key: EntryKey, match: Match) -> Proposal:
    """The proposal for an entry that the user has decided: their match, looked at no more."""
    return Proposal(key, Decision.CONFIRMED, match, 1.0, ("decided",), f"{format_match(match)} · decided")


# --- what is asked of the id maps and of Trakt's catalogue about entries ---


_CONFIRMING = (DaysLevel.ON_THE_DAY, DaysLevel.THAT_WEEK)
"""Levels of the air dates by which Trakt's own season list shows that the id is of the right work."""


class ClaimSource(Protocol):
    """The id maps."""

    def claims(self, ids: Ids) -> tuple[Claim, ...]:
        """What all maps say of an entry."""

    def trakt_id(self, kind: TargetKind, tmdb: int) -> int | None:
        """The Trakt id that belongs to a TMDB id, where a map knows both."""

    def runs_beside(self, ids: Ids, show: int) -> frozenset[Run]:
        """The runs that the maps spell out for other works in a show, by its TMDB id."""


@dataclass(slots=True)
class EntryFindings:
    """What has been found out about one entry.

    `entry` is the list's with what else its id says, where that is the same work; else `other_work` is that one's name.
    `by_map`: the works that only a map has named so far.
    """

    entry: Entry
    other_work: str | None = None
    by_map: set[tuple[TargetKind, WorkId]] = field(default_factory=set)
    claims: tuple[Claimed, ...] = ()
    works: dict[tuple[TargetKind, WorkId], Work] = field(default_factory=dict)
    asked: set[Lookup] = field(default_factory=set)
    spent: int = 0
    verdict: Verdict | None = None

    @property
    def left(self) -> int:
        """How many requests may still be spent on the entry."""
        return MAX_LOOKUPS - self.spent

    def add(self, works: Iterable[Work]) -> None:
        """Take in works that were found, keeping what is known of them where that is more."""
        for work in works:
            key = (work.kind, work.id)
            known = self.works.get(key)
            # what a search brings knows more than what a map says, but may lack the aliases read before
            if known is None or (known.aliases is None and work.aliases is not None) or known.tmdb is None:
                self.works[key] = work


class CatalogueLookup:
    """One run over a list: what was asked so far, of all entries together, and what was answered.

    `catalogue` None: only the id maps are asked. `layouts`: the season lists that were read, by the show's Trakt id.
    """

    def __init__(self, claims: ClaimSource, catalogue: Catalogue | None, now: datetime) -> None:
        self._source = claims
        self._catalogue = catalogue
        self._now = now
        self.layouts: dict[WorkId, Layouts] = {}
        self._answers: dict[Lookup, tuple[Work, ...]] = {}
        self._by_tmdb: dict[tuple[TargetKind, int], Work | None] = {}
        self._unopened: dict[Ids, tuple[ShowClaim | MovieClaim, ...]] = {}
        self._read_by_name: defaultdict[str, dict[WorkId, Show]] = defaultdict(dict)

    @property
    def offline(self) -> bool:
        """Whether Trakt is not to be asked."""
        return self._catalogue is None

    def close(self) -> None:
        """Ask no more from here on."""
        self._catalogue = None

    def layouts_of(self, work: Work) -> Layouts | None:
        """A show's season list, where it was read."""
        return self.layouts.get(work.id) if isinstance(work, Show) else None

    def claims_of(self, entry: Entry) -> tuple[ShowClaim | MovieClaim, ...]:
        """Where the maps say that an entry is; kept until it is opened, as its risk is asked for before."""
        known = self._unopened.get(entry.ids)
        if known is None:
            found = self._source.claims(entry.ids)
            known = tuple(claim for claim in found if not isinstance(claim, AbsentClaim))
            self._unopened[entry.ids] = known
        return known

    def open(self, entry: Entry) -> EntryFindings:
        """Begin with what the maps say: claims with their works' ids, the works, and whether id and title agree."""
        findings = EntryFindings(entry)
        claims = [self._claimed(claim, findings) for claim in self.claims_of(entry)]
        self._unopened.pop(entry.ids, None)
        findings.claims = tuple(claim for claim in claims if claim is not None)
        findings.other_work = other_work_of_id(entry, findings.claims)
        if findings.other_work is None:
            findings.entry = _dated(with_names_of_id(entry), findings.claims)
        elif entry.known_as is not None:  # its days and length are those of the id, too
            findings.entry = replace(entry, aired_from=None, aired_to=None, minutes=None)
        for claim in sorted(findings.claims, key=lambda claim: claim.title is None):
            # where nobody can be asked, a work without a name is a candidate, too: by its id alone
            if (self.offline or claim.title is not None) and claim.work not in findings.works:
                findings.add([_named_work(claim)])
                findings.by_map.add(claim.work)
        return findings

    def _claimed(self, claim: ShowClaim | MovieClaim, findings: EntryFindings) -> Claimed | None:
        kind = _kind_of_claim(claim)
        work_id: WorkId | None = self._trakt_id(claim, kind)
        if work_id is None and claim.tmdb is not None:
            work_id = TmdbId(claim.tmdb) if self.offline else self._id_of_tmdb(kind, claim.tmdb, findings)
        return None if work_id is None else claimed(claim, kind, work_id, findings.entry.episodes)

    def _trakt_id(self, claim: ShowClaim | MovieClaim, kind: TargetKind) -> WorkId | None:
        if claim.trakt is not None or claim.tmdb is None:
            return claim.trakt
        return self._source.trakt_id(kind, claim.tmdb)

    def runs_beside(self, entry: Entry, show: Work) -> frozenset[Run]:
        """The runs that the maps spell out for other works in a show."""
        tmdb = show.id.number if isinstance(show.id, TmdbId) else show.tmdb
        return frozenset() if tmdb is None else self._source.runs_beside(entry.ids, tmdb)

    def unknown_by_tmdb(self, entry: Entry) -> tuple[Expected, ...]:
        """The first claim whose work is to be found by its TMDB id, before anything else is known."""
        for claim in self.claims_of(entry):
            kind = _kind_of_claim(claim)
            if claim.tmdb is not None and self._trakt_id(claim, kind) is None:
                return () if (kind, claim.tmdb) in self._by_tmdb else (FindTmdb(kind, claim.tmdb),)
        return ()

    def relatives(self, entry: Entry) -> tuple[Show, ...]:
        """The shows with a season list by now that bear the entry's name, but for season words or a subtitle."""
        names = (name for title in entry.titles.all() for name in base_names(title))
        return tuple(
            {show.id: show for name in names for show in self._read_by_name.get(name, {}).values()}.values()
        )

    def first_lookups(self, findings: EntryFindings) -> tuple[Expected, ...]:
        """What `read_claimed`, or else the first search, asks for an entry that was just opened."""
        works = dict.fromkeys(claim.work for claim in findings.claims)
        if not works:
            return self._unanswered(searches_for(findings.entry)[:1])
        left = MAX_LOOKUPS - sum(key not in findings.works for key in works)
        shows = [show for kind, show in works if kind is TargetKind.SHOW]
        return self._unanswered(map(ReadSeasons, shows[:left]))

    def _unanswered(self, lookups: Iterable[Lookup]) -> tuple[Lookup, ...]:
        return tuple(lookup for lookup in lookups if lookup not in self._answers)

    def unconfirmed(self, findings: EntryFindings, verdict: Verdict) -> tuple[TargetKind, WorkId] | None:
        """The best option's work, if one row of one map is all that speaks for it: its title may belong elsewhere."""
        best = verdict.options[0]
        key = (best.option.work.kind, best.option.work.id)
        maps = {claim.map for claim in findings.claims if claim.work == key}
        if self.offline or key not in findings.by_map or len(maps) > 1:
            return None
        return None if best.saw(*_CONFIRMING) else key

    def confirm(self, findings: EntryFindings, verdict: Verdict) -> bool:
        """Read the best option's work if it is unconfirmed; whether it was read, and the verdict may change."""
        doubted = self.unconfirmed(findings, verdict)
        return doubted is not None and self._read_work(doubted, findings)

    def _id_of_tmdb(self, kind: TargetKind, tmdb: int, findings: EntryFindings) -> WorkId | None:
        key = (kind, tmdb)
        if key not in self._by_tmdb:
            if self._catalogue is None or findings.left <= 0:
                return None
            self._by_tmdb[key] = self._catalogue.by_tmdb(kind, tmdb)
            findings.spent += 1
        if (work := self._by_tmdb[key]) is None:
            return None
        findings.add([work])
        return work.id

    def read_claimed(self, findings: EntryFindings) -> None:
        """Read the works that the maps name, and the season lists of the shows, as far as requests are left."""
        for claim in findings.claims:
            if claim.work not in findings.works:
                self._read_work(claim.work, findings)
        for kind, show in dict.fromkeys(claim.work for claim in findings.claims):
            if kind is TargetKind.SHOW and (findings.left > 0 or show in self.layouts):
                self._answer(ReadSeasons(show), findings)

    def _read_work(self, key: tuple[TargetKind, WorkId], findings: EntryFindings) -> bool:
        """Read the show or film that a map names, if a request is left for it; whether it was read."""
        if self._catalogue is None or findings.left <= 0:
            return False
        findings.spent += 1
        findings.by_map.discard(key)
        kind, work_id = key
        work = self._catalogue.show(work_id) if kind is TargetKind.SHOW else self._catalogue.movie(work_id)
        if work is None:
            findings.works.pop(key, None)
        else:
            findings.works[key] = work
        return True

    def ask_next(self, findings: EntryFindings, verdict: Verdict, asking: Asking) -> bool:
        """Get the answer to the next lookup that is worth it; whether there was one."""
        lookup = next_lookup(
            findings.entry,
            tuple(findings.works.values()),
            findings.asked,
            self._answers.__contains__,
            findings.left,
            verdict,
            asking,
        )
        if lookup is not None:
            self._answer(lookup, findings)
        return lookup is not None

    def _answer(self, lookup: Lookup, findings: EntryFindings) -> None:
        findings.asked.add(lookup)
        if lookup not in self._answers:
            findings.spent += 1
            self._answers[lookup] = self._ask(lookup, findings)
        if isinstance(lookup, ReadAliases):
            (findings.works[lookup.kind, lookup.id],) = self._answers[lookup]
        else:
            findings.add(self._answers[lookup])
        if isinstance(lookup, ReadSeasons):
            show = findings.works.get((TargetKind.SHOW, lookup.show))
            if isinstance(show, Show):
                for name in names_of(show):
                    self._read_by_name[base_names(name)[0]][show.id] = show

    def _ask(self, lookup: Lookup, findings: EntryFindings) -> tuple[Work, ...]:
        assert self._catalogue is not None
        match lookup:
            case SearchFor(query, kind):
                return self._catalogue.search(query, kind)
            case ReadSeasons(show):
                seasons = self._catalogue.seasons(show)
                self.layouts[show] = read_layouts(seasons or (), self._now)
                whole = self._catalogue.came_with_seasons(show)
                return () if whole is None else (whole,)
            case ReadAliases(kind, work_id):
                aliases = self._catalogue.aliases(kind, work_id)
                return (replace(findings.works[(kind, work_id)], aliases=aliases),)


def _kind_of_claim(claim: ShowClaim | MovieClaim) -> TargetKind:
    return TargetKind.SHOW if isinstance(claim, ShowClaim) else TargetKind.MOVIE


def _dated(entry: Entry, claims: Iterable[Claimed]) -> Entry:
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
