"""What `plan` tells a person at its end: counts, what to look at first, what was left out, and the next command."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date

from anitrakt_plan.matching.evidence import Proposal
from anitrakt_plan.model import (
    KEY_PATTERN,
    Address,
    DatePolicy,
    Decision,
    EntryKey,
    Existing,
    Match,
    MovieMatch,
    PartialDate,
    Plan,
    PlanEntry,
    ShowMatch,
    Status,
    SyncKind,
    asked_for,
)
from anitrakt_plan.model.dates import date_doubts, is_within
from anitrakt_plan.model.matches import format_match, mapping_runs
from anitrakt_plan.model.plan import format_confidence
from anitrakt_plan.model.sending import is_asleep, is_open, is_sent, kinds_sent
from anitrakt_plan.planfile import ChangeKind, EntryChange, MergeResult
from anitrakt_plan.sources import SourceList
from anitrakt_plan.sync.desired import desired_of, shows_going_on
from anitrakt_plan.sync.knowledge import Knowledge
from anitrakt_plan.sync.ratings import rating_wants
from anitrakt_plan.words import counted

LEAST_CERTAIN = 10

_ENTRY_LINE = re.compile(rf"  ({KEY_PATTERN}):\s*(?:#.*)?$")

_FLAG_ORDER = (Status.WATCHING, Status.PAUSED, Status.DROPPED, Status.PLANNED, Status.COMPLETED)


@dataclass(frozen=True, slots=True)
class Uncertain:
    """An automatic match worth a look: where it stands in the file, and how sure it is."""

    key: EntryKey
    title: str
    match: Match
    confidence: float
    line: int | None
    url: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of a plan. `expected_wrong` is the sum of 1 - confidence over the automatic matches.

    `send_nothing` are the entries without a match about which nobody is asked: they are none of the `decisions`.
    `import_only`: the account was read from a data download.
    """

    entries: int
    decisions: Mapping[Decision, int]
    send_nothing: int
    expected_wrong: float
    least_certain: tuple[Uncertain, ...]
    left_out: Mapping[Status, int]
    left_out_private: int
    rules: Rules
    notes: tuple[str, ...]
    import_only: bool


def summarise(planned: Planned, shown: Plan, lines: Mapping[EntryKey, int]) -> Summary:
    """Count the plan that was written (`shown`); `lines` says where each entry stands in it."""
    entries = shown.entries
    confidence = {proposal.key: proposal.confidence for proposal in planned.proposals}
    automatic = [entry for entry in entries if entry.decision is Decision.AUTO and entry.match is not None]
    asleep = {entry.key for entry in entries if is_asleep(shown, entry)}
    return Summary(
        entries=len(entries),
        decisions=Counter(entry.decision for entry in entries if entry.key not in asleep),
        send_nothing=len(asleep),
        expected_wrong=sum(1 - confidence.get(entry.key, 1.0) for entry in automatic),
        least_certain=_least_certain(automatic, confidence, lines),
        left_out=_left_out(planned),
        left_out_private=planned.listed.left_out_private,
        rules=rules_of(planned, shown),
        notes=planned.notes,
        import_only=planned.from_download,
    )


def summary_json(
    summary: Summary, merged: MergeResult | None, file: str, *, changed: bool
) -> dict[str, object]:
    """The versioned document of `plan --json`."""
    return {
        "format": "anitrakt-plan-summary/1",
        "file": file,
        "changed": changed,
        "entries": summary.entries,
        "decisions": {decision.value: summary.decisions.get(decision, 0) for decision in Decision},
        "send_nothing": summary.send_nothing,
        "expected_wrong": round(summary.expected_wrong, 4),
        "least_certain": [
            {
                "key": str(one.key),
                "title": one.title,
                "match": format_match(one.match),
                "confidence": one.confidence,
                "line": one.line,
                "url": one.url,
            }
            for one in summary.least_certain
        ],
        "left_out": {status.value: count for status, count in summary.left_out.items()},
        "left_out_private": summary.left_out_private,
        "changes": [
            {"key": str(change.key), "kind": change.kind.value, "keys": list(change.keys)}
            for change in (merged.changes if merged is not None else ())
        ],
        "notes": list(summary.notes),
    }


