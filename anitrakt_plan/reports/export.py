"""What `export-trakt` tells a person: what arrived, the files and where to upload them, and what they can't carry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from enum import StrEnum
from pathlib import Path

from anitrakt_plan.model import (
    Address,
    EntryKey,
    EpisodeSubject,
    Plan,
    PlanEntry,
    RatingsPolicy,
    SeasonSubject,
    ShowSubject,
    Work,
)
from anitrakt_plan.model.account import ListSubject, format_subject, work_of
from anitrakt_plan.model.addresses import page_of_match
from anitrakt_plan.model.dates import say_when
from anitrakt_plan.model.resolving import work_of_match
from anitrakt_plan.model.sending import is_open, is_sent
from anitrakt_plan.reports.names import KnownNames, part_name
from anitrakt_plan.settings import IMPORT_PAGE
from anitrakt_plan.sync.arrivals import FileStanding, FileState
from anitrakt_plan.sync.diff import Diff, PlayChange, Verdict
from anitrakt_plan.sync.importer import ImportFile, ImportFiles
from anitrakt_plan.sync.knowledge import SentPlay, grouped
from anitrakt_plan.sync.ratings import RatingChange
from anitrakt_plan.words import pluralize, printable

FORMAT = "anitrakt-export/2"

MAX_NAMED = 10
"""So many titles of a reason are named on the screen; `left-out.txt` names them all."""


class LeftOutReason(StrEnum):
    """Why something is in no file, by the name under which the JSON has it."""

    REVIEW = "needs_your_decision"
    NAMELESS = "importer_cannot_name_it"
    ABSENT = "not_on_trakt"
    HELD = "held"
    NOT_ARRIVED = "did_not_arrive_before"
    ARRIVING = "may_still_arrive"
    REMOVED = "removed_on_trakt"
    REPEATED = "repeated_plays"
    SEASON_RATING = "season_ratings"
    EPISODE_RATING = "episode_ratings"
    OTHER_RATING = "ratings"
    LISTING = "lists"
    UNDATED = "release_date_unknown"
    LATER = "after_the_first"


@dataclass(frozen=True, slots=True)
class LeftOutEntry:
    """An entry by its title, what of it is left out, and a page where one can do it by hand."""

    key: str
    title: str
    what: str = ""
    page: str | None = None

    def line(self, *, page: bool) -> str:
        """The entry on one line, with its page or without."""
        what = f": {self.what}" if self.what else ""
        return f"{self.title} ({self.key}){what}{f'  {self.page}' if self.page and page else ''}"


@dataclass(frozen=True, slots=True)
class LeftOutGroup:
    """What is left out for one reason: the reason and its cure in words, and the entries."""

    reason: LeftOutReason
    head: str
    cure: str
    entries: tuple[LeftOutEntry, ...]


@dataclass(frozen=True, slots=True)
class Exported:
    """An export. `found` is what the account lacks, all of it; `standings` are those of the files written before.

    `first` is the title and the page of the one entry that goes first. `policy` is the answer to what was asked about
    ratings, to be kept in the plan. `works` are those that the data download names. `is_stopped`: only said, and what
    would stop it is among the notes.
    """

    plan: Plan
    user: str
    files: ImportFiles
    found: Diff
    standings: tuple[FileStanding, ...]
    left_out: tuple[LeftOutGroup, ...]
    notes: tuple[str, ...]
    first: tuple[str, str] | None
    policy: RatingsPolicy | None
    folder: Path
    works: Mapping[ListSubject, Work]
    dry_run: bool
    is_stopped: bool = False


# --- what no file carries ---


def left_out_groups(
    plan: Plan,
    found: Diff,
    files: ImportFiles,
    works: Mapping[ListSubject, Work],
    *,
    first: PlanEntry | None,
    only: Collection[EntryKey] | None,
    has_tmdb: bool = False,
) -> tuple[LeftOutGroup, ...]:
    """What no file carries, by its reason. `first`: it alone was written, and the others wait.

    `only`: of all other entries nothing is said. `has_tmdb`: there is a TMDB token already.
    """
    groups, names = (
        _Groups(plan, found, works, only, has_tmdb),
        KnownNames.of((plan,)).with_works(works.values()),
    )
    if first is not None:
        return (groups.of(LeftOutReason.LATER, _others(plan, first)),)
    left = files.left_out
    made = (
        groups.of(LeftOutReason.REVIEW, _waiting(plan, with_candidates=True)),
        groups.of(LeftOutReason.NAMELESS, _counted(left.nameless), pages=True),
        groups.of(LeftOutReason.ABSENT, _waiting(plan, with_candidates=False)),
        groups.of(LeftOutReason.HELD, ((entry.key, entry.held) for entry in found.entries if entry.held)),
        groups.of(LeftOutReason.NOT_ARRIVED, _unsent(found, Verdict.NOT_ARRIVED, names), pages=True),
        groups.of(LeftOutReason.ARRIVING, _unsent(found, Verdict.EXPORTED, names)),
        groups.of(LeftOutReason.REMOVED, _unsent(found, Verdict.GONE, names)),
        groups.of(LeftOutReason.REPEATED, _counted(left.repeated)),
        groups.of(LeftOutReason.SEASON_RATING, _rated(left.ratings, SeasonSubject)),
        groups.of(LeftOutReason.EPISODE_RATING, _rated(left.ratings, EpisodeSubject)),
        groups.of(LeftOutReason.OTHER_RATING, _rated(left.ratings, ShowSubject)),
        groups.of(LeftOutReason.LISTING, ((one.entry, one.list.value) for one in left.listings)),
        groups.of(LeftOutReason.UNDATED, _counted(left.release_dates)),
    )
    return tuple(group for group in made if group.entries)


_WORDS: Mapping[LeftOutReason, tuple[str, str]] = {
    LeftOutReason.REVIEW: ("needs your decision", "`anitrakt review FILE` asks about each."),
    LeftOutReason.NAMELESS: (
        "Trakt's importer can't name it: nobody here knows a TVDB or IMDb number for it",
        "`anitrakt login --tmdb` finds more of them; else mark it on its page by hand.",
    ),
    LeftOutReason.ABSENT: (
        "nothing was found for it here",
        "`anitrakt review FILE` asks about each; `anitrakt login --tmdb` finds more of them.",
    ),
    LeftOutReason.HELD: ("held back", "Correct the match in the plan, or add `sure: true` to it."),
    LeftOutReason.NOT_ARRIVED: (
        "was uploaded and did not arrive: Trakt has no such episode or film by these numbers, or a part failed",
        "`anitrakt export-trakt FILE --again` writes it once more; else mark it on its page by hand.",
    ),
    LeftOutReason.ARRIVING: (
        "was uploaded with others that arrived, and has not arrived yet",
        "A later data download shows whether it does.",
    ),
    LeftOutReason.REMOVED: ("was on Trakt, and was removed there", "Nothing to do."),
    LeftOutReason.REPEATED: (
        "plays of one episode beyond the first, which Trakt's importer folds into one",
        "Mark them on Trakt by hand.",
    ),
    LeftOutReason.SEASON_RATING: (
        "ratings of seasons, which Trakt's importer does not take",
        "`anitrakt plan --update FILE --ratings show:mean` rates each show with their mean instead.",
    ),
    LeftOutReason.EPISODE_RATING: (
        "ratings of episodes, which Trakt's importer does not take",
        "Nothing to do.",
    ),
    LeftOutReason.OTHER_RATING: (
        "ratings of shows that Trakt's importer can't name",
        "`anitrakt login --tmdb` finds more of their numbers.",
    ),
    LeftOutReason.LISTING: ("list entries that Trakt's importer does not take", "Set them on Trakt by hand."),
    LeftOutReason.UNDATED: (
        "plays that should bear the release date, which is not known here: written without a date",
        "Nothing to do, or choose another rule with `anitrakt plan --update FILE --dates finish`.",
    ),
    LeftOutReason.LATER: (
        "wait until the first entry has arrived",
        "Then download your data anew, and run the same command with it.",
    ),
}

_WITH_TMDB = {
    LeftOutReason.NAMELESS: "Mark it on its page by hand.",
    LeftOutReason.ABSENT: "`anitrakt review FILE` asks about each.",
    LeftOutReason.OTHER_RATING: "Nothing to do.",
}
"""The cures where TMDB was asked already."""

_Said = Iterable[tuple[EntryKey, str]]


@dataclass(frozen=True, slots=True)
class _Groups:
    plan: Plan
    found: Diff
    works: Mapping[ListSubject, Work]
    only: Collection[EntryKey] | None
    has_tmdb: bool

    def of(self, reason: LeftOutReason, said: _Said, *, pages: bool = False) -> LeftOutGroup:
        by_key = {entry.key: entry for entry in self.plan.entries}
        entries = (
            LeftOutEntry(
                str(key),
                by_key[key].title,
                what,
                page_of_entry(by_key[key], self.works) if pages else None,
            )
            for key, what in said
            if key in by_key and (self.only is None or key in self.only)
        )
        head, cure = _WORDS[reason]
        cure = _WITH_TMDB.get(reason, cure) if self.has_tmdb else cure
        return LeftOutGroup(reason, head, cure, tuple(entries))


def page_of_entry(entry: PlanEntry, works: Mapping[ListSubject, Work]) -> str:
    """The page of what an entry is matched with, by the name it has in addresses where that is known."""
    match = entry.match
    if isinstance(match, Address):
        return match.url
    assert match is not None  # only what is matched is ever written, or not
    named = next((one.url for one in entry.candidates if one.match == match), None)
    work = works.get(work_of_match(match))
    return named or page_of_match(match, work.url if work is not None else None)


def _others(plan: Plan, first: PlanEntry) -> _Said:
    return ((entry.key, "") for entry in plan.entries if is_sent(plan, entry) and entry.key != first.key)


def _waiting(plan: Plan, *, with_candidates: bool) -> _Said:
    waits = (entry for entry in plan.entries if is_open(plan, entry))
    return ((entry.key, "") for entry in waits if bool(entry.candidates) is with_candidates)


def _counted(plays: Iterable[PlayChange]) -> _Said:
    counts = Counter(play.entry for play in plays)
    return ((key, pluralize(count, "play")) for key, count in counts.items())


def _unsent(found: Diff, verdict: Verdict, names: KnownNames) -> _Said:
    for entry in found.entries:
        subjects = [subject for subject, why in entry.unsent if why is verdict]
        if subjects:
            yield entry.key, names.places(subjects)


def _rated(changes: Iterable[RatingChange], kind: type) -> _Said:
    return (
        (change.entries[0], f"{part_name(change.subject)} rated {change.value}".strip())
        for change in changes
        if isinstance(change.subject, kind) and change.entries
    )


def left_out_text(groups: Sequence[LeftOutGroup], as_commands: Callable[[str], str]) -> str:
    """The file that names all of it; `as_commands` makes the commands in it such as can be copied."""
    lines = (line for group in groups for line in (*_group_lines(group, None), ""))
    return "\n".join(as_commands(printable(line)) for line in lines)


def _group_lines(group: LeftOutGroup, limit: int | None, *, pages: bool = True) -> Iterator[str]:
    yield f"{pluralize(len(group.entries), 'entry')}: {group.head}. {group.cure}"
    yield from (f"  {entry.line(page=pages)}" for entry in group.entries[:limit])
    if limit is not None and len(group.entries) > limit:
        yield f"  ... and {len(group.entries) - limit} more."


# --- what became of earlier files ---


def standing_lines(standings: Sequence[FileStanding], plan: Plan | None = None) -> Iterator[str]:
    """What is to be said of files that were written before, the newest last; of older ones only what is not done."""
    titles = {entry.key: entry.title for entry in plan.entries} if plan else {}
    rewritten = _subjects_of_newer(standings)
    for standing in standings:
        if standing.file.run == standings[-1].file.run or standing.state is not FileState.DONE:
            yield from _standing_lines(standing, titles, rewritten[standing.file.batch])
    if doubled := [play for standing in standings for play in standing.doubled]:
        yield (
            f"{_named('Twice at the same minute', doubled, titles)} A file was uploaded twice, or Trakt's page "
            "repeated a part that had failed. On Trakt, Settings → Advanced → Clean Up removes doubles: it keeps one "
            "play of each thing, so it removes true rewatches, too."
        )


def _subjects_of_newer(standings: Sequence[FileStanding]) -> dict[int, set[object]]:
    newer: set[object] = set()
    found = {}
    for standing in reversed(standings):
        found[standing.file.batch] = set(newer)
        newer |= {play.subject for play in (*standing.arrived, *standing.waiting, *standing.missing)}
    return found


def _standing_lines(
    standing: FileStanding, titles: Mapping[EntryKey, str], rewritten: set[object]
) -> Iterator[str]:
    head = f"{standing.file.path} ({standing.file.written_at:%Y-%m-%d})"
    missing = [play for play in standing.missing if play.subject not in rewritten]
    match standing.state:
        case FileState.NOT_UPLOADED:
            yield f"{head}: nothing of it is on Trakt yet."
        case FileState.ARRIVING:
            yield f"{head}: {_arrived(standing)}. {_named('Not there yet', standing.waiting, titles)}"
        case FileState.DONE if standing.has_arrivals and missing:
            yield f"{head}: {_arrived(standing)}. {_named('Did not arrive', missing, titles)}"
        case FileState.DONE if standing.has_arrivals:
            yield f"{head}: all of it has arrived ({_arrived(standing)})."
        case FileState.DONE:
            pass  # given up for a newer file
    if standing.removed:
        yield f"  {pluralize(len(standing.removed), 'play')} of it {_were(standing.removed)} removed on Trakt since."


def _arrived(standing: FileStanding) -> str:
    said = []
    if standing.plays:
        said.append(f"{len(standing.arrived)} of {pluralize(standing.plays, 'play')}")
    if standing.ratings:
        there = sum(rating.state.was_taken_in for rating in standing.ratings)
        said.append(f"{there} of {pluralize(len(standing.ratings), 'rating')}")
    return " and ".join(said)


def _named(head: str, plays: Sequence[SentPlay], titles: Mapping[EntryKey, str]) -> str:
    by_entry = grouped((play.entry, play) for play in plays)
    names = [f"{titles.get(key) or key} ({len(some)})" for key, some in by_entry.items()]
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return f"{head}: {', '.join(names[:MAX_NAMED])}{more}."


def _were(plays: Sequence[SentPlay]) -> str:
    return "was" if len(plays) == 1 else "were"


# --- the whole report ---


def export_lines(exported: Exported, *, practice: bool = False) -> list[str]:
    """The report, a sentence a line. `practice`: it is the sandbox's account, and no file is for the real page."""
    lines = [*standing_lines(exported.standings, exported.plan), *exported.notes]
    files = exported.files.files
    for group in exported.left_out:
        lines += _group_lines(group, MAX_NAMED, pages=not practice)
    if not files:
        return [*lines, _nothing(exported)]
    if exported.dry_run:
        summary = f"{_summary(files)} would be written."
        return [
            *_change_lines(exported),
            "",
            *lines,
            summary,
            "Next: `anitrakt export-trakt FILE` writes it.",
        ]
    lines.append(
        f"Wrote {exported.folder}{'/left-out.txt, and' if exported.left_out else ''} for upload, in this order:"
    )
    lines += [
        _file_line(n, file, exported.folder, practice=practice) for n, file in enumerate(files, start=1)
    ]
    return [*lines, *_next(exported, practice=practice)]


