"""What every command shares: colour, questions, progress, and how a failure is told."""

from __future__ import annotations

import errno
import io
import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import click
import pytest

from anitrakt_plan.cli.context import (
    NOTHING_SENT,
    PERHAPS_SENT,
    State,
    need_terminal,
    stop_on_interrupt,
    terminal_ask,
    yes_ask,
)
from anitrakt_plan.commands.services import Question
from anitrakt_plan.errors import BadUsage, ExitCode

QUESTION = Question("Two accounts?", ("no", "stop", "yes"), "--who")


class Terminal(io.StringIO):
    """A stream at which a person sits."""

    def isatty(self) -> bool:
        return True


def sit_at_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """From here on in the test a person sits at stdin, and sees the screen that is returned."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    return screen


@pytest.mark.parametrize(
    ("color", "variables", "stream", "used"),
    [
        ("always", {"NO_COLOR": "1"}, io.StringIO(), True),
        ("never", {}, Terminal(), False),
        ("auto", {"NO_COLOR": "1"}, Terminal(), False),
        ("auto", {"TERM": "dumb"}, Terminal(), False),
        ("auto", {}, Terminal(), True),
        ("auto", {}, io.StringIO(), False),
    ],
)
def test_colour_goes_by_the_option_then_the_environment_then_the_stream(
    color: str, variables: dict[str, str], stream: io.StringIO, used: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert State(color=color).use_color(stream) is used


def test_progress_at_a_terminal_begins_once_the_whole_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = sit_at_terminal(monkeypatch)
    with State().progress("Reading") as show:
        show(0, 0)
        show(3, 4)
    assert "Reading" in terminal.getvalue()


@pytest.mark.parametrize("screen", [Terminal(), io.StringIO()])
def test_progress_is_silent_with_q(screen: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", screen)
    with State(quiet=True).progress("Reading", each=True) as show:
        show(3, 4)
    assert screen.getvalue() == ""


def pipe_stderr(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    return screen


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that shows the first of these, which the test sets."""
    now = [0.0]
    monkeypatch.setattr("anitrakt_plan.cli.context.time.monotonic", lambda: now[0])
    return now


def test_without_a_terminal_a_step_says_every_half_a_minute_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, seconds: list[float]
) -> None:
    pipe = pipe_stderr(monkeypatch)
    with State().progress("Reading your Trakt history") as show:
        for page in range(1, 401):
            seconds[0] += 0.7
            show(page, 404)
    lines = pipe.getvalue().splitlines()
    assert lines[:2] == [
        "Reading your Trakt history: 43 of 404, about 4 minutes left",
        "Reading your Trakt history: 86 of 404, about 4 minutes left",
    ]
    assert lines[-1] == "Reading your Trakt history: 387 of 404"
    assert len(lines) == 9


def test_a_step_that_is_soon_done_says_nothing(monkeypatch: pytest.MonkeyPatch, seconds: list[float]) -> None:
    pipe = pipe_stderr(monkeypatch)
    with State().progress("Reading") as show:
        show(0, 0)
        seconds[0] += 29
        show(3, 4)
        seconds[0] += 60
        show(0, 0)  # nothing is known of the whole yet
    assert pipe.getvalue() == ""


def test_each_batch_has_its_line_where_there_is_more_than_one(
    monkeypatch: pytest.MonkeyPatch, seconds: list[float]
) -> None:
    pipe = pipe_stderr(monkeypatch)
    for batches in (1, 3):
        with State().progress("Sending plays", each=True) as show:
            for number in range(1, batches + 1):
                seconds[0] += 1
                show(number, batches)
    assert pipe.getvalue().splitlines() == [f"Sending plays: {number} of 3" for number in (1, 2, 3)]


@pytest.mark.parametrize(
    ("typed", "choice"), [("", "no"), ("3", "yes"), ("YES", "yes"), ("st", "stop"), ("0\n4\nx\n2", "stop")]
)
def test_a_question_is_answered_by_number_word_or_its_beginning(
    typed: str, choice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = sit_at_terminal(monkeypatch)
    answers = iter(typed.split("\n"))
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: next(answers))
    ask = terminal_ask(allowed=True)
    assert ask is not None
    assert ask(QUESTION) == choice
    assert "1  no  (recommended)" in terminal.getvalue()


def test_nobody_is_asked_where_asking_is_not_allowed_or_nobody_sits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sit_at_terminal(monkeypatch)
    assert terminal_ask(allowed=False) is None
    need_terminal("who are you", "--who")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert terminal_ask(allowed=True) is None
    with pytest.raises(BadUsage, match="who are you"):
        need_terminal("who are you", "--who")


def test_yes_passes_no_safety_stop() -> None:
    assert yes_ask(QUESTION) == "yes"
    assert yes_ask(replace(QUESTION, is_whose_account=True)) == "no"
    assert yes_ask(Question("Send all?", ("stop", "one entry"), "--allow first-apply")) == "stop"


