"""Decisions that a plan begins with: those of the old plan, and those of exported maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from anitrakt_plan.commands.plan import Planned
from anitrakt_plan.commands.replan import decisions_of
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
from anitrakt_plan.document import MapEntry, load_map, plan_without_clashes
from anitrakt_plan.errors import Failed, PlanInvalid


def load_maps(paths: Sequence[Path]) -> Mapping[EntryKey, MapEntry]:
    """The decisions of all maps; the earlier map wins. Raises Failed and PlanInvalid."""
    found: dict[EntryKey, MapEntry] = {}
    for path in paths:
        try:
            loaded = load_map(path.read_bytes(), str(path))
        except OSError as error:
            raise Failed(f"the map can't be read: {error.strerror or error}", where=str(path)) from None
        if loaded.errors:
            raise PlanInvalid(
                f"the map has {len(loaded.errors)} mistakes",
                where=str(path),
                todo="\n".join(mistake.render() for mistake in loaded.errors[:5]),
            )
        for key, entry in loaded.entries.items():
            found.setdefault(key, entry)
    return found


@dataclass(frozen=True, slots=True)
class Decisions:
    """What was decided before matching begins; the old plan's word goes before any map's.

    `matches` claim their episodes; `from_maps` are the maps' decisions about entries that the plan leaves open.
    """

    matches: Mapping[EntryKey, Match]
    from_maps: Mapping[EntryKey, MapEntry]

    @classmethod
    def of(cls, old: Plan | None, mapped: Mapping[EntryKey, MapEntry], entries: Sequence[Entry]) -> Decisions:
        """Put together what holds for these entries of the list."""
        by_plan = decisions_of(old) if old is not None else {}
        settled = {
            entry.key
            for entry in (old.entries if old is not None else ())
            if entry.decision in (Decision.CONFIRMED, Decision.SKIP)
        }
        from_maps = {
            entry.key: decision
            for entry in entries
            if entry.key not in settled and (decision := _decision_for(entry.key, entry.ids, mapped))
        }
        by_map = {
            key: decision.match
            for key, decision in from_maps.items()
            if isinstance(decision.match, ShowMatch | MovieMatch) and decision.decision is Decision.CONFIRMED
        }
        return cls({**by_map, **by_plan}, from_maps)

    def laid_over(self, planned: Planned) -> Planned:
        """The plan with the maps' decisions in it; what anitrakt matched to the same episodes goes into review."""
        entries = tuple(self._decided(entry) for entry in planned.plan.entries)
        return replace(planned, plan=plan_without_clashes(replace(planned.plan, entries=entries)))

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


def _decision_for(key: EntryKey, ids: Ids, mapped: Mapping[EntryKey, MapEntry]) -> MapEntry | None:
    """A map knows an entry by its key, or by its id on the other list service."""
    others = ((Service.MAL, ids.mal), (Service.ANILIST, ids.anilist))
    keys = (key, *(EntryKey(service, number) for service, number in others if number is not None))
    return next((mapped[one] for one in keys if one in mapped), None)
