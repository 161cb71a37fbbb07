"""`anitrakt review`: settle what a plan is unsure of, one entry at a time."""

from __future__ import annotations

import re
import sys
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anitrakt_plan.cli import review_ui as screen
from anitrakt_plan.cli.context import State, command
from anitrakt_plan.cli.files import file_and_keys, load_valid, remember_valid
from anitrakt_plan.cli.review_ui import Input, Reply, open_input
from anitrakt_plan.commands.data_download import remembered_works
from anitrakt_plan.commands.explain import Evidence, evidence_path, explanation, load_evidence
from anitrakt_plan.commands.lookup import Choices, Fits, Lookup, Offer, offer_of_work
from anitrakt_plan.commands.review import (
    EntryChanged,
    PlanFile,
    Seasons,
    Session,
    Step,
    offers_of,
    queue_of,
)
from anitrakt_plan.errors import AnitraktError, BadUsage, ExitCode, Failed, PlanInvalid
from anitrakt_plan.model import (
    Address,
    EntryKey,
    Movie,
    MovieMatch,
    PlanEntry,
    SeasonsOf,
    ShowMatch,
    WorkId,
)
from anitrakt_plan.model.addresses import BareId, read_typed
from anitrakt_plan.model.matches import format_match
from anitrakt_plan.planfile import write_plan
from anitrakt_plan.planfile.edit import EntryGone, EntryRefused
from anitrakt_plan.reports.way import next_after_review
from anitrakt_plan.words import pluralize, printable, quoted

if TYPE_CHECKING:
    from anitrakt_plan.commands.review import Summary
    from anitrakt_plan.commands.services import Services
    from anitrakt_plan.model import Plan
    from anitrakt_plan.settings import Way


@command(
    short_help="Settle what is open, one entry at a time.",
    epilog="Examples:\n\n  anitrakt review\n\n  anitrakt review plan.yaml 'attack on titan'\n\n"
    "  anitrakt review --auto\n\n  printf 'a\\ns not on Trakt\\n' | anitrakt review plan.yaml",
)
@click.argument("words", metavar="[FILE] [KEY]...", nargs=-1)
@click.option("--auto", is_flag=True, help="Walk through the automatic ones, the least certain first.")
@click.option("--in-order", is_flag=True, help="In the order of the file, not the most watched first.")
def review(state: State, words: tuple[str, ...], auto: bool, in_order: bool) -> int:
    """Walk through the entries of FILE (plan.yaml) that wait for a decision, or through those that KEY names.

    KEY is an entry's key, a glob, or part of one or more titles. Each answer is written to FILE at once; nothing is
    sent. At a terminal one key answers; from a pipe each line is one answer (`a`, `2`, `s too short`,
    `/ other words`, `i movie 97`), and its end quits.
    """

    def write(path: Path, data: bytes, *, expected: bytes | None) -> None:
        write_plan(path, data, expected=expected)
        remember_valid(state, file.plan, data)

    if "-" in words:
        raise BadUsage(
            "`review` writes each answer into FILE, so FILE can't be stdin",
            todo="Name the file: `anitrakt review plan.yaml`.",
        )
    path, patterns = file_and_keys(words)
    state.file = path
    if auto and patterns:
        raise BadUsage("--auto chooses the entries itself", todo="Leave out either --auto or the keys.")
    try:
        file = PlanFile(path, write)
    except PlanInvalid:
        load_valid(state, path)  # shows each mistake at its place, and raises
        raise
    plan = file.plan
    queue = queue_of(plan, patterns=patterns, auto=auto, in_order=in_order)
    if not queue:
        state.info(f"Nothing in {path} {'is automatic' if auto else 'waits for a decision'}.")
        _tell_attention(state, plan)
        return int(ExitCode.DONE)
    session = Session(file, queue)
    services = state.services()
    code = ExitCode.DONE
    try:
        _dialog(state, session, plan, services).run()
    except (Quit, EOFError):
        pass
    except (KeyboardInterrupt, click.Abort):
        code = ExitCode.INTERRUPTED
    finally:
        _sum_up(state, session.summary(), path, services.way)
    _tell_attention(state, plan)
    return int(code)


