"""Reads the entries of a plan from the tree, each as far as it can be read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from anitrakt_plan.core.model import (
    TITLE,
    Address,
    Candidate,
    DatePolicy,
    Decision,
    EntryKey,
    Facts,
    Kind,
    Match,
    PlanEntry,
    Progress,
    RatePolicy,
    Rates,
    Status,
    SyncKind,
    title_word,
)
from anitrakt_plan.document.fields import (
    LARGEST_ID,
    Word,
    check_keys,
    date_of,
    describe,
    each,
    given,
    kinds_of,
    map_of,
    text_of,
    times_of,
    whole_number,
    word_of,
)
from anitrakt_plan.document.matches import Unreadable, read_candidates, read_match
from anitrakt_plan.document.mistakes import Findings, did_you_mean, shorten
from anitrakt_plan.document.source_text import SourceText
from anitrakt_plan.document.tree import MapNode, Node, ScalarNode, is_null

T = TypeVar("T")

ENTRY_KEYS = (
    "title",
    "english",
    "url",
    "source",
    "list",
    "rates",
    "send",
    "rate",
    "dates",
    "decision",
    "match",
    "note",
    "attention",
    "candidates",
)
"""The keys of an entry in the order in which anitrakt writes them."""

NEEDED_KEYS = ("title", "source", "list", "decision")
LIST_KEYS = ("status", "watched", "started", "finished", "repeats", "rating", "times")
SOURCE_KEYS = ("kind", "year", "episodes")

_INSIDE_MATCH = ("movie", "show", "episodes", "ratio", "parts", "sure", "year", "confidence", "why")
_ELSEWHERE = dict.fromkeys(_INSIDE_MATCH, "it belongs inside `match: {…}`") | dict.fromkeys(
    LIST_KEYS, "it belongs inside `list: {…}`"
)
_HINT = re.compile(r"[ \t,]*#>(.*)")


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry as far as it could be read, with its places in the file; `unsound` names the keys that could not."""

    entry: PlanEntry
    key: ScalarNode
    node: MapNode
    unsound: frozenset[str]

    def place(self, name: str) -> Node:
        """Where to point when a key's value is meant: the value, or the key of a value written as a block."""
        found = self.node.find(name)
        if found is None or is_null(found[1]):
            return found[0] if found else self.key
        value = found[1]
        return found[0] if not isinstance(value, ScalarNode) and not value.flow else value


def read_entries(findings: Findings, key: ScalarNode, node: Node) -> list[Draft]:
    """Every entry below `entries:`, in the order of the file."""
    if is_null(node):
        return []
    entries = map_of(findings, node, key, "`entries`", "mal:38524: and the entry's keys, indented, below it")
    drafts = []
    for entry_key, value in entries.items if entries else ():
        parsed = _read_key(findings, entry_key)
        if not isinstance(value, MapNode):
            findings.error("PLAN020", f"the entry must be a map of keys, not {describe(value)}", entry_key)
        elif parsed is not None:
            drafts.append(_EntryReader(findings, entry_key, value).read(parsed))
    return drafts


def _read_key(findings: Findings, node: ScalarNode) -> EntryKey | None:
    try:
        parsed = EntryKey.parse(node.text)
        if isinstance(parsed.id, str) or parsed.id <= LARGEST_ID:
            return parsed
        findings.error("PLAN015", "no list service has an id as large as this", node)
    except ValueError as error:
        if node.text in ENTRY_KEYS:
            message = f"`{node.text}` stands at the indentation of the entries' keys"
            findings.error("PLAN016", message, node, "indent it by four spaces, as the entry's other keys")
        else:
            service, _, rest = node.text.partition(":")
            hint = did_you_mean(service, ("mal", "anilist")) if rest.isdigit() else None
            if service == TITLE and title_word(rest):
                hint = f"did you mean `{TITLE}:{title_word(rest)}`?"
            findings.error("PLAN015", shorten(str(error), 160), node, hint)
    return None


