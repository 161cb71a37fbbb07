"""The conversation of a review at a terminal, or with a script that answers line by line."""

from __future__ import annotations

import re
import sys
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress

import click

from anitrakt_plan.cli import review_ui as screen
from anitrakt_plan.cli.context import State
from anitrakt_plan.cli.review_ui import Input, Quit, Reply
from anitrakt_plan.commands.doubts import ACCEPT_FROM, Offer, misfit
from anitrakt_plan.commands.explain import explanation
from anitrakt_plan.commands.lookup import Choices, Fits, Lookup, offer_of_work
from anitrakt_plan.commands.plan_file import EntryChanged, PlanWritten
from anitrakt_plan.commands.review import (
    Doubted,
    NothingToAccept,
    Session,
    Step,
    franchises,
    said_of_unknown,
)
from anitrakt_plan.commands.services import page_of
from anitrakt_plan.errors import AnitraktError
from anitrakt_plan.model import (
    Decision,
    EntryKey,
    Movie,
    MovieMatch,
    PlanEntry,
    Run,
    ShowMatch,
    Straight,
    WorkId,
)
from anitrakt_plan.model.addresses import read_typed
from anitrakt_plan.model.matches import format_match, one_episode, parse_span
from anitrakt_plan.planfile.edit import EntryGone, EntryRefused
from anitrakt_plan.words import pluralize, printable


