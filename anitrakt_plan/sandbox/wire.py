"""A request and its answer as plain values, and the record of all that crossed the wire."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

_SECRET_HEADERS = ("authorization", "trakt-api-key", "x-mal-client-id", "cookie")
_SECRET_KEYS = re.compile(
    r'("(?:access_token|refresh_token|client_secret|client_id|device_code|code|token)"\s*:\s*")([^"]+)(")'
)


@dataclass(frozen=True, slots=True)
class Call:
    """One request: `path` is the path within the service, header names are lower case."""

    service: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    base_url: str = ""

    def json(self) -> Any:
        """The body as JSON; None where it is not."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def with_json(self, value: object) -> "Call":
        return replace(self, body=json.dumps(value).encode())

    @property
    def bearer(self) -> str | None:
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" and token else None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `drop` breaks the connection instead; `cut` sends only so many bytes of the promised body."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False
    cut: int | None = None

    def json(self) -> Any:
        """The body as JSON; None where it is not."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def with_json(self, value: object) -> "Answer":
        return replace(self, body=_encoded(value))


def json_answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer with a JSON body."""
    return Answer(
        status, _encoded(value), {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
    )


def empty_answer(status: int, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, b"", headers or {})


def html_answer(status: int, title: str, headers: Mapping[str, str] | None = None) -> Answer:
    """An HTML page, as proxies in front of the services answer with."""
    page = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return Answer(status, page.encode(), {"Content-Type": "text/html; charset=UTF-8", **(headers or {})})


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

    def json(self) -> Any:
        """The body sent, as JSON; None where there is none."""
        return json.loads(self.body) if self.body else None


def record_of(call: Call, index: int, started: int) -> WireRecord:
    """The record of a request just received, secrets hashed."""
    headers = {
        name: hashed(value) if name in _SECRET_HEADERS else value for name, value in call.headers.items()
    }
    body = call.body.decode("utf-8", "replace")
    if call.path.startswith("/oauth"):
        body = _SECRET_KEYS.sub(lambda found: f"{found[1]}{hashed(found[2])}{found[3]}", body)
    return WireRecord(index, call.service, call.method, call.path, dict(call.query), headers, body, started)


def hashed(secret: str) -> str:
    """A short hash by which two secrets can be told apart."""
    return "sha256:" + hashlib.sha256(secret.encode()).hexdigest()[:12]


def _encoded(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode(
        "utf-8", "backslashreplace"
    )  # half a sign, as `\ud83d`
