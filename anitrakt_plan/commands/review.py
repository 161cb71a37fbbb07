"""`review`: which entries are asked about, in which order, and what has become of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain

from anitrakt_plan.commands.doubts import ACCEPT_FROM, Offer, doubts, misfit
from anitrakt_plan.commands.explain import Evidence, EvidenceFile
from anitrakt_plan.commands.lookup import MAX_OFFERS, with_days
from anitrakt_plan.commands.plan_file import Answer, FileReview, PlanFile, PlanWritten
from anitrakt_plan.commands.show import confidence_of, select
from anitrakt_plan.commands.side_by_side import together
from anitrakt_plan.errors import AnitraktError
from anitrakt_plan.matching.evidence import Speaks, same_work
from anitrakt_plan.matching.titles import read_title
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
    Straight,
    WorkId,
)
from anitrakt_plan.model.addresses import page_of_work
from anitrakt_plan.model.matches import format_match, parse_match
from anitrakt_plan.model.sending import Holders, is_open, is_sent, kinds_sent
from anitrakt_plan.planfile import names_match, parse_hint
from anitrakt_plan.planfile.edit import KEEP, EntryGone, Keep
from anitrakt_plan.words import percent, pluralize, printable, quoted


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

    Those that wait in `review`, first what has candidates, the most watched episodes first, or with `in_order` as in
    the file; with `auto` the automatic ones that send something instead, the least certain first; with patterns exactly
    what they name. Raises BadUsage where one names nothing.
    """
    if patterns := tuple(patterns):
        wanted = select(plan.entries, patterns, several=True)
        return tuple(entry.key for entry in plan.entries if entry.key in wanted)
    is_asked_about = _sends_unasked if auto else is_open
    found = [entry for entry in plan.entries if is_asked_about(plan, entry)]
    if not in_order:
        found.sort(key=_certainty if auto else _worth)
    return tuple(entry.key for entry in found)


def _sends_unasked(plan: Plan, entry: PlanEntry) -> bool:
    return entry.decision is Decision.AUTO and is_sent(plan, entry) and bool(kinds_sent(plan, entry))


def _certainty(entry: PlanEntry) -> float:
    return confidence_of(entry) or 0.0


def _worth(entry: PlanEntry) -> tuple[bool, int]:
    """What there is something to choose for comes first, and then on what most episodes hang."""
    done = entry.progress.is_complete
    return not entry.candidates, -((entry.facts.episodes if done else None) or entry.progress.watched)


def franchises(entries: Iterable[PlanEntry]) -> dict[EntryKey, int]:
    """Which entries belong together: those with one show among their likely places, or with one name.

    Each entry's number is the same as that of all its relatives.
    """
    parents: dict[object, object] = {}

    def root(one: object) -> object:
        while one in parents and parents[one] != one:
            one = parents[one]
        return one

    entries = tuple(entries)
    for entry in entries:
        likely = [one.match for one in entry.candidates if one.confidence >= ACCEPT_FROM]
        found = [*filter(None, [entry.resolved]), *likely]
        shows = [("show", one.show) for one in found if isinstance(one, ShowMatch)]
        names = [("name", base) for title in entry.titles if (base := read_title(title).head)]
        for mark in (*shows, *names):
            parents[root(mark)] = root(entry.key)
    numbers: dict[object, int] = {}
    return {entry.key: numbers.setdefault(root(entry.key), len(numbers)) for entry in entries}


class Doubted(ValueError):
    """Something speaks against a choice; it is written only for a person who insists on it."""

    def __init__(self, entry: PlanEntry, offer: Offer, doubts: Sequence[str]) -> None:
        super().__init__("; ".join(doubts))
        self.entry, self.offer, self.doubts = entry, offer, tuple(doubts)

    @property
    def question(self) -> str:
        """The question that names both titles."""
        ours = quoted(self.entry.title, self.entry.facts.year)
        return f"Is {ours} really {quoted(self.offer.title, self.offer.year)}, {self.offer.place}?"


class NothingToAccept(ValueError):
    """No offer is likely enough to be accepted in one key."""


