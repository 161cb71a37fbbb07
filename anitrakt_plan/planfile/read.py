"""Reads what stands above the entries, and each entry as far as it can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from anitrakt_plan.model import TITLE, Address, Decision, EntryKey, Match, PlanEntry, title_word
from anitrakt_plan.model.entries import not_a_key
from anitrakt_plan.model.matches import format_match
from anitrakt_plan.planfile.fields import ENTRY, ENTRY_KEYS, MAX_ID, NOT_IN_ENTRY
from anitrakt_plan.planfile.problems import Diagnostics, did_you_mean, nearest, shorten
from anitrakt_plan.planfile.text import SourceText
from anitrakt_plan.planfile.values import Given, Item, ValueKind, as_written, describe, read_map
from anitrakt_plan.planfile.yaml import MapNode, Node, ScalarNode, is_block, is_null
from anitrakt_plan.words import titled

MAP_FORMAT = "anitrakt-map/1"

_ENTRIES = ValueKind(lambda given: given.map("mal:38524: and the entry's keys, indented, below it"), str, {})

_FORMATS = {
    "anitrakt-plan": ("a plan", "`anitrakt plan` makes plans, and `apply` sends them"),
    "anitrakt-map": ("a map", "use it with `anitrakt plan --map FILE`"),
    "anitrakt-repair": ("a repair file", "use it with `anitrakt review FILE`, `diff` and `apply`"),
}
"""What our files are called by their formats, and what each is for."""

_FORMAT = re.compile(rf"({'|'.join(_FORMATS)})/(\d{{1,6}})")
_BEHIND_MATCH = re.compile(
    r"(?P<title>.*?)(?: \((?P<year>\d{4})\))?(?: · (?P<confidence>0\.\d+|1\.0+)(?: · .*)?)?", re.DOTALL
)
_HINT = re.compile(r"[ \t,]*#>(.*)")


def right_format(diagnostics: Diagnostics, root: MapNode, wanted: str) -> bool:
    """Whether the file says that it is of the format `wanted`; else notes what it is instead."""
    what, _ = _FORMATS[wanted.partition("/")[0]]
    found = root.find("format")
    if found is None:
        near = next((key for key in root.keys if nearest(key.text, ["format"])), None)
        hint = f"`{near.text}` should be `format`" if near else f"it begins with format: {wanted}"
        place = near or next(iter(root.keys), root)
        diagnostics.error("PLAN010", f"this is not {what}: the key `format` is missing", place, hint)
        return False
    text = as_written(found[1])
    known = _FORMAT.fullmatch(text)
    if text == wanted:
        return True
    if known and int(known[2]) > 1:
        said = "PLAN011", f"the format {text} is newer than this anitrakt", "upgrade anitrakt"
    elif known and known[1] != wanted.partition("/")[0]:
        other, use = _FORMATS[known[1]]
        said = "PLAN010", f"this is {other}, not {what}", use
    else:
        said = "PLAN010", f"`{shorten(text)}` is not a format that anitrakt knows", f"write format: {wanted}"
    code, message, hint = said
    diagnostics.error(code, message, found[1], hint)
    return False


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry as far as it could be read, with its places in the file; `unsound` names the keys that could not."""

    entry: PlanEntry
    key: ScalarNode
    node: MapNode
    unsound: frozenset[str]

    def place(self, name: str) -> Node:
        """Where to point when a key's value is meant: the value, or the key of a value written as a block."""
        key, value = self.node.find(name) or (self.key, self.key)
        return key if is_null(value) or is_block(value) else value


def read_entries(diagnostics: Diagnostics, item: Item) -> list[Draft]:
    """Every entry below `entries:`, in the order of the file."""
    return [_read_entry(diagnostics, *entry) for entry in entry_items(diagnostics, item)]


def entry_items(diagnostics: Diagnostics, item: Item) -> Iterator[tuple[EntryKey, ScalarNode, MapNode]]:
    """What stands below `entries:`, each under a key that names an entry."""
    if is_null(item[1]):
        return
    block = Given(item[1], "`entries`", item[0], diagnostics).read(_ENTRIES)
    for key, value in block.items if block else ():
        parsed = read_key(diagnostics, key)
        if not isinstance(value, MapNode):
            diagnostics.error("PLAN020", f"the entry must be a map of keys, not {describe(value)}", key)
        elif parsed is not None:
            yield parsed, key, value


