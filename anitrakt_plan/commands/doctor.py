"""`doctor`: everything that anitrakt stands on, looked at in order, so that the first wrong thing is the cause."""

from __future__ import annotations

import os
import stat
import tempfile
import zoneinfo
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from anitrakt_plan.commands.export import exports_path, read_exports
from anitrakt_plan.commands.services import KNOWN_SERVICES
from anitrakt_plan.commands.status import read_log
from anitrakt_plan.errors import AnitraktError, ExitCode
from anitrakt_plan.http import ReadClient, RetryPolicy
from anitrakt_plan.idmaps import ID_MAPS, load_idmaps
from anitrakt_plan.planfile import read_plan
from anitrakt_plan.settings import Folders, Settings
from anitrakt_plan.sources import SOURCES, Source
from anitrakt_plan.trakt.auth import TokenFile
from anitrakt_plan.trakt.client import Trakt, TraktCheck
from anitrakt_plan.words import counted


class Health(StrEnum):
    """What a check came to; `note` is worth knowing and no fault."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"
    UNKNOWN = "not checked"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what was looked at, what is the matter, where, how to mend it, and the exit code that it means."""

    name: str
    health: Health
    what: str
    where: str | None = None
    todo: str | None = None
    code: ExitCode = ExitCode.DONE


@dataclass(frozen=True, slots=True)
class Patient:
    """What there is to look at. `settings` is the error where they can't be read. `file` None: no plan is here."""

    settings: Settings | AnitraktError
    file: Path | None
    clock: Callable[[], datetime]


def examine(patient: Patient) -> Iterator[Check]:
    """Every check in order, each as soon as it is done. Nothing is raised: what goes wrong is a finding."""
    if isinstance(patient.settings, AnitraktError):
        yield _wrong("settings", patient.settings)
        yield Check("everything else", Health.UNKNOWN, "it depends on the settings")
        return
    settings = patient.settings
    yield Check("settings", Health.OK, _settings_found(settings))
    yield _of("folders", check_folders(settings.folders), "they can be written to")
    yield _of("token file", check_token_file(settings.folders.tokens), _token_file_words(settings))
    with Trakt(settings, clock=patient.clock, retry_policy=_PATIENCE) as client:
        trakt = client.check()
    yield _key(settings, trakt)
    yield _sign_in(trakt)
    yield _clock(trakt, patient.clock)
    yield _zone(trakt)
    yield _trakt(trakt)
    for source in SOURCES:
        yield look_at_source(settings, source)
    yield _of("id maps", *look_at_id_maps(settings, patient.clock()))
    yield _of(
        "journal", check_journal(settings.folders.journal), f"it can be read: {settings.folders.journal}"
    )
    yield _plan(patient.file)


def first_wrong(checks: tuple[Check, ...]) -> Check | None:
    """The first thing that is wrong: most probably the cause of what comes after it."""
    return next((check for check in checks if check.health is Health.WRONG), None)


def _wrong(name: str, trouble: AnitraktError | Trouble) -> Check:
    code = trouble.exit_code
    return Check(name, Health.WRONG, trouble.what, trouble.where, trouble.todo, ExitCode(code))


def _of(name: str, trouble: AnitraktError | Trouble | None, fine: str) -> Check:
    return Check(name, Health.OK, fine) if trouble is None else _wrong(name, trouble)


def _settings_found(settings: Settings) -> str:
    mine = settings.folders.config / "anitrakt.toml"
    found = [str(path) for path in (Path("anitrakt.toml"), mine) if path.exists()]
    return (
        f"from the environment and {', '.join(found)}"
        if found
        else "from the environment; there is no anitrakt.toml"
    )


def _token_file_words(settings: Settings) -> str:
    file = settings.folders.tokens
    return f"only you can read it: {file}" if file.exists() else "there is none yet"


def _key(settings: Settings, trakt: TraktCheck) -> Check:
    name = "Trakt client id"
    if trakt.key is not None:
        return _wrong(name, trakt.key)
    if trakt.service is not None:
        return Check(name, Health.UNKNOWN, "Trakt gave no answer to tell by")
    secret = (
        "" if settings.trakt_client_secret else "; no client secret is set, which Trakt may ask for at login"
    )
    return Check(name, Health.OK, f"Trakt knows it{secret}")


