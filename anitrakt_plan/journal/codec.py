"""Journal records as lines of JSON that a person can read, and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from anitrakt_plan.core.dates import format_instant, format_when, parse_when
from anitrakt_plan.core.knowledge import ListName, OldRating, Place
from anitrakt_plan.core.model import EntryKey, Rates
from anitrakt_plan.core.subjects import (
    format_subject,
    parse_list_subject,
    parse_play_subject,
    parse_subject,
)
from anitrakt_plan.journal import records as r

Json = Mapping[str, Any]
"""A JSON object; it does not leave this module."""


class NewerJournal(ValueError):
    """The journal's format is one that this version does not know."""


def encode(record: r.Record) -> str:
    """One line of JSON, without its line break."""
    said = {name: value for name, value in _encoded(record).items() if value is not None}
    return json.dumps(said, ensure_ascii=False)


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


def _place(place: Place | None) -> str | None:
    return f"{place.batch}.{place.index}" if place else None


def _parse_place(text: str) -> Place:
    batch, index = text.split(".")
    return Place(int(batch), int(index))


def _maybe_place(said: Json, name: str) -> Place | None:
    return _parse_place(said[name]) if name in said else None


def _old(old: OldRating | None) -> Json | None:
    return {"rating": old.value, "rated_at": format_instant(old.rated_at)} if old else None


def _parse_old(said: Json) -> OldRating | None:
    old = said.get("old")
    return OldRating(int(old["rating"]), _parse_instant(old["rated_at"])) if old else None


def _encoded(
    record: r.Record,
) -> dict[str, object]:  # one branch a record: short, and complete by mypy's word
    match record:
        case r.Opened():
            return {
                "type": "journal",
                "format": r.FORMAT,
                "account": record.account,
                "user": record.user,
                "at": format_instant(record.at),
            }
        case r.RunBegan():
            return {
                "type": "run",
                "run": record.run,
                "at": format_instant(record.at),
                "kind": record.kind.value,
                "user": record.user,
                "source": record.source,
                "goes_on": record.goes_on or None,
            }
        case r.Outcome():
            return {
                "type": "outcome",
                "batch": record.batch,
                "at": format_instant(record.at),
                "state": record.state.value,
                "sentence": record.sentence or None,
                "not_found": list(record.not_found) or None,
            }
        case r.Seen():
            return {
                "type": "seen",
                "at": format_instant(record.at),
                "plays": [_seen(p) for p in record.plays],
            }
        case r.Settled():
            absent = list(record.absent)
            return {
                "type": "settled",
                "batch": record.batch,
                "at": format_instant(record.at),
                "absent": absent,
            }
        case r.Removed():
            places = [_place(place) for place in record.places]
            return {"type": "removed", "at": format_instant(record.at), "places": places}
        case r.Unseen():
            places = [_place(place) for place in record.places]
            return {"type": "unseen", "at": format_instant(record.at), "places": places}
        case r.RatingsUndone():
            places = [_place(place) for place in record.places]
            return {"type": "ratings-undone", "at": format_instant(record.at), "places": places}
        case r.RatingsSeen():
            seen = [
                {"place": _place(s.place), "rated_at": format_instant(s.rated_at)} for s in record.ratings
            ]
            return {"type": "ratings-seen", "at": format_instant(record.at), "ratings": seen}
        case r.Checked():
            return {
                "type": "checked",
                "entry": str(record.entry),
                "match": record.match,
                "at": format_instant(record.at),
            }
        case r.RunEnded():
            return {
                "type": "end",
                "run": record.run,
                "at": format_instant(record.at),
                "exit": record.exit,
                "sentence": record.sentence or None,
                "open": record.open or None,
            }
        case _:
            return _encoded_intent(record)


def _encoded_intent(intent: r.Intent) -> dict[str, object]:
    head: dict[str, object] = {"batch": intent.batch, "run": intent.run, "at": format_instant(intent.at)}
    match intent:
        case r.PlaysIntent():
            watchlist = [format_subject(subject) for subject in intent.watchlist]
            plays = [_intended_play(play) for play in intent.plays]
            return {"type": "plays", **head, "plays": plays, "watchlist": watchlist or None}
        case r.RatingsIntent():
            return {"type": "ratings", **head, "ratings": [_intended_rating(i) for i in intent.ratings]}
        case r.RestoreIntent():
            ratings = [
                {
                    "places": [_place(place) for place in rating.places],
                    "of": format_subject(rating.subject),
                    "old": _old(rating.old),
                }
                for rating in intent.ratings
            ]
            return {"type": "restore", **head, "ratings": ratings}
        case r.ListIntent():
            items = [
                _without_none(
                    {
                        "of": format_subject(item.subject),
                        "entry": str(item.entry) if item.entry else None,
                        "place": _place(item.place),
                    }
                )
                for item in intent.items
            ]
            return {"type": "list", **head, "list": intent.list.value, "add": intent.add, "items": items}
        case r.RemovalIntent():
            gone = [{"place": _place(play.place), "id": play.id} for play in intent.plays]
            return {"type": "remove", **head, "reason": intent.reason.value, "plays": gone}


def _without_none(said: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in said.items() if value not in (None, [])}


def _intended_play(play: r.IntendedPlay) -> dict[str, object]:
    return _without_none(
        {
            "entry": str(play.entry),
            "match": play.match,
            "of": format_subject(play.subject),
            "watched_at": format_when(play.when),
            "before": list(play.before),
            "instead_of": _place(play.instead_of),
        }
    )


def _intended_rating(rating: r.IntendedRating) -> dict[str, object]:
    return _without_none(
        {
            "entries": [str(entry) for entry in rating.entries],
            "matches": list(rating.matches),
            "rates": [rates.value for rates in rating.rates],
            "of": format_subject(rating.subject),
            "rating": rating.value,
            "rated_at": format_instant(rating.rated_at),
            "old": _old(rating.old),
        }
    )


def _seen(play: r.SeenPlay) -> dict[str, object]:
    return _without_none(
        {
            "place": _place(play.place),
            "id": play.id,
            "episode": play.episode,
            "watched_at": format_instant(play.watched_at),
        }
    )


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
    "end": lambda said: r.RunEnded(
        said["run"],
        _parse_instant(said["at"]),
        int(said["exit"]),
        said.get("sentence", ""),
        bool(said.get("open")),
    ),
}
