"""What is confirmed and missing, as files that Trakt's own importer turns into exactly these plays, and nothing else.

Its rules, read from trakt/trakt-web `projects/client/src/lib/sections/settings/import/` (August 2026; docs/services.md
2.2), and what each file can say because of them:

* `tvtime-anitrakt.zip`, in the layout of TV Time's export: an episode by its show's TVDB or IMDb id, season and number,
  which are Trakt's own numbers; a film by its IMDb id. An episode's own id would win over the three, so it has none.
  It has no word for an unknown date, and what it can't read becomes *now*: so the instant stands there that Trakt
  itself keeps for it. A second play of one episode is folded into the first.
* `anitrakt.csv`, in Trakt's own words: films by Trakt's or TMDB's id, ratings of films and shows, the watchlist. An
  episode would need an id of its own; one with a show's id is taken for the whole show, so there is none in it. A row
  typed `season` was long read as a film.
* The importer looks at nothing that is there already: what is written twice is there twice.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from anitrakt_plan.model import EntryKey, MovieSubject, OutsideIds, ShowSubject, TmdbId, WorkId
from anitrakt_plan.model.account import ListSubject, PlaySubject, work_of
from anitrakt_plan.model.dates import EPOCH, Undated, When, format_when
from anitrakt_plan.sync.diff import ListingChange, PlayChange
from anitrakt_plan.sync.knowledge import ListName, grouped
from anitrakt_plan.sync.ratings import RatingChange
from anitrakt_plan.words import csv_text, printable

_T = TypeVar("_T")


class ImportLayout(StrEnum):
    """A layout that Trakt's importer takes, in the order of the uploads; the word is its tab's in addresses."""

    PLAYS = "tvtime"
    BY_ID = "trakt-csv"

    @property
    def file_name(self) -> str:
        """What the file is called: the importer goes by the name, too."""
        return {"tvtime": "tvtime-anitrakt.zip", "trakt-csv": "anitrakt.csv"}[self.value]

    @property
    def tab(self) -> str:
        """What the tab is called on Trakt's import page."""
        return {"tvtime": "TV Time", "trakt-csv": "CSV"}[self.value]


@dataclass(frozen=True, slots=True)
class ImportFile:
    """One file to upload. Its plays have the dates that Trakt will show.

    `texts` is what it holds, by name: a single one where it is no zip.
    """

    layout: ImportLayout
    texts: tuple[tuple[str, str], ...]
    plays: tuple[PlayChange, ...]
    ratings: tuple[RatingChange, ...] = ()
    listings: tuple[ListingChange, ...] = ()

    @property
    def announced(self) -> tuple[tuple[int, str], ...]:
        """The numbers that Trakt's page shows before *Start Import*, in its words, without those that are 0."""
        counts = (
            (len(self.plays), "items for History"),
            (len(self.listings), "items for Watchlist"),
            (len(self.ratings), "ratings"),
        )
        return tuple((count, words) for count, words in counts if count)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What no file carries, by the reason.

    `nameless`: plays of shows that the importer can't name. `repeated`: further plays of an episode. `ratings` and
    `listings` are those it has no word for. `release_dates` are plays that are written as undated because their
    release date is not known here.
    """

    nameless: tuple[PlayChange, ...] = ()
    repeated: tuple[PlayChange, ...] = ()
    ratings: tuple[RatingChange, ...] = ()
    listings: tuple[ListingChange, ...] = ()
    release_dates: tuple[PlayChange, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportFiles:
    """The files in the order they are to be uploaded, and what they can't carry.

    `clashes` are pairs of plays that a plan has of different things, and the importer would take for one.
    """

    files: tuple[ImportFile, ...]
    left_out: LeftOut
    clashes: tuple[tuple[PlayChange, PlayChange], ...] = ()

    @property
    def plays(self) -> tuple[PlayChange, ...]:
        """Every play that one of the files carries."""
        return tuple(play for one in self.files for play in one.plays)

    @property
    def ratings(self) -> tuple[RatingChange, ...]:
        """Every rating that one of the files carries."""
        return tuple(change for one in self.files for change in one.ratings)


KnownIds = Mapping[ListSubject, OutsideIds]
"""Works' ids elsewhere, as far as they name the work and no other."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What is confirmed and missing on Trakt. `titles` are the entries' names, for people who read the file.

    `aired` says when things first aired, UTC, where the date policy is `released` and it is known.
    """

    plays: tuple[PlayChange, ...]
    ratings: tuple[RatingChange, ...] = ()
    listings: tuple[ListingChange, ...] = ()
    titles: Mapping[EntryKey, str] = field(default_factory=dict)
    aired: Mapping[PlaySubject, datetime | None] = field(default_factory=dict)

    def title_of(self, entry: EntryKey) -> str:
        """An entry's name on one line; empty where there is none."""
        return printable(" ".join(self.titles.get(entry, "").split()))


