"""Plans again into an existing file: whose word holds for each key, and what therefore changes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import Any

from anitrakt_plan.errors import Failed
from anitrakt_plan.model import (
    Address,
    Candidate,
    Decision,
    EntryKey,
    Facts,
    Match,
    Plan,
    PlanEntry,
    Progress,
    RatingScope,
    Status,
    asked_for,
)
from anitrakt_plan.model.matches import goes_on
from anitrakt_plan.model.resolving import Resolver, no_resolver, resolved_entry
from anitrakt_plan.model.sending import clashes, sends_nothing, subjects_of_match
from anitrakt_plan.planfile.check import effective_entry, length_mismatches
from anitrakt_plan.planfile.consistency import (
    already_sent,
    best_of,
    candidates_with,
    doubted,
    held_back,
    settled,
)
from anitrakt_plan.planfile.edit import changed_keys, rewrite
from anitrakt_plan.planfile.fields import FACTS, USERS_KEYS
from anitrakt_plan.planfile.load import Loaded
from anitrakt_plan.planfile.proofreading import proofread
from anitrakt_plan.planfile.services import NO_SERVICES, Services

Entries = Mapping[EntryKey, PlanEntry]

_BY_USER = (Decision.CONFIRMED, Decision.SKIP)
_CHOSEN = tuple(name for name in USERS_KEYS if name not in ("decision", "match"))


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


def changed_by_rules(
    old: Plan, changes: Sequence[EntryChange], new: Plan, resolve: Resolver = no_resolver
) -> tuple[EntryChange, ...] | None:
    """The changes of matches that anitrakt's rules alone have brought; None where `old` was made by the same version.

    The user's own matches never change, and where the list says another thing of the work or its status, the list did.
    """
    return None if old.tool == new.tool else tuple(one for one in changes if _is_by_rules(one, resolve))


def _is_by_rules(change: EntryChange, resolve: Resolver) -> bool:
    before, after = change.before, change.after
    if before is None or before.decision in _BY_USER:
        return False
    if resolved_entry(before, resolve).match == after.match:  # Trakt's id in TMDB's place is no other match
        return False
    return (before.facts, before.progress.status) == (after.facts, after.progress.status)


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


def merge_plan(  # noqa: PLR0913  (each is a fact of its own, by keyword)
    old: Loaded,
    new: Plan,
    *,
    listed: Mapping[EntryKey, Progress] | None = None,
    sent: Collection[EntryKey] = (),
    resolved: Mapping[EntryKey, Resolved] | None = None,
    refresh: bool = False,
    services: Services = NO_SERVICES,
    resolve: Resolver = no_resolver,
) -> MergeResult:
    """Bring a fresh plan into a file that a person has edited.

    `old` must have been loaded without errors, else Failed is raised. `new` holds the entries of the asked statuses
    as anitrakt would plan them today. `listed` says how every entry of the list stands, those of other statuses
    included (without it, what `new` does not have counts as gone). `sent` names the entries whose match in the file
    already has plays that anitrakt sent. `resolved` is what the addresses pasted in the file turned out to be: the
    canonical match takes an address's place. `services` have the pages of what comes into review. `refresh` rewrites
    `#>` and `candidates` although nothing else is new. `resolve` knows Trakt's ids: they take the place of TMDB's, but
    not under a decision of the user's.
    """
    if old.plan is None:
        raise Failed(
            "the plan has mistakes, so it can't be planned again",
            where=old.name,
            todo=f"Mend them (`anitrakt validate {old.name}`), or begin anew with --fresh.",
        )
    known, fresh = old.written, {entry.key: entry for entry in new.entries}
    wanted = {**known, **fresh}
    owned = {key for key, entry in known.items() if effective_entry(entry).decision in _BY_USER}
    for key, written in known.items():
        before = _with_match_for_address(written, (resolved or {}).get(key))
        if key not in owned:
            before = resolved_entry(before, resolve)
        if key in fresh:
            rates = _rates(before, fresh[key], sent=key in sent, resolve=resolve)
            wanted[key] = _merged(
                before, replace(fresh[key], rates=rates), new, sent=key in sent, refresh=refresh
            )
        else:
            wanted[key] = _not_asked_for(before, (listed or {}).get(key))

    def settle(entries: Entries) -> Entries:
        found = settled(
            new,
            entries,
            owned=owned,
            sent=sent,
            only=fresh.keys() & entries.keys(),
            services=services,
            resolve=resolve,
        )
        by_anitrakt = known.keys() & fresh.keys() - owned
        words = {key: _with_old_words(known[key], found[key], refresh=refresh) for key in by_anitrakt}
        return _told_apart(new, known, found | words, resolve)

    hold = partial(held_back, plan=new, services=services)
    return _result(old, old.plan, new, wanted, settle, hold, owned)


def _told_apart(plan: Plan, known: Entries, entries: Entries, resolve: Resolver) -> Entries:
    keys, told = list(entries), dict(entries)
    for clash in clashes(list(entries.values()), plan.source.statuses, plan.policy.send, resolve):
        one, other = keys[clash.first], keys[clash.second]
        moved = (key for key in (other, one) if key in known and known[key].progress != entries[key].progress)
        late = next(moved, other)
        rival = one if late is other else other
        if not (told[one].attention or told[other].attention):
            told[late] = replace(told[late], attention=(f"{rival} claims {clash.what} too",))
    return told


def _not_asked_for(before: PlanEntry, progress: Progress | None) -> PlanEntry:
    # an entry outside the asked statuses keeps its place, as the list has it (None: no more) and as it was
    # decided
    gone = before.progress if before.progress.status is Status.GONE else Progress(Status.GONE)
    return replace(effective_entry(before), progress=progress or gone)


def _result(
    old: Loaded,
    plan: Plan,
    new: Plan,
    entries: Entries,
    settle: Callable[[Entries], Entries],
    hold: Callable[[PlanEntry, str], PlanEntry],
    owned: Collection[EntryKey],
) -> MergeResult:
    target = new.target_user if new.target_user is not None else plan.target_user
    header = replace(new, target_user=target, entries=())
    if _rules(header) == _rules(plan) and rewrite(old, settle(entries)) == old.text:
        return MergeResult(old.raw, plan, (), False, old)

    def written(wanted: Entries) -> bytes:
        return old.encoding.to_bytes(rewrite(old, wanted, header=header))

    found = proofread(entries, settle, hold, written, old.name, known=old.written, owned=owned)
    assert found.loaded.plan is not None
    changes = tuple(_changes(old.written, found.entries, new.source.statuses))
    return MergeResult(found.loaded.raw, found.loaded.plan, changes, True, found.loaded, found.left_out)


def _rules(plan: Plan) -> tuple[object, ...]:
    # what of `generated` is a reason to write the file anew: neither its date nor the list's length
    return plan.policy, plan.target_user, replace(plan.source, entries=0)


def _with_match_for_address(entry: PlanEntry, found: Resolved | None) -> PlanEntry:
    if found is None or not isinstance(entry.match, Address):
        return entry
    return replace(effective_entry(entry), match=found.match, hint=found.hint)


def _merged(before: PlanEntry, fresh: PlanEntry, plan: Plan, *, sent: bool, refresh: bool) -> PlanEntry:
    before = effective_entry(before)
    chosen: dict[str, Any] = {
        name: getattr(before, name) for name in _CHOSEN if getattr(before, name) is not None
    }
    facts = replace(fresh, **chosen)
    if before.decision in _BY_USER:
        return _decided(before, facts, refresh=refresh)
    return _undecided(before, facts, already_sent(before, sent=sent), plan)


def _undecided(before: PlanEntry, facts: PlanEntry, was_sent: Candidate | None, plan: Plan) -> PlanEntry:
    # what anitrakt thinks today, unless a person has begun to decide, or plays were sent by another match
    if before.decision is Decision.REVIEW and before.match is not None:
        return _as_before(before, facts)
    if was_sent is not None and facts.decision is not Decision.SKIP:
        return _after_sending(before, facts, was_sent, plan)
    return replace(facts, sure=before.sure and facts.match == before.match)


def _as_before(before: PlanEntry, facts: PlanEntry) -> PlanEntry:
    return replace(facts, decision=before.decision, match=before.match, sure=before.sure, hint=before.hint)


def _after_sending(before: PlanEntry, facts: PlanEntry, was_sent: Candidate, plan: Plan) -> PlanEntry:
    """An entry of which plays were sent: only a person may send it by another match.

    What sends nothing now is no question, nor is what was sent and still fits, though it is not the first any more.
    """
    matched = before.decision is Decision.AUTO and before.match is not None
    if _still_holds(before, was_sent.match, facts):
        return replace(facts, sure=before.sure and facts.match == before.match)
    # the match by which plays were sent stays, whatever anitrakt would say of it today
    as_sent = replace(_as_before(before, facts), candidates=(), url=None)
    if best_of(facts) == was_sent.match:
        # doubt about what is on Trakt already changes nothing there
        if facts.decision is Decision.REVIEW and matched:
            return as_sent
        return replace(facts, sure=before.sure, candidates=candidates_with(facts, was_sent))
    silent = sends_nothing(facts, plan.source.statuses, plan.policy.send)
    fits = silent or _still_fits(before, was_sent.match, facts)
    return as_sent if matched and fits else doubted(was_sent, facts)


def _still_fits(before: PlanEntry, was_sent: Match, facts: PlanEntry) -> bool:
    # whether what was sent is still a possible match: a candidate, or the same episodes in another order.
    # Newer rules and fresher maps bring many such; a question about each would help nobody
    if facts.decision is Decision.REVIEW:
        return was_sent in (one.match for one in facts.candidates)
    was, now = set(_own(before, was_sent)), facts.resolved
    return bool(was) and now is not None and was == set(_own(before, now))


def _still_holds(before: PlanEntry, was_sent: Match, facts: PlanEntry) -> bool:
    # whether a match that is longer or shorter at its end only leaves everything that was sent where it is
    now = facts.resolved
    if facts.decision is not Decision.AUTO or now is None or not goes_on(was_sent, now):
        return False
    return set(_own(before, was_sent)) <= set(subjects_of_match(before, now)[0])


def _own(entry: PlanEntry, match: Match) -> Collection[object]:
    return subjects_of_match(entry, match)[1]


def _decided(before: PlanEntry, facts: PlanEntry, *, refresh: bool) -> PlanEntry:
    # under a decision of the user's only anitrakt's facts change, and `attention` says which. `url` is there
    # to help deciding: an entry in review has it, a matched one has none, a decided one keeps what it has
    news = (*_what_changed(before.facts, facts.facts), *facts.attention)
    after = replace(
        _as_before(before, facts),
        url=before.url,
        candidates=(refresh and facts.candidates) or before.candidates,
        attention=(*before.attention, *(one for one in dict.fromkeys(news) if one not in before.attention)),
    )
    if after.attention or not after.decision.sends:
        return after
    # without a word of why, a match that no longer fits would be the user's mistake
    return replace(after, attention=tuple(one.message for one in length_mismatches(after)[:1]))


def _rates(before: PlanEntry, fresh: PlanEntry, *, sent: bool, resolve: Resolver) -> RatingScope | None:
    # fixed once it was sent. A skipped entry rates nothing new; what another match than the user's would rate
    # says nothing of theirs
    before = resolved_entry(effective_entry(before), resolve)
    if before.decision is Decision.SKIP:
        return before.rates
    other = before.decision is Decision.CONFIRMED and before.match != fresh.match
    return before.rates if before.rates is not None and (sent or other) else fresh.rates


def _what_changed(before: Facts, after: Facts) -> Iterator[str]:
    for fact in FACTS:
        old, new = fact.text(before), fact.text(after)
        if old != new and old is not None and new is not None:
            yield f"{fact.name} {old} -> {new} since you decided"


def _with_old_words(before: PlanEntry, after: PlanEntry, *, refresh: bool) -> PlanEntry:
    # a new confidence alone is nothing new: `#>` and the candidates stay as long as what they are about does
    same = not refresh and _subject(before) == _subject(after)
    return replace(after, hint=before.hint, candidates=before.candidates) if same else after


def _subject(entry: PlanEntry) -> tuple[object, ...]:
    return entry.decision, entry.match, entry.facts, [one.match for one in entry.candidates]


# --- what the re-plan changed -----------------------------------------------------------------------------


def _changes(known: Entries, wanted: Entries, statuses: Collection[Status]) -> Iterator[EntryChange]:
    for key in sorted(wanted):
        before, after = known.get(key), wanted[key]
        names = changed_keys(before, after) if before else ()
        if names or not before:
            yield EntryChange(_kind_of_change(before, after, statuses), key, before, after, names)


def _kind_of_change(before: PlanEntry | None, after: PlanEntry, statuses: Collection[Status]) -> ChangeKind:
    if before is None:
        return ChangeKind.NEW
    status = after.progress.status
    left = status not in asked_for(statuses) and before.progress.status is not status
    return ChangeKind.LEFT if left else ChangeKind.CHANGED