@dataclass(frozen=True, slots=True)
class Several:
    """What one answer to several entries would do: said before it is given.

    `takes`: each entry with the offer that it would get; `leaves`: each that stays open, with why.
    """

    takes: tuple[tuple[PlanEntry, Offer], ...]
    leaves: tuple[tuple[PlanEntry, str], ...]

    @property
    def lowest(self) -> float:
        """The lowest confidence among those taken; 0 where there are none."""
        return min((offer.confidence or 0.0 for _, offer in self.takes), default=0.0)

    @property
    def expected_wrong(self) -> float:
        """How many of those taken are expected to be wrong."""
        return sum(1 - (offer.confidence or 0.0) for _, offer in self.takes)

    @property
    def sentence(self) -> str:
        """How many, the lowest confidence, and what is expected to be wrong."""
        if not self.takes:
            return "nothing here can be accepted"
        wrong = (
            "probably none wrong" if self.expected_wrong < 0.5 else f"about {self.expected_wrong:.0f} wrong"
        )
        left = f"; {len(self.leaves)} stay open" if self.leaves else ""
        return f"accept {len(self.takes)}, the least sure at {percent(self.lowest)} ({wrong}){left}"


class Session(FileReview[PlanFile]):
    """One review of a plan: the rules for each answer, and the walk through a queue.

    Methods that write raise what `PlanFile.save_all` raises; the session then stays where it is.
    """

    def __init__(self, file: PlanFile, queue: Sequence[EntryKey], choices: Choosing | None = None) -> None:
        super().__init__(file)
        self.choices = choices or Choosing()
        self._queue = tuple(queue)
        self._at = 0
        self._outcomes: dict[EntryKey, Outcome] = {}
        self._together: set[EntryKey] = set()
        self._holders: tuple[Plan, Holders] | None = None

    # --- what can be chosen ---

    def offers(self, entry: PlanEntry) -> tuple[Offer, ...]:
        """What an entry may be and no other sent entry holds by now; the entry's own match stays. Best first."""
        return self._free(entry)

    def _free(self, entry: PlanEntry, seasons_of: SeasonsOf | None = None) -> tuple[Offer, ...]:
        offers = self.choices.offers(entry, seasons_of)
        return tuple(one for one in offers if one.own or self.holder(entry, one.match) is None)

    def holder(self, entry: PlanEntry, match: Match) -> EntryKey | None:
        """Another sent entry that holds some of what this one would claim; None where all of it is free."""
        plan = self.file.plan
        how = plan.source.statuses, plan.policy.send
        if self._holders is None:
            self._holders = plan, Holders.of(plan.entries, *how)
        before, holders = self._holders
        if before is not plan:
            is_alike = how == (before.source.statuses, before.policy.send)
            changed = holders.with_changes(before.entries, plan.entries, *how) if is_alike else None
            self._holders = plan, changed or Holders.of(plan.entries, *how)
        return self._holders[1].of_any(match, but=entry.key)

    def doubts(self, entry: PlanEntry, offer: Offer) -> tuple[str, ...]:
        """What speaks against this choice."""
        return doubts(entry, offer, lambda: self.choices.aliases(offer.match))

    def best(self, entry: PlanEntry, at_least: float = ACCEPT_FROM) -> Offer:
        """The offer that one key accepts. Raises NothingToAccept with why there is none."""
        offers = self.offers(entry)
        if not offers:
            raise NothingToAccept("there is nothing to accept")
        best = offers[0]
        if why := misfit(entry, best.match):
            raise NothingToAccept(f"{why}: choose its episodes")
        if not best.own and (best.confidence or 0.0) < max(at_least, ACCEPT_FROM):
            said = (
                "nothing was weighed"
                if best.confidence is None
                else f"the best has {percent(best.confidence)}"
            )
            raise NothingToAccept(f"{said}: that is not accepted with one key, but chosen by its number")
        return best

    def several(self, entries: Iterable[PlanEntry], at_least: float = ACCEPT_FROM) -> Several:
        """What accepting the best of each of these would do; what has a doubt, or is less likely, stays open."""
        takes, leaves = [], []
        for entry in entries:
            try:
                offer = self.best(entry, at_least)
                if found := self.doubts(entry, offer):
                    raise Doubted(entry, offer, found)
            except (NothingToAccept, Doubted) as why:
                leaves.append((entry, str(why)))
            else:
                takes.append((entry, offer))
        return Several(tuple(takes), tuple(leaves))

    # --- answers ---

    def choose(self, shown: PlanEntry, offer: Offer, *, insists: bool = False) -> None:
        """Confirm an offer. Raises Doubted where something speaks against it, and nobody insists."""
        offer = self._as_weighed(shown, offer)
        found = () if insists else self.doubts(shown, offer)
        if found:
            raise Doubted(shown, offer, found)
        # apply looks at what was typed once more, and takes a person's word for it
        is_candidate = any(candidate.match == offer.match for candidate in shown.candidates)
        self.confirm(
            shown,
            offer.match,
            hint=None if offer.own else offer.name,
            sure=shown.sure if offer.own else insists and not is_candidate,
        )

    def _as_weighed(self, shown: PlanEntry, offer: Offer) -> Offer:
        """What was typed or found is as likely as the candidate that it is."""
        if offer.confidence is not None or offer.own:
            return offer
        same = (one for one in self.choices.offers(shown) if one.match == offer.match and not one.own)
        return next(same, offer)

    def accept_all(self, several: Several) -> PlanWritten:
        """Confirm all that was said; what can't stand, or was changed meanwhile, stays as it is and is named."""
        return self._save_all(
            [(entry, _confirmed(entry, offer.match, hint=offer.name)) for entry, offer in several.takes],
            Outcome.CONFIRMED,
        )

    def confirm(
        self,
        shown: PlanEntry,
        match: Match | Address | Keep = KEEP,
        *,
        hint: str | None = None,
        sure: bool = False,
    ) -> PlanEntry:
        """Confirm the entry with this match, or with the one it has; `sure` where the person insists on it."""
        return self._save(shown, Outcome.CONFIRMED, _confirmed(shown, match, hint=hint, sure=sure))

    def skip(self, shown: PlanEntry, note: str | None = None) -> PlanEntry:
        """Never send the entry; a note that is given takes the place of the old one."""
        return self._save(shown, Outcome.SKIPPED, {"decision": Decision.SKIP, "note": note or KEEP})

    def skip_all(self, entries: Iterable[PlanEntry], note: str | None = None) -> PlanWritten:
        """Never send any of these; one note for all."""
        answer: Answer = {"decision": Decision.SKIP, "note": note or KEEP}
        return self._save_all([(entry, answer) for entry in entries], Outcome.SKIPPED)

    def reopen(self, shown: PlanEntry) -> PlanEntry:
        """Take a decision back, whoever made it; a match that is among the candidates is offered again from there."""
        is_offered = any(candidate.match == shown.match for candidate in shown.candidates)
        answer: Answer = {"decision": Decision.REVIEW}
        return self._save(shown, None, answer | ({"match": None} if is_offered else {}))

    def undo(self) -> PlanWritten:
        """Take the newest answer back that was not, and go to where it was given. Raises ValueError for none."""
        written = super().undo()
        for change in written.changes:
            self._outcomes.pop(change.key, None)
            self._together.discard(change.key)
        if written.changes and written.changes[-1].key in self._queue:
            self._at = self._queue.index(written.changes[-1].key)
        return written

    # --- the walk through the queue ---

    def current(self) -> Step | None:
        """The entry to ask about, as it stands in the file now; None at the end. Raises PlanInvalid and Failed."""
        while self._at < len(self._queue):
            key = self._queue[self._at]
            if key in self._together:  # it was answered with others, before it came up
                self._at += 1
                continue
            entry = self.file.entry(key)
            if entry is not None:
                return Step(entry, self._at + 1, len(self._queue), self._outcomes.get(key))
            self._done(key, Outcome.GONE)
        return None

    def rest(self) -> tuple[PlanEntry, ...]:
        """What is open from the present entry on."""
        self.file.refresh()
        waiting = set(self._queue[self._at :])
        plan = self.file.plan
        found = {entry.key: entry for entry in plan.entries if entry.key in waiting and is_open(plan, entry)}
        return tuple(found[key] for key in self._queue[self._at :] if key in found)

    def unknown(self) -> tuple[PlanEntry, ...]:
        """What of the rest there is nothing to choose from."""
        return tuple(entry for entry in self.rest() if not self._free(entry, lambda _: None))

    def later(self, *shown: PlanEntry) -> None:
        """Leave the entries as they are, and go on."""
        for entry in shown:
            self._done(entry.key, self._outcomes.get(entry.key, Outcome.LATER))
        if len(shown) > 1:
            self._together |= {entry.key for entry in shown}

    def back(self) -> bool:
        """Go back to the entry before; False at the first one."""
        if self._at == 0:
            return False
        self._at -= 1
        while self._at > 0 and self._outcomes.get(self._queue[self._at]) is Outcome.GONE:
            self._at -= 1
        self._together.discard(self._queue[self._at])
        return True

    def summary(self) -> Summary:
        """What the review has come to by now."""
        outcomes = list(self._outcomes.values())
        return Summary(
            confirmed=outcomes.count(Outcome.CONFIRMED),
            skipped=outcomes.count(Outcome.SKIPPED),
            later=outcomes.count(Outcome.LATER),
            open=len(queue_of(self.file.plan)),
        )

    def _save(self, shown: PlanEntry, outcome: Outcome | None, answer: Answer) -> PlanEntry:
        written = self._save_all([(shown, answer)], outcome)
        for refused in written.refused.values():
            raise refused
        entry = self.file.entry(shown.key)
        assert entry is not None  # it was written this moment
        return entry

    def _save_all(self, answers: Sequence[tuple[PlanEntry, Answer]], outcome: Outcome | None) -> PlanWritten:
        written = self._noted(self.file.save_all(answers))
        if len(answers) > 1:
            self._together |= {change.key for change in written.changes}
        for shown, _ in answers:
            refused = written.refused.get(shown.key)
            if isinstance(refused, EntryGone):
                self._done(shown.key, Outcome.GONE)
            elif refused is None and outcome is None:
                self._outcomes.pop(shown.key, None)
            elif refused is None and outcome is not None:
                self._done(shown.key, outcome)
        return written

    def _done(self, key: EntryKey, outcome: Outcome) -> None:
        self._outcomes[key] = outcome
        if key in self._queue[self._at : self._at + 1]:
            self._at += 1


