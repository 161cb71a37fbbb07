"""What in an account looks like the work of a title-matching script or a double import, judged by the whole list.

Conservative: a play is called foreign only where it was written in one run with others, at a time at which nobody
watches, and no entry of the list explains it. Nothing is decided here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from functools import cached_property, partial
from itertools import chain, groupby, pairwise

from anitrakt_plan.model import EntryKey, Play
from anitrakt_plan.model.account import (
    EpisodeItem,
    ListSubject,
    PlaySubject,
    format_subject,
    work_of,
)
from anitrakt_plan.model.dates import EPOCH, Undated
from anitrakt_plan.model.plan import Decision, Plan, PlanEntry
from anitrakt_plan.model.repair import RedateTo, RepairDecision, RepairGroup, RepairKind, RepairPlay
from anitrakt_plan.model.resolving import work_of_match
from anitrakt_plan.model.sending import subjects_of_match
from anitrakt_plan.sync.batches import cut
from anitrakt_plan.sync.knowledge import Groups, grouped
from anitrakt_plan.sync.settle import OURS
from anitrakt_plan.words import pluralize

MAX_ID_GAP = 2_000
"""History ids count all of Trakt's plays, some 30 a second: what is further apart was not written within a minute."""

MIN_RUN = 10
"""So many plays within a minute of each other, of several works, were written by a program or in bulk."""

MIN_AT_ONE_MINUTE = 3
"""One play at a minute is a viewing, two may be a double episode; three were written together."""

STEP = timedelta(minutes=10)
"""A program that stamps its plays with the present goes from work to work faster than anybody watches."""

PAUSE = timedelta(hours=1)
"""So long may a program take over entries that it dates otherwise."""

MIN_WORKS_OF_CLOCK = 3
HUNDREDS = 200
NEAR_RELEASE = timedelta(hours=3)
"""Trakt dates a play by its release at the minute of the broadcast, or at its end."""

GROUPS_PER_ENTRY = 2.5
MIN_GROUPS = 25
WORKS_TOGETHER = 10


# --- the list: what each entry explains ---


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of the list, and every place that it may be at. `settled`: its match is decided.

    `times` is how many plays each of its episodes should have. Days are the list's, where it names them whole.
    """

    key: EntryKey
    title: str
    subjects: frozenset[PlaySubject]
    works: frozenset[ListSubject]
    settled: bool
    times: int = 1
    started: date | None = None
    finished: date | None = None

    def fits(self, days: Iterable[date]) -> bool:
        """Whether one of these days may be one on which it was watched, as the list has it; without one, any may."""
        if self.finished is None:
            return True
        return any((self.started or self.finished) <= day <= self.finished for day in days)


def listed_of(plans: Iterable[Plan]) -> tuple[Listed, ...]:
    """Every entry of some plans, whatever its status or decision. Their works must have been resolved."""
    return tuple(_listed(entry) for plan in plans for entry in plan.entries)


def _listed(entry: PlanEntry) -> Listed:
    settled = entry.decision.sends and entry.resolved is not None
    places = [entry.resolved] if entry.resolved is not None else []
    if entry.decision is Decision.REVIEW or not places:
        places += [candidate.match for candidate in entry.candidates]
    progress = entry.progress
    return Listed(
        entry.key,
        entry.english or entry.title,
        frozenset(subject for match in places for subject in subjects_of_match(entry, match)[0]),
        frozenset(map(work_of_match, places)),
        settled,
        1 + max(progress.repeats, 0),
        progress.started.exact if progress.started else None,
        progress.finished.exact if progress.finished else None,
    )


# --- what is judged ---


@dataclass(frozen=True)
class Evidence:
    """All that an audit goes by. `ours` are history ids that the journal knows as anitrakt's.

    `alike` are the entries to whose titles a search would find a work, and `weighed` those for which it was found when
    they were planned, whatever it is called. `names` and `titles` are those of works and of
    episodes (by their own ids) as Trakt lists them. `aired`: when episodes and films came out, as far as it is known.
    """

    listed: tuple[Listed, ...]
    plays: tuple[Play, ...]
    zone: tzinfo
    ours: frozenset[int] = frozenset()
    alike: Mapping[ListSubject, tuple[EntryKey, ...]] = field(default_factory=dict)
    weighed: Mapping[ListSubject, tuple[EntryKey, ...]] = field(default_factory=dict)
    names: Mapping[ListSubject, str] = field(default_factory=dict)
    titles: Mapping[int, str] = field(default_factory=dict)
    aired: Mapping[PlaySubject, datetime] = field(default_factory=dict)

    @cached_property
    def entries(self) -> Mapping[EntryKey, Listed]:
        """The entries by their keys; of one that several plans hold, all that any of them says."""
        found: dict[EntryKey, Listed] = {}
        for one in self.listed:
            other = found.get(one.key)
            found[one.key] = one if other is None else _together(other, one)
        return found

    @cached_property
    def explaining(self) -> Groups[PlaySubject, Listed]:
        """The entries that explain plays of an episode or film."""
        return grouped((subject, entry) for entry in self.entries.values() for subject in entry.subjects)

    @cached_property
    def of_work(self) -> Groups[ListSubject, Listed]:
        """The entries that are, or may be, in a show or film."""
        return grouped((work, entry) for entry in self.entries.values() for work in entry.works)

    def explains_all_of(self, work: ListSubject) -> bool:
        """Whether an entry of which nobody knows where it is may be anywhere in this work."""
        return any(not self.entries[key].works for key in self.alike.get(work, ()) if key in self.entries)

    def days_of(self, play: Play) -> tuple[date, date]:
        """The day of a play, in the account's zone and in UTC: programs write midnight of either."""
        return play.watched_at.astimezone(self.zone).date(), play.watched_at.date()


