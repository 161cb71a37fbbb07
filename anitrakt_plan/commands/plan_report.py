"""What is new in a plan as Markdown: the text of a pull request that a scheduled re-plan opens."""

from __future__ import annotations

from collections.abc import Iterable

from anitrakt_plan.commands.plan_summary import needs_person
from anitrakt_plan.core.calibration import format_confidence
from anitrakt_plan.core.counting import counted
from anitrakt_plan.core.episodes import format_match
from anitrakt_plan.core.model import Address, Plan, PlanEntry
from anitrakt_plan.core.sending import is_open
from anitrakt_plan.document import ChangeKind, EntryChange, MergeResult


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
