"""The record of all that crossed the wire."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from dataclasses import dataclass
from typing import Any

from anitrakt_plan.sandbox.wire import Call

_SECRET_HEADERS = ("authorization", "trakt-api-key", "x-mal-client-id", "cookie")
_SECRET_KEYS = re.compile(
    r'("(?:access_token|refresh_token|client_secret|client_id|device_code|code|token)"\s*:\s*")([^"]+)(")'
)


@dataclass(slots=True)
class WireRecord:
    """What crossed the wire: `started` and `ended` count events in order; `status` is None for a broken connection.

    Secrets appear as short hashes only, so that tests can compare them and none can leak.
    """

    index: int
    service: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str
    started: int
    status: int | None = None
    ended: int | None = None
    answer: bytes = b""

    def json(self) -> Any:
        """The body sent, as JSON; None where there is none."""
        return json.loads(self.body) if self.body else None


class Wire:
    """Takes down each request as it comes, and how it ended."""

    def __init__(self) -> None:
        self.records: list[WireRecord] = []
        self._counting = threading.Lock()
        self._events = 0

    def begin(self, call: Call) -> WireRecord:
        with self._counting:
            self._events += 1
            record = _record_of(call, len(self.records), self._events)
            self.records.append(record)
            return record

    def end(self, record: WireRecord, status: int | None, answer: bytes = b"") -> None:
        with self._counting:
            self._events += 1
            record.ended, record.status, record.answer = self._events, status, answer


def _record_of(call: Call, index: int, started: int) -> WireRecord:
    headers = {
        name: _hashed(value) if name in _SECRET_HEADERS else value for name, value in call.headers.items()
    }
    body = call.body.decode("utf-8", "replace")
    if call.path.startswith("/oauth"):
        body = _SECRET_KEYS.sub(lambda found: f"{found[1]}{_hashed(found[2])}{found[3]}", body)
    return WireRecord(index, call.service, call.method, call.path, dict(call.query), headers, body, started)


def _hashed(secret: str) -> str:
    """A short hash by which two secrets can be told apart."""
    return "sha256:" + hashlib.sha256(secret.encode()).hexdigest()[:12]
