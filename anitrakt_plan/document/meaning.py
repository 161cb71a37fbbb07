"""Checks what the values of a plan mean together: counts, parts, decisions, and claims on the same episode."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from anitrakt_plan.core.dates import date_doubts
from anitrakt_plan.core.episodes import format_match, format_run, format_span, list_length, mapping_runs
from anitrakt_plan.core.model import (
    Address,
    DatePolicy,
    Decision,
    Part,
    PartialDate,
    Parts,
    PlanEntry,
    Ratio,
    Run,
    ShowMatch,
    Status,
    Straight,
)
from anitrakt_plan.document.claims import clashes
from anitrakt_plan.document.entries import Draft
from anitrakt_plan.document.mistakes import Findings

ALL_EPISODES = (Status.COMPLETED, Status.REPEATING)
"""Statuses that mean every episode, whatever number the list gives (many lists say 0)."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a match can't be what the list's episodes are."""

    code: str
    message: str
    hint: str | None = None


def check_meaning(
    findings: Findings,
    drafts: Iterable[Draft],
    statuses: tuple[Status, ...],
    dates: DatePolicy = DatePolicy.FINISH,
) -> list[PlanEntry]:
    """Note what does not fit together, and return the entries as they count. `dates` is the plan's rule.

    An `auto` match that the user changed counts as `confirmed`. A `confirmed` one that no longer fits because the list
    changed beneath it (its `attention` says so) counts as `review`: the file holds, and that entry alone waits.
    """
    settled = [_check_match(findings, _settle(findings, draft)) for draft in drafts]
    _check_claims(findings, settled, statuses)
    for draft in settled:
        _check_dates(findings, draft, dates)
    return [draft.entry for draft in settled]


def hint_agrees(entry: PlanEntry) -> bool:
    """Whether the `#>` behind an `auto` match begins with that match; else a person has changed it."""
    if entry.match is None or isinstance(entry.match, Address):
        return False
    return entry.hint is not None and entry.hint.split(" · ")[0].strip() == format_match(entry.match)


def as_it_counts(entry: PlanEntry) -> PlanEntry:
    """An `auto` match that a person has changed is the person's."""
    if entry.decision is Decision.AUTO and entry.match is not None and not hint_agrees(entry):
        return replace(entry, decision=Decision.CONFIRMED, hint=None)
    return entry


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


def _check_match(findings: Findings, draft: Draft) -> Draft:
    entry, place = draft.entry, draft.place("match")
    if "match" in draft.unsound or not entry.decision.sends:
        return draft
    if entry.match is None:
        message = f"`{entry.key}` is to be sent ({entry.decision.value}), but has no match"
        findings.error("PLAN040", message, place, "write a match, or decision: review or skip")
    if not isinstance(entry.match, ShowMatch):
        return draft
    twice = _repeated(entry.match)
    if twice is not None:
        findings.error("PLAN045", f"the match names {twice} twice", place, "mend one of the runs")
    if draft.unsound & {"source", "list"}:
        return draft
    wrong = misfits(entry)
    if wrong and entry.attention and entry.decision is Decision.CONFIRMED:
        message = f"`{entry.key}` waits, because the list changed since you decided: {wrong[0].message}"
        findings.warning("PLAN063", message, place, wrong[0].hint)
        return replace(draft, entry=replace(entry, decision=Decision.REVIEW))
    for one in wrong:
        findings.error(one.code, one.message, place, one.hint)
    return draft


def _repeated(match: ShowMatch) -> str | None:
    """An episode, or a run, that a match names twice."""
    seen: dict[int, list[Run]] = defaultdict(list)
    for run in mapping_runs(match.mapping):
        seen[run.season].append(run)
    for runs in seen.values():
        for before, after in pairwise(sorted(runs)):
            if after.first <= before.last:
                return format_run(Run(after.season, after.first, min(before.last, after.last)))
    return None


def misfits(entry: PlanEntry) -> list[Misfit]:
    """Where the list's number of episodes (if that is unknown: of watched ones) and the match do not go together."""
    if not isinstance(entry.match, ShowMatch):
        return []
    mapping, known, watched = entry.match.mapping, entry.facts.episodes, entry.progress.watched
    room = list_length(mapping)
    if isinstance(mapping, Parts):
        found = _of_parts(mapping, known)
    elif isinstance(mapping, Ratio):
        found = _of_ratio(mapping, known)
    else:
        found = [_of_count(mapping, known)] if known is not None and room != known else []
    if known is None and watched > room and not found:
        message = f"{watched} episodes were watched, but the match has room for {room}"
        found.append(Misfit("PLAN042", message, "lengthen the run, or add one for the next season"))
    return found


