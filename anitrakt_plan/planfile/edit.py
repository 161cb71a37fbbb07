"""Changes a plan's text where an entry changed, and brings a file into its one form.

Every other byte stays; a comment of the user's whose line gets another value goes on a line of its own below it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from itertools import chain, takewhile
from operator import attrgetter
from typing import Any, Final, NamedTuple

from anitrakt_plan.errors import Failed, PlanInvalid
from anitrakt_plan.home import EARLIER_SCHEMAS, SCHEMA
from anitrakt_plan.model import Address, Decision, EntryKey, Match, Plan, PlanEntry, Status
from anitrakt_plan.planfile.check import effective_entry
from anitrakt_plan.planfile.dump import (
    HELP,
    INDENT,
    MODELINE,
    Path,
    dump_entry,
    generated_lines,
    hint_text,
    key_lines,
    plan_lines,
)
from anitrakt_plan.planfile.fields import ENTRY, GENERATED
from anitrakt_plan.planfile.load import Loaded, load_plan
from anitrakt_plan.planfile.problems import Diagnostic
from anitrakt_plan.planfile.read import Draft, hint_of, names_match
from anitrakt_plan.planfile.text import SourceText, comment
from anitrakt_plan.planfile.values import Field, Item, Owner, names_of
from anitrakt_plan.planfile.yaml import MapNode, Node, ScalarNode, SeqNode, is_block

OURS = "#>"
_LINE_END = r"\r\n\x85\u2028\u2029"
_COMMENT = re.compile(rf"#[^{_LINE_END}]*")
_REST_OF_LINE = re.compile(rf"(?P<gap>[ \t,]*)(?P<comment>#[^{_LINE_END}]*|)")
_BLOCK_HEADER = re.compile(rf"[|>][-+0-9]*[ \t]+(?P<comment>#[^{_LINE_END}]*)")
_COLON = re.compile(r"\s*:")


class Comment(NamedTuple):
    """One of the user's comments, and where it begins."""

    at: int
    text: str


def find_comments(text: str, node: Node, start: int, end: int) -> Iterator[Comment]:
    """The user's comments between two indexes: every `#` there that is in no value of `node` begins one."""
    at = start
    for scalar in (*_scalars(node), ScalarNode("", True, end, end)):
        if scalar.start < at:
            continue
        header = None if scalar.plain else _BLOCK_HEADER.match(text, scalar.start)
        yield from _users(_COMMENT.finditer(text, at, min(scalar.start, end)))
        yield from _users(_COMMENT.finditer(text, *header.span("comment")) if header else ())
        at = max(at, scalar.end)


def _users(found: Iterable[re.Match[str]]) -> Iterator[Comment]:
    return (Comment(one.start(), one[0].rstrip()) for one in found if not one[0].startswith(OURS))


def _scalars(node: Node) -> Iterator[ScalarNode]:
    if isinstance(node, ScalarNode):
        return iter((node,))
    parts = node.items if isinstance(node, SeqNode) else chain.from_iterable(node.items)
    return chain.from_iterable(map(_scalars, parts))


def colon_end(text: str, key: ScalarNode) -> int:
    """The index behind a key's colon, or behind the key where a flow map has it without one."""
    colon = _COLON.match(text, key.end)
    return colon.end() if colon else key.end


def content_end(text: str, key: ScalarNode, value: Node) -> int:
    """The index behind the last sign of a key's value, which for a block is that of its last line."""
    while is_block(value) and value.items:
        key, value = value.items[-1] if isinstance(value, MapNode) else (key, value.items[-1])
    begin = colon_end(text, key)
    return begin + len(text[begin : value.end].rstrip()) if value.end > value.start else begin


class _Slot:
    """A key as it stands in a text: where its value ends, and the comments behind it.

    `opening` is the user's comment on the line on which a block begins, and for any other value the one behind it.
    """

    def __init__(self, text: str, item: Item) -> None:
        self.key, self.value = item
        self.end = content_end(text, *item)
        self.gap, behind, self.stop = _rest_of_line(text, self.end)
        self.hint_at = colon_end(text, self.key) if is_block(self.value) else self.end
        _, opening, self.begin = _rest_of_line(text, self.hint_at)
        self.hinted = OURS in (behind[:2], opening[:2])
        self.behind, self.opening = _but_ours(behind), _but_ours(opening)


def _but_ours(comment: str) -> str:
    return "" if comment.startswith(OURS) else comment


