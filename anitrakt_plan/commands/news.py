"""What `--notify CMD` gets on its stdin, as one JSON document: what was added, what waits for a person, what failed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from anitrakt_plan.errors import AnitraktError
from anitrakt_plan.files import keep_if_possible
from anitrakt_plan.json_text import read_json
from anitrakt_plan.model import Plan, PlanEntry, SourceInfo
from anitrakt_plan.model.sending import is_open, is_sent
from anitrakt_plan.planfile import ChangeKind, EntryChange, MergeResult
from anitrakt_plan.planfile.plan_cache import file_stem
from anitrakt_plan.reports.apply import ApplyResult, EntryResult, Fate
from anitrakt_plan.reports.names import target_name
from anitrakt_plan.reports.plan import needs_person
from anitrakt_plan.words import pluralize, printable_json

FORMAT = "anitrakt-notify/1"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class News:
    """What one command has to tell. Rows of `added` and `waiting` have key and title, those of `failed` a `what`."""

    command: str
    file: str | None = None
    added: tuple[Row, ...] = ()
    waiting: tuple[Row, ...] = ()
    failed: tuple[Row, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.waiting or self.failed)

    def as_json(self) -> dict[str, Any]:
        """The versioned document."""
        return {
            "format": FORMAT,
            "command": self.command,
            "file": self.file,
            "added": list(self.added),
            "waiting": list(self.waiting),
            "failed": list(self.failed),
        }


def news_of_plan(file: str | None, plan: Plan, merged: MergeResult | None, *, again: bool) -> News:
    """What a plan has to tell: entries that would be sent and were not before, and those that wait now.

    `again`: what waits is told whole, not only what is new of it.
    """
    changes = _changes(plan, merged)
    added = [one.after for one in changes if is_sent(plan, one.after) and not _was_sent(plan, one)]
    open_entries = [entry for entry in plan.entries if is_open(plan, entry)]
    waiting = open_entries if again else [one.after for one in changes if needs_person(one)]
    return News(
        "plan",
        file,
        tuple({**_named(entry), "target": target_name(entry)} for entry in added),
        tuple({**_named(entry), "reason": entry.hint or ""} for entry in waiting),
    )


def _changes(plan: Plan, merged: MergeResult | None) -> Iterable[EntryChange]:
    if merged is not None:
        return merged.changes
    return [EntryChange(ChangeKind.NEW, entry.key, None, entry, ()) for entry in plan.entries]


def _was_sent(plan: Plan, change: EntryChange) -> bool:
    return change.before is not None and is_sent(plan, change.before)


def _named(entry: PlanEntry) -> Row:
    return {"key": str(entry.key), "title": entry.english or entry.title}


def news_of_apply(file: str, result: ApplyResult) -> News:
    """What an apply has to tell: the entries of which something was sent, and what went wrong."""
    added = [row for entry in result.entries if (row := _added(entry)) is not None]
    failed = [row for entry in result.entries for row in _failed(entry)]
    failed += [{"what": text} for text in (result.error,) if text]
    return News("apply", file, tuple(added) if not result.dry_run else (), (), tuple(failed))


def _added(entry: EntryResult) -> Row | None:
    plays = entry.plays[Fate.PLAY]
    ratings = sum(rating.state in ("acknowledged", "seen") for rating in entry.ratings)
    if not plays and not ratings:
        return None
    found = entry.found
    return {
        "key": str(found.key),
        "title": found.title,
        "target": entry.target or found.match,
        "plays": plays,
        "ratings": ratings,
    }


def _failed(entry: EntryResult) -> Iterable[Row]:
    found = entry.found
    counts = {what.value: entry.plays[what] for what in (Fate.REFUSED, Fate.UNSEEN) if entry.plays[what]}
    reasons = [
        *([found.held] if found.held else []),
        *(f"{pluralize(count, 'play')} {what}" for what, count in counts.items()),
    ]
    reasons += [f"Trakt does not know {place}" for place in entry.not_found]
    return [{"key": str(found.key), "title": found.title, "what": reason} for reason in reasons]


def news_of_error(command: str, file: str | None, error: AnitraktError) -> News:
    """What a command that could not be carried out has to tell."""
    row = {"what": error.what, "where": error.where, "todo": error.todo, "exit_code": int(error.exit_code)}
    return News(command, file, failed=(row,))


def notify(call: str, news: News) -> str | None:
    """Hand the news to a command of the person's, by their shell; what went wrong with it, in a sentence."""
    document = printable_json(json.dumps(news.as_json(), ensure_ascii=False, indent=2)) + "\n"
    try:
        done = subprocess.run(call, shell=True, input=document.encode(), check=False)  # noqa: S602  # their own words
    except OSError as error:
        return f"`--notify` could not be called: {error.strerror or error}"
    return f"the command of --notify ended with exit code {done.returncode}" if done.returncode else None


# --- what waits is told when it is new, and once in a while ---

AGAIN_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class LastTold:
    """When a person was last told everything that waits in a plan; kept in the state folder, by the plan's list."""

    path: Path
    at: datetime | None = field(default=None)

    @classmethod
    def of(cls, state_folder: Path, source: SourceInfo) -> LastTold:
        """What is kept for a list; nothing where it can't be read."""
        path = state_folder / "told" / f"{file_stem(source)}.json"
        try:
            kept = read_json(path.read_bytes())
            return cls(path, datetime.fromisoformat(kept["at"]))
        except (OSError, ValueError, KeyError, TypeError):
            return cls(path)

    def is_long_ago(self, now: datetime) -> bool:
        """Whether it is time to tell it again."""
        return self.at is not None and now - self.at >= AGAIN_AFTER

    def note(self, now: datetime) -> None:
        """Keep that all of it is told now."""
        keep_if_possible(self.path, json.dumps({"at": now.isoformat()}).encode())
