"""A TMDB client for each test: against scripted answers, or against the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import responses

from anitrakt_plan.http import RateLimit, RetryPolicy
from anitrakt_plan.sandbox import environment
from anitrakt_plan.settings import Settings, load_settings
from anitrakt_plan.tmdb.client import Tmdb
from tests.practice import Sandbox, serve

API = "https://api.themoviedb.org/3"
TOKEN = "eyJhush.tmdb.token"

OpenTmdb = Callable[..., Tmdb]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    given = {"ANITRAKT_HOME": str(tmp_path / "home")}
    return replace(load_settings(given, tmp_path), tmdb_limit=RateLimit(10_000, 1))


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def open_tmdb(settings: Settings) -> Iterator[OpenTmdb]:
    """Opens clients that try a failing read once more, at once."""
    opened: list[Tmdb] = []

    def open_one(token: str | None = TOKEN, of: Settings = settings) -> Tmdb:
        opened.append(Tmdb(of, token, retry_policy=RetryPolicy(tries=1, backoff=0, longest_wait=0)))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def tmdb(open_tmdb: OpenTmdb) -> Tmdb:
    return open_tmdb()


@pytest.fixture
def practice() -> Iterator[Sandbox]:
    with serve(None) as sandbox:
        yield sandbox


@pytest.fixture
def practice_tmdb(practice: Sandbox, open_tmdb: OpenTmdb, tmp_path: Path) -> Tmdb:
    """A client of the practice TMDB."""
    given = {**environment(practice.addresses), "ANITRAKT_HOME": str(tmp_path / "practice-home")}
    settings = load_settings(given, tmp_path)
    return open_tmdb(settings.tmdb_token, settings)
