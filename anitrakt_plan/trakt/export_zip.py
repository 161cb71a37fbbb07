"""Trakt's own data download (a zip of JSON, trakt.tv/settings/data): what an account holds, without any key.

The rows have the shape of the API's answers. Names of files are those that Trakt's exporter gives: page 1 of the
history is `watched-history.json` where the page count says 1, and `watched-history-1.json` else; it reads on past that
count, so `-2`, `-3` ... stand beside both (older downloads have `watched/history-movies.json`). `_errors.json` says
what Trakt could not put in. Sources: trakt/trakt-web `settings/export/`, `settings/import/parsers/TraktJsonParser.ts`;
ellite/scrob `backend/core/trakt_export.py`; cenodude/CrossWatch#363; bbeesley/trakt-to-letterboxd#765;
IgnisDa/ryot#1817.
"""

from __future__ import annotations

import contextlib
import re
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cached_property
from io import BytesIO
from typing import ClassVar, NamedTuple
from urllib.parse import urlsplit

from anitrakt_plan.errors import Failed
from anitrakt_plan.json_rows import (
    Row,
    RowError,
    optional_number,
    optional_row,
    optional_text,
    row,
    rows,
)
from anitrakt_plan.json_text import read_json
from anitrakt_plan.model import (
    Account,
    Existing,
    Movie,
    MovieSubject,
    OutsideIds,
    Play,
    Show,
    ShowSubject,
    SyncKind,
    TargetKind,
    TraktId,
    Work,
)
from anitrakt_plan.model.account import ListSubject, kind_of_subject, list_subject, work_of
from anitrakt_plan.model.catalogue import KnownWork
from anitrakt_plan.settings import DATA_PAGE
from anitrakt_plan.trakt.account import (
    LostRow,
    Numbered,
    T,
    account_of,
    listed_of,
    lost_row,
    lost_rows_note,
    play_of,
    rating_of,
)
from anitrakt_plan.words import pluralize

NO_ACCOUNT = "trakt-export"
"""Stands for the account's uuid where the download does not name it."""

_AGAIN = f"Download your data again at {DATA_PAGE}."


class Part(Enum):
    """What a file of the download holds, by the pattern of its name; group 1 is its number in a series."""

    HISTORY = r"(?:watched-)?history(?:-[a-z]+)?(?:-(\d+))?\.json"
    RATINGS = r"ratings(?:-[a-z]+)?(?:-(\d+))?\.json"
    WATCHLIST = r"(?:lists-)?watchlist(?:-[a-z]+)?(?:-(\d+))?\.json"
    DROPPED = r"(?:hidden-)?dropped(?:-[a-z]+)?(?:-(\d+))?\.json"
    WATCHED_SHOWS = r"watched-shows(?:-(\d+))?\.json"
    WATCHED_FILMS = r"watched-movies(?:-(\d+))?\.json"
    SETTINGS = r"user-settings()\.json"
    PROFILE = r"user-profile()\.json"
    ERRORS = r"_errors()\.json"


_SUMS = (Part.WATCHED_SHOWS, Part.WATCHED_FILMS)

_KINDS = {
    SyncKind.RATINGS: Part.RATINGS,
    SyncKind.WATCHLIST: Part.WATCHLIST,
    SyncKind.DROPPED: Part.DROPPED,
}

_OWN = r"(?:sync|users/[^/]+)"
_ENDPOINTS = {
    Part.HISTORY: rf"{_OWN}/history(?:/\w+)?",
    Part.RATINGS: rf"{_OWN}/ratings(?:/\w+)?",
    Part.WATCHLIST: rf"{_OWN}/watchlist(?:/\w+)?",
    Part.DROPPED: r"users/hidden/dropped(?:/\w+)?",
    Part.WATCHED_SHOWS: rf"{_OWN}/watched/shows",
    Part.WATCHED_FILMS: rf"{_OWN}/watched/movies",
}
"""What the exporter asks for a part. Compared whole: a custom list or notes may have any of these words in theirs."""

