"""`schedule`: a unit for the machine's own scheduler that plans again and applies every day, and how to try it."""

from __future__ import annotations

import plistlib
import shlex
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from subprocess import list2cmdline
from typing import assert_never

from anitrakt_plan.settings import Way

NAME = "anitrakt"
"""What the unit is called."""

HOUR = 6

LOCK_SECONDS = 600
"""So long a scheduled apply waits for one that a person has begun."""


class Scheduler(StrEnum):
    """Who runs it."""

    CRON = "cron"
    SYSTEMD = "systemd"
    LAUNCHD = "launchd"
    WINDOWS = "windows"


@dataclass(frozen=True, slots=True)
class Job:
    """What is run: `program` is the command with an absolute path, `variables` what it needs of the environment."""

    program: tuple[str, ...]
    plan: Path
    way: Way
    variables: Mapping[str, str] = field(default_factory=dict)
    sandbox: bool = False
    notify: str | None = None

    @property
    def minute(self) -> int:
        """The minute of the hour: another one for each plan, so that not everybody asks the services at once."""
        return zlib.crc32(str(self.plan).encode("utf-8", "surrogateescape")) % 60

    @property
    def commands(self) -> tuple[tuple[str, ...], ...]:
        """The commands in their order; without an application nobody but the person can send."""
        begin = (*self.program, *(("--sandbox",) if self.sandbox else ()), "-q")
        told = ("--notify", self.notify) if self.notify is not None else ()
        plan = (*begin, "plan", *told, "--update", str(self.plan))
        apply = (*begin, "apply", *told, "--lock-timeout", str(LOCK_SECONDS), str(self.plan))
        match self.way:
            case Way.API:
                return plan, apply
            case Way.FILES:
                return (plan,)
            case _:
                assert_never(self.way)


@dataclass(frozen=True, slots=True)
class UnitFile:
    """A file to put somewhere: where people put it, and its text."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """The unit's files, what starts it for good, and what tries it once, as lines to type."""

    files: tuple[UnitFile, ...]
    starts: tuple[str, ...]
    tries: tuple[str, ...]


def schedule_of(job: Job, scheduler: Scheduler) -> Schedule:
    """The unit for a scheduler. Raises ValueError where a path or a value can't stand in one."""
    texts = (*job.program, str(job.plan), *job.variables.values(), job.notify or "")
    if any(sign in text for text in texts for sign in "\n\r\0"):
        raise ValueError("a path or a value with a line break in it can't stand in a unit")
    match scheduler:
        case Scheduler.CRON:
            return _cron(job)
        case Scheduler.SYSTEMD:
            return _systemd(job)
        case Scheduler.LAUNCHD:
            return _launchd(job)
        case Scheduler.WINDOWS:
            return _windows(job)
        case _:
            assert_never(scheduler)


def _shell_line(job: Job) -> str:
    """One line for a shell; the second command only where the first went well."""
    begin = [f"{name}={shlex.quote(value)}" for name, value in job.variables.items()]
    exported = f"export {' '.join(begin)}; " if begin else ""
    return exported + " && ".join(shlex.join(command) for command in job.commands)


def _cron(job: Job) -> Schedule:
    line = _shell_line(job)
    entry = line.replace("%", "\\%")  # cron would make a new line of it
    return Schedule(
        (UnitFile("your crontab", f"{job.minute} {HOUR} * * *  {entry}\n"),),
        ("crontab -e",),
        (f'env -i HOME="$HOME" PATH=/usr/bin:/bin /bin/sh -c {shlex.quote(line)}',),
    )


_SYSTEMD_FOLDER = "~/.config/systemd/user"


def _systemd(job: Job) -> Schedule:
    environment = [f"Environment={_systemd_word(f'{name}={value}')}" for name, value in job.variables.items()]
    commands = [f"ExecStart={' '.join(map(_systemd_word, command))}" for command in job.commands]
    service = [
        "[Unit]",
        "Description=anitrakt: bring what is new in the anime list to Trakt",
        "",
        "[Service]",
        "Type=oneshot",
        *environment,
        *commands,
    ]
    timer = [
        "[Unit]",
        "Description=anitrakt every day",
        "",
        "[Timer]",
        f"OnCalendar=*-*-* {HOUR:02}:{job.minute:02}:00",
        "Persistent=true",
        "",
        "[Install]",
        "WantedBy=timers.target",
    ]
    return Schedule(
        (
            UnitFile(f"{_SYSTEMD_FOLDER}/{NAME}.service", "".join(f"{line}\n" for line in service)),
            UnitFile(f"{_SYSTEMD_FOLDER}/{NAME}.timer", "".join(f"{line}\n" for line in timer)),
        ),
        (
            "systemctl --user daemon-reload",
            f"systemctl --user enable --now {NAME}.timer",
            "loginctl enable-linger   # also while you are not logged in",
        ),
        (f"systemctl --user start {NAME}.service; journalctl --user -u {NAME}.service -n 20",),
    )


def _systemd_word(text: str) -> str:
    """A word that systemd takes as it is: it knows escapes, specifiers and variables."""
    for sign, written in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%"), ("$", "$$")):
        text = text.replace(sign, written)
    return f'"{text}"'


def _launchd(job: Job) -> Schedule:
    label = f"io.github.{NAME}"
    place = f"~/Library/LaunchAgents/{label}.plist"
    unit = {
        "Label": label,
        "ProgramArguments": ["/bin/sh", "-c", _shell_line(job)],
        "StartCalendarInterval": {"Hour": HOUR, "Minute": job.minute},
        "StandardOutPath": f"/tmp/{NAME}.log",  # noqa: S108  (launchd opens it for the person whose agent it is)
        "StandardErrorPath": f"/tmp/{NAME}.log",  # noqa: S108
    }
    return Schedule(
        (UnitFile(place, plistlib.dumps(unit).decode()),),
        (f"launchctl bootstrap gui/$(id -u) {place}",),
        (f"launchctl kickstart -k gui/$(id -u)/{label}; sleep 20; cat /tmp/{NAME}.log",),
    )


def _windows(job: Job) -> Schedule:
    """A script for PowerShell: a task's own command line knows neither two commands nor variables."""
    variables = [
        f"[Environment]::SetEnvironmentVariable({_powershell(name)}, {_powershell(value)}, 'User')"
        for name, value in job.variables.items()
    ]
    actions = [
        f"$actions += New-ScheduledTaskAction -Execute {_powershell(command[0])} "
        f"-Argument {_powershell(list2cmdline(command[1:]))}"
        for command in job.commands
    ]
    lines = [
        *variables,
        "$actions = @()",
        *actions,
        f"$daily = New-ScheduledTaskTrigger -Daily -At '{HOUR:02}:{job.minute:02}'",
        "$later = New-ScheduledTaskSettingsSet -StartWhenAvailable",
        f"Register-ScheduledTask -TaskName '{NAME}' -Action $actions -Trigger $daily -Settings $later",
    ]
    return Schedule(
        (UnitFile(f"{NAME}-schedule.ps1", "".join(f"{line}\n" for line in lines)),),
        (f"powershell -ExecutionPolicy Bypass -File {NAME}-schedule.ps1",),
        (f"powershell Start-ScheduledTask -TaskName {NAME}",),
    )


def _powershell(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def schedule_text(schedule: Schedule) -> str:
    """What goes to stdout: the files one after another, each below the name of its place."""
    if len(schedule.files) == 1:
        return schedule.files[0].text
    return "\n".join(f"# {file.place}\n{file.text}" for file in schedule.files)
