"""What the plan's rules for dates, ratings and Trakt's lists mean for this list, and which flags change it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date

from anitrakt_plan.commands.plan import Planned
from anitrakt_plan.core.counting import counted
from anitrakt_plan.core.dates import date_doubts, is_within
from anitrakt_plan.core.desired import desired_of, shows_going_on
from anitrakt_plan.core.knowledge import Knowledge
from anitrakt_plan.core.model import (
    DatePolicy,
    EntryKey,
    PartialDate,
    Plan,
    PlanEntry,
    ShowMatch,
    Status,
    SyncKind,
)
from anitrakt_plan.core.ratings import rating_wants
from anitrakt_plan.core.sending import is_sent, kinds_sent

CROWDED_DAY = 10
"""From this many finishes on one day, the day is rather the day the list was filled in."""
MOST_DOUBTS = 5
_LIST_OF = {Status.PLANNED: SyncKind.WATCHLIST, Status.DROPPED: SyncKind.DROPPED}
_BY_LIST = (DatePolicy.FINISH, DatePolicy.SPREAD, DatePolicy.ACTIVITY)
"""The rules that take a play's date from the list."""


@dataclass(frozen=True, slots=True)
class DoubtfulDate:
    """An entry whose dates can't be right, and why."""

    key: EntryKey
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Rules:
    """Counts of what the rules do. `undated`: entries whose plays go out undated although their rule asks for a date.

    `not_listed`: planned and dropped entries that one of Trakt's lists would get, were it in `send`; `send_all` is the
    value of `--send` that brings them in. `shared_ratings`: ratings that are made of several entries'.
    """

    undated: int
    crowded_days: tuple[tuple[date, int], ...]
    doubtful_dates: tuple[DoubtfulDate, ...]
    not_listed: Mapping[SyncKind, int]
    send_all: str
    shared_ratings: int


def rules_of(planned: Planned, shown: Plan) -> Rules:
    """What the rules of the plan that was written (`shown`) mean for its entries."""
    sent = [entry for entry in shown.entries if is_sent(shown, entry)]
    dated = [entry for entry in sent if _asks_for_dates(entry, shown)]
    not_listed = _not_listed(shown, sent)
    kinds = shown.policy.send | not_listed.keys()
    return Rules(
        undated=sum(1 for entry in dated if not _finish_day(entry) and not entry.progress.times),
        crowded_days=_crowded_days(dated, shown),
        doubtful_dates=tuple(_doubtful_dates(planned, dated)),
        not_listed=not_listed,
        send_all=",".join(kind for kind in SyncKind if kind in kinds),
        shared_ratings=_shared_ratings(shown),
    )


def _finish_day(entry: PlanEntry) -> date | None:
    return entry.progress.finished.exact if entry.progress.finished else None


def _asks_for_dates(entry: PlanEntry, plan: Plan) -> bool:
    """Whether an entry has plays whose dates its rule takes from the list."""
    plays = entry.progress.watched > 0 and SyncKind.HISTORY in kinds_sent(plan, entry)
    return plays and (entry.dates or plan.policy.dates) in _BY_LIST


def _crowded_days(dated: Sequence[PlanEntry], plan: Plan) -> tuple[tuple[date, int], ...]:
    """Days on which suspiciously many finished, but for those that are undated already."""
    days = Counter(day for entry in dated if (day := _finish_day(entry)) is not None)
    return tuple(
        sorted(
            (day, count)
            for day, count in days.items()
            if count >= CROWDED_DAY and not any(is_within(day, named) for named in plan.policy.no_date)
        )
    )


def _not_listed(plan: Plan, sent: Iterable[PlanEntry]) -> dict[SyncKind, int]:
    """How many planned and dropped entries Trakt's lists would get, were they asked for."""
    found: Counter[SyncKind] = Counter()
    going_on = shows_going_on(plan)
    for entry in sent:
        kind = _LIST_OF.get(entry.progress.status)
        if kind is None or entry.send is not None or kind in plan.policy.send:
            continue
        can_drop = isinstance(entry.match, ShowMatch) and entry.match.show not in going_on
        if kind is not SyncKind.DROPPED or can_drop:
            found[kind] += 1
    return found


def _doubtful_dates(planned: Planned, dated: Iterable[PlanEntry]) -> Iterator[DoubtfulDate]:
    aired = {entry.key: entry.aired_from for entry in planned.listed.entries}
    for entry in dated:
        known = aired.get(entry.key) or (PartialDate(entry.facts.year) if entry.facts.year else None)
        for doubt in date_doubts(entry.progress, known):
            yield DoubtfulDate(entry.key, entry.title, doubt)


def _shared_ratings(plan: Plan) -> int:
    wants = rating_wants(desired_of(plan, zone=UTC, now=plan.at), plan.policy.ratings, Knowledge())
    return sum(1 for raters in wants.values() if len(raters) > 1)


def rules_lines(rules: Rules, name: str) -> Iterator[str]:
    """The same as lines of the summary; `name` is the plan's file."""
    if rules.undated:
        have, plays = ("has", "its") if rules.undated == 1 else ("have", "their")
        yield (
            f"{counted(rules.undated, 'entry')} {have} no exact finish date: "
            f"{plays} plays go out as watched at an unknown time."
        )
    yield from _doubt_lines(rules.doubtful_dates)
    for day, count in rules.crowded_days:
        yield (
            f"{count} entries finished on {day}, perhaps the day you filled in your list: "
            f"--no-date {day} sends them undated."
        )
    if rules.not_listed:
        what = " and ".join(
            said.format(rules.not_listed[kind]) for kind, said in _PLACES.items() if kind in rules.not_listed
        )
        yield f"Not asked for: {what}. `anitrakt plan --update {name} --send {rules.send_all}` sends that too."
    if rules.shared_ratings:
        yield (
            f"{counted(rules.shared_ratings, 'rating')} made of several entries' ratings; "
            f"`anitrakt diff {name}` says which, `--ratings` chooses the rule."
        )


_PLACES = {
    SyncKind.WATCHLIST: "{} planned for Trakt's watchlist",
    SyncKind.DROPPED: "{} dropped for Trakt's dropped shows",
}


def _doubt_lines(doubts: Sequence[DoubtfulDate]) -> Iterator[str]:
    if not doubts:
        return
    yield (
        f"{counted(len(doubts), 'date')} of your list can't be right, and would be sent so "
        "(correct the list, or write `dates: unknown` into the entry):"
    )
    for doubt in doubts[:MOST_DOUBTS]:
        yield f"  {doubt.key}  {doubt.title}: {doubt.why}"
    if len(doubts) > MOST_DOUBTS:
        yield f"  and {len(doubts) - MOST_DOUBTS} more"
