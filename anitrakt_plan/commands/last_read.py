"""The last clean read of an account: what commands that send nothing need not read again while nothing has moved."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from anitrakt_plan.errors import Failed
from anitrakt_plan.files import keep_if_possible
from anitrakt_plan.model import (
    Account,
    EpisodeItem,
    Existing,
    MovieItem,
    Play,
    Rating,
    ShowSubject,
    SyncKind,
)
from anitrakt_plan.model.account import format_subject, parse_list_subject, parse_subject
from anitrakt_plan.trakt.account import Stamp, places_of

FORMAT = "anitrakt-last-read/1"

KEPT_FOR = timedelta(days=1)
"""What moves nothing that Trakt counts, such as seasons that were merged, is seen after so long at the latest."""


@dataclass(frozen=True, slots=True)
class LastRead:
    """A whole read of an account, and the stamp of which the activities were read before its first row."""

    stamp: Stamp
    existing: Existing

    def serves(self, kinds: Collection[SyncKind], now: datetime) -> bool:
        """Whether it is young enough, and holds all of these kinds."""
        is_young = timedelta(0) <= now - self.existing.read_at <= KEPT_FOR
        return is_young and places_of(kinds) <= self.stamp.counts.keys()


@dataclass(frozen=True, slots=True)
class LastReads:
    """Where they are kept: one file an account, for the person alone."""

    folder: Path

    def load(self, account: Account) -> LastRead | None:
        """The last clean read of the account; None where there is none, or nothing that can be understood."""
        with suppress(*_DAMAGED):
            head, rows = map(json.loads, self._file(account).read_bytes().splitlines())
            return _read(head, rows, account)
        return None

    def lost_rows(self, account: Account) -> int:
        """How many rows the last clean read passed over, because they have lost their show or film."""
        with suppress(*_DAMAGED), self._file(account).open("rb") as file:
            return int(_known(json.loads(file.readline()))["lost_rows"])
        return 0

    def save(self, last: LastRead) -> None:
        """Keep it in the place of the one before; where it can't be kept, the next command reads the account."""
        lines = (json.dumps(part, separators=(",", ":")) for part in (_head(last), _rows(last.existing)))
        keep_if_possible(self._file(last.existing.account), "\n".join(lines).encode("ascii"))

    def forget(self, account: Account) -> None:
        """Delete it: something is about to be written. Raises Failed where it can't be, for it would be believed."""
        _delete(self._file(account))

    def forget_all(self) -> None:
        """Delete those of all accounts. Raises Failed."""
        for file in self.folder.glob("*.json"):
            _delete(file)

    def _file(self, account: Account) -> Path:
        return self.folder / f"{account.uuid}.json"


def _delete(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise Failed(
            f"what was last read of the account can't be deleted: {error.strerror}",
            where=str(file),
            todo="Delete the file yourself, then run the same command again.",
        ) from None


# --- as two lines of JSON: what may be read alone, then the rows, of which there may be 100,000 ---

_DAMAGED = (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError)


def _head(last: LastRead) -> Mapping[str, Any]:
    return {
        "format": FORMAT,
        "read_at": last.existing.read_at.isoformat(),
        "activities": last.stamp.activities,
        "counts": last.stamp.counts,
        "lost_rows": last.existing.lost_rows,
    }


def _rows(now: Existing) -> Mapping[str, Any]:
    return {
        "plays": [_play_row(play) for play in now.plays],
        "ratings": [
            [format_subject(one.subject), one.value, one.rated_at.isoformat()] for one in now.ratings
        ],
        "watchlist": None if now.watchlist is None else [format_subject(one) for one in now.watchlist],
        "dropped": None if now.dropped is None else [format_subject(one) for one in now.dropped],
        "lost_plays": sorted(now.lost_plays),
    }


def _play_row(play: Play) -> list[int | str]:
    head: list[int | str] = [play.id, round(play.watched_at.timestamp()), play.action]
    match play.item:
        case EpisodeItem(show, season, number, episode):
            return [*head, show, season, number, episode]
        case MovieItem(movie):
            return [*head, movie]


def _known(head: Mapping[str, Any]) -> Mapping[str, Any]:
    if head["format"] != FORMAT:
        raise ValueError("of another version")
    return head


def _read(head: Mapping[str, Any], said: Mapping[str, Any], account: Account) -> LastRead:
    watchlist, dropped = said["watchlist"], said["dropped"]
    existing = Existing(
        account=account,
        read_at=datetime.fromisoformat(_known(head)["read_at"]).astimezone(UTC),
        plays=tuple(_play(*row) for row in said["plays"]),
        ratings=tuple(
            Rating(parse_subject(subject), value, datetime.fromisoformat(at))
            for subject, value, at in said["ratings"]
        ),
        watchlist=None if watchlist is None else tuple(map(parse_list_subject, watchlist)),
        dropped=None if dropped is None else tuple(map(_show, dropped)),
        lost_plays=frozenset(said["lost_plays"]),
        lost_rows=head["lost_rows"],
    )
    return LastRead(Stamp(head["activities"], head["counts"]), existing)


def _play(history_id: int, watched_at: int, action: str, *item: int) -> Play:
    if not all(type(number) is int for number in (history_id, watched_at, *item)):
        raise ValueError("a play of something else than numbers")
    # a film has its id, an episode four numbers; anything else is a TypeError
    where = EpisodeItem(*item) if len(item) > 1 else MovieItem(*item)
    return Play(history_id, datetime.fromtimestamp(watched_at, UTC), action, where)


def _show(text: str) -> ShowSubject:
    subject = parse_list_subject(text)
    if not isinstance(subject, ShowSubject):
        raise ValueError(f"`{text}` is not a show")
    return subject
