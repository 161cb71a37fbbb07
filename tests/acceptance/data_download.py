"""Trakt's data download of the practice account, made from what the practice Trakt itself answers."""

from __future__ import annotations

import io
import json
import urllib.request
import zipfile
from collections.abc import Callable
from typing import Any

from tests.practice import Sandbox

ROWS_PER_FILE = 250
MADE_AT = (2026, 11, 20, 8, 0, 0)
Packed = tuple[int, int, int, int, int, int]


def asker(sandbox: Sandbox) -> Callable[..., Any]:
    """A function that asks the practice Trakt: GET without a body, else POST; gives back the JSON."""
    addresses = sandbox.addresses

    def ask(path: str, body: object = None) -> Any:
        request = urllib.request.Request(
            addresses.trakt_url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Content-Type": "application/json",
                "User-Agent": "the page of the importer",
                "trakt-api-version": "2",
                "trakt-api-key": addresses.trakt_client_id,
                "Authorization": f"Bearer {addresses.trakt_token}",
            },
        )
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read())

    return ask


def data_download(sandbox: Sandbox, *, made_at: Packed = MADE_AT, profile: bool = True) -> bytes:
    """The zip as Trakt makes it now: hyphenated names, histories of 250 rows a file."""
    ask = asker(sandbox)
    history: list[Any] = []
    page = 1
    while rows := ask(f"/sync/history?page={page}&limit=250"):
        history += rows
        page += 1
    files: dict[str, object] = {
        f"watched-history-{number + 1}.json": history[start : start + ROWS_PER_FILE]
        for number, start in enumerate(range(0, max(len(history), 1), ROWS_PER_FILE))
    }
    for kind in ("movies", "shows", "seasons", "episodes"):
        files[f"ratings-{kind}.json"] = ask(f"/sync/ratings/{kind}?limit=250")
    files["lists-watchlist.json"] = ask("/sync/watchlist/shows?limit=250") + ask(
        "/sync/watchlist/movies?limit=250"
    )
    files["hidden-dropped.json"] = ask("/users/hidden/dropped?type=show&limit=250")
    if profile:
        settings = ask("/users/settings")
        files["user-settings.json"] = settings
        files["user-profile.json"] = settings["user"]
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, made_at)
            archive.writestr(info, json.dumps(content, ensure_ascii=False, indent=1), zipfile.ZIP_DEFLATED)
    return target.getvalue()
