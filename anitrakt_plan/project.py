"""An `anitrakt.toml` in the working folder is somebody else's word: it may say what a plan is made of, no more."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath

from anitrakt_plan.errors import BadUsage
from anitrakt_plan.model import (
    ConflictPolicy,
    DatePolicy,
    PartialDate,
    RatingsPolicy,
    RewatchPolicy,
    Status,
    SyncKind,
)
from anitrakt_plan.model.plan import DEFAULT_SEND
from anitrakt_plan.sources import SOURCES

SETTINGS_FILE = "anitrakt.toml"

_Fits = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class PlanFlag:
    """What may stand in an `anitrakt.toml` for a flag of `plan`: in a folder's, and in the person's own."""

    in_project: _Fits
    in_own: _Fits


def _words(*allowed: str) -> _Fits:
    def fits(text: str) -> bool:
        said = {word.strip() for word in text.split(",") if word.strip()}
        return bool(said) and said <= set(allowed)

    return fits


def _number_from(least: float) -> _Fits:
    def fits(text: str) -> bool:
        try:
            return least <= float(text) <= 1
        except ValueError:
            return False

    return fits


def _days(text: str) -> bool:
    try:
        return all(PartialDate.parse(day.strip()) for day in text.split(","))
    except ValueError:
        return False


def _report_inside(text: str) -> bool:
    """A plain relative path in the folder, to a name that is a report's: nothing else is ever written over."""
    path = PurePosixPath(text)
    is_plain = not any(part.startswith(".") or ":" in part or "\\" in part for part in path.parts)
    is_inside = not path.is_absolute() and Path(text).resolve().is_relative_to(Path.cwd().resolve())
    return is_plain and is_inside and path.suffix in (".md", ".html")


def _same(fits: _Fits) -> PlanFlag:
    return PlanFlag(fits, fits)


def _stricter(fits: _Fits, *, than: _Fits) -> PlanFlag:
    return PlanFlag(fits, than)


SOURCE_FLAGS = (*(source.name for source in SOURCES), "list_file")
"""Those that name the list; one is enough."""

PLAN_FLAGS: Mapping[str, PlanFlag] = {
    **dict.fromkeys(SOURCE_FLAGS, _same(bool)),
    "status": _same(_words("all", *(status for status in Status if status is not Status.GONE))),
    "dates": _same(_words(*DatePolicy)),
    "ratings": _same(_words(*RatingsPolicy)),
    "no_date": _same(_days),
    "on_conflict": _stricter(_words(ConflictPolicy.KEEP), than=_words(*ConflictPolicy)),
    "rewatches": _stricter(_words(RewatchPolicy.IGNORE), than=_words(*RewatchPolicy)),
    "auto_from": _stricter(_number_from(0.99), than=_number_from(0.5)),
    "send": _stricter(_words(*DEFAULT_SEND), than=_words(*SyncKind)),
    "report": _stricter(_report_inside, than=bool),
}
"""A folder's policies may only be stricter than the default."""


def flag_text(value: object) -> str | None:
    """A TOML value as the flag would have it; None for one that is no text, number, day or list of such."""
    if isinstance(value, list) and all(isinstance(one, str | date) for one in value):
        return ",".join(map(str, value))
    is_simple = isinstance(value, str | int | float | date) and not isinstance(value, bool)
    return str(value).strip() if is_simple else None


# --- the folder's file ---

_MAX_BYTES = 64 * 1024
_MAX_LINE = 500

_FIRST_KEY = re.compile(r"""[\s\["']*([A-Za-z0-9_-]{1,64})""")

_WHERE_FILES_LIE = frozenset({"home", "journal"})


def project_flags(file: Path, own_file: Path, settings: Collection[str]) -> dict[str, str]:
    """What a working folder's file says for flags of `plan`. `settings` are the names of all settings.

    Raises BadUsage for anything else in it, with its line. Each line stands by itself: nothing is read that is not a
    line of a flag.
    """
    try:
        if not file.exists() or (own_file.exists() and file.samefile(own_file)):
            return {}
        if not file.is_file():
            raise BadUsage("this is not a file", where=str(file))
        with file.open("rb") as stream:
            content = stream.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise BadUsage(f"this is larger than {_MAX_BYTES // 1024} kB", where=str(file))
        lines = content.decode("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadUsage(f"the settings can't be read: {error}", where=str(file)) from None
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            name, text = _flag_in(line, f"{file}, line {number}", own_file, settings)
            if name in found:
                raise BadUsage(f"`{name}` is said twice", where=f"{file}, line {number}")
            found[name] = text
    return found


def _flag_in(line: str, where: str, own_file: Path, settings: Collection[str]) -> tuple[str, str]:
    found = _FIRST_KEY.match(line)
    name = found[1] if found else ""
    if name not in PLAN_FLAGS:
        raise _not_the_projects(name, where, own_file, settings)
    try:
        value = flag_text(tomllib.loads(line[:_MAX_LINE]).get(name))
    except (ValueError, RecursionError):
        value = None
    if value is None or not PLAN_FLAGS[name].in_project(value):
        raise BadUsage(
            f"`{name}` can't be set so in a folder's {SETTINGS_FILE}",
            where=where,
            todo='Write it on one line, as in `dates = "unknown"`. A folder\'s policies may only be stricter than the '
            f"default, for it may be somebody else's; for more, set it in {own_file}, or give `plan` the flag.",
        )
    return name, value


def _not_the_projects(name: str, where: str, own_file: Path, settings: Collection[str]) -> BadUsage:
    if name not in settings:
        what = f"there is no setting `{name}`" if name else "this is no setting"
        todo = (
            f"Take the line out. A folder may set {', '.join(sorted(PLAN_FLAGS))}; settings of your own go into "
            f"{own_file}: {', '.join(sorted(settings))}."
        )
        return BadUsage(what, where=where, todo=todo)
    or_there = "" if name in _WHERE_FILES_LIE else f", or write it into {own_file}"
    return BadUsage(
        f"`{name}` can't be set in a folder's {SETTINGS_FILE}: it may be somebody else's",
        where=where,
        todo=f"Take the line out. If it is your own wish, set ANITRAKT_{name.upper()} instead{or_there}.",
    )
