"""`export-trakt`: what is confirmed and missing, as files for Trakt's own importer; each export is remembered."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from anitrakt_plan.commands.data_download import read_download, remembered_download
from anitrakt_plan.commands.lookup import aired_of, episode_ids_of, resolve_addresses
from anitrakt_plan.commands.services import Reporter, Services
from anitrakt_plan.commands.trakt_ids import asked_of, by_known_ids, known_ids
from anitrakt_plan.errors import Failed, NotSignedIn, SafetyStop
from anitrakt_plan.files import OWN_FILE, own_file, own_folder
from anitrakt_plan.idmaps import tvdb_of_shows
from anitrakt_plan.journal.journal import read_knowledge
from anitrakt_plan.model import Address, EpisodeSubject, Existing, Plan, SyncKind
from anitrakt_plan.model.account import PlaySubject, format_subject, parse_play_subject
from anitrakt_plan.model.dates import Undated, zone_of
from anitrakt_plan.model.resolving import work_without_trakt_id
from anitrakt_plan.reports.export import Exported
from anitrakt_plan.settings import DATA_PAGE
from anitrakt_plan.sync.desired import desired_of
from anitrakt_plan.sync.diff import Diff, DiffOptions, diff
from anitrakt_plan.sync.existing import History
from anitrakt_plan.sync.importer import ImportFormat, KnownIds, Missing, import_files
from anitrakt_plan.trakt.catalogue import TraktCatalogue
from anitrakt_plan.trakt.export_zip import DataZip
from anitrakt_plan.words import pluralize


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What the user asked for. `one_file`: it goes to stdout, so there is no room for a second file."""

    format: ImportFormat
    trakt_export: Path | None = None
    again: bool = False
    one_file: bool = False


@dataclass(frozen=True, slots=True)
class _State:
    """What is known of the account. `unread` kinds are unknown, which is not the same as empty."""

    existing: Existing
    tvdb: Mapping[int, int]
    unread: frozenset[SyncKind]
    download: str | None


def make_export(
    plan: Plan, request: ExportRequest, services: Services, reporter: Reporter, now: datetime
) -> Exported:
    """Work out what is confirmed and missing, and write it as files, in memory; `now` is UTC.

    Raises NotSignedIn where nothing is known of the account, SafetyStop where plays would go out twice.
    """
    state = _account_state(plan, request, services, reporter, now)
    user = state.existing.account.user or None
    _check_account(plan, user)
    catalogue = services.trakt_catalogue()
    if catalogue is not None:
        plan = resolve_addresses(plan, catalogue)
    plan = _by_trakt_ids(plan, state, services, catalogue)
    history = History(state.existing.plays)
    found, aired = _missing(plan, state, history, services, catalogue, now)
    ids, notes = _ids(found, request.format, state, services, catalogue)
    missing = Missing(
        plays=found.plays,
        ratings=found.rating_changes,
        listings=found.listings,
        titles={entry.key: entry.title for entry in plan.entries},
        aired=aired,
    )
    if SyncKind.RATINGS in state.unread:
        missing = replace(missing, ratings=())
        notes.append(
            "The download has no ratings, so none are exported: yours on Trakt might be overwritten."
        )
    files = import_files(missing, ids, request.format, one_file=request.one_file)
    exports = read_exports(exports_path(services.settings.folders.journal), user)
    if not request.again:
        notes += check_not_twice(exports, (play.subject for play in files.plays), history)
    return Exported(
        files=files,
        found=found,
        user=user,
        at=now,
        format=request.format,
        notes=tuple(notes),
        unresolved=sum(e.decision.sends and isinstance(e.match, Address) for e in plan.entries),
        download=state.download,
    )


def remember_export(exported: Exported, names: tuple[str, ...], journal: Path) -> None:
    """Write down, before the files can be uploaded, which plays they hold. Raises Failed; then nothing was exported."""
    plays = frozenset(play.subject for play in exported.files.plays)
    if plays:
        write_export(
            exports_path(journal),
            Export(exported.at, exported.user, exported.format.value, names, plays, exported.download),
        )


