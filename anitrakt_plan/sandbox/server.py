"""Serving the practice services: one Flask app on loopback, and what each service demands before it looks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request
from werkzeug.http import parse_options_header
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from anitrakt_plan.sandbox import (
    anilist,
    idmap,
    mal,
    pictures,
    tmdb,
    trakt_catalogue,
    trakt_oauth,
    trakt_sync,
)
from anitrakt_plan.sandbox.catalogue import Catalogue
from anitrakt_plan.sandbox.lists import Lists
from anitrakt_plan.sandbox.practice import APPLICATIONS, Keys, Practice
from anitrakt_plan.sandbox.wire import Answer, Call, empty_answer, html_answer, json_answer
from anitrakt_plan.sandbox.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LOOPBACK = "127.0.0.1"
SERVICES = {
    "trakt": "/trakt",
    "auth": "/auth",
    "anilist": "/anilist",
    "mal": "/mal/v2",
    "tmdb": "/tmdb/3",
    "idmap": "/idmap",
    "pictures": "/pictures",
}

Handler = Callable[[Call], Answer]
Front = Callable[[Call, Handler], Response]
"""What stands between HTTP and the services: it gets each request, and what would answer it."""

_ROUTES = (
    trakt_sync.routes,
    trakt_catalogue.routes,
    trakt_oauth.routes,
    anilist.routes,
    mal.routes,
    tmdb.routes,
    idmap.routes,
    pictures.routes,
)
_SERVED = "anitrakt.sandbox.served"
"""The WSGI key of each server's own state, so that all servers of a process share one set of routes."""

_SIGNED_IN = ("/sync/", "/users/")
_DEFAULT_AGENTS = ("python-requests", "python-urllib", "go-http-client", "okhttp", "axios", "node-fetch")


@dataclass(frozen=True, kw_only=True)
class SandboxAddresses(Keys):
    """Where the practice services are, and what opens them."""

    trakt_url: str
    trakt_auth_url: str
    anilist_url: str
    mal_url: str
    tmdb_url: str
    idmap_url: str


def environment(addresses: SandboxAddresses) -> dict[str, str]:
    """The environment variables that point anitrakt at this sandbox, without pauses between requests."""
    kept_back = ("trakt_public_client_id", "trakt_refresh_token", "mal_token", "anilist_token")
    given = {name: value for name, value in asdict(addresses).items() if name not in kept_back}
    limits = ("trakt_get", "trakt_write", "anilist", "mal", "tmdb")
    settings = {**given, **{f"{name}_limit": "1000/1" for name in limits}, "trakt_settle": "0"}
    return {f"ANITRAKT_{name.upper()}": value for name, value in settings.items()}


@contextmanager
def serve(state_folder: Path | None, *, port: int = 0) -> Iterator[SandboxAddresses]:
    """Serve the practice services on a loopback port (0: any free one) until the context ends.

    The Trakt account is kept in `state_folder`/trakt.json (None: in memory). Raises OSError where the port is taken.
    """
    catalogue = Catalogue()
    state = Practice(catalogue, World(catalogue, state_folder, utc_now), Lists(catalogue), utc_now)
    with serve_practice(state, port=port) as addresses:
        yield addresses


def utc_now() -> datetime:
    """The services' present time, unless a clock is given."""
    return datetime.now(UTC)


def plain_front(call: Call, handler: Handler) -> Response:
    return response_of(handler(call))


def response_of(answer: Answer) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers))