def _together(one: Listed, other: Listed) -> Listed:
    return replace(
        one,
        subjects=one.subjects | other.subjects,
        works=one.works | other.works,
        settled=one.settled and other.settled,
        times=max(one.times, other.times),
        started=min(filter(None, (one.started, other.started)), default=None),
        finished=max(filter(None, (one.finished, other.finished)), default=None),
    )


# --- write runs: what was written together, and when nobody can have watched it ---


@dataclass(frozen=True)
class Runs:
    """Which plays were written together: `members` by history id, `clocked` those that a run dated by its own time.

    Plays that were scrobbled or checked in, or that are anitrakt's, are in none.
    """

    members: frozenset[int]
    clocked: frozenset[int]


def write_runs(plays: Iterable[Play]) -> Runs:
    """The write runs among plays that may be a program's: neighbouring ids over several works, or at one minute."""
    plays = sorted(plays, key=lambda play: play.id)
    neighbours = _chains(plays, _is_neighbour)
    long_ones = [run for run in neighbours if _is_long(run, works=2)]
    stretches = chain.from_iterable([*_chains(run, _is_next_by_clock), _latest(run)] for run in long_ones)
    by_clock = (stretch for stretch in stretches if _is_long(stretch, works=MIN_WORKS_OF_CLOCK))
    minutes = grouped((play.watched_at, play) for play in plays if play.watched_at != EPOCH)
    pieces = chain.from_iterable(_chains(together, _is_neighbour) for together in minutes.values())
    at_once = (together for together in pieces if len(together) >= MIN_AT_ONE_MINUTE)
    return Runs(_ids(chain.from_iterable([*long_ones, *at_once])), _ids(chain.from_iterable(by_clock)))


def _is_long(plays: Sequence[Play], *, works: int) -> bool:
    return len(plays) >= MIN_RUN and len({work_of(play.subject) for play in plays}) >= works


def _ids(plays: Iterable[Play]) -> frozenset[int]:
    return frozenset(play.id for play in plays)


def _latest(run: Sequence[Play]) -> list[Play]:
    """The plays of a run that stand at its end, where these follow each other as their ids do: dated by the present.

    A program that knows the days of some entries only dates the others so, in between.
    """
    by_time = sorted(run, key=lambda play: (play.watched_at, play.id))
    *_, last = _chains(by_time, lambda before, after: after.watched_at - before.watched_at <= PAUSE)
    return last if all(before.id < after.id for before, after in pairwise(last)) else []


