"""Drives matching over a whole list: asks Trakt's catalogue what the pure part wants to know, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from anitrakt_plan.matching.claims import Claimed, claimed_mapping
from anitrakt_plan.matching.collisions import neighbours_of, with_collisions
from anitrakt_plan.matching.evidence import MatchContext, Neighbour, Option, Proposal, SignalValue, kind_of
from anitrakt_plan.matching.identity import other_work_of_id, with_names_of_id
from anitrakt_plan.matching.propose import (
    Verdict,
    is_certain,
    judge,
    options_for,
    propose,
    signals_of,
    verdict_of,
)
from anitrakt_plan.matching.seasons import Layouts, read_layouts
from anitrakt_plan.matching.signals import SERIES, DaysLevel, names_of
from anitrakt_plan.matching.titles import Likeness, likeness_of, search_queries
from anitrakt_plan.model import (
    AbsentClaim,
    Catalogue,
    Claim,
    Decision,
    Entry,
    EntryKey,
    Episode,
    Ids,
    Kind,
    Match,
    Movie,
    MovieClaim,
    PartialDate,
    Show,
    ShowClaim,
    ShowMatch,
    TargetKind,
    Work,
)
from anitrakt_plan.model.matches import format_match, list_length, mapping_episodes, mapping_runs

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
        found[index] = gathering.match(entry) if mine is None else as_decided(entry.key, mine)
        if on_progress is not None:
            on_progress(done, len(entries))
    proposals = gathering.rematch_with_neighbours(entries, [found[index] for index in range(len(entries))])
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
        self._lookup = CatalogueLookup(claims, catalogue, now)
        self._auto_from = auto_from
        self._today = now.date()
        self._reading = reading
        self.keep_verdicts = False  # they take much memory in a long list; the fit needs them
        self._findings: dict[EntryKey, EntryFindings] = {}

    def risk(self, entry: Entry) -> tuple[int, int]:
        """Lower: more may go wrong if the season list is not read, or the more was watched of it."""
        claims = self._lookup.claims_of(entry)
        if not claims:
            return 2, -entry.progress.watched
        return int(not any(_is_risky(entry, claim) for claim in claims)), -entry.progress.watched

    def match(self, entry: Entry) -> Proposal:
        """Match one entry by itself."""
        findings = self._findings[entry.key] = self._lookup.open(entry)
        verdict = self._weigh(findings)
        if self._lookup.offline:
            proposal = propose(findings.entry, verdict, auto_from=self._auto_from)
            return proposal if proposal.decision is Decision.AUTO else unsettled(proposal)
        films = all(claim.kind is TargetKind.MOVIE for claim in findings.claims)
        trusted = self._reading is Reading.RISKY and self.risk(entry)[0] == 1
        sure = is_certain(findings.entry, verdict, auto_from=self._auto_from)
        if (films or trusted) and sure and not self._lookup.unconfirmed(findings, verdict):
            return propose(findings.entry, verdict, auto_from=self._auto_from)
        return self._ask_until_sure(findings)

    def rematch_with_neighbours(self, entries: Sequence[Entry], proposals: list[Proposal]) -> list[Proposal]:
        """Match what is open once more, now that the places of its neighbours in the list are known."""
        placed: dict[int, list[tuple[Entry, tuple[Episode, ...]]]] = {}
        for entry, proposal in zip(entries, proposals, strict=True):
            if isinstance(proposal.match, ShowMatch):
                episodes = mapping_episodes(proposal.match.mapping)
                placed.setdefault(proposal.match.show, []).append((entry, episodes))
        if self._lookup.offline or not placed:
            return proposals
        again: list[Proposal] = []
        for entry, proposal in zip(entries, proposals, strict=True):
            if (findings := self._findings.get(entry.key)) is None:
                again.append(proposal)  # decided by the user
                continue
            near = {
                show: placed[show]
                for kind, show in findings.works
                if kind is TargetKind.SHOW and show in placed
            }
            if proposal.decision is Decision.REVIEW and near:
                verdict = self._weigh(findings, neighbours_of(findings.entry, near))
                proposal = propose(findings.entry, verdict, auto_from=self._auto_from)
            again.append(proposal)
        return again

    def verdict(self, entry: Entry) -> Verdict:
        """All options that were weighed for an entry, as they were seen last (for the fit of the weights)."""
        verdict = self._findings[entry.key].verdict
        return verdict if verdict is not None else Verdict(())

    def _ask_until_sure(self, findings: EntryFindings) -> Proposal:
        entry = findings.entry
        for item in findings.claims:
            if (item.kind, item.id) not in findings.works:
                self._lookup.fetch_work(item.kind, item.id, findings)
        for show in dict.fromkeys(item.id for item in findings.claims if item.kind is TargetKind.SHOW):
            if findings.spent < MAX_LOOKUPS or show in self._lookup.layouts:
                self._lookup.answer(ReadSeasons(show), findings)
        seen: dict[tuple[TargetKind, int], _Seen] = {}
        while True:
            verdict = self._weigh_again(findings, seen)
            if is_certain(entry, verdict, auto_from=self._auto_from):
                doubted = self._lookup.unconfirmed(findings, verdict)
                if doubted is None or not self._lookup.fetch_work(*doubted, findings):
                    break
                continue
            lookup = next_lookup(
                entry,
                tuple(findings.works.values()),
                findings.asked,
                self._lookup.knows,
                MAX_LOOKUPS - findings.spent,
                verdict.unread,
                verdict.doubtful_name,
            )
            if lookup is None:
                break
            self._lookup.answer(lookup, findings)
        return propose(entry, verdict, auto_from=self._auto_from)

    def _weigh_again(self, findings: EntryFindings, seen: dict[tuple[TargetKind, int], _Seen]) -> Verdict:
        """Like `_weigh`; after an answer, only the works that it was about are looked at anew."""
        entry = findings.entry
        around = MatchContext(findings.claims, other_work=findings.other_work)
        for key, work in findings.works.items():
            layouts = self._lookup.layouts.get(work.id) if isinstance(work, Show) else None
            known = seen.get(key)
            if known is None or known.work is not work or known.layouts is not layouts:
                options = self._options(findings, [work])
                signals = tuple(signals_of(entry, option, around) for option in options)
                seen[key] = _Seen(work, layouts, options, signals)
        rows = [seen[key] for key in findings.works]
        verdict = verdict_of(
            entry,
            [option for row in rows for option in row.options],
            [signals for row in rows for signals in row.signals],
            findings.other_work,
        )
        if self.keep_verdicts:
            findings.verdict = verdict
        return verdict

    def _weigh(self, findings: EntryFindings, neighbours: tuple[tuple[int, Neighbour], ...] = ()) -> Verdict:
        anchors = {
            show: [_after(neighbour.episodes[-1]) for other, neighbour in neighbours if other == show]
            for show, _ in neighbours
        }
        options = self._options(findings, findings.works.values(), anchors)
        around = MatchContext(findings.claims, neighbours, findings.other_work)
        verdict = judge(findings.entry, options, around)
        if self.keep_verdicts:
            findings.verdict = verdict
        return verdict

    def _options(
        self,
        findings: EntryFindings,
        works: Iterable[Work],
        anchors: Mapping[int, Sequence[Episode]] | None = None,
    ) -> tuple[Option, ...]:
        ended = findings.entry.is_over(self._today)
        return options_for(findings.entry, works, self._lookup.layouts, findings.claims, anchors, ended=ended)


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


# --- what is asked of the id maps and of Trakt's catalogue about entries ---


_CONFIRMING = (DaysLevel.ON_THE_DAY, DaysLevel.THAT_WEEK)
"""Levels of the air dates by which Trakt's own season list shows that the id is of the right work."""


