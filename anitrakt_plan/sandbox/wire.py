"""A request and its answer as plain values, and which handler answers which path of a service."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from werkzeug.datastructures import Authorization


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

    @property
    def bearer(self) -> str | None:
        given = Authorization.from_header(self.headers.get("authorization"))
        return given.token if given and given.type == "bearer" else None

    def number(self, name: str, otherwise: int) -> int:
        """A whole number of the query, or what stands for it where there is none."""
        text = self.query.get(name, "")
        return int(text) if text.isdigit() else otherwise

    def extended(self, name: str) -> bool:
        """Whether the query asks Trakt for more of this sort."""
        return name in self.query.get("extended", "").split(",")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def json_answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    text = json.dumps(value, ensure_ascii=False)
    body = text.encode("utf-8", "backslashreplace")  # half a sign, as `\\ud83d`
    return Answer(status, body, {"Content-Type": "application/json; charset=utf-8", **(headers or {})})


def empty_answer(status: int, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, b"", headers or {})


def html_answer(status: int, title: str, headers: Mapping[str, str] | None = None) -> Answer:
    """An HTML page, as proxies in front of the services answer with."""
    page = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return Answer(status, page.encode(), {"Content-Type": "text/html; charset=UTF-8", **(headers or {})})


Handler = TypeVar("Handler", bound=Callable[..., Answer])


class Routes:
    """The handlers of a service by method and path; `<name>` in a path is an argument of the handler."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.rules: list[tuple[str, str, Callable[..., Answer]]] = []

    def get(self, *paths: str) -> Callable[[Handler], Handler]:
        return self._rule("GET", paths)

    def post(self, *paths: str) -> Callable[[Handler], Handler]:
        return self._rule("POST", paths)

    def _rule(self, method: str, paths: tuple[str, ...]) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self.rules += [(method, path, handler) for path in paths]
            return handler

        return register
