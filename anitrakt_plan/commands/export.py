"""`export-trakt`: what is confirmed and missing, as files for Trakt's own importer, and what of others arrived."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from anitrakt_plan.commands.airing import aired_of, listed_episodes
from anitrakt_plan.commands.apply import empty_trakt, exported_stop
from anitrakt_plan.commands.data_download import (
    check_download,
    looked_at,
    read_download,
    remembered_download,
)
from anitrakt_plan.commands.explain import evidence_path, load_matches
from anitrakt_plan.commands.lookup import (
    checked_typed,
    knows_work,
    resolve_addresses,
    typed_entries,
)
from anitrakt_plan.commands.offline import OfflineCatalogue
from anitrakt_plan.commands.run import RunOptions, StopName, check_data_of, source_name
from anitrakt_plan.commands.send import rating_to_add
from anitrakt_plan.commands.services import Ask, Question, Reporter, Services
from anitrakt_plan.commands.show import select
from anitrakt_plan.commands.trakt_ids import asked_of, by_known_ids, known_ids
from anitrakt_plan.commands.upload_folder import UploadFolder
from anitrakt_plan.commands.verify import note_arrivals
from anitrakt_plan.errors import BadUsage, NotSignedIn, PlanInvalid, SafetyStop
from anitrakt_plan.idmaps import IdMaps, outside_ids
from anitrakt_plan.journal.journal import Journal, owners
from anitrakt_plan.journal.records import Intent, RunKind, Settled
from anitrakt_plan.model import (
    Account,
    Address,
    Catalogue,
    EntryKey,
    EpisodeSubject,
    Existing,
    Match,
    OutsideIds,
    Plan,
    PlanEntry,
    RatingScope,
    RatingsPolicy,
    SeasonSubject,
    ShowSubject,
    SyncKind,
    TargetKind,
    Work,
)
from anitrakt_plan.model.account import ListSubject, PlaySubject, work_of
from anitrakt_plan.model.addresses import page_of_match
from anitrakt_plan.model.dates import Undated, whole_minute, zone_of
from anitrakt_plan.model.matches import format_match
from anitrakt_plan.model.resolving import no_resolver
from anitrakt_plan.reports.export import Exported, left_out_groups, page_of_entry
from anitrakt_plan.settings import DATA_PAGE
from anitrakt_plan.sync.arrivals import (
    FileStanding,
    FileState,
    file_standings,
)
from anitrakt_plan.sync.batches import FileToImport, ListedItem
from anitrakt_plan.sync.desired import desired_of
from anitrakt_plan.sync.diff import Diff, DiffOptions, Verdict, diff
from anitrakt_plan.sync.existing import History
from anitrakt_plan.sync.importer import (
    ImportFile,
    ImportFiles,
    KnownIds,
    Missing,
    import_files,
)
from anitrakt_plan.sync.knowledge import BatchItemId, Knowledge, SentRating, SentState, grouped
from anitrakt_plan.sync.ratings import RatingChange
from anitrakt_plan.trakt.account import lost_rows_note
from anitrakt_plan.trakt.catalogue import TraktCatalogue
from anitrakt_plan.trakt.export_zip import DataZip
from anitrakt_plan.words import pluralize

FIRST_UPLOAD_PLAYS = 100
"""A first upload of more plays than this asks first: nothing takes it back."""


@dataclass(frozen=True, slots=True)
class ExportOptions(RunOptions):
    """What the command line says of an export. `trakt_data` is a data download, or a folder that holds some.

    With `dry_run` nothing is written, neither files nor journal, and nobody is asked.
    """

    trakt_data: Path | None = None
    again: bool = False

    @property
    def writes_again(self) -> bool:
        """Whether what stands in files that were written before is written again."""
        return self.again or self.passes(StopName.EXPORTED)


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """What is known of the account. `looked_at` is when it stood so. `unread` kinds are unknown, which is not empty."""

    existing: Existing
    looked_at: datetime
    download: DataZip | None = None

    @property
    def unread(self) -> frozenset[SyncKind]:
        """The kinds of which nothing is known."""
        return self.download.unread if self.download else frozenset()

    @property
    def works(self) -> Mapping[ListSubject, Work]:
        """The shows and films that the download names."""
        return self.download.works if self.download else {}

    @property
    def outside(self) -> Mapping[ListSubject, OutsideIds]:
        """Their ids elsewhere."""
        return self.download.outside if self.download else {}


@dataclass
class _Work:
    """An export on its way: the plan, what is known, and what was found."""

    plan: Plan
    options: ExportOptions
    services: Services
    reporter: Reporter
    now: datetime
    state: KnownAccount
    journal: Journal
    history: History
    catalogue: TraktCatalogue | None
    maps: IdMaps = field(default_factory=IdMaps)
    ids: KnownIds = field(default_factory=dict)
    aired: Mapping[PlaySubject, datetime | None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    is_stopped: bool = False

    @property
    def standings(self) -> tuple[FileStanding, ...]:
        return file_standings(self.journal.knowledge, self.history)

    def known_works(self) -> OfflineCatalogue:
        """What the maps, the plan's candidates and the download know of works."""
        download = self.state.download
        return self.services.known_works(self.plan, lambda: download.known_works if download else ())

    @contextmanager
    def stops(self) -> Iterator[None]:
        """What may stop an export is only said where none is made."""
        try:
            yield
        except SafetyStop as stop:
            if not self.options.dry_run:
                raise
            self.is_stopped = True
            self.notes.append(f"`anitrakt export-trakt FILE` would stop: {stop.what}.")