class Dialog:
    """Walks a person through a session."""

    def __init__(self, state: State, session: Session, answers: Input, lookup: Lookup) -> None:
        self._state = state
        self._session = session
        self._input = answers
        self._lookup = lookup
        self._console = state.console(sys.stderr)

    def run(self) -> None:
        """Ask until the end of the session. Raises Quit, KeyboardInterrupt, and what reading the file raises."""
        self._walk()
        while self._session.can_undo and self._input.interactive:
            last = (
                f"\n  That was the last one. {_key('u')} takes the last answer back, any other key ends it > "
            )
            if self._input.reply(last).key.lower() != "u":
                return
            self._undo()
            self._walk()

    def _walk(self) -> None:
        while (step := self._session.current()) is not None:
            screen.show_entry(self._console, step)
            offers = self._offers(step.entry)
            if offers:
                screen.show_offers(self._console, step.entry, offers)
            else:
                search = "search with `/`, " if self._lookup.can_search else ""
                alike = len(self._session.unknown())
                many = f" `N` answers all {alike} like it at once." if alike > 1 else ""
                self._state.warn(f"  Nothing to choose from: {search}type an id with `i`, or skip it.{many}")
            prompt = self._prompt(step.entry, offers)
            while not self._act(step, offers, self._input.reply(prompt)):
                prompt = f"\n  your answer ({_key('?')} shows the keys) > "

    def _offers(self, entry: PlanEntry) -> tuple[Offer, ...]:
        with self._waiting():
            if offers := self._session.offers(entry):
                return offers
            try:
                self._lookup.ask_more(entry)
            except AnitraktError as error:
                self._state.warn(f"  {error.what}.", style="yellow")
            return self._session.offers(entry)

    # --- one answer ---

    def _act(self, step: Step, offers: Sequence[Offer], reply: Reply) -> bool:
        """Do what was answered; True where another entry, or this one anew, is to be shown."""
        try:
            return self._dispatch(step, offers, reply)
        except EntryRefused as refused:
            self._input.unusable(refused.sentence)
        except EntryGone as gone:
            self._state.warn(f"  {gone.what}.", style="yellow")
            return True
        except EntryChanged as changed:
            self._input.unusable(f"{changed.what}; nothing was written over it, look again")
            return True
        except ValueError as error:
            self._input.unusable(str(error))
        return False

    def _dispatch(self, step: Step, offers: Sequence[Offer], reply: Reply) -> bool:
        entry = step.entry
        many: dict[str, Callable[[], bool]] = {
            "A": lambda: self._accept_many(step, reply),
            "S": lambda: self._skip_rest(reply),
            "N": lambda: self._answer_unknown(reply),
        }
        actions: dict[str, Callable[[], bool]] = {
            "a": lambda: self._accept(entry),
            "/": lambda: self._search(step, offers, reply),
            "i": lambda: self._type(step, offers, reply),
            "l": lambda: self._list(step, offers),
            "s": lambda: self._skip(entry, reply),
            "n": lambda: self._later(entry),
            "b": self._back,
            "u": self._undo,
            "r": lambda: self._reopen(entry),
            "o": lambda: self._open(entry, offers, reply),
            "e": lambda: self._explain(entry),
            "?": self._help,
        }
        key = reply.key
        if key.lower() == "q":
            raise Quit
        if key.isdigit() and key != "0":
            return self._choose_offer(entry, offers, int(key) - 1)
        if action := many.get(key) or actions.get(key.lower()):
            return action()
        self._input.unusable(said_of_key(key))
        return False

    def _accept(self, entry: PlanEntry) -> bool:
        try:
            best = self._session.best(entry)
        except NothingToAccept as why:
            raise ValueError(f"{why}; `/` searches, `i` takes an id, `l` lists episodes") from None
        return self._confirm(entry, best)

    def _choose_offer(self, entry: PlanEntry, offers: Sequence[Offer], index: int) -> bool:
        if not offers:
            raise ValueError("there is nothing to choose; search with `/`, or type an id with `i`")
        if index >= len(offers):
            raise ValueError(f"there is no {index + 1} here; choose from 1 to {len(offers)}")
        return self._confirm(entry, offers[index])

    def _confirm(
        self, entry: PlanEntry, offer: Offer, *, doubt: str | None = None, instead: Offer | None = None
    ) -> bool:
        """Confirm an offer; where something speaks against it, only after a question that names both."""
        try:
            if doubt is not None:
                raise Doubted(entry, offer, [doubt, *self._session.doubts(entry, offer)])
            self._session.choose(entry, offer)
        except Doubted as doubted:
            return self._ask(doubted, instead)
        self._done(f"confirmed: {format_match(offer.match)} · {printable(offer.name)}")
        return True

    def _ask(self, doubted: Doubted, instead: Offer | None) -> bool:
        """Whether it is right all the same; `instead`: what was perhaps meant."""
        entry, offer = doubted.entry, doubted.offer
        for words in doubted.doubts:
            self._state.warn(f"  ! {printable(words)}", style="yellow")
        keys = f"{_key('y')} yes  "
        if instead is not None:
            likely = f"{printable(instead.name)}, {format_match(instead.match)}"
            self._state.warn(f"  Did you mean {likely}?")
            keys += f"{_key('1')} take that one  "
        while True:
            reply = self._input.reply(f"  {printable(doubted.question)}  {keys}{_key('n')} no > ")
            match reply.key.lower():
                case "y":
                    self._session.choose(entry, offer, insists=True)
                    self._done(f"confirmed: {format_match(offer.match)} · {printable(offer.name)}")
                    return True
                case "1" if instead is not None:
                    return self._confirm(entry, instead)
                case "n" | "\x1b":
                    return False
                case "q":
                    raise Quit
                case _:
                    choices = f"y, {'1, ' if instead is not None else ''}n or q"
                    self._input.unusable(f"nothing is written yet: {choices}")

    def _skip(self, entry: PlanEntry, reply: Reply) -> bool:
        note = self._input.text("  A note, if you like (Enter: none)", reply)
        self._session.skip(entry, note or None)
        self._done("skipped: it is never sent" + (f" ({note})" if note else ""))
        return True

    # --- many at once, and taking back ---

    def _accept_many(self, step: Step, reply: Reply) -> bool:
        """Accept the best of what is left from a confidence up, or of this franchise, after saying what that does."""
        asked = "  From how many percent up (Enter: 98), or `f` for this franchise"
        words = self._input.text(asked, reply).strip(" %").lower() or "98"
        entries, at_least = self._session.rest(), ACCEPT_FROM
        if words == "f":
            of = franchises((*entries, step.entry))
            entries = tuple(one for one in entries if of[one.key] == of[step.entry.key])
        elif words.isdigit() and 50 <= int(words) <= 100:
            at_least = int(words) / 100
        else:
            raise ValueError(f"`{words}` is no confidence to accept from: give 50 to 100 percent, or f")
        with self._waiting():
            several = self._session.several(entries, at_least)
        for entry, offer in several.takes:
            self._state.warn(f"  {printable(entry.title)} → {printable(offer.name)} {offer.place}")
        if several.takes and self._is_meant(several.sentence):
            self._tell(self._session.accept_all(several), "accepted")
            return True
        if not several.takes:
            raise ValueError(several.sentence)
        return False

    def _skip_rest(self, reply: Reply) -> bool:
        rest = self._session.rest()
        note = self._input.text(f"  One note for all {len(rest)} (Enter: none)", reply)
        if not self._is_meant(f"skip {pluralize(len(rest), 'entry')}: they are never sent"):
            return False
        self._tell(self._session.skip_all(rest, note or None), "skipped")
        return True

    def _answer_unknown(self, reply: Reply) -> bool:
        """Skip all that there is nothing to choose from, or leave it open, after saying what that does."""
        unknown = self._session.unknown()
        if not unknown:
            raise ValueError("for all that is left there is something to choose from")
        self._state.warn(f"  {said_of_unknown(unknown, offline=self._lookup.offline)}")
        keys = f"{_key('s')} skip all {len(unknown)}  {_key('l')} leave all open  {_key('n')} neither"
        while (answer := reply.rest[:1] or self._input.reply(f"  {keys} > ").key).lower() not in "sln\x1b":
            self._input.unusable("nothing is written yet: s, l or n")
        if answer.lower() == "s":
            note = self._input.text(
                "  One note for all, if you like (Enter: none)", Reply("s", reply.rest[1:].strip())
            )
            self._tell(self._session.skip_all(unknown, note or None), "skipped")
        elif answer.lower() == "l":
            self._session.later(*unknown)
            self._done(f"left open: {len(unknown)}; the next plan looks for them again")
        return answer.lower() in ("s", "l")

    def _is_meant(self, sentence: str) -> bool:
        question = f"  {sentence[0].upper()}{sentence[1:]}?  {_key('y')} yes  {_key('n')} no > "
        while (reply := self._input.reply(question)).key.lower() not in ("y", "n", "\x1b"):
            self._input.unusable("nothing is written yet: y or n")
        return reply.key.lower() == "y"

    def _tell(self, written: PlanWritten, done: str) -> None:
        self._done(f"{done}: {pluralize(len(written.changes), 'entry')}; u takes it back")
        for key, refused in written.refused.items():
            self._state.warn(f"  {key} stays as it is: {printable(refused.what)}", style="yellow")

    def _undo(self) -> bool:
        written = self._session.undo()
        names = ", ".join(str(change.key) for change in written.changes[:5])
        more = f" and {len(written.changes) - 5} more" if len(written.changes) > 5 else ""
        self._done(f"taken back: {names or 'nothing'}{more}")
        for refused in written.refused.values():
            self._state.warn(f"  {refused.what}; it stays as it is", style="yellow")
        return True

    def _reopen(self, entry: PlanEntry) -> bool:
        if entry.decision is Decision.REVIEW:
            raise ValueError("it is open")
        self._session.reopen(entry)
        self._done(f"open again; it was {entry.decision.value}")
        return True

    def _later(self, entry: PlanEntry) -> bool:
        self._session.later(entry)
        return True

    def _back(self) -> bool:
        if not self._session.back():
            raise ValueError("this is the first one")
        return True

    # --- looking elsewhere ---

    def _search(self, step: Step, offers: Sequence[Offer], reply: Reply) -> bool:
        if not self._lookup.can_search:
            raise ValueError(f"searching needs {_CATALOGUE}; type an id or address with `i`")
        title = step.entry.english or step.entry.title
        where = self._lookup.asks
        words = self._input.text(f"  Search {where} for (Enter: {printable(title)})", reply) or title
        with self._asking():
            works = self._lookup.search(step.entry, words)
        if not works:
            raise ValueError(f"{where} {'know' if self._lookup.offline else 'finds'} nothing for `{words}`")
        self._state.warn()
        screen.show_works(self._console, step.entry, works)
        chosen = self._choose(len(works), "choose")
        if isinstance(chosen, Reply):
            return self._elsewhere(step, offers, chosen)
        work = works[chosen]
        if isinstance(work, Movie):
            return self._confirm(step.entry, offer_of_work(MovieMatch(work.id), work))
        with self._asking():
            choices = self._lookup.places(step.entry, work)
        return self._choose_place(step, offers, choices)

    def _type(self, step: Step, offers: Sequence[Offer], reply: Reply) -> bool:
        """Take what was typed; episodes alone are those of the show that all the offers are in."""
        words = self._input.text("  Id, match or address", reply)
        if not words:
            return False
        show = _show_of_all(offers) if _RUNS.match(words) else None
        typed = read_typed(words if show is None else f"{show} {words}")
        with self._asking():
            found = self._lookup.resolve(step.entry, typed)
        if isinstance(found, Choices):
            return self._choose_place(step, offers, found)
        return self._confirm_typed(step.entry, offers, found)

    def _choose_place(self, step: Step, offers: Sequence[Offer], choices: Choices) -> bool:
        """Ask where in a show the entry is."""
        if not choices.offers:
            raise ValueError(
                f"no place in {printable(choices.show.title)} fits {_length(step.entry)}; it has {choices.seasons}. "
                f"Type the one you mean with `i`, such as `{choices.show.id} S01E01-E12`"
            )
        self._state.warn(f"\n  Where in {printable(choices.show.title)}?  It has {choices.seasons}.")
        screen.show_offers(self._console, step.entry, choices.offers)
        chosen = self._choose(len(choices.offers), "choose")
        if isinstance(chosen, Reply):
            return self._elsewhere(step, choices.offers if chosen.key == "i" else offers, chosen)
        offer = choices.offers[chosen]
        if choices.reckoned:
            doubt = f"nobody here has the season lists of {choices.show.title}: {offer.listed} is what your list counts"
            return self._confirm(step.entry, offer, doubt=doubt)
        return self._confirm(step.entry, offer)

    def _confirm_typed(self, entry: PlanEntry, offers: Sequence[Offer], found: Fits) -> bool:
        """Confirm what was typed; where something speaks against it, only after a question."""
        if found.reckoned:
            self._state.warn(
                f"  Nobody here has that season's list: taken from its first episode on, {found.offer.listed} as the "
                "list counts them."
            )
        others = (
            offer for offer in offers if offer.match != found.offer.match and not misfit(entry, offer.match)
        )
        likely = next(others, None)
        return self._confirm(entry, found.offer, doubt=found.doubt, instead=likely)

    def _list(self, step: Step, offers: Sequence[Offer]) -> bool:
        """Show a season's episodes, and choose a run of them."""
        shows = list(dict.fromkeys(one.match.show for one in offers if isinstance(one.match, ShowMatch)))
        if not shows:
            raise ValueError("there is no show here whose episodes could be listed; search with `/` first")
        show, name = shows[0], next(one.name for one in offers if isinstance(one.match, ShowMatch))
        with self._waiting():
            seasons = self._session.choices.seasons_of(show)
        if not seasons:
            raise ValueError(f"nobody here has the season lists of {name}")
        screen.show_seasons(self._console, name, seasons)
        by_number = {str(season.number): season for season in seasons if season.episodes}
        numbers = ", ".join(by_number)
        words = self._input.text(f"  Which season ({numbers}; Enter: none)", Reply("l"))
        if words not in by_number:
            return True
        season = by_number[words]

        def holder_of(number: int) -> EntryKey | None:
            return self._session.holder(step.entry, one_episode(show, season.number, number))

        screen.show_episodes(self._console, season, holder_of)
        words = self._input.text("  Which episodes, such as 3-14 (Enter: none)", Reply("l"))
        if not words:
            return True
        typed = ShowMatch(show, Straight((run_in_season(season.number, words),)))
        with self._asking():
            found = self._lookup.resolve(step.entry, typed)
        assert isinstance(found, Fits)  # a whole match leaves no choice
        return self._confirm_typed(step.entry, offers, found)

    def _choose(self, count: int, what: str) -> int | Reply:
        """One of several, or another answer to the entry itself."""
        keys = "1" if count == 1 else f"1-{count}"
        others = f"{_key('/')} search again  {_key('i')} id or address  {_key('b')} back to the entry"
        while True:
            reply = self._input.reply(f"  {_key(keys)} {what}  {others} > ")
            if reply.key.lower() == "a":
                return 0
            if reply.key.isdigit() and 1 <= int(reply.key) <= count:
                return int(reply.key) - 1
            if reply.key.lower() in ("/", "i", "b", "q", "\r", "\n", "\x1b"):
                return reply
            self._input.unusable(f"choose from 1 to {count}")

    def _elsewhere(self, step: Step, offers: Sequence[Offer], reply: Reply) -> bool:
        """An answer to a list that chose nothing of it: back to the entry, or something else to try."""
        if reply.key.lower() in ("/", "i", "q"):
            return self._dispatch(step, offers, reply)
        return True

    # --- around it ---

    def _open(self, entry: PlanEntry, offers: Sequence[Offer], reply: Reply) -> bool:
        which = reply.rest
        if self._input.interactive and offers:
            numbers = "1" if len(offers) == 1 else f"1-{len(offers)}"
            which = self._input.reply(
                f"  {_key('Enter')} the list's page  {_key(numbers)} a candidate's > "
            ).key
        url = page_of(entry)
        if which.isdigit() and 1 <= int(which) <= len(offers):
            url = offers[int(which) - 1].url
        if url is None:
            self._state.warn("  The list has no id for it, and so no page.")
            return False
        self._state.warn(f"  {printable(url)}")
        if url.startswith(("https://", "http://")):
            webbrowser.open(url)
        return False

    def _explain(self, entry: PlanEntry) -> bool:
        evidence = self._session.choices.evidence(entry.key)
        if evidence is None:
            raise ValueError("there is no evidence for it on this machine: `plan` keeps it where it was run")
        for line in explanation(entry, evidence):
            self._state.warn(f"  {line}")
        return True

    def _help(self) -> bool:
        screen.show_help(self._console)
        return True

    def _prompt(self, entry: PlanEntry, offers: Sequence[Offer]) -> str:
        """The keys with their words, wrapped between two of them where the screen is narrow."""
        keys = []
        with suppress(NothingToAccept):
            self._session.best(entry)
            keys.append(("a", "accept"))
        if offers and (len(offers) > 1 or not keys):
            keys.append(("1" if len(offers) == 1 else f"1-{len(offers)}", "choose"))
        can = {
            "/": self._lookup.can_search,
            "l": any(isinstance(offer.match, ShowMatch) for offer in offers),
            "r": entry.decision is not Decision.REVIEW,
        }
        keys += [(key, word) for key, word in _KEYS if can.get(key, True)]
        lines, width = [""], 2
        for key, word in keys:
            taken = len(key) + len(word) + 3
            if width + taken > self._console.width - 4:
                lines.append("")
                width = 2
            lines[-1] += f"{_key(key)} {word}  "
            width += taken
        return "\n" + "\n".join(f"  {line.rstrip()}" for line in lines) + " > "

    def _done(self, words: str) -> None:
        self._state.warn(f"  ✓ {words}", style="green")

    def _waiting(self) -> AbstractContextManager[object]:
        """Something on the screen while the catalogue is asked, at a terminal only."""
        if not self._input.interactive:
            return nullcontext()
        return self._console.status(f"Asking {self._lookup.asks} ...", spinner="dots")

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Ask the catalogue; what fails there is an answer that can't be used, and the review goes on."""
        try:
            with self._waiting():
                yield
        except AnitraktError as error:
            raise ValueError(f"{error.what}{f' ({error.todo})' if error.todo else ''}") from None


