"""`review`: which entries are asked about, in which order, and what has become of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol, Required, TypedDict, Unpack

from anitrakt_plan.commands.explain import Evidence
from anitrakt_plan.commands.lookup import MAX_OFFERS, Offer, with_days
from anitrakt_plan.commands.services import KNOWN_SERVICES
from anitrakt_plan.commands.show import confidence_of, select
from anitrakt_plan.errors import AnitraktError, Failed, PlanInvalid
from anitrakt_plan.matching.evidence import same_work
from anitrakt_plan.model import (
    Address,
    Catalogue,
    Decision,
    EntryKey,
    Match,
    MovieMatch,
    Plan,
    PlanEntry,
    Season,
    SeasonsOf,
    ShowMatch,
    WorkId,
)
from anitrakt_plan.model.addresses import page_of_work
from anitrakt_plan.model.matches import parse_match
from anitrakt_plan.model.sending import WHOLE, Holders, is_open, is_sent, kinds_sent
from anitrakt_plan.planfile import Loaded, load_plan, names_match, parse_hint, read_bytes, read_plan
from anitrakt_plan.planfile.edit import KEEP, EntryGone, Keep, edited
from anitrakt_plan.words import pluralize


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


def queue_of(
    plan: Plan, *, patterns: Iterable[str] = (), auto: bool = False, in_order: bool = False
) -> tuple[EntryKey, ...]:
    """The entries to walk through.

    Those that wait in `review`, the most watched episodes first, or with `in_order` as in the file; with `auto` the
    automatic ones that send something instead, the least certain first; with patterns exactly what they name. Raises
    BadUsage where one names nothing.
    """
    if patterns := tuple(patterns):
        wanted = select(plan.entries, patterns, several=True)
        return tuple(entry.key for entry in plan.entries if entry.key in wanted)
    is_asked_about, order = (_sends_unasked, _certainty) if auto else (is_open, _least_watched)
    found = [entry for entry in plan.entries if is_asked_about(plan, entry)]
    return tuple(entry.key for entry in (found if in_order else sorted(found, key=order)))


def _sends_unasked(plan: Plan, entry: PlanEntry) -> bool:
    return entry.decision is Decision.AUTO and is_sent(plan, entry) and bool(kinds_sent(plan, entry))


def _certainty(entry: PlanEntry) -> float:
    return confidence_of(entry) or 0.0


def _least_watched(entry: PlanEntry) -> int:
    """Minus how many episodes hang on the answer."""
    done = entry.progress.status in WHOLE
    return -((entry.facts.episodes if done else None) or entry.progress.watched)


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

    def free(self, shown: PlanEntry, offers: Iterable[Offer]) -> tuple[Offer, ...]:
        """What of these offers no other sent entry of the plan holds by now; the entry's own match stays."""
        plan = self._file.plan
        others = (entry for entry in plan.entries if entry.key != shown.key)
        holders = Holders.of(others, plan.source.statuses, plan.policy.send)
        return tuple(offer for offer in offers if offer.own or holders.of_any(offer.match) is None)

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
        return self._save(
            shown, Outcome.CONFIRMED, decision=Decision.CONFIRMED, match=match, sure=sure, hint=hint
        )

    def skip(self, shown: PlanEntry, note: str | None = None) -> PlanEntry:
        """Never send the entry; a note that is given takes the place of the old one."""
        return self._save(shown, Outcome.SKIPPED, decision=Decision.SKIP, note=note or KEEP)

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

    def _save(self, shown: PlanEntry, outcome: Outcome, **answer: Unpack[Answer]) -> PlanEntry:
        try:
            saved = self._file.save(shown, **answer)
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


class Answer(TypedDict, total=False):
    """What a person said of an entry; `hint` is what goes behind `#>` after the match: whose page it is."""

    decision: Required[Decision]
    match: Match | Address | Keep
    note: str | Keep
    sure: bool
    hint: str | None


