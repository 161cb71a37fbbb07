"""`export-trakt`: what is confirmed and missing, as files for Trakt's own importer; each export is remembered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from anitrakt_plan.commands.apply_ids import aired_of, episode_ids_of, resolve_addresses
from anitrakt_plan.commands.data_download import Download, read_download, remembered_download
from anitrakt_plan.commands.export_journal import (
    Export,
    check_not_twice,
    exports_path,
    read_exports,
    write_export,
)
from anitrakt_plan.commands.services import Services
from anitrakt_plan.commands.telling import Tell
from anitrakt_plan.core.dates import Undated, zone_of
from anitrakt_plan.core.desired import desired_of
from anitrakt_plan.core.diff import Diff, DiffOptions, diff
from anitrakt_plan.core.history import History
from anitrakt_plan.core.importer_files import ImportFiles, ImportFormat, import_files
from anitrakt_plan.core.importer_layouts import KnownIds, Missing
from anitrakt_plan.core.model import Address, EpisodeSubject, Existing, Plan, SyncKind
from anitrakt_plan.core.subjects import PlaySubject
from anitrakt_plan.errors import NotSignedIn, SafetyStop
from anitrakt_plan.idmaps.tvdb import tvdb_of_shows
from anitrakt_plan.journal.journal import read_knowledge
from anitrakt_plan.trakt.catalogue import TraktCatalogue


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What the user asked for. `one_file`: it goes to stdout, so there is no room for a second file."""

    format: ImportFormat
    trakt_export: Path | None = None
    again: bool = False
    one_file: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """The files, not yet written, and what is to be said of them. `found` is what the account lacks, all of it."""

    files: ImportFiles
    found: Diff
    user: str | None
    at: datetime
    format: ImportFormat
    notes: tuple[str, ...]
    unresolved: int
    download: str | None


@dataclass(frozen=True, slots=True)
class _State:
    """What is known of the account. `unread` kinds are unknown, which is not the same as empty."""

    existing: Existing
    tvdb: Mapping[int, int]
    unread: frozenset[SyncKind]
    download: str | None


def make_export(
    plan: Plan, request: ExportRequest, services: Services, tell: Tell, now: datetime
) -> Exported:
    """Work out what is confirmed and missing, and write it as files, in memory; `now` is UTC.

    Raises NotSignedIn where nothing is known of the account, SafetyStop where plays would go out twice.
    """
    state = _account_state(plan, request, services, tell, now)
    user = state.existing.account.user or None
    _check_account(plan, user)
    catalogue = services.catalogue()
    if catalogue is not None:
        plan = resolve_addresses(plan, catalogue)
    history = History(state.existing.plays)
    found, aired = _missing(plan, state, history, services, catalogue, now)
    ids, notes = _ids(found, request.format, state, services, catalogue)
    missing = Missing(
        plays=found.plays,
        ratings=() if SyncKind.RATINGS in state.unread else found.ratings.changes,
        listings=found.listings,
        titles={entry.key: entry.title for entry in plan.entries},
        aired=aired,
    )
    files = import_files(missing, ids, request.format, one_file=request.one_file)
    if SyncKind.RATINGS in state.unread:
        notes.append(
            "The download has no ratings, so none are exported: yours on Trakt might be overwritten."
        )
    exports = read_exports(exports_path(services.settings.folders.journal), user)
    if not request.again:
        note = check_not_twice(exports, (play.subject for play in files.plays), history)
        notes += [note] if note else []
    return Exported(
        files=files,
        found=found,
        user=user,
        at=now,
        format=request.format,
        notes=tuple(notes),
        unresolved=sum(1 for e in plan.entries if e.decision.sends and isinstance(e.match, Address)),
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
    plan: Plan, request: ExportRequest, services: Services, tell: Tell, now: datetime
) -> _State:
    """The newest that is known of the account: the download that is given, the account itself, the plan's download."""
    folder = services.settings.folders.state
    if request.trakt_export is not None:
        return _of_download(read_download(request.trakt_export, tell, now, remember_in=folder))
    if services.why_no_account() is None:
        kinds = (SyncKind.RATINGS, SyncKind.WATCHLIST, SyncKind.DROPPED)
        return _State(services.read_existing(kinds, tell), {}, frozenset(), None)
    remembered = remembered_download(folder, plan.target_user, tell, now)
    if remembered is None:
        raise NotSignedIn(
            "what is on Trakt is not known, and Trakt's importer does not look for duplicates",
            todo="Download your data at https://trakt.tv/settings/data (that needs no VIP) and add "
            "--trakt-export FILE.zip.",
        )
    return _of_download(remembered)


def _of_download(download: Download) -> _State:
    found = download.zip
    return _State(found.existing, found.tvdb, found.unread, found.sha256)


def _check_account(plan: Plan, user: str | None) -> None:
    if plan.target_user and user and plan.target_user.casefold() != user.casefold():
        raise SafetyStop(
            f"the plan is for the Trakt account {plan.target_user}, and this is {user}'s data",
            name=None,
            todo=f"Give the data download of {plan.target_user}, or make a new plan.",
        )


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
    found = diff(plan, state.existing, history, knowledge, now, DiffOptions(aired=aired))
    if catalogue is not None:
        aired |= _release_dates(found, catalogue)
    return found, aired


def _release_dates(found: Diff, catalogue: TraktCatalogue) -> Mapping[PlaySubject, datetime | None]:
    """When episodes aired whose plays are to bear that date: the importer has no word for it."""
    wanted = {
        play.subject
        for play in found.plays
        if play.when is Undated.RELEASED and isinstance(play.subject, EpisodeSubject)
    }
    return {
        EpisodeSubject(show, season.number, episode.number): episode.first_aired
        for show in {subject.show for subject in wanted}
        for season in catalogue.seasons(show) or ()
        for episode in season.episodes
        if EpisodeSubject(show, season.number, episode.number) in wanted
    }


def _ids(
    found: Diff, form: ImportFormat, state: _State, services: Services, catalogue: TraktCatalogue | None
) -> tuple[KnownIds, list[str]]:
    """The ids that the layout needs: TVDB's from the id maps and the download, Trakt's of episodes from Trakt."""
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