def export(
    plan: Plan,
    options: ExportOptions,
    folder: UploadFolder,
    services: Services,
    reporter: Reporter,
    now: datetime,
    *,
    ask: Ask | None,
) -> Exported:
    """Say what of earlier uploads arrived, and write what is confirmed and missing into `folder`; `now` is UTC.

    Raises NotSignedIn where nothing is known of the account, SafetyStop where plays would go out twice, PlanInvalid
    where two entries name one thing, BadUsage and Failed.
    """
    state = _state_of_account(plan, options, services, reporter, now)
    _check_account(plan, state.existing.account, options, services)
    journals = services.settings.folders.journal
    with options.open_journal(journals, state.existing.account, lambda: now) as journal:
        work = _begin(plan, options, services, reporter, now, state, journal)
        with work.stops():
            check_download(state.download, journal.knowledge, now, options.allow)
        note_arrivals(journal, state.existing, work.history, state.looked_at)
        with work.stops():
            _check_empty(work)
        work.ids = outside_ids(work.maps, beside=state.outside.items())
        first, policy = None, None
        selection = select(work.plan.entries, options.only) if options.only else None
        _check_typed_ids(work, selection)
        found, files = _find(work, selection)
        if not options.dry_run and ask is not None:
            policy = _ask_about_season_ratings(work, files, ask)
        if policy is not None:
            work.plan = with_show_ratings(work.plan)
            found, files = _find(work, selection)
        if asked := _asked_of_tmdb(work, files):
            work.ids = outside_ids(work.maps, beside=[*state.outside.items(), *asked])
            found, files = _find(work, selection)
        with work.stops():
            _check_not_waiting(work, found)
        if not options.dry_run:
            first = _first_entry(work, files, ask)
        if first is not None:
            found, files = _find(work, frozenset({first.key}))
        _check_clashes(files)
        exported = Exported(
            plan=work.plan,
            user=state.existing.account.user,
            files=files,
            found=found,
            standings=work.standings,
            left_out=left_out_groups(
                work.plan,
                found,
                files,
                state.works,
                first=first,
                only=selection,
                has_tmdb=services.tmdb_catalogue() is not None,
            ),
            notes=tuple(work.notes),
            first=(first.title, page_of_entry(first, state.works)) if first is not None else None,
            policy=policy,
            folder=folder.path,
            works=state.works,
            dry_run=options.dry_run,
            is_stopped=work.is_stopped,
        )
        if not options.dry_run:
            _write(work, exported, folder)
        return exported


