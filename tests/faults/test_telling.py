"""What is printed, what is written as JSON, Ctrl-C, and that no secret ever gets out."""

from __future__ import annotations

import json
import logging

import pytest

from anitrakt_plan.commands.status import StatusResult, log_json, log_report, read_log, status, status_report
from anitrakt_plan.errors import BadUsage
from anitrakt_plan.model import Decision, Plan, RatingScope, Status
from anitrakt_plan.reports.apply import report
from anitrakt_plan.reports.undo import undo_report
from tests.faults.bench import Bench, plan_of, season

TITAN3B = "1420 S03E13-E22"
BLEACH = "30850 S01E01-E366"


def test_the_summary_has_entries_first_and_totals_last(world: Bench) -> None:
    plan = plan_of(
        season(
            38524, TITAN3B, title="Shingeki no Kyojin Season 3 Part 2", rating=9, rates=RatingScope.SEASON
        ),
        season(5, "movie 97", decision=Decision.REVIEW),
    )
    planned = report(world.apply(plan, dry_run=True))
    assert planned[0] == (
        "  + Shingeki no Kyojin Season 3 Part 2 → 1420 S03E13-E22   "
        "10 plays (2019-07-01), rating 9 (season 3)   mal:38524 · show 1420"
    )
    assert "To send to `sandbox`: 10 plays and 1 rating to add." in planned
    done = report(world.apply(plan))
    assert done[0] == planned[0]
    assert (
        "Apply complete: 10 plays and 1 rating added. Run 2026-11-22-1 (`anitrakt undo` takes it back)."
        in done
    )
    assert report(world.apply(plan))[0] == "No changes: everything confirmed is already on Trakt (`sandbox`)."


def test_quiet_says_only_what_needs_a_person(world: Bench) -> None:
    assert report(world.apply(plan_of(season(1, TITAN3B))), quiet=True) == ()
    lines = report(world.apply(plan_of(season(2, "1420 S02E12-E13"))), quiet=True)
    assert lines == (
        "  ! An Anime → 1420 S02E12-E13   "
        "Trakt does not know 1420 S02E13; held back until the match changes   mal:2 · show 1420",
    )


def test_the_json_is_versioned_and_whole(world: Bench) -> None:
    result = world.apply(plan_of(season(1, TITAN3B, rating=9, rates=RatingScope.SEASON)))
    said = json.loads(json.dumps(result.as_json()))
    assert said["format"] == "anitrakt-apply/1"
    assert said["entries"][0]["sent"] == 10
    assert said["totals"]["ratings_added"] == 1
    assert said["exit_code"] == 0
    undone = json.loads(json.dumps(world.undo().as_json()))
    assert (undone["format"], undone["changes"]) == ("anitrakt-undo/1", True)


def test_the_first_ctrl_c_finishes_the_request_and_the_next_apply_goes_on(world: Bench) -> None:
    world.sandbox.faults.after("POST", "/sync/history$", lambda _: world.stop.set(), skip=1)
    plan = plan_of(season(1, BLEACH))
    result = world.apply(plan)
    assert result.exit_code == 130
    assert result.totals["plays"] == 200
    world.stop.clear()
    second = world.apply(plan)
    assert (second.exit_code, second.run) == (0, result.run)
    assert world.plays() == world.wanted(BLEACH)


def test_undo_prints_what_went_and_what_stayed(world: Bench) -> None:
    world.apply(plan_of(season(1, TITAN3B, rating=9, rates=RatingScope.SEASON)))
    world.sandbox.world.remove_play(min(world.sandbox.world.plays))
    lines = undo_report(world.undo())
    assert lines[0] == "  - mal:1 → show 1420 S03E14–E22   9 plays   show 1420"
    assert lines[1] == "  ~ mal:1 → show 1420   rating 9 → none (season 3)   show 1420"
    assert "was removed on Trakt already; left as it is: show 1420 S03E13" in lines[2]


