"""The practice AniList and MyAnimeList show one list as the real services would, and refuse as they do."""

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


COLLECTION = """
query ($name: String, $chunk: Int, $per: Int = 500, $in: [MediaListStatus]) {
  MediaListCollection(userName: $name, type: ANIME, chunk: $chunk, perChunk: $per, status_in: $in) {
    hasNextChunk
    lists { name isCustomList entries { ...entry } }
  }
}
fragment entry on MediaList {
  id status progress repeat private hiddenFromStatusLists
  points: score(format: POINT_100)
  startedAt { year month day }
  completedAt { year month day }
  media { id idMal title { romaji english } format episodes relations { edges { relationType(version: 2) } } }
}
"""


@pytest.fixture
def anilist(sandbox: Sandbox, session: requests.Session) -> Ask:
    def ask(query: str, token: str | None = None, **variables: dict[str, object]) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = {"query": query, "variables": variables}
        return session.post(sandbox.addresses.anilist_url, json=body, headers=headers, timeout=60)

    return ask


@pytest.fixture
def mal(sandbox: Sandbox, session: requests.Session) -> Ask:
    def ask(name: str = "sample", headers: dict[str, str] | None = None, **query: str) -> requests.Response:
        own = {"X-MAL-CLIENT-ID": sandbox.addresses.mal_client_id}
        url = f"{sandbox.addresses.mal_url}/users/{name}/animelist"
        return session.get(url, params=query, headers=own if headers is None else headers, timeout=60)

    return ask


def lists_of(answer: requests.Response) -> dict[str, list[dict[str, Any]]]:
    return {row["name"]: row["entries"] for row in answer.json()["data"]["MediaListCollection"]["lists"]}


def test_an_entry_stands_in_its_status_list_and_in_every_custom_list(anilist: Ask) -> None:
    lists = lists_of(anilist(COLLECTION, name="sample", chunk=1))
    favourites = {entry["media"]["idMal"] for entry in lists["Favourites"]}
    assert 5114 in favourites & {entry["media"]["idMal"] for entry in lists["Completed TV"]}
    hidden = next(entry for entry in lists["Favourites"] if entry["hiddenFromStatusLists"])
    assert all(hidden["id"] not in [e["id"] for e in lists[name]] for name in lists if name != "Favourites")


def test_private_entries_need_the_owners_token(anilist: Ask, sandbox: Sandbox) -> None:
    def private(token: str | None) -> list[int]:
        lists = lists_of(anilist(COLLECTION, token, name="sample", chunk=1))
        return [
            entry["media"]["idMal"] for entries in lists.values() for entry in entries if entry["private"]
        ]

    assert private(None) == []
    assert private(sandbox.addresses.anilist_token) == [52991]


def test_chunks_come_one_after_another_and_zero_counts_as_one(anilist: Ask) -> None:
    seen = []
    chunk, more = 1, True
    while more:
        answer = anilist(COLLECTION, name="sample", chunk=chunk, per=20)
        entries = {entry["id"] for entries in lists_of(answer).values() for entry in entries}
        seen.append(len(entries))
        more = answer.json()["data"]["MediaListCollection"]["hasNextChunk"]
        chunk += 1
    assert seen == [20, 20, 20, 8]
    assert lists_of(anilist(COLLECTION, name="sample", chunk=0, per=20)).keys()


def test_statuses_filter_and_scores_follow_the_format_asked_for(anilist: Ask) -> None:
    lists = lists_of(anilist(COLLECTION, name="sample", chunk=1, **{"in": ["REPEATING"]}))
    assert list(lists) == ["Rewatching"]
    assert lists["Rewatching"][0]["points"] == 87
    short = COLLECTION.replace("POINT_100", "POINT_10_DECIMAL")
    lists = lists_of(anilist(short, name="sample", chunk=1, **{"in": ["REPEATING"]}))
    assert lists["Rewatching"][0]["points"] == 8.7


def test_partial_and_missing_dates_are_there(anilist: Ask) -> None:
    entries = [e for rows in lists_of(anilist(COLLECTION, name="sample", chunk=1)).values() for e in rows]
    shapes = {tuple(part is not None for part in entry["completedAt"].values()) for entry in entries}
    assert shapes == {(True,) * 3, (True, True, False), (True, False, False), (False,) * 3}


def test_media_come_fifty_a_page_whatever_is_asked(anilist: Ask, sandbox: Sandbox) -> None:
    known = [anime.mal for anime in sandbox.catalogue.anime if anime.mal]
    query = """query ($ids: [Int]) { Page(perPage: 200) { pageInfo { hasNextPage }
               media(idMal_in: $ids, type: ANIME) { id idMal } } }"""
    page = anilist(query, ids=known).json()["data"]["Page"]
    assert (len(page["media"]), page["pageInfo"]["hasNextPage"]) == (50, True)
    some = anilist(query, ids=[16498, 1]).json()["data"]["Page"]
    assert [row["idMal"] for row in some["media"]] == [16498, 1]
    assert some["pageInfo"]["hasNextPage"] is False


