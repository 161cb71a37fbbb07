"""Reads a plan's text back before it is written: what `validate` would refuse waits in review, and the rest goes on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from operator import itemgetter

from anitrakt_plan.errors import Failed
from anitrakt_plan.model import EntryKey, Plan, PlanEntry
from anitrakt_plan.model.resolving import Resolver, no_resolver
from anitrakt_plan.planfile.consistency import held_back, settled
from anitrakt_plan.planfile.dump import dump_plan
from anitrakt_plan.planfile.fields import ENTRY, USERS_KEYS
from anitrakt_plan.planfile.load import Loaded, load_plan
from anitrakt_plan.planfile.services import NO_SERVICES, Services
from anitrakt_plan.planfile.text import SourceText
from anitrakt_plan.planfile.yaml import MapNode

Entries = Mapping[EntryKey, PlanEntry]


_ESSENCE = tuple(field for field in ENTRY if field.name in (*USERS_KEYS, "list", "source", "rates"))
"""What of an entry decides about what is sent, and what is the user's: all of it must come back from the file."""

MAX_ROUNDS = 10
"""An entry has three milder forms, and all that are refused take the next one at once."""


@dataclass(frozen=True, slots=True)
class Proofread:
    """A text that `validate` accepts, the entries as they stand in it, and those no form of which could stand."""

    loaded: Loaded
    entries: Entries
    left_out: Mapping[EntryKey, str]


def finished_plan(
    plan: Plan,
    name: str,
    *,
    services: Services = NO_SERVICES,
    resolve: Resolver = no_resolver,
    modeline: bool = True,
) -> tuple[Plan, Proofread]:
    """A plan made from nothing as it is written: what can't be sent so, or not beside the others, is in review.

    `resolve` shows which works are one. Raises Failed where what stands outside its entries is refused.
    """

    def written(wanted: Entries) -> bytes:
        return dump_plan(replace(plan, entries=tuple(wanted.values())), modeline=modeline).encode()

    hold = partial(held_back, plan=plan, services=services)
    settle = partial(settled, plan, services=services, resolve=resolve)
    found = proofread({entry.key: entry for entry in plan.entries}, settle, hold, written, name)
    return replace(plan, entries=tuple(found.entries.values())), found


def proofread(
    entries: Entries,
    settle: Callable[[Entries], Entries],
    hold: Callable[[PlanEntry, str], PlanEntry],
    written: Callable[[Entries], bytes],
    name: str,
    *,
    known: Entries | None = None,
    owned: Collection[EntryKey] = (),
) -> Proofread:
    """Write the entries, read them back, and make every one that the readers refuse milder, until none is refused.

    `settle` gives the entries as they can stand side by side: anew each time, for what is refused is in nobody's way.
    `hold` puts one into review with a reason. `written` gives the bytes of the file. The user's own (`owned`) are
    left as they are; what stood in the file before (`known`) can at worst stand there again as it was. Raises Failed
    where that is not enough.
    """
    rough, left_out = dict(entries), dict[EntryKey, str]()
    for _ in range(MAX_ROUNDS):
        wanted = settle(rough)
        loaded = load_plan(written(wanted), name)
        refused = _refused(loaded, wanted)
        if not refused:
            break
        forms = {key: _next_form(wanted[key], refused[key], hold, known or {}, owned) for key in refused}
        rough = {key: form for key, form in (rough | forms).items() if form is not None}
        left_out |= {key: refused[key] for key in refused.keys() - rough.keys()}
        if settle(rough) == wanted:
            break
    if refused or loaded.plan is None:
        raise _unwritable(loaded, name)
    return Proofread(loaded, wanted, left_out)


def _next_form(
    entry: PlanEntry,
    why: str,
    hold: Callable[[PlanEntry, str], PlanEntry],
    known: Entries,
    owned: Collection[EntryKey],
) -> PlanEntry | None:
    # what to try next: not sent, then without candidates, then as it stood before, or (None) not there at all
    if entry.key in owned:
        return known.get(entry.key)
    if entry.decision.sends and entry.match is not None:
        return hold(entry, why)
    return replace(entry, candidates=()) if entry.candidates else known.get(entry.key)


def _refused(loaded: Loaded, wanted: Entries) -> dict[EntryKey, str]:
    if loaded.errors:
        return {key: why for key, why in _errors_by_entry(loaded).items() if key in wanted}
    back = loaded.written
    lost = (key for key in wanted if key not in back or _essence(back[key]) != _essence(wanted[key]))
    return dict.fromkeys(lost, "it would not come back from the file as it was written")


def _errors_by_entry(loaded: Loaded) -> dict[EntryKey, str]:
    begins = _entry_lines(loaded)
    found: dict[EntryKey, str] = {}
    for error in loaded.errors:
        at = bisect_right(begins, error.position.line, key=itemgetter(0)) - 1
        if at >= 0:
            found.setdefault(begins[at][1], error.message)
    return found


def _essence(entry: PlanEntry) -> list[object]:
    return [field.of(entry) for field in _ESSENCE]


def _entry_lines(loaded: Loaded) -> list[tuple[int, EntryKey]]:
    # in which line of the text each entry begins, those included whose key no reader takes
    entries = loaded.root.value("entries") if loaded.root else None
    keys = entries.keys if isinstance(entries, MapNode) else ()
    source = SourceText(loaded.name, loaded.text)
    return sorted((source.line_number(key.start), EntryKey.parse(key.text)) for key in keys)


def _unwritable(loaded: Loaded, name: str) -> Failed:
    first = loaded.errors[0].render() if loaded.errors else "an entry would not come back as it was written"
    what = "the plan would not come back from its file as it was planned; nothing was written"
    todo = "This is a bug in anitrakt: please report it with the lines below."
    return Failed(what, where=name, todo=todo, listed=first.splitlines())
