"""`explain`: why an entry is matched as it is, candidate by candidate, signal by signal."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from anitrakt_plan.errors import Failed
from anitrakt_plan.files import keep_if_possible
from anitrakt_plan.matching.evidence import Judged, Proposal, SignalValue, Speaks
from anitrakt_plan.matching.propose import speaks
from anitrakt_plan.model import EntryKey, Ids, PlanEntry, SourceInfo
from anitrakt_plan.model.matches import format_match
from anitrakt_plan.model.plan import format_confidence
from anitrakt_plan.model.resolving import Resolver, no_resolver, resolved_match
from anitrakt_plan.planfile.plan_cache import file_stem
from anitrakt_plan.words import titled

_T = TypeVar("_T")


def explanation(entry: PlanEntry, evidence: Evidence) -> list[str]:
    """The evidence for a person, as lines of text."""
    lines = [
        f"{entry.key}  {entry.english or entry.title}",
        f"  now: {entry.decision.value}{'' if entry.match is not None else ', no match'}",
        f"  when it was matched: {evidence.decision}, {evidence.hint}",
    ]
    if not evidence.candidates:
        return [*lines, "  There was no candidate."]
    for number, candidate in enumerate(evidence.candidates, start=1):
        lines += ["", *_candidate(number, candidate)]
    missing = f"Missing for auto: {evidence.wanted}." if evidence.wanted else "Nothing was missing for auto."
    return [*lines, "", missing]


def _candidate(number: int, candidate: CandidateLine) -> list[str]:
    title = titled(candidate.title, candidate.year)
    name_width = max((len(signal.name) for signal in candidate.signals), default=0)
    value_width = min(max((len(signal.value) for signal in candidate.signals), default=0), 70)
    return [
        f"{number}. {title}   {candidate.match}   {format_confidence(candidate.confidence)}",
        f"   {candidate.url}",
        *(
            f"     {signal.name:<{name_width}}  {signal.value:<{value_width}}  {signal.weight:+6.2f}"
            for signal in candidate.signals
        ),
        *(f"     capped: {cap}" for cap in candidate.caps),
    ]


# --- the evidence behind a plan, kept in the state folder for `explain`: one JSON line an entry ---


MAX_KEPT = 6
"""So many candidates of an entry are kept: those a plan offers, and one more to compare with."""


@dataclass(frozen=True, slots=True)
class SignalLine:
    """What one signal saw, in words, how it counted, in log-odds, and what that tells a person."""

    name: str
    value: str
    weight: float
    speaks: Speaks = Speaks.FOR


@dataclass(frozen=True, slots=True)
class CandidateLine:
    """One candidate with all its signals, and the caps that kept it from being automatic."""

    match: str
    title: str
    year: int | None
    url: str
    confidence: float
    signals: tuple[SignalLine, ...]
    caps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why an entry was matched as it was; `wanted` is what was missing for `auto`, empty where nothing was."""

    key: EntryKey
    decision: str
    hint: str
    wanted: str
    candidates: tuple[CandidateLine, ...]
    maps: int | None = None
    """How many id maps know the entry; None where that was not kept."""


def evidence_path(state_folder: Path, source: SourceInfo) -> Path:
    """Where the evidence for a list is kept."""
    return state_folder / "evidence" / f"{file_stem(source)}.jsonl"


def save_evidence(
    path: Path,
    proposals: Iterable[Proposal],
    ids: Mapping[EntryKey, Ids],
    resolve: Resolver = no_resolver,
    maps: Mapping[EntryKey, int] = MappingProxyType({}),
) -> None:
    """Replace the evidence kept at `path`, with each entry's ids on the list services; no part of the plan.

    `resolve` knows Trakt's ids, with which the plan has its matches; `maps` says how many id maps know an entry.
    """
    rows = (_as_json(one, ids.get(one.key), resolve) | {"maps": maps.get(one.key)} for one in proposals)
    lines = (json.dumps(row, ensure_ascii=False).encode() for row in rows)
    keep_if_possible(path, b"".join(line + b"\n" for line in lines))


