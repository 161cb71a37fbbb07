"""What `plan` tells a person at its end: counts, what to look at first, what was left out, and the next command."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date
from enum import IntEnum

from anitrakt_plan.matching.evidence import Proposal
from anitrakt_plan.model import (
    Account,
    Address,
    DatePolicy,
    Decision,
    EntryKey,
    Existing,
    Match,
    PartialDate,
    Plan,
    PlanEntry,
    ShowMatch,
    Status,
    SyncKind,
    WorkId,
    asked_for,
)
from anitrakt_plan.model.addresses import page_of_match
from anitrakt_plan.model.dates import date_doubts, is_within
from anitrakt_plan.model.matches import format_mapping, format_match
from anitrakt_plan.model.plan import format_confidence
from anitrakt_plan.model.resolving import Resolver, no_resolver, resolved_plan
from anitrakt_plan.model.sending import is_asleep, is_open, is_sent, kinds_sent
from anitrakt_plan.planfile import ChangeKind, EntryChange, MergeResult, parse_hint
from anitrakt_plan.reports.names import some
from anitrakt_plan.reports.way import NEXT_WITH_A_FILE, NEXT_WITH_MAPS, next_after_plan
from anitrakt_plan.settings import Way
from anitrakt_plan.sources import SourceList
from anitrakt_plan.sync.desired import desired_of, shows_going_on
from anitrakt_plan.sync.existing import History
from anitrakt_plan.sync.knowledge import Knowledge
from anitrakt_plan.sync.ratings import desired_ratings
from anitrakt_plan.words import markdown_text, pluralize

LOOK_BELOW = 0.995
"""An automatic match less certain than this is worth a look before it is sent."""

MAX_UNCERTAIN = 10

MAX_IN_REVIEW = 10

_FLAG_ORDER = (Status.WATCHING, Status.PAUSED, Status.DROPPED, Status.PLANNED, Status.COMPLETED)


@dataclass(frozen=True, slots=True)
class Uncertain:
    """An automatic match worth a look: where it stands in the file, and how sure it is."""

    key: EntryKey
    title: str
    on_trakt: str
    match: Match
    confidence: float
    line: int | None
    url: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry in review: where it stands in the file. `lookup`: the ids name its work, or say nothing against one."""

    key: EntryKey
    title: str
    line: int | None
    lookup: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of the plan that was written (`shown`).

    `send_nothing` are the entries without a match about which nobody is asked: they are none of the `decisions`.
    `automatic` are the automatic matches, the least certain first; `waiting` what is in review.
    """

    planned: Planned
    shown: Plan
    decisions: Counter[Decision]
    send_nothing: int
    automatic: tuple[Uncertain, ...]
    waiting: tuple[Waiting, ...]
    left_out: Mapping[Status, int]

    @property
    def expected_wrong(self) -> float:
        """How many of the automatic matches are wrong, if their confidences hold."""
        return sum(1 - one.confidence for one in self.automatic)

    @property
    def uncertain(self) -> tuple[Uncertain, ...]:
        """The automatic matches that are worth a look, the least certain first."""
        return tuple(one for one in self.automatic if one.confidence < LOOK_BELOW)


def summarise(planned: Planned, shown: Plan, lines: Mapping[EntryKey, int]) -> Summary:
    """Count the plan that was written (`shown`); `lines` says where each entry stands in it."""
    asleep = {entry.key for entry in shown.entries if is_asleep(shown, entry)}
    return Summary(
        planned,
        shown,
        decisions=Counter(entry.decision for entry in shown.entries if entry.key not in asleep),
        send_nothing=len(asleep),
        automatic=_by_certainty(planned, shown, lines),
        waiting=_waiting(planned, shown, lines),
        left_out=_left_out(planned),
    )


def summary_json(
    summary: Summary, merged: MergeResult | None, file: str, *, changed: bool
) -> dict[str, object]:
    """The versioned document of `plan --json`."""
    return {
        "format": "anitrakt-plan-summary/1",
        "file": file,
        "changed": changed,
        "entries": len(summary.shown.entries),
        "decisions": {decision.value: summary.decisions[decision] for decision in Decision},
        "send_nothing": summary.send_nothing,
        "expected_wrong": round(summary.expected_wrong, 4),
        "least_certain": [
            {
                "key": str(one.key),
                "title": one.title,
                "on_trakt": one.on_trakt,
                "match": format_match(one.match),
                "confidence": one.confidence,
                "line": one.line,
                "url": one.url,
            }
            for one in summary.automatic[:MAX_UNCERTAIN]
        ],
        "in_review": [{"key": str(one.key), "title": one.title, "line": one.line} for one in summary.waiting],
        "left_out": {status.value: count for status, count in summary.left_out.items()},
        "left_out_private": summary.planned.listed.left_out_private,
        "changes": [
            {"key": str(change.key), "kind": change.kind.value, "keys": list(change.keys)}
            for change in (merged.changes if merged is not None else ())
        ],
        "notes": list(summary.planned.notes),
    }


def _by_certainty(planned: Planned, shown: Plan, lines: Mapping[EntryKey, int]) -> tuple[Uncertain, ...]:
    confidence = {proposal.key: proposal.confidence for proposal in planned.proposals}
    pages = {
        (proposal.key, judged.candidate.match): judged.candidate.url
        for proposal in planned.proposals
        for judged in proposal.judged
    }
    automatic = (
        Uncertain(
            entry.key,
            entry.title,
            parse_hint(entry.hint).name,
            entry.resolved,
            confidence.get(entry.key, parse_hint(entry.hint).confidence or 1.0),
            lines.get(entry.key),
            page_of_match(entry.resolved, pages.get((entry.key, entry.resolved))),
        )
        for entry in shown.entries
        if entry.decision is Decision.AUTO and entry.resolved
    )
    return tuple(sorted(automatic, key=lambda one: (one.confidence, one.key)))


def _waiting(planned: Planned, shown: Plan, lines: Mapping[EntryKey, int]) -> tuple[Waiting, ...]:
    disputed = {proposal.key for proposal in planned.proposals if proposal.other_work is not None}
    return tuple(
        Waiting(entry.key, entry.title, lines.get(entry.key), entry.key not in disputed)
        for entry in shown.entries
        if is_open(shown, entry)
    )


def _left_out(planned: Planned) -> dict[Status, int]:
    asked = asked_for(planned.plan.source.statuses)
    found = planned.listed.total_by_status
    return {status: found[status] for status in _FLAG_ORDER if status not in asked and found.get(status)}


def summary_lines(summary: Summary, file: str | None, *, is_kept: bool = True) -> list[str]:
    """The summary as text; `file` is the plan's name where one was written, None for stdout.

    `is_kept`: the plan is in some file, be it by the shell's `>`.
    """
    lines = [_counts(summary)]
    lines += _expected_wrong(summary)
    lines += _on_trakt(summary.planned, summary.shown)
    lines += _uncertain(summary, file)
    lines += _in_review(summary, file)
    lines += _left_out_lines(summary, file)
    lines += rules_lines(summary.planned, summary.shown)
    lines += [f"Note: {note}" for note in summary.planned.notes]
    return [*lines, _next(summary, is_kept=is_kept)]


def _next(summary: Summary, *, is_kept: bool) -> str:
    if summary.planned.lacks_everything and summary.waiting:
        return NEXT_WITH_MAPS
    if not is_kept:
        return NEXT_WITH_A_FILE
    return next_after_plan(
        summary.planned.way,
        len(summary.waiting),
        knows_trakt=summary.planned.account is not None,
        asked_all=summary.planned.asked is Asked.ALL,
    )


_SIGNS = {ChangeKind.NEW: "+", ChangeKind.CHANGED: "~", ChangeKind.LEFT: "-"}


def change_lines(merged: MergeResult | None, shown: Plan, *, quiet: bool) -> list[str]:
    """What a re-plan changed, one line an entry; `quiet`: only what is new and needs a person.

    Of a plan made from nothing everything is new, so that only `quiet` has something to say of it.
    """
    changes: Iterable[EntryChange] = merged.changes if merged is not None else ()
    if quiet:
        if merged is None:
            changes = (EntryChange(ChangeKind.NEW, entry.key, None, entry, ()) for entry in shown.entries)
        changes = filter(needs_person, changes)
    return [
        f"  {_SIGNS[change.kind]} {change.key}  {change.after.title}   {_what(change)}" for change in changes
    ]


def to_upload_line(titles: Sequence[str], file: str) -> str:
    """What `quiet` says of entries that are matched now, where a person has to upload them."""
    return (
        f"{pluralize(len(titles), 'entry')} can be uploaded now: {some(titles)}. "
        f"Next: `anitrakt export-trakt {shlex.quote(file)}`."
    )


def needs_person(change: EntryChange) -> bool:
    """Whether a change leaves something open that was not open before."""
    before, after = change.before, change.after
    if before is None:
        return after.decision is Decision.REVIEW or bool(after.attention)
    waits = Decision.REVIEW is after.decision is not before.decision
    return waits or bool(after.attention and before.attention != after.attention)


_TOLD = ("attention", "decision", "match", "candidates", "url")
"""Keys whose change is told in words of its own, or follows from such a one."""


def _what(change: EntryChange) -> str:
    before, after = change.before, change.after
    if before is None:
        return _open_because(after) or after.decision.value
    if change.kind is ChangeKind.LEFT:
        return f"is {after.progress.status.value} now; not sent"
    said = [one for one in after.attention if one not in before.attention]
    said += _decided_anew(before, after)
    rest = [name for name in change.keys if name not in _TOLD]
    if rest or not said:
        said.append(f"new: {', '.join(rest or change.keys)}")
    return "; ".join(said)


def _decided_anew(before: PlanEntry, after: PlanEntry) -> Iterator[str]:
    if before.decision is not after.decision:
        why = _open_because(after)
        yield f"{before.decision.value} → {after.decision.value}{f' ({why})' if why else ''}"
    elif before.match != after.match:
        yield f"{_match_words(before) or 'nothing'} → {_match_words(after) or 'nothing'}"


def _open_because(entry: PlanEntry) -> str | None:
    return entry.hint if entry.match is None else None


def _match_words(entry: PlanEntry) -> str | None:
    if isinstance(entry.match, Address):
        return entry.match.url
    return format_match(entry.match) if entry.match is not None else None


def _counts(summary: Summary) -> str:
    counts = summary.decisions
    pieces = [
        f"{counts[Decision.AUTO]} matched",
        f"{counts[Decision.CONFIRMED]} confirmed by you" if counts[Decision.CONFIRMED] else "",
        f"{counts[Decision.REVIEW]} to review",
        f"{counts[Decision.SKIP]} skipped" if counts[Decision.SKIP] else "",
    ]
    if summary.send_nothing:
        send = "sends" if summary.send_nothing == 1 else "send"
        pieces.append(f"{summary.send_nothing} that {send} nothing")
    return f"{pluralize(len(summary.shown.entries), 'entry')}: {', '.join(filter(None, pieces))}."


def _expected_wrong(summary: Summary) -> Iterator[str]:
    if summary.decisions[Decision.AUTO]:
        yield f"Expected to be wrong among the matched: {_about(summary.expected_wrong)}."


FEW_WRONG = 0.5
"""Fewer than this are most probably none."""


def _about(number: float) -> str:
    if number < FEW_WRONG:
        return "probably none"
    return f"about {number:.1f}" if number < 10 else f"about {number:.0f}"


def _on_trakt(planned: Planned, shown: Plan) -> Iterator[str]:
    """What of the list is on Trakt already, where that is known."""
    if planned.existing is None:
        return
    history, shown = History(planned.existing.plays), resolved_plan(shown, planned.trakt_ids)
    desired = [item.watched for item in desired_of(shown, zone=UTC, now=shown.at) if item.watched]
    there = [sum(bool(history.of(subject)) for subject in watched) for watched in desired]
    if not (plays := sum(there)):
        yield "Nothing of what is matched is on Trakt yet."
        return
    whole = sum(count == len(watched) for count, watched in zip(there, desired, strict=True))
    wholly = f" ({pluralize(whole, 'entry')} wholly)" if whole else ""
    yield f"Already on Trakt, and left as it is: {pluralize(plays, 'play')} of what is matched{wholly}."


def _uncertain(summary: Summary, file: str | None) -> Iterator[str]:
    """The least certain by name; where many are alike, they are no less certain than one another, and counted."""
    counts = Counter(format_confidence(one.confidence) for one in summary.uncertain)
    alike = {confidence: count for confidence, count in counts.items() if count > MAX_UNCERTAIN}
    apart = [one for one in summary.uncertain if format_confidence(one.confidence) not in alike]
    if summary.uncertain:
        yield f"Worth a look, because less certain than {LOOK_BELOW}:"
    for one in apart[:MAX_UNCERTAIN]:
        yield from _uncertain_lines(one, file)
    rest = [f"{more} more"] if (more := len(apart) - MAX_UNCERTAIN) > 0 else []
    rest += [f"{count} that are alike at {confidence}" for confidence, count in alike.items()]
    if rest:
        head = f"{'and ' if apart else ''}{', '.join(rest)}"
        yield f"  {head} (`anitrakt show FILE --decision auto --below {LOOK_BELOW}`)"


def _uncertain_lines(one: Uncertain, file: str | None) -> Iterator[str]:
    match one.match:
        case ShowMatch(mapping=mapping):
            where = f"{one.on_trakt or one.match.show} {format_mapping(mapping)}"
        case _:
            where = one.on_trakt or format_match(one.match)
    yield f"  {format_confidence(one.confidence)}  {_place(file, one.line, one.key)}  {one.title} → {where}"
    yield f"         {one.url}"  # on a line of its own no terminal breaks it


def waiting_lines(summary: Summary, file: str | None) -> tuple[str, ...]:
    """What waits, for a scheduled run that says so once in a while."""
    first, *rest = _in_review(summary, file)
    return (f"Still {first[0].lower()}{first[1:]}", *rest, "`anitrakt review FILE` settles them.")


def _in_review(summary: Summary, file: str | None) -> Iterator[str]:
    if summary.waiting:
        yield "In review:"
    for one in summary.waiting[:MAX_IN_REVIEW]:
        yield f"  {_place(file, one.line, one.key)}  {one.title}"
    if (more := len(summary.waiting) - MAX_IN_REVIEW) > 0:
        yield f"  and {more} more (`anitrakt show FILE --decision review`)"
    lookups = sum(one.lookup for one in summary.waiting)
    if lookups and summary.planned.lacks_catalogue:
        yield (
            f"For {lookups} of these TMDB could be asked: `anitrakt login --tmdb` takes its token, which is free for "
            "everybody."
        )


def _place(file: str | None, line: int | None, key: EntryKey) -> str:
    return f"{file}:{line}" if file and line else str(key)


def _left_out_lines(summary: Summary, file: str | None) -> Iterator[str]:
    if summary.left_out:
        found = ", ".join(f"{count} {status.value}" for status, count in summary.left_out.items())
        yield f"Left out: {found}. {_again('--status all', file)} brings them in."
    if private := summary.planned.listed.left_out_private:
        yield f"Left out: {pluralize(private, 'private entry')}. {_again('--include-private', file)} brings them in."


def _again(option: str, file: str | None) -> str:
    return f"`{option}`" if file is None else f"`anitrakt plan --update {shlex.quote(file)} {option}`"


# --- what is new in a plan as Markdown ---


_HEADINGS = {
    ChangeKind.NEW: "New",
    ChangeKind.CHANGED: "Changed",
    ChangeKind.LEFT: "Not sent any more",
}


def report_markdown(shown: Plan, merged: MergeResult | None) -> str:
    """New entries, changed ones, and what waits for a person; `merged` is None for a plan made from nothing."""
    changes = merged.changes if merged is not None else ()
    waiting = [_entry(entry) for entry in shown.entries if is_open(shown, entry)]
    sections: dict[str, list[str]] = {"Needs you": [], **{heading: [] for heading in _HEADINGS.values()}}
    for change in changes:
        heading = "Needs you" if needs_person(change) else _HEADINGS[change.kind]
        sections[heading].append(_change(change))
    changed = f"{pluralize(len(changes), 'entry')} changed" if changes else "Nothing changed"
    begin = "A new plan" if merged is None else changed
    count = f"{begin}; {pluralize(len(shown.entries), 'entry')} in all, {len(waiting)} of them in review."
    lines = ["## anitrakt plan", "", count, ""]
    for heading, rows in {**sections, "Waiting in review": waiting}.items():
        lines += _section(heading, rows)
    return "\n".join(lines).rstrip() + "\n"


def _section(heading: str, rows: list[str]) -> list[str]:
    return [f"### {heading}", "", *rows, ""] if rows else []


def _change(change: EntryChange) -> str:
    what = f" ({', '.join(change.keys)})" if change.keys else ""
    return f"{_entry(change.after)}{what}"


def _entry(entry: PlanEntry) -> str:
    title = markdown_text(entry.english or entry.title)
    said = [f"- `{entry.key}` {title}: {entry.decision.value}"]
    if words := _match_words(entry):
        said.append(f"`{words}`")
    elif entry.candidates:
        best = entry.candidates[0]
        said.append(f"best: [{markdown_text(best.title)}]({best.url}) {format_confidence(best.confidence)}")
    said += map(markdown_text, entry.attention)
    return ", ".join(said)


# --- what the plan's rules for dates ---


CROWDED_DAY = 10
"""From this many finishes on one day, the day is rather the day the list was filled in."""

MAX_DOUBTS = 5

_PLACES = {
    SyncKind.WATCHLIST: "{} planned for Trakt's watchlist",
    SyncKind.DROPPED: "{} dropped for Trakt's dropped shows",
}

_BY_LIST = (DatePolicy.FINISH, DatePolicy.SPREAD, DatePolicy.ACTIVITY)
"""The rules that take a play's date from the list."""


