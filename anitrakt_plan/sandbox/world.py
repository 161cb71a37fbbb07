"""The practice Trakt account: what it holds, how a program changes it, and the file that keeps it."""

import json
import os
import secrets
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from anitrakt_plan.files import own_folder
from anitrakt_plan.sandbox.catalogue import Catalogue

STATE_FILE = "trakt.json"
UNKNOWN_DATE = "1970-01-01T00:00:00.000Z"

Item = tuple[str, int]  # movie, show, season or episode, and its Trakt id


@dataclass(slots=True)
class Play:
    """One viewing: `item` is an episode's or a film's Trakt id, `watched_at` a UTC text with milliseconds."""

    id: int
    kind: str
    item: int
    watched_at: str
    action: str = "watch"


@dataclass(slots=True)
class Rating:
    """A rating 1-10 and when it was given."""

    rating: int
    rated_at: str


@dataclass(slots=True)
class Token:
    """An access token with the refresh token that came with it; `expires_at` None: lasts for ever."""

    access: str
    refresh: str
    created_at: float
    expires_at: float | None
    revoked: bool = False


def text_of(moment: datetime) -> str:
    """A moment as Trakt writes it: UTC, milliseconds, Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


_FIRST_PLAY_ID = 9_007_199_254_740_993  # history ids are 64-bit; this one a double cannot hold
_SETTINGS = ("username", "slug", "uuid", "timezone", "vip", "watch_only_once", "limits")


class World:
    """The account, changed by any thread and at once written to the state file, where there is one."""

    def __init__(
        self, catalogue: Catalogue, state_folder: Path | None, clock: Callable[[], datetime]
    ) -> None:
        self.catalogue = catalogue
        self.clock = clock
        self.lock = threading.RLock()
        self.plays: dict[int, Play] = {}
        self.ratings: dict[Item, Rating] = {}
        self.watchlist: dict[Item, str] = {}
        self.dropped: dict[Item, str] = {}
        self.tokens: list[Token] = []
        self.activities: dict[str, dict[str, str]] = {}
        self.username = "sandbox"
        self.slug = "sandbox"
        self.uuid = "5a9db0c5a9db0c5a9db0c5a9db0c5a9db0c5a9db"
        self.timezone = "Europe/Berlin"
        self.vip = False
        self.watch_only_once = False
        self.limits = {"history": 100_000, "ratings": 10_000, "watchlist": 250}
        self.next_play_id = _FIRST_PLAY_ID
        self._sorted: list[Play] | None = None
        self._putting_off_saves = 0
        self._file = StateFile(state_folder) if state_folder else None
        kept = self._file.read() if self._file else None
        if kept:
            self._take_over(kept)
        else:
            self._seed()
            self.save()

    # -- what anybody may do to the account ----------------------------------------------------------

    def now(self) -> str:
        return text_of(self.clock())

    def add_play(self, kind: str, item: int, watched_at: str | None = None, action: str = "watch") -> Play:
        """Adds a play as any program may; `watched_at` None: now. Seconds are dropped, as Trakt drops them."""
        with self.lock:
            moment = watched_at or self.now()
            play = self._put(Play(self.next_play_id, kind, item, moment[:17] + "00.000Z", action))
            self.changed((kind + "s", "watched_at"))
            return play

    def remove_play(self, play_id: int) -> bool:
        with self.lock:
            play = self.plays.pop(play_id, None)
            if play is None:
                return False
            self.changed((play.kind + "s", "watched_at"))
            return True

    def plays_of(self, item: Item) -> list[Play]:
        """All plays of an episode or a film, oldest first."""
        return sorted((play for play in self.plays.values() if (play.kind, play.item) == item), key=_when)

    def plays_newest_first(self) -> list[Play]:
        if self._sorted is None:
            self._sorted = sorted(self.plays.values(), key=_when, reverse=True)
        return self._sorted

    # -- tokens ---------------------------------------------------------------------------------------

    def issue_token(self, lifetime: timedelta | None) -> Token:
        with self.lock:
            now = self.clock()
            end = (now + lifetime).timestamp() if lifetime else None
            token = Token(secrets.token_hex(32), secrets.token_hex(32), now.timestamp(), end)
            self.tokens.append(token)
            self.changed()
            return token

    def token_works(self, access: str | None) -> bool:
        """Whether this access token is known, neither revoked nor past its time."""
        now = self.clock().timestamp()
        alive = (token for token in self.tokens if token.expires_at is None or now < token.expires_at)
        return any(token.access == access and not token.revoked for token in alive)

    # -- keeping it -----------------------------------------------------------------------------------

    def changed(self, *activities: tuple[str, str]) -> None:
        """Note the time of a change under these activities, and write the state."""
        self._sorted = None
        for group, name in activities:
            self.activities.setdefault(group, {})[name] = self.now()
        self.save()

    @contextmanager
    def saving_once(self) -> Iterator[None]:
        """Within this, changes are written to the state file together, at the end."""
        with self.lock:
            self._putting_off_saves += 1
            try:
                yield
            finally:
                self._putting_off_saves -= 1
                self.save()

    def save(self) -> None:
        if self._file and not self._putting_off_saves:
            self._file.write(self._as_document())

    def refresh(self) -> None:
        """Take over what another sandbox process has written to the same state file since."""
        if self._file and self._file.changed_by_others and (kept := self._file.read()):
            self._take_over(kept)

    def _put(self, play: Play) -> Play:
        self.plays[play.id] = play
        self.next_play_id = play.id + 1
        return play

    def _take_over(self, document: dict[str, Any]) -> None:
        for name in _SETTINGS:
            setattr(self, name, document[name])
        self.next_play_id = document["next_play_id"]
        self.activities = document["activities"]
        self.plays = {row["id"]: Play(**row) for row in document["plays"]}
        self.ratings = _rated(document["ratings"])
        self.watchlist = _dated(document["watchlist"])
        self.dropped = _dated(document["hidden"]["dropped"])
        self.tokens = [Token(**row) for row in document["tokens"]]
        self._sorted = None

    def _as_document(self) -> dict[str, Any]:
        return {
            **{name: getattr(self, name) for name in _SETTINGS},
            "next_play_id": self.next_play_id,
            "activities": self.activities,
            "plays": [_row_of(play) for play in self.plays.values()],
            "ratings": [[*key, rating.rating, rating.rated_at] for key, rating in self.ratings.items()],
            "watchlist": _rows(self.watchlist),
            "hidden": {"dropped": _rows(self.dropped)},
            "tokens": [_row_of(token) for token in self.tokens],
        }

    def _seed(self) -> None:
        account = self.catalogue.account
        for kind, *place, watched_at, action in account["plays"]:
            item = self.catalogue.episode_id(*place) if kind == "episode" else place[0]
            self._put(Play(self.next_play_id, kind, item, watched_at, action))
        self.ratings = _rated(account["ratings"])
        self.watchlist = _dated(account["watchlist"])
        latest = max((play.watched_at for play in self.plays.values()), default="2020-01-01T00:00:00.000Z")
        self.activities = {
            "movies": {"watched_at": latest, "rated_at": latest},
            "episodes": {"watched_at": latest},
            "shows": {"rated_at": latest},
            "watchlist": {"updated_at": latest},
        }
        created = self.clock().timestamp()
        self.tokens.append(Token("sandbox-access-token", "sandbox-refresh-token", created, None))


def _row_of(record: Play | Token) -> dict[str, Any]:
    """A record as the file holds it; `asdict` would copy each value deeply, at every change of the account."""
    return {name: getattr(record, name) for name in record.__slots__}


def _when(play: Play) -> tuple[str, int]:
    return play.watched_at, play.id


def _rated(rows: list[tuple[str, int, int, str]]) -> dict[Item, Rating]:
    return {(kind, item): Rating(rating, moment) for kind, item, rating, moment in rows}


def _dated(rows: list[tuple[str, int, str]]) -> dict[Item, str]:
    return {(kind, item): moment for kind, item, moment in rows}


def _rows(dates: dict[Item, str]) -> list[tuple[str, int, str]]:
    return [(*item, moment) for item, moment in dates.items()]


class StateFile:
    """The file that keeps the account between commands: written atomically, read anew when others wrote it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / STATE_FILE
        self._seen: tuple[int, int] | None = None

    def read(self) -> dict[str, Any] | None:
        """The state kept, or None where there is none. Raises ValueError naming the file if it is no JSON."""
        self._seen = self._stamp()
        if self._seen is None:
            return None
        try:
            document: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
        except ValueError as mistake:
            raise ValueError(f"{self._path} is damaged ({mistake}); delete it to begin afresh") from mistake
        return document

    def write(self, document: dict[str, Any]) -> None:
        """Replaces the file as a whole, so that no reader ever sees half of it."""
        own_folder(self._path.parent)
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=STATE_FILE)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(json.dumps(document))  # all at once: `dump` would write sign by sign
        Path(name).replace(self._path)
        self._seen = self._stamp()

    @property
    def changed_by_others(self) -> bool:
        """Whether another sandbox process has written the file since this one read or wrote it."""
        return self._stamp() not in (None, self._seen)

    def _stamp(self) -> tuple[int, int] | None:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return None
        return status.st_mtime_ns, status.st_ino
