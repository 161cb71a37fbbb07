"""Set and forget: units for schedulers, `--notify`, what waits once a month, and the commit hook.

Long: what a scheduler calls, run by a shell, and the same news in a later month.
"""

from __future__ import annotations

import json
import os
import plistlib
import re
import shlex
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from yamllint import linter
from yamllint.config import YamlLintConfig

from anitrakt_plan.commands.schedule import Job, Scheduler, schedule_of, schedule_text
from anitrakt_plan.settings import Way
from tests.acceptance.conftest import PlanText, Run
from tests.acceptance.living import PLAN, USER, list_entry, loaded, of_list, plan_file, weekly_user
from tests.acceptance.short_list import exported_list
from tests.practice import Sandbox

EXAMPLES = Path(__file__).parents[2] / "examples"
UPDATE = ("plan", "--update", PLAN)
UNKNOWN_MUSIC = 13053
ODD = 'a "quoted" 100% $HOME\'s plan.yaml'

needs_posix = pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX")


def job(plan: str = "/anime/plan.yaml", **more: object) -> Job:
    return Job(("/opt/bin/anitrakt",), Path(plan), more.pop("way", Way.API), **more)  # type: ignore[arg-type]


# --- units ---


@pytest.mark.parametrize("scheduler", Scheduler)
def test_a_unit_has_absolute_paths_and_both_commands(scheduler: Scheduler) -> None:
    text = schedule_text(schedule_of(job(), scheduler))
    assert text.count("/opt/bin/anitrakt") == 2
    assert text.index("--update") < text.index("--lock-timeout")
    assert "/anime/plan.yaml" in text


@pytest.mark.parametrize("scheduler", Scheduler)
def test_without_an_application_nothing_is_applied(scheduler: Scheduler) -> None:
    text = schedule_text(schedule_of(job(way=Way.FILES), scheduler))
    assert "--update" in text
    assert "apply" not in text


@pytest.mark.parametrize("scheduler", Scheduler)
def test_what_no_unit_can_hold_is_refused(scheduler: Scheduler) -> None:
    with pytest.raises(ValueError, match="line break"):
        schedule_of(job("/anime/a\nb.yaml"), scheduler)


def cron_command(text: str) -> str:
    """What cron hands to the shell: the five fields away, and its own sign for a line break read."""
    return text.split(maxsplit=5)[5].replace("\\%", "%")


