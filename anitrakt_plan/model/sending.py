"""What an entry of a plan sends, and which entries would give plays to the same episode or film."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from anitrakt_plan.model.account import EpisodeSubject, MovieSubject, PlaySubject
from anitrakt_plan.model.catalogue import Episode
from anitrakt_plan.model.entries import EntryKey, Status, asked_for
from anitrakt_plan.model.matches import (
    Match,
    MovieMatch,
    Run,
    ShowMatch,
    format_run,
    mapping_episodes,
    mapping_runs,
    watched_episodes,
)
from anitrakt_plan.model.plan import Decision, Plan, PlanEntry, Policy, RewatchPolicy, SyncKind
from anitrakt_plan.model.resolving import Resolver, no_resolver, resolved_match

MAX_REWATCHES = 50
"""More is asked about: MyAnimeList and its clients leave 255, the largest byte, and 999 where a form was slipped in;
the most that the real lists at hand have otherwise is 10."""

MAX_REWATCH_PLAYS = 5_000
"""More is asked about, too: at 20 minutes each it is 1,700 hours, a year of evenings, for one entry again and again."""


def is_sent(plan: Plan, entry: PlanEntry) -> bool:
    """Whether an entry may be sent at all: confirmed, still in the list, and of a status that was asked for."""
    return entry.decision.sends and entry.match is not None and _is_asked_for(entry, plan.source.statuses)


def kinds_sent(plan: Plan, entry: PlanEntry) -> frozenset[SyncKind]:
    """The kinds of things that an entry sends: by its own `send`, else the plan's, as far as its status has them."""
    return _kinds_by_status(entry, plan.policy.send)


def sends_plays(entry: PlanEntry, statuses: Collection[Status], send: frozenset[SyncKind]) -> bool:
    """Whether an entry gives plays, in a plan of these statuses that sends these kinds."""
    return (
        entry.decision.sends
        and _is_asked_for(entry, statuses)
        and SyncKind.HISTORY in _kinds_by_status(entry, send)
    )


def sends_nothing(entry: PlanEntry, statuses: Collection[Status], send: frozenset[SyncKind]) -> bool:
    """Whether nothing of an entry would be sent, whatever is decided: so nobody is asked about it.

    It is outside the plan's `statuses`, or its status has nothing of what the plan's `send` asks for.
    """
    return not (_is_asked_for(entry, statuses) and _kinds_by_status(entry, send))


def changed_decisions(before: Plan, now: Plan) -> frozenset[EntryKey]:
    """The entries of `before` that a person has decided otherwise by `now`, or taken out of the file."""
    decided = {entry.key: (entry.decision, entry.match, entry.send) for entry in now.entries}
    return frozenset(
        entry.key
        for entry in before.entries
        if decided.get(entry.key) != (entry.decision, entry.match, entry.send)
    )


def is_open(plan: Plan, entry: PlanEntry) -> bool:
    """Whether an entry waits for a person's decision."""
    waits = entry.decision is Decision.REVIEW
    return waits and not sends_nothing(entry, plan.source.statuses, plan.policy.send)


def is_asleep(plan: Plan, entry: PlanEntry) -> bool:
    """Whether an entry has no match that counts, and nobody is asked for one, because it would send nothing."""
    undecided = entry.decision is Decision.REVIEW or (entry.decision is Decision.AUTO and entry.match is None)
    return undecided and sends_nothing(entry, plan.source.statuses, plan.policy.send)


def _is_asked_for(entry: PlanEntry, statuses: Collection[Status]) -> bool:
    return entry.progress.status is not Status.GONE and entry.progress.status in asked_for(statuses)


def _kinds_by_status(entry: PlanEntry, send: frozenset[SyncKind]) -> frozenset[SyncKind]:
    """Only what is planned belongs on the watchlist, and only what was dropped among the dropped shows.

    So an entry that goes on from there needs no edit. Nothing planned has plays or a rating (docs/applying.md 3.4).
    """
    asked = send if entry.send is None else entry.send
    match entry.progress.status:
        case Status.PLANNED:
            return asked & {SyncKind.WATCHLIST}
        case Status.DROPPED:
            return asked - {SyncKind.WATCHLIST}
        case _:
            return asked - {SyncKind.WATCHLIST, SyncKind.DROPPED}


def rewatches_doubt(entry: PlanEntry, policy: Policy) -> str | None:
    """Why the rewatches that an entry would send can't be right; None where they can, or none would be sent.

    They are sent all the same where the match carries `sure: true`.
    """
    sends = SyncKind.HISTORY in _kinds_by_status(entry, policy.send)
    if not sends or entry.sure or not counts_rewatches(entry, policy):
        return None
    repeats = entry.progress.repeats
    plays = repeats * (entry.facts.episodes or entry.progress.watched or 1)
    if repeats <= MAX_REWATCHES and plays <= MAX_REWATCH_PLAYS:
        return None
    return f"{repeats} rewatches ({plays} more plays) can't be right"


def counts_rewatches(entry: PlanEntry, policy: Policy) -> bool:
    """Whether an entry's rewatches become plays of their own."""
    return policy.rewatches is RewatchPolicy.COUNT and entry.progress.is_complete


@dataclass(frozen=True, slots=True)
class Clash:
    """Two entries, by their places in the sequence that was given, and what both of them claim."""

    first: int
    second: int
    what: str


@dataclass(frozen=True, slots=True, order=True)
class _Claim:
    """One run of a show, or a film (season and numbers 0), that an entry would give plays to."""

    work: tuple[str, str, int]
    first: int
    last: int
    index: int


