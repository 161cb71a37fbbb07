"""One run of `plan`: the list, what was decided before, matching, and the old plan's text with what is new in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

from anitrakt_plan.commands.data_download import read_download, remembered_download
from anitrakt_plan.commands.explain import evidence_path, load_ids, save_evidence
from anitrakt_plan.commands.make_plan import STOPPED_ASKING, ListFile, PlanRequest, make_plan, source_info
from anitrakt_plan.commands.replan import (
    Decisions,
    Map,
    as_before,
    check_not_shrunk,
    journals_of,
    listed_progress,
    load_maps,
    plan_under_ids,
    rename_in_journals,
    resolve_pasted,
    sent_entries,
    titles_with_ids_now,
    works_in_question,
)
from anitrakt_plan.commands.run import check_data_of
from anitrakt_plan.commands.services import KNOWN_SERVICES, Reporter, Services
from anitrakt_plan.commands.trakt_ids import looked_up
from anitrakt_plan.errors import AnitraktError, BadUsage
from anitrakt_plan.journal.journal import owners
from anitrakt_plan.model import DatePolicy, Decision, EntryKey, Plan, SourceInfo
from anitrakt_plan.model.account import ListSubject
from anitrakt_plan.model.resolving import (
    Resolver,
    first_of,
    resolved_plan,
    resolver_of,
    work_without_trakt_id,
)
from anitrakt_plan.planfile import (
    Loaded,
    MergeResult,
    changed_by_rules,
    finished_plan,
    load_plan,
    merge_plan,
    plan_cache,
)
from anitrakt_plan.planfile.maps import by_key, decisions_in
from anitrakt_plan.reports.plan import Asked, Planned
from anitrakt_plan.settings import Way, way_of
from anitrakt_plan.sources import SourceList, anilist, open_list_file, source_of
from anitrakt_plan.sync.desired import marked_once
from anitrakt_plan.sync.knowledge import Knowledge
from anitrakt_plan.trakt.export_zip import DataZip
from anitrakt_plan.words import pluralize


@dataclass(frozen=True, slots=True)
class PreviousPlan:
    """What a plan begins with: the plan whose text is kept (`in_place`: it is also the file to write), and maps.

    `fresh`: take nothing from what is remembered either.
    """

    plan: Loaded | None = None
    in_place: bool = False
    fresh: bool = False
    maps: Sequence[Path] = ()


@dataclass(frozen=True, slots=True)
class PlanRun:
    """What came of it: the plan as it is written, and its file, which is the old one where nothing is new.

    `merged` is None for a plan made from nothing.
    """

    planned: Planned
    plan: Plan
    loaded: Loaded
    merged: MergeResult | None

    @property
    def as_utf8(self) -> bytes:
        """The bytes for stdout: an old text that was UTF-16 and has nothing new in it is UTF-8 there."""
        is_new = self.merged is None or self.merged.changed
        return self.loaded.raw if is_new else self.loaded.encoding.to_bytes(self.loaded.text)


def run_plan(
    request: PlanRequest,
    previous: PreviousPlan,
    services: Services,
    reporter: Reporter,
    now: datetime,
    *,
    shrunk_allowed: bool = False,
) -> PlanRun:
    """Plan, and bring the result into the old plan's text where there is one. `now` is UTC.

    Raises BadUsage where the file to write is a plan of another service's list, SafetyStop where the list shrank,
    and what reading the list, the maps and Trakt raises.
    """
    download = _download(request, previous, services, reporter, now)
    maps = load_maps(previous.maps)
    _read_ahead(request, services, download)
    listed = read_list(request, services, reporter)
    old, maps = _begin_with(previous, listed, request, services, reporter, maps)
    old, names = _under_ids(old, listed)
    old_plan = old.plan if old is not None else None
    catalogue = None if request.offline else services.final_catalogue()
    decisions = Decisions.of(old_plan, maps, listed.entries)
    known = services.known_works(old_plan, lambda: download.known_works if download else (), at_need=True)
    pasted = resolve_pasted(decisions, listed.entries, catalogue or known, known)
    planned = make_plan(
        request, listed, services, reporter, now, decided=pasted.decisions.matches, download=download
    )
    notes = [*pasted.notes, *_renamed(names)]
    folders = services.settings.folders
    journals = journals_of(old_plan, planned.account, folders.journal)
    planned = _by_trakt_ids(planned, journals, request, services, reporter)
    resolve = planned.trakt_ids
    planned = pasted.decisions.apply_user_decisions(planned)
    _evidence_kept(planned, listed, folders.state, resolve)
    if old is None or old_plan is None:
        return _from_nothing(planned, [*planned.notes, *notes], resolve, modeline=request.modeline)
    if previous.in_place:
        _check_same_account(old_plan, planned, services)
    check_not_shrunk(old_plan, planned, allowed=shrunk_allowed)
    rename_in_journals(folders.journal, planned.account, names, now)
    if names:
        journals = journals_of(old_plan, planned.account, folders.journal)
    planned = as_before(old_plan, planned)
    merge = partial(
        merge_plan,
        old,
        planned.plan,
        listed=listed_progress(old_plan, planned),
        resolved=pasted.resolved,
        refresh=request.refresh,
        services=KNOWN_SERVICES,
        resolve=resolve,
    )
    existing = planned.existing
    sent = sent_entries(old_plan, existing.plays if existing is not None else (), journals, resolve)
    merged = merge(sent=sent)
    if there := _there(old_plan, merged, planned, services, reporter, resolve) - sent:
        merged = merge(sent=sent | there)
    notes += _same_list_file(request, previous, old_plan)
    notes += [*_left_out(merged.left_out), *_by_newer_rules(old_plan, planned.plan, merged, resolve)]
    planned = replace(planned, notes=(*planned.notes, *notes))
    return PlanRun(planned, merged.plan, merged.loaded, merged)


def _by_trakt_ids(
    planned: Planned,
    journals: Sequence[Knowledge],
    request: PlanRequest,
    services: Services,
    reporter: Reporter,
) -> Planned:
    """The plan by Trakt's ids: by what knows them here, and by Trakt for as many as nobody has to wait for.

    The rest goes by TMDB's until it is applied. What may be sent is asked for before candidates.
    """
    known = (*(resolver_of(one.identified) for one in journals), services.trakt_id, services.kept_trakt_id)
    resolve, trakt, notes = cache(first_of(*known)), services.trakt_catalogue(), list(planned.notes)
    if trakt is not None and not request.offline:
        new = _works_without_trakt_id(resolved_plan(planned.plan, resolve))
        count = 0 if planned.unasked else services.lookups_without_a_wait
        try:
            resolve = cache(first_of(resolve, resolver_of(looked_up(new[:count], trakt, reporter))))
        except AnitraktError as error:  # what TMDB was asked for minutes is not lost by it
            notes.append(f"{error.what}: what only TMDB's ids name is looked up when it is applied.")
        except KeyboardInterrupt:
            reporter.info(STOPPED_ASKING)
            planned, count = replace(planned, asked=Asked.UNTIL_STOPPED), 0
        notes += _left_to_apply(planned.plan, new[count:], services)
    plan = resolved_plan(planned.plan, resolve)
    return replace(planned, plan=plan, trakt_ids=resolve, notes=tuple(notes))


def _works_without_trakt_id(plan: Plan) -> list[ListSubject]:
    """The works that only TMDB's id names: first those of matches, then those of candidates."""
    matches = (entry.resolved for entry in plan.entries)
    candidates = (one.match for entry in plan.entries for one in entry.candidates)
    works = map(work_without_trakt_id, (*matches, *candidates))
    return list(dict.fromkeys(work for work in works if work is not None))


