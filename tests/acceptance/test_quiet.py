"""`-q` for cron: what is new and needs a person, and nothing if there is none; `--detailed-exitcode` for scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from anitrakt_plan.sandbox.lists import ListUser
from tests.acceptance.conftest import Run
from tests.acceptance.living import PLAN, USER, in_entry, list_entry, of_list, plan_file, text_of, weekly_user
from tests.practice import Sandbox

UPDATE = ("plan", "--update", PLAN)
UNKNOWN_MUSIC = 13053


@pytest.fixture
def user(sandbox: Sandbox) -> ListUser:
    return weekly_user(sandbox)


@pytest.fixture
def plan(user: ListUser, anitrakt: Run) -> Path:
    return plan_file(anitrakt)


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def test_a_plan_with_nothing_new_is_silent(plan: Path, anitrakt: Run) -> None:
    result = anitrakt("-q", *UPDATE, "--detailed-exitcode")
    assert (result.code, result.out, result.err) == (0, "", "")


def test_a_plan_whose_news_need_nobody_is_silent(plan: Path, user: ListUser, anitrakt: Run) -> None:
    of_list(user, 9253).score = 10

    result = anitrakt("-q", *UPDATE, "--detailed-exitcode")

    assert (result.code, result.out, result.err) == (8, "", "")
    assert "rating: 1" in text_of()


def test_a_new_entry_that_nobody_can_match_is_one_line_once(
    user: ListUser, anitrakt: Run, sandbox: Sandbox
) -> None:
    music = of_list(user, UNKNOWN_MUSIC)
    user.entries.remove(music)
    plan_file(anitrakt)
    user.entries.append(music)
    user.entries.append(list_entry(sandbox, 11061, 148))

    first = anitrakt("-q", *UPDATE)
    second = anitrakt("-q", *UPDATE)

    assert len(lines(first.err)) == 1
    assert "mal:13053" in first.err
    assert (second.out, second.err) == ("", "")


def test_a_first_plan_names_what_waits(user: ListUser, anitrakt: Run) -> None:
    result = anitrakt("-q", "plan", "--mal", USER, "-o", PLAN)
    assert len(lines(result.err)) == 1
    assert "mal:13053" in result.err


def test_ground_that_moved_under_a_decision_is_named_once(plan: Path, user: ListUser, anitrakt: Run) -> None:
    in_entry("mal:5114", "decision: auto", "decision: confirmed")
    of_list(user, 5114).anime.episodes = 65

    first, second = anitrakt("-q", *UPDATE), anitrakt("-q", *UPDATE)

    assert [line.split()[1] for line in lines(first.err)] == ["mal:5114"]
    assert "64 -> 65" in first.err
    assert (second.out, second.err) == ("", "")


def test_an_error_is_never_silent(plan: Path, anitrakt: Run, sandbox: Sandbox) -> None:
    sandbox.faults.html("GET", "/animelist", status=503, times=None, service="mal")
    result = anitrakt("-q", *UPDATE)
    assert result.code == 1
    assert "MyAnimeList" in result.err


def test_plan_exits_with_8_only_where_it_changed_the_file(plan: Path, user: ListUser, anitrakt: Run) -> None:
    assert anitrakt(*UPDATE, "--detailed-exitcode").code == 0
    of_list(user, 9253).score = 10
    assert anitrakt(*UPDATE, "--detailed-exitcode").code == 8
    assert anitrakt(*UPDATE, "--detailed-exitcode").code == 0
    of_list(user, 9253).score = 20
    assert anitrakt(*UPDATE).code == 0


def test_validate_is_silent_about_a_good_plan_and_about_warnings(plan: Path, anitrakt: Run) -> None:
    good = anitrakt("-q", "validate", plan)
    in_entry("mal:13053", "match: null", "match: {movie: 97}")
    in_entry("mal:199", "decision: auto", "decision: skip")
    warned, aloud = anitrakt("-q", "validate", plan), anitrakt("validate", plan)
    in_entry("mal:199", "decision: skip", "decision: skp")
    wrong = anitrakt("-q", "validate", plan)

    assert (good.code, good.out, good.err) == (0, "", "")
    assert (warned.code, warned.out, warned.err) == (0, "", "")
    assert "warning" in aloud.out
    assert wrong.code == 3
    assert "did you mean `skip`" in wrong.out
    assert "warning" not in wrong.out


def test_diff_and_apply_are_silent_where_nobody_is_needed(plan: Path, anitrakt: Run) -> None:
    allow = ("--allow", "first-apply")
    would = anitrakt("-q", "diff", plan, "--detailed-exitcode")
    sent = anitrakt("-q", "apply", *allow, plan, "--detailed-exitcode")
    again = anitrakt("-q", "apply", *allow, plan, "--detailed-exitcode")
    nothing = anitrakt("-q", "diff", plan, "--detailed-exitcode")

    assert [one.code for one in (would, sent, again, nothing)] == [8, 8, 0, 0]
    assert [(one.out, one.err) for one in (would, sent, again, nothing)] == [("", "")] * 4


def test_apply_names_what_trakt_does_not_know_once(user: ListUser, anitrakt: Run, sandbox: Sandbox) -> None:
    of_list(user, 199).score = 0
    plan = plan_file(anitrakt)
    sandbox.catalogue.remove_movie(97)

    first = anitrakt("-q", "apply", "--allow", "first-apply", plan)
    second = anitrakt("-q", "apply", "--allow", "first-apply", plan)

    assert first.code == 5
    assert "mal:199" in first.out
    assert (second.code, second.out, second.err) == (0, "", "")
