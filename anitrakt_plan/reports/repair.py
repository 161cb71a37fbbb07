"""What a repair comes to, for people and as JSON: what goes and what comes, by title, what is left alone and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from anitrakt_plan.errors import ExitCode
from anitrakt_plan.model.account import format_subject
from anitrakt_plan.model.dates import When, format_instant, format_when
from anitrakt_plan.model.repair import RepairPlay
from anitrakt_plan.reports.names import spans
from anitrakt_plan.sync.knowledge import HistoryRow, grouped
from anitrakt_plan.words import pluralize

FORMAT = "anitrakt-repair-result/1"


@dataclass(frozen=True, slots=True)
class RepairResult:
    """A whole apply of a repair; in a dry run, what it would do. Rows stand behind the keys of their groups.

    `abouts` are the groups' works, and `several` those of more than one. `held` is what is left alone, and why. `done`
    counts what an earlier apply has done, `waiting` the groups that nobody has decided, `not_put_back` plays whose
    action no undo can restore.
    """

    run: str | None
    user: str
    dry_run: bool
    abouts: Mapping[str, str]
    several: frozenset[str]
    removed: tuple[tuple[str, HistoryRow], ...]
    redated: tuple[tuple[str, HistoryRow, When], ...]
    held: tuple[tuple[str, RepairPlay, str], ...]
    done: int
    waiting: int
    not_put_back: int
    notes: tuple[str, ...]
    exit_code: ExitCode
    error: str | None = None

    @property
    def changes(self) -> bool:
        """Whether something was, or would be, changed on Trakt."""
        return bool(self.removed or self.redated)

    @property
    def counts(self) -> str:
        """`62 plays removed, 12 redated`; empty for nothing."""
        said = ((len(self.removed), "removed"), (len(self.redated), "redated"))
        verb = "to be " if self.dry_run else ""
        return ", ".join(f"{pluralize(count, 'play')} {verb}{what}" for count, what in said if count)

    @property
    def sentence(self) -> str:
        """What `log` says of it."""
        held = f", {len(self.held)} left alone" if self.held else ""
        return f"{self.counts or 'nothing changed'}{held}"

    def as_json(self) -> Mapping[str, Any]:
        """The versioned document of `--json`."""
        return {
            "format": FORMAT,
            "run": self.run,
            "user": self.user,
            "dry_run": self.dry_run,
            "removed": [_row(key, row) for key, row in self.removed],
            "redated": [{**_row(key, row), "to": format_when(when)} for key, row, when in self.redated],
            "held": [
                {"group": key, "id": play.id, "of": format_subject(play.subject), "why": why}
                for key, play, why in self.held
            ],
            "done": self.done,
            "waiting": self.waiting,
            "notes": list(self.notes),
            "changes": self.changes,
            "error": self.error,
            "exit_code": int(self.exit_code),
        }


def _row(key: str, row: HistoryRow) -> Mapping[str, Any]:
    at = format_instant(row.watched_at)
    return {"group": key, "id": row.id, "of": format_subject(row.subject), "watched_at": at}


def repair_report(result: RepairResult) -> tuple[str, ...]:
    """The lines to print: what goes (`-`) and what gets another date (`~`) by group, what is left (`!`), the total."""
    to_be = "to be " if result.dry_run else ""
    lines = [
        *(
            f"  - {_places(result, key, rows)}   {pluralize(len(rows), 'play')} {to_be}removed   {key}"
            for key, rows in grouped(result.removed).items()
        ),
        *(
            f"  ~ {_places(result, key, rows)}   {pluralize(len(rows), 'play')} to {format_when(when)[:10]}   {key}"
            for (key, when), rows in grouped(((key, when), row) for key, row, when in result.redated).items()
        ),
        *(
            f"  ! {_places(result, key, plays)}   {pluralize(len(plays), 'play')} {'is' if len(plays) == 1 else 'are'} "
            f"left alone, for each {why}   {key}"
            for (key, why), plays in grouped(((key, why), play) for key, play, why in result.held).items()
        ),
    ]
    return (*lines, *([""] if lines else []), *result.notes, _total(result))


def _places(result: RepairResult, key: str, rows: Sequence[HistoryRow | RepairPlay]) -> str:
    """What some plays of a group are of: its work with the episodes, or several works by their group's name alone."""
    episodes = "" if key in result.several else spans(row.subject for row in rows)
    return f"{result.abouts[key]} {episodes}".rstrip()


def _total(result: RepairResult) -> str:
    waits = f" {pluralize(result.waiting, 'group')} wait for a decision." if result.waiting else ""
    if result.error:
        return f"{result.counts or 'Nothing was changed'}. Stopped: {result.error}"
    if result.exit_code is ExitCode.INTERRUPTED:
        return f"Interrupted. {result.counts or 'Nothing was changed'}. Run the same command again to go on."
    if not result.changes:
        gone = f" {_gone_already(result.done)}" if result.done else ""
        return f"Nothing to change on Trakt (`{result.user}`).{gone}{waits}"
    scrobbled = pluralize(result.not_put_back, "play")
    lost = f" {scrobbled} came from a player or a check-in: undo can put back plain plays only."
    lost = lost if result.not_put_back else ""
    if result.dry_run:
        return f"To do: {result.counts}.{lost}{waits}"
    return f"Done: {result.counts}.{lost}{waits} `anitrakt undo` takes it back."


def _gone_already(plays: int) -> str:
    are = "is" if plays == 1 else "are"
    return (
        f"{pluralize(plays, 'play')} of the file {are} gone already. If you took a repair back: audit anew, for what "
        "was put back has other ids than the file names."
    )
