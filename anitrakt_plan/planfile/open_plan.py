"""A plan's text while a person answers: one entry is read and written without reading the thousand others again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from anitrakt_plan.errors import Failed
from anitrakt_plan.model import Decision, EntryKey, Plan, PlanEntry, TargetKind, WorkId
from anitrakt_plan.model.matches import kind_and_id
from anitrakt_plan.model.sending import clashes
from anitrakt_plan.planfile.check import CLAIMED_TWICE, claimed_twice
from anitrakt_plan.planfile.edit import EntryGone, EntryRefused, edited, in_lines
from anitrakt_plan.planfile.load import Loaded, load_plan
from anitrakt_plan.planfile.text import Encoding, SourceText

_LAST_LINE = re.compile(r"(?P<indent>[ \t]*)(?P<text>[^\r\n]*)(?:\r\n|\n|\r)?\Z")

_Work = tuple[TargetKind, WorkId]


class TextChanged(Failed):
    """An entry's lines are not those that were to be taken back."""


@dataclass(frozen=True)
class OpenPlan:
    """A valid plan file, open for answers. Each answer gives the next state of it; nothing here writes a file."""

    name: str
    encoding: Encoding = field(repr=False)
    _head: Plan = field(repr=False)
    _entries: Mapping[EntryKey, PlanEntry] = field(repr=False)
    _written: Mapping[EntryKey, PlanEntry] = field(repr=False)
    _parts: tuple[str, ...] = field(repr=False)
    """The text: what stands before the first entry, then by turns an entry's own lines (from that of its key to its
    last, comments below that are deeper included) and what stands below them."""
    _part_of: Mapping[EntryKey, int] = field(repr=False)
    _on_work: Mapping[_Work, tuple[EntryKey, ...]] = field(repr=False)
    """The entries whose matches are in a show, or are a film."""

    @classmethod
    def of(cls, loaded: Loaded) -> OpenPlan:
        """A file that was loaded without errors; one without lines (JSON is YAML, too) in its one form."""
        loaded = in_lines(loaded)
        assert loaded.plan is not None  # the caller has said what is wrong otherwise
        source = SourceText(loaded.name, loaded.text)
        starts = [source.line_start(draft.key.start) for draft in loaded.drafts]
        ends = [*starts[1:], len(loaded.text)]
        parts = [loaded.text[: min(starts, default=None)]]
        for draft, start, end in zip(loaded.drafts, starts, ends, strict=True):
            stop = _last_of_entry(loaded.text, start, draft.key.start - start, end)
            parts += [loaded.text[start:stop], loaded.text[stop:end]]
        entries = {entry.key: entry for entry in loaded.plan.entries}
        numbers = {draft.entry.key: 2 * n + 1 for n, draft in enumerate(loaded.drafts)}
        on_work: dict[_Work, tuple[EntryKey, ...]] = {}
        for entry in loaded.plan.entries:
            if (work := _work_of(entry)) is not None:
                on_work[work] = (*on_work.get(work, ()), entry.key)
        texts = tuple(parts), numbers
        return cls(loaded.name, loaded.encoding, loaded.plan, entries, loaded.written, *texts, on_work)

    @cached_property
    def plan(self) -> Plan:
        """What the file says."""
        return replace(self._head, entries=tuple(self._entries.values()))

    @cached_property
    def text(self) -> str:
        """The file's text."""
        return "".join(self._parts)

    @property
    def raw(self) -> bytes:
        """The bytes to write."""
        return self.encoding.to_bytes(self.text)

    def entry(self, key: EntryKey) -> PlanEntry | None:
        """An entry as it counts; None where the file has none of this key."""
        return self._entries.get(key)

    def lines_of(self, key: EntryKey) -> str:
        """An entry as it stands in the file. Raises EntryGone."""
        if key not in self._part_of:
            raise EntryGone(f"{key} is no more in the file", where=self.name)
        return self._parts[self._part_of[key]]

    def answered(self, key: EntryKey, **answer: Any) -> OpenPlan:
        """The file with an answer written in, as `edited` does it; itself where it says so already."""
        part = self._alone(key, self.lines_of(key))
        if part is None or self._has_waiting or not self._reads_alike(key, part):
            before = self._loaded(self.text)
            after = edited(before, key, **answer)
            return self if after is before else OpenPlan.of(after)
        after = edited(part, key, **answer)
        return self if after is part else self._with(key, after)

    def put_back(self, key: EntryKey, *, now: str, before: str) -> OpenPlan:
        """The file with an entry's lines as they were `before`, where they are still those of `now`.

        Raises EntryGone, TextChanged where somebody changed the entry since, and EntryRefused where what it claimed
        then is another's by now.
        """
        if self.lines_of(key) != now:
            raise TextChanged(f"{key} was changed in the file since", where=self.name)
        part = self._alone(key, before)
        if part is not None and not self._has_waiting:
            return self._with(key, part)
        whole = self._loaded("".join(self._parts_with(key, before)))
        if whole.plan is None:
            raise EntryRefused(whole.errors[0].message, where=str(key), todo=whole.errors[0].hint)
        return OpenPlan.of(whole)

    def _parts_with(self, key: EntryKey, lines: str) -> tuple[str, ...]:
        at = self._part_of[key]
        return (*self._parts[:at], lines, *self._parts[at + 1 :])

    @cached_property
    def _has_waiting(self) -> bool:
        """Whether what one entry says depends on another: it claims what that has taken meanwhile."""
        return any(
            entry.decision is Decision.REVIEW and self._written[entry.key].decision is not Decision.REVIEW
            for entry in self._entries.values()
        )

    def _loaded(self, text: str) -> Loaded:
        return load_plan(self.encoding.to_bytes(text), self.name)

    def _alone(self, key: EntryKey, lines: str) -> Loaded | None:
        """These lines as the only entry of the file; None where they are no such entry."""
        part = self._loaded(self._parts[0] + lines)
        is_one = part.plan is not None and [entry.key for entry in part.plan.entries] == [key]
        return part if is_one else None

    def _reads_alike(self, key: EntryKey, part: Loaded) -> bool:
        assert part.plan is not None
        return part.written[key] == self._written[key] and part.plan.entries[0] == self.entry(key)

    def _with(self, key: EntryKey, part: Loaded) -> OpenPlan:
        """The file with this part's one entry in the place of what it had."""
        assert part.plan is not None
        (entry,) = part.plan.entries
        self._check_claims(entry)
        on_work = dict(self._on_work)
        before, now = _work_of(self._entries[key]), _work_of(entry)
        if before is not None:
            on_work[before] = tuple(one for one in on_work[before] if one != key)
        if now is not None:
            on_work[now] = (*on_work.get(now, ()), key)
        return replace(
            self,
            _entries={**self._entries, key: entry},
            _written={**self._written, key: part.written[key]},
            _parts=self._parts_with(key, part.text[len(self._parts[0]) :]),
            _on_work=on_work,
        )

    def _check_claims(self, entry: PlanEntry) -> None:
        """Raise EntryRefused where another entry gives plays to the same."""
        work = _work_of(entry)
        if work is None:
            return
        rivals = [self._entries[key] for key in self._on_work.get(work, ()) if key != entry.key]
        found = clashes([*rivals, entry], self._head.source.statuses, self._head.policy.send)
        for clash in found:
            if clash.second == len(rivals):
                message = claimed_twice(entry.key, clash.what, rivals[clash.first].key)
                raise EntryRefused(message, where=str(entry.key), todo=CLAIMED_TWICE)


def _work_of(entry: PlanEntry) -> _Work | None:
    return kind_and_id(entry.resolved) if entry.resolved is not None else None


def _last_of_entry(text: str, start: int, indent: int, stop: int) -> int:
    """Where an entry's lines end: before empty lines, and before comments that are no deeper than its key."""
    while stop > start:
        found = _LAST_LINE.search(text, text.rfind("\n", start, stop - 1) + 1, stop)
        assert found is not None  # it fits any line
        is_comment = found["text"].startswith("#") and len(found["indent"]) <= indent
        if found["text"] and not is_comment:
            break
        stop = found.start()
    return stop
