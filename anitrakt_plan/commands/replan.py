"""Planning again: a fresh plan is brought into the text of an older one, and every decision in it stays."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from anitrakt_plan.commands.plan import Planned
from anitrakt_plan.core.episodes import text_goes_on, watched_episodes
from anitrakt_plan.core.knowledge import SentState
from anitrakt_plan.core.model import (
    Decision,
    EntryKey,
    Existing,
    Item,
    Match,
    MovieItem,
    MovieMatch,
    Plan,
    Progress,
    ShowMatch,
)
from anitrakt_plan.document import Loaded, MergeResult, Resolved, merge_plan
from anitrakt_plan.errors import SafetyStop
from anitrakt_plan.journal.journal import owners, read_knowledge

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
