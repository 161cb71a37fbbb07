"""The practice Trakt account, and how a program changes it."""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from anitrakt_plan.sandbox.catalogue import Catalogue
from anitrakt_plan.sandbox.records import Item, Play, Rating, StateFile, Token, text_of

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
        self.hidden: dict[str, dict[Item, str]] = {"dropped": {}}
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
        """Takes one play away; False where there is none."""
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
        with self.lock:
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
        with self.lock:
            now = self.clock().timestamp()
            return any(token.access == access and token.works_at(now) for token in self.tokens)

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
        """Write the state file, where there is one."""
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
        self.hidden = {section: _dated(rows) for section, rows in document["hidden"].items()}
        self.tokens = [Token(**row) for row in document["tokens"]]
        self._sorted = None

    def _as_document(self) -> dict[str, Any]:
        return {
            **{name: getattr(self, name) for name in _SETTINGS},
            "next_play_id": self.next_play_id,
            "activities": self.activities,
            "plays": [asdict(play) for play in self.plays.values()],
            "ratings": [[*key, rating.rating, rating.rated_at] for key, rating in self.ratings.items()],
            "watchlist": _rows(self.watchlist),
            "hidden": {section: _rows(dates) for section, dates in self.hidden.items()},
            "tokens": [asdict(token) for token in self.tokens],
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


def _when(play: Play) -> tuple[str, int]:
    return play.watched_at, play.id


def _rated(rows: list[tuple[str, int, int, str]]) -> dict[Item, Rating]:
    return {(kind, item): Rating(rating, moment) for kind, item, rating, moment in rows}


def _dated(rows: list[tuple[str, int, str]]) -> dict[Item, str]:
    return {(kind, item): moment for kind, item, moment in rows}


def _rows(dates: dict[Item, str]) -> list[tuple[str, int, str]]:
    return [(*item, moment) for item, moment in dates.items()]