def _finish_day(entry: PlanEntry) -> date | None:
    return entry.progress.finished.exact if entry.progress.finished else None


def _asks_for_dates(entry: PlanEntry, plan: Plan) -> bool:
    plays = entry.progress.watched > 0 and SyncKind.HISTORY in kinds_sent(plan, entry)
    return plays and (entry.dates or plan.policy.dates) in _BY_LIST


def rules_lines(planned: Planned, shown: Plan) -> Iterator[str]:
    """What the rules of the plan that was written (`shown`) mean for its entries."""
    sent = [entry for entry in shown.entries if is_sent(shown, entry)]
    dated = [entry for entry in sent if _asks_for_dates(entry, shown)]
    yield from _undated(dated)
    yield from _doubtful_dates(planned, dated)
    yield from _crowded_days(dated, shown)
    yield from _not_asked_for(shown, sent)
    yield from _shared_ratings(shown, planned.way)


def _undated(dated: Iterable[PlanEntry]) -> Iterator[str]:
    if count := sum(not (_finish_day(entry) or entry.progress.times) for entry in dated):
        have, plays = ("has", "its") if count == 1 else ("have", "their")
        yield (
            f"{pluralize(count, 'entry')} {have} no exact finish date: "
            f"{plays} plays go out as watched at an unknown time."
        )


