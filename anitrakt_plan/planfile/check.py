"""Checks what the values of a plan mean together: counts, parts, decisions, and claims on the same episode."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

from anitrakt_plan.model import (
    DatePolicy,
    Decision,
    Match,
    PartialDate,
    PlanEntry,
    Policy,
    SourceInfo,
    Status,
)
from anitrakt_plan.model.dates import date_doubts
from anitrakt_plan.model.fitting import Mismatch, episodes_named_twice, mismatches
from anitrakt_plan.model.sending import Clash, clashes, rewatches_doubt, sends_nothing
from anitrakt_plan.planfile.problems import Diagnostics
from anitrakt_plan.planfile.read import Draft, names_match, parse_hint
from anitrakt_plan.planfile.yaml import MapNode, Node

_CLAIMING = {"match", "decision", "list", "send"}
"""The keys that say whether an entry gives plays, and to what."""

_FEW_MISSING = 2
_SHARE_MISSING = 0.1


def check_entries(
    diagnostics: Diagnostics, drafts: Iterable[Draft], statuses: tuple[Status, ...], policy: Policy
) -> tuple[PlanEntry, ...]:
    """Note what does not fit together, and return the entries as they count.

    An `auto` match that the user changed counts as `confirmed`. A `confirmed` one that no longer fits, or that another
    claims by now, because the list changed beneath it (its `attention` says so) counts as `review`: the file holds, and
    that entry alone waits.
    """
    decided = (_check_decision(diagnostics, draft) for draft in drafts)
    matched = [_check_match(diagnostics, draft, statuses, policy) for draft in decided]
    settled = _check_claims(diagnostics, matched, statuses, policy)
    for draft in settled:
        _check_dates(diagnostics, draft, policy.dates)
        _check_rewatches(diagnostics, draft, policy)
    return tuple(draft.entry for draft in settled)


def check_complete(diagnostics: Diagnostics, root: MapNode, source: SourceInfo) -> None:
    """Note where a file has far fewer entries than its list had: it was cut, or a person deleted some.

    Two or three that a person took out are their business, and the next plan brings them back anyway.
    """
    entries, place = root.value("entries"), _node_at(root, "generated", "source", "entries")
    here = len(entries.items) if isinstance(entries, MapNode) else 0
    few = max(_FEW_MISSING, source.entries * _SHARE_MISSING)
    if entries is not None and place is not None and source.entries - here > few:
        diagnostics.warning(
            "PLAN066",
            f"the list had {source.entries} entries when this plan was made, and {here} are here",
            place,
            "is the file cut off? An entry that you deleted comes back with the next plan; skip it instead",
        )


def _node_at(node: Node | None, *names: str) -> Node | None:
    for name in names:
        node = node.value(name) if isinstance(node, MapNode) else None
    return node


def effective_entry(entry: PlanEntry) -> PlanEntry:
    """The entry as it counts: an `auto` match that a person has changed is the person's."""
    if _was_changed(entry):
        return replace(entry, decision=Decision.CONFIRMED, hint=None)
    return entry


def _was_changed(entry: PlanEntry) -> bool:
    decided = entry.decision is Decision.AUTO and entry.match is not None
    return decided and not names_match(entry.hint, entry.match)


def _check_decision(diagnostics: Diagnostics, draft: Draft) -> Draft:
    entry = draft.entry
    if draft.unsound & {"match", "decision"}:
        return draft
    if entry.decision is Decision.REVIEW and entry.match is not None:
        message = f"`{entry.key}` has a match but is still in review, so it is not sent"
        diagnostics.warning("PLAN060", message, draft.place("decision"), "write confirmed to send it")
    if not _was_changed(entry):
        return draft
    message = f"the match of `{entry.key}` is not the one that anitrakt wrote, so it counts as confirmed"
    message += f"; anitrakt wrote `{parse_hint(entry.hint).match}`" if entry.hint else ""
    diagnostics.warning(
        "PLAN061", message, draft.place("match"), "write decision: confirmed, and this falls silent"
    )
    return replace(draft, entry=replace(entry, decision=Decision.CONFIRMED))


def _check_match(
    diagnostics: Diagnostics, draft: Draft, statuses: tuple[Status, ...], policy: Policy
) -> Draft:
    entry = draft.entry
    if "match" in draft.unsound or not entry.decision.sends:
        return draft
    # nobody is asked for the match of an entry of which nothing would be sent
    asleep = entry.decision is Decision.AUTO and sends_nothing(entry, statuses, policy.send)
    if entry.match is None and not asleep:
        diagnostics.error(
            "PLAN040",
            f"`{entry.key}` is to be sent ({entry.decision.value}), but has no match",
            draft.place("match"),
            "write a match, or decision: review or skip",
        )
    return _check_episodes(diagnostics, draft, entry.resolved) if entry.resolved else draft


