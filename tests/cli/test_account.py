"""`sandbox` serves until it is stopped; `logout --mal` and `doctor --paths` need nobody."""

from __future__ import annotations

import gc
import io
import json
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from anitrakt_plan.cli import main
from anitrakt_plan.cli.account import _print
from anitrakt_plan.cli.context import State
from anitrakt_plan.commands.doctor import Diagnosis, Health


class Stopped(threading.Event):
    """Ctrl-C, before the first wait is over."""

    def wait(self, timeout: float | None = None) -> bool:
        signal.raise_signal(signal.SIGINT)
        return super().wait(timeout)


@pytest.fixture
def _signals_as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str, code: int = 0) -> None:
    monkeypatch.setattr(sys, "argv", ["anitrakt", *arguments])
    with pytest.raises(SystemExit) as leaving:
        main.run()
    assert leaving.value.code == code


@pytest.mark.usefixtures("_signals_as_before")
def test_the_sandbox_prints_what_points_at_it_and_ends_with_ctrl_c(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("anitrakt_plan.cli.account.threading", SimpleNamespace(Event=Stopped))
        run(patch, "sandbox")
    said = capfd.readouterr()
    assert "export ANITRAKT_TRAKT_URL='http://127.0.0.1:" in said.out
    assert "export ANITRAKT_TMDB_URL='http://127.0.0.1:" in said.out
    assert "export ANITRAKT_HOME='" in said.out
    assert said.err.endswith("Stopped.\n")
    assert gc.isenabled()


def test_to_log_out_of_my_anime_list_is_the_users_own_to_finish(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "logout", "--mal")
    assert "There is no MyAnimeList sign-in." in capfd.readouterr().err


def test_every_folder_is_named_with_what_it_holds(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "doctor", "--paths", "--json")
    paths = json.loads(capfd.readouterr().out)["paths"]
    run(monkeypatch, "doctor", "--paths")
    said = capfd.readouterr().out
    assert paths
    for path in paths:
        assert path["path"] in said
        assert path["holds"] in said


def test_the_practice_download_takes_no_other_files_place_and_needs_a_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("format: anitrakt-plan/1\n", encoding="utf-8")
    run(monkeypatch, "sandbox", "--download", str(plan), code=3)
    assert "is no data download" in capsys.readouterr().err
    assert plan.read_text(encoding="utf-8") == "format: anitrakt-plan/1\n"
    run(monkeypatch, "sandbox", "--download", str(tmp_path / "no" / "x.zip"), code=2)
    assert "there is no folder" in capsys.readouterr().err


def test_the_findings_of_doctor_are_coloured_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(said, encoding="utf-8", write_through=True))
    _print(State(color="always"), Diagnosis("settings", Health.OK, "they can be read"))
    assert said.getvalue().decode().rstrip() == "\x1b[32mok           settings: they can be read\x1b[0m"