def _account_state(
    plan: Plan, request: ExportRequest, services: Services, reporter: Reporter, now: datetime
) -> _State:
    """The newest that is known of the account: the download that is given, the account itself, the plan's download."""
    folder = services.settings.folders.state
    if request.trakt_export is not None:
        return _of_download(read_download(request.trakt_export, reporter, now, remember_in=folder))
    if services.why_no_account() is None:
        kinds = (SyncKind.RATINGS, SyncKind.WATCHLIST, SyncKind.DROPPED)
        return _State(services.read_existing(kinds, reporter), {}, frozenset(), None)
    remembered = remembered_download(folder, plan.target_user, reporter, now)
    if remembered is None:
        raise NotSignedIn(
            "what is on Trakt is not known, and Trakt's importer does not look for duplicates",
            todo=f"Download your data at {DATA_PAGE} (that needs no VIP) and add --trakt-export FILE.zip.",
        )
    return _of_download(remembered)


def _of_download(download: DataZip) -> _State:
    return _State(download.existing, download.tvdb, download.unread, download.sha256)


def _check_account(plan: Plan, user: str | None) -> None:
    if plan.target_user and user and plan.target_user.casefold() != user.casefold():
        raise SafetyStop(
            f"the plan is for the Trakt account {plan.target_user}, and this is {user}'s data",
            name=None,
            todo=f"Give the data download of {plan.target_user}, or make a new plan.",
        )


def _by_trakt_ids(plan: Plan, state: _State, services: Services, catalogue: TraktCatalogue | None) -> Plan:
    if not any(work_without_trakt_id(entry.match) for entry in plan.entries):
        return plan
    knowledge, _ = read_knowledge(services.settings.folders.journal, state.existing.account.uuid)
    maps = services.id_maps(offline=False).maps
    return by_known_ids(plan, known_ids([knowledge], maps.trakt_id, asked_of(catalogue)))


def _missing(
    plan: Plan,
    state: _State,
    history: History,
    services: Services,
    catalogue: TraktCatalogue | None,
    now: datetime,
) -> tuple[Diff, Mapping[PlaySubject, datetime | None]]:
    account = state.existing.account
    knowledge, _ = read_knowledge(services.settings.folders.journal, account.uuid)
    aired: dict[PlaySubject, datetime | None] = {}
    if catalogue is not None:
        aired |= aired_of(plan, desired_of(plan, zone=zone_of(account.time_zone), now=now), catalogue)
    held = {
        entry.key: f"nobody here knows Trakt's id of {format_subject(work)}"
        for entry in plan.entries
        if (work := work_without_trakt_id(entry.match)) is not None
    }
    found = diff(plan, state.existing, history, knowledge, now, DiffOptions(held=held, aired=aired))
    if catalogue is not None:
        aired |= _release_dates(found, catalogue)
    return found, aired


def _release_dates(found: Diff, catalogue: TraktCatalogue) -> Mapping[PlaySubject, datetime | None]:
    # the importer has no word for it
    wanted = {play.subject for play in found.plays if play.when is Undated.RELEASED}
    shows = {subject.show for subject in wanted if isinstance(subject, EpisodeSubject)}
    seasons = ((show, season) for show in shows for season in catalogue.seasons(show) or ())
    aired: dict[PlaySubject, datetime | None] = {
        EpisodeSubject(show, season.number, episode.number): episode.first_aired
        for show, season in seasons
        for episode in season.episodes
    }
    return {subject: aired[subject] for subject in wanted & aired.keys()}


def _ids(
    found: Diff, form: ImportFormat, state: _State, services: Services, catalogue: TraktCatalogue | None
) -> tuple[KnownIds, list[str]]:
    shows = {play.subject.show for play in found.plays if isinstance(play.subject, EpisodeSubject)}
    ids, notes = KnownIds(), []
    if form is ImportFormat.TVTIME and shows:
        loaded = services.id_maps(offline=False)
        notes += [f"{note[0].upper()}{note[1:]}." for note in loaded.notes]
        ids = replace(ids, tvdb=tvdb_of_shows(loaded.maps, beside=state.tvdb))
        shows -= set(ids.tvdb)
    if catalogue is not None and shows:
        episodes = episode_ids_of(shows, catalogue)
        ids = replace(ids, episodes={s: n for s, n in episodes.items() if isinstance(s, EpisodeSubject)})
    return ids, notes


# --- which plays were already written into files for Trakt's importer ---


FORMAT = "anitrakt-exports/1"