PAGE_ROWS = 250
"""How many rows the exporter asks for at once."""


@dataclass(frozen=True)
class DataZip:
    """A data download, read. `made_at` is UTC, as near as a zip can say; None where it does not say.

    `unread` are kinds that are not in it, which is not the same as empty. `works` are the shows and films that it
    names, and `outside` their ids elsewhere. `last_id` is the highest history id. `short` says what of the history
    is missing, None where nothing is. `notes` are sentences for the person.
    """

    existing: Existing
    made_at: datetime | None
    unread: frozenset[SyncKind]
    notes: tuple[str, ...]
    works: Mapping[ListSubject, Work]
    outside: Mapping[ListSubject, OutsideIds]
    last_id: int = 0
    short: str | None = None

    @property
    def known_works(self) -> tuple[KnownWork, ...]:
        """The shows and films that it names, as they are looked up without asking anybody."""
        return tuple(
            KnownWork(work, imdb=self.outside[subject].imdb if subject in self.outside else None)
            for subject, work in self.works.items()
        )

    @property
    def user(self) -> str | None:
        """Whose data it is, where it says so."""
        return self.existing.account.user or None

    @property
    def names_account(self) -> bool:
        """Whether it says which account it is of by what outlives a change of name."""
        return not self.existing.account.uuid.startswith(NO_ACCOUNT)

    def trakt_id(self, kind: TargetKind, tmdb: int) -> TraktId | None:
        """Trakt's id for TMDB's, where the download names both."""
        return self._trakt_ids.get((kind, tmdb))

    def tmdb_id(self, kind: TargetKind, trakt: TraktId) -> int | None:
        """TMDB's id for Trakt's, where the download names both."""
        work = self.works.get(list_subject(kind, trakt))
        return work.tmdb if work else None

    @cached_property
    def _trakt_ids(self) -> dict[tuple[TargetKind, int], TraktId]:
        found = {}
        for subject, work in self.works.items():
            if work.tmdb is not None and isinstance(work.id, TraktId):
                found[kind_of_subject(subject), work.tmdb] = work.id
        return found


def open_data_zip(data: bytes, name: str) -> DataZip:
    """Read a data download; raises Failed for what is damaged, too large, incomplete or something else."""
    content = ZipContent(data, name)
    files = _Files(content, name)
    files.check_complete()
    account, notes = _account(files)
    plays: tuple[Play, ...] = _unique(files.rows(Part.HISTORY, play_of))
    ratings = _unique(files.rows(Part.RATINGS, rating_of))
    watchlist: tuple[ShowSubject | MovieSubject, ...] = _unique(files.rows(Part.WATCHLIST, listed_of))
    hidden = _unique(files.rows(Part.DROPPED, listed_of))
    dropped = tuple(subject for subject in hidden if isinstance(subject, ShowSubject))
    unread = files.unread()
    lost_plays = frozenset(row.id for row in files.lost[Part.HISTORY] if row.id is not None)
    youngest = max((play.watched_at for play in plays), default=datetime(1970, 1, 1, tzinfo=UTC))
    existing = Existing(
        account=account,
        read_at=content.made_at or youngest,
        plays=plays,
        ratings=ratings,
        watchlist=None if SyncKind.WATCHLIST in unread else watchlist,
        dropped=None if SyncKind.DROPPED in unread else dropped,
        lost_plays=lost_plays,
        lost_rows=sum(map(len, files.lost.values())),
    )
    notes += lost_rows_note(existing.lost_rows, "the download")
    return DataZip(
        existing,
        content.made_at,
        unread,
        tuple(notes),
        files.works,
        files.outside(),
        max((*lost_plays, *(play.id for play in plays)), default=0),
        _short(files, plays),
    )


