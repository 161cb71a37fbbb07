"""What `explain` says agrees with what the plan says."""

from __future__ import annotations

from pathlib import Path

import pytest

from anitrakt_plan.commands.explain import (
    CandidateLine,
    Evidence,
    explanation,
    load_evidence,
    load_ids,
    save_evidence,
)
from anitrakt_plan.errors import Failed
from anitrakt_plan.matching.evidence import Proposal
from anitrakt_plan.model import Decision, EntryKey, Facts, Ids, Kind, PlanEntry, Progress, Status

KEY = EntryKey("mal", 1)


@pytest.mark.parametrize(("confidence", "shown"), [(0.9997, "0.999"), (0.9874, "0.98"), (0.5, "0.50")])
def test_a_confidence_reads_as_in_the_plan(confidence: float, shown: str) -> None:
    entry = PlanEntry(KEY, "Example", Facts(Kind.TV), Progress(Status.COMPLETED), Decision.REVIEW)
    candidate = CandidateLine("7 S01E01-E12", "Example", 2019, "u", confidence, (), ())
    lines = explanation(entry, Evidence(KEY, "review", "", "", (candidate,)))
    assert f"1. Example (2019)   7 S01E01-E12   {shown}" in lines


@pytest.mark.parametrize("key", [KEY, EntryKey("title", "進撃の巨人")])
def test_the_evidence_for_an_entry_is_found_whatever_its_key_is_written_in(
    key: EntryKey, tmp_path: Path
) -> None:
    path = tmp_path / "evidence.jsonl"
    save_evidence(path, [Proposal(key, Decision.REVIEW, None, 0.0, (), "nothing fits")], {key: Ids(mal=1)})
    assert load_evidence(path, key).hint == "nothing fits"
    assert load_ids(path) == {key: Ids(mal=1)}
    with pytest.raises(Failed, match="there is no evidence for mal:2"):
        load_evidence(path, EntryKey("mal", 2))
