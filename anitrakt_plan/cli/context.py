"""What every command shares: the global options, the settings, the sandbox behind `--sandbox`, and the way to talk."""

from __future__ import annotations

import contextlib
import functools
import json
import logging
import os
import re
import shlex
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from anitrakt_plan.errors import AnitraktError, BadUsage, ExitCode, PlanInvalid, refused_by_system
from anitrakt_plan.words import how_long, printable, printable_json, printable_message

if TYPE_CHECKING:
    from rich.console import Console

    from anitrakt_plan.commands.news import News
    from anitrakt_plan.commands.services import Ask, Question, Services
    from anitrakt_plan.settings import Settings


DEFAULT_FILE = Path("plan.yaml")

INTERRUPTED = "Interrupted."
NOTHING_SENT = "Interrupted: nothing was sent."
PERHAPS_SENT = "Interrupted. What was sent is in the journal: the same command settles it and goes on."

LINE_EVERY = 30.0
"""Where no bar can be drawn, so many seconds at most go by without a word of how far a step is."""

_COMMAND = re.compile(r"`anitrakt ([^`]+)`")
"""A command in a message; every one stands in backticks."""

_OF_A_PLAN = frozenset(
    (
        "apply",
        "audit",
        "diff",
        "explain",
        "export-map",
        "export-trakt",
        "fmt",
        "review",
        "show",
        "status",
        "validate",
    )
)
"""The commands whose first argument is the plan."""

_PLAN_BEHIND = frozenset(("--update", "--stale"))
"""The options whose value is the plan."""

_BEFORE_PLAN = _OF_A_PLAN | _PLAN_BEHIND | {"-o"}

_OF_ENTRIES = frozenset(("apply", "diff", "export-trakt"))
"""The commands that go on with the entries that `--only` named."""

SIGNS = {"  +": "green", "  -": "red", "  ~": "yellow", "  !": "red", "    !": "red"}
"""The colours of a report's lines, by the signs that they begin with."""

_PLAIN: Mapping[str, str] = {}

_F = TypeVar("_F", bound=Callable[..., Any])