def load_evidence(path: Path, key: EntryKey) -> Evidence:
    """The evidence for one entry. Raises Failed where `plan` has kept none on this machine."""
    found = EvidenceFile(path).of(key)
    if found is None:
        raise Failed(
            f"there is no evidence for {key} on this machine",
            where=str(path),
            todo="`plan` keeps it in the state folder each time it matches: plan again, then explain. What was planned "
            "with --sandbox is explained with --sandbox.",
        )
    return found


class EvidenceFile:
    """The evidence for a list, of which one entry after the other is wanted: read once, until `plan` writes it anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at: int | None = None
        self._lines: dict[str, bytes] = {}
        self._parsed: dict[str, Evidence] = {}

    def of(self, key: EntryKey) -> Evidence | None:
        """The evidence for one entry; None where `plan` has kept none on this machine."""
        try:
            changed_at = self._path.stat().st_mtime_ns
            if changed_at != self._read_at:
                found = (_LINE_OF.match(line) for line in self._path.read_bytes().splitlines())
                self._lines = {one["key"].decode(): one[0] for one in found if one is not None}
                self._read_at = changed_at
                self._parsed = {}
            if str(key) not in self._parsed and (line := self._lines.get(str(key))) is not None:
                self._parsed[str(key)] = _from_json(json.loads(line))
            return self._parsed.get(str(key))
        except (OSError, ValueError, KeyError, TypeError):
            return None


_LINE_OF = re.compile(rb'\{"key": "(?P<key>[^"]+)",.*')


def load_ids(path: Path) -> dict[EntryKey, Ids]:
    """Each entry's ids on both list services, as the last `plan` learned them; empty where none are kept."""
    return _of_each(path, lambda row: Ids(row["mal"], row["anilist"]))


def load_matches(path: Path) -> dict[EntryKey, frozenset[str]]:
    """The matches that the last `plan` on this machine weighed for each entry; empty where no evidence is kept."""
    return _of_each(path, lambda row: frozenset(one["match"] for one in row["candidates"]))


def _of_each(path: Path, read: Callable[[dict[str, Any]], _T]) -> dict[EntryKey, _T]:
    try:
        with path.open(encoding="utf-8") as file:
            return {EntryKey.parse(row["key"]): read(row) for row in map(json.loads, file)}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _as_json(proposal: Proposal, ids: Ids | None, resolve: Resolver) -> dict[str, object]:
    return {
        "key": str(proposal.key),
        "mal": ids.mal if ids else None,
        "anilist": ids.anilist if ids else None,
        "decision": proposal.decision.value,
        "hint": proposal.hint,
        "wanted": proposal.wanted,
        "candidates": [_candidate_json(judged, resolve) for judged in proposal.judged[:MAX_KEPT]],
    }


def _candidate_json(judged: Judged, resolve: Resolver) -> dict[str, object]:
    candidate = judged.candidate
    return {
        "match": format_match(resolved_match(candidate.match, resolve)),
        "title": candidate.title,
        "year": candidate.year,
        "url": candidate.url,
        "confidence": candidate.confidence,
        "signals": [_signal_json(signal) for signal in judged.signals],
        "caps": list(judged.caps),
    }


def _signal_json(signal: SignalValue) -> list[object]:
    return [signal.name, signal.value, signal.weight, speaks(signal).value]


def _signal_of(name: str, value: str, weight: float, said: str = "") -> SignalLine:
    """A signal as it was kept; an earlier version kept no word for it."""
    by_weight = Speaks.FOR if weight >= 0 else Speaks.AGAINST
    return SignalLine(name, value, weight, Speaks(said) if said else by_weight)


def _from_json(row: dict[str, Any]) -> Evidence:
    return Evidence(
        EntryKey.parse(row["key"]),
        row["decision"],
        row["hint"],
        row["wanted"],
        tuple(
            CandidateLine(
                **{
                    **one,
                    "signals": tuple(_signal_of(*signal) for signal in one["signals"]),
                    "caps": tuple(one["caps"]),
                }
            )
            for one in row["candidates"]
        ),
        row.get("maps"),
    )