def _confirmed(
    shown: PlanEntry, match: Match | Address | Keep, *, hint: str | None = None, sure: bool = False
) -> Answer:
    if match == shown.match and shown.sure == sure:
        match = KEEP  # its text and its comments stay as the person wrote them
    return {"decision": Decision.CONFIRMED, "match": match, "sure": sure, "hint": hint}


def said_of_unknown(entries: Sequence[PlanEntry], *, offline: bool) -> str:
    """What the entries are of which nothing is known, the most watched of them, and who was asked."""
    kinds = Counter(entry.facts.kind.value for entry in entries).most_common()
    counted = ", ".join(f"{count} {kind}" for kind, count in kinds)
    most = sorted(entries, key=lambda entry: -entry.progress.watched)[:MAX_NAMED]
    named = ", ".join(printable(entry.english or entry.title) for entry in most)
    looked = (
        "No id map here knows them, and no catalogue was asked: Trakt may have them. `anitrakt login --tmdb` and a "
        "new plan tell."
        if offline
        else "`plan` found nothing for them; one by one, each is asked about more closely."
    )
    return f"Nothing is known of {pluralize(len(entries), 'entry')}: {counted}. The most watched: {named}. {looked}"


MAX_NAMED = 3


def review_document(session: Session, keys: Iterable[EntryKey]) -> dict[str, object]:
    """What waits, with what may be chosen by its number and what is asked about it, for scripts (`review --json`)."""
    entries = filter(None, map(session.file.entry, keys))
    return {"format": "anitrakt-review/1", "entries": [_entry_document(session, entry) for entry in entries]}


