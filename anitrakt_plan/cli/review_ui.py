"""How a review looks: an entry with its facts, and what can be chosen for it side by side."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol, TextIO

import click
from rich.padding import Padding
from rich.rule import Rule
from rich.style import Style
from rich.table import Table
from rich.text import Text

from anitrakt_plan.cli.context import State, wrapped
from anitrakt_plan.commands.services import page_of
from anitrakt_plan.errors import BadUsage, ExitCode
from anitrakt_plan.model import Address, Decision, Movie, PlanEntry, Progress, Work
from anitrakt_plan.model.plan import format_confidence
from anitrakt_plan.words import pluralize, printable

if TYPE_CHECKING:
    from rich.console import Console

    from anitrakt_plan.commands.doubts import Offer
    from anitrakt_plan.commands.review import Step
    from anitrakt_plan.model import EntryKey, Season


_WIDEST = 130

_ROOMY = 100  # columns from which air dates and reasons have columns of their own

_CERTAIN, _LIKELY = 0.95, 0.7

HELP = (
    ("a", "accept the first of the list, where it is more likely than not"),
    ("1-9", "choose this one; what speaks against it is asked"),
    ("l", "list the episodes of a show, and choose from them"),
    ("/", "search with other words"),
    ("i", "type an id, a match such as `1420 S03E13-E22` or `movie 97`, or paste a trakt.tv address"),
    ("s", "skip: never send it (with a note, if you like)"),
    ("n", "not now: it stays as it is"),
    ("b", "back to the one before"),
    ("u", "undo: take the last answer back, as often as you like"),
    ("r", "reopen: take the decision back that the entry has"),
    ("A", "accept many: the best of all that are left from a confidence up, or of this franchise"),
    ("S", "skip all that are left, with one note"),
    ("N", "those that nothing is known of: skip them together, or leave them all open"),
    ("o", "open its page in the browser; then a number opens that candidate's"),
    ("e", "explain: what spoke for and against each candidate"),
    ("q", "quit; every answer is in the file already"),
)


def show_entry(console: Console, step: Step) -> None:
    """The facts of an entry, under a rule that says how far the review is.

    Through a pipe nobody has set a width, and what is read later shall not depend on the window it was made in.
    """
    entry = step.entry
    console.width = min(console.width, _WIDEST) if console.file.isatty() else _WIDEST
    console.print()
    head = Text.assemble(
        (f"{step.number} of {step.total}", "bold cyan"), ("  ", ""), (str(entry.key), "cyan")
    )
    console.print(Rule(head, align="left", style="bright_black", characters="─"))
    for line in (*_what_it_is(entry), *_where_it_stands(entry)):
        console.print(Padding(line, (0, 0, 0, 2), expand=False))
    console.print()


def _what_it_is(entry: PlanEntry) -> Iterator[Text]:
    yield Text(printable(entry.title), style="bold")
    if entry.english and entry.english != entry.title:
        yield Text(printable(entry.english))
    yield Text(_facts(entry))
    yield Text(_progress(entry.progress), style="bright_black")
    if page := page_of(entry):
        yield address(page)


def _where_it_stands(entry: PlanEntry) -> Iterator[Text]:
    if entry.decision is not Decision.REVIEW:
        yield Text(f"now: {entry.decision.value}", style="green")
        if isinstance(entry.match, Address):
            yield Text("by an address that nobody here has looked up (`i` takes another, or an id):")
            yield address(entry.match.url)
    elif entry.hint:
        yield Text(f"open because {printable(entry.hint)}", style="yellow")
    for words in entry.attention:
        yield Text(f"! {printable(words)}", style="yellow")
    if entry.note:
        yield Text(f"note: {printable(entry.note)}", style="italic")


def _facts(entry: PlanEntry) -> str:
    facts = entry.facts
    words = [facts.kind.value, str(facts.year or "year unknown")]
    words.append("episodes unknown" if facts.episodes is None else pluralize(facts.episodes, "episode"))
    return " · ".join(words)


def _progress(progress: Progress) -> str:
    words = [progress.status.value]
    if progress.watched:
        words.append(f"{progress.watched} watched")
    if progress.finished:
        words.append(f"finished {progress.finished}")
    if progress.rating:
        words.append(f"rated {progress.rating}")
    return " · ".join(words)


def show_offers(console: Console, entry: PlanEntry, offers: Sequence[Offer]) -> None:
    """What can be chosen, one row each, the address below the title, or below all of it where it is too long."""
    columns = _columns(console.width, offers)
    table = _table()
    room = columns["on Trakt"]["min_width"]
    for heading, layout in columns.items():
        table.add_column(heading, **layout)
    for number, offer in enumerate(offers, start=1):
        cells = _cells(entry, number, offer, roomy="aired" in columns, room=room)
        table.add_row(*(cells[heading] for heading in columns))
    console.print(Padding(table, (0, 0, 0, 2), expand=False))
    _show_long_addresses(console, [offer.url for offer in offers], room)


def _show_long_addresses(console: Console, urls: Sequence[str], room: int) -> None:
    """Addresses that have no room in a column, each whole on a line of its own: one that is broken can't be copied."""
    for number, url in enumerate(urls, start=1):
        if len(url) > room:
            line = Text.assemble("  ", _number(number), "  ", address(url))
            console.print(line, soft_wrap=True)


