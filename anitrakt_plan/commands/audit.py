"""`audit`: reads the account and the list's plans, and names in groups what looks like a script's work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from itertools import chain
from pathlib import Path

from anitrakt_plan import __version__
from anitrakt_plan.commands.airing import listed_episodes
from anitrakt_plan.commands.explain import evidence_path, load_matches
from anitrakt_plan.commands.lookup import resolve_entry
from anitrakt_plan.commands.run import check_data_of, source_name
from anitrakt_plan.commands.services import KNOWN_SERVICES, Reporter, Services
from anitrakt_plan.commands.trakt_ids import asked_of, known_ids
from anitrakt_plan.errors import AnitraktError, PlanInvalid
from anitrakt_plan.files import write_own
from anitrakt_plan.journal.journal import owners, read_knowledge
from anitrakt_plan.matching.titles import Likeness, compare, read_title
from anitrakt_plan.model import (
    Account,
    Address,
    Catalogue,
    EntryKey,
    Existing,
    MovieSubject,
    Plan,
    PlanEntry,
    SyncKind,
    TmdbId,
)
from anitrakt_plan.model.account import ListSubject, PlaySubject
from anitrakt_plan.model.dates import zone_of
from anitrakt_plan.model.matches import kind_and_id, parse_match
from anitrakt_plan.model.repair import Repair, RepairAccount, RepairDecision, RepairGroup, RepairKind
from anitrakt_plan.model.resolving import resolved_plan, work_of_match
from anitrakt_plan.planfile import load_plan, plan_cache
from anitrakt_plan.reports.audit import Audited
from anitrakt_plan.sources import ALL_STATUSES, anilist
from anitrakt_plan.sync.audit import Evidence, audit, listed_of
from anitrakt_plan.sync.knowledge import Knowledge
from anitrakt_plan.trakt.account import TraktState, lost_rows_note, showing_pages
from anitrakt_plan.trakt.copy import AccountCopy
from anitrakt_plan.trakt.export_zip import DataZip
from anitrakt_plan.words import pluralize, titled

_ANOTHER_ACCOUNT = (
    "Sign in to the other account (`anitrakt login`), or name a plan for this one. Nothing was changed."
)

COPIES = "copies"
"""The folder in the state folder that keeps what an account held before it was repaired."""


Works = Mapping[ListSubject, tuple[EntryKey, ...]]
"""Shows and films, each with the entries that lead to it."""


@dataclass(frozen=True)
class _Read:
    """An account as it was read: what it holds, what its works and episodes are called, and where a copy lies."""

    existing: Existing
    names: Mapping[ListSubject, str]
    pages: Mapping[ListSubject, str] = field(default_factory=dict)
    titles: Mapping[int, str] = field(default_factory=dict)
    copy: Path | None = None


def audit_account(
    plans: Sequence[Plan],
    services: Services,
    reporter: Reporter,
    now: datetime,
    *,
    download: DataZip | None = None,
) -> Audited:
    """Compare the whole account with the plans; with a `download`, or without the whole list, for a report only.

    Raises NotSignedIn, Failed, or SafetyStop where a plan is for another account.
    """
    read = _of_download(download) if download is not None else _read_live(services, reporter, now)
    account = read.existing.account
    known_owners = owners(services.settings.folders.journal)
    for plan in plans:
        if plan.target_user is not None:
            check_data_of(plan, plan.target_user, account, known_owners, todo=_ANOTHER_ACCOUNT)
    knowledge = read_knowledge(services.settings.folders.journal, account.uuid)
    why_not = _why_not_whole(plans, services, reporter)
    known = [*plans, *_remembered(services, account)]
    catalogue = services.final_catalogue()
    with reporter.progress("Looking up the list's works"):
        found = _by_trakt_ids(known, knowledge, services, catalogue)
    if found.unknown and why_not is None:
        why_not = f"nobody knows where on Trakt {pluralize(found.unknown, 'match')} of the list is"
    weighed = weighed_works(found.plans, services.settings.folders.state)
    groups = _groups(found.plans, read, knowledge, catalogue, weighed, reporter)
    if download is not None:
        why_not = "the account was read from a data download, and only Trakt's API can repair it"
    return Audited(
        repair=Repair(f"anitrakt {__version__}", now, RepairAccount(account.user, account.uuid), groups),
        plays=len(read.existing.plays),
        copy=read.copy,
        report_only=why_not,
        pages=_pages_of_groups(groups, read.pages),
        notes=(
            *lost_rows_note(read.existing.lost_rows, "your Trakt account"),
            *_private_note(plans, services),
        ),
    )


# --- the account ---


def _read_live(services: Services, reporter: Reporter, now: datetime) -> _Read:
    """Read everything that the account holds, and keep a copy of it before anything is said of it."""
    copy = AccountCopy()
    with reporter.progress("Reading your Trakt account") as progress:
        state = TraktState(
            services.trakt,
            on_page=showing_pages(progress),
            on_row=copy.take,
        )
        existing = state.read_existing(frozenset(SyncKind))
    account, folder = existing.account, services.settings.folders.state / COPIES
    path = folder / f"{account.uuid[:12]}-{now:%Y%m%d-%H%M%S}.zip"
    write_own(path, copy.as_zip(account, now))
    return _Read(existing, copy.names(), copy.pages(), copy.episode_titles(), path)


def _of_download(download: DataZip) -> _Read:
    works = download.works
    names = {subject: titled(work.title, work.year) for subject, work in works.items()}
    return _Read(download.existing, names, {subject: work.url for subject, work in works.items()})


# --- the list ---


def _remembered(services: Services, account: Account) -> Iterable[Plan]:
    """The plans of this account that this machine has read: what they know explains plays, too."""
    for raw in plan_cache.load_all(services.settings.folders.state):
        plan = load_plan(raw, "a plan", by_schema=False, services=KNOWN_SERVICES).plan
        if plan is not None and account.is_called(plan.target_user):
            yield plan


def _why_not_whole(plans: Sequence[Plan], services: Services, reporter: Reporter) -> str | None:
    """Why these plans do not hold the whole list: then what no entry explains may be an entry that is not there."""
    by_list: dict[str, list[Plan]] = defaultdict(list)
    for plan in plans:
        by_list[source_name(plan)].append(plan)
    for name, some in by_list.items():
        asked = {status for plan in some for status in plan.source.statuses}
        lacking = [status.value for status in ALL_STATUSES if status not in asked]
        if lacking:
            return f"the plan of {name} was made without what is {', '.join(lacking)}"
        if all(len(plan.entries) < plan.source.entries for plan in some):
            return f"entries of {name} were taken out of the plan"
        hidden = _private_entries(some, services, reporter)
        if hidden:
            return (
                f"{pluralize(hidden, 'private entry')} of {name} {'is' if hidden == 1 else 'are'} in no plan"
            )
    return None


def _private_note(plans: Iterable[Plan], services: Services) -> tuple[str, ...]:
    """The sentence on entries that nobody sees here; only their owner's token shows them."""
    of_anilist = any(plan.source.service == anilist.SOURCE.name and plan.source.user for plan in plans)
    if not of_anilist or services.settings.endpoint(anilist.SOURCE).token:
        return ()
    return (
        "If your AniList list has private entries, set ANITRAKT_ANILIST_TOKEN and plan with --include-private first: "
        "what only they explain looks like a script's work here.",
    )