def _left_to_apply(plan: Plan, left: Iterable[ListSubject], services: Services) -> Iterator[str]:
    """A word on the ids that nobody was made to wait for, and how long they will take."""
    unknown = frozenset(left)
    named = (work_without_trakt_id(entry.resolved) for entry in plan.entries)
    matches = [work for work in named if work in unknown]
    if matches:
        count = len(set(matches))
        name = f"{pluralize(len(matches), 'match')} {'name' if len(matches) > 1 else 'names'}"
        yield (
            f"{name} {pluralize(count, 'work')} by TMDB's ids: so that nobody waits for Trakt's limit now, the first "
            "`anitrakt apply FILE`, or `diff`, looks them up on Trakt, once "
            f"({services.time_of_lookups(count)})."
        )


def _read_ahead(request: PlanRequest, services: Services, download: DataZip | None) -> None:
    if not request.offline:
        reads_account = download is None and services.why_no_account() is None
        services.read_ahead(refresh=request.refresh, account=reads_account)


def _from_nothing(planned: Planned, notes: Sequence[str], resolve: Resolver, *, modeline: bool) -> PlanRun:
    plan, proof = finished_plan(
        planned.plan, "the plan", services=KNOWN_SERVICES, resolve=resolve, modeline=modeline
    )
    planned = replace(planned, plan=plan, notes=(*notes, *_left_out(proof.left_out)))
    return PlanRun(planned, plan, proof.loaded, None)


