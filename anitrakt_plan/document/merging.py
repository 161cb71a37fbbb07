"""Plans again into an existing file: whose word holds for each key, and what therefore changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from anitrakt_plan.core.desired import subjects_of_match
from anitrakt_plan.core.episodes import goes_on
from anitrakt_plan.core.model import (
    Address,
    Decision,
    EntryKey,
    Facts,
    Match,
    Plan,
    PlanEntry,
    Progress,
    Rates,
    Status,
    asked_for,
)
from anitrakt_plan.document.claims import clashes
from anitrakt_plan.document.doubts import best_of, candidates_with, doubted, sent_match
from anitrakt_plan.document.loading import Loaded, load_plan
from anitrakt_plan.document.meaning import as_it_counts, misfits
from anitrakt_plan.document.splicing import changed_keys, rewrite
from anitrakt_plan.errors import Failed


class ChangeKind(StrEnum):
    """What happened to an entry in a re-plan."""

    NEW = "new"
    CHANGED = "changed"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Resolved:
    """What an address that a person pasted turned out to be; `hint`: whose page it is, for `#>`."""

    match: Match
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class EntryChange:
    """An entry that a re-plan put in or changed. `keys` are the file's keys whose values are new.

    `left`: the list has the entry no more, or under a status that the plan does not send.
    """

    kind: ChangeKind
    key: EntryKey
    before: PlanEntry | None
    after: PlanEntry
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MergeResult:
    """The bytes to write (those of the old file if nothing is new), the plan in them, and what changed."""

    text: bytes
    plan: Plan
    changes: tuple[EntryChange, ...]
    changed: bool
    loaded: Loaded


def merge_plan(
    old: Loaded,
    new: Plan,
    *,
    listed: Mapping[EntryKey, Progress] | None = None,
    sent: Collection[EntryKey] = (),
    resolved: Mapping[EntryKey, Resolved] | None = None,
    refresh: bool = False,
) -> MergeResult:
    """Bring a fresh plan into a file that a person has edited.

    `old` must have been loaded without errors, else Failed is raised. `new` holds the entries of the asked statuses as
    anitrakt would plan them today. `listed` says how every entry of the list stands, those of other statuses included
    (without it, what `new` does not have counts as gone). `sent` names the entries whose match in the file already has
    plays that anitrakt sent. `resolved` is what the addresses pasted in the file turned out to be: the canonical match
    takes an address's place. `refresh` rewrites `#>` and `candidates` although nothing else is new.
    """
    if old.plan is None:
        raise Failed(
            "the plan has mistakes, so it can't be planned again",
            where=old.name,
            todo=f"Mend them (`anitrakt validate {old.name}`), or begin anew with --fresh.",
        )
    statuses = new.source.statuses
    known = {draft.entry.key: draft.entry for draft in old.drafts}
    fresh = {entry.key: entry for entry in new.entries}
    wanted: dict[EntryKey, PlanEntry] = {}
    for key, written in known.items():
        before = _with_match_for_address(written, (resolved or {}).get(key))
        if key in fresh:
            wanted[key] = _merged(before, fresh[key], sent=key in sent, refresh=refresh)
        else:
            gone = before.progress if before.progress.status is Status.GONE else Progress(Status.GONE)
            progress = (listed or {}).get(key, gone)
            wanted[key] = replace(as_it_counts(before), progress=progress)
    for key, entry in fresh.items():
        wanted.setdefault(key, entry)
    wanted = _without_clashes(wanted, known, statuses)
    return _result(old, new, known, wanted)


def _result(
    old: Loaded, new: Plan, known: Mapping[EntryKey, PlanEntry], wanted: Mapping[EntryKey, PlanEntry]
) -> MergeResult:
    assert old.plan is not None
    target = new.target_user if new.target_user is not None else old.plan.target_user
    header = replace(new, target_user=target, entries=())
    body = rewrite(old, wanted)
    changes = tuple(_changes(known, wanted, new.source.statuses))
    same_rules = (header.policy, header.target_user) == (old.plan.policy, old.plan.target_user) and replace(
        header.source, entries=0
    ) == replace(old.plan.source, entries=0)
    if body == old.text and same_rules:
        return MergeResult(old.raw, old.plan, changes, False, old)
    data = old.encoding.to_bytes(rewrite(old, wanted, header=header))
    loaded = load_plan(data, old.name, by_schema=False)
    come_back = {draft.entry.key: _essence(draft.entry) for draft in loaded.drafts}
    if loaded.plan is None or come_back != {key: _essence(entry) for key, entry in wanted.items()}:
        first = (
            loaded.errors[0].render() if loaded.errors else "an entry would not come back as it was written"
        )
        raise Failed(
            f"the plan can't be planned again without breaking it; nothing was written:\n{first}",
            where=old.name,
        )
    return MergeResult(data, loaded.plan, changes, True, loaded)


def _with_match_for_address(entry: PlanEntry, found: Resolved | None) -> PlanEntry:
    if found is None or not isinstance(entry.match, Address):
        return entry
    return replace(as_it_counts(entry), match=found.match, hint=found.hint)


def _merged(before: PlanEntry, fresh: PlanEntry, *, sent: bool, refresh: bool) -> PlanEntry:
    """The entry as it shall stand in the file: the user's keys from there, anitrakt's from the fresh plan."""
    before = as_it_counts(before)
    facts = replace(
        fresh,
        send=before.send,
        rate=before.rate,
        dates=before.dates,
        note=before.note if before.note is not None else fresh.note,
        rates=before.rates if sent and before.rates is not None else fresh.rates,
    )
    if before.decision in (Decision.CONFIRMED, Decision.SKIP):
        return _decided(before, facts, refresh=refresh)
    was_sent = sent_match(before, sent=sent)
    if before.decision is Decision.REVIEW and before.match is not None:
        after = replace(
            facts, decision=Decision.REVIEW, match=before.match, sure=before.sure, hint=before.hint
        )
    elif was_sent and fresh.decision is Decision.AUTO and _still_holds(before, was_sent.match, fresh.match):
        after = replace(facts, sure=before.sure and facts.match == before.match)
    elif was_sent and fresh.decision is not Decision.SKIP and best_of(fresh) != was_sent.match:
        after = doubted(was_sent, facts)
    elif before.decision is Decision.AUTO and was_sent and fresh.decision is Decision.REVIEW:
        # doubt about what is on Trakt already changes nothing there
        kept = {"match": before.match, "sure": before.sure, "hint": before.hint}
        after = replace(facts, decision=Decision.AUTO, candidates=(), **kept)  # type: ignore[arg-type]
    else:
        after = replace(facts, sure=before.sure and facts.match == before.match)
    return _with_old_words(before, after, refresh=refresh)


def _still_holds(before: PlanEntry, was_sent: Match, now: Match | Address | None) -> bool:
    """Whether a match that is longer or shorter at its end only leaves everything that was sent where it is."""
    if now is None or isinstance(now, Address) or not goes_on(was_sent, now):
        return False
    return set(subjects_of_match(before, was_sent)[1]) <= set(subjects_of_match(before, now)[0])


def _decided(before: PlanEntry, facts: PlanEntry, *, refresh: bool) -> PlanEntry:
    """Under a decision of the user's only anitrakt's facts change, and `attention` says which.

    `url` is there to help deciding: an entry in review has it, a matched one has none, a decided one keeps what it has.
    """
    news: list[str] = []
    if before.progress.status is not Status.GONE or before.facts != facts.facts:
        news += _what_changed(before.facts, facts.facts)
    news += facts.attention
    after = replace(
        facts,
        decision=before.decision,
        url=before.url,
        match=before.match,
        sure=before.sure,
        hint=before.hint,
        rates=_rates_under_decision(before, facts),
        candidates=facts.candidates if refresh and facts.candidates else before.candidates,
        attention=(*before.attention, *(one for one in dict.fromkeys(news) if one not in before.attention)),
    )
    wrong = misfits(after) if after.decision.sends else []
    if wrong and not after.attention:  # without a word of why, the match would be the user's mistake
        return replace(after, attention=(wrong[0].message,))
    return after


def _rates_under_decision(before: PlanEntry, facts: PlanEntry) -> Rates | None:
    """A skipped entry rates nothing new; what another match than the user's would rate says nothing of theirs."""
    if before.decision is Decision.SKIP or (before.match != facts.match and before.rates is not None):
        return before.rates
    return facts.rates