class ClaimSource(Protocol):
    """The id maps."""

    def claims(self, ids: Ids) -> tuple[Claim, ...]:
        """What all maps say of an entry."""

    def trakt_id(self, kind: TargetKind, tmdb: int) -> int | None:
        """The Trakt id that belongs to a TMDB id, where a map knows both."""


@dataclass(slots=True)
class EntryFindings:
    """What has been found out about one entry.

    `entry` is the list's with what else its id says, where that is the same work; else `other_work` is that one's name.
    `by_map`: the works that only a map has named so far.
    """

    entry: Entry
    other_work: str | None = None
    by_map: set[tuple[TargetKind, int]] = field(default_factory=set)
    claims: tuple[Claimed, ...] = ()
    works: dict[tuple[TargetKind, int], Work] = field(default_factory=dict)
    asked: set[Lookup] = field(default_factory=set)
    spent: int = 0
    verdict: Verdict | None = None

    def add(self, works: Iterable[Work]) -> None:
        """Take in works that were found, keeping what is known of them where that is more."""
        for work in works:
            key = (kind_of(work), work.id)
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
        self.layouts: dict[int, Layouts] = {}
        self._answers: dict[Lookup, tuple[Work, ...]] = {}
        self._by_tmdb: dict[tuple[TargetKind, int], Work | None] = {}

    @property
    def offline(self) -> bool:
        """Whether Trakt is not to be asked."""
        return self._catalogue is None

    def knows(self, lookup: Lookup) -> bool:
        """Whether the answer is known already and costs no request."""
        return lookup in self._answers

    def claims_of(self, entry: Entry) -> tuple[ShowClaim | MovieClaim, ...]:
        """Where the maps say that an entry is."""
        found = self._source.claims(entry.ids)
        return tuple(claim for claim in found if not isinstance(claim, AbsentClaim))

    def open(self, entry: Entry) -> EntryFindings:
        """Begin with what the maps say: claims with Trakt ids, works with a name, and whether id and title agree."""
        findings = EntryFindings(entry)
        found: list[Claimed] = []
        for claim in self.claims_of(entry):
            kind = TargetKind.SHOW if isinstance(claim, ShowClaim) else TargetKind.MOVIE
            work_id = claim.trakt
            if work_id is None and claim.tmdb is not None:
                work_id = self._source.trakt_id(kind, claim.tmdb) or self._id_of_tmdb(
                    kind, claim.tmdb, findings
                )
            if work_id is not None:
                found.append(_claimed(claim, kind, work_id, entry))
        findings.claims = tuple(found)
        findings.other_work = other_work_of_id(entry, found)
        if findings.other_work is None:
            findings.entry = _dated(with_names_of_id(entry), found)
        elif entry.known_as is not None:  # its days and length are those of the id, too
            findings.entry = replace(entry, aired_from=None, aired_to=None, minutes=None)
        for item in found:
            key = (item.kind, item.id)
            if item.title is not None and key not in findings.works:
                findings.add([_named_work(item)])
                findings.by_map.add(key)
        return findings

    def unconfirmed(self, findings: EntryFindings, verdict: Verdict) -> tuple[TargetKind, int] | None:
        """The best option's work, if one row of one map is all that speaks for it: its title may belong elsewhere."""
        best = verdict.options[0]
        work = best.option.work
        key = (kind_of(work), work.id)
        maps = {claim.map for claim in findings.claims if (claim.kind, claim.id) == key}
        if self._catalogue is None or key not in findings.by_map or len(maps) > 1:
            return None
        return None if best.saw(*_CONFIRMING) else key

    def _id_of_tmdb(self, kind: TargetKind, tmdb: int, findings: EntryFindings) -> int | None:
        key = (kind, tmdb)
        if key not in self._by_tmdb:
            if self._catalogue is None or findings.spent >= MAX_LOOKUPS:
                return None
            self._by_tmdb[key] = self._catalogue.by_tmdb(kind, tmdb)
            findings.spent += 1
        work = self._by_tmdb[key]
        if work is not None:
            findings.add([work])
        return work.id if work else None

    def fetch_work(self, kind: TargetKind, work_id: int, findings: EntryFindings) -> bool:
        """Read the show or film that a map names, if a lookup is left for it; whether it was read."""
        if self._catalogue is None or findings.spent >= MAX_LOOKUPS:
            return False
        findings.spent += 1
        findings.by_map.discard((kind, work_id))
        work: Work | None
        work = self._catalogue.show(work_id) if kind is TargetKind.SHOW else self._catalogue.movie(work_id)
        if work is None:
            findings.works.pop((kind, work_id), None)
        else:
            findings.works[(kind, work_id)] = work
        return True

    def answer(self, lookup: Lookup, findings: EntryFindings) -> None:
        """Get the answer to a lookup, from memory or from Trakt, and put it into the findings."""
        findings.asked.add(lookup)
        if lookup not in self._answers:
            findings.spent += 1
            self._answers[lookup] = self._ask(lookup, findings)
        if isinstance(lookup, ReadAliases):
            for work in self._answers[lookup]:
                findings.works[(lookup.kind, lookup.id)] = work
        else:
            findings.add(self._answers[lookup])

    def _ask(self, lookup: Lookup, findings: EntryFindings) -> tuple[Work, ...]:
        assert self._catalogue is not None
        match lookup:
            case SearchFor(query, kind):
                return self._catalogue.search(query, kind)
            case ReadSeasons(show):
                seasons = self._catalogue.seasons(show)
                self.layouts[show] = read_layouts(seasons or (), self._now)
                return ()
            case ReadAliases(kind, work_id):
                aliases = self._catalogue.aliases(kind, work_id)
                return (replace(findings.works[(kind, work_id)], aliases=aliases),)


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


