"""The command `anitrakt`: its subcommands, loaded only when used, and the one place where errors become exit codes."""

from __future__ import annotations

import atexit
import difflib
import gc
import importlib
import io
import sys
import warnings
from pathlib import Path
from typing import Any, NoReturn

import click
from click.shell_completion import get_completion_class

from anitrakt_plan import __version__
from anitrakt_plan.cli.context import GLOBAL_OPTIONS, State, command, write_examples
from anitrakt_plan.errors import AnitraktError, BadUsage, ExitCode

SECTIONS: dict[str, dict[str, str]] = {
    "Every day": {
        "plan": "anitrakt_plan.cli.plan:plan",
        "review": "anitrakt_plan.cli.review:review",
        "show": "anitrakt_plan.cli.files:show",
        "diff": "anitrakt_plan.cli.apply:diff",
        "audit": "anitrakt_plan.cli.repair:audit",
        "apply": "anitrakt_plan.cli.apply:apply",
        "undo": "anitrakt_plan.cli.apply:undo",
    },
    "The file": {
        "validate": "anitrakt_plan.cli.files:validate",
        "explain": "anitrakt_plan.cli.explain:explain",
        "fmt": "anitrakt_plan.cli.files:fmt",
        "export-map": "anitrakt_plan.cli.files:export_map",
        "export-trakt": "anitrakt_plan.cli.export_trakt:export_trakt",
        "schema": "anitrakt_plan.cli.files:schema",
    },
    "Account and machine": {
        "login": "anitrakt_plan.cli.account:login",
        "logout": "anitrakt_plan.cli.account:logout",
        "whoami": "anitrakt_plan.cli.account:whoami",
        "status": "anitrakt_plan.cli.apply:status",
        "log": "anitrakt_plan.cli.apply:log",
        "doctor": "anitrakt_plan.cli.account:doctor",
        "sandbox": "anitrakt_plan.cli.account:sandbox",
        "match": "anitrakt_plan.cli.machine:match",
        "config": "anitrakt_plan.cli.machine:config",
        "schedule": "anitrakt_plan.cli.machine:schedule",
        "completion": "anitrakt_plan.cli.main:completion",
    },
}
"""Every command by the heading it stands under in the help, with the place of its function."""

_COMMANDS = {name: place for section in SECTIONS.values() for name, place in section.items()}


_OVERVIEW = "anitrakt_plan.cli.machine:overview"


def _loaded(place: str) -> Any:
    module, _, attribute = place.partition(":")
    return getattr(importlib.import_module(module), attribute)


