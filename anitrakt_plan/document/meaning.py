"""Checks what the values of a plan mean together: counts, parts, decisions, and claims on the same episode."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from anitrakt_plan.core.episodes import format_match, format_run, format_span, list_length, mapping_runs
from anitrakt_plan.core.model import (
    Address,
    Decision,
    MovieMatch,
    Parts,
    PlanEntry,
    Ratio,
    Run,
    ShowMatch,
    Status,
    Straight,
    SyncKind,
)
from anitrakt_plan.document.entries import Draft
from anitrakt_plan.document.mistakes import Findings

ALL_EPISODES = (Status.COMPLETED, Status.REPEATING)
"""Statuses that mean every episode, whatever number the list gives (many lists say 0)."""


def check_meaning(
    findings: Findings, drafts: Iterable[Draft], statuses: tuple[Status, ...]
) -> list[PlanEntry]:
    """Note what does not fit together, and return the entries as they count (`auto` changed by the user: confirmed)."""
    settled = [_settle(findings, draft) for draft in drafts]
    for draft in settled:
        if "match" not in draft.unsound and draft.entry.decision.sends:
            _check_match(findings, draft)
    _check_claims(findings, settled, statuses)
    return [draft.entry for draft in settled]


def is_sent(entry: PlanEntry, statuses: tuple[Status, ...]) -> bool:
    """Whether an entry may be sent at all: decided, and in one of the plan's statuses."""
    return entry.decision.sends and entry.progress.status in statuses


def needed_episodes(entry: PlanEntry) -> int | None:
    """How many of the list's episodes a match must have a place for; None where nobody knows."""
    if entry.facts.episodes is not None:
        return entry.facts.episodes
    return entry.progress.watched or None


def hint_agrees(entry: PlanEntry) -> bool:
    """Whether the `#>` behind an `auto` match begins with that match; else a person has changed it."""
    if entry.match is None or isinstance(entry.match, Address):
        return False
    return entry.hint is not None and entry.hint.split(" · ")[0].strip() == format_match(entry.match)


def _settle(findings: Findings, draft: Draft) -> Draft:
    """The draft with the decision that counts, after a word about it where a person should look."""
    entry = draft.entry
    if "match" in draft.unsound or "decision" in draft.unsound:
        return draft
    if entry.decision is Decision.REVIEW and entry.match is not None:
        findings.warning(
            "PLAN060",
            f"`{entry.key}` has a match but is still in review, so it is not sent",
            draft.place("decision"),
            "write confirmed to send it",
        )
    if entry.decision is not Decision.AUTO or entry.match is None or hint_agrees(entry):
        return draft
    written = f"; anitrakt wrote `{entry.hint.split(' · ')[0].strip()}`" if entry.hint else ""
    findings.warning(
        "PLAN061",
        f"the match of `{entry.key}` is not the one that anitrakt wrote, so it counts as confirmed{written}",
        draft.place("match"),
        "write decision: confirmed, and this falls silent",
    )
    return replace(draft, entry=replace(entry, decision=Decision.CONFIRMED))


def _check_match(findings: Findings, draft: Draft) -> None:
    match = draft.entry.match
    if match is None:
        findings.error(
            "PLAN040",
            f"`{draft.entry.key}` is to be sent ({draft.entry.decision.value}), but has no match",
            draft.place("match"),
            "write a match, or decision: review or skip",
        )
    elif isinstance(match, ShowMatch):
        _check_repeated(findings, draft, match)
        if "source" not in draft.unsound and "list" not in draft.unsound:
            _check_count(findings, draft, match)


def _check_repeated(findings: Findings, draft: Draft, match: ShowMatch) -> None:
    seen: dict[int, list[Run]] = defaultdict(list)
    for run in mapping_runs(match.mapping):
        seen[run.season].append(run)
    for runs in seen.values():
        runs.sort()
        for before, after in pairwise(runs):
            if after.first <= before.last:
                twice = format_run(Run(after.season, after.first, min(before.last, after.last)))
                findings.error(
                    "PLAN045", f"the match names {twice} twice", draft.place("match"), "mend one of the runs"
                )
                return


def _check_count(findings: Findings, draft: Draft, match: ShowMatch) -> None:
    mapping, known = match.mapping, draft.entry.facts.episodes
    place = draft.place("match")
    if isinstance(mapping, Parts):
        _check_parts(findings, draft, mapping)
        return
    on_trakt = sum(len(run) for run in mapping.runs)
    if isinstance(mapping, Ratio):
        if on_trakt % mapping.trakt_count:
            message = f"{on_trakt} episodes can't be taken {mapping.trakt_count} at a time, as the ratio asks"
            findings.error("PLAN043", message, place, "use parts where it is uneven")
            return
        if known is not None and list_length(mapping) != known:
            message = (
                f"by the ratio {mapping.list_count}:{mapping.trakt_count} these {on_trakt} episodes are "
                f"{list_length(mapping)} of the list's, which has {known}"
            )
            findings.error("PLAN043", message, place, "mend the run or the ratio, or use parts")
            return
    elif known is not None and on_trakt != known:
        _report_count(findings, draft, mapping, known)
        return
    watched = draft.entry.progress.watched
    if known is None and watched > list_length(mapping):
        message = f"{watched} episodes were watched, but the match has room for {list_length(mapping)}"
        findings.error("PLAN042", message, place, "lengthen the run, or add a run for the next season")


