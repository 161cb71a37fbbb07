"""What is confirmed and missing, as files that Trakt's own importer turns into exactly these plays, and nothing else.

Its rules, read from trakt/trakt-web `projects/client/src/lib/sections/settings/import/` (summer 2026), and what each
layout can name because of them:

* `tvtime`: an episode by its show's TVDB id, season and number, in the layout of TV Time's `tracking-prod-records-v2`.
  A film only by its title, which finds wrong ones: never written.
* `trakt-json` and `csv`: a film or show by its Trakt id, an episode by its own Trakt id only. An episode without one
  would take its show's id for it, a row typed `season` was long read as a film, and a show's row means every episode.
* An unknown date has its word in `trakt-json` and `csv`. In `tvtime` a date that can't be read becomes *now*, so the
  instant stands there that Trakt itself keeps for it. `released` can't be said in any of them.
* The importer looks at nothing that is there already: what is written twice is there twice.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from functools import partial

from anitrakt_plan.model import (
    EntryKey,
    EpisodeSubject,
    MovieSubject,
    ShowSubject,
    WorkId,
    trakt_id,
)
from anitrakt_plan.model.account import ListSubject, PlaySubject
from anitrakt_plan.model.dates import EPOCH, Undated, When, format_when
from anitrakt_plan.sync.diff import ListingChange, PlayChange
from anitrakt_plan.sync.knowledge import ListName, grouped
from anitrakt_plan.sync.ratings import RatingChange


class ImportFormat(StrEnum):
    """A layout that Trakt's importer takes; the word is also the option's."""

    TVTIME = "tvtime"
    TRAKT_JSON = "trakt-json"
    CSV = "csv"

    @property
    def suffix(self) -> str:
        """How a file's name must end for the importer to take it."""
        return ".json" if self is ImportFormat.TRAKT_JSON else ".csv"

    @property
    def menu(self) -> str:
        """What to choose on Trakt's import page."""
        return {"tvtime": "TV Time", "trakt-json": "JSON", "csv": "CSV"}[self.value]


