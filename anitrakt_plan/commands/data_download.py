"""Trakt's data download in place of the API: read for `plan`, and remembered for the export that comes after."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from anitrakt_plan.commands.services import Reporter
from anitrakt_plan.errors import AnitraktError, Failed
from anitrakt_plan.model import Existing
from anitrakt_plan.trakt.export_zip import DataZip, open_data_zip

OLD = timedelta(days=2)
"""A download older than this may well miss what was watched since."""


@dataclass(frozen=True, slots=True)
class Download:
    """A data download, read: what the account held, and how to speak of it."""

    name: str
    zip: DataZip

    @property
    def existing(self) -> Existing:
        """What the account held when the download was made."""
        return self.zip.existing

    @property
    def tvdb(self) -> Mapping[int, int]:
        """The TVDB ids that it names for its shows."""
        return self.zip.tvdb


def read_download(
    path: Path, reporter: Reporter, now: datetime, *, remember_in: Path | None = None
) -> Download:
    """Read a download and say what it is and how old. Raises Failed.

    `remember_in` is the state folder: a copy there serves the next `export-trakt`, which needs to know what was there.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Failed(
            f"the data download can't be read: {error.strerror}",
            where=str(path),
            todo="Trakt makes one for you at https://trakt.tv/settings/data.",
        ) from None
    found = Download(path.name, open_data_zip(data, str(path)))
    reporter.info(describe(found, now))
    for note in found.zip.notes:
        reporter.info(note)
    if remember_in is not None:
        _remember(remember_in, found, data)
    return found


def describe(download: Download, now: datetime) -> str:
    """One line: whose data, how much, how old, and a warning where that is too old."""
    existing = download.existing
    user = f" of {download.zip.user}" if download.zip.user else ""
    count = len(existing.plays)
    head = f"{download.name}: Trakt's data{user}, {count} play{'s' * (count != 1)}"
    age = _age(download.zip.made_at, now)
    if age is None:
        return f"{head}. It does not say when it was made: what you watched since is not in it."
    if now - (download.zip.made_at or now) > OLD:
        return f"{head}, made {age}: what you watched since is not in it. A fresh one is better."
    return f"{head}, made {age}."


def _age(made_at: datetime | None, now: datetime) -> str | None:
    if made_at is None:
        return None
    days = (now - made_at).days
    if days < 1:
        return "less than a day ago"
    return f"{days} day{'s' * (days != 1)} ago ({made_at:%Y-%m-%d})"


def _folder(state: Path) -> Path:
    return state / "trakt-export"


def _name(user: str | None) -> str:
    return f"{quote(user.casefold(), safe='')}.zip" if user else "unnamed.zip"


def _remember(state: Path, download: Download, data: bytes) -> None:
    """Keep a copy by account; the newest wins. It is a help: a full disk is no reason to fail."""
    folder = _folder(state)
    temporary: str | None = None
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=folder, suffix=".new")
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        target = folder / _name(download.zip.user)
        Path(temporary).replace(target)
        temporary = None
        target.with_suffix(".json").write_text(json.dumps({"name": download.name}), encoding="utf-8")
    if temporary is not None:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()


def remembered_download(state: Path, user: str | None, reporter: Reporter, now: datetime) -> Download | None:
    """The download that a plan for this account was made with, or None. One that can't be read counts as none."""
    path = _folder(state) / _name(user)
    try:
        data = path.read_bytes()
        name = _original_name(path)
        found = Download(name, open_data_zip(data, name))
    except (OSError, AnitraktError):
        return None
    reporter.info(f"Going by the data download that the plan was made with. {describe(found, now)}")
    return found


def _original_name(path: Path) -> str:
    try:
        name = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["name"]
    except (OSError, ValueError, KeyError, TypeError):
        return path.name
    return name if isinstance(name, str) else path.name