def _columns(width: int, offers: Sequence[Offer]) -> dict[str, dict[str, Any]]:
    """The columns that there is room for, in their order, with how each is laid out."""
    roomy = width >= _ROOMY
    widest = max(len(offer.url) for offer in offers)
    room = width - (74 if roomy else 46)  # an address that is broken in two can't be clicked
    columns: dict[str, dict[str, Any]] = {
        "": {"justify": "right", "no_wrap": True},
        "on Trakt": {"overflow": "fold", "min_width": max(20, min(widest, room))},
        "what": {"overflow": "fold", "max_width": 24},
        "aired": {"no_wrap": True, "min_width": 13},
        "sure": {"justify": "right", "no_wrap": True, "min_width": 5},
        "because of": {"style": "bright_black", "min_width": 12},
    }
    if not roomy:
        del columns["aired"], columns["because of"]
    if all(offer.confidence is None for offer in offers):
        del columns["sure"]
    return columns


def _cells(entry: PlanEntry, number: int, offer: Offer, *, roomy: bool, room: int) -> dict[str, Text]:
    """What stands in an offer's row, by heading; what has no column of its own goes below another."""
    why = Text(printable(", ".join(offer.why)), style="bright_black")
    name = _name(entry, offer.title, offer.year, offer.url, room)
    place, aired = _place(entry, offer), Text(_aired(offer.begins, offer.ends))
    if offer.own:
        name.append("\nits match now", style="green")
    if not roomy:
        for cell, below in ((name, why), (place, aired)):
            if below:
                cell.append("\n").append_text(below)
    return {
        "": _number(number),
        "on Trakt": name,
        "what": place,
        "aired": aired,
        "sure": _sure(offer.confidence),
        "because of": why,
    }


def show_seasons(console: Console, show: str, seasons: Sequence[Season]) -> None:
    """A show's seasons, one row each."""
    console.print(Padding(Text(f"{printable(show)} has", style="bold"), (1, 0, 0, 2)))
    table = _table()
    for heading in ("season", "episodes", "aired"):
        table.add_column(heading)
    for season in (one for one in seasons if one.episodes):
        numbers = f"E{season.episodes[0].number:02d}-E{season.episodes[-1].number:02d}"
        days = [one.first_aired.date() for one in season.episodes if one.first_aired]
        aired = _aired(min(days), max(days)).replace("\n", " ") if days else ""
        name = "0 (specials)" if season.number == 0 else str(season.number)
        table.add_row(Text(name, style="bold cyan"), numbers, aired)
    console.print(Padding(table, (0, 0, 0, 2), expand=False))


def show_episodes(console: Console, season: Season, holder_of: Callable[[int], EntryKey | None]) -> None:
    """A season's episodes, one row each, with the entry that each is taken by."""
    table = _table()
    for heading in ("", "aired", "title", ""):
        table.add_column(heading, no_wrap=True, overflow="ellipsis")
    for episode in season.episodes:
        holder = holder_of(episode.number)
        table.add_row(
            Text(f"E{episode.number:02d}", style="bold cyan"),
            str(episode.first_aired.date()) if episode.first_aired else "",
            Text(printable(episode.title or ""), style="bright_black" if holder else ""),
            Text(f"taken by {holder}" if holder else "", style="yellow"),
        )
    console.print(Padding(table, (0, 0, 0, 2), expand=False))


def _table() -> Table:
    return Table(box=None, pad_edge=False, header_style="bright_black", padding=(0, 2, 0, 0))


def _number(number: int) -> Text:
    return Text(str(number), style="bold cyan")


def _name(entry: PlanEntry, title: str, year: int | None, url: str, room: int) -> Text:
    name = Text.assemble(
        (printable(title), Style(bold=True, link=safe_link(url))),
        (f" ({year})" if year else "", _year_style(entry, year)),
    )
    return name.append("\n").append_text(address(url)) if len(url) <= room else name


def address(url: str) -> Text:
    """An address to click, where the terminal can."""
    return Text(printable(url), style=Style(color="blue", link=safe_link(url)))


def safe_link(url: str) -> str | None:
    """An address as a terminal's link, where it is one that a browser may open and holds no control signs."""
    return url if url.startswith("https://") and printable(url) == url and " " not in url else None


def _place(entry: PlanEntry, offer: Offer) -> Text:
    """Film or episodes, and, in yellow, a count that is not the list's."""
    place = Text(offer.place)
    if offer.place == "film" and entry.facts.episodes in (None, 1):
        return place
    differs = entry.facts.episodes is not None and entry.facts.episodes != offer.listed
    place.append(f"\n{pluralize(offer.on_trakt, 'episode')}", style="yellow" if differs else "bright_black")
    return place


def _year_style(entry: PlanEntry, year: int | None) -> str:
    return "yellow" if year and entry.facts.year and year != entry.facts.year else ""


