"""Trakt's own data download (a zip of JSON, trakt.tv/settings/data): what an account holds, without any key.

The rows have the shape of the API's answers. Names of files, as importers of this download and Trakt's own importer
read them: `watched-history-1.json`, `-2` ... (250 rows each; small accounts `watched-history.json`, older downloads
`watched/history-movies.json`), `ratings-movies.json` (also numbered), `lists-watchlist.json` (also numbered),
`hidden-dropped.json`, `user-profile.json`, `user-settings.json`, and `_errors.json` with what Trakt could not put in.
Sources: trakt/trakt-web `settings/import/parsers/TraktJsonParser.ts` and its spec; ellite/scrob
`backend/core/trakt_export.py`; cenodude/CrossWatch#363; bbeesley/trakt-to-letterboxd#765; IgnisDa/ryot#1817.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import ClassVar

from anitrakt_plan.errors import Failed
from anitrakt_plan.json_text import read_json
from anitrakt_plan.model import Account, Existing, MovieSubject, ShowSubject, SyncKind
from anitrakt_plan.settings import DATA_PAGE
from anitrakt_plan.trakt.account import Numbered, T, account_of, listed_of, play_of, rating_of
from anitrakt_plan.trakt.rows import Row, RowError, inner, optional_number, optional_text, row

NO_ACCOUNT = "trakt-export"
"""Stands for the account's uuid where the download does not name it."""

_AGAIN = f"Download your data again at {DATA_PAGE}."

_HISTORY = re.compile(r"(?:watched-)?history(?:-[a-z]+)?(?:-(\d+))?\.json")

_RATINGS = re.compile(r"ratings(?:-[a-z]+)?(?:-(\d+))?\.json")

_WATCHLIST = re.compile(r"(?:lists-)?watchlist(?:-[a-z]+)?(?:-(\d+))?\.json")

_DROPPED = re.compile(r"(?:hidden-)?dropped(?:-[a-z]+)?(?:-(\d+))?\.json")

_WATCHED = re.compile(r"watched-(?:shows|movies)(?:-\d+)?\.json")

_SETTINGS = re.compile(r"user-settings\.json")

_PROFILE = re.compile(r"user-profile\.json")

_ERRORS = re.compile(r"_errors\.json")

_TRAKTS = (_HISTORY, _RATINGS, _WATCHLIST, _DROPPED, _WATCHED, _SETTINGS, _PROFILE)

_SUFFIX_NUMBER = re.compile(r"(?:-\d+)?\.json$")


@dataclass(frozen=True, slots=True)
class DataZip:
    """A data download, read. `made_at` is UTC, as near as a zip can say; None where it does not say.

    `unread` are kinds that are not in it, which is not the same as empty. `tvdb` are the TVDB ids that it names for
    its shows. `notes` are sentences for the person.
    """

    existing: Existing
    made_at: datetime | None
    sha256: str
    tvdb: Mapping[int, int]
    unread: frozenset[SyncKind]
    notes: tuple[str, ...]

    @property
    def user(self) -> str | None:
        """Whose data it is, where it says so."""
        return self.existing.account.user or None


def open_data_zip(source: Path | bytes, name: str) -> DataZip:
    """Read a data download with all that it says beside the account's state.

    Raises Failed, in a plain sentence, for what is damaged, too large, incomplete or something else.
    """
    data = _bytes_of(source, name)
    with open_zip(data, name) as content:
        files = _Files(content, name)
        files.check_complete()
        account, notes = _account(files)
        plays = _unique(files.rows(_HISTORY, play_of))
        ratings = _unique(files.rows(_RATINGS, rating_of))
        watchlist: list[ShowSubject | MovieSubject] = _unique(files.rows(_WATCHLIST, listed_of))
        hidden: list[ShowSubject | MovieSubject] = _unique(files.rows(_DROPPED, listed_of))
        unread = files.unread()
        made_at = content.made_at
        tvdb = files.tvdb()
    existing = Existing(
        account=account,
        read_at=made_at or max((play.watched_at for play in plays), default=datetime(1970, 1, 1, tzinfo=UTC)),
        plays=tuple(plays),
        ratings=tuple(ratings),
        watchlist=None if SyncKind.WATCHLIST in unread else tuple(watchlist),
        dropped=None
        if SyncKind.DROPPED in unread
        else tuple(subject for subject in hidden if isinstance(subject, ShowSubject)),
    )
    return DataZip(existing, made_at, hashlib.sha256(data).hexdigest(), tvdb, unread, tuple(notes))


