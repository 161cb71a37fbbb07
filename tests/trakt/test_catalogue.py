"""Trakt's catalogue and the addresses of its pages."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st
from responses import matchers

from anitrakt_plan.commands.lookup import look_up_address
from anitrakt_plan.errors import Failed, NotSignedIn
from anitrakt_plan.model import Movie, Run, Season, SeasonEpisode, Show, ShowMatch, Straight, TargetKind, Work
from anitrakt_plan.settings import Settings
from anitrakt_plan.trakt.catalogue import TraktCatalogue, escape_query
from anitrakt_plan.trakt.client import Trakt
from tests.practice import Sandbox
from tests.trakt.conftest import API

SHOW_JSON = {
    "title": "Attack on Titan",
    "year": 2013,
    "original_title": "進撃の巨人",
    "aired_episodes": 85,
    "ids": {"trakt": 1420, "slug": "attack-on-titan", "tmdb": 1429},
}
SHOW = Show(
    1420,
    "Attack on Titan",
    2013,
    "attack-on-titan",
    1429,
    original_title="進撃の巨人",
    aired_episodes=85,
)
MOVIE_JSON = {
    "title": "Akira",
    "year": 1988,
    "released": "1988-07-16",
    "ids": {"trakt": 96, "slug": "akira-1988"},
}
MOVIE = Movie(96, "Akira", 1988, "akira-1988", released=date(1988, 7, 16))


@pytest.fixture
def catalogue(trakt: Trakt) -> TraktCatalogue:
    return TraktCatalogue(trakt)


def test_a_show_and_a_film_are_asked_for_once_and_then_kept(
    web: responses.RequestsMock, catalogue: TraktCatalogue
) -> None:
    web.get(f"{API}/shows/1420", json=SHOW_JSON, match=[matchers.query_param_matcher({"extended": "full"})])
    web.get(f"{API}/movies/96", json=MOVIE_JSON)

    for _ in range(2):
        assert catalogue.show(1420) == SHOW
        assert catalogue.movie(96) == MOVIE

    assert len(web.calls) == 2
    assert all("Authorization" not in call.request.headers for call in web.calls)


@pytest.mark.parametrize(("asks_again", "requests"), [(False, 4), (True, 8)])
def test_what_trakt_does_not_have_is_none_and_is_asked_again_by_who_must_know(
    web: responses.RequestsMock, trakt: Trakt, asks_again: bool, requests: int
) -> None:
    web.get(re.compile(f"{API}/.*"), status=404)

    for _ in range(2):
        catalogue = TraktCatalogue(trakt, asks_again=asks_again)
        assert catalogue.show(1) is None
        assert catalogue.movie(1) is None
        assert catalogue.seasons(1) is None
        assert catalogue.aliases(TargetKind.SHOW, 1) == ()

    assert len(web.calls) == requests


def test_what_was_asked_in_one_plan_does_not_all_end_on_one_day(
    web: responses.RequestsMock, trakt: Trakt, settings: Settings
) -> None:
    for number in range(1, 40):
        web.get(f"{API}/shows/{number}", json={**SHOW_JSON, "ids": {"trakt": number}})
        TraktCatalogue(trakt).show(number)
    with closing(sqlite3.connect(settings.folders.http_cache)) as rows:
        days = {expires // 86_400 for (expires,) in rows.execute("SELECT expires FROM responses")}
    assert len(days) >= 8
    assert max(days) - min(days) <= 15


def test_refresh_asks_again(web: responses.RequestsMock, trakt: Trakt) -> None:
    web.get(f"{API}/shows/1420", json=SHOW_JSON)
    TraktCatalogue(trakt).show(1420)
    web.replace(responses.GET, f"{API}/shows/1420", json={**SHOW_JSON, "year": 2014})

    renewed = TraktCatalogue(trakt, refresh=True).show(1420)

    assert renewed is not None
    assert renewed.year == 2014
    assert TraktCatalogue(trakt).show(1420) == renewed


def test_offline_only_the_cache_answers(web: responses.RequestsMock, trakt: Trakt) -> None:
    web.get(f"{API}/shows/1420", json=SHOW_JSON)
    TraktCatalogue(trakt).show(1420)
    offline = TraktCatalogue(trakt, offline=True)

    assert offline.show(1420) == SHOW
    assert offline.show(2) is None
    assert offline.search("x", TargetKind.SHOW) == ()
    assert len(web.calls) == 1


def test_seasons_come_in_order_with_ids_and_utc_dates(
    web: responses.RequestsMock, catalogue: TraktCatalogue
) -> None:
    query = matchers.query_param_matcher({"extended": "full,episodes"})
    season = {
        "number": 1,
        "title": "Season 1",
        "ids": {"trakt": 3},
        "episodes": [
            {"number": 2, "title": None, "ids": {"trakt": 12}, "first_aired": None},
            {
                "number": 1,
                "title": "To You",
                "ids": {"trakt": 11},
                "first_aired": "2013-04-07T02:00:00.000+09:00",
            },
            {"number": 3, "ids": {}},
            "noise",
        ],
    }
    web.get(f"{API}/shows/1420/seasons", json=[season, {"number": 0, "ids": {"trakt": 2}}], match=[query])

    assert catalogue.seasons(1420) == (
        Season(0, (), 2),
        Season(
            1,
            (
                SeasonEpisode(1, 11, datetime(2013, 4, 6, 17, tzinfo=UTC), "To You"),
                SeasonEpisode(2, 12),
            ),
            3,
            "Season 1",
        ),
    )


def test_a_search_is_escaped_limited_and_ordered_as_trakt_does(
    web: responses.RequestsMock, catalogue: TraktCatalogue
) -> None:
    query = matchers.query_param_matcher(
        {
            "query": r"Re\:Zero \- K\!",
            "extended": "full",
            "limit": "10",
            "fields": "title,original_title,aliases,translations",
        }
    )
    other = {**SHOW_JSON, "ids": {"trakt": 5, "slug": None}}
    hits = [
        {"type": "show", "score": 9.5, "show": SHOW_JSON},
        {"show": {"title": "no id"}},
        {"show": other},
        7,
    ]
    web.get(f"{API}/search/show", json=hits, match=[query])
    web.get(f"{API}/search/movie", json=[{"type": "movie", "score": 1, "movie": MOVIE_JSON}])

    assert [work.id for work in catalogue.search(" Re:Zero  - K!", TargetKind.SHOW)] == [1420, 5]
    assert catalogue.search("Akira", TargetKind.MOVIE) == (MOVIE,)
    assert catalogue.search("  ", TargetKind.SHOW) == ()
    assert len(web.calls) == 2


@given(st.text())
def test_no_sign_of_the_search_language_stays_alone(title: str) -> None:
    escaped = escape_query(title)

    unescaped = re.sub(r"\\(.)", "", escaped, flags=re.DOTALL)
    assert not set(unescaped) & set('+-&|!(){}[]^"~*?:/\\')
    assert re.sub(r"\\(.)", r"\1", escaped, flags=re.DOTALL) == " ".join(title.split())


def test_a_tmdb_id_is_looked_up_by_kind(web: responses.RequestsMock, catalogue: TraktCatalogue) -> None:
    for kind, hits in (("show", [{"show": SHOW_JSON}]), ("movie", [])):
        query = matchers.query_param_matcher({"type": kind, "extended": "full"})
        web.get(f"{API}/search/tmdb/1429", json=hits, match=[query])

    assert catalogue.by_tmdb(TargetKind.SHOW, 1429) == SHOW
    assert catalogue.by_tmdb(TargetKind.MOVIE, 1429) is None


@pytest.mark.parametrize(
    ("id_on_imdb", "hits", "work"),
    [
        (
            "tt1",
            [
                {"type": "show", "show": SHOW_JSON},
                {"type": "movie", "movie": {"title": "B", "ids": {"trakt": 9}}},
            ],
            Movie(9, "B"),
        ),
        ("tt2", [{"type": "show", "show": SHOW_JSON}], SHOW),
        ("tt3", [], None),
    ],
)
def test_an_id_on_imdb_finds_a_film_or_a_show(
    web: responses.RequestsMock, catalogue: TraktCatalogue, id_on_imdb: str, hits: object, work: Work | None
) -> None:
    query = matchers.query_param_matcher({"type": "movie,show", "extended": "full"})
    web.get(f"{API}/search/imdb/{id_on_imdb}", json=hits, match=[query])
    assert catalogue.by_imdb(id_on_imdb) == work


@pytest.mark.parametrize(
    ("images", "address"),
    [
        ({"poster": ["media.trakt.tv/p.jpg", "media.trakt.tv/q.jpg"]}, "https://media.trakt.tv/p.jpg"),
        ({"poster": ["http://127.0.0.1:1/p.png"]}, "http://127.0.0.1:1/p.png"),
        ({"poster": []}, None),
        ({"poster": None}, None),
        (None, None),
    ],
)
def test_a_poster_is_an_address_without_its_scheme(
    web: responses.RequestsMock, catalogue: TraktCatalogue, images: object, address: str | None
) -> None:
    query = matchers.query_param_matcher({"extended": "images"})
    web.get(f"{API}/shows/1420", json={**SHOW_JSON, "images": images}, match=[query])
    assert catalogue.poster(TargetKind.SHOW, 1420) == address


def test_a_show_says_who_broadcast_it(web: responses.RequestsMock, catalogue: TraktCatalogue) -> None:
    web.get(f"{API}/shows/1420", json={**SHOW_JSON, "network": "MBS"})
    show = catalogue.show(1420)
    assert show is not None
    assert show.network == "MBS"


def test_what_the_cache_says_trakt_lacks_is_asked_for_again_before_sending(
    web: responses.RequestsMock, trakt: Trakt
) -> None:
    web.get(f"{API}/search/tmdb/1429", json=[])
    assert TraktCatalogue(trakt).by_tmdb(TargetKind.SHOW, 1429) is None
    web.remove(responses.GET, f"{API}/search/tmdb/1429")
    web.get(f"{API}/search/tmdb/1429", json=[{"show": SHOW_JSON}])

    assert TraktCatalogue(trakt).by_tmdb(TargetKind.SHOW, 1429) is None
    assert TraktCatalogue(trakt, asks_again=True).by_tmdb(TargetKind.SHOW, 1429) == SHOW


def test_what_trakt_says_now_that_it_lacks_is_not_asked_for_twice(
    web: responses.RequestsMock, trakt: Trakt
) -> None:
    web.get(f"{API}/search/tmdb/1429", json=[])

    assert TraktCatalogue(trakt, asks_again=True).by_tmdb(TargetKind.SHOW, 1429) is None
    assert len(web.calls) == 1


def test_aliases_are_titles_once_each(web: responses.RequestsMock, catalogue: TraktCatalogue) -> None:
    aliases = [
        {"title": "AoT", "country": "us"},
        {"title": "AoT", "country": "gb"},
        {"title": None},
        {"title": "SnK"},
    ]
    web.get(f"{API}/shows/1420/aliases", json=aliases)

    assert catalogue.aliases(TargetKind.SHOW, 1420) == ("AoT", "SnK")


def test_a_wrong_key_is_said_to_be_one(web: responses.RequestsMock, catalogue: TraktCatalogue) -> None:
    web.get(f"{API}/shows/1420", status=403)

    with pytest.raises(NotSignedIn, match="no longer knows your application"):
        catalogue.show(1420)


@pytest.mark.parametrize("body", ["<html>", "[]", '{"title": "x"}', '{"ids": {"trakt": 1}}'])
def test_a_page_that_is_no_answer_is_an_error_and_does_not_stay_in_the_cache(
    web: responses.RequestsMock, catalogue: TraktCatalogue, body: str
) -> None:
    web.get(f"{API}/shows/1420", body=body)
    with pytest.raises(Failed, match="GET /shows/1420"):
        catalogue.show(1420)

    web.replace(responses.GET, f"{API}/shows/1420", json=SHOW_JSON)

    assert catalogue.show(1420) == SHOW
    assert catalogue.show(1420) == SHOW
    assert len(web.calls) == 2


# --- addresses ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "runs"),
    [
        ("shows/attack-on-titan", ()),
        ("shows/attack-on-titan/seasons/1", (Run(1, 1, 25),)),
        ("shows/attack-on-titan/seasons/3/episodes/13", (Run(3, 13, 13),)),
    ],
)
def test_an_address_is_resolved_to_ids_and_runs(
    practice_trakt: Trakt, address: str, runs: tuple[Run, ...]
) -> None:
    page = look_up_address(f"https://trakt.tv/{address}", TraktCatalogue(practice_trakt))
    work, match = page.work, page.match

    assert isinstance(work, Show)
    assert work.id == 1420
    assert match == (ShowMatch(1420, Straight(runs)) if runs else None)


@pytest.mark.parametrize(
    "address",
    [
        "shows/no-such-show",
        "movies/no-such-film",
        "shows/attack-on-titan/seasons/99",
        "shows/attack-on-titan/seasons/1/episodes/99",
    ],
)
def test_an_address_of_nothing_is_refused(practice_trakt: Trakt, address: str) -> None:
    with pytest.raises(ValueError, match="no"):
        look_up_address(f"https://trakt.tv/{address}", TraktCatalogue(practice_trakt))


def test_the_practice_catalogue_answers_every_question(practice: Sandbox, practice_trakt: Trakt) -> None:
    catalogue = TraktCatalogue(practice_trakt)

    show = catalogue.show(1420)
    assert show is not None
    assert show in catalogue.search("Attack on Titan: ", TargetKind.SHOW)
    assert show.tmdb is not None
    assert catalogue.by_tmdb(TargetKind.SHOW, show.tmdb) == show
    assert catalogue.aliases(TargetKind.SHOW, 1420)
    seasons = catalogue.seasons(1420)
    assert seasons is not None
    assert [season.number for season in seasons] == sorted(season.number for season in seasons)
    assert all(record.headers.get("authorization") is None for record in practice.wire)
