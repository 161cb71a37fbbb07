"""The practice id maps have the real ones' shape, their range forms, their gaps and one mistake."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from tests.practice import Sandbox, serve
from tests.sandbox.conftest import Ask


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One for the whole file: nothing here changes it for good."""
    with serve(None, clock=lambda: datetime(2026, 11, 22, tzinfo=UTC)) as running:
        yield running


@pytest.fixture
def idmap(sandbox: Sandbox, session: requests.Session) -> Ask:
    def get(name: str, **headers: Any) -> requests.Response:
        return session.get(f"{sandbox.addresses.idmap_url}/{name}", headers=headers, timeout=60)

    return get


def test_anibridge_knows_an_entry_by_both_ids_with_every_range_form(idmap: Ask) -> None:
    rows = idmap("mappings.json").json()
    assert rows["$meta"] == {"schema_version": "3.0.0"}
    assert rows["mal:38524"] == rows["anilist:104578"] == {"tmdb_show:1429:s3": {"1-10": "13-22"}}
    assert rows["mal:197"] == {"tmdb_show:34684:s1": {"1-24": "1-12|-2"}}
    assert rows["mal:5114"] == {"tmdb_show:31911:s1": {"1-": "1-"}}
    assert rows["mal:48"] == {"tmdb_show:8864:s1": {"1-26": "1-2,3-26"}}
    assert rows["mal:13053"] == {"tmdb_show:34684:s0": {"1": None}}
    assert rows["mal:28851"] == {"tmdb_movie:378064": {"1": "1"}}
    assert rows["mal:21"]["tmdb_show:37854:s2"] == {"62-77": "62-77"}


def test_each_map_has_its_gaps(idmap: Ask) -> None:
    bridge = {int(key[4:]) for key in idmap("mappings.json").json() if key.startswith("mal:")}
    anitrakt = {
        row["myanimelist"]["id"] for name in ("tv_ex", "movies_ex") for row in idmap(f"{name}.json").json()
    }
    assert {873, 48561, 12189, 136, 20, 27991} <= anitrakt - bridge
    assert {4224, 34599, 1399, 28851, 457} <= bridge - anitrakt
    assert not {44511, 52991, 6922, 32281} & (bridge | anitrakt)


def test_anitrakt_names_seasons_marks_split_cours_and_is_wrong_once(idmap: Ask) -> None:
    rows = {row["myanimelist"]["id"]: row["trakt"] for row in idmap("tv_ex.json").json()}
    assert (rows[25777]["id"], rows[25777]["season"]["number"]) == (1420, 2)
    assert (rows[38524]["season"], rows[38524]["is_split_cour"]) == (None, True)
    assert (rows[120]["id"], rows[120]["season"]["number"]) == (142246, 1)  # the remake


def test_bangumi_names_places_as_tmdb_does_and_the_first_broadcast(idmap: Ask) -> None:
    items = {
        site["id"]: {"begin": item["begin"], **{other["site"]: other["id"] for other in item["sites"]}}
        for item in idmap("bangumi.json").json()["items"]
        for site in item["sites"]
        if site["site"] == "aniList"
    }
    assert items["16498"] == {
        "begin": "2013-04-07T13:00:00.000Z",
        "tmdb": "tv/1429",
        "aniList": "16498",
        "mal": "16498",
    }
    assert items["104578"]["tmdb"] == "tv/1429/season/3"  # part 2 of a season: where in it, it does not say
    assert items["146984"]["tmdb"] == "tv/1429/season/0/episode/36"
    assert items["113415"]["tmdb"] == "tv/95479"
    assert items["20954"]["tmdb"] == "movie/378064"
    assert not {"120", "127230", "20913"} & set(items)


@pytest.mark.parametrize("name", ["mappings.json", "tv_ex.json", "movies_ex.json", "bangumi.json"])
def test_an_unchanged_file_is_not_sent_again(idmap: Ask, name: str) -> None:
    first = idmap(name)
    assert first.status_code == 200
    again = idmap(name, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert idmap(name, **{"If-Modified-Since": first.headers["Last-Modified"]}).status_code == 304
    assert idmap(name, **{"If-None-Match": '"older"'}).status_code == 200
