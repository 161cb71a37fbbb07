"""Checks what the values of a plan mean together: counts, parts, decisions, and claims on the same episode."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from anitrakt_plan.core.dates import date_doubts
from anitrakt_plan.core.episodes import format_match
from anitrakt_plan.core.fitting import Misfit, episodes_named_twice, misfits
from anitrakt_plan.core.model import (
    Address,
    DatePolicy,
    Decision,
    PartialDate,
    PlanEntry,
    Policy,
    ShowMatch,
    Status,
)
from anitrakt_plan.core.sending import Clash, clashes, rewatches_doubt, sends_nothing
from anitrakt_plan.document.entries import Draft
from anitrakt_plan.document.mistakes import Findings


def check_meaning(
    findings: Findings,
    drafts: Iterable[Draft],
    statuses: tuple[Status, ...],
    policy: Policy,
) -> list[PlanEntry]:
    """Note what does not fit together, and return the entries as they count.

    An `auto` match that the user changed counts as `confirmed`. A `confirmed` one that no longer fits, or that another
    claims by now, because the list changed beneath it (its `attention` says so) counts as `review`: the file holds, and
    that entry alone waits.
    """
    settled = [_check_match(findings, _settle(findings, draft), statuses, policy) for draft in drafts]
    settled = _check_claims(findings, settled, statuses, policy)
    for draft in settled:
        _check_dates(findings, draft, policy.dates)
        _check_rewatches(findings, draft, policy)
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


def _check_match(findings: Findings, draft: Draft, statuses: tuple[Status, ...], policy: Policy) -> Draft:
    entry, place = draft.entry, draft.place("match")
    if "match" in draft.unsound or not entry.decision.sends:
        return draft
    if entry.match is None and not _may_lack_match(entry, statuses, policy):
        message = f"`{entry.key}` is to be sent ({entry.decision.value}), but has no match"
        findings.error("PLAN040", message, place, "write a match, or decision: review or skip")
    if not isinstance(entry.match, ShowMatch):
        return draft
    twice = episodes_named_twice(entry.match)
    if twice is not None:
        findings.error(twice.code, twice.message, place, twice.hint)
    if draft.unsound & {"source", "list"}:
        return draft
    wrong = entry_misfits(entry)
    if wrong and entry.attention and entry.decision is Decision.CONFIRMED:
        message = f"`{entry.key}` waits, because the list changed since you decided: {wrong[0].message}"
        findings.warning("PLAN063", message, place, wrong[0].hint)
        return replace(draft, entry=replace(entry, decision=Decision.REVIEW))
    for one in wrong:
        findings.error(one.code, one.message, place, one.hint)
    return draft


def entry_misfits(entry: PlanEntry) -> list[Misfit]:
    """Where the list's number of episodes and the entry's match do not go together."""
    if entry.match is None or isinstance(entry.match, Address):
        return []
    return misfits(entry.match, entry.facts.episodes, entry.progress.watched)


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


def _may_lack_match(entry: PlanEntry, statuses: tuple[Status, ...], policy: Policy) -> bool:
    """Whether an entry is one about which nobody is asked, because nothing of it would be sent."""
    return entry.decision is Decision.AUTO and sends_nothing(entry, statuses, policy.send)


def _check_rewatches(findings: Findings, draft: Draft, policy: Policy) -> None:
    """A number of rewatches that can't be right sends none of them, and that is said."""
    entry = draft.entry
    if not entry.decision.sends or draft.unsound & {"list", "source", "send", "match"}:
        return
    doubt = rewatches_doubt(entry, policy)
    if doubt is not None:
        findings.warning(
            "PLAN067",
            f"`{entry.key}`: {doubt}, so it is sent as watched once",
            draft.place("list"),
            "correct it in the list and plan again, or add `sure: true` to the match",
        )


def _check_claims(
    findings: Findings, drafts: list[Draft], statuses: tuple[Status, ...], policy: Policy
) -> list[Draft]:
    """Two entries that would give plays to the same episode or film: one of them is wrong."""
    unsound = {"match", "decision", "list", "send"}
    settled = {draft.key.start: draft for draft in drafts}
    while True:
        sound = [draft for draft in settled.values() if not draft.unsound & unsound]
        found = clashes([draft.entry for draft in sound], statuses, policy.send)
        late = next((pair for clash in found if (pair := _overtaken(sound, clash)) is not None), None)
        if late is None:
            break
        draft, message = late
        findings.warning("PLAN063", message, draft.place("match"), "correct one of the two, or skip one")
        settled[draft.key.start] = replace(draft, entry=replace(draft.entry, decision=Decision.REVIEW))
    for clash in found:
        first, second = sound[clash.first], sound[clash.second]
        findings.error(
            "PLAN046",
            f"`{second.entry.key}` claims {clash.what}, and so does `{first.entry.key}`",
            second.place("match"),
            "correct one of the two, or write `decision: skip`, or `send: [ratings]` for the one that only rates",
            also=[(first.place("match"), f"`{first.entry.key}` ({first.entry.title}) claims it here")],
        )
    return list(settled.values())


def _overtaken(drafts: list[Draft], clash: Clash) -> tuple[Draft, str] | None:
    """Of two claimants the one that a change of the list has brought into this, and what is to be said of it."""
    for late, other in ((clash.second, clash.first), (clash.first, clash.second)):
        draft, rival = drafts[late], drafts[other].entry.key
        if draft.entry.decision is Decision.CONFIRMED and draft.entry.attention:
            head = f"`{draft.entry.key}` waits, because the list changed since you decided"
            return draft, f"{head}: `{rival}` claims {clash.what} too"
    return None
