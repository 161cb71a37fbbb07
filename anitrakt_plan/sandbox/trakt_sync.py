"""What Trakt keeps for a user: history (never checked for doubles), ratings, watchlist, hidden items, settings."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from anitrakt_plan.sandbox.catalogue import Json
from anitrakt_plan.sandbox.practice import Practice
from anitrakt_plan.sandbox.records import UNKNOWN_DATE, Item, Play, Rating, text_of
from anitrakt_plan.sandbox.trakt_items import ARRAYS, Found, Reading, moment_text, read_items, read_plays
from anitrakt_plan.sandbox.trakt_views import first_aired_text, item_view, paged, runtime_of
from anitrakt_plan.sandbox.wire import Answer, Call, empty_answer, json_answer

_HIDDEN_TYPES = {
    "dropped": ("shows",),
    "calendar": ("movies", "shows"),
    "recommendations": ("movies", "shows"),
}


# -- history ---------------------------------------------------------------------------------------------


def get_history(practice: Practice, call: Call, kind: str | None = None, item: int | None = None) -> Answer:
    """GET /sync/history[/{type}[/{id}]]: newest first; rows that can't be resolved are dropped after paging."""
    if kind not in (None, *ARRAYS):
        return empty_answer(404)
    start = moment_text(call.query.get("start_at")) or ""
    end = moment_text(call.query.get("end_at")) or "9999"
    rows = [
        play
        for play in practice.world.plays_newest_first()
        if start <= play.watched_at <= end and (kind is None or _is_of(practice, play, kind, item))
    ]
    page, headers = paged(call, rows)
    views = _views(
        practice,
        (
            ((play.kind, play.item), {"id": play.id, "watched_at": play.watched_at, "action": play.action})
            for play in page
        ),
    )
    return json_answer(views, 200, headers)


def add_to_history(practice: Practice, call: Call) -> Answer:
    """POST /sync/history. Nothing is checked for doubles; what is not found comes back inside the 201."""
    world = practice.world
    reading = read_plays(practice.catalogue, call.json())
    if len(world.plays) + len(reading.found) > world.limits["history"]:
        return _account_limit(practice, "history")
    counts = {"added": {"movies": 0, "episodes": 0}, "updated": {"movies": 0, "episodes": 0}}
    with world.saving_once():
        for found in reading.found:
            watched_at = _watched_at(practice, found)
            earlier = world.plays_of(found.item) if world.watch_only_once else []
            if earlier:
                earlier[-1].watched_at = watched_at[:17] + "00.000Z"
                world.changed((found.kind + "s", "watched_at"))
                counts["updated"][found.kind + "s"] += 1
            else:
                world.add_play(found.kind, found.id, watched_at)
                counts["added"][found.kind + "s"] += 1
            _drop_from_watchlist(practice, found)
    answer: Json = {"added": counts["added"], "not_found": reading.not_found}
    if world.watch_only_once:
        answer["updated"] = counts["updated"]
    return json_answer(answer, 201)


def remove_from_history(practice: Practice, call: Call) -> Answer:
    """POST /sync/history/remove: single plays by `ids`, all plays of an item by the item."""
    world, body = practice.world, call.json()
    reading = read_plays(practice.catalogue, body)
    asked = body.get("ids", [])
    lost = [play_id for play_id in asked if play_id not in world.plays]
    doomed = [play for found in reading.found for play in world.plays_of(found.item)]
    doomed += [world.plays[play_id] for play_id in asked if play_id in world.plays]
    deleted = {"movies": 0, "episodes": 0}
    with world.saving_once():
        for play in doomed:
            deleted[play.kind + "s"] += world.remove_play(play.id)
    return json_answer({"deleted": deleted, "not_found": {**reading.not_found, "ids": lost}})


def _is_of(practice: Practice, play: Play, kind: str, item: int | None) -> bool:
    if kind in ("movies", "episodes"):
        return play.kind + "s" == kind and item in (None, play.item)
    place = practice.catalogue.episode(play.item) if play.kind == "episode" else None
    if place is None:
        return play.kind == "episode" and item is None
    return item in (None, place.show.trakt_id if kind == "shows" else place.season.ids["trakt"])


def _watched_at(practice: Practice, found: Found) -> str:
    said = found.value("watched_at")
    if said == "unknown":
        return UNKNOWN_DATE
    if said == "released":
        return _released(practice, found) or UNKNOWN_DATE
    # A form that the server does not take silently becomes now (trakt-api#310).
    return moment_text(said) or practice.world.now()


