"""Pictures for the page: fetched from the known hosts by this process alone, and kept on the disk."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from anitrakt_plan.errors import AnitraktError
from anitrakt_plan.files import keep_if_possible
from anitrakt_plan.model import Ids, TargetKind, WorkId
from anitrakt_plan.model.catalogue import parse_work_id

ANILIST_PICTURES = "https://s4.anilist.co"
TMDB_PICTURES = "https://image.tmdb.org"
TRAKT_PICTURES = ("https://media.trakt.tv", "https://walter-r2.trakt.tv", "https://walter.trakt.tv")
HOSTS = (ANILIST_PICTURES, TMDB_PICTURES, *TRAKT_PICTURES)

POSTERS = "/t/p/w154"
"""Where TMDB's picture host has posters of a card's width."""

MAX_BYTES = 1024 * 1024
MAX_ASKED = 50
"""So many covers are asked for in one question (AniList's page)."""

_KINDS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n": "image/png", b"RIFF": "image/webp"}
"""How pictures begin; what begins otherwise is none, whatever it is called."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's bytes, and what they are."""

    data: bytes
    kind: str


Covers = Callable[[Sequence[Ids]], Mapping[Ids, str]]
"""The addresses of works' covers, for at most MAX_ASKED of them."""

Poster = Callable[[TargetKind, WorkId], str | None]
"""The address of a work's poster."""

Fetch = Callable[[str], bytes]
"""The body behind an address; raises AnitraktError."""


class Pictures:
    """Gives what is on the disk at once, and fetches what was asked for in the background.

    `ids` are the entries' ids by the name under which the page asks for their covers (`cover/mal:1`); posters are
    `show/1420` and `movie/tmdb:97`. Addresses of covers are kept in `addresses`, pictures in `folder`. Only `hosts` are
    asked for pictures.
    """

    def __init__(
        self,
        folder: Path,
        addresses: Path,
        ids: Mapping[str, Ids],
        covers: Covers,
        poster: Poster,
        fetch: Fetch,
        hosts: Collection[str] = HOSTS,
    ) -> None:
        self._folder = folder
        self._addresses_file = addresses
        self._ids = ids
        self._covers, self._poster, self._fetch = covers, poster, fetch
        self._hosts = hosts
        self._addresses: dict[str, str] = _read(addresses)
        self._never: set[str] = set()
        self._wanted: deque[str] = deque()
        self._news = threading.Condition()
        self._is_closed = False

    def start(self) -> None:
        """Begin to fetch, in a thread of its own that ends with the process."""
        threading.Thread(target=self._work, name="pictures", daemon=True).start()

    def close(self) -> None:
        """Fetch nothing more."""
        with self._news:
            self._is_closed = True
            self._news.notify()

    def ready(self, names: Iterable[str]) -> tuple[list[str], list[str]]:
        """Which of these can be shown now, and which never will; the others are fetched, these first."""
        names = list(dict.fromkeys(names))
        there = [name for name in names if self._file(name).exists()]
        never = [name for name in names if name in self._never]
        missing = [name for name in names if name not in there and name not in never]
        with self._news:
            self._wanted = deque([*missing, *(one for one in self._wanted if one not in missing)])
            self._news.notify()
        return there, never

    def picture(self, name: str) -> Picture | None:
        """A picture that is on the disk."""
        try:
            data = self._file(name).read_bytes()
        except OSError:
            return None
        kind = kind_of_picture(data)
        return Picture(data, kind) if kind is not None else None

    def fetch_all(self) -> None:
        """Fetch what was asked for, until nothing is left."""
        while (name := self._next()) is not None:
            self._fetch_one(name)

    def _work(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._wanted or self._is_closed)
                if self._is_closed:
                    return
            self.fetch_all()

    def _next(self) -> str | None:
        with self._news:
            return self._wanted.popleft() if self._wanted and not self._is_closed else None

    def _fetch_one(self, name: str) -> None:
        if self._file(name).exists() or name in self._never:
            return
        try:
            address = self._address(name)
            data = self._fetch(address) if address and is_known_host(address, self._hosts) else b""
        except (AnitraktError, OSError, ValueError):
            data = b""
        if len(data) <= MAX_BYTES and kind_of_picture(data) is not None:
            keep_if_possible(self._file(name), data)
        if not self._file(name).exists():
            self._never.add(name)  # until the next review

    def _address(self, name: str) -> str | None:
        kind, _, rest = name.partition("/")
        if kind != "cover":
            return self._poster(TargetKind(kind), parse_work_id(rest))
        if name not in self._addresses and name in self._ids:
            self._ask_for_covers([name, *(one for one in self._wanted if one in self._ids)][:MAX_ASKED])
        return self._addresses.get(name)

    def _ask_for_covers(self, names: Collection[str]) -> None:
        asked = {name: self._ids[name] for name in names if name not in self._addresses}
        found = self._covers(list(dict.fromkeys(asked.values())))
        self._addresses |= {name: found.get(ids, "") for name, ids in asked.items()}
        keep_if_possible(self._addresses_file, json.dumps(self._addresses).encode())

    def _file(self, name: str) -> Path:
        return self._folder / hashlib.sha256(name.encode()).hexdigest()[:32]


def kind_of_picture(data: bytes) -> str | None:
    """What kind of picture these bytes are; None for anything else."""
    return next((kind for begins, kind in _KINDS.items() if data.startswith(begins)), None)


def is_known_host(address: str, hosts: Collection[str] = HOSTS) -> bool:
    """Whether an address is on one of the hosts that pictures may come from."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" in hosts


def _read(path: Path) -> dict[str, str]:
    with suppress(OSError, ValueError):
        found = json.loads(path.read_bytes())
        if isinstance(found, dict):
            return {str(name): str(address) for name, address in found.items()}
    return {}
