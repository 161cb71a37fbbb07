"""Changes a plan's text where an entry changed, and leaves every other byte as it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from anitrakt_plan.core.model import Decision, EntryKey, Plan, PlanEntry
from anitrakt_plan.document.comments import OURS, behind, comments_in, content_end
from anitrakt_plan.document.dumping import dump_entry, dump_plan, generated_lines, hint_text, key_lines
from anitrakt_plan.document.entries import ENTRY_KEYS, Draft
from anitrakt_plan.document.header import GENERATED_KEYS
from anitrakt_plan.document.loading import Loaded, load_plan
from anitrakt_plan.document.source_text import SourceText
from anitrakt_plan.document.tree import MapNode, Node, ScalarNode

_FIELDS = {"source": "facts", "list": "progress"}


@dataclass(frozen=True, slots=True, order=True)
class _Edit:
    """This text takes the place of what stands between two indexes; `turn` orders edits at one index."""

    start: int
    end: int
    turn: int
    text: str


def rewrite(
    loaded: Loaded,
    wanted: Mapping[EntryKey, PlanEntry],
    *,
    header: Plan | None = None,
    without: Collection[EntryKey] = (),
) -> str:
    """The file's text with these entries as they are wanted: changed key by key, or put in at their place.

    `header`: write this plan's `generated`, where it differs. `without`: entries to take out. What is not named
    stays as it is, and so do all of the user's comments. The file must have been loaded without errors.
    """
    root = loaded.root
    entries = root.find("entries") if root is not None else None
    if root is None or entries is None or loaded.plan is None:
        raise ValueError("only a plan without errors can be changed")
    key, block = entries
    if root.flow or (isinstance(block, MapNode) and block.flow and block.items):
        return _written_anew(loaded, wanted, header, without)
    splicer = _Splicer(loaded)
    for draft in loaded.drafts:
        after = wanted.get(draft.entry.key)
        if draft.entry.key in without:
            splicer.take_out(draft)
        elif after is not None:
            splicer.change(draft, after)
    present = {draft.entry.key for draft in loaded.drafts}
    splicer.put_in(key, block, [entry for name, entry in wanted.items() if name not in present])
    if header is not None:
        splicer.change_generated(root, header)
    return splicer.result()


def with_other_keys(loaded: Loaded, names: Mapping[EntryKey, EntryKey]) -> Loaded:
    """The file with some entries under other keys, each at its new place with all of its comments."""
    for name, key in names.items():
        draft = next(draft for draft in loaded.drafts if draft.entry.key == name)
        text = _with_other_key(loaded, draft, key)
        loaded = load_plan(loaded.encoding.to_bytes(text), loaded.name, by_schema=False)
    return loaded


def _with_other_key(loaded: Loaded, draft: Draft, key: EntryKey) -> str:
    root = loaded.root
    entries = root.find("entries") if root is not None else None
    if root is None or entries is None:
        raise ValueError("only a plan without errors can be changed")
    if root.flow or (isinstance(entries[1], MapNode) and entries[1].flow):
        return _written_anew(loaded, {key: replace(draft.entry, key=key)}, None, {draft.entry.key})
    splicer = _Splicer(loaded)
    splicer.move(draft, key)
    return splicer.result()


def changed_keys(before: PlanEntry, after: PlanEntry) -> tuple[str, ...]:
    """The names of the file's keys in which two states of an entry differ, `#>` behind them not counted."""
    return tuple(
        name
        for name in ENTRY_KEYS
        if getattr(before, _FIELDS.get(name, name)) != getattr(after, _FIELDS.get(name, name))
        or (name == "match" and before.sure != after.sure)
    )


def _written_anew(
    loaded: Loaded, wanted: Mapping[EntryKey, PlanEntry], header: Plan | None, without: Collection[EntryKey]
) -> str:
    """A file in one flow map (JSON is YAML too) has no lines to change: it is written in the canonical form."""
    plan = header or loaded.plan
    assert plan is not None
    known = {draft.entry.key: draft.entry for draft in loaded.drafts}
    entries = known | dict(wanted)
    if header is None and entries == known and not without:
        return loaded.text
    kept = tuple(entry for key, entry in entries.items() if key not in without)
    text = dump_plan(
        Plan(plan.tool, plan.at, plan.source, plan.target_user, plan.policy, entries=kept)
    ).replace("\n", loaded.encoding.newline)
    assert loaded.root is not None
    lost = comments_in(loaded.text, loaded.root, 0, len(loaded.text))
    lines = [line for line in lost if line not in text]
    return text + "".join(f"{line}{loaded.encoding.newline}" for line in lines)