def _entry_document(session: Session, entry: PlanEntry) -> dict[str, object]:
    offers = [
        {
            "number": number,
            "match": format_match(offer.match),
            "title": offer.title,
            "year": offer.year,
            "url": offer.url,
            "confidence": offer.confidence,
            "why": list(offer.why),
            "doubts": list(session.doubts(entry, offer)),
            "impossible": misfit(entry, offer.match),
        }
        for number, offer in enumerate(session.offers(entry), start=1)
    ]
    return {
        "key": str(entry.key),
        "title": entry.title,
        "english": entry.english,
        "kind": entry.facts.kind.value,
        "year": entry.facts.year,
        "episodes": entry.facts.episodes,
        "decision": entry.decision.value,
        "because": entry.hint,
        "offers": offers,
    }


# --- what a person can choose from ---


class Seasons:
    """The seasons of shows, from Trakt until that fails once, from then on from what is known already."""

    def __init__(self, catalogue: Catalogue | None, known_seasons: SeasonsOf) -> None:
        self._catalogue = catalogue
        self._known_seasons = known_seasons
        self._read: set[WorkId] = set()

    def read_together(self, shows: Iterable[WorkId]) -> None:
        """Ask for the seasons of these shows at one time: an entry's offers lie in up to nine of them."""
        new = [show for show in dict.fromkeys(shows) if show not in self._read]
        self._read.update(new)
        if self._catalogue is not None and len(new) > 1:
            together(self, new)

    def __call__(self, show_id: WorkId) -> tuple[Season, ...] | None:
        """A show's seasons, None where nobody can say; they only adorn a review, so nothing is raised."""
        if (catalogue := self._catalogue) is not None:
            try:
                return catalogue.seasons(show_id)
            except AnitraktError:
                self._catalogue = None
        return self._known_seasons(show_id)