def _dialog(state: State, session: Session, plan: Plan, services: Services) -> Dialog:
    answers = open_input(state)
    if refused := services.go_on_without_application():
        state.info(f"{refused.what}. Going on without it.")
    catalogue = services.final_catalogue()
    folder, user = state.settings.folders.state, plan.target_user
    with (
        state.console(sys.stderr).status("Reading the id maps ...") if answers.interactive else nullcontext()
    ):
        known = services.known_works(
            plan, lambda: remembered_works(folder, user), at_need=catalogue is not None
        )
    if catalogue is None:
        state.info(
            f"There is no catalogue to ask. {'The search and addresses go' if known else 'Addresses go'} by the id "
            "maps on this machine and by the plan's candidates; no season list is looked at. `anitrakt login --tmdb` "
            "adds TMDB's catalogue, which is free for everybody."
        )
    path = evidence_path(state.settings.folders.state, plan.source)

    def evidence_of(key: EntryKey) -> Evidence | None:
        try:
            return load_evidence(path, key)
        except Failed:
            return None

    lookup = Lookup(catalogue, datetime.now(UTC), known)
    return Dialog(state, session, answers, lookup, evidence_of, Seasons(catalogue, services.known_seasons))


def _sum_up(state: State, summary: Summary, path: Path, way: Way) -> None:
    """What was answered, what is still open, and the next command."""
    words = [
        (summary.confirmed, "confirmed"),
        (summary.skipped, "skipped"),
        (summary.later, "left for later"),
    ]
    said = ", ".join(f"{count} {word}" for count, word in words if count) or "nothing answered"
    state.info()
    state.info(f"{said[0].upper()}{said[1:]}; {summary.open or 'none'} still open in {path}.")
    state.info(next_after_review(way, summary.open))


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


EvidenceOf = Callable[[EntryKey], Evidence | None]


class Quit(Exception):
    """The person has had enough for today; everything answered is in the file."""