def _begin(
    plan: Plan,
    options: ExportOptions,
    services: Services,
    reporter: Reporter,
    now: datetime,
    state: KnownAccount,
    journal: Journal,
) -> _Work:
    history = History.of_account(state.existing)
    catalogue = None if options.dry_run else services.trakt_catalogue()
    work = _Work(plan, options, services, reporter, now, state, journal, history, catalogue)
    if state.download is None:  # of a download it is said where that is read
        work.notes += lost_rows_note(state.existing.lost_rows, "your Trakt account")
    if SyncKind.RATINGS in state.unread:
        work.notes.append(
            "The download has no ratings, so none are exported: yours on Trakt might be overwritten."
        )
    work.maps = _id_maps(work)
    if any(entry.decision.sends and isinstance(entry.match, Address) for entry in plan.entries):
        known = work.known_works()
        work.plan = resolve_addresses(plan, services.final_catalogue() or known, known)
    downloaded = state.download.trakt_id if state.download is not None else no_resolver
    resolve = known_ids([journal.knowledge], downloaded, work.maps.trakt_id, asked_of(catalogue))
    work.plan = by_known_ids(work.plan, resolve)
    journal.name_works(resolve)
    if catalogue is not None:
        zone = zone_of(state.existing.account.time_zone)
        work.aired = aired_of(work.plan, desired_of(work.plan, zone=zone, now=now), catalogue)
    return work


# --- what is known of the account ---


def _state_of_account(
    plan: Plan, options: ExportOptions, services: Services, reporter: Reporter, now: datetime
) -> KnownAccount:
    """The newest that is known of it: the download that is given, the account itself, the plan's download."""
    folder = services.settings.folders.state
    if options.trakt_data is not None:
        remember_in = None if options.dry_run else folder
        return _of_download(
            read_download(options.trakt_data, reporter, now, services.settings, remember_in=remember_in),
            options,
            services,
            now,
        )
    # in the sandbox, which has a sign-in always, a download that is kept means that this way is being practised
    is_live = services.why_no_account() is None
    if not is_live or services.settings.sandbox:
        remembered = remembered_download(folder, plan.target_user, reporter, now)
        if remembered is not None:
            return _of_download(remembered, options, services, now)
    if is_live:
        kinds = (SyncKind.RATINGS, SyncKind.WATCHLIST, SyncKind.DROPPED)
        existing = services.read_existing(kinds, reporter)
        return KnownAccount(existing, existing.read_at)
    raise NotSignedIn(
        "what is on Trakt is not known, and Trakt's importer does not look for duplicates",
        todo=f"Download your data at {DATA_PAGE} (that needs no VIP), and run "
        f"`anitrakt {'diff' if options.dry_run else 'export-trakt'} FILE --trakt-data ZIP`.",
    )


def _of_download(
    download: DataZip, options: ExportOptions, services: Services, now: datetime
) -> KnownAccount:
    existing = download.existing
    if not download.names_account:
        account = _named_account(existing.account, options.account, services)
        existing = replace(existing, account=account)
    return KnownAccount(existing, looked_at(download, now), download)


def _named_account(account: Account, named: str | None, services: Services) -> Account:
    """The account that the person names, for a download that does not: one whose journal is here."""
    if named is None:
        raise BadUsage(
            "the data download does not say which account it is of (`user-settings.json` is not in it)",
            todo=f"Name it with `--account {account.user or 'NAME'}`, or download your data again.",
        )
    if account.user and not account.is_called(named):
        raise SafetyStop(f"`--account` says `{named}`, and this is {account.user}'s data", name=None)
    known = owners(services.settings.folders.journal)
    owner = next((one for one in known if named.casefold() in map(str.casefold, one.names)), None)
    if owner is None:
        raise BadUsage(
            f"nothing is known here of a Trakt account `{named}`, so what was exported for it can't be, either",
            todo="Download your data again, so that `user-settings.json` is in it.",
        )
    return replace(account, uuid=owner.account, user=named)


def _check_account(plan: Plan, account: Account, options: ExportOptions, services: Services) -> None:
    known = owners(services.settings.folders.journal)
    for planned in filter(None, (plan.target_user, options.account)):
        check_data_of(
            plan,
            planned,
            account,
            known,
            todo=f"Give the data download of {planned}, or make a new plan. Nothing was written.",
        )