def _doubtful_dates(planned: Planned, dated: Iterable[PlanEntry]) -> Iterator[str]:
    aired = {entry.key: entry.aired_from for entry in planned.listed.entries}
    doubts = []
    for entry in dated:
        known = aired.get(entry.key) or (PartialDate(entry.facts.year) if entry.facts.year else None)
        doubts += [f"  {entry.key}  {entry.title}: {doubt}" for doubt in date_doubts(entry.progress, known)]
    if doubts:
        yield (
            f"{pluralize(len(doubts), 'date')} of your list can't be right, and would be sent so "
            "(correct the list, or write `dates: unknown` into the entry):"
        )
    yield from doubts[:MAX_DOUBTS]
    if len(doubts) > MAX_DOUBTS:
        yield f"  and {len(doubts) - MAX_DOUBTS} more"


def _crowded_days(dated: Iterable[PlanEntry], plan: Plan) -> Iterator[str]:
    """Days on which suspiciously many finished, but for those that are undated already."""
    days = Counter(day for entry in dated if (day := _finish_day(entry)) is not None)
    for day, count in sorted(days.items()):
        if count >= CROWDED_DAY and not any(is_within(day, named) for named in plan.policy.no_date):
            yield (
                f"{count} entries finished on {day}, perhaps the day you filled in your list: "
                f"--no-date {day} sends them undated."
            )