def _nothing(exported: Exported) -> str:
    rewritten = _subjects_of_newer(exported.standings)
    missing = sum(
        play.subject not in rewritten[standing.file.batch]
        for standing in exported.standings
        for play in (*standing.waiting, *standing.missing)
    )
    if missing:
        return (
            f"There is nothing new to export. Of what was written before, {pluralize(missing, 'play')} did not arrive "
            f"on Trakt yet (`{exported.user}`): `--again` writes what is missing."
        )
    if any(standing.has_arrivals for standing in exported.standings) and not exported.left_out:
        return f"There is nothing to export: all of it has arrived on Trakt (`{exported.user}`)."
    return f"There is nothing to export: what is confirmed and can be carried is on Trakt already (`{exported.user}`)."


def _summary(files: Sequence[ImportFile]) -> str:
    plays, ratings = sum(len(file.plays) for file in files), sum(len(file.ratings) for file in files)
    listings = sum(len(file.listings) for file in files)
    counts = ((plays, "play"), (ratings, "rating"), (listings, "watchlist entry"))
    return ", ".join(pluralize(count, word) for count, word in counts if count)


def _file_line(number: int, file: ImportFile, folder: Path, *, practice: bool) -> str:
    announced = ", ".join(f"{count:,} {words}" for count, words in file.announced)
    page = f"tab {file.layout.tab}" if practice else page_of(file)
    return f"  {number}. {folder / file.layout.file_name}   {page}   Trakt says: {announced}"


