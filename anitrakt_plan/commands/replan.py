"""Planning again: a fresh plan is brought into the text of an older one, and every decision in it stays."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from anitrakt_plan.commands.lookup import check_typed, find_work, resolve_entry
from anitrakt_plan.commands.make_plan import main_title
from anitrakt_plan.commands.offline import OfflineCatalogue
from anitrakt_plan.commands.services import KNOWN_SERVICES
from anitrakt_plan.errors import Failed, PlanInvalid, SafetyStop
from anitrakt_plan.journal.journal import JournalFile, account_lock, journal_path, owners, read_knowledge
from anitrakt_plan.journal.records import Renamed
from anitrakt_plan.model import (
    Account,
    Address,
    Catalogue,
    Decision,
    Entry,
    EntryKey,
    Facts,
    Match,
    Plan,
    PlanEntry,
    Play,
    Progress,
    title_word,
)
from anitrakt_plan.model.account import ListSubject, PlaySubject
from anitrakt_plan.model.matches import format_match, text_goes_on
from anitrakt_plan.model.resolving import (
    Resolver,
    resolved_entry,
    resolved_plan,
    work_of_match,
    work_without_trakt_id,
)
from anitrakt_plan.model.sending import subjects_of_match
from anitrakt_plan.planfile import (
    EntryChange,
    Loaded,
    MapEntry,
    Resolved,
    load_map,
    with_other_keys,
)
from anitrakt_plan.reports.plan import Planned
from anitrakt_plan.sources import SourceList
from anitrakt_plan.sync.knowledge import Knowledge, SentState
from anitrakt_plan.words import pluralize, titled

FEWER = 0.5
"""Of a list that has shrunk to less than this share, the reading is more likely wrong than the list."""

SMALL_LIST = 20

_SENT = (SentState.IN_DOUBT, SentState.ACKNOWLEDGED, SentState.SEEN)


def check_not_shrunk(old: Plan, planned: Planned, *, allowed: bool) -> None:
    """Raises SafetyStop where the list has far fewer entries than when the plan was last made."""
    before, now = old.source.entries, planned.plan.source.entries
    same_statuses = old.source.statuses == planned.plan.source.statuses
    if allowed or not same_statuses or before < SMALL_LIST or now >= before * FEWER:
        return
    raise SafetyStop(
        f"the list has {pluralize(now, 'entry')} now, and had {before} when the plan was made",
        name="shrunk-list",
        todo="The plan was left as it is. A private list or a service in trouble looks like this. If your list "
        "really shrank, pass with `--allow shrunk-list`.",
    )


def listed_progress(old: Plan, planned: Planned) -> Mapping[EntryKey, Progress]:
    """How every entry of the list stands. A private one that was left out is not gone: it stays as it was."""
    found = {entry.key: entry.progress for entry in (*planned.listed.entries, *planned.listed.others)}
    private = set(planned.listed.private_keys)
    for entry in old.entries:
        if entry.key in private:
            found.setdefault(entry.key, entry.progress)
    return found


def as_before(old: Plan, planned: Planned) -> Planned:
    """The same, in which what was not looked up this time stands as in the old plan, as sure as there.

    With less to go by than there should be (`half_blind`), what was certain stands, and what is not certain now.
    """
    certain = {entry.key for entry in planned.plan.entries if entry.decision is Decision.AUTO}

    def stands(entry: PlanEntry) -> bool:
        if planned.half_blind and (entry.decision is Decision.AUTO or entry.key not in certain):
            return True
        return entry.key in planned.unasked

    before = {entry.key: entry for entry in old.entries if stands(entry)}
    entries = tuple(
        replace(before[entry.key], progress=entry.progress, facts=entry.facts)
        if entry.key in before
        else entry
        for entry in planned.plan.entries
    )
    proposals = tuple(one for one in planned.proposals if one.key not in before)
    notes = planned.notes
    if before and planned.half_blind:
        notes += (
            f"Not all that tells where entries belong could be read, so {len(before)} stand as they did.",
        )
    elif before:
        notes += (
            f"{pluralize(len(before), 'entry')} could not be looked up this time, and stand as they did.",
        )
    return replace(planned, plan=replace(planned.plan, entries=entries), proposals=proposals, notes=notes)


def journals_of(old: Plan | None, account: Account | None, folder: Path) -> tuple[Knowledge, ...]:
    """What the account's journal knows of an older plan; without a sign-in, every journal on this machine."""
    if old is None:
        return ()
    accounts = [owner.account for owner in owners(folder)] if account is None else [account.uuid]
    return tuple(read_knowledge(folder, account) for account in accounts)


def sent_entries(
    old: Plan, plays: Iterable[Play], journals: Iterable[Knowledge], resolve: Resolver
) -> frozenset[EntryKey]:
    """The entries whose match in the file has its plays already: by a journal, or because Trakt has them all.

    `plays` are those that Trakt is known to have.
    """
    old = resolved_plan(old, resolve)
    there = {play.subject for play in plays}
    found = {entry.key for entry in old.entries if _is_all_there(entry, there)} if there else set()
    return _sent_by_journal(old, [one.with_trakt_ids(resolve) for one in journals]) | found


