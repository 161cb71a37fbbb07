"""`doctor`: everything that anitrakt stands on, looked at in order, so that the first wrong thing is the cause."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property, partial
from pathlib import Path

from anitrakt_plan.commands.accounts import tmdb_token
from anitrakt_plan.commands.services import KNOWN_SERVICES, open_id_map
from anitrakt_plan.commands.status import read_log
from anitrakt_plan.errors import AnitraktError, ExitCode, Failed, NotSignedIn, PlanInvalid
from anitrakt_plan.http import RetryPolicy
from anitrakt_plan.http.tokens import TokenFile
from anitrakt_plan.idmaps import ID_MAPS, load_idmaps
from anitrakt_plan.model.dates import known_zone
from anitrakt_plan.planfile import read_plan
from anitrakt_plan.settings import Folders, Settings
from anitrakt_plan.sources import SOURCES, Source
from anitrakt_plan.tmdb.client import Tmdb
from anitrakt_plan.trakt.client import Trakt, TraktCheck
from anitrakt_plan.words import how_long, pluralize


class Health(StrEnum):
    """What a check came to; `note` is worth knowing and no fault."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"
    UNKNOWN = "not checked"


Finding = tuple[Health, str]
"""What a check saw, in words."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a check came to: what is the matter, where, how to mend it, and the exit code that it means."""

    name: str
    health: Health
    what: str
    where: str | None = None
    todo: str | None = None
    code: ExitCode = ExitCode.DONE

    @classmethod
    def wrong(cls, name: str, error: AnitraktError) -> Diagnosis:
        """What an error says."""
        return cls(name, Health.WRONG, error.what, error.where, error.todo, error.exit_code)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked at; `run` raises what is wrong with it."""

    name: str
    run: Callable[[], Finding]

    def diagnose(self) -> Diagnosis:
        """Look at it. Nothing is raised: what goes wrong is a diagnosis."""
        try:
            return Diagnosis(self.name, *self.run())
        except AnitraktError as error:
            return Diagnosis.wrong(self.name, error)


@dataclass(frozen=True, slots=True)
class Patient:
    """What there is to look at. `settings` is the error where they can't be read. `file` None: no plan is here."""

    settings: Settings | AnitraktError
    file: Path | None
    clock: Callable[[], datetime]


def examine(patient: Patient) -> Iterator[Diagnosis]:
    """Every check's diagnosis in order, each as soon as it is done."""
    if isinstance(patient.settings, AnitraktError):
        yield Diagnosis.wrong("settings", patient.settings)
        yield Diagnosis("everything else", Health.UNKNOWN, "it depends on the settings")
        return
    for check in checks_of(patient.settings, patient.file, patient.clock):
        yield check.diagnose()


def checks_of(settings: Settings, file: Path | None, clock: Callable[[], datetime]) -> tuple[Check, ...]:
    """Everything to look at: what others stand on comes first."""
    folders, trakt = settings.folders, TraktChecks(settings, clock)
    return (
        Check("settings", partial(check_settings, folders)),
        Check("folders", partial(check_folders, folders)),
        Check("token file", partial(check_token_file, folders.tokens)),
        Check("Trakt client id", trakt.client_id),
        Check("Trakt sign-in", trakt.sign_in),
        Check("clock", trakt.clock),
        Check("time zone", trakt.time_zone),
        Check("Trakt", trakt.service),
        Check("TMDB", partial(check_tmdb, settings)),
        *(Check(source.title, partial(check_source, settings, source)) for source in SOURCES),
        Check("id maps", partial(check_id_maps, settings, clock)),
        Check("journal", partial(check_journal, folders.journal)),
        Check("plan file", partial(check_plan, file)),
    )


def first_wrong(found: tuple[Diagnosis, ...]) -> Diagnosis | None:
    """The first thing that is wrong: most probably the cause of what comes after it."""
    return next((one for one in found if one.health is Health.WRONG), None)


# --- this machine ---


@dataclass(frozen=True, slots=True)
class FolderInfo:
    """A folder of anitrakt's: its name, where it is, what it holds, and its size in bytes; None where there is none."""

    name: str
    path: Path
    holds: str
    bytes: int | None