class Dialog:
    """Walks a person through a session."""

    def __init__(
        self,
        state: State,
        session: Session,
        answers: Input,
        lookup: Lookup,
        evidence_of: EvidenceOf,
        seasons_of: SeasonsOf,
    ) -> None:
        self._state = state
        self._session = session
        self._input = answers
        self._lookup = lookup
        self._evidence_of = evidence_of
        self._seasons_of = seasons_of
        self._console = state.console(sys.stderr)

    def run(self) -> None:
        """Ask until the end of the session. Raises Quit, KeyboardInterrupt, and what reading the file raises."""
        while (step := self._session.current()) is not None:
            evidence = self._evidence_of(step.entry.key)
            screen.show_entry(self._console, step)
            with self._waiting():
                offers = self._session.free(step.entry, offers_of(step.entry, evidence, self._seasons_of))
            if offers:
                screen.show_offers(self._console, step.entry, offers)
            else:
                search = "search with `/`, " if self._lookup.can_search else ""
                self._state.warn(f"  Nothing to choose from: {search}type an id with `i`, or skip it.")
            prompt = self._prompt(offers)
            while not self._act(step, offers, self._input.reply(prompt)):
                prompt = f"\n  your answer ({_key('?')} shows the keys) > "

    # --- one answer ---

    def _act(self, step: Step, offers: Sequence[Offer], reply: Reply) -> bool:
        """Do what was answered; True where another entry, or this one anew, is to be shown."""
        try:
            return self._dispatch(step, offers, reply)
        except EntryRefused as refused:
            self._input.unusable(
                f"that can't be: {refused.what}{f'; {refused.todo}' if refused.todo else ''}"
            )
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
        key = reply.key.lower()
        if key == "q":
            raise Quit
        if key == "a" or (key.isdigit() and key != "0"):
            return self._accept(entry, offers, 0 if key == "a" else int(key) - 1)
        actions: dict[str, Callable[[], bool]] = {
            "/": lambda: self._search(step, offers, reply),
            "i": lambda: self._type(step, offers, reply),
            "s": lambda: self._skip(entry, reply),
            "n": lambda: self._later(entry),
            "b": self._back,
            "o": lambda: self._open(entry, offers, reply),
            "e": lambda: self._explain(entry),
            "?": self._help,
        }
        if key in actions:
            return actions[key]()
        self._input.unusable(
            f"`{reply.key}` is no answer here; ? shows them all" if key.strip() else "? shows all keys"
        )
        return False

    def _accept(self, entry: PlanEntry, offers: Sequence[Offer], index: int) -> bool:
        if not offers:
            raise ValueError("there is nothing to accept; search with `/`, or type an id with `i`")
        if index >= len(offers):
            raise ValueError(f"there is no {index + 1} here; choose from 1 to {len(offers)}")
        return self._confirm(entry, offers[index])

    def _confirm(self, entry: PlanEntry, offer: Offer, *, sure: bool = False) -> bool:
        if offer.own:
            self._session.confirm(entry, offer.match, hint=None, sure=entry.sure)
        else:
            self._session.confirm(entry, offer.match, hint=offer.name, sure=sure)
        self._done(f"confirmed: {format_match(offer.match)} · {printable(offer.name)}")
        return True

    def _skip(self, entry: PlanEntry, reply: Reply) -> bool:
        note = self._input.text("  A note, if you like (Enter: none)", reply)
        self._session.skip(entry, note or None)
        self._done("skipped: it is never sent" + (f" ({note})" if note else ""))
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
        if not isinstance(typed, Address | BareId) and not self._lookup.knows(typed):
            return self._confirm_typed(step.entry, offers, self._lookup.unknown(step.entry, typed))
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
            return self._confirm_typed(step.entry, (), Fits(offer, doubt))
        return self._confirm(step.entry, offer)

    def _confirm_typed(self, entry: PlanEntry, offers: Sequence[Offer], found: Fits) -> bool:
        """Confirm what was typed; where it does not look like the entry, only after a second question."""
        if found.reckoned:
            self._state.warn(
                f"  Nobody here has that season's list: taken from its first episode on, {found.offer.listed} as the "
                "list counts them."
            )
        if found.doubt is None:
            return self._confirm(entry, found.offer)
        self._state.warn(f"  {printable(found.doubt)}.", style="yellow")
        self._state.warn(f"  The entry is {quoted(printable(entry.title), entry.facts.year)}.")
        instead = ""
        if offers and offers[0].match != found.offer.match:
            likely = f"{printable(offers[0].name)}, {format_match(offers[0].match)}"
            self._state.warn(f"  Did you mean {likely}?")
            instead = f"  {_key('1')} take that one"
        question = f"  Is {format_match(found.offer.match)} right all the same?"
        while True:
            reply = self._input.reply(f"{question}  {_key('y')} yes{instead}  {_key('n')} no > ")
            match reply.key.lower():
                case "y":
                    return self._confirm(entry, found.offer, sure=True)
                case "1" if instead:
                    return self._confirm(entry, offers[0])
                case "n" | "\x1b":
                    return False
                case "q":
                    raise Quit
                case _:
                    self._input.unusable(f"nothing is written yet: y, {'1, ' if instead else ''}n or q")

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
        url = screen.page_of(entry)
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
        evidence = self._evidence_of(entry.key)
        if evidence is None:
            self._state.warn(
                "  There is no evidence for it on this machine: `plan` keeps it where it was run."
            )
        else:
            for line in explanation(entry, evidence):
                self._state.warn(f"  {line}")
        return False

    def _help(self) -> bool:
        screen.show_help(self._console)
        return False

    def _prompt(self, offers: Sequence[Offer]) -> str:
        """The keys with their words, wrapped between two of them where the screen is narrow."""
        keys = [("a", "accept")] if offers else []
        if len(offers) > 1:
            keys.append((f"1-{len(offers)}", "choose"))
        keys += [(key, word) for key, word in _KEYS if key != "/" or self._lookup.can_search]
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
    ("s", "skip"),
    ("n", "later"),
    ("b", "back"),
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
