"""Serving the practice services: one Flask app on loopback, every request recorded and open to scripted faults."""

import logging
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Response, request
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from anitrakt_plan.sandbox import practice as known
from anitrakt_plan.sandbox.catalogue import Catalogue, load_catalogue
from anitrakt_plan.sandbox.faults import Faults
from anitrakt_plan.sandbox.limits import Limits
from anitrakt_plan.sandbox.lists import Lists
from anitrakt_plan.sandbox.practice import DeviceSignIn, Practice
from anitrakt_plan.sandbox.routes import FRONT, SERVICES, answer_to, application
from anitrakt_plan.sandbox.wire import Answer, Call, WireRecord, record_of
from anitrakt_plan.sandbox.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class SandboxAddresses:
    """Where the practice services are, and what opens them. None of it opens anything else."""

    trakt_url: str
    trakt_auth_url: str
    anilist_url: str
    mal_url: str
    idmap_url: str
    trakt_client_id: str = known.TRAKT_CLIENT_ID
    trakt_client_secret: str = known.TRAKT_CLIENT_SECRET
    trakt_token: str = known.TRAKT_TOKEN
    trakt_refresh_token: str = known.TRAKT_REFRESH_TOKEN
    mal_client_id: str = known.MAL_CLIENT_ID
    mal_token: str = known.MAL_TOKEN
    anilist_token: str = known.ANILIST_TOKEN


@dataclass(slots=True)
class Sandbox:
    """A running sandbox: its addresses, the state a test may look at and change, and the record of the wire."""

    addresses: SandboxAddresses
    practice: Practice
    wire: list[WireRecord] = field(default_factory=list)

    @property
    def world(self) -> World:
        return self.practice.world

    @property
    def catalogue(self) -> Catalogue:
        return self.practice.catalogue

    @property
    def lists(self) -> Lists:
        return self.practice.lists

    @property
    def faults(self) -> Faults:
        return self.practice.faults

    @property
    def limits(self) -> Limits:
        return self.practice.limits

    @property
    def sign_in(self) -> DeviceSignIn:
        return self.practice.sign_in

    def commit_pending(self) -> int:
        """Carries out the writes that a fault put off; returns how many."""
        return self.practice.faults.commit_pending()

    def sent(self, method: str, path: str, service: str = "trakt") -> list[WireRecord]:
        """The recorded requests with this method and exactly this path."""
        return [r for r in self.wire if (r.service, r.method, r.path) == (service, method, path)]


def environment(addresses: SandboxAddresses) -> dict[str, str]:
    """The environment variables that point anitrakt at this sandbox, without pauses between requests."""
    return {
        "ANITRAKT_TRAKT_URL": addresses.trakt_url,
        "ANITRAKT_TRAKT_AUTH_URL": addresses.trakt_auth_url,
        "ANITRAKT_ANILIST_URL": addresses.anilist_url,
        "ANITRAKT_MAL_URL": addresses.mal_url,
        "ANITRAKT_IDMAP_URL": addresses.idmap_url,
        "ANITRAKT_TRAKT_CLIENT_ID": addresses.trakt_client_id,
        "ANITRAKT_TRAKT_CLIENT_SECRET": addresses.trakt_client_secret,
        "ANITRAKT_TRAKT_TOKEN": addresses.trakt_token,
        "ANITRAKT_MAL_CLIENT_ID": addresses.mal_client_id,
        "ANITRAKT_TRAKT_GET_LIMIT": "1000/1",
        "ANITRAKT_TRAKT_WRITE_LIMIT": "1000/1",
        "ANITRAKT_ANILIST_LIMIT": "1000/1",
        "ANITRAKT_MAL_LIMIT": "1000/1",
        "ANITRAKT_TRAKT_SETTLE": "0",
    }


@contextmanager
def serve(
    state_folder: Path | None,
    *,
    port: int = 0,
    clock: Callable[[], datetime] | None = None,
    catalogue: Catalogue | None = None,
) -> Iterator[Sandbox]:
    """Serves the practice services on a loopback port (0: any free one) until the context ends.

    The Trakt account is kept in `state_folder`/trakt.json (None: in memory). `clock` gives the services'
    present time (UTC), `catalogue` what exists there instead of the package's own. Raises OSError where the
    port is taken.
    """
    catalogue = catalogue or load_catalogue()
    now = clock or _utc_now
    world = World(catalogue, state_folder, now)
    practice = Practice(catalogue, world, Lists(catalogue), Faults(), Limits(), now)
    server = ThreadedWSGIServer(LOOPBACK, port, application(), handler=_QuietHandler)
    server.daemon_threads = True
    server.block_on_close = False
    root = f"http://{LOOPBACK}:{server.server_port}"
    addresses = SandboxAddresses(
        f"{root}/trakt", f"{root}/auth", f"{root}/anilist", f"{root}/mal/v2", f"{root}/idmap"
    )
    sandbox = Sandbox(addresses, practice)
    server.app = _fronted(_Front(sandbox))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield sandbox
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Front:
    """Between HTTP and the handlers: records, lets faults strike, and answers or breaks the connection."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._counting = threading.Lock()
        self._events = 0

    def view(self, service: str, handler: Callable[[Practice, Call], Answer]) -> Response:
        practice = self._sandbox.practice
        call = _call(service)
        record = self._record(call)
        practice.faults.tick()

        def locked(received: Call) -> Answer:
            with practice.world.lock:
                practice.world.refresh()
                return answer_to(practice, received, handler)

        answer = practice.faults.carry_out(call, locked)
        with self._counting:
            self._events += 1
            record.ended = self._events
            record.status = None if answer.drop else answer.status
        return _response(answer)

    def _record(self, call: Call) -> WireRecord:
        with self._counting:
            self._events += 1
            record = record_of(call, len(self._sandbox.wire), self._events)
            self._sandbox.wire.append(record)
            return record


def _fronted(front: _Front) -> "WSGIApplication":
    """The routes that all servers of this process share, told whose requests these are."""
    routes = application()

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        environ[FRONT] = front.view
        return routes(environ, start_response)

    return app


class _QuietHandler(WSGIRequestHandler):
    """Says nothing on the terminal, and takes a connection that was broken on purpose for done."""

    def log(self, _type: str, message: str, *args: object) -> None:
        logging.getLogger("anitrakt.sandbox").debug(message, *args)

    def connection_dropped(self, *_told: object, **_more: object) -> None:
        self.close_connection = True


def _call(service: str) -> Call:
    prefix = SERVICES[service]
    return Call(
        service,
        request.method,
        request.path.removeprefix(prefix) or "/",
        request.args.to_dict(),
        {name.lower(): value for name, value in request.headers.items()},
        request.get_data(),
        request.host_url.rstrip("/") + prefix,
    )


def _response(answer: Answer) -> Response:
    if answer.drop:
        _break_connection()
        return Response(b"", 500)
    if answer.cut is not None:
        headers = {**answer.headers, "Content-Length": str(len(answer.body))}
        return Response(_cut(answer.body[: answer.cut]), answer.status, headers)
    return Response(answer.body, answer.status, dict(answer.headers))


def _cut(part: bytes) -> Iterator[bytes]:
    yield part  # less than the Content-Length promised; the connection then closes


def _break_connection() -> None:
    connection = request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)


def _utc_now() -> datetime:
    return datetime.now(UTC)
