"""`plan` against the practice services: every source, the hard cases, and what it tells the person.

Long: what the tests of `commands/` and `reports/` prove, once more through the command.
"""

from __future__ import annotations

import io
import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from anitrakt_plan.cli.plan import redirected_to
from anitrakt_plan.model import Decision, MovieMatch, Plan, ShowMatch, Status
from anitrakt_plan.model.matches import format_match, mapping_episodes, parse_runs
from anitrakt_plan.planfile import load_plan
from anitrakt_plan.tmdb.client import Tmdb
from anitrakt_plan.trakt.client import Trakt
from tests.acceptance.conftest import PlanText, Run
from tests.long import long
from tests.practice import Sandbox

EXAMPLE = Path(__file__).parents[2] / "examples" / "sample-mal.xml"
EXPECTED: dict[str, str | None] = json.loads(
    (Path(__file__).parent / "expected_matches.json").read_text(encoding="utf-8")
)
SOURCES = {
    "anilist": ("--anilist", "sample"),
    "mal": ("--mal", "sample"),
    "file": ("--list-file", str(EXAMPLE)),
}
ONE_PIECE = {"mal:21", "anilist:21"}


def valid(text: str) -> Plan:
    loaded = load_plan(text.encode(), "plan.yaml")
    assert [mistake.render() for mistake in loaded.diagnostics] == []
    assert loaded.plan is not None
    return loaded.plan


def right(key: str, found: MovieMatch | ShowMatch) -> bool:
    """Whether a match is the true one. Of a show that still runs, the aired episodes are enough."""
    expected = EXPECTED[key]
    if expected is None:
        return False
    if key in ONE_PIECE and isinstance(found, ShowMatch):
        show, _, runs = expected.partition(" ")
        true = [(run.season, number) for run in parse_runs(runs) for number in range(run.first, run.last + 1)]
        ours = [(episode.season, episode.number) for episode in mapping_episodes(found.mapping)]
        return found.show == int(show) and len(ours) >= 130 and ours == true[: len(ours)]
    return format_match(found) == expected


@pytest.mark.whole_list
@pytest.mark.parametrize("source", SOURCES)
def test_stdout_is_the_plan_and_nothing_else(source: str, anitrakt: Run) -> None:
    result = anitrakt("plan", *SOURCES[source])

    plan = valid(result.out)
    assert result.code == 0
    assert len(plan.entries) > 50
    assert "to review" in result.err
    assert "anitrakt apply" in result.err


def test_the_next_command_names_the_file_that_the_shell_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.yaml").write_text("", encoding="utf-8")
    with (tmp_path / "mine.yml").open("w", encoding="utf-8") as shell:
        assert redirected_to(shell) == Path("mine.yml")
    with (tmp_path / "elsewhere").open("w", encoding="utf-8") as shell:
        assert redirected_to(shell) is None
    assert redirected_to(io.StringIO()) is None


@pytest.mark.parametrize("source", SOURCES)
def test_nothing_automatic_is_wrong_and_little_is_left_to_review(source: str, plan_text: PlanText) -> None:
    plan = valid(plan_text(*SOURCES[source], "--status", "all"))

    automatic = [entry for entry in plan.entries if entry.decision is Decision.AUTO]
    wrong = {
        str(entry.key): format_match(entry.match)
        for entry in automatic
        if isinstance(entry.match, MovieMatch | ShowMatch) and not right(str(entry.key), entry.match)
    }
    assert wrong == {}
    assert len(automatic) >= 0.85 * len(plan.entries)


@pytest.mark.parametrize("source", SOURCES)
def test_what_is_left_to_review_has_the_right_candidate(source: str, plan_text: PlanText) -> None:
    plan = valid(plan_text(*SOURCES[source], "--status", "all"))

    missing = [
        str(entry.key)
        for entry in plan.entries
        if entry.decision is Decision.REVIEW
        and EXPECTED[str(entry.key)] is not None
        and not any(right(str(entry.key), candidate.match) for candidate in entry.candidates)
    ]
    assert missing == []


