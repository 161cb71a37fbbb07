"""The three layouts that Trakt's importer takes, as text; what each can name, `importer_files` decides."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from anitrakt_plan.core.dates import EPOCH, Undated, When, format_when
from anitrakt_plan.core.diff import ListingChange, PlayChange
from anitrakt_plan.core.model import EntryKey, EpisodeSubject, MovieSubject, ShowSubject
from anitrakt_plan.core.ratings import RatingChange
from anitrakt_plan.core.subjects import ListSubject, PlaySubject


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
