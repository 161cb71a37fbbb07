"""`show`: a plan as one row an entry, filtered and sorted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from anitrakt_plan.core.calibration import format_confidence
from anitrakt_plan.core.episodes import format_match
from anitrakt_plan.core.model import Address, Decision, MovieMatch, Plan, PlanEntry
from anitrakt_plan.document import parse_hint


class Sort(StrEnum):
    """By what the rows are sorted; without one they keep the file's order."""

    SHOW = "show"
    CONFIDENCE = "confidence"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as `show` prints it; `confidence` is None where the file has none."""

    key: str
    title: str
    status: str
    watched: int
    decision: Decision
    match: str
    on_trakt: str
    confidence: float | None


def rows(plan: Plan, *, sort: Sort | None, decision: Decision | None, below: float | None) -> tuple[Row, ...]:
    """The rows of a plan. `below`: only entries less certain than this, those without a number included."""
    found = [_row(entry) for entry in plan.entries if decision is None or entry.decision is decision]
    if below is not None:
        found = [row for row in found if row.confidence is None or row.confidence < below]
    if sort is not None:
        found.sort(key=_ORDERS[sort])
    return tuple(found)


_ORDERS: dict[Sort, Callable[[Row], tuple[object, ...]]] = {
    Sort.SHOW: lambda row: (row.on_trakt.casefold(), row.match),
    Sort.CONFIDENCE: lambda row: (row.confidence is not None, row.confidence or 0.0, row.key),
    Sort.TITLE: lambda row: (row.title.casefold(), row.key),
}


def _row(entry: PlanEntry) -> Row:
    return Row(
        key=str(entry.key),
        title=entry.english or entry.title,
        status=entry.progress.status.value,
        watched=entry.progress.watched,
        decision=entry.decision,
        match=_match_text(entry),
        on_trakt=_trakt_title(entry),
        confidence=confidence_of(entry),
    )


def _match_text(entry: PlanEntry) -> str:
    match entry.match:
        case None:
            return ""
        case Address(url):
            return url
        case MovieMatch():
            return "film"
        case show:
            return format_match(show).removeprefix(f"{show.show} ")


def _trakt_title(entry: PlanEntry) -> str:
    """The work's name on Trakt, where the file says it: behind an automatic match, or in a candidate."""
    hint = parse_hint(entry.hint)
    if hint.confidence is not None:
        return hint.name
    for candidate in entry.candidates:
        if entry.match is None or candidate.match == entry.match:
            return f"{candidate.title} ({candidate.year})" if candidate.year else candidate.title
    if entry.match is None or isinstance(entry.match, Address):
        return ""
    return format_match(entry.match)


def confidence_of(entry: PlanEntry) -> float | None:
    """How sure the matcher was: of the automatic match, or of the best candidate in review."""
    if entry.decision is Decision.CONFIRMED:
        return 1.0
    said = parse_hint(entry.hint).confidence
    if said is not None:
        return said
    return entry.candidates[0].confidence if entry.candidates else None


def markdown(found: tuple[Row, ...]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| entry | title | decision | on Trakt | match | confidence |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {row.key} | {_cell(row.title)} | {row.decision.value} | {_cell(row.on_trakt)} | {row.match} | "
        f"{'' if row.confidence is None else format_confidence(row.confidence)} |"
        for row in found
    ]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