def _short(files: _Files, plays: Iterable[Play]) -> str | None:
    """What of the history is missing: fewer rows than a work's sum of plays, or no sums and a full last page.

    More rows than the sum are never short; a row that has lost its work may be of any.
    """
    there = Counter(work_of(play.subject) for play in plays)
    sums = files.sums()
    if sums is None:
        if not files.ends_with_full_page():
            return None
        return "its last page of history is full, and it has no sums to say that nothing comes after"
    lacking = {work: count - there[work] for work, count in sums.items() if count > there[work]}
    lost = sum(lacking.values())
    if lost <= len(files.lost[Part.HISTORY]):
        return None
    names = [files.works[work].title for work in lacking]
    named = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"its history has {pluralize(lost, 'play')} fewer than its own sums say ({named})"


class _File(NamedTuple):
    number: int
    base: str
    path: str


class _Files:
    """The files of a download by what they hold, whatever folder they stand in."""

    def __init__(self, content: ZipContent, name: str) -> None:
        self._content, self._name = content, name
        self._files: dict[Part, list[_File]] = {part: [] for part in Part}
        self._outside: dict[ListSubject, set[OutsideIds]] = defaultdict(set)
        self.works: dict[ListSubject, Work] = {}
        self.lost: dict[Part, list[LostRow]] = {part: [] for part in Part}
        for path in content.names:
            base = path.replace("\\", "/").rpartition("/")[2].lower()
            for part, files in self._files.items():
                if found := re.fullmatch(part.value, base):
                    files.append(_File(int(found[1] or 0), base, path))
        for files in self._files.values():
            files.sort()

    def check_complete(self) -> None:
        """Raise Failed where plays may be missing: an incomplete history would send things twice."""
        if not any(files for part, files in self._files.items() if part is not Part.ERRORS):
            if self._content.has_csv:
                raise Failed(
                    "this is Trakt's data download as CSV, which leaves out what anitrakt needs",
                    where=self._name,
                    todo=f"Download it again at {DATA_PAGE}, and choose JSON.",
                )
            raise Failed(
                "this zip is not Trakt's data download: none of its files are in it",
                where=self._name,
                todo=f"Trakt makes one for you at {DATA_PAGE}; give the zip as it comes.",
            )
        if self._has_failed(Part.HISTORY):
            raise Failed(
                "Trakt could not put your whole history into this download (its `_errors.json` says so)",
                where=self._name,
                todo=_AGAIN,
            )
        if not self._files[Part.HISTORY] and not self._has_watched_nothing():
            raise Failed(
                "the download has no `watched-history` files, so what you watched is not in it",
                where=self._name,
                todo=f"{_AGAIN} Give the zip as it comes, with every file in it.",
            )
        gap = self._missing_number()
        if gap is not None:
            raise Failed(f"of the history files, number {gap} is missing", where=self._name, todo=_AGAIN)

    def unread(self) -> frozenset[SyncKind]:
        """The kinds that have no file in the download, or that Trakt failed to put in."""
        return frozenset(
            kind for kind, part in _KINDS.items() if not self._files[part] or self._has_failed(part)
        )

    def rows(self, part: Part, parse: Callable[[Row], Numbered[T]]) -> Iterator[Numbered[T]]:
        """Every row of the matching files, understood; raises Failed with the file and the row."""
        for file in self._files[part]:
            for index, value in enumerate(self._list(file.path), start=1):
                try:
                    entry = row(value, "row")
                    if lost := lost_row(entry):
                        self.lost[part].append(lost)
                        continue
                    self._note_work(entry)
                    yield parse(entry)
                except RowError as error:
                    raise Failed(
                        f"row {index} can't be understood: {error}",
                        where=f"{self._name}, {file.path}",
                        todo=f"{_AGAIN} If it happens again, please report it.",
                    ) from None

    def values(self, part: Part) -> Iterator[object]:
        """The JSON of each matching file."""
        return (self._json(file.path) for file in self._files[part])

    def outside(self) -> Mapping[ListSubject, OutsideIds]:
        """Works' ids elsewhere, as far as the rows read so far name them, and do not contradict each other."""
        return {work: next(iter(ids)) for work, ids in self._outside.items() if len(ids) == 1}

    def sums(self) -> Mapping[ListSubject, int] | None:
        """How many plays each show and film has by the download's own sums; None where it has none, or not all."""
        if any(self._has_failed(part) or not self._files[part] for part in _SUMS):
            return None
        found: dict[ListSubject, int] = {}
        for part in _SUMS:
            sums = self.rows(part, _sum_of)
            found |= {work: n for work, n in sums if n and isinstance(work, ShowSubject | MovieSubject)}
        return found

    def ends_with_full_page(self) -> bool:
        """Whether more may come after the last page of the history: then the exporter stopped too early."""
        pages = [len(self._list(file.path)) for file in self._files[Part.HISTORY]]
        if not pages or not pages[-1]:
            return False
        return pages[-1] == PAGE_ROWS if len(pages) == 1 else pages[-1] >= pages[0]

    def _has_watched_nothing(self) -> bool:
        watched = [value for part in _SUMS for value in self.values(part)]
        return bool(watched) and not any(watched)

    def _missing_number(self) -> int | None:
        """The first number that a series of history files lacks (`watched-history-1`, `-2`, `-4`)."""
        series: dict[str, set[int]] = defaultdict(set)
        for file in self._files[Part.HISTORY]:
            series[re.sub(r"(?:-\d+)?\.json$", "", file.base)].add(file.number or 1)
        gaps = (n for found in series.values() for n in range(1, max(found)) if n not in found)
        return min(gaps, default=None)

    def _has_failed(self, part: Part) -> bool:
        return any(re.fullmatch(_ENDPOINTS[part], endpoint) for endpoint in self._failed_endpoints)

    @cached_property
    def _failed_endpoints(self) -> list[str]:
        errors = [value for value in self.values(Part.ERRORS) if isinstance(value, list)]
        said = (str(optional_row(error).get("endpoint", "")) for listed in errors for error in listed)
        return [urlsplit(endpoint.lower()).path.strip("/") for endpoint in said]

    def _note_work(self, entry: Row) -> None:
        for kind in TargetKind:
            value = optional_row(entry.get(kind.value))
            ids = optional_row(value.get("ids"))
            trakt = optional_number(ids.get("trakt"))
            if not trakt:
                continue
            subject = list_subject(kind, trakt)
            known = OutsideIds(optional_text(ids.get("imdb")), optional_number(ids.get("tvdb")))
            if known != OutsideIds():
                self._outside[subject].add(known)
            make = Movie if kind is TargetKind.MOVIE else Show
            self.works[subject] = make(
                trakt,
                optional_text(value.get("title")) or str(trakt),
                optional_number(value.get("year")),
                slug=optional_text(ids.get("slug")),
                tmdb=optional_number(ids.get("tmdb")),
            )

    def _list(self, path: str) -> list[object]:
        try:
            return rows(self._json(path), "the file")
        except RowError:
            raise Failed(
                "the file does not hold a list", where=f"{self._name}, {path}", todo=_AGAIN
            ) from None

    def _json(self, path: str) -> object:
        try:
            found: object = read_json(self._content.read(path))
        except ValueError:
            raise Failed(
                "the file in the zip is not whole JSON", where=f"{self._name}, {path}", todo=_AGAIN
            ) from None
        return found