def _released(practice: Practice, found: Found) -> str | None:
    if found.kind == "movie":
        work = practice.catalogue.movie("trakt", found.id)
        return moment_text(work and work.released)
    place = practice.catalogue.episode(found.id)
    aired = first_aired_text(place and place.episode.first_aired)
    if place is None or aired is None:
        return None
    length = timedelta(minutes=runtime_of(practice.catalogue, place.show))
    return text_of(datetime.fromisoformat(aired) + length)


def _drop_from_watchlist(practice: Practice, found: Found) -> None:
    world, items = practice.world, [found.item]
    place = practice.catalogue.episode(found.id) if found.kind == "episode" else None
    if place is not None:
        items += [("season", place.season.ids["trakt"]), ("show", place.show.trakt_id)]
    gone = [item for item in items if world.watchlist.pop(item, None) is not None]
    if gone:
        world.changed(("watchlist", "updated_at"), *_each(gone, "watchlisted_at"))


# -- ratings ---------------------------------------------------------------------------------------------


def get_ratings(practice: Practice, call: Call, kind: str = "all", rating: str | None = None) -> Answer:
    """GET /sync/ratings[/{type}[/{rating}]]: latest first; `rating` may be a comma list."""
    if kind not in (*ARRAYS, "all"):
        return empty_answer(404)
    wanted = (rating or "1,2,3,4,5,6,7,8,9,10").split(",")
    rows = [
        (item, {"rated_at": given.rated_at, "rating": given.rating})
        for item, given in practice.world.ratings.items()
        if kind in ("all", item[0] + "s") and str(given.rating) in wanted
    ]
    rows.sort(key=lambda row: (row[1]["rated_at"], row[0]), reverse=True)
    page, headers = paged(call, rows)
    return json_answer(_views(practice, page), 200, headers)


def add_ratings(practice: Practice, call: Call) -> Answer:
    """POST /sync/ratings: a later rating replaces the earlier one. 422 for anything but 1-10."""
    world = practice.world
    reading = read_items(practice.catalogue, call.json(), "rating")
    given: dict[Item, Rating] = {}
    for found in reading.found:
        rating = found.said[-1].get("rating")
        if type(rating) is not int or not 1 <= rating <= 10:
            return json_answer({"error": "invalid rating", "rating": rating}, 422)
        given[found.item] = Rating(rating, moment_text(found.said[-1].get("rated_at")) or world.now())
    if len(world.ratings.keys() | given.keys()) > world.limits["ratings"]:
        return _account_limit(practice, "ratings")
    with world.saving_once():
        for (kind, item), value in given.items():
            world.add_rating(kind, item, value.rating, value.rated_at)
    return json_answer({"added": _counts(reading.found), "not_found": reading.not_found}, 201)


def remove_ratings(practice: Practice, call: Call) -> Answer:
    """POST /sync/ratings/remove."""
    reading = read_items(practice.catalogue, call.json())
    with practice.world.saving_once():
        gone = [found for found in reading.found if practice.world.remove_rating(found.kind, found.id)]
    return json_answer({"deleted": _counts(gone), "not_found": reading.not_found})


# -- watchlist and hidden items ----------------------------------------------------------------------------


def get_watchlist(practice: Practice, call: Call, kind: str = "all", **_sorting: str) -> Answer:
    """GET /sync/watchlist[/{type}[/{sort_by}[/{sort_how}]]]: in the order of listing."""
    rows = [
        (item, {"rank": rank, "id": 500_000 + rank, "listed_at": listed_at, "notes": None})
        for rank, (item, listed_at) in enumerate(practice.world.watchlist.items(), 1)
        if kind in ("all", item[0] + "s")
    ]
    page, headers = paged(call, rows)
    return json_answer(_views(practice, page), 200, headers)


def add_to_watchlist(practice: Practice, call: Call) -> Answer:
    """POST /sync/watchlist: 201, or 420 when the list is full."""
    world = practice.world
    reading = read_items(practice.catalogue, call.json())
    new = [found for found in reading.found if found.item not in world.watchlist]
    if len(world.watchlist) + len(new) > world.limits["watchlist"]:
        return _account_limit(practice, "watchlist")
    for found in new:
        world.watchlist.setdefault(found.item, world.now())
    items = [found.item for found in reading.found]
    world.changed(("watchlist", "updated_at"), *_each(items, "watchlisted_at"))
    answer = {
        "added": _counts(new),
        "existing": _counts(found for found in reading.found if found not in new),
        "not_found": reading.not_found,
        "list": _list_state(practice),
    }
    return json_answer(answer, 201)


def remove_from_watchlist(practice: Practice, call: Call) -> Answer:
    """POST /sync/watchlist/remove."""
    world = practice.world
    reading = read_items(practice.catalogue, call.json())
    gone = [found for found in reading.found if world.watchlist.pop(found.item, None) is not None]
    world.changed(("watchlist", "updated_at"))
    answer = {"deleted": _counts(gone), "not_found": reading.not_found, "list": _list_state(practice)}
    return json_answer(answer)


