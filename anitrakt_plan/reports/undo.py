"""What an undo comes to, for people and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from anitrakt_plan.errors import ExitCode
from anitrakt_plan.model import RatingSubject
from anitrakt_plan.model.account import ListSubject, format_subject, work_of
from anitrakt_plan.reports.names import KnownNames, part_name
from anitrakt_plan.sync.knowledge import grouped
from anitrakt_plan.words import pluralize

FORMAT = "anitrakt-undo/1"


@dataclass(frozen=True, slots=True)
class UndoneItem:
    """One thing taken back, or left: `note` says more.

    `what` is `play`, `rating` or `listing`; of a repair `row`, which goes back to where it stood, or `moved`, which
    stood in its place.
    """

    what: str
    of: RatingSubject
    entry: str
    note: str = ""

    def as_json(self) -> Mapping[str, str]:
        """The thing by its ids."""
        return {"what": self.what, "of": format_subject(self.of), "entry": self.entry, "note": self.note}


@dataclass(frozen=True, slots=True)
class UndoResult:
    """A whole undo; in a dry run, what it would do. `left` is what stays, and why."""

    run: str | None
    user: str
    dry_run: bool
    undoes: tuple[str, ...]
    taken_back: tuple[UndoneItem, ...]
    left: tuple[UndoneItem, ...]
    watchlist: tuple[ListSubject, ...]
    notes: tuple[str, ...]
    exit_code: ExitCode
    error: str | None = None

    @property
    def changes(self) -> bool:
        """Whether something was, or would be, changed on Trakt."""
        return bool(self.taken_back or self.watchlist)

    @property
    def counts(self) -> str:
        """What goes or went, in words: `10 plays, 1 rating`; empty for nothing."""
        kinds = Counter(item.what for item in self.taken_back)
        nouns = (("play", "play"), ("moved", "play"), ("rating", "rating"), ("listing", "list item"))
        said = [pluralize(kinds[what], noun) for what, noun in nouns if kinds[what]]
        back = [f"{pluralize(kinds['row'], 'play')} put back where they stood"] if kinds["row"] else []
        return ", ".join([*said, *back])

    def as_json(self) -> Mapping[str, Any]:
        """The versioned document of `--json`."""
        return {
            "format": FORMAT,
            "run": self.run,
            "user": self.user,
            "dry_run": self.dry_run,
            "undoes": self.undoes,
            "taken_back": [item.as_json() for item in self.taken_back],
            "left": [item.as_json() for item in self.left],
            "watchlist": list(map(format_subject, self.watchlist)),
            "notes": self.notes,
            "exit_code": int(self.exit_code),
            "error": self.error,
            "changes": self.changes,
        }


def undo_report(result: UndoResult, names: KnownNames | None = None) -> tuple[str, ...]:
    """The lines to print: what goes by show and entry, what stays and why, totals last. `-` removes, `~` puts back.

    `names` are what things are called, as far as somebody knows it.
    """
    names = names or KnownNames()
    lines = [
        *_taken_lines(result, names),
        *(f"  + {names.work(subject)} back on the watchlist" for subject in result.watchlist),
    ]
    for reason, items in grouped((f"{item.what} {item.note}", item) for item in result.left).items():
        left = names.places(item.of for item in items)
        lines.append(f"  ! {len(items)} × {reason}; left as it is: {left}")
    return (*lines, *([""] if lines else []), *result.notes, _total(result))


_PLAYS = {"play": ("-", ""), "moved": ("-", ""), "row": ("+", " put back")}
"""The sign of what has a line for all plays of its kind, and what is said of them."""


def _taken_lines(result: UndoResult, names: KnownNames) -> Iterator[str]:
    """What goes, the entries of one show together, where the first of them stands."""
    for of_work in grouped((work_of(item.of), item) for item in result.taken_back).values():
        for items in grouped((item.entry, item) for item in of_work).values():
            yield from _entry_lines(items, names)


def _entry_lines(items: Sequence[UndoneItem], names: KnownNames) -> Iterator[str]:
    """What goes of one entry in one work."""
    entry, work = items[0].entry, work_of(items[0].of)
    title = names.titles.get(entry)
    head = f"{title or entry} → "
    ids = f"   {entry} · {format_subject(work)}" if title else f"   {format_subject(work)}"
    of_plays = grouped((_PLAYS[item.what], item.of) for item in items if item.what in _PLAYS)
    for (sign, said), plays in of_plays.items():
        yield f"  {sign} {head}{names.places(plays)}   {pluralize(len(plays), 'play')}{said}{ids}"
    for item in (one for one in items if one.what not in _PLAYS):
        part = part_name(item.of) if item.what == "rating" else ""
        yield f"  ~ {head}{names.work(work)}   {item.note}{f' ({part})' if part else ''}{ids}"


def _total(result: UndoResult) -> str:
    again = "Next: run the same command again; it takes back the rest."
    if result.error:
        return f"{_so_far(result)}Stopped: {result.error}"
    if result.exit_code is ExitCode.INTERRUPTED:
        return (
            f"Interrupted. {_so_far(result)}{again}"
            if result.changes
            else "Interrupted: nothing was taken back."
        )
    if not result.changes:
        return (
            f"Nothing to take back on Trakt (`{result.user}`). "
            "`anitrakt log` has all runs; `anitrakt undo RUN` takes back an older one."
        )
    of_apply = any(item.what == "play" for item in result.taken_back)
    stays = (
        " What was taken back stays away until `apply --resend`." if of_apply and not result.dry_run else ""
    )
    return f"{_done(result)}{stays}"


def _so_far(result: UndoResult) -> str:
    return f"{_done(result, ' so far')} " if result.changes else ""


def _done(result: UndoResult, so_far: str = "") -> str:
    parts = []
    if result.counts:
        parts.append(f"{'To take back' if result.dry_run else f'Taken back{so_far}'}: {result.counts}.")
    if result.watchlist:
        verb = "To put back" if result.dry_run else "Put back"
        parts.append(f"{verb}: {pluralize(len(result.watchlist), 'watchlist item')}.")
    return " ".join(parts)