def _there(
    old: Plan,
    merged: MergeResult,
    planned: Planned,
    services: Services,
    reporter: Reporter,
    resolve: Resolver,
) -> frozenset[EntryKey]:
    """The entries of which Trakt has all plays already, among those whose automatic match would change.

    Where a data download was read, what it has is known without asking.
    """
    if planned.existing is not None or planned.account is None:
        return frozenset()
    plays = services.read_plays(works_in_question(merged.changes, resolve), reporter)
    return sent_entries(old, plays, (), resolve)


def _evidence_kept(planned: Planned, listed: SourceList, state: Path, resolve: Resolver) -> None:
    ids = {entry.key: entry.ids for entry in listed.entries}
    save_evidence(
        evidence_path(state, planned.plan.source), planned.proposals, ids, resolve, planned.known_by
    )


def _under_ids(old: Loaded | None, listed: SourceList) -> tuple[Loaded | None, Mapping[EntryKey, EntryKey]]:
    """The old plan with its entries under the ids that the list has for them now, and which these are."""
    if old is None or old.plan is None:
        return old, {}
    names = titles_with_ids_now(old.plan, listed)
    return plan_under_ids(old, names), names


def _download(
    request: PlanRequest, previous: PreviousPlan, services: Services, reporter: Reporter, now: datetime
) -> DataZip | None:
    """The data download that was given, else, without an application, the one that the plan in place was made with.

    It is read before anything is asked: a bad one costs no waiting. With one at hand, an application that Trakt
    refuses is no reason to stop.
    """
    state = services.settings.folders.state
    if request.trakt_data is not None:
        found = read_download(request.trakt_data, reporter, now, services.settings, remember_in=state)
        refused = None if request.offline else services.go_on_without_application()
        if refused is not None:
            reporter.info(f"{refused.what}. Going on without it, by your data download.")
        return found
    old = previous.plan.plan if previous.plan is not None and previous.in_place else None
    if old is None or way_of(services.settings) is Way.API:
        return None
    return remembered_download(state, old.target_user, reporter, now)


def _check_same_account(old: Plan, planned: Planned, services: Services) -> None:
    """Raise SafetyStop, which nothing passes, where a plan in place would come to be another account's."""
    account = planned.account
    if old.target_user is None or account is None or not account.user:
        return
    known = owners(services.settings.folders.journal)
    check_data_of(
        old,
        old.target_user,
        account,
        known,
        todo="Nothing was changed. Give the data of that account, or begin another file for this one: "
        "`anitrakt plan --from FILE -o OTHER.yaml` takes the decisions into it.",
    )


def _by_newer_rules(old: Plan, new: Plan, merged: MergeResult, resolve: Resolver) -> Iterator[str]:
    """A word about the first re-plan by another version, where it has written something."""
    changes = changed_by_rules(old, merged.changes, new, resolve) if merged.changed else None
    if changes is None:
        return
    waiting = sum(change.after.decision is Decision.REVIEW for change in changes)
    changed = pluralize(len(changes), "match") if changes else "no matches"
    wait = f", {waiting} of them to review" if waiting else ""
    yield (
        f"{old.tool} made this plan, and {new.tool} matches by newer rules: {changed} changed because of them{wait}. "
        "What was sent and still fits stayed as it was."
    )


def _left_out(found: Mapping[EntryKey, str]) -> Iterator[str]:
    return (f"{key} can't be written into a plan and is left out: {why}." for key, why in found.items())


def _renamed(names: Mapping[EntryKey, EntryKey]) -> Iterator[str]:
    """A sentence on the entries that go under an id from now on."""
    if names:
        moved = ", ".join(f"{key} is {to}" for key, to in names.items())
        yield f"the list has an id now for {pluralize(len(names), 'entry')}: {moved}"


