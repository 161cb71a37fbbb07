"""What `plan` tells a person at its end: counts, what to look at first, what was left out, and the next command."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from anitrakt_plan.commands.plan import Planned
from anitrakt_plan.commands.plan_rules import Rules, rules_lines, rules_of
from anitrakt_plan.core.calibration import format_confidence
from anitrakt_plan.core.counting import counted
from anitrakt_plan.core.episodes import format_match, mapping_runs
from anitrakt_plan.core.model import (
    KEY_PATTERN,
    Address,
    Decision,
    EntryKey,
    Match,
    MovieMatch,
    Plan,
    PlanEntry,
    Status,
    asked_for,
)
from anitrakt_plan.core.sending import is_asleep
from anitrakt_plan.document import ChangeKind, EntryChange, MergeResult

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
