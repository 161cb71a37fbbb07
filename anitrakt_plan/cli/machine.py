"""Bare `anitrakt`, and `anitrakt match`, `config`, `schedule`: where one stands, one id, the settings, every day."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from anitrakt_plan.cli.context import DEFAULT_FILE, State, command
from anitrakt_plan.cli.files import (
    is_of_other_world,
    is_ours,
    is_repair_file,
    load_file,
    load_valid,
    mistakes_counted,
)
from anitrakt_plan.cli.options import FILE, JSON
from anitrakt_plan.commands.match import find, match_json, match_lines
from anitrakt_plan.commands.overview import overview_lines, standing_of
from anitrakt_plan.commands.schedule import Job, Scheduler, schedule_of, schedule_text
from anitrakt_plan.errors import BadUsage, Failed
from anitrakt_plan.model import EntryKey
from anitrakt_plan.settings import SettingLine, Way, setting_lines, way_of


def overview(state: State) -> bool:
    """Bare `anitrakt`: where the person stands with the plan beside them, and the next command; False without one."""
    file = _plan_beside()
    if file is None:
        return False
    state.file = file
    loaded = load_file(file)
    if loaded.plan is None:
        state.lines(
            [
                f"{file} has {mistakes_counted(loaded)}, so nothing of it can be sent.",
                "Next: `anitrakt validate FILE` names them, each with its place.",
            ]
        )
        return True
    if is_of_other_world(state, loaded.plan) and not state.sandbox:
        state.practise()
    services = state.services()
    standing = standing_of(
        loaded.plan,
        loaded.raw,
        state.settings.folders,
        way=services.way,
        signed_in=services.trakt.signed_in,
        file=file,
    )
    head, *rest = overview_lines(standing)
    state.lines([f"{file}: {head}", *rest, "`anitrakt -h` lists every command."])
    return True


def _plan_beside() -> Path | None:
    if DEFAULT_FILE.is_file():
        return DEFAULT_FILE
    files = filter(Path.is_file, Path().glob("*.y*ml"))
    found = [file for file in files if is_ours(file) and not is_repair_file(file)]
    return found[0] if len(found) == 1 else None


# --- `anitrakt match` ---


@command(
    short_help="Say where one id is on Trakt and TMDB, and how sure.",
    epilog="Examples:\n\n  anitrakt match --mal 38524\n\n  anitrakt match --anilist 104578 --json\n\n"
    "  anitrakt match anilist:104578",
)
@click.argument("keys", metavar="[KEY]", nargs=-1)
@click.option("--mal", metavar="ID", type=click.IntRange(1), help="The number of an anime on MyAnimeList.")
@click.option("--anilist", metavar="ID", type=click.IntRange(1), help="Its number on AniList.")
@JSON
def match(state: State, keys: tuple[str, ...], mal: int | None, anilist: int | None, as_json: bool) -> None:
    """Say where one anime is on Trakt and TMDB, how sure that is, and why. KEY is its key in a plan.

    It takes no list and no account. With a Trakt application or a TMDB token it looks at the season lists of today,
    else at the id maps alone.
    """
    given = [EntryKey(name, number) for name, number in (("mal", mal), ("anilist", anilist)) if number]
    given += map(_numbered_key, keys)
    if len(given) != 1:
        raise BadUsage(
            "match takes one id", todo="Give --mal ID or --anilist ID: the number in the page's address."
        )
    found = find(given[0], state.services(), state, datetime.now(UTC))
    if as_json:
        state.json(match_json(found))
    else:
        state.lines(match_lines(found), {"A plan would take": "green", "A plan would ask": "yellow"})


def _numbered_key(text: str) -> EntryKey:
    from anitrakt_plan.commands.services import KNOWN_SERVICES

    with suppress(ValueError):
        if (key := EntryKey.parse(text)).service in KNOWN_SERVICES:
            return key
    raise BadUsage(
        f"match has to know whose number `{text}` is",
        todo=f"`anitrakt match --mal {text}`, or `anitrakt match --anilist {text}`."
        if text.isdecimal()
        else "Give --mal ID or --anilist ID: the number in the page's address.",
    )


# --- `anitrakt config` ---


@command(
    short_help="Show each setting, its value, and where it came from.",
    epilog="Examples:\n\n  anitrakt config\n\n  anitrakt config --json",
)
@JSON
def config(state: State, as_json: bool) -> None:
    """Show each setting, its value and where it came from: the environment, a file, or the default.

    Of keys and tokens it says only that they are set. Sign-ins are no settings: `anitrakt whoami` knows them.
    """
    found = [_with_flag(state, line) for line in setting_lines(os.environ, Path.cwd())]
    if as_json:
        state.json({"format": "anitrakt-config/1", "settings": [_setting_json(line) for line in found]})
        return
    width = max(len(line.name) for line in found)
    values = max(len(line.value or "-") for line in found)
    state.lines(f"{line.name:<{width}}  {line.value or '-':<{values}}  {line.origin}" for line in found)
    if state.sandbox or state.settings.sandbox:
        state.info(
            "With --sandbox none of these addresses, keys and paces counts: the practice services' do."
        )


def _with_flag(state: State, line: SettingLine) -> SettingLine:
    is_by_flag = line.name == "ANITRAKT_SANDBOX" and line.origin == "default" and state.sandbox
    return replace(line, value="1", origin="--sandbox") if is_by_flag else line


def _setting_json(line: SettingLine) -> dict[str, object]:
    return {
        "name": line.name,
        "value": None if line.is_secret else line.value,
        "secret": line.is_secret,
        "set": line.is_set,
        "origin": line.origin,
    }


# --- `anitrakt schedule` ---


_XDG = ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")
"""Where the folders may lie: a scheduler's environment does not say so."""