class Choosing:
    """What entries may be: by the file, by the evidence that `plan` kept on this machine, by a catalogue's seasons.

    `names`: what else a show or film is called, where that is known without asking. `more`: what was found for an entry
    in this review.
    """

    def __init__(
        self,
        evidence: EvidenceFile | None = None,
        seasons_of: SeasonsOf = lambda _: None,
        names: Callable[[Match], Iterable[str]] = lambda _: (),
        more: Callable[[EntryKey], tuple[Offer, ...]] = lambda _: (),
    ) -> None:
        self._evidence = evidence
        self.seasons_of = seasons_of
        self.aliases = names
        self._more = more

    def offers(self, entry: PlanEntry, seasons_of: SeasonsOf | None = None) -> tuple[Offer, ...]:
        """The offers for an entry, the best first, with air days where somebody (or `seasons_of`) knows them."""
        known = self.seasons_of if seasons_of is None else seasons_of
        return offers_of(entry, self.evidence(entry.key), known, self._more(entry.key))

    def evidence(self, key: EntryKey) -> Evidence | None:
        """What spoke for and against each candidate, where `plan` kept it on this machine."""
        return self._evidence.of(key) if self._evidence is not None else None


def offers_of(
    entry: PlanEntry,
    evidence: Evidence | None,
    known_seasons: SeasonsOf,
    more: tuple[Offer, ...] = (),
) -> tuple[Offer, ...]:
    """What the file, the evidence that `plan` kept here, or else `more` has to choose from; the best first."""
    found = [Offer.of(candidate) for candidate in entry.candidates]
    if not found and evidence is not None:
        found = list(_of_evidence(evidence))
    found = found or [*more]
    found = [*chain.from_iterable(_fitting(entry, offer) for offer in _own_first(entry, found))][:MAX_OFFERS]
    if isinstance(known_seasons, Seasons):
        known_seasons.read_together(one.match.show for one in found if isinstance(one.match, ShowMatch))
    return tuple(with_days(offer, known_seasons) for offer in found)


def _own_first(entry: PlanEntry, found: Sequence[Offer]) -> Sequence[Offer]:
    """The match that the entry has already, before all others."""
    match = entry.resolved
    if match is None:
        return found
    others = [offer for offer in found if offer.match != match]
    same = next((offer for offer in found if offer.match == match), None)
    return [replace(same or _named(entry, match, others), own=True), *others]


def _fitting(entry: PlanEntry, offer: Offer) -> Iterator[Offer]:
    """An offer, and before it, where specials alone make it too long, the same without them: nobody weighed that."""
    match = offer.match
    if isinstance(match, ShowMatch) and isinstance(match.mapping, Straight) and misfit(entry, match):
        regular = tuple(run for run in match.mapping.runs if run.season)
        without = ShowMatch(match.show, Straight(regular)) if regular else None
        if without is not None and not misfit(entry, without):
            yield replace(offer, match=without, confidence=None, own=False)
    yield offer


def _of_evidence(evidence: Evidence) -> Iterator[Offer]:
    for line in evidence.candidates:
        with suppress(ValueError):  # written by another version; it is only a help
            reasons = tuple(
                signal.name for signal in line.signals if signal.weight > 1 and signal.speaks is Speaks.FOR
            )
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