def _rest_of_line(text: str, index: int) -> tuple[str, str, int]:
    rest = _REST_OF_LINE.match(text, index)
    assert rest is not None  # all of it may be empty
    return rest["gap"], rest["comment"], rest.end() if rest["comment"] else index


# --- changing what is new ---------------------------------------------------------------------------------


class _Edit(NamedTuple):
    """This text takes the place of what stands between two indexes; `turn` orders edits at one index."""

    start: int
    end: int
    turn: int
    text: str


def rewrite(loaded: Loaded, wanted: Mapping[EntryKey, PlanEntry], *, header: Plan | None = None) -> str:
    """The file's text with these entries as they are wanted: changed key by key, or put in at their place.

    `header`: write this plan's `generated`, where it differs. What is not named stays as it is, and so do all of the
    user's comments. The file must have been loaded without errors.
    """
    item = _entries_of(loaded)
    after = [wanted.get(draft.entry.key, draft.entry) for draft in loaded.drafts]
    new = sorted(wanted.keys() - {entry.key for entry in after})
    if _has_no_lines(loaded) and (new or header or [draft.entry for draft in loaded.drafts] != after):
        return rewrite(in_lines(loaded), wanted, header=header)
    splicer = _Splicer(loaded)
    splicer.change(after)
    splicer.put_in(item, [wanted[key] for key in new])
    if header is not None:
        splicer.change_generated(header)
    return splicer.result()


def _entries_of(loaded: Loaded) -> Item:
    if loaded.plan is None or loaded.root is None:
        raise ValueError("only a plan without errors can be changed")
    return loaded.root.named["entries"]


def with_other_keys(loaded: Loaded, names: Mapping[EntryKey, EntryKey]) -> Loaded:
    """The file with some entries under other keys, each at its new place with all of its comments."""
    for name, key in names.items():
        loaded = in_lines(loaded)
        splicer = _Splicer(loaded)
        splicer.move(_draft_of(loaded, name), key)
        loaded = load_plan(loaded.encoding.to_bytes(splicer.result()), loaded.name)
    return loaded


def in_lines(loaded: Loaded) -> Loaded:
    """The file with lines that can be changed: in its one form, where its blocks are flow maps (JSON is YAML, too)."""
    if not _has_no_lines(loaded):
        return loaded
    return load_plan(loaded.encoding.to_bytes(format_plan(loaded)), loaded.name)


def _has_no_lines(loaded: Loaded) -> bool:
    root = loaded.root
    blocks = (root, *(root.value(name) for name in ("generated", "entries"))) if root else ()
    return any(isinstance(block, MapNode) and block.flow and block.items for block in blocks)


def changed_keys(before: PlanEntry, after: PlanEntry) -> tuple[str, ...]:
    """The names of the file's keys in which two states of an entry differ, `#>` behind them not counted."""
    return names_of(field for field in ENTRY if field.of(before) != field.of(after))