def _sign_in(trakt: TraktCheck) -> Check:
    name = "Trakt sign-in"
    if trakt.sign_in is not None:
        return _wrong(name, trakt.sign_in)
    if trakt.user is None:
        return Check(name, Health.UNKNOWN, "Trakt gave no answer to tell by")
    return Check(name, Health.OK, f"signed in as {trakt.user}")


def _clock(trakt: TraktCheck, clock: Callable[[], datetime]) -> Check:
    if trakt.date is None:
        return Check("clock", Health.UNKNOWN, "no service said what time it is")
    return _of("clock", wrong_clock(trakt.date, clock()), "it agrees with Trakt's")


def _zone(trakt: TraktCheck) -> Check:
    if trakt.time_zone is None:
        return Check("time zone", Health.UNKNOWN, "only a sign-in tells your Trakt account's")
    return _of("time zone", unknown_zone(trakt.time_zone), f"{trakt.time_zone}, as in your Trakt account")


def _trakt(trakt: TraktCheck) -> Check:
    if trakt.service is not None:
        return _wrong("Trakt", trakt.service)
    return Check(
        "Trakt", Health.OK if trakt.date else Health.UNKNOWN, "it answers" if trakt.date else "not asked"
    )


def _plan(file: Path | None) -> Check:
    if file is None:
        return Check("plan file", Health.UNKNOWN, "there is no plan.yaml here; name one to check it")
    trouble, fine = check_plan(file)
    return _of("plan file", trouble, fine)


# --- what `doctor` looks at on this machine ---


_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Place:
    """A folder or file of anitrakt's: what it is called, where it is, what it holds, and its size in bytes."""

    name: str
    path: Path
    holds: str
    bytes: int | None
    """None where it does not exist yet."""


def places(folders: Folders) -> tuple[Place, ...]:
    """Every folder and what it holds, for `doctor --paths`."""
    named = (
        ("config", folders.config, "your anitrakt.toml and the sign-ins (tokens.json, for you alone)"),
        ("cache", folders.cache, "id maps, searches, season lists; may be deleted at any time"),
        ("state", folders.state, "what the last plans knew: texts, evidence, the last data download"),
        ("journal", folders.journal, "what was sent to Trakt, so that nothing goes twice; back it up"),
    )
    return tuple(Place(name, path, holds, _size(path)) for name, path, holds in named)


def _size(path: Path) -> int | None:
    if not path.exists():
        return None
    try:
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    except OSError:
        return 0


def check_folders(folders: Folders) -> Trouble | None:
    """Whether every folder is there and can be written to, or could be made."""
    for folder in dict.fromkeys((folders.config, folders.cache, folders.state, folders.journal)):
        reason = _why_unwritable(folder)
        if reason:
            return Trouble(
                f"anitrakt can't write to a folder it needs: {reason}",
                str(folder),
                "Make it yours (its owner and permissions), make room on the disk, or set ANITRAKT_HOME to another.",
            )
    return None


def _why_unwritable(folder: Path) -> str | None:
    """Tried, not asked: permissions alone do not tell of full or read-only disks."""
    existing = folder
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir():
        return f"{existing} is a file"
    try:
        with tempfile.TemporaryFile(dir=existing) as file:
            file.write(b"anitrakt")
    except OSError as error:
        return error.strerror or str(error)
    return None


