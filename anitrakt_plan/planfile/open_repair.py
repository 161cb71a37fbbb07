"""A repair's text while a person answers: a decision is its own word alone, and nothing else is read again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from anitrakt_plan.model.repair import Repair, RepairDecision, RepairGroup
from anitrakt_plan.planfile.edit import EntryGone, EntryRefused
from anitrakt_plan.planfile.open_plan import TextChanged
from anitrakt_plan.planfile.repair import (
    DECIDED_UNLIKE,
    NO_DAY,
    GroupDraft,
    LoadedRepair,
    decided_unlike,
    format_repair,
    is_alike,
    lacks_day,
    load_repair,
    no_day,
)
from anitrakt_plan.planfile.text import Encoding
from anitrakt_plan.planfile.yaml import ScalarNode


@dataclass(frozen=True, slots=True)
class _Piece:
    """A group's text: what stands before the word of its decision, that word, and what stands behind it."""

    before: str
    word: str
    behind: str

    @property
    def text(self) -> str:
        return f"{self.before}{self.word}{self.behind}"


@dataclass(frozen=True)
class OpenRepair:
    """A valid repair file, open for answers. Each answer gives the next state of it; nothing here writes a file."""

    name: str
    encoding: Encoding = field(repr=False)
    _head: Repair = field(repr=False)
    _top: str = field(repr=False)
    """What stands above the groups."""
    _groups: Mapping[str, RepairGroup] = field(repr=False)
    _pieces: Mapping[str, _Piece] = field(repr=False)
    _sharing: Mapping[str, frozenset[str]] = field(repr=False)
    """The groups that have a play in common with a group."""

    @classmethod
    def of(cls, loaded: LoadedRepair) -> OpenRepair:
        """A file that was loaded without errors; one whose decisions are no plain words in its one form."""
        assert loaded.repair is not None  # the caller has said what is wrong otherwise
        words = {draft.group.key: _word_of(draft) for draft in loaded.drafts}
        if any(word is None for word in words.values()):
            data = loaded.encoding.to_bytes(format_repair(loaded))
            return cls.of(load_repair(data, loaded.name))
        drafts = sorted(loaded.drafts, key=lambda draft: draft.key.start)
        starts = [draft.key.start for draft in drafts]
        ends = [*starts, len(loaded.text)][1:]
        pieces = {}
        for draft, start, end in zip(drafts, starts, ends, strict=True):
            word = words[draft.group.key]
            assert word is not None  # it was looked at above
            texts = loaded.text[start : word.start], loaded.text[word.start : word.end]
            pieces[draft.group.key] = _Piece(*texts, loaded.text[word.end : end])
        groups = {group.key: group for group in loaded.repair.groups}
        top = loaded.text[: min(starts, default=None)]
        return cls(loaded.name, loaded.encoding, loaded.repair, top, groups, pieces, _sharing_of(groups))

    @cached_property
    def repair(self) -> Repair:
        """What the file says."""
        return replace(self._head, groups=tuple(self._groups.values()))

    @cached_property
    def text(self) -> str:
        """The file's text."""
        return "".join([self._top, *(piece.text for piece in self._pieces.values())])

    @property
    def raw(self) -> bytes:
        """The bytes to write."""
        return self.encoding.to_bytes(self.text)

    def group(self, key: str) -> RepairGroup | None:
        """A group as it stands; None where the file has none of this key."""
        return self._groups.get(key)

    def lines_of(self, key: str) -> str:
        """A group as it stands in the file. Raises EntryGone."""
        return self._piece(key).text

    def word_of(self, key: str) -> str:
        """A group's decision as it is written, in whatever quotes. Raises EntryGone."""
        return self._piece(key).word

    def decided(self, decisions: Mapping[str, RepairDecision]) -> OpenRepair:
        """The file with these decisions written in, by the groups' keys; every other byte stays.

        Itself where it says so already. Raises EntryGone, and EntryRefused where the file would have errors.
        """
        differing = {
            key: decision for key, decision in decisions.items() if self._known(key).decision is not decision
        }
        return self._with({key: (decision, decision.value) for key, decision in differing.items()})

    def put_back(self, key: str, *, now: str, before: str, decision: RepairDecision) -> OpenRepair:
        """The file with a decision as it was written `before`, where it is still written as `now`.

        Raises EntryGone, TextChanged where somebody changed it since, and EntryRefused.
        """
        if self.word_of(key) != now:
            raise TextChanged(f"{key} was changed in the file since", where=self.name)
        return self._with({key: (decision, before)})

    def _with(self, words: Mapping[str, tuple[RepairDecision, str]]) -> OpenRepair:
        if not words:
            return self
        changed = {key: replace(self._known(key), decision=decision) for key, (decision, _) in words.items()}
        groups = {**self._groups, **changed}
        for group in changed.values():
            self._check(group, groups)
        pieces = {key: replace(self._pieces[key], word=word) for key, (_, word) in words.items()}
        return replace(self, _groups=groups, _pieces={**self._pieces, **pieces})

    def _check(self, group: RepairGroup, groups: Mapping[str, RepairGroup]) -> None:
        """Raise EntryRefused where the file would not be valid with this group."""
        if lacks_day(group):
            raise EntryRefused(no_day(group), where=group.key, todo=NO_DAY)
        for key in self._sharing.get(group.key, ()):
            if not is_alike(groups[key], group):
                shared = {play.id for play in group.plays} & {play.id for play in groups[key].plays}
                message = decided_unlike(min(shared), group.key, key)
                raise EntryRefused(message, where=group.key, todo=DECIDED_UNLIKE)

    def _known(self, key: str) -> RepairGroup:
        self._piece(key)
        return self._groups[key]

    def _piece(self, key: str) -> _Piece:
        if key not in self._pieces:
            raise EntryGone(f"{key} is no more in the file", where=self.name)
        return self._pieces[key]


def _word_of(draft: GroupDraft) -> ScalarNode | None:
    """Where a group's decision is written; None where it is a block of lines."""
    value = draft.node.value("decision")
    one_line = isinstance(value, ScalarNode) and value.end - value.start <= len(value.text) + len("''")
    return value if one_line else None  # type: ignore[return-value]


def _sharing_of(groups: Mapping[str, RepairGroup]) -> Mapping[str, frozenset[str]]:
    having: dict[int, set[str]] = defaultdict(set)
    for group in groups.values():
        for play in group.plays:
            having[play.id].add(group.key)
    found: dict[str, set[str]] = defaultdict(set)
    for keys in _several(having.values()):
        for key in keys:
            found[key] |= keys - {key}
    return {key: frozenset(others) for key, others in found.items()}


def _several(every: Iterable[set[str]]) -> Iterable[set[str]]:
    return (keys for keys in every if len(keys) > 1)
