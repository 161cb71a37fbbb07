"""What the page asks and answers: each call takes and gives plain values, and keeps the session's rules."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, ClassVar, Generic, TypeVar

from anitrakt_plan.commands.doubts import Offer
from anitrakt_plan.commands.lookup import Choices, Lookup, count_of, offer_of_work
from anitrakt_plan.commands.plan_file import EntryChanged, FileReview, Written
from anitrakt_plan.commands.review import Doubted, Session, Several
from anitrakt_plan.errors import AnitraktError
from anitrakt_plan.model import (
    Decision,
    EntryKey,
    Episode,
    Movie,
    MovieMatch,
    PlanEntry,
    SeasonsOf,
    Show,
    Work,
    WorkId,
)
from anitrakt_plan.model.account import PlaySubject
from anitrakt_plan.model.addresses import read_typed
from anitrakt_plan.model.catalogue import parse_work_id
from anitrakt_plan.model.matches import format_match
from anitrakt_plan.model.sending import is_open, is_sent
from anitrakt_plan.planfile.edit import EntryGone, EntryRefused
from anitrakt_plan.web.view import (
    MAX_CARDS,
    Found,
    Json,
    choices_json,
    detail_of,
    found_of,
    picture_name,
    poster_of,
    row_of,
    rows_of,
    safe_url,
    seen,
    strips,
)
from anitrakt_plan.words import pluralize, printable


class Stale(Exception):
    """What the page has shown is no more so; `row` is the entry as it stands now, None where it is gone."""

    def __init__(self, what: str, row: Json | None = None) -> None:
        super().__init__(what)
        self.row = row


_Session = TypeVar("_Session", bound=FileReview[Any])


class AnsweringDesk(ABC, Generic[_Session]):
    """One review, as a page works on it: one answer at a time, each by the file as it stands then.

    `noun` is what is answered.
    """

    noun: ClassVar[str]

    def __init__(self, session: _Session) -> None:
        self._session = session
        self._answering = threading.RLock()
        self._found_at = ""

    def version(self) -> Json:
        """Which state of the file the page should show."""
        with self._reading():
            return {"version": seen(self._session.file.version)}

    def undo(self, depth: int) -> Json:
        """Take the newest answer back, where it is still the one that the page means: so many were given till then."""
        with self._reading():
            if depth != self._session.can_undo:
                raise Stale("something else was answered meanwhile, in another window; look again")
            return self._done(self._session.undo(), 0, "taken back")

    def _done(self, written: Written[Any, Any], stale: int, did: str) -> Json:
        """What the page must know after a write, `stale` being how many answers were to what is otherwise by now."""
        says = f"{pluralize(len(written.changes), self.noun)} {did}"
        left = [f"{key}: {printable(error.what)}" for key, error in written.refused.items()]
        if stale:
            left.append(f"{pluralize(stale, self.noun)} changed in the file meanwhile")
        keys = [*(change.key for change in written.changes), *written.refused]
        return self._answered(keys, says) | {"left": left}

    def _answered(self, keys: Sequence[Any], says: str) -> Json:
        """What the page must know after answers to these; `was`: the version of the file before them.

        Where the page has shown another, it must look at all of it again.
        """
        return {
            "says": says,
            "rows": self._rows_after(keys),
            "left": [],
            "was": self._found_at,
        } | self._standing()

    @abstractmethod
    def _rows_after(self, keys: Sequence[Any]) -> list[Json]:
        """The rows that answers to these have touched."""

    @abstractmethod
    def _standing(self) -> Json:
        """Where the whole review stands."""

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._answering:
            self._session.file.refresh()
            self._found_at = seen(self._session.file.version)
            yield


class Desk(AnsweringDesk[Session]):
    """The review of a plan. Looking things up waits for nobody's answer.

    `asked_seasons` may ask the catalogue; the session's own choices never do. `watched` is what is known to have been
    watched already. `page_of` is an entry's page at its list service.
    """

    noun = "entry"

    def __init__(
        self,
        session: Session,
        lookup: Lookup,
        *,
        asked_seasons: SeasonsOf,
        page_of: Callable[[PlanEntry], str | None],
        watched: Callable[[], Collection[PlaySubject]] = tuple,
        next_step: Callable[[int], str] = lambda _: "",
    ) -> None:
        super().__init__(session)
        self._lookup = lookup
        self._asked_seasons = asked_seasons
        self._page_of = page_of
        self._watched = watched
        self._next_step = next_step
        self._looking_up = threading.RLock()
        self._works: dict[str, Work] = {}
        self._shown: dict[tuple[EntryKey, str], tuple[Offer, str | None]] = {}

    # --- what there is ---

    def state(self, scope: str = "open") -> Json:
        """All rows of a scope: `open` are those that wait and those that a person has decided, `all` every entry."""
        with self._reading():
            plan = self._session.file.plan
            entries = [one for one in plan.entries if scope == "all" or _concerns_person(one)]
            entries = [one for one in entries if one.decision is not Decision.REVIEW or is_open(plan, one)]
            rows = rows_of(plan, [self._found(one) for one in entries], self._mark)
            return {
                "file": self._session.file.path.name,
                "list": plan.source.service,
                "user": printable(plan.source.user or ""),
                "rows": rows,
                "others": len(plan.entries) - len(entries),
                "can_search": self._lookup.can_search,
                "asks": not self._lookup.offline,
            } | self._standing()

    def entry(self, key: str) -> Json:
        """All there is to decide one entry by. Raises Stale where it is gone."""
        choices = self._session.choices
        with self._reading():
            entry = self._entry(key)
            found = self._found(entry)
            row = row_of(self._session.file.plan, found, self._mark(entry.key))
        with self._looking_up:
            if not found.free and not found.taken:
                with suppress(AnitraktError):  # what is known can be shown all the same
                    self._lookup.ask_more(entry)
            asked = choices.offers(entry, self._asked_seasons)
            works = self._lookup.works([one.match for one in asked[:MAX_CARDS]])
        with self._reading():
            found = found_of(entry, asked, self._session.holder, self._maps_of(entry))
            detail = detail_of(found, choices.evidence(entry.key), self._episode_at)
            for card in detail["cards"]:
                work = works.get(card["match"])
                card["minutes"] = work.runtime if work is not None else None
                card["network"] = printable(work.network or "") if isinstance(work, Show) else ""
        page = safe_url(self._page_of(entry))
        return row | detail | {"url": page}

    def seasons(self, key: str, show: str) -> Json:
        """A show's seasons as strips, as far as a catalogue or a cache knows them."""
        show_id = parse_work_id(show)
        with self._looking_up:
            seasons = self._asked_seasons(show_id)
        with self._reading():
            entry = self._entry(key)
            found = strips(show_id, seasons or (), entry, self._session.holder, self._watched())
        return {"show": show, "seasons": found, "known": bool(seasons)}

    def search(self, key: str, words: str) -> Json:
        """The shows and films that are called so."""
        with self._reading():
            entry = self._entry(key)
        with self._looking_up:
            works = self._lookup.search(entry, words) if words.strip() else ()
        found = {picture_name(work.kind, work.id): work for work in works}
        self._works |= found
        return {"works": [_work_json(entry, name, work) for name, work in found.items()]}

    def places(self, key: str, name: str) -> Json:
        """Where in a show that a search found the entry may be; of a film, the film."""
        with self._reading():
            entry = self._entry(key)
        work = self._works.get(name)
        if work is None:
            raise Stale("search for it again")
        if isinstance(work, Movie):
            return self._show(entry, [offer_of_work(MovieMatch(work.id), work)], "")
        with self._looking_up:
            return self._of_choices(entry, self._lookup.places(entry, work))

    def typed(self, key: str, text: str) -> Json:
        """What an id, a match or an address stands for. Raises ValueError where it can't be this entry."""
        with self._reading():
            entry = self._entry(key)
        with self._looking_up:
            found = self._lookup.resolve(entry, read_typed(text))
            if isinstance(found, Choices):
                return self._of_choices(entry, found)
        says = RECKONED if found.reckoned else ""
        return self._show(entry, [found.offer], says, doubt=found.doubt)

    def _of_choices(self, entry: PlanEntry, choices: Choices) -> Json:
        says = f"{choices.show.title} has {choices.seasons}"
        if not choices.offers:
            says += "; no place there fits the entry's count: choose it from the list of episodes"
        doubt = f"nobody here has its season lists: {count_of(entry)} is what the list counts"
        return self._show(entry, choices.offers, says, doubt=doubt if choices.reckoned else None) | {
            "show": str(choices.show.id)
        }

    def _show(self, entry: PlanEntry, offers: Sequence[Offer], says: str, doubt: str | None = None) -> Json:
        """Offers for the page, kept: it can choose what it was shown, and nothing else."""
        self._shown |= {(entry.key, format_match(offer.match)): (offer, doubt) for offer in offers}
        return choices_json(entry, offers, says)

    # --- answers ---

    def choose(self, key: str, mark: str, match: str, *, insists: bool = False, alone: bool = False) -> Json:
        """Confirm a match that the page has shown as an offer; `alone`: as the one that a single key accepts.

        Raises Doubted where something speaks against it and nobody insists, NothingToAccept, and Stale.
        """
        with self._writing(key, mark) as entry:
            known = {format_match(one.match): (one, None) for one in self._session.choices.offers(entry)}
            if alone:
                best = self._session.best(entry)
                known = {format_match(best.match): (best, None)}
            offer, doubt = (known if alone else self._shown_to(entry) | known).get(match, (None, None))
            if offer is None:
                raise Stale("that is no more the suggestion it was; look again", self._row(entry.key))
            if doubt and not insists:
                raise Doubted(entry, offer, [doubt, *self._session.doubts(entry, offer)])
            self._session.choose(entry, offer, insists=insists)
            return self._answered(
                [entry.key], f"{printable(entry.title)} → {printable(offer.name)} {offer.place}"
            )

    def _shown_to(self, entry: PlanEntry) -> dict[str, tuple[Offer, str | None]]:
        return {match: offered for (key, match), offered in self._shown.items() if key == entry.key}

    def skip(self, items: Sequence[Json], note: str) -> Json:
        """Skip entries, each as the page has shown it; those that were changed meanwhile stay."""
        with self._reading():
            entries, stale = self._as_seen(items)
            written = self._session.skip_all(entries, note.strip() or None)
            return self._done(written, stale, "skipped")

    def reopen(self, key: str, mark: str) -> Json:
        """Take a decision back."""
        with self._writing(key, mark) as entry:
            self._session.reopen(entry)
            return self._answered([entry.key], f"{printable(entry.title)} is open again")

    def several(self, keys: Sequence[str], at_least: float) -> Json:
        """What accepting the best of each of these would do."""
        with self._reading():
            found = [self._session.file.entry(EntryKey.parse(key)) for key in keys]
            plan = self._session.file.plan
            several = self._session.several([one for one in found if one and is_open(plan, one)], at_least)
            return {
                "sentence": several.sentence,
                "takes": [
                    {
                        "key": str(entry.key),
                        "seen": self._mark(entry.key),
                        "match": format_match(offer.match),
                        "says": f"{printable(entry.title)} → {printable(offer.name)}",
                        "place": offer.place,
                    }
                    for entry, offer in several.takes
                ],
                "leaves": [
                    {"key": str(entry.key), "says": f"{printable(entry.title)}: {printable(why)}"}
                    for entry, why in several.leaves
                ],
            }

    def accept_all(self, items: Sequence[Json]) -> Json:
        """Accept entries, each with the match that was said before; what is otherwise by now stays open."""
        with self._reading():
            entries, stale = self._as_seen(items)
            said = {item["key"]: item["match"] for item in items}
            several = self._session.several(entries)
            takes = [one for one in several.takes if said[str(one[0].key)] == format_match(one[1].match)]
            written = self._session.accept_all(Several(tuple(takes), ()))
            stale += len(entries) - len(takes)
            return self._done(written, stale, "accepted")

    # --- inside ---

    @contextmanager
    def _writing(self, key: str, mark: str) -> Iterator[PlanEntry]:
        """The entry, where it is still what the page has shown; raises Stale with what it is now."""
        with self._reading():
            entry = self._entry(key)
            if self._mark(entry.key) != mark:
                raise Stale(
                    f"{key} was changed in the file meanwhile; nothing was written", self._row(entry.key)
                )
            try:
                yield entry
            except (EntryChanged, EntryGone) as error:
                raise Stale(error.what, self._row(entry.key)) from None
            except EntryRefused as error:
                raise ValueError(error.sentence) from None

    def _as_seen(self, items: Iterable[Json]) -> tuple[list[PlanEntry], int]:
        """The entries that are still what the page has shown, and how many are not."""
        entries, stale = [], 0
        for item in items:
            entry = self._session.file.entry(EntryKey.parse(str(item["key"])))
            if entry is not None and self._mark(entry.key) == item["seen"]:
                entries.append(entry)
            else:
                stale += 1
        return entries, stale

    def _entry(self, key: str) -> PlanEntry:
        entry = self._session.file.entry(EntryKey.parse(key))
        if entry is None:
            raise Stale(f"{key} is no more in the file")
        return entry

    def _mark(self, key: EntryKey) -> str:
        return seen(self._session.file.lines_of(key))

    def _found(self, entry: PlanEntry) -> Found:
        offers = self._session.choices.offers(entry, lambda _: None)
        return found_of(entry, offers, self._session.holder, self._maps_of(entry))

    def _maps_of(self, entry: PlanEntry) -> int | None:
        evidence = self._session.choices.evidence(entry.key)
        return evidence.maps if evidence is not None else None

    def _row(self, key: EntryKey) -> Json | None:
        entry = self._session.file.entry(key)
        return (
            row_of(self._session.file.plan, self._found(entry), self._mark(key))
            if entry is not None
            else None
        )

    def _episode_at(self, show: WorkId, episode: Episode) -> Json | None:
        """An episode's name and day, as far as a list of its season is at hand."""
        for season in self._session.choices.seasons_of(show) or ():
            for one in season.episodes if season.number == episode.season else ():
                if one.number == episode.number:
                    day = str(one.first_aired.date()) if one.first_aired else ""
                    return {"title": printable(one.title or ""), "date": day}
        return None

    def _rows_after(self, keys: Sequence[EntryKey]) -> list[Json]:
        """The entries, and those whose suggestions the answers may have taken."""
        plan, answered = self._session.file.plan, frozenset(keys)
        works = {work for entry in plan.entries if entry.key in answered for work in _works_of(entry)}
        touched = [
            entry
            for entry in plan.entries
            if entry.key in answered or (is_open(plan, entry) and works & _works_of(entry))
        ]
        return [row_of(plan, self._found(entry), self._mark(entry.key)) for entry in touched]

    def _standing(self) -> Json:
        plan = self._session.file.plan
        still_open = sum(is_open(plan, entry) for entry in plan.entries)
        return {
            "version": seen(self._session.file.version),
            "undo": self._session.can_undo,
            "open": still_open,
            "ready": sum(is_sent(plan, entry) for entry in plan.entries),
            "skipped": sum(entry.decision is Decision.SKIP for entry in plan.entries),
            "next": self._next_step(still_open),
        }


RECKONED = "nobody here has that season's list: taken from its first episode on, as many as the list counts"


def _concerns_person(entry: PlanEntry) -> bool:
    return entry.decision is not Decision.AUTO or bool(entry.attention)


def _works_of(entry: PlanEntry) -> set[str]:
    matches = [candidate.match for candidate in entry.candidates]
    matches += [entry.resolved] if entry.resolved is not None else []
    return {poster_of(match) for match in matches}


def _work_json(entry: PlanEntry, name: str, work: Work) -> Json:
    what = "film"
    if isinstance(work, Show):
        aired = work.aired_episodes
        what = "show" if aired is None else f"show, {pluralize(aired, 'episode')}"
    return {
        "work": name,
        "title": printable(work.title),
        "year": work.year,
        "what": what,
        "url": safe_url(work.url),
        "differs": bool(work.year and entry.facts.year and abs(work.year - entry.facts.year) > 1),
    }