def _private_entries(plans: Sequence[Plan], services: Services, reporter: Reporter) -> int:
    """How many private entries of an AniList list no plan has; they are seen only with its owner's token."""
    source = plans[0].source
    token = services.settings.endpoint(anilist.SOURCE).token
    if source.service != anilist.SOURCE.name or source.user is None or not token:
        return 0
    here = {entry.key for plan in plans for entry in plan.entries}
    try:
        listed = services.read_list(
            source.service, source.user, ALL_STATUSES, include_private=True, reporter=reporter
        )
    except AnitraktError:
        return 0
    return sum(entry.private and entry.key not in here for entry in listed.entries)


@dataclass(frozen=True, slots=True)
class _Resolved:
    plans: tuple[Plan, ...]
    unknown: int


def _by_trakt_ids(
    plans: Sequence[Plan], knowledge: Knowledge, services: Services, catalogue: Catalogue | None
) -> _Resolved:
    """The plans by Trakt's ids, and how many matches and candidates nobody knows Trakt's ids of."""
    resolve = known_ids([knowledge], services.trakt_id, asked_of(catalogue))

    def looked_up(entry: PlanEntry) -> PlanEntry:
        if not isinstance(entry.match, Address) or catalogue is None:
            return entry
        try:
            return resolve_entry(entry, catalogue)
        except PlanInvalid:
            return entry

    found = tuple(
        resolved_plan(replace(plan, entries=tuple(map(looked_up, plan.entries))), resolve) for plan in plans
    )
    unknown = sum(_is_unknown(entry) for plan in found for entry in plan.entries)
    return _Resolved(found, unknown)


