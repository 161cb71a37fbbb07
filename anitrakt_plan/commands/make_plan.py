"""`plan`: read the list and Trakt, find each entry's place there, and make the plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from anitrakt_plan import __version__
from anitrakt_plan.commands.last_read import LastReads
from anitrakt_plan.commands.services import KNOWN_SERVICES, Reporter, Services
from anitrakt_plan.commands.side_by_side import side_by_side
from anitrakt_plan.errors import AnitraktError, Failed
from anitrakt_plan.http import RateLimit, time_words
from anitrakt_plan.idmaps import IdMaps, LoadedMaps
from anitrakt_plan.matching.asking import Asking
from anitrakt_plan.matching.evidence import Proposal
from anitrakt_plan.matching.identity import other_work_of_id
from anitrakt_plan.matching.propose import with_known_names
from anitrakt_plan.matching.search import Gathering, Reading, match_entries
from anitrakt_plan.matching.titles import is_latin
from anitrakt_plan.model import (
    AbsentClaim,
    Account,
    Catalogue,
    Decision,
    Entry,
    EntryKey,
    Existing,
    Facts,
    Ids,
    Match,
    Plan,
    PlanEntry,
    Policy,
    SeasonsOf,
    SourceInfo,
    Status,
    Work,
)
from anitrakt_plan.model.resolving import resolved_match
from anitrakt_plan.planfile.services import page_of
from anitrakt_plan.reports.plan import Asked, Planned
from anitrakt_plan.settings import Way
from anitrakt_plan.sources import SourceList
from anitrakt_plan.sync.ratings import rates_of_entries
from anitrakt_plan.trakt.account import lost_rows_note
from anitrakt_plan.trakt.export_zip import DataZip
from anitrakt_plan.words import pluralize


@dataclass(frozen=True, slots=True)
class UserList:
    """Read the list of a user from the list service of this name in SOURCES."""

    service: str
    user: str


@dataclass(frozen=True, slots=True)
class ListFile:
    """Read an exported list. `called`: how the plan names it, from its own folder; None for the path itself."""

    path: Path
    called: str | None = None


ListFrom = UserList | ListFile


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What the user asked `plan` for. `statuses` is spelled out, never "all"."""

    source: ListFrom
    statuses: tuple[Status, ...]
    policy: Policy
    include_private: bool = False
    verify: bool = False
    reading: Reading = Reading.EVERY
    refresh: bool = False
    offline: bool = False
    trakt_data: Path | None = None
    modeline: bool = True
    """Whether a new plan begins with the line that tells editors its schema."""


STOPPED_ASKING = "Stopped asking. Writing the plan as far as it is known; Ctrl-C again stops at once."

MANY_STRANGE, MANY_STRANGE_SHARE = 3, 0.2
"""So many entries, and such a share, whose title and id disagree are no slips: the ids are of another kind."""

SMALL_WORLD = (
    "The sandbox knows little more than a hundred anime, so most of a list of your own stays in review here; the real "
    "services know nearly all of it."
)


def make_plan(
    request: PlanRequest,
    listed: SourceList,
    services: Services,
    reporter: Reporter,
    now: datetime,
    *,
    decided: Mapping[EntryKey, Match],
    download: DataZip | None = None,
) -> Planned:
    """Make a plan of a list that has been read; `now` is UTC.

    `decided` are matches of the user's: they claim their episodes. `download` is Trakt's side, in place of the account.
    Raises AnitraktError where Trakt can't be read, and Failed where there is nothing to match by.
    """
    catalogue = catalogue_for(request, services)
    _announce(len(listed.entries), services, reporter, asks=catalogue is not None)
    loaded = _id_maps(request, services, reporter, now, is_all=catalogue is None)
    maps, notes = loaded.maps, [*listed.notes, *loaded.notes]
    existing = _known_by(download, services)
    account = existing.account if existing else _account(request, services, notes)
    decided = {key: resolved_match(match, services.trakt_id) for key, match in decided.items()}
    reading = request.reading if catalogue is not None else Reading.RISKY
    lacking = _lacking(listed, maps, request, reading, now)
    entries, completed = _complete(listed, lacking, services, reporter, notes)
    if catalogue is None and request.offline:
        notes.append("Offline: matched by the id maps alone; the rest waits in review.")
    gather = partial(
        Gathering,
        entries,
        maps,
        auto_from=request.policy.auto_from,
        now=now,
        reading=request.reading,
        asking=Asking.DECIDING if maps.maps else Asking.EVERYTHING,
        decided=decided,
    )
    gathering, looked_up = _ask(gather, catalogue, reporter, notes)
    proposals, unasked = with_known_names(gathering.proposals(), partial(_map_works, maps)), gathering.unasked
    del gathering  # what it was told is a good part of the memory that a long list takes
    plan = Plan(
        tool=f"anitrakt {__version__}",
        at=now,
        source=source_info(listed, request.statuses),
        target_user=_named(account),
        policy=request.policy,
        entries=plan_entries(entries, proposals, maps, request.policy, services.known_seasons, decided),
    )
    notes += [*_strange_ids(proposals), *_small_world(proposals, services)]
    way = Way.FILES if download is not None else services.way
    lacks_catalogue = catalogue is None and not request.offline
    return Planned(
        plan,
        proposals,
        listed,
        existing,
        tuple(notes),
        way,
        lacks_catalogue,
        lacks_everything=catalogue is None and not maps.maps,
        account=account,
        unasked=unasked,
        half_blind=request.offline or loaded.lacks_one,
        known_by=_maps_knowing(entries, maps),
        asked=max(completed, looked_up),
    )


