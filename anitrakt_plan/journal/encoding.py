"""Journal records as lines of JSON that a person can read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from anitrakt_plan.core.dates import format_instant, format_when
from anitrakt_plan.core.knowledge import OldRating, Place
from anitrakt_plan.core.subjects import (
    format_subject,
)
from anitrakt_plan.journal import records as r

Json = Mapping[str, Any]
"""A JSON object; it does not leave this module."""


def encode(record: r.Record) -> str:
    """One line of JSON, without its line break."""
    said = {name: value for name, value in _encoded(record).items() if value is not None}
    return json.dumps(said, ensure_ascii=False)


def _place(place: Place | None) -> str | None:
    return f"{place.batch}.{place.index}" if place else None


def _old(old: OldRating | None) -> Json | None:
    return {"rating": old.value, "rated_at": format_instant(old.rated_at)} if old else None


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
                "resend": [str(key) for key in record.resend] or None,
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
        case r.Renamed():
            at = format_instant(record.at)
            return {"type": "renamed", "entry": str(record.entry), "to": str(record.to), "at": at}
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