class LazyGroup(click.Group):
    """Imports a command when it is asked for: importing everything would cost a third of a second each time."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """All commands, in the order of the help."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name, or None."""
        place = _COMMANDS.get(cmd_name)
        if place is None:
            return None
        command = _loaded(place)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands under their headings."""
        for heading, commands in SECTIONS.items():
            rows = []
            for name in commands:
                command = self.get_command(ctx, name)
                if command is not None:
                    rows.append((name, command.get_short_help_str(limit=60)))
            with formatter.section(heading):
                formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The examples, line by line."""
        write_examples(self.epilog, formatter)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the words begin with. Raises BadUsage, with what was probably meant, for an unknown one."""
        word = args[0]
        if word not in _COMMANDS and not word.startswith("-") and not ctx.resilient_parsing:
            meant = difflib.get_close_matches(word, _COMMANDS, n=1, cutoff=0.6)
            todo = f"Did you mean `anitrakt {meant[0]}`?" if meant else "`anitrakt -h` lists the commands."
            raise BadUsage(f"there is no command `{word}`", todo=todo)
        return super().resolve_command(ctx, args)


def _print_version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    click.echo(f"anitrakt {__version__}")
    if ctx.ensure_object(State).verbose:
        from anitrakt_plan.tmdb import ATTRIBUTION

        click.echo(ATTRIBUTION)
    ctx.exit()


@click.group(
    cls=LazyGroup,
    params=list(GLOBAL_OPTIONS()),
    invoke_without_command=True,
    subcommand_metavar="[COMMAND] [ARGS]...",  # older releases of click write it as if one were needed
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start here, without an account or a key:\n\n"
    "  anitrakt --sandbox plan --anilist sample -o plan.yaml\n\n  anitrakt --sandbox apply plan.yaml",
)
@click.option(  # not eager: with -v it says more
    "--version", is_flag=True, expose_value=False, callback=_print_version, help="Show the version and exit."
)
@click.pass_context
def app(ctx: click.Context) -> None:
    """Bring a MyAnimeList or AniList anime list to Trakt.

    In two stages: `plan` writes a file that you can read and correct, `apply` sends what is confirmed in it and not
    yet on Trakt. Without a Trakt application (only VIP members can make one), `export-trakt` writes it as files that
    you upload.
    """
    state = ctx.ensure_object(State)
    if ctx.invoked_subcommand is not None:
        return
    is_shown = any(Path().glob("*.y*ml")) and _loaded(_OVERVIEW)(state)
    if not is_shown:
        click.echo(ctx.get_help(), color=state.use_color(sys.stdout))


def start() -> NoReturn:
    """`run`, in a process that ends with it.

    A plan has no reference cycles, and searching a large one for them would take a fifth of the time: nothing is
    searched, neither on the way nor at the end.
    """
    # filelock says so where a system has no locks of its own; the file that it makes then serves as well
    warnings.filterwarnings("ignore", message="only soft file lock")
    gc.disable()
    atexit.register(gc.freeze)
    run()


def run() -> NoReturn:
    """Run the command line; every way out of it passes here and becomes an exit code."""
    take_any_text()
    sys.exit(_outcome(State()))


def _outcome(state: State) -> int:
    """The exit code of the command that was asked for, with all that it began brought to an end."""
    try:
        state.exit_code = _code_of(state)
        return state.exit_code
    finally:
        state.close()


def _code_of(state: State) -> int:
    try:
        outcome = app.main(prog_name="anitrakt", standalone_mode=False, obj=state)
        code = int(outcome) if isinstance(outcome, int) else int(ExitCode.DONE)
        sys.stdout.flush()
    except AnitraktError as error:
        state.report(error)
        code = int(error.exit_code)
    except click.exceptions.Exit as leaving:
        code = leaving.exit_code
    except (KeyboardInterrupt, click.Abort):
        state.stop_telling()
        click.echo(f"\n{state.interrupted}", err=True)
        code = int(ExitCode.INTERRUPTED)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except BrokenPipeError:
        # The reader of our output has gone (`anitrakt show | head`): nothing left to say, and nothing failed.
        _close_quietly()
        code = int(ExitCode.DONE)
    except OSError as error:
        code = state.report_system(error)
        if error.filename is None:
            _close_quietly()  # what stdout still holds can't be written either
    except Exception as error:  # noqa: BLE001  # no traceback may reach a user
        code = state.report_bug(error)
    return code


def _close_quietly() -> None:
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


# --- `anitrakt completion`: the shell's own completion script ---


_SHELLS = ("bash", "zsh", "fish")


@command(short_help="Print a completion script for your shell.")
@click.argument("shell", type=click.Choice(_SHELLS))
def completion(state: State, shell: str) -> None:
    """Print a completion script for SHELL; put it where your shell looks for them.

    \b
    bash:  anitrakt completion bash >> ~/.bash_completion
    zsh:   anitrakt completion zsh > ~/.zfunc/_anitrakt
    fish:  anitrakt completion fish > ~/.config/fish/completions/anitrakt.fish
    """

    maker = get_completion_class(shell)
    if maker is None:
        raise BadUsage(f"no completion for {shell}")
    state.data(_WORD_BREAKS.get(shell, "") + maker(app, {}, "anitrakt", "_ANITRAKT_COMPLETE").source())


_WORD_BREAKS = {"bash": "COMP_WORDBREAKS=${COMP_WORDBREAKS//:}  # a key such as mal:38524 is one word\n"}
"""What a shell needs before it can complete our words."""


# --- stdout and stderr that take any text, whatever the console or the platform's code page ---


def take_any_text() -> None:
    """Make stdout UTF-8 with LF where it is no console, and let no stream fail over a letter it does not have.

    Windows gives a pipe or a file the old code page, in which a Japanese title would end the command.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        if sys.stdout.isatty():
            sys.stdout.reconfigure(errors="backslashreplace")
        else:
            sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors="backslashreplace")