def clashes(
    entries: Sequence[PlanEntry],
    statuses: Collection[Status],
    send: frozenset[SyncKind],
    resolve: Resolver = no_resolver,
) -> list[Clash]:
    """Each pair of entries that would give plays to the same, told once. `resolve` shows which works are one."""
    found: dict[tuple[int, int], str] = {}
    claims = sorted(_claims_of(entries, statuses, send, resolve))
    for _, same in groupby(claims, key=attrgetter("work")):
        widest, *others = same
        for claim in others:
            if claim.first <= widest.last and claim.index != widest.index:
                pair = (min(widest.index, claim.index), max(widest.index, claim.index))
                found.setdefault(pair, _name(claim, min(claim.last, widest.last)))
            if claim.last > widest.last:
                widest = claim
    return [Clash(first, second, what) for (first, second), what in sorted(found.items())]


@dataclass(frozen=True, slots=True)
class Holders:
    """Which of a plan's sent entries gives plays to an episode or a film; no two of them to the same."""

    _claims: Mapping[tuple[str, str, int], Sequence[_Claim]]
    _keys: Sequence[EntryKey]
    _resolve: Resolver = no_resolver

    @classmethod
    def of(
        cls,
        entries: Iterable[PlanEntry],
        statuses: Collection[Status],
        send: frozenset[SyncKind],
        resolve: Resolver = no_resolver,
    ) -> Holders:
        """What the entries that are sent hold."""
        every = list(entries)
        claims: dict[tuple[str, str, int], list[_Claim]] = defaultdict(list)
        for claim in _claims_of(every, statuses, send, resolve):
            claims[claim.work].append(claim)
        for held in claims.values():  # few each: far quicker than to sort all of them
            held.sort()
        return cls(claims, [entry.key for entry in every], resolve)

    def with_changes(
        self,
        before: Sequence[PlanEntry],
        after: Sequence[PlanEntry],
        statuses: Collection[Status],
        send: frozenset[SyncKind],
    ) -> Holders:
        """What the entries hold after a change of a few; `self` is what they held `before`."""
        if [entry.key for entry in after] != self._keys:
            return Holders.of(after, statuses, send, self._resolve)
        claims = dict(self._claims)
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            if old is new:
                continue
            for claim in _claims_at(index, old, statuses, send, self._resolve):
                claims[claim.work] = [one for one in claims[claim.work] if one.index != index]
            for claim in _claims_at(index, new, statuses, send, self._resolve):
                claims[claim.work] = sorted([*claims.get(claim.work, ()), claim])
        return Holders(claims, self._keys, self._resolve)

    def of_any(self, match: Match, *, but: EntryKey | None = None) -> EntryKey | None:
        """The entry, other than `but`, that holds some of what a match names; None where all of it is free."""
        for wanted in _claims(resolved_match(match, self._resolve), 0):
            held = self._claims.get(wanted.work, ())
            at = bisect_right(held, wanted.last, key=lambda claim: claim.first) - 1
            while at >= 0 and held[at].last >= wanted.first:
                holder = self._keys[held[at].index]
                if holder != but:
                    return holder
                at -= 1
        return None


def _claims_of(
    entries: Iterable[PlanEntry],
    statuses: Collection[Status],
    send: frozenset[SyncKind],
    resolve: Resolver,
) -> Iterator[_Claim]:
    for index, entry in enumerate(entries):
        yield from _claims_at(index, entry, statuses, send, resolve)


def _claims_at(
    index: int,
    entry: PlanEntry,
    statuses: Collection[Status],
    send: frozenset[SyncKind],
    resolve: Resolver,
) -> Iterator[_Claim]:
    if entry.resolved is not None and sends_plays(entry, statuses, send):
        yield from _claims(resolved_match(entry.resolved, resolve), index)


def _claims(claimed: Match, index: int) -> Iterator[_Claim]:
    match claimed:
        case MovieMatch(movie):
            yield _Claim(("movie", str(movie), 0), 0, 0, index)
        case ShowMatch(show, mapping):
            for run in mapping_runs(mapping):
                yield _Claim(("show", str(show), run.season), run.first, run.last, index)


def _name(claim: _Claim, last: int) -> str:
    kind, work, season = claim.work
    if kind == "movie":
        return f"film {work}"
    return f"{format_run(Run(season, claim.first, last))} of show {work}"


def subjects_of_match(
    entry: PlanEntry, match: Match
) -> tuple[tuple[PlaySubject, ...], tuple[PlaySubject, ...]]:
    """An entry's whole run on Trakt, and the part of it that its progress covers.

    `completed` and `repeating` mean all episodes, whatever number the list gives. A film is watched when all of the
    list's episodes are.
    """
    whole = entry.progress.is_complete
    if isinstance(match, MovieMatch):
        film: tuple[PlaySubject, ...] = (MovieSubject(match.movie),)
        return film, film if whole or entry.progress.watched >= (entry.facts.episodes or 1) else ()
    own = mapping_episodes(match.mapping)
    watched = own if whole else watched_episodes(match.mapping, entry.progress.watched)
    subjects = _of_show(match, own)
    return subjects, subjects if watched == own else _of_show(match, watched)


def _of_show(match: ShowMatch, episodes: tuple[Episode, ...]) -> tuple[PlaySubject, ...]:
    unique = dict.fromkeys(episodes)
    return tuple([EpisodeSubject(match.show, episode.season, episode.number) for episode in unique])
