"""The short texts of a proposal: the `#>` comments, reason codes, and rounded confidences."""

from __future__ import annotations

from collections.abc import Sequence

from anitrakt_plan.core.calibration import format_confidence
from anitrakt_plan.core.episodes import format_match
from anitrakt_plan.core.evidence import Judged
from anitrakt_plan.core.model import Candidate, Entry
from anitrakt_plan.core.weighing import Weighed

_TELLING = 0.5  # log-odds from which a signal is named as a reason
_EMPTY = ("unknown", "nothing said")  # levels that weigh something but tell a person nothing


def auto_hint(candidate: Candidate) -> str:
    """The text behind an auto match: the match in short form, the name, the confidence, the reasons."""
    name = candidate.title + (f" ({candidate.year})" if candidate.year else "")
    reasons = f" · {', '.join(candidate.why)}" if candidate.why else ""
    return f"{format_match(candidate.match)} · {name} · {format_confidence(candidate.confidence)}{reasons}"


def review_hint(offered: Sequence[Candidate], best: Judged, auto_from: float) -> str:
    """The text behind `review`: how far the best candidate is from auto, and what holds it back."""
    confidence = best.candidate.confidence
    if confidence >= auto_from:
        return f"the best is {format_confidence(confidence)}, but {best.caps[0]}"
    text = f"the best is {format_confidence(confidence)} ({auto_from:g} needed)"
    if len(offered) > 1 and (behind := confidence - offered[1].confidence) < 0.2:
        text += f", the next only {max(behind, 0.0):.2f} behind"
    return f"{text}; {best.caps[0]}" if best.caps else text


def reasons(entry: Entry, row: Weighed) -> tuple[str, ...]:
    """Short codes of what speaks for an option, the strongest first; a year that is one off is named so."""
    codes: dict[str, float] = {}
    for signal in row.signals:
        year = row.option.work.year
        if signal.name == "year" and signal.level == "next" and entry.year and year:
            codes["year-1" if year < entry.year else "year+1"] = 0.0
        elif signal.weight >= _TELLING and signal.name != "kind" and signal.level not in _EMPTY:
            codes[signal.name] = signal.weight
    return tuple(sorted(codes, key=lambda code: -codes[code]))
