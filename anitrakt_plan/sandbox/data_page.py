"""The practice account's page *Settings → Data*: its data as a download, and files that were written for Trakt."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anitrakt_plan.sandbox import spoilt, trakt_sync
from anitrakt_plan.sandbox.catalogue import Catalogue, Json
from anitrakt_plan.sandbox.exporter import data_download
from anitrakt_plan.sandbox.importer import NotImportableError, read_upload, start_import
from anitrakt_plan.sandbox.lists import Lists
from anitrakt_plan.sandbox.practice import Practice
from anitrakt_plan.sandbox.server import utc_now
from anitrakt_plan.sandbox.wire import Call
from anitrakt_plan.sandbox.world import World

TABS = {"tvtime-anitrakt.zip": "TV Time", "anitrakt.csv": "CSV"}
"""The files of an upload folder in the order in which they go, and the tab of each."""


@dataclass(frozen=True, slots=True)
class Imported:
    """One file: what the page showed before *Start Import*, and how many items failed. `refused`: it took none.

    `doubled`: so many plays came to stand where one stood already, which the page does not say.
    """

    name: str
    tab: str
    announced: Mapping[str, int]
    failed: int = 0
    doubled: int = 0
    refused: str | None = None


class DataPage:
    """The page of the account that is kept in this folder."""

    def __init__(self, state_folder: Path) -> None:
        catalogue = Catalogue()
        world = World(catalogue, state_folder, utc_now)
        self._practice = Practice(catalogue, world, Lists(catalogue), utc_now)

    def download(self) -> bytes:
        """The account's data as it stands."""
        return data_download(self._get, made_at=utc_now())

    def spoil(self) -> None:
        """Let the script loose on the account, as people do."""
        spoilt.spoil(self._practice)

    def upload(self, folder: Path) -> Iterator[Imported]:
        """Give the page each file of the folder on its own tab, as a person would."""
        for name, tab in TABS.items():
            if (folder / name).exists():
                try:
                    upload = read_upload(tab, name, (folder / name).read_bytes())
                except NotImportableError as why:
                    yield Imported(name, tab, {}, refused=str(why))
                    continue
                with self._practice.world.saving_once():
                    before = self._doubled()
                    failed = start_import(upload, self._post)
                    yield Imported(name, tab, upload.announced, failed, self._doubled() - before)

    def _doubled(self) -> int:
        plays = self._practice.world.plays.values()
        return len(plays) - len({(play.kind, play.item, play.watched_at) for play in plays})

    def _get(self, path: str, query: Mapping[str, str]) -> tuple[Any, Mapping[str, str]]:
        call = Call("trakt", "GET", path, query, {}, b"")
        section, _, kind = path.removeprefix("/sync/").partition("/")
        match section:
            case "history":
                answer = trakt_sync.get_history(self._practice, call)
            case "ratings":
                answer = trakt_sync.get_ratings(self._practice, call, kind)
            case "watchlist":
                answer = trakt_sync.get_watchlist(self._practice, call)
            case _:
                answer = trakt_sync.get_settings(self._practice, call)
        return json.loads(answer.body), {name.lower(): value for name, value in answer.headers.items()}

    def _post(self, path: str, body: Json) -> int:
        call = Call("trakt", "POST", path, {}, {}, json.dumps(body).encode())
        match path.removeprefix("/sync/"):
            case "history":
                return trakt_sync.add_to_history(self._practice, call).status
            case "ratings":
                return trakt_sync.add_ratings(self._practice, call).status
            case section:
                return trakt_sync.add_to_list(self._practice, call, section).status
