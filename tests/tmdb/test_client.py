"""The TMDB client: the token goes into a header, errors become sentences, answers are kept and forgotten."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta

import pytest
import responses

from anitrakt_plan.errors import BadUsage, ExitCode, Failed, NotSignedIn
from anitrakt_plan.settings import Settings
from anitrakt_plan.tmdb.client import KEEP, LONGEST_KEPT, Tmdb, cache_file
from tests.tmdb.conftest import API, TOKEN, OpenTmdb

SHORT_KEY = "0123456789abcdef0123456789ABCDEF"


def said(value: object) -> object:
    return value


def test_the_token_goes_into_the_header_and_into_no_address(web: responses.RequestsMock, tmdb: Tmdb) -> None:
    web.get(f"{API}/tv/1429", json={"id": 1429})

    tmdb.ask("/tv/1429", said, {"append_to_response": "external_ids"})

    [call] = web.calls
    assert call.request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert call.request.url == f"{API}/tv/1429?append_to_response=external_ids"


@pytest.mark.parametrize(
    ("status", "number", "code", "words"),
    [
        (401, 7, ExitCode.NOT_SIGNED_IN, "does not accept the token"),
        (401, 35, ExitCode.NOT_SIGNED_IN, "does not accept the token"),
        (401, 10, ExitCode.NOT_SIGNED_IN, "has suspended this token or its account"),
        (400, 27, ExitCode.FAILED, "could not read the request"),
        (403, None, ExitCode.FAILED, "something in front of TMDB"),
        (422, 5, ExitCode.FAILED, "does not accept the request's content"),
        (429, 25, ExitCode.FAILED, "asks for a pause"),
        (418, None, ExitCode.FAILED, "answered with an error (418)"),
        (301, None, ExitCode.FAILED, "keys are not sent on"),
        (500, 11, ExitCode.FAILED, "a problem of its own (500)"),
        (503, 46, ExitCode.FAILED, "a problem of its own (503)"),
    ],
)
def test_what_an_error_means_is_said_plainly(
    web: responses.RequestsMock, tmdb: Tmdb, status: int, number: int | None, code: ExitCode, words: str
) -> None:
    web.get(f"{API}/tv/1", status=status, json={"status_code": number, "status_message": "secret words"})

    with pytest.raises((Failed, NotSignedIn)) as refused:
        tmdb.ask("/tv/1", said)

    assert refused.value.exit_code is code
    assert words in refused.value.what
    assert refused.value.where == "TMDB, GET /tv/1"
    assert refused.value.todo
    assert "secret words" not in str(refused.value)


@pytest.mark.parametrize("body", [b"", b"[]", b"<p>", b'{"status_code": "seven"}'])
def test_a_refusal_without_a_number_is_one_all_the_same(
    web: responses.RequestsMock, tmdb: Tmdb, body: bytes
) -> None:
    web.get(f"{API}/authentication", status=401, body=body)

    with pytest.raises(NotSignedIn, match="does not accept the token"):
        tmdb.check()


def test_a_pause_that_it_names_is_named(web: responses.RequestsMock, tmdb: Tmdb) -> None:
    web.get(f"{API}/tv/1", status=429, headers={"Retry-After": "7"})

    with pytest.raises(Failed, match="a pause of 7 seconds"):
        tmdb.ask("/tv/1", said)


def test_what_there_is_not_is_none_but_a_web_page_is_another_server(
    web: responses.RequestsMock, tmdb: Tmdb
) -> None:
    web.get(f"{API}/tv/1", status=404, json={"status_code": 34})
    web.get(f"{API}/tv/2", status=404, body="<html>", content_type="text/html")

    assert tmdb.ask("/tv/1", said) is None
    with pytest.raises(Failed, match="no such thing"):
        tmdb.ask("/tv/2", said)


@pytest.mark.parametrize(
    ("token", "words"), [(None, "there is no TMDB token"), (SHORT_KEY, "this is TMDB's API key")]
)
def test_without_a_token_nothing_is_asked(
    web: responses.RequestsMock, open_tmdb: OpenTmdb, token: str | None, words: str
) -> None:
    with pytest.raises(NotSignedIn) as checked:
        open_tmdb(token).check()
    with pytest.raises(NotSignedIn) as asked:
        open_tmdb(token).ask("/tv/1", said)

    for refused in (checked.value, asked.value):
        assert words in refused.what
        assert SHORT_KEY not in str(refused)
    assert len(web.calls) == 0


def test_over_plain_http_the_token_goes_to_this_machine_alone(
    settings: Settings, open_tmdb: OpenTmdb
) -> None:
    object.__setattr__(settings, "tmdb_url", "http://tmdb.example/3")

    with pytest.raises(BadUsage, match="not sent over http"):
        open_tmdb(of=settings).check()


def test_a_good_token_is_one(web: responses.RequestsMock, tmdb: Tmdb) -> None:
    web.get(f"{API}/authentication", json={"success": True, "status_code": 1})

    tmdb.check()

    assert len(web.calls) == 1


def test_an_answer_is_kept_without_crew_and_serves_offline(
    web: responses.RequestsMock, settings: Settings, open_tmdb: OpenTmdb
) -> None:
    guests = [{"name": "somebody", "profile_path": "/x.jpg"}] * 50
    episode = {"episode_number": 1, "name": "One", "air_date": "2013-04-07", "guest_stars": guests}
    web.get(f"{API}/tv/1", json={"id": 1, "overview": "long", "season/1": {"episodes": [episode]}})

    first = open_tmdb().ask("/tv/1", said)
    kept = open_tmdb(None).ask("/tv/1", said, offline=True)

    assert isinstance(first, dict)
    assert first["season/1"]["episodes"][0]["guest_stars"] == guests
    del episode["guest_stars"]
    assert kept == {"id": 1, "season/1": {"episodes": [episode]}}
    assert open_tmdb().ask("/tv/2", said, offline=True) is None
    assert len(web.calls) == 1
    assert cache_file(settings.folders.cache).stat().st_mode & 0o077 == 0


def test_no_answer_is_kept_longer_than_the_terms_allow(
    web: responses.RequestsMock, settings: Settings, open_tmdb: OpenTmdb
) -> None:
    for path in ("/tv/1", "/search/tv", "/movie/129"):
        web.get(API + path, json={"id": 1})
        open_tmdb().ask(path, said)
    with closing(sqlite3.connect(cache_file(settings.folders.cache))) as rows:
        for value, expires in rows.execute("SELECT value, expires FROM responses").fetchall():
            created = json.loads(value)["created"]
            life = timedelta(seconds=expires) - timedelta(seconds=datetime.fromisoformat(created).timestamp())
            assert life + timedelta(seconds=2) >= KEEP
            assert life <= KEEP * 1.5
        rows.execute("UPDATE responses SET expires = expires - ?", (LONGEST_KEPT.total_seconds(),))
        rows.commit()

    assert open_tmdb().ask("/tv/1", said, offline=True) is None
    with closing(sqlite3.connect(cache_file(settings.folders.cache))) as rows:
        assert rows.execute("SELECT count(*) FROM responses").fetchone() == (0,)


def test_a_page_that_is_no_answer_does_not_stay_in_the_cache(
    web: responses.RequestsMock, open_tmdb: OpenTmdb
) -> None:
    web.get(f"{API}/tv/1", body="<p>Sign in to this network")
    web.get(f"{API}/tv/1", json={"id": 1})

    with pytest.raises(Failed, match="it is not JSON"):
        open_tmdb().ask("/tv/1", said)
    assert open_tmdb().ask("/tv/1", said) == {"id": 1}
