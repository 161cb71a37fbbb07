"""Checks what the values of a plan mean together: counts, parts, decisions, and claims on the same episode."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from anitrakt_plan.model import (
    DatePolicy,
    Decision,
    EntryKey,
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
from anitrakt_plan.planfile.yaml import MapNode, node_at

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
    check = _Check(diagnostics, statuses, policy)
    settled = check.claims([check.match(check.decision(draft)) for draft in drafts])
    for draft in settled:
        check.dates(draft)
        check.rewatches(draft)
    return tuple(draft.entry for draft in settled)


def check_complete(diagnostics: Diagnostics, root: MapNode, source: SourceInfo) -> None:
    """Note where a file has far fewer entries than its list had: it was cut, or a person deleted some.

    Two or three that a person took out are their business, and the next plan brings them back anyway.
    """
    entries = root.value("entries")
    here = len(entries.items) if isinstance(entries, MapNode) else 0
    if entries and source.entries - here > max(_FEW_MISSING, source.entries * _SHARE_MISSING):
        diagnostics.warning(
            "PLAN066",
            f"the list had {source.entries} entries when this plan was made, and {here} are here",
            node_at(root, ("generated", "source", "entries")),
            "is the file cut off? An entry that you deleted comes back with the next plan; skip it instead",
        )


def effective_entry(entry: PlanEntry) -> PlanEntry:
    """The entry as it counts: an `auto` match that a person has changed is the person's."""
    return replace(entry, decision=Decision.CONFIRMED, hint=None) if _was_changed(entry) else entry


def _was_changed(entry: PlanEntry) -> bool:
    decided = entry.decision is Decision.AUTO and entry.match is not None
    return decided and not names_match(entry.hint, entry.match)


def length_mismatches(entry: PlanEntry) -> list[Mismatch]:
    """Where the list's number of episodes and the entry's match do not go together."""
    if entry.resolved is None:
        return []
    return mismatches(entry.resolved, entry.facts.episodes, entry.progress.watched)


CLAIMED_TWICE = (
    "correct one of the two, or write `decision: skip`, or `send: [ratings]` for the one that only rates"
)
"""What to do where two entries claim one episode or film."""


def claimed_twice(key: EntryKey, what: str, holder: EntryKey) -> str:
    """The sentence that an entry claims what another one holds."""
    return f"`{key}` claims {what}, and so does `{holder}`"