@pytest.mark.long
def test_a_second_plan_within_the_caches_life_asks_only_for_list_and_account(
    anitrakt: Run, sandbox: Sandbox
) -> None:
    anitrakt("plan", "--anilist", "sample")
    sandbox.wire.clear()

    second = anitrakt("plan", "--anilist", "sample")

    asked = {f"{record.service} {record.path}" for record in sandbox.wire}
    assert asked == {
        "anilist /",
        "trakt /users/settings",
    }
    assert second.code == 0


@pytest.mark.parametrize("asked", [3, *long(0, 20)])
def test_ctrl_c_ends_the_asking_and_the_next_plan_goes_on_from_there(
    anitrakt: Run, monkeypatch: pytest.MonkeyPatch, asked: int
) -> None:
    whole = anitrakt("plan", "--anilist", "sample", "-o", "whole.yaml", "--fresh")
    answers = count()
    answer = Trakt.public

    def interrupted(*arguments: Any, **more: Any) -> Any:
        if next(answers) == asked:
            raise KeyboardInterrupt
        return answer(*arguments, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Trakt, "public", interrupted)
        patch.delenv("ANITRAKT_TMDB_TOKEN")
        broken = anitrakt("plan", "--anilist", "sample", "-o", "plan.yaml", "--fresh", "--refresh")
    assert (whole.code, broken.code) == (0, 130)
    assert "Stopped asking" in broken.err
    assert anitrakt("validate", "plan.yaml").code == 0
    before = valid(Path("plan.yaml").read_text())

    again = anitrakt("plan", "--update", "plan.yaml")

    assert again.code == 0
    assert [(one.key, one.decision, one.match) for one in valid(Path("plan.yaml").read_text()).entries] == [
        (one.key, one.decision, one.match) for one in valid(Path("whole.yaml").read_text()).entries
    ]
    assert all(one.decision in (Decision.AUTO, Decision.REVIEW) for one in before.entries)


