"""What an apply came to: one list of outcomes, of which the totals are the count."""

from __future__ import annotations

from collections import Counter

from anitrakt_plan.errors import ExitCode
from anitrakt_plan.model import EntryKey, EpisodeSubject
from anitrakt_plan.reports.apply import ApplyResult, EntryResult, Fate, Outcome
from anitrakt_plan.sync.diff import EntryDiff, Verdict
from anitrakt_plan.sync.ratings import RatingVerdict

KEY = EntryKey("mal", 1)


def result(*outcomes: Outcome) -> ApplyResult:
    return ApplyResult(None, "user", True, (), outcomes, (), ExitCode.DONE, False)


def test_the_json_counts_every_outcome_under_its_own_name() -> None:
    counted = {*Fate, *Verdict, *RatingVerdict} - {
        RatingVerdict.SEND
    }  # of those it counts what became of them
    totals = result(*map(Outcome, counted)).as_json()["totals"]
    assert totals == dict.fromkeys((what.value for what in counted), 1)


def test_what_never_happened_is_counted_as_0() -> None:
    assert set(result().as_json()["totals"].values()) == {0}


def test_an_entry_says_only_what_there_is_to_say() -> None:
    play = Outcome(Verdict.GONE, KEY, EpisodeSubject(1420, 1, 1))
    entry = EntryResult(EntryDiff(KEY, "A Show", "1420 S01E01"), Counter([play.what]), (), (), None)
    assert entry.as_json(dry_run=True) == {
        "key": "mal:1",
        "title": "A Show",
        "match": "1420 S01E01",
        "gone": 1,
    }
    assert not entry.is_worth_a_line  # it is counted in the totals