def _not_asked_for(plan: Plan, sent: Iterable[PlanEntry]) -> Iterator[str]:
    """How many planned and dropped entries Trakt's lists would get, were they in `send`."""
    going_on = shows_going_on(plan)
    lists = Counter(_list_of(entry, going_on) for entry in sent if entry.send is None)
    counts = {kind: lists[kind] for kind in _PLACES if lists[kind] and kind not in plan.policy.send}
    if counts:
        what = " and ".join(_PLACES[kind].format(count) for kind, count in counts.items())
        send = ",".join(kind for kind in SyncKind if kind in plan.policy.send | counts.keys())
        yield f"Not asked for: {what}. `anitrakt plan --update FILE --send {send}` sends that too."


def _list_of(entry: PlanEntry, going_on: Collection[WorkId]) -> SyncKind | None:
    match entry.progress.status, entry.match:
        case Status.PLANNED, _:
            return SyncKind.WATCHLIST
        case Status.DROPPED, ShowMatch(show) if show not in going_on:
            return SyncKind.DROPPED
        case _:
            return None


def _shared_ratings(plan: Plan, way: Way) -> Iterator[str]:
    wants = desired_ratings(desired_of(plan, zone=UTC, now=plan.at), plan.policy.ratings, Knowledge())
    if count := sum(len(raters) > 1 for raters in wants.values()):
        which = "`anitrakt diff FILE` says which, " if way is Way.API else ""
        yield f"{pluralize(count, 'rating')} made of several entries' ratings; {which}`--ratings` chooses the rule."