def test_log_tells_runs_with_counts_and_failures(world: Bench) -> None:
    world.sandbox.faults.answer("POST", "/sync/history$", 422)
    world.apply(plan_of(season(1, TITAN3B)))
    world.apply(plan_of(season(1, TITAN3B)))
    world.undo()
    lines = log_report(read_log(world.folders.journal))
    assert "2026-11-22-1" in lines[0]
    assert "10 plays taken back" in lines[0]
    assert "does not accept" in lines[1]
    assert "undo" in lines[2]
    assert json.dumps(log_json(read_log(world.folders.journal)))


def test_log_without_any_run_says_so(world: Bench) -> None:
    assert log_report(read_log(world.folders.journal)) == (
        "No runs yet: anitrakt has sent nothing to Trakt.",
    )


def status_of(world: Bench, plan: Plan) -> StatusResult:
    with world.ports() as ports:
        return status(plan, ports)


def test_status_shows_sent_on_trakt_and_wanted_and_drift_both_ways(world: Bench) -> None:
    plan = plan_of(
        season(1, TITAN3B), season(2, "1420 S01E01-E25", status=Status.WATCHING, watched=5, finished=None)
    )
    world.apply(plan)
    assert all(entry.in_order for entry in status_of(world, plan).entries)
    account = world.sandbox.world
    account.remove_play(min(account.plays))
    account.add_play("episode", world.episode(1420, 1, 6))
    first, second = status_of(world, plan).entries
    assert (first.sent, first.sent_gone, first.on_trakt, first.wanted) == (10, 1, 9, 10)
    assert (second.sent, second.on_trakt, second.wanted, second.beyond) == (5, 5, 5, 1)
    lines = status_report(status_of(world, plan))
    assert "1 removed on Trakt since" in lines[0]
    assert "1 beyond the list's progress" in lines[1]


def test_only_takes_keys_globs_and_titles(world: Bench) -> None:
    plan = plan_of(
        season(1, TITAN3B, title="Attack on Titan 3.2"),
        season(2, "1420 S02E01-E12", title="Attack on Titan 2"),
        season(31, "movie 51", title="Clannad"),
    )
    assert world.apply(plan, only=("clann",), dry_run=True).totals["plays"] == 1
    assert world.apply(plan, only=("mal:3*",), dry_run=True).totals["plays"] == 1
    assert world.apply(plan, only=("mal:1", "mal:31"), dry_run=True).totals["plays"] == 11
    assert world.apply(plan, limit=2, dry_run=True).totals["plays"] == 22
    with pytest.raises(BadUsage, match="fits 2 entries"):
        world.apply(plan, only=("titan",), dry_run=True)


def test_confirmed_only_leaves_auto_alone(world: Bench) -> None:
    plan = plan_of(season(1, TITAN3B), season(2, "movie 51", decision=Decision.CONFIRMED))
    assert world.apply(plan, confirmed_only=True).totals["plays"] == 1