class _Splicer:
    def __init__(self, loaded: Loaded) -> None:
        self._root = loaded.root
        self._drafts = loaded.drafts
        self._text = loaded.text
        self._source = SourceText(loaded.name, loaded.text)
        self._newline = loaded.encoding.newline
        self._edits: list[_Edit] = []

    def result(self) -> str:
        pieces, at = [], 0
        for edit in sorted(self._edits):
            pieces += [self._text[at : edit.start], edit.text]
            at = max(at, edit.end)
        return "".join([*pieces, self._text[at:]])

    def change(self, after: Iterable[PlanEntry]) -> None:
        for draft, entry in zip(self._drafts, after, strict=True):
            names = self._names_to_write(draft, entry)
            indent = None if draft.node.flow else self._indent_of(draft.node.items[0][0])
            if names and indent is not None:
                self._write_keys(draft, entry, names, indent)
            elif names:
                self._write_whole(draft, entry)

    def move(self, draft: Draft, key: EntryKey) -> None:
        """Put an entry under another key, and where that belongs, with its comments above, within and below."""
        start, end = self._begin_of(draft), self._stop_of(draft)
        text = self._text[start : draft.key.start] + str(key) + self._text[draft.key.end : end]
        while end < len(self._text) and not self._text[end : self._source.next_line(end)].strip():
            end = self._source.next_line(end)
        others = [one for one in self._drafts if one is not draft]
        if not others:
            self._edits.append(_Edit(draft.key.start, draft.key.end, 0, str(key)))
            return
        self._place(others, key, text.rstrip("\r\n") + self._newline, 0)
        if end == len(self._text):  # the empty line above what was the last entry goes with it
            start = min(start, len(self._text[:start].rstrip("\r\n")) + len(self._newline))
        self._edits.append(_Edit(start, end, 0, ""))

    def put_in(self, item: Item, entries: Sequence[PlanEntry]) -> None:
        if not self._drafts:
            self._put_in_first(item, entries)
            return
        indent = self._indent_of(self._drafts[0].key) or INDENT
        for turn, entry in enumerate(entries):
            self._place(self._drafts, entry.key, self._entry_text(entry, indent), turn)

    def _place(self, drafts: Sequence[Draft], key: EntryKey, text: str, turn: int) -> None:
        before = max(
            (one for one in drafts if one.entry.key < key), key=attrgetter("entry.key"), default=None
        )
        if before:
            self._insert(self._stop_of(before), turn + len(ENTRY), self._newline + text)
        else:
            self._insert(min(map(self._begin_of, drafts)), turn, text + self._newline)

    def _put_in_first(self, item: Item, entries: Sequence[PlanEntry]) -> None:
        end = content_end(self._text, *item)
        text = self._newline.join(self._entry_text(entry, INDENT) for entry in entries)
        if text:
            self._edits.append(_Edit(item[0].end, end, 0, ":"))
            self._insert(self._source.next_line(end), 0, text)

    def change_generated(self, plan: Plan) -> None:
        block = self._root.value("generated") if self._root else None
        assert isinstance(block, MapNode)
        for field, line in zip(GENERATED, generated_lines(plan), strict=True):
            slot = _Slot(self._text, block.named[field.name])
            if self._text[slot.key.start : slot.end] != line:
                self._replace(slot, [line], self._indent_of(block.items[0][0]) or INDENT)

    # --- one key ---

    def _names_to_write(self, draft: Draft, after: PlanEntry) -> set[str]:
        before = draft.entry
        if before == after:
            return set()
        # what `#>` says of another decision must not stay
        same = (before.decision, before.hint) == (after.decision, after.hint)
        hinted = filter(draft.node.find, () if same else ("decision", "match"))
        return {*changed_keys(before, after), *hinted}

    def _write_keys(self, draft: Draft, after: PlanEntry, names: Collection[str], indent: str) -> None:
        anchor = self._source.line_start(draft.node.items[0][0].start)
        for turn, field in enumerate(ENTRY):
            item = draft.node.find(field.name)
            slot = _Slot(self._text, item) if item else None
            if field.name in names and slot:
                is_last = slot.key is draft.node.items[-1][0]
                self._change_key(slot, field, draft.entry, after, indent, is_last=is_last)
            elif field.name in names:
                self._insert(anchor, turn, self._lines(key_lines(after, field), indent))
            anchor = self._source.next_line(slot.end) if slot else anchor

    def _lines(self, lines: Iterable[str], indent: str) -> str:
        return "".join(f"{indent}{line}{self._newline}" for line in lines)

    def _change_key(
        self, slot: _Slot, field: Field, before: PlanEntry, after: PlanEntry, indent: str, *, is_last: bool
    ) -> None:
        lines, hint = key_lines(after, field), hint_text(after, field.name)
        comments = [*self._comments_within(slot), *filter(None, [slot.behind])]
        if field.of(before) == field.of(after):
            self._set_hint(slot, hint, indent)
        elif lines:
            self._replace(slot, lines, indent, hinted=hint != "")
        elif comments and field.owner is Owner.USER:
            self._replace(slot, [f"{field.name}: null"], indent)
        else:
            start, end = self._source.line_start(slot.key.start), self._source.next_line(slot.end)
            if is_last and not comments:  # empty lines above it would else end the entry
                start = self._source.next_line(len(self._text[:start].rstrip()))
            self._edits.append(_Edit(start, end, 0, self._lines(comments, indent)))

    def _set_hint(self, slot: _Slot, hint: str, indent: str) -> None:
        # the value stays as it is; a comment of the user's behind it makes room
        if hint or slot.hinted:
            text = f"  {OURS} {hint}" if hint else ""
            text += f"{self._newline}{indent}{slot.opening}" if slot.opening else ""
            self._edits.append(_Edit(slot.hint_at, slot.begin, 0, text))

    def _replace(self, slot: _Slot, lines: Sequence[str], indent: str, *, hinted: bool = False) -> None:
        # write a key's lines in the place of its old ones, with the comments that stood within and behind its
        # value. Its name stays as it is written, and so does a comment behind it where one line takes the
        # place of another
        name = self._text[slot.key.start : slot.key.end]
        stays = len(lines) == 1 and not hinted
        tail, below = (slot.gap + slot.behind, []) if stays else ("", [slot.behind])
        first = name + lines[0].removeprefix(slot.key.text) + (tail if slot.behind else "")
        whole = (first, *lines[1:], *self._comments_within(slot), *filter(None, below))
        self._edits.append(_Edit(slot.key.start, slot.stop, 0, f"{self._newline}{indent}".join(whole)))

    def _comments_within(self, slot: _Slot) -> list[str]:
        return [one.text for one in find_comments(self._text, slot.value, slot.key.end, slot.end)]

    # --- one entry ---

    def _write_whole(self, draft: Draft, after: PlanEntry) -> None:
        indent = self._indent_of(draft.key) or INDENT
        slot = _Slot(self._text, (draft.key, draft.node))
        text = self._entry_text(after, indent).removeprefix(indent).removesuffix(self._newline)
        lines = f"{self._newline}{indent}".join(
            (*self._comments_within(slot), *filter(None, [slot.behind]), text)
        )
        self._edits.append(_Edit(slot.key.start, slot.stop, 0, lines))

    def _entry_text(self, entry: PlanEntry, indent: str) -> str:
        return dump_entry(entry, indent).replace("\n", self._newline)

    def _begin_of(self, draft: Draft) -> int:
        # where an entry begins: at the comment lines of its own indentation directly above its key
        indent = self._indent_of(draft.key)
        number = self._source.line_number(draft.key.start)
        while indent is not None and self._source.line(number - 1).startswith(f"{indent}#"):
            number -= 1
        return self._source.line_starts[number - 1]

    def _stop_of(self, draft: Draft) -> int:
        # where an entry ends: behind the comment lines below it that are indented deeper than its key
        deeper = re.compile(rf"{self._indent_of(draft.key) or ''} +#")
        at = self._source.next_line(content_end(self._text, draft.key, draft.node))
        while deeper.match(self._text, at):
            at = self._source.next_line(at)
        return at

    # --- places ---

    def _insert(self, at: int, turn: int, text: str) -> None:
        if at == len(self._text) and self._text[-1:] not in ("\r", "\n"):
            text = self._newline + text.removesuffix(self._newline)
        self._edits.append(_Edit(at, at, turn + 1, text))

    def _indent_of(self, key: ScalarNode) -> str | None:
        # what stands before a key on its line, None where that is more than space
        lead = self._text[self._source.line_start(key.start) : key.start]
        return lead if not lead.strip(" ") else None


