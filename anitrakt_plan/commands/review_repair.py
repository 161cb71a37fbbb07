"""`review` of a repair file: what can be answered of a group, and what an answer does, by whichever face."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from anitrakt_plan.commands.plan_file import EntryChanged, ReviewedFile
from anitrakt_plan.errors import AnitraktError
from anitrakt_plan.model.repair import Repair, RepairDecision, RepairGroup
from anitrakt_plan.planfile.edit import EntryGone, EntryRefused
from anitrakt_plan.planfile.open_plan import TextChanged
from anitrakt_plan.planfile.open_repair import OpenRepair
from anitrakt_plan.planfile.repair import load_repair
from anitrakt_plan.words import pluralize


@dataclass(frozen=True, slots=True)
class GroupChange:
    """A group's decision before and after an answer, and the words that stood for it."""

    key: str
    before: RepairDecision
    word_before: str
    word_after: str


@dataclass(slots=True)
class Decided:
    """What one write did, and the groups whose answers could not stand, each with why."""

    changes: list[GroupChange] = field(default_factory=list)
    refused: dict[str, AnitraktError] = field(default_factory=dict)


class RepairFile(ReviewedFile[OpenRepair]):
    """A repair file during a review."""

    def _load(self, raw: bytes) -> OpenRepair:
        loaded = load_repair(raw, str(self.path))
        if loaded.repair is None:
            raise self._invalid(loaded)
        return OpenRepair.of(loaded)

    @property
    def repair(self) -> Repair:
        """The repair as it was last read or written."""
        return self._open.repair

    def group(self, key: str) -> RepairGroup | None:
        """A group as it stands in the file now; None where it is there no more. Raises PlanInvalid and Failed."""
        self.refresh()
        return self._open.group(key)

    def lines_of(self, key: str) -> str:
        """A group's own lines, as they were last read or written. Raises EntryGone."""
        return self._open.lines_of(key)

    def save(self, answers: Sequence[tuple[RepairGroup, RepairDecision]]) -> Decided:
        """Write the decisions on groups, each as a person saw it, into the text as it is by now.

        What was changed by others since (EntryChanged) or is there no more (EntryGone) is left as it is, and named.
        Raises EntryRefused where the file would have errors; nothing is written then.
        """

        def answered(opened: OpenRepair) -> tuple[OpenRepair, Decided]:
            result = Decided()
            for shown, _ in answers:
                if why := self._why_not(opened, shown):
                    result.refused[shown.key] = why
            wanted = {shown.key: decision for shown, decision in answers if shown.key not in result.refused}
            after = opened.decided(wanted)
            result.changes = [
                GroupChange(key, group.decision, opened.word_of(key), after.word_of(key))
                for key in wanted
                if (group := opened.group(key)) is not None and opened.word_of(key) != after.word_of(key)
            ]
            return after, result

        return self._rewrite(answered)

    def _why_not(self, opened: OpenRepair, shown: RepairGroup) -> AnitraktError | None:
        now = opened.group(shown.key)
        if now is None:
            return EntryGone(f"{shown.key} is no more in the file", where=str(self.path))
        if now != shown:
            return EntryChanged(f"{shown.key} was changed in the file meanwhile", where=str(self.path))
        return None

    def put_back(self, changes: Iterable[GroupChange]) -> Decided:
        """Take decisions back, to the byte. What was decided otherwise in the file since is left as it is."""

        def taken_back(opened: OpenRepair) -> tuple[OpenRepair, Decided]:
            result = Decided()
            for one in changes:
                try:
                    opened = opened.put_back(
                        one.key, now=one.word_after, before=one.word_before, decision=one.before
                    )
                except (TextChanged, EntryGone, EntryRefused) as refused:
                    result.refused[one.key] = refused
                else:
                    result.changes.append(one)
            return opened, result

        changes = list(changes)
        return self._rewrite(taken_back)


@dataclass(frozen=True, slots=True)
class Alike:
    """Groups of one kind with one suggestion, to be decided at once: what that does is said before."""

    groups: tuple[RepairGroup, ...]

    @property
    def sentence(self) -> str:
        """How many plays of how many groups: `Remove 412 plays in 37 groups (doubled)`."""
        first, plays = self.groups[0], sum(len(one.plays) for one in self.groups)
        verb = first.suggest.value.capitalize()
        return f"{verb} {pluralize(plays, 'play')} in {pluralize(len(self.groups), 'group')} ({first.kind.value})"

    @property
    def question(self) -> str:
        """The same as a question that names the largest of them."""
        largest = sorted(self.groups, key=lambda one: -len(one.plays))[:3]
        named = ", ".join(f"{one.about} ({len(one.plays)})" for one in largest)
        return f"{self.sentence}: {named}{' ...' if len(self.groups) > len(largest) else ''}?"


class RepairSession:
    """One review of a repair, by whichever face: the rules for each answer. `queue` are the groups to walk through.

    Each answer is written before it returns, and can be taken back.
    """

    def __init__(self, file: RepairFile, queue: Sequence[str] = ()) -> None:
        self.file = file
        self.queue = tuple(queue)
        self._undo: list[list[GroupChange]] = []

    @property
    def can_undo(self) -> int:
        """How many answers can be taken back."""
        return len(self._undo)

    @property
    def waiting(self) -> tuple[RepairGroup, ...]:
        """The groups that nobody has decided."""
        return tuple(group for group in self.file.repair.groups if is_waiting(group))

    def alike(self, group: RepairGroup, among: Iterable[RepairGroup] | None = None) -> Alike:
        """The groups that wait, of this group's kind and suggestion; `among` these, or all of the file."""
        mine = group.kind, group.suggest
        some = self.waiting if among is None else filter(is_waiting, among)
        return Alike(tuple(one for one in some if (one.kind, one.suggest) == mine))

    def decide(self, shown: RepairGroup, decision: RepairDecision) -> None:
        """Decide a group; `review` opens it again.

        Raises EntryRefused where it can't be decided so, EntryChanged where it is not what was shown, and EntryGone.
        """
        result = self._save([(shown, decision)])
        for refused in result.refused.values():
            raise refused

    def decide_all(self, alike: Alike) -> Decided:
        """Do what is suggested for each of these; what was changed meanwhile stays as it is and is named."""
        return self._save([(group, group.suggest) for group in alike.groups])

    def _save(self, answers: Sequence[tuple[RepairGroup, RepairDecision]]) -> Decided:
        result = self.file.save(answers)
        if result.changes:
            self._undo.append(result.changes)
        return result

    def undo(self) -> Decided:
        """Take the newest answer back that was not, to the byte. Raises ValueError where there is none."""
        if not self._undo:
            raise ValueError("there is nothing to take back in this review")
        result = self.file.put_back(self._undo[-1])
        self._undo.pop()
        return result


def is_waiting(group: RepairGroup) -> bool:
    """Whether nobody has decided it."""
    return group.decision is RepairDecision.REVIEW


def possible(group: RepairGroup) -> tuple[RepairDecision, ...]:
    """What can be decided of a group: what is suggested first, and a redate only where it names a day."""
    some = [RepairDecision.KEEP, RepairDecision.REMOVE, RepairDecision.REDATE]
    some.sort(key=lambda decision: decision is not group.suggest)
    return tuple(one for one in some if one is not RepairDecision.REDATE or group.to is not None)


def next_after_groups(path: Path) -> str:
    """What to do once groups are decided."""
    return f"Next: `anitrakt diff {path}` shows what would be done, and `anitrakt apply {path}` does it."