class Asked(IntEnum):
    """How much of what helps a plan was asked of services: all, not of one that did not answer, or until Ctrl-C."""

    ALL = 0
    IN_PART = 1
    UNTIL_STOPPED = 2


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and what was learned on the way to it. `account` is None without a sign-in or a data download.

    `existing`, what that account holds, is None where it was not read: a plan needs it only where a match changes.

    `lacks_catalogue`: neither Trakt nor TMDB could be asked, and one of them could be. `lacks_everything`: neither they
    nor any id map.
    `trakt_ids` knows Trakt's ids of works with TMDB's, by the id maps and the catalogue. `unasked`: entries that were
    not looked up, as a person ended the asking. `half_blind`: an id map is missing, or the plan was made offline.
    `known_by`: how many id maps know an entry. `asked`: whether all was asked that helps.
    """

    plan: Plan
    proposals: tuple[Proposal, ...]
    listed: SourceList
    existing: Existing | None
    notes: tuple[str, ...]
    way: Way = Way.API
    lacks_catalogue: bool = False
    lacks_everything: bool = False
    trakt_ids: Resolver = no_resolver
    account: Account | None = None
    unasked: frozenset[EntryKey] = frozenset()
    half_blind: bool = False
    known_by: Mapping[EntryKey, int] = field(default_factory=dict)
    asked: Asked = Asked.ALL
