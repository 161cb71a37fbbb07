"""The practice Trakt's search, look-ups and show pages behave as the real ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests

from tests.practice import Sandbox, serve
from tests.sandbox.conftest import Trakt


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One for the whole file: nothing here changes it for good."""
    with serve(None, clock=lambda: datetime(2026, 11, 22, tzinfo=UTC)) as running:
        yield running


def ids(answer: requests.Response, kind: str) -> list[int]:
    return [row[kind]["ids"]["trakt"] for row in answer.json() if row["type"] == kind]


@pytest.mark.parametrize(
    ("query", "show"),
    [
        ("attack on titan", 1420),
        ("進撃の巨人", 1420),
        ("Shingeki no Kyojin", 1420),
        ("one piece", 37696),
        ("86", 159362),
        ("Fate\\/Zero", 74325),
        ("Re\\:ZERO \\-Starting Life in Another World\\-", 104310),
    ],
)
def test_search_finds_shows_by_title_and_alias_near_the_top(trakt: Trakt, query: str, show: int) -> None:
    assert show in ids(trakt.get("/search/show", query=query), "show")[:3]


def test_search_is_not_trivial(trakt: Trakt) -> None:
    rows = trakt.get("/search/show,movie", query="death note").json()
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)
    same = [row for row in rows if row[row["type"]]["title"] == "Death Note"]
    assert {(row["type"], row[row["type"]]["year"]) for row in same} == {
        ("show", 2006),
        ("show", 2015),
        ("movie", 2006),
        ("movie", 2017),
    }


def test_unescaped_special_characters_spoil_a_search(trakt: Trakt) -> None:
    assert trakt.get("/search/show", query="Re:ZERO").json() == []
    assert 1420 not in ids(trakt.get("/search/show", query="attack -titan"), "show")


def test_search_filters_by_kind_year_and_field(trakt: Trakt) -> None:
    assert ids(trakt.get("/search/show", query="fruits basket", years="2019"), "show")[0] == 142246
    found = ids(trakt.get("/search/show", query="hunter x hunter", years="1990-2000"), "show")
    assert found[0] == 45698
    assert 64409 not in found
    assert trakt.get("/search/movie", query="fruits basket", fields="title").json()[0]["type"] == "movie"
    assert ids(trakt.get("/search/show", query="進撃の巨人", fields="title"), "show") == []


def test_search_is_paged_fifty_at_a_time(trakt: Trakt) -> None:
    answer = trakt.get("/search/show,movie", query="the no of")
    assert answer.headers["X-Pagination-Limit"] == "50"
    assert len(trakt.get("/search/show,movie", query="the no of", limit=2).json()) == 2


def test_look_up_finds_by_foreign_ids_and_answers_an_empty_list_else(trakt: Trakt) -> None:
    assert ids(trakt.get("/search/tmdb/1429", type="show"), "show") == [1420]
    assert ids(trakt.get("/search/imdb/tt2560140"), "show") == [1420]
    assert trakt.get("/search/tmdb/1429", type="movie").json() == []
    assert trakt.get("/search/trakt/1420", type="show").json()[0]["score"] is None


@pytest.mark.parametrize("item", ["1420", "attack-on-titan", "tt2560140"])
def test_a_show_is_found_by_id_slug_and_imdb(trakt: Trakt, item: str) -> None:
    assert trakt.get(f"/shows/{item}").json()["title"] == "Attack on Titan"


def test_seasons_say_what_was_asked_for(trakt: Trakt) -> None:
    bare = trakt.get("/shows/1420/seasons").json()
    assert [row["number"] for row in bare] == [0, 1, 2, 3, 4]
    assert "episodes" not in bare[0]
    assert "first_aired" not in trakt.get("/shows/1420/seasons", extended="episodes").json()[1]["episodes"][0]
    third = trakt.get("/shows/1420/seasons", extended="full,episodes").json()[3]
    assert (third["episode_count"], third["aired_episodes"]) == (22, 20)  # two have no date
    first = third["episodes"][0]
    assert (first["season"], first["number"], first["number_abs"]) == (3, 1, None)
    assert first["first_aired"].endswith("T15:00:00.000Z")


def test_the_hard_layouts_are_there(trakt: Trakt) -> None:
    one_piece = trakt.get("/shows/one-piece/seasons", extended="full,episodes").json()
    assert one_piece[2]["episodes"][0]["number"] == 62
    assert one_piece[-1]["aired_episodes"] < one_piece[-1]["episode_count"]
    assert one_piece[-1]["episodes"][-1]["first_aired"] is None
    assert [row["number"] for row in trakt.get("/shows/jujutsu-kaisen/seasons").json() if row["number"]] == [
        1
    ]
    bleach = trakt.get("/shows/bleach/seasons", extended="full").json()
    assert [row["episode_count"] for row in bleach[1:]] == [366, 50]


def test_aliases_films_and_ratings_have_their_pages(trakt: Trakt) -> None:
    assert {"title": "Shingeki no Kyojin", "country": "us"} in trakt.get("/shows/1420/aliases").json()
    assert trakt.get("/movies/225063", extended="full").json()["released"] == "2016-09-17"
    assert trakt.get("/movies/225063/aliases").status_code == 200
    link = trakt.get("/shows/66172/ratings", extended="all").json()["mal"]["link"]
    assert link == "https://myanimelist.net/anime/12189"
    assert "mal" not in trakt.get("/shows/1420/ratings", extended="all").json()


@pytest.mark.parametrize("path", ["/shows/999999999", "/movies/none", "/shows/none/seasons", "/nothing"])
def test_what_is_not_there_answers_404(trakt: Trakt, path: str) -> None:
    assert trakt.get(path).status_code == 404