def _sum_of(entry: Row) -> Numbered[int]:
    for kind in TargetKind:
        trakt = optional_number(optional_row(optional_row(entry.get(kind.value)).get("ids")).get("trakt"))
        if trakt:
            return list_subject(kind, trakt), optional_number(entry.get("plays"))
    return ("other", repr(entry)), None


def _unique(found: Iterable[Numbered[T]]) -> tuple[T, ...]:
    """Each thing once: the files of a download that was made while plays came in may overlap."""
    return tuple({identity: meant for identity, meant in found if meant is not None}.values())


def _account(files: _Files) -> tuple[Account, list[str]]:
    """Whose data it is: by the settings, else by the profile; the download may have neither."""
    for value in files.values(Part.SETTINGS):
        with contextlib.suppress(RowError):
            return account_of(value), []
    no_zone = "The download does not say your time zone; finish dates are taken at noon UTC."
    for value in files.values(Part.PROFILE):
        profile = optional_row(value)
        profile = optional_row(profile.get("user")) or profile
        user = optional_text(profile.get("username"))
        uuid = optional_text(optional_row(profile.get("ids")).get("uuid"))
        if user:
            return Account(uuid or f"{NO_ACCOUNT}-{user}", user, "UTC"), [no_zone]
    return Account(NO_ACCOUNT, "", "UTC"), ["The download does not say whose account it is of.", no_zone]


