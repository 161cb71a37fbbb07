"""`review`: which entries are asked about, in which order, and what has become of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from anitrakt_plan.commands.services import KNOWN_SERVICES
from anitrakt_plan.commands.show import confidence_of, select
from anitrakt_plan.errors import Failed, PlanInvalid
from anitrakt_plan.model import Address, Decision, EntryKey, Match, Plan, PlanEntry, Status
from anitrakt_plan.model.sending import is_open, is_sent, kinds_sent
from anitrakt_plan.planfile import Loaded, load_plan, read_plan
from anitrakt_plan.planfile.edit import KEEP, EntryGone, Keep, edited


class Outcome(StrEnum):
    """What became of an entry in this review."""

    CONFIRMED = "confirmed"
    SKIPPED = "skipped"
    LATER = "left for later"
    GONE = "gone from the file"


@dataclass(frozen=True, slots=True)
class Step:
    """The entry that is asked about now, the how-many-th of how many, and what was said of it in this review."""

    entry: PlanEntry
    number: int
    total: int
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What a review has come to; `open` counts the entries of the whole file that still wait for a decision."""

    confirmed: int
    skipped: int
    later: int
    open: int

    @property
    def answered(self) -> int:
        """How many entries were decided."""
        return self.confirmed + self.skipped


def queue_of(
    plan: Plan, *, patterns: Iterable[str] = (), auto: bool = False, in_order: bool = False
) -> tuple[EntryKey, ...]:
    """The entries to walk through.

    Those that wait in `review`, the most watched episodes first, or with `in_order` as in the file; with `auto` the
    automatic ones that send something instead, the least certain first; with patterns exactly what they name. Raises
    BadUsage where one names nothing.
    """
    patterns = tuple(patterns)
    if patterns:
        wanted = select(plan.entries, patterns, several=True)
        return tuple(entry.key for entry in plan.entries if entry.key in wanted)
    if auto:
        found = [
            e
            for e in plan.entries
            if e.decision is Decision.AUTO and is_sent(plan, e) and kinds_sent(plan, e)
        ]
    else:
        found = [e for e in plan.entries if is_open(plan, e)]
    if auto and not in_order:
        found.sort(key=lambda entry: confidence_of(entry) or 0.0)
    elif not in_order:
        found.sort(key=lambda entry: -_worth(entry))
    return tuple(entry.key for entry in found)


def _worth(entry: PlanEntry) -> int:
    """How many episodes hang on the answer."""
    done = entry.progress.status in (Status.COMPLETED, Status.REPEATING)
    return (entry.facts.episodes if done else None) or entry.progress.watched


class Session:
    """One walk through some entries of a plan. Each answer is written before the next entry comes up.

    Methods that write raise what `PlanFile.save` raises; the session then stays where it is.
    """

    def __init__(self, file: PlanFile, queue: Sequence[EntryKey]) -> None:
        self._file = file
        self._queue = tuple(queue)
        self._at = 0
        self._outcomes: dict[EntryKey, Outcome] = {}

    def current(self) -> Step | None:
        """The entry to ask about, as it stands in the file now; None at the end. Raises PlanInvalid and Failed."""
        while self._at < len(self._queue):
            key = self._queue[self._at]
            entry = self._file.entry(key)
            if entry is not None:
                return Step(entry, self._at + 1, len(self._queue), self._outcomes.get(key))
            self._done(key, Outcome.GONE)
        return None

    def confirm(
        self,
        shown: PlanEntry,
        match: Match | Address | Keep = KEEP,
        *,
        hint: str | None = None,
        sure: bool = False,
    ) -> PlanEntry:
        """Confirm the entry with this match, or with the one it has; `sure` where the person insists on it."""
        if match is not KEEP and match == shown.match and shown.sure == sure:
            match = KEEP  # its text and its comments stay as the person wrote them
        return self._save(shown, Answer(Decision.CONFIRMED, match, sure=sure, hint=hint), Outcome.CONFIRMED)

    def skip(self, shown: PlanEntry, note: str | None = None) -> PlanEntry:
        """Never send the entry; a note that is given takes the place of the old one."""
        return self._save(shown, Answer(Decision.SKIP, note=note or KEEP), Outcome.SKIPPED)

    def later(self, shown: PlanEntry) -> None:
        """Leave the entry as it is, and go on."""
        self._done(shown.key, self._outcomes.get(shown.key, Outcome.LATER))

    def back(self) -> bool:
        """Go back to the entry before; False at the first one."""
        if self._at == 0:
            return False
        self._at -= 1
        while self._at > 0 and self._outcomes.get(self._queue[self._at]) is Outcome.GONE:
            self._at -= 1
        return True

    def summary(self) -> Summary:
        """What the review has come to by now."""
        outcomes = list(self._outcomes.values())
        return Summary(
            confirmed=outcomes.count(Outcome.CONFIRMED),
            skipped=outcomes.count(Outcome.SKIPPED),
            later=outcomes.count(Outcome.LATER),
            open=len(queue_of(self._file.plan)),
        )

    def _save(self, shown: PlanEntry, answer: Answer, outcome: Outcome) -> PlanEntry:
        try:
            saved = self._file.save(shown, answer)
        except EntryGone:
            self._done(shown.key, Outcome.GONE)
            raise
        self._done(shown.key, outcome)
        return saved

    def _done(self, key: EntryKey, outcome: Outcome) -> None:
        self._outcomes[key] = outcome
        self._at = self._queue.index(key) + 1


