"""Maps: the decisions of a plan alone, without any viewing history, to keep, share and plan from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from anitrakt_plan.core.model import Address, Decision, EntryKey, Ids, Match, Plan, PlanEntry, Service
from anitrakt_plan.document.dumping import INDENT, format_match_value
from anitrakt_plan.document.fields import check_keys, describe, given, map_of, text_of, word_of
from anitrakt_plan.document.header import MAP_FORMAT, PLAN_FORMAT, right_format
from anitrakt_plan.document.loading import load_plan, open_text
from anitrakt_plan.document.matches import Unreadable, read_match
from anitrakt_plan.document.mistakes import Findings, Mistake, did_you_mean, shorten
from anitrakt_plan.document.quoting import quoted
from anitrakt_plan.document.recovery import tree_of
from anitrakt_plan.document.tree import MapNode, Node, ScalarNode, is_null

MAP_KEYS = ("title", "also", "decision", "match", "note")

_HELP = """\
# Where the entries of an anime list are on Trakt, as decided by a person; no viewing history.
# Use it: anitrakt plan --map FILE   Made by: anitrakt export-map
"""


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
    mistakes: tuple[Mistake, ...]

    @property
    def errors(self) -> tuple[Mistake, ...]:
        """The mistakes for which the map can't be used."""
        return tuple(mistake for mistake in self.mistakes if mistake.severity == "error")


def decisions_in(plan: Plan, ids: Mapping[EntryKey, Ids] | None = None) -> tuple[MapEntry, ...]:
    """What a person has decided in a plan; `ids` tells the other list service's ids where they are known."""
    return tuple(
        MapEntry(
            key=entry.key,
            decision=entry.decision,
            match=entry.match,
            sure=entry.sure,
            title=entry.title,
            note=entry.note,
            also=_other_key(entry, (ids or {}).get(entry.key)),
        )
        for entry in sorted(plan.entries, key=lambda entry: entry.key)
        if entry.decision is Decision.SKIP
        or (entry.decision is Decision.CONFIRMED and entry.match is not None)
    )


def dump_map(plan: Plan, ids: Mapping[EntryKey, Ids] | None = None) -> str:
    """The text of a map with the decisions of a plan."""
    blocks = ["\n".join([f"{INDENT}{entry.key}:", *_lines(entry)]) for entry in decisions_in(plan, ids)]
    head = f"{_HELP}\nformat: {MAP_FORMAT}\n"
    return head + ("entries:\n" + "\n\n".join(blocks) + "\n" if blocks else "entries: {}\n")


def load_map(raw: bytes, name: str) -> LoadedMap:
    """Load a map, or the decisions of a plan, from a file's bytes. Never raises on bad content."""
    source, findings, _ = open_text(raw, name)
    root = tree_of(source, findings) if not findings.failed else None
    if root is None or findings.failed:
        return LoadedMap(name, {}, findings.in_order())
    form = root.value("format")
    if isinstance(form, ScalarNode) and form.text == PLAN_FORMAT:
        loaded = load_plan(raw, name)
        return LoadedMap(name, _by_key(decisions_in(loaded.plan) if loaded.plan else ()), loaded.mistakes)
    if not right_format(findings, root, MAP_FORMAT):
        return LoadedMap(name, {}, findings.in_order())
    check_keys(
        findings, root, ("format", "entries"), needed=("entries",), what="the map", at=root.items[0][0]
    )
    found = root.find("entries")
    entries = _read_entries(findings, *found) if found else []
    return LoadedMap(name, _by_key(() if findings.failed else entries), findings.in_order())


def _by_key(entries: Iterable[MapEntry]) -> Mapping[EntryKey, MapEntry]:
    entries = tuple(entries)
    own = {entry.key: entry for entry in entries}
    return MappingProxyType({entry.also: entry for entry in entries if entry.also is not None} | own)


def _lines(entry: MapEntry) -> list[str]:
    values = {
        "title": quoted(entry.title) if entry.title else None,
        "also": str(entry.also) if entry.also else None,
        "decision": entry.decision.value,
        "match": format_match_value(entry.match, sure=entry.sure) if entry.match else None,
        "note": quoted(entry.note) if entry.note else None,
    }
    return [f"{INDENT * 2}{name}: {value}" for name, value in values.items() if value is not None]


def _other_key(entry: PlanEntry, ids: Ids | None) -> EntryKey | None:
    if ids is None or entry.key.is_title:
        return None
    if entry.key.service == Service.MAL:
        return EntryKey(Service.ANILIST, ids.anilist) if ids.anilist else None
    return EntryKey(Service.MAL, ids.mal) if ids.mal else None


def _read_entries(findings: Findings, key: ScalarNode, node: Node) -> list[MapEntry]:
    if is_null(node):
        return []
    block = map_of(findings, node, key, "`entries`", "mal:38524: and the entry's keys, indented, below it")
    entries = []
    for entry_key, value in block.items if block else ():
        parsed = _key(findings, entry_key)
        if not isinstance(value, MapNode):
            findings.error("PLAN020", f"the entry must be a map of keys, not {describe(value)}", entry_key)
        elif parsed is not None:
            entries.append(_read_entry(findings, parsed, entry_key, value))
    return entries


def _read_entry(findings: Findings, key: EntryKey, at: ScalarNode, node: MapNode) -> MapEntry:
    check_keys(findings, node, MAP_KEYS, needed=("decision",), what="the entry", at=at)
    also, decision, match = node.value("also"), node.value("decision"), node.find("match")
    undecided = (Decision.AUTO, Decision.REVIEW)
    word = word_of(findings, decision, Decision, "decision", undecided) if decision is not None else None
    try:
        place, sure = read_match(findings, *match) if match else (None, False)
        if word is Decision.CONFIRMED and place is None:
            findings.error("PLAN040", f"`{key}` is confirmed, but has no match", match[0] if match else at)
    except Unreadable:
        place, sure = None, False
    return MapEntry(
        key=key,
        decision=word or Decision.SKIP,
        match=place,
        sure=sure,
        title=given(node.value("title"), lambda value: text_of(findings, value, "`title`")),
        note=given(node.value("note"), lambda value: text_of(findings, value, "`note`")),
        also=_key(findings, also) if isinstance(also, ScalarNode) and not is_null(also) else None,
    )


def _key(findings: Findings, node: ScalarNode) -> EntryKey | None:
    try:
        return EntryKey.parse(node.text)
    except ValueError as error:
        service, _, rest = node.text.partition(":")
        hint = did_you_mean(service, ("mal", "anilist")) if rest.isdigit() else None
        findings.error("PLAN015", shorten(str(error), 160), node, hint)
        return None
