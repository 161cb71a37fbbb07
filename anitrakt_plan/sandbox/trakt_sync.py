"""What Trakt keeps for a user: history (never checked for doubles), ratings, watchlist, hidden items, settings."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from anitrakt_plan.sandbox.catalogue import Json, constants
from anitrakt_plan.sandbox.practice import Practice
from anitrakt_plan.sandbox.trakt_items import ARRAYS, Found, Reading, moment_text, read_items, read_plays
from anitrakt_plan.sandbox.trakt_views import first_aired_text, item_view, paged, runtime_of
from anitrakt_plan.sandbox.wire import Answer, Call, Routes, empty_answer, json_answer
from anitrakt_plan.sandbox.world import UNKNOWN_DATE, Item, Play, Rating, text_of

routes = Routes("trakt")

_STAMPS = {"ratings": "rated_at", "watchlist": "watchlisted_at", "dropped": "dropped_at"}
"""The activity under which a change of each list is noted."""


# -- history ---------------------------------------------------------------------------------------------


@routes.get("/sync/history", "/sync/history/<kind>", "/sync/history/<kind>/<int:item>")
def get_history(practice: Practice, call: Call, kind: str | None = None, item: int | None = None) -> Answer:
    """Newest first; rows that can't be resolved are dropped after paging."""
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
    said = [
        ((play.kind, play.item), {"id": play.id, "watched_at": play.watched_at, "action": play.action})
        for play in page
    ]
    return _listed(practice, said, headers)


@routes.post("/sync/history")
def add_to_history(practice: Practice, call: Call) -> Answer:
    """Nothing is checked for doubles; what is not found comes back inside the 201."""
    world = practice.world
    reading = read_plays(practice.catalogue, call.json())
    if len(world.plays) + len(reading.found) > world.limits["history"]:
        return _account_limit(practice, "history")
    counts = {name: {"movies": 0, "episodes": 0} for name in ("added", "updated")}
    with world.saving_once():
        for found in reading.found:
            watched_at = _watched_at(practice, found)
            earlier = world.plays_of(found.item) if world.watch_only_once else []
            if earlier:
                earlier[-1].watched_at = watched_at[:17] + "00.000Z"
                world.changed((found.kind + "s", "watched_at"))
            else:
                world.add_play(found.kind, found.id, watched_at)
            counts["updated" if earlier else "added"][found.kind + "s"] += 1
            _drop_from_watchlist(practice, found.item)
    if not world.watch_only_once:
        del counts["updated"]
    return json_answer({**counts, "not_found": reading.not_found}, 201)


@routes.post("/sync/history/remove")
def remove_from_history(practice: Practice, call: Call) -> Answer:
    """Single plays by `ids`, all plays of an item by the item."""
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


def _is_of(practice: Practice, play: Play, kinds: str, item: int | None) -> bool:
    ids = _with_what_holds_it(practice, (play.kind, play.item))
    kind = kinds.removesuffix("s")
    return kind in ids and item in (None, ids[kind])


def _with_what_holds_it(practice: Practice, item: Item) -> dict[str, int]:
    """The id of a film, or of an episode, its season and its show, by kind."""
    kind, trakt_id = item
    place = practice.catalogue.episodes.get(trakt_id) if kind == "episode" else None
    above = {"season": place.season.ids["trakt"], "show": place.show.trakt_id} if place else {}
    return {kind: trakt_id, **above}


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
    show, _, episode = practice.catalogue.episodes[found.id]
    aired = first_aired_text(episode.first_aired)
    length = timedelta(minutes=runtime_of(practice.catalogue, show))
    return text_of(datetime.fromisoformat(aired) + length) if aired else None


def _drop_from_watchlist(practice: Practice, item: Item) -> None:
    held = _with_what_holds_it(practice, item).items()
    gone = [listed for listed in held if practice.world.watchlist.pop(listed, None) is not None]
    if gone:
        _note(practice, "watchlist", gone)


# -- ratings, watchlist and hidden items ------------------------------------------------------------------


@routes.get("/sync/ratings", "/sync/ratings/<kind>", "/sync/ratings/<kind>/<int:rating>")
def get_ratings(practice: Practice, call: Call, kind: str = "all", rating: int | None = None) -> Answer:
    """Latest first."""
    if kind not in (*ARRAYS, "all"):
        return empty_answer(404)
    rows = [
        (item, {"rated_at": given.rated_at, "rating": given.rating})
        for item, given in practice.world.ratings.items()
        if kind in ("all", item[0] + "s") and rating in (None, given.rating)
    ]
    rows.sort(key=lambda row: (row[1]["rated_at"], row[0]), reverse=True)
    return _listed(practice, *paged(call, rows))


@routes.post("/sync/ratings")
def add_ratings(practice: Practice, call: Call) -> Answer:
    """A later rating replaces the earlier one. 422 for anything but 1-10."""
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
    world.ratings |= given
    _note(practice, "ratings", given)
    return json_answer({"added": _counts(reading.items), "not_found": reading.not_found}, 201)