@contextmanager
def serve_practice(
    state: Practice, *, port: int = 0, front: Front = plain_front
) -> Iterator[SandboxAddresses]:
    """Serve this state; `front` stands between HTTP and the services."""
    routes = _application()

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ[_SERVED] = state, front
        return routes(environ, start_response)

    server = ThreadedWSGIServer(LOOPBACK, port, app, handler=_QuietHandler)
    server.daemon_threads = True
    server.block_on_close = False
    root = f"http://{LOOPBACK}:{server.server_port}"
    state.pictures = root + SERVICES["pictures"]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield SandboxAddresses(
            trakt_url=root + SERVICES["trakt"],
            trakt_auth_url=root + SERVICES["auth"],
            anilist_url=root + SERVICES["anilist"],
            mal_url=root + SERVICES["mal"],
            tmdb_url=root + SERVICES["tmdb"],
            idmap_url=root + SERVICES["idmap"],
        )
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _QuietHandler(WSGIRequestHandler):
    """Says nothing on the terminal, and takes a connection that was broken on purpose for done."""

    def send_response(self, code: int, message: str | None = None) -> None:
        # without the date of this machine: the services' own clock stands in the answer
        self.send_response_only(code, message)

    def log(self, _type: str, message: str, *args: object) -> None:
        logging.getLogger("anitrakt.sandbox").debug(message, *args)

    def connection_dropped(self, *_told: object, **_more: object) -> None:
        self.close_connection = True


@cache
def _application() -> Flask:
    """All routes, made once a process: compiling them takes longer than everything else a sandbox does to start."""
    app = Flask(__name__)
    for routes in _ROUTES:
        for method, path, handler in routes.rules:
            rule = SERVICES[routes.service] + path
            view = partial(_view, routes.service, handler)
            app.add_url_rule(rule, f"{method} {rule}", view, methods=[method], strict_slashes=False)
    return app


def _view(service: str, handler: Callable[..., Answer], **arguments: Any) -> Response:
    state, front = request.environ[_SERVED]

    def answered(call: Call) -> Answer:
        with state.world.lock:
            state.world.refresh()
            return _refused(state, call) or handler(state, call, **arguments)

    prefix = SERVICES[service]
    call = Call(
        service,
        request.method,
        request.path.removeprefix(prefix) or "/",
        request.args.to_dict(),
        {name.lower(): value for name, value in request.headers.items()},
        request.get_data(),
        request.host_url.rstrip("/") + prefix,
    )
    answer: Response = front(call, answered)
    answer.date = state.clock() if service == "trakt" else utc_now()
    return answer


# -- what each service demands of a request before it looks at it ------------------------------------------


def _refused(state: Practice, call: Call) -> Answer | None:
    refusals = (demand(state, call) for demand in _DEMANDS.get(call.service, ()))
    return next((refused for refused in refusals if refused), None)


def _unknown_agent(_state: Practice, call: Call) -> Answer | None:
    agent = call.headers.get("user-agent", "").lower()
    if agent and not agent.startswith(_DEFAULT_AGENTS):
        return None
    return html_answer(403, "Access denied | Error 1010", {"Server": "cloudflare"})


def _wrong_headers(_state: Practice, call: Call) -> Answer | None:
    if call.headers.get("trakt-api-key") not in APPLICATIONS:
        return empty_answer(403)
    return empty_answer(412) if call.headers.get("trakt-api-version") != "2" else None


def _wrong_body(_state: Practice, call: Call) -> Answer | None:
    if call.method != "POST":
        return None
    if parse_options_header(call.headers.get("content-type"))[0] != "application/json":
        return empty_answer(412)
    return None if isinstance(call.json(), dict) else empty_answer(400)


def _signed_out(state: Practice, call: Call) -> Answer | None:
    if not call.path.startswith(_SIGNED_IN) or state.world.token_works(call.bearer):
        return None
    return json_answer({"error": "invalid_grant"}, 401, {"WWW-Authenticate": 'Bearer realm="trakt"'})


_DEMANDS = {
    "trakt": (_unknown_agent, _wrong_headers, _wrong_body, _signed_out),
    "auth": (_unknown_agent, _wrong_body, trakt_oauth.unknown_client),
    "mal": (mal.unknown_client,),
    "tmdb": (tmdb.unknown_token,),
}
"""What is looked at before a request is handled, in this order."""
