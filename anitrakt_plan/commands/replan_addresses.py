"""Addresses that a person pasted as a match, in the plan or in a map: looked up, and written as what they name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from anitrakt_plan.commands.apply_ids import check_typed, resolve_entry
from anitrakt_plan.commands.plan import main_title
from anitrakt_plan.commands.replan_maps import Decisions
from anitrakt_plan.core.episodes import format_match
from anitrakt_plan.core.model import (
    Address,
    Decision,
    Entry,
    EntryKey,
    Facts,
    Match,
    MovieMatch,
    Plan,
    PlanEntry,
    ShowMatch,
)
from anitrakt_plan.document import Resolved
from anitrakt_plan.errors import PlanInvalid
from anitrakt_plan.trakt.catalogue import TraktCatalogue


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