def _least_certain(
    automatic: Iterable[PlanEntry], confidence: Mapping[EntryKey, float], lines: Mapping[EntryKey, int]
) -> tuple[Uncertain, ...]:
    ranked = sorted(automatic, key=lambda entry: (confidence.get(entry.key, 1.0), entry.key))
    return tuple(
        Uncertain(
            entry.key,
            entry.title,
            entry.match,
            confidence.get(entry.key, 1.0),
            lines.get(entry.key),
            match_url(entry.match),
        )
        for entry in ranked[:LEAST_CERTAIN]
        if entry.match is not None and not isinstance(entry.match, Address)
    )


def entry_lines(text: str) -> dict[EntryKey, int]:
    """In which line of a plan's text each entry begins, from 1."""
    return {
        EntryKey.parse(found[1]): number
        for number, line in enumerate(text.splitlines(), start=1)
        if (found := _ENTRY_LINE.match(line))
    }


def match_url(match: Match) -> str:
    """A page on Trakt where a person can check a match."""
    if isinstance(match, MovieMatch):
        return f"https://trakt.tv/movies/{match.movie}"
    return f"https://trakt.tv/shows/{match.show}/seasons/{mapping_runs(match.mapping)[0].season}"


def _left_out(planned: Planned) -> dict[Status, int]:
    asked = asked_for(planned.plan.source.statuses)
    found = planned.listed.total_by_status
    return {status: found[status] for status in _FLAG_ORDER if status not in asked and found.get(status)}


def summary_lines(summary: Summary, file: str | None) -> list[str]:
    """The summary as text; `file` is the plan's name where one was written, None for stdout."""
    name = file or "plan.yaml"
    lines = [_counts(summary)]
    if summary.decisions.get(Decision.AUTO, 0):
        lines.append(
            f"Of the automatic matches about {_about(summary.expected_wrong)} are expected to be wrong."
        )
    if summary.least_certain:
        lines.append("The least certain of them:")
        lines += [f"  {_uncertain(one, name)}" for one in summary.least_certain]
    lines += _left_out_lines(summary)
    lines += rules_lines(summary.rules, name)
    lines += [f"Note: {note}" for note in summary.notes]
    lines.append(_next(summary, file))
    return lines


_SIGNS = {ChangeKind.NEW: "+", ChangeKind.CHANGED: "~", ChangeKind.LEFT: "-"}


def change_lines(merged: MergeResult | None, shown: Plan, *, quiet: bool) -> list[str]:
    """What a re-plan changed, one line an entry; `quiet`: only what is new and needs a person.

    Of a plan made from nothing everything is new, so that only `quiet` has something to say of it.
    """
    if merged is not None:
        shown_changes = [change for change in merged.changes if not quiet or needs_person(change)]
    elif quiet:
        new = (EntryChange(ChangeKind.NEW, entry.key, None, entry, ()) for entry in shown.entries)
        shown_changes = [change for change in new if needs_person(change)]
    else:
        shown_changes = []
    return [
        f"  {_SIGNS[change.kind]} {change.key}  {change.after.title}   {_what(change)}"
        for change in shown_changes
    ]


def needs_person(change: EntryChange) -> bool:
    """Whether a change leaves something open that was not open before."""
    before, after = change.before, change.after
    waits = after.decision is Decision.REVIEW and (before is None or before.decision is not Decision.REVIEW)
    warned = bool(after.attention) and (before is None or before.attention != after.attention)
    return waits or warned


def _what(change: EntryChange) -> str:
    before, after = change.before, change.after
    if before is None:
        return after.hint if after.match is None and after.hint else after.decision.value
    if change.kind is ChangeKind.LEFT:
        return f"is {after.progress.status.value} now; not sent"
    said = [one for one in after.attention if one not in before.attention]
    if before.decision is not after.decision:
        why = f" ({after.hint})" if after.match is None and after.hint else ""
        said.append(f"{before.decision.value} → {after.decision.value}{why}")
    elif before.match != after.match:
        said.append(f"{_place(before)} → {_place(after)}")
    rest = [
        name for name in change.keys if name not in ("attention", "decision", "match", "candidates", "url")
    ]
    if rest or not said:
        said.append(f"new: {', '.join(rest or change.keys)}")
    return "; ".join(said)


def _place(entry: PlanEntry) -> str:
    if entry.match is None:
        return "nothing"
    return entry.match.url if isinstance(entry.match, Address) else format_match(entry.match)


def _counts(summary: Summary) -> str:
    counts = summary.decisions
    pieces = [f"{counts.get(Decision.AUTO, 0)} matched"]
    if counts.get(Decision.CONFIRMED):
        pieces.append(f"{counts[Decision.CONFIRMED]} confirmed by you")
    pieces.append(f"{counts.get(Decision.REVIEW, 0)} to review")
    if counts.get(Decision.SKIP):
        pieces.append(f"{counts[Decision.SKIP]} skipped")
    if summary.send_nothing:
        send = "sends" if summary.send_nothing == 1 else "send"
        pieces.append(f"{summary.send_nothing} that {send} nothing")
    return f"{counted(summary.entries, 'entry')}: {', '.join(pieces)}."


