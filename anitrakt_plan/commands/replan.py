"""Planning again: a fresh plan is brought into the text of an older one, and every decision in it stays."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from anitrakt_plan.commands.lookup import check_typed, resolve_entry
from anitrakt_plan.commands.make_plan import main_title
from anitrakt_plan.commands.services import KNOWN_SERVICES
from anitrakt_plan.errors import Failed, PlanInvalid, SafetyStop
from anitrakt_plan.journal.journal import JournalFile, account_lock, journal_path, owners, read_knowledge
from anitrakt_plan.journal.records import Renamed
from anitrakt_plan.model import (
    Address,
    Decision,
    Entry,
    EntryKey,
    Existing,
    Facts,
    Ids,
    Item,
    Match,
    MovieItem,
    MovieMatch,
    Plan,
    PlanEntry,
    Progress,
    ShowMatch,
    title_word,
)
from anitrakt_plan.model.matches import format_match, text_goes_on, watched_episodes
from anitrakt_plan.planfile import (
    Loaded,
    MapEntry,
    MergeResult,
    Resolved,
    dump_map,
    load_map,
    merge_plan,
    with_other_keys,
)
from anitrakt_plan.reports.plan import Planned
from anitrakt_plan.sources import SourceList
from anitrakt_plan.sync.knowledge import Knowledge, SentState
from anitrakt_plan.trakt.catalogue import TraktCatalogue
from anitrakt_plan.words import counted

FEWER = 0.5
"""Of a list that has shrunk to less than this share, the reading is more likely wrong than the list."""

SMALL_LIST = 20

_SENT = (SentState.IN_DOUBT, SentState.ACKNOWLEDGED, SentState.SEEN)


def decisions_of(plan: Plan) -> dict[EntryKey, Match]:
    """The matches that the user has decided: they claim their episodes, and lead the way for sequels."""
    return {
        entry.key: entry.match
        for entry in plan.entries
        if entry.decision is Decision.CONFIRMED and isinstance(entry.match, ShowMatch | MovieMatch)
    }


def check_not_shrunk(old: Plan, planned: Planned, *, allowed: bool) -> None:
    """Raises SafetyStop where the list has far fewer entries than when the plan was last made."""
    before, now = old.source.entries, planned.plan.source.entries
    same_statuses = old.source.statuses == planned.plan.source.statuses
    if allowed or not same_statuses or before < SMALL_LIST or now >= before * FEWER:
        return
    raise SafetyStop(
        f"the list has {now} entries now, and had {before} when the plan was made",
        name="shrunk-list",
        todo="The plan was left as it is. A private list or a service in trouble looks like this. If your list "
        "really shrank, pass with `--allow shrunk-list`.",
    )


def replan(
    old: Loaded,
    planned: Planned,
    journals_folder: Path,
    *,
    resolved: Mapping[EntryKey, Resolved] | None = None,
    refresh: bool = False,
) -> MergeResult:
    """The old file's text with what is new in it; the very same bytes where nothing is.

    `old` must have been loaded without errors. `resolved`: what the addresses pasted in it turned out to be. Raises
    Failed where the result would not be a valid plan.
    """
    assert old.plan is not None
    return merge_plan(
        old,
        planned.plan,
        listed=_listed(old.plan, planned),
        sent=_sent(old.plan, planned.existing, journals_folder),
        resolved=resolved,
        refresh=refresh,
        services=KNOWN_SERVICES,
    )


def _listed(old: Plan, planned: Planned) -> Mapping[EntryKey, Progress]:
    """How every entry of the list stands. A private one that was left out is not gone: it stays as it was."""
    found = {entry.key: entry.progress for entry in (*planned.listed.entries, *planned.listed.others)}
    private = set(planned.listed.private_keys)
    for entry in old.entries:
        if entry.key in private:
            found.setdefault(entry.key, entry.progress)
    return found


def _sent(old: Plan, existing: Existing | None, journals_folder: Path) -> frozenset[EntryKey]:
    """The entries whose match in the file has its plays already: by the journal, or because Trakt has them all."""
    matches = {
        entry.key: entry.match for entry in old.entries if isinstance(entry.match, ShowMatch | MovieMatch)
    }
    by_journal = _sent_by_journal(matches, existing, journals_folder)
    if existing is None:
        return by_journal
    there = {_name(play.item) for play in existing.plays}
    watched = {entry.key: entry.progress.watched for entry in old.entries}
    return by_journal | {
        key for key, match in matches.items() if (wanted := _wanted(match, watched[key])) and wanted <= there
    }


def _sent_by_journal(
    matches: Mapping[EntryKey, Match], existing: Existing | None, folder: Path
) -> frozenset[EntryKey]:
    """By this account's journal; without a sign-in, by every journal on this machine."""
    if existing is not None:
        accounts = [existing.account.uuid]
    else:
        accounts = [owner.account for owner in owners(folder)]
    return frozenset(
        play.entry
        for account in accounts
        for play in read_knowledge(folder, account)[0].plays
        if play.state in _SENT and play.entry in matches and text_goes_on(play.match, matches[play.entry])
    )