# --- what to ask Trakt next about an entry: few questions, the most telling first ---


MAX_LOOKUPS = 5

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


Lookup = SearchFor | ReadSeasons | ReadAliases


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
    return tuple(show for promise, _, show in sorted(ranked) if promise[0] < Likeness.OTHER.rank)


def _promise(entry: Entry, work: Work) -> tuple[int, int, float]:
    """Lower is likelier: how alike the names are, then how well the year can fit."""
    likeness, value, _ = likeness_of(entry.titles.all(), names_of(work))
    year = 1
    if entry.year is not None and work.year is not None:
        late = entry.year - work.year
        year = 0 if late == 0 else 1 if late > 0 else 2 if late == -1 else 4
    rank = likeness.rank
    if likeness in (Likeness.SAME, Likeness.SAME_BASE, Likeness.LEADS):
        rank = 0 if likeness is not Likeness.LEADS else 1
    return rank + (3 if year == 4 else 0), year, -value


def next_lookup(
    entry: Entry,
    works: Sequence[Work],
    asked: Collection[Lookup],
    free: Callable[[Lookup], bool],
    left: int,
    promising: Mapping[int, float],
    doubtful: tuple[TargetKind, int] | None = None,
) -> Lookup | None:
    """The next thing to ask about an entry that is not certain yet; None if nothing more is worth it.

    `asked`: what was asked for this entry; `free`: whether an answer is known already and costs no request;
    `left`: requests that may still be spent; `promising`: the belief in each show not read yet;
    `doubtful`: the work that only its name speaks against.
    """

    def may(lookup: Lookup) -> bool:
        return lookup not in asked and (left > 0 or free(lookup))

    searches = [search for search in searches_for(entry) if search not in asked]
    done = sum(isinstance(lookup, SearchFor) for lookup in asked)
    shows = shows_to_read(entry, works, {q.show for q in asked if isinstance(q, ReadSeasons)})
    likely = sorted(
        (show for show in shows if promising.get(show, 0.0) > _LIKELY), key=lambda s: -promising[s]
    )
    strong = [ReadSeasons(show) for show in likely[:1]]
    reads = [ReadSeasons(show) for show in shows[: 3 if left > 1 else 2]]
    first_round = [search for search in searches if done == 0]
    aliases = _aliases_to_read(entry, works)
    named = [ReadAliases(*doubtful)] if doubtful else []
    wanted: list[Lookup] = [
        *first_round[:1],
        *strong,
        *named,
        *searches[:1],
        *reads,
        *searches[1:],
        *aliases,
    ]
    return next((lookup for lookup in wanted if may(lookup)), None)


def _aliases_to_read(entry: Entry, works: Sequence[Work]) -> list[ReadAliases]:
    open_ones = [work for work in works if work.aliases is None]
    open_ones.sort(key=lambda work: _promise(entry, work))
    return [ReadAliases(kind_of(work), work.id) for work in open_ones[:1]]