@pytest.mark.long
def test_ctrl_c_in_a_re_plan_leaves_what_was_not_looked_up_as_it_stood(
    anitrakt: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    anitrakt("plan", "--anilist", "sample", "-o", "plan.yaml")
    before = Path("plan.yaml").read_bytes()

    answer, answers = Tmdb.ask, count()

    def interrupted(*arguments: Any, **more: Any) -> Any:
        if next(answers) == 0:
            raise KeyboardInterrupt
        return answer(*arguments, **more)

    monkeypatch.setattr(Tmdb, "ask", interrupted)
    result = anitrakt("plan", "--update", "plan.yaml", "--refresh")

    assert result.code == 130  # a shell runs nothing behind `&&`
    assert "You stopped before" in result.err
    assert "Next: `anitrakt plan --update plan.yaml` asks what was not answered" in result.err
    assert "Expected to be wrong among the matched: probably none." in result.err
    assert Path("plan.yaml").read_bytes() == before


def test_completed_entries_that_say_0_watched_plan_all_their_episodes(anitrakt: Run) -> None:
    plan = valid(anitrakt("plan", "--mal", "sample").out)

    completed = [entry for entry in plan.entries if entry.progress.status is Status.COMPLETED]
    assert {entry.key.id for entry in completed} >= {53998, 47778}
    assert [
        str(e.key) for e in completed if e.facts.episodes and e.progress.watched != e.facts.episodes
    ] == []


def test_what_was_left_out_is_named_with_its_flag(
    anitrakt: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANITRAKT_ANILIST_TOKEN", sandbox.addresses.anilist_token)

    result = anitrakt("plan", "--anilist", "sample")

    assert "planned" in result.err
    assert "--status" in result.err
    assert "--include-private" in result.err


def test_without_sign_in_or_key_it_goes_on_and_says_what_it_left_out(
    anitrakt: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANITRAKT_TRAKT_TOKEN")
    monkeypatch.delenv("ANITRAKT_TRAKT_CLIENT_ID")
    monkeypatch.delenv("ANITRAKT_TMDB_TOKEN")

    result = anitrakt("plan", "--anilist", "sample")

    plan = valid(result.out)
    assert result.code == 0
    assert plan.target_user is None
    assert "What is on Trakt already is not known" in result.err
    assert any(entry.decision is Decision.AUTO for entry in plan.entries)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--anilist", "private"), 4, "private"),
        (("--mal", "private"), 4, "private"),
        (("--anilist", "nobody-at-all"), 1, "nobody-at-all"),
        (("--mal", "nobody-at-all"), 1, "nobody-at-all"),
        (("--list-file", "not-there.xml"), 1, "not-there.xml"),
        ((), 2, "--anilist USER"),
        (("--anilist", "sample", "--mal", "sample"), 2, "exactly one list"),
        (("--anilist", "sample", "--status", "seen"), 2, "`seen` is not a status"),
        (("--anilist", "sample", "--offline"), 2, "--list-file"),
    ],
)
def test_what_can_not_be_planned_is_a_plain_sentence(
    arguments: tuple[str, ...], code: int, words: str, anitrakt: Run
) -> None:
    result = anitrakt("plan", *arguments)

    assert result.code == code
    assert result.out == ""
    assert words in result.err
    assert "Traceback" not in result.err


def test_a_service_that_is_down_is_a_plain_sentence(anitrakt: Run, sandbox: Sandbox) -> None:
    sandbox.faults.html("POST", "/$", status=503, times=None, service="anilist")

    result = anitrakt("plan", "--anilist", "sample")

    assert result.code == 1
    assert result.out == ""
    assert "AniList" in result.err


def test_a_wrong_client_id_is_named(anitrakt: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANITRAKT_MAL_CLIENT_ID", "wrong")

    result = anitrakt("plan", "--mal", "sample")

    assert result.code == 4
    assert "ANITRAKT_MAL_CLIENT_ID" in result.err


@pytest.mark.long
def test_more_words_say_how_old_each_id_map_is(anitrakt: Run) -> None:
    few, many = (anitrakt("plan", "--anilist", "sample", *more).err for more in ((), ("-v",)))

    assert "id map AniBridge" not in few
    for title in ("AniBridge", "AniTrakt (shows)", "AniTrakt (films)", "bangumi-data"):
        assert f"id map {title}: downloaded today, from 2026-11-01\n" in many


@pytest.mark.long
def test_explain_shows_the_signals_behind_a_match(anitrakt: Run) -> None:
    anitrakt("plan", "--anilist", "sample", "-o", "plan.yaml")

    result = anitrakt("explain", "Macross 7 Encore")

    assert result.code == 0
    assert "S00E01-E03" in result.out
    assert "id-maps" in result.out
    assert "air-dates" in result.out


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_show_has_one_line_an_entry(form: str, anitrakt: Run, plan_text: PlanText) -> None:
    Path("plan.yaml").write_text(plan_text("--anilist", "sample"), encoding="utf-8")

    result = anitrakt("show", "--format", form, "--decision", "review")

    assert result.code == 0
    plan = valid(Path("plan.yaml").read_text(encoding="utf-8"))
    waiting = [str(entry.key) for entry in plan.entries if entry.decision is Decision.REVIEW]
    assert "anilist:8968" in waiting
    assert [key for key in EXPECTED if f"{key} " in result.out] == waiting


@pytest.mark.long
def test_show_gives_another_program_each_entry_on_one_line(anitrakt: Run) -> None:
    anitrakt("plan", "--anilist", "sample", "-o", "plan.yaml")

    lines = anitrakt("show").out.splitlines()

    plan = valid(Path("plan.yaml").read_text(encoding="utf-8"))
    assert len(lines) == 1 + len(plan.entries)
    naruto = next(line for line in lines if line.startswith("anilist:20 "))
    assert "S01E01-E52, S02E53-E104, S03E105-E158, S04E159-E220" in naruto


@pytest.mark.long
def test_the_summary_comes_as_json_beside_a_file(anitrakt: Run) -> None:
    result = anitrakt("plan", "--anilist", "sample", "-o", "plan.yaml", "--json")

    document = json.loads(result.out)
    plan = valid(Path("plan.yaml").read_text(encoding="utf-8"))
    assert document["format"] == "anitrakt-plan-summary/1"
    assert document["entries"] == len(plan.entries) == sum(document["decisions"].values())
    assert len(document["least_certain"]) == 10
    assert len(document["in_review"]) == document["decisions"]["review"]
    assert json.loads(anitrakt("plan", "--update", "--json").out)["changed"] is False


def test_json_without_a_file_is_refused(anitrakt: Run) -> None:
    result = anitrakt("plan", "--anilist", "sample", "--json")

    assert (result.code, result.out) == (2, "")
    assert "-o FILE" in result.err
