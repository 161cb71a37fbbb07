"""Trakt's ids of works that a plan names by TMDB's: looked up before anything is sent, and fixed in the journal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from anitrakt_plan.commands.services import Ports, Reporter
from anitrakt_plan.commands.side_by_side import IN_FLIGHT, one_by_one
from anitrakt_plan.errors import PlanInvalid
from anitrakt_plan.journal.journal import Journal
from anitrakt_plan.journal.records import Identified
from anitrakt_plan.model import (
    Catalogue,
    EntryKey,
    Plan,
    PlanEntry,
    TargetKind,
    TmdbId,
    TraktId,
)
from anitrakt_plan.model.account import ListSubject, id_of, kind_of_subject, work_of
from anitrakt_plan.model.resolving import (
    Resolver,
    first_of,
    no_resolver,
    resolved_plan,
    resolver_of,
    work_without_trakt_id,
)
from anitrakt_plan.model.sending import Clash, clashes, is_sent
from anitrakt_plan.sync.knowledge import Knowledge
from anitrakt_plan.words import pluralize


def asked_of(catalogue: Catalogue | None) -> Resolver:
    """Ask a catalogue for the work with a TMDB id, one request each; where there is none, nobody is asked."""
    if catalogue is None:
        return no_resolver

    def ask(kind: TargetKind, tmdb: int) -> TraktId | None:
        work = catalogue.by_tmdb(kind, tmdb)
        return None if work is None or isinstance(work.id, TmdbId) else work.id

    return ask


@dataclass(frozen=True, slots=True)
class PlanByTraktIds:
    """A plan with Trakt's ids, and the entries that nothing can be said about now, each with why (`held`)."""

    plan: Plan
    held: Mapping[EntryKey, str]


def by_trakt_ids(plan: Plan, ports: Ports, journal: Journal) -> PlanByTraktIds:
    """Look up each TMDB id that a sent entry has, or that went out once, and fix what it stands for in the journal.

    What was fixed before holds; where Trakt says another id now, the entry is held, for a person to look. Raises Failed
    and NotSignedIn where Trakt can't be asked.
    """
    named = {entry.key: work for entry in plan.entries if (work := _named_by_tmdb(plan, entry)) is not None}
    went_out = _sent_by_tmdb(journal.knowledge)
    today = _trakts_word(dict.fromkeys([*named.values(), *went_out]), ports)
    known = journal.knowledge.identified
    for work, trakt in today.items():
        if work not in known:
            journal.write(Identified(work, trakt, ports.clock()))
    fixed = journal.knowledge.identified
    sure = {work: trakt for work, trakt in fixed.items() if today.get(work, trakt) == trakt}
    if went_out:  # else it would be the same, and looked through at each batch
        journal.name_works(resolver_of(sure))
    held = {
        key: _why_held(work, fixed.get(work), today.get(work))
        for key, work in named.items()
        if work not in sure
    }
    return PlanByTraktIds(resolved_plan(plan, resolver_of(sure)), held)


def _trakts_word(works: Iterable[ListSubject], ports: Ports) -> Mapping[ListSubject, TraktId]:
    """What Trakt calls these works today: by what the cache has of its answers, and else by asking."""
    kept = {work: ports.kept_id(*_kind_and_number(work)) for work in works}
    new = [work for work, trakt in kept.items() if trakt is None]
    if len(new) > IN_FLIGHT:
        time = ports.time_for(len(new))
        ports.reporter.info(
            f"Looking up {pluralize(len(new), 'work')} on Trakt by TMDB's ids, once: {time} ..."
        )
    found = {work: trakt for work, trakt in kept.items() if trakt is not None}
    return found | looked_up(new, ports.catalogue, ports.reporter)


def looked_up(
    works: Sequence[ListSubject], catalogue: Catalogue, reporter: Reporter
) -> dict[ListSubject, TraktId]:
    """What Trakt calls works that TMDB's id names, one request each; without those it does not know."""
    if not works:
        return {}
    ask, found = asked_of(catalogue), {}
    with reporter.progress("Looking up TMDB's ids") as progress:
        answers = one_by_one(lambda work: ask(*_kind_and_number(work)), works)
        for number, (work, trakt) in enumerate(zip(works, answers, strict=True), 1):
            progress(number, len(works))
            if trakt is not None:
                found[work] = trakt
    return found


def _named_by_tmdb(plan: Plan, entry: PlanEntry) -> ListSubject | None:
    return work_without_trakt_id(entry.match) if is_sent(plan, entry) else None


def _sent_by_tmdb(knowledge: Knowledge) -> list[ListSubject]:
    works = dict.fromkeys(work_of(sent.subject) for sent in knowledge.everything)
    return [work for work in works if isinstance(id_of(work), TmdbId)]


def _kind_and_number(work: ListSubject) -> tuple[TargetKind, int]:
    number = id_of(work)
    assert isinstance(number, TmdbId)
    return kind_of_subject(work), number.number


def _why_held(work: ListSubject, known: TraktId | None, today: TraktId | None) -> str:
    (kind, number), name = _kind_and_number(work), str(id_of(work))
    page = kind.page(TmdbId(number))
    if known is None:
        return (
            f"Trakt knows no {kind.word} by {name} ({page}); it is asked again at the next run. "
            "If Trakt has it under another id, write that one into `match`"
        )
    return (
        f"{name} ({page}) was {kind.word} {known} on Trakt, and is {today} there now: look at {kind.page(known)} and "
        f"{kind.page(str(today))}, and write the right one of the two into `match`"
    )


def check_claims(plan: Plan) -> None:
    """Raise PlanInvalid where two entries give plays to the same: one by Trakt's id, the other by TMDB's.

    Reading the file could not see it, for it has both ids only here.
    """
    found = shared_claims(plan)
    if found:
        raise PlanInvalid(
            "; ".join(found),
            todo="Nothing was sent. Correct one of the two, or write `decision: skip`, or `send: [ratings]` for the "
            "one that only rates.",
        )


def shared_claims(plan: Plan) -> Collection[str]:
    """A sentence on each pair of entries that give plays to the same."""
    entries = plan.entries
    found = clashes(entries, plan.source.statuses, plan.policy.send)
    return [_told(entries[clash.first], entries[clash.second], clash) for clash in found]


def _told(one: PlanEntry, other: PlanEntry, clash: Clash) -> str:
    return f"{other.key} ({other.title}) claims {clash.what}, and so does {one.key} ({one.title})"


def by_known_ids(plan: Plan, resolve: Resolver) -> Plan:
    """The plan by Trakt's ids as far as they are known: for what can go out by TMDB's, too.

    Raises PlanInvalid where that shows that two entries give plays to the same.
    """
    known = resolved_plan(plan, resolve)
    check_claims(known)
    return known


def known_ids(knowledge: Iterable[Knowledge], *others: Resolver) -> Resolver:
    """What the journals have fixed, then what others know; each id is looked up once."""
    return cache(first_of(*(resolver_of(one.identified) for one in knowledge), *others))