def written_by(call: str, home: Path) -> list[str]:
    """What a stand-in for anitrakt was called with, under the bare environment of cron."""
    done = subprocess.run(
        ["/bin/sh", "-c", call],
        env={"PATH": "/usr/bin:/bin", "HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.splitlines()


@pytest.fixture
def stand_in(tmp_path: Path) -> Path:
    program = tmp_path / "its folder" / "anitrakt"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\nfor word in "$@" "$ANITRAKT_HOME"; do echo "$word"; done\n', "utf-8")
    program.chmod(0o755)
    return program


@needs_posix
def test_cron_calls_what_is_meant_whatever_the_names_are(stand_in: Path, tmp_path: Path) -> None:
    odd = Job((str(stand_in),), tmp_path / ODD, Way.API, {"ANITRAKT_HOME": ODD}, notify="echo 'it is' %1")
    text = schedule_text(schedule_of(odd, Scheduler.CRON))

    assert text.count("\n") == 1
    said = written_by(cron_command(text), tmp_path)
    assert said == [word for command in odd.commands for word in (*command[1:], ODD)]


@needs_posix
def test_launchd_calls_the_same(stand_in: Path, tmp_path: Path) -> None:
    odd = Job((str(stand_in),), tmp_path / ODD, Way.API, {"ANITRAKT_HOME": ODD})
    unit = plistlib.loads(schedule_text(schedule_of(odd, Scheduler.LAUNCHD)).encode())

    shell, flag, call = unit["ProgramArguments"]
    assert (shell, flag) == ("/bin/sh", "-c")
    assert written_by(call, tmp_path) == [word for one in odd.commands for word in (*one[1:], ODD)]
    assert unit["StartCalendarInterval"] == {"Hour": 6, "Minute": odd.minute}


def test_windows_gets_a_script_that_quotes_its_words() -> None:
    odd = Job((r"C:\its folder\anitrakt.exe",), Path("it's a plan.yaml"), Way.API, {"ANITRAKT_HOME": "it's"})
    text = schedule_text(schedule_of(odd, Scheduler.WINDOWS))
    assert text.count("New-ScheduledTaskAction") == 2
    assert "'ANITRAKT_HOME', 'it''s', 'User'" in text
    assert "\"it''s a plan.yaml\"" in text


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
@pytest.mark.parametrize("name", ["plan.yaml", ODD])
def test_systemd_takes_the_units(name: str, stand_in: Path, tmp_path: Path) -> None:
    made = schedule_of(
        Job((str(stand_in),), tmp_path / name, Way.API, {"ANITRAKT_HOME": ODD}), Scheduler.SYSTEMD
    )
    units = tmp_path / "units"
    units.mkdir()
    for unit in made.files:
        (units / Path(unit.place).name).write_text(unit.text, encoding="utf-8")

    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no", *map(str, sorted(units.iterdir()))],
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path), "SYSTEMD_LOG_LEVEL": "warning"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    ours = [line for line in (done.stderr + done.stdout).splitlines() if "anitrakt" in line]
    assert (done.returncode, ours) == (0, [])


def test_a_unit_has_what_the_environment_says_but_no_key(
    anitrakt: Run, plan_text: PlanText, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("plan.yaml").write_text(plan_text("--anilist", "sample"), encoding="utf-8")
    monkeypatch.setenv("ANITRAKT_JOURNAL", "/backup/journal")

    result = anitrakt("schedule", "--cron", "--notify", "mail me")

    assert "ANITRAKT_JOURNAL=/backup/journal" in result.out
    assert str(Path("plan.yaml").absolute()) in result.out
    assert shlex.quote("mail me") in result.out
    assert "TOKEN" not in result.out
    assert "ANITRAKT_TRAKT_TOKEN is set in your environment" in result.err
    assert "Try it:" in result.err


def test_units_can_be_written_into_a_folder(anitrakt: Run, plan_text: PlanText, tmp_path: Path) -> None:
    Path("plan.yaml").write_text(plan_text("--anilist", "sample"), encoding="utf-8")
    folder = tmp_path / "config" / "units"
    assert anitrakt("schedule", "--systemd", "-o", folder).code == 0
    assert sorted(path.name for path in folder.iterdir()) == ["anitrakt.service", "anitrakt.timer"]


@pytest.mark.long  # starts four commands by a shell; what cron calls is shown above
@needs_posix
def test_the_scheduled_line_brings_in_what_is_new(
    sandbox: Sandbox, anitrakt: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = weekly_user(sandbox)
    plan_file(anitrakt)
    assert anitrakt("apply", PLAN, "--allow", "first-apply").code == 0
    user.entries.append(of_list(user, 42938))
    of_list(user, 42938).status = "completed"
    before = len(sandbox.world.plays)
    line = cron_command(anitrakt("schedule", "--cron", PLAN).out)

    for name, value in os.environ.items():  # the keys stand in the person's own settings by then
        if name.startswith("ANITRAKT_") and name not in line:
            line = f"export {name}={shlex.quote(value)}; {line}"
    program = f"PYTHONPATH={Path(__file__).parents[2]} {sys.executable} -m anitrakt_plan"
    line = line.replace(f"{sys.executable} -m anitrakt_plan", program) if "-m anitrakt_plan" in line else line
    for expected in (13, 0):
        sent = len(sandbox.world.plays)
        assert written_by(line, tmp_path) == []
        assert len(sandbox.world.plays) - sent == expected
    assert len(sandbox.world.plays) == before + 13


def test_without_a_plan_there_is_nothing_to_schedule(anitrakt: Run) -> None:
    result = anitrakt("schedule", "nosuch.yaml")
    assert (result.code, result.out) == (1, "")
    assert "nosuch.yaml" in result.err


# --- a list file: named as the plan sees it, so that a scheduler finds it from any folder ---


@pytest.mark.parametrize(
    ("made_in", "plan", "listed", "called"),
    [
        (".", "plan.yaml", "list.xml", "list.xml"),
        (".", "plans/plan.yaml", "list.xml", "../list.xml"),
        ("plans", "plan.yaml", "../list.xml", "../list.xml"),
        (".", "plans/plan.yaml", "plans/list.xml", "list.xml"),
    ],
)
def test_a_list_file_is_found_from_every_folder(
    made_in: str, plan: str, listed: str, called: str, anitrakt: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = Path.cwd()
    Path("plans").mkdir()
    monkeypatch.chdir(made_in)
    Path(listed).write_text(exported_list(), encoding="utf-8")
    assert anitrakt("plan", "--list-file", listed, "-o", plan).code == 0
    path = Path(plan).absolute()
    elsewhere = start.parent / "elsewhere"
    elsewhere.mkdir()

    monkeypatch.chdir(elsewhere)
    result = anitrakt("plan", "--update", path)

    assert result.code == 0, result.err
    assert f'file: "{called}"' in path.read_text(encoding="utf-8")
    assert loaded(path).plan is not None


@pytest.mark.long
def test_a_list_file_that_did_not_change_is_said_to(anitrakt: Run) -> None:
    Path("list.xml").write_text(exported_list(), encoding="utf-8")
    os.utime("list.xml", (1_700_000_000, 1_700_000_000))
    anitrakt("plan", "--list-file", "list.xml", "-o", PLAN)

    again = anitrakt(*UPDATE)
    os.utime("list.xml")
    newer = anitrakt(*UPDATE)

    assert "list.xml is no newer than the plan" in again.err
    assert "no newer" not in newer.err


@pytest.mark.long
@needs_posix
def test_where_nobody_but_a_person_can_send_what_is_new_is_named(
    anitrakt: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TRAKT_CLIENT_ID", "TRAKT_CLIENT_SECRET", "TRAKT_TOKEN"):
        monkeypatch.delenv(f"ANITRAKT_{name}")
    Path("list.xml").write_text(exported_list(), encoding="utf-8")
    with_one_less = re.sub(
        r"(?s)<anime>\s*<series_animedb_id>1535<.*?</anime>", "", Path("list.xml").read_text(encoding="utf-8")
    )
    whole = Path("list.xml").read_bytes()
    Path("list.xml").write_text(with_one_less, encoding="utf-8")
    shutil.copyfile(EXAMPLES / "trakt-data.zip", "data.zip")
    made = anitrakt("plan", "--list-file", "list.xml", "--trakt-data", "data.zip", "-o", PLAN)
    assert made.code == 0, made.err
    Path("list.xml").write_bytes(whole)

    first, second = anitrakt("-q", *UPDATE), anitrakt("-q", *UPDATE)

    assert "1 entry can be uploaded now: Death Note. Next: `anitrakt export-trakt plan.yaml`." in first.err
    assert second.err == ""


# --- --notify ---


@pytest.fixture
def told(tmp_path: Path) -> Path:
    return tmp_path / "told.json"


def call(told: Path) -> str:
    return f"cat > {shlex.quote(str(told))}"


@needs_posix
def test_a_plan_tells_what_is_new_once(sandbox: Sandbox, anitrakt: Run, told: Path) -> None:
    user = weekly_user(sandbox)
    music = of_list(user, UNKNOWN_MUSIC)
    user.entries.remove(music)
    plan_file(anitrakt)

    anitrakt("-q", *UPDATE, "--notify", call(told))
    assert not told.exists()

    user.entries.append(music)
    user.entries.append(list_entry(sandbox, 11061, 148))
    anitrakt("-q", *UPDATE, "--notify", call(told))

    document = json.loads(told.read_text("utf-8"))
    assert document["format"] == "anitrakt-notify/1"
    assert document["command"] == "plan"
    assert [row["key"] for row in document["added"]] == ["mal:11061"]
    assert [row["key"] for row in document["waiting"]] == ["mal:13053"]
    assert document["added"][0]["title"]
    assert document["failed"] == []


@needs_posix
def test_an_apply_tells_what_it_sent(sandbox: Sandbox, anitrakt: Run, told: Path) -> None:
    weekly_user(sandbox)
    plan_file(anitrakt)

    anitrakt("-q", "apply", PLAN, "--allow", "first-apply", "--notify", call(told))
    document = json.loads(told.read_text("utf-8"))
    told.unlink()
    anitrakt("-q", "apply", PLAN, "--notify", call(told))

    assert document["command"] == "apply"
    assert sum(row["plays"] for row in document["added"]) > 100
    assert all(row["title"] and row["target"] for row in document["added"])
    assert not told.exists()


@needs_posix
def test_a_failure_is_told_with_what_to_do(anitrakt: Run, told: Path) -> None:
    result = anitrakt("-q", "plan", "--anilist", "nobody-of-that-name", "-o", PLAN, "--notify", call(told))

    (failed,) = json.loads(told.read_text("utf-8"))["failed"]
    assert result.code == 1
    assert failed["what"] in result.err
    assert failed["exit_code"] == 1
    assert failed["todo"]


@needs_posix
def test_a_command_that_fails_itself_is_named(anitrakt: Run, sandbox: Sandbox) -> None:
    weekly_user(sandbox)
    result = anitrakt("plan", "--mal", USER, "-o", PLAN, "--notify", "exit 3")
    assert result.code == 0
    assert "--notify ended with exit code 3" in result.err


# --- what waits is said when it is new, and once in 30 days ---


@pytest.mark.long
def test_what_waits_is_said_again_after_thirty_days_and_then_no_more(
    sandbox: Sandbox, anitrakt: Run, tmp_path: Path
) -> None:
    weekly_user(sandbox)
    plan_file(anitrakt)
    assert anitrakt("-q", *UPDATE).err == ""
    (record,) = (tmp_path / "anitrakt-home").rglob("told/*.json")

    def told_before(days: int) -> None:
        record.write_text(json.dumps({"at": (datetime.now(UTC) - timedelta(days=days)).isoformat()}), "utf-8")

    told_before(29)
    assert anitrakt("-q", *UPDATE).err == ""
    told_before(31)
    again = anitrakt("-q", *UPDATE)
    assert "Still in review:" in again.err
    assert "anitrakt review" in again.err
    assert anitrakt("-q", *UPDATE).err == ""


# --- files that are no plans ---


def test_the_hook_finds_plans_by_what_they_hold(anitrakt: Run, plan_text: PlanText) -> None:
    text = plan_text("--anilist", "sample")
    Path("any-name.yml").write_text(text, encoding="utf-8")
    Path("docker-compose.yml").write_text("services: {}\n", encoding="utf-8")

    assert anitrakt("validate", "--skip-others", "any-name.yml", "docker-compose.yml").code == 0
    assert anitrakt("validate", "--skip-others", "docker-compose.yml").code == 0
    Path("any-name.yml").write_text(text.replace("\n    decision: auto", "\n    decision: atuo", 1), "utf-8")
    assert anitrakt("validate", "--skip-others", "docker-compose.yml", "any-name.yml").code == 3
    assert anitrakt("validate", "docker-compose.yml").code == 3


@pytest.mark.parametrize("arguments", [("--anilist", "sample"), ("--mal", "sample", "--status", "all")])
def test_a_plan_and_a_map_pass_yamllint(
    arguments: tuple[str, ...], anitrakt: Run, plan_text: PlanText
) -> None:
    plan = plan_text(*arguments)
    Path("plan.yaml").write_text(plan.replace("\n    decision: review", "\n    decision: skip"), "utf-8")
    decisions = anitrakt("export-map").out
    config = YamlLintConfig("extends: default")

    for text in (plan, decisions):
        assert [str(found) for found in linter.run(text, config)] == []
