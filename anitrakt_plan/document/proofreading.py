"""Reads a plan's text back before it is written: what `validate` would refuse waits in review, and the rest goes on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial

from anitrakt_plan.core.model import EntryKey, Plan, PlanEntry
from anitrakt_plan.document.consistency import held_back, settled
from anitrakt_plan.document.dumping import dump_plan
from anitrakt_plan.document.loading import Loaded, load_plan
from anitrakt_plan.document.source_text import SourceText
from anitrakt_plan.document.tree import MapNode
from anitrakt_plan.errors import Failed

Entries = Mapping[EntryKey, PlanEntry]


MAX_ROUNDS = 10
"""An entry has three milder forms, and all that are refused take the next one at once."""


@dataclass(frozen=True, slots=True)
class Proofread:
    """A text that `validate` accepts, the entries as they stand in it, and those no form of which could stand."""

    loaded: Loaded
    entries: Entries
    left_out: Mapping[EntryKey, str]


def finished_plan(plan: Plan, name: str) -> tuple[Plan, Proofread]:
    """A plan made from nothing as it is written: what can't be sent so, or not beside the others, is in review.

    Raises Failed where what stands outside its entries is refused.
    """

    def written(wanted: Entries) -> bytes:
        return dump_plan(replace(plan, entries=tuple(wanted.values()))).encode()

    found = proofread(
        plan, {entry.key: entry for entry in plan.entries}, partial(settled, plan), written, name
    )
    return replace(plan, entries=tuple(found.entries.values())), found


def proofread(
    plan: Plan,
    entries: Entries,
    settle: Callable[[Entries], Entries],
    written: Callable[[Entries], bytes],
    name: str,
    *,
    known: Entries | None = None,
    owned: Collection[EntryKey] = (),
) -> Proofread:
    """Write the entries, read them back, and make every one that the readers refuse milder, until none is refused.

    `plan` gives the rules, `settle` the entries as they can stand side by side: anew each time, for what is refused is
    in nobody's way. `written` gives the bytes of the file. The user's own (`owned`) are left as they are; what stood in
    the file before (`known`) can at worst stand there again as it was. Raises Failed where that is not enough.
    """
    rough, left_out = dict(entries), dict[EntryKey, str]()
    for _ in range(MAX_ROUNDS):
        wanted = settle(rough)
        loaded = load_plan(written(wanted), name)
        refused = _refused(loaded, wanted)
        if not refused and loaded.plan is not None:
            return Proofread(loaded, wanted, left_out)
        for key, why in refused.items():
            before = (known or {}).get(key)
            milder = before if key in owned else _milder(wanted[key], why, plan, before)
            if milder is None:
                left_out[key] = why
                del rough[key]
            else:
                rough[key] = milder
        if not refused or (len(rough) == len(wanted) and settle(rough) == wanted):
            break
    raise _unwritable(loaded, name)


def _milder(entry: PlanEntry, why: str, plan: Plan, before: PlanEntry | None) -> PlanEntry | None:
    """The next form to try: not sent, then without candidates, then as it stood before, or (None) not there at all."""
    if entry.decision.sends and entry.match is not None:
        return held_back(entry, why, plan)
    return replace(entry, candidates=()) if entry.candidates else before


def _refused(loaded: Loaded, wanted: Entries) -> dict[EntryKey, str]:
    """The entries that would not stand in the file, or not come back as they were written, each with its reason."""
    found: dict[EntryKey, str] = {}
    begins = _entry_lines(loaded)
    lines = [line for line, _ in begins]
    for mistake in loaded.errors:
        at = bisect_right(lines, mistake.position.line) - 1
        if at >= 0 and begins[at][1] in wanted:
            found.setdefault(begins[at][1], mistake.message)
    if not loaded.errors:
        come_back = {draft.entry.key: essence(draft.entry) for draft in loaded.drafts}
        for key, entry in wanted.items():
            if come_back.get(key) != essence(entry):
                found[key] = "it would not come back from the file as it was written"
    return found


def _entry_lines(loaded: Loaded) -> list[tuple[int, EntryKey]]:
    """In which line of the text each entry begins, in the text's order."""
    entries = loaded.root.value("entries") if loaded.root is not None else None
    if not isinstance(entries, MapNode):
        return []
    source = SourceText(loaded.name, loaded.text)
    return sorted((source.line_number(key.start), EntryKey.parse(key.text)) for key, _ in entries.items)


def essence(entry: PlanEntry) -> tuple[object, ...]:
    """What of an entry decides about what is sent, and what is the user's: all of it must come back from the file."""
    chosen = (entry.decision, entry.match, entry.sure, entry.send, entry.rate, entry.dates, entry.note)
    return (*chosen, entry.progress, entry.facts, entry.rates)


def _unwritable(loaded: Loaded, name: str) -> Failed:
    first = loaded.errors[0].render() if loaded.errors else "an entry would not come back as it was written"
    return Failed(f"the plan can't be planned so that it holds; nothing was written:\n{first}", where=name)