def folder_infos(folders: Folders) -> tuple[FolderInfo, ...]:
    """Every folder and what it holds, for `doctor --paths`."""
    named = (
        ("config", folders.config, "your anitrakt.toml and the sign-ins (tokens.json, for you alone)"),
        ("cache", folders.cache, "id maps, searches, season lists; may be deleted at any time"),
        ("state", folders.state, "what the last plans knew: texts, evidence, the last data download"),
        ("journal", folders.journal, "what was sent to Trakt, so that nothing goes twice; back it up"),
    )
    return tuple(FolderInfo(name, path, holds, _size(path)) for name, path, holds in named)


def _size(path: Path) -> int | None:
    if not path.exists():
        return None
    try:
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    except OSError:
        return 0


def check_settings(folders: Folders) -> Finding:
    """Where the settings come from."""
    own_file = folders.own_settings
    files = f" and {own_file}" if own_file.exists() else "; there is no anitrakt.toml"
    return Health.OK, f"from the environment{files}"


def check_folders(folders: Folders) -> Finding:
    """Whether every folder is there and can be written to, or could be made."""
    for folder in dict.fromkeys((folders.config, folders.cache, folders.state, folders.journal)):
        if reason := _why_unwritable(folder):
            raise Failed(
                f"anitrakt can't write to a folder it needs: {reason}",
                where=str(folder),
                todo="Make it yours (its owner and permissions), make room on the disk, or set ANITRAKT_HOME to "
                "another.",
            )
    return Health.OK, "they can be written to"


def _why_unwritable(folder: Path) -> str | None:
    # tried, not asked: permissions alone do not tell of full or read-only disks
    existing = next(path for path in (folder, *folder.parents) if path.exists() or path == path.parent)
    if not existing.is_dir():
        return f"{existing} is a file"
    try:
        with tempfile.TemporaryFile(dir=existing) as file:
            file.write(b"anitrakt")
    except OSError as error:
        return error.strerror or str(error)
    return None


def check_token_file(path: Path) -> Finding:
    """Whether the sign-ins can be read, and by nobody else; reading them closes a file that was open to others."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return Health.OK, "there is none yet"
    except OSError as error:
        raise Failed(
            f"the sign-ins can't be read: {error.strerror}", where=str(path), todo="Make the file yours."
        ) from None
    TokenFile(path).load("trakt")
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise NotSignedIn(
            f"other users of this machine could read your sign-ins (mode {mode:03o}); they can't any more",
            where=str(path),
            todo="If you do not trust them: `anitrakt logout`, then `anitrakt login`.",
        )
    return Health.OK, f"only you can read it: {path}"


def check_journal(folder: Path) -> Finding:
    """Whether every journal can be read."""
    read_log(folder)
    return Health.OK, f"it can be read: {folder}"


def check_plan(file: Path | None) -> Finding:
    """Whether a plan is valid."""
    if file is None:
        return Health.UNKNOWN, "there is no plan.yaml here; name one to check it"
    loaded = read_plan(file, services=KNOWN_SERVICES)
    if loaded.plan is None:
        first, *others = loaded.errors
        more = f" (and {len(others)} more)" if others else ""
        raise PlanInvalid(
            f"{first.render().splitlines()[0]}{more}",
            where=str(file),
            todo=f"`anitrakt validate {file}` shows them all.",
        )
    return Health.OK, f"{file} is valid ({pluralize(len(loaded.plan.entries), 'entry')})"


# --- the services ---


MAX_CLOCK_OFF = timedelta(minutes=5)
"""More than this, and finish dates, the age of reads and the end of sign-ins are taken for others."""

_PATIENCE = RetryPolicy(tries=1, backoff=1, longest_wait=2)
"""A person is waiting: one more try tells a hiccup from a fault."""

_NO_ANSWER = (Health.UNKNOWN, "Trakt gave no answer to tell by")


_NOT_NEEDED = (Health.UNKNOWN, "not needed without a Trakt application")


class TraktChecks:
    """The checks that are made of what Trakt says, which is asked once."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock

    @property
    def _is_without(self) -> bool:
        return not self._settings.trakt_client_id

    @cached_property
    def _said(self) -> TraktCheck:
        with Trakt(self._settings, clock=self._clock, retry_policy=_PATIENCE) as client:
            return client.check()

    def client_id(self) -> Finding:
        """Whether Trakt knows the client id; to have none is a way of its own."""
        if self._is_without:
            return Health.NOTE, (
                "none is set, and none is needed for `plan --trakt-data` and `export-trakt`; only Trakt VIP members "
                "can make an application, which has one"
            )
        if self._said.key is not None:
            raise self._said.key
        if self._said.service is not None:
            return _NO_ANSWER
        if self._settings.trakt_client_secret:
            return Health.OK, "Trakt knows it"
        return Health.OK, "Trakt knows it; no client secret is set, which Trakt may ask for at login"

    def sign_in(self) -> Finding:
        """Whether the sign-in is good, and whose it is."""
        if self._is_without:
            return _NOT_NEEDED
        if self._said.sign_in is not None:
            raise self._said.sign_in
        return (Health.OK, f"signed in as {self._said.user}") if self._said.user else _NO_ANSWER

    def clock(self) -> Finding:
        """Whether this machine's clock agrees with Trakt's."""
        if self._said.date is None:
            return Health.UNKNOWN, "no service said what time it is"
        return compare_clocks(self._said.date, self._clock())

    def time_zone(self) -> Finding:
        """Whether this machine knows the account's time zone."""
        if self._said.time_zone is None:
            return Health.UNKNOWN, "only a sign-in tells your Trakt account's"
        return find_zone(self._said.time_zone)

    def service(self) -> Finding:
        """Whether Trakt answers."""
        if self._is_without:
            return _NOT_NEEDED
        if self._said.service is not None:
            raise self._said.service
        return (Health.OK, "it answers") if self._said.date else (Health.UNKNOWN, "not asked")