def _is_all_there(entry: PlanEntry, there: Collection[PlaySubject]) -> bool:
    wanted = subjects_of_match(entry, entry.resolved)[1] if entry.resolved else ()
    return bool(wanted) and all(subject in there for subject in wanted)


def _sent_by_journal(old: Plan, journals: Iterable[Knowledge]) -> frozenset[EntryKey]:
    matches = {entry.key: entry.resolved for entry in old.entries if entry.resolved}
    return frozenset(
        play.entry
        for known in journals
        for play in known.plays
        if play.state in _SENT and play.entry in matches and text_goes_on(play.match, matches[play.entry])
    )


def works_in_question(changes: Iterable[EntryChange], resolve: Resolver) -> tuple[ListSubject, ...]:
    """The works of automatic matches that would change: if Trakt has their plays, only a person may change them."""
    matches = (
        was
        for change in changes
        if change.before is not None
        and change.before.decision is Decision.AUTO
        and (was := resolved_entry(change.before, resolve).resolved) is not None
        and (change.after.decision, change.after.resolved) != (Decision.AUTO, was)
    )
    works = (work_of_match(match) for match in matches if work_without_trakt_id(match) is None)
    return tuple(dict.fromkeys(works))


# --- addresses that a person pasted as a match, in the plan or in a map ---


@dataclass(frozen=True, slots=True)
class Pasted:
    """The decisions with every address that could be resolved, and a sentence for each that could not."""

    decisions: Decisions
    resolved: Mapping[EntryKey, Resolved]
    notes: tuple[str, ...] = ()


def resolve_pasted(
    decisions: Decisions,
    entries: Sequence[Entry],
    catalogue: Catalogue,
    known: OfflineCatalogue | None = None,
) -> Pasted:
    """Look up the addresses that are to be sent; `known` as for `look_up_address`.

    What can't be sent so (another number of episodes, no such page) stays as it is; `apply` refuses it. Raises Failed
    and NotSignedIn where Trakt can't be asked.
    """
    resolved: dict[EntryKey, Resolved] = {}
    notes: list[str] = []
    for entry in entries:
        address = decisions.confirmed.get(entry.key)
        if isinstance(address, Address) and (
            found := _look_up(_as_planned(entry, address), catalogue, known, notes)
        ):
            resolved[entry.key] = found
    matches = {key: found.match for key, found in resolved.items()}
    return Pasted(decisions.with_matches(matches), resolved, tuple(notes))


def _as_planned(entry: Entry, address: Address) -> PlanEntry:
    return PlanEntry(
        key=entry.key,
        title=main_title(entry),
        english=entry.titles.english,
        facts=Facts(entry.kind, entry.year, entry.episodes),
        progress=entry.progress,
        decision=Decision.CONFIRMED,
        match=address,
    )


def _look_up(
    entry: PlanEntry, catalogue: Catalogue, known: OfflineCatalogue | None, notes: list[str]
) -> Resolved | None:
    try:
        match = resolve_entry(entry, catalogue, known).match
    except PlanInvalid as error:
        notes.append(f"{entry.key}: {error.what}. {error.todo}")
        return None
    if match is None or isinstance(match, Address):
        return None
    if wrong := check_typed(entry, match, catalogue):
        notes.append(f"{entry.key}: {wrong}. If that is what you mean, add `sure: true` to its match.")
        return Resolved(match)
    work = find_work(match, catalogue)
    return Resolved(match, f"{format_match(match)} · {titled(work.title, work.year)}")


# --- decisions that a plan begins with: those of the old plan, and those of exported maps ---


Map = Mapping[EntryKey, MapEntry]
"""The decisions of one map."""


