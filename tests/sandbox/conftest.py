"""A running sandbox and a small client for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.practice import Clock, Sandbox, serve

Ask = Callable[..., requests.Response]
"""Sends a request to one of the services."""

Body = Callable[..., dict[str, Any]]
"""Makes the body of a request."""


class Trakt:
    """Requests to the practice Trakt with the headers it demands."""

    def __init__(self, sandbox: Sandbox, session: requests.Session) -> None:
        self.sandbox = sandbox
        self.session = session
        self.headers: dict[str, str | None] = {
            "User-Agent": "test/1",
            "trakt-api-key": sandbox.addresses.trakt_client_id,
            "trakt-api-version": "2",
            "Authorization": f"Bearer {sandbox.addresses.trakt_token}",
        }

    def get(self, path: str, **query: Any) -> requests.Response:
        url = self.sandbox.addresses.trakt_url + path
        return self.session.get(url, params=query, headers=self.headers, timeout=60, allow_redirects=False)

    def post(self, path: str, body: object) -> requests.Response:
        url = self.sandbox.addresses.trakt_url + path
        return self.session.post(url, json=body, headers=self.headers, timeout=60, allow_redirects=False)

    def auth(self, path: str, **body: Any) -> requests.Response:
        addresses = self.sandbox.addresses
        keys = {"client_id": addresses.trakt_client_id, "client_secret": addresses.trakt_client_secret}
        url = addresses.trakt_auth_url + path
        return self.session.post(url, json={**keys, **body}, headers={"User-Agent": "test/1"}, timeout=60)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Iterator[Sandbox]:
    with serve(None, clock=clock) as running:
        yield running


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture
def trakt(sandbox: Sandbox, session: requests.Session) -> Trakt:
    return Trakt(sandbox, session)


@pytest.fixture
def episodes() -> Body:
    """A history or ratings body with these episodes of one season of a show."""

    def body(show: int, season: int, *numbers: int, **said: Any) -> dict[str, Any]:
        rows = [{"number": number, **said} for number in numbers]
        return {"shows": [{"ids": {"trakt": show}, "seasons": [{"number": season, "episodes": rows}]}]}

    return body
