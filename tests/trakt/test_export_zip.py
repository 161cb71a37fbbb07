"""Trakt's data download: read whole whatever its files are called, or refused in a plain sentence."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from anitrakt_plan.errors import Failed
from anitrakt_plan.model import (
    EpisodeItem,
    Existing,
    Movie,
    MovieItem,
    MovieSubject,
    OutsideIds,
    Play,
    SeasonSubject,
    ShowSubject,
    SyncKind,
    TargetKind,
)
from anitrakt_plan.trakt import export_zip as zip_content
from anitrakt_plan.trakt.export_zip import open_data_zip

SHOW = {"title": "Frieren", "year": 2023, "ids": {"trakt": 198225, "slug": "frieren", "tvdb": 424536}}
FILM = {
    "title": "Akira",
    "year": 1988,
    "ids": {"trakt": 120, "slug": "akira-1988", "tmdb": 149, "plex": {"guid": "x"}},
}
EPISODE = {"season": 1, "number": 2, "title": "x", "ids": {"trakt": 501, "tvdb": 9, "tmdb": 8}}
FILM_PLAY = {
    "id": 9007199254740993,
    "watched_at": "2014-04-05T15:27:31.000Z",
    "action": "scrobble",
    "type": "movie",
    "movie": FILM,
}
EPISODE_PLAY = {
    "id": 14,
    "watched_at": "2024-01-02T11:00:00.000Z",
    "action": "watch",
    "type": "episode",
    "episode": EPISODE,
    "show": SHOW,
}
PROFILE = {"username": "someone", "private": False, "ids": {"slug": "someone"}}
SETTINGS = {
    "user": {"username": "someone", "ids": {"slug": "someone", "uuid": "abc"}},
    "account": {"timezone": "Asia/Tokyo"},
}


def existing_of(data: bytes, name: str) -> Existing:
    return open_data_zip(data, name).existing


def packed(
    files: Mapping[str, object], made_at: tuple[int, int, int, int, int, int] = (2026, 11, 20, 8, 0, 0)
) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            text = content if isinstance(content, str) else json.dumps(content)
            archive.writestr(zipfile.ZipInfo(name, made_at), text, zipfile.ZIP_DEFLATED)
    return target.getvalue()


@pytest.mark.parametrize(
    "names",
    [
        ("watched-history-1.json", "watched-history-2.json"),
        ("watched-history.json", "watched-history-1.json"),
        ("watched-history.json", "watched-history-2.json"),
        ("watched/history-movies.json", "watched/history-episodes.json"),
        ("history-1.json", "history-2.json"),
        ("trakt-export/Watched-History-1.JSON", "trakt-export/watched-history-2.json"),
    ],
)
def test_the_history_is_found_whatever_its_files_are_called(names: tuple[str, str]) -> None:
    existing = existing_of(packed({names[0]: [FILM_PLAY], names[1]: [EPISODE_PLAY]}), "export.zip")

    assert set(existing.plays) == {
        Play(9007199254740993, datetime(2014, 4, 5, 15, 27, tzinfo=UTC), "scrobble", MovieItem(120)),
        Play(14, datetime(2024, 1, 2, 11, 0, tzinfo=UTC), "watch", EpisodeItem(198225, 1, 2, 501)),
    }


def test_a_play_that_stands_in_two_files_counts_once() -> None:
    files = {"watched-history-1.json": [FILM_PLAY, EPISODE_PLAY], "watched-history-2.json": [EPISODE_PLAY]}

    assert len(existing_of(packed(files), "x.zip").plays) == 2


def test_ratings_watchlist_and_dropped_shows_are_read() -> None:
    when = "2020-01-01T00:00:00.000Z"
    found = open_data_zip(
        packed(
            {
                "watched-history-1.json": [],
                "ratings-movies-1.json": [{"rated_at": when, "rating": 9, "type": "movie", "movie": FILM}],
                "ratings-seasons.json": [
                    {"rated_at": when, "rating": 8, "type": "season", "season": {"number": 1}, "show": SHOW}
                ],
                "lists-watchlist-1.json": [{"type": "movie", "movie": FILM, "listed_at": when}],
                "lists-watchlist-2.json": [{"type": "show", "show": SHOW, "listed_at": when}],
                "hidden-dropped.json": [{"hidden_at": when, "type": "show", "show": SHOW}],
            }
        ),
        "x.zip",
    )

    existing = found.existing
    assert {(rating.subject, rating.value) for rating in existing.ratings} == {
        (MovieSubject(120), 9),
        (SeasonSubject(198225, 1), 8),
    }
    assert existing.watchlist == (MovieSubject(120), ShowSubject(198225))
    assert existing.dropped == (ShowSubject(198225),)
    assert found.unread == frozenset()


def test_what_has_no_file_is_unknown_not_empty() -> None:
    found = open_data_zip(packed({"watched-history-1.json": []}), "x.zip")

    assert found.unread == {SyncKind.RATINGS, SyncKind.WATCHLIST, SyncKind.DROPPED}
    assert (found.existing.watchlist, found.existing.dropped) == (None, None)


@pytest.mark.parametrize(
    ("files", "uuid", "user", "zone"),
    [
        ({"user-settings.json": SETTINGS, "user-profile.json": PROFILE}, "abc", "someone", "Asia/Tokyo"),
        (
            {"user-settings.json": {"user": {}}, "user-profile.json": PROFILE},
            "trakt-export-someone",
            "someone",
            "UTC",
        ),
        ({"user-profile.json": PROFILE}, "trakt-export-someone", "someone", "UTC"),
        ({"user-profile.json": {"user": {"username": "b", "ids": {"uuid": "u"}}}}, "u", "b", "UTC"),
        ({}, "trakt-export", "", "UTC"),
    ],
)
def test_the_account_is_the_one_that_the_download_names(
    files: dict[str, object], uuid: str, user: str, zone: str
) -> None:
    found = open_data_zip(packed({"watched-history-1.json": [], **files}), "x.zip")

    account = found.existing.account
    assert (account.uuid, account.user, account.time_zone) == (uuid, user, zone)
    assert found.user == (user or None)
    assert bool(found.notes) == (zone == "UTC")


def test_the_age_and_what_it_says_of_works_are_kept() -> None:
    found = open_data_zip(packed({"watched-history-1.json": [EPISODE_PLAY, FILM_PLAY]}), "x.zip")

    assert found.made_at == datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    assert found.existing.read_at == found.made_at
    assert found.outside == {ShowSubject(198225): OutsideIds(tvdb=424536)}
    assert found.works[MovieSubject(120)] == Movie(120, "Akira", 1988, slug="akira-1988", tmdb=149)
    assert (found.trakt_id(TargetKind.MOVIE, 149), found.tmdb_id(TargetKind.MOVIE, 120)) == (120, 149)
    assert found.trakt_id(TargetKind.SHOW, 149) is None
    assert found.last_id == 9007199254740993


def test_a_zip_that_keeps_no_time_is_as_old_as_its_youngest_play() -> None:
    found = open_data_zip(packed({"watched-history-1.json": [EPISODE_PLAY]}, (1980, 1, 1, 0, 0, 0)), "x.zip")

    assert found.made_at is None
    assert found.existing.read_at == datetime(2024, 1, 2, 11, 0, tzinfo=UTC)


def test_an_account_without_plays_is_empty_and_not_an_error() -> None:
    files = {"watched-movies.json": [], "watched-shows.json": [], "user-profile.json": PROFILE}

    assert existing_of(packed(files), "x.zip").plays == ()


def locked() -> bytes:
    """A zip whose entries claim to be encrypted."""
    data = bytearray(packed({"watched-history-1.json": [EPISODE_PLAY]}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.index(signature) + offset
        data[place : place + 2] = struct.pack("<H", 1)
    return bytes(data)


def rotten() -> bytes:
    """A zip whose content does not fit its checksum."""
    data = bytearray(packed({"watched-history-1.json": [EPISODE_PLAY] * 40}))
    middle = data.index(b"PK\x01\x02") // 2
    data[middle : middle + 8] = b"\x00" * 8
    return bytes(data)


GOOD = packed({"watched-history-1.json": [EPISODE_PLAY] * 40})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the file is empty"),
        (b"<html>sign in</html>", "not a zip"),
        (json.dumps([FILM_PLAY]).encode(), "not a zip"),
        (GOOD[: len(GOOD) // 2], "damaged or cut off"),
        (rotten(), "damaged"),
        (locked(), "locked with a password"),
        (packed({"a.txt": "x", "settings.json": {}}), "not Trakt's data download"),
        (packed({"tracking-prod-records-v2.csv": "key"}), "not Trakt's data download"),
        (packed({"ratings-movies.json": []}), "no `watched-history` files"),
        (packed({"watched-movies.json": [{"plays": 1}]}), "no `watched-history` files"),
        (packed({"watched-history-1.json": [], "watched-history-3.json": []}), "number 2 is missing"),
        (packed({"watched-history.json": [], "watched-history-3.json": []}), "number 2 is missing"),
        (packed({"watched-history-2.json": []}), "number 1 is missing"),
        (packed({"watched-history-1.csv": "id"}), "as CSV"),
        (packed({"watched-history-1.json": "[{"}), "not whole JSON"),
        (packed({"watched-history-1.json": "[" * 100_000}), "not whole JSON"),
        (packed({"watched-history-1.json": {"error": 1}}), "does not hold a list"),
        (
            packed({"watched-history-1.json": [{**EPISODE_PLAY, "show": {}}]}),
            "row 1 can't be understood: `ids`",
        ),
        (
            packed(
                {"watched-history-1.json": [], "_errors.json": [{"endpoint": "sync/history", "error": "x"}]}
            ),
            "could not put your whole history",
        ),
    ],
)
def test_what_is_not_a_whole_download_is_refused_in_a_plain_sentence(data: bytes, said: str) -> None:
    with pytest.raises(Failed) as refused:
        existing_of(data, "export.zip")

    assert said in refused.value.what
    assert refused.value.where is not None
    assert refused.value.where.startswith("export.zip")
    assert refused.value.todo


def test_trouble_with_another_part_leaves_the_history_as_it_is() -> None:
    errors = [{"endpoint": "users/me/stats", "error": "x"}, {"endpoint": "sync/ratings/shows", "error": "x"}]
    found = open_data_zip(
        packed({"watched-history-1.json": [EPISODE_PLAY], "ratings-movies.json": [], "_errors.json": errors}),
        "x.zip",
    )

    assert len(found.existing.plays) == 1
    assert SyncKind.RATINGS in found.unread


@pytest.mark.parametrize(
    ("endpoint", "history", "ratings"),
    [
        ("sync/history", True, False),
        ("users/someone/history?extended=gdpr", True, False),
        ("https://apiz.trakt.tv/users/some-one/history?page=3", True, False),
        ("users/someone/lists/watch-history/items", False, False),
        ("users/someone/lists/history", False, False),
        ("users/someone/notes/ratings?extended=gdpr", False, False),
        ("users/someone/ratings/movies", False, True),
        ("users/someone/watchlist", False, False),
    ],
)
def test_a_failed_endpoint_is_known_by_its_whole_name(endpoint: str, history: bool, ratings: bool) -> None:
    files = {
        "watched-history.json": [EPISODE_PLAY],
        "ratings-movies.json": [],
        "_errors.json": [{"endpoint": endpoint, "error": "502"}],
    }
    if history:
        with pytest.raises(Failed, match="whole history"):
            open_data_zip(packed(files), "x.zip")
        return
    assert (SyncKind.RATINGS in open_data_zip(packed(files), "x.zip").unread) is ratings


def test_rows_without_their_work_count_as_there_and_end_nothing() -> None:
    found = open_data_zip(
        packed(
            {
                "watched-history.json": [
                    EPISODE_PLAY,
                    {**EPISODE_PLAY, "id": 99, "show": None},
                    {**EPISODE_PLAY, "id": 98, "episode": None},
                    {**FILM_PLAY, "id": 97, "movie": None},
                ],
                "ratings-movies.json": [{"rated_at": "x", "rating": 9, "type": "movie", "movie": None}],
                "user-settings.json": SETTINGS,
                # two of the three that are missing of this show are among the rows that lost theirs
                **sums(show=4),
            }
        ),
        "x.zip",
    )

    assert [play.id for play in found.existing.plays] == [14]
    assert found.last_id == 99
    assert [note for note in found.notes if note.startswith("4 rows")] == list(found.notes)
    assert found.short is None


def sums(*, show: int, film: int | None = None) -> dict[str, object]:
    """The download's own sums of plays."""
    return {
        "watched-shows.json": [{"plays": show, "last_watched_at": "x", "show": SHOW, "seasons": []}],
        "watched-movies.json": [] if film is None else [{"plays": film, "movie": FILM}],
    }