def test_no_secret_is_printed_logged_or_written(world: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    faults = world.sandbox.faults
    faults.html("POST", "/sync/history$", 503)
    faults.redirect("POST", "/sync/history$", "http://127.0.0.1:9/elsewhere", skip=1)
    faults.unauthorized("GET", "/sync/ratings", times=None)
    plan = plan_of(season(1, TITAN3B, rating=9))
    said: list[str] = []
    for _ in range(3):
        try:
            said += report(world.apply(plan))
        except Exception as error:  # noqa: BLE001  # whatever it says must be clean
            said.append(f"{error}\n{error!r}")
        faults.clear()
    addresses = world.sandbox.addresses
    secrets = [addresses.trakt_token, addresses.trakt_client_secret, addresses.trakt_refresh_token]
    written = [path for path in world.home.rglob("*") if path.is_file() and path.name != "tokens.json"]
    assert any(path.suffix == ".jsonl" for path in written)
    everything = "\n".join([*said, *world.told.lines, caplog.text]).encode()
    everything += b"".join(path.read_bytes() for path in written)
    for secret in secrets:
        assert secret.encode() not in everything


def test_nothing_to_send_says_why(world: Bench) -> None:
    plan = plan_of(season(1, TITAN3B, rating=9, rates=RatingScope.SEASON))
    world.apply(plan)
    world.undo()
    assert report(world.apply(plan)) == (
        "Nothing to send to `sandbox`: 10 plays and 1 rating were taken back, or removed on Trakt since; "
        "`--resend` sends what is gone.",
        "Next: `anitrakt apply --resend`, if you want back on Trakt what is gone.",
    )


@pytest.mark.parametrize(
    ("decisions", "said", "next_line"),
    [
        ((Decision.REVIEW,), "nothing is confirmed yet; 1 entry waits in review.", "`anitrakt review`."),
        ((Decision.REVIEW,) * 2, "nothing is confirmed yet; 2 entries wait in review.", "`anitrakt review`."),
        ((Decision.SKIP,), "none of these entries is confirmed and in the list.", None),
    ],
)
def test_a_plan_without_anything_confirmed_says_so(
    world: Bench, decisions: tuple[Decision, ...], said: str, next_line: str | None
) -> None:
    plan = plan_of(*(season(key, TITAN3B, decision=one) for key, one in enumerate(decisions, start=1)))
    lines = report(world.apply(plan, dry_run=True))
    assert lines[0] == f"Nothing to send to `sandbox`: {said}"
    assert (lines[-1] == f"Next: {next_line}") is (next_line is not None)


def test_an_interrupted_apply_says_how_much_remains_and_how_to_go_on(world: Bench) -> None:
    world.sandbox.faults.after("POST", "/sync/history$", lambda _: world.stop.set(), skip=1)
    plan = plan_of(season(1, BLEACH, rating=9, rates=RatingScope.SEASON))
    lines = report(world.apply(plan))
    assert lines[-2:] == (
        "Applied in part: 200 plays added; 166 plays, 1 rating remain to be sent. "
        "Run 2026-11-22-1 (`anitrakt undo` takes it back).",
        "Next: run the same command again; it reads first and goes on from there.",
    )
    assert report(world.results[-1], quiet=True) == (lines[-2],)


def test_what_leaves_the_watchlist_is_said_before_anything_is_sent(world: Bench) -> None:
    world.sandbox.world.watchlist[("show", 1420)] = "2020-01-01T00:00:00.000Z"
    world.sandbox.world.watchlist[("movie", 51)] = "2020-01-01T00:00:00.000Z"
    plan = plan_of(season(1, TITAN3B))
    said = (
        "An Anime leaves your watchlist, because Trakt takes off it what gets plays "
        "(`anitrakt undo` puts back)."
    )
    assert said in report(world.apply(plan, dry_run=True))
    world.sandbox.faults.after("POST", "/sync/history$", lambda _: world.told.lines.append("sent"))
    world.apply(plan)
    assert world.told.lines.index(said) < world.told.lines.index("sent")


def test_quiet_status_prints_only_what_needs_a_person_and_verbose_every_entry(world: Bench) -> None:
    world.apply(plan_of(season(1, "1420 S02E01-E12")))
    plan = plan_of(season(1, TITAN3B), season(2, "movie 51"))
    found = status_of(world, plan)
    assert ["mal:1" in line for line in status_report(found, quiet=True)] == [True]
    assert any("mal:2" in line for line in status_report(found))
    world.undo(plan=plan, stale=True)
    assert status_report(status_of(world, plan), quiet=True) == ()
    world.apply(plan)
    found = status_of(world, plan)
    assert status_report(found) == ("2 of 2 confirmed entries are in order on Trakt (`sandbox`).",)
    assert [line[:7] for line in status_report(found, verbose=True)[:2]] == ["  mal:1", "  mal:2"]
