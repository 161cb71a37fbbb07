"""The one place where every way out of a command becomes an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click
import pytest

from anitrakt_plan.cli import main
from anitrakt_plan.errors import ExitCode, Failed


def outcome(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["anitrakt", *arguments])
    with pytest.raises(SystemExit) as leaving:
        main.run()
    assert isinstance(leaving.value.code, int)
    return leaving.value.code


def raising(error: BaseException) -> Callable[..., object]:
    def command(**_: object) -> object:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Failed("it failed"), ExitCode.FAILED),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
        (click.Abort(), ExitCode.INTERRUPTED),
        (click.UsageError("no such thing"), 2),
        (click.exceptions.Exit(7), 7),
        (PermissionError(13, "Permission denied", "plan.yaml"), ExitCode.FAILED),
        (ZeroDivisionError(), ExitCode.BUG),
    ],
)
def test_each_way_out_has_its_exit_code(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main.app, "main", raising(error))
    assert outcome(monkeypatch, "log") == code


@pytest.mark.parametrize(
    ("error", "code"),
    [(BrokenPipeError(), ExitCode.DONE), (OSError(28, "No space left on device"), ExitCode.FAILED)],
)
def test_an_output_that_takes_no_more_is_closed_quietly(
    error: OSError, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = []
    monkeypatch.setattr(main, "_close_quietly", lambda: closed.append(True))
    monkeypatch.setattr(main.app, "main", raising(error))
    assert outcome(monkeypatch, "log") == code
    assert closed == [True]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_completion_script(
    shell: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert outcome(monkeypatch, "completion", shell) == 0
    assert "_ANITRAKT_COMPLETE" in capfd.readouterr().out


def test_an_unknown_command_is_bad_usage(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert outcome(monkeypatch, "plann") == 2
    assert "plann" in capfd.readouterr().err
