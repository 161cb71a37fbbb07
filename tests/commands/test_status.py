"""Status and log: which entries need a word, in which words, and what each run is counted as."""

from __future__ import annotations

from dataclasses import replace

import pytest

from anitrakt_plan.commands.status import (
    EntryStatus,
    StatusResult,
    log_json,
    log_report,
    read_log,
    status,
    status_report,
)
from anitrakt_plan.errors import SafetyStop
from anitrakt_plan.model import RatingScope, Status
from anitrakt_plan.settings import Way
from tests.faults.bench import Bench, plan_of, season

TITAN3B = "1420 S03E13-E22"
FINE = EntryStatus(
    key="mal:1",
    title="An Anime",
    match=TITAN3B,
    sent=10,
    sent_gone=0,
    on_trakt=10,
    wanted=10,
    to_send=0,
    beyond=0,
    in_doubt=0,
    unseen=0,
    leftovers=0,
    held=None,
)


@pytest.mark.parametrize(
    ("entry", "in_order", "needs_person"),
    [
        (FINE, True, False),
        (replace(FINE, sent=0), True, False),  # somebody else wrote it
        (replace(FINE, on_trakt=11), True, False),
        (replace(FINE, on_trakt=9), False, False),
        (replace(FINE, to_send=1), False, False),
        (replace(FINE, in_doubt=1), False, False),
        (replace(FINE, sent_gone=1), False, False),
        (replace(FINE, beyond=1), False, False),
        (replace(FINE, held="why"), False, True),
        (replace(FINE, unseen=1), False, True),
        (replace(FINE, leftovers=1), False, True),
    ],
)
def test_an_entry_is_in_order_where_nothing_about_it_needs_a_word(
    entry: EntryStatus, in_order: bool, needs_person: bool
) -> None:
    assert (entry.in_order, entry.needs_person) == (in_order, needs_person)


RESULT = StatusResult(
    user="yourname",
    entries=(FINE, replace(FINE, key="mal:2", to_send=3, on_trakt=7), replace(FINE, key="mal:3", held="why")),
    stale=2,
    ratings_to_send=1,
    ratings_kept=0,
    listings_to_send=0,
    notes=("a note",),
)


@pytest.mark.parametrize(
    ("flags", "keys"),
    [
        ({}, ["mal:2", "mal:3"]),
        ({"verbose": True}, ["mal:1", "mal:2", "mal:3"]),
        ({"quiet": True}, ["mal:3"]),
        ({"quiet": True, "verbose": True}, ["mal:3"]),
    ],
)
def test_what_is_shown_is_what_differs(flags: dict[str, bool], keys: list[str]) -> None:
    lines = status_report(RESULT, **flags)  # type: ignore[arg-type]
    assert [line.split()[0] for line in lines if line.startswith("  mal:")] == keys
    assert "    ! held back: why" in lines
    assert "a note" in lines
    assert ("1 of 3 confirmed entries are in order on Trakt (`yourname`)." in lines) is ("quiet" not in flags)


@pytest.mark.parametrize(
    ("way", "command"), [(Way.API, "`anitrakt apply`"), (Way.FILES, "`anitrakt export-trakt`")]
)
def test_what_is_missing_names_the_command_of_this_way(way: Way, command: str) -> None:
    missing = [line for line in status_report(RESULT, way=way) if line.startswith("Missing")]
    assert [line.split(",")[0] for line in missing] == ["Missing: 3 plays and 1 rating"]
    assert all(command in line for line in missing)


def test_counts_of_nothing_are_not_said() -> None:
    nothing = replace(RESULT, entries=(FINE,), stale=0, ratings_to_send=0, notes=())
    assert status_report(nothing) == ("1 of 1 confirmed entries are in order on Trakt (`yourname`).",)


def test_the_files_stand_in_the_json_under_a_name_of_their_own() -> None:
    said = RESULT.as_json()
    assert (said["format"], said["exports"], "files" in said) == ("anitrakt-status/1", [], False)


# --- a plan's standing ---


def test_journal_trakt_and_plan_are_compared_and_nothing_is_written(world: Bench) -> None:
    watching = season(1, TITAN3B, status=Status.WATCHING, watched=4, finished=None)
    world.apply(plan_of(watching))
    account = world.sandbox.world
    gone = next(play for play in account.plays.values() if play.item == world.episode(1420, 3, 13))
    account.remove_play(gone.id)
    account.add_play("episode", world.episode(1420, 3, 17), "2019-07-01T10:00:00.000Z")
    journal = next(world.folders.journal.glob("*.jsonl"))
    before = journal.read_bytes()
    more = season(1, TITAN3B, status=Status.WATCHING, watched=6, finished=None)
    with world.ports() as ports:
        (entry,) = status(plan_of(more), ports).entries
    assert (entry.sent, entry.sent_gone, entry.on_trakt, entry.wanted, entry.beyond) == (4, 1, 4, 6, 0)
    assert (entry.in_order, entry.to_send, entry.held) == (False, 1, None)
    assert journal.read_bytes() == before


def test_what_an_earlier_match_left_is_counted(world: Bench) -> None:
    world.apply(plan_of(season(1, "1420 S02E01-E12")))
    with world.ports() as ports:
        result = status(plan_of(season(1, TITAN3B)), ports)
    assert (result.stale, result.entries[0].leftovers, result.entries[0].to_send) == (12, 12, 10)


@pytest.mark.parametrize(("user", "is_refused"), [(None, False), ("sandbox", False), ("somebody", True)])
def test_looking_needs_no_account_in_the_plan_but_no_other(
    world: Bench, user: str | None, is_refused: bool
) -> None:
    plan = plan_of(season(1, TITAN3B), user=user)
    with world.ports() as ports:
        if is_refused:
            with pytest.raises(SafetyStop):
                status(plan, ports)
        else:
            assert status(plan, ports).user == "sandbox"


# --- the log ---


def test_each_run_is_a_line_and_a_run_that_was_undone_says_so(world: Bench) -> None:
    assert log_report(read_log(world.folders.journal)) == (
        "No runs yet: anitrakt has sent nothing to Trakt.",
    )
    world.apply(plan_of(season(1, TITAN3B, rating=9, rates=RatingScope.SEASON)))
    world.apply(plan_of(season(1, TITAN3B), season(2, "movie 51")))
    world.clock.forward(days=1)
    world.undo()
    log = read_log(world.folders.journal)
    lines = log_report(log)
    assert [line.info.kind.value for line in log] == ["apply", "apply", "undo"]
    assert "10 plays sent, 1 rating sent" in lines[0]
    assert "1 play taken back" in lines[1]
    assert [run["exit"] for run in log_json(log)["runs"]] == [0, 0, 0]
    assert [run["plays"] for run in log_json(log)["runs"]] == [{"seen": 10}, {"undone": 1}, {}]
