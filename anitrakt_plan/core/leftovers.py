"""Plays that an entry's earlier match left on Trakt, and that nothing in the plan points at any more."""

from __future__ import annotations

from anitrakt_plan.core.desired import subjects_of_match
from anitrakt_plan.core.history import History
from anitrakt_plan.core.knowledge import Knowledge, SentPlay, SentRating, SentState
from anitrakt_plan.core.model import Address, Decision, EntryKey, Plan
from anitrakt_plan.core.sending import is_sent
from anitrakt_plan.core.subjects import PlaySubject, subject_of, work_of


def leftovers_of(
    key: EntryKey,
    own: frozenset[PlaySubject],
    claimed: frozenset[PlaySubject],
    knowledge: Knowledge,
    history: History,
) -> tuple[SentPlay, ...]:
    """The plays sent for an entry that still stand and lie outside its `own` run and outside all `claimed` ones.

    A play that Trakt lists under another number today is judged by both numbers.
    """
    found = []
    for sent in knowledge.plays_for(key):
        if (
            sent.state is not SentState.SEEN
            or sent.id is None
            or sent.subject in own
            or sent.subject in claimed
        ):
            continue
        listed = history.get(sent.id)
        if listed is not None and subject_of(listed.item) not in claimed:
            found.append(sent)
    return tuple(found)


def stale_plays(plan: Plan, knowledge: Knowledge, history: History) -> tuple[SentPlay, ...]:
    """Everything that anitrakt sent for the plan's entries and that the plan no longer points at.

    An entry that a person skips points at nothing. One that waits in review, or that the file does not hold, says
    nothing about what was sent for it.
    """
    runs = _runs(plan)
    sent_runs = (runs[entry.key] for entry in plan.entries if entry.key in runs and is_sent(plan, entry))
    claimed = frozenset(subject for run in sent_runs for subject in run)
    return tuple(
        play for key, own in runs.items() for play in leftovers_of(key, own, claimed, knowledge, history)
    )


def stale_ratings(plan: Plan, knowledge: Knowledge) -> tuple[SentRating, ...]:
    """The ratings that anitrakt sent for the plan's entries and whose show or film none of these is in any more."""
    runs = _runs(plan)
    works = {key: {work_of(subject) for subject in own} for key, own in runs.items()}
    claimed = {work for found in works.values() for work in found}
    return tuple(
        rating
        for rating in knowledge.ratings
        if all(entry in works for entry in rating.entries) and work_of(rating.subject) not in claimed
    )


def _runs(plan: Plan) -> dict[EntryKey, frozenset[PlaySubject]]:
    """What each decided entry points at; nothing where it is skipped."""
    runs: dict[EntryKey, frozenset[PlaySubject]] = {}
    for entry in plan.entries:
        if entry.decision is Decision.SKIP:
            runs[entry.key] = frozenset()
        elif entry.decision.sends and entry.match is not None and not isinstance(entry.match, Address):
            runs[entry.key] = frozenset(subjects_of_match(entry, entry.match)[0])
    return runs