def _of_ratio(mapping: Ratio, known: int | None) -> list[Misfit]:
    on_trakt = sum(len(run) for run in mapping.runs)
    if on_trakt % mapping.trakt_count:
        message = f"{on_trakt} episodes can't be taken {mapping.trakt_count} at a time, as the ratio asks"
        return [Misfit("PLAN043", message, "use parts where it is uneven")]
    if known is not None and list_length(mapping) != known:
        message = (
            f"by the ratio {mapping.list_count}:{mapping.trakt_count} these {on_trakt} episodes are "
            f"{list_length(mapping)} of the list's, which has {known}"
        )
        return [Misfit("PLAN043", message, "mend the run or the ratio, or use parts")]
    return []


def _of_count(mapping: Straight, known: int) -> Misfit:
    on_trakt, last = list_length(mapping), mapping.runs[-1]
    hint = "mend the run, or add ratio or parts"
    if len(mapping.runs) == 1:
        hint = f"{format_run(Run(last.season, last.first, last.first + known - 1))} would be {known}"
        for list_count, trakt_count in ((2, 1), (1, 2), (3, 1), (1, 3)):
            if known * trakt_count == on_trakt * list_count:
                hint += f'; or add ratio: "{list_count}:{trakt_count}"'
    return Misfit("PLAN041", f"the list has {_episodes(known)}, this match {on_trakt}", hint)


def _of_parts(mapping: Parts, known: int | None) -> list[Misfit]:
    found = []
    parts = sorted(mapping.parts, key=lambda part: part.first)
    for before, after in pairwise(parts):
        if after.first <= before.last:
            message = f"the parts {_span(before)} and {_span(after)} of the list overlap"
            found.append(Misfit("PLAN044", message, "each of the list's episodes belongs to one part"))
    beyond = max(parts, key=lambda part: part.last)
    if known is not None and beyond.last > known:
        message = f"the part {_span(beyond)} goes beyond the list's {_episodes(known)}"
        found.append(Misfit("PLAN044", message, f"end it at {known}" if beyond.first <= known else None))
    for part in mapping.parts:
        listed, on_trakt = part.last - part.first + 1, sum(len(run) for run in part.runs)
        if listed % on_trakt and on_trakt % listed:
            message = f"the part {_span(part)} lays {listed} of the list's on {on_trakt} of Trakt's: uneven"
            found.append(Misfit("PLAN044", message, "split it into parts that are even"))
    return found


def _span(part: Part) -> str:
    return format_span(part.first, part.last)


def _episodes(count: int) -> str:
    return f"{count} episode" if count == 1 else f"{count} episodes"


def _check_dates(findings: Findings, draft: Draft, plans: DatePolicy) -> None:
    """Dates that can't be right go out as the list has them, but not without a word."""
    entry = draft.entry
    rule = entry.dates or plans
    if not entry.decision.sends or draft.unsound & {"list", "dates", "source"}:
        return
    if entry.dates is DatePolicy.ACTIVITY and not entry.progress.times:
        findings.warning(
            "PLAN065",
            f"`{entry.key}` has no times, so its plays get the finish date",
            draft.place("dates"),
            "plan with --dates activity and AniList's export",
        )
    if rule in (DatePolicy.UNKNOWN, DatePolicy.RELEASED):
        return
    began = PartialDate(entry.facts.year) if entry.facts.year else None
    for doubt in date_doubts(entry.progress, began):
        message = f"`{entry.key}`: the list says {doubt}"
        findings.warning(
            "PLAN064", message, draft.place("list"), "correct it in the list, or add dates: unknown"
        )


def _check_claims(findings: Findings, drafts: list[Draft], statuses: tuple[Status, ...]) -> None:
    """Two entries that would give plays to the same episode or film: one of them is wrong."""
    sound = [draft for draft in drafts if not draft.unsound & {"match", "decision", "list", "send"}]
    for clash in clashes([draft.entry for draft in sound], statuses):
        first, second = sound[clash.first], sound[clash.second]
        findings.error(
            "PLAN046",
            f"`{second.entry.key}` claims {clash.what}, and so does `{first.entry.key}`",
            second.place("match"),
            "correct one of the two, or write `decision: skip`, or `send: [ratings]` for the one that only rates",
            also=[(first.place("match"), f"`{first.entry.key}` ({first.entry.title}) claims it here")],
        )
