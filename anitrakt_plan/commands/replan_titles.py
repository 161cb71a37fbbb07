"""Entries that the list knew by their titles and has an id for by now: what was decided and sent comes along."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from anitrakt_plan.core.knowledge import Knowledge
from anitrakt_plan.core.model import Entry, EntryKey, Plan, PlanEntry, title_word
from anitrakt_plan.document import Loaded, with_other_keys
from anitrakt_plan.journal.journal import JournalFile, account_lock, journal_path, owners, read_knowledge
from anitrakt_plan.journal.records import Renamed
from anitrakt_plan.sources import SourceList

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
