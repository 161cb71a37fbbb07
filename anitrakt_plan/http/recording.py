"""`--record`: what was asked and answered, for a report, with everything of a person's replaced on its way in.

Nothing is ever held as it came: of headers a few harmless ones are taken; in addresses and bodies tokens, keys, names
and ids of people, notes and the names of lists are replaced. One thing has one stand-in throughout, so that a
recording still hangs together. What was watched, and when, stays: it is what a report is about.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from anitrakt_plan.json_text import read_json

FORMAT = "anitrakt-recording/1"

_LOOPBACK = ("127.0.0.1", "localhost", "::1")

MAX_BODY = 2 * 1024 * 1024
"""Of a larger body (an id map that everybody can download) only size and sum are kept."""

MAX_PAGE = 2000
"""So much is kept of a text that is no JSON, such as a page of a guard's."""

_HEADERS = ("content-type", "retry-after", "last-modified")
_PAGING = re.compile(r"x-(pagination|ratelimit|sort|applied|item)-[a-z-]+")

_SECRETS = frozenset(
    (
        "access_token",
        "refresh_token",
        "client_id",
        "client_secret",
        "code",
        "code_verifier",
        "device_code",
        "user_code",
        "token",
        "password",
        "state",
        "id_token",
    )
)
_NOTES = frozenset(
    (
        "notes",
        "note",
        "comment",
        "comments",
        "about",
        "bio",
        "location",
        "email",
        "tags",
        "customLists",
        "sharing_text",
        "avatar",
        "cover_image",
        "birthday",
        "gender",
        "age",
        "ip",
        "reason",
    )
)
_PEOPLE = frozenset(("username", "userName", "user_name", "user_slug"))
_PERSONS = frozenset(("user", "User", "Viewer", "viewer", "author", "creator"))
"""What stands below these keys is about a person."""
_KEPT_OF_PERSON = frozenset(("timezone", "date_format"))
_TITLES = frozenset(("title", "romaji", "english", "native", "original_name", "original_title", "name"))
"""A work may be called what a person is called: titles are kept."""
_ADDRESS_OF_PERSON = re.compile(r"(?<=/users/)(?!me(?:[/?]|$)|settings(?:[/?]|$))[^/?#]+")
_HEX_ID = re.compile(r"[0-9a-f]{32,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_IP = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b|\b(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}\b", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
_BEARER = re.compile(r"(?i)\bbearer\s+\S+|\beyJ[\w-]{10,}(?:\.[\w-]+){0,2}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the client makes it, by the service's address and a path; `data` is a form's body, or JSON's."""

    service: str
    method: str
    base_url: str
    path: str
    params: Mapping[str, object] | None = None
    json: object = None
    data: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back; `status` None where nothing did."""

    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    from_cache: bool = False


class Replacing:
    """Stand-ins for what is somebody's own, the same for the same thing; `secrets` are known from the settings."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        self._known: dict[str, str] = {}
        self._counts: Counter[str] = Counter()
        self._plays: dict[object, int] = {}
        for secret in secrets:
            self._stand_in("secret", secret)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many different things were replaced, by what they are."""
        return {**self._counts, **({"history id": len(self._plays)} if self._plays else {})}

    def _stand_in(self, what: str, value: str) -> str:
        if value not in self._known:
            self._counts[what] += 1
            number = self._counts[what]
            is_hex = _HEX_ID.fullmatch(value) is not None
            self._known[value] = f"{number:0{len(value)}x}" if is_hex else f"{what}-{number}"
        return self._known[value]

    def secret(self, value: str) -> str:
        """A token's, a key's or a code's stand-in."""
        return self._stand_in("secret", value)

    def person(self, value: str) -> str:
        """The stand-in for somebody's name or id."""
        return self._stand_in("person", value)

    def note(self, value: str) -> str:
        """The stand-in for a text of a person's."""
        return self._stand_in("note", value)

    def list_name(self, value: str) -> str:
        """The stand-in for the name of a list."""
        return self._stand_in("list", value)

    def play(self, number: object) -> int:
        """The stand-in for the id of a play, a rating or a list item: it leads to the account that it is in."""
        return self._plays.setdefault(number, len(self._plays) + 1)

    def text(self, text: str) -> str:
        """A text that may hold what is known by now anywhere in it, and what looks like a secret."""
        for value in sorted(self._known, key=len, reverse=True):
            if len(value) > 2 and value in text:
                text = text.replace(value, self._known[value])
        text = _BEARER.sub(lambda found: self.secret(found[0]), text)
        return _MAIL.sub("mail@example.org", _IP.sub("0.0.0.0", text))  # noqa: S104  # nobody listens there

    def path(self, path: str) -> str:
        """A path or an address: a user's name in it, and what is known."""
        named = _ADDRESS_OF_PERSON.sub(lambda found: quote(self.person(unquote(found[0]))), path)
        return self.text(named)

    def json(
        self, value: object, key: str = "", *, of_person: bool = False, among: Collection[str] = ()
    ) -> object:
        """A JSON value; `key` is where it stands, `among` which keys stand beside it."""
        match value:
            case dict():
                inside = of_person or key in _PERSONS
                return {
                    name: self.json(
                        one, name, of_person=inside and name not in _KEPT_OF_PERSON, among=frozenset(value)
                    )
                    for name, one in value.items()
                }
            case list():
                return [self.json(one, key, of_person=of_person, among=among) for one in value]
            case str():
                return self._word(value, key, of_person=of_person, among=among)
            case int() if not isinstance(value, bool):
                return self._number(value, key, of_person=of_person, among=among)
            case _:
                return value

    def _word(self, value: str, key: str, *, of_person: bool, among: Collection[str]) -> str:
        if not value:
            return value
        if key in _SECRETS:
            return self.secret(value)
        if key in _NOTES:
            return self.note(value)
        if key in _PEOPLE or of_person:
            return self.person(value)
        if key in ("name", "slug", "description") and _is_list(among):
            return self.list_name(value)
        if "//" in value:
            return self.path(value)
        if key in _TITLES:
            return value
        return self.text(value) if " " in value else self._known.get(value, value)

    def _number(self, value: int, key: str, *, of_person: bool, among: Collection[str]) -> int:
        if key in ("userId", "user_id") or (of_person and key in ("id", "trakt")):
            return int(hashlib.sha256(self.person(str(value)).encode()).hexdigest()[:6], 16)
        if key == "ids" or (key == "id" and not _OF_A_ROW.isdisjoint(among)):
            return self.play(value)
        return value


_OF_A_ROW = frozenset(("watched_at", "rated_at", "listed_at", "mediaId"))
"""What stands beside an `id` that is one of a person's rows. A list of `ids` are such, too: what is to be removed."""


def _is_list(among: Collection[str]) -> bool:
    return not {"isCustomList", "privacy", "share_link", "list_type"}.isdisjoint(among)


class Recorder:
    """Takes in what a command asks and is answered; gives the file in the end. `secrets` are those of the settings."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        self.replacing = Replacing(secrets)
        self._lines: list[dict[str, Any]] = []
        self._bodies: dict[str, bytes] = {}
        self._lock = Lock()  # several questions may be on their way at once

    def hear(self, asked: Asked, answered: Answered) -> None:
        """Take in one request and its answer; from any thread."""
        with self._lock:
            self._take(asked, answered)

    def _take(self, asked: Asked, answered: Answered) -> None:
        number = len(self._lines) + 1
        host = urlsplit(asked.base_url).hostname or ""
        path, _, query = asked.path.partition("?")
        params = {
            **dict(parse_qsl(query)),
            **{name: str(one) for name, one in (asked.params or {}).items()},
        }
        headers = {
            name: self.replacing.text(value)
            for name, value in answered.headers.items()
            if name in _HEADERS or _PAGING.fullmatch(name)
        }
        body, note = self._body(answered.body)
        line = {
            "number": number,
            "service": asked.service,
            "method": asked.method,
            "host": "loopback" if host in _LOOPBACK else host,
            "path": self.replacing.path(path),
            "params": self.replacing.json(params),
            "body": self._asked_body(asked),
            "status": answered.status,
            "headers": headers,
            "from_cache": answered.from_cache,
            "answer": None,
            **note,
        }
        if body:
            line["answer"] = f"answers/{number:05}{'.json' if not note else '.txt'}"
            self._bodies[line["answer"]] = body
        self._lines.append({name: one for name, one in line.items() if one not in (None, {}, False)})

    def _asked_body(self, asked: Asked) -> object:
        if asked.json is not None:
            return self.replacing.json(asked.json)
        if not asked.data:
            return None
        try:
            return self.replacing.json(read_json(asked.data))
        except ValueError:
            fields = dict(parse_qsl(asked.data.decode("utf-8", "replace")))
            return {
                name: one if name == "grant_type" else self.replacing.secret(one)
                for name, one in fields.items()
            }

    def _body(self, body: bytes) -> tuple[bytes, dict[str, Any]]:
        """What is kept of an answer's body, and what is said of it where that is not all."""
        if not body:
            return b"", {}
        if len(body) > MAX_BODY:
            return b"", {"left_out": {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}}
        try:
            kept = self.replacing.json(read_json(body))
        except (ValueError, RecursionError):
            if b"\0" in body[:MAX_PAGE]:
                return b"", {"left_out": {"bytes": len(body)}}
            text = body.decode("utf-8", "replace")
            return self.replacing.text(text)[:MAX_PAGE].encode(), {"kind": "text"}
        return json.dumps(kept, ensure_ascii=False).encode(), {}

    def summary(self) -> list[str]:
        """What the recording holds and what was replaced in it, in sentences."""
        services = Counter(line["service"] for line in self._lines)
        asked = ", ".join(f"{service} {count}" for service, count in services.items())
        replaced = ", ".join(
            f"{count} {what if count == 1 else f'{what}s'}" for what, count in self.replacing.counts.items()
        )
        return [
            f"The recording holds {len(self._lines)} requests with their answers ({asked or 'none'}): what is in your "
            "list and your history, by titles, ids and dates.",
            f"Replaced in it: {replaced or 'nothing'}. No header with a key, no file of yours.",
        ]

    def content(self, about: Mapping[str, Any]) -> bytes:
        """The zip: what it is `about` (which the caller has cleared), a line a request, and the answers."""
        target = io.BytesIO()
        document = {"format": FORMAT, **about, "replaced": dict(self.replacing.counts)}
        lines = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in self._lines)
        files = {
            "about.json": json.dumps(document, ensure_ascii=False, indent=2).encode(),
            "requests.jsonl": lines.encode(),
            **self._bodies,
        }
        with ZipFile(target, "w", ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, ZIP_DEFLATED)
        return target.getvalue()


_recorders: list[Recorder] = []


@contextmanager
def recording(recorder: Recorder) -> Iterator[None]:
    """Have everything that is asked in the block taken in."""
    _recorders.append(recorder)
    try:
        yield
    finally:
        _recorders.remove(recorder)


def heard(asked: Callable[[], Asked], answered: Callable[[], Answered]) -> None:
    """Tell whoever records of one request; nothing is made where nobody does."""
    for recorder in _recorders:
        recorder.hear(asked(), answered())