def _is_neighbour(before: Play, after: Play) -> bool:
    return after.id - before.id <= MAX_ID_GAP


def _is_next_by_clock(before: Play, after: Play) -> bool:
    return timedelta(0) <= after.watched_at - before.watched_at <= STEP and before.watched_at != EPOCH


def _chains(plays: Sequence[Play], is_joined: Callable[[Play, Play], bool]) -> Iterator[list[Play]]:
    start = 0
    for at in range(1, len(plays) + 1):
        if at == len(plays) or not is_joined(plays[at - 1], plays[at]):
            yield list(plays[start:at])
            start = at


# --- findings: what is wrong with single plays ---


@dataclass(frozen=True, slots=True)
class Finding:
    """One play, what is wrong with it, and the plays that stay in its place. `entries` are those it came with."""

    kind: RepairKind
    play: Play
    suggest: RepairDecision
    entries: tuple[EntryKey, ...] = ()
    stays: tuple[Play, ...] = ()
    to: RedateTo | None = None


def find(evidence: Evidence) -> tuple[Finding, ...]:
    """Every play of the account that looks like a script's work, each once."""
    may_be_written = [play for play in evidence.plays if play.action == OURS and play.id not in evidence.ours]
    judge = _Judge(evidence, write_runs(may_be_written), _by_work_and_minute(may_be_written))
    of_subject = grouped((play.subject, play) for play in evidence.plays)
    found = [finding for subject, plays in of_subject.items() for finding in judge.of(subject, plays)]
    return tuple(sorted(found, key=lambda finding: finding.play.id))


_Together = Groups[tuple[ListSubject, datetime], PlaySubject]
"""What of a work was written at a minute."""


def _by_work_and_minute(plays: Iterable[Play]) -> _Together:
    subjects = ((play.subject, play.watched_at) for play in plays)
    return grouped(((work_of(subject), minute), subject) for subject, minute in subjects)


