"""`anitrakt doctor`: what is wrong, in order, and how to mend it; and where everything is kept."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anitrakt_plan.cli.files import DEFAULT_FILE
from anitrakt_plan.cli.state import State, command
from anitrakt_plan.errors import AnitraktError, ExitCode

if TYPE_CHECKING:
    from anitrakt_plan.commands.doctor import Check
    from anitrakt_plan.settings import Settings

_COLOURS = {"ok": "green", "note": "cyan", "wrong": "red", "not checked": "bright_black"}
_WIDTH = len("not checked")


@command(
    short_help="Say what is wrong with keys, sign-in, clock, services, files.",
    epilog="Examples:\n\n  anitrakt doctor\n\n  anitrakt doctor --paths",
)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--paths", is_flag=True, help="Only print every folder and what it holds.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(state: State, file: Path | None, paths: bool, as_json: bool) -> int:
    """Look at settings, folders, keys, sign-in, clock, time zone, services, journal and FILE (plan.yaml), in order.

    Changes nothing at any service. The first thing that is wrong is mostly the cause of what follows; the exit code
    is its.
    """
    from anitrakt_plan.commands.doctor import Patient, examine, first_wrong

    if paths:
        return _paths(state, as_json=as_json)
    chosen = file or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)
    checks = []
    for check in examine(Patient(_settings(state), chosen, lambda: datetime.now(UTC))):
        checks.append(check)
        if not as_json:
            _print(state, check)
    wrong = first_wrong(tuple(checks))
    if as_json:
        document = {"format": "anitrakt-doctor/1", "checks": [_json(check) for check in checks]}
        state.data(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    else:
        state.say(f"\nMend this first: {wrong.name}." if wrong else "\nAll is well.")
    return int(wrong.code if wrong else ExitCode.DONE)


def _settings(state: State) -> Settings | AnitraktError:
    try:
        return state.settings
    except AnitraktError as error:
        return error


def _print(state: State, check: Check) -> None:
    word = f"{check.health.value:<{_WIDTH}}"
    coloured = state.use_color(sys.stdout)
    head = click.style(word, fg=_COLOURS[check.health.value]) if coloured else word
    lines = [f"{head}  {check.name}: {check.what}"]
    where = f"in {check.where}" if check.where else None
    lines += [f"{'':{_WIDTH}}  {line}" for line in (where, check.todo) if line]
    state.data("".join(f"{line}\n" for line in lines))


def _json(check: Check) -> dict[str, object]:
    return {
        "name": check.name,
        "health": check.health.value,
        "what": check.what,
        "where": check.where,
        "todo": check.todo,
        "code": int(check.code),
    }


def _paths(state: State, *, as_json: bool) -> int:
    from anitrakt_plan.commands.doctor_files import places

    found = places(state.settings.folders)
    if as_json:
        rows = [{"name": p.name, "path": str(p.path), "holds": p.holds, "bytes": p.bytes} for p in found]
        state.data(
            json.dumps({"format": "anitrakt-paths/1", "paths": rows}, ensure_ascii=False, indent=2) + "\n"
        )
        return int(ExitCode.DONE)
    for place in found:
        size = "not there yet" if place.bytes is None else _size(place.bytes)
        state.data(f"{place.name:<8} {place.path}  ({size})\n         {place.holds}\n")
    return int(ExitCode.DONE)


def _size(count: int) -> str:
    return (
        f"{count / 2**20:.1f} MB"
        if count >= 2**20
        else f"{max(1, round(count / 1024))} kB"
        if count
        else "empty"
    )
