"""TMDB's catalogue: what is asked, and what of the answers becomes shows, films and seasons."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pytest
import responses
from responses import matchers

from anitrakt_plan.errors import Failed
from anitrakt_plan.model import Movie, OutsideIds, Season, SeasonEpisode, Show, TargetKind, TmdbId
from anitrakt_plan.tmdb.catalogue import MAX_APPENDED, TmdbCatalogue
from anitrakt_plan.tmdb.client import Tmdb
from tests.practice import Sandbox
from tests.tmdb.conftest import API, OpenTmdb

FIRST_PARTS = "external_ids,alternative_titles," + ",".join(f"season/{number}" for number in range(18))


@dataclass
class Ids:
    """Both ids of some works."""

    shows: Mapping[int, int] = field(default_factory=dict)
    films: Mapping[int, int] = field(default_factory=dict)

    def trakt_id(self, kind: TargetKind, tmdb: int) -> int | None:
        return self._of(kind).get(tmdb)

    def tmdb_id(self, kind: TargetKind, trakt: int) -> int | None:
        return {mine: tmdb for tmdb, mine in self._of(kind).items()}.get(trakt)

    def _of(self, kind: TargetKind) -> Mapping[int, int]:
        return self.shows if kind is TargetKind.SHOW else self.films


BOTH = Ids({1429: 1420}, {149: 96})


def season(number: int, *episodes: Mapping[str, Any]) -> dict[str, Any]:
    return {"_id": "x", "season_number": number, "name": f"Season {number}", "episodes": list(episodes)}


def episode(number: int, day: str | None = None, minutes: int | None = None) -> dict[str, Any]:
    return {"episode_number": number, "name": f"Number {number}", "air_date": day, "runtime": minutes}


SHOW_JSON: dict[str, Any] = {
    "id": 1429,
    "name": "Attack on Titan",
    "original_name": "進撃の巨人",
    "first_air_date": "2013-04-07",
    "genres": [{"id": 16, "name": "Animation"}, {"id": 10765, "name": "Sci-Fi & Fantasy"}],
    "episode_run_time": [],
    "seasons": [{"season_number": number} for number in (0, 1)],
    "external_ids": {"imdb_id": "tt2560140", "tvdb_id": 267440},
    "alternative_titles": {"results": [{"title": "AoT"}, {"title": ""}, {"title": "AoT"}, "odd"]},
    "season/0": season(0, episode(1, None, 5)),
    "season/1": season(1, episode(2, "2013-04-14", 25), episode(1, "2013-04-07", 24), episode(0), {"odd": 1}),
}
SHOW = Show(
    1420,
    "Attack on Titan",
    2013,
    tmdb=1429,
    original_title="進撃の巨人",
    aliases=("AoT",),
    runtime=24,
    genres=("animation", "sci-fi & fantasy"),
)
SEASONS = (
    Season(0, (SeasonEpisode(1, None, None, "Number 1"),), title="Season 0"),
    Season(
        1,
        (
            SeasonEpisode(1, None, datetime(2013, 4, 7, 12, tzinfo=UTC), "Number 1"),
            SeasonEpisode(2, None, datetime(2013, 4, 14, 12, tzinfo=UTC), "Number 2"),
        ),
        title="Season 1",
    ),
)


@pytest.fixture
def catalogue(tmdb: Tmdb) -> TmdbCatalogue:
    return TmdbCatalogue(tmdb, BOTH)


@pytest.mark.parametrize("named", [1420, TmdbId(1429)])
def test_a_show_is_one_request_with_all_that_is_ever_asked_of_it(
    web: responses.RequestsMock, catalogue: TmdbCatalogue, named: int | TmdbId
) -> None:
    parts = [matchers.query_param_matcher({"append_to_response": FIRST_PARTS})]
    web.get(f"{API}/tv/1429", json=SHOW_JSON, match=parts)

    assert not catalogue.has_seasons(named)
    assert catalogue.came_with_seasons(named) is None
    assert catalogue.show(named) == catalogue.by_tmdb(TargetKind.SHOW, 1429) == SHOW
    assert catalogue.seasons(named) == SEASONS
    assert catalogue.has_seasons(named)
    assert catalogue.came_with_seasons(named) == SHOW
    assert catalogue.aliases(TargetKind.SHOW, named) == ("AoT",)
    assert catalogue.outside_ids(TargetKind.SHOW, named) == OutsideIds("tt2560140", 267440)
    assert len(web.calls) == 1
    assert len(FIRST_PARTS.split(",")) == MAX_APPENDED


def test_a_film_is_one_request_too(web: responses.RequestsMock, catalogue: TmdbCatalogue) -> None:
    said = {
        "id": 149,
        "title": "Akira",
        "original_title": "アキラ",
        "release_date": "1988-07-16",
        "runtime": 124,
        "genres": [],
        "imdb_id": "tt0094625",
        "external_ids": {"imdb_id": ""},
        "alternative_titles": {"titles": [{"title": "AKIRA"}]},
    }
    parts = [matchers.query_param_matcher({"append_to_response": "external_ids,alternative_titles"})]
    web.get(f"{API}/movie/149", json=said, match=parts)

    found = catalogue.movie(96)

    assert found == Movie(
        96,
        "Akira",
        1988,
        tmdb=149,
        original_title="アキラ",
        aliases=("AKIRA",),
        released=date(1988, 7, 16),
        runtime=124,
    )
    assert catalogue.outside_ids(TargetKind.MOVIE, 96) == OutsideIds("tt0094625", None)
    assert len(web.calls) == 1


def test_a_work_whose_trakt_id_nobody_knows_bears_tmdbs(
    web: responses.RequestsMock, catalogue: TmdbCatalogue
) -> None:
    web.get(f"{API}/tv/95479", json={"id": 95479, "name": "Jujutsu Kaisen"})
    web.get(f"{API}/movie/129", json={"id": 129, "title": "A Film", "release_date": "", "runtime": 0})

    show, film = catalogue.show(TmdbId(95479)), catalogue.movie(TmdbId(129))

    assert show == Show(TmdbId(95479), "Jujutsu Kaisen", tmdb=95479, aliases=())
    assert film == Movie(TmdbId(129), "A Film", tmdb=129, aliases=())
    assert show is not None
    assert show.url == "https://www.themoviedb.org/tv/95479"


def test_seasons_beyond_the_first_request_are_asked_for_with_as_few_as_possible(
    web: responses.RequestsMock, catalogue: TmdbCatalogue
) -> None:
    numbers = [0, 1, *range(18, 30), *range(2011, 2023)]
    there = {f"season/{number}": season(number) for number in numbers}
    listed = {"seasons": [{"season_number": number} for number in [*numbers, 5]]}

    def answer(asked: str) -> dict[str, Any]:
        return {
            "id": 1429,
            "name": "Long",
            **{name: there[name] for name in asked.split(",") if name in there},
        }

    second = ",".join(f"season/{number}" for number in numbers[2:22])
    third = ",".join(f"season/{number}" for number in [*numbers[22:], 5])
    for asked, more in ((FIRST_PARTS, listed), (second, {}), (third, {})):
        parts = [matchers.query_param_matcher({"append_to_response": asked})]
        web.get(f"{API}/tv/1429", json={**answer(asked), **more}, match=parts)

    found = catalogue.seasons(1420)

    assert found is not None
    assert [one.number for one in found] == numbers
    assert len(web.calls) == 3


def test_what_tmdb_has_not_or_nobody_knows_there_is_none(
    web: responses.RequestsMock, catalogue: TmdbCatalogue
) -> None:
    web.get(f"{API}/tv/1", status=404, json={"status_code": 34})

    assert catalogue.show(TmdbId(1)) is None
    assert catalogue.seasons(TmdbId(1)) is None
    assert catalogue.aliases(TargetKind.SHOW, TmdbId(1)) == ()
    assert len(web.calls) == 1
    assert catalogue.show(999) is None
    assert catalogue.movie(999) is None
    assert catalogue.seasons(999) is None
    assert catalogue.outside_ids(TargetKind.MOVIE, 999) == OutsideIds()
    assert not catalogue.has_seasons(999)
    assert catalogue.by_slug(TargetKind.SHOW, "attack-on-titan") is None
    assert len(web.calls) == 1


def test_a_search_asks_for_adult_works_too_and_puts_the_animated_first(
    web: responses.RequestsMock, catalogue: TmdbCatalogue
) -> None:
    results = [
        {"id": 7, "name": "Live", "original_name": "Live", "first_air_date": "2019-01-01", "genre_ids": [18]},
        {"id": 1429, "name": "Drawn", "first_air_date": "", "genre_ids": [18, 16]},
        {"id": 9, "name": "Unknown", "genre_ids": []},
        {"id": 0, "name": "no id"},
        {"id": 3},
        "odd",
        *({"id": number, "name": f"Another {number}", "genre_ids": [35]} for number in range(20, 40)),
    ]
    asked = {"query": "Attack: on Titan!", "include_adult": "true"}
    web.get(f"{API}/search/tv", json={"results": results}, match=[matchers.query_param_matcher(asked)])

    found = catalogue.search("  Attack: on  Titan! ", TargetKind.SHOW)

    assert found[:3] == (
        Show(1420, "Drawn", tmdb=1429, genres=("animation",)),
        Show(TmdbId(9), "Unknown", tmdb=9),
        Show(TmdbId(7), "Live", 2019, tmdb=7, original_title="Live", genres=("no animation",)),
    )
    assert len(found) == 10
    assert catalogue.search(" ", TargetKind.MOVIE) == ()


@pytest.mark.parametrize(
    ("said", "work"),
    [
        (
            {"tv_results": [{"id": 1429, "name": "A"}], "movie_results": [{}, {"id": 149, "title": "B"}]},
            Movie(96, "B", tmdb=149),
        ),
        ({"tv_results": [{"id": 1429, "name": "A"}], "movie_results": []}, Show(1420, "A", tmdb=1429)),
        ({"tv_results": [], "movie_results": [], "person_results": [{"id": 1}]}, None),
    ],
)
def test_an_id_on_imdb_finds_a_film_or_a_show(
    web: responses.RequestsMock, catalogue: TmdbCatalogue, said: object, work: Show | Movie | None
) -> None:
    asked = [matchers.query_param_matcher({"external_source": "imdb_id"})]
    web.get(f"{API}/find/tt1", json=said, match=asked)

    assert catalogue.by_imdb("tt1") == work


@pytest.mark.parametrize(
    ("options", "requests"),
    [({}, 0), ({"refresh": True}, 3), ({"fresh_shows": True}, 1), ({"offline": True}, 0)],
)
def test_the_cache_serves_unless_it_may_not(
    web: responses.RequestsMock, open_tmdb: OpenTmdb, options: dict[str, bool], requests: int
) -> None:
    web.get(f"{API}/tv/1429", json=SHOW_JSON)
    web.get(f"{API}/movie/149", json={"id": 149, "title": "Akira"})
    web.get(f"{API}/search/tv", json={"results": []})

    def ask(catalogue: TmdbCatalogue) -> None:
        for _ in range(2):
            assert catalogue.show(1420) == SHOW
            assert catalogue.seasons(1420) == SEASONS
            assert catalogue.movie(96) is not None
        assert catalogue.search("x", TargetKind.SHOW) == ()

    ask(TmdbCatalogue(open_tmdb(), BOTH))
    web.calls.reset()
    ask(TmdbCatalogue(open_tmdb(), BOTH, **options))

    assert len(web.calls) == requests


def test_offline_what_is_not_kept_is_not_there(web: responses.RequestsMock, open_tmdb: OpenTmdb) -> None:
    catalogue = TmdbCatalogue(open_tmdb(None), BOTH, offline=True)

    assert catalogue.show(1420) is None
    assert catalogue.search("x", TargetKind.SHOW) == ()
    assert len(web.calls) == 0


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"name": "no id"}, "`id` is not a number"),
        ({"id": 1429}, "`name` is not a text"),
        ([], "`show` is not an object"),
        ({"id": 1429, "name": "x", "season/1": []}, "`season/1` is not an object"),
        ({"id": 1429, "name": "x", "season/1": {}}, "`season_number` is not a number"),
    ],
)
def test_an_answer_of_another_form_is_an_error(
    web: responses.RequestsMock, catalogue: TmdbCatalogue, body: object, words: str
) -> None:
    web.get(f"{API}/tv/1429", json=body)

    with pytest.raises(Failed, match=f"TMDB's answer can't be understood: {words}"):
        catalogue.show(1420)


def test_the_practice_catalogue_answers_every_question(practice: Sandbox, practice_tmdb: Tmdb) -> None:
    catalogue = TmdbCatalogue(practice_tmdb, Ids())

    show = catalogue.show(TmdbId(1429))
    seasons = catalogue.seasons(TmdbId(1429))
    film = catalogue.movie(TmdbId(492999))

    assert show is not None
    assert (show.title, show.year, show.original_title, show.runtime) == (
        "Attack on Titan",
        2013,
        "進撃の巨人",
        24,
    )
    assert seasons is not None
    assert [(one.number, len(one.episodes)) for one in seasons[1:]] == [(1, 25), (2, 12), (3, 22), (4, 28)]
    assert film is not None
    assert film.released == date(2018, 1, 13)
    assert [work.id for work in catalogue.search("shingeki no kyojin", TargetKind.SHOW)] == [TmdbId(1429)]
    found = catalogue.by_imdb("tt7941892")
    assert found is not None
    assert found.id == TmdbId(492999)
    assert {record.service for record in practice.wire} == {"tmdb"}


def test_two_threads_that_want_one_show_by_two_ids_ask_once() -> None:
    asked: list[str] = []
    meeting = threading.Barrier(2, timeout=30)

    class Slow:
        def ask(self, path: str, *_: object, **__: object) -> None:
            asked.append(path)
            started.set()
            assert goes_on.wait(30)

    class Known:
        def trakt_id(self, *_: object) -> int:
            return 1420

        def tmdb_id(self, *_: object) -> int:
            return 1429

    started, goes_on = threading.Event(), threading.Event()
    catalogue = TmdbCatalogue(Slow(), Known())  # type: ignore[arg-type]

    def read(show: TmdbId | int) -> None:
        meeting.wait()
        catalogue.seasons(show)

    threads = [threading.Thread(target=read, args=(show,)) for show in (TmdbId(1429), 1420)]
    for thread in threads:
        thread.start()
    assert started.wait(30)
    goes_on.set()
    for thread in threads:
        thread.join()
    assert asked == ["/tv/1429"]
