"""`review` of a repair file: what can be answered of a group, and what an answer does, by whichever face."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from anitrakt_plan.commands.plan_file import Change, EntryChanged, FileReview, ReviewedFile, Written
from anitrakt_plan.model.repair import Repair, RepairDecision, RepairGroup
from anitrakt_plan.planfile.edit import EntryGone
from anitrakt_plan.planfile.open_repair import OpenRepair
from anitrakt_plan.planfile.repair import load_repair
from anitrakt_plan.words import pluralize

Decided = Written[str, tuple[RepairDecision, str]]
"""What a write did to groups: their decisions, and the words that stood for them."""


class RepairFile(ReviewedFile[OpenRepair, str, tuple[RepairDecision, str]]):
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
            written: Decided = Written()
            wanted = {}
            for shown, decision in answers:
                try:
                    self._check_shown(shown.key, opened.group(shown.key), shown)
                except (EntryChanged, EntryGone) as refused:
                    written.refused[shown.key] = refused
                else:
                    wanted[shown.key] = decision
            after = opened.decided(wanted)
            stood = ((key, _stands_as(opened, key), _stands_as(after, key)) for key in wanted)
            written.changes = [Change(key, was, now) for key, was, now in stood if was != now]
            return after, written

        return self._rewrite(answered)

    def _without(self, opened: OpenRepair, change: Change[str, tuple[RepairDecision, str]]) -> OpenRepair:
        (decision, before), (_, now) = change.before, change.after
        return opened.put_back(change.key, now=now, before=before, decision=decision)


def _stands_as(opened: OpenRepair, key: str) -> tuple[RepairDecision, str]:
    group = opened.group(key)
    assert group is not None  # what is not there can't be decided
    return group.decision, opened.word_of(key)


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


class RepairSession(FileReview[RepairFile]):
    """One review of a repair: the rules for each answer. `queue` are the groups to walk through."""

    def __init__(self, file: RepairFile, queue: Sequence[str] = ()) -> None:
        super().__init__(file)
        self.queue = tuple(queue)

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
        for refused in self._noted(self.file.save([(shown, decision)])).refused.values():
            raise refused

    def decide_all(self, alike: Alike) -> Decided:
        """Do what is suggested for each of these; what was changed meanwhile stays as it is and is named."""
        return self._noted(self.file.save([(group, group.suggest) for group in alike.groups]))


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
