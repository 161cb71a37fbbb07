"""Apply where nothing goes wrong: everything arrives once, a second apply sends nothing; and when it stops at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from anitrakt_plan.commands.apply import FIRST_APPLY_PLAYS, check_clock, empty_trakt, first_apply_limit
from anitrakt_plan.commands.run import ApplyOptions, StopName
from anitrakt_plan.commands.services import Question
from anitrakt_plan.errors import SafetyStop
from anitrakt_plan.model import EntryKey, EpisodeSubject, MovieItem, MovieSubject, Play, RatingScope, Status
from anitrakt_plan.model.account import PlaySubject
from anitrakt_plan.sync.diff import Diff, EntryDiff
from anitrakt_plan.sync.existing import History
from anitrakt_plan.sync.knowledge import BatchItemId, Knowledge, SentPlay, SentState
from tests.commands.running import change, play, small_ports
from tests.faults.bench import NOON_IN_BERLIN, Bench, plan_of, season, sums
from tests.practice import START

TITAN3B = "1420 S03E13-E22"


def test_a_confirmed_entry_arrives_once_at_noon_of_its_finish_day(world: Bench) -> None:
    plan = plan_of(season(38524, TITAN3B, rating=9, rates=RatingScope.SEASON))
    result = world.apply(plan)
    assert result.exit_code == 0
    assert result.totals["plays"] == 10
    assert world.plays() == world.wanted(TITAN3B)
    show = world.sandbox.catalogue.show("trakt", 1420)
    assert show is not None
    assert list(world.ratings().values()) == [9]


def test_a_second_apply_sends_nothing(world: Bench) -> None:
    plan = plan_of(season(38524, TITAN3B, rating=9), season(572, "movie 51", finished="2020"))
    assert world.apply(plan).exit_code == 0
    before = len(world.sandbox.wire)
    again = world.apply(plan)
    assert again.exit_code == 0
    assert not again.changes
    assert [r for r in world.sandbox.wire[before:] if r.method == "POST"] == []


def test_partial_progress_then_more_adds_only_the_difference(world: Bench) -> None:
    first = plan_of(season(1, TITAN3B, status=Status.WATCHING, watched=7, finished=None))
    assert world.apply(first).totals["plays"] == 7
    more = plan_of(season(1, TITAN3B, status=Status.WATCHING, watched=9, finished=None))
    assert world.apply(more).totals["plays"] == 2
    unknown = "1970-01-01T00:00:00.000Z"
    assert world.plays() == world.wanted("1420 S03E13-E21", unknown)


def test_what_already_has_a_play_gets_none(world: Bench) -> None:
    world.sandbox.world.add_play("episode", world.episode(1420, 3, 15), "2018-01-01T00:00:00.000Z")
    result = world.apply(plan_of(season(1, TITAN3B)))
    assert result.totals["plays"] == 9
    assert result.totals["in_sync"] == 1
    episodes = [item for _, item, _ in world.plays().elements()]
    assert len(episodes) == len(set(episodes)) == 10


def test_long_runs_go_out_in_hundreds(world: Bench) -> None:
    result = world.apply(plan_of(season(269, "30850 S01E01-E366"), season(38524, TITAN3B)))
    assert result.totals["plays"] == 376
    assert len(world.history_posts()) == 4
    assert world.plays() == sums([world.wanted("30850 S01E01-E366"), world.wanted(TITAN3B)])


def test_a_dry_run_writes_nothing_anywhere(world: Bench) -> None:
    result = world.apply(plan_of(season(38524, TITAN3B, rating=9)), dry_run=True)
    assert result.changes
    assert result.totals["plays"] == 10
    assert not world.plays()
    assert not world.folders.journal.exists()
    assert NOON_IN_BERLIN not in str(world.sandbox.wire)


# --- when it stops ---


def sent(episodes: int = 0, films: int = 0, state: SentState = SentState.SEEN) -> Knowledge:
    """So many plays of ours, as they were seen last."""
    subjects: list[PlaySubject] = [
        *(EpisodeSubject(1420, 3, number) for number in range(episodes)),
        *(MovieSubject(number) for number in range(films)),
    ]
    plays = (
        SentPlay(
            BatchItemId(1, index),
            "run",
            EntryKey("mal", 1),
            "",
            subject,
            START,
            frozenset(),
            START,
            state,
            index,
        )
        for index, subject in enumerate(subjects)
    )
    return Knowledge(tuple(plays))


def listed(episodes: int = 0, films: int = 0) -> History:
    """A history of so many plays, whoever wrote them."""
    return History(
        [
            *(play(number, 5000 + number) for number in range(episodes)),
            *(Play(7000 + number, START, "watch", MovieItem(number)) for number in range(films)),
        ]
    )


@pytest.mark.parametrize(
    ("known", "history", "said"),
    [
        (sent(), listed(), None),
        (sent(1), listed(), "no plays at all, though 1 of"),
        (sent(1, state=SentState.ACKNOWLEDGED), listed(), None),
        (sent(5, 1), listed(films=1), "no plays of episodes at all, though 5 of"),
        (sent(4, 1), listed(films=1), None),
        (sent(1, 5), listed(1), "no plays of films at all, though 5 of"),
        (sent(1, 4), listed(1), None),
        (sent(20), listed(9), "lists 9 plays, though 20 of"),
        (sent(20), listed(10), None),
        (sent(19), listed(1), None),
    ],
)
def test_a_trakt_that_reads_empty_or_far_too_small_stops(
    known: Knowledge, history: History, said: str | None
) -> None:
    stop = empty_trakt(history, known)
    if said is None:
        assert stop is None
    else:
        assert stop is not None
        assert (stop.name, said in stop.what) == ("empty-trakt", True)


@pytest.mark.parametrize(
    ("skew", "said"),
    [
        (None, None),
        (timedelta(minutes=10), None),
        (timedelta(minutes=-10), None),
        (timedelta(minutes=11), "ahead of"),
        (timedelta(days=-3), "behind"),
    ],
)
def test_a_clock_ten_minutes_off_stops_unless_it_is_passed(skew: timedelta | None, said: str | None) -> None:
    if said is None:
        check_clock(skew, ApplyOptions())
    else:
        with pytest.raises(SafetyStop, match=said):
            check_clock(skew, ApplyOptions())
        check_clock(skew, ApplyOptions(allow=frozenset({StopName.CLOCK})))


LARGE = FIRST_APPLY_PLAYS + 1
ALLOWED = ApplyOptions(allow=frozenset({StopName.FIRST_APPLY}))


@pytest.mark.parametrize(
    ("count", "known", "options", "answers", "limit"),
    [
        (FIRST_APPLY_PLAYS, sent(), ApplyOptions(), [], None),
        (LARGE, sent(), ApplyOptions(), [], "stops"),
        (LARGE, sent(), ApplyOptions(yes=True), ["all"], "stops"),
        (LARGE, sent(), ALLOWED, [], None),
        (LARGE, sent(1), ApplyOptions(), [], None),
        (LARGE, sent(), ApplyOptions(), ["one entry first"], 1),
        (LARGE, sent(), ApplyOptions(), ["all"], None),
        (LARGE, sent(), ApplyOptions(), ["nothing"], "stops"),
    ],
)
def test_a_large_first_apply_asks_and_yes_is_no_answer(
    tmp_path: Path,
    count: int,
    known: Knowledge,
    options: ApplyOptions,
    answers: Sequence[str],
    limit: int | str | None,
) -> None:
    def ask(_: Question) -> str:
        return answers[0]

    changes = tuple(change(number) for number in range(count))
    found = Diff((EntryDiff(EntryKey("mal", 1), "An Anime", "", changes),), ())
    ports = replace(small_ports(tmp_path), ask=ask if answers else None)
    if limit == "stops":
        with pytest.raises(SafetyStop, match="would add 501 plays") as stopped:
            first_apply_limit(found, known, ports, options)
        assert stopped.value.name == "first-apply"
    else:
        assert first_apply_limit(found, known, ports, options) == limit
    assert first_apply_limit(found, known, replace(ports, sandbox=True), options) is None


@pytest.mark.parametrize(
    ("known", "options", "answer", "asks"),
    [
        (sent(1), ApplyOptions(), "yes", True),
        (sent(1), ApplyOptions(), "no", True),
        (sent(1), ApplyOptions(yes=True), "no", False),
        (sent(1), ALLOWED, "no", False),
    ],
)
def test_after_one_entry_the_next_apply_asks_once_more(
    tmp_path: Path, known: Knowledge, options: ApplyOptions, answer: str, asks: bool
) -> None:
    asked: list[Question] = []

    def ask(question: Question) -> str:
        asked.append(question)
        return answer

    found = Diff((EntryDiff(EntryKey("mal", 1), "An Anime", "", tuple(map(change, range(LARGE)))),), ())
    ports = replace(small_ports(tmp_path), ask=ask)
    if asks and answer == "no":
        with pytest.raises(SafetyStop, match="501 plays wait"):
            first_apply_limit(found, known, ports, options)
    else:
        assert first_apply_limit(found, known, ports, options) is None
    assert len(asked) == asks
