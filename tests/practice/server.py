"""The practice services with a front of the tests' own: it records, lets faults strike, and breaks connections."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask import Response, request

from anitrakt_plan.sandbox.lists import Lists
from anitrakt_plan.sandbox.practice import Practice
from anitrakt_plan.sandbox.server import SandboxAddresses, response_of, serve_practice, utc_now
from anitrakt_plan.sandbox.wire import Call
from tests.practice.faults import BrokenAnswer, Faults, Handler
from tests.practice.wire import Wire, WireRecord
from tests.practice.world import Catalogue, World


@dataclass(slots=True)
class Sandbox:
    """A running sandbox: its addresses, the state a test may look at and change, the faults, the record of the wire."""

    addresses: SandboxAddresses
    catalogue: Catalogue
    world: World
    lists: Lists
    faults: Faults
    wire: list[WireRecord]

    def commit_pending(self) -> int:
        """Carry out the writes that a fault put off; returns how many."""
        return self.faults.commit_pending()

    def sent(self, method: str, path: str, service: str = "trakt") -> list[WireRecord]:
        """The recorded requests with this method and exactly this path."""
        return [r for r in self.wire if (r.service, r.method, r.path) == (service, method, path)]


@contextmanager
def serve(
    state_folder: Path | None,
    *,
    clock: Callable[[], datetime] | None = None,
    catalogue: Catalogue | None = None,
) -> Iterator[Sandbox]:
    """Serve the practice services as `anitrakt_plan.sandbox.serve` does, recorded and open to faults."""
    catalogue, clock = catalogue or Catalogue(), clock or utc_now
    world = World(catalogue, state_folder, clock)
    practice = Practice(catalogue, world, Lists(catalogue), clock)
    faults, wire = Faults(world), Wire()

    def front(call: Call, handler: Handler) -> Response:
        record = wire.begin(call)
        faults.tick()
        answer = faults.carry_out(call, handler)
        if isinstance(answer, BrokenAnswer) and answer.keep is None:
            wire.end(record, None)
            return _broken_connection()
        wire.end(record, answer.status, answer.body)
        return _cut(answer, answer.keep) if isinstance(answer, BrokenAnswer) else response_of(answer)

    with serve_practice(practice, front=front) as addresses:
        yield Sandbox(addresses, catalogue, world, practice.lists, faults, wire.records)


def _cut(answer: BrokenAnswer, keep: int | None) -> Response:
    """Fewer bytes than the Content-Length promises; the connection then closes."""
    headers = {**answer.headers, "Content-Length": str(len(answer.body))}
    return Response(iter([answer.body[:keep]]), answer.status, headers)


def _broken_connection() -> Response:
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    return Response(b"", 500)