_KEYS = (
    ("/", "search"),
    ("i", "id or address"),
    ("l", "episodes"),
    ("s", "skip"),
    ("n", "later"),
    ("b", "back"),
    ("u", "undo"),
    ("r", "reopen"),
    ("A S N", "many"),
    ("o", "open"),
    ("e", "explain"),
    ("?", "help"),
    ("q", "quit"),
)

_RUNS = re.compile(r"S\d+E\d", re.IGNORECASE)

_CATALOGUE = "TMDB's catalogue (`anitrakt login --tmdb`, free for everybody)"


_IN_SEASON = re.compile(r"(?:S0*(?P<season>\d+))?E?(?P<first>\d+)(?:\s*-\s*E?(?P<last>\d+))?", re.IGNORECASE)


def said_of_key(key: str) -> str:
    """What is said of a key that is no answer; one that can't be shown, such as Esc, has no name."""
    if not key.strip():
        return "? shows all keys"
    named = f"`{key}`" if key.isprintable() else "that key"
    return f"{named} is no answer here; ? shows them all"


def run_in_season(season: int, words: str) -> Run:
    """Episodes of a season that is on the screen: `3-14`, and as they stand there: `E03-E14`, `S01E03-E14`."""
    found = _IN_SEASON.fullmatch(words.strip())
    if found is None or int(found["season"] or season) != season:
        raise ValueError(f"`{words}` names no episodes of season {season}; write 3-14, or 3 for a single one")
    first, last = parse_span(f"{found['first']}-{found['last'] or found['first']}")
    return Run(season, first, last)


def _show_of_all(offers: Sequence[Offer]) -> WorkId | None:
    shows = {offer.match.show if isinstance(offer.match, ShowMatch) else None for offer in offers}
    return shows.pop() if len(shows) == 1 else None


def _key(key: str) -> str:
    return click.style(key, fg="cyan", bold=True)


def _length(entry: PlanEntry) -> str:
    return "the entry" if entry.facts.episodes is None else pluralize(entry.facts.episodes, "episode")