def _aired(begins: date | None, ends: date | None) -> str:
    if begins is None or ends is None:
        return ""
    return str(begins) if begins == ends else f"{begins}\nto {ends}"


def _sure(confidence: float | None) -> Text:
    if confidence is None:
        return Text("")
    style = "green" if confidence >= _CERTAIN else "yellow" if confidence >= _LIKELY else "red"
    return Text(format_confidence(confidence), style=style)


def show_works(console: Console, entry: PlanEntry, works: Sequence[Work]) -> None:
    """What a search found, one row each."""
    table, room = _table(), console.width - 30
    for heading in ("", "on Trakt", "what"):
        table.add_column(heading, overflow="fold")
    for number, work in enumerate(works, start=1):
        what = "film"
        if not isinstance(work, Movie):
            what = (
                "show"
                if work.aired_episodes is None
                else f"show, {pluralize(work.aired_episodes, 'episode')}"
            )
        table.add_row(_number(number), _name(entry, work.title, work.year, work.url, room), what)
    console.print(Padding(table, (0, 0, 0, 2), expand=False))
    _show_long_addresses(console, [work.url for work in works], room)


def show_help(console: Console) -> None:
    """What each key does."""
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for key, meaning in HELP:
        table.add_row(Text(key, style="bold cyan"), meaning)
    console.print(Padding(table, (1, 0, 1, 2)))


# --- answers to a review: single keys at a terminal, or one line for each answer from a pipe ---


ARROW_LEFT = "\x1b[D"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: its key, and what stood behind the key (on a pipe; a terminal is asked for it)."""

    key: str
    rest: str = ""


class Input(Protocol):
    """Where answers come from. Everything raises EOFError at the end and KeyboardInterrupt on Ctrl-C."""

    interactive: bool

    def reply(self, prompt: str) -> Reply:
        """The next answer."""

    def text(self, prompt: str, reply: Reply) -> str:
        """The words that belong to an answer; empty where the person gave none."""

    def unusable(self, message: str) -> None:
        """Say that an answer can't be used. Raises BadUsage where the next line was meant for something else."""


class TerminalInput:
    """Keys as they are pressed."""

    interactive = True

    def __init__(self, state: State) -> None:
        self._state = state

    def reply(self, prompt: str) -> Reply:
        click.echo(
            f"{wrapped(prompt.rstrip())} ", nl=False, err=True, color=self._state.use_color(sys.stderr)
        )
        key = click.getchar()
        if key in ("\x03", "\x04"):
            raise KeyboardInterrupt if key == "\x03" else EOFError
        if key == ARROW_LEFT:
            key = "b"
        # several keys at once are type-ahead or a paste; only the first was meant for this question
        key = key[:1]
        click.echo(key if key.isprintable() else "", err=True)
        return Reply(key)

    def text(self, prompt: str, reply: Reply) -> str:  # noqa: ARG002
        try:
            words: str = click.prompt(wrapped(prompt), default="", show_default=False, err=True)
        except click.Abort:
            raise KeyboardInterrupt from None
        return words.strip()

    def unusable(self, message: str) -> None:
        self._state.warn(f"  {message}", style="yellow")


class LineInput:
    """One line for each answer: `a`, `2`, `s too short`, `/ other words`, `i movie 97`."""

    interactive = False

    def __init__(self, state: State, stream: TextIO) -> None:
        self._state = state
        self._stream = stream
        self._line = 0

    def reply(self, prompt: str) -> Reply:
        line = ""
        while not line.strip():
            line = self._stream.readline()
            self._line += 1
            if not line:
                raise EOFError
        line = line.strip()
        click.echo(f"{click.unstyle(prompt)}{line}", err=True)
        return Reply(line[:1], line[1:].strip())

    def text(self, prompt: str, reply: Reply) -> str:  # noqa: ARG002
        return reply.rest

    def unusable(self, message: str) -> None:
        raise BadUsage(
            f"line {self._line} of the answers can't be used: {message}",
            todo="The lines after it were not read; what was answered before is in the file.",
        )


def open_input(state: State) -> Input:
    """The terminal, or the pipe or file that stdin is. Raises BadUsage where stdin can have no answers."""
    if sys.stdin.isatty():
        return TerminalInput(state)
    try:
        kind = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError):
        return LineInput(state, sys.stdin)
    if not (stat.S_ISFIFO(kind) or stat.S_ISREG(kind) or stat.S_ISSOCK(kind)):
        raise BadUsage(
            "there is no terminal to ask on",
            todo="Run `anitrakt review` at a terminal, or send it answers through a pipe, one a line; "
            "`anitrakt show --decision review` lists what is open, and any editor can settle it.",
        )
    return LineInput(state, sys.stdin)


# --- how a review ends ---


class Quit(Exception):
    """The person has had enough for today; everything answered is in the file."""


def walked(walk: Callable[[], None]) -> ExitCode:
    """Go through a review until it or its input ends, the person has had enough, or Ctrl-C; the exit code for that."""
    try:
        walk()
    except (Quit, EOFError):
        pass
    except (KeyboardInterrupt, click.Abort):
        return ExitCode.INTERRUPTED
    return ExitCode.DONE
