"""What `explain` says agrees with what the plan says."""

from __future__ import annotations

import pytest

from anitrakt_plan.commands.explain import CandidateLine, Evidence, explanation
from anitrakt_plan.model import Decision, EntryKey, Facts, Kind, PlanEntry, Progress, Status

KEY = EntryKey("mal", 1)


@pytest.mark.parametrize(("confidence", "shown"), [(0.9997, "0.999"), (0.9874, "0.98"), (0.5, "0.50")])
def test_a_confidence_reads_as_in_the_plan(confidence: float, shown: str) -> None:
    entry = PlanEntry(KEY, "Example", Facts(Kind.TV), Progress(Status.COMPLETED), Decision.REVIEW)
    candidate = CandidateLine("7 S01E01-E12", "Example", 2019, "u", confidence, (), ())
    lines = explanation(entry, Evidence(KEY, "review", "", "", (candidate,)))
    assert f"1. Example (2019)   7 S01E01-E12   {shown}" in lines
