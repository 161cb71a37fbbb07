"""`anitrakt review`: settle what a plan is unsure of, one entry at a time."""

from __future__ import annotations

import re
import sys
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anitrakt_plan.cli import review_ui as screen
from anitrakt_plan.cli.completing import plan_and_keys
from anitrakt_plan.cli.context import State, command
from anitrakt_plan.cli.files import check_world, file_and_keys, load_valid, remember_valid
from anitrakt_plan.cli.repair import Page, review_repair
from anitrakt_plan.cli.repair_file import is_repair_file
from anitrakt_plan.cli.review_ui import Input, Reply, open_input
from anitrakt_plan.commands.data_download import remembered_works
from anitrakt_plan.commands.doubts import ACCEPT_FROM, Offer
from anitrakt_plan.commands.explain import EvidenceFile, evidence_path, explanation
from anitrakt_plan.commands.lookup import Choices, Fits, Lookup, offer_of_work
from anitrakt_plan.commands.overview import next_after_answers
from anitrakt_plan.commands.plan_file import EntryChanged, PlanFile, Written
from anitrakt_plan.commands.review import (
    Choosing,
    Doubted,
    NothingToAccept,
    Seasons,
    Session,
    Step,
    franchises,
    queue_of,
    review_document,
    said_of_unknown,
)
from anitrakt_plan.commands.review_repair import RepairSession
from anitrakt_plan.commands.services import page_of
from anitrakt_plan.errors import AnitraktError, BadUsage, ExitCode, PlanInvalid
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
from anitrakt_plan.planfile import write_plan
from anitrakt_plan.planfile.edit import EntryGone, EntryRefused
from anitrakt_plan.words import pluralize, printable

if TYPE_CHECKING:
    from anitrakt_plan.commands.services import Services
    from anitrakt_plan.model import Plan
    from anitrakt_plan.settings import Way


@command(
    short_help="Settle what is open, one entry at a time.",
    epilog="Examples:\n\n  anitrakt review\n\n  anitrakt review plan.yaml 'attack on titan'\n\n"
    "  anitrakt review --auto\n\n  printf 'a\\ns not on Trakt\\n' | anitrakt review plan.yaml",
)
@click.argument("words", metavar="[FILE] [KEY]...", nargs=-1, shell_complete=plan_and_keys)
@click.option("--auto", is_flag=True, help="Walk through the automatic ones, the least certain first.")
@click.option("--web", is_flag=True, help="On a page in the browser, served on this machine alone.")
@click.option("--no-browser", is_flag=True, help="With --web: only show the page's address.")
@click.option("--no-pictures", is_flag=True, help="With --web: fetch no covers and no posters.")
@click.option("--in-order", is_flag=True, help="In the order of the file, not the most watched first.")
@click.option("--json", "as_json", is_flag=True, help="Only print what is open and what it may be.")
def review(
    state: State,
    words: tuple[str, ...],
    auto: bool,
    web: bool,
    no_browser: bool,
    no_pictures: bool,
    in_order: bool,
    as_json: bool,
) -> int:
    """Walk through the entries of FILE (plan.yaml) that wait for a decision, or through those that KEY names.

    KEY is an entry's key, a glob, or part of one or more titles. Each answer is written to FILE at once; nothing is
    sent. At a terminal one key answers; from a pipe each line is one answer (`a`, `2`, `s too short`,
    `/ other words`, `i movie 97`), and its end quits. --json says what they would be about.
    """
    path, patterns = _named(words, auto=auto)
    state.file = path
    _check_page(web, chooses=any((auto, in_order, patterns, as_json)), of_page=no_browser or no_pictures)
    if is_repair_file(path):
        _check_for_repair(auto, in_order, as_json, no_pictures)
        return review_repair(state, path, patterns, page=_repair_page(state, web=web, quiet=no_browser))
    file = _opened(state, path)
    plan = file.plan
    queue = queue_of(plan, patterns=patterns, auto=auto, in_order=in_order)
    kept = EvidenceFile(evidence_path(state.settings.folders.state, plan.source))
    if as_json:
        state.json(review_document(Session(file, queue, Choosing(kept)), queue))
        return int(ExitCode.DONE)
    if not queue and not web:
        state.info(f"Nothing in {path} {'is automatic' if auto else 'waits for a decision'}.")
        _tell_attention(state, plan)
        return int(ExitCode.DONE)
    services = state.services()
    answers = None if web else open_input(state)
    is_watched = sys.stderr.isatty() if answers is None else answers.interactive
    lookup = _lookup(state, plan, services, interactive=is_watched)
    seasons = services.known_seasons if web else Seasons(lookup.catalogue, services.known_seasons)
    session = Session(file, queue, Choosing(kept, seasons, lookup.aliases, lookup.more))
    if answers is not None:
        walk = Dialog(state, session, answers, lookup).run
    else:
        quiet = no_browser or not is_watched
        walk = _page_of(state, (session, lookup, services), quiet=quiet, bare=no_pictures)
    try:
        code = _walked(walk)
    finally:
        _sum_up(state, session, services.way)
    _tell_attention(state, plan)
    return int(code)


