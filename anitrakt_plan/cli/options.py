"""The options that several commands have, and what the shell offers behind a command.

What it offers (plans, keys of the plan, runs, codes) is looked up at a key press: nothing of that may fail or be slow.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from anitrakt_plan.cli.context import DEFAULT_FILE
from anitrakt_plan.files import names_a_file
from anitrakt_plan.settings import load_settings

_Command = TypeVar("_Command", bound=Callable[..., Any])

_ENTRY = re.compile(r'^  ["\']?([a-z]+:[^\s"\':]+)["\']?:.*\n(?:    .*\n)*?    title: (.*)$', re.MULTILINE)
"""An entry's key and title in the text of a plan: reading it as YAML would take too long for a key press."""


def plans(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Files, as the shell itself offers them."""
    return [CompletionItem(incomplete, type="file")]


def plan_and_keys(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """FILE first, then keys: those of the plan that is named, or of the one beside us."""
    return _or_files(_plans_and_keys(ctx, incomplete), incomplete)


def keys_beside(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Keys of the plan beside us."""
    return _keys(DEFAULT_FILE, incomplete)


def keys_and_codes(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """For `explain`: keys and files, codes of mistakes, safety stops."""
    from anitrakt_plan.commands.codes import explained_codes

    found = [*_starting(incomplete, explained_codes()), *_plans_and_keys(ctx, incomplete)]
    return _or_files(found, incomplete)


def known_runs(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Runs that the journal knows, the newest first."""
    from anitrakt_plan.commands.status import read_log

    try:
        found = read_log(load_settings(os.environ, Path.cwd()).folders.journal)
    except Exception:  # noqa: BLE001  # nothing is offered where nothing can be read: a key press is no command
        return []
    return list(
        _starting(
            incomplete,
            {
                line.info.run: f"{line.info.kind} {line.info.source or ''}".rstrip()
                for line in reversed(found)
            },
        )
    )


def _plans_and_keys(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    named = [Path(word) for word in ctx.params.get("words") or () if names_a_file(word)]
    beside = {} if named else {path.name: "" for path in sorted(Path().glob("*.y*ml"))}
    return [*_keys(named[0] if named else DEFAULT_FILE, incomplete), *_starting(incomplete, beside)]


def _or_files(found: list[CompletionItem], incomplete: str) -> list[CompletionItem]:
    """Files of any folder where nothing else is offered: bash shows the one or the other."""
    return found or [CompletionItem(incomplete, type="file")]


def _keys(file: Path, incomplete: str) -> list[CompletionItem]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return []
    found: Iterable[Any] = _ENTRY.findall(text)
    return list(_starting(incomplete, {key: title.strip("\"'") for key, title in found}))


def _starting(incomplete: str, known: Mapping[str, str]) -> Iterator[CompletionItem]:
    return (
        CompletionItem(word, help=help_ or None)
        for word, help_ in known.items()
        if word.startswith(incomplete)
    )


PATH = click.Path(path_type=Path)
FILE = click.argument("file", type=PATH, default=DEFAULT_FILE, required=False, shell_complete=plans)
"""The plan file argument of most commands."""

ONLY = click.option(
    "--only",
    metavar="KEY",
    multiple=True,
    shell_complete=keys_beside,
    help="Only this entry: key, glob, or part of a title.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def trakt_data(help_: str) -> Callable[[_Command], _Command]:
    """The option for a data download of Trakt's; `help_` says what it stands for in this command."""
    return click.option("--trakt-data", metavar="ZIP", type=PATH, help=help_)


FIRST_NAME_OF_TRAKT_DATA = click.option("--trakt-export", "trakt_data", type=PATH, hidden=True)
