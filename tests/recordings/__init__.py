"""Recordings (`--record`) of commands, and a server that answers by one: a report can be run again."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zipfile import ZipFile

from anitrakt_plan.idmaps import ID_MAPS

FOLDER = Path(__file__).parent

_URLS = {
    "Trakt": "ANITRAKT_TRAKT_URL",
    "AniList": "ANITRAKT_ANILIST_URL",
    "MyAnimeList": "ANITRAKT_MAL_URL",
    "TMDB": "ANITRAKT_TMDB_URL",
}
_MAPS = {source.title: f"/{source.file}" for source in ID_MAPS}
_BY_THE_CLOCK = frozenset(("start_at", "end_at", "rated_at"))
"""What a request has of the moment at which it is made: two runs differ there."""


@dataclass
class Replay:
    """The requests of a recording with their answers, in order; `missed` are those that it does not know."""

    about: Mapping[str, Any]
    answers: dict[str, deque[tuple[dict[str, Any], bytes]]]
    missed: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, path: Path) -> Replay:
        """Read a recording."""
        answers: dict[str, deque[tuple[dict[str, Any], bytes]]] = defaultdict(deque)
        with ZipFile(path) as archive:
            about = json.loads(archive.read("about.json"))
            for line in archive.read("requests.jsonl").decode().splitlines():
                row = json.loads(line)
                body = archive.read(row["answer"]) if "answer" in row else b""
                service = "maps" if row["service"] in _MAPS else row["service"]
                name = _MAPS.get(row["service"], row.get("path", ""))
                key = _key(row["method"], service, name, row.get("params", {}), row.get("body"))
                answers[key].append((row, body))
        return cls(about, answers)

    def answer(self, method: str, target: str, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        """The next answer to a request; the last one again where there is no next."""
        place = urlsplit(target)
        service, _, path = place.path.removeprefix("/").partition("/")
        sent = json.loads(body) if body else None
        key = _key(method, service, f"/{path}" if path else "", dict(parse_qsl(place.query)), sent)
        found = self.answers.get(key)
        if not found:
            self.missed.append(key)
            return 404, {}, b""
        row, data = found.popleft() if len(found) > 1 else found[0]
        return row.get("status", 503), row.get("headers", {}), data


def _key(method: str, service: str, path: str, params: Mapping[str, object], body: object) -> str:
    params = {name: value for name, value in params.items() if name not in _BY_THE_CLOCK}
    return json.dumps([method, service, path, params, _timeless(body)], sort_keys=True)


def _timeless(value: object) -> object:
    if isinstance(value, dict):
        return {name: _timeless(one) for name, one in value.items() if name not in _BY_THE_CLOCK}
    return [_timeless(one) for one in value] if isinstance(value, list) else value


@contextmanager
def replaying(replay: Replay) -> Iterator[dict[str, str]]:
    """Answer by a recording while the block runs; yields the environment that leads there."""

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, data = replay.answer(self.command, self.path, body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _serve  # noqa: N815  # the server's own names

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    root = f"http://127.0.0.1:{server.server_port}"
    limits = {
        f"ANITRAKT_{name}_LIMIT": "1000/1" for name in ("TRAKT_GET", "TRAKT_WRITE", "ANILIST", "MAL", "TMDB")
    }
    keys = {
        f"ANITRAKT_{name}": "secret"
        for name in ("TRAKT_CLIENT_ID", "TRAKT_TOKEN", "TMDB_TOKEN", "MAL_CLIENT_ID")
    }
    try:
        yield {
            **{variable: f"{root}/{service}" for service, variable in _URLS.items()},
            "ANITRAKT_IDMAP_URL": f"{root}/maps",
            "ANITRAKT_TRAKT_SETTLE": "0",
            **limits,
            **keys,
        }
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
