"""What an audit found, for people: lines, JSON and Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anitrakt_plan.model.account import format_subject
from anitrakt_plan.model.dates import format_instant
from anitrakt_plan.model.repair import Repair, RepairGroup, RepairKind
from anitrakt_plan.sync.knowledge import grouped
from anitrakt_plan.words import markdown_text, pluralize

FORMAT = "anitrakt-audit/1"


@dataclass(frozen=True, slots=True)
class Audited:
    """What an audit found in `plays` plays. `copy` is where the account was copied to before.

    `report_only`: why no repair file can be made of it. `pages` are the works' of each group on trakt.tv.
    """

    repair: Repair
    plays: int
    copy: Path | None = None
    report_only: str | None = None
    pages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[RepairGroup, ...]:
        """The groups of its repair."""
        return self.repair.groups


_MEANS = {
    RepairKind.DOUBLED: "stand there more often than they were watched",
    RepairKind.WHOLE_SHOW: "came with a whole show of which the list has only a part",
    RepairKind.WRONG_WORK: "are of works that only have a title like one of the list's",
    RepairKind.MISDATED: "are dated by the time at which they were written",
}


def meaning_of(kind: RepairKind) -> str:
    """What plays of a kind do that they should not: the second half of `plays that ...`."""
    return _MEANS[kind]


def headline(audited: Audited) -> str:
    """The first sentence of all."""
    suspect = len({play.id for play in audited.repair.plays})
    if not suspect:
        return f"Nothing of your {pluralize(audited.plays, 'play')} looks like a script's work."
    return (
        f"Nothing is changed yet. Of your {pluralize(audited.plays, 'play')}, {suspect} in "
        f"{pluralize(len(audited.groups), 'group')} look like a script's work; the other "
        f"{audited.plays - suspect} are left alone."
    )


def kind_lines(audited: Audited) -> Iterator[str]:
    """One line a kind: how many groups and plays, what is meant, and what is suggested."""
    for (kind, suggest), groups in grouped(((one.kind, one.suggest), one) for one in audited.groups).items():
        plays = sum(len(group.plays) for group in groups)
        yield (
            f"  {kind.value}: {pluralize(plays, 'play')} in {pluralize(len(groups), 'group')} {_MEANS[kind]}; "
            f"suggested: {suggest.value}"
        )


def audit_document(audited: Audited) -> Mapping[str, Any]:
    """The versioned document of `--json`."""
    return {
        "format": FORMAT,
        "account": audited.repair.account.user,
        "plays": audited.plays,
        "copy": str(audited.copy) if audited.copy is not None else None,
        "report_only": audited.report_only,
        "groups": [group_document(group, audited.pages.get(group.key, ())) for group in audited.groups],
        "notes": list(audited.notes),
    }


def group_document(group: RepairGroup, pages: tuple[str, ...] = ()) -> Mapping[str, Any]:
    """A group as JSON has it; `pages` are its works' on trakt.tv."""
    return {
        "key": group.key,
        "kind": group.kind.value,
        "about": group.about,
        "pages": list(pages),
        "why": group.why,
        "against": group.against,
        "suggest": group.suggest.value,
        "decision": group.decision.value,
        "to": str(group.to) if group.to is not None else None,
        "note": group.note,
        "plays": [
            {
                "id": play.id,
                "item": format_subject(play.subject),
                "watched_at": format_instant(play.watched_at),
            }
            for play in group.plays
        ],
    }


def audit_markdown(audited: Audited) -> str:
    """The groups as Markdown, each with the pages of its works, for those who mend them by hand."""
    lines = [f"# {markdown_text(audited.repair.account.user)} on Trakt", "", headline(audited), ""]
    for kind, groups in grouped((group.kind, group) for group in audited.groups).items():
        lines += [f"## {kind.value}", "", f"Plays that {_MEANS[kind]}.", ""]
        for group in groups:
            pages = audited.pages.get(group.key, ())
            about = markdown_text(group.about)
            title = f"[{about}]({pages[0]})" if pages else about
            lines.append(f"- **{title}**: {markdown_text(group.why)}. Suggested: {group.suggest.value}.")
            if group.against:
                lines.append(f"  Against it: {markdown_text(group.against)}.")
            lines.append(f"  {', '.join(_items_of(group))}")
        lines.append("")
    return "\n".join(lines)


_FEW = 12


def _items_of(group: RepairGroup) -> list[str]:
    items = list(dict.fromkeys(format_subject(play.subject) for play in group.plays))
    return items if len(items) <= _FEW else [*items[:_FEW], f"and {len(items) - _FEW} more"]
