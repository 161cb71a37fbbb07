"""Settings from the environment and `anitrakt.toml`, and the folders anitrakt keeps its files in."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from anitrakt_plan import sources
from anitrakt_plan.errors import BadUsage
from anitrakt_plan.http import RateLimit, check_keys_stay_secret
from anitrakt_plan.project import PLAN_FLAGS, SETTINGS_FILE, SOURCE_FLAGS, flag_text, project_flags
from anitrakt_plan.sources import Endpoint, Source

PACKAGED_TRAKT_CLIENT_ID = ""
"""A packager may fill in the client id of an application of their own; users bring theirs otherwise."""

DATA_PAGE = "https://trakt.tv/settings/data"

IMPORT_PAGE = "https://app.trakt.tv/settings/data"
"""The same page, where an address can open one of its tabs."""

DOWNLOADS = "trakt-export"
"""The folder in the state folder that keeps the newest data download of each account."""


class Way(Enum):
    """How a person's list gets to Trakt: by its API, which takes an application, or by data download and importer."""

    API = auto()
    FILES = auto()


TRAKT_URL = "https://api.trakt.tv"

PRACTICE_USER = "sandbox"
"""The name of the sandbox's Trakt account."""

PRACTICE_UUID = "5a9db0c5a9db0c5a9db0c5a9db0c5a9db0c5a9db"
"""The account of the practice Trakt: its data download says nothing of a person's own account."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where anitrakt keeps its files. The journal holds no secrets; the tokens' folder is `config`."""

    config: Path
    cache: Path
    state: Path
    journal: Path

    @property
    def tokens(self) -> Path:
        """The file with the sign-ins, mode 0600."""
        return self.config / "tokens.json"

    @property
    def own_settings(self) -> Path:
        """The person's own settings."""
        return self.config / SETTINGS_FILE

    @property
    def http_cache(self) -> Path:
        """The cache of id maps, searches and season lists; never of an account's state."""
        return self.cache / "answers.sqlite"

    @property
    def last_reads(self) -> Path:
        """The folder with what was last read of each account, for the person alone."""
        return self.state / "last-read"

    def pace(self, name: str) -> Path:
        """The file by which commands that run at one time, or in a row, keep one pace."""
        return self.cache / "pace" / f"{name}.json"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a command may need to know of its surroundings. `endpoints` are those of the list services by name."""

    folders: Folders
    endpoints: Mapping[str, Endpoint] = field(
        default_factory=lambda: {source.name: source.endpoint for source in sources.SOURCES}
    )
    trakt_client_id: str | None = field(default=None, repr=False)
    trakt_client_secret: str | None = field(default=None, repr=False)
    trakt_token: str | None = field(default=None, repr=False)
    trakt_url: str = TRAKT_URL
    trakt_auth_url: str = "https://auth.trakt.tv"
    trakt_get_limit: RateLimit = RateLimit(450, 300)
    trakt_write_limit: RateLimit = RateLimit(1, 1)
    trakt_settle: float = 120.0
    tmdb_token: str | None = field(default=None, repr=False)
    tmdb_url: str = "https://api.themoviedb.org/3"
    tmdb_limit: RateLimit = RateLimit(20, 1)
    idmap_url: str | None = None
    sandbox: bool = False
    plan_flags: Mapping[str, str] = field(default_factory=dict)
    """What `anitrakt.toml` says for flags of `plan` that are not given."""
    project: Path | None = None
    """The folder's file, where it is that which names the list."""

    @property
    def means_real_trakt(self) -> bool:
        """Whether this is about a person's account, not about a practice one."""
        return self.trakt_url == TRAKT_URL

    def endpoint(self, source: Source) -> Endpoint:
        """Where a list service is asked; raises BadUsage for one of which the sandbox has no practice version."""
        if source.name not in self.endpoints:
            raise BadUsage(
                f"the sandbox has no practice version of {source.title}",
                todo="Leave --sandbox (ANITRAKT_SANDBOX) out to use the service itself.",
            )
        return self.endpoints[source.name]