_LOCK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Export:
    """One export: for whose account (None: not known), when (UTC), into which files, and which plays they hold."""

    at: datetime
    user: str | None
    format: str
    files: tuple[str, ...]
    plays: frozenset[PlaySubject]
    download: str | None = None
    """The sha256 of the data download it was made from; None where the account was read live."""


def exports_path(journal: Path) -> Path:
    """Where the exports are remembered: in the journal's folder, but apart from the accounts' journals."""
    return journal / "exports" / "exports.jsonl"


def read_exports(path: Path, user: str | None) -> tuple[Export, ...]:
    """The exports for this account, oldest first; one whose account is not known may have been for any.

    A torn last line, left by a power cut, is passed over: its files were never written. Raises Failed on any other.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise Failed(f"the record of exports can't be read: {error.strerror}", where=str(path)) from None
    *lines, _torn = raw.split(b"\n")
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            export = _decoded(line)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise Failed(
                "the record of exports has a line that can't be read",
                where=f"{path}:{number}",
                todo="Put back a copy of the file, or move it away if none of the exported files was uploaded.",
            ) from None
        if user is None or export.user is None or export.user.casefold() == user.casefold():
            found.append(export)
    return tuple(found)


def write_export(path: Path, export: Export) -> None:
    """Add an export; it is on the disk when this returns. Raises Failed."""
    try:
        own_folder(path.parent)
        lock = FileLock(path.with_name(path.name + ".lock"), timeout=_LOCK_SECONDS, mode=OWN_FILE)
        with lock, own_file(path).open("ab+") as file:
            _cut_torn_line(file.fileno(), path)
            file.write(_encoded(export).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except (OSError, Timeout) as error:
        raise Failed(
            f"the export can't be recorded: {getattr(error, 'strerror', None) or 'another anitrakt is at it'}",
            where=str(path),
            todo="Nothing was exported. Make room on the disk or set the folder's permissions, and run it again.",
        ) from None


def _cut_torn_line(descriptor: int, path: Path) -> None:
    whole = path.read_bytes()
    kept = whole.rfind(b"\n") + 1
    if kept != len(whole):
        os.ftruncate(descriptor, kept)


def _encoded(export: Export) -> str:
    said = {
        "format": FORMAT,
        "at": export.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "user": export.user,
        "layout": export.format,
        "files": list(export.files),
        "download": export.download,
        "plays": sorted(format_subject(subject) for subject in export.plays),
    }
    return json.dumps(said, ensure_ascii=False)


def _decoded(line: bytes) -> Export:
    said = json.loads(line)
    if said["format"] != FORMAT:
        raise ValueError("another format")
    return Export(
        at=datetime.fromisoformat(said["at"]),
        user=said["user"],
        format=said["layout"],
        files=tuple(said["files"]),
        plays=frozenset(parse_play_subject(text) for text in said["plays"]),
        download=said["download"],
    )


def check_not_twice(exports: Sequence[Export], wanted: Iterable[PlaySubject], history: History) -> list[str]:
    """Check that `wanted` may be exported after what was exported before; a sentence where some goes out again.

    A play that was exported and is still missing was never uploaded, or is on its way, or was not taken. That it was
    not taken only a state tells that shows other plays of the same export: then the upload is done. No clock is
    asked: a zip keeps no time zone. Raises SafetyStop for the other two.
    """
    wanted = frozenset(wanted)
    shared = [(export, export.plays & wanted) for export in exports if export.plays & wanted]
    for export, plays in shared:
        if not any(history.of(subject) for subject in export.plays - wanted):
            raise _twice(export, len(plays))
    again = sum(len(plays) for _, plays in shared)
    did_not_arrive = (
        f"{pluralize(again, 'play')} of an earlier export did not arrive on Trakt though others of it did; they "
        "are in this one again."
    )
    return [did_not_arrive] if again else []


def _twice(export: Export, shared: int) -> SafetyStop:
    named = ", ".join(export.files) or "a file"
    return SafetyStop(
        f"{pluralize(shared, 'play')} of these were exported before, on {export.at:%Y-%m-%d at %H:%M} UTC, into "
        f"{named}, and what is known of Trakt shows none of that export: uploaded twice, they would be there twice",
        name=None,
        todo="If you uploaded that file: wait until Trakt is done with it, download your data anew "
        f"({DATA_PAGE}) and give it with --trakt-export. If it was never uploaded and never will "
        "be: --again.",
    )
