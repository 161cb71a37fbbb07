"""Trakt's ratings, watchlist and hidden items: reading, adding (an upsert), removing; and the account itself."""

from anitrakt_plan.sandbox.catalogue import Json
from anitrakt_plan.sandbox.paging import paged
from anitrakt_plan.sandbox.practice import Practice
from anitrakt_plan.sandbox.records import Item, Rating
from anitrakt_plan.sandbox.trakt_history import account_limit
from anitrakt_plan.sandbox.trakt_items import Reading, moment_text, read_rated
from anitrakt_plan.sandbox.trakt_views import item_view
from anitrakt_plan.sandbox.wire import Answer, Call, empty_answer, json_answer

_TYPES = ("movies", "shows", "seasons", "episodes")
_HIDDEN_TYPES = {
    "dropped": ("shows",),
    "calendar": ("movies", "shows"),
    "recommendations": ("movies", "shows"),
}


def get_ratings(practice: Practice, call: Call, kind: str = "all", rating: str | None = None) -> Answer:
    """GET /sync/ratings[/{type}[/{rating}]]: latest first; `rating` may be a comma list."""
    if kind not in (*_TYPES, "all"):
        return empty_answer(404)
    wanted = {int(part) for part in rating.split(",") if part.isdigit()} if rating else set(range(1, 11))
    rows = [
        (key, given)
        for key, given in practice.world.ratings.items()
        if kind in ("all", key[0] + "s") and given.rating in wanted
    ]
    rows.sort(key=lambda row: (row[1].rated_at, row[0]), reverse=True)
    page, headers = paged(call, rows)
    views = [
        {"rated_at": given.rated_at, "rating": given.rating, **view}
        for key, given in page
        if (view := item_view(practice.catalogue, *key)) is not None
    ]
    return json_answer(views, 200, headers)


def add_ratings(practice: Practice, call: Call) -> Answer:
    """POST /sync/ratings: a later rating replaces the earlier one. 422 for anything but 1-10."""
    body = call.json()
    if not isinstance(body, dict):
        return empty_answer(400)
    world = practice.world
    reading = read_rated(practice.catalogue, body)
    given: dict[Item, Rating] = {}
    for found in reading.found:
        rating = found.said[-1].get("rating")
        if not isinstance(rating, int) or isinstance(rating, bool) or not 1 <= rating <= 10:
            return json_answer({"error": "invalid rating", "rating": rating}, 422)
        rated_at = moment_text(found.said[-1].get("rated_at")) or world.now()
        given[(found.kind, found.id)] = Rating(rating, rated_at)
    if len(world.ratings.keys() | given.keys()) > world.limits["ratings"]:
        return account_limit(practice, world.limits["ratings"])
    with world.saving_once():
        for (kind, item), value in given.items():
            world.add_rating(kind, item, value.rating, value.rated_at)
    return json_answer({"added": _counts(reading), "not_found": reading.not_found}, 201)


def remove_ratings(practice: Practice, call: Call) -> Answer:
    """POST /sync/ratings/remove."""
    body = call.json()
    if not isinstance(body, dict):
        return empty_answer(400)
    reading = read_rated(practice.catalogue, body, "")
    with practice.world.saving_once():
        gone = [found for found in reading.found if practice.world.remove_rating(found.kind, found.id)]
    return json_answer({"deleted": _counts(Reading(gone)), "not_found": reading.not_found})


def get_watchlist(practice: Practice, call: Call, kind: str = "all", **_sorting: str) -> Answer:
    """GET /sync/watchlist[/{type}[/{sort_by}[/{sort_how}]]]: in the order of listing."""
    rows = [
        (rank, key, listed_at)
        for rank, (key, listed_at) in enumerate(practice.world.watchlist.items(), 1)
        if kind in ("all", key[0] + "s")
    ]
    page, headers = paged(call, rows)
    views = [
        {"rank": rank, "id": 500_000 + rank, "listed_at": listed_at, "notes": None, **view}
        for rank, key, listed_at in page
        if (view := item_view(practice.catalogue, *key)) is not None
    ]
    return json_answer(views, 200, headers)


