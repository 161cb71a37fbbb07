"""What the wire log of a test says of every request that went to Trakt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.practice import Sandbox

Json = dict[str, Any]


def history_posts(sandbox: Sandbox) -> list[Json]:
    """The bodies of all requests that add plays."""
    return [record.json() for record in sandbox.sent("POST", "/sync/history")]


def writes(sandbox: Sandbox) -> list[str]:
    """Every write to Trakt, as method and path."""
    return [
        f"{record.method} {record.path}"
        for record in sandbox.wire
        if record.service == "trakt" and record.method != "GET"
    ]


def sent_plays(sandbox: Sandbox) -> Iterator[tuple[str, str]]:
    """Each play that was sent, as what it is and its `watched_at`."""
    for body in history_posts(sandbox):
        for movie in body.get("movies", []):
            yield f"movie {movie['ids']['trakt']}", movie["watched_at"]
        for episode in body.get("episodes", []):
            yield f"episode {episode['ids']['trakt']}", episode["watched_at"]
        for show in body.get("shows", []):
            for season in show["seasons"]:
                for episode in season["episodes"]:
                    name = f"{show['ids']['trakt']} S{season['number']:02d}E{episode['number']:02d}"
                    yield name, episode["watched_at"]


def check_wire(sandbox: Sandbox) -> None:
    """No bare or empty show or season, and nothing twice, in anything that was ever sent."""
    for body in history_posts(sandbox):
        assert "seasons" not in body
        for show in body.get("shows", []):
            assert show.get("seasons"), f"a bare show went out: {show}"
            for season in show["seasons"]:
                assert season.get("episodes"), f"a bare season went out: {show}"
    twice = [name for name, times in Counter(name for name, _ in sent_plays(sandbox)).items() if times > 1]
    assert twice == []
