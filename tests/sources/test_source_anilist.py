"""AniList: the whole list, each entry once, and every way in which the service can fail."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

import pytest
import requests
import responses

from anitrakt_plan.errors import AnitraktError, AnswerLost, ExitCode, Failed, NotSent, NotSignedIn
from anitrakt_plan.http import RateLimit, ReadClient, RetryPolicy
from anitrakt_plan.model import Entry, EntryKey, Ids, Kind, PartialDate, Progress, Status, Titles
from anitrakt_plan.sources import ALL_STATUSES, Endpoint, SourceList, sort_out
from anitrakt_plan.sources.anilist import complete, read_list
from anitrakt_plan.sources.source import UNHEARD, OnProgress

URL = "https://anilist.example"


def media(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "id": number,
        "idMal": number + 1000,
        "format": "TV",
        "episodes": 12,
        "duration": 24,
        "seasonYear": 2019,
        "synonyms": ["Another Name"],
        "title": {"romaji": "Namae", "english": "Name", "native": "名前"},
        "startDate": {"year": 2019, "month": 4, "day": 1},
        "endDate": {"year": 2019, "month": 6, "day": None},
        **changed,
    }


def row(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "id": 70_000 + number,
        "mediaId": number,
        "status": "COMPLETED",
        "score": 85.0,
        "progress": 12,
        "repeat": 2,
        "private": False,
        "startedAt": {"year": None, "month": None, "day": None},
        "completedAt": {"year": 2020, "month": 5, "day": None},
        "media": media(number),
        **changed,
    }


def chunk(*lists: list[dict[str, Any]], more: bool = False) -> dict[str, Any]:
    named = [{"entries": rows} for rows in lists]
    return {"data": {"MediaListCollection": {"lists": named, "hasNextChunk": more, "user": {"name": "Yuki"}}}}


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def reader() -> ReadClient:
    return ReadClient("AniList", URL, retry_policy=RetryPolicy(tries=0))


def said(web: responses.RequestsMock, call: int = -1) -> dict[str, Any]:
    variables: dict[str, Any] = json.loads(web.calls[call].request.body or b"{}")["variables"]
    return variables


def read(
    reader: ReadClient,
    *,
    token: str | None = None,
    statuses: Collection[Status] = (Status.COMPLETED,),
    include_private: bool = False,
    on_progress: OnProgress = UNHEARD,
) -> SourceList:
    endpoint = Endpoint(URL, RateLimit(1, 1), token=token)
    found = read_list(reader, endpoint, "yuki", on_progress)
    return sort_out(found, statuses, include_private=include_private)


def test_an_entry_is_read_whole(web: responses.RequestsMock, reader: ReadClient) -> None:
    web.post(URL, json=chunk([row(7)]))

    listed = read(reader)

    assert listed.entries == (
        Entry(
            key=EntryKey("anilist", 7),
            ids=Ids(mal=1007, anilist=7),
            titles=Titles("Namae", "Name", "名前", ("Another Name",)),
            kind=Kind.TV,
            progress=Progress(
                Status.COMPLETED, watched=12, finished=PartialDate(2020, 5), repeats=2, rating=9
            ),
            episodes=12,
            aired_from=PartialDate(2019, 4, 1),
            aired_to=PartialDate(2019, 6),
            minutes=24,
        ),
    )
    assert (listed.service, listed.user, listed.notes) == ("anilist", "Yuki", ())


def test_scores_are_asked_for_on_the_finest_scale(web: responses.RequestsMock, reader: ReadClient) -> None:
    web.post(URL, json=chunk())

    read(reader)

    query = json.loads(web.calls[0].request.body or b"")["query"]
    assert "score(format: POINT_100)" in query
    assert said(web) == {"userName": "yuki", "chunk": 1, "perChunk": 500}
    assert "Authorization" not in web.calls[0].request.headers


def test_all_chunks_and_all_lists_are_read_and_each_entry_is_taken_once(
    web: responses.RequestsMock, reader: ReadClient
) -> None:
    web.post(URL, json=chunk([row(1), row(2)], [row(2), row(3)], more=True))
    web.post(URL, json=chunk([row(2)], [row(4)]))
    heard: list[int] = []

    listed = read(reader, on_progress=lambda count, _all: heard.append(count))

    assert [entry.key.id for entry in listed.entries] == [1, 2, 3, 4]
    assert listed.notes == ()
    assert [said(web, call)["chunk"] for call in (0, 1)] == [1, 2]
    assert heard == [3, 4]


def test_a_list_without_end_is_given_up(web: responses.RequestsMock, reader: ReadClient) -> None:
    web.post(URL, json=chunk([row(1)], more=True))

    with pytest.raises(Failed, match="does not come to an end"):
        read(reader)


def test_the_owners_token_is_sent_and_private_entries_stay_out(
    web: responses.RequestsMock, reader: ReadClient
) -> None:
    web.post(URL, json=chunk([row(1), row(2, private=True)]))
    web.post(URL, json=chunk([row(1), row(2, private=True)]))

    without, within = read(reader, token="t0ken"), read(reader, token="t0ken", include_private=True)

    assert web.calls[0].request.headers["Authorization"] == "Bearer t0ken"
    assert ([e.key.id for e in without.entries], without.left_out_private) == ([1], 1)
    assert ([e.key.id for e in within.entries], within.left_out_private) == ([1, 2], 0)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("CURRENT", Status.WATCHING),
        ("PLANNING", Status.PLANNED),
        ("COMPLETED", Status.COMPLETED),
        ("DROPPED", Status.DROPPED),
        ("PAUSED", Status.PAUSED),
        ("REPEATING", Status.REPEATING),
    ],
)
def test_every_status_has_its_word(
    word: str, status: Status, web: responses.RequestsMock, reader: ReadClient
) -> None:
    web.post(URL, json=chunk([row(1, status=word, progress=3)]))

    [entry] = read(reader, statuses=ALL_STATUSES).entries

    assert entry.progress.status is status
    assert entry.progress.watched == (12 if status in (Status.COMPLETED, Status.REPEATING) else 3)


def test_what_the_service_leaves_out_is_unknown(web: responses.RequestsMock, reader: ReadClient) -> None:
    bare = media(
        5,
        idMal=None,
        format=None,
        episodes=None,
        duration=None,
        synonyms=None,
        startDate={"year": None, "month": None, "day": None},
        endDate=None,
    )
    bare["title"] = {"romaji": None, "english": "Only English", "native": None}
    web.post(URL, json=chunk([row(5, media=bare, score=0, startedAt=None), row(6, media=None)]))

    first, second = read(reader).entries

    assert first.ids == Ids(anilist=5)
    assert first.titles == Titles("Only English", "Only English")
    assert (first.kind, first.episodes, first.minutes) == (Kind.UNKNOWN, None, None)
    assert (first.aired_from, first.aired_to) == (PartialDate(2019), None)
    assert (first.progress.rating, first.progress.started, first.progress.watched) == (None, None, 12)
    assert (second.key.id, second.titles.romaji) == (6, "")


def test_a_row_that_is_null_costs_no_other_and_is_counted(
    web: responses.RequestsMock, reader: ReadClient
) -> None:
    body = chunk([row(1)], [row(2)])
    lists = body["data"]["MediaListCollection"]["lists"]
    lists[0]["entries"].append(None)
    lists.append(None)
    web.post(URL, json=body)

    found = read(reader)

    assert [entry.key.id for entry in found.entries] == [1, 2]
    assert any("1 entry of which AniList says nothing" in note for note in found.notes)


def test_an_impossible_date_costs_the_date_and_is_named(
    web: responses.RequestsMock, reader: ReadClient
) -> None:
    web.post(URL, json=chunk([row(1, completedAt={"year": 2023, "month": 2, "day": 30})]))

    listed = read(reader)

    assert listed.entries[0].progress.finished is None
    [note] = listed.notes
    assert note == "left out: 1 impossible date (anilist:1 Namae, finish: there is no day 2023-02-30)"


def test_a_status_nobody_knows_leaves_the_entry_out_and_is_named(
    web: responses.RequestsMock, reader: ReadClient
) -> None:
    web.post(URL, json=chunk([row(1, status="DREAMING"), row(2)]))

    listed = read(reader, statuses=ALL_STATUSES)

    assert [entry.key.id for entry in listed.entries] == [2]
    assert "DREAMING" in listed.notes[0]


def test_an_empty_list_is_a_list(web: responses.RequestsMock, reader: ReadClient) -> None:
    web.post(URL, json=chunk())

    assert read(reader).entries == ()


def error(message: str, status: int | None) -> str:
    return json.dumps({"errors": [{"message": message, "status": status}], "data": None})


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (404, error("Private User", 404), NotSignedIn, "the list of yuki on AniList is private"),
        (200, error("Private User", 404), NotSignedIn, "the list of yuki on AniList is private"),
        (404, error("User not found", 404), Failed, "AniList knows no user yuki"),
        (200, error("Not Found.", 404), Failed, "AniList knows no user yuki"),
        (400, error("Invalid token", 400), NotSignedIn, "refuses the token"),
        (401, error("Unauthorized.", 401), NotSignedIn, "refuses the token"),
        (429, error("Too Many Requests.", 429), Failed, "too many requests"),
        (200, error("Too Many Requests.", 429), Failed, "too many requests"),
        (403, error("The API is down for now", 403), Failed, "refused: The API is down for now"),
        (500, error("Internal Server Error", 500), Failed, "out of order (HTTP 500)"),
        (200, error("Internal Server Error", 500), Failed, "out of order"),
        (400, error("Max query complexity is 500", 400), Failed, "complexity"),
        (200, '{"errors": ["odd"]}', Failed, "no reason given"),
        (403, "<!DOCTYPE html><title>Blocked</title>", Failed, "something in between may block it"),
        (200, "<html>Maintenance</html>", Failed, "sent a web page instead of the list"),
        (502, "<html>Bad gateway</html>", Failed, "out of order (HTTP 502)"),
        (200, "", Failed, "sent an empty answer"),
        (200, '{"data": {"MediaListColl', Failed, "cut off or not JSON"),
        (200, '{"data": null}', Failed, "not JSON"),
        (200, "[]", Failed, "not JSON"),
        (200, '{"data": {"MediaListCollection": {"lists": [7]}}}', Failed, "in a shape"),
        (
            200,
            '{"data": {"MediaListCollection": {"lists": [{"entries": [{"id": 1}]}]}}}',
            Failed,
            "in a shape",
        ),
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
    web.post(URL, body=body, status=status)

    with pytest.raises(kind) as caught:
        read(reader, token="secret-token")

    assert words in caught.value.what
    assert caught.value.todo
    assert "secret-token" not in str(caught.value)
    expected = ExitCode.NOT_SIGNED_IN if kind is NotSignedIn else ExitCode.FAILED
    assert caught.value.exit_code is expected


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (requests.ConnectTimeout("slow"), NotSent),
        (requests.ReadTimeout("slow"), AnswerLost),
        (requests.exceptions.ChunkedEncodingError("cut"), AnswerLost),
    ],
)
def test_a_broken_connection_is_a_plain_sentence(
    failure: Exception, kind: type[Failed], web: responses.RequestsMock, reader: ReadClient
) -> None:
    web.post(URL, body=failure)

    with pytest.raises(kind, match="AniList"):
        read(reader)


# --- completing a list file's entries ----------------------------------------------------------


def bare(number: int, **changed: Any) -> Entry:
    values: dict[str, Any] = {
        "key": EntryKey("mal", number),
        "ids": Ids(mal=number),
        "titles": Titles(""),
        "kind": Kind.UNKNOWN,
        "progress": Progress(Status.COMPLETED),
    }
    return Entry(**{**values, **changed})


def page(*found: dict[str, Any], more: bool = False) -> dict[str, Any]:
    return {"data": {"Page": {"pageInfo": {"hasNextPage": more}, "media": list(found)}}}


def test_a_bare_entry_is_completed(web: responses.RequestsMock, reader: ReadClient) -> None:
    web.post(URL, json=page(media(7)))

    [entry] = complete(reader, [bare(1007)])

    assert entry == bare(
        1007,
        ids=Ids(mal=1007, anilist=7),
        titles=Titles("Namae", "Name", "名前", ("Another Name",)),
        kind=Kind.TV,
        progress=Progress(Status.COMPLETED, watched=12),
        episodes=12,
        aired_from=PartialDate(2019, 4, 1),
        aired_to=PartialDate(2019, 6),
        minutes=24,
    )
    assert said(web) == {"idMal_in": [1007], "page": 1, "perPage": 50}


def test_what_the_file_says_stays(web: responses.RequestsMock, reader: ReadClient) -> None:
    web.post(URL, json=page(media(7)))
    listed = bare(
        1007,
        titles=Titles("Title of the File"),
        kind=Kind.ONA,
        episodes=24,
        progress=Progress(Status.COMPLETED, watched=24),
    )

    [entry] = complete(reader, [listed])

    assert entry.titles == Titles("Title of the File")
    assert entry.known_as == Titles("Namae", "Name", "名前", ("Another Name",))
    assert (entry.kind, entry.episodes, entry.progress.watched) == (Kind.ONA, 24, 24)


def test_entries_are_asked_for_fifty_at_a_time_and_keep_their_order(
    web: responses.RequestsMock, reader: ReadClient
) -> None:
    entries = [bare(number) for number in range(1120, 1000, -1)]
    for first in (1120, 1070, 1020):
        batch = range(first, max(first - 50, 1000), -1)
        web.post(URL, json=page(*(media(number - 1000) for number in batch)))
    heard: list[tuple[int, int | None]] = []

    found = complete(reader, entries, on_progress=lambda *told: heard.append(told))

    assert [entry.key for entry in found] == [entry.key for entry in entries]
    assert all(entry.titles.romaji == "Namae" for entry in found)
    assert [len(said(web, call)["idMal_in"]) for call in range(3)] == [50, 50, 20]
    assert heard == [(50, 120), (100, 120), (120, 120)]


def test_an_anilist_export_is_completed_by_its_own_ids(
    web: responses.RequestsMock, reader: ReadClient
) -> None:
    web.post(URL, json=page(media(7)))

    [entry] = complete(reader, [bare(7, key=EntryKey("anilist", 7), ids=Ids(anilist=7))])

    assert entry.ids == Ids(mal=1007, anilist=7)
    assert said(web)["id_in"] == [7]


def test_more_pages_are_read_and_unknown_ids_stay_bare(
    web: responses.RequestsMock, reader: ReadClient
) -> None:
    web.post(URL, json=page(media(7), more=True))
    web.post(URL, json=page(media(8)))

    found = complete(reader, [bare(1007), bare(1008), bare(5)])

    assert [entry.titles.romaji for entry in found] == ["Namae", "Namae", ""]
    assert said(web)["page"] == 2


def test_nothing_to_complete_asks_nothing(reader: ReadClient) -> None:
    assert complete(reader, []) == ()


def test_a_failure_while_completing_is_a_plain_sentence(
    web: responses.RequestsMock, reader: ReadClient
) -> None:
    web.post(URL, body="<html>", status=503)

    with pytest.raises(Failed, match="out of order"):
        complete(reader, [bare(1007)])