# --- one answer -------------------------------------------------------------------------------------------

_WAITS = "PLAN063"
_REFUSALS = re.compile(rf"PLAN04\d|{_WAITS}")


class Keep(Enum):
    """Stands for a key that an edit leaves alone."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP


class EntryRefused(PlanInvalid):
    """The wanted match can't stand in this plan: a count that differs, an episode claimed twice."""

    @property
    def sentence(self) -> str:
        """What is wrong with it, and the way on."""
        return f"that can't be: {self.what}{f'; {self.todo}' if self.todo else ''}"


class EntryGone(Failed):
    """The entry to change is no more in the file."""


def edited(
    loaded: Loaded,
    key: EntryKey,
    *,
    decision: Decision,
    match: Match | Address | Keep | None = KEEP,
    note: str | Keep | None = KEEP,
    sure: bool = False,
    hint: str | None = None,
) -> Loaded:
    """The file with the user's answer for one entry written in; the same object where it says so already.

    `sure` and `hint` belong to a new `match`: `hint` is what stands behind `#>` after the match in short form (whose
    page it is), where no comment of the user's is in its way. A `#>` that no longer holds goes. Raises PlanInvalid
    where the file has errors, EntryGone where it has no such entry, EntryRefused where the result would have errors.
    """
    if decision is Decision.AUTO:
        raise ValueError("only the matcher decides `auto`")
    if loaded.plan is None:
        raise PlanInvalid(f"{loaded.name} has errors", todo=f"See `anitrakt validate {loaded.name}`.")
    draft = _draft_of(loaded, key)
    before = _entry_of(loaded.plan, key)
    answer: dict[str, Any] = {"decision": decision}
    answer |= {} if note is KEEP else {"note": note}
    answer |= {} if match is KEEP else {"match": match, "sure": sure}
    wanted = replace(before, **answer)
    wanted = replace(wanted, hint=None if _is_taken(loaded, draft) else _hint_after(before, wanted, hint))
    if wanted == before == draft.entry:
        return loaded
    text = rewrite(loaded, {key: wanted})
    after = load_plan(loaded.encoding.to_bytes(text), loaded.name)
    _check_answer(after, loaded, wanted)
    return after