@dataclass(frozen=True, slots=True)
class ImportFile:
    """One file to upload. `format` is what to choose on the import page."""

    format: ImportFormat
    text: str
    plays: tuple[PlayChange, ...]
    ratings: tuple[RatingChange, ...] = ()
    listings: tuple[ListingChange, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What no file carries, by the reason: `plays` without the id that a layout needs, and what it has no word for."""

    plays: tuple[PlayChange, ...] = ()
    ratings: tuple[RatingChange, ...] = ()
    listings: tuple[ListingChange, ...] = ()
    release_dates: int = 0
    """Plays that are written as undated because their release date is not known here."""


@dataclass(frozen=True, slots=True)
class ImportFiles:
    """The files in the order they are to be uploaded, and what they can't carry."""

    files: tuple[ImportFile, ...]
    left_out: LeftOut

    @property
    def plays(self) -> tuple[PlayChange, ...]:
        """Every play that one of the files carries."""
        return tuple(play for one in self.files for play in one.plays)


def import_files(missing: Missing, ids: KnownIds, form: ImportFormat, *, one_file: bool) -> ImportFiles:
    """Write what is missing. `tvtime` needs a second file, a `csv`, for films and ratings: not made with `one_file`.

    An empty file is not made; where there is nothing to carry, there is no file.
    """
    parts = _by_layout(missing, ids, form, one_file=one_file)
    left = parts[None]
    files = tuple(
        ImportFile(layout, _TEXTS[layout](part, ids), part.plays, part.ratings, part.listings)
        for layout, part in parts.items()
        if layout is not None and (part.plays or part.ratings or part.listings)
    )
    dated = (play for one in files for play in one.plays if play.when is Undated.RELEASED)
    undated = sum(missing.aired.get(play.subject) is None for play in dated)
    return ImportFiles(files, LeftOut(left.plays, left.ratings, left.listings, undated))


def _by_layout(
    missing: Missing, ids: KnownIds, form: ImportFormat, *, one_file: bool
) -> dict[ImportFormat | None, Missing]:
    """What each layout carries, in the order of the files; under None, what none can carry."""
    by_id = form if form is not ImportFormat.TVTIME else None if one_file else ImportFormat.CSV
    plays = grouped((_layout_for(play, ids, form, by_id), play) for play in missing.plays)
    ratings = grouped((by_id if _can_rate(change) else None, change) for change in missing.ratings)
    listings = grouped((by_id if _can_list(change) else None, change) for change in missing.listings)
    return {
        layout: replace(
            missing,
            plays=tuple(plays[layout]),
            ratings=tuple(ratings[layout]),
            listings=tuple(listings[layout]),
        )
        for layout in (*ImportFormat, None)
    }


def _can_rate(change: RatingChange) -> bool:
    # a season's row was long read as a film's, and an episode's was dropped
    return isinstance(change.subject, MovieSubject | ShowSubject)


def _can_list(change: ListingChange) -> bool:
    # the importer knows the watchlist, but not the dropped shows
    return change.list is ListName.WATCHLIST


def _layout_for(
    play: PlayChange, ids: KnownIds, form: ImportFormat, by_id: ImportFormat | None
) -> ImportFormat | None:
    if isinstance(play.subject, MovieSubject):
        return by_id
    if form is ImportFormat.TVTIME and play.subject.show in ids.tvdb:
        return form
    return by_id if play.subject in ids.episodes else None


# --- the three layouts that Trakt's importer takes, as text ---


@dataclass(frozen=True, slots=True)
class Missing:
    """What is confirmed and missing on Trakt. `titles` are the entries' names, for people who read the file.

    `aired` says when episodes first aired, UTC, where the date policy is `released` and it is known.
    """

    plays: tuple[PlayChange, ...]
    ratings: tuple[RatingChange, ...] = ()
    listings: tuple[ListingChange, ...] = ()
    titles: Mapping[EntryKey, str] = field(default_factory=dict)
    aired: Mapping[PlaySubject, datetime | None] = field(default_factory=dict)

    def title_of(self, entry: EntryKey) -> str:
        """An entry's name on one line; empty where there is none."""
        return " ".join(self.titles.get(entry, "").split())


@dataclass(frozen=True, slots=True)
class KnownIds:
    """Ids beside the plan's: TVDB's by the show's id, and Trakt's own of episodes."""

    tvdb: Mapping[WorkId, int] = field(default_factory=dict)
    episodes: Mapping[EpisodeSubject, int] = field(default_factory=dict)


def _date(play: PlayChange, missing: Missing) -> When:
    # `released` is a word that the importer does not know, and would make *now* of
    if play.when is not Undated.RELEASED:
        return play.when
    return missing.aired.get(play.subject) or Undated.UNKNOWN


# --- TV Time ------------------------------------------------------------------------------------

_TVTIME_COLUMNS = (
    "key",  # by this column the importer knows the layout
    "created_at",
    "s_id",
    "series_name",
    "s_no",
    "ep_no",
    "ep_id",  # empty: an episode's own TVDB id would win over the show's, season and number
    "season_number",
    "episode_number",
)


def tvtime_text(missing: Missing, ids: KnownIds) -> str:
    """TV Time's layout; every play must be of an episode of a show with a TVDB id."""
    lines: list[Sequence[object]] = [_TVTIME_COLUMNS]
    for index, play in enumerate(missing.plays, start=1):
        assert isinstance(play.subject, EpisodeSubject)
        when = _date(play, missing)
        at = format_when(EPOCH if when is Undated.UNKNOWN else when)
        numbers = (play.subject.season, play.subject.number)
        series = (ids.tvdb[play.subject.show], missing.title_of(play.entry))
        lines.append((f"watch-episode-anitrakt-{index}", at, *series, *numbers, "", *numbers))
    return _lines_text(lines)


# --- by Trakt's own ids -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the layouts that name things by Trakt's ids; `action` is always spelled out, never inferred.

    The fields but `show` are the columns of the CSV layout, in its order.
    """

    action: str
    type: str
    trakt_id: int
    title: str
    season: int | None = None
    episode: int | None = None
    watched_at: str | None = None
    rating: int | None = None
    rated_at: str | None = None
    show: int | None = None


_CSV_COLUMNS = tuple(column.name for column in fields(Row) if column.name != "show")


def rows_by_id(missing: Missing, ids: KnownIds) -> list[Row]:
    """Rows for what is named by Trakt's ids; every play must be of a film, or of an episode whose own id is known."""
    rows = [_play_row(play, missing, ids) for play in missing.plays]
    for change in missing.ratings:
        assert isinstance(change.subject, MovieSubject | ShowSubject)
        title = missing.title_of(change.entries[0]) if change.entries else ""
        rated_at = format_when(change.rated_at) if change.rated_at else None
        row = _work_row("ratings", change.subject, title)
        rows.append(replace(row, rating=change.value, rated_at=rated_at))
    rows += [_work_row("watchlist", one.subject, missing.title_of(one.entry)) for one in missing.listings]
    return rows


def _play_row(play: PlayChange, missing: Missing, ids: KnownIds) -> Row:
    title, when = missing.title_of(play.entry), format_when(_date(play, missing))
    if isinstance(play.subject, MovieSubject):
        return replace(_work_row("history", play.subject, title), watched_at=when)
    return Row(
        action="history",
        type="episode",
        trakt_id=ids.episodes[play.subject],
        title=title,
        season=play.subject.season,
        episode=play.subject.number,
        watched_at=when,
        show=trakt_id(play.subject.show),
    )


def _work_row(action: str, subject: ListSubject, title: str) -> Row:
    match subject:
        case MovieSubject(movie):
            return Row(action=action, type="movie", trakt_id=trakt_id(movie), title=title)
        case ShowSubject(show):
            return Row(action=action, type="show", trakt_id=trakt_id(show), title=title)


def csv_text(missing: Missing, ids: KnownIds) -> str:
    """The CSV layout."""
    rows = rows_by_id(missing, ids)
    return _lines_text([_CSV_COLUMNS, *(map(partial(getattr, row), _CSV_COLUMNS) for row in rows)])


def json_text(missing: Missing, ids: KnownIds) -> str:
    """The JSON layout."""
    rows = [_json_row(row) for row in rows_by_id(missing, ids)]
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


def _json_row(row: Row) -> Mapping[str, object]:
    dated = {name: getattr(row, name) for name in ("watched_at", "rating", "rated_at")}
    found = {"action": row.action, "type": row.type, **{k: v for k, v in dated.items() if v is not None}}
    ids = {"trakt": row.trakt_id}
    if row.show is None:
        return {**found, row.type: {"title": row.title, "ids": ids}}
    show = {"title": row.title, "ids": {"trakt": row.show}}
    return {**found, "show": show, "episode": {"season": row.season, "number": row.episode, "ids": ids}}


class _Lines(list[str]):
    """A list that the csv writer can write to: the core has no files."""

    write = list.append


def _lines_text(lines: Iterable[Iterable[object]]) -> str:
    written = _Lines()
    csv.writer(written, lineterminator="\n").writerows(lines)
    return "".join(written)


_TEXTS: Mapping[ImportFormat, Callable[[Missing, KnownIds], str]] = {
    ImportFormat.TVTIME: tvtime_text,
    ImportFormat.TRAKT_JSON: json_text,
    ImportFormat.CSV: csv_text,
}
