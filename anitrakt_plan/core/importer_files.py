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

from dataclasses import dataclass
from enum import StrEnum

from anitrakt_plan.core.dates import Undated
from anitrakt_plan.core.diff import ListingChange, PlayChange
from anitrakt_plan.core.importer_layouts import (
    KnownIds,
    Missing,
    csv_text,
    json_text,
    rows_by_id,
    tvtime_text,
)
from anitrakt_plan.core.knowledge import ListName
from anitrakt_plan.core.model import MovieSubject, ShowSubject
from anitrakt_plan.core.ratings import RatingChange


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