def import_files(missing: Missing, ids: KnownIds) -> ImportFiles:
    """Write what is missing. An empty file is not made; where there is nothing to carry, there is no file."""
    plays = _Sorted(ids)
    for play in sorted(missing.plays, key=_is_undated):  # of several plays of one thing, the dated goes first
        plays.add(replace(play, when=_date(play, missing)))
    ratings, other_ratings = _parted(missing.ratings, lambda change: _can_rate(change, ids))
    listings, other_listings = _parted(missing.listings, lambda change: _can_list(change, ids))
    carried = (
        ImportFile(ImportLayout.PLAYS, (), tuple(plays.by_outside_id)),
        ImportFile(ImportLayout.BY_ID, (), tuple(plays.by_own_id), ratings, listings),
    )
    left_out = LeftOut(
        nameless=tuple(plays.nameless),
        repeated=tuple(plays.repeated),
        ratings=other_ratings,
        listings=other_listings,
        release_dates=tuple(play for play in missing.plays if _lacks_its_release_date(play, missing)),
    )
    files = tuple(replace(one, texts=_texts(one, missing, ids)) for one in carried if one.announced)
    return ImportFiles(files, left_out, tuple(plays.clashes))


def _parted(items: Iterable[_T], can: Callable[[_T], bool]) -> tuple[tuple[_T, ...], tuple[_T, ...]]:
    groups = grouped((can(item), item) for item in items)
    return tuple(groups[True]), tuple(groups[False])


def _lacks_its_release_date(play: PlayChange, missing: Missing) -> bool:
    return play.when is Undated.RELEASED and _released(play, missing) is None


def _is_undated(play: PlayChange) -> bool:
    return play.when is Undated.UNKNOWN


def _can_rate(change: RatingChange, ids: KnownIds) -> bool:
    # a season's row was long read as a film's, and an episode's was dropped
    return isinstance(change.subject, MovieSubject | ShowSubject) and _can_name(change.subject, ids)


def _can_list(change: ListingChange, ids: KnownIds) -> bool:
    # the importer knows the watchlist, but not the dropped shows
    return change.list is ListName.WATCHLIST and _can_name(change.subject, ids)


def _can_name(work: ListSubject, ids: KnownIds) -> bool:
    # of shows, TMDB's ids are taken nowhere
    is_tmdb_show = isinstance(work, ShowSubject) and isinstance(work.show, TmdbId)
    return not is_tmdb_show or ids.get(work, OutsideIds()) != OutsideIds()


def _date(play: PlayChange, missing: Missing) -> When:
    # `released` is a word that the importer does not know, and would make *now* of
    return play.when if play.when is not Undated.RELEASED else _released(play, missing) or Undated.UNKNOWN


def _released(play: PlayChange, missing: Missing) -> datetime | None:
    return missing.aired.get(play.subject)


_Address = tuple[str | int, ...]
"""What the importer knows a play's item by: the show's or film's id, and of an episode season and number."""


class _Sorted:
    """Plays by the file that can carry them; no file gets one address twice."""

    def __init__(self, ids: KnownIds) -> None:
        self._ids = ids
        self._taken: dict[_Address, PlayChange] = {}
        self.by_outside_id: list[PlayChange] = []
        self.by_own_id: list[PlayChange] = []
        self.nameless: list[PlayChange] = []
        self.repeated: list[PlayChange] = []
        self.clashes: list[tuple[PlayChange, PlayChange]] = []

    def add(self, play: PlayChange) -> None:
        address = _address(play.subject, self._ids)
        first = self._taken.setdefault(address, play) if address is not None else None
        if first is play:
            self.by_outside_id.append(play)
        elif first is not None and first.subject != play.subject:
            self.clashes.append((first, play))
        elif isinstance(play.subject, MovieSubject):
            self.by_own_id.append(play)
        elif first is not None:
            self.repeated.append(play)
        else:
            self.nameless.append(play)


def _address(subject: PlaySubject, ids: KnownIds) -> _Address | None:
    known = ids.get(work_of(subject), OutsideIds())
    if isinstance(subject, MovieSubject):
        return (known.imdb,) if known.imdb else None
    show = known.tvdb or known.imdb
    return (show, subject.season, subject.number) if show else None