def _check_episodes(diagnostics: Diagnostics, draft: Draft, match: Match) -> Draft:
    twice = episodes_named_twice(match)
    if twice is not None:
        diagnostics.error(twice.code, twice.message, draft.place("match"), twice.hint)
    return draft if draft.unsound & {"source", "list"} else _check_length(diagnostics, draft)


def _check_length(diagnostics: Diagnostics, draft: Draft) -> Draft:
    entry, place = draft.entry, draft.place("match")
    wrong = length_mismatches(entry)
    if wrong and entry.attention and entry.decision is Decision.CONFIRMED:
        return _waits(diagnostics, draft, wrong[0].message, wrong[0].hint)
    for one in wrong:
        diagnostics.error(one.code, one.message, place, one.hint)
    return draft


def _waits(diagnostics: Diagnostics, draft: Draft, why: str, hint: str | None) -> Draft:
    # the draft as it counts after the list changed beneath the user's decision: it is not sent
    message = f"`{draft.entry.key}` waits, because the list changed since you decided: {why}"
    diagnostics.warning("PLAN063", message, draft.place("match"), hint)
    return replace(draft, entry=replace(draft.entry, decision=Decision.REVIEW))


def length_mismatches(entry: PlanEntry) -> list[Mismatch]:
    """Where the list's number of episodes and the entry's match do not go together."""
    if entry.resolved is None:
        return []
    return mismatches(entry.resolved, entry.facts.episodes, entry.progress.watched)


def _check_dates(diagnostics: Diagnostics, draft: Draft, plans: DatePolicy) -> None:
    # dates that can't be right go out as the list has them, but not without a word
    entry = draft.entry
    if not entry.decision.sends or draft.unsound & {"list", "dates", "source"}:
        return
    if entry.dates is DatePolicy.ACTIVITY and not entry.progress.times:
        diagnostics.warning(
            "PLAN065",
            f"`{entry.key}` has no times, so its plays get the finish date",
            draft.place("dates"),
            "plan with --dates activity and AniList's export",
        )
    if (entry.dates or plans) not in (DatePolicy.UNKNOWN, DatePolicy.RELEASED):
        _report_doubts(diagnostics, draft)


def _report_doubts(diagnostics: Diagnostics, draft: Draft) -> None:
    entry = draft.entry
    began = PartialDate(entry.facts.year) if entry.facts.year else None
    for doubt in date_doubts(entry.progress, began):
        diagnostics.warning(
            "PLAN064",
            f"`{entry.key}`: the list says {doubt}",
            draft.place("list"),
            "correct it in the list, or add dates: unknown",
        )


def _check_rewatches(diagnostics: Diagnostics, draft: Draft, policy: Policy) -> None:
    if not draft.entry.decision.sends or draft.unsound & {"list", "source", "send", "match"}:
        return
    doubt = rewatches_doubt(draft.entry, policy)
    if doubt is not None:
        diagnostics.warning(
            "PLAN067",
            f"`{draft.entry.key}`: {doubt}, so it is sent as watched once",
            draft.place("list"),
            "correct it in the list and plan again, or add `sure: true` to the match",
        )


def _check_claims(
    diagnostics: Diagnostics, drafts: Iterable[Draft], statuses: tuple[Status, ...], policy: Policy
) -> list[Draft]:
    # two entries that would give plays to the same episode or film: one of them is wrong, or waits
    settled = {draft.key.start: draft for draft in drafts}
    while True:
        sound = [draft for draft in settled.values() if not draft.unsound & _CLAIMING]
        found = clashes([draft.entry for draft in sound], statuses, policy.send)
        late = next(filter(None, map(partial(_overtaken, sound), found)), None)
        if late is None:
            break
        draft, why = late
        settled[draft.key.start] = _waits(diagnostics, draft, why, "correct one of the two, or skip one")
    for clash in found:
        _report_clash(diagnostics, sound[clash.first], sound[clash.second], clash.what)
    return list(settled.values())


def _report_clash(diagnostics: Diagnostics, first: Draft, second: Draft, what: str) -> None:
    diagnostics.error(
        "PLAN046",
        f"`{second.entry.key}` claims {what}, and so does `{first.entry.key}`",
        second.place("match"),
        "correct one of the two, or write `decision: skip`, or `send: [ratings]` for the one that only rates",
        [(first.place("match"), f"`{first.entry.key}` ({first.entry.title}) claims it here")],
    )


def _overtaken(drafts: Sequence[Draft], clash: Clash) -> tuple[Draft, str] | None:
    for late, other in ((clash.second, clash.first), (clash.first, clash.second)):
        entry, rival = drafts[late].entry, drafts[other].entry.key
        if entry.decision is Decision.CONFIRMED and entry.attention:
            return drafts[late], f"`{rival}` claims {clash.what} too"
    return None
