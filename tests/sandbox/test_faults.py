"""Faults strike where and when the script says, and the server has acted, or not, or will."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from tests.practice import Sandbox
from tests.practice.faults import Faults
from tests.sandbox.conftest import Ask, Body, Trakt

Seen = Callable[[], list[int]]

AOT = 1420
DAY = "2020-01-01T12:00:00.000Z"


@pytest.fixture
def send(trakt: Trakt, episodes: Body) -> Ask:
    def post(*numbers: int) -> requests.Response:
        return trakt.post("/sync/history", episodes(AOT, 3, *numbers, watched_at=DAY))

    return post


@pytest.fixture
def seen(sandbox: Sandbox) -> Seen:
    """The numbers of season 3's episodes that have a play, as the server has them."""

    def numbers() -> list[int]:
        catalogue = sandbox.catalogue
        places = [
            catalogue.episodes.get(play.item)
            for play in sandbox.world.plays.values()
            if play.kind == "episode"
        ]
        return sorted(
            p.episode.number for p in places if p and p.show.trakt_id == AOT and p.season.number == 3
        )

    return numbers


HISTORY = ("POST", "^/sync/history$")
ELSEWHERE = "http://127.0.0.1:9/"
LOCKED = {"X-Account-Locked": "true"}


def test_a_connection_breaks_before_the_server_acted(sandbox: Sandbox, send: Ask, seen: Seen) -> None:
    sandbox.faults.drop_before(*HISTORY)
    with pytest.raises(requests.ConnectionError):
        send(1)
    assert seen() == []
    assert sandbox.wire[-1].status is None
    assert send(1).status_code == 201


def test_a_connection_breaks_after_the_server_acted(sandbox: Sandbox, send: Ask, seen: Seen) -> None:
    sandbox.faults.drop_after(*HISTORY)
    with pytest.raises(requests.ConnectionError):
        send(1)
    assert seen() == [1]


def test_a_body_is_cut_after_the_server_acted(sandbox: Sandbox, send: Ask, seen: Seen) -> None:
    sandbox.faults.cut_body(*HISTORY, keep=7)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        send(1)
    assert seen() == [1]


def test_an_answer_lies_about_its_counts(sandbox: Sandbox, send: Ask, seen: Seen) -> None:
    sandbox.faults.lie(added={"episodes": 97})
    assert send(1, 2).json()["added"] == {"movies": 0, "episodes": 97}
    assert seen() == [1, 2]


def test_a_write_is_done_in_part(sandbox: Sandbox, send: Ask, seen: Seen) -> None:
    sandbox.faults.act_partly(*HISTORY, first=2, status=420)
    assert send(1, 2, 3).status_code == 420
    assert seen() == [1, 2]


def test_a_write_comes_later_at_a_word(sandbox: Sandbox, send: Ask, seen: Seen) -> None:
    sandbox.faults.act_later(*HISTORY, status=504)
    assert send(1, 2).status_code == 504
    assert (seen(), sandbox.faults.pending) == ([], 1)
    assert sandbox.commit_pending() == 1
    assert seen() == [1, 2]


def test_a_write_comes_partly_at_once_and_partly_after_some_requests(
    sandbox: Sandbox, trakt: Trakt, send: Ask, seen: Seen
) -> None:
    sandbox.faults.act_later(*HISTORY, status=None, first=1, after_requests=2)
    with pytest.raises(requests.ConnectionError):
        send(1, 2, 3)
    assert seen() == [1]
    trakt.get("/sync/history")
    assert seen() == [1]
    trakt.get("/sync/history")
    assert seen() == [1, 2, 3]


def test_skip_and_times_choose_the_requests(sandbox: Sandbox, trakt: Trakt) -> None:
    fault = sandbox.faults.answer("GET", "^/sync/history", 502, skip=1, times=2)
    assert [trakt.get("/sync/history").status_code for _ in range(4)] == [200, 502, 502, 200]
    assert fault.hits == 4


@pytest.mark.parametrize(
    ("fault", "status", "header"),
    [
        (lambda f: f.unauthorized("POST"), 401, None),
        (lambda f: f.too_many_requests("POST", retry_after=7), 429, ("Retry-After", "7")),
        (lambda f: f.redirect("POST", "history", ELSEWHERE), 301, ("Location", ELSEWHERE)),
        (lambda f: f.html("POST", "history", 200), 200, ("Content-Type", "text/html; charset=UTF-8")),
        (lambda f: f.answer("POST", "history", 423, headers=LOCKED), 423, ("X-Account-Locked", "true")),
    ],
)
def test_answers_that_do_not_act(
    sandbox: Sandbox,
    send: Ask,
    seen: Seen,
    fault: Callable[[Faults], object],
    status: int,
    header: tuple[str, str] | None,
) -> None:
    fault(sandbox.faults)
    answer = send(1)
    assert answer.status_code == status
    assert header is None or answer.headers[header[0]] == header[1]
    assert seen() == []