# --- the two layouts ----------------------------------------------------------------------------


def _texts(file: ImportFile, missing: Missing, ids: KnownIds) -> tuple[tuple[str, str], ...]:
    match file.layout:
        case ImportLayout.PLAYS:
            series, films = _series_and_films(file.plays, missing, ids)
            # by these names the importer knows the layout, and what is in which
            parts = (("tvtime-series.json", series), ("tvtime-movies.json", films))
            return tuple(
                (name, json.dumps(rows, ensure_ascii=False, indent=1)) for name, rows in parts if rows
            )
        case ImportLayout.BY_ID:
            return ((file.layout.file_name, _csv_text(_rows_by_id(file, missing, ids))),)


def _series_and_films(
    plays: Iterable[PlayChange], missing: Missing, ids: KnownIds
) -> tuple[list[Any], list[Any]]:
    shows: dict[ListSubject, dict[int, list[Any]]] = defaultdict(lambda: defaultdict(list))
    names: dict[ListSubject, str] = {}
    films = []
    for play in plays:
        work, subject = work_of(play.subject), play.subject
        watched = {"is_watched": True, "watched_at": _instant(play.when)}
        if isinstance(subject, MovieSubject):
            identity = {"tvdb": None, "imdb": ids[work].imdb}
            films.append({"id": identity, "title": missing.title_of(play.entry), **watched})
        else:
            names.setdefault(work, missing.title_of(play.entry))
            row = {"id": {"tvdb": None, "imdb": None}, "number": subject.number, **watched}
            shows[work][subject.season].append(row)
    series = [
        {
            "id": _show_id(ids[work]),
            "title": names[work],
            "seasons": [{"number": season, "episodes": rows} for season, rows in seasons.items()],
        }
        for work, seasons in shows.items()
    ]
    return series, films


def _show_id(known: OutsideIds) -> dict[str, Any]:
    # one id alone: where both are given and disagree, the server takes the IMDb one
    return {"tvdb": known.tvdb, "imdb": None if known.tvdb else known.imdb}


def _instant(when: When) -> str:
    return format_when(EPOCH if when is Undated.UNKNOWN else when)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of Trakt's own layout; `action` is always spelled out, never inferred. The fields are its columns.

    The names without `_id`: with it, the tab of TV Time would take the file for one of its own layouts.
    """

    action: str
    type: str
    trakt: int | None = None
    imdb: str | None = None
    tmdb: int | None = None
    tvdb: int | None = None
    title: str
    watched_at: str | None = None
    rating: int | None = None
    rated_at: str | None = None


_COLUMNS = tuple(column.name for column in fields(Row))


def _rows_by_id(file: ImportFile, missing: Missing, ids: KnownIds) -> list[Row]:
    rows = []
    for play in file.plays:
        row = _work_row("history", work_of(play.subject), missing.title_of(play.entry), ids)
        rows.append(replace(row, watched_at=format_when(play.when)))
    for change in file.ratings:
        assert isinstance(change.subject, MovieSubject | ShowSubject)
        title = missing.title_of(change.entries[0]) if change.entries else ""
        row = _work_row("ratings", change.subject, title, ids)
        rated_at = format_when(change.rated_at) if change.rated_at else None
        rows.append(replace(row, rating=change.value, rated_at=rated_at))
    rows += [_work_row("watchlist", one.subject, missing.title_of(one.entry), ids) for one in file.listings]
    return rows


def _work_row(action: str, subject: ListSubject, title: str, ids: KnownIds) -> Row:
    match subject:
        case MovieSubject(movie):
            return Row(action=action, type="movie", title=title, **_own_id(movie))
        case ShowSubject(TmdbId()):
            known = ids.get(subject, OutsideIds())
            imdb = None if known.tvdb else known.imdb
            return Row(action=action, type="show", title=title, tvdb=known.tvdb, imdb=imdb)
        case ShowSubject(show):
            return Row(action=action, type="show", title=title, **_own_id(show))


def _own_id(work: WorkId) -> dict[str, Any]:
    return {"tmdb": work.number} if isinstance(work, TmdbId) else {"trakt": work}


class _Lines(list[str]):
    """A list that the csv writer can write to: the core has no files."""

    write = list.append


def _csv_text(rows: Sequence[Row]) -> str:
    written = _Lines()
    safe = (replace(row, title=csv_text(row.title)) for row in rows)
    lines = [_COLUMNS, *([getattr(row, name) for name in _COLUMNS] for row in safe)]
    csv.writer(written, lineterminator="\n").writerows(lines)
    return "".join(written)