def _check_empty(work: _Work) -> None:
    empty = empty_trakt(work.history, work.journal.knowledge)
    if empty is not None and not work.options.passes(StopName.EMPTY_TRAKT):
        raise empty


def _check_typed_ids(work: _Work, selection: frozenset[EntryKey] | None) -> None:
    """Look up ids that a person typed with whoever knows them. Raises PlanInvalid where one does not agree.

    Trakt's word is final; without a key there are TMDB's, the id maps' and the download's. What none of them knows is
    said: an upload can't be taken back.
    """
    services, plan = work.services, work.plan
    weighed = load_matches(evidence_path(services.settings.folders.state, plan.source))
    typed = list(typed_entries(plan, work.journal.knowledge, weighed, selection))
    if not typed:
        return
    trakt, tmdb = services.trakt_catalogue(), services.tmdb_catalogue()
    others: list[Catalogue] = [tmdb] if tmdb is not None else []
    if trakt is None:  # else nobody else is asked
        others.append(work.known_works())

    def asked(match: Match) -> Catalogue | None:
        return trakt or next((one for one in others if knows_work(match, one)), None)

    for entry, match, is_known in checked_typed(typed, asked, undone="Nothing was written."):
        if not is_known:
            work.notes.append(
                f"{entry.key} ({entry.title}): nobody here knows {format_match(match)}, which was typed. "
                f"Look at {page_of_match(match)} before you upload it."
            )


# --- what is missing ---


def _asked_of_tmdb(work: _Work, files: ImportFiles) -> list[tuple[ListSubject, OutsideIds]]:
    """The ids elsewhere of shows that no file could name, where there is a TMDB token to ask for them."""
    catalogue = None if work.options.dry_run else work.services.tmdb_catalogue()
    if catalogue is None:
        return []
    shows = dict.fromkeys(work_of(play.subject) for play in files.left_out.nameless)
    return [
        (one, catalogue.outside_ids(TargetKind.SHOW, one.show))
        for one in shows
        if isinstance(one, ShowSubject)
    ]


def _find(work: _Work, selection: frozenset[EntryKey] | None) -> tuple[Diff, ImportFiles]:
    options = DiffOptions(
        selection=selection, aired=work.aired, by_import=True, again=work.options.writes_again
    )
    state = work.state
    found = diff(work.plan, state.existing, work.history, work.journal.knowledge, work.now, options)
    released = _release_dates(found, work.catalogue) if work.catalogue is not None else {}
    ratings = () if SyncKind.RATINGS in state.unread else found.rating_changes
    missing = Missing(
        plays=found.plays,
        ratings=tuple(change for change in ratings if not _is_in_a_file(change, work)),
        listings=found.listings,
        titles={entry.key: entry.title for entry in work.plan.entries},
        aired={**work.aired, **released},
    )
    return found, import_files(missing, work.ids)


def _release_dates(found: Diff, catalogue: TraktCatalogue) -> dict[PlaySubject, datetime | None]:
    # the importer has no word for it
    wanted = {play.subject for play in found.plays if play.when is Undated.RELEASED}
    shows = {subject.show for subject in wanted if isinstance(subject, EpisodeSubject)}
    listed = (pair for show in shows for pair in listed_episodes(show, catalogue.seasons))
    return {subject: episode.first_aired for subject, episode in listed if subject in wanted}


def _is_in_a_file(change: RatingChange, work: _Work) -> bool:
    # what the importer did not take it is not given again
    exported = _exported_ratings(change, work.journal.knowledge)
    return bool(exported) and not work.options.writes_again


def _exported_ratings(change: RatingChange, knowledge: Knowledge) -> list[SentRating]:
    files = {file.batch for file in knowledge.files}
    states = (SentState.EXPORTED, SentState.ABSENT)
    sent = knowledge.ratings_of[change.subject]
    return [
        one for one in sent if one.place.batch in files and one.state in states and one.value == change.value
    ]


def _id_maps(work: _Work) -> IdMaps:
    loaded = work.services.id_maps(
        offline=not work.services.settings.sandbox
    )  # whose port is another each time
    if not loaded.maps.maps:
        work.notes.append("No id map is at hand; `anitrakt plan --update FILE` reads them anew.")
    return loaded.maps


# --- what stops it ---