@dataclass(frozen=True, slots=True)
class _Check:
    diagnostics: Diagnostics
    statuses: tuple[Status, ...]
    policy: Policy

    def decision(self, draft: Draft) -> Draft:
        entry = draft.entry
        if draft.unsound & {"match", "decision"}:
            return draft
        if entry.decision is Decision.REVIEW and entry.match is not None:
            said = "has a match but is still in review, so it is not sent"
            self._warn(draft, "PLAN060", "decision", f" {said}", "write confirmed to send it")
        if not _was_changed(entry):
            return draft
        message = f"the match of `{entry.key}` is not the one that anitrakt wrote, so it counts as confirmed"
        message += f"; anitrakt wrote `{parse_hint(entry.hint).match}`" if entry.hint else ""
        hint = "write decision: confirmed, and this falls silent"
        self.diagnostics.warning("PLAN061", message, draft.place("match"), hint)
        return replace(draft, entry=replace(entry, decision=Decision.CONFIRMED))

    def match(self, draft: Draft) -> Draft:
        entry, place = draft.entry, draft.place("match")
        if "match" in draft.unsound or not entry.decision.sends:
            return draft
        # nobody is asked for the match of an entry of which nothing would be sent
        asleep = entry.decision is Decision.AUTO and sends_nothing(entry, self.statuses, self.policy.send)
        if entry.match is None and not asleep:
            message = f"`{entry.key}` is to be sent ({entry.decision.value}), but has no match"
            hint = "write a match, or decision: review or skip"
            self.diagnostics.error("PLAN040", message, place, hint)
        twice = episodes_named_twice(entry.resolved) if entry.resolved else None
        if twice is not None:
            self.diagnostics.error(twice.code, twice.message, place, twice.hint)
        return draft if draft.unsound & {"source", "list"} else self._length(draft)

    def _length(self, draft: Draft) -> Draft:
        wrong = length_mismatches(draft.entry)
        if wrong and draft.entry.attention and draft.entry.decision is Decision.CONFIRMED:
            return self._waits(draft, wrong[0].message, wrong[0].hint)
        for one in wrong:
            self.diagnostics.error(one.code, one.message, draft.place("match"), one.hint)
        return draft

    def dates(self, draft: Draft) -> None:
        # dates that can't be right go out as the list has them, but not without a word
        entry = draft.entry
        if not entry.decision.sends or draft.unsound & {"list", "dates", "source"}:
            return
        if entry.dates is DatePolicy.ACTIVITY and not entry.progress.times:
            hint = "plan with --dates activity and AniList's export"
            self._warn(draft, "PLAN065", "dates", " has no times, so its plays get the finish date", hint)
        if (entry.dates or self.policy.dates) not in (DatePolicy.UNKNOWN, DatePolicy.RELEASED):
            began = PartialDate(entry.facts.year) if entry.facts.year else None
            for doubt in date_doubts(entry.progress, began):
                hint = "correct it in the list, or add dates: unknown"
                self._warn(draft, "PLAN064", "list", f": the list says {doubt}", hint)

    def rewatches(self, draft: Draft) -> None:
        if not draft.entry.decision.sends or draft.unsound & {"list", "source", "send", "match"}:
            return
        doubt = rewatches_doubt(draft.entry, self.policy)
        if doubt is not None:
            hint = "correct it in the list and plan again, or add `sure: true` to the match"
            self._warn(draft, "PLAN067", "list", f": {doubt}, so it is sent as watched once", hint)

    def claims(self, drafts: Iterable[Draft]) -> list[Draft]:
        # two entries that would give plays to the same episode or film: one of them is wrong, or waits
        settled = {draft.key.start: draft for draft in drafts}
        while True:
            sound = [draft for draft in settled.values() if not draft.unsound & _CLAIMING]
            found = clashes([draft.entry for draft in sound], self.statuses, self.policy.send)
            late = next(filter(None, map(partial(_overtaken, sound), found)), None)
            if late is None:
                break
            draft, why = late
            settled[draft.key.start] = self._waits(draft, why, "correct one of the two, or skip one")
        for clash in found:
            first, second = sound[clash.first], sound[clash.second]
            self.diagnostics.error(
                "PLAN046",
                claimed_twice(second.entry.key, clash.what, first.entry.key),
                second.place("match"),
                CLAIMED_TWICE,
                [(first.place("match"), f"`{first.entry.key}` ({first.entry.title}) claims it here")],
            )
        return list(settled.values())

    def _waits(self, draft: Draft, why: str, hint: str | None) -> Draft:
        # it counts as not decided after the list changed beneath the user's decision
        said = f" waits, because the list changed since you decided: {why}"
        self._warn(draft, "PLAN063", "match", said, hint)
        return replace(draft, entry=replace(draft.entry, decision=Decision.REVIEW))

    def _warn(self, draft: Draft, code: str, key: str, said: str, hint: str | None) -> None:
        self.diagnostics.warning(code, f"`{draft.entry.key}`{said}", draft.place(key), hint)


def _overtaken(drafts: Sequence[Draft], clash: Clash) -> tuple[Draft, str] | None:
    for late, other in ((clash.second, clash.first), (clash.first, clash.second)):
        entry, rival = drafts[late].entry, drafts[other].entry.key
        if entry.decision is Decision.CONFIRMED and entry.attention:
            return drafts[late], f"`{rival}` claims {clash.what} too"
    return None