@routes.get("/sync/watchlist", "/sync/watchlist/<kind>")
def get_watchlist(practice: Practice, call: Call, kind: str = "all") -> Answer:
    """In the order of listing."""
    rows = [
        (item, {"rank": rank, "id": 500_000 + rank, "listed_at": listed_at, "notes": None})
        for rank, (item, listed_at) in enumerate(practice.world.watchlist.items(), 1)
        if kind in ("all", item[0] + "s")
    ]
    return _listed(practice, *paged(call, rows))


@routes.get("/users/hidden/dropped")
def get_dropped(practice: Practice, call: Call) -> Answer:
    """Latest first."""
    rows = [(item, {"hidden_at": at}) for item, at in practice.world.dropped.items()]
    rows.sort(key=lambda row: (row[1]["hidden_at"], row[0]), reverse=True)
    return _listed(practice, *paged(call, rows))


@routes.post("/sync/<any(watchlist):section>", "/users/hidden/<any(dropped):section>")
def add_to_list(practice: Practice, call: Call, section: str) -> Answer:
    """201, or 420 when the watchlist is full."""
    world = practice.world
    reading, rows = _read(practice, call, section)
    new = [found for found in reading.found if found.item not in rows]
    if len(rows) + len(new) > world.limits.get(section, 10_000):
        return _account_limit(practice, section)
    for found in new:
        rows[found.item] = moment_text(found.said[-1].get("hidden_at")) or world.now()
    _note(practice, section, reading.items)
    added = [found.item for found in new]
    answer = {"added": _counts(added), "not_found": reading.not_found}
    if section == "watchlist":
        existing = _counts(item for item in reading.items if item not in added)
        answer |= {"existing": existing, "list": _list_state(practice)}
    return json_answer(answer, 201)


@routes.post("/sync/<any(ratings, watchlist):section>/remove", "/users/hidden/<any(dropped):section>/remove")
def remove_from_list(practice: Practice, call: Call, section: str) -> Answer:
    reading, rows = _read(practice, call, section)
    gone = [item for item in reading.items if rows.pop(item, None) is not None]
    _note(practice, section, gone)
    answer = {"deleted": _counts(gone), "not_found": reading.not_found}
    if section == "watchlist":
        answer["list"] = _list_state(practice)
    return json_answer(answer)


def _read(practice: Practice, call: Call, section: str) -> tuple[Reading, dict[Item, Any]]:
    """The items that a body names, and the list that it is about; only shows can be dropped."""
    world, body = practice.world, call.json()
    kept: dict[str, dict[Item, Any]] = {
        "ratings": world.ratings,
        "watchlist": world.watchlist,
        "dropped": world.dropped,
    }
    named = {"shows": body.get("shows")} if section == "dropped" else body
    return read_items(practice.catalogue, named), kept[section]


def _note(practice: Practice, section: str, items: Iterable[Item]) -> None:
    whole = [("watchlist", "updated_at")] if section == "watchlist" else []
    practice.world.changed(*whole, *((kind + "s", _STAMPS[section]) for kind, _ in items))


# -- the account itself ----------------------------------------------------------------------------------


@routes.get("/users/settings")
def get_settings(practice: Practice, call: Call) -> Answer:
    """The account, with `browsing` for extended=browsing."""
    world, same = practice.world, constants("settings")
    ids = {"slug": world.slug, "uuid": world.uuid}
    limits = {name: {"item_count": count} for name, count in world.limits.items()}
    answer: Json = {
        **same,
        "user": {**same["user"], "username": world.username, "vip": world.vip, "ids": ids},
        "account": {**same["account"], "timezone": world.timezone},
        "limits": {**same["limits"], **limits},
    }
    if call.extended("browsing"):
        answer["browsing"] = {"watch_popup_action": "now", "watch_only_once": world.watch_only_once}
    return json_answer(answer)


@routes.get("/sync/last_activities")
def get_last_activities(practice: Practice, _call: Call) -> Answer:
    """When each sort of thing last changed; 1970 for what has never happened."""
    known = practice.world.activities
    groups = {
        group: {name: known.get(group, {}).get(name, UNKNOWN_DATE) for name in names}
        for group, names in constants("activities").items()
    }
    latest = max(stamp for group in groups.values() for stamp in group.values())
    return json_answer({"all": latest, **groups})


# -- what several of them share ----------------------------------------------------------------------------


def _listed(practice: Practice, rows: Iterable[tuple[Item, Json]], headers: dict[str, str]) -> Answer:
    """Each row with its item, without those whose item the catalogue does not have."""
    found = ((said, item_view(practice.catalogue, *item)) for item, said in rows)
    return json_answer([{**said, **view} for said, view in found if view is not None], 200, headers)


def _account_limit(practice: Practice, name: str) -> Answer:
    """420: the account holds as much as it may."""
    headers = {
        "X-Upgrade-URL": "https://trakt.tv/vip",
        "X-VIP-User": str(practice.world.vip).lower(),
        "X-Account-Limit": str(practice.world.limits[name]),
    }
    return empty_answer(420, headers)


def _counts(items: Iterable[Item]) -> dict[str, int]:
    kinds = [kind + "s" for kind, _ in items]
    return {name: kinds.count(name) for name in ARRAYS}


def _list_state(practice: Practice) -> Json:
    return {"updated_at": practice.world.now(), "item_count": len(practice.world.watchlist)}