@dataclass(frozen=True)
class _Judge:
    evidence: Evidence
    runs: Runs
    together: _Together

    def of(self, subject: PlaySubject, plays: Sequence[Play]) -> Iterator[Finding]:
        """What is wrong with the plays of one episode or film."""
        work = work_of(subject)
        written = [play for play in plays if self._is_written(play)]
        if not written or self.evidence.explains_all_of(work):
            return
        if subject in self.evidence.explaining:
            yield from self._of_explained(subject, plays, written)
        elif work in self.evidence.of_work:
            yield from self._of_whole_show(work, written)
        else:
            yield from self._of_wrong_work(work, written)

    def _is_written(self, play: Play) -> bool:
        is_known = play.id in self.evidence.ours or play.action != OURS
        return play.id in self.runs.members and not is_known

    # --- what no entry explains ---

    def _of_whole_show(self, work: ListSubject, written: Iterable[Play]) -> Iterator[Finding]:
        listed = tuple(entry.key for entry in self.evidence.of_work[work])
        for play in written:
            beside = len(self.together[work, play.watched_at])
            came_with = self._listed_at(work, play.watched_at)
            if play.id in self.runs.clocked or (came_with and beside >= MIN_RUN):
                yield Finding(RepairKind.WHOLE_SHOW, play, RepairDecision.REMOVE, came_with or listed)
            elif beside >= MIN_AT_ONE_MINUTE:  # marked together; so do people who log an evening by its day
                yield Finding(RepairKind.WHOLE_SHOW, play, RepairDecision.KEEP, came_with or listed)

    def _listed_at(self, work: ListSubject, minute: datetime) -> tuple[EntryKey, ...]:
        """The entries of which something was written at a minute, of one work."""
        known = self._listed_at_minutes.get((work, minute))
        if known is None:
            explaining = self.evidence.explaining
            keys = (entry.key for subject in self.together[work, minute] for entry in explaining[subject])
            known = self._listed_at_minutes[work, minute] = tuple(dict.fromkeys(keys))
        return known

    @cached_property
    def _listed_at_minutes(self) -> dict[tuple[ListSubject, datetime], tuple[EntryKey, ...]]:
        return {}

    def _of_wrong_work(self, work: ListSubject, written: Iterable[Play]) -> Iterator[Finding]:
        alike = self._elsewhere(self.evidence.alike.get(work, ()))
        leading = self._elsewhere((*self.evidence.alike.get(work, ()), *self.evidence.weighed.get(work, ())))
        for play in written:
            days = {*self.evidence.days_of(play)}
            dated = tuple(entry.key for entry in leading if {entry.started, entry.finished} & days)
            by_clock = tuple(entry.key for entry in alike) if play.id in self.runs.clocked else ()
            if dated or by_clock:
                yield Finding(RepairKind.WRONG_WORK, play, RepairDecision.REMOVE, dated or by_clock)

    def _elsewhere(self, keys: Iterable[EntryKey]) -> list[Listed]:
        """Those of some entries of which is decided where they are."""
        entries = (self.evidence.entries.get(key) for key in dict.fromkeys(keys))
        return [entry for entry in entries if entry is not None and entry.settled]

    # --- what an entry explains, but not so often or not then ---

    def _of_explained(
        self, subject: PlaySubject, plays: Sequence[Play], written: Sequence[Play]
    ) -> Iterator[Finding]:
        entries = self.evidence.explaining[subject]
        keys = tuple(entry.key for entry in entries)
        minutes = Counter(play.watched_at for play in plays)
        strange = _ids(play for play in written if self._has_strange_date(play, entries))
        suspects = self._suspects(written, strange, entries)
        room = max(0, sum(entry.times for entry in entries) - (len(plays) - len(suspects)))
        stay, surplus = suspects[:room], suspects[room:]
        stays = tuple(play for play in plays if play not in surplus)
        for play in surplus:
            kind = RepairKind.DOUBLED if minutes[play.watched_at] > 1 else RepairKind.MISDATED
            yield Finding(kind, play, RepairDecision.REMOVE, keys, stays)
        yield from self._redated([play for play in stay if play.id in strange], entries)

    def _suspects(
        self, written: Sequence[Play], strange: frozenset[int], entries: Sequence[Listed]
    ) -> list[Play]:
        """Of what a run wrote the plays at a time at which nobody can have watched it, the likelier ones first."""
        twice = Counter(play.watched_at for play in written)
        suspects = [
            play
            for play in written
            if (twice[play.watched_at] > 1 or play.id in strange) and not self._stays_anyway(play)
        ]

        def unlikely(play: Play) -> tuple[bool, bool, datetime, int]:
            days = self.evidence.days_of(play)
            fits = any(entry.finished is not None and entry.fits(days) for entry in entries)
            return play.id in strange, not fits, play.watched_at, play.id

        return sorted(suspects, key=unlikely)

    def _redated(self, strange: Sequence[Play], entries: Sequence[Listed]) -> Iterator[Finding]:
        # of several that stay, one was on the day that the list names, and of the others it knows nothing
        keys = tuple(entry.key for entry in entries)
        day = next((entry.finished for entry in entries if entry.finished), None)
        if day is not None:
            for play in strange[:1]:
                yield Finding(RepairKind.MISDATED, play, RepairDecision.REDATE, keys, to=day)
            return
        for play in strange:
            if self._written_on_its_day[play.watched_at.date()] >= HUNDREDS:
                yield Finding(RepairKind.MISDATED, play, RepairDecision.KEEP, keys, to=Undated.UNKNOWN)

    @cached_property
    def _written_on_its_day(self) -> Counter[date]:
        clocked = (play for play in self.evidence.plays if play.id in self.runs.clocked)
        return Counter(play.watched_at.date() for play in clocked)

    def _has_strange_date(self, play: Play, entries: Sequence[Listed]) -> bool:
        """Whether the run dated it by its own time, or by the day of another entry of the same work."""
        if play.id in self.runs.clocked:
            days = self.evidence.days_of(play)
            return not all(entry.finished is not None and entry.fits(days) for entry in entries)
        return self._has_day_of_another(play, entries)

    def _has_day_of_another(self, play: Play, entries: Sequence[Listed]) -> bool:
        days = self.evidence.days_of(play)
        if any(entry.fits(days) for entry in entries):
            return False
        work, mine = work_of(play.subject), {entry.key for entry in entries}
        others = (self.evidence.entries[key] for key in self._listed_at(work, play.watched_at))
        return any(entry.key not in mine and entry.finished in days for entry in others)

    def _stays_anyway(self, play: Play) -> bool:
        """Whether its date may be meant: none at all, or that of the release."""
        aired = self.evidence.aired.get(play.subject)
        return play.watched_at == EPOCH or (
            aired is not None and abs(play.watched_at - aired) <= NEAR_RELEASE
        )


