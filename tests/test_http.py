"""The door to the network, over real HTTP on loopback: what it repeats, keeps, follows, hides and gives up."""

from __future__ import annotations

import gzip
import json
import logging
import os
import pickle
import socket
import sqlite3
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
import urllib3.exceptions

import anitrakt_plan.http.client
from anitrakt_plan.errors import AnswerLost, BadUsage, Failed, NotSent
from anitrakt_plan.http import Answer, Pace, RateLimit, ReadClient, RetryPolicy, WriteClient

DAY = timedelta(days=1)
SECRETS = ("hush-bearer", "hush-trakt-key", "hush-mal-key")


@dataclass
class Reply:
    """One scripted answer; `cut` announces more bytes than come, `drop` breaks the connection instead."""

    status: int = 200
    body: bytes = b'{"n": 1}'
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    drop: bool = False


@dataclass
class Server:
    """A scripted server: gives its replies in order, the last one for ever, and remembers what it was asked."""

    url: str = ""
    replies: list[Reply] = field(default_factory=lambda: [Reply()])
    seen: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def next_reply(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def paths(self) -> list[str]:
        return [f"{method} {path}" for method, path, _, _ in self.seen]


@pytest.fixture
def server() -> Iterator[Server]:
    scripted = Server()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

        def do_GET(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            scripted.seen.append((self.command, self.path, headers, sent))
            reply = scripted.next_reply()
            if reply.drop:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body) + 50 * reply.cut))
            self.end_headers()
            self.wfile.write(reply.body)

        do_POST = do_GET  # noqa: N815

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    scripted.url = f"http://127.0.0.1:{listening.server_port}"
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield scripted
    listening.shutdown()
    listening.server_close()
    thread.join()


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def reader(server: Server, waits: list[float]) -> Iterator[ReadClient]:
    reader = ReadClient("Somewhere", server.url, sleep=waits.append)
    yield reader
    reader.close()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "answers.sqlite"


@pytest.fixture
def open_cached(server: Server, cache: Path, waits: list[float]) -> Iterator[Callable[[], ReadClient]]:
    opened: list[ReadClient] = []

    def open_one() -> ReadClient:
        headers = {"trakt-api-key": "hush-trakt-key", "X-MAL-CLIENT-ID": "hush-mal-key"}
        opened.append(
            ReadClient("Somewhere", server.url, cache_file=cache, headers=headers, sleep=waits.append)
        )
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def writer(server: Server) -> Iterator[WriteClient]:
    writer = WriteClient("Somewhere", server.url)
    yield writer
    writer.close()


# --- reads -------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 520, 521, 522])
def test_a_passing_failure_is_asked_again(
    server: Server, reader: ReadClient, waits: list[float], status: int
) -> None:
    server.replies = [Reply(status), Reply(status), Reply()]

    assert reader.get("/a").json() == {"n": 1}
    assert waits == [1.0, 2.0]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 301])
def test_a_lasting_answer_comes_back_at_once(
    server: Server, reader: ReadClient, waits: list[float], status: int
) -> None:
    server.replies = [Reply(status)]

    assert reader.get("/a").status == status
    assert len(server.seen) == 1
    assert waits == []


def test_patience_ends_with_the_last_answer(server: Server, reader: ReadClient, waits: list[float]) -> None:
    server.replies = [Reply(503)]

    assert reader.get("/a").status == 503
    assert waits == [1.0, 2.0, 4.0, 8.0]


@pytest.mark.parametrize(
    ("told", "waited"), [("7", 7.0), ("0.5", 0.5), ("9999", 300.0), ("inf", 1.0), ("soon", 1.0), ("-3", 0.0)]
)
def test_the_wait_is_what_the_service_says_within_reason(
    server: Server, reader: ReadClient, waits: list[float], told: str, waited: float
) -> None:
    server.replies = [Reply(429, headers={"Retry-After": told}), Reply()]

    assert reader.get("/a").ok
    assert waits == [waited]