class _Splicer:
    """Gathers the edits of one file."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._text = loaded.text
        self._source = SourceText(loaded.name, loaded.text)
        self._newline = loaded.encoding.newline
        self._edits: list[_Edit] = []

    def result(self) -> str:
        """The text with all edits in it."""
        pieces, at = [], 0
        for edit in sorted(self._edits):
            pieces += [self._text[at : edit.start], edit.text]
            at = max(at, edit.end)
        return "".join([*pieces, self._text[at:]])

    def change(self, draft: Draft, after: PlanEntry) -> None:
        """Rewrite the keys that differ, each on its own lines."""
        names = self._names_to_write(draft, after)
        if not names:
            return
        first = draft.node.items[0][0]
        indent = self._indent_of(first)
        if draft.node.flow or indent is None:
            self._write_whole(draft, after)
            return
        anchor = self._line_start(first.start)  # where keys go that belong before all that are there
        for turn, name in enumerate(ENTRY_KEYS):
            found = draft.node.find(name)
            lines = key_lines(after, name)
            if name in names and found and lines:
                self._replace_key(*found, indent, lines, hinted=hint_text(after, name) != "")
            elif name in names and found:
                self._remove_key(*found, indent)
            elif name in names and lines:
                new = "".join(f"{indent}{line}{self._newline}" for line in lines)
                self._insert(anchor, turn, new)
            if found:
                anchor = self._next_line(content_end(self._text, *found))

    def take_out(self, draft: Draft) -> None:
        """Remove an entry with the comments that belong to it, and the empty line after it."""
        start = self.begin_of(draft)
        end = self._end_of(draft)
        while self._text[end : end + 1] in ("\r", "\n") and end < len(self._text):
            end = self._next_line(end)
        self._edits.append(_Edit(start, end, 0, ""))

    def move(self, draft: Draft, key: EntryKey) -> None:
        """Put an entry under another key, and where that belongs, with its comments above, within and below."""
        start, end = self.begin_of(draft), self._end_of(draft)
        head, tail = self._text[start : draft.key.start], self._text[draft.key.end : end]
        block = f"{head}{key}{tail}".rstrip("\r\n") + self._newline
        while end < len(self._text) and not self._text[end : self._next_line(end)].strip():
            end = self._next_line(end)
        others = {one.entry.key: one for one in self._loaded.drafts if one is not draft}
        before = max((name for name in others if name < key), default=None)
        if before is not None:
            at, block = self._end_of(others[before]), self._newline + block
        else:
            at = self.begin_of(min(others.values(), key=lambda one: one.key.start, default=draft))
            block += self._newline if others else ""
        if end == len(self._text) and at < start:
            start = len(self._text[:start].rstrip("\r\n")) + len(self._newline)
        self._edits.append(_Edit(start, end, 0, ""))
        self._insert(at, 0, block)

    def put_in(self, key: ScalarNode, block: Node, entries: Iterable[PlanEntry]) -> None:
        """Insert entries at their places by service and id."""
        drafts = {draft.entry.key: draft for draft in self._loaded.drafts}
        new = sorted(entries, key=lambda entry: entry.key)
        if not new:
            return
        if not drafts:
            end = content_end(self._text, key, block)
            self._edits.append(_Edit(key.end, end, 0, ":"))
            text = self._newline.join(self._entry_text(entry, "  ") for entry in new)
            self._insert(self._next_line(end), 0, text)
            return
        indent = self._indent_of(next(iter(drafts.values())).key) or "  "
        for turn, entry in enumerate(new):
            text = self._entry_text(entry, indent)
            before = max((name for name in drafts if name < entry.key), default=None)
            if before is not None:
                at = self._end_of(drafts[before])
                self._insert(at, turn + len(ENTRY_KEYS), self._newline + text)
            else:
                first = min(drafts.values(), key=lambda draft: draft.key.start)
                self._insert(self.begin_of(first), turn, text + self._newline)

    def change_generated(self, root: MapNode, plan: Plan) -> None:
        """Rewrite the keys below `generated` whose text is another."""
        found = root.find("generated")
        if found is None or not isinstance(found[1], MapNode):
            return
        for name, line in zip(GENERATED_KEYS, generated_lines(plan), strict=True):
            item = found[1].find(name)
            if item is None:
                continue
            key, value = item
            end = content_end(self._text, key, value)
            if self._text[key.start : end] != line:
                lost = comments_in(self._text, value, key.end, end)
                lead = "".join(f"{one}{self._newline}{self._indent_of(key) or '  '}" for one in lost)
                self._edits.append(_Edit(key.start, end, 0, lead + line))

    def begin_of(self, draft: Draft) -> int:
        """Where an entry begins: at the comment lines of its own indentation directly above its key."""
        indent = self._indent_of(draft.key)
        start = self._line_start(draft.key.start)
        number = self._source.line_number(start) - 1
        while number >= 1 and indent is not None:
            line = self._source.line(number)
            if not line.startswith(f"{indent}#"):
                break
            start = self._source.line_starts[number - 1]
            number -= 1
        return start

    def _end_of(self, draft: Draft) -> int:
        """Where an entry ends: behind the comment lines below it that are indented deeper than its key."""
        end = self._next_line(content_end(self._text, draft.key, draft.node))
        deeper = f"{self._indent_of(draft.key) or ''} "
        while (line := self._text[end : self._next_line(end)]).startswith(deeper) and line.lstrip()[
            :1
        ] == "#":
            end += len(line)
        return end

    def _names_to_write(self, draft: Draft, after: PlanEntry) -> set[str]:
        names = set(changed_keys(draft.entry, after))
        carrier = "decision" if after.decision is Decision.REVIEW else "match"
        if draft.entry.hint != after.hint:
            names.add(carrier)
        if draft.entry.decision is not after.decision:
            for name in ("decision", "match"):
                found = draft.node.find(name)
                if found and (self._hint_of(*found) or (name == carrier and after.hint)):
                    names.add(name)  # what `#>` says of another decision must not stay
        return names

    def _hint_of(self, key: ScalarNode, value: Node) -> bool:
        _, comment = behind(self._text, content_end(self._text, key, value))
        return comment is not None and comment.startswith(OURS)

    def _write_whole(self, draft: Draft, after: PlanEntry) -> None:
        indent = self._indent_of(draft.key) or "  "
        end = content_end(self._text, draft.key, draft.node)
        gap, comment = behind(self._text, end)
        lost = comments_in(self._text, draft.node, draft.key.end, end)
        if comment and not comment.startswith(OURS):
            lost.append(comment)
        text = self._entry_text(after, indent).removeprefix(indent).removesuffix(self._newline)
        lead = "".join(f"{one}{self._newline}{indent}" for one in lost)
        self._edits.append(_Edit(draft.key.start, end + len(gap) + len(comment or ""), 0, lead + text))

    def _replace_key(
        self, key: ScalarNode, value: Node, indent: str, lines: list[str], *, hinted: bool
    ) -> None:
        end = content_end(self._text, key, value)
        gap, comment = behind(self._text, end)
        above = comments_in(self._text, value, key.end, end)
        tail = ""
        if comment and not comment.startswith(OURS):
            if len(lines) > 1 or hinted:
                above.append(comment)
            else:
                tail = gap + comment
        lead = "".join(f"{one}{self._newline}{indent}" for one in above)
        text = lead + f"{self._newline}{indent}".join(lines) + tail
        self._edits.append(_Edit(key.start, end + len(gap) + len(comment or ""), 0, text))

    def _remove_key(self, key: ScalarNode, value: Node, indent: str) -> None:
        end = content_end(self._text, key, value)
        _, comment = behind(self._text, end)
        kept = comments_in(self._text, value, key.end, end)
        if comment and not comment.startswith(OURS):
            kept.append(comment)
        text = "".join(f"{indent}{one}{self._newline}" for one in kept)
        self._edits.append(_Edit(self._line_start(key.start), self._next_line(end), 0, text))

    def _insert(self, at: int, turn: int, text: str) -> None:
        if at == len(self._text) and at > 0 and self._text[-1] not in "\r\n":
            text = self._newline + text.removesuffix(self._newline)
        self._edits.append(_Edit(at, at, turn + 1, text))

    def _entry_text(self, entry: PlanEntry, indent: str) -> str:
        return dump_entry(entry, indent).replace("\n", self._newline)

    def _line_start(self, index: int) -> int:
        return self._source.line_starts[self._source.line_number(index) - 1]

    def _next_line(self, index: int) -> int:
        number = self._source.line_number(index)
        starts = self._source.line_starts
        return starts[number] if number < len(starts) else len(self._text)

    def _indent_of(self, key: ScalarNode) -> str | None:
        """What stands before a key on its line, None where that is more than space."""
        lead = self._text[self._line_start(key.start) : key.start]
        return lead if not lead.strip(" ") else None
