"""Decisions that a plan begins with: those of the old plan, and those of exported maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from anitrakt_plan.commands.plan import Planned
from anitrakt_plan.commands.replan import decisions_of
from anitrakt_plan.core.counting import counted
from anitrakt_plan.core.model import (
    Decision,
    Entry,
    EntryKey,
    Ids,
    Match,
    MovieMatch,
    Plan,
    PlanEntry,
    Service,
    ShowMatch,
)
from anitrakt_plan.document import MapEntry, dump_map, load_map
from anitrakt_plan.errors import Failed, PlanInvalid

Map = Mapping[EntryKey, MapEntry]
"""The decisions of one map."""


def load_maps(paths: Sequence[Path]) -> tuple[Map, ...]:
    """The decisions of each map, in the order of trust. Raises Failed and PlanInvalid."""
    found: list[Map] = []
    for path in paths:
        try:
            loaded = load_map(path.read_bytes(), str(path))
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
    others = ((Service.MAL, ids.mal), (Service.ANILIST, ids.anilist))
    keys = (key, *(EntryKey(service, number) for service, number in others if number is not None))
    return next((known[one] for known in maps for one in keys if one in known), None)