_OfPlan = tuple[Session, Lookup, "Services"]


def _page_of(
    state: State, of: _OfPlan | RepairSession, *, quiet: bool, bare: bool = False
) -> Callable[[], None]:
    """The page: `quiet` opens no browser, `bare` has no pictures."""
    from anitrakt_plan.cli.review_web import serve_page, serve_repair_page  # Flask takes long to load

    if isinstance(of, RepairSession):
        return partial(serve_repair_page, state, of, browser=not quiet)
    return partial(serve_page, state, *of, browser=not quiet, with_pictures=not bare)


def _repair_page(state: State, *, web: bool, quiet: bool) -> Page | None:
    return partial(_page_of, state, quiet=quiet or not sys.stderr.isatty()) if web else None


def _walked(walk: Callable[[], None]) -> ExitCode:
    try:
        walk()
    except (Quit, EOFError):
        pass
    except (KeyboardInterrupt, click.Abort):
        return ExitCode.INTERRUPTED
    return ExitCode.DONE


def _named(words: tuple[str, ...], *, auto: bool) -> tuple[Path, tuple[str, ...]]:
    if "-" in words:
        raise BadUsage(
            "`review` writes each answer into FILE, so FILE can't be stdin",
            todo="Name the file: `anitrakt review plan.yaml`.",
        )
    path, patterns = file_and_keys(words)
    if auto and patterns:
        raise BadUsage("--auto chooses the entries itself", todo="Leave out either --auto or the keys.")
    return path, patterns


def _opened(state: State, path: Path) -> PlanFile:
    def write(path: Path, data: bytes, *, expected: bytes | None) -> None:
        write_plan(path, data, expected=expected)
        remember_valid(state, file.plan, data)

    try:
        file = PlanFile(path, write)
    except PlanInvalid:
        load_valid(state, path)  # shows each mistake at its place, and raises
        raise
    check_world(state, file.plan, path)
    return file


def _check_page(web: bool, *, chooses: bool, of_page: bool) -> None:
    """Raise BadUsage where an option of the page stands without it, or one that chooses entries with it."""
    if of_page and not web:
        raise BadUsage("--no-browser and --no-pictures belong to the page", todo="Add --web.")
    if web and chooses:
        raise BadUsage(
            "the page shows the whole plan",
            todo="Leave out --auto, --in-order, --json and KEY: it has filters.",
        )


def _check_for_repair(*is_asked: bool) -> None:
    """Raise BadUsage where an option asks for what a repair file has not: confidences, an order, pictures."""
    if any(is_asked):
        raise BadUsage(
            "--auto, --in-order, --no-pictures and --json are of a plan, and this is a repair file",
            todo="Leave them out; KEY and --web go with a repair file, too, and `anitrakt show --json` prints one.",
        )


