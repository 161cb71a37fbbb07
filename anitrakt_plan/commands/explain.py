"""`explain`: why an entry is matched as it is, candidate by candidate, signal by signal."""

from __future__ import annotations

from anitrakt_plan.commands.evidence_file import CandidateLine, Evidence
from anitrakt_plan.core.calibration import format_confidence
from anitrakt_plan.core.model import PlanEntry


def explanation(entry: PlanEntry, evidence: Evidence) -> list[str]:
    """The evidence for a person, as lines of text."""
    lines = [f"{entry.key}  {entry.english or entry.title}", f"  now: {_state(entry)}"]
    lines.append(f"  when it was matched: {evidence.decision}, {evidence.hint}")
    if not evidence.candidates:
        return [*lines, "  There was no candidate."]
    for number, candidate in enumerate(evidence.candidates, start=1):
        lines += ["", *_candidate(number, candidate)]
    lines.append("")
    if evidence.wanted:
        lines.append(f"Missing for auto: {evidence.wanted}.")
    else:
        lines.append("Nothing was missing for auto.")
    return lines


def _state(entry: PlanEntry) -> str:
    return f"{entry.decision.value}" + ("" if entry.match is not None else ", no match")


def _candidate(number: int, candidate: CandidateLine) -> list[str]:
    year = f" ({candidate.year})" if candidate.year else ""
    lines = [
        f"{number}. {candidate.title}{year}   {candidate.match}   {format_confidence(candidate.confidence)}",
        f"   {candidate.url}",
    ]
    name_width = max((len(signal.name) for signal in candidate.signals), default=0)
    value_width = min(max((len(signal.value) for signal in candidate.signals), default=0), 70)
    lines += [
        f"     {signal.name:<{name_width}}  {signal.value:<{value_width}}  {signal.weight:+6.2f}"
        for signal in candidate.signals
    ]
    lines += [f"     capped: {cap}" for cap in candidate.caps]
    return lines