class PlanFile:
    """A plan file that is read again whenever its bytes have changed. Raises PlanInvalid where it has errors."""

    def __init__(self, path: Path, write: Write) -> None:
        self.path = path
        self._write = write
        self._loaded = read_plan(path, services=KNOWN_SERVICES)
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
        raw = read_bytes(self.path)
        if raw != self._loaded.raw:
            self._take(load_plan(raw, str(self.path), services=KNOWN_SERVICES))

    def save(self, shown: PlanEntry, **answer: Unpack[Answer]) -> PlanEntry:
        """Write the answer to an entry that a person saw as `shown`; returns the entry as it stands now.

        A file that others wrote meanwhile is read again and the answer goes into the new text. Raises EntryChanged
        where they decided this entry, EntryGone where they took it out, EntryRefused where the answer can't stand.
        """
        for tries_left in reversed(range(_TRIES)):
            self.refresh()
            self._check_unchanged(shown)
            before = self._loaded
            after = edited(before, shown.key, **answer)
            if after is before:
                break
            try:
                self._write(self.path, after.raw, expected=before.raw)
            except Failed:
                # only a file that somebody wrote in this very moment is worth another try
                if not tries_left or self.path.read_bytes() == before.raw:
                    raise
            else:
                self._take(after)
                break
        return self._index[shown.key]

    def _check_unchanged(self, shown: PlanEntry) -> None:
        now = self._index.get(shown.key)
        if now is None:
            raise EntryGone(f"{shown.key} is no more in the file", where=str(self.path))
        if _of_person(now) != _of_person(shown):
            raise EntryChanged(f"{shown.key} was changed in the file meanwhile", where=str(self.path))

    def _take(self, loaded: Loaded) -> None:
        if loaded.plan is None:
            first = loaded.errors[0]
            raise PlanInvalid(
                f"{self.path} has {pluralize(len(loaded.errors), 'error')}, the first in line {first.position.line}: "
                f"{first.message}",
                todo=f"See them all with `anitrakt validate {self.path}`; what was answered before is kept.",
            )
        self._loaded = loaded
        self._index = {entry.key: entry for entry in loaded.plan.entries}


def _of_person(entry: PlanEntry) -> tuple[object, ...]:
    """What an answer must not overwrite, and the facts it was given by."""
    return entry.decision, entry.match, entry.sure, entry.note, entry.facts


# --- what a person can choose from ---


class Seasons:
    """The seasons of shows, from Trakt until that fails once, from then on from what is known already."""

    def __init__(self, catalogue: Catalogue | None, known_seasons: SeasonsOf) -> None:
        self._catalogue = catalogue
        self._known_seasons = known_seasons

    def __call__(self, show_id: WorkId) -> tuple[Season, ...] | None:
        """A show's seasons, None where nobody can say; they only adorn a review, so nothing is raised."""
        if self._catalogue is not None:
            try:
                return self._catalogue.seasons(show_id)
            except AnitraktError:
                self._catalogue = None
        return self._known_seasons(show_id)


def offers_of(entry: PlanEntry, evidence: Evidence | None, known_seasons: SeasonsOf) -> tuple[Offer, ...]:
    """What the file, and the evidence that `plan` kept on this machine, have to choose from; the best first."""
    found = [
        Offer(one.match, one.title, one.year, one.url, one.confidence, one.why) for one in entry.candidates
    ]
    if not found and evidence is not None:
        found = list(_of_evidence(evidence))
    if match := entry.resolved:
        others = [offer for offer in found if offer.match != match]
        same = next((offer for offer in found if offer.match == match), None)
        found = [replace(same or _named(entry, match, others), own=True), *others]
    return tuple(with_days(offer, known_seasons) for offer in found[:MAX_OFFERS])


def _of_evidence(evidence: Evidence) -> Iterator[Offer]:
    for line in evidence.candidates:
        with suppress(ValueError):  # written by another version; it is only a help
            reasons = tuple(signal.name for signal in line.signals if signal.weight > 1)
            yield Offer(parse_match(line.match), line.title, line.year, line.url, line.confidence, reasons)


def _named(entry: PlanEntry, match: Match, others: Sequence[Offer]) -> Offer:
    """The entry's own match, named by what stands behind it in the file, or by another place in the same show."""
    hint = parse_hint(entry.hint)
    if hint.title and names_match(entry.hint, match):
        return Offer(match, hint.title, hint.year, page_of_work(match), hint.confidence)
    for other in others:
        if isinstance(match, ShowMatch) and same_work(match, other.match):
            return Offer(match, other.title, other.year, other.url)
    name = f"film {match.movie}" if isinstance(match, MovieMatch) else f"show {match.show}"
    return Offer(match, name, None, page_of_work(match))
