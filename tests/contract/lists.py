"""AniList's and MyAnimeList's contracts: queries against AniList's types, and MyAnimeList's fields."""

from __future__ import annotations

import re
from random import Random
from typing import Any

from graphql import GraphQLNonNull, build_schema, parse, validate

from anitrakt_plan.sandbox.catalogue import text_of_file
from tests.contract.shapes import DAY, ID, INTEGER, TEXT, YES_OR_NO, Schema, nullable, obj, one_of, rows

ANILIST = build_schema(text_of_file("anilist.graphql"))


def query_mistakes(query: str) -> list[str]:
    """What AniList's types do not allow of a query."""
    return [error.message for error in validate(ANILIST, parse(query))]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


MAL_NODE_FIELDS = _names(
    "id title main_picture alternative_titles start_date end_date synopsis mean rank popularity num_list_users "
    "num_scoring_users nsfw genres created_at updated_at media_type status num_episodes start_season broadcast source "
    "average_episode_duration rating studios list_status my_list_status"
)
MAL_STATUS_FIELDS = _names(
    "status score num_episodes_watched is_rewatching updated_at start_date finish_date priority num_times_rewatched "
    "rewatch_value tags comments"
)
MAL_STATUSES = one_of("watching", "completed", "on_hold", "dropped", "plan_to_watch")

_SEASON = obj({"year": INTEGER, "season": one_of("winter", "spring", "summer", "fall")})
_NODE = obj(
    {"id": ID, "title": TEXT},
    {
        "main_picture": obj({}, {"medium": TEXT, "large": nullable(TEXT)}),
        "alternative_titles": obj({}, {"synonyms": rows(TEXT), "en": TEXT, "ja": TEXT}),
        "start_date": DAY,
        "end_date": DAY,
        "media_type": one_of(
            *("unknown", "tv", "ova", "movie", "special", "ona", "music", "tv_special", "cm", "pv")
        ),
        "num_episodes": INTEGER,
        "start_season": _SEASON,
        "average_episode_duration": INTEGER,
    },
)
_STATUS = obj(
    {"status": MAL_STATUSES, "score": {"type": "integer", "minimum": 0, "maximum": 10}},
    {
        "num_episodes_watched": INTEGER,
        "is_rewatching": YES_OR_NO,
        "num_times_rewatched": INTEGER,
        "start_date": DAY,
        "finish_date": DAY,
        "updated_at": TEXT,
    },
)
MAL_LIST: Schema = obj(
    {
        "data": rows(obj({"node": _NODE}, {"list_status": _STATUS})),
        "paging": obj({}, {"next": TEXT, "previous": TEXT}),
    }
)
MAL_QUERY = {
    "status": "watching|completed|on_hold|dropped|plan_to_watch",
    "sort": "list_score|list_updated_at|anime_title|anime_start_date|anime_id",
    "limit": r"[1-9]\d{0,2}|1000",
    "offset": r"\d+",
    "nsfw": "true",
    "fields": ".+",
}


def mal_field_mistakes(fields: str) -> set[str]:
    """Fields that MyAnimeList does not have."""
    found = set()
    for name, _, inner in re.findall(r"(\w+)(\{([^}]*)\})?", fields):
        found |= {name} - MAL_NODE_FIELDS
        found |= set(filter(None, inner.split(","))) - MAL_STATUS_FIELDS
    return found


def anilist_bared(value: Any, kind: Any, rng: Random, share: float) -> Any:
    """An answer of AniList's with less in it: of what its types let be null, this share is."""
    if isinstance(value, list):
        return [_bared_or_null(one, kind.of_type, rng, share) for one in value]
    fields = getattr(kind, "fields", None)
    if isinstance(value, dict) and fields:
        return {
            name: _bared_or_null(one, fields[name].type, rng, share) if name in fields else one
            for name, one in value.items()
        }
    return value


def _bared_or_null(value: Any, kind: Any, rng: Random, share: float) -> Any:
    if isinstance(kind, GraphQLNonNull):
        return anilist_bared(value, kind.of_type, rng, share)
    return None if rng.random() < share else anilist_bared(value, kind, rng, share)
