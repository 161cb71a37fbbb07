"""MyAnimeList's API: the whole list, each entry once, and every way in which the service can fail."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

from anitrakt_plan.errors import AnitraktError, AnswerLost, ExitCode, Failed, NotSignedIn
from anitrakt_plan.http import RateLimit, ReadClient, RetryPolicy
from anitrakt_plan.model import Entry, EntryKey, Ids, Kind, PartialDate, Progress, Status, Titles
from anitrakt_plan.sources import ALL_STATUSES, Endpoint, SourceList, sort_out
from anitrakt_plan.sources.mal import read_list
from anitrakt_plan.sources.source import UNHEARD, OnProgress

BASE = "https://mal.example/v2"
LIST = f"{BASE}/users/yuki/animelist"


def row(number: int, *, node: Any = None, **status: Any) -> dict[str, Any]:
    return {
        "node": {
            "id": number,
            "title": "Namae",
            "alternative_titles": {"synonyms": ["Another Name"], "en": "", "ja": "名前"},
            "start_date": "2019-04-01",
            "end_date": "2019-06",
            "media_type": "tv",
            "num_episodes": 12,
            "average_episode_duration": 1440,
            **(node or {}),
        },
        "list_status": {
            "status": "completed",
            "score": 8,
            "num_episodes_watched": 12,
            "is_rewatching": False,
            "num_times_rewatched": 1,
            **status,
        },
    }


def page(*rows: dict[str, Any], following: str | None = None) -> dict[str, Any]:
    return {"data": list(rows), "paging": {"next": following} if following else {}}


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def reader() -> ReadClient:
    return ReadClient("MyAnimeList", BASE, retry_policy=RetryPolicy(tries=0))


def asked(web: responses.RequestsMock, call: int = -1) -> dict[str, str]:
    return {
        name: values[0]
        for name, values in parse_qs(urlsplit(web.calls[call].request.url or "").query).items()
    }


def read(
    reader: ReadClient,
    user: str = "yuki",
    *,
    client_id: str | None = "my-client",
    token: str | None = None,
    statuses: Collection[Status] = (Status.COMPLETED,),
    on_progress: OnProgress = UNHEARD,
) -> SourceList:
    endpoint = Endpoint(BASE, RateLimit(1, 1), client_id, token)
    return sort_out(read_list(reader, endpoint, user, on_progress), statuses)


def test_an_entry_is_read_whole(web: responses.RequestsMock, reader: ReadClient) -> None:
    web.get(LIST, json=page(row(7, start_date="2020", finish_date="2020-05")))

    listed = read(reader)

    assert listed.entries == (
        Entry(
            key=EntryKey("mal", 7),
            ids=Ids(mal=7),
            titles=Titles("Namae", None, "名前", ("Another Name",)),
            kind=Kind.TV,
            progress=Progress(
                Status.COMPLETED,
                watched=12,
                started=PartialDate(2020),
                finished=PartialDate(2020, 5),
                repeats=1,
                rating=8,
            ),
            episodes=12,
            aired_from=PartialDate(2019, 4, 1),
            aired_to=PartialDate(2019, 6),
            minutes=24,
        ),
    )
    assert (listed.service, listed.user, listed.notes) == ("mal", "yuki", ())


def test_the_request_asks_for_everything_and_signs_with_the_client_id(
    web: responses.RequestsMock, reader: ReadClient
) -> None:
    web.get(LIST, json=page())

    read(reader)

    assert asked(web)["limit"] == "1000"
    assert asked(web)["offset"] == "0"
    assert asked(web)["nsfw"] == "true"
    assert "status" not in asked(web)
    assert web.calls[0].request.headers["X-MAL-CLIENT-ID"] == "my-client"


def test_a_token_takes_the_place_of_the_client_id(web: responses.RequestsMock, reader: ReadClient) -> None:
    web.get(f"{BASE}/users/@me/animelist", json=page())

    read(reader, "@me", token="t0ken")

    assert web.calls[0].request.headers["Authorization"] == "Bearer t0ken"
    assert "X-MAL-CLIENT-ID" not in web.calls[0].request.headers


def test_a_user_name_cant_lead_elsewhere(web: responses.RequestsMock, reader: ReadClient) -> None:
    web.get(f"{BASE}/users/..%2Fanime%3Fx/animelist", json=page())

    assert read(reader, "../anime?x").entries == ()


def test_pages_are_followed_by_offset_and_never_to_another_host(
    web: responses.RequestsMock, reader: ReadClient
) -> None:
    web.get(LIST, json=page(row(1), row(2), following="https://elsewhere.example/steal?offset=1000"))
    web.get(LIST, json=page(row(2), row(3), following="https://elsewhere.example/no-number"))
    web.get(LIST, json=page(row(4)))
    heard: list[int] = []

    listed = read(reader, on_progress=lambda count, _all: heard.append(count))

    assert [entry.key.id for entry in listed.entries] == [1, 2, 3, 4]
    assert [asked(web, call)["offset"] for call in range(3)] == ["0", "1000", "1002"]
    assert heard == [2, 3, 4]
    assert listed.notes == ()


@pytest.mark.parametrize(
    ("word", "again", "status", "watched"),
    [
        ("watching", False, Status.WATCHING, 5),
        ("completed", False, Status.COMPLETED, 12),
        ("on_hold", False, Status.PAUSED, 5),
        ("dropped", False, Status.DROPPED, 5),
        ("plan_to_watch", False, Status.PLANNED, 5),
        ("watching", True, Status.REPEATING, 12),
        ("completed", True, Status.REPEATING, 12),
    ],
)
def test_every_status_has_its_word_and_rewatching_is_stronger(
    word: str, again: bool, status: Status, watched: int, web: responses.RequestsMock, reader: ReadClient
) -> None:
    web.get(LIST, json=page(row(1, status=word, is_rewatching=again, num_episodes_watched=5)))

    [entry] = read(reader, statuses=ALL_STATUSES).entries

    assert (entry.progress.status, entry.progress.watched) == (status, watched)


def test_what_is_rewatched_is_completed(web: responses.RequestsMock, reader: ReadClient) -> None:
    web.get(LIST, json=page(row(1, status="watching", is_rewatching=True), row(2, status="watching")))

    listed = read(reader)

    assert [entry.key.id for entry in listed.entries] == [1]
    assert listed.total_by_status == {Status.REPEATING: 1, Status.WATCHING: 1}


def test_what_the_service_leaves_out_is_unknown(web: responses.RequestsMock, reader: ReadClient) -> None:
    bare = {
        "alternative_titles": None,
        "start_date": None,
        "end_date": None,
        "start_season": {"year": 2018, "season": "fall"},
        "media_type": "unknown",
        "num_episodes": 0,
        "average_episode_duration": None,
    }
    web.get(LIST, json=page(row(1, node=bare, score=0)))

    [entry] = read(reader).entries

    assert entry.titles == Titles("Namae")
    assert (entry.kind, entry.episodes, entry.minutes) == (Kind.UNKNOWN, None, None)
    assert (entry.aired_from, entry.aired_to) == (PartialDate(2018), None)
    assert (entry.progress.rating, entry.progress.watched) == (None, 12)


def test_an_impossible_date_costs_the_date_and_is_named(
    web: responses.RequestsMock, reader: ReadClient
) -> None:
    web.get(LIST, json=page(row(1, finish_date="2023-02-30"), row(2, finish_date="2023-04-31")))

    listed = read(reader)

    assert [entry.progress.finished for entry in listed.entries] == [None, None]
    assert listed.notes == (
        "left out: 2 impossible dates (mal:1 Namae, finish: there is no day 2023-02-30; "
        "mal:2 Namae, finish: there is no day 2023-04-31)",
    )


def test_without_a_key_nothing_is_asked(reader: ReadClient) -> None:
    with pytest.raises(NotSignedIn, match="needs a client id") as caught:
        read(reader, client_id=None)

    assert "ANITRAKT_MAL_CLIENT_ID" in (caught.value.todo or "")


def error(code: str, message: str = "") -> str:
    return json.dumps({"error": code, "message": message})


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (404, error("not_found"), Failed, "MyAnimeList knows no user yuki"),
        (403, error("not_permitted"), NotSignedIn, "the list of yuki on MyAnimeList is private"),
        (
            403,
            error("forbidden"),
            NotSignedIn,
            "its client id was not accepted, or the list of yuki is private",
        ),
        (400, error("bad_request", "Invalid client id"), NotSignedIn, "does not know this client id"),
        (401, error("invalid_token", "token is invalid"), NotSignedIn, "refuses the sign-in"),
        (403, "", Failed, "too many requests"),
        (403, error("forbidden", "DoS detected"), Failed, "too many requests"),
        (403, "<html>DoS detected</html>", Failed, "too many requests"),
        (429, "", Failed, "too many requests"),
        (403, "<html>Access denied</html>", Failed, "something in between may block it"),
        (400, error("bad_request", "invalid offset"), Failed, "refused: invalid offset"),
        (504, "<html>Gateway time-out</html>", Failed, "out of order (HTTP 504)"),
        (503, error("maintenance"), Failed, "out of order (HTTP 503)"),
        (200, "<html>Maintenance</html>", Failed, "sent a web page instead of the list"),
        (200, "", Failed, "sent an empty answer"),
        (200, '{"data": [{"node"', Failed, "cut off or not JSON"),
        (200, '{"data": {}}', Failed, "not JSON"),
        (200, '{"data": [7]}', Failed, "in a shape"),
    ],
)
def test_each_failure_is_a_plain_sentence(
    status: int,
    body: str,
    kind: type[AnitraktError],
    words: str,
    web: responses.RequestsMock,
    reader: ReadClient,
) -> None:
    web.get(LIST, body=body, status=status)

    with pytest.raises(kind) as caught:
        read(reader)

    assert words in caught.value.what
    assert caught.value.todo
    assert "my-client" not in str(caught.value)
    expected = ExitCode.NOT_SIGNED_IN if kind is NotSignedIn else ExitCode.FAILED
    assert caught.value.exit_code is expected


def test_a_time_out_is_a_plain_sentence(web: responses.RequestsMock, reader: ReadClient) -> None:
    web.get(LIST, body=requests.ReadTimeout("slow"))

    with pytest.raises(AnswerLost, match="MyAnimeList did not answer"):
        read(reader)
