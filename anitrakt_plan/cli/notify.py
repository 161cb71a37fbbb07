"""`--notify CMD`: a command of the person's that is called at the end, where there is something to tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from anitrakt_plan.cli.context import State
from anitrakt_plan.commands.news import news_of_error, notify


def _register(ctx: click.Context, _param: click.Parameter, call: Any) -> None:
    if call and not ctx.resilient_parsing:
        state, command = ctx.ensure_object(State), ctx.info_name or ""
        # the last thing that happens, however the command ends; a relative path in CMD is one from here
        state.on_close(lambda: _tell(state, command, str(call)))


def _tell(state: State, command: str, call: str) -> None:
    news = state.news
    if state.failure is not None:
        file = state.file
        news = news_of_error(command, str(file) if Path(file).exists() else None, state.failure)
    if news and (wrong := notify(call, news)) is not None:
        state.warn(f"{wrong[0].upper()}{wrong[1:]}.")


NOTIFY = click.option(
    "--notify",
    metavar="CMD",
    expose_value=False,
    callback=_register,
    help="Call CMD with what is new as JSON on its stdin; only where there is something.",
)
