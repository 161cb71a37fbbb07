"""The plan file during a review: each answer is in it at once, and nobody else's change is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from anitrakt_plan.core.model import Address, Decision, EntryKey, Match, Plan, PlanEntry
from anitrakt_plan.document import Loaded, load_plan, read_plan
from anitrakt_plan.document.edit import KEEP, EntryGone, Keep, edited
from anitrakt_plan.errors import Failed, PlanInvalid

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
            self._take(load_plan(raw, str(self.path)))

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