def page(number: int, rows: int) -> list[object]:
    return [{**EPISODE_PLAY, "id": number * 1000 + row} for row in range(rows)]


@pytest.mark.parametrize(
    ("files", "short"),
    [
        ({"watched-history.json": [EPISODE_PLAY], **sums(show=1)}, None),
        ({"watched-history.json": page(1, 3), **sums(show=1)}, None),
        (
            {"watched-history.json": [EPISODE_PLAY], **sums(show=3)},
            "2 plays fewer than its own sums say (Frieren)",
        ),
        ({"watched-history.json": [EPISODE_PLAY], **sums(show=1, film=1)}, "1 play fewer than its own sums"),
        ({"watched-history.json": page(1, 250)}, "its last page of history is full"),
        ({"watched-history.json": page(1, 250), **sums(show=250)}, None),
        ({"watched-history.json": page(1, 249)}, None),
        ({"watched-history-1.json": page(1, 250), "watched-history-2.json": page(2, 250)}, "is full"),
        ({"watched-history-1.json": page(1, 250), "watched-history-2.json": page(2, 12)}, None),
        ({"watched-history.json": page(1, 250), "watched-history-2.json": []}, None),
        ({"watched-history.json": page(1, 250), "watched-shows.json": []}, "is full"),
        (
            {
                "watched-history.json": [EPISODE_PLAY],
                **sums(show=9),
                "_errors.json": [{"endpoint": "users/x/watched/shows"}],
            },
            None,
        ),
    ],
)
def test_a_download_that_lacks_plays_is_known_by_its_own_sums(
    files: dict[str, object], short: str | None
) -> None:
    found = open_data_zip(packed(files), "x.zip").short

    assert (found is None) is (short is None)
    assert (short or "") in (found or "")


def test_a_bomb_is_refused_before_it_unpacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_content.ZipContent, "MAX_CONTENT", 1_000_000)
    data = packed({"watched-history-1.json": "[" + " " * 2_000_000 + "]"})

    with pytest.raises(Failed, match="would unpack to more"):
        existing_of(data, "x.zip")


def test_a_bomb_that_lies_about_its_size_is_refused_too() -> None:
    data = bytearray(packed({"watched-history-1.json": "[" + " " * 2_000_000 + "]"}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = data.index(signature) + offset
        data[place : place + 4] = struct.pack("<I", 2)

    with pytest.raises(Failed, match="damaged"):
        existing_of(bytes(data), "x.zip")


def test_too_many_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_content.ZipContent, "MAX_FILES", 3)

    with pytest.raises(Failed, match="would unpack"):
        existing_of(packed({f"{n}.json": [] for n in range(4)}), "x.zip")