def page_of(file: ImportFile) -> str:
    """Trakt's import page with the file's tab open."""
    return f"{IMPORT_PAGE}?source={file.layout.value}"


def _next(exported: Exported, *, practice: bool) -> Iterator[str]:
    if practice:
        yield (
            "These files are practice: do not upload them to Trakt itself. They hold the sandbox's plays, and nothing "
            "takes an upload back."
        )
        yield (
            f"Next: `anitrakt sandbox --upload {exported.folder}` uploads them to the practice account, and "
            "`anitrakt sandbox --download new.zip` is its data download; then `anitrakt export-trakt FILE --trakt-data "
            "new.zip` says what arrived."
        )
        return
    yield (
        "Upload each once, on its own page. Before you press Start Import, Trakt shows the numbers above: where it "
        "shows others, cancel."
    )
    if exported.first is not None:
        title, page = exported.first
        yield f"Then look at {title} on Trakt: {page}"
    yield (
        "Then download your data anew, and run `anitrakt export-trakt FILE --trakt-data ZIP` with it: it says what "
        "arrived. Failed halfway? Don't upload a file again: download anew and add `--again` to that command; it "
        "writes only what is missing."
    )


def _change_lines(exported: Exported) -> Iterator[str]:
    """What would be written, the entries of one show together, ids last."""
    names = KnownNames.of((exported.plan,)).with_works(exported.works.values())
    files = exported.files.files
    plays = grouped((play.entry, (play, file)) for file in files for play in file.plays)
    by_work = grouped((work_of(some[0][0].subject), (key, some)) for key, some in plays.items())
    for work, entries in by_work.items():
        for key, some in entries:
            place = names.places(play.subject for play, _ in some)
            count = f"{pluralize(len(some), 'play')} ({say_when([play.when for play, _ in some], UTC)})"
            into = ", ".join(dict.fromkeys(file.layout.file_name for _, file in some))
            yield (
                f"  + {names.titles.get(str(key), key)} → {place}   {count}, {into}   {key} · {format_subject(work)}"
            )
    yield from (_rating_line(change, file, names) for file in files for change in file.ratings)