def check_token_file(path: Path) -> AnitraktError | Trouble | None:
    """Whether the sign-ins can be read, and by nobody else."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return None
    except OSError as error:
        return Trouble(f"the sign-ins can't be read: {error.strerror}", str(path), "Make the file yours.")
    try:
        TokenFile(path).load("trakt")
    except AnitraktError as error:
        return error
    if os.name == "posix" and mode & _OTHERS:
        return Trouble(
            f"other users of this machine could read your sign-ins (mode {mode:03o}); they can't any more",
            str(path),
            "If you do not trust them: `anitrakt logout`, then `anitrakt login`.",
            ExitCode.NOT_SIGNED_IN,
        )
    return None


def check_journal(folder: Path) -> AnitraktError | None:
    """Whether every journal, and the record of exports, can be read."""
    try:
        read_log(folder)
        read_exports(exports_path(folder), None)
    except AnitraktError as error:
        return error
    return None


def check_plan(file: Path) -> tuple[AnitraktError | Trouble | None, str]:
    """Whether a plan is valid, and what to say of it if so."""
    try:
        loaded = read_plan(file, services=KNOWN_SERVICES)
    except AnitraktError as error:
        return error, ""
    mistakes = [mistake for mistake in loaded.diagnostics if mistake.severity == "error"]
    if mistakes or loaded.plan is None:
        return _plan_trouble(file, [str(mistake.render()) for mistake in mistakes]), ""
    return None, f"{file} is valid ({counted(len(loaded.plan.entries), 'entry')})"


def _plan_trouble(file: Path, rendered: Iterable[str]) -> Trouble:
    found = list(rendered)
    first = found[0].splitlines()[0] if found else "it holds no plan"
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return Trouble(
        f"{first}{more}", str(file), f"`anitrakt validate {file}` shows them all.", ExitCode.PLAN_INVALID
    )


# --- what `doctor` asks the services ---


MOST_OFF = timedelta(minutes=5)
"""More than this, and finish dates, the age of reads and the end of sign-ins are taken for others."""

_PATIENCE = RetryPolicy(tries=1, backoff=1, longest_wait=2)
"""A person is waiting: one more try tells a hiccup from a fault."""


def wrong_clock(theirs: datetime, ours: datetime) -> Trouble | None:
    """Whether this machine's clock is more than five minutes off (both UTC)."""
    off = ours - theirs
    if abs(off) <= MOST_OFF:
        return None
    minutes = round(abs(off).total_seconds() / 60)
    how_much = f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"
    return Trouble(
        f"this machine's clock is {how_much} {'fast' if off > timedelta(0) else 'slow'}",
        f"here {ours:%Y-%m-%d %H:%M} UTC, Trakt {theirs:%Y-%m-%d %H:%M} UTC",
        "Set it, or switch on setting it by the network. Plays dated by a wrong clock can't be told from right ones.",
    )


def unknown_zone(name: str) -> Trouble | None:
    """Whether this machine knows a time zone."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return Trouble(
            f"this machine does not know your Trakt account's time zone, {name}: finish dates are taken at noon UTC",
            None,
            "Install the zones (`python -m pip install tzdata`), or choose another zone in Trakt's settings.",
        )
    return None


def look_at_source(settings: Settings, source: Source) -> Check:
    """Whether a list service answers, and takes the keys that are set."""
    if source.name not in settings.endpoints:
        return Check(source.title, Health.UNKNOWN, "the sandbox has no practice version of it")
    endpoint = settings.endpoints[source.name]
    with closing(source.client(endpoint, retry_policy=_PATIENCE)) as client:
        try:
            found = source.check(client, endpoint)
        except AnitraktError as error:
            return _wrong(source.title, error)
    return Check(source.title, Health.NOTE if found.lacks_key else Health.OK, found.what)


def look_at_id_maps(settings: Settings, now: datetime) -> tuple[Trouble | None, str]:
    """Whether the id maps can be had, from their addresses or from the cache, and how old each is; `now` is UTC."""

    def open_reader(title: str, address: str) -> ReadClient:
        return ReadClient(
            title,
            address,
            cache_file=settings.folders.http_cache,
            follow_redirects=True,
            retry_policy=_PATIENCE,
        )

    loaded = load_idmaps(open_reader, folder=settings.idmap_url)
    ages = "; ".join(f"{age.title}: {age.words(now)}" for age in loaded.ages)
    if len(loaded.maps.maps) == len(ID_MAPS):
        return None, ages
    return Trouble(
        "; ".join(loaded.notes) or "an id map is missing",
        settings.idmap_url,
        "Look at your connection (github.com, raw.githubusercontent.com and unpkg.com) and at ANITRAKT_IDMAP_URL. "
        "Plans can be made without the maps, but leave more to review.",
    ), ages


# --- A finding of `doctor` that no other command would raise as an error ---


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, where, how to mend it, and the exit code that it means."""

    what: str
    where: str | None
    todo: str
    exit_code: ExitCode = ExitCode.FAILED
