"""A Trakt client for each test: against scripted answers, or against the sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import responses

from anitrakt_plan.http import RateLimit, RetryPolicy
from anitrakt_plan.http.tokens import TokenFile, Tokens
from anitrakt_plan.sandbox import environment
from anitrakt_plan.settings import Settings, load_settings
from anitrakt_plan.trakt.client import Trakt
from tests.practice import Clock, Sandbox, serve

API, AUTH = "https://api.trakt.tv", "https://auth.trakt.tv"


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 11, 22, 9, 0, tzinfo=UTC))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Client id and secret, no token."""
    given = {
        "ANITRAKT_HOME": str(tmp_path / "home"),
        "ANITRAKT_TRAKT_CLIENT_ID": "hush-client-id",
        "ANITRAKT_TRAKT_CLIENT_SECRET": "hush-client-secret",
    }
    fast = RateLimit(10_000, 1)
    return replace(load_settings(given, tmp_path), trakt_get_limit=fast, trakt_write_limit=fast)


@pytest.fixture
def tokens(settings: Settings) -> TokenFile:
    return TokenFile(settings.folders.tokens)


@pytest.fixture
def pair(clock: Clock) -> Tokens:
    return Tokens("hush-access-1", "hush-refresh-1", clock() + timedelta(days=7))


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def open_trakt(clock: Clock, settings: Settings) -> Iterator[Callable[..., Trakt]]:
    """Opens clients that try a failing read once more, at once."""
    opened: list[Trakt] = []

    def open_one(**changes: object) -> Trakt:
        retry_policy = RetryPolicy(tries=1, backoff=0, longest_wait=0)
        opened.append(Trakt(replace(settings, **changes), clock=clock, retry_policy=retry_policy))  # type: ignore[arg-type]
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def trakt(open_trakt: Callable[..., Trakt]) -> Trakt:
    """A client with a token that is given from outside."""
    return open_trakt(trakt_token="hush-token")


@pytest.fixture
def practice() -> Iterator[Sandbox]:
    with serve(None) as sandbox:
        yield sandbox


@pytest.fixture
def practice_trakt(practice: Sandbox, tmp_path: Path) -> Iterator[Trakt]:
    """A client of the practice Trakt."""
    given = {**environment(practice.addresses), "ANITRAKT_HOME": str(tmp_path / "practice-home")}
    retry_policy = RetryPolicy(tries=1, backoff=0, longest_wait=0)
    with Trakt(load_settings(given, tmp_path), retry_policy=retry_policy) as trakt:
        yield trakt


def sent_json(call: responses.Call) -> object:
    """The JSON body of a recorded request."""
    body = call.request.body
    assert isinstance(body, str | bytes)
    return json.loads(body)