def _rating_line(change: RatingChange, file: ImportFile, names: KnownNames) -> str:
    of, work = str(change.entries[0]) if change.entries else "", work_of(change.subject)
    part = f" ({part})" if (part := part_name(change.subject)) else ""
    head = f"  + {names.titles.get(of, of)} → {names.work(work)}   rating {change.value}{part}"
    return f"{head}, {file.layout.file_name}   {of} · {format_subject(work)}"


def export_document(exported: Exported) -> dict[str, object]:
    """The report for programs (`--json`), versioned by its `format`."""
    return {
        "format": FORMAT,
        "user": exported.user,
        "files": [
            {
                "path": str(exported.folder / file.layout.file_name),
                "page": page_of(file),
                "announced": {words: count for count, words in file.announced},
                "plays": len(file.plays),
                "ratings": len(file.ratings),
                "watchlist": len(file.listings),
            }
            for file in exported.files.files
        ],
        "earlier": [standing_json(standing) for standing in exported.standings],
        "left_out": {
            group.reason.value: [
                {"key": entry.key, "title": entry.title, "what": entry.what, "page": entry.page}
                for entry in group.entries
            ]
            for group in exported.left_out
        },
        "notes": list(exported.notes),
        "dry_run": exported.dry_run,
    }


def standing_json(standing: FileStanding) -> dict[str, object]:
    """How one file stands."""
    return {
        "path": standing.file.path,
        "written_at": standing.file.written_at.isoformat(),
        "state": standing.state.value,
        "plays": standing.plays,
        "arrived": len(standing.arrived),
        "removed": len(standing.removed),
        "waiting": len(standing.waiting),
        "missing": len(standing.missing),
        "doubled": len(standing.doubled),
        "ratings": len(standing.ratings),
    }
