"""A copy of an account as a file: the rows as Trakt gave them, in the form of its own data download."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO

from anitrakt_plan.json_rows import Row, optional_number, optional_row, optional_text
from anitrakt_plan.model import Account, TargetKind
from anitrakt_plan.model.account import ListSubject, kind_of_subject, list_subject
from anitrakt_plan.trakt.export_zip import PAGE_ROWS
from anitrakt_plan.words import titled

_FILES = {
    "/sync/history": "watched-history",
    "/sync/ratings/all": "ratings",
    "/sync/watchlist/shows": "lists-watchlist-shows",
    "/sync/watchlist/movies": "lists-watchlist-movies",
    "/users/hidden/dropped": "hidden-dropped",
}


@dataclass
class AccountCopy:
    """Takes in the rows that a reading of the account gets, each once (`TraktState(on_row=copy.take)`)."""

    _rows: dict[str, dict[object, Row]] = field(default_factory=dict)

    def take(self, path: str, entry: Row) -> None:
        """Keep a row; one that comes again takes the place of the first."""
        number = optional_number(entry.get("id"))
        key = number if number is not None else json.dumps(entry, sort_keys=True)
        self._rows.setdefault(path, {})[key] = entry

    def names(self) -> Mapping[ListSubject, str]:
        """The shows and films of the history by their titles and years."""
        return {subject: titled(title, year) for subject, title, year, _ in self._works()}

    def pages(self) -> Mapping[ListSubject, str]:
        """Their pages on trakt.tv."""
        return {
            subject: kind_of_subject(subject).page(slug)
            for subject, _, _, slug in self._works()
            if slug is not None
        }

    def episode_titles(self) -> Mapping[int, str]:
        """The titles of the history's episodes by their own ids."""
        episodes = (optional_row(entry.get("episode")) for entry in self._history())
        said = ((_id_of(episode), optional_text(episode.get("title"))) for episode in episodes)
        return {number: title for number, title in said if number is not None and title is not None}

    def as_zip(self, account: Account, made_at: datetime) -> bytes:
        """The file, which `--trakt-data` reads, too."""
        settings = {
            "user": {"username": account.user, "ids": {"uuid": account.uuid}, "vip": account.vip},
            "account": {"timezone": account.time_zone},
            "browsing": {"watch_only_once": account.watch_only_once},
        }
        stamp = made_at.timetuple()[:6]
        packed = BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
            for name, document in {"user-settings.json": settings, **dict(self._documents())}.items():
                text = json.dumps(document, ensure_ascii=False)
                file.writestr(zipfile.ZipInfo(name, stamp), text, zipfile.ZIP_DEFLATED)
        return packed.getvalue()

    def _documents(self) -> Iterator[tuple[str, object]]:
        for path, name in _FILES.items():
            rows = list(self._rows.get(path, {}).values())
            # an empty page at the end says that nothing comes after a full one
            for number, start in enumerate(range(0, len(rows) + 1, PAGE_ROWS), start=1):
                yield f"{name}-{number}.json", rows[start : start + PAGE_ROWS]

    def _history(self) -> Sequence[Row]:
        return list(self._rows.get("/sync/history", {}).values())

    def _works(self) -> Iterator[tuple[ListSubject, str, int | None, str | None]]:
        for entry in self._history():
            for kind in TargetKind:
                work = optional_row(entry.get(kind.value))
                number, title = _id_of(work), optional_text(work.get("title"))
                if number is not None and title is not None:
                    slug = optional_text(optional_row(work.get("ids")).get("slug"))
                    yield list_subject(kind, number), title, optional_number(work.get("year")), slug


def _id_of(work: Row) -> int | None:
    return optional_number(optional_row(work.get("ids")).get("trakt"))