def _lookup(state: State, plan: Plan, services: Services, *, interactive: bool) -> Lookup:
    if refused := services.go_on_without_application():
        state.info(f"{refused.what}. Going on without it.")
    catalogue = services.final_catalogue()
    folder, user = state.settings.folders.state, plan.target_user
    with state.console(sys.stderr).status("Reading the id maps ...") if interactive else nullcontext():
        known = services.known_works(
            plan, lambda: remembered_works(folder, user), at_need=catalogue is not None
        )
    if catalogue is None:
        state.info(
            f"There is no catalogue to ask. {'The search and addresses go' if known else 'Addresses go'} by the id "
            "maps on this machine and by the plan's candidates; no season list is looked at. `anitrakt login --tmdb` "
            "adds TMDB's catalogue, which is free for everybody."
        )
    return Lookup(catalogue, datetime.now(UTC), known)


def _sum_up(state: State, session: Session, way: Way) -> None:
    """What was answered, what is still open, and the next command."""
    summary, file = session.summary(), session.file
    words = [
        (summary.confirmed, "confirmed"),
        (summary.skipped, "skipped"),
        (summary.later, "left for later"),
    ]
    said = ", ".join(f"{count} {word}" for count, word in words if count) or "nothing answered"
    state.info()
    state.info(f"{said[0].upper()}{said[1:]}; {summary.open or 'none'} still open in {file.path}.")
    state.info(next_after_answers(file.path, file.plan, state.settings.folders, way, summary.open))


def _tell_attention(state: State, plan: Plan) -> None:
    """Name the decided entries beneath which something has changed: they are not asked about by themselves."""
    changed = [
        str(entry.key) for entry in plan.entries if entry.attention and entry.decision.value != "review"
    ]
    if changed:
        more = f" and {len(changed) - 5} more" if len(changed) > 5 else ""
        keys = " ".join(changed[:5])
        state.info(
            f"Something changed beneath {len(changed)} of your decisions: `anitrakt review FILE {keys}`{more}"
        )


# --- the conversation of a review ---


class Quit(Exception):
    """The person has had enough for today; everything answered is in the file."""


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
        self._input.unusable(
            f"`{key}` is no answer here; ? shows them all" if key.strip() else "? shows all keys"
        )
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

    def _tell(self, written: Written, done: str) -> None:
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
        where = "the id maps" if self._lookup.offline else "Trakt"
        words = self._input.text(f"  Search {where} for (Enter: {printable(title)})", reply) or title
        with self._asking_trakt():
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
        with self._asking_trakt():
            choices = self._lookup.places(step.entry, work)
        return self._choose_place(step, offers, choices)

    def _type(self, step: Step, offers: Sequence[Offer], reply: Reply) -> bool:
        """Take what was typed; episodes alone are those of the show that all the offers are in."""
        words = self._input.text("  Id, match or address", reply)
        if not words:
            return False
        show = _show_of_all(offers) if _RUNS.match(words) else None
        typed = read_typed(words if show is None else f"{show} {words}")
        with self._asking_trakt():
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
        likely = offers[0] if offers and offers[0].match != found.offer.match else None
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
        first, last = parse_span(words)
        typed = ShowMatch(show, Straight((Run(season.number, first, last),)))
        with self._asking_trakt():
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
        """Something on the screen while Trakt is asked, at a terminal only."""
        if not self._input.interactive:
            return nullcontext()
        return self._console.status("Asking Trakt ...", spinner="dots")

    @contextmanager
    def _asking_trakt(self) -> Iterator[None]:
        """Ask Trakt; what fails there is an answer that can't be used, and the review goes on."""
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


def _show_of_all(offers: Sequence[Offer]) -> WorkId | None:
    shows = {offer.match.show if isinstance(offer.match, ShowMatch) else None for offer in offers}
    return shows.pop() if len(shows) == 1 else None


def _key(key: str) -> str:
    return click.style(key, fg="cyan", bold=True)


def _length(entry: PlanEntry) -> str:
    return "the entry" if entry.facts.episodes is None else pluralize(entry.facts.episodes, "episode")
