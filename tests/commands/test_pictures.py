"""Pictures come from two hosts alone, are pictures, are kept on the disk, and hold nothing up."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from anitrakt_plan.commands.pictures import (
    MAX_ASKED,
    MAX_BYTES,
    Picture,
    Pictures,
    is_known_host,
    kind_of_picture,
)
from anitrakt_plan.errors import Failed
from anitrakt_plan.model import Ids, TargetKind, TmdbId, WorkId

JPEG, PNG, WEBP = b"\xff\xd8\xff\xe0 a", b"\x89PNG\r\n\x1a\n a", b"RIFF....WEBP"
COVER = "https://s4.anilist.co/file/cover/1.jpg"


class World:
    """The two hosts, and AniList, as far as pictures go."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bodies: dict[str, bytes] = {COVER: JPEG, "https://image.tmdb.org/t/p/w154/p.jpg": PNG}
        self.addresses: dict[int, str] = {1: COVER}
        self.fetched: list[str] = []
        self.asked: list[int] = []

    def pictures(self, count: int = 3) -> Pictures:
        ids = {f"cover/mal:{number}": Ids(mal=number) for number in range(1, count + 1)}
        return Pictures(
            self.folder / "pictures", self.folder / "covers.json", ids, self.covers, self.poster, self.fetch
        )

    def covers(self, ids: Sequence[Ids]) -> dict[Ids, str]:
        self.asked.append(len(ids))
        return {one: self.addresses[one.mal] for one in ids if one.mal in self.addresses}

    def poster(self, kind: TargetKind, work: WorkId) -> str | None:
        return (
            "https://image.tmdb.org/t/p/w154/p.jpg"
            if (kind, work) == (TargetKind.MOVIE, TmdbId(97))
            else None
        )

    def fetch(self, address: str) -> bytes:
        self.fetched.append(address)
        if address not in self.bodies:
            raise Failed("there is no such picture")
        return self.bodies[address]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_picture_is_fetched_once_and_comes_from_the_disk_afterwards(world: World) -> None:
    pictures = world.pictures()
    assert pictures.ready(["cover/mal:1", "movie/tmdb:97"]) == ([], [])
    pictures.fetch_all()
    assert pictures.ready(["cover/mal:1", "movie/tmdb:97"]) == (["cover/mal:1", "movie/tmdb:97"], [])
    assert pictures.picture("cover/mal:1") == Picture(JPEG, "image/jpeg")
    again = world.pictures()
    assert again.ready(["cover/mal:1"]) == (["cover/mal:1"], [])
    again.fetch_all()
    assert len(world.fetched) == 2


def test_addresses_are_asked_for_together_and_never_again(world: World) -> None:
    pictures = world.pictures(120)
    pictures.ready([f"cover/mal:{number}" for number in range(1, 121)])
    pictures.fetch_all()
    assert world.asked == [MAX_ASKED, MAX_ASKED, 20]
    again = world.pictures(120)
    again.ready(["cover/mal:7"])
    again.fetch_all()
    assert len(world.asked) == 3
    assert again.ready(["cover/mal:7"]) == ([], ["cover/mal:7"])


@pytest.mark.parametrize(
    ("address", "body"),
    [
        pytest.param("https://evil.example/1.jpg", JPEG, id="another host"),
        pytest.param("http://s4.anilist.co/1.jpg", JPEG, id="not https"),
        pytest.param("https://s4.anilist.co@evil.example/1.jpg", JPEG, id="a host in disguise"),
        pytest.param(COVER, b"<svg onload=alert(1)>", id="no picture"),
        pytest.param(COVER, JPEG + b"\0" * MAX_BYTES, id="too large"),
    ],
)
def test_what_is_none_of_these_is_never_kept(world: World, address: str, body: bytes) -> None:
    world.addresses[1], world.bodies = address, {address: body}
    pictures = world.pictures()
    pictures.ready(["cover/mal:1"])
    pictures.fetch_all()
    assert pictures.ready(["cover/mal:1"]) == ([], ["cover/mal:1"])
    assert pictures.picture("cover/mal:1") is None
    assert world.fetched == ([] if "evil" in address or address.startswith("http:") else [address])


@pytest.mark.parametrize("name", ["show/1", "show/x", "../etc/passwd", "cover/mal:999", ""])
def test_what_has_no_picture_is_said_to_have_none(world: World, name: str) -> None:
    pictures = world.pictures()
    pictures.ready([name])
    pictures.fetch_all()
    assert pictures.ready([name]) == ([], [name])


def test_it_fetches_in_the_background_until_it_is_closed(world: World) -> None:
    pictures = world.pictures()
    there = threading.Event()
    fetch = world.fetch

    def fetched(address: str) -> bytes:
        there.set()
        return fetch(address)

    pictures._fetch = fetched
    pictures.start()
    pictures.ready(["cover/mal:1"])
    assert there.wait(10)
    pictures.close()


@pytest.mark.parametrize(
    ("data", "kind"),
    [(JPEG, "image/jpeg"), (PNG, "image/png"), (WEBP, "image/webp"), (b"GIF89a", None), (b"", None)],
)
def test_kinds_of_pictures(data: bytes, kind: str | None) -> None:
    assert kind_of_picture(data) == kind


def test_known_hosts() -> None:
    assert is_known_host(COVER)
    assert is_known_host("https://media.trakt.tv/images/p.jpg")
    assert not is_known_host("http://127.0.0.1:80/pictures/p.png")
    assert is_known_host("http://127.0.0.1:80/pictures/p.png", ["http://127.0.0.1:80"])
    assert not is_known_host("https://s4.anilist.co:444/x")
