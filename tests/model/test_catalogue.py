"""How works are named."""

from __future__ import annotations

import pytest

from anitrakt_plan.model import Movie, Show, TargetKind, TmdbId, WorkId, trakt_id
from anitrakt_plan.model.account import (
    EpisodeSubject,
    MovieSubject,
    SeasonSubject,
    format_subject,
    parse_subject,
)
from anitrakt_plan.model.addresses import page_of_match
from anitrakt_plan.model.catalogue import parse_work_id
from anitrakt_plan.model.matches import format_match, parse_match


@pytest.mark.parametrize(("text", "work"), [("1420", 1420), ("tmdb:1429", TmdbId(1429))])
def test_an_id_is_read_as_it_is_written(text: str, work: WorkId) -> None:
    assert parse_work_id(text) == work
    assert str(work) == text


@pytest.mark.parametrize("text", ["", "0", "tmdb:", "tmdb:0", "tmdb: 5", "imdb:5", "-1", "1.5", "tmdb:1\n"])
def test_no_other_text_is_an_id(text: str) -> None:
    with pytest.raises(ValueError, match="is not an id"):
        parse_work_id(text)


@pytest.mark.parametrize(
    "text", ["tmdb:95479 S01E25-E47", "movie tmdb:372058", "tmdb:1 parts 1 = S01E01-E02; 2-24 = S01E03-E25"]
)
def test_a_match_may_name_its_work_by_tmdb(text: str) -> None:
    assert format_match(parse_match(text)) == text


def test_the_same_number_of_the_two_services_is_not_one_work() -> None:
    assert parse_match("tmdb:1420 S01E01") != parse_match("1420 S01E01")


@pytest.mark.parametrize(
    "subject", [EpisodeSubject(TmdbId(7), 1, 2), SeasonSubject(TmdbId(7), 1), MovieSubject(TmdbId(7))]
)
def test_a_subject_may_name_its_work_by_tmdb(subject: EpisodeSubject | SeasonSubject | MovieSubject) -> None:
    assert parse_subject(format_subject(subject)) == subject


def test_what_writes_by_trakts_ids_refuses_another() -> None:
    assert trakt_id(1420) == 1420
    with pytest.raises(TypeError, match="tmdb:1429"):
        trakt_id(TmdbId(1429))


def test_the_page_of_a_work_is_where_its_id_is_from() -> None:
    assert TargetKind.MOVIE.page(TmdbId(5)) == "https://www.themoviedb.org/movie/5"
    assert page_of_match(parse_match("tmdb:1429 S03E13")) == "https://www.themoviedb.org/tv/1429/season/3"
    assert page_of_match(parse_match("1420 S03E13")) == "https://trakt.tv/shows/1420/seasons/3"


def test_a_work_without_a_name_on_trakt_is_shown_on_tmdb() -> None:
    assert Show(1420, "x", slug="attack-on-titan", tmdb=1429).url == "https://trakt.tv/shows/attack-on-titan"
    assert Show(1420, "x", tmdb=1429).url == "https://www.themoviedb.org/tv/1429"
    assert Movie(97, "x", tmdb=129).url == "https://www.themoviedb.org/movie/129"
    assert Movie(97, "x").url == "https://trakt.tv/movies/97"
    page = page_of_match(parse_match("1420 S03E13"), Show(1420, "x", tmdb=1429).url)
    assert page == "https://www.themoviedb.org/tv/1429/season/3"
