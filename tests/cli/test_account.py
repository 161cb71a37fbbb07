"""`sandbox` serves until it is stopped; `logout --mal` and `doctor --paths` need nobody."""

from __future__ import annotations

import gc
import json
import signal
import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from anitrakt_plan.cli import main


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


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["anitrakt", *arguments])
    with pytest.raises(SystemExit) as leaving:
        main.run()
    assert leaving.value.code == 0


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