Name = int | tuple[int, int, int]
"""A film by its Trakt id, or an episode by its show's Trakt id and its numbers."""


def _name(item: Item) -> Name:
    return item.movie if isinstance(item, MovieItem) else (item.show, item.season, item.number)


def _wanted(match: Match, watched: int) -> set[Name]:
    if isinstance(match, MovieMatch):
        return {match.movie} if watched else set()
    return {
        (match.show, episode.season, episode.number) for episode in watched_episodes(match.mapping, watched)
    }


# --- addresses that a person pasted as a match, in the plan or in a map ---


@dataclass(frozen=True, slots=True)
class Pasted:
    """The decisions with every address that could be resolved, and a sentence for each that could not."""

    decisions: Decisions
    resolved: Mapping[EntryKey, Resolved]
    notes: tuple[str, ...] = ()


def resolve_pasted(
    old: Plan | None, decisions: Decisions, entries: Sequence[Entry], catalogue: TraktCatalogue | None
) -> Pasted:
    """Look up the addresses that are to be sent. Without a catalogue they stay as they are, for `apply`.

    What can't be sent so (another number of episodes, no such page) stays as well; `apply` refuses it. Raises Failed
    and NotSignedIn where Trakt can't be asked.
    """
    pasted = _addresses(old, decisions)
    if catalogue is None or not pasted:
        return Pasted(decisions, {})
    resolved: dict[EntryKey, Resolved] = {}
    notes: list[str] = []
    for entry in entries:
        if entry.key not in pasted:
            continue
        found = _look_up(_as_planned(entry, pasted[entry.key]), pasted[entry.key], catalogue, notes)
        if found is not None:
            resolved[entry.key] = found
    matches: dict[EntryKey, Match] = {key: found.match for key, found in resolved.items()}
    from_maps = {
        key: replace(known, match=matches[key])
        if key in matches and isinstance(known.match, Address)
        else known
        for key, known in decisions.from_maps.items()
    }
    return Pasted(Decisions({**decisions.matches, **matches}, from_maps), resolved, tuple(notes))


def _addresses(old: Plan | None, decisions: Decisions) -> dict[EntryKey, Address]:
    by_map = {
        key: known.match
        for key, known in decisions.from_maps.items()
        if isinstance(known.match, Address) and known.decision is Decision.CONFIRMED
    }
    by_plan = {
        entry.key: entry.match
        for entry in (old.entries if old is not None else ())
        if isinstance(entry.match, Address) and entry.decision is Decision.CONFIRMED
    }
    return {**by_map, **by_plan}


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
    entry: PlanEntry, address: Address, catalogue: TraktCatalogue, notes: list[str]
) -> Resolved | None:
    try:
        match = resolve_entry(entry, catalogue).match
    except PlanInvalid as error:
        notes.append(f"{entry.key}: {error.what}. {error.todo}")
        return None
    if not isinstance(match, ShowMatch | MovieMatch):
        return None
    if wrong := check_typed(entry, match, catalogue):
        notes.append(f"{entry.key}: {wrong}. If that is what you mean, add `sure: true` to its match.")
        return Resolved(match)
    work = catalogue.resolve_address(address.url).work
    title = f"{work.title} ({work.year})" if work.year else work.title
    return Resolved(match, f"{format_match(match)} · {title}")


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
                f"the map has {counted(len(loaded.errors), 'mistake')}",
                where=str(path),
                todo="\n".join(mistake.render() for mistake in loaded.errors[:5]),
            )
        found.append(loaded.entries)
    return tuple(found)