def _maps_knowing(entries: Sequence[Entry], maps: IdMaps) -> Mapping[EntryKey, int]:
    return {
        entry.key: len({one.map for one in maps.claims(entry.ids) if not isinstance(one, AbsentClaim)})
        for entry in entries
    }


def _map_works(maps: IdMaps) -> Iterator[Work]:
    return (known.work for known in maps.works())


def _named(account: Account | None) -> str | None:
    return account.user or None if account is not None else None


def _announce(entries: int, services: Services, reporter: Reporter, *, asks: bool) -> None:
    time = time_needed(entries, services.catalogue_limit if asks else None)
    reporter.info(f"Matching {pluralize(entries, 'entry')} takes {time}; nothing is sent.")


def _small_world(proposals: Sequence[Proposal], services: Services) -> list[str]:
    matched = sum(one.decision is Decision.AUTO for one in proposals)
    return [SMALL_WORLD] if services.settings.sandbox and matched * 2 < len(proposals) else []


def _ask(
    gather: Callable[[Catalogue | None], Gathering],
    catalogue: Catalogue | None,
    reporter: Reporter,
    notes: list[str],
) -> tuple[Gathering, Asked]:
    """Ask the catalogue until all is known that decides, or Ctrl-C ends it."""
    asked = Asked.ALL
    with reporter.progress("Matching") as progress, ExitStack() as stack:
        several = stack.enter_context(side_by_side(catalogue)) if catalogue is not None else None
        gathering = gather(several)
        try:
            gathering.ask(progress, several.expect if several is not None else None)
        except KeyboardInterrupt:
            asked = Asked.UNTIL_STOPPED
            reporter.info(STOPPED_ASKING)
    if unasked := len(gathering.unasked):
        notes.append(
            f"You stopped before {pluralize(unasked, 'entry')} could be looked up: the id maps alone decided "
            "about them. Plan again to go on from there; what was answered is kept."
        )
    return gathering, asked


def catalogue_for(request: PlanRequest, services: Services) -> Catalogue | None:
    """The catalogue that a plan may ask; None where it is to go by what is at hand, or there is none."""
    if request.offline:
        return None
    return services.catalogue(refresh=request.refresh, fresh_seasons=request.verify)


def _known_by(download: DataZip | None, services: Services) -> Existing | None:
    """What a data download says is on Trakt; the ids in it are known from here on."""
    if download is None:
        return None
    services.learn_ids(download)
    return download.existing


def _id_maps(
    request: PlanRequest, services: Services, reporter: Reporter, now: datetime, *, is_all: bool
) -> LoadedMaps:
    """The id maps; Failed where there is none, and they are all that there is to match by."""
    reporter.info("Reading the id maps ...")
    loaded = services.id_maps(offline=request.offline, refresh=request.refresh)
    if is_all and not loaded.maps.maps and not request.offline:
        raise Failed(
            "no id map could be read, and there is no catalogue to ask: nothing could be matched",
            todo="No plan was written. Run the same command again where the network is there; `anitrakt doctor` says "
            "what can be reached, and --offline goes on all the same.",
        )
    for age in loaded.ages:
        reporter.debug(f"  id map {age.title}: {age.words(now)}")
    return loaded


def _strange_ids(proposals: Sequence[Proposal]) -> list[str]:
    strange = sum(proposal.other_work is not None for proposal in proposals)
    if strange < MANY_STRANGE or strange < MANY_STRANGE_SHARE * len(proposals):
        return []
    return [
        f"{strange} of {pluralize(len(proposals), 'entry')} have a title that is not their id's: the ids in this "
        "file are probably another service's. Export the list from MyAnimeList or AniList itself."
    ]


def source_info(listed: SourceList, statuses: tuple[Status, ...]) -> SourceInfo:
    """Whose list it is, as the plan's head says it."""
    return SourceInfo(listed.service, listed.user, len(listed.entries), statuses, listed.file)


def _account(request: PlanRequest, services: Services, notes: list[str]) -> Account | None:
    """Whose account it is, asked unless offline. Without a sign-in the plan is made all the same, and says so."""
    if request.offline:
        return None
    if missing := services.why_no_account():
        notes.append(missing)
        return None
    account = services.read_account()
    lost = LastReads(services.settings.folders.last_reads).lost_rows(account)
    notes += lost_rows_note(lost, "your Trakt account")
    return account