# --- groups: a work and a reason, each to be judged in one look ---


def audit(evidence: Evidence) -> tuple[RepairGroup, ...]:
    """The groups of a repair, numbered in the order of kinds and titles; every play is in one of them at most."""
    piles = grouped((_pile_of(finding, evidence), finding) for finding in find(evidence))
    together = _few_enough(piles, evidence)
    return tuple(
        _group(f"G{number:03d}", findings, evidence) for number, findings in enumerate(together, start=1)
    )


def _pile_of(finding: Finding, evidence: Evidence) -> tuple[object, ...]:
    work = work_of(finding.play.subject)
    kinds, decisions = list(RepairKind), list(RepairDecision)
    entry = str(finding.entries[0]) if finding.suggest is RepairDecision.REDATE else ""
    return (
        kinds.index(finding.kind),
        decisions.index(finding.suggest),
        evidence.names.get(work, format_subject(work)),
        format_subject(work),
        entry,
        str(finding.to or ""),
    )


def _few_enough(piles: Mapping[tuple[object, ...], list[Finding]], evidence: Evidence) -> list[list[Finding]]:
    """The piles in order; where there are too many to look at, several works of one kind and suggestion together."""
    most = max(MIN_GROUPS, int(GROUPS_PER_ENTRY * len(evidence.entries)))
    ordered = sorted(piles.items(), key=lambda pile: tuple(map(str, pile[0])))
    if len(ordered) <= most:
        return [findings for _, findings in ordered]
    few: list[list[Finding]] = []
    for _, same in groupby(ordered, key=lambda pile: (pile[0][0], pile[0][1], pile[0][5])):
        one_kind = [findings for _, findings in same]
        step = 1 if one_kind[0][0].suggest is RepairDecision.REDATE else WORKS_TOGETHER
        few += [list(chain.from_iterable(part)) for part in cut(one_kind, step)]
    return few


def _group(key: str, findings: Sequence[Finding], evidence: Evidence) -> RepairGroup:
    first = findings[0]
    stays = {play.id: play for finding in findings for play in finding.stays}
    works = dict.fromkeys(work_of(finding.play.subject) for finding in findings)
    written = partial(_as_written, evidence=evidence, with_work=len(works) > 1)
    return RepairGroup(
        key,
        first.kind,
        _about(tuple(works), evidence),
        _why(findings, evidence),
        tuple(written(finding.play) for finding in _in_order(findings)),
        first.suggest,
        _against(findings, tuple(works), evidence),
        tuple(written(play) for play in sorted(stays.values(), key=lambda play: play.id)),
        first.to,
    )


def _in_order(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: (_order_of(finding.play), finding.play.id))


def _order_of(play: Play) -> tuple[int, int, int, datetime]:
    if isinstance(play.item, EpisodeItem):
        return play.item.show, play.item.season, play.item.number, play.watched_at
    return play.item.movie, 0, 0, play.watched_at


def _as_written(play: Play, evidence: Evidence, *, with_work: bool = False) -> RepairPlay:
    """A play of a group; `with_work`: its title names its work, too, for the group's is not of one alone."""
    subject = play.subject
    name = evidence.names.get(work_of(subject))
    if play.episode is None:
        return RepairPlay(play.id, subject, play.watched_at, name)
    title = evidence.titles.get(play.episode)
    if with_work and name:
        title = f"{name}: {title}" if title else name
    return RepairPlay(play.id, subject, play.watched_at, title)


