"""Getting the id maps: cached, revalidated, stale when need be, and each of them optional."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import requests
import responses

from anitrakt_plan.commands.side_by_side import together
from anitrakt_plan.http import ReadClient, RetryPolicy
from anitrakt_plan.idmaps import ID_MAPS, load_idmaps
from anitrakt_plan.model import Ids, MovieClaim, ShowClaim, TargetKind

FOLDER = "https://maps.example/folder"
MAPPINGS = json.dumps({"mal:1": {"tmdb_show:30:s1": {"1-26": "1-26"}}, "mal:5": {"tmdb_movie:31": {}}})
SHOWS = json.dumps([{"myanimelist": {"id": 1}, "trakt": {"id": 30857}, "externals": {"tmdb": 30}}])
FILMS = json.dumps([{"myanimelist": {"id": 5}, "trakt": {"id": 815}, "externals": {"tmdb": 31}}])
ITEMS = json.dumps(
    {"items": [{"title": "A", "sites": [{"site": "mal", "id": "1"}, {"site": "tmdb", "id": "tv/30"}]}]}
)
BODIES = {"mappings.json": MAPPINGS, "tv_ex.json": SHOWS, "movies_ex.json": FILMS, "bangumi.json": ITEMS}


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def open_reader(tmp_path: Path) -> Callable[[str, str], ReadClient]:
    def opened(title: str, address: str) -> ReadClient:
        return ReadClient(
            title,
            address,
            cache_file=tmp_path / "answers.sqlite",
            follow_redirects=True,
            retry_policy=RetryPolicy(tries=0),
        )

    return opened


def a_week_goes_by(folder: Path) -> None:
    """Move the end of every cached answer into the past."""
    with closing(sqlite3.connect(folder / "answers.sqlite")) as cache:
        for key, row in cache.execute("SELECT key, value FROM responses").fetchall():
            kept = json.dumps({**json.loads(row), "expires": "2020-01-01T00:00:00+00:00"})
            cache.execute("UPDATE responses SET value = ? WHERE key = ?", (kept, key))
        cache.commit()


def serve(web: responses.RequestsMock, **replaced: object) -> None:
    web.reset()
    for file, body in BODIES.items():
        body_of = replaced.get(file.partition(".")[0], body)
        if isinstance(body_of, int):
            web.get(f"{FOLDER}/{file}", status=body_of)
        else:
            web.get(f"{FOLDER}/{file}", body=body_of)


def test_all_maps_answer_together(
    web: responses.RequestsMock, open_reader: Callable[[str, str], ReadClient]
) -> None:
    serve(web)

    loaded = load_idmaps(open_reader, folder=FOLDER)
    maps = loaded.maps

    assert loaded.notes == ()
    assert [type(claim) for claim in maps.claims(Ids(mal=1))] == [ShowClaim, ShowClaim, ShowClaim]
    assert [type(claim) for claim in maps.claims(Ids(mal=5))] == [MovieClaim, MovieClaim]
    assert maps.trakt_id(TargetKind.SHOW, 30) == 30857
    assert maps.trakt_id(TargetKind.MOVIE, 31) == 815
    assert maps.trakt_id(TargetKind.MOVIE, 30) is None


def test_the_second_time_nothing_is_asked(
    web: responses.RequestsMock, open_reader: Callable[[str, str], ReadClient]
) -> None:
    serve(web)
    load_idmaps(open_reader, folder=FOLDER)
    load_idmaps(open_reader, folder=FOLDER)

    assert len(web.calls) == 4

    load_idmaps(open_reader, folder=FOLDER, refresh=True)
    assert len(web.calls) == 8


def test_without_a_folder_the_public_addresses_are_asked(
    web: responses.RequestsMock, open_reader: Callable[[str, str], ReadClient]
) -> None:
    for source in ID_MAPS:
        web.get(source.address, body=BODIES[source.file])

    loaded = load_idmaps(open_reader)

    assert (len(loaded.maps.maps), loaded.notes) == (4, ())


def test_a_published_address_may_lead_on_to_the_files_version(
    web: responses.RequestsMock, open_reader: Callable[[str, str], ReadClient]
) -> None:
    for source in ID_MAPS:
        if "@0.3/" not in source.address:
            web.get(source.address, body=BODIES[source.file])
            continue
        exact = source.address.replace("@0.3/", "@0.3.208/")
        web.get(source.address, status=302, headers={"Location": exact})
        # npm gives every file this day
        web.get(exact, body=ITEMS, headers={"Last-Modified": "Sat, 26 Oct 1985 08:15:00 GMT"})

    for offline in (False, True):
        age = load_idmaps(open_reader, offline=offline).ages[-1]
        assert (age.title, age.version, age.made) == ("bangumi-data", "0.3.208", None)


def test_each_map_says_how_old_it_is(
    web: responses.RequestsMock, open_reader: Callable[[str, str], ReadClient]
) -> None:
    serve(web)
    web.replace(
        "GET",
        f"{FOLDER}/mappings.json",
        body=MAPPINGS,
        headers={"Last-Modified": "Thu, 26 Nov 2026 23:30:00 GMT"},
    )
    before = datetime.now(UTC)

    first, again = (load_idmaps(open_reader, folder=FOLDER) for _ in range(2))

    assert [age.title for age in again.ages] == [source.title for source in ID_MAPS]
    assert [age.downloaded for age in first.ages] == [None] * 4
    for age in again.ages:
        assert age.downloaded is not None
        assert before <= age.downloaded <= datetime.now(UTC)
    assert [age.made for age in again.ages] == [date(2026, 11, 26), None, None, None]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (404, "HTTP 404"),
        (503, "HTTP 503"),
        ("<html>Sign in to this network</html>", "not such a map"),
        (MAPPINGS[:-9], "not such a map"),
        (requests.ConnectionError("no route"), "the connection to AniBridge broke"),
    ],
)
def test_a_map_that_cant_be_had_is_left_out_and_named(
    body: object, reason: str, web: responses.RequestsMock, open_reader: Callable[[str, str], ReadClient]
) -> None:
    serve(web, mappings=body)

    loaded = load_idmaps(open_reader, folder=FOLDER)

    [note] = loaded.notes
    assert "AniBridge was left out" in note
    assert reason in note
    assert len(loaded.maps.claims(Ids(mal=1))) == 2
    assert "AniBridge" not in [age.title for age in loaded.ages]


def test_what_keeps_all_of_them_away_is_said_once_and_waited_for_at_one_time(
    web: responses.RequestsMock, open_reader: Callable[[str, str], ReadClient]
) -> None:
    serve(web, **{file.partition(".")[0]: requests.ConnectTimeout() for file in BODIES})
    meeting = threading.Barrier(len(ID_MAPS), timeout=30)

    def opened(title: str, address: str) -> ReadClient:
        meeting.wait()  # nobody is asked before all are
        return open_reader(title, address)

    loaded = load_idmaps(opened, folder=FOLDER, each=together)

    assert loaded.notes == (
        "the id maps AniBridge, AniTrakt (shows), AniTrakt (films) and bangumi-data were left out: "
        "they can't be reached",
    )


@pytest.mark.parametrize(
    "failure", [404, 403, 503, requests.ConnectionError("down"), requests.Timeout("slow")]
)
def test_an_old_copy_serves_when_there_is_no_new_one(
    failure: object,
    web: responses.RequestsMock,
    open_reader: Callable[[str, str], ReadClient],
    tmp_path: Path,
) -> None:
    serve(web)
    load_idmaps(open_reader, folder=FOLDER)
    a_week_goes_by(tmp_path)
    serve(web, mappings=failure)

    loaded = load_idmaps(open_reader, folder=FOLDER)

    [note] = loaded.notes
    assert "AniBridge could not be asked for news; an older copy is used" in note
    assert len(loaded.maps.maps) == 4


def test_what_has_not_changed_keeps_the_day_of_its_download(
    web: responses.RequestsMock, open_reader: Callable[[str, str], ReadClient], tmp_path: Path
) -> None:
    for file, body in BODIES.items():
        web.get(f"{FOLDER}/{file}", body=body, headers={"ETag": '"one"'})
    load_idmaps(open_reader, folder=FOLDER)
    [before, *_] = load_idmaps(open_reader, folder=FOLDER).ages
    a_week_goes_by(tmp_path)
    web.reset()
    for file in BODIES:
        web.get(f"{FOLDER}/{file}", status=304, headers={"Date": "Sun, 29 Nov 2026 09:00:00 GMT"})

    [after, *_] = load_idmaps(open_reader, folder=FOLDER).ages

    assert after == replace(before, confirmed=datetime(2026, 11, 29, 9, tzinfo=UTC))


def test_after_a_week_the_maps_are_revalidated(
    web: responses.RequestsMock, open_reader: Callable[[str, str], ReadClient], tmp_path: Path
) -> None:
    for file, body in BODIES.items():
        web.get(f"{FOLDER}/{file}", body=body, headers={"ETag": '"one"'})
    load_idmaps(open_reader, folder=FOLDER)
    a_week_goes_by(tmp_path)
    web.reset()
    for file in BODIES:
        unchanged = [responses.matchers.header_matcher({"If-None-Match": '"one"'})]
        web.get(f"{FOLDER}/{file}", status=304, match=unchanged)

    loaded = load_idmaps(open_reader, folder=FOLDER)
    assert (len(loaded.maps.maps), loaded.notes, len(web.calls)) == (4, (), 4)

    load_idmaps(open_reader, folder=FOLDER)
    assert len(web.calls) == 4


def test_what_the_cache_holds_broken_is_downloaded_again(
    web: responses.RequestsMock, open_reader: Callable[[str, str], ReadClient]
) -> None:
    serve(web, mappings="<html>a portal's page</html>")
    load_idmaps(open_reader, folder=FOLDER)
    serve(web)

    loaded = load_idmaps(open_reader, folder=FOLDER)

    assert (len(loaded.maps.maps), loaded.notes) == (4, ())


def test_offline_goes_by_the_cache_alone(
    web: responses.RequestsMock, open_reader: Callable[[str, str], ReadClient]
) -> None:
    loaded = load_idmaps(open_reader, folder=FOLDER, offline=True)
    assert (loaded.maps.maps, loaded.ages) == ((), ())
    (note,) = loaded.notes
    assert note.endswith("bangumi-data were left out: they are not in the cache")

    serve(web)
    load_idmaps(open_reader, folder=FOLDER)
    web.reset()

    loaded = load_idmaps(open_reader, folder=FOLDER, offline=True)
    assert (len(loaded.maps.maps), loaded.notes) == (4, ())


def test_offline_without_a_cache_leaves_all_out(web: responses.RequestsMock) -> None:
    loaded = load_idmaps(lambda title, address: ReadClient(title, address), folder=FOLDER, offline=True)

    assert loaded.maps.maps == ()
    assert loaded.notes[0].endswith("they are not asked while offline")