REQUESTS_AN_ENTRY = 0.8
"""What a first plan asks of the catalogue (benchmarks/cost.py counts it)."""


def time_needed(entries: int, limit: RateLimit | None) -> str:
    """How long planning so many entries takes at a catalogue's pace, in words; None: no catalogue is asked."""
    if limit is None:
        return "less than a minute"
    words = time_words(entries * REQUESTS_AN_ENTRY, limit)
    return f"{words}, less where this machine has asked before" if words.startswith("about") else words


def _lacking(
    listed: SourceList, maps: IdMaps, request: PlanRequest, reading: Reading, now: datetime
) -> list[Entry]:
    """The entries of an export that need what AniList knows: names for their titles, and the days they aired.

    Where season lists are read, each entry needs its days to be compared with; else those that the id maps alone
    don't settle.
    """
    if request.offline or not isinstance(request.source, ListFile):
        return []
    lacking = [entry for entry in listed.entries if entry.ids != Ids()]
    if reading is not Reading.RISKY:
        return lacking
    agreed = _agreed_by_id_maps(listed, maps, request, now)
    return [entry for entry in lacking if entry.key not in agreed or not entry.titles.romaji]


def _agreed_by_id_maps(
    listed: SourceList, maps: IdMaps, request: PlanRequest, now: datetime
) -> frozenset[EntryKey]:
    alone = match_entries(listed.entries, maps, None, auto_from=request.policy.auto_from, now=now)
    return frozenset(proposal.key for proposal in alone if proposal.decision is Decision.AUTO)


def _complete(
    listed: SourceList, lacking: Sequence[Entry], services: Services, reporter: Reporter, notes: list[str]
) -> tuple[tuple[Entry, ...], Asked]:
    if not lacking:
        return listed.entries, Asked.ALL
    reporter.info(f"Asking AniList about {pluralize(len(lacking), 'entry')} ...")
    try:
        filled = {entry.key: entry for entry in services.complete(lacking, reporter)}
    except AnitraktError as error:
        notes.append(f"{error.what}: {_by_the_file(len(lacking))} Plan again to ask it again.")
        return listed.entries, Asked.IN_PART
    except KeyboardInterrupt:
        reporter.info("Stopped asking AniList. The plan goes on without; Ctrl-C again stops at once.")
        notes.append(
            f"You stopped before AniList was asked: {_by_the_file(len(lacking))} Plan again to ask it."
        )
        return listed.entries, Asked.UNTIL_STOPPED
    return tuple(filled.get(entry.key, entry) for entry in listed.entries), Asked.ALL


def _by_the_file(count: int) -> str:
    return f"{pluralize(count, 'entry')} could be looked at only by what the list file says, so more is in review."


def plan_entries(
    entries: Sequence[Entry],
    proposals: Sequence[Proposal],
    maps: IdMaps,
    policy: Policy,
    known_seasons: SeasonsOf,
    decided: Mapping[EntryKey, Match],
) -> tuple[PlanEntry, ...]:
    """The plan's entries, in the file's order: by service and number, then those that have a title for a key.

    What an entry rates hangs on the match it will have in the end: the user's own where there is one.
    """
    drafts = [_plan_entry(entry, proposal, maps) for entry, proposal in zip(entries, proposals, strict=True)]
    drafts.sort(key=lambda draft: draft.key)
    final = [replace(draft, match=decided.get(draft.key, draft.match)) for draft in drafts]
    rates = rates_of_entries(final, policy.ratings, maps, known_seasons)
    return tuple(replace(draft, rates=rates.get(draft.key)) for draft in drafts)


def _plan_entry(entry: Entry, proposal: Proposal, maps: IdMaps) -> PlanEntry:
    is_auto = proposal.decision is Decision.AUTO
    return PlanEntry(
        key=entry.key,
        title=main_title(entry, maps),
        english=_other_title(entry),
        url=None if is_auto else page_of(KNOWN_SERVICES, entry.key),
        facts=Facts(entry.kind, entry.year, entry.episodes),
        progress=entry.progress,
        decision=proposal.decision,
        match=proposal.match if is_auto else None,
        candidates=proposal.candidates,
        hint=proposal.hint,
    )


def main_title(entry: Entry, maps: IdMaps | None = None) -> str:
    """The title under which an entry stands in the plan: the list's, else what an id map calls its id, else its key."""
    listed = entry.titles.romaji or entry.titles.english or entry.titles.japanese
    return listed or _name_in_maps(entry, maps) or str(entry.key)


def _name_in_maps(entry: Entry, maps: IdMaps | None) -> str | None:
    claims = maps.claims(entry.ids) if maps is not None else ()
    names = [name for claim in claims if not isinstance(claim, AbsentClaim) for name in claim.names]
    return next(filter(is_latin, names), names[0] if names else None)


def _other_title(entry: Entry) -> str | None:
    romaji, english = entry.titles.romaji, entry.titles.english
    if english is None and entry.known_as is not None and other_work_of_id(entry, ()) is None:
        english = entry.known_as.english
    return english if romaji and english and english != romaji else None
