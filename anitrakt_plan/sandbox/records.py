"""What the practice Trakt account holds: plays, ratings, tokens, and the times of its latest changes."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

UNKNOWN_DATE = "1970-01-01T00:00:00.000Z"

_ACTIVITY_GROUPS = {
    "movies": (
        "watched_at", "collected_at", "rated_at", "watchlisted_at", "favorited_at", "commented_at", "paused_at",
        "hidden_at",
    ),
    "episodes": ("watched_at", "collected_at", "rated_at", "watchlisted_at", "commented_at", "paused_at"),
    "shows": ("rated_at", "watchlisted_at", "favorited_at", "commented_at", "hidden_at", "dropped_at"),
    "seasons": ("rated_at", "watchlisted_at", "commented_at", "hidden_at"),
    "comments": ("liked_at", "blocked_at"),
    "lists": ("liked_at", "updated_at", "commented_at"),
    "watchlist": ("updated_at",),
    "favorites": ("updated_at",),
    "collaborations": ("updated_at",),
    "account": ("settings_at", "followed_at", "following_at", "pending_at", "requested_at"),
    "saved_filters": ("updated_at",),
    "notes": ("updated_at",),
}  # fmt: skip

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
    refresh_used: bool = False
    revoked: bool = False


def text_of(moment: datetime) -> str:
    """A moment as Trakt writes it: UTC, milliseconds, Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def activities_view(known: dict[str, dict[str, str]]) -> dict[str, Any]:
    """The body of /sync/last_activities, with 1970 for what has never happened."""
    groups = {
        group: {name: known.get(group, {}).get(name, UNKNOWN_DATE) for name in names}
        for group, names in _ACTIVITY_GROUPS.items()
    }
    return {"all": max(stamp for group in groups.values() for stamp in group.values()), **groups}