def _about(number: float) -> str:
    return f"{number:.2f}" if number < 1 else f"{number:.1f}" if number < 10 else f"{number:.0f}"


def _uncertain(one: Uncertain, name: str) -> str:
    place = f"{name}:{one.line}" if one.line else str(one.key)
    return f"{format_confidence(one.confidence)}  {place}  {one.title} → {format_match(one.match)}  {one.url}"


def _left_out_lines(summary: Summary) -> list[str]:
    lines = []
    if summary.left_out:
        found = ", ".join(f"{count} {status.value}" for status, count in summary.left_out.items())
        flag = ",".join(status.value for status in summary.left_out)
        lines.append(f"Left out: {found}. `--status completed,{flag}` or `--status all` brings them in.")
    if summary.left_out_private:
        lines.append(
            f"Left out: {counted(summary.left_out_private, 'private entry')}. `--include-private` brings them in."
        )
    return lines


def _next(summary: Summary, file: str | None) -> str:
    name = file or "plan.yaml"
    if summary.import_only:
        export = (
            f"`anitrakt export-trakt {name} --format tvtime -o for-trakt.csv` writes what to upload to Trakt."
        )
        if summary.decisions.get(Decision.REVIEW):
            return f"Next: settle what is in review (`anitrakt review {name}`), then {export}"
        return f"Next: {export}"
    if summary.decisions.get(Decision.REVIEW):
        return f"Next: settle what is in review in {name}, then `anitrakt diff {name}` and `anitrakt apply {name}`."
    return f"Next: `anitrakt diff {name}` shows what would be sent, `anitrakt apply {name}` sends it."


# --- what is new in a plan as Markdown ---


def report_markdown(shown: Plan, merged: MergeResult | None) -> str:
    """New entries, changed ones, and what waits for a person; `merged` is None for a plan made from nothing."""
    changes = merged.changes if merged is not None else ()
    waiting = [entry for entry in shown.entries if is_open(shown, entry)]
    lines = ["## anitrakt plan", "", _count_line(shown, changes, waiting), ""]
    lines += _section("Needs you", [_change(change) for change in changes if needs_person(change)])
    rest = [change for change in changes if not needs_person(change)]
    lines += _section("New", [_change(one) for one in rest if one.kind is ChangeKind.NEW])
    lines += _section("Changed", [_change(one) for one in rest if one.kind is ChangeKind.CHANGED])
    lines += _section("Not sent any more", [_change(one) for one in rest if one.kind is ChangeKind.LEFT])
    lines += _section("Waiting in review", [_entry(entry) for entry in waiting])
    return "\n".join(lines).rstrip() + "\n"


def _count_line(shown: Plan, changes: Iterable[EntryChange], waiting: list[PlanEntry]) -> str:
    number = len(list(changes))
    changed = f"{counted(number, 'entry')} changed" if number else "Nothing changed"
    return f"{changed}; {counted(len(shown.entries), 'entry')} in all, {len(waiting)} of them in review."


def _section(heading: str, rows: list[str]) -> list[str]:
    return [f"### {heading}", "", *rows, ""] if rows else []


def _change(change: EntryChange) -> str:
    what = f" ({', '.join(change.keys)})" if change.keys else ""
    return f"{_entry(change.after)}{what}"


def _entry(entry: PlanEntry) -> str:
    title = _escaped(entry.english or entry.title)
    said = [f"- `{entry.key}` {title}: {entry.decision.value}"]
    if entry.match is not None:
        url = entry.match.url if isinstance(entry.match, Address) else format_match(entry.match)
        said.append(f"`{url}`")
    elif entry.candidates:
        best = entry.candidates[0]
        said.append(f"best: [{_escaped(best.title)}]({best.url}) {format_confidence(best.confidence)}")
    said += [_escaped(text) for text in entry.attention]
    return ", ".join(said)


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>|#" else sign for sign in text)


# --- what the plan's rules for dates ---


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


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and what was learned on the way to it. `existing` is None without a sign-in or a data download."""

    plan: Plan
    proposals: tuple[Proposal, ...]
    listed: SourceList
    existing: Existing | None
    notes: tuple[str, ...]
    from_download: bool = False