def get_hidden(practice: Practice, call: Call, section: str) -> Answer:
    """GET /users/hidden/{section}: latest first; `type` filters."""
    kind = call.query.get("type")
    rows = [
        (item, {"hidden_at": at})
        for item, at in practice.world.hidden.get(section, {}).items()
        if kind is None or kind.removesuffix("s") == item[0]
    ]
    rows.sort(key=lambda row: (row[1]["hidden_at"], row[0]), reverse=True)
    page, headers = paged(call, rows)
    return json_answer(_views(practice, page), 200, headers)


def hide(practice: Practice, call: Call, section: str) -> Answer:
    """POST /users/hidden/{section}; "dropped" takes shows only."""
    reading, rows = _read_hidden(practice, call, section)
    new = [found for found in reading.found if found.item not in rows]
    for found in new:
        rows[found.item] = moment_text(found.said[-1].get("hidden_at")) or practice.world.now()
    practice.world.changed(("shows", "dropped_at" if section == "dropped" else "hidden_at"))
    return json_answer({"added": _counts(new), "not_found": reading.not_found}, 201)


def unhide(practice: Practice, call: Call, section: str) -> Answer:
    """POST /users/hidden/{section}/remove."""
    reading, rows = _read_hidden(practice, call, section)
    gone = [found for found in reading.found if rows.pop(found.item, None) is not None]
    practice.world.changed(("shows", "dropped_at" if section == "dropped" else "hidden_at"))
    return json_answer({"deleted": _counts(gone), "not_found": reading.not_found})


def _read_hidden(practice: Practice, call: Call, section: str) -> tuple[Reading, dict[Item, str]]:
    body = call.json()
    allowed = _HIDDEN_TYPES.get(section, ("movies", "shows", "seasons"))
    reading = read_items(practice.catalogue, {name: body.get(name) for name in allowed})
    return reading, practice.world.hidden.setdefault(section, {})


# -- the account itself ----------------------------------------------------------------------------------


def get_settings(practice: Practice, call: Call) -> Answer:
    """GET /users/settings, with `browsing` for extended=browsing."""
    world = practice.world
    answer: Json = {
        "user": {
            "username": world.username,
            "private": False,
            "name": "Practice Account",
            "vip": world.vip,
            "vip_ep": False,
            "deleted": False,
            "ids": {"slug": world.slug, "uuid": world.uuid},
            "joined_at": "2018-10-01T12:00:00.000Z",
        },
        "account": {
            "timezone": world.timezone,
            "date_format": "dmy",
            "time_24hr": True,
            "cover_image": None,
            "display_ads": False,
        },
        "connections": dict.fromkeys(("facebook", "twitter", "mastodon", "google", "apple"), False),
        "limits": {
            "list": {"count": 100 if world.vip else 5, "item_count": 5000 if world.vip else 250},
            "favorites": {"item_count": 250},
            **{name: {"item_count": count} for name, count in world.limits.items()},
        },
        "permissions": {"commenting": True, "liking": True, "following": True},
    }
    if call.extended("browsing"):
        answer["browsing"] = {"watch_popup_action": "now", "watch_only_once": world.watch_only_once}
    return json_answer(answer)


def get_last_activities(practice: Practice, _call: Call) -> Answer:
    """GET /sync/last_activities."""
    return json_answer(practice.world.last_activities())


# -- what several of them share ----------------------------------------------------------------------------


def _views(practice: Practice, rows: Iterable[tuple[Item, Json]]) -> list[Json]:
    """Each row with its item, without those whose item the catalogue does not have."""
    found = ((said, item_view(practice.catalogue, *item)) for item, said in rows)
    return [{**said, **view} for said, view in found if view is not None]


def _account_limit(practice: Practice, name: str) -> Answer:
    """420: the account holds as much as it may."""
    headers = {
        "X-Upgrade-URL": "https://trakt.tv/vip",
        "X-VIP-User": str(practice.world.vip).lower(),
        "X-Account-Limit": str(practice.world.limits[name]),
    }
    return empty_answer(420, headers)


def _counts(found: Iterable[Found]) -> dict[str, int]:
    kinds = [one.kind + "s" for one in found]
    return {name: kinds.count(name) for name in ARRAYS}


def _each(items: Iterable[Item], activity: str) -> list[tuple[str, str]]:
    return [(kind + "s", activity) for kind, _ in items]


def _list_state(practice: Practice) -> Json:
    return {"updated_at": practice.world.now(), "item_count": len(practice.world.watchlist)}