def test_the_first_interrupt_stops_after_the_request_and_the_second_at_once() -> None:
    before = signal.getsignal(signal.SIGINT)
    state = State(quiet=True, interrupted=NOTHING_SENT)
    with stop_on_interrupt(state, sends=True) as stop:
        assert state.interrupted == PERHAPS_SENT
        signal.raise_signal(signal.SIGINT)
        assert stop.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        (errno.ENOSPC, ExitCode.FAILED, "Make room"),
        (errno.EACCES, ExitCode.FAILED, "nothing is done twice"),
        (errno.ENAMETOOLONG, ExitCode.FAILED, "Choose another name"),
        (errno.EBADF, ExitCode.BUG, "a bug in anitrakt"),
    ],
)
def test_what_the_system_refuses_is_the_users_to_mend_or_a_bug(
    number: int, code: ExitCode, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert State().report_system(OSError(number, os.strerror(number), "plan.yaml")) == code
    assert words in capsys.readouterr().err


def test_a_folder_that_is_gone_is_no_bug(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    assert State().report_system(gone) == ExitCode.BUG
    capsys.readouterr()

    def getcwd() -> str:
        raise gone

    monkeypatch.setattr(os, "getcwd", getcwd)
    assert State().report_system(gone) == ExitCode.FAILED
    said = capsys.readouterr().err
    assert "the folder that this command runs in is no longer there" in said
    assert "`cd`" in said


def test_a_traceback_is_shown_with_debug_alone(capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> None:
        raise LookupError("oh")

    for debug in (False, True):
        with pytest.raises(LookupError) as caught:
            broken()
        assert State(debugging=debug).report_bug(caught.value) == ExitCode.BUG
        said = capsys.readouterr().err
        assert f"LookupError at {Path(__file__).name}:" in said
        assert ("Traceback" in said) is debug
    assert State().report_bug(LookupError()) == ExitCode.BUG
    assert "an unknown place" in capsys.readouterr().err


def test_a_reader_that_has_gone_does_not_stop_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object, **__: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(click, "echo", gone)
    State().warn("Sent.")


def test_lines_are_coloured_by_the_sign_they_begin_with(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    State(color="always").lines(["  + sent", "plain"], {"  +": "green"})
    assert capfdbinary.readouterr().out == b"\x1b[32m  + sent\x1b[0m\nplain\n"


@pytest.mark.parametrize(
    ("state", "command", "typed"),
    [
        (State(), "apply", "apply"),
        (State(), "apply FILE", "apply plan.yaml"),
        (State(), "undo --stale", "undo --stale plan.yaml"),
        (State(), "plan --list-file LIST -o FILE", "plan --list-file LIST -o plan.yaml"),
        (State(sandbox=True), "plan --anilist NAME -o FILE", "--sandbox plan --anilist sample -o plan.yaml"),
        (State(sandbox=True), "--sandbox apply", "--sandbox apply"),
        (State(sandbox=True), "sandbox", "sandbox"),
        (State(file=Path("b.yaml")), "apply --resend", "apply b.yaml --resend"),
        (State(file=Path("b.yaml")), "plan --update --send x", "plan --update b.yaml --send x"),
        (State(file=Path("b.yaml")), "explain mal:1", "explain b.yaml mal:1"),
        (State(file=Path("b.yaml")), "diff c.yaml", "diff c.yaml"),
        (State(file=Path("b.yaml")), "undo", "undo"),
        (State(file=Path("my b.yaml"), only=("one piece",)), "apply", "apply 'my b.yaml' --only 'one piece'"),
        (State(only=("mal:1",)), "review", "review"),
    ],
)
def test_a_command_in_a_message_can_be_copied(
    state: State, command: str, typed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    state.warn(f"Next: `anitrakt {command}`.")
    assert capsys.readouterr().err == f"Next: `anitrakt {typed}`.\n"


def test_commands_in_documents_are_as_in_messages(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    State(sandbox=True).json({"notes": ["`anitrakt diff FILE`", 1], "at": Path("x")})
    said = json.loads(capfdbinary.readouterr().out)
    assert said == {"notes": ["`anitrakt --sandbox diff plan.yaml`", 1], "at": "x"}


def test_at_a_terminal_lines_break_between_words_never_in_an_address_or_a_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = sit_at_terminal(monkeypatch)
    monkeypatch.setenv("COLUMNS", "40")
    address = "https://trakt.tv/shows/attack-on-titan/seasons/3"
    State().warn(
        f"  0.99 Shingeki no Kyojin Season 3 Part 2 at {address} so `anitrakt review FILE mal:38524` it"
    )
    lines = screen.getvalue().splitlines()
    assert lines[0] == "  0.99 Shingeki no Kyojin Season 3 Part"
    assert f"    {address}" in lines
    assert any("`anitrakt review plan.yaml mal:38524`" in line for line in lines)
