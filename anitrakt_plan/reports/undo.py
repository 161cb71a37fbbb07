"""What an undo comes to, for people and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from anitrakt_plan.errors import ExitCode
from anitrakt_plan.sync.knowledge import grouped
from anitrakt_plan.words import pluralize

FORMAT = "anitrakt-undo/1"


@dataclass(frozen=True, slots=True)
class UndoneItem:
    """One thing taken back, or left: `what` is `play`, `rating` or `listing`, `of` names it, `note` says more."""

    what: str
    of: str
    entry: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class UndoResult:
    """A whole undo; in a dry run, what it would do. `left` is what stays, and why."""

    run: str | None
    user: str
    dry_run: bool
    undoes: tuple[str, ...]
    taken_back: tuple[UndoneItem, ...]
    left: tuple[UndoneItem, ...]
    watchlist: tuple[str, ...]
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
        nouns = (("play", "play"), ("rating", "rating"), ("listing", "list item"))
        return ", ".join(pluralize(kinds[what], noun) for what, noun in nouns if kinds[what])

    def as_json(self) -> Mapping[str, Any]:
        """The versioned document of `--json`."""
        said = asdict(self)
        return {"format": FORMAT, **said, "changes": self.changes, "exit_code": int(self.exit_code)}


def undo_report(result: UndoResult, titles: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The lines to print: what goes by entry, what stays and why, totals last. `-` removes, `~` puts back.

    `titles` are the entries', by their keys, as far as somebody knows them.
    """
    lines = [
        *_taken_lines(result, titles or {}),
        *(f"  + {subject} back on the watchlist" for subject in result.watchlist),
    ]
    for reason, items in grouped((f"{item.what} {item.note}", item) for item in result.left).items():
        lines.append(f"  ! {len(items)} × {reason}; left as it is: {_range(items)}")
    return (*lines, *([""] if lines else []), *result.notes, _total(result))


def _taken_lines(result: UndoResult, titles: Mapping[str, str]) -> Iterator[str]:
    for entry, items in grouped((item.entry, item) for item in result.taken_back).items():
        head, tail = (titles[entry], f"   {entry}") if entry in titles else (entry, "")
        plays = [item for item in items if item.what == "play"]
        if plays:
            yield f"  - {head}   {pluralize(len(plays), 'play')}: {_range(plays)}{tail}"
        yield from (f"  ~ {head}   {item.of}: {item.note}{tail}" for item in items if item.what != "play")


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
    stays = "" if result.dry_run else " What was taken back stays away until `apply --resend`."
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


def _range(items: Sequence[UndoneItem]) -> str:
    names = [item.of for item in items]
    return f"{names[0]} … {names[-1]}" if len(names) > 3 else ", ".join(names)