def read_key(diagnostics: Diagnostics, node: ScalarNode) -> EntryKey | None:
    """The key of an entry."""
    services = diagnostics.services
    try:
        key = EntryKey.parse(node.text)
        if services is not None and not key.is_title and key.service not in services:
            raise not_a_key(node.text)
        if isinstance(key.id, int) and key.id > MAX_ID:
            raise ValueError("no list service has an id as large as this")
    except ValueError as error:
        _report_key(diagnostics, node, str(error))
        return None
    return key


def _report_key(diagnostics: Diagnostics, node: ScalarNode, wrong: str) -> None:
    service, _, rest = node.text.partition(":")
    if node.text in ENTRY_KEYS:
        message = f"`{node.text}` stands at the indentation of the entries' keys"
        diagnostics.error("PLAN016", message, node, "indent it by four spaces, as the entry's other keys")
        return
    hint = None
    if service == TITLE and title_word(rest):
        hint = f"did you mean `{TITLE}:{title_word(rest)}`?"
    elif rest.isdigit() and service not in (diagnostics.services or ()):
        hint = did_you_mean(service, diagnostics.services or ())
    diagnostics.error("PLAN015", shorten(wrong, 160), node, hint)


def _read_entry(diagnostics: Diagnostics, key: EntryKey, at: ScalarNode, node: MapNode) -> Draft:
    values, unsound = read_map(
        diagnostics, node.named, ENTRY, what="the entry", at=at, elsewhere=NOT_IN_ENTRY
    )
    decision = None if "decision" in unsound else values["decision"]
    entry = PlanEntry(key=key, hint=_hint_behind(diagnostics.source, node, decision), **values)
    return Draft(entry, at, node, unsound)


# --- what stands behind `#>` ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MatchHint:
    """What `#>` says behind a match: the match in short form, the work on Trakt, how sure anitrakt was."""

    match: str
    title: str = ""
    year: int | None = None
    confidence: float | None = None

    @property
    def name(self) -> str:
        """The title, with its year if that is known."""
        return titled(self.title, self.year)


def parse_hint(text: str | None) -> MatchHint:
    """Read what `#>` says behind a match. Nothing else takes such a text apart."""
    match, rest = _parts_of_hint(text)
    found = _BEHIND_MATCH.fullmatch(rest)
    assert found is not None  # it fits any text
    year, confidence = found["year"], found["confidence"]
    return MatchHint(
        match, found["title"], int(year) if year else None, float(confidence) if confidence else None
    )


def _parts_of_hint(text: str | None) -> tuple[str, str]:
    match, _, words = (text or "").partition(" · ")
    return match.strip(), words


def hint_of(match: Match, words: str = "") -> str:
    """What stands behind `#>` after a match: the match in short form, by which it is known as anitrakt's, and words."""
    return f"{format_match(match)} · {words}" if words else format_match(match)


def names_match(hint: str | None, match: Match | Address | None) -> bool:
    """Whether `#>` is about this match; else it was written about another one."""
    if match is None or isinstance(match, Address):
        return False
    return _parts_of_hint(hint)[0] == format_match(match)


def carrier_of_hint(decision: Decision | None) -> str:
    """The key behind which `#>` stands: that which a person has to look at."""
    return "decision" if decision is Decision.REVIEW else "match"


def _hint_behind(source: SourceText, node: MapNode, decision: Decision | None) -> str | None:
    # the text of the `#>` comment on the line of `decision` (review) or of `match` (all others)
    found = node.find(carrier_of_hint(decision))
    if found is None:
        return None
    key, value = found
    # behind a block's key `#>` may stand before or behind the colon
    places = [key.end, key.end + 1] if is_block(value) else [max(value.end, key.end)]
    comments = filter(None, (_HINT.match(source.text, place) for place in places))
    return next((comment[1].strip() or None for comment in comments), None)