# --- A zip that is not trusted: bounded in count and size, and every damage a plain sentence ---


_TODO = "Download it again; if it was unpacked and packed anew, give the zip as it came."


class ZipContent:
    """The JSON files of a zip in memory, read one at a time; raises Failed where it is none, damaged, or too large."""

    MAX_CONTENT: ClassVar[int] = 1024 * 2**20
    """In bytes, unpacked: an account at Trakt's limit of 100,000 plays has some 80 MB."""
    MAX_FILE: ClassVar[int] = 48 * 2**20
    """In bytes, of one file: a page of the history has some 200 kB."""
    MAX_FILES: ClassVar[int] = 20_000

    def __init__(self, data: bytes, name: str) -> None:
        self._name, self._left = name, self.MAX_CONTENT
        self._archive = _opened(data, name)
        infos = [info for info in self._archive.infolist() if not info.is_dir()]
        if len(infos) > self.MAX_FILES or sum(info.file_size for info in infos) > self.MAX_CONTENT:
            raise self._too_large()
        self.names = tuple(info.filename for info in infos if info.filename.lower().endswith(".json"))
        self.has_csv = any(re.search(r"watched-history[-\d]*\.csv$", info.filename.lower()) for info in infos)
        self.made_at = _made_at(infos)

    def read(self, name: str) -> bytes:
        """A file's whole content, its checksum verified. Raises Failed."""
        try:
            with self._archive.open(name) as file:
                # what a header says of its size is not believed
                data = file.read(min(self._left, self.MAX_FILE) + 1)
        except RuntimeError:  # zipfile's word for a password
            raise Failed("the zip is locked with a password", where=self._name, todo=_TODO) from None
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError):
            raise Failed("the zip is damaged", where=f"{self._name}, {name}", todo=_TODO) from None
        self._left -= len(data)
        if self._left < 0 or len(data) > self.MAX_FILE:
            raise self._too_large()
        return data

    def _too_large(self) -> Failed:
        return Failed(
            f"the zip would unpack to more than any account has ({self.MAX_CONTENT // 2**20} MB, or "
            f"{self.MAX_FILE // 2**20} MB in one file): this is no data download",
            where=self._name,
            todo="Look at where the file comes from.",
        )


def _opened(data: bytes, name: str) -> zipfile.ZipFile:
    if not data:
        raise Failed("the file is empty", where=name, todo=_TODO)
    try:
        return zipfile.ZipFile(BytesIO(data))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        if data[:2] == b"PK":
            raise Failed("the zip is damaged or cut off", where=name, todo=_TODO) from None
        todo = f"An anime list is given with --list-file, Trakt's data download as it came. {_TODO}"
        raise Failed("the file is not a zip", where=name, todo=todo) from None


def _made_at(infos: list[zipfile.ZipInfo]) -> datetime | None:
    """When the youngest file was packed; a zip keeps no time zone, so this may be off by hours."""
    times = []
    for info in infos:
        with contextlib.suppress(ValueError):
            times.append(datetime(*info.date_time, tzinfo=UTC))
    youngest = max(times, default=None)
    # 1980 is what packers write that keep no time.
    return youngest if youngest is not None and youngest.year > 1980 else None
