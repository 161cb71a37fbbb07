"""Titles, notes, names and errors of others: none of them can steer a terminal, or forge a line of ours."""

from __future__ import annotations

import json
import re
import time
import zipfile
from pathlib import Path

import pytest

from anitrakt_plan.cli.main import SECTIONS
from tests.acceptance.conftest import Result, Run
from tests.acceptance.data_download import data_download
from tests.long import long
from tests.practice import Sandbox

FORGED = "  + mal:666  forged → movie 666   1 play"
TITLE = f"Clannad\x1b[2K\x1b]0;owned\x07\u202e\u2066\x9b31m\x7f\r\n{FORGED}\n"
UNWANTED = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]")

COMMANDS = (
    "validate plan.yaml",
    "show plan.yaml",
    "show plan.yaml --format markdown",
    "show plan.yaml --json",
    "show plan.yaml Clannad",
    "diff plan.yaml",
    "diff plan.yaml --json",
    "diff plan.yaml --only Clannad",
    "audit plan.yaml",
    "audit plan.yaml --json",
    "apply plan.yaml -y",
    "status plan.yaml -v",
    "explain plan.yaml mal:2167",
    "review plan.yaml",
    "undo -n",
    "undo -y",
    "log",
    "apply plan.yaml --only nothing-of-that-name",
    "plan --update plan.yaml",
    "plan --update plan.yaml --report report.md",
    "-q plan --update plan.yaml",
    "plan --list-file list.json",
    "fmt plan.yaml --check",
    "export-map plan.yaml",
    "doctor",
    "export-trakt plan.yaml --account sandbox",
    "export-trakt plan.yaml --trakt-data download.zip",
    "export-trakt plan.yaml --trakt-data download.zip --allow first-upload",
    "diff plan.yaml --trakt-data download.zip",
    "status plan.yaml --trakt-data download.zip",
    "sandbox --download fresh.zip",
    "whoami",
    "schema",
    "completion bash",
    "match --anilist 2167",
    "config",
    "schedule --cron plan.yaml",
    "logout",
    "login",
)


def check(result: Result, command: str) -> None:
    for said in (result.out, result.err):
        assert not UNWANTED.search(said), f"{command}: {UNWANTED.search(said)}"
        assert "\n" + FORGED not in said, command
        assert not said.startswith(FORGED), command


def list_of(*entries: tuple[int, str, str]) -> str:
    rows = [
        {
            "status": status,
            "progress": 24,
            "score": 9,
            "notes": TITLE,
            "media": {
                "id": 100_000 + number,
                "idMal": number,
                "title": {"romaji": title, "english": title},
                "format": "TV",
                "episodes": 24,
                "startDate": {"year": 2008, "month": 10, "day": 3},
            },
        }
        for number, title, status in entries
    ]
    return json.dumps(
        {"data": {"MediaListCollection": {"user": {"name": TITLE}, "lists": [{"entries": rows}]}}}
    )


@pytest.fixture
def hostile(anitrakt: Run) -> Run:
    """A folder with a hostile list, and its plan."""
    Path("list.json").write_text(
        list_of(
            (2167, TITLE, "COMPLETED"), (4181, TITLE + "2", "COMPLETED"), (9_999_999, TITLE, "COMPLETED")
        ),
        encoding="utf-8",
    )
    check(anitrakt("plan", "--list-file", "list.json", "-o", "plan.yaml"), "plan")
    text = Path("plan.yaml").read_text(encoding="utf-8")
    assert "owned" in text
    noted = text.replace("    decision:", f"    note: {json.dumps(TITLE)}\n    decision:", 1)
    Path("plan.yaml").write_text(noted, encoding="utf-8")
    return anitrakt


def test_every_command_is_tried() -> None:
    tried = {word for command in COMMANDS for word in command.split()}
    assert {name for section in SECTIONS.values() for name in section} <= tried


def run_all(anitrakt: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for command in COMMANDS:
        if command == "login":
            monkeypatch.delenv("ANITRAKT_TRAKT_TOKEN")
            monkeypatch.setattr(time, "sleep", lambda _seconds: None)
        check(anitrakt(*command.split()), command)
    written = [Path("report.md"), *Path("trakt-upload").glob("*.*")]
    assert len(written) > 1
    for path in written:
        parts = [path.read_bytes()]
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                parts = [archive.read(name) for name in archive.namelist()]
        for part in parts:
            assert not UNWANTED.search(part.decode()), path


def test_no_command_says_a_control_sign_or_a_forged_line(
    hostile: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("download.zip").write_bytes(data_download(sandbox))
    run_all(hostile, monkeypatch)


@pytest.mark.long  # every command once more; the titles of a list are shown above
def test_nor_does_any_where_the_services_names_of_works_hold_them(
    hostile: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for work in (*sandbox.catalogue.shows, *sandbox.catalogue.movies):
        work.title = f"{work.title}{TITLE}"
    for anime in sandbox.catalogue.anime:
        anime.title, anime.english = f"{anime.title}{TITLE}", TITLE
    sandbox.world.rename_user(TITLE)
    Path("download.zip").write_bytes(data_download(sandbox))
    check(hostile("plan", "--anilist", "sample", "--fresh", "-o", "plan.yaml"), "plan --anilist")
    run_all(hostile, monkeypatch)


@pytest.mark.parametrize("status", [403, *long(400, 422, 423, 500)])
def test_no_service_can_say_one_in_its_errors(hostile: Run, sandbox: Sandbox, status: int) -> None:
    body = {"error": TITLE, "error_description": TITLE, "message": TITLE}
    for method, path in (("GET", "/users/settings$"), ("POST", "/sync/history$"), ("GET", "/sync/history$")):
        sandbox.faults.answer(method, path, status, body, times=None)
        for command in ("apply plan.yaml -y", "status plan.yaml", "plan --update plan.yaml", "doctor"):
            check(hostile(*command.split()), f"{command}, {method} {path} {status}")
        sandbox.faults.clear()


def test_an_account_of_a_hostile_name_is_named_in_one_line(hostile: Run, sandbox: Sandbox) -> None:
    sandbox.world.rename_user(TITLE)
    for command in (
        "whoami",
        "diff plan.yaml",
        "apply plan.yaml -y",
        "status plan.yaml",
        "plan --anilist sample",
    ):
        check(hostile(*command.split()), command)


def test_a_wrong_file_is_quoted_in_one_line(anitrakt: Run) -> None:
    Path("plan.yaml").write_text(
        f"format: {json.dumps(TITLE)}\nentries: {json.dumps(TITLE)}\n", encoding="utf-8"
    )
    for command in ("validate plan.yaml", "apply plan.yaml", "show plan.yaml", "fmt plan.yaml"):
        check(anitrakt(*command.split()), command)
    Path("anitrakt.toml").write_text(f"{json.dumps(TITLE)} = 1\n", encoding="utf-8")
    check(anitrakt("config"), "config")
    check(anitrakt("plan", "--anilist", TITLE), "plan")