def _begin_with(
    previous: PreviousPlan,
    listed: SourceList,
    request: PlanRequest,
    services: Services,
    reporter: Reporter,
    maps: tuple[Map, ...],
) -> tuple[Loaded | None, tuple[Map, ...]]:
    """The plan whose text is kept, and the maps: a plan of the other service's list serves as one.

    The plan that was named goes before every map; what is only remembered of another list goes behind them.
    """
    state = services.settings.folders.state
    old = previous.plan
    if old is not None and old.plan is not None:
        if old.plan.source.service == listed.service:
            return old, maps
        if previous.in_place:
            raise _other_list(old.name, old.plan)
        return None, (_map_of(old.plan, state), *maps)
    if previous.fresh:
        return None, maps
    if remembered := _remembered(services, source_info(listed, request.statuses), reporter):
        return remembered, maps
    others = tuple(_map_of(plan, state) for plan in _plans_of_other_lists(listed, state))
    if by_others := Decisions.of(None, others, listed.entries).from_maps:
        reporter.info(
            f"Decisions about {pluralize(len(by_others), 'entry')} come from the plan of your list on another service. "
            "--fresh begins anew."
        )
    return None, (*maps, *others)


def _other_list(name: str, plan: Plan) -> BadUsage:
    whose = plan.source.user or plan.source.file
    return BadUsage(
        f"{name} is the plan of another list: that of {whose} on {plan.source.service}",
        todo=f"Keep one file for each list: `--from {name} -o OTHER.yaml` takes its decisions into a new one.",
    )


def _map_of(plan: Plan, state: Path) -> Map:
    return by_key(decisions_in(plan, load_ids(evidence_path(state, plan.source))))


def _remembered(services: Services, source: SourceInfo, reporter: Reporter) -> Loaded | None:
    """The last valid plan of this list, for a plan that goes to stdout or to a new file."""
    raw = plan_cache.load(services.settings.folders.state, source)
    loaded = load_plan(raw, "the remembered plan") if raw is not None else None
    if loaded is None or loaded.plan is None:
        return None
    count = sum(entry.decision.by_person for entry in loaded.plan.entries)
    reporter.info(
        f"Decisions, notes and comments come from the plan of this list last seen, made {loaded.plan.at:%Y-%m-%d} "
        f"({count} decided by you). --fresh begins anew."
    )
    return loaded


def _plans_of_other_lists(listed: SourceList, state: Path) -> list[Plan]:
    kept = plan_cache.load_others(state, listed.service)
    found = (load_plan(raw, "a remembered plan").plan for raw in kept)
    return [plan for plan in found if plan is not None]


# --- reads the list that a plan is made of ---


def read_list(request: PlanRequest, services: Services, reporter: Reporter) -> SourceList:
    """Read the list that was asked for. Raises BadUsage, Failed or NotSignedIn.

    The times at which episodes were marked stand in the entries where the plan dates plays by them.
    """
    by_activity = request.policy.dates is DatePolicy.ACTIVITY
    if isinstance(request.source, ListFile):
        return _read_list_file(request.source, request, reporter, by_activity=by_activity)
    if by_activity:
        raise _no_activity()
    if request.offline:
        raise BadUsage("--offline needs a list that is already here", todo="Add --list-file FILE.")
    service, user = request.source.service, request.source.user
    reporter.info(f"Reading the {source_of(service).title} list of {user} ...")
    return services.read_list(
        service, user, request.statuses, include_private=request.include_private, reporter=reporter
    )


def _read_list_file(
    source: ListFile, request: PlanRequest, reporter: Reporter, *, by_activity: bool
) -> SourceList:
    reporter.info(f"Reading {source.path} ...")
    listed = open_list_file(source.path, request.statuses, include_private=request.include_private)
    listed = replace(listed, file=source.called or listed.file)
    if by_activity and listed.service != anilist.SOURCE.name:
        raise _no_activity()
    return _with_times(listed) if by_activity else listed


def _same_list_file(request: PlanRequest, previous: PreviousPlan, old: Plan) -> list[str]:
    """That a list file is still the one that the plan was made of: it does not renew itself."""
    source = request.source
    if not previous.in_place or not isinstance(source, ListFile):
        return []
    try:
        written = datetime.fromtimestamp(source.path.stat().st_mtime, UTC)
    except OSError:
        return []
    if written >= old.at:
        return []
    return [
        f"{source.path} is no newer than the plan. For what came since, export the list again and give it with "
        "`--list-file FILE`."
    ]


def _no_activity() -> BadUsage:
    return BadUsage(
        "--dates activity needs AniList's own data export: only that says when each episode was marked",
        todo="Download your data in AniList's account settings and give --list-file gdpr_data.json, or choose "
        "another rule, such as --dates finish.",
    )


def _with_times(listed: SourceList) -> SourceList:
    entries = tuple(
        replace(entry, progress=replace(entry.progress, times=marked_once(listed.times.get(entry.key, ()))))
        for entry in listed.entries
    )
    return replace(listed, entries=entries)