def way_of(settings: Settings) -> Way:
    """Which way the person is on: a client id means the API.

    The sandbox has one always; there, a data download that is kept means that the other way is being practised.
    """
    practised = settings.sandbox and any((settings.folders.state / DOWNLOADS).glob("*.zip"))
    return Way.API if settings.trakt_client_id and not practised else Way.FILES


def load_settings(environment: Mapping[str, str], working_folder: Path) -> Settings:
    """Settings by `ANITRAKT_*` variables, then the person's own `anitrakt.toml`.

    The working folder's may be somebody else's: it says flags of `plan`, before the person's own, and nothing else.
    Raises BadUsage for a name nobody knows, a value that does not fit, and keys that would go out in the clear.
    """
    said = _said(environment, working_folder)
    merged = {**said.values, **said.given}
    return replace(
        _settings(merged, said.known, _folders(merged)),
        plan_flags={**said.own_flags, **said.project},
        project=said.project_file if said.names_list else None,
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """What environment and files say, as texts by the settings' names, before any of it is read."""

    known: Mapping[str, _Read]
    given: Mapping[str, str]
    values: Mapping[str, str]
    own_flags: Mapping[str, str]
    project: Mapping[str, str]
    project_file: Path
    own_file: Path

    @property
    def names_list(self) -> bool:
        """Whether the folder's file names the list."""
        return any(name in self.project for name in SOURCE_FLAGS)


def _said(environment: Mapping[str, str], working_folder: Path) -> _Said:
    known = dict(_known())
    given = _given(environment, known)
    own_file = _folders(given).own_settings
    file = working_folder / SETTINGS_FILE
    project = project_flags(file, own_file, known)
    values, own = _read_toml(own_file, known)
    if any(name in project for name in SOURCE_FLAGS):
        own = {name: text for name, text in own.items() if name not in SOURCE_FLAGS}
    return _Said(known, given, values, own, project, file, own_file)


@dataclass(frozen=True, slots=True)
class SettingLine:
    """One setting for a person: its variable or flag, its value (None: there is none), and where that came from.

    Of a secret the value is never told, only whether it `is_set`.
    """

    name: str
    value: str | None
    origin: str
    is_secret: bool = False
    is_set: bool = False


def setting_lines(environment: Mapping[str, str], working_folder: Path) -> tuple[SettingLine, ...]:
    """Every setting in the order of the documents, then the flags of `plan` that a file sets. Raises as above."""
    said = _said(environment, working_folder)
    settings = load_settings(environment, working_folder)
    lines = [_line_of(name, said, settings) for name in said.known]
    flags = [
        (said.own_flags, said.own_file),
        (said.project, said.project_file),
    ]
    merged = {name: (text, file) for source, file in flags for name, text in source.items()}
    return (
        *lines,
        *(
            SettingLine(f"plan --{name.replace('_', '-')}", text, f"file {file}", is_set=True)
            for name, (text, file) in merged.items()
        ),
    )


def _line_of(name: str, said: _Said, settings: Settings) -> SettingLine:
    origin, text = "default", None
    if name in said.given:
        origin, text = "environment", said.given[name]
    elif said.values.get(name):
        origin, text = f"file {said.own_file}", said.values[name]
    is_secret = said.known[name] is parse_key
    value = text if text is not None else _default_text(name, settings)
    shown = ("set" if value else None) if is_secret else value
    return SettingLine(_variable(name), shown, origin, is_secret, is_set=bool(value))


def _default_text(name: str, settings: Settings) -> str | None:
    """A setting that nobody has given, as it would be written."""
    if name == "journal":
        return str(settings.folders.journal)
    if name == "home":
        return None
    service, _, part = name.partition("_")
    if service in settings.endpoints:
        value = getattr(settings.endpoints[service], part)
    else:
        value = getattr(settings, name)
    match value:
        case None:
            return None
        case bool():
            return "1" if value else "0"
        case RateLimit():
            return f"{value.count:g}/{value.seconds:g}"
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def in_sandbox(settings: Settings, environment: Mapping[str, str]) -> Settings:
    """Return settings that lead nowhere but to the sandbox, as its `environment` says it.

    Nothing is taken over but the folders: a list service that the sandbox does not serve has no endpoint.
    """
    known = dict(_known())
    given = _given(environment, known)
    served = _settings(given, known, settings.folders)
    endpoints = {name: endpoint for name, endpoint in served.endpoints.items() if f"{name}_url" in given}
    return replace(served, endpoints=endpoints, sandbox=True)


# --- what can be set: each name, and how its value is read ---

_Read = Callable[[str, str], Any]
"""Makes a value of the variable's name, for the error, and its text."""


def parse_key(variable: str, text: str) -> str:
    """Read a key or a token; raises BadUsage, which never shows it, on what can't be one."""
    # it goes into a header; the value itself is never shown
    if not all("!" <= sign <= "~" for sign in text):
        raise BadUsage(
            "this can't be a key or a token: it has spaces or signs in it that none has",
            where=variable,
            todo="Copy it again, without quotes and line breaks.",
        )
    return text


def _address(variable: str, text: str) -> str:
    try:
        parts = urlsplit(text)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole or parts.username is not None or parts.query or parts.fragment:
        raise BadUsage(
            "this is not the address of a service",
            where=variable,
            todo="Write it like https://api.trakt.tv, without name, password and question mark.",
        )
    return text


def parse_rate_limit(variable: str, text: str) -> RateLimit:
    """Read `450/300` (requests/seconds, decimals allowed); raises BadUsage on anything else."""
    count, _, seconds = text.partition("/")
    try:
        limit = RateLimit(float(count), float(seconds))
    except ValueError:
        limit = RateLimit(0, 0)
    if not (0 < limit.count < 1e9 and 0 < limit.seconds < 1e9):
        todo = "Write requests/seconds, such as 450/300."
        raise BadUsage(f"`{text}` is not a pace", where=variable, todo=todo)
    return limit


_BOOLEANS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


def _yes_or_no(variable: str, text: str) -> bool:
    if text.lower() not in _BOOLEANS:
        raise BadUsage(f"`{text}` is neither yes nor no", where=variable, todo="Write 1 or 0.")
    return _BOOLEANS[text.lower()]


def _seconds(variable: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e6:
        raise BadUsage(f"`{text}` is not a number of seconds", where=variable)
    return value


def _path(_variable: str, text: str) -> str:
    return text


_OURS: dict[str, _Read] = {
    "trakt_client_id": parse_key,
    "trakt_client_secret": parse_key,
    "trakt_token": parse_key,
    "trakt_url": _address,
    "trakt_auth_url": _address,
    "trakt_get_limit": parse_rate_limit,
    "trakt_write_limit": parse_rate_limit,
    "trakt_settle": _seconds,
    "tmdb_token": parse_key,
    "tmdb_url": _address,
    "tmdb_limit": parse_rate_limit,
    "idmap_url": _address,
    "sandbox": _yes_or_no,
    "home": _path,
    "journal": _path,
}
_OF_A_SOURCE: dict[str, _Read] = {
    "url": _address,
    "limit": parse_rate_limit,
    "client_id": parse_key,
    "token": parse_key,
}
"""The fields of Endpoint, after the service's name."""

_KEYS_OF_OURS = {
    "trakt_url": ("trakt_client_id", "trakt_token"),
    "trakt_auth_url": ("trakt_client_id", "trakt_client_secret"),
    "tmdb_url": ("tmdb_token",),
}
"""Which keys go to which address; those of a list service stand in its Source."""


def _known() -> Iterator[tuple[str, _Read]]:
    yield from _OURS.items()
    for source in sources.SOURCES:
        for part in ("url", "limit", *source.keys):
            yield f"{source.name}_{part}", _OF_A_SOURCE[part]


def _variable(name: str) -> str:
    return f"ANITRAKT_{name.upper()}"


def _given(environment: Mapping[str, str], known: Mapping[str, _Read]) -> dict[str, str]:
    given = {name: environment.get(_variable(name), "").strip() for name in known}
    return {name: text for name, text in given.items() if text}


def _read_toml(file: Path, known: Mapping[str, _Read]) -> tuple[dict[str, str], dict[str, str]]:
    """The person's own file: its settings, and what it says for flags of `plan`."""
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}, {}
    except (OSError, UnicodeDecodeError) as error:
        raise BadUsage(f"the settings can't be read: {error}", where=str(file)) from None
    except (ValueError, RecursionError) as error:  # a number or a nesting without end is neither's own error
        raise BadUsage(f"not valid TOML: {error}", where=str(file)) from None
    settings, flags = {}, {}
    for name, value in values.items():
        if name in PLAN_FLAGS:
            flags[name] = _own_flag(name, value, file)
        elif name not in known:
            todo = f"Known: {', '.join(sorted({*known, *PLAN_FLAGS}))}."
            raise BadUsage(f"there is no setting `{name}`", where=str(file), todo=todo)
        elif not isinstance(value, str | int | float):
            raise BadUsage(f"`{name}` is not a text or a number", where=str(file))
        else:
            settings[name] = str(value).strip()
    return settings, flags


def _own_flag(name: str, value: object, file: Path) -> str:
    text = flag_text(value)
    if text is None or not PLAN_FLAGS[name].in_own(text):
        todo = f"Write what `anitrakt plan --{name.replace('_', '-')}` takes."
        raise BadUsage(f"`{name}` can't be set so", where=str(file), todo=todo)
    return text


def _folders(values: Mapping[str, str]) -> Folders:
    home = values.get("home")
    if home:
        root = Path(home).expanduser()
        config, cache, state = root / "config", root / "cache", root / "state"
    else:
        from platformdirs import PlatformDirs

        dirs = PlatformDirs("anitrakt", appauthor=False)
        config, cache, state = dirs.user_config_path, dirs.user_cache_path, dirs.user_state_path
    journal = Path(values["journal"]).expanduser() if values.get("journal") else state / "journal"
    return Folders(config=config, cache=cache, state=state, journal=journal)


def _settings(texts: Mapping[str, str], known: Mapping[str, _Read], folders: Folders) -> Settings:
    values = {name: known[name](_variable(name), text) for name, text in sorted(texts.items()) if text}
    if PACKAGED_TRAKT_CLIENT_ID and "trakt_client_id" not in values:
        values["trakt_client_id"] = PACKAGED_TRAKT_CLIENT_ID
        values.pop("trakt_client_secret", None)  # it would be another application's
    _check_keys_stay_secret(values)
    endpoints = {source.name: _endpoint(source, values) for source in sources.SOURCES}
    mine = {name: values[name] for name in _OURS.keys() & values.keys() - {"home", "journal"}}
    return Settings(folders, endpoints, **mine)


def _check_keys_stay_secret(values: Mapping[str, Any]) -> None:
    of_sources = {
        f"{source.name}_url": tuple(f"{source.name}_{key}" for key in source.keys)
        for source in sources.SOURCES
    }
    for address, keys in {**_KEYS_OF_OURS, **of_sources}.items():
        if address in values and any(key in values for key in keys):
            check_keys_stay_secret(values[address], _variable(address))


def _endpoint(source: Source, values: Mapping[str, Any]) -> Endpoint:
    parts = {
        part: values[f"{source.name}_{part}"] for part in _OF_A_SOURCE if f"{source.name}_{part}" in values
    }
    if "limit" in parts:
        parts["limit"] = replace(parts["limit"], even=source.endpoint.limit.even)
    return replace(source.endpoint, **parts)
