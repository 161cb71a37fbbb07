"""A recording holds nothing of a person but what was watched, and runs again to the same end."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from anitrakt_plan.cli.main import run as main
from anitrakt_plan.http.recording import Answered, Asked, Recorder
from anitrakt_plan.settings import PRACTICE_USER, PRACTICE_UUID
from tests.acceptance.conftest import Run, anitrakt, is_whole, plan_text, planned_once, practice_list, sandbox
from tests.recordings import FOLDER, Replay, replaying
from tests.secret_search import SECRETS, secrets_in

__all__ = ["anitrakt", "is_whole", "plan_text", "planned_once", "practice_list", "sandbox"]

NAMES = (f'"{PRACTICE_USER}"', '"sample"', PRACTICE_UUID, "/users/sample", f"/users/{PRACTICE_USER}")


def unpacked(path: Path) -> str:
    with ZipFile(path) as archive:
        return "\n".join(archive.read(name).decode() for name in archive.namelist())


Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> Command:
    """Run a command by a recording, in an empty home; it must ask nothing that was not asked then."""
    monkeypatch.chdir(tmp_path)

    def run(recording: Path, *words: str) -> tuple[int, str, str]:
        replay = Replay.of(recording)
        with replaying(replay) as variables, pytest.MonkeyPatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            patch.setenv("ANITRAKT_HOME", str(tmp_path / "again"))
            patch.setattr(sys, "argv", ["anitrakt", *words])
            capfdbinary.readouterr()
            with pytest.raises(SystemExit) as leaving:
                main()
        said = capfdbinary.readouterr()
        assert replay.missed == []
        code = leaving.value.code
        return code if isinstance(code, int) else 0, said.out.decode(), said.err.decode()

    return run


def nameless(plan: str) -> str:
    """A plan without the names of its two accounts, and the moment at which it was made."""
    return re.sub(r'user: "[^"]*"|\bat: "[^"]*"|tool: "[^"]*"', "", plan)


@pytest.mark.parametrize("name", ["plan.zip", "apply.zip"])
def test_the_recordings_here_hold_no_secret_and_no_name(name: str) -> None:
    assert secrets_in((FOLDER / name).read_bytes()) == []
    text = unpacked(FOLDER / name)
    assert [one for one in NAMES if one in text] == []
    assert "Attack on Titan" in text


def test_a_recorded_plan_is_made_again(again: Command, tmp_path: Path) -> None:
    code, _, err = again(FOLDER / "plan.zip", "plan", "--anilist", "person-1", "-o", "plan.yaml")
    assert code == 0, err
    made = (tmp_path / "plan.yaml").read_text("utf-8")
    assert nameless(made) == nameless((FOLDER / "plan.yaml").read_text("utf-8"))


def test_a_recorded_apply_is_run_again(again: Command, tmp_path: Path) -> None:
    plan = (FOLDER / "plan.yaml").read_text("utf-8").replace(f'"{PRACTICE_USER}"', '"person-1"')
    (tmp_path / "plan.yaml").write_text(plan, encoding="utf-8")

    code, out, err = again(FOLDER / "apply.zip", "apply", "--json", "--allow", "first-apply", "plan.yaml")

    assert code == 0, err
    assert json.loads(out)["totals"]["plays"] == 1500


@pytest.mark.long  # a plan and an apply twice; the kept recordings are run quickly
def test_what_is_recorded_now_runs_again(
    anitrakt: Run, again: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The same with a recording of today's code: of plan, of apply, and of undo after it."""
    monkeypatch.chdir(tmp_path)
    planned = anitrakt("plan", "--mal", "sample", "-o", "now.yaml", "--record", "plan.zip")
    applied = anitrakt("apply", "now.yaml", "--allow", "first-apply", "--json", "--record", "apply.zip")
    undone = anitrakt("undo", "-y", "--json", "--record", "undo.zip")
    assert (planned.code, applied.code, undone.code) == (0, 0, 0)
    assert "The recording holds" in planned.err
    assert "Look into it before you pass it on." in planned.err
    for name in ("plan.zip", "apply.zip", "undo.zip"):
        assert [one for one in NAMES if one in unpacked(Path(name))] == []

    user = re.search(r'"path": "/users/([^/"]+)/animelist', unpacked(Path("plan.zip")))
    assert user is not None
    assert again(Path("plan.zip"), "plan", "--mal", user[1], "-o", "again.yaml")[0] == 0
    made = Path("again.yaml").read_text("utf-8")
    assert nameless(made) == nameless(Path("now.yaml").read_text("utf-8"))
    target = re.search(r'"username": "([^"]+)"', unpacked(Path("apply.zip")))
    assert target is not None  # each recording counts its people for itself
    whose = f'target: {{service: trakt, user: "{target[1]}"}}'
    Path("again.yaml").write_text(re.sub(r"target: \{.*\}", whose, made), encoding="utf-8")
    code, out, err = again(
        Path("apply.zip"), "apply", "again.yaml", "--allow", "first-apply", "--json", "--force"
    )
    assert code == 0, err
    assert json.loads(out)["totals"] == json.loads(applied.out)["totals"]