# --- the plan file during a review ---


_TRIES = 5


class EntryChanged(Failed):
    """Somebody decided the entry, or changed its match or note, since it was shown."""


class Write(Protocol):
    """Writes a file where its bytes are still those that were read; raises Failed where they are not."""

    def __call__(self, path: Path, data: bytes, *, expected: bytes | None) -> None: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said of an entry; `hint` is what goes behind `#>` after the match: whose page it is."""

    decision: Decision
    match: Match | Address | Keep | None = KEEP
    note: str | Keep | None = KEEP
    sure: bool = False
    hint: str | None = None


class PlanFile:
    """A plan file that is read again whenever its bytes have changed. Raises PlanInvalid where it has errors."""

    def __init__(self, path: Path, write: Write, read: Callable[[Path], Loaded] = read_plan) -> None:
        self.path = path
        self._write = write
        self._loaded = read(path)
        self._index: dict[EntryKey, PlanEntry] = {}
        self._take(self._loaded)

    @property
    def plan(self) -> Plan:
        """The plan as it was last read or written."""
        assert self._loaded.plan is not None  # `_take` refuses others
        return self._loaded.plan

    def entry(self, key: EntryKey) -> PlanEntry | None:
        """An entry as it stands in the file now; None where it is there no more. Raises PlanInvalid and Failed."""
        self.refresh()
        return self._index.get(key)

    def refresh(self) -> None:
        """Read the file again if its bytes are others. Raises Failed and PlanInvalid."""
        try:
            raw = self.path.read_bytes()
        except OSError as error:
            raise Failed(f"the plan can't be read: {error.strerror or error}", where=str(self.path)) from None
        if raw != self._loaded.raw:
            self._take(load_plan(raw, str(self.path), services=KNOWN_SERVICES))

    def save(self, shown: PlanEntry, answer: Answer) -> PlanEntry:
        """Write the answer to an entry that a person saw as `shown`; returns the entry as it stands now.

        A file that others wrote meanwhile is read again and the answer goes into the new text. Raises EntryChanged
        where they decided this entry, EntryGone where they took it out, EntryRefused where the answer can't stand.
        """
        for left in reversed(range(_TRIES)):
            self.refresh()
            self._check_unchanged(shown)
            before = self._loaded
            after = edited(
                before,
                shown.key,
                decision=answer.decision,
                match=answer.match,
                note=answer.note,
                sure=answer.sure,
                hint=answer.hint,
            )
            if after is before:
                break
            try:
                self._write(self.path, after.raw, expected=before.raw)
            except Failed:
                # only a file that somebody wrote in this very moment is worth another try
                if left == 0 or self.path.read_bytes() == before.raw:
                    raise
                continue
            self._take(after)
            break
        return self._index[shown.key]

    def _check_unchanged(self, shown: PlanEntry) -> None:
        now = self._index.get(shown.key)
        if now is None:
            raise EntryGone(f"{shown.key} is no more in the file", where=str(self.path))
        if (now.decision, now.match, now.sure, now.note, now.facts) != (
            shown.decision,
            shown.match,
            shown.sure,
            shown.note,
            shown.facts,
        ):
            raise EntryChanged(f"{shown.key} was changed in the file meanwhile", where=str(self.path))

    def _take(self, loaded: Loaded) -> None:
        if loaded.plan is None:
            first = loaded.errors[0]
            raise PlanInvalid(
                f"{self.path} has {len(loaded.errors)} error{'s' * (len(loaded.errors) != 1)}, the first in line "
                f"{first.position.line}: {first.message}",
                todo=f"See them all with `anitrakt validate {self.path}`; what was answered before is kept.",
            )
        self._loaded = loaded
        self._index = {entry.key: entry for entry in loaded.plan.entries}
