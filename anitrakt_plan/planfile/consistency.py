"""What of a plan can't be sent as it stands, or not beside the others, waits in review with its reason."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial

from anitrakt_plan.model import Candidate, Decision, EntryKey, Match, Plan, PlanEntry
from anitrakt_plan.model.addresses import page_of_work
from anitrakt_plan.model.fitting import why_not_sendable
from anitrakt_plan.model.matches import format_match
from anitrakt_plan.model.resolving import Resolver, no_resolver
from anitrakt_plan.model.sending import Holders, clashes, is_open, rewatches_doubt, sends_nothing
from anitrakt_plan.planfile.read import names_match, parse_hint
from anitrakt_plan.planfile.read_match import MAX_CANDIDATES
from anitrakt_plan.planfile.services import NO_SERVICES, Services, page_of

Entries = Mapping[EntryKey, PlanEntry]

_SENT = "already-sent"
"""The reason code of the candidate whose plays are on Trakt: as long as it stands there, only a person decides."""


def settled(
    plan: Plan,
    entries: Entries,
    *,
    owned: Collection[EntryKey] = (),
    sent: Collection[EntryKey] = (),
    only: Collection[EntryKey] | None = None,
    services: Services = NO_SERVICES,
    resolve: Resolver = no_resolver,
) -> dict[EntryKey, PlanEntry]:
    """The entries as `plan`'s rules allow them to stand side by side; the user's own (`owned`) stay as they are.

    `sent` names those whose match has plays on Trakt already, which their candidates go on saying. What waits in review
    (`only` of these) loses the candidates whose episodes, or film, another entry that is sent has; nothing that would
    send nothing, whatever the answer, waits there. `resolve` shows which works are one.
    """
    hold = partial(held_back, plan=plan, services=services)
    wanted = _sendable(plan, entries, owned, sent, hold, resolve)
    holders = Holders.of(wanted.values(), plan.source.statuses, plan.policy.send, resolve)
    for key in entries if only is None else only:
        entry = wanted[key]
        if key in owned or entry.decision is not Decision.REVIEW:
            continue
        if entry.match is None and not is_open(plan, entry):
            wanted[key] = asleep(entry)
        else:
            wanted[key] = _without_taken(entry, holders, explained=entry is not entries[key])
    return wanted


def _sendable(
    plan: Plan,
    entries: Entries,
    owned: Collection[EntryKey],
    sent: Collection[EntryKey],
    hold: Callable[..., PlanEntry],
    resolve: Resolver,
) -> dict[EntryKey, PlanEntry]:
    # the entries with those in review that can't be sent, or claim what another does. What does not fit the
    # list's count goes first: it claims nothing any more, and so it is in nobody's way
    wanted = dict(entries)
    for key, entry in entries.items():
        why = _why_unsendable(entry, plan) if key not in owned else None
        if why is not None:
            wanted[key] = hold(entry, why, sent=key in sent)
    keys = list(wanted)
    for clash in clashes(list(wanted.values()), plan.source.statuses, plan.policy.send, resolve):
        one, other = keys[clash.first], keys[clash.second]
        for key, rival in _giving_way(entries, owned, one, other):
            if wanted[key].decision.sends:
                why = f"{rival} claims {clash.what} too"
                wanted[key] = hold(wanted[key], why, sent=key in sent)
    return wanted


def _giving_way(
    entries: Entries, owned: Collection[EntryKey], one: EntryKey, other: EntryKey
) -> list[tuple[EntryKey, EntryKey]]:
    # who of two claimants waits, each with the other: what anitrakt matched, else what a map of others'
    # decided
    pairs = [(key, rival) for key, rival in ((one, other), (other, one)) if key not in owned]
    matched = [pair for pair in pairs if entries[pair[0]].decision is Decision.AUTO]
    return matched or pairs


def held_back(
    entry: PlanEntry, why: str, plan: Plan, *, sent: bool = False, services: Services = NO_SERVICES
) -> PlanEntry:
    """The entry in review, its match the first candidate; an entry that sends nothing has no match instead."""
    was = _candidate_of(entry, entry.resolved, _SENT) if sent and entry.resolved else None
    if _sends_nothing(entry, plan):
        return asleep(replace(entry, candidates=(was, *entry.candidates) if was else entry.candidates))
    return replace(_in_review(entry, why, was), url=page_of(services, entry.key))


def asleep(entry: PlanEntry) -> PlanEntry:
    """The entry without a match and without a question: nothing of it would be sent, whatever the answer."""
    sent = tuple(one for one in entry.candidates if _SENT in one.why)
    why = f"sends nothing while it is {entry.progress.status.value}"
    return replace(entry, decision=Decision.AUTO, match=None, sure=False, hint=why, url=None, candidates=sent)


def _without_taken(entry: PlanEntry, holders: Holders, *, explained: bool) -> PlanEntry:
    # what was sent for the entry itself stays among its candidates: it says what is on Trakt already.
    # `explained`: its hint says already whose the best one is
    taken = {one.match: holders.of_any(one.match) for one in entry.candidates if _SENT not in one.why}
    left = tuple(one for one in entry.candidates if taken.get(one.match) is None)
    holder = taken.get(entry.candidates[0].match) if entry.candidates else None
    if holder is None or explained:
        return replace(entry, candidates=left)
    hint = f"its best candidate is taken by {holder}" + ("" if left else ", and no other is left")
    return replace(entry, candidates=left, hint=hint)


def _why_unsendable(entry: PlanEntry, plan: Plan) -> str | None:
    if not entry.decision.sends or entry.resolved is None:
        return None
    mismatch = why_not_sendable(entry.resolved, entry.facts.episodes, entry.progress.watched)
    if mismatch is not None or entry.decision is not Decision.AUTO or _sends_nothing(entry, plan):
        return mismatch
    doubt = rewatches_doubt(entry, plan.policy)
    return f"{doubt}; once it is confirmed, it is sent as watched once" if doubt else None


def _sends_nothing(entry: PlanEntry, plan: Plan) -> bool:
    return sends_nothing(entry, plan.source.statuses, plan.policy.send)


# --- what was sent already --------------------------------------------------------------------------------


def already_sent(before: PlanEntry, *, sent: bool) -> Candidate | None:
    """The match by which plays of an undecided entry were sent: that of the file, or one that was put into doubt."""
    if before.match is None:
        return next((one for one in before.candidates if _SENT in one.why), None)
    return _candidate_of(before, before.resolved, _SENT) if sent and before.resolved else None


def best_of(entry: PlanEntry) -> Match | None:
    """What anitrakt thinks of first."""
    return entry.resolved or next((one.match for one in entry.candidates), None)


def doubted(was_sent: Candidate, facts: PlanEntry) -> PlanEntry:
    """Plays were sent by the old match, so a new one may not send them a second time without a person's word."""
    best = best_of(facts)
    now = f"now it looks like {format_match(best)}" if best else "now nothing fits well"
    return _in_review(facts, f"was sent as {format_match(was_sent.match)}; {now}", was_sent)


def _in_review(entry: PlanEntry, why: str, was_sent: Candidate | None) -> PlanEntry:
    candidates = candidates_with(entry, was_sent)
    return replace(entry, decision=Decision.REVIEW, match=None, sure=False, hint=why, candidates=candidates)


def candidates_with(entry: PlanEntry, first: Candidate | None) -> tuple[Candidate, ...]:
    """The candidates of an entry, the one that was sent before all others, and its own match among them."""
    found = {one.match: one for one in [first] if one}
    if entry.resolved and entry.resolved not in (one.match for one in entry.candidates):
        found.setdefault(entry.resolved, _candidate_of(entry, entry.resolved, "planned-anew"))
    for one in entry.candidates:
        found.setdefault(one.match, one)
    return tuple(found.values())[:MAX_CANDIDATES]


def _candidate_of(entry: PlanEntry, match: Match, why: str) -> Candidate:
    # a candidate made of what the file's `#>` says of a match: an `auto` entry has no other word of its title
    hint = parse_hint(entry.hint)
    title = hint.name if hint.name and names_match(entry.hint, match) else entry.title
    return Candidate(match, title, None, page_of_work(match), hint.confidence or 0.0, (why,))
