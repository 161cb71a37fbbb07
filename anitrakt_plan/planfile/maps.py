"""Maps: the decisions of a plan alone, without any viewing history, to keep, share and plan from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from operator import attrgetter
from types import MappingProxyType

from anitrakt_plan.model import Address, Decision, EntryKey, Ids, Match, Plan, PlanEntry
from anitrakt_plan.planfile.dump import INDENT, LINT
from anitrakt_plan.planfile.fields import DECIDED, MATCH, PLAN, PLAN_FORMAT
from anitrakt_plan.planfile.load import load_plan, open_tree
from anitrakt_plan.planfile.problems import Diagnostic, Diagnostics
from anitrakt_plan.planfile.read import MAP_FORMAT, entry_items, read_key, right_format
from anitrakt_plan.planfile.services import Services
from anitrakt_plan.planfile.values import (
    TEXT,
    Field,
    Given,
    ValueKind,
    check_keys,
    read_map,
    word_of,
    written_fields,
)
from anitrakt_plan.planfile.yaml import MapNode, ScalarNode

_HELP = f"""\
{LINT}
# Where the entries of an anime list are on Trakt, as decided by a person; no viewing history.
# Use it: anitrakt plan --map FILE   Made by: anitrakt export-map
"""


def _read_other_key(given: Given) -> EntryKey | None:
    return read_key(given.diagnostics, given.node) if isinstance(given.node, ScalarNode) else None


MAP = tuple(field for field in PLAN if field.name != "generated")
ENTRY = (
    Field("title", TEXT, "The title on the list service."),
    Field("also", ValueKind(_read_other_key, str, {}), "The entry's key on the other list service."),
    Field("decision", word_of(DECIDED), "What was decided.", "decision", needed=True, default=Decision.SKIP),
    replace(MATCH, omit=(None, False)),
    Field("note", TEXT, "Text that must last."),
)


@dataclass(frozen=True, slots=True)
class MapEntry:
    """One decision: `confirmed` with a match, or `skip`. `also` is the entry's key on the other list service."""

    key: EntryKey
    decision: Decision
    match: Match | Address | None = None
    sure: bool = False
    title: str | None = None
    note: str | None = None
    also: EntryKey | None = None

    @property
    def ids(self) -> Ids:
        """The work's ids on both list services, as far as the map knows them."""
        mine, other = self.key.ids, self.also.ids if self.also else Ids()
        return Ids(mal=mine.mal or other.mal, anilist=mine.anilist or other.anilist)


@dataclass(frozen=True)
class LoadedMap:
    """A map file as it was read; `entries` is empty where there is an error.

    An entry stands there under its key, and under its key on the other list service if the map tells that.
    """

    name: str
    entries: Mapping[EntryKey, MapEntry]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """That for which the map can't be used."""
        return tuple(one for one in self.diagnostics if one.severity == "error")


def decisions_in(plan: Plan, ids: Mapping[EntryKey, Ids] | None = None) -> tuple[MapEntry, ...]:
    """What a person has decided in a plan; `ids` tells the other list service's ids where they are known."""
    return tuple(
        MapEntry(
            key=entry.key,
            decision=entry.decision,
            match=entry.match,
            sure=entry.sure,
            title=entry.title or None,
            note=entry.note or None,
            also=_other_key(entry.key, (ids or {}).get(entry.key, Ids())),
        )
        for entry in sorted(filter(_is_decided, plan.entries), key=attrgetter("key"))
    )


def _is_decided(entry: PlanEntry) -> bool:
    return entry.decision is Decision.SKIP or (
        entry.decision is Decision.CONFIRMED and entry.match is not None
    )


def dump_map(plan: Plan, ids: Mapping[EntryKey, Ids] | None = None) -> str:
    """The text of a map with the decisions of a plan."""
    head = f"{_HELP}\nformat: {MAP_FORMAT}\n"
    blocks = "\n".join(map(_dump_entry, decisions_in(plan, ids)))
    return head + (f"entries:\n{blocks}" if blocks else "entries: {}\n")


def _dump_entry(entry: MapEntry) -> str:
    lines = (f"{INDENT * 2}{line}\n" for line in written_fields(ENTRY, entry))
    return f"{INDENT}{entry.key}:\n{''.join(lines)}"


def load_map(raw: bytes, name: str, *, services: Services | None = None) -> LoadedMap:
    """Load a map, or the decisions of a plan, from a file's bytes. Never raises on bad content."""
    _, diagnostics, _, root = open_tree(raw, name, services)
    form = root.value("format") if root else None
    if isinstance(form, ScalarNode) and form.text == PLAN_FORMAT and not diagnostics.failed:
        loaded = load_plan(raw, name, services=services)
        return LoadedMap(name, by_key(decisions_in(loaded.plan) if loaded.plan else ()), loaded.diagnostics)
    entries = _read_root(diagnostics, root) if root and not diagnostics.failed else []
    return LoadedMap(name, by_key([] if diagnostics.failed else entries), diagnostics.in_order())


def _read_root(diagnostics: Diagnostics, root: MapNode) -> list[MapEntry]:
    if not right_format(diagnostics, root, MAP_FORMAT):
        return []
    check_keys(diagnostics, root.named, MAP, what="the map", at=root.keys[0])
    found = root.find("entries")
    return [_read_entry(diagnostics, *entry) for entry in (entry_items(diagnostics, found) if found else ())]


def _read_entry(diagnostics: Diagnostics, key: EntryKey, at: ScalarNode, node: MapNode) -> MapEntry:
    values, unsound = read_map(diagnostics, node.named, ENTRY, what="the entry", at=at)
    entry = MapEntry(key=key, **values)
    if entry.decision is Decision.CONFIRMED and entry.match is None and "match" not in unsound:
        place = node.find("match")
        diagnostics.error("PLAN040", f"`{key}` is confirmed, but has no match", place[0] if place else at)
    return entry


def by_key(entries: Iterable[MapEntry]) -> Mapping[EntryKey, MapEntry]:
    """The decisions under each entry's key, and under its key on the other list service where that is told."""
    entries = tuple(entries)
    own = {entry.key: entry for entry in entries}
    return MappingProxyType({entry.also: entry for entry in entries if entry.also is not None} | own)


def _other_key(key: EntryKey, ids: Ids) -> EntryKey | None:
    if key.is_title:
        return None
    found = (other for other in ids.entry_keys() if other.service != key.service)
    return next(found, None)