def test_a_recording_is_written_over_nothing(anitrakt: Run) -> None:
    Path("there.zip").write_bytes(b"mine")
    result = anitrakt("whoami", "--record", "there.zip")
    assert result.code == 2
    assert Path("there.zip").read_bytes() == b"mine"


def test_a_command_that_fails_is_recorded_with_its_error(anitrakt: Run) -> None:
    assert anitrakt("plan", "--anilist", "nobody-here", "-o", "p.yaml", "--record", "failed.zip").code == 1
    about = Replay.of(Path("failed.zip")).about
    assert about["exit_code"] == 1
    assert "knows no user" in about["error"]["what"]
    assert "nobody-here" not in unpacked(Path("failed.zip"))


# --- what is replaced ---


def recorded(asked: Asked, answered: Answered, *secrets: str) -> str:
    recorder = Recorder(secrets)
    recorder.hear(asked, answered)
    target = Path("recorded.zip")
    target.write_bytes(recorder.content({}))
    text = unpacked(target)
    target.unlink()
    return text


@pytest.mark.parametrize(
    ("answer", "gone", "kept"),
    [
        ({"access_token": "tttt1", "expires_in": 5}, ["tttt1"], ["expires_in"]),
        ({"device_code": "dddd1", "user_code": "UUUU1"}, ["dddd1", "UUUU1"], []),
        ({"user": {"username": "ann", "name": "Ann B", "ids": {"slug": "ann-b"}}}, ["ann", "Ann B"], []),
        ({"user": {"location": "Bern", "timezone": "Europe/Bern", "id": 4711}}, ["4711"], ["Europe/Bern"]),
        ({"data": {"MediaListCollection": {"user": {"name": "ann"}}}}, ['"ann"'], []),
        (
            [{"id": 90017, "watched_at": "2020-01-01", "episode": {"ids": {"trakt": 5}}}],
            ["90017"],
            ["2020-01-01"],
        ),
        ([{"notes": "my own words", "movie": {"title": "Akira"}}], ["my own words"], ["Akira"]),
        ({"name": "Guilty pleasures", "privacy": "private"}, ["Guilty pleasures"], []),
        ({"name": "Naruto", "overview": "A story"}, [], ["Naruto", "A story"]),
        (
            {"link": "https://trakt.tv/users/ann/history"},
            ["ann/"],
            ["https://trakt.tv/users/person-1/history"],
        ),
        ({"message": "ask ann@example.com"}, ["ann@example.com"], []),
        ({"list_status": {"comments": "cried", "tags": ["mine"], "score": 9}}, ["cried", "mine"], ["9"]),
    ],
)
def test_what_is_a_persons_is_replaced(answer: object, gone: list[str], kept: list[str]) -> None:
    asked = Asked("Trakt", "GET", "https://api.trakt.tv", "/sync/history")
    text = recorded(asked, Answered(200, {"content-type": "application/json"}, json.dumps(answer).encode()))
    assert [word for word in gone if word in text.partition("requests.jsonl")[0]] == []
    assert [word for word in kept if word not in text] == []


def test_no_header_a_key_could_stand_in_is_kept() -> None:
    headers = {"set-cookie": "id=abc", "x-request-id": "r1", "x-pagination-page-count": "3"}
    text = recorded(Asked("Trakt", "GET", "https://api.trakt.tv", "/x"), Answered(200, headers, b"{}"))
    assert "abc" not in text
    assert "r1" not in text
    assert '"x-pagination-page-count": "3"' in text


def test_what_the_settings_know_is_replaced_wherever_it_stands() -> None:
    secret = SECRETS[0].decode()
    body = f"<html>Bearer {secret} from 192.0.2.7, ray {secret}</html>".encode()
    asked = Asked(
        "Trakt", "POST", "https://api.trakt.tv", "/oauth/token", data=f"code={secret}&grant_type=x".encode()
    )
    text = recorded(asked, Answered(403, {}, body), secret)
    assert secret not in text
    assert "192.0.2.7" not in text
    assert '"grant_type": "x"' in text


def test_of_a_large_answer_only_size_and_sum_are_kept() -> None:
    body = b'"' + b"a" * (2 * 1024 * 1024) + b'"'
    text = recorded(
        Asked("AniBridge", "GET", "https://example.org", "/mappings.json"), Answered(200, {}, body)
    )
    assert len(text) < 2000
    assert f'"bytes": {len(body)}' in text