def _report_count(findings: Findings, draft: Draft, mapping: Straight, known: int) -> None:
    on_trakt = list_length(mapping)
    last = mapping.runs[-1]
    hint = "mend the run, or add ratio or parts"
    if len(mapping.runs) == 1:
        hint = f"{format_run(Run(last.season, last.first, last.first + known - 1))} would be {known}"
        for list_count, trakt_count in ((2, 1), (1, 2), (3, 1), (1, 3)):
            if known * trakt_count == on_trakt * list_count:
                hint += f'; or add ratio: "{list_count}:{trakt_count}"'
    message = f"the list has {known} {_episodes(known)}, this match {on_trakt}"
    findings.error("PLAN041", message, draft.place("match"), hint)


def _check_parts(findings: Findings, draft: Draft, mapping: Parts) -> None:
    place = draft.place("match")
    parts = sorted(mapping.parts, key=lambda part: part.first)
    for before, after in pairwise(parts):
        if after.first <= before.last:
            spans = f"{format_span(before.first, before.last)} and {format_span(after.first, after.last)}"
            message = f"the parts {spans} of the list overlap"
            findings.error("PLAN044", message, place, "each of the list's episodes belongs to one part")
    known = draft.entry.facts.episodes
    last = parts[-1]
    if known is not None and list_length(mapping) > known:
        beyond = max(parts, key=lambda part: part.last)
        message = f"the part {format_span(beyond.first, beyond.last)} goes beyond the list's {known} {_episodes(known)}"
        findings.error("PLAN044", message, place, f"end it at {known}" if beyond.first <= known else None)
    for part in mapping.parts:
        listed, on_trakt = part.last - part.first + 1, sum(len(run) for run in part.runs)
        if listed % on_trakt and on_trakt % listed:
            span = format_span(part.first, part.last)
            message = f"the part {span} lays {listed} of the list's on {on_trakt} of Trakt's, which is uneven"
            findings.error("PLAN044", message, place, "split it into parts that are even")
    watched = draft.entry.progress.watched
    if known is None and watched > last.last:
        message = f"{watched} episodes were watched, but the parts end at {last.last}"
        findings.error("PLAN042", message, place, "add a part for the rest")


def _episodes(count: int) -> str:
    return "episode" if count == 1 else "episodes"


@dataclass(frozen=True, slots=True, order=True)
class _Claim:
    """One run of a show, or a film (season and numbers 0), that an entry would give plays to."""

    work: tuple[str, int, int]
    first: int
    last: int
    index: int


def _check_claims(findings: Findings, drafts: list[Draft], statuses: tuple[Status, ...]) -> None:
    """Two entries that would give plays to the same episode or film: one of them is wrong."""
    claims = sorted(
        claim
        for index, draft in enumerate(drafts)
        if is_sent(draft.entry, statuses) and not draft.unsound & {"match", "decision", "list", "send"}
        if draft.entry.send is None or SyncKind.HISTORY in draft.entry.send
        for claim in _claims(draft.entry, index)
    )
    told: set[tuple[int, int]] = set()
    widest: _Claim | None = None
    for claim in claims:
        if widest is not None and widest.work == claim.work and claim.first <= widest.last:
            pair = (min(widest.index, claim.index), max(widest.index, claim.index))
            if pair[0] != pair[1] and pair not in told:
                told.add(pair)
                _report_claim(findings, drafts[pair[0]], drafts[pair[1]], claim, min(claim.last, widest.last))
        if widest is None or widest.work != claim.work or claim.last > widest.last:
            widest = claim


def _claims(entry: PlanEntry, index: int) -> list[_Claim]:
    match entry.match:
        case MovieMatch(movie):
            return [_Claim(("movie", movie, 0), 0, 0, index)]
        case ShowMatch(show, mapping):
            return [
                _Claim(("show", show, run.season), run.first, run.last, index)
                for run in mapping_runs(mapping)
            ]
        case _:
            return []


def _report_claim(findings: Findings, first: Draft, second: Draft, claim: _Claim, last: int) -> None:
    kind, work, season = claim.work
    what = (
        f"film {work}" if kind == "movie" else f"{format_run(Run(season, claim.first, last))} of show {work}"
    )
    findings.error(
        "PLAN046",
        f"`{second.entry.key}` claims {what}, and so does `{first.entry.key}`",
        second.place("match"),
        "correct one of the two, or write `decision: skip`, or `send: [ratings]` for the one that only rates",
        also=[(first.place("match"), f"`{first.entry.key}` ({first.entry.title}) claims it here")],
    )