def _bytes_of(source: Path | bytes, name: str) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        if source.stat().st_size > ZipContent.LARGEST_FILE:
            raise Failed(
                f"the file is larger than {ZipContent.LARGEST_FILE // 2**20} MB: no data download is",
                where=name,
            )
        return source.read_bytes()
    except OSError as error:
        raise Failed(f"the file can't be read: {error.strerror or error}", where=name, todo=_AGAIN) from None


class _Files:
    """The files of a download by what they hold, whatever folder they stand in."""

    def __init__(self, content: ZipContent, name: str) -> None:
        self._content, self._name = content, name
        self._by_base: dict[str, list[str]] = defaultdict(list)
        for path in content.names:
            self._by_base[path.replace("\\", "/").rpartition("/")[2].lower()].append(path)
        self._tvdb: dict[int, set[int]] = defaultdict(set)

    def check_complete(self) -> None:
        """Raise Failed where plays may be missing: an incomplete history would send things twice."""
        if not any(pattern.fullmatch(base) for base in self._by_base for pattern in _TRAKTS):
            raise Failed(
                "this zip is not Trakt's data download: none of its files are in it",
                where=self._name,
                todo=f"Trakt makes one for you at {DATA_PAGE}; give the zip as it comes.",
            )
        failed = self._failed_endpoints()
        if any("history" in endpoint for endpoint in failed):
            raise Failed(
                "Trakt could not put your whole history into this download (its `_errors.json` says so)",
                where=self._name,
                todo=_AGAIN,
            )
        watched = list(self.values(_WATCHED))
        if not self._matching(_HISTORY) and (any(watched) or not watched):
            raise Failed(
                "the download has no `watched-history` files, so what you watched is not in it",
                where=self._name,
                todo=f"{_AGAIN} Give the zip as it comes, with every file in it.",
            )
        gap = self._missing_number(_HISTORY)
        if gap is not None:
            raise Failed(f"of the history files, number {gap} is missing", where=self._name, todo=_AGAIN)

    def unread(self) -> frozenset[SyncKind]:
        """The kinds that have no file in the download, or that Trakt failed to put in."""
        failed = self._failed_endpoints()
        kinds = (
            (SyncKind.RATINGS, _RATINGS, "rating"),
            (SyncKind.WATCHLIST, _WATCHLIST, "watchlist"),
            (SyncKind.DROPPED, _DROPPED, "dropped"),
        )
        return frozenset(
            kind
            for kind, pattern, word in kinds
            if not self._matching(pattern) or any(word in endpoint for endpoint in failed)
        )

    def rows(self, pattern: re.Pattern[str], parse: Callable[[Row], Numbered[T]]) -> Iterable[Numbered[T]]:
        """Every row of the matching files, understood; raises Failed with the file and the row."""
        for path in self._matching(pattern):
            for index, value in enumerate(self._list(path), start=1):
                try:
                    entry = row(value, "row")
                    self._note_tvdb(entry)
                    yield parse(entry)
                except RowError as error:
                    raise Failed(
                        f"row {index} can't be understood: {error}",
                        where=f"{self._name}, {path}",
                        todo=f"{_AGAIN} If it happens again, please report it.",
                    ) from None

    def values(self, pattern: re.Pattern[str]) -> Iterable[object]:
        """The JSON of each matching file."""
        return (self._json(path) for path in self._matching(pattern))

    def tvdb(self) -> Mapping[int, int]:
        """TVDB ids by the show's Trakt id, as far as the rows read so far name them, and only one for each."""
        return {show: next(iter(ids)) for show, ids in self._tvdb.items() if len(ids) == 1}

    def _matching(self, pattern: re.Pattern[str]) -> list[str]:
        found = [
            (base, path) for base, paths in self._by_base.items() for path in paths if pattern.fullmatch(base)
        ]
        return [path for _, path in sorted(found, key=lambda pair: (_number(pattern, pair[0]), pair))]

    def _missing_number(self, pattern: re.Pattern[str]) -> int | None:
        """The first number that a series of numbered files lacks (`watched-history-1`, `-2`, `-4`)."""
        series: dict[str, set[int]] = defaultdict(set)
        for path in self._matching(pattern):
            base = path.replace("\\", "/").rpartition("/")[2].lower()
            number = _number(pattern, base)
            if number:
                series[_SUFFIX_NUMBER.sub("", base)].add(number)
        return min(
            (n for found in series.values() for n in range(1, max(found)) if n not in found), default=None
        )

    def _failed_endpoints(self) -> list[str]:
        named = [value for value in self.values(_ERRORS) if isinstance(value, list)]
        rows = [entry for listed in named for entry in listed if isinstance(entry, dict)]
        return [str(entry.get("endpoint", "")).lower() for entry in rows]

    def _note_tvdb(self, entry: Row) -> None:
        try:
            ids = inner(inner(entry, "show"), "ids")
        except RowError:
            return
        trakt, tvdb = optional_number(ids.get("trakt")), optional_number(ids.get("tvdb"))
        if trakt and tvdb:
            self._tvdb[trakt].add(tvdb)

    def _list(self, path: str) -> list[object]:
        listed = self._json(path)
        if not isinstance(listed, list):
            raise Failed("the file does not hold a list", where=f"{self._name}, {path}", todo=_AGAIN)
        return listed

    def _json(self, path: str) -> object:
        try:
            found: object = read_json(self._content.read(path))
        except ValueError:
            raise Failed(
                "the file in the zip is not whole JSON", where=f"{self._name}, {path}", todo=_AGAIN
            ) from None
        return found