def _about(works: Sequence[ListSubject], evidence: Evidence) -> str:
    names = [evidence.names.get(work, format_subject(work)) for work in works]
    return names[0] if len(names) == 1 else f"{names[0]} and {pluralize(len(names) - 1, 'other')}"


def _why(findings: Sequence[Finding], evidence: Evidence) -> str:
    first = findings[0]
    plays = [finding.play for finding in findings]
    entries = dict.fromkeys(key for finding in findings for key in finding.entries)
    named = ", ".join(map(str, list(entries)[:3])) + (" …" if len(entries) > 3 else "")
    head = f"{pluralize(len(plays), 'play')} {_when(plays)}"
    match first.kind, first.suggest:
        case RepairKind.DOUBLED, _:
            return (
                f"{head}, more than one at a minute; for {named} the list wants {_wanted(entries, evidence)}"
            )
        case RepairKind.WHOLE_SHOW, RepairDecision.REMOVE:
            return f"{head} with {named}; no entry of the list explains {_seasons(plays)}"
        case RepairKind.WHOLE_SHOW, _:
            return f"{head}, written together; no entry of the list explains {_seasons(plays)}"
        case RepairKind.WRONG_WORK, _:
            return f"{head}; a search for {named} leads here, and the list has that elsewhere"
        case _, RepairDecision.REDATE:
            return f"{head}, by the time of the run that wrote them; {named} was finished {first.to}"
        case _, RepairDecision.REMOVE:
            wanted = _wanted(entries, evidence)
            return f"{head}, by the time of the run that wrote them, beside others; for {named} the list wants {wanted}"
        case _:
            return f"{head}, a day on which hundreds were written; {named} names no day"


def _wanted(entries: Iterable[EntryKey], evidence: Evidence) -> str:
    most = max(evidence.entries[key].times for key in entries)
    return "one of each" if most == 1 else f"up to {most} of each"


def _when(plays: Iterable[Play]) -> str:
    # in UTC, as the plays' own lines in the file have it
    minutes = sorted({play.watched_at for play in plays})
    if len(minutes) == 1:
        return f"at {minutes[0]:%Y-%m-%d %H:%M}"
    days = sorted({minute.date() for minute in minutes})
    return (
        f"on {days[0]}"
        if len(days) == 1
        else f"on {pluralize(len(days), 'day')} from {days[0]} to {days[-1]}"
    )


def _seasons(plays: Iterable[Play]) -> str:
    numbers = sorted({play.item.season for play in plays if isinstance(play.item, EpisodeItem)})
    if not numbers:
        return "it"
    runs = [[numbers[0], numbers[0]]]
    for number in numbers[1:]:
        if number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(
        f"S{first:02d}" if first == last else f"S{first:02d}-S{last:02d}" for first, last in runs
    )


_AGAINST = {
    RepairKind.DOUBLED: "somebody may have logged a second viewing at the first one's minute",
    RepairKind.WHOLE_SHOW: "your list may lack what you have watched",
    RepairKind.WRONG_WORK: "you may have watched this, too",
    RepairKind.MISDATED: "the list's day may be the one on which you filled it in",
}


def _against(findings: Sequence[Finding], works: Sequence[ListSubject], evidence: Evidence) -> str:
    said = [_AGAINST[findings[0].kind]]
    named = {finding.play.id for finding in findings}
    honest = [
        play
        for play in evidence.plays
        if play.id not in named and play.action != OURS and work_of(play.subject) in works
    ]
    if honest:
        said.append(f"{pluralize(len(honest), 'play')} of it came from your player or a check-in")
    open_ones = {key for finding in findings for key in finding.entries if not evidence.entries[key].settled}
    if open_ones:
        said.append(f"{', '.join(sorted(map(str, open_ones))[:3])} still waits in review")
    return "; ".join(said)
