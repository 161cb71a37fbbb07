"""AniTrakt's two files."""

from __future__ import annotations

import json
from typing import Any

import pytest

from anitrakt_plan.idmaps.anitrakt import parse_movies, parse_shows
from anitrakt_plan.model import Ids, MovieClaim, ShowClaim, TargetKind


def show(mal: int, trakt: int, season: int | None, tmdb: int | None = 77) -> dict[str, Any]:
    return {
        "myanimelist": {"title": "A Show", "id": mal},
        "trakt": {
            "title": "The Show",
            "id": trakt,
            "slug": "the-show",
            "type": "shows",
            "season": None if season is None else {"id": 1, "number": season, "externals": {"tmdb": 5}},
            "is_split_cour": season is None,
        },
        "release_year": 2002,
        "externals": {"tvdb": 1, "tmdb": tmdb, "imdb": "tt1"},
    }


def test_a_show_comes_with_its_season_unless_cours_are_split() -> None:
    found = parse_shows(json.dumps([show(20, 46003, 2), show(21, 46003, None), show(22, 9, 0)]).encode())

    claim = ShowClaim(
        "anitrakt",
        trakt=46003,
        tmdb=77,
        slug="the-show",
        title="The Show",
        year=2002,
        season=2,
        names=("A Show",),
    )
    assert found.claims(Ids(mal=20)) == (claim,)
    [split] = found.claims(Ids(mal=21, anilist=20))
    assert isinstance(split, ShowClaim)
    assert split.season is None
    [special] = found.claims(Ids(mal=22))
    assert isinstance(special, ShowClaim)
    assert special.season == 0
    assert found.claims(Ids(mal=1)) == found.claims(Ids(anilist=20)) == ()


@pytest.mark.parametrize("title", [None, "", " ", 7, ["A Show"]])
def test_a_row_without_a_list_title_names_nothing(title: object) -> None:
    row = {**show(20, 1, 1), "myanimelist": {"id": 20, "title": title}}

    [claim] = parse_shows(json.dumps([row]).encode()).claims(Ids(mal=20))

    assert isinstance(claim, ShowClaim)
    assert (claim.names, claim.title) == ((), "The Show")


def test_a_film_is_read_wherever_its_outside_ids_stand() -> None:
    row = {
        "myanimelist": {"title": "Akira", "id": 47},
        "trakt": {"title": "Akira", "id": 115, "slug": "akira-1988", "type": "movies"},
    }
    beside = {**row, "release_year": 1988, "externals": {"tmdb": 149}}
    inside = {**row, "trakt": {**row["trakt"], "release_year": 1988, "externals": {"tmdb": 149}}}

    for form in (beside, inside):
        found = parse_movies(json.dumps([form]).encode())
        claim = MovieClaim(
            "anitrakt", trakt=115, tmdb=149, slug="akira-1988", title="Akira", year=1988, names=("Akira",)
        )
        assert found.claims(Ids(mal=47)) == (claim,)
        assert found.trakt_id(TargetKind.MOVIE, 149) == 115
        assert found.trakt_id(TargetKind.SHOW, 149) is None


def test_a_tmdb_id_that_two_shows_share_says_nothing() -> None:
    rows = [show(1, 10, 1, tmdb=5), show(2, 11, 1, tmdb=5), show(3, 12, 1, tmdb=6), show(4, 12, 2, tmdb=6)]
    found = parse_shows(json.dumps(rows).encode())

    assert found.trakt_id(TargetKind.SHOW, 5) is None
    assert found.trakt_id(TargetKind.SHOW, 6) == 12


def test_two_rows_for_one_entry_are_two_claims() -> None:
    found = parse_shows(json.dumps([show(1, 10, 1), show(1, 11, 1), show(1, 10, 1)]).encode())

    assert [claim.trakt for claim in found.claims(Ids(mal=1)) if isinstance(claim, ShowClaim)] == [10, 11]


def test_rows_without_ids_are_skipped_but_not_all_of_them() -> None:
    broken = [{"myanimelist": None, "trakt": {}}, 7, {"myanimelist": {"id": 3}, "trakt": {"id": None}}]

    assert len(parse_shows(json.dumps([*broken, show(1, 2, 1)]).encode())) == 1
    with pytest.raises(ValueError, match="no row"):
        parse_shows(json.dumps(broken).encode())


@pytest.mark.parametrize("data", [b"{}", b"<html>", b"", b"[{"])
def test_what_is_not_the_format_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_movies(data)