class _EntryReader:
    """Reads one entry key by key and remembers which keys could not be read."""

    def __init__(self, findings: Findings, key: ScalarNode, node: MapNode) -> None:
        self._findings = findings
        self._key = key
        self._node = node
        self._unsound: set[str] = set()

    def read(self, key: EntryKey) -> Draft:
        self._unsound |= check_keys(
            self._findings,
            self._node,
            ENTRY_KEYS,
            needed=NEEDED_KEYS,
            what="the entry",
            at=self._key,
            elsewhere=_ELSEWHERE,
        )
        decision = self._word("decision", Decision, "decision", needed=True)
        match, sure = self._match()
        entry = PlanEntry(
            key=key,
            title=self._text("title", needed=True) or "",
            facts=self._facts(),
            progress=self._progress(),
            decision=decision or Decision.REVIEW,
            match=match,
            sure=sure,
            english=self._text("english"),
            url=self._text("url"),
            candidates=self._candidates(),
            rates=self._word("rates", Rates, "thing to rate"),
            send=self._send(),
            rate=self._word("rate", RatePolicy, "thing to rate"),
            dates=self._word("dates", DatePolicy, "policy for dates"),
            note=self._text("note"),
            attention=self._attention(),
            hint=hint_behind(self._findings.source, self._node, decision),
        )
        return Draft(entry, self._key, self._node, frozenset(self._unsound))

    def _read(self, name: str, reader: Callable[[Node], T | None], *, needed: bool = False) -> T | None:
        node = self._node.value(name)
        if node is None or (is_null(node) and not needed):
            if needed:
                self._unsound.add(name)
            return None
        known = len(self._findings.mistakes)
        value = reader(node)
        if len(self._findings.mistakes) > known:
            self._unsound.add(name)
        return value

    def _text(self, name: str, *, needed: bool = False) -> str | None:
        return self._read(name, lambda node: text_of(self._findings, node, f"`{name}`"), needed=needed)

    def _word(self, name: str, words: type[Word], what: str, *, needed: bool = False) -> Word | None:
        return self._read(name, lambda node: word_of(self._findings, node, words, what), needed=needed)

    def _match(self) -> tuple[Match | Address | None, bool]:
        found = self._node.find("match")
        if found is None:
            return None, False
        try:
            return read_match(self._findings, *found)
        except Unreadable:
            self._unsound.add("match")
            return None, False

    def _candidates(self) -> tuple[Candidate, ...]:
        found = self._node.find("candidates")
        return read_candidates(self._findings, *found) if found else ()

    def _facts(self) -> Facts:
        return self._read("source", self._facts_of, needed=True) or Facts(Kind.UNKNOWN)

    def _facts_of(self, node: Node) -> Facts | None:
        findings, example = self._findings, "{kind: TV, year: 2019, episodes: 12}"
        facts = map_of(findings, node, self._place_of("source"), "`source`", example)
        if facts is None:
            return None
        at = facts if facts.flow else self._place_of("source")
        check_keys(findings, facts, SOURCE_KEYS, needed=("kind",), what="`source`", at=at)
        kind, year, episodes = (facts.value(name) for name in SOURCE_KEYS)
        return Facts(
            kind=(word_of(findings, kind, Kind, "kind") if kind is not None else None) or Kind.UNKNOWN,
            year=given(year, lambda value: whole_number(findings, value, "the year", 1, 9999)),
            episodes=given(episodes, lambda value: whole_number(findings, value, "`episodes`", 1)),
        )

    def _progress(self) -> Progress:
        return self._read("list", self._progress_of, needed=True) or Progress(Status.GONE)

    def _progress_of(self, node: Node) -> Progress | None:
        findings, example = self._findings, "{status: completed, watched: 12}"
        listed = map_of(findings, node, self._place_of("list"), "`list`", example)
        if listed is None:
            return None
        at = listed if listed.flow else self._place_of("list")
        check_keys(findings, listed, LIST_KEYS, needed=("status",), what="`list`", at=at)
        status, watched, started, finished, repeats, rating, times = (
            listed.value(name) for name in LIST_KEYS
        )
        return Progress(
            status=(word_of(findings, status, Status, "status") if status is not None else None)
            or Status.GONE,
            watched=given(watched, lambda value: whole_number(findings, value, "`watched`")) or 0,
            started=given(started, lambda value: date_of(findings, value, "`started`")),
            finished=given(finished, lambda value: date_of(findings, value, "`finished`")),
            repeats=given(repeats, lambda value: whole_number(findings, value, "`repeats`")) or 0,
            rating=given(
                rating, lambda value: whole_number(findings, value, "a rating", 1, 10, code="PLAN024")
            ),
            times=given(times, lambda value: times_of(findings, value)) or (),
        )

    def _send(self) -> frozenset[SyncKind] | None:
        return self._read("send", lambda node: kinds_of(self._findings, node))

    def _attention(self) -> tuple[str, ...]:
        return self._read("attention", self._attention_of) or ()

    def _attention_of(self, node: Node) -> tuple[str, ...]:
        items = each(self._findings, node, "`attention`", '["…"]', unique=False)
        texts = (text_of(self._findings, item, "a line of `attention`") for item in items)
        return tuple(text for text in texts if text is not None)

    def _place_of(self, name: str) -> ScalarNode:
        found = self._node.find(name)
        return found[0] if found else self._key


def hint_behind(source: SourceText, node: MapNode, decision: Decision | None) -> str | None:
    """The text of the `#>` comment on the line of `decision` (review) or of `match` (all others)."""
    found = node.find("decision" if decision is Decision.REVIEW else "match")
    if found is None:
        return None
    key, value = found
    on_line = isinstance(value, ScalarNode) or value.flow
    after = value.end if on_line and value.end > key.end else key.end
    comment = _HINT.match(source.text, after)
    if comment is None and not on_line:
        comment = _HINT.match(source.text, after + 1)  # behind `match:` of a value written as a block
    return comment[1].strip() or None if comment else None