def _number(pattern: re.Pattern[str], base: str) -> int:
    found = pattern.fullmatch(base)
    return int(found[1]) if found and pattern.groups and found[1] else 0


def _unique(rows: Iterable[Numbered[T]]) -> list[T]:
    """Each thing once: the files of a download that was made while plays came in may overlap."""
    found = {identity: meant for identity, meant in rows if meant is not None}
    return list(found.values())


def _account(files: _Files) -> tuple[Account, list[str]]:
    """Whose data it is: by the settings, else by the profile; the download may have neither."""
    for value in files.values(_SETTINGS):
        try:
            return account_of(row(value, "settings")), []
        except RowError:
            break
    no_zone = "The download does not say your time zone; finish dates are taken at noon UTC."
    for value in files.values(_PROFILE):
        if not isinstance(value, dict):
            continue
        profile = value["user"] if isinstance(value.get("user"), dict) else value
        user = optional_text(profile.get("username"))
        ids = profile.get("ids")
        uuid = optional_text(ids.get("uuid")) if isinstance(ids, dict) else None
        if user:
            return Account(uuid or f"{NO_ACCOUNT}-{user}", user, "UTC"), [no_zone]
    return Account(NO_ACCOUNT, "", "UTC"), ["The download does not say whose account it is of.", no_zone]


# --- A zip that is not trusted: bounded in count and size, and every damage a plain sentence ---


_TODO = "Download it again; if it was unpacked and packed anew, give the zip as it came."


class ZipContent:
    """The JSON files of a zip, read one at a time."""

    LARGEST_FILE: ClassVar[int] = 256 * 2**20
    LARGEST_CONTENT: ClassVar[int] = 1024 * 2**20
    """In bytes, unpacked: an account at Trakt's limit of 100,000 plays has some 80 MB."""
    MOST_FILES: ClassVar[int] = 20_000

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive, self._name = archive, name
        self._left = self.LARGEST_CONTENT
        infos = [info for info in archive.infolist() if not info.is_dir()]
        if len(infos) > self.MOST_FILES or sum(info.file_size for info in infos) > self.LARGEST_CONTENT:
            raise self._too_large()
        self.names = tuple(info.filename for info in infos if info.filename.lower().endswith(".json"))
        self.made_at = _made_at(infos)

    def read(self, name: str) -> bytes:
        """A file's whole content, its checksum verified. Raises Failed."""
        try:
            with self._archive.open(name) as file:
                data = file.read(self._left + 1)  # what a header says of its size is not believed
        except RuntimeError:  # zipfile's word for a password
            raise Failed("the zip is locked with a password", where=self._name, todo=_TODO) from None
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError):
            raise Failed("the zip is damaged", where=f"{self._name}, {name}", todo=_TODO) from None
        self._left -= len(data)
        if self._left < 0:
            raise self._too_large()
        return data

    def _too_large(self) -> Failed:
        return Failed(
            f"the zip would unpack to more than {self.LARGEST_CONTENT // 2**20} MB: this is no data download",
            where=self._name,
            todo="Look at where the file comes from.",
        )


@contextlib.contextmanager
def open_zip(data: bytes, name: str) -> Iterator[ZipContent]:
    """Open a zip that is in memory. Raises Failed where it is none, damaged, or too large; `name` is for messages."""
    if not data:
        raise Failed("the file is empty", where=name, todo=_TODO)
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        what = "the zip is damaged or cut off" if data[:2] == b"PK" else "the file is not a zip"
        raise Failed(what, where=name, todo=_TODO) from None
    with archive:
        yield ZipContent(archive, name)


def _made_at(infos: list[zipfile.ZipInfo]) -> datetime | None:
    """When the youngest file was packed; a zip keeps no time zone, so this may be off by hours.

    1980 is what packers write that keep no time.
    """
    times = []
    for info in infos:
        with contextlib.suppress(ValueError):
            times.append(datetime(*info.date_time, tzinfo=UTC))
    youngest = max(times, default=None)
    return youngest if youngest is not None and youngest.year > 1980 else None