def _check_not_waiting(work: _Work, found: Diff) -> None:
    """Raise SafetyStop where a file that may still be uploaded holds some of what would be written."""
    if work.options.writes_again:
        return
    unsent = (pair for entry in found.entries for pair in entry.unsent)
    plays = {subject for subject, why in unsent if why is Verdict.EXPORTED}
    exported = (_exported_ratings(change, work.journal.knowledge) for change in found.rating_changes)
    ratings = {sent.place for some in exported for sent in some}
    for standing in work.standings:
        waiting = _waiting_in(standing, plays, ratings)
        if waiting and standing.state is FileState.NOT_UPLOADED:
            raise exported_stop(
                standing,
                waiting,
                "Nothing was written. If you uploaded it: wait until Trakt is done, download your data anew, and run "
                "`anitrakt export-trakt FILE --trakt-data ZIP`. If not: upload it. If it never will be: add `--again`."
                + _said_of_doubled(work.standings),
            )


def _said_of_doubled(standings: Iterable[FileStanding]) -> str:
    count = sum(len(standing.doubled) for standing in standings)
    if not count:
        return ""
    stand = "stands" if count == 1 else "stand"
    return (
        f" {pluralize(count, 'play')} of earlier uploads {stand} twice at the same minute: "
        "`anitrakt status FILE --trakt-data ZIP` names them."
    )


def _waiting_in(standing: FileStanding, plays: set[PlaySubject], ratings: set[BatchItemId]) -> str:
    counts = (
        (sum(play.subject in plays for play in standing.waiting), "play"),
        (sum(rating.place in ratings for rating in standing.waiting_ratings), "rating"),
    )
    return " and ".join(pluralize(count, noun) for count, noun in counts if count)


def _check_clashes(files: ImportFiles) -> None:
    if files.clashes:
        first, second = files.clashes[0]
        raise PlanInvalid(
            f"{first.entry} ({first.match}) and {second.entry} ({second.match}) name the same on Trakt",
            todo="Correct the match of one of them, or skip it. Nothing was written.",
        )


# --- what is asked before the first upload ---


_SEASONS = ("leave them out", "rate each show with the mean of its seasons")


def _ask_about_season_ratings(work: _Work, files: ImportFiles, ask: Ask) -> RatingsPolicy | None:
    """Before the first export: the policy that carries what the importer has no word for; None for as it is."""
    if work.journal.knowledge.files or SyncKind.RATINGS in work.state.unread:
        return None
    seasons = sum(isinstance(change.subject, SeasonSubject) for change in files.left_out.ratings)
    if not seasons:
        return None
    question = Question(
        f"Trakt's importer takes no ratings of seasons, and {seasons} of yours are. Leave them out, or rate each show "
        "with the mean of its seasons? (This is asked once, and changes the plan's policy.)",
        _SEASONS,
        "--ratings show:mean, with `anitrakt plan --update FILE`",
    )
    return RatingsPolicy.SHOW_MEAN if ask(question) == _SEASONS[1] else None


def with_show_ratings(plan: Plan) -> Plan:
    """The plan under the policy `show:mean`: what rated its season rates the show."""
    entries = tuple(
        replace(entry, rates=RatingScope.SHOW)
        if entry.rates in (RatingScope.SEASON, RatingScope.SEASON_AND_SHOW)
        else entry
        for entry in plan.entries
    )
    return replace(plan, policy=replace(plan.policy, ratings=RatingsPolicy.SHOW_MEAN), entries=entries)


