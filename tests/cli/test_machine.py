"""`config`, `match`, `schedule`, bare `anitrakt`, completion and help: what the command line says of itself."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

from anitrakt_plan.cli.main import SECTIONS, app
from tests.acceptance.conftest import (
    PlanText,
    Run,
    anitrakt,
    is_whole,
    plan_text,
    planned_once,
    practice_list,
    sandbox,
)
from tests.long import long
from tests.planfile.plan_texts import HEAD
from tests.practice import Sandbox
from tests.secret_search import secrets_in

__all__ = ["anitrakt", "is_whole", "plan_text", "planned_once", "practice_list", "sandbox"]

NAMES = [name for section in SECTIONS.values() for name in section]


@pytest.fixture
def plan(plan_text: PlanText, anitrakt: Run) -> Path:
    path = Path("plan.yaml")
    path.write_text(plan_text("--anilist", "sample"), encoding="utf-8")
    return path


# --- help ---


@pytest.mark.parametrize("name", ["", *NAMES])
def test_the_help_is_eighty_columns_wide_and_breaks_no_example(name: str) -> None:
    words = [name] if name else []
    context = click.Context(app, info_name="anitrakt")
    command = app.get_command(context, name) if name else app
    assert command is not None
    text = command.get_help(
        click.Context(command, info_name=" ".join(["anitrakt", *words]), **command.context_settings)
    )

    assert [line for line in text.splitlines() if len(line) > 80] == []
    examples = [line for line in (command.epilog or "").splitlines() if line.strip()]
    assert all(line in text.splitlines() for line in examples)


@pytest.mark.parametrize("name", ["plan", "apply"])
def test_every_option_of_a_long_help_stands_under_a_heading(name: str) -> None:
    command = app.get_command(click.Context(app), name)
    assert command is not None
    text = command.get_help(click.Context(command, info_name=name, **command.context_settings))

    assert "\nOptions:" not in text
    assert "\nAutomation:" in text
    assert "\nEverywhere:" in text


@pytest.mark.parametrize(("typed", "meant"), [("plann", "plan"), ("aply", "apply"), ("docter", "doctor")])
def test_a_command_that_is_nearly_one_is_named(typed: str, meant: str, anitrakt: Run) -> None:
    result = anitrakt(typed)
    assert result.code == 2
    assert f"Did you mean `anitrakt {meant}`?" in result.err


def test_a_command_that_is_like_none_leads_to_the_list(anitrakt: Run) -> None:
    result = anitrakt("xyzzy")
    assert (result.code, "`anitrakt -h`" in result.err) == (2, True)


# --- bare anitrakt ---


def test_bare_anitrakt_shows_the_help_where_there_is_no_plan(anitrakt: Run) -> None:
    result = anitrakt()
    assert result.code == 0
    assert result.out.startswith("Usage: anitrakt")


def test_bare_anitrakt_goes_along_the_steps(plan: Path, anitrakt: Run) -> None:
    assert "Step 2 of 5: review." in anitrakt().out

    plan.write_text(plan.read_text("utf-8").replace("decision: review", "decision: skip"), encoding="utf-8")
    at_apply = anitrakt()
    assert "Step 4 of 5: apply." in at_apply.out
    assert "`anitrakt apply plan.yaml`" in at_apply.out

    assert anitrakt("apply", "--only", "Naruto", "-y").code == 0
    assert "Step 4 of 5" in anitrakt().out

    assert anitrakt("apply", "-y", "--allow", "first-apply").code == 0
    done = anitrakt()
    assert "All 5 steps are done for now." in done.out
    assert "anitrakt plan --update" in done.out


def test_bare_anitrakt_finds_the_one_plan_that_has_another_name(plan: Path, anitrakt: Run) -> None:
    other = plan.rename("list-of-mine.yaml")
    Path("a-workflow.yml").write_text("on: push\n")
    Path("a-folder.yaml").mkdir()
    said = anitrakt().out
    assert said.startswith("list-of-mine.yaml: ")
    assert "`anitrakt review list-of-mine.yaml`" in said
    other.with_name("second.yaml").write_bytes(other.read_bytes())
    assert anitrakt().out.startswith("Usage: anitrakt")


def test_bare_anitrakt_asks_for_a_sign_in(plan: Path, anitrakt: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    plan.write_text(plan.read_text("utf-8").replace("decision: review", "decision: skip"), encoding="utf-8")
    monkeypatch.delenv("ANITRAKT_TRAKT_TOKEN")
    assert "Step 3 of 5: sign in." in anitrakt().out


def test_bare_anitrakt_knows_the_way_without_an_application(
    plan: Path, anitrakt: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan.write_text(plan.read_text("utf-8").replace("decision: review", "decision: skip"), encoding="utf-8")
    for name in ("ANITRAKT_TRAKT_TOKEN", "ANITRAKT_TRAKT_CLIENT_ID", "ANITRAKT_TRAKT_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    said = anitrakt().out
    assert "Step 3 of 5: export." in said
    assert "anitrakt export-trakt" in said
    assert "apply" not in said


def test_bare_anitrakt_sends_a_broken_plan_to_validate(plan: Path, anitrakt: Run) -> None:
    plan.write_text(
        plan.read_text("utf-8").replace("\n    decision: auto", "\n    decision: atuo", 1), encoding="utf-8"
    )
    assert "anitrakt validate" in anitrakt().out


# --- config ---


def test_config_says_where_each_value_came_from(
    anitrakt: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = tmp_path / "anitrakt-home" / "config" / "anitrakt.toml"
    own.parent.mkdir(parents=True)
    own.write_text('trakt_settle = 5\nmal_client_id = "abcdefgh"\ndates = "unknown"\n', encoding="utf-8")
    monkeypatch.delenv("ANITRAKT_MAL_CLIENT_ID", raising=False)
    monkeypatch.delenv("ANITRAKT_TRAKT_SETTLE", raising=False)
    monkeypatch.setenv("ANITRAKT_TRAKT_CLIENT_SECRET", "do-not-say-this")

    document = json.loads(anitrakt("config", "--json").out)
    said = {row.pop("name"): row for row in document["settings"]}
    text = anitrakt("config").out

    assert said["ANITRAKT_TRAKT_SETTLE"]["value"] == "5"
    assert said["ANITRAKT_TRAKT_SETTLE"]["origin"] == f"file {own}"
    assert said["ANITRAKT_MAL_CLIENT_ID"] == {
        "value": None,
        "secret": True,
        "set": True,
        "origin": f"file {own}",
    }
    assert said["ANITRAKT_TRAKT_CLIENT_SECRET"]["origin"] == "environment"
    assert said["ANITRAKT_TRAKT_GET_LIMIT"]["value"]
    assert said["ANITRAKT_IDMAP_URL"]["origin"] == "environment"
    assert said["plan --dates"]["value"] == "unknown"
    assert "do-not-say-this" not in text
    assert "abcdefgh" not in text
    assert secrets_in(text.encode()) == []


def test_config_names_every_default(anitrakt: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("ANITRAKT_") and name != "ANITRAKT_HOME":
            monkeypatch.delenv(name)
    said = {row["name"]: row for row in json.loads(anitrakt("config", "--json").out)["settings"]}
    assert {row["origin"] for name, row in said.items() if name != "ANITRAKT_HOME"} == {"default"}
    assert said["ANITRAKT_TRAKT_GET_LIMIT"]["value"] == "450/300"
    assert said["ANITRAKT_ANILIST_URL"]["value"] == "https://graphql.anilist.co"
    assert said["ANITRAKT_JOURNAL"]["value"].endswith("journal")


def test_config_says_by_what_the_sandbox_is_on(anitrakt: Run) -> None:
    line = next(
        line for line in anitrakt("--sandbox", "config").out.splitlines() if "ANITRAKT_SANDBOX " in line
    )
    assert line.split()[1:] == ["1", "--sandbox"]


# --- match ---


@pytest.mark.parametrize(("option", "number"), [("--mal", "38524"), ("--anilist", "104578")])
def test_match_says_where_one_id_is(option: str, number: str, anitrakt: Run) -> None:
    found = json.loads(anitrakt("match", option, number, "--json").out)

    first = found["candidates"][0]
    assert found["sure"] is True
    assert found["ids"] == {"mal": 38524, "anilist": 104578}
    assert (first["kind"], first["trakt"], first["tmdb"], first["episodes"]) == (
        "show",
        1420,
        1429,
        "S03E13-E22",
    )
    assert {signal["name"] for signal in first["signals"]} >= {"title", "id-maps", "air-dates"}

    text = anitrakt("match", f"{option.removeprefix('--')}:{number}").out
    assert "Trakt show 1420, TMDB show 1429" in text
    assert "A plan would take the first." in text
    assert "(Movie, 1 episode)" in anitrakt("match", "--mal", "47").out


@pytest.mark.parametrize(
    ("word", "todo"),
    [
        ("20", "`anitrakt match --mal 20`, or `anitrakt match --anilist 20`"),
        ("x", "--mal ID"),
        ("kitsu:3", "--mal ID"),
    ],
)
def test_match_asks_whose_number_it_is(word: str, todo: str, anitrakt: Run) -> None:
    result = anitrakt("match", word)
    assert result.code == 2
    assert todo in result.err


def test_match_needs_no_account_and_no_key(anitrakt: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TRAKT_CLIENT_ID", "TRAKT_CLIENT_SECRET", "TRAKT_TOKEN", "TMDB_TOKEN"):
        monkeypatch.delenv(f"ANITRAKT_{name}", raising=False)
    result = anitrakt("match", "--mal", "38524")
    assert result.code == 0
    assert "S03E13-E22" in result.out
    assert "the id maps alone are asked" in result.out


def test_match_of_what_nobody_knows_fails(anitrakt: Run) -> None:
    result = anitrakt("match", "--mal", "999999999")
    assert result.code == 1
    assert "nobody knows mal:999999999" in result.err


def test_match_does_not_call_unknown_what_could_not_be_asked(anitrakt: Run, sandbox: Sandbox) -> None:
    for service in ("anilist", "idmap"):
        sandbox.faults.answer("*", "", 503, service=service, times=None)
    result = anitrakt("match", "--mal", "20")
    assert result.code == 1
    assert "mal:20 can't be looked up now" in result.err
    assert "AniBridge" in result.err


@pytest.mark.parametrize("given", [(), ("--mal", "1", "--anilist", "2"), ("mal:1", "anilist:2")])
def test_match_takes_one_id(given: tuple[str, ...], anitrakt: Run) -> None:
    assert anitrakt("match", *given).code == 2


# --- what is wrong with a file ---


def test_few_warnings_stand_before_what_a_command_says(anitrakt: Run) -> None:
    entries = "".join(
        f'  mal:{number}:\n    title: "x"\n    source: {{kind: Movie, year: 2020, episodes: 1}}\n'
        '    list: {status: completed, watched: 1, finished: "2001-02-03"}\n'
        f"    decision: auto\n    match: {{movie: {number}}}  #> movie {number} · x\n\n"
        for number in range(1, 26)
    )
    Path("late.yaml").write_text(HEAD + entries, encoding="utf-8")

    shown, checked = anitrakt("show", "late.yaml"), anitrakt("validate", "late.yaml")
    assert shown.err.count("PLAN064") == 3
    assert "... and 22 more" in shown.err
    assert checked.out.count("PLAN064") == 20
    assert "... and 5 more" in checked.out


# --- explain ---


@pytest.mark.parametrize("word", ["first-apply", "6", "PLAN021", "plan021", "130"])
def test_explain_knows_stops_and_exit_codes(word: str, anitrakt: Run) -> None:
    result = anitrakt("explain", word)
    assert result.code == 0
    assert result.out.lower().startswith(word.lower())
    assert json.loads(anitrakt("explain", word, "--json").out)["code"].lower() == word.lower()


def test_explain_names_the_code_that_was_meant(anitrakt: Run) -> None:
    assert "Did you mean `anitrakt explain PLAN02" in anitrakt("explain", "PLAN999").err


# --- completion ---


Complete = Callable[..., list[str]]


@pytest.fixture
def complete() -> Complete:
    def words(*typed: str) -> list[str]:
        *before, incomplete = typed
        found = ShellComplete(app, {}, "anitrakt", "_X").get_completions(before, incomplete)
        return [one.value if one.type == "plain" else f"<{one.type}>" for one in found]

    return words


def test_keys_of_the_plan_are_completed(plan: Path, complete: Complete) -> None:
    assert "anilist:537" in complete("show", "anilist:5")
    assert "anilist:537" in complete("apply", "--only", "anilist:5")
    assert complete("show", "plan.yaml", "anilist:104578") == ["anilist:104578"]
    assert "<file>" in complete("validate", "")
    assert {"plan.yaml", "anilist:537"} <= set(complete("show", ""))
    assert complete("show", "sub/fol") == ["<file>"]


def test_codes_and_stops_are_completed(complete: Complete) -> None:
    assert complete("explain", "PLAN02")[0].startswith("PLAN02")
    assert complete("explain", "first") == ["first-apply", "first-repair", "first-upload"]  # never files, too


def test_runs_are_completed(plan: Path, anitrakt: Run, complete: Complete) -> None:
    assert complete("undo", "") == []
    assert anitrakt("apply", "--only", "Naruto", "-y").code == 0
    (run,) = complete("undo", "")
    assert anitrakt("undo", "-n", run).code == 0


def test_bash_takes_a_key_for_one_word(anitrakt: Run) -> None:
    assert "COMP_WORDBREAKS" in anitrakt("completion", "bash").out
    assert "COMP_WORDBREAKS" not in anitrakt("completion", "zsh").out


# --- a user's page in place of their name ---


@pytest.mark.parametrize(
    "address",
    [
        "https://anilist.co/user/sample/animelist",
        *long("https://anilist.co/user/sample", "anilist.co/user/sample/"),
    ],
)
def test_the_address_of_a_profile_is_a_user(address: str, anitrakt: Run) -> None:
    result = anitrakt("plan", "--anilist", address, "-o", "plan.yaml")
    assert result.code == 0
    assert 'user: "sample"' in Path("plan.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://myanimelist.net/profile/sample", "Give it to --mal."),
        ("https://anilist.co/anime/20", "https://anilist.co/user/NAME"),
    ],
)
def test_another_address_is_refused_with_what_to_do(address: str, said: str, anitrakt: Run) -> None:
    result = anitrakt("plan", "--anilist", address, "-o", "plan.yaml")
    assert result.code == 2
    assert said in result.err


@pytest.mark.skipif(sys.platform == "win32", reason="a shell's redirection")
def test_a_plan_without_the_line_for_editors_stays_so(anitrakt: Run) -> None:
    plan = Path("plan.yaml")
    assert anitrakt("plan", "--anilist", "sample", "--no-modeline", "-o", plan).code == 0
    assert "yaml-language-server" not in plan.read_text("utf-8")

    assert anitrakt("fmt", plan).code == 0
    assert anitrakt("plan", "--update", plan, "--refresh").code == 0
    assert "yaml-language-server" not in plan.read_text("utf-8")
    assert anitrakt("plan", "--update", plan, "--no-modeline").code == 2


# --- fmt, as JSON ---


def test_fmt_says_what_it_did(plan: Path, anitrakt: Run) -> None:
    def said(*options: str) -> tuple[object, ...]:
        result = anitrakt("fmt", "--json", *options, plan)
        document = json.loads(result.out)
        assert document["format"] == "anitrakt-fmt/1"
        return result.code, document["canonical"], document["written"]

    assert said() == (0, True, False)
    plan.write_text(
        plan.read_text("utf-8").replace("\n    decision: auto", "\n    decision:  auto", 1), encoding="utf-8"
    )
    assert said("--check") == (1, False, False)
    assert said() == (0, False, True)
    assert said("--check") == (0, True, False)