def _is_unknown(entry: PlanEntry) -> bool:
    places = [entry.match, *(candidate.match for candidate in entry.candidates)]
    return any(
        isinstance(place, Address) or (place is not None and isinstance(kind_and_id(place)[1], TmdbId))
        for place in places
    )


# --- the groups ---


def _groups(
    plans: Sequence[Plan],
    read: _Read,
    knowledge: Knowledge,
    catalogue: Catalogue | None,
    weighed: Works,
    reporter: Reporter,
) -> tuple[RepairGroup, ...]:
    existing = read.existing
    evidence = Evidence(
        listed_of(plans),
        existing.plays,
        zone_of(existing.account.time_zone),
        knowledge.history_ids,
        alike_entries(plans, read.names),
        weighed,
        read.names,
        read.titles,
    )
    groups = audit(evidence)
    doubled = (group.works for group in groups if group.kind is RepairKind.DOUBLED)
    works = dict.fromkeys(chain.from_iterable(doubled))
    if not works or catalogue is None:
        return groups
    with reporter.progress("Looking up when they came out") as progress:
        aired: dict[PlaySubject, datetime] = {}
        for number, work in enumerate(works, start=1):
            aired |= _aired(work, catalogue)
            progress(number, len(works))
    return audit(replace(evidence, aired=aired))


def _aired(work: ListSubject, catalogue: Catalogue) -> dict[PlaySubject, datetime]:
    if isinstance(work, MovieSubject):
        film = catalogue.movie(work.movie)
        day = film.released if film is not None else None
        return {work: datetime.combine(day, time(0), tzinfo=UTC)} if day is not None else {}
    return {
        subject: episode.first_aired
        for subject, episode in listed_episodes(work.show, catalogue.seasons)
        if episode.first_aired is not None
    }


_LEADS = (Likeness.SAME, Likeness.SAME_BASE, Likeness.LEADS, Likeness.CLOSE)
"""What a search for a title finds first."""


def alike_entries(plans: Iterable[Plan], names: Mapping[ListSubject, str]) -> Works:
    """For each work the entries to whose titles a search would find it, by the works' and the entries' names.

    A work is also called what the entries that are in it are called.
    """
    entries = {entry.key: entry for plan in plans for entry in plan.entries}
    called: dict[ListSubject, set[str]] = defaultdict(set)
    for subject, name in names.items():
        called[subject].add(name)
    for entry in entries.values():
        if entry.resolved is not None and (work := work_of_match(entry.resolved)) in called:
            called[work].update(entry.titles)
    by_word: dict[str, list[tuple[EntryKey, str]]] = defaultdict(list)
    for key, entry in entries.items():
        for title in entry.titles:
            by_word[_first_word(title)].append((key, title))
    return {
        work: tuple(dict.fromkeys(key for title in titles for key in _found_by(title, by_word)))
        for work, titles in called.items()
    }


def weighed_works(plans: Iterable[Plan], state_folder: Path) -> Works:
    """The works that `plan` has weighed for entries on this machine, those that its searches found among them."""
    found: dict[ListSubject, dict[EntryKey, None]] = defaultdict(dict)
    for plan in plans:
        for key, matches in load_matches(evidence_path(state_folder, plan.source)).items():
            for text in matches:
                with suppress(ValueError):
                    found[work_of_match(parse_match(text))][key] = None
    return {work: tuple(keys) for work, keys in found.items()}


def _first_word(title: str) -> str:
    return read_title(title).base.partition(" ")[0]


def _found_by(title: str, by_word: Mapping[str, Sequence[tuple[EntryKey, str]]]) -> Iterable[EntryKey]:
    mine = read_title(title)
    for key, other in by_word.get(_first_word(title), ()):
        if compare(read_title(other), mine)[0] in _LEADS:
            yield key


def _pages_of_groups(
    groups: Iterable[RepairGroup], pages: Mapping[ListSubject, str]
) -> Mapping[str, tuple[str, ...]]:
    return {group.key: tuple(pages[work] for work in group.works if work in pages) for group in groups}


# --- what was decided before ---


def with_decisions_of(groups: Collection[RepairGroup], before: Repair) -> tuple[RepairGroup, ...]:
    """The groups with what a person has decided in an earlier file about the same plays for the same reason."""
    known = {_mark(group): group for group in before.groups if group.decision is not RepairDecision.REVIEW}
    return tuple(
        replace(group, decision=known[mark].decision, to=known[mark].to, note=known[mark].note)
        if (mark := _mark(group)) in known
        else group
        for group in groups
    )


def _mark(group: RepairGroup) -> tuple[object, ...]:
    return group.kind, frozenset(play.id for play in group.plays)
