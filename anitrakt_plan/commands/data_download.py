"""Trakt's data download in place of the API: found, read, doubted, and remembered for the export that comes after."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from anitrakt_plan.commands.run import StopName
from anitrakt_plan.commands.services import Reporter
from anitrakt_plan.errors import AnitraktError, Failed, SafetyStop
from anitrakt_plan.files import write_own
from anitrakt_plan.model.catalogue import KnownWork
from anitrakt_plan.settings import DATA_PAGE, DOWNLOADS, PRACTICE_UUID, Settings
from anitrakt_plan.sync.knowledge import Knowledge
from anitrakt_plan.trakt.export_zip import DataZip, open_data_zip
from anitrakt_plan.words import pluralize

OLD = timedelta(days=3)
"""A download older than this may well miss what was watched since."""


def read_download(
    path: Path, reporter: Reporter, now: datetime, settings: Settings, *, remember_in: Path | None = None
) -> DataZip:
    """Read a download, packed or unpacked, or the newest in a folder, and say what it is and how old. Raises Failed.

    `remember_in` is the state folder: a copy there serves the next `export-trakt`, which needs to know what was there.
    """
    try:
        path = _newest_in(path) if path.is_dir() else path
        data = _packed(path) if path.is_dir() else path.read_bytes()
    except OSError as error:
        raise Failed(
            f"the data download can't be read: {error.strerror}",
            where=str(path),
            todo=f"Trakt makes one for you at {DATA_PAGE}.",
        ) from None
    found = open_data_zip(data, str(path))
    if settings.means_real_trakt and found.existing.account.uuid == PRACTICE_UUID:
        raise Failed(
            "this is the practice account's data, not yours",
            where=str(path),
            todo=f"Download your own at {DATA_PAGE}; or practise with `anitrakt --sandbox`.",
        )
    for line in (describe(path.name, found, now), *found.notes):
        reporter.info(line)
    if remember_in is not None:
        _remember(_place_of(remember_in, found.user), path.name, data)
    return found


def _newest_in(folder: Path) -> Path:
    """The newest download in a folder, or the folder itself, where it is one. Raises Failed where there is none."""
    if _is_unpacked(folder):
        return folder
    downloads = list(_downloads_in(folder))
    if not downloads:
        raise Failed(
            "there is no data download of Trakt in this folder",
            where=str(folder),
            todo=f"Trakt makes one for you at {DATA_PAGE}.",
        )
    return max(downloads, key=lambda path: (path.stat().st_mtime, path.name))


def _downloads_in(folder: Path) -> Iterator[Path]:
    # by what is in it, not by its name: a browser appends (1) to the second one, and people rename
    for path in folder.iterdir():
        with contextlib.suppress(OSError, zipfile.BadZipFile):
            is_zip = path.suffix.lower() == ".zip" and path.is_file()
            names = zipfile.ZipFile(path).namelist() if is_zip else []
            if any(map(_is_of_download, names)) or (path.is_dir() and _is_unpacked(path)):
                yield path


def _is_of_download(name: str) -> bool:
    return name.rpartition("/")[2].startswith(("watched-history", "user-settings"))


def _is_unpacked(folder: Path) -> bool:
    """Whether a folder is a download that was unpacked, as some browsers do with every zip."""
    return any(_is_of_download(path.name) and path.suffix == ".json" for path in folder.iterdir())


def _packed(folder: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for path in sorted(folder.glob("*.json")):
            archive.write(path, path.name)
    return packed.getvalue()


def looked_at(download: DataZip, now: datetime) -> datetime:
    """When the account stood as the download says; `now` where it does not say."""
    return download.made_at or now


def check_download(
    download: DataZip | None, knowledge: Knowledge, now: datetime, allow: Collection[str]
) -> None:
    """Raise SafetyStop where a download can't tell what is on Trakt, unless that stop is among those in `allow`."""
    if download is None:
        return
    if download.short is not None and StopName.SHORT_DOWNLOAD not in allow:
        raise _stop(StopName.SHORT_DOWNLOAD, f"the data download is not whole: {download.short}")
    why_old = _why_old(download, knowledge, now)
    if why_old is not None and StopName.OLD_DOWNLOAD not in allow:
        raise _stop(StopName.OLD_DOWNLOAD, f"the data download is old: {why_old}")


def _why_old(download: DataZip, knowledge: Knowledge, now: datetime) -> str | None:
    last_seen = max((play.id or 0 for play in knowledge.seen), default=0)
    if download.last_id < last_seen:
        return "plays that a newer one showed are not in it"
    made_at = download.made_at
    if made_at is not None and now - made_at > OLD:
        return f"it was made {_age(made_at, now)}"
    return None


def _stop(name: StopName, what: str) -> SafetyStop:
    return SafetyStop(
        f"{what}. What is missing in it would be written, and be there twice",
        name=name.value,
        todo=f"Nothing was written. Download your data anew ({DATA_PAGE}), and give it with --trakt-data ZIP; if "
        f"nothing is missing in this one, pass with `--allow {name}`.",
    )


def describe(name: str, download: DataZip, now: datetime) -> str:
    """One line: whose data, how much, how old, and a warning where that is too old."""
    user = f" of {download.user}" if download.user else ""
    head = f"{name}: Trakt's data{user}, {pluralize(len(download.existing.plays), 'play')}"
    made_at = download.made_at
    if made_at is None:
        return f"{head}. It does not say when it was made: what you watched since is not in it."
    if now - made_at > OLD:
        return (
            f"{head}, made {_age(made_at, now)}: what you watched since is not in it. A fresh one is better."
        )
    return f"{head}, made {_age(made_at, now)}."


def _age(made_at: datetime, now: datetime) -> str:
    days = (now - made_at).days
    return "less than a day ago" if days < 1 else f"{pluralize(days, 'day')} ago ({made_at:%Y-%m-%d})"


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
        return open_data_zip(_place_of(state, user).read_bytes(), "the download").known_works
    except (OSError, AnitraktError):
        return ()


def _original_name(path: Path) -> str:
    try:
        return str(json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["name"])
    except (OSError, ValueError, KeyError, TypeError):
        return path.name