def add_to_watchlist(practice: Practice, call: Call) -> Answer:
    """POST /sync/watchlist: 201, or 420 when the list is full."""
    body = call.json()
    if not isinstance(body, dict):
        return empty_answer(400)
    world = practice.world
    reading = read_rated(practice.catalogue, body, "")
    keys = [(found.kind, found.id) for found in reading.found]
    new = [found for found in reading.found if (found.kind, found.id) not in world.watchlist]
    if len(world.watchlist) + len(new) > world.limits["watchlist"]:
        return account_limit(practice, world.limits["watchlist"])
    for key in keys:
        world.watchlist.setdefault(key, world.now())
    world.changed(("watchlist", "updated_at"), *((kind + "s", "watchlisted_at") for kind, _ in keys))
    answer = {
        "added": _counts(Reading(new)),
        "existing": _counts(Reading([found for found in reading.found if found not in new])),
        "not_found": reading.not_found,
        "list": _list_state(practice),
    }
    return json_answer(answer, 201)


def remove_from_watchlist(practice: Practice, call: Call) -> Answer:
    """POST /sync/watchlist/remove."""
    body = call.json()
    if not isinstance(body, dict):
        return empty_answer(400)
    reading = read_rated(practice.catalogue, body, "")
    world = practice.world
    gone = [f for f in reading.found if world.watchlist.pop((f.kind, f.id), None) is not None]
    world.changed(("watchlist", "updated_at"))
    answer = {
        "deleted": _counts(Reading(gone)),
        "not_found": reading.not_found,
        "list": _list_state(practice),
    }
    return json_answer(answer)


def get_hidden(practice: Practice, call: Call, section: str) -> Answer:
    """GET /users/hidden/{section}: latest first; `type` filters."""
    kind = call.query.get("type")
    rows = [
        (key, at)
        for key, at in practice.world.hidden.get(section, {}).items()
        if kind is None or kind.removesuffix("s") == key[0]
    ]
    rows.sort(key=lambda row: (row[1], row[0]), reverse=True)
    page, headers = paged(call, rows)
    views = [
        {"hidden_at": at, **view}
        for key, at in page
        if (view := item_view(practice.catalogue, *key)) is not None
    ]
    return json_answer(views, 200, headers)


def hide(practice: Practice, call: Call, section: str) -> Answer:
    """POST /users/hidden/{section}; "dropped" takes shows only."""
    return _change_hidden(practice, call, section, add=True)


def unhide(practice: Practice, call: Call, section: str) -> Answer:
    """POST /users/hidden/{section}/remove."""
    return _change_hidden(practice, call, section, add=False)


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
        "connections": {
            "facebook": False,
            "twitter": False,
            "mastodon": False,
            "google": False,
            "apple": False,
        },
        "limits": {
            "list": {"count": 100 if world.vip else 5, "item_count": 5000 if world.vip else 250},
            "watchlist": {"item_count": world.limits["watchlist"]},
            "favorites": {"item_count": 250},
            "history": {"item_count": world.limits["history"]},
            "ratings": {"item_count": world.limits["ratings"]},
        },
        "permissions": {"commenting": True, "liking": True, "following": True},
    }
    if "browsing" in call.query.get("extended", "").split(","):
        answer["browsing"] = {"watch_popup_action": "now", "watch_only_once": world.watch_only_once}
    return json_answer(answer)


def get_last_activities(practice: Practice, _call: Call) -> Answer:
    """GET /sync/last_activities."""
    return json_answer(practice.world.last_activities())


def _change_hidden(practice: Practice, call: Call, section: str, *, add: bool) -> Answer:
    body = call.json()
    if not isinstance(body, dict):
        return empty_answer(400)
    allowed = _HIDDEN_TYPES.get(section, ("movies", "shows", "seasons"))
    reading = read_rated(practice.catalogue, {name: body.get(name) for name in allowed}, "")
    rows = practice.world.hidden.setdefault(section, {})
    done = []
    for found in reading.found:
        key = (found.kind, found.id)
        if add and key not in rows:
            rows[key] = moment_text(found.said[-1].get("hidden_at")) or practice.world.now()
            done.append(found)
        elif not add and rows.pop(key, None) is not None:
            done.append(found)
    practice.world.changed(("shows", "dropped_at" if section == "dropped" else "hidden_at"))
    answer = {"added" if add else "deleted": _counts(Reading(done)), "not_found": reading.not_found}
    return json_answer(answer, 201 if add else 200)


def _counts(reading: Reading) -> dict[str, int]:
    return {kind: sum(found.kind + "s" == kind for found in reading.found) for kind in _TYPES}


def _list_state(practice: Practice) -> Json:
    return {"updated_at": practice.world.now(), "item_count": len(practice.world.watchlist)}