def test_each_wait_is_told(server: Server, reader: ReadClient, caplog: pytest.LogCaptureFixture) -> None:
    server.replies = [Reply(429, headers={"Retry-After": "30"}), Reply()]

    with caplog.at_level(logging.INFO, "anitrakt_plan.http"):
        reader.get("/a")

    assert "Somewhere does not answer, or is busy; trying again in 30 s" in caplog.messages


@pytest.mark.parametrize("broken", [Reply(cut=True), Reply(drop=True)])
def test_a_broken_answer_is_asked_again_and_lost_in_the_end(
    server: Server, reader: ReadClient, broken: Reply
) -> None:
    server.replies = [broken, Reply()]
    assert reader.get("/a").ok

    server.replies = [broken]
    with pytest.raises(AnswerLost) as caught:
        reader.get("/b", {"key": "hush"})

    assert server.paths().count("GET /b?key=hush") == 5
    assert "hush" not in str(caught.value)


def test_a_query_is_repeated_like_a_get(server: Server, reader: ReadClient) -> None:
    server.replies = [Reply(502), Reply()]

    assert reader.query({"query": "{}"}, path="/graphql").ok
    assert server.paths() == ["POST /graphql"] * 2


def test_no_connection_is_told_from_a_lost_answer(waits: list[float]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    reader = ReadClient(
        "Somewhere", f"http://127.0.0.1:{port}", sleep=waits.append, retry_policy=RetryPolicy(tries=1)
    )
    writer = WriteClient("Somewhere", f"http://127.0.0.1:{port}")

    with pytest.raises(NotSent, match="Somewhere can't be reached"):
        reader.get("/a")
    with pytest.raises(NotSent, match="Somewhere can't be reached"):
        writer.post("/a", {})

    reader.close()
    writer.close()
    assert waits == [1.0]


def test_a_redirect_is_not_followed_unless_that_was_asked_for(server: Server, reader: ReadClient) -> None:
    server.replies = [Reply(302, headers={"Location": "/b"}), Reply()]
    follower = ReadClient("Maps", server.url, follow_redirects=True)

    assert reader.get("/a").status == 302
    assert server.paths() == ["GET /a"]

    server.replies = [Reply(302, headers={"Location": "/b"}), Reply()]
    assert follower.get("/a").url == f"{server.url}/b"
    follower.close()


def test_redirects_without_end_are_given_up_at_once(server: Server, waits: list[float]) -> None:
    server.replies = [Reply(302, headers={"Location": "/again"})]
    follower = ReadClient("Maps", server.url, follow_redirects=True, sleep=waits.append)

    with pytest.raises(AnswerLost, match="points on from one address to the next without end"):
        follower.get("/a")

    assert waits == []
    assert len(server.seen) <= 6
    follower.close()


def test_a_missing_file_of_certificates_is_called_that(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, waits: list[float]
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "gone.pem"))
    reader = ReadClient("Maps", "https://maps.invalid", sleep=waits.append)

    with pytest.raises(NotSent, match="the file of certificates can't be read") as caught:
        reader.get("/a")

    assert "gone.pem" in caught.value.what
    assert "REQUESTS_CA_BUNDLE" in str(caught.value.todo)
    reader.close()


def test_a_reader_that_follows_redirects_carries_no_keys() -> None:
    with pytest.raises(ValueError, match="must not carry keys"):
        ReadClient("Maps", "https://maps.example", follow_redirects=True, headers={"Trakt-Api-Key": "hush"})


@pytest.mark.parametrize("name", ["Authorization", "trakt-api-key", "X-MAL-CLIENT-ID"])
def test_a_key_is_not_read_with_over_http(name: str) -> None:
    reader = ReadClient("Somewhere", "http://service.example")

    for ask in (reader.get, reader.query):
        with pytest.raises(BadUsage, match="not sent over http://") as caught:
            ask("/a", headers={name: "hush-hush"})
        assert "hush-hush" not in str(caught.value)
    reader.close()


def test_nothing_is_written_over_http_but_to_this_machine() -> None:
    """A sign-in's keys are in the body."""
    writer = WriteClient("Somewhere", "http://service.example")

    with pytest.raises(BadUsage, match="not sent over http://"):
        writer.post("/oauth/token", {"refresh_token": "hush-hush"})
    with pytest.raises(BadUsage, match="not sent over http://"):
        writer.post_form("/oauth/token", {"refresh_token": "hush-hush"})
    writer.close()


