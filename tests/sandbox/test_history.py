"""The practice Trakt's history behaves as the real one where it hurts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.practice import Clock, Sandbox
from tests.sandbox.conftest import Body, Trakt

AOT, FATE_ZERO, HYOUKA = 1420, 74325, 66172
UNKNOWN = "1970-01-01T00:00:00.000Z"


def test_a_first_start_has_history_of_every_sort(trakt: Trakt) -> None:
    rows = trakt.get("/sync/history").json()
    watched = {(row.get("show", row.get("movie"))["ids"]["trakt"], row["watched_at"]) for row in rows}
    assert (42285, UNKNOWN) in watched
    assert {row["action"] for row in rows} == {"scrobble", "checkin", "watch"}
    assert len(trakt.get(f"/sync/history/shows/{FATE_ZERO}").json()) == 13
    assert len(trakt.get(f"/sync/history/shows/{AOT}").json()) == 1


def test_history_ids_are_beyond_what_a_double_holds(trakt: Trakt) -> None:
    ids = [row["id"] for row in trakt.get("/sync/history").json()]
    assert any(int(float(number)) != number for number in ids)


def test_the_same_play_sent_twice_stands_twice(trakt: Trakt, episodes: Body) -> None:
    body = episodes(AOT, 2, 1, watched_at="2020-01-02T03:04:05.000Z")
    for _ in range(2):
        assert trakt.post("/sync/history", body).json()["added"] == {"movies": 0, "episodes": 1}
    rows = trakt.get("/sync/history/seasons/3967").json() or trakt.get(f"/sync/history/shows/{AOT}").json()
    assert [row["watched_at"] for row in rows].count("2020-01-02T03:04:00.000Z") == 2


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("2020-01-02T03:04:59.999Z", "2020-01-02T03:04:00.000Z"),
        ("2020-01-02T03:04:59+02:00", "2020-01-02T01:04:00.000Z"),
        ("unknown", UNKNOWN),
        ("released", "2017-04-01T15:24:00.000Z"),
        ("2nd of May", "2026-11-22T09:12:00.000Z"),
        (None, "2026-11-22T09:12:00.000Z"),
    ],
)
def test_dates_are_stored_to_the_minute_and_what_is_no_date_becomes_now(
    trakt: Trakt, episodes: Body, sent: str | None, stored: str
) -> None:
    said = {} if sent is None else {"watched_at": sent}
    assert trakt.post("/sync/history", episodes(AOT, 2, 1, **said)).status_code == 201
    rows = trakt.get(f"/sync/history/shows/{AOT}").json()
    assert stored in [row["watched_at"] for row in rows if row["episode"]["season"] == 2]


@pytest.mark.parametrize("seasons", [{}, {"seasons": []}])
def test_a_bare_show_marks_every_episode(trakt: Trakt, sandbox: Sandbox, seasons: dict[str, Any]) -> None:
    sandbox.world.clear()
    answer = trakt.post("/sync/history", {"shows": [{"ids": {"trakt": FATE_ZERO}, **seasons}]}).json()
    assert answer["added"]["episodes"] == len(sandbox.catalogue.episodes_of("show", FATE_ZERO))


@pytest.mark.parametrize("numbers", [{}, {"episodes": []}])
def test_a_bare_season_marks_all_of_it(trakt: Trakt, numbers: dict[str, Any]) -> None:
    body = {"shows": [{"ids": {"trakt": AOT}, "seasons": [{"number": 3, **numbers}]}]}
    assert trakt.post("/sync/history", body).json()["added"]["episodes"] == 22


def test_a_nested_episode_that_does_not_exist_comes_back_as_its_show_inside_a_201(
    trakt: Trakt, episodes: Body
) -> None:
    answer = trakt.post("/sync/history", episodes(AOT, 2, 12, 13, watched_at="unknown"))
    assert answer.status_code == 201
    body = answer.json()
    assert body["added"]["episodes"] == 1
    echo = episodes(AOT, 2, 13, watched_at="unknown")["shows"]
    assert body["not_found"] == {"movies": [], "shows": [], "seasons": [], "episodes": echo}


def test_unknown_ids_come_back_as_sent(trakt: Trakt) -> None:
    body = {
        "movies": [{"ids": {"trakt": 1}}],
        "shows": [{"ids": {"trakt": 2}}],
        "episodes": [{"ids": {"trakt": 3}}],
    }
    assert trakt.post("/sync/history", body).json()["not_found"] == {**body, "seasons": []}


def test_items_are_found_by_other_ids_and_by_title(trakt: Trakt) -> None:
    body = {"movies": [{"ids": {"imdb": "tt5323662"}}, {"title": "Your Name.", "year": 2016}]}
    assert trakt.post("/sync/history", body).json()["added"]["movies"] == 2


def test_pages_hold_a_hundred_unless_asked_and_never_more_than_250(trakt: Trakt, sandbox: Sandbox) -> None:
    item = sandbox.catalogue.episode_id(AOT, 1, 2)
    for minute in range(600):
        sandbox.world.add_play("episode", item, f"2020-01-01T{minute // 60:02d}:{minute % 60:02d}:00.000Z")
    assert len(trakt.get("/sync/history").json()) == 100
    answer = trakt.get("/sync/history", limit=1000, page=2)
    assert len(answer.json()) == 250
    names = ("Page", "Limit", "Page-Count", "Item-Count")
    assert [answer.headers[f"X-Pagination-{name}"] for name in names] == ["2", "250", "3", "619"]
    assert trakt.get("/sync/history", page=7, limit=100).json()[-1]["watched_at"] == UNKNOWN
    assert trakt.get("/sync/history", page=8).json() == []


def test_start_and_end_filter_by_watched_at(trakt: Trakt) -> None:
    rows = trakt.get("/sync/history", start_at="2018-01-01", end_at="2018-12-31T23:59:59.000Z").json()
    assert [row["watched_at"][:4] for row in rows] == ["2018", "2018"]


def test_a_valid_item_without_plays_gives_an_empty_list(trakt: Trakt) -> None:
    answer = trakt.get("/sync/history/movies/96")
    assert (answer.status_code, answer.json()) == (200, [])


def test_plays_drop_their_show_and_film_from_the_watchlist(trakt: Trakt, episodes: Body) -> None:
    trakt.post("/sync/history", episodes(HYOUKA, 1, 1, watched_at="unknown"))
    trakt.post("/sync/history", {"movies": [{"ids": {"trakt": 224301}, "watched_at": "unknown"}]})
    assert [row["movie"]["ids"]["trakt"] for row in trakt.get("/sync/watchlist").json()] == [96]


def test_watch_only_once_moves_the_play_and_says_updated(
    trakt: Trakt, sandbox: Sandbox, episodes: Body
) -> None:
    sandbox.world.watch_only_once = True
    answer = trakt.post("/sync/history", episodes(AOT, 1, 1, watched_at="2020-05-05T12:00:00.000Z")).json()
    assert (answer["added"]["episodes"], answer["updated"]["episodes"]) == (0, 1)
    rows = trakt.get(f"/sync/history/shows/{AOT}").json()
    assert [row["watched_at"] for row in rows] == ["2020-05-05T12:00:00.000Z"]
    assert trakt.get("/users/settings", extended="browsing").json()["browsing"]["watch_only_once"] is True


def test_plays_are_removed_singly_by_id_and_all_together_by_item(trakt: Trakt, episodes: Body) -> None:
    trakt.post("/sync/history", episodes(AOT, 1, 1, watched_at="unknown"))
    newest = trakt.get(f"/sync/history/shows/{AOT}").json()[0]["id"]
    answer = trakt.post("/sync/history/remove", {"ids": [newest, 5]}).json()
    assert answer["deleted"] == {"movies": 0, "episodes": 1}
    assert answer["not_found"]["ids"] == [5]
    assert len(trakt.get(f"/sync/history/shows/{AOT}").json()) == 1
    answer = trakt.post("/sync/history/remove", episodes(FATE_ZERO, 1, *range(1, 14))).json()
    assert answer["deleted"]["episodes"] == 13


def test_a_full_account_answers_420(trakt: Trakt, sandbox: Sandbox, episodes: Body) -> None:
    sandbox.world.limits["history"] = 20
    answer = trakt.post("/sync/history", episodes(AOT, 2, 1, 2, watched_at="unknown"))
    assert answer.status_code == 420
    assert {"X-Upgrade-URL", "X-VIP-User", "X-Account-Limit"} <= answer.headers.keys()


def test_last_activities_move_when_something_is_watched(trakt: Trakt, episodes: Body, clock: Clock) -> None:
    before = trakt.get("/sync/last_activities").json()
    clock.forward(minutes=1)
    trakt.post("/sync/history", episodes(AOT, 2, 1, watched_at="unknown"))
    after = trakt.get("/sync/last_activities").json()
    assert after["episodes"]["watched_at"] == after["all"] > before["all"]
    assert after["movies"] == before["movies"]
