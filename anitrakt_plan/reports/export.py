"""What `export-trakt` tells a person: the files and where to upload them, and what they can't carry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from anitrakt_plan.model import EntryKey, EpisodeSubject, MovieSubject, Plan, SeasonSubject
from anitrakt_plan.model.account import format_subject
from anitrakt_plan.settings import DATA_PAGE
from anitrakt_plan.sync.diff import Diff, PlayChange, Verdict
from anitrakt_plan.sync.importer import ImportFile, ImportFiles, ImportFormat
from anitrakt_plan.sync.ratings import RatingChange
from anitrakt_plan.words import pluralize

MAX_NAMED = 10


@dataclass(frozen=True, slots=True)
class Written:
    """An import file and the name it was written under; None for stdout."""

    name: str | None
    file: ImportFile


def export_lines(
    exported: Exported, written: Sequence[Written], plan: Plan, *, practice: bool = False
) -> list[str]:
    """The report, a sentence a line. `practice`: it is the sandbox's account, and no file is for a real one."""
    titles = {entry.key: entry.title for entry in plan.entries}
    lines = [f"{one.name or 'On stdout'}: {_content(one.file)}." for one in written]
    if not written:
        lines.append("There is nothing to export: what is confirmed and can be carried is on Trakt already.")
    lines += _left_out(exported, titles)
    lines += _held(exported)
    lines += exported.notes
    if written:
        lines += _PRACTICE if practice else _next(written)
    return lines


def _content(file: ImportFile) -> str:
    pieces = (
        (len(file.plays), "play"),
        (len(file.ratings), "rating"),
        (len(file.listings), "watchlist entry"),
    )
    return ", ".join(pluralize(count, word) for count, word in pieces if count)


def _left_out(exported: Exported, titles: dict[EntryKey, str]) -> list[str]:
    left = exported.files.left_out
    films = [play for play in left.plays if isinstance(play.subject, MovieSubject)]
    episodes = [play for play in left.plays if not isinstance(play.subject, MovieSubject)]
    lines = []
    if films:
        lines.append(
            f"Left out: {pluralize(len(films), 'film')}. TV Time's layout names films by title only, which finds wrong "
            "ones. With -o FILE.csv they get a file of their own; or run it again with --format csv."
        )
    if episodes:
        lines += _without_ids(episodes, titles, exported.format)
    lines += _left_ratings(left.ratings)
    if left.listings:
        lines.append(f"Left out: {pluralize(len(left.listings), 'list entry')} that this file can't carry.")
    if left.release_dates:
        lines.append(
            f"{pluralize(left.release_dates, 'play')} should bear the release date, which is not known here: undated."
        )
    if exported.unresolved:
        lines.append(
            f"Left out: {pluralize(len(exported.unresolved), 'entry')} with a pasted address that can't be sent. Write "
            "the match with ids, `{show: ID, episodes: S01E01-E12}`, or paste another address in `review`:"
        )
        lines += [f"  {key}  {titles.get(key, '')}: {why}" for key, why in exported.unresolved.items()]
    return lines


_RATED: Mapping[type, str] = {SeasonSubject: "season", EpisodeSubject: "episode"}


def _left_ratings(changes: Iterable[RatingChange]) -> list[str]:
    kinds = Counter(_RATED.get(type(change.subject), "film and show") for change in changes)
    lines = [
        f"Left out: {pluralize(kinds[kind], f'{kind} rating')}. Trakt's importer does not take them, or takes them for "
        "a film's."
        for kind in ("season", "episode")
        if kinds[kind]
    ]
    if kinds["film and show"]:
        lines.append(
            f"Left out: {pluralize(kinds['film and show'], 'film and show rating')}. -o FILE.csv carries them."
        )
    return lines


def _without_ids(
    episodes: Iterable[PlayChange], titles: dict[EntryKey, str], form: ImportFormat
) -> list[str]:
    by_entry = Counter(play.entry for play in episodes)
    why = (
        "no id map has their shows' TVDB ids, or not only theirs. With a Trakt client id, -o FILE.csv carries them in "
        "its second file; else mark them by hand."
        if form is ImportFormat.TVTIME
        else "this layout needs each episode's own id, which only Trakt's API has. --format tvtime carries them "
        "without a key."
    )
    lines = [f"Left out: {pluralize(by_entry.total(), 'episode')}: {why}"]
    named = list(by_entry.items())
    lines += [f"  {key}  {titles.get(key, '')}: {pluralize(n, 'episode')}" for key, n in named[:MAX_NAMED]]
    if len(named) > MAX_NAMED:
        lines.append(f"  ... and {len(named) - MAX_NAMED} more entries.")
    return lines


def _held(exported: Exported) -> list[str]:
    held = [entry for entry in exported.found.entries if entry.held]
    lines = [f"Held back: {entry.key} {entry.title}: {entry.held}" for entry in held[:MAX_NAMED]]
    gone = sum(entry.count(Verdict.GONE) for entry in exported.found.entries)
    if gone:
        lines.append(
            f"Left out: {pluralize(gone, 'play')} that anitrakt had sent and that were removed on Trakt."
        )
    return lines


_PRACTICE = (
    "These files are practice: do not upload them. They hold the sandbox's plays, and Trakt would add them to your own "
    "account, where nothing takes an upload back.",
)


def _next(written: Sequence[Written]) -> list[str]:
    lines = [f"Upload {'it' if len(written) == 1 else 'each'} once at {DATA_PAGE} (Import):"]
    lines += [f"  {one.name or 'the file'}: choose {one.file.format.menu}" for one in written]
    lines.append(
        "Uploading a file twice makes every play of it twice. When Trakt is done: download your data anew, and run "
        "`plan` or `export-trakt` with --trakt-export and the new zip; it then shows what has arrived."
    )
    return lines


def export_document(exported: Exported, written: Sequence[Written]) -> dict[str, object]:
    """The report for programs (`--json`), versioned by its `format`."""
    left = exported.files.left_out
    return {
        "format": "anitrakt-export/1",
        "files": [
            {
                "name": one.name,
                "upload_as": one.file.format.menu,
                "plays": len(one.file.plays),
                "ratings": len(one.file.ratings),
                "watchlist": len(one.file.listings),
            }
            for one in written
        ],
        "left_out": {
            "plays": [format_subject(play.subject) for play in left.plays],
            "ratings": [format_subject(change.subject) for change in left.ratings],
            "lists": [format_subject(listing.subject) for listing in left.listings],
            "addresses": [str(key) for key in exported.unresolved],
        },
        "notes": list(exported.notes),
    }


@dataclass(frozen=True, slots=True)
class Exported:
    """The files, not yet written, and what is to be said of them. `found` is what the account lacks, all of it.

    `unresolved`: the entries whose pasted address can't be sent, each with a sentence why.
    """

    files: ImportFiles
    found: Diff
    user: str | None
    at: datetime
    format: ImportFormat
    notes: tuple[str, ...]
    unresolved: Mapping[EntryKey, str]
    download: str | None