def _draft_of(loaded: Loaded, key: EntryKey) -> Draft:
    for draft in loaded.drafts:
        if draft.entry.key == key:
            return draft
    raise EntryGone(f"{key} is no more in the file", where=loaded.name)


def _is_taken(loaded: Loaded, draft: Draft) -> bool:
    item = draft.node.find("match")
    slot = _Slot(loaded.text, item) if item else None
    return slot is not None and slot.behind != "" and not slot.hinted


def _hint_after(before: PlanEntry, after: PlanEntry, given: str | None) -> str | None:
    if after.resolved is None or after.decision is Decision.REVIEW:
        return None
    if given is not None:
        return hint_of(after.resolved, comment(given))
    still_holds = before.decision is not Decision.REVIEW and names_match(before.hint, after.match)
    return before.hint if still_holds else None


def _check_answer(after: Loaded, before: Loaded, wanted: PlanEntry) -> None:
    # the result must read back as exactly what was wanted. Raises EntryRefused where the answer itself can't
    # hold, or would take another entry's place
    if after.plan is None:
        raise _refused(after.errors, wanted)
    known = {one.message for one in before.warnings}
    waiting = [one for one in after.warnings if one.code == _WAITS]
    if wanted.decision.sends and (
        waits := [
            one for one in waiting if one.message.startswith(f"`{wanted.key}` ") or one.message not in known
        ]
    ):
        raise _refused(waits, wanted)
    written = {**before.written, wanted.key: replace(wanted, hint=after.written[wanted.key].hint)}
    if after.written != written or _header_of(after) != _header_of(before):
        raise AssertionError(f"an edit of {wanted.key} changed more, or less, than it should")


def _header_of(loaded: Loaded) -> Plan | None:
    return replace(loaded.plan, entries=()) if loaded.plan is not None else None


def _refused(reasons: Sequence[Diagnostic], wanted: PlanEntry) -> Exception:
    if all(_REFUSALS.fullmatch(one.code) for one in reasons):
        return EntryRefused(reasons[0].message, where=str(wanted.key), todo=reasons[0].hint)
    return AssertionError(f"an edit of {wanted.key} broke the file: {reasons[0].render()}")


def _entry_of(plan: Plan, key: EntryKey) -> PlanEntry:
    return next(entry for entry in plan.entries if entry.key == key)


# --- the one form -----------------------------------------------------------------------------------------


def format_plan(loaded: Loaded, *, prune: bool = False) -> str:
    """The canonical text of a plan, with the file's own line ends.

    `prune` leaves out the entries that the list has no more, with their comments. Raises Failed where the file has
    errors: what can't be read can't be written anew.
    """
    if loaded.plan is None or loaded.root is None:
        raise Failed(
            "the plan has mistakes, so it can't be formatted",
            where=loaded.name,
            todo=f"`anitrakt validate {loaded.name}` names them.",
        )
    entries = tuple(_canonical_entry(draft.entry) for draft in loaded.drafts)
    if prune:
        entries = tuple(entry for entry in entries if entry.progress.status is not Status.GONE)
    lines = Formatter(SourceText(loaded.name, loaded.text), loaded.root, PLAN_FORM).lines(
        plan_lines(replace(loaded.plan, entries=entries))
    )
    return "".join(f"{line}{loaded.encoding.newline}" for line in lines)


class Form(NamedTuple):
    """What the one form of a kind of file depends on: its head, and the key below which its items stand.

    `blocks` are keys whose own keys have comments of their own.
    """

    address: str
    help: str
    items: str
    blocks: tuple[Path, ...]


PLAN_FORM = Form(SCHEMA, HELP, "entries", (("generated",), ("entries",)))


class _About(NamedTuple):
    """The user's comments about one key: on lines above it or within its value, and behind it."""

    above: Sequence[Comment] = ()
    behind: str = ""


def _up_to_date(line: str) -> str:
    """A line of the head; a modeline with an earlier address of the schema gets the one of today."""
    is_earlier = line.removeprefix(MODELINE).strip() in EARLIER_SCHEMAS
    return MODELINE + SCHEMA if line.startswith(MODELINE) and is_earlier else line