def test_hooks_let_another_program_write_before_and_after(sandbox: Sandbox, send: Ask, seen: Seen) -> None:
    item = sandbox.catalogue.episode_id(AOT, 3, 9)
    sandbox.faults.before(*HISTORY, lambda _call: sandbox.world.add_play("episode", item, DAY))
    sandbox.faults.after(*HISTORY, lambda _call: sandbox.world.add_play("episode", item, DAY))
    assert send(1).status_code == 201
    assert seen() == [1, 9, 9]


def test_a_play_lags_behind_for_some_reads(sandbox: Sandbox, trakt: Trakt, send: Ask) -> None:
    sandbox.faults.history.lag_reads = 2
    send(1)
    counts = [trakt.get("/sync/history").headers["X-Pagination-Item-Count"] for _ in range(3)]
    assert counts == ["19", "19", "20"]


def test_the_page_count_lags_behind_the_rows(sandbox: Sandbox, trakt: Trakt) -> None:
    sandbox.faults.history.pages_uncounted = 2
    answer = trakt.get("/sync/history", limit=4)
    assert answer.headers["X-Pagination-Page-Count"] == "3"
    assert len(trakt.get("/sync/history", limit=4, page=5).json()) == 3


def test_pages_come_short_where_rows_have_lost_their_item(sandbox: Sandbox, trakt: Trakt) -> None:
    for _ in range(3):
        sandbox.world.add_play("episode", 5, "2022-01-01T00:00:00.000Z")
    answer = trakt.get("/sync/history", limit=10)
    assert len(answer.json()) == 7
    assert answer.headers["X-Pagination-Item-Count"] == "22"


def test_plays_of_one_minute_come_in_another_order_each_time(sandbox: Sandbox, trakt: Trakt) -> None:
    for number in range(1, 20):
        sandbox.world.add_play("episode", sandbox.catalogue.episode_id(AOT, 1, number), DAY)
    sandbox.faults.history.shuffle_ties = True
    orders = {
        tuple(row["id"] for row in trakt.get("/sync/history", start_at=DAY, end_at=DAY).json())
        for _ in range(4)
    }
    assert len(orders) == 4
    assert len({frozenset(order) for order in orders}) == 1


def test_a_hidden_item_is_accepted_and_never_listed(
    sandbox: Sandbox, trakt: Trakt, send: Ask, seen: Seen
) -> None:
    sandbox.faults.history.never_listed.add(("episode", sandbox.catalogue.episode_id(AOT, 3, 1)))
    assert send(1).json()["added"]["episodes"] == 1
    assert seen() == [1]
    assert all(row["watched_at"] != DAY for row in trakt.get("/sync/history").json())


def test_an_item_is_counted_and_not_stored(sandbox: Sandbox, send: Ask, seen: Seen) -> None:
    sandbox.faults.history.never_stored.add(("episode", sandbox.catalogue.episode_id(AOT, 3, 2)))
    assert send(1, 2, 3).json()["added"]["episodes"] == 3
    assert seen() == [1, 3]


def test_dates_become_now(sandbox: Sandbox, trakt: Trakt, send: Ask) -> None:
    sandbox.faults.history.dates_become_now = True
    send(1)
    assert trakt.get("/sync/history").json()[0]["watched_at"] == "2026-11-22T09:12:00.000Z"


@pytest.mark.parametrize(
    ("new_ids", "follow", "listed"), [(False, True, 1), (True, True, 1), (True, False, 0)]
)
def test_seasons_merge_with_ids_kept_or_replaced(
    sandbox: Sandbox, trakt: Trakt, send: Ask, new_ids: bool, follow: bool, listed: int
) -> None:
    send(22)
    sandbox.world.merge_seasons(AOT, 3, 2, new_ids=new_ids, plays_follow=follow)
    rows = [row for row in trakt.get("/sync/history").json() if row["watched_at"] == DAY]
    assert [(row["episode"]["season"], row["episode"]["number"]) for row in rows] == [(2, 34)] * listed
    assert [row["number"] for row in trakt.get(f"/shows/{AOT}/seasons").json()] == [0, 1, 2, 4]


def test_a_show_that_is_gone_is_not_found_and_its_plays_are_not_listed(
    sandbox: Sandbox, trakt: Trakt, send: Ask
) -> None:
    send(1)
    sandbox.catalogue.remove_show(AOT)
    assert trakt.get(f"/shows/{AOT}").status_code == 404
    assert len(send(2).json()["not_found"]["shows"]) == 1
    assert all(row["watched_at"] != DAY for row in trakt.get("/sync/history").json())
