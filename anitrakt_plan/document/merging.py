"""Plans again into an existing file: whose word holds for each key, and what therefore changes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from anitrakt_plan.core.desired import subjects_of_match
from anitrakt_plan.core.episodes import goes_on
from anitrakt_plan.core.model import (
    Address,
    Candidate,
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
from anitrakt_plan.core.sending import clashes, sends_nothing
from anitrakt_plan.document.consistency import settled
from anitrakt_plan.document.doubts import best_of, candidates_with, doubted, sent_match
from anitrakt_plan.document.loading import Loaded
from anitrakt_plan.document.meaning import as_it_counts, entry_misfits
from anitrakt_plan.document.proofreading import proofread
from anitrakt_plan.document.splicing import changed_keys, rewrite
from anitrakt_plan.errors import Failed

Entries = Mapping[EntryKey, PlanEntry]

_BY_USER = (Decision.CONFIRMED, Decision.SKIP)


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


def changed_by_rules(old: Plan, changes: Sequence[EntryChange], new: Plan) -> tuple[EntryChange, ...] | None:
    """The changes of matches that anitrakt's rules alone have brought; None where `old` was made by the same version.

    The user's own matches never change, and where the list says another thing of the work or its status, the list did.
    """
    if old.tool == new.tool:
        return None
    return tuple(
        change
        for change in changes
        if (before := change.before) is not None
        and before.decision not in _BY_USER
        and before.match != change.after.match
        and (before.facts, before.progress.status) == (change.after.facts, change.after.progress.status)
    )


@dataclass(frozen=True, slots=True)
class MergeResult:
    """The bytes to write (those of the old file if nothing is new), the plan in them, and what changed.

    `left_out`: new entries that could not be written at all, each with its reason.
    """

    text: bytes
    plan: Plan
    changes: tuple[EntryChange, ...]
    changed: bool
    loaded: Loaded
    left_out: Mapping[EntryKey, str] = field(default_factory=dict)


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
    known = {draft.entry.key: draft.entry for draft in old.drafts}
    fresh = {entry.key: entry for entry in new.entries}
    wanted: dict[EntryKey, PlanEntry] = {}
    for key, written in known.items():
        before = _with_match_for_address(written, (resolved or {}).get(key))
        if key in fresh:
            wanted[key] = _merged(before, fresh[key], new, sent=key in sent, refresh=refresh)
        else:
            wanted[key] = _not_asked_for(before, (listed or {}).get(key))
    for key, entry in fresh.items():
        wanted.setdefault(key, entry)
    owned = {key for key, entry in known.items() if as_it_counts(entry).decision in _BY_USER}

    def settle(entries: Entries) -> Entries:
        found = settled(new, entries, owned=owned, sent=sent, only=fresh.keys() & entries.keys())
        by_anitrakt = known.keys() & fresh.keys() - owned
        words = {key: _with_old_words(known[key], found[key], refresh=refresh) for key in by_anitrakt}
        return _told_apart(new, known, found | words)

    return _result(old, new, wanted, settle, owned)


def _told_apart(plan: Plan, known: Entries, entries: Entries) -> Entries:
    """The entries, with a word beneath each decision that the list has brought onto what another one claims."""
    keys, told = list(entries), dict(entries)
    for clash in clashes(list(entries.values()), plan.source.statuses, plan.policy.send):
        one, other = keys[clash.first], keys[clash.second]
        moved = [key for key in (other, one) if key in known and known[key].progress != entries[key].progress]
        late = (moved or [other])[0]
        rival = one if late is other else other
        if not (told[one].attention or told[other].attention):
            told[late] = replace(told[late], attention=(f"{rival} claims {clash.what} too",))
    return told


def _not_asked_for(before: PlanEntry, progress: Progress | None) -> PlanEntry:
    """An entry outside the asked statuses keeps its place, as the list has it (None: no more) and as it was decided."""
    gone = before.progress if before.progress.status is Status.GONE else Progress(Status.GONE)
    return replace(as_it_counts(before), progress=progress or gone)


def _result(
    old: Loaded,
    new: Plan,
    entries: Entries,
    settle: Callable[[Entries], Entries],
    owned: Collection[EntryKey],
) -> MergeResult:
    assert old.plan is not None
    target = new.target_user if new.target_user is not None else old.plan.target_user
    header = replace(new, target_user=target, entries=())
    same_rules = (header.policy, header.target_user) == (old.plan.policy, old.plan.target_user) and replace(
        header.source, entries=0
    ) == replace(old.plan.source, entries=0)
    if same_rules and rewrite(old, settle(entries)) == old.text:
        return MergeResult(old.raw, old.plan, (), False, old)

    def written(wanted: Entries) -> bytes:
        return old.encoding.to_bytes(rewrite(old, wanted, header=header))

    known = {draft.entry.key: draft.entry for draft in old.drafts}
    found = proofread(header, entries, settle, written, old.name, known=known, owned=owned)
    assert found.loaded.plan is not None
    changes = tuple(_changes(known, found.entries, new.source.statuses))
    return MergeResult(found.loaded.raw, found.loaded.plan, changes, True, found.loaded, found.left_out)


def _with_match_for_address(entry: PlanEntry, found: Resolved | None) -> PlanEntry:
    if found is None or not isinstance(entry.match, Address):
        return entry
    return replace(as_it_counts(entry), match=found.match, hint=found.hint)


def _merged(before: PlanEntry, fresh: PlanEntry, plan: Plan, *, sent: bool, refresh: bool) -> PlanEntry:
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
    if before.decision in _BY_USER:
        return _decided(before, facts, refresh=refresh)
    if before.decision is Decision.REVIEW and before.match is not None:
        return replace(
            facts, decision=Decision.REVIEW, match=before.match, sure=before.sure, hint=before.hint
        )
    was_sent = sent_match(before, sent=sent)
    if was_sent is not None and fresh.decision is not Decision.SKIP:
        return _after_sending(before, facts, was_sent, plan)
    return replace(facts, sure=before.sure and facts.match == before.match)


def _after_sending(before: PlanEntry, facts: PlanEntry, was_sent: Candidate, plan: Plan) -> PlanEntry:
    """An entry of which plays were sent: only a person may send it by another match.

    What sends nothing now is no question, nor is what was sent and still fits, though it is not the first any more.
    """
    matched = before.decision is Decision.AUTO and before.match is not None
    if facts.decision is Decision.AUTO and _still_holds(before, was_sent.match, facts.match):
        return replace(facts, sure=before.sure and facts.match == before.match)
    if best_of(facts) == was_sent.match:
        # doubt about what is on Trakt already changes nothing there
        if facts.decision is Decision.REVIEW and matched:
            return _as_sent(before, facts)
        return replace(facts, sure=before.sure, candidates=candidates_with(facts, was_sent))
    silent = sends_nothing(facts, plan.source.statuses, plan.policy.send)
    if matched and (silent or _still_fits(before, was_sent.match, facts)):
        return _as_sent(before, facts)
    return doubted(was_sent, facts)


def _still_fits(before: PlanEntry, was_sent: Match, facts: PlanEntry) -> bool:
    """Whether what was sent is still a possible match: a candidate, or the same episodes in another order.

    Newer rules and fresher maps bring many such; a question about each would help nobody.
    """
    if facts.decision is Decision.REVIEW:
        return any(one.match == was_sent for one in facts.candidates)
    if facts.match is None or isinstance(facts.match, Address):
        return False
    old, new = (set(subjects_of_match(before, match)[1]) for match in (was_sent, facts.match))
    return bool(old) and old == new


def _as_sent(before: PlanEntry, facts: PlanEntry) -> PlanEntry:
    """The match by which plays were sent stays, whatever anitrakt would say of it today."""
    kept = {"match": before.match, "sure": before.sure, "hint": before.hint}
    return replace(facts, decision=Decision.AUTO, candidates=(), url=None, **kept)  # type: ignore[arg-type]


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
    wrong = entry_misfits(after) if after.decision.sends else []
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


def _changes(known: Entries, wanted: Entries, statuses: Collection[Status]) -> list[EntryChange]:
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