def _what_changed(before: Facts, after: Facts) -> list[str]:
    found = []
    for name, old, new in (
        ("kind", before.kind.value, after.kind.value),
        ("year", before.year, after.year),
        ("episodes", before.episodes, after.episodes),
    ):
        if old != new and old is not None and new is not None:
            found.append(f"{name} {old} -> {new} since you decided")
    return found


def _with_old_words(before: PlanEntry, after: PlanEntry, *, refresh: bool) -> PlanEntry:
    """A new confidence alone is nothing new: `#>` and the candidates stay as long as what they are about does."""
    same = (
        (before.decision, before.match, before.facts) == (after.decision, after.match, after.facts)
        and [one.match for one in before.candidates] == [one.match for one in after.candidates]
        and not refresh
    )
    return replace(after, hint=before.hint, candidates=before.candidates) if same else after


def plan_without_clashes(plan: Plan) -> Plan:
    """A fresh plan in which no two entries that are sent claim the same: such pairs are put into review."""
    settled = _without_clashes({entry.key: entry for entry in plan.entries}, {}, plan.source.statuses)
    return replace(plan, entries=tuple(settled[entry.key] for entry in plan.entries))


def _without_clashes(
    wanted: Mapping[EntryKey, PlanEntry], known: Mapping[EntryKey, PlanEntry], statuses: Collection[Status]
) -> dict[EntryKey, PlanEntry]:
    """Of two entries that claim the same, what anitrakt decided by itself goes into review."""
    settled = dict(wanted)
    keys = list(wanted)
    for clash in clashes([wanted[key] for key in keys], statuses):
        for key, other in ((keys[clash.first], keys[clash.second]), (keys[clash.second], keys[clash.first])):
            entry = settled[key]
            if entry.decision is not Decision.AUTO or isinstance(entry.match, Address) or entry.match is None:
                continue
            before = known.get(key)
            doubted = replace(
                entry,
                decision=Decision.REVIEW,
                match=None,
                sure=False,
                hint=f"{other} claims {clash.what} too",
                candidates=candidates_with(entry, None),
            )
            settled[key] = _with_old_words(before, doubted, refresh=False) if before else doubted
    return settled


def _changes(
    known: Mapping[EntryKey, PlanEntry], wanted: Mapping[EntryKey, PlanEntry], statuses: Collection[Status]
) -> list[EntryChange]:
    found = []
    for key in sorted(wanted):
        before, after = known.get(key), wanted[key]
        if before is None:
            found.append(EntryChange(ChangeKind.NEW, key, None, after, ()))
            continue
        names = changed_keys(before, after)
        if names:
            left = (
                after.progress.status not in asked_for(statuses)
                and before.progress.status != after.progress.status
            )
            kind = ChangeKind.LEFT if left else ChangeKind.CHANGED
            found.append(EntryChange(kind, key, before, after, names))
    return found


def _essence(entry: PlanEntry) -> tuple[object, ...]:
    """What of an entry decides about what is sent, and what is the user's: all of it must come back from the file."""
    chosen = (entry.decision, entry.match, entry.sure, entry.send, entry.rate, entry.dates, entry.note)
    return (*chosen, entry.progress, entry.facts, entry.rates)