@command(
    short_help="Print a unit that plans again and applies every day.",
    epilog="Examples:\n\n  anitrakt schedule plan.yaml\n\n"
    "  (crontab -l; anitrakt schedule --cron plan.yaml) | crontab -\n\n"
    "  anitrakt schedule --systemd -o ~/.config/systemd/user plan.yaml",
)
@FILE
@click.option("--cron", "scheduler", flag_value="cron", help="A line for crontab.")
@click.option("--systemd", "scheduler", flag_value="systemd", help="A service and a timer of your own.")
@click.option("--launchd", "scheduler", flag_value="launchd", help="An agent for macOS.")
@click.option("--windows", "scheduler", flag_value="windows", help="A script for PowerShell.")
@click.option(
    "-o",
    "--output",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the files into FOLDER, which is made where it is not there.",
)
@click.option("--notify", metavar="CMD", help="Have both commands call CMD where there is something to tell.")
def schedule(
    state: State, file: Path, scheduler: str | None, output: Path | None, notify: str | None
) -> None:
    """Print a unit with which this machine plans FILE (plan.yaml) again and applies it every day.

    Without an option it is one for this system. It has absolute paths and needs no shell's settings. What waits for
    you is said when it is new, and once a month.
    """
    state.file = file
    plan = load_valid(state, file)
    job = Job(
        _program(),
        file.absolute(),
        way_of(state.settings),
        _variables(state),
        sandbox=state.sandbox,
        notify=notify,
    )
    try:
        made = schedule_of(job, Scheduler(scheduler) if scheduler else _of_this_system())
    except ValueError as error:
        raise BadUsage(str(error)) from None
    if output is None:
        state.data(schedule_text(made))
    else:
        for unit in made.files:
            target = output / Path(unit.place).name
            _write_unit(target, unit.text)
            state.info(f"Wrote {target}.")
    for label, lines in (("Start it", made.starts), ("Try it", made.tries)):
        for line in lines:
            state.info(f"{label}:  {line}")
    if job.way is Way.FILES:
        state.info(
            "Without a Trakt application nobody but you can send: it only plans again, and says what is new. "
            f"`anitrakt export-trakt {shlex.quote(str(file))}` then writes what to upload."
        )
    if plan.source.file is not None:
        state.info(
            f"The list is a file, {plan.source.file}, which does not renew itself: put each new export in its place."
        )


def _write_unit(target: Path, text: str) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise Failed(f"the unit can't be written: {error.strerror or error}", where=str(target)) from None


def _program() -> tuple[str, ...]:
    """The command with an absolute path, as a scheduler needs it."""
    called = Path(sys.argv[0])
    if called.name in ("anitrakt", "anitrakt.exe") and called.exists():
        return (str(called.absolute()),)
    found = shutil.which("anitrakt")
    return (str(Path(found).absolute()),) if found else (sys.executable, "-m", "anitrakt_plan")


def _of_this_system() -> Scheduler:
    if sys.platform == "darwin":
        return Scheduler.LAUNCHD
    if os.name == "nt":
        return Scheduler.WINDOWS
    return Scheduler.SYSTEMD if shutil.which("systemctl") else Scheduler.CRON


def _variables(state: State) -> dict[str, str]:
    """What the environment says now and a scheduler's will not; secrets are named, and left out."""
    given = [line for line in setting_lines(os.environ, Path.cwd()) if line.origin == "environment"]
    for line in given:
        if line.is_secret:
            key = line.name.removeprefix("ANITRAKT_").lower()
            state.warn(
                f"{line.name} is set in your environment, where no scheduler sees it, and a key has no place in a "
                f'unit: write `{key} = "…"` into {state.settings.folders.own_settings}.'
            )
    plain = {line.name: line.value or "" for line in given if not line.is_secret}
    return {**{name: os.environ[name] for name in _XDG if os.environ.get(name)}, **plain}
