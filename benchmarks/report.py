"""What a benchmark of matching prints: values beside their targets, and the worst misses with their causes."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from anitrakt_plan.matching.evidence import Judged, Proposal
from anitrakt_plan.model import Decision, Entry, EntryKey, Match
from anitrakt_plan.model.matches import format_match

_NUMBER = re.compile(r"a confidence of .*")


@dataclass(slots=True)
class Report:
    """What is printed of one setting, and which of its targets are missed."""

    name: str
    lines: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def say(self, line: str) -> None:
        self.lines.append(line)

    def check(self, what: str, value: float, target: float, *, most: bool = False) -> None:
        """A value beside its target."""
        self.judge(
            f"{what:<44} {value:8.4f}   {'at most' if most else 'at least'} {target:g}",
            what,
            good=value <= target if most else value >= target,
        )

    def judge(self, line: str, what: str, *, good: bool) -> None:
        """A line that begins with whether it is as it should be."""
        self.say(f"    {'ok    ' if good else 'MISSED'} {line}")
        if not good:
            self.missed.append(f"{self.name}: {what}")


def worst(
    entries: Sequence[Entry],
    proposals: Sequence[Proposal],
    truth: Mapping[EntryKey, Match],
    moved: Mapping[EntryKey, str],
    most: int,
) -> Iterator[str]:
    """The worst misses: wrong and auto first, then the surest of the wrong ones; with what spoke for them."""
    misses = [p for p in proposals if not p.judged or p.judged[0].candidate.match != truth[p.key]]
    misses.sort(key=lambda p: (p.decision is not Decision.AUTO, -p.confidence))
    by_key = {entry.key: entry for entry in entries}
    for p in misses[:most]:
        entry = by_key[p.key]
        kind = f" · moved: {moved[p.key]}" if p.key in moved else ""
        yield (
            f"{p.decision.value:6} {p.confidence:.4f} {p.key} {entry.titles.romaji[:60]} "
            f"({entry.kind.value}, {entry.episodes}, {entry.aired_from}){kind}"
        )
        for name, match in (("truth", truth[p.key]), *(("best", j.candidate.match) for j in p.judged[:1])):
            judged = next((j for j in p.judged if j.candidate.match == match), None)
            yield f"    {name:5} {format_match(match)}{_causes(judged)}"


def _causes(judged: Judged | None) -> str:
    """What every signal saw in a candidate, and what holds it back."""
    if judged is None:
        return " · not among the candidates"
    seen = ", ".join(f"{s.name} {' + '.join(s.rows)} {s.weight:+.1f}" for s in judged.signals if s.weight)
    caps = f" · held: {'; '.join(judged.caps)}" if judged.caps else ""
    return f" “{judged.candidate.title}” {judged.candidate.confidence:.4f}: {seen}{caps}"


def causes_of(proposal: Proposal) -> list[str]:
    """What holds a proposal back, without the numbers and names that make each cause one of a kind."""
    return [_NUMBER.sub("confidence", cause).partition(":")[0] for cause in proposal.wanted.split("; ")]


def held(
    entries: Sequence[Entry], proposals: Sequence[Proposal], truth: Mapping[EntryKey, Match]
) -> Iterator[str]:
    """The right ones that are in review: for each cause how many, how many for it alone, and a few of these."""
    titles = {entry.key: entry.titles.romaji for entry in entries}
    all_of: Counter[str] = Counter()
    alone: defaultdict[str, list[EntryKey]] = defaultdict(list)
    for p in proposals:
        if p.decision is Decision.REVIEW and p.judged and p.judged[0].candidate.match == truth[p.key]:
            causes = causes_of(p)
            all_of.update(causes)
            if len(causes) == 1:
                alone[causes[0]].append(p.key)
    for cause, count in all_of.most_common():
        some = "; ".join(f"{key} {titles[key][:30]}" for key in alone[cause][:3])
        numbers = f"{count:4} right but in review, {len(alone[cause]):4} of them for this alone"
        yield f"{numbers}: {cause}" + (f" ({some})" if some else "")
