"""The rules of Trakt's import page that our files are written for: each trap, as its own source has it."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from anitrakt_plan.sandbox.importer import CHUNK, NotImportableError, Upload, read_upload, start_import

WHEN = "2019-07-01T10:00:00.000Z"


def tv_time(series: list[Any] | None = None, movies: list[Any] | None = None) -> Upload:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("tvtime-series.json", json.dumps(series or []))
        archive.writestr("tvtime-movies.json", json.dumps(movies or []))
    return read_upload("TV Time", "any.zip", target.getvalue())


def show(*episodes: dict[str, Any], tvdb: int | None = 267440, imdb: str | None = None) -> dict[str, Any]:
    return {"id": {"tvdb": tvdb, "imdb": imdb}, "seasons": [{"number": 3, "episodes": list(episodes)}]}


def watched(number: int, at: str | None = WHEN, own: int | None = None) -> dict[str, Any]:
    return {"id": {"tvdb": own}, "number": number, "is_watched": True, "watched_at": at}


def bodies(upload: Upload) -> list[dict[str, Any]]:
    return [{name: rows for name, rows in body.items() if rows} for _, body in upload.requests()]


def test_an_episode_goes_by_its_own_id_first_and_else_by_its_place_in_the_show() -> None:
    assert bodies(tv_time([show(watched(13), watched(14, own=9))])) == [
        {
            "episodes": [{"ids": {"tvdb": 9}, "watched_at": WHEN}],
            "shows": [
                {
                    "ids": {"tvdb": 267440},
                    "seasons": [{"number": 3, "episodes": [{"number": 13, "watched_at": WHEN}]}],
                }
            ],
        }
    ]
    (body,) = bodies(tv_time([show(watched(13), tvdb=None, imdb="tt1")]))
    assert body["shows"][0]["ids"] == {"imdb": "tt1"}


@pytest.mark.parametrize("at", [None, "", "unknown", "released", "some day"])
def test_in_the_layout_of_tv_time_no_date_is_no_date_and_so_now(at: str | None) -> None:
    (body,) = bodies(tv_time([show(watched(13, at))]))

    assert body["shows"][0]["seasons"][0]["episodes"] == [{"number": 13}]


def test_csv_and_json_know_an_unknown_date_and_a_release_date_is_none() -> None:
    csv = b"action,type,trakt,watched_at\nhistory,movie,5,unknown\nhistory,movie,6,released\n"
    rows = [
        {"action": "history", "type": "movie", "movie": {"ids": {"trakt": 5}}, "watched_at": "unknown"},
        {"action": "history", "type": "movie", "movie": {"ids": {"trakt": 6}}, "watched_at": "released"},
    ]
    expected = [{"movies": [{"ids": {"trakt": 5}, "watched_at": "unknown"}, {"ids": {"trakt": 6}}]}]

    assert bodies(read_upload("CSV", "x.csv", csv)) == expected
    assert bodies(read_upload("JSON", "x.json", json.dumps(rows).encode())) == expected


def test_an_episode_row_with_only_an_imdb_id_is_sent_as_a_whole_show() -> None:
    csv = f"action,type,imdb,season,episode,watched_at\nhistory,episode,tt1,3,13,{WHEN}\n"
    row = {
        "action": "history",
        "type": "episode",
        "show": {"ids": {"imdb": "tt9"}},
        "episode": {"season": 3, "number": 13, "ids": {"imdb": "tt1"}},
        "watched_at": WHEN,
    }
    whole = [{"shows": [{"ids": {"imdb": "tt1"}, "watched_at": WHEN}]}]

    assert bodies(read_upload("CSV", "x.csv", csv.encode())) == whole
    assert bodies(read_upload("JSON", "x.json", json.dumps([row]).encode())) == whole


def test_an_episode_row_of_csv_is_never_found_by_its_show() -> None:
    csv = f"action,type,tvdb,season,episode,watched_at\nhistory,episode,267440,3,13,{WHEN}\n"

    assert bodies(
        read_upload("CSV", "x.csv", csv.encode())
    ) == [  # the show's id is taken for the episode's own
        {"episodes": [{"ids": {"tvdb": 267440}, "watched_at": WHEN}]}
    ]


def test_repeated_plays_of_one_thing_are_folded_in_the_zip_and_not_in_csv() -> None:
    assert len(tv_time([show(watched(13), watched(13, "2020-01-01"))]).items) == 1
    csv = b"action,type,trakt\nhistory,movie,5\nhistory,movie,5\n"
    assert len(read_upload("CSV", "x.csv", csv).items) == 2


def test_seasons_and_episodes_are_not_rated() -> None:
    csv = b"action,type,trakt,rating\nratings,season,5,8\nratings,episode,6,8\nratings,show,7,8\n"

    assert bodies(read_upload("CSV", "x.csv", csv)) == [{"shows": [{"ids": {"trakt": 7}, "rating": 8}]}]


def test_a_batch_that_fails_is_sent_three_times_and_may_be_taken_in_each_time() -> None:
    upload = tv_time([show(*(watched(number) for number in range(1, 2 * CHUNK + 2)))])
    taken: list[int] = []

    def post(_path: str, body: dict[str, Any]) -> int:
        count = len(body["shows"][0]["seasons"][0]["episodes"])
        taken.append(count)
        if count < CHUNK:
            return 201
        raise ConnectionResetError

    assert start_import(upload, post) == 2 * CHUNK
    assert taken == [CHUNK] * 6 + [1]


@pytest.mark.parametrize(
    ("tab", "name", "data"),
    [
        ("CSV", "x.zip", b"PK"),
        ("TV Time", "x.json", b"[]"),
        ("TV Time", "x.zip", b"no zip"),
        ("TV Time", "x.csv", b"action,type,trakt\nhistory,movie,5\n"),
        ("TV Time", "x.csv", b"imdb_id,type\ntt1,movie\n"),
        ("JSON", "x.csv", b"a"),
    ],
)
def test_what_a_tab_does_not_know_is_refused(tab: str, name: str, data: bytes) -> None:
    with pytest.raises(NotImportableError):
        read_upload(tab, name, data)