@dataclass(slots=True)
class State:
    """One run of the command line. Everything costly in it is made when first asked for."""

    verbose: bool = False
    quiet: bool = False
    debugging: bool = False
    sandbox: bool = False
    color: str = "auto"
    file: Path = DEFAULT_FILE
    """The plan that the command is about."""
    only: tuple[str, ...] = ()
    """The entries that `--only` named."""
    record: Path | None = None
    """Where the recording of the command goes."""
    exit_code: int = int(ExitCode.BUG)
    news: News | None = None
    """What `--notify` is to tell."""
    failure: AnitraktError | None = None
    """What ended the command."""
    interrupted: str = INTERRUPTED
    """What is said where Ctrl-C ends the command here and now; a command that sends begins with NOTHING_SENT."""
    _settings: Settings | None = None
    _waits: _Said | None = None
    _cleanup: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def settings(self) -> Settings:
        """The settings of this run; with the sandbox, they point at its addresses and folders."""
        if self._settings is None:
            from anitrakt_plan.settings import load_settings

            self._start_log()
            settings = load_settings(os.environ, Path.cwd())
            self.sandbox = self.sandbox or settings.sandbox
            if self.sandbox:
                settings = self._cleanup.enter_context(sandbox_settings(settings))
            if self.record is not None:
                self._record(self.record, settings)
            self._settings = settings
        return self._settings

    def use(self, settings: Settings) -> None:
        """Go on with other settings."""
        self._settings = settings

    def practise(self) -> None:
        """Go on with the sandbox, as if `--sandbox` had been given."""
        self.sandbox, self._settings = True, None

    def _start_log(self) -> None:
        """Waits are told as they happen; with `--debug`, every request."""
        if self.debugging:
            logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(name)s: %(message)s")
            logging.getLogger("anitrakt_plan").setLevel(logging.DEBUG)
            return
        waits = logging.getLogger("anitrakt_plan.http")
        waits.setLevel(logging.INFO)
        self._waits = _Said(self)
        waits.addHandler(self._waits)
        self.on_close(self.stop_telling)

    def stop_telling(self) -> None:
        """From now on nobody waits for what is still being asked in the background, so it tells nothing any more."""
        if self._waits is not None:
            logging.getLogger("anitrakt_plan.http").removeHandler(self._waits)

    def _record(self, target: Path, settings: Settings) -> None:
        """Record all that is asked from now on; it is written when the command ends. Raises BadUsage."""
        from anitrakt_plan.commands.record import check_is_new, recorder_for, recording, write_recording

        check_is_new(target)
        recorder = recorder_for(settings)

        def write() -> None:
            for line in recorder.summary():
                self.warn(line)
            try:
                words, code = sys.argv[1:], self.exit_code
                write_recording(recorder, target, words, code=code, error=self.failure)
            except OSError as error:
                self.warn(f"The recording can't be written: {error.strerror or error} ({target}).")
            else:
                self.warn(f"Wrote {target}. Look into it before you pass it on.")

        self.on_close(write)
        self._cleanup.enter_context(recording(recorder))

    def services(self) -> Services:
        """The services that the settings name; what they open is closed when the command ends."""
        from anitrakt_plan.commands.services import Services

        services = Services(self.settings)
        self.on_close(services.close)
        return services

    def on_close(self, callback: Callable[[], object]) -> None:
        """Call this when the command ends, however it ends."""
        self._cleanup.callback(callback)

    def close(self) -> None:
        """End what was started: the sandbox, the connections."""
        self._cleanup.close()

    # --- talking ---

    def data(self, text: str) -> None:
        """Write data to stdout: UTF-8 with LF, whatever the console or the platform would make of it."""
        self.data_bytes(text.encode("utf-8"))

    def data_bytes(self, data: bytes) -> None:
        """Write data to stdout as it is."""
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def json(self, document: Mapping[str, Any], *, ascii_only: bool = False) -> None:
        """Write one JSON document to stdout."""
        typed = self._with_commands(document)
        document_text = json.dumps(typed, ensure_ascii=ascii_only, indent=2, default=str)
        self.data(printable_json(document_text) + "\n")

    def _with_commands(self, value: Any) -> Any:
        """A document whose messages name their commands as they are typed."""
        match value:
            case str():
                return self.as_commands(value)
            case Mapping():
                return {key: self._with_commands(one) for key, one in value.items()}
            case list() | tuple():
                return [self._with_commands(one) for one in value]
            case _:
                return value

    def lines(
        self, lines: Iterable[str], styles: Mapping[str, str] = _PLAIN, *, dim: re.Pattern[str] | None = None
    ) -> None:
        """Write lines to stdout, in colour each that begins with one of the signs in `styles`.

        `dim`: what of a line is for few, and stands back.
        """
        color = self.use_color(sys.stdout)
        for line in lines:
            typed = self._as_typed(printable(line), sys.stdout)
            found = dim.search(typed) if dim is not None else None
            end = len(typed) if found is None else found.start()
            style = next((style for sign, style in styles.items() if line.startswith(sign)), None)
            if color and style:
                typed = click.style(typed[:end], fg=style) + (
                    click.style(typed[end:], dim=True) if found else ""
                )
            self.data(typed + "\n")

    def info(self, text: str = "", *, style: str | None = None) -> None:
        """A message for the person, a line on stderr; nothing with `-q`."""
        if not self.quiet:
            self.warn(text, style=style)

    def warn(self, text: str = "", *, style: str | None = None) -> None:
        """A message that `-q` does not silence: it is new and needs a person."""
        # Whoever read our messages may have gone (`2>&1 | head`): that is no reason to leave the work undone.
        with contextlib.suppress(BrokenPipeError):
            said = self._as_typed(printable_message(text), sys.stderr)
            click.echo(
                click.style(said, fg=style) if style else said, err=True, color=self.use_color(sys.stderr)
            )

    def _as_typed(self, text: str, stream: Any) -> str:
        """A message whose commands do what they say when they are copied, with lines as long as a terminal's."""
        typed = self.as_commands(text)
        return wrapped(typed) if stream.isatty() else typed

    def as_commands(self, text: str) -> str:
        """A message whose commands do what they say when they are copied."""
        return _COMMAND.sub(lambda found: f"`anitrakt {self._typed(found[1])}`", text)

    def _typed(self, command: str) -> str:
        """A command as it is typed for this plan: with its file, `--only` and `--sandbox`. FILE stands for the plan."""
        if command.startswith(("--sandbox", "sandbox")):
            return command
        words = command.split(" ")
        words = _with_file(words, shlex.quote(str(self.file)), is_default=self.file == DEFAULT_FILE)
        if words[0] in _OF_ENTRIES and "--only" not in words:
            words += [word for pattern in self.only for word in ("--only", shlex.quote(pattern))]
        if not self.sandbox:
            return " ".join(words)
        samples = [
            "sample" if word == "NAME" and before in _LISTS else word
            for before, word in pairwise(["", *words])
        ]
        return " ".join(["--sandbox", *samples])

    def debug(self, text: str) -> None:
        """A message for `-v`."""
        if self.verbose:
            self.warn(text, style="bright_black")

    def use_color(self, stream: Any) -> bool:
        """`--color` first, then NO_COLOR, then whether the stream is a terminal."""
        if self.color != "auto":
            return self.color == "always"
        if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
            return False
        return bool(stream.isatty())

    def console(self, stream: Any) -> Console:
        """A rich console for tables on stdout or progress on stderr."""
        from rich.console import Console

        color = self.use_color(stream)
        return Console(
            file=stream, no_color=not color, force_terminal=True if color else None, highlight=False
        )

    @contextlib.contextmanager
    def progress(self, title: str, *, each: bool = False) -> Iterator[Callable[[int, int], None]]:
        """Show how far a step is, with the time left; yields `(done, total)` to call.

        Where nobody looks at a terminal there is a line every half a minute, or for `each` call.
        """
        if self.quiet:
            yield lambda _done, _total: None
            return
        if not sys.stderr.isatty():
            yield self._lines_of_progress(title, each=each)
            return
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        name = TextColumn("{task.description}")
        with Progress(SpinnerColumn(), name, console=self.console(sys.stderr), transient=True) as bar:
            task = bar.add_task(title, total=None)

            def show(done: int, total: int) -> None:
                if total > 0:  # "0/?" would tell nobody anything
                    bar.columns = (name, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
                    bar.update(task, completed=done, total=total)

            yield show

    def _lines_of_progress(self, title: str, *, each: bool) -> Callable[[int, int], None]:
        began = said = time.monotonic()

        def show(done: int, total: int) -> None:
            nonlocal said
            now = time.monotonic()
            if total > 0 and (now - said >= LINE_EVERY or (each and total > 1)):
                left = timedelta(seconds=(now - began) / max(done, 1) * (total - done))
                more = f", about {how_long(left)} left" if left >= timedelta(minutes=1) else ""
                self.info(f"{title}: {done} of {total}{more}")
                said = now

        return show

    # --- failing ---

    def report(self, error: AnitraktError) -> None:
        """Print an error: what, where, what to do next."""
        self.failure = error
        color = self.use_color(sys.stderr)
        what = self._as_typed(f"Error: {printable(error.what)}", sys.stderr).removeprefix("Error: ")
        click.echo(f"{click.style('Error:', fg='red', bold=True)} {what}", err=True, color=color)
        if error.where:
            click.echo(f"  in {printable(error.where)}", err=True)
        if error.todo:
            click.echo(self._as_typed(f"  {printable(error.todo)}", sys.stderr), err=True)
        for line in error.listed:
            click.echo(self._as_typed(printable(line), sys.stderr), err=True)

    def report_system(self, error: OSError) -> int:
        """Say what the system refused, where, and what to do; what no user can mend is a bug of ours."""
        if (failed := refused_by_system(error)) is None:
            return self.report_bug(error)
        self._trace(error)
        self.report(failed)
        return int(failed.exit_code)

    def report_bug(self, error: Exception) -> int:
        """Say in a line that this is our fault."""
        self._trace(error)
        place = _place_of(error)
        click.echo(f"Error: a bug in anitrakt: {type(error).__name__} at {place}", err=True)
        click.echo("  Please report it with the output of the same command and --debug added.", err=True)
        return int(ExitCode.BUG)

    def _trace(self, error: Exception) -> None:
        """The traceback, only with `--debug`."""
        if self.debugging:
            import traceback

            traceback.print_exception(error)


_QUOTED = re.compile(r"`[^`]*`")

_EXCERPT = re.compile(r" *\d* \|")
"""A line of a file beside its number, or the caret below it: what stands there stands in its column."""

_UNBROKEN = "\N{NO-BREAK SPACE}"


def wrapped(text: str) -> str:
    """A text in lines of the terminal's width: broken between words, never in one, in an address or in a command."""
    return "\n".join(map(_wrapped, text.split("\n")))


def _wrapped(line: str) -> str:
    width, said = shutil.get_terminal_size().columns, click.unstyle(line)
    if len(said) <= width or _EXCERPT.match(said):
        return line
    indent = " " * (len(said) - len(said.lstrip(" ")) + 2)
    kept = _QUOTED.sub(lambda found: found[0].replace(" ", _UNBROKEN), line)
    first, *words = kept.lstrip(" ").split(" ")
    lines = [indent[2:] + first]
    for word in words:
        if len(click.unstyle(f"{lines[-1]} {word}")) <= width:
            lines[-1] += f" {word}"
        elif word:
            lines.append(indent + word)
    return "\n".join(line.rstrip(" ") for line in lines).replace(_UNBROKEN, " ")


_LISTS = frozenset(("--anilist", "--mal"))
"""The options whose NAME is `sample` in the sandbox."""


def _with_file(words: list[str], file: str, *, is_default: bool) -> list[str]:
    """The words of a command with the plan's name where it belongs: in place of FILE, or where none is given."""
    typed: list[str] = []
    for word, following in pairwise([*words, ""]):
        before = typed[-1] if typed else ""
        takes_plan = word in _PLAN_BEHIND or (not typed and word in _OF_A_PLAN)
        typed.append(file if word == "FILE" and before in _BEFORE_PLAN else word)
        is_named = following in ("FILE", file) or following.endswith((".yaml", ".yml"))
        if takes_plan and not is_named and (word == "--stale" or not is_default):
            typed.append(file)
    return typed


BACKGROUND = ("pictures", "watched")
"""Threads that read what only adorns the page for review."""


class _Said(logging.Handler):
    """Passes what the door to the network reports (waiting, trying again) on to the person."""

    def __init__(self, state: State) -> None:
        super().__init__(logging.INFO)
        self._state = state

    def emit(self, record: logging.LogRecord) -> None:
        """Say one report; what is read in the background holds nobody up."""
        if record.threadName not in BACKGROUND:
            self._state.info(f"{record.getMessage()} ...")


def _place_of(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "an unknown place"
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"


def _remember(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Global options may stand before or behind the command's name."""
    state = ctx.ensure_object(State)
    if value and param.name is not None:
        setattr(state, param.name, value)


def GLOBAL_OPTIONS() -> Iterator[click.Option]:  # noqa: N802  # made anew for each command, used like a constant
    """The options that every command takes."""
    yield _flag("--sandbox", help="Use the practice services; no account, no key.")
    yield _flag("-v", "--verbose", help="Say more.")
    yield _flag("-q", "--quiet", help="Say only what is new and needs a person.")
    yield _flag("--debug", "debugging", help="Log requests; show the traceback of a bug.")
    yield click.Option(
        ["--record"],
        metavar="FILE.zip",
        type=click.Path(path_type=Path),
        help="Keep what was asked and answered, names and keys replaced.",
        expose_value=False,
        callback=_remember,
        is_eager=True,
    )
    yield click.Option(
        ["--color"],
        type=click.Choice(["auto", "always", "never"]),
        help="When to use colour.",
        expose_value=False,
        callback=_remember,
        is_eager=True,
    )


def _flag(*names: str, help: str) -> click.Option:  # noqa: A002  # click's own word for it
    return click.Option(
        list(names), is_flag=True, help=help, expose_value=False, callback=_remember, is_eager=True
    )


class Command(click.Command):
    """A command whose help has its options under headings; `groups` are these, with the options' names."""

    def __init__(self, *args: Any, groups: Mapping[str, Sequence[str]] | None = None, **extra: Any) -> None:
        super().__init__(*args, **extra)
        self.groups = groups or {}

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options by their headings; what every command takes comes last."""
        headings = {name: heading for heading, names in self.groups.items() for name in names}
        rows: dict[str, list[tuple[str, str]]] = {heading: [] for heading in (*self.groups, *_OTHER_HEADINGS)}
        for param in self.get_params(ctx):
            is_option = isinstance(param, click.Option)
            if is_option and (row := param.get_help_record(ctx)) is not None:
                other = _OPTIONS if _GLOBAL_NAMES.isdisjoint(param.opts) else _EVERYWHERE
                rows[headings.get(param.name or "", other)].append(row)
        for heading, listed in rows.items():
            if listed:
                with formatter.section(heading):
                    formatter.write_dl(listed)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The examples line by line: a command that is broken can't be copied."""
        write_examples(self.epilog, formatter)


_OPTIONS, _EVERYWHERE = "Options", "Everywhere"
_OTHER_HEADINGS = (_OPTIONS, _EVERYWHERE)
_GLOBAL_NAMES = frozenset(("--sandbox", "--verbose", "--quiet", "--debug", "--record", "--color", "--help"))


def check_target(target: Path, *, sign: str, what: str) -> None:
    """Make sure, before any work, that a file may be written: a slip behind -o must not cost another file.

    `sign` stands in every file that may be written over (`what` it is, in words). Raises BadUsage for what is no file
    to write, and PlanInvalid where another kind of file is there.
    """
    if str(target) == "-":
        raise BadUsage("`-` is no file to write", todo="Name a file; without the option it goes to stdout.")
    if target.exists() and not target.is_file():
        kind = "a folder" if target.is_dir() else "no ordinary file"
        raise BadUsage(f"{target} is {kind}", todo="Name a file; without the option it goes to stdout.")
    if not target.parent.is_dir():
        raise BadUsage(f"there is no folder {target.parent}", todo="Make it, or name a file elsewhere.")
    try:
        there = target.read_bytes() if target.exists() else b""
    except OSError:
        return  # writing will tell
    text = there.replace(b"\0", b"")  # UTF-16 without its zeros, near enough for one word
    if text.strip() and sign.encode() not in text:
        lacks = f" (it has no line `format: {sign}1`)" if sign.startswith("anitrakt-") else ""
        raise PlanInvalid(
            f"{target} is no {what}{lacks}, so it was left as it is",
            todo="Choose another name.",
        )


def write_examples(epilog: str | None, formatter: click.HelpFormatter) -> None:
    """Write what stands below the options of a help, each line as it is, without the empty ones between."""
    formatter.write_paragraph()
    for line in filter(str.strip, (epilog or "").splitlines()):
        formatter.write(f"{line}\n")


def command(**extra: Any) -> Callable[[_F], click.Command]:
    """Like `click.command`, with the global options added and the State handed in as first argument.

    `groups`: the headings of the options in its help, each with their names.
    """

    def make(function: _F) -> click.Command:
        @functools.wraps(function)
        def with_state(*args: Any, **options: Any) -> Any:
            return function(click.get_current_context().ensure_object(State), *args, **options)

        settings = {"help_option_names": ["-h", "--help"]}
        made: click.Command = click.command(**extra, cls=Command, context_settings=settings)(with_state)
        made.params.extend(GLOBAL_OPTIONS())
        return made

    return make


def sandbox_folders(settings: Settings) -> Settings:
    """The same settings with folders of the sandbox's own, so that practice never touches the real journal."""
    folders = settings.folders
    return replace(
        settings,
        sandbox=True,
        folders=replace(
            folders,
            config=folders.config / "sandbox",
            cache=folders.cache / "sandbox",
            state=folders.state / "sandbox",
            journal=folders.state / "sandbox" / "journal",
        ),
    )


def need_terminal(question: str, flag: str) -> None:
    """Raise BadUsage where a question can't be asked because nobody sits at a terminal.

    `flag`: what answers it, be it a variable of the environment, and then perhaps has done so.
    """
    if sys.stdin.isatty():
        return
    todo = f"There is no terminal to ask on: answer with {flag}."
    if os.environ.get(flag):
        todo = f"{flag} is set, and needs no sign-in: `anitrakt doctor` checks it."
    raise BadUsage(question, todo=todo)


# --- questions to a person at a terminal, and what the first and the second Ctrl-C do ---


def terminal_ask(*, allowed: bool) -> Ask | None:
    """Asks on the terminal; None where nobody sits at one, or where asking is not `allowed`."""
    if not allowed or not sys.stdin.isatty() or not sys.stderr.isatty():
        return None
    return _ask


def _ask(question: Question) -> str:
    click.echo(wrapped(printable(question.text)), err=True)
    for number, choice in enumerate(question.choices, start=1):
        click.echo(f"  {number}  {choice}{'  (recommended)' if number == 1 else ''}", err=True)
    answer: str = click.prompt(
        "Your choice", default="1", value_proc=lambda text: _choice(question, text), err=True
    )
    return answer


def _choice(question: Question, text: str) -> str:
    """A choice by its number, its word, or the beginning of one. Raises UsageError, and click asks again."""
    word = text.strip().casefold()
    if word.isdigit() and 1 <= int(word) <= len(question.choices):
        return question.choices[int(word) - 1]
    fitting = [choice for choice in question.choices if word and choice.casefold().startswith(word)]
    if len(fitting) == 1:
        return fitting[0]
    raise click.UsageError(f"answer with a number, or with one of: {', '.join(question.choices)}")


def yes_ask(question: Question) -> str:
    """`--yes` answers yes where that is a choice; it passes no safety stop, so other questions get the first."""
    is_answered = "yes" in question.choices and not question.is_whose_account
    return "yes" if is_answered else question.choices[0]


@contextlib.contextmanager
def stop_on_interrupt(state: State, *, sends: bool = False) -> Iterator[threading.Event]:
    """The first Ctrl-C lets the running request finish and sums up; the second stops at once.

    Yields the event that the first one sets. `sends`: from here on something may have been sent.
    """
    stop = threading.Event()
    if sends:
        state.interrupted = PERHAPS_SENT

    def interrupted(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        state.warn("\nStopping after this request. Ctrl-C again stops at once.")

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


# --- `--sandbox` ---


@contextlib.contextmanager
def sandbox_settings(settings: Settings) -> Iterator[Settings]:
    """Serve the practice services on a free loopback port while the block runs; yields the settings for them."""
    from anitrakt_plan.sandbox import environment, serve
    from anitrakt_plan.settings import in_sandbox

    practice = sandbox_folders(settings)
    with serve(practice.folders.state) as addresses:
        yield in_sandbox(practice, environment(addresses))
