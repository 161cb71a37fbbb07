"""Trakt's official contract, as far as it is used: each request and its answer (docs/services.md 1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.contract.shapes import (
    ID,
    INTEGER,
    MOMENT,
    NUMBER,
    TEXT,
    YES_OR_NO,
    Schema,
    nullable,
    obj,
    one_of,
    rows,
)


@dataclass(frozen=True)
class Endpoint:
    """One kind of request: its path and query as regular expressions, its body, what it answers.

    `signed_in`: it needs the account's bearer; without, it must not carry one.
    """

    service: str
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Schema | None = None
    answer: Schema | None = None
    signed_in: bool = False

    def fits(self, service: str, method: str, path: str) -> bool:
        """Whether a request is of this kind."""
        return (self.service, self.method) == (service, method) and re.fullmatch(self.path, path) is not None


# --- works, as answers name them ---

WORK_IDS = obj(
    {"trakt": ID},
    {"slug": nullable(TEXT), "imdb": nullable(TEXT), "tmdb": nullable(ID), "tvdb": nullable(ID)},
)
BRIEF = obj({"title": TEXT, "ids": WORK_IDS}, {"year": nullable(INTEGER)})
FACTS = {
    "original_title": nullable(TEXT),
    "runtime": nullable(INTEGER),
    "genres": rows(TEXT),
    "status": nullable(TEXT),
}
SHOW = obj(
    {"title": TEXT, "ids": WORK_IDS},
    {
        "year": nullable(INTEGER),
        **FACTS,
        "first_aired": nullable(MOMENT),
        "aired_episodes": nullable(INTEGER),
        "network": nullable(TEXT),
    },
)
MOVIE = obj(
    {"title": TEXT, "ids": WORK_IDS}, {"year": nullable(INTEGER), **FACTS, "released": nullable(TEXT)}
)
EPISODE_IDS = obj({"trakt": ID}, {"tvdb": nullable(ID), "imdb": nullable(TEXT), "tmdb": nullable(ID)})
EPISODE = obj(
    {"season": INTEGER, "number": INTEGER, "ids": EPISODE_IDS},
    {
        "title": nullable(TEXT),
        "number_abs": nullable(INTEGER),
        "first_aired": nullable(MOMENT),
        "runtime": nullable(INTEGER),
    },
)
SEASON = obj(
    {"number": INTEGER, "ids": obj({"trakt": ID}, {"tvdb": nullable(ID), "tmdb": nullable(ID)})},
    {
        "title": nullable(TEXT),
        "first_aired": nullable(MOMENT),
        "episode_count": nullable(INTEGER),
        "aired_episodes": nullable(INTEGER),
        "episodes": rows(EPISODE),
    },
)

# since April 2026 a row may have lost its work
OBJECTS = {
    "movie": nullable(BRIEF),
    "show": nullable(BRIEF),
    "season": nullable(obj({"number": INTEGER, "ids": obj({"trakt": ID})})),
    "episode": nullable(EPISODE),
}
PLAY = obj(
    {
        "id": ID,
        "watched_at": MOMENT,
        "action": one_of("scrobble", "checkin", "watch"),
        "type": one_of("movie", "episode"),
    },
    OBJECTS,
)
RATED = obj(
    {
        "rated_at": MOMENT,
        "rating": {"type": "integer", "minimum": 1, "maximum": 10},
        "type": one_of("movie", "show", "season", "episode"),
    },
    OBJECTS,
)
LISTED = obj(
    {"listed_at": MOMENT, "type": one_of("movie", "show", "season", "episode")},
    {"rank": INTEGER, "id": ID, "notes": nullable(TEXT), **OBJECTS},
)
HIDDEN = obj({"hidden_at": MOMENT, "type": one_of("show")}, OBJECTS)
ITEM_LIMIT = obj({"item_count": INTEGER}, {"count": INTEGER})
SETTINGS = obj(
    {
        "user": obj(
            {"username": TEXT, "ids": obj({"slug": TEXT, "uuid": TEXT})},
            {
                "private": YES_OR_NO,
                "vip": nullable(YES_OR_NO),
                "vip_ep": nullable(YES_OR_NO),
                "name": nullable(TEXT),
            },
        ),
    },
    {
        "account": obj({}, {"timezone": nullable(TEXT)}),
        "limits": obj({"list": ITEM_LIMIT, "watchlist": ITEM_LIMIT, "favorites": ITEM_LIMIT}),
        "browsing": nullable(obj({}, {"watch_only_once": nullable(YES_OR_NO)})),
    },
)

# --- what a program sends: our own form, which is narrower than the contract's ---

BY_TRAKT = {"ids": obj({"trakt": ID}, closed=True)}
RATING = {"rating": {"type": "integer", "minimum": 1, "maximum": 10}}
RATING_GIVEN = {"rated_at": MOMENT}
WATCHED = {"watched_at": {"anyOf": [MOMENT, {"enum": ["unknown", "released"]}]}}
PLAYS_SENT = obj(
    {},
    {
        "movies": rows(obj({**BY_TRAKT, **WATCHED}, closed=True), least=1, most=100),
        "shows": rows(
            obj(
                {
                    **BY_TRAKT,
                    "seasons": rows(
                        obj(
                            {
                                "number": INTEGER,
                                "episodes": rows(
                                    obj({"number": ID, **WATCHED}, closed=True), least=1, most=100
                                ),
                            },
                            closed=True,
                        ),
                        least=1,
                    ),
                },
                closed=True,
            ),
            least=1,
        ),
    },
    closed=True,
)
RATINGS_SENT = obj(
    {},
    {
        name: rows(obj({**BY_TRAKT, **RATING}, RATING_GIVEN, closed=True), least=1)
        for name in ("movies", "shows", "seasons", "episodes")
    },
    closed=True,
)
ITEMS_SENT = obj(
    {},
    {name: rows(obj(BY_TRAKT, closed=True), least=1) for name in ("movies", "shows", "seasons", "episodes")},
    closed=True,
)

PLAY_COUNTS = obj({"movies": INTEGER, "episodes": INTEGER})
COUNTS = obj({}, dict.fromkeys(("movies", "shows", "seasons", "episodes", "people", "users"), INTEGER))
NOT_FOUND = obj(
    {}, {name: rows({}) for name in ("movies", "shows", "seasons", "episodes", "ids", "people", "users")}
)
LIST_STATE = obj({"updated_at": MOMENT, "item_count": INTEGER})

TOKEN = obj(
    {
        "access_token": TEXT,
        "token_type": TEXT,
        "expires_in": INTEGER,
        "refresh_token": TEXT,
        "created_at": INTEGER,
    },
    {"scope": TEXT},
)
APPLICATION = {"client_id": TEXT}
SECRET = {"client_secret": TEXT}


def _moments(*names: str) -> Schema:
    return obj(dict.fromkeys(names, MOMENT))


_ANY_WORK = ("rated_at", "watchlisted_at", "commented_at")

ACTIVITIES = obj(
    {
        "all": MOMENT,
        "movies": _moments(
            *_ANY_WORK, "watched_at", "collected_at", "favorited_at", "paused_at", "hidden_at"
        ),
        "episodes": _moments(*_ANY_WORK, "watched_at", "collected_at", "paused_at"),
        "shows": _moments(*_ANY_WORK, "favorited_at", "hidden_at", "dropped_at"),
        "seasons": _moments(*_ANY_WORK, "hidden_at"),
        "watchlist": _moments("updated_at"),
    }
)

# --- the requests ---

_PAGE = {"page": r"\d+", "limit": r"[1-9]\d?|1\d\d|2[0-4]\d|250"}
_FULL = {"extended": "full"}


def _read(path: str, answer: Schema, **query: str) -> Endpoint:
    return Endpoint("trakt", "GET", path, query, None, answer, signed_in=True)


def _public(path: str, answer: Schema, **query: str) -> Endpoint:
    return Endpoint("trakt", "GET", path, query, None, answer)


def _write(path: str, body: Schema, answer: Schema) -> Endpoint:
    return Endpoint("trakt", "POST", path, {}, body, answer, signed_in=True)


def _auth(path: str, body: Schema, answer: Schema) -> Endpoint:
    return Endpoint("auth", "POST", path, {}, body, answer)


_ADDED = obj({"added": COUNTS, "not_found": NOT_FOUND}, {"existing": COUNTS, "list": LIST_STATE})
_DELETED = obj({"deleted": COUNTS, "not_found": NOT_FOUND}, {"list": LIST_STATE})
_HIT = obj({"type": TEXT}, {"score": nullable(NUMBER), "show": SHOW, "movie": MOVIE})

_STAMPS = ("movies", "episodes", "shows", "seasons", "comments", "lists", "watchlist", "favorites", "account")
ACTIVITIES = obj(
    {"all": MOMENT}, {name: {"type": "object", "additionalProperties": MOMENT} for name in _STAMPS}
)

ENDPOINTS = (
    _read("/users/settings", SETTINGS, extended="browsing"),
    _read("/sync/last_activities", ACTIVITIES),
    _read("/sync/history", rows(PLAY), **_PAGE, start_at=MOMENT["pattern"]),
    _read(r"/sync/history/(shows|movies)/\d+", rows(PLAY), **_PAGE),
    _read("/sync/ratings/all", rows(RATED), **_PAGE),
    _read("/sync/watchlist/(shows|movies)", rows(LISTED), **_PAGE),
    _read("/users/hidden/dropped", rows(HIDDEN), **_PAGE, type="show"),
    _write(
        "/sync/history",
        PLAYS_SENT,
        obj({"added": PLAY_COUNTS, "not_found": NOT_FOUND}, {"updated": PLAY_COUNTS}),
    ),
    _write(
        "/sync/history/remove",
        obj({"ids": rows(ID, least=1, most=100)}, closed=True),
        obj({"deleted": PLAY_COUNTS, "not_found": NOT_FOUND}),
    ),
    _write("/sync/ratings", RATINGS_SENT, _ADDED),
    _write("/sync/ratings/remove", ITEMS_SENT, _DELETED),
    _write("/sync/watchlist", ITEMS_SENT, _ADDED),
    _write("/sync/watchlist/remove", ITEMS_SENT, _DELETED),
    _write("/users/hidden/dropped", ITEMS_SENT, _ADDED),
    _write("/users/hidden/dropped/remove", ITEMS_SENT, _DELETED),
    _public("/search/(show|movie)", rows(_HIT), query=".+", fields="[a-z_,]+", limit=r"\d+", extended="full"),
    _public(
        r"/search/(trakt|tmdb|imdb|tvdb)/(tt)?\d+", rows(_HIT), type="(show|movie)(,(show|movie))*", **_FULL
    ),
    _public(r"/shows/[\w-]+", SHOW, extended="(full|images)"),
    _public(r"/movies/[\w-]+", MOVIE, extended="(full|images)"),
    _public(r"/(shows|movies)/\d+/aliases", rows(obj({"title": TEXT}, {"country": nullable(TEXT)}))),
    _public(r"/shows/\d+/seasons", rows(SEASON), extended="full,episodes"),
    _auth(
        "/oauth/device/code",
        obj(APPLICATION, closed=True),
        obj(
            {
                "device_code": TEXT,
                "user_code": TEXT,
                "verification_url": TEXT,
                "expires_in": INTEGER,
                "interval": INTEGER,
            }
        ),
    ),
    _auth("/oauth/device/token", obj({"code": TEXT, **APPLICATION}, SECRET, closed=True), TOKEN),
    _auth(
        "/oauth/token",
        obj(
            {
                "refresh_token": TEXT,
                **APPLICATION,
                "redirect_uri": TEXT,
                "grant_type": one_of("refresh_token"),
            },
            SECRET,
            closed=True,
        ),
        TOKEN,
    ),
    _auth("/oauth/revoke", obj({"token": TEXT, **APPLICATION}, SECRET, closed=True), obj({})),
)

PUBLIC_HEADERS = {"content-type": "application/json", "trakt-api-version": "2"}
