"""A file during a review: read again when others have written it, written answer by answer, and taken back so."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, Required, TypedDict, TypeVar

from anitrakt_plan.commands.services import KNOWN_SERVICES
from anitrakt_plan.errors import AnitraktError, Failed, PlanInvalid
from anitrakt_plan.model import Address, Decision, EntryKey, Match, Plan, PlanEntry
from anitrakt_plan.planfile import load_plan, read_bytes
from anitrakt_plan.planfile.edit import EntryGone, EntryRefused, Keep
from anitrakt_plan.planfile.load import LoadedFile
from anitrakt_plan.planfile.open_plan import OpenPlan, TextChanged
from anitrakt_plan.words import pluralize

_TRIES = 5


class EntryChanged(Failed):
    """Somebody decided the entry, or changed its match or note, since it was shown."""


class Write(Protocol):
    """Writes a file where its bytes are still those that were read; raises Failed where they are not."""

    def __call__(self, path: Path, data: bytes, *, expected: bytes | None) -> None: ...


class Answer(TypedDict, total=False):
    """What a person said of an entry; `hint` is what goes behind `#>` after the match: whose page it is."""

    decision: Required[Decision]
    match: Match | Address | Keep | None
    note: str | Keep
    sure: bool
    hint: str | None


_Key = TypeVar("_Key")
_Stood = TypeVar("_Stood")


@dataclass(frozen=True, slots=True)
class Change(Generic[_Key, _Stood]):
    """What stood in the file for an entry, or a group, before and after an answer."""

    key: _Key
    before: _Stood
    after: _Stood


@dataclass(slots=True)
class Written(Generic[_Key, _Stood]):
    """What one write did, and the entries or groups whose answers could not stand, each with why."""

    changes: list[Change[_Key, _Stood]] = field(default_factory=list)
    refused: dict[_Key, AnitraktError] = field(default_factory=dict)


class Opened(Protocol):
    """A file that is open for answers, as it was last read or written."""

    @property
    def text(self) -> str: ...

    @property
    def raw(self) -> bytes: ...


_T = TypeVar("_T")
_Open = TypeVar("_Open", bound=Opened)


class ReviewedFile(ABC, Generic[_Open, _Key, _Stood]):
    """A file of ours during a review: read again whenever its bytes have changed. Raises PlanInvalid for errors."""

    def __init__(self, path: Path, write: Write) -> None:
        self.path = path
        self._write = write
        self._raw = b""
        self.refresh()

    @abstractmethod
    def _load(self, raw: bytes) -> _Open:
        """The file of these bytes, open. Raises PlanInvalid."""

    @abstractmethod
    def _without(self, opened: _Open, change: Change[_Key, _Stood]) -> _Open:
        """The file as it was before an answer. Raises TextChanged, EntryGone and EntryRefused."""

    @property
    def version(self) -> str:
        """The text as it was last read or written."""
        return self._open.text

    def refresh(self) -> None:
        """Read the file again if its bytes are others. Raises Failed and PlanInvalid."""
        raw = read_bytes(self.path)
        if raw != self._raw:
            self._raw, self._open = raw, self._load(raw)

    def put_back(self, changes: Iterable[Change[_Key, _Stood]]) -> Written[_Key, _Stood]:
        """Take answers back, to the byte. What was changed in the file since is left as it is."""
        changes = list(changes)

        def taken_back(opened: _Open) -> tuple[_Open, Written[_Key, _Stood]]:
            written: Written[_Key, _Stood] = Written()
            for change in changes:
                try:
                    opened = self._without(opened, change)
                except (TextChanged, EntryGone, EntryRefused) as refused:
                    written.refused[change.key] = refused
                else:
                    written.changes.append(change)
            return opened, written

        return self._rewrite(taken_back)

    def _check_shown(self, key: _Key, now: object, shown: object) -> None:
        """Raise EntryGone or EntryChanged where something stands in the file otherwise than it was shown."""
        if now is None:
            raise EntryGone(f"{key} is no more in the file", where=str(self.path))
        if now != shown:
            raise EntryChanged(f"{key} was changed in the file meanwhile", where=str(self.path))

    def _rewrite(self, step: Callable[[_Open], tuple[_Open, _T]]) -> _T:
        """Write what a step makes of the file as it is by now, and return what it says of that."""
        for tries_left in reversed(range(_TRIES)):
            self.refresh()
            after, result = step(self._open)
            if after is self._open:
                return result
            raw = after.raw
            try:
                self._write(self.path, raw, expected=self._raw)
            except Failed:
                # only a file that somebody wrote in this very moment is worth another try
                if not tries_left or self.path.read_bytes() == self._raw:
                    raise
            else:
                self._raw, self._open = raw, after
                return result
        raise AssertionError("the last try returns or raises")

    def _invalid(self, loaded: LoadedFile) -> PlanInvalid:
        first = loaded.errors[0]
        return PlanInvalid(
            f"{self.path} has {pluralize(len(loaded.errors), 'error')}, the first in line {first.position.line}: "
            f"{first.message}",
            todo=f"See them all with `anitrakt validate {self.path}`; what was answered before is kept.",
        )


_File = TypeVar("_File", bound=ReviewedFile[Any, Any, Any])


class FileReview(Generic[_File]):
    """One review of a file, by whichever face: each answer is written before it returns, and can be taken back."""

    def __init__(self, file: _File) -> None:
        self.file = file
        self._answers: list[list[Change[Any, Any]]] = []

    @property
    def can_undo(self) -> int:
        """How many answers can be taken back."""
        return len(self._answers)

    def undo(self) -> Written[Any, Any]:
        """Take the newest answer back that was not, to the byte. Raises ValueError where there is none."""
        if not self._answers:
            raise ValueError("there is nothing to take back in this review")
        written = self.file.put_back(reversed(self._answers[-1]))
        self._answers.pop()
        return written

    def _noted(self, written: Written[_Key, _Stood]) -> Written[_Key, _Stood]:
        if written.changes:
            self._answers.append(written.changes)
        return written


PlanWritten = Written[EntryKey, str]
"""What a write did to entries, by their lines."""


class PlanFile(ReviewedFile[OpenPlan, EntryKey, str]):
    """A plan file during a review."""

    def _load(self, raw: bytes) -> OpenPlan:
        loaded = load_plan(raw, str(self.path), services=KNOWN_SERVICES)
        if loaded.plan is None:
            raise self._invalid(loaded)
        return OpenPlan.of(loaded)

    @property
    def plan(self) -> Plan:
        """The plan as it was last read or written."""
        return self._open.plan

    def entry(self, key: EntryKey) -> PlanEntry | None:
        """An entry as it stands in the file now; None where it is there no more. Raises PlanInvalid and Failed."""
        self.refresh()
        return self._open.entry(key)

    def lines_of(self, key: EntryKey) -> str:
        """An entry's own lines, as they were last read or written. Raises EntryGone."""
        return self._open.lines_of(key)

    def save_all(self, answers: Sequence[tuple[PlanEntry, Answer]]) -> PlanWritten:
        """Write the answers to entries, each as a person saw it (`shown`), into the text as it is by now.

        What can't stand (EntryRefused), was decided by others since (EntryChanged) or is there no more (EntryGone) is
        left as it is, and named.
        """

        def answered(opened: OpenPlan) -> tuple[OpenPlan, PlanWritten]:
            written: PlanWritten = Written()
            for shown, answer in answers:
                try:
                    now = opened.entry(shown.key)
                    self._check_shown(shown.key, now and _of_person(now), _of_person(shown))
                    after = opened.answered(shown.key, **answer)
                except (EntryChanged, EntryGone, EntryRefused) as refused:
                    written.refused[shown.key] = refused
                    continue
                if after is not opened:
                    change = Change(shown.key, opened.lines_of(shown.key), after.lines_of(shown.key))
                    written.changes.append(change)
                opened = after
            return opened, written

        return self._rewrite(answered)

    def _without(self, opened: OpenPlan, change: Change[EntryKey, str]) -> OpenPlan:
        return opened.put_back(change.key, now=change.after, before=change.before)


def _of_person(entry: PlanEntry) -> tuple[object, ...]:
    """What an answer must not overwrite, and the facts it was given by."""
    return entry.decision, entry.match, entry.sure, entry.note, entry.facts
