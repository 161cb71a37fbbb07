"""Which handler answers which path, and what each service demands of a request before it looks at it."""

import json
import math
from collections.abc import Callable
from functools import cache
from typing import Any

from flask import Flask, Response, request

from anitrakt_plan.sandbox import (
    anilist,
    idmap,
    mal,
    trakt_catalogue,
    trakt_history,
    trakt_lists,
    trakt_oauth,
)
from anitrakt_plan.sandbox.limits import TRAKT_READS, TRAKT_WRITES
from anitrakt_plan.sandbox.practice import TRAKT_CLIENT_ID, Practice
from anitrakt_plan.sandbox.wire import Answer, Call, empty_answer, html_answer, json_answer

SERVICES = {"trakt": "/trakt", "auth": "/auth", "anilist": "/anilist", "mal": "/mal/v2", "idmap": "/idmap"}

FRONT = "anitrakt.sandbox.front"
"""The WSGI key under which each server puts its Front, so that all servers of a process share one set of routes."""

Handler = Callable[..., Answer]
Front = Callable[[str, Callable[[Practice, Call], Answer]], Response]
"""What gets the service and the handler of each request."""


_TRAKT_ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/users/settings", trakt_lists.get_settings),
    ("GET", "/sync/last_activities", trakt_lists.get_last_activities),
    ("GET", "/sync/history", trakt_history.get_history),
    ("GET", "/sync/history/<kind>", trakt_history.get_history),
    ("GET", "/sync/history/<kind>/<int:item>", trakt_history.get_history),
    ("POST", "/sync/history", trakt_history.add_to_history),
    ("POST", "/sync/history/remove", trakt_history.remove_from_history),
    ("GET", "/sync/ratings", trakt_lists.get_ratings),
    ("GET", "/sync/ratings/<kind>", trakt_lists.get_ratings),
    ("GET", "/sync/ratings/<kind>/<rating>", trakt_lists.get_ratings),
    ("POST", "/sync/ratings", trakt_lists.add_ratings),
    ("POST", "/sync/ratings/remove", trakt_lists.remove_ratings),
    ("GET", "/sync/watchlist", trakt_lists.get_watchlist),
    ("GET", "/sync/watchlist/<kind>", trakt_lists.get_watchlist),
    ("GET", "/sync/watchlist/<kind>/<sort_by>", trakt_lists.get_watchlist),
    ("GET", "/sync/watchlist/<kind>/<sort_by>/<sort_how>", trakt_lists.get_watchlist),
    ("POST", "/sync/watchlist", trakt_lists.add_to_watchlist),
    ("POST", "/sync/watchlist/remove", trakt_lists.remove_from_watchlist),
    ("GET", "/users/hidden/<section>", trakt_lists.get_hidden),
    ("POST", "/users/hidden/<section>", trakt_lists.hide),
    ("POST", "/users/hidden/<section>/remove", trakt_lists.unhide),
    ("GET", "/search/<types>", trakt_catalogue.search),
    ("GET", "/search/<id_type>/<value>", trakt_catalogue.look_up),
    ("GET", "/shows/<item>", trakt_catalogue.show_page),
    ("GET", "/shows/<item>/seasons", trakt_catalogue.seasons),
    ("GET", "/shows/<item>/aliases", trakt_catalogue.show_aliases),
    ("GET", "/shows/<item>/ratings", trakt_catalogue.show_ratings),
    ("GET", "/movies/<item>", trakt_catalogue.movie_page),
    ("GET", "/movies/<item>/aliases", trakt_catalogue.movie_aliases),
)
_AUTH_ROUTES: tuple[tuple[str, Handler], ...] = (
    ("/oauth/device/code", trakt_oauth.device_code),
    ("/oauth/device/token", trakt_oauth.device_token),
    ("/oauth/token", trakt_oauth.token),
    ("/oauth/revoke", trakt_oauth.revoke),
)
_OTHER_ROUTES: tuple[tuple[str, str, str, Handler], ...] = (
    ("anilist", "POST", "/", anilist.graphql),
    ("mal", "GET", "/users/<name>/animelist", mal.animelist),
    ("mal", "GET", "/anime/<int:mal_id>", mal.anime_detail),
    ("idmap", "GET", "/mappings.json", idmap.mappings),
    ("idmap", "GET", "/tv_ex.json", idmap.tv),
    ("idmap", "GET", "/movies_ex.json", idmap.movies),
    ("idmap", "GET", "/bangumi.json", idmap.bangumi),
)
_SIGNED_IN = ("/sync/", "/users/")
_DEFAULT_AGENTS = ("python-requests", "python-urllib", "go-http-client", "okhttp", "axios", "node-fetch")


@cache
def application() -> Flask:
    """All routes, made once a process: compiling them takes longer than everything else a sandbox does to start."""
    app = Flask(__name__)
    for method, path, handler in _TRAKT_ROUTES:
        _add(app, "trakt", method, path, handler)
    for path, handler in _AUTH_ROUTES:
        _add(app, "auth", "POST", path, handler)
    for service, method, path, handler in _OTHER_ROUTES:
        _add(app, service, method, path, handler)
    return app


def answer_to(practice: Practice, call: Call, handler: Callable[[Practice, Call], Answer]) -> Answer:
    """The answer after the service's own demands: headers, key, sign-in, limits."""
    refused = None
    if call.service == "trakt":
        refused = _trakt_refuses(practice, call)
    elif call.service == "auth":
        refused = _unknown_agent(call) or _wrong_content_type(call)
    return refused or handler(practice, call)


def _add(app: Flask, service: str, method: str, path: str, handler: Handler) -> None:
    def view(**arguments: Any) -> Response:
        front: Front = request.environ[FRONT]
        return front(service, lambda practice, call: handler(practice, call, **arguments))

    rule = SERVICES[service] + path
    app.add_url_rule(rule, f"{method} {rule}", view, methods=[method], strict_slashes=False)


def _trakt_refuses(practice: Practice, call: Call) -> Answer | None:
    refused = _unknown_agent(call)
    if refused:
        return refused
    if call.headers.get("trakt-api-key") != TRAKT_CLIENT_ID:
        return empty_answer(403)
    if call.headers.get("trakt-api-version") != "2":
        return empty_answer(412)
    refused = _wrong_content_type(call)
    if refused:
        return refused
    if call.path.startswith(_SIGNED_IN) and not practice.world.token_works(call.bearer):
        return json_answer({"error": "invalid_grant"}, 401, {"WWW-Authenticate": 'Bearer realm="trakt"'})
    return _too_many(practice, TRAKT_READS if call.method == "GET" else TRAKT_WRITES)


def _unknown_agent(call: Call) -> Answer | None:
    agent = call.headers.get("user-agent", "").lower()
    if agent and not agent.startswith(_DEFAULT_AGENTS):
        return None
    return html_answer(403, "Access denied | Error 1010", {"Server": "cloudflare"})


def _wrong_content_type(call: Call) -> Answer | None:
    kind = call.headers.get("content-type", "").partition(";")[0].strip()
    return empty_answer(412) if call.method == "POST" and kind != "application/json" else None


def _too_many(practice: Practice, name: str) -> Answer | None:
    wait = practice.limits.admit(name)
    if wait is None:
        return None
    limit = practice.limits.by_name[name]
    told = {
        "name": name,
        "period": math.ceil(limit.seconds),
        "limit": limit.count,
        "remaining": 0,
        "until": practice.world.now(),
    }
    return empty_answer(429, {"Retry-After": str(math.ceil(wait)), "X-Ratelimit": json.dumps(told)})
