"""Plays that an entry's earlier match left on Trakt, and that nothing in the plan points at any more."""

from __future__ import annotations

from anitrakt_plan.core.desired import subjects_of_match
from anitrakt_plan.core.history import History
from anitrakt_plan.core.knowledge import Knowledge, SentPlay, SentRating
from anitrakt_plan.core.model import Decision, EntryKey, MovieMatch, Plan, PlanEntry, ShowMatch
from anitrakt_plan.core.sending import is_sent
from anitrakt_plan.core.subjects import ListSubject, PlaySubject, subject_of, work_of

Subjects = frozenset[PlaySubject]


def leftovers_of(
    key: EntryKey, own: Subjects, claimed: Subjects, knowledge: Knowledge, history: History
) -> list[SentPlay]:
    """The plays sent for an entry that still stand and lie outside its `own` run and outside all `claimed` ones.

    A play that Trakt lists under another number today is judged by both numbers.
    """
    stray = (sent for sent in knowledge.plays_for(key) if sent.subject not in own)
    listed = ((sent, history.listing(sent)) for sent in stray if sent.subject not in claimed)
    return [sent for sent, play in listed if play is not None and subject_of(play.item) not in claimed]


def stale_plays(plan: Plan, knowledge: Knowledge, history: History) -> list[SentPlay]:
    """Everything that anitrakt sent for the plan's entries and that the plan no longer points at.

    An entry that a person skips points at nothing. One that waits in review, or that the file does not hold, says
    nothing about what was sent for it.
    """
    runs = _runs(plan)
    sent_runs = (runs.get(entry.key, frozenset()) for entry in plan.entries if is_sent(plan, entry))
    claimed = Subjects().union(*sent_runs)
    return [play for key, own in runs.items() for play in leftovers_of(key, own, claimed, knowledge, history)]


def stale_ratings(plan: Plan, knowledge: Knowledge) -> list[SentRating]:
    """The ratings that anitrakt sent for the plan's entries and whose show or film none of these is in any more."""
    runs = _runs(plan)
    claimed: set[ListSubject] = {work_of(subject) for own in runs.values() for subject in own}
    ours = (rating for rating in knowledge.ratings if runs.keys() >= {*rating.entries})
    return [rating for rating in ours if work_of(rating.subject) not in claimed]


def _runs(plan: Plan) -> dict[EntryKey, Subjects]:
    """What each decided entry points at; nothing where it is skipped."""
    runs = ((entry.key, _run(entry)) for entry in plan.entries)
    return {key: run for key, run in runs if run is not None}


def _run(entry: PlanEntry) -> Subjects | None:
    if entry.decision is Decision.SKIP:
        return frozenset()
    if not entry.decision.sends or not isinstance(entry.match, ShowMatch | MovieMatch):
        return None
    return frozenset(subjects_of_match(entry, entry.match)[0])
