"""What a re-plan has changed: which of it needs a person, and how it is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from anitrakt_plan.model import Decision, EntryKey, Facts, Kind, MovieMatch, PlanEntry, Progress, Status
from anitrakt_plan.planfile import ChangeKind, EntryChange
from anitrakt_plan.reports.plan import needs_person

AUTO = PlanEntry(
    EntryKey.parse("mal:1"),
    "A Film",
    Facts(Kind.MOVIE, 1988, 1),
    Progress(Status.COMPLETED, 1),
    Decision.AUTO,
    MovieMatch(7),
)
OPEN = replace(AUTO, decision=Decision.REVIEW, match=None)
TOLD = replace(AUTO, attention=("the list has 2 episodes now",))


@pytest.mark.parametrize(
    ("before", "after", "needed"),
    [
        (None, AUTO, False),
        (None, OPEN, True),
        (AUTO, OPEN, True),
        (OPEN, replace(OPEN, english="A"), False),  # it was open before
        (OPEN, AUTO, False),
        (AUTO, TOLD, True),
        (TOLD, replace(TOLD, note="seen"), False),  # it was told before
        (TOLD, AUTO, False),
    ],
)
def test_a_change_needs_a_person_where_it_leaves_something_open(
    before: PlanEntry | None, after: PlanEntry, needed: bool
) -> None:
    kind = ChangeKind.NEW if before is None else ChangeKind.CHANGED
    assert needs_person(EntryChange(kind, after.key, before, after, ())) == needed