def compare_clocks(theirs: datetime, ours: datetime) -> Finding:
    """Whether this machine's clock is at most five minutes off (both UTC)."""
    off = ours - theirs
    if abs(off) <= MAX_CLOCK_OFF:
        return Health.OK, "it agrees with Trakt's"
    raise Failed(
        f"this machine's clock is {how_long(off)} {'fast' if off > timedelta(0) else 'slow'}",
        where=f"here {ours:%Y-%m-%d %H:%M} UTC, Trakt {theirs:%Y-%m-%d %H:%M} UTC",
        todo="Set it, or switch on setting it by the network. Plays dated by a wrong clock can't be told from right "
        "ones.",
    )


def find_zone(name: str) -> Finding:
    """Whether this machine knows a time zone."""
    if known_zone(name) is None:
        raise Failed(
            f"this machine does not know your Trakt account's time zone, {name}: finish dates are taken at noon UTC",
            todo="Install the zones (`python -m pip install tzdata`), or choose another zone in Trakt's settings.",
        )
    return Health.OK, f"{name}, as in your Trakt account"


def check_tmdb(settings: Settings) -> Finding:
    """Whether TMDB answers and takes the token, where there is one; nobody needs it who has a Trakt application."""
    token = tmdb_token(settings)
    if token is None and settings.trakt_client_id:
        return Health.OK, "no token is set, and beside a Trakt application none is needed"
    if token is None:
        return Health.NOTE, (
            "no token is set; it is free, and without a Trakt application it lets entries be searched and checked: "
            "`anitrakt login --tmdb`"
        )
    with closing(Tmdb(settings, token, retry_policy=_PATIENCE)) as tmdb:
        tmdb.check()
    return Health.OK, "it takes the token"


def check_source(settings: Settings, source: Source) -> Finding:
    """Whether a list service answers, and takes the keys that are set."""
    if source.name not in settings.endpoints:
        return Health.UNKNOWN, "the sandbox has no practice version of it"
    endpoint = settings.endpoints[source.name]
    with closing(source.client(endpoint, retry_policy=_PATIENCE)) as client:
        found = source.check(client, endpoint)
    return Health.NOTE if found.lacks_key else Health.OK, found.what


def check_id_maps(settings: Settings, clock: Callable[[], datetime]) -> Finding:
    """Whether the id maps can be had, from their addresses or from the cache, and how old each is."""
    opener = partial(open_id_map, settings, retry_policy=_PATIENCE)
    loaded = load_idmaps(opener, folder=settings.idmap_url)
    if len(loaded.maps.maps) != len(ID_MAPS):
        raise Failed(
            "; ".join(loaded.notes) or "an id map is missing",
            where=settings.idmap_url,
            todo="Look at your connection (github.com, raw.githubusercontent.com and unpkg.com) and at "
            "ANITRAKT_IDMAP_URL. Plans can be made without the maps, but leave more to review.",
        )
    return Health.OK, "; ".join(f"{age.title}: {age.words(clock())}" for age in loaded.ages)
