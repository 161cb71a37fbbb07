"""`anitrakt apply` and `anitrakt diff`: options in, the report on stdout, the exit code out."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anitrakt_plan.cli.files import FILE, load_valid
from anitrakt_plan.cli.state import State, command
from anitrakt_plan.commands.apply_options import ApplyOptions, StopName
from anitrakt_plan.errors import ExitCode

if TYPE_CHECKING:
    from anitrakt_plan.commands.apply_result import ApplyResult

_ONLY = click.option(
    "--only", metavar="KEY", multiple=True, help="Only this entry: key, glob, or part of a title."
)
_LIMIT = click.option(
    "--limit", type=click.IntRange(1), metavar="N", help="Only the first N entries with changes."
)
_CONFIRMED = click.option(
    "--confirmed-only", is_flag=True, help="Only what you have confirmed, nothing automatic."
)
_RESEND = click.option("--resend", is_flag=True, help="Also what was sent before and is gone from Trakt.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_DETAILED = click.option("--detailed-exitcode", is_flag=True, help="Exit with 8 where there were changes.")
_ACCOUNT = click.option(
    "--account", metavar="NAME", help="The Trakt account that is meant, if the plan names none."
)


@command(
    short_help="Send what is confirmed and not yet on Trakt.",
    epilog="Examples:\n\n  anitrakt apply plan.yaml\n\n  anitrakt apply -n --only 'attack on titan'\n\n"
    "  anitrakt apply --limit 1",
)
@FILE
@click.option("-n", "--dry-run", is_flag=True, help="Only show what would be sent.")
@_ONLY
@_LIMIT
@_CONFIRMED
@_RESEND
@click.option("-y", "--yes", is_flag=True, help="Answer questions with yes; passes no safety stop.")
@click.option(
    "--allow",
    type=click.Choice([name.value for name in StopName]),
    multiple=True,
    help="Pass this safety stop.",
)
@click.option("--force", is_flag=True, help="Pass every safety stop but the wrong account and the lock.")
@click.option(
    "--lock-timeout", type=click.FloatRange(0), default=0.0, metavar="SECONDS", help="Wait for another apply."
)
@_ACCOUNT
@_JSON
@_DETAILED
def apply(
    state: State,
    file: Path,
    dry_run: bool,
    only: tuple[str, ...],
    limit: int | None,
    confirmed_only: bool,
    resend: bool,
    yes: bool,
    allow: tuple[str, ...],
    force: bool,
    lock_timeout: float,
    account: str | None,
    as_json: bool,
    detailed_exitcode: bool,
) -> int:
    """Check FILE (plan.yaml), read Trakt, and send what is confirmed there and not yet on Trakt.

    It may do less than the file says, never more. Applying again sends nothing; after an interruption it goes on.
    """
    options = ApplyOptions(
        dry_run=dry_run,
        only=only,
        limit=limit,
        confirmed_only=confirmed_only,
        yes=yes,
        allow=frozenset(allow),
        force=force,
        resend=resend,
        account=account,
        lock_timeout=lock_timeout,
    )
    return _run(state, file, options, as_json=as_json, detailed=detailed_exitcode)


@command(
    short_help="Show what apply would send.",
    epilog="Examples:\n\n  anitrakt diff plan.yaml\n\n  anitrakt diff --json --detailed-exitcode",
)
@FILE
@_ONLY
@_LIMIT
@_CONFIRMED
@_RESEND
@_ACCOUNT
@_JSON
@_DETAILED
def diff(
    state: State,
    file: Path,
    only: tuple[str, ...],
    limit: int | None,
    confirmed_only: bool,
    resend: bool,
    account: str | None,
    as_json: bool,
    detailed_exitcode: bool,
) -> int:
    """Show what `apply` would send for FILE (plan.yaml); sends nothing."""
    options = ApplyOptions(
        dry_run=True,
        only=only,
        limit=limit,
        confirmed_only=confirmed_only,
        resend=resend,
        account=account,
    )
    return _run(state, file, options, as_json=as_json, detailed=detailed_exitcode)


def _run(state: State, file: Path, options: ApplyOptions, *, as_json: bool, detailed: bool) -> int:
    from anitrakt_plan.cli.asking import stop_on_interrupt, terminal_ask, yes_ask
    from anitrakt_plan.commands.apply import apply as apply_plan
    from anitrakt_plan.commands.services import Services

    plan = load_valid(state, file)
    services = Services(state.settings)
    state.on_close(services.close)
    ask = yes_ask if options.yes else terminal_ask(allowed=not as_json)
    with stop_on_interrupt(state) as stop:
        result = apply_plan(plan, services.ports(plan, state, stop=stop, ask=ask), options)
    _print(state, result, as_json=as_json)
    if result.exit_code is ExitCode.DONE and detailed and result.changes:
        return int(ExitCode.CHANGES)
    return int(result.exit_code)


def _print(state: State, result: ApplyResult, *, as_json: bool) -> None:
    from anitrakt_plan.commands.apply_result import report

    if as_json:
        state.data(json.dumps(result.as_json(), ensure_ascii=False, indent=2) + "\n")
        return
    color = state.use_color(sys.stdout)
    styles = {"  +": "green", "  ~": "yellow", "  !": "red"}
    for line in report(result, quiet=state.quiet):
        style = styles.get(line[:3])
        state.data((click.style(line, fg=style) if color and style else line) + "\n")