def _first_entry(work: _Work, files: ImportFiles, ask: Ask | None) -> PlanEntry | None:
    """Before a large first upload: the one entry that goes first, None for all. Raises SafetyStop for none."""
    count = len(files.plays)
    has_arrivals = any(standing.has_arrivals for standing in work.standings)
    is_one = len({play.entry for play in files.plays}) == 1
    is_small = work.services.settings.sandbox or count <= FIRST_UPLOAD_PLAYS or has_arrivals or is_one
    if is_small or work.options.passes(StopName.FIRST_UPLOAD):
        return None
    short = _shortest(work.plan, files)
    choices = ("one entry first", "all", "nothing")
    answer = None
    if ask is not None:
        question = Question(
            f"This is the first upload to `{work.state.existing.account.user}`, of {count} plays, and it can't be "
            f"taken back from here. Write one entry first ({short.title}), so that you can look at it on Trakt?",
            choices,
            f"--allow {StopName.FIRST_UPLOAD}",
        )
        answer = ask(question)
    if answer == choices[0]:
        return short
    if answer == choices[1]:
        return None
    raise SafetyStop(
        f"this would be the first upload to `{work.state.existing.account.user}`, of {count} plays, and it can't be "
        "taken back from here",
        name=StopName.FIRST_UPLOAD.value,
        todo=f"Nothing was written. Begin with one entry: `anitrakt export-trakt FILE --only {short.key}`; look at it "
        f"on Trakt once it is uploaded. To write all of it, pass with `--allow {StopName.FIRST_UPLOAD}`.",
    )


def _shortest(plan: Plan, files: ImportFiles) -> PlanEntry:
    """A short entry with dates, whose plays can all be written: easy to look at on Trakt."""
    by_key = {entry.key: entry for entry in plan.entries}
    nameless = {play.entry for play in files.left_out.nameless}
    plays = grouped((play.entry, play) for play in files.plays)
    return by_key[
        min(
            plays,
            key=lambda key: (
                key in nameless,
                any(isinstance(play.when, Undated) for play in plays[key]),
                len(plays[key]),
                key,
            ),
        )
    ]


# --- writing ---


def _write(work: _Work, exported: Exported, folder: UploadFolder) -> None:
    """First the files under passing names, then the record, then their names: none can be uploaded unrecorded."""
    knowledge, journal = work.journal.knowledge, work.journal
    _check_keeps_what_waits(work, exported.files, folder)
    with folder.placed(
        exported.files.files, exported.left_out, known=[file.path for file in knowledge.files]
    ):
        if not exported.files.files:
            return
        _give_up_rewritten(work, exported.files)
        run = journal.begin(RunKind.EXPORT, source_name(work.plan))
        for file in exported.files.files:
            operation = _to_import(file, str(folder.path_of(file)), work)
            journal.write(Intent(journal.last_batch + 1, run, work.now, operation))
        journal.end(run, 0, "", is_open=False)


def _check_keeps_what_waits(work: _Work, files: ImportFiles, folder: UploadFolder) -> None:
    """Raise SafetyStop where a file that waits for its upload would be replaced by one that lacks some of it.

    Whoever writes all of it again means to replace it.
    """
    if work.options.writes_again and not work.options.only:
        return
    plays = {play.subject for play in files.plays}
    ratings = {change.subject for change in files.ratings}
    for standing in work.standings:
        file = Path(standing.file.path)
        lost = sum(play.subject not in plays for play in standing.waiting)
        lost += sum(rating.subject not in ratings for rating in standing.waiting_ratings)
        if lost and standing.state is FileState.NOT_UPLOADED and file in folder.paths and file.exists():
            raise exported_stop(
                standing,
                pluralize(lost, "item"),
                f"Nothing was written, and {file} stays. Upload it first, or write into another folder with -o FOLDER.",
            )


def _give_up_rewritten(work: _Work, files: ImportFiles) -> None:
    # what is written again is not waited for in the file that held it before
    plays = {play.subject for play in files.plays}
    ratings = {change.subject for change in files.ratings}
    for standing in work.standings:
        places = [play.place for play in standing.waiting if play.subject in plays]
        places += [rating.place for rating in standing.waiting_ratings if rating.subject in ratings]
        if places:
            indexes = tuple(place.index for place in places)
            work.journal.write(Settled(standing.file.batch, work.now, indexes))


def _to_import(file: ImportFile, path: str, work: _Work) -> FileToImport:
    before = {
        subject: tuple(play.id for play in work.history.of(subject))
        for subject in {p.subject for p in file.plays}
    }
    return FileToImport(
        path=path,
        plays=tuple(replace(play, before=before[play.subject]) for play in file.plays),
        ratings=tuple(rating_to_add(change, whole_minute(work.now)) for change in file.ratings),
        listings=tuple(ListedItem(one.subject, one.entry) for one in file.listings),
    )
