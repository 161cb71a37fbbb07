"""Settings from the environment and `anitrakt.toml`, and the folders anitrakt keeps its files in."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from anitrakt_plan.errors import BadUsage
from anitrakt_plan.http import RateLimit

PACKAGED_TRAKT_CLIENT_ID = ""
"""A packager may fill in the client id of an application of their own; users bring theirs otherwise."""

SECRET_NAMES = frozenset({"trakt_client_secret", "trakt_token", "anilist_token", "mal_token"})
"""Never flags, and refused in the project's `anitrakt.toml`, which people keep in git."""

KEY_NAMES = frozenset({*SECRET_NAMES, "trakt_client_id", "mal_client_id"})
"""What goes into a request's headers."""

KEYED_ADDRESS_NAMES = frozenset({"trakt_url", "trakt_auth_url", "anilist_url", "mal_url"})
"""Keys and tokens go to these, so a project's file, which may be somebody else's, can't name them."""

ADDRESS_NAMES = KEYED_ADDRESS_NAMES | {"idmap_url"}


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
    def http_cache(self) -> Path:
        """The cache of id maps, searches and season lists; never of an account's state."""
        return self.cache / "http.sqlite"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a command may need to know of its surroundings."""

    folders: Folders
    trakt_client_id: str | None = field(default=None, repr=False)
    trakt_client_secret: str | None = field(default=None, repr=False)
    trakt_token: str | None = field(default=None, repr=False)
    mal_client_id: str | None = field(default=None, repr=False)
    anilist_token: str | None = field(default=None, repr=False)
    mal_token: str | None = field(default=None, repr=False)
    trakt_url: str = "https://api.trakt.tv"
    trakt_auth_url: str = "https://auth.trakt.tv"
    anilist_url: str = "https://graphql.anilist.co"
    mal_url: str = "https://api.myanimelist.net/v2"
    idmap_url: str | None = None
    trakt_get_pace: RateLimit = RateLimit(450, 300)
    trakt_write_pace: RateLimit = RateLimit(1, 1)
    anilist_pace: RateLimit = RateLimit(25, 60, even=True)
    mal_pace: RateLimit = RateLimit(60, 60, even=True)
    trakt_settle: float = 120.0
    sandbox: bool = False


_TEXTS = (
    "trakt_client_id",
    "trakt_client_secret",
    "trakt_token",
    "mal_client_id",
    "anilist_token",
    "mal_token",
    "trakt_url",
    "trakt_auth_url",
    "anilist_url",
    "mal_url",
    "idmap_url",
)

_PACES = {
    "trakt_get_limit": ("trakt_get_pace", False),
    "trakt_write_limit": ("trakt_write_pace", False),
    "anilist_limit": ("anilist_pace", True),
    "mal_limit": ("mal_pace", True),
}

_OTHERS = ("home", "journal", "trakt_settle", "sandbox")

_REFUSED_IN_PROJECT = {
    **dict.fromkeys(SECRET_NAMES, "is a secret and does not belong in the project's file"),
    **dict.fromkeys(KEYED_ADDRESS_NAMES, "says where keys are sent, which the project's file may not"),
}

_BOOLEANS = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}

KNOWN_NAMES = frozenset({*_TEXTS, *_PACES, *_OTHERS})


def load_settings(environment: Mapping[str, str], working_folder: Path) -> Settings:
    """Settings by `ANITRAKT_*` variables, then the project's `anitrakt.toml`, then the user's.

    Raises BadUsage for a name nobody knows, a value that does not fit, or a secret or a service's address in the
    project's file.
    """
    given = {name: environment.get(_variable(name), "").strip() for name in sorted(KNOWN_NAMES)}
    given = {name: value for name, value in given.items() if value}
    project = _read_toml(working_folder / "anitrakt.toml", refused=_REFUSED_IN_PROJECT)
    folders = _folders({**project, **given})
    user = _read_toml(folders.config / "anitrakt.toml", refused={})
    merged = {**user, **project, **given}
    for name in sorted(merged.keys() & KEY_NAMES):
        _check_key(name, merged[name])
    for name in sorted(merged.keys() & ADDRESS_NAMES):
        _check_address(name, merged[name])
    return _settings(merged, _folders(merged))


def _variable(name: str) -> str:
    return f"ANITRAKT_{name.upper()}"


def _read_toml(file: Path, *, refused: Mapping[str, str]) -> dict[str, str]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise BadUsage(f"the settings can't be read: {error}", where=str(file)) from None
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadUsage(f"not valid TOML: {error}", where=str(file)) from None
    for name, value in values.items():
        if name not in KNOWN_NAMES:
            raise BadUsage(
                f"there is no setting `{name}`",
                where=str(file),
                todo=f"Known: {', '.join(sorted(KNOWN_NAMES))}.",
            )
        if name in refused:
            raise BadUsage(
                f"`{name}` {refused[name]}",
                where=str(file),
                todo=f"Set {_variable(name)} instead, or put it in the user's own anitrakt.toml.",
            )
        if not isinstance(value, str | int | float):
            raise BadUsage(f"`{name}` is not a text or a number", where=str(file))
    return {name: str(value).strip() for name, value in values.items()}


def _check_key(name: str, value: str) -> None:
    """A key goes into a header; the value itself is never shown."""
    if not all("!" <= sign <= "~" for sign in value):
        raise BadUsage(
            "this can't be a key or a token: it has spaces or signs in it that none has",
            where=_variable(name),
            todo="Copy it again, without quotes and line breaks.",
        )


def _check_address(name: str, value: str) -> None:
    try:
        parts = urlsplit(value)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole or parts.username is not None or parts.query or parts.fragment:
        raise BadUsage(
            "this is not the address of a service",
            where=_variable(name),
            todo="Write it like https://api.trakt.tv, without name, password and question mark.",
        )


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


def _settings(values: Mapping[str, str], folders: Folders) -> Settings:
    fields: dict[str, object] = {name: values[name] for name in _TEXTS if values.get(name)}
    if "trakt_client_id" not in fields and PACKAGED_TRAKT_CLIENT_ID:
        fields["trakt_client_id"] = PACKAGED_TRAKT_CLIENT_ID
    for name, (target, even) in _PACES.items():
        if name in values:
            fields[target] = parse_pace(name, values[name], even=even)
    if "trakt_settle" in values:
        fields["trakt_settle"] = _seconds(values["trakt_settle"])
    fields["sandbox"] = _yes_or_no("sandbox", values.get("sandbox") or "no")
    return Settings(folders=folders, **fields)  # type: ignore[arg-type]  # names and types are paired above


def parse_pace(name: str, text: str, *, even: bool) -> RateLimit:
    """Read `450/300` (requests/seconds, decimals allowed); raises BadUsage on anything else."""
    count, _, seconds = text.partition("/")
    try:
        rate_limit = RateLimit(float(count), float(seconds), even=even)
    except ValueError:
        rate_limit = RateLimit(0, 0)
    if not (0 < rate_limit.count < 1e9 and 0 < rate_limit.seconds < 1e9):
        raise BadUsage(
            f"`{text}` is not a pace",
            where=_variable(name),
            todo="Write requests/seconds, such as 450/300.",
        )
    return rate_limit


def _yes_or_no(name: str, text: str) -> bool:
    if text.lower() not in _BOOLEANS:
        raise BadUsage(f"`{text}` is neither yes nor no", where=_variable(name), todo="Write 1 or 0.")
    return _BOOLEANS[text.lower()]


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e6:
        raise BadUsage(f"`{text}` is not a number of seconds", where="ANITRAKT_TRAKT_SETTLE")
    return value


DATA_PAGE = "https://trakt.tv/settings/data"
