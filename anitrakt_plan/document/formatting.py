"""Brings a plan file into its canonical form: order, quotes and spaces; every comment stays with what it is about."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from anitrakt_plan.core.model import Address, Decision, PlanEntry, Status
from anitrakt_plan.document.comments import Comment, content_end, find_comments
from anitrakt_plan.document.dumping import HELP, INDENT, generated_lines, hint_text, key_lines
from anitrakt_plan.document.entries import ENTRY_KEYS, Draft
from anitrakt_plan.document.header import GENERATED_KEYS, PLAN_FORMAT
from anitrakt_plan.document.loading import Loaded
from anitrakt_plan.document.meaning import as_it_counts, hint_agrees
from anitrakt_plan.document.schema import schema_address
from anitrakt_plan.document.tree import MapNode, Node, ScalarNode
from anitrakt_plan.errors import Failed

MODELINE = "# yaml-language-server: $schema="


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
    lines = _Formatter(loaded, loaded.root).lines(prune=prune)
    return "".join(f"{line}{loaded.encoding.newline}" for line in lines)


@dataclass(slots=True)
class _Around:
    """The comments about one key: on lines above it, within its value, and behind it."""

    above: list[Comment] = field(default_factory=list)
    within: list[Comment] = field(default_factory=list)
    behind: list[Comment] = field(default_factory=list)

    def own_lines(self) -> list[str]:
        """All but those behind the key, in the order of the file."""
        return [comment.text for comment in (*self.above, *self.within)]


class _Formatter:
    def __init__(self, loaded: Loaded, root: MapNode) -> None:
        assert loaded.plan is not None
        self._plan = loaded.plan
        self._drafts = loaded.drafts
        self._text = loaded.text
        self._root = root

    def lines(self, *, prune: bool) -> list[str]:
        """Every line of the canonical file."""
        comments = find_comments(self._text, self._root, 0, len(self._text))
        around, rest = self._attach(comments, self._root.items)
        blank = _Around()
        top = {key.text: index for index, (key, _) in enumerate(self._root.items)}
        form, generated, entries = (
            around.get(top[name], blank) for name in ("format", "generated", "entries")
        )
        first = around.get(0, blank)
        prelude, first.above = first.above, []
        lines = [*self._head(prelude), *(one.text for one in form.above), *map(_text, form.within)]
        lines += [f"format: {PLAN_FORMAT}{_tail(form.behind)}", *map(_text, generated.above)]
        lines += [*self._generated(generated), "", *map(_text, entries.above)]
        lines += self._entries(entries, prune=prune)
        return [*lines, *map(_text, rest)]

    def _head(self, prelude: Sequence[Comment]) -> list[str]:
        """The user's head if there is one, with the modeline first; else the usual help."""
        if not prelude:
            return [MODELINE + schema_address(), *HELP.splitlines(), ""]
        lines = []
        if not any(comment.text.startswith(MODELINE) for comment in prelude):
            lines.append(MODELINE + schema_address())
        for comment in prelude:
            lines.append(comment.text)
            if self._blank_after(comment):
                lines.append("")
        return lines if lines[-1] == "" else [*lines, ""]

    def _generated(self, around: _Around) -> list[str]:
        found = self._root.find("generated")
        assert found is not None
        assert isinstance(found[1], MapNode)
        comments = [*around.within, *around.behind]
        inner, rest = self._attach(comments, found[1].items, opened=found[0])
        place = {key.text: index for index, (key, _) in enumerate(found[1].items)}
        lines = []
        for name, line in zip(GENERATED_KEYS, generated_lines(self._plan), strict=True):
            about = inner.get(place[name], _Around())
            lines += [f"{INDENT}{text}" for text in about.own_lines()]
            lines.append(f"{INDENT}{line}{_tail(about.behind)}")
        head, below = _split(rest)
        return [
            f"generated:{_tail(head)}",
            *lines,
            *(f"{INDENT}{one.text}" for one in below),
        ]

    def _entries(self, around: _Around, *, prune: bool) -> list[str]:
        found = self._root.find("entries")
        assert found is not None
        block = found[1]
        items = block.items if isinstance(block, MapNode) else ()
        inner, rest = self._attach([*around.within, *around.behind], items, opened=found[0])
        head, below = _split(rest)
        index_of = {key.start: index for index, (key, _) in enumerate(items)}
        for one, other in zip(range(len(items)), range(1, len(items)), strict=False):
            self._give_back(inner, one, other, items[one][0])
        kept = [draft for draft in self._drafts if not (prune and draft.entry.progress.status is Status.GONE)]
        if not kept:
            return [f"entries: {{}}{_tail(head)}", *map(_text, below)]
        lines = [f"entries:{_tail(head)}"]
        for turn, draft in enumerate(sorted(kept, key=lambda one: one.entry.key)):
            about = inner.get(index_of[draft.key.start], _Around())
            lines += [""] if turn else []
            for comment in about.above:
                lines.append(("" if self._column(comment) == 0 else INDENT) + comment.text)
                lines += [""] if self._blank_after(comment) else []
            lines += self._entry(draft, about)
        return [*lines, *map(_text, below)]

    def _give_back(self, inner: dict[int, _Around], one: int, other: int, key: ScalarNode) -> None:
        """Comments below an entry that are indented deeper than its key belong to it, not to the next entry."""
        follower = inner.get(other)
        column = self._column(Comment(key.start, "", True))
        while follower and follower.above and self._column(follower.above[0]) > column:
            inner.setdefault(one, _Around()).within.append(follower.above.pop(0))

    def _entry(self, draft: Draft, about: _Around) -> list[str]:
        entry = canonical_entry(draft.entry)
        inner, rest = self._attach([*about.within, *about.behind], draft.node.items, opened=draft.key)
        head, below = _split(rest)
        place = {key.text: index for index, (key, _) in enumerate(draft.node.items)}
        indent = INDENT * 2
        lines = [f"{INDENT}{entry.key}:{_tail(head)}"]
        for name in ENTRY_KEYS:
            around = inner.get(place[name], _Around()) if name in place else _Around()
            own, tail = around.own_lines(), _tail(around.behind)
            written = key_lines(entry, name)
            if tail and (len(written) != 1 or hint_text(entry, name)):
                own, tail = [*own, *map(_text, around.behind)], ""
            lines += [f"{indent}{text}" for text in own]
            lines += [f"{indent}{line}" for line in written]
            lines[-1] += tail
        return [*lines, *(f"{indent}{one.text}" for one in below)]

    def _attach(
        self,
        comments: Sequence[Comment],
        items: Sequence[tuple[ScalarNode, Node]],
        opened: ScalarNode | None = None,
    ) -> tuple[dict[int, _Around], list[Comment]]:
        """Which key each comment is about, by the key's place; what is behind `opened` or after all keys is left."""
        found: dict[int, _Around] = {}
        left: list[Comment] = []
        starts = [key.start for key, _ in items]
        for comment in sorted(comments, key=lambda one: one.index):
            place = bisect_right(starts, comment.index) - 1
            if place < 0:
                if opened is not None and not comment.own_line:
                    left.append(comment)
                else:
                    found.setdefault(0, _Around()).above.append(comment) if items else left.append(comment)
                continue
            end = content_end(self._text, *items[place])
            if comment.index < end:
                found.setdefault(place, _Around()).within.append(comment)
            elif not comment.own_line and not self._newline_between(end, comment.index):
                found.setdefault(place, _Around()).behind.append(comment)
            elif place + 1 < len(items):
                found.setdefault(place + 1, _Around()).above.append(comment)
            else:
                left.append(comment)
        return found, left

    def _newline_between(self, start: int, end: int) -> bool:
        return any(sign in self._text[start:end] for sign in "\r\n")

    def _column(self, comment: Comment) -> int:
        line = max(self._text.rfind(sign, 0, comment.index) for sign in "\r\n") + 1
        return comment.index - line

    def _blank_after(self, comment: Comment) -> bool:
        rest = self._text[comment.index + len(comment.text) :][:400].replace("\r\n", "\n")
        lines = rest.split("\n")
        return len(lines) > 2 and not lines[1].strip()


def canonical_entry(entry: PlanEntry) -> PlanEntry:
    """The entry as it counts, without a `#>` that is about another match than the one that is there."""
    entry = as_it_counts(entry)
    if entry.decision in (Decision.CONFIRMED, Decision.SKIP) and not _still_says(entry):
        return replace(entry, hint=None)
    return entry


def _still_says(entry: PlanEntry) -> bool:
    return not isinstance(entry.match, Address) and hint_agrees(entry)


def _split(comments: Sequence[Comment]) -> tuple[list[Comment], list[Comment]]:
    """Those on the line of the key that opens a block, and those below its last key."""
    return [one for one in comments if not one.own_line], [one for one in comments if one.own_line]


def _text(comment: Comment) -> str:
    return comment.text


def _tail(comments: Sequence[Comment]) -> str:
    return "".join(f"  {comment.text}" for comment in comments)
