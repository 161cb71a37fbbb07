"""Trakt's /sync/history: reading it page by page, adding plays without any check for doubles, removing them."""

import random
from datetime import datetime, timedelta

from anitrakt_plan.sandbox.catalogue import Json
from anitrakt_plan.sandbox.paging import page_and_limit, paging_headers
from anitrakt_plan.sandbox.practice import Practice
from anitrakt_plan.sandbox.records import UNKNOWN_DATE, Play, text_of
from anitrakt_plan.sandbox.trakt_items import Found, moment_text, read_plays
from anitrakt_plan.sandbox.trakt_views import first_aired_text, item_view, runtime_of
from anitrakt_plan.sandbox.wire import Answer, Call, empty_answer, json_answer

_TYPES = ("movies", "shows", "seasons", "episodes")


def get_history(practice: Practice, call: Call, kind: str | None = None, item: int | None = None) -> Answer:
    """GET /sync/history[/{type}[/{id}]]: newest first; rows that can't be resolved are dropped after paging."""
    if kind is not None and kind not in _TYPES:
        return empty_answer(404)
    world, trouble = practice.world, practice.faults.history
    world.history_reads += 1
    rows = world.plays_newest_first()
    if kind is not None:
        rows = [play for play in rows if _fits(practice, play, kind, item)]
    start, end = moment_text(call.query.get("start_at")), moment_text(call.query.get("end_at"))
    if start or end:
        rows = [
            play
            for play in rows
            if (not start or play.watched_at >= start) and (not end or play.watched_at <= end)
        ]
    if trouble.lag_reads:
        rows = [play for play in rows if world.history_reads - world.born.get(play.id, 0) > trouble.lag_reads]
    if trouble.shuffle_ties:
        mixed = random.Random(world.history_reads)  # noqa: S311  # repeatable disorder, no secret
        rows = sorted(rows, key=lambda play: (play.watched_at, mixed.random()), reverse=True)
    page, limit = page_and_limit(call)
    headers = _headers(page, limit, len(rows), trouble.pages_uncounted)
    views = [
        view
        for play in rows[(page - 1) * limit : page * limit]
        if (view := _view(practice, play)) is not None
    ]
    return json_answer(views, 200, headers)


def add_to_history(practice: Practice, call: Call) -> Answer:
    """POST /sync/history. Nothing is checked for doubles; what is not found comes back inside the 201."""
    body = call.json()
    if not isinstance(body, dict):
        return empty_answer(400)
    world = practice.world
    reading = read_plays(practice.catalogue, body)
    if len(world.plays) + len(reading.found) > world.limits["history"]:
        return account_limit(practice, world.limits["history"])
    counts = {"added": {"movies": 0, "episodes": 0}, "updated": {"movies": 0, "episodes": 0}}
    with world.saving_once():
        for found in reading.found:
            watched_at = _watched_at(practice, found)
            earlier = world.plays_of(found.kind, found.id) if world.watch_only_once else []
            if earlier:
                earlier[-1].watched_at = watched_at[:17] + "00.000Z"
                world.changed((found.kind + "s", "watched_at"))
            else:
                _store(practice, found, watched_at)
            counts["updated" if earlier else "added"][found.kind + "s"] += 1
            _drop_from_watchlist(practice, found)
    answer: Json = {"added": counts["added"], "not_found": reading.not_found}
    if world.watch_only_once:
        answer["updated"] = counts["updated"]
    return json_answer(answer, 201)


def remove_from_history(practice: Practice, call: Call) -> Answer:
    """POST /sync/history/remove: single plays by `ids`, all plays of an item by the item."""
    body = call.json()
    if not isinstance(body, dict):
        return empty_answer(400)
    world = practice.world
    deleted = {"movies": 0, "episodes": 0}
    reading = read_plays(practice.catalogue, body)
    doomed = [play.id for found in reading.found for play in world.plays_of(found.kind, found.id)]
    lost: list[object] = []
    with world.saving_once():
        for play_id in [*(body.get("ids") or []), *doomed]:
            play = world.plays.get(play_id) if isinstance(play_id, int) else None
            if play is None:
                if play_id not in doomed:
                    lost.append(play_id)
                continue
            world.remove_play(play.id)
            deleted[play.kind + "s"] += 1
    return json_answer({"deleted": deleted, "not_found": {**reading.not_found, "ids": lost}})


def account_limit(practice: Practice, limit: int) -> Answer:
    """420: the account holds as much as it may."""
    headers = {
        "X-Upgrade-URL": "https://trakt.tv/vip",
        "X-VIP-User": str(practice.world.vip).lower(),
        "X-Account-Limit": str(limit),
    }
    return empty_answer(420, headers)


def _store(practice: Practice, found: Found, watched_at: str) -> None:
    if (found.kind, found.id) in practice.faults.history.never_stored:
        return
    practice.world.add_play(found.kind, found.id, watched_at)


def _watched_at(practice: Practice, found: Found) -> str:
    if practice.faults.history.dates_become_now:
        return practice.world.now()
    said = found.value("watched_at")
    if said == "unknown":
        return UNKNOWN_DATE
    if said == "released":
        return _released(practice, found) or UNKNOWN_DATE
    # A form that the server does not take silently becomes now (trakt-api#310).
    return moment_text(said) or practice.world.now()


def _released(practice: Practice, found: Found) -> str | None:
    if found.kind == "movie":
        movie = practice.catalogue.movie("trakt", found.id)
        return moment_text(movie.released) if movie else None
    place = practice.catalogue.episode(found.id)
    aired = first_aired_text(place.episode.first_aired) if place else None
    if place is None or aired is None:
        return None
    return text_of(
        datetime.fromisoformat(aired) + timedelta(minutes=runtime_of(practice.catalogue, place.show))
    )


def _drop_from_watchlist(practice: Practice, found: Found) -> None:
    world = practice.world
    dropped = [(found.kind, found.id)]
    place = practice.catalogue.episode(found.id) if found.kind == "episode" else None
    if place is not None:
        dropped += [("season", place.season.ids["trakt"]), ("show", place.show.trakt_id)]
    gone = [key for key in dropped if world.watchlist.pop(key, None) is not None]
    if gone:
        world.changed(("watchlist", "updated_at"), *((kind + "s", "watchlisted_at") for kind, _ in gone))


def _fits(practice: Practice, play: Play, kind: str, item: int | None) -> bool:
    if kind in ("movies", "episodes"):
        return play.kind == kind.removesuffix("s") and item in (None, play.item)
    if play.kind != "episode":
        return False
    if item is None:
        return True
    place = practice.catalogue.episode(play.item)
    if place is None:
        return False
    return item == (place.show.trakt_id if kind == "shows" else place.season.ids["trakt"])


def _view(practice: Practice, play: Play) -> Json | None:
    if (play.kind, play.item) in practice.faults.history.never_listed:
        return None
    item = item_view(practice.catalogue, play.kind, play.item)
    if item is None:
        return None
    return {"id": play.id, "watched_at": play.watched_at, "action": play.action, **item}


def _headers(page: int, limit: int, items: int, pages_uncounted: int) -> dict[str, str]:
    if not pages_uncounted:
        return paging_headers(page, limit, items)
    # The count is a cached number that lags behind the rows (trakt-web PR 3152).
    counted = max(1, -(-items // limit) - pages_uncounted)
    return paging_headers(page, limit, min(items, counted * limit), counted)
