"""Journal records read back from their lines; whatever is none is a ValueError."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from anitrakt_plan.core.dates import parse_when
from anitrakt_plan.core.knowledge import ListName, OldRating, Place
from anitrakt_plan.core.model import EntryKey, Rates
from anitrakt_plan.core.subjects import (
    parse_list_subject,
    parse_play_subject,
    parse_subject,
)
from anitrakt_plan.journal import records as r

Json = Mapping[str, Any]
"""A JSON object; it does not leave this module."""


class NewerJournal(ValueError):
    """The journal's format is one that this version does not know."""


def decode(line: str) -> r.Record:
    """The record of a line; raises ValueError on anything that is none, NewerJournal on a newer format."""
    try:
        said = json.loads(line)
        return _DECODERS[said["type"]](said)
    except NewerJournal:
        raise
    except (KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise ValueError(f"not a record: {error!r}") from None


def _parse_instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"`{text}` has no time zone")
    return instant.astimezone(UTC)


def _parse_place(text: str) -> Place:
    batch, index = text.split(".")
    return Place(int(batch), int(index))


def _maybe_place(said: Json, name: str) -> Place | None:
    return _parse_place(said[name]) if name in said else None


def _parse_old(said: Json) -> OldRating | None:
    old = said.get("old")
    return OldRating(int(old["rating"]), _parse_instant(old["rated_at"])) if old else None


def _opened(said: Json) -> r.Opened:
    if said["format"] != r.FORMAT:
        raise NewerJournal(f"its format is `{said['format']}`, and this version knows `{r.FORMAT}`")
    return r.Opened(said["account"], said["user"], _parse_instant(said["at"]))


def _run_began(said: Json) -> r.RunBegan:
    return r.RunBegan(
        said["run"],
        _parse_instant(said["at"]),
        r.RunKind(said["kind"]),
        said["user"],
        said.get("source"),
        bool(said.get("goes_on")),
        tuple(EntryKey.parse(key) for key in said.get("resend", ())),
    )


def _head(said: Json) -> tuple[int, str, datetime]:
    return int(said["batch"]), said["run"], _parse_instant(said["at"])


def _plays(said: Json) -> r.PlaysIntent:
    plays = tuple(
        r.IntendedPlay(
            EntryKey.parse(play["entry"]),
            play["match"],
            parse_play_subject(play["of"]),
            parse_when(play["watched_at"]),
            tuple(int(known) for known in play.get("before", ())),
            _maybe_place(play, "instead_of"),
        )
        for play in said["plays"]
    )
    return r.PlaysIntent(*_head(said), plays, tuple(parse_list_subject(s) for s in said.get("watchlist", ())))


def _ratings(said: Json) -> r.RatingsIntent:
    ratings = tuple(
        r.IntendedRating(
            tuple(EntryKey.parse(entry) for entry in rating["entries"]),
            tuple(rating["matches"]),
            tuple(Rates(rates) for rates in rating["rates"]),
            parse_subject(rating["of"]),
            int(rating["rating"]),
            _parse_instant(rating["rated_at"]),
            _parse_old(rating),
        )
        for rating in said["ratings"]
    )
    return r.RatingsIntent(*_head(said), ratings)


def _restore(said: Json) -> r.RestoreIntent:
    ratings = tuple(
        r.RestoredRating(_places(rating), parse_subject(rating["of"]), _parse_old(rating))
        for rating in said["ratings"]
    )
    return r.RestoreIntent(*_head(said), ratings)


def _places(said: Json) -> tuple[Place, ...]:
    return tuple(_parse_place(place) for place in said.get("places", ()))


def _list(said: Json) -> r.ListIntent:
    items = tuple(
        r.ListedItem(
            parse_list_subject(item["of"]),
            EntryKey.parse(item["entry"]) if "entry" in item else None,
            _maybe_place(item, "place"),
        )
        for item in said["items"]
    )
    return r.ListIntent(*_head(said), ListName(said["list"]), bool(said["add"]), items)


def _remove(said: Json) -> r.RemovalIntent:
    plays = tuple(r.RemovedPlay(_parse_place(play["place"]), int(play["id"])) for play in said["plays"])
    return r.RemovalIntent(*_head(said), r.RemovalReason(said["reason"]), plays)


def _outcome(said: Json) -> r.Outcome:
    return r.Outcome(
        int(said["batch"]),
        _parse_instant(said["at"]),
        r.OutcomeState(said["state"]),
        said.get("sentence", ""),
        _positions(said.get("not_found", ())),
    )


def _positions(said: Sequence[int]) -> tuple[int, ...]:
    return tuple(int(position) for position in said)


def _seen_record(said: Json) -> r.Seen:
    plays = tuple(
        r.SeenPlay(
            _parse_place(play["place"]),
            int(play["id"]),
            play.get("episode"),
            _parse_instant(play["watched_at"]),
        )
        for play in said.get("plays", ())
    )
    return r.Seen(_parse_instant(said["at"]), plays)


def _settled(said: Json) -> r.Settled:
    return r.Settled(int(said["batch"]), _parse_instant(said["at"]), _positions(said.get("absent", ())))


def _ratings_seen(said: Json) -> r.RatingsSeen:
    seen = tuple(
        r.RatingSeen(_parse_place(rating["place"]), _parse_instant(rating["rated_at"]))
        for rating in said.get("ratings", ())
    )
    return r.RatingsSeen(_parse_instant(said["at"]), seen)


_DECODERS: Mapping[str, Callable[[Json], r.Record]] = {
    "journal": _opened,
    "run": _run_began,
    "plays": _plays,
    "ratings": _ratings,
    "restore": _restore,
    "list": _list,
    "remove": _remove,
    "outcome": _outcome,
    "seen": _seen_record,
    "settled": _settled,
    "removed": lambda said: r.Removed(_parse_instant(said["at"]), _places(said)),
    "unseen": lambda said: r.Unseen(_parse_instant(said["at"]), _places(said)),
    "ratings-seen": _ratings_seen,
    "ratings-undone": lambda said: r.RatingsUndone(_parse_instant(said["at"]), _places(said)),
    "checked": lambda said: r.Checked(
        EntryKey.parse(said["entry"]), said["match"], _parse_instant(said["at"])
    ),
    "renamed": lambda said: r.Renamed(
        EntryKey.parse(said["entry"]), EntryKey.parse(said["to"]), _parse_instant(said["at"])
    ),
    "end": lambda said: r.RunEnded(
        said["run"],
        _parse_instant(said["at"]),
        int(said["exit"]),
        said.get("sentence", ""),
        bool(said.get("open")),
    ),
}
