"""The practice Trakt's ratings, watchlist, dropped shows and settings behave as the real ones."""

from __future__ import annotations

import pytest

from tests.practice import Sandbox
from tests.sandbox.conftest import Trakt

AOT = 1420


def test_ratings_of_all_four_kinds_are_added_read_and_replaced(trakt: Trakt) -> None:
    body = {
        "movies": [{"ids": {"trakt": 96}, "rating": 10, "rated_at": "2020-01-02T03:04:05.000Z"}],
        "shows": [
            {
                "ids": {"trakt": AOT},
                "rating": 9,
                "seasons": [{"number": 1, "rating": 8, "episodes": [{"number": 3, "rating": 7}]}],
            }
        ],
    }
    answer = trakt.post("/sync/ratings", body)
    assert answer.status_code == 201
    assert answer.json()["added"] == {"movies": 1, "shows": 1, "seasons": 1, "episodes": 1}
    assert trakt.get("/sync/ratings/movies/10").json()[-1]["rating"] == 10
    season = trakt.get("/sync/ratings/seasons").json()[0]
    assert (season["rating"], season["season"]["number"], season["show"]["ids"]["trakt"]) == (8, 1, AOT)
    trakt.post("/sync/ratings", {"movies": [{"ids": {"trakt": 96}, "rating": 3}]})
    rows = [row for row in trakt.get("/sync/ratings/movies").json() if row["movie"]["ids"]["trakt"] == 96]
    assert [row["rating"] for row in rows] == [3]


def test_a_nested_season_rating_rates_the_season_only(trakt: Trakt) -> None:
    body = {"shows": [{"ids": {"trakt": AOT}, "seasons": [{"number": 2, "rating": 8}]}]}
    assert trakt.post("/sync/ratings", body).json()["added"] == {
        "movies": 0,
        "shows": 0,
        "seasons": 1,
        "episodes": 0,
    }


def test_rated_at_keeps_its_seconds(trakt: Trakt) -> None:
    stamp = "2020-01-02T03:04:05.000Z"
    trakt.post("/sync/ratings", {"movies": [{"ids": {"trakt": 96}, "rating": 10, "rated_at": stamp}]})
    assert stamp in [row["rated_at"] for row in trakt.get("/sync/ratings").json()]


@pytest.mark.parametrize("rating", [0, 11, 7.5, "8", None, True])
def test_only_whole_ratings_from_one_to_ten_are_taken(
    trakt: Trakt, rating: bool | float | str | None
) -> None:
    body = {"movies": [{"ids": {"trakt": 96}, "rating": rating}]}
    assert trakt.post("/sync/ratings", body).status_code == 422


def test_ratings_are_removed(trakt: Trakt) -> None:
    answer = trakt.post("/sync/ratings/remove", {"movies": [{"ids": {"trakt": 225063}}]})
    assert (answer.status_code, answer.json()["deleted"]["movies"]) == (200, 1)
    assert 225063 not in [row["movie"]["ids"]["trakt"] for row in trakt.get("/sync/ratings/movies").json()]


def test_the_watchlist_says_what_was_there_already_and_when_it_is_full(
    trakt: Trakt, sandbox: Sandbox
) -> None:
    body = {"shows": [{"ids": {"trakt": AOT}}, {"ids": {"trakt": 66172}}]}
    answer = trakt.post("/sync/watchlist", body)
    assert answer.status_code == 201
    assert (answer.json()["added"]["shows"], answer.json()["existing"]["shows"]) == (1, 1)
    assert answer.json()["list"]["item_count"] == 4
    sandbox.world.limits["watchlist"] = 4
    assert trakt.post("/sync/watchlist", {"movies": [{"ids": {"trakt": 115}}]}).status_code == 420
    assert trakt.post("/sync/watchlist/remove", body).json()["deleted"]["shows"] == 2


def test_shows_are_dropped_and_taken_up_again(trakt: Trakt) -> None:
    body = {"shows": [{"ids": {"trakt": AOT}}], "movies": [{"ids": {"trakt": 96}}]}
    answer = trakt.post("/users/hidden/dropped", body)
    assert (answer.status_code, answer.json()["added"]["shows"], answer.json()["added"]["movies"]) == (
        201,
        1,
        0,
    )
    assert [row["show"]["ids"]["trakt"] for row in trakt.get("/users/hidden/dropped").json()] == [AOT]
    assert trakt.post("/users/hidden/dropped/remove", body).json()["deleted"]["shows"] == 1


def test_settings_name_the_account_and_a_renamed_one_keeps_its_uuid(trakt: Trakt, sandbox: Sandbox) -> None:
    before = trakt.get("/users/settings").json()
    sandbox.world.rename_user("Somebody")
    after = trakt.get("/users/settings").json()
    assert (before["user"]["username"], after["user"]["username"]) == ("sandbox", "Somebody")
    assert before["user"]["ids"]["uuid"] == after["user"]["ids"]["uuid"]
    assert after["account"]["timezone"] == "Europe/Berlin"
    assert "browsing" not in after