def as_map(plan: Plan, ids: Mapping[EntryKey, Ids]) -> Map:
    """The decisions of a plan of another list; `ids` tells what its entries are called on the other service."""
    return load_map(dump_map(plan, ids).encode(), "an earlier plan").entries


@dataclass(frozen=True, slots=True)
class Decisions:
    """What was decided before matching begins; the old plan's word goes before any map's.

    `matches` claim their episodes; `from_maps` are the maps' decisions about entries that the plan leaves open.
    """

    matches: Mapping[EntryKey, Match]
    from_maps: Mapping[EntryKey, MapEntry]

    @classmethod
    def of(cls, old: Plan | None, maps: Sequence[Map], entries: Sequence[Entry]) -> Decisions:
        """Put together what holds for these entries of the list; of the maps, the earlier wins."""
        by_plan = decisions_of(old) if old is not None else {}
        settled = {
            entry.key
            for entry in (old.entries if old is not None else ())
            if entry.decision in (Decision.CONFIRMED, Decision.SKIP)
        }
        from_maps = {
            entry.key: decision
            for entry in entries
            if entry.key not in settled and (decision := _decision_for(entry.key, entry.ids, maps))
        }
        by_map = {
            key: decision.match
            for key, decision in from_maps.items()
            if isinstance(decision.match, ShowMatch | MovieMatch) and decision.decision is Decision.CONFIRMED
        }
        return cls({**by_map, **by_plan}, from_maps)

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


def _decision_for(key: EntryKey, ids: Ids, maps: Sequence[Map]) -> MapEntry | None:
    """A map knows an entry by its key, or by its id on the other list service."""
    return next((known[one] for known in maps for one in (key, *ids.entry_keys()) if one in known), None)


# --- entries that the list knew by their titles and has an id for by now ---


_PATIENCE = 10.0


def titles_with_ids_now(old: Plan, listed: SourceList) -> Mapping[EntryKey, EntryKey]:
    """The numbered keys of the plan's entries that had none: those of the one new entry of the same title.

    Where several have the title, that of the same kind and length; where that leaves several, none.
    """
    whole_list = (*listed.entries, *listed.others)
    known = {entry.key for entry in old.entries}
    still_titled = {entry.key for entry in whole_list if entry.key.is_title}
    new: dict[str, list[Entry]] = defaultdict(list)
    for entry in whole_list:
        if not entry.key.is_title and entry.key not in known:
            for word in {title_word(title) for title in entry.titles.all()}:
                new[word].append(entry)
    waiting = [entry for entry in old.entries if entry.key.is_title and entry.key not in still_titled]
    found = {
        entry.key: meant
        for entry in waiting
        if (meant := _the_one(entry, new.get(title_word(entry.title), []))) is not None
    }
    claims = Counter(found.values())
    return {key: meant for key, meant in found.items() if claims[meant] == 1}


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
    folder: Path, account: str | None, names: Mapping[EntryKey, EntryKey], now: datetime
) -> None:
    """Have the journal of this account (None: every journal here) call these entries by their new keys.

    Raises SafetyStop where another anitrakt is writing to the account for long.
    """
    accounts = [owner.account for owner in owners(folder)] if account is None else [account]
    for one in accounts if names else ():
        known = read_knowledge(folder, one)[0]
        mine = {key: to for key, to in names.items() if key in _entries_of(known)}
        if mine:
            with account_lock(folder, one, wait=_PATIENCE, now=now):
                journal = JournalFile(journal_path(folder, one), one, "", now)
                for key, to in mine.items():
                    journal.append(Renamed(key, to, now))


def _entries_of(known: Knowledge) -> set[EntryKey]:
    found: Iterable[EntryKey] = (
        *(play.entry for play in known.plays),
        *(entry for rating in known.ratings for entry in rating.entries),
        *(one.entry for one in known.listings),
        *(key for key, _ in known.checked),
    )
    return set(found)