def test_an_endless_answer_is_given_up_without_asking_again(
    server: Server, reader: ReadClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anitrakt_plan.http.client, "LARGEST_BODY", 100_000)
    bomb = gzip.compress(b"0" * 3_000_000)
    assert len(bomb) < 100_000
    server.replies = [Reply(body=bomb, headers={"Content-Encoding": "gzip"})]

    with pytest.raises(AnswerLost, match="larger than"):
        reader.get("/bomb")

    assert server.paths() == ["GET /bomb"]


def test_every_request_names_the_program_and_only_answered_ones_are_counted(server: Server) -> None:
    counted: list[tuple[str, str, int]] = []
    reader = ReadClient("Somewhere", server.url, on_request=lambda *what: counted.append(what))

    reader.get("/a", {"page": 1})
    reader.close()

    assert server.seen[0][2]["user-agent"].startswith("anitrakt/")
    assert counted == [("Somewhere", "GET /a", 200)]


def test_the_sign_in_is_not_replaced_by_one_from_netrc(
    server: Server, reader: ReadClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(anitrakt_plan.http.client, "_is_loopback", lambda _: False)
        outside = ReadClient("Somewhere", server.url)

    outside.get("/a", headers={"Authorization": "Bearer mine"})
    outside.close()

    assert server.seen[0][2]["authorization"] == "Bearer mine"


def test_our_own_machine_is_not_reached_by_a_proxy(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    reader = ReadClient("Somewhere", server.url)

    assert reader.get("/a").ok
    reader.close()


# --- the cache ---------------------------------------------------------------------------------


def test_only_what_is_to_be_kept_comes_from_the_cache(
    server: Server, open_cached: Callable[[], ReadClient]
) -> None:
    reader = open_cached()

    assert not reader.get("/kept", keep=DAY).from_cache
    assert reader.get("/kept", keep=DAY).from_cache
    assert open_cached().get("/kept", keep=DAY).from_cache
    for _ in range(2):
        assert not reader.get("/live").from_cache
    assert not reader.get("/kept").from_cache, "a live question must not be answered from the cache"
    assert server.paths() == ["GET /kept", "GET /live", "GET /live", "GET /kept"]


def test_what_comes_from_the_cache_knows_since_when_it_is_there(
    server: Server, open_cached: Callable[[], ReadClient]
) -> None:
    server.replies = [Reply(headers={"Last-Modified": "Thu, 26 Nov 2026 23:30:00 GMT"})]
    before = datetime.now(UTC)
    first, kept = (open_cached().get("/kept", keep=DAY) for _ in range(2))

    assert first.stored_at is None
    assert kept.stored_at is not None
    assert before <= kept.stored_at <= datetime.now(UTC)
    assert (
        first.moment("last-modified")
        == kept.moment("last-modified")
        == datetime(2026, 11, 26, 23, 30, tzinfo=UTC)
    )
    assert kept.moment("expires") is None


def test_a_refresh_asks_again_and_replaces_what_was_kept(
    server: Server, open_cached: Callable[[], ReadClient]
) -> None:
    server.replies = [Reply(), Reply(body=b'{"n": 2}')]
    reader = open_cached()

    reader.get("/kept", keep=DAY)

    assert reader.get("/kept", keep=DAY, refresh=True).json() == {"n": 2}
    assert reader.get("/kept", keep=DAY).json() == {"n": 2}
    assert len(server.seen) == 2


def cached_reader(server: Server, cache: Path, **options: Any) -> ReadClient:
    return ReadClient("Somewhere", server.url, cache_file=cache, sleep=lambda _: None, **options)


def test_what_a_catalogue_does_not_have_it_is_not_asked_for_again_that_day(
    server: Server, cache: Path
) -> None:
    server.replies = [Reply(404, body=b'{"gone": 1}'), Reply(404), Reply(body=b'{"n": 2}')]
    with closing(cached_reader(server, cache, keep_missing=DAY)) as reader:
        assert [reader.get("/a", keep=10 * DAY).status for _ in range(3)] == [404] * 3
        assert len(server.seen) == 1
        assert reader.get("/a", keep=10 * DAY, offline=True).status == 404
        with closing(sqlite3.connect(cache)) as rows:
            ((row,),) = rows.execute("SELECT value FROM responses")
            kept = json.loads(row)
            kept |= {name: f"2020{kept[name][4:]}" for name in ("created", "expires")}
            rows.execute("UPDATE responses SET value = ?", (json.dumps(kept).encode(),))
            rows.commit()
        assert datetime.fromisoformat(kept["expires"]) - datetime.fromisoformat(kept["created"]) == DAY
        assert reader.get("/a", keep=10 * DAY).status == 404
        assert reader.get("/a", keep=10 * DAY, refresh=True).json() == {"n": 2}
        assert reader.get("/a", keep=10 * DAY).json() == {"n": 2}
    assert len(server.seen) == 3


def test_a_web_page_in_front_of_the_service_takes_no_kept_answer_away(server: Server, cache: Path) -> None:
    server.replies = [Reply(body=b'{"n": 1}'), Reply(404, body=b"<html>Who are you?")]
    with closing(cached_reader(server, cache, keep_missing=DAY)) as reader:
        assert reader.get("/a", keep=DAY).json() == {"n": 1}
        assert reader.get("/a", keep=DAY, refresh=True).status == 404
        assert reader.get("/a", keep=DAY, offline=True).json() == {"n": 1}


@pytest.mark.parametrize(
    ("reply", "options"),
    [
        (Reply(404, body=b"<html>Who are you?"), {"keep_missing": DAY}),
        (Reply(404), {}),
        (Reply(410), {"keep_missing": DAY}),
    ],
)
def test_other_refusals_are_asked_again(
    server: Server, cache: Path, reply: Reply, options: dict[str, timedelta]
) -> None:
    server.replies = [reply, Reply()]
    with closing(cached_reader(server, cache, **options)) as reader:
        assert reader.get("/a", keep=DAY).status == reply.status
        assert reader.get("/a", keep=DAY).ok
    assert len(server.seen) == 2


def test_what_is_out_of_date_is_asked_for_by_its_etag(
    server: Server, open_cached: Callable[[], ReadClient]
) -> None:
    server.replies = [Reply(headers={"ETag": '"v1"'}), Reply(304, body=b"")]
    reader = open_cached()

    reader.get("/map", keep=timedelta(0))
    again = reader.get("/map", keep=DAY)

    assert again.ok
    assert again.json() == {"n": 1}
    assert server.seen[1][2]["if-none-match"] == '"v1"'
    assert reader.get("/map", keep=DAY).from_cache


def test_only_what_is_worth_keeping_is_kept(server: Server, cache: Path) -> None:
    server.replies = [Reply(body=b'{"n": 1, "crew": "many"}'), Reply(body=b"<p>half a page")]

    def trim(body: bytes) -> bytes:
        return json.dumps({"n": json.loads(body)["n"]}).encode()

    with closing(ReadClient("Somewhere", server.url, cache_file=cache, trim=trim)) as reader:
        first, again = (reader.get("/a", keep=DAY) for _ in range(2))
        page, same_page = (reader.get("/b", keep=DAY) for _ in range(2))

    assert [answer.json() for answer in (first, again)] == [{"n": 1, "crew": "many"}, {"n": 1}]
    assert page.body == same_page.body == b"<p>half a page"


@pytest.mark.parametrize(("after", "status"), [(-2 * DAY, 504), (2 * DAY, 200), (None, 200)])
def test_what_is_long_past_its_time_is_forgotten_where_it_must_be(
    server: Server, cache: Path, after: timedelta | None, status: int
) -> None:
    with closing(ReadClient("Somewhere", server.url, cache_file=cache)) as reader:
        reader.get("/a", keep=timedelta(seconds=1))

    with closing(ReadClient("Somewhere", server.url, cache_file=cache, forget_after=after)) as reader:
        assert reader.get("/a", keep=DAY, offline=True).status == status


@pytest.mark.parametrize("broken", [Reply(503), Reply(429), Reply(drop=True), Reply(cut=True)])
def test_an_old_answer_serves_while_the_service_fails_and_says_so(
    server: Server,
    open_cached: Callable[[], ReadClient],
    broken: Reply,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server.replies = [Reply(headers={"ETag": '"v1"'}), broken]
    reader = open_cached()
    reader.get("/map", keep=DAY)
    # The machine's own clock may step back between two looks at it, and what has just expired be fresh again.
    for clock in ("models.response.utcnow", "policy.actions.utcnow"):
        monkeypatch.setattr(f"requests_cache.{clock}", lambda: datetime.now(UTC) + 2 * DAY)

    with caplog.at_level(logging.WARNING):
        stale = reader.get("/map", keep=DAY)

    assert stale.json() == {"n": 1}
    assert stale.from_cache
    assert stale.stale
    assert caplog.records == []


@pytest.mark.parametrize("status", [403, 404])
def test_an_old_answer_does_not_hide_a_lasting_one(
    server: Server, open_cached: Callable[[], ReadClient], status: int
) -> None:
    server.replies = [Reply(headers={"ETag": '"v1"'}), Reply(status)]
    reader = open_cached()
    reader.get("/map", keep=timedelta(0))

    assert reader.get("/map", keep=DAY).status == status


def test_without_an_old_answer_the_failure_shows(
    server: Server, open_cached: Callable[[], ReadClient]
) -> None:
    server.replies = [Reply(503)]
    assert open_cached().get("/map", keep=DAY).status == 503

    server.replies = [Reply(drop=True)]
    with pytest.raises(AnswerLost):
        open_cached().get("/map", keep=DAY)


def test_offline_nothing_is_asked(
    server: Server, open_cached: Callable[[], ReadClient], reader: ReadClient
) -> None:
    cached = open_cached()
    cached.get("/map", keep=timedelta(0))
    server.replies = [Reply(headers={"ETag": '"v1"'})]
    cached.get("/old", keep=timedelta(0))
    asked = len(server.seen)

    assert cached.get("/old", keep=DAY, offline=True).json() == {"n": 1}
    assert cached.get("/new", keep=DAY, offline=True).status == 504
    with pytest.raises(NotSent, match="offline"):
        reader.get("/live", offline=True)
    assert len(server.seen) == asked


def test_an_error_is_never_kept(server: Server, open_cached: Callable[[], ReadClient]) -> None:
    server.replies = [Reply(404), Reply()]
    reader = open_cached()

    assert reader.get("/a", keep=DAY).status == 404
    assert reader.get("/a", keep=DAY).ok


def test_the_target_of_a_redirect_is_not_kept_a_second_time(server: Server, tmp_path: Path) -> None:
    """A release's download is signed anew each time: kept by its own address, each would stay for ever."""
    file = tmp_path / "answers.sqlite"
    maps = ReadClient("Maps", f"{server.url}/releases", cache_file=file, follow_redirects=True)
    for number in range(3):
        found = Reply(302, b"", {"Location": f"{server.url}/signed?with={number}"})
        server.replies = [found, Reply(body=b"the map")]
        assert maps.get("/map.json", keep=DAY, refresh=True).body == b"the map"
    maps.close()
    with closing(sqlite3.connect(file)) as cache:
        assert cache.execute("SELECT count(*) FROM responses").fetchone() == (1,)
    again = ReadClient("Maps", f"{server.url}/releases", cache_file=file, follow_redirects=True)
    assert again.get("/map.json", keep=DAY).from_cache
    again.close()


def test_a_service_in_capitals_is_cached_as_well(server: Server, tmp_path: Path) -> None:
    shouted = server.url.replace("http://127.0.0.1", "HTTP://LOCALHOST")
    reader = ReadClient("Trakt", shouted, cache_file=tmp_path / "answers.sqlite")
    assert not reader.get("/a", keep=DAY).from_cache
    assert reader.get("/a", keep=DAY).from_cache
    reader.close()


def test_no_key_gets_into_the_cache_file(
    server: Server, open_cached: Callable[[], ReadClient], cache: Path
) -> None:
    server.replies = [Reply(headers={"Set-Cookie": "session=hush-cookie", "ETag": '"v1"'})]
    reader = open_cached()
    for header in ("Authorization", "authorization", "AUTHORIZATION"):
        reader.get(
            f"/{header}", {"client_secret": "hush-bearer"}, headers={header: "Bearer hush-bearer"}, keep=DAY
        )
    for header in ("x-mal-client-id", "Trakt-Api-Key"):
        reader.get(f"/{header}", headers={header: "hush-mal-key"}, keep=DAY)
    reader.get("/signed", {"signature": "hush-signature"}, keep=DAY)
    reader.close()

    stored = b"".join(file.read_bytes() for file in cache.parent.iterdir())

    assert b"/Trakt-Api-Key" in stored, "the answers are there"
    for secret in (*SECRETS, "hush-cookie", "hush-signature"):
        assert secret.encode() not in stored


def test_a_changed_key_or_a_vary_header_does_not_make_the_cache_useless(
    server: Server, open_cached: Callable[[], ReadClient]
) -> None:
    server.replies = [Reply(headers={"Vary": "trakt-api-key, Cookie"})]
    reader = open_cached()

    reader.get("/a", keep=DAY, headers={"trakt-api-key": "one"})

    assert reader.get("/a", keep=DAY, headers={"trakt-api-key": "two"}).from_cache


@pytest.mark.parametrize("content", [b"no database at all " * 100, b"SQLite format 3\x00" + b"\x00" * 5000])
def test_a_broken_cache_file_costs_requests_only(
    server: Server, open_cached: Callable[[], ReadClient], cache: Path, content: bytes
) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_bytes(content)
    reader = open_cached()

    assert reader.get("/a", keep=DAY).json() == {"n": 1}
    assert reader.get("/a", keep=DAY, offline=False).ok


class Malice:
    """Where its pickle is read, a folder of that name comes into being."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.trace),)


ROW = {
    "url": "https://somewhere.example/kept",
    "headers": {"etag": '"v1"'},
    "body": "eyJuIjogMX0=",
    "created": "2026-11-29T12:00:00+00:00",
    "expires": "2099-11-29T12:00:00+00:00",
}
UNFIT: tuple[object, ...] = (None, [], {"a": 1}, "é\n", True, 10**40)
BROKEN_ROWS: tuple[object, ...] = (
    *(json.dumps({**ROW, name: value}) for name in ROW for value in UNFIT),
    *(json.dumps({other: ROW[other] for other in ROW if other != name}) for name in ROW),
    *(json.dumps({**ROW, "headers": {"etag": value}}) for value in (5, "a\r\nX: y", "\ud800", None)),
    *(json.dumps({**ROW, name: "0001-01-01T00:00:00+23:59"}) for name in ("created", "expires")),
    *(json.dumps({**ROW, "headers": {name: "1"}}) for name in ("vary", "cache-control", "content-length")),
    json.dumps({**ROW, "body": "eyJuIjogMX0"}),
    json.dumps(ROW)[:-9],
    "[" * 100_000,
    json.dumps([ROW]),
    "null",
    "",
    b"\xff\xfe\x00",
    None,
    17,
    2.5,
)


def test_the_rows_that_are_broken_on_purpose_differ_from_a_sound_one(
    server: Server, open_cached: Callable[[], ReadClient], cache: Path
) -> None:
    put_row(open_cached(), cache, json.dumps(ROW))

    assert open_cached().get("/kept", keep=DAY).from_cache


@pytest.mark.parametrize("row", BROKEN_ROWS)
def test_a_row_of_the_cache_that_can_not_be_read_is_asked_for_anew(
    server: Server,
    open_cached: Callable[[], ReadClient],
    cache: Path,
    row: object,
    caplog: pytest.LogCaptureFixture,
) -> None:
    put_row(open_cached(), cache, row)

    with caplog.at_level(logging.WARNING):
        assert open_cached().get("/kept", keep=DAY, offline=True).status == 504
        asked = open_cached().get("/kept", keep=DAY)

    assert (asked.status, asked.from_cache) == (200, False)
    assert "if-none-match" not in server.seen[-1][2]
    assert open_cached().get("/kept", keep=DAY).from_cache, "the broken row is replaced"
    assert caplog.records == []


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_row_of_the_cache_is_never_run(
    server: Server, open_cached: Callable[[], ReadClient], cache: Path, tmp_path: Path, protocol: int
) -> None:
    trace = tmp_path / "it-ran"
    put_row(open_cached(), cache, pickle.dumps(Malice(trace), protocol))

    assert not open_cached().get("/kept", keep=DAY).from_cache
    assert not trace.exists()


def test_the_pickled_cache_of_earlier_versions_goes_unread(
    server: Server, open_cached: Callable[[], ReadClient], cache: Path, tmp_path: Path
) -> None:
    trace = tmp_path / "it-ran"
    put_row(open_cached(), cache, pickle.dumps(Malice(trace)))
    old = cache.rename(cache.with_name("http.sqlite"))
    (journal := cache.with_name("http.sqlite-journal")).write_bytes(b"")

    assert not open_cached().get("/kept", keep=DAY).from_cache
    assert [path for path in (old, journal, trace) if path.exists()] == []
    assert open_cached().get("/kept", keep=DAY).from_cache


def put_row(reader: ReadClient, cache: Path, row: object) -> None:
    """Have an answer kept, and put another row in its place."""
    reader.get("/kept", keep=DAY)
    reader.close()
    with closing(sqlite3.connect(cache)) as rows:
        changed = rows.execute("UPDATE responses SET value = ?", (row,))
        assert changed.rowcount == 1
        rows.commit()


def test_whatever_bytes_a_body_has_come_back_from_the_cache(
    server: Server, open_cached: Callable[[], ReadClient]
) -> None:
    for number, body in enumerate(
        (b"", bytes(range(256)), b'{"\xff": 1}', "é".encode("latin-1"), b"x" * 5_000_000)
    ):
        kind = {"Content-Type": "application/json; charset=latin-1", "ETag": '"é"'}
        packed = Reply(body=gzip.compress(body), headers={**kind, "Content-Encoding": "gzip"})
        server.replies = [packed]
        fresh, kept = (open_cached().get(f"/{number}", keep=DAY) for _ in range(2))
        assert fresh.body == kept.body == body
        assert (kept.from_cache, kept.headers["content-type"]) == (True, kind["Content-Type"])


def test_a_cache_folder_that_can_not_be_made_costs_requests_only(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    reader = ReadClient("Somewhere", server.url, cache_file=tmp_path / "file" / "answers.sqlite")

    assert reader.get("/a", keep=DAY).ok
    reader.close()


# --- writes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [201, 301, 307, 401, 409, 429, 500, 503])
def test_a_write_goes_out_once_whatever_the_answer(server: Server, writer: WriteClient, status: int) -> None:
    server.replies = [Reply(status, headers={"Location": "/elsewhere", "Retry-After": "0"})]

    assert writer.post("/sync", {"a": [1]}).status == status
    assert server.paths() == ["POST /sync"]
    assert server.seen[0][3] == b'{"a": [1]}'
    assert server.seen[0][2]["content-type"] == "application/json"


@pytest.mark.parametrize("broken", [Reply(cut=True), Reply(drop=True)])
def test_a_write_whose_answer_is_lost_goes_out_once(
    server: Server, writer: WriteClient, broken: Reply
) -> None:
    server.replies = [broken]

    with pytest.raises(AnswerLost):
        writer.post("/sync", {})

    assert server.paths() == ["POST /sync"]


def test_connections_of_writes_are_not_kept(server: Server, writer: WriteClient) -> None:
    writer.post("/sync", {})

    assert server.seen[0][2]["connection"] == "close"


def counted_pace(turns: list[int]) -> Pace:
    """A pace of one request a second, on a clock that stands still unless it is waited on."""
    now = [1000.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds
        turns.append(round(seconds))

    return Pace("Somewhere", RateLimit(1, 1), clock=lambda: now[0], sleep=sleep)


def test_every_request_every_new_try_and_every_redirect_waits_for_its_turn(server: Server) -> None:
    waits: list[int] = []
    pace = counted_pace(waits)
    server.replies = [Reply(503), Reply(503), Reply(302, headers={"Location": f"{server.url}/b"}), Reply()]
    reader = ReadClient("Somewhere", server.url, pace=pace, follow_redirects=True, sleep=lambda _: None)
    writer = WriteClient("Somewhere", server.url, pace=pace)

    reader.get("/a")
    writer.post("/sync", {})
    reader.close()
    writer.close()

    assert len(server.seen) == 5
    assert waits == [1, 1, 1, 1]  # the first goes at once


def test_what_a_cache_answers_takes_no_turn(server: Server, tmp_path: Path) -> None:
    waits: list[int] = []
    pace = counted_pace(waits)
    reader = ReadClient("Somewhere", server.url, pace=pace, cache_file=tmp_path / "answers.sqlite")
    for _ in range(5):
        reader.get("/a", keep=timedelta(days=1))
    reader.close()

    assert len(server.seen) == 1
    assert waits == []


def test_a_write_whose_turn_was_taken_before_goes_out_at_once(server: Server) -> None:
    waits: list[int] = []
    writer = WriteClient("Somewhere", server.url, pace=counted_pace(waits))
    writer.post("/sync", {})
    writer.take_turn()
    writer.take_turn()  # the same one
    assert waits == [1]
    writer.post("/sync", {})
    assert waits == [1]
    writer.post("/sync", {})
    writer.close()
    assert waits == [1, 1]


def causes(*errors: Exception) -> requests.exceptions.ConnectionError:
    """As requests and urllib3 wrap them."""
    reason = errors[0]
    return requests.exceptions.ConnectionError(
        urllib3.exceptions.MaxRetryError(None, "/", reason)  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (requests.exceptions.ConnectTimeout(), NotSent),
        (causes(urllib3.exceptions.NameResolutionError("host", None, socket.gaierror())), NotSent),  # type: ignore[arg-type]
        (requests.exceptions.ProxyError(), NotSent),
        (requests.exceptions.SSLError(ssl.SSLCertVerificationError()), NotSent),
        (requests.exceptions.SSLError("read operation: bad record"), AnswerLost),
        (requests.exceptions.ReadTimeout(), AnswerLost),
        (requests.exceptions.ChunkedEncodingError(), AnswerLost),
        (causes(urllib3.exceptions.ProtocolError("reset")), AnswerLost),
        (ConnectionResetError(), AnswerLost),
    ],
)
def test_only_what_certainly_never_left_counts_as_not_sent(
    writer: WriteClient, monkeypatch: pytest.MonkeyPatch, error: Exception, expected: type[Failed]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(writer._session, "request", fail)

    with pytest.raises(Failed) as caught:
        writer.post("/sync", {})

    assert type(caught.value) is expected
    assert "POST" in str(caught.value)


# --- answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"cut', b"\xff\xfe", b"[" * 200_000])
def test_a_body_that_is_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Answer(200, {}, body, "https://x.example").json()


def test_the_log_names_paths_and_never_queries_or_headers(
    server: Server, open_cached: Callable[[], ReadClient], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="anitrakt_plan"):
        open_cached().get("/a", {"q": "hush-bearer"}, headers={"Authorization": "Bearer hush-bearer"})

    assert "GET /a" in caplog.text
    for secret in SECRETS:
        assert secret not in caplog.text


def test_what_another_thread_still_reads_is_closed_when_it_is_done(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite takes the process with it where a connection is closed under a thread."""
    reader = cached_reader(server, cache)
    closed: list[bool] = []
    began, goes_on = threading.Event(), threading.Event()
    close, request = reader._session.close, reader._session.request

    def slow(*args: Any, **options: Any) -> requests.Response:
        began.set()
        assert goes_on.wait(30)
        return request(*args, **options)

    def closing_it() -> None:
        closed.append(True)
        close()

    monkeypatch.setattr(reader._session, "close", closing_it)
    monkeypatch.setattr(reader._session, "request", slow)
    answers: list[Answer] = []
    thread = threading.Thread(target=lambda: answers.append(reader.get("/a", keep=DAY)))
    thread.start()
    assert began.wait(30)
    reader.close()
    assert closed == []
    goes_on.set()
    thread.join()
    assert [answer.status for answer in answers] == [200]
    assert closed == [True]
