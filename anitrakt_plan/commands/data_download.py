"""Trakt's data download in place of the API: read for `plan`, and remembered for the export that comes after."""

from __future__ import annotations

import contextlib
import json
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from anitrakt_plan.commands.services import Reporter
from anitrakt_plan.errors import AnitraktError, Failed
from anitrakt_plan.files import write_own
from anitrakt_plan.model.known import KnownWork
from anitrakt_plan.settings import DATA_PAGE, DOWNLOADS
from anitrakt_plan.trakt.export_zip import DataZip, open_data_zip
from anitrakt_plan.words import pluralize

OLD = timedelta(days=2)
"""A download older than this may well miss what was watched since."""


def read_download(
    path: Path, reporter: Reporter, now: datetime, *, remember_in: Path | None = None
) -> DataZip:
    """Read a download and say what it is and how old. Raises Failed.

    `remember_in` is the state folder: a copy there serves the next `export-trakt`, which needs to know what was there.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Failed(
            f"the data download can't be read: {error.strerror}",
            where=str(path),
            todo=f"Trakt makes one for you at {DATA_PAGE}.",
        ) from None
    found = open_data_zip(data, str(path))
    for line in (describe(path.name, found, now), *found.notes):
        reporter.info(line)
    if remember_in is not None:
        _remember(_place_of(remember_in, found.user), path.name, data)
    return found


def describe(name: str, download: DataZip, now: datetime) -> str:
    """One line: whose data, how much, how old, and a warning where that is too old."""
    user = f" of {download.user}" if download.user else ""
    head = f"{name}: Trakt's data{user}, {pluralize(len(download.existing.plays), 'play')}"
    made_at = download.made_at
    if made_at is None:
        return f"{head}. It does not say when it was made: what you watched since is not in it."
    days = (now - made_at).days
    age = "less than a day ago" if days < 1 else f"{pluralize(days, 'day')} ago ({made_at:%Y-%m-%d})"
    if now - made_at > OLD:
        return f"{head}, made {age}: what you watched since is not in it. A fresh one is better."
    return f"{head}, made {age}."


def _place_of(state: Path, user: str | None) -> Path:
    name = f"{quote(user.casefold(), safe='')}.zip" if user else "unnamed.zip"
    return state / DOWNLOADS / name


def _remember(target: Path, name: str, data: bytes) -> None:
    # the newest of an account wins; it is a help, so a full disk is no reason to fail
    with contextlib.suppress(OSError):
        write_own(target, data)
        write_own(target.with_suffix(".json"), json.dumps({"name": name}).encode())


def forget_downloads(state: Path) -> None:
    """Delete what is remembered, where that can be."""
    with contextlib.suppress(OSError):
        for path in (state / DOWNLOADS).iterdir():
            path.unlink()


def remembered_download(state: Path, user: str | None, reporter: Reporter, now: datetime) -> DataZip | None:
    """The download that a plan for this account was made with, or None. One that can't be read counts as none."""
    path = _place_of(state, user)
    name = _original_name(path)
    try:
        found = open_data_zip(path.read_bytes(), name)
    except (OSError, AnitraktError):
        return None
    reporter.info(f"Going by the data download that the plan was made with. {describe(name, found, now)}")
    return found


def remembered_works(state: Path, user: str | None) -> tuple[KnownWork, ...]:
    """The shows and films of the download that a plan for this account was made with; none where there is none."""
    try:
        return open_data_zip(_place_of(state, user).read_bytes(), "the download").works
    except (OSError, AnitraktError):
        return ()


def _original_name(path: Path) -> str:
    try:
        return str(json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["name"])
    except (OSError, ValueError, KeyError, TypeError):
        return path.name
