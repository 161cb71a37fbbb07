"""The practice TMDB is as strict and as odd as the real one (docs/services.md 6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from tests.practice import Sandbox, serve
from tests.sandbox.conftest import Ask

TITAN, FILM = 1429, 492999


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One for the whole file: nothing here changes it for good."""
    with serve(None, clock=lambda: datetime(2026, 11, 22, tzinfo=UTC)) as running:
        yield running


@pytest.fixture
def tmdb(sandbox: Sandbox, session: requests.Session) -> Ask:
    def ask(
        path: str, token: str | None = sandbox.addresses.tmdb_token, **query: object
    ) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = sandbox.addresses.tmdb_url + path
        return session.get(url, params=query, headers=headers, timeout=60)  # type: ignore[arg-type]

    return ask


def number(answer: requests.Response) -> tuple[int, int | None]:
    """HTTP's status, and TMDB's own."""
    return answer.status_code, answer.json().get("status_code")


@pytest.mark.parametrize("token", [None, "a-wrong-one"])
def test_without_the_token_it_says_nothing(tmdb: Ask, token: str | None) -> None:
    assert number(tmdb("/authentication", token)) == (401, 7)
    assert number(tmdb(f"/tv/{TITAN}", token)) == (401, 7)


def test_the_token_is_good_and_a_key_in_the_address_a_mistake(tmdb: Ask) -> None:
    assert tmdb("/authentication").json()["success"] is True
    assert number(tmdb("/authentication", api_key="0" * 32)) == (401, 7)


def test_a_show_comes_with_what_is_appended_and_not_with_what_there_is_not(tmdb: Ask) -> None:
    parts = "external_ids,alternative_titles,season/0,season/1,season/9,no_such"
    said = tmdb(f"/tv/{TITAN}", append_to_response=parts).json()

    assert {name for name in said if name.startswith("season/")} == {"season/0", "season/1"}
    assert said["external_ids"]["tvdb_id"] == 267440
    assert "進撃の巨人" in [row["title"] for row in said["alternative_titles"]["results"]]
    assert [season["season_number"] for season in said["seasons"]] == [0, 1, 2, 3, 4]
    assert "id" not in said["season/1"]
    assert said["season/1"]["episodes"][0]["air_date"] == "2013-04-07"
    assert "no_such" not in said


def test_a_season_by_itself_has_an_id_and_one_that_is_not_there_is_an_error(tmdb: Ask) -> None:
    assert isinstance(tmdb(f"/tv/{TITAN}/season/1").json()["id"], int)
    assert number(tmdb(f"/tv/{TITAN}/season/9")) == (404, 34)


def test_more_than_twenty_parts_are_refused(tmdb: Ask) -> None:
    names = [f"season/{number}" for number in range(21)]

    assert tmdb(f"/tv/{TITAN}", append_to_response=",".join(names[:20])).status_code == 200
    assert number(tmdb(f"/tv/{TITAN}", append_to_response=",".join(names))) == (400, 27)


def test_a_film_and_a_show_are_numbered_apart(tmdb: Ask) -> None:
    film = tmdb(f"/movie/{FILM}", append_to_response="external_ids,alternative_titles").json()

    assert (film["title"], film["imdb_id"]) == ("Attack on Titan: The Roar of Awakening", "tt7941892")
    assert film["alternative_titles"]["titles"]
    assert number(tmdb(f"/tv/{FILM}")) == (404, 34)
    assert number(tmdb(f"/movie/{TITAN}")) == (404, 34)


def rows(answer: requests.Response) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def test_a_search_wants_every_word_in_one_name(tmdb: Ask) -> None:
    assert rows(tmdb("/search/tv", query="進撃の巨人"))[0]["id"] == TITAN
    assert rows(tmdb("/search/tv", query="Attack on Titan Season 3")) == []
    assert rows(tmdb("/search/tv", query="attack titan", page=2)) == []
    assert {"genre_ids", "original_name", "first_air_date"} <= rows(tmdb("/search/tv", query="attack"))[
        0
    ].keys()


def test_a_search_without_words_or_beyond_the_pages_is_refused(tmdb: Ask) -> None:
    assert tmdb("/search/movie").json() == {"errors": ["query must be provided"]}
    assert tmdb("/search/movie").status_code == 422
    assert number(tmdb("/search/tv", query="a", page=501)) == (400, 22)


def test_adult_works_are_found_only_where_they_are_asked_for(sandbox: Sandbox, tmdb: Ask) -> None:
    anime = next(one for one in sandbox.catalogue.anime if one.mal == 16498)
    before, anime.nsfw = anime.nsfw, "black"
    try:
        without = rows(tmdb("/search/tv", query="attack on titan"))
        with_it = rows(tmdb("/search/tv", query="attack on titan", include_adult="true"))
    finally:
        anime.nsfw = before

    assert TITAN not in [row["id"] for row in without]
    assert [row["adult"] for row in with_it if row["id"] == TITAN] == [True]


def test_an_id_elsewhere_leads_to_the_work_and_films_have_none_of_tvdb(tmdb: Ask) -> None:
    show = tmdb("/find/267440", external_source="tvdb_id").json()
    film = tmdb("/find/tt7941892", external_source="imdb_id").json()

    assert [row["id"] for row in show["tv_results"]] == [TITAN]
    assert [row["id"] for row in film["movie_results"]] == [FILM]
    assert show["movie_results"] == film["tv_results"] == []
    assert number(tmdb("/find/1", external_source="trakt_id")) == (422, 5)


def test_a_day_that_nobody_knows_is_an_empty_text_in_a_row_and_null_in_a_season(
    sandbox: Sandbox, tmdb: Ask
) -> None:
    film = sandbox.catalogue.movie("tmdb", FILM)
    assert film is not None
    before, film.released = film.released, None
    try:
        assert tmdb(f"/movie/{FILM}").json()["release_date"] == ""
    finally:
        film.released = before
    specials = tmdb(f"/tv/{TITAN}/season/0").json()
    assert None in [episode["air_date"] for episode in specials["episodes"]]


def test_a_pause_can_be_demanded(sandbox: Sandbox, tmdb: Ask) -> None:
    sandbox.faults.too_many_requests("GET", "/search/", service="tmdb", retry_after=None)

    assert [tmdb("/search/tv", query="a").status_code for _ in range(2)] == [429, 200]
