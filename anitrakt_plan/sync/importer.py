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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from anitrakt_plan.model import EntryKey, EpisodeSubject, MovieSubject, ShowSubject
from anitrakt_plan.model.account import ListSubject, PlaySubject
from anitrakt_plan.model.dates import EPOCH, Undated, When, format_when
from anitrakt_plan.sync.diff import ListingChange, PlayChange
from anitrakt_plan.sync.knowledge import ListName
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
    by_tvdb: list[PlayChange] = []
    by_id: list[PlayChange] = []
    left: list[PlayChange] = []
    for play in missing.plays:
        chosen = _place(play, ids, form, one_file=one_file)
        (by_tvdb if chosen is ImportFormat.TVTIME else left if chosen is None else by_id).append(play)
    has_rows_by_id = form is not ImportFormat.TVTIME or not one_file
    ratings = [one for one in missing.ratings if has_rows_by_id and _can_rate(one)]
    listings = [one for one in missing.listings if has_rows_by_id and _can_list(one)]
    files = []
    if by_tvdb:
        files.append(ImportFile(ImportFormat.TVTIME, tvtime_text(by_tvdb, missing, ids), tuple(by_tvdb)))
    if by_id or ratings or listings:
        kind = ImportFormat.TRAKT_JSON if form is ImportFormat.TRAKT_JSON else ImportFormat.CSV
        rows = rows_by_id(by_id, ratings, listings, missing, ids)
        text = json_text(rows) if kind is ImportFormat.TRAKT_JSON else csv_text(rows)
        files.append(ImportFile(kind, text, tuple(by_id), tuple(ratings), tuple(listings)))
    carried = [*by_tvdb, *by_id]
    return ImportFiles(
        tuple(files),
        LeftOut(
            plays=tuple(left),
            ratings=tuple(one for one in missing.ratings if not (has_rows_by_id and _can_rate(one))),
            listings=tuple(one for one in missing.listings if not (has_rows_by_id and _can_list(one))),
            release_dates=sum(
                1
                for play in carried
                if play.when is Undated.RELEASED and missing.aired.get(play.subject) is None
            ),
        ),
    )


def _can_rate(change: RatingChange) -> bool:
    """A season's row was long read as a film's, and an episode's was dropped."""
    return isinstance(change.subject, MovieSubject | ShowSubject)


def _can_list(change: ListingChange) -> bool:
    """The importer knows the watchlist, but not the dropped shows."""
    return change.list is ListName.WATCHLIST


def _place(play: PlayChange, ids: KnownIds, form: ImportFormat, *, one_file: bool) -> ImportFormat | None:
    """The layout that can name a play, of those that this export writes."""
    by_id = form if form is not ImportFormat.TVTIME else None if one_file else ImportFormat.CSV
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
    """Ids beside the plan's: TVDB's by the show's Trakt id, and Trakt's own of episodes."""

    tvdb: Mapping[int, int] = field(default_factory=dict)
    episodes: Mapping[EpisodeSubject, int] = field(default_factory=dict)


def _date(play: PlayChange, missing: Missing) -> When:
    """`released` is a word that the importer does not know, and would make *now* of."""
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


def tvtime_text(plays: Sequence[PlayChange], missing: Missing, ids: KnownIds) -> str:
    """TV Time's layout; every play must be of an episode of a show with a TVDB id."""
    lines: list[Sequence[object]] = [_TVTIME_COLUMNS]
    for index, play in enumerate(plays, start=1):
        assert isinstance(play.subject, EpisodeSubject)
        show, season, number = play.subject.show, play.subject.season, play.subject.number
        when = _date(play, missing)
        lines.append(
            (
                f"watch-episode-anitrakt-{index}",
                format_when(EPOCH if when is Undated.UNKNOWN else when),
                ids.tvdb[show],
                missing.title_of(play.entry),
                season,
                number,
                "",
                season,
                number,
            )
        )
    return _lines_text(lines)


# --- by Trakt's own ids -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the layouts that name things by Trakt's ids; `action` is always spelled out, never inferred."""

    action: str
    kind: str
    trakt: int
    title: str
    show: int | None = None
    season: int | None = None
    number: int | None = None
    watched_at: str | None = None
    rating: int | None = None
    rated_at: str | None = None


def rows_by_id(
    plays: Iterable[PlayChange],
    ratings: Iterable[RatingChange],
    listings: Iterable[ListingChange],
    missing: Missing,
    ids: KnownIds,
) -> list[Row]:
    """Rows for what is named by Trakt's ids; every play must be of a film, or of an episode whose own id is known."""
    rows = [_play_row(play, missing, ids) for play in plays]
    for change in ratings:
        assert isinstance(change.subject, MovieSubject | ShowSubject)
        kind, trakt = _work(change.subject)
        title = missing.title_of(change.entries[0]) if change.entries else ""
        rated_at = format_when(change.rated_at) if change.rated_at else None
        rows.append(Row("ratings", kind, trakt, title, rating=change.value, rated_at=rated_at))
    for listing in listings:
        kind, trakt = _work(listing.subject)
        rows.append(Row("watchlist", kind, trakt, missing.title_of(listing.entry)))
    return rows


def _play_row(play: PlayChange, missing: Missing, ids: KnownIds) -> Row:
    title, when = missing.title_of(play.entry), format_when(_date(play, missing))
    match play.subject:
        case MovieSubject(movie):
            return Row("history", "movie", movie, title, watched_at=when)
        case EpisodeSubject(show, season, number) as episode:
            own = ids.episodes[episode]
            return Row("history", "episode", own, title, show, season, number, watched_at=when)


def _work(subject: ListSubject) -> tuple[str, int]:
    return ("movie", subject.movie) if isinstance(subject, MovieSubject) else ("show", subject.show)


_CSV_COLUMNS = (
    "action",
    "type",
    "trakt_id",
    "title",
    "season",
    "episode",
    "watched_at",
    "rating",
    "rated_at",
)


def csv_text(rows: Iterable[Row]) -> str:
    """The rows as the CSV layout."""
    lines: list[Sequence[object]] = [_CSV_COLUMNS]
    lines += [
        (r.action, r.kind, r.trakt, r.title, r.season, r.number, r.watched_at, r.rating, r.rated_at)
        for r in rows
    ]
    return _lines_text(lines)


def json_text(rows: Iterable[Row]) -> str:
    """The rows as the JSON layout."""
    return json.dumps([_json_row(row) for row in rows], ensure_ascii=False, indent=1) + "\n"


def _json_row(row: Row) -> Mapping[str, object]:
    """The shape of Trakt's own rows: a nested object, whose ids are those of the thing itself."""
    found: dict[str, object] = {"action": row.action, "type": row.kind}
    for name in ("watched_at", "rating", "rated_at"):
        if getattr(row, name) is not None:
            found[name] = getattr(row, name)
    if row.kind == "episode":
        found["show"] = {"title": row.title, "ids": {"trakt": row.show}}
        found["episode"] = {"season": row.season, "number": row.number, "ids": {"trakt": row.trakt}}
    else:
        found[row.kind] = {"title": row.title, "ids": {"trakt": row.trakt}}
    return found


class _Lines(list[str]):
    """A list that the csv writer can write to: the core has no files."""

    def write(self, text: str) -> None:
        self.append(text)


def _lines_text(lines: Iterable[Sequence[object]]) -> str:
    written = _Lines()
    csv.writer(written, lineterminator="\n").writerows(lines)
    return "".join(written)