class Formatter:
    """Writes a file's lines anew with the user's comments where they belong."""

    def __init__(self, source: SourceText, root: MapNode, form: Form) -> None:
        self._source, self._form = source, form
        self._comments = list(find_comments(source.text, root, 0, len(source.text)))
        self._places = [one.at for one in self._comments]
        self._about: dict[Path, _About] = {}
        self._attach((), root.items, 0, len(source.text))
        first = (root.items[0][0].text,)
        self._prelude = self._about[first].above
        self._about[first] = _About((), self._about[first].behind)

    def lines(self, wanted: Iterable[tuple[Path, list[str], bool]]) -> Iterator[str]:
        """The file's lines, from the canonical ones of each key (`plan_lines`)."""
        yield from self._head()
        for path, written, hinted in wanted:
            above, behind = self._about.get(path, _About())
            indent, is_entry = INDENT * (len(path) - 1), path[:-1] == (self._form.items,)
            for one in above:
                yield from self._own_line(one, indent, of_entry=is_entry)
            yield from _with_comment(written, behind, indent, stays=len(written) == 1 and not hinted)

    def _head(self) -> Iterator[str]:
        # the user's head if there is one: who has taken the modeline out does not want it back; else the usual help
        if not self._prelude:
            yield MODELINE + self._form.address
            yield from self._form.help.splitlines()
        for one in self._prelude[:-1]:
            yield from (_up_to_date(one.text), *self._blank_after(one))
        yield from (_up_to_date(one.text) for one in self._prelude[-1:])
        yield ""

    def _own_line(self, one: Comment, indent: str, *, of_entry: bool) -> Iterator[str]:
        # a comment on its line; about an entry it may stand at the left edge, and apart
        at_edge = of_entry and self._column(one.at) == 0
        yield one.text if at_edge else indent + one.text
        yield from self._blank_after(one) if of_entry else ()

    def _attach(self, path: Path, items: Sequence[Item], start: int, stop: int) -> None:
        at = start
        for item, following in zip(items, (*(key.start for key, _ in items[1:]), stop), strict=False):
            slot, inner = _Slot(self._source.text, item), (*path, item[0].text)
            above = self._between(at, slot.key.start)
            is_item = path == (self._form.items,)
            at = self._stop_of_entry(slot, following) if is_item else slot.stop
            if inner in self._form.blocks or is_item:
                self._about[inner] = _About(above, slot.opening)
                inside = slot.value.items if isinstance(slot.value, MapNode) else ()
                begin, end = (slot.begin, at) if is_block(slot.value) else (slot.key.end, slot.end)
                self._attach(inner, inside, begin, end)
            else:
                self._about[inner] = _About(above + self._between(slot.key.end, slot.end), slot.behind)
        self._about[(*path, "")] = _About(self._between(at, stop))

    def _stop_of_entry(self, slot: _Slot, following: int) -> int:
        # comments below an entry that are indented deeper than its key belong to it, not to the next entry
        column = self._column(slot.key.start)
        below = self._between(slot.stop, following)
        given = list(takewhile(lambda one: self._column(one.at) > column, below))
        return given[-1].at + len(given[-1].text) if given else slot.stop

    def _between(self, start: int, end: int) -> list[Comment]:
        return self._comments[bisect_left(self._places, start) : bisect_left(self._places, end)]

    def _column(self, index: int) -> int:
        return index - self._source.line_start(index)

    def _blank_after(self, one: Comment) -> list[str]:
        # an empty line, where one follows the comment's own line and more follows that
        number = self._source.line_number(one.at)
        more = number + 1 < len(self._source.line_starts)
        return [""] if more and not self._source.line(number + 1).strip() else []


def _with_comment(written: Sequence[str], behind: str, indent: str, *, stays: bool) -> Iterator[str]:
    # the lines of a key with the comment behind it, which goes above it where it can't stay
    if behind and not stays:
        yield indent + behind
    tail = f"  {behind}" if behind and stays else ""
    yield from (f"{indent}{line}{tail}" for line in written)


def _canonical_entry(entry: PlanEntry) -> PlanEntry:
    # the entry as it counts, without a `#>` that is about another match than the one that is there
    entry = effective_entry(entry)
    decided = entry.decision in (Decision.CONFIRMED, Decision.SKIP)
    return replace(entry, hint=None) if decided and not names_match(entry.hint, entry.match) else entry