@pytest.mark.parametrize(("name", "message"), [("private", "Private User"), ("nobody", "User not found")])
def test_private_and_unknown_users_answer_404(anilist: Ask, name: str, message: str) -> None:
    answer = anilist(COLLECTION, name=name, chunk=1)
    assert answer.status_code == 404
    assert answer.json()["errors"][0] | {"locations": None} == {
        "message": message,
        "status": 404,
        "locations": None,
    }
    assert answer.json()["data"] == {"MediaListCollection": None}


@pytest.mark.parametrize(
    ("query", "variables", "message"),
    [
        ('{ MediaListCollection(userName: "sample", type: ANIME) { lists { nme } } }', {}, "field 'nme'"),
        ("{ Nothing { id } }", {}, "field 'Nothing' on type 'Query'"),
        ("{ User", {}, "Syntax Error"),
        ("{ Media(nick: 1) { id } }", {}, "argument 'nick'"),
        ('{ Media(id: "one") { id } }', {}, "Int cannot represent"),
        (
            "query ($id: String) { Media(id: $id) { id } }",
            {"id": "1"},
            "used in position expecting type 'Int'",
        ),
        ("query ($id: Int) { Media(id: $id) { id } }", {"id": "one"}, "'one'"),
        ("{ Media(id: 1, type: FILM) { id } }", {}, "'FILM' does not exist in 'MediaType'"),
        ("{ Media(id: 1) { ...entry } } fragment entry on MediaList { id }", {}, "can never be of type"),
        ("{ Media(id: 1) { title } }", {}, "must have a selection of subfields"),
        ("{ Media(id: 1) { id { id } } }", {}, "must not have a selection"),
    ],
)
def test_a_query_that_does_not_fit_anilists_types_is_refused(
    anilist: Ask, query: str, variables: dict[str, object], message: str
) -> None:
    answer = anilist(query, **variables)
    assert (answer.status_code, answer.json()["data"]) == (400, None)
    (error,) = answer.json()["errors"]
    assert message in error["message"]
    assert error["status"] == 400


def test_mal_gives_only_the_fields_asked_for(mal: Ask) -> None:
    row = mal(limit=1).json()["data"][0]
    assert row.keys() == {"node"}
    assert row["node"].keys() == {"id", "title", "main_picture"}
    row = mal(limit=1, fields="num_episodes,list_status{finish_date}").json()["data"][0]
    assert row["node"]["num_episodes"] == 2
    assert row["list_status"]["finish_date"] == "2013-03-09"
    assert "start_date" not in row["list_status"]


def test_mal_pages_by_a_next_address_until_there_is_none(
    mal: Ask, session: requests.Session, sandbox: Sandbox
) -> None:
    answer = mal(limit=40, nsfw="true", fields="list_status")
    following = answer.json()["paging"]["next"]
    key = {"X-MAL-CLIENT-ID": sandbox.addresses.mal_client_id}
    rest = session.get(following, headers=key, timeout=60).json()
    assert (len(answer.json()["data"]), len(rest["data"])) == (40, 28)
    assert "next" not in rest["paging"]
    assert "list_status" in rest["data"][0]


def test_mal_hides_a_title_without_nsfw(mal: Ask) -> None:
    def titles(**query: Any) -> set[int]:
        return {row["node"]["id"] for row in mal(limit=1000, **query).json()["data"]}

    assert titles(nsfw="true") - titles() == {1530}


def test_mal_lists_a_rewatched_entry_under_watching(mal: Ask) -> None:
    rows = mal(status="watching", fields="list_status", nsfw="true").json()["data"]
    again = [row["node"]["id"] for row in rows if row["list_status"]["is_rewatching"]]
    assert again == [12189]


def test_both_services_show_one_world(anilist: Ask, mal: Ask, sandbox: Sandbox) -> None:
    lists = lists_of(anilist(COLLECTION, sandbox.addresses.anilist_token, name="sample", chunk=1))
    points = {e["media"]["idMal"]: e["points"] for rows in lists.values() for e in rows}
    rows = mal(limit=1000, nsfw="true", fields="list_status").json()["data"]
    assert {row["node"]["id"] for row in rows} == points.keys() - {None}
    for row in rows:
        assert row["list_status"]["score"] == (points[row["node"]["id"]] + 5) // 10


@pytest.mark.parametrize(
    ("name", "headers", "status", "error"),
    [
        ("sample", {}, 403, "forbidden"),
        ("sample", {"X-MAL-CLIENT-ID": "wrong"}, 400, "bad_request"),
        ("sample", {"Authorization": "Bearer wrong"}, 401, "invalid_token"),
        ("private", None, 403, "not_permitted"),
        ("nobody", None, 404, "not_found"),
    ],
)
def test_mal_refuses_in_its_own_words(
    mal: Ask, name: str, headers: dict[str, str] | None, status: int, error: str
) -> None:
    answer = mal(name, headers)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_mal_gives_its_owner_the_list_by_token(mal: Ask, sandbox: Sandbox) -> None:
    assert mal("@me", {"Authorization": f"Bearer {sandbox.addresses.mal_token}"}).status_code == 200
