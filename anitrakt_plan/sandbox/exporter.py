"""Trakt's own data download, as a practice: the zip that the settings page packs from what the API answers.

Source: trakt/trakt-web `projects/client/src/lib/sections/settings/export/` as of August 2026 (`runRawExport.ts`,
`processEndpoint.ts`): 250 rows a page; page 1 has no number where the page count says 1; the history is read on past
that count, until a page is empty.
"""

import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from anitrakt_plan.sandbox.catalogue import Json

PAGE_ROWS = 250

Get = Callable[[str, Mapping[str, str]], tuple[Any, Mapping[str, str]]]
"""Asks a path of the API with a query; gives back the JSON, and the headers by their names in lower case."""


def data_download(get: Get, *, made_at: datetime) -> bytes:
    """The zip, as small as the practice needs it: settings, profile, history, ratings, watchlist, and the sums."""
    settings, _ = get("/users/settings", {"extended": "browsing"})
    history = list(_pages(get, "/sync/history", "watched-history"))
    files: dict[str, Any] = {
        "user-settings.json": settings,
        "user-profile.json": settings["user"],
        **dict(history),
        **_sums([row for _, rows in history for row in rows]),
    }
    for kind in ("movies", "shows", "seasons", "episodes"):
        files |= _pages(get, f"/sync/ratings/{kind}", f"ratings-{kind}")
    files |= _pages(get, "/sync/watchlist", "lists-watchlist")
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, made_at.timetuple()[:6])
            archive.writestr(info, json.dumps(content, ensure_ascii=False, indent=2), zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _pages(get: Get, path: str, name: str) -> Iterator[tuple[str, list[Json]]]:
    number = 1
    while True:
        rows, headers = get(path, {"page": str(number), "limit": str(PAGE_ROWS)})
        if number > 1 and not rows:
            return
        pages = int(headers.get("x-pagination-page-count", "1"))
        yield f"{name}{f'-{number}' if number > 1 or pages > 1 else ''}.json", rows
        number += 1


def _sums(history: list[Json]) -> dict[str, list[Json]]:
    """`watched-movies` and `watched-shows`: how many plays each work has."""
    plays: defaultdict[tuple[str, int], list[Json]] = defaultdict(list)
    for row in history:
        kind = "movie" if row["type"] == "movie" else "show"
        plays[kind, row[kind]["ids"]["trakt"]].append(row)
    return {
        f"watched-{kind}s.json": [
            {
                "plays": len(rows),
                "last_watched_at": max(row["watched_at"] for row in rows),
                kind: rows[0][kind],
            }
            for (of, _), rows in plays.items()
            if of == kind
        ]
        for kind in ("movie", "show")
    }