def load_maps(paths: Sequence[Path]) -> tuple[Map, ...]:
    """The decisions of each map, in the order of trust. Raises Failed and PlanInvalid."""
    found: list[Map] = []
    for path in paths:
        try:
            loaded = load_map(path.read_bytes(), str(path), services=KNOWN_SERVICES)
        except OSError as error:
            raise Failed(f"the map can't be read: {error.strerror or error}", where=str(path)) from None
        if loaded.errors:
            raise PlanInvalid(
                f"the map has {pluralize(len(loaded.errors), 'mistake')}",
                where=str(path),
                listed=[line for mistake in loaded.errors[:5] for line in mistake.lines()],
            )
        found.append(loaded.entries)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Decisions:
    """What was decided before matching begins; the old plan's word goes before any map's.

    `confirmed` are the user's matches; `from_maps` the maps' decisions about entries that the plan leaves open.
    """

    confirmed: Mapping[EntryKey, Match | Address]
    from_maps: Mapping[EntryKey, MapEntry]

    @classmethod
    def of(cls, old: Plan | None, maps: Sequence[Map], entries: Sequence[Entry]) -> Decisions:
        """Put together what holds for these entries of the list; of the maps, the earlier wins."""
        planned = {entry.key: entry for entry in old.entries if entry.decision.by_person} if old else {}
        from_maps = {
            entry.key: decision
            for entry in entries
            if entry.key not in planned and (decision := _decision_for(entry, maps))
        }
        return cls(_confirmed(from_maps) | _confirmed(planned), from_maps)

    @property
    def matches(self) -> dict[EntryKey, Match]:
        """The matches that are known: they claim their episodes, and lead the way for sequels."""
        return {key: match for key, match in self.confirmed.items() if not isinstance(match, Address)}

    def with_matches(self, found: Mapping[EntryKey, Match]) -> Decisions:
        """The same with these in the place of addresses."""
        from_maps = {
            key: replace(known, match=found.get(key, known.match)) for key, known in self.from_maps.items()
        }
        return Decisions({**self.confirmed, **found}, from_maps)

    def apply_user_decisions(self, planned: Planned) -> Planned:
        """The plan with the maps' decisions in it."""
        entries = tuple(self._decided(entry) for entry in planned.plan.entries)
        return replace(planned, plan=replace(planned.plan, entries=entries))

    def _decided(self, entry: PlanEntry) -> PlanEntry:
        known = self.from_maps.get(entry.key)
        if known is None:
            return entry
        return replace(
            entry,
            decision=known.decision,
            match=known.match,
            sure=known.sure,
            note=known.note,
            candidates=(),
            hint=None,
        )


def _confirmed(entries: Mapping[EntryKey, PlanEntry | MapEntry]) -> dict[EntryKey, Match | Address]:
    is_confirmed = Decision.CONFIRMED
    return {key: one.match for key, one in entries.items() if one.match and one.decision is is_confirmed}


def _decision_for(entry: Entry, maps: Sequence[Map]) -> MapEntry | None:
    """A map knows an entry by its key, or by its id on the other list service."""
    keys = (entry.key, *entry.ids.entry_keys())
    return next((known[key] for known in maps for key in keys if key in known), None)


# --- entries that the list knew by their titles and has an id for by now ---


_PATIENCE = 10.0


def titles_with_ids_now(old: Plan, listed: SourceList) -> Mapping[EntryKey, EntryKey]:
    """The numbered keys of the plan's entries that had none: those of the one new entry of the same title.

    Where several have the title, that of the same kind and length; where that leaves several, none.
    """
    whole_list = (*listed.entries, *listed.others)
    new = _new_by_title(whole_list, {entry.key for entry in old.entries})
    listed_keys = {entry.key for entry in whole_list}
    waiting = [entry for entry in old.entries if entry.key.is_title and entry.key not in listed_keys]
    found = {entry.key: _the_one(entry, new.get(title_word(entry.title), [])) for entry in waiting}
    claims = Counter(found.values())
    return {key: meant for key, meant in found.items() if meant and claims[meant] == 1}


def _new_by_title(entries: Iterable[Entry], known: Collection[EntryKey]) -> Mapping[str, list[Entry]]:
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if not entry.key.is_title and entry.key not in known:
            for word in {title_word(title) for title in entry.titles.all()}:
                found[word].append(entry)
    return found


def _the_one(entry: PlanEntry, alike: list[Entry]) -> EntryKey | None:
    facts = entry.facts
    if len(alike) > 1:
        alike = [one for one in alike if (one.kind, one.episodes) == (facts.kind, facts.episodes)]
    return alike[0].key if len(alike) == 1 else None


def plan_under_ids(old: Loaded, names: Mapping[EntryKey, EntryKey]) -> Loaded:
    """The old plan with these entries under their new keys; as it was where that would not be a plan."""
    moved = with_other_keys(old, names)
    return moved if moved.plan is not None else old


def rename_in_journals(
    folder: Path, account: Account | None, names: Mapping[EntryKey, EntryKey], now: datetime
) -> None:
    """Have the journal of this account (None: every journal here) call these entries by their new keys.

    Raises SafetyStop where another anitrakt is writing to the account for long.
    """
    if not names:
        return
    accounts = [owner.account for owner in owners(folder)] if account is None else [account.uuid]
    for one in accounts:
        known = _entries_of(read_knowledge(folder, one))
        mine = {key: to for key, to in names.items() if key in known}
        if mine:
            with account_lock(folder, one, wait=_PATIENCE, now=now):
                journal = JournalFile(journal_path(folder, one), one, "", now)
                for key, to in mine.items():
                    journal.append(Renamed(key, to, now))


def _entries_of(known: Knowledge) -> set[EntryKey]:
    return {
        *(play.entry for play in known.plays),
        *(entry for rating in known.ratings for entry in rating.entries),
        *(listing.entry for listing in known.listings),
        *(key for key, _ in known.checked),
    }
