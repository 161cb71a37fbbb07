"""AniBridge's mappings, range form by range form."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anitrakt_plan.idmaps.anibridge import parse, read_segment
from anitrakt_plan.model import AbsentClaim, Ids, MovieClaim, Segment, ShowClaim, Span, TargetKind

ALL = Span(1, 12)


def claims(targets: object, ids: Ids | None = None) -> tuple[object, ...]:
    return parse(json.dumps({"$meta": {}, "mal:5": targets}).encode()).claims(ids or Ids(mal=5))


@pytest.mark.parametrize(
    ("listed", "target", "expected"),
    [
        ("1", "7", Segment(Span(1, 1), 2, (Span(7, 7),))),
        ("1-12", "13-24", Segment(ALL, 2, (Span(13, 24),))),
        ("13-", "1-", Segment(Span(13, None), 2, (Span(1, None),))),
        ("1-12", "1-6,8-13", Segment(ALL, 2, (Span(1, 6), Span(8, 13)))),
        ("1-12", "1-6, 8,10-", Segment(ALL, 2, (Span(1, 6), Span(8, 8), Span(10, None)))),
        ("1", "1-4|4", Segment(Span(1, 1), 2, (Span(1, 4),), 4)),
        ("1-12", "1-11,13-25|2", Segment(ALL, 2, (Span(1, 11), Span(13, 25)), 2)),
        ("1-12", "1-11|2,13-25|2", Segment(ALL, 2, (Span(1, 11), Span(13, 25)), 2)),
        ("1-3", "1|-3", Segment(Span(1, 3), 2, (Span(1, 1),), -3)),
        ("1-3", "1-3|1", Segment(Span(1, 3), 2, (Span(1, 3),))),
        ("1-3", "1-3|-1", Segment(Span(1, 3), 2, (Span(1, 3),))),
        ("1-3", None, None),
        ("1-3", "", None),
        ("1-3", "5-1", None),
        ("0", "1", None),
        ("1", "0", None),
        ("x", "1", None),
        ("1-3", "1-3|0", None),
        ("1-3", "1-3|", None),
        ("1-3", "1-2|2,3|3", None),
        ("1,3", "1-2", None),
    ],
)
def test_a_range_is_read_as_the_format_says(
    listed: str, target: str | None, expected: Segment | None
) -> None:
    assert read_segment(listed, 2, target) == expected


@given(st.text(max_size=12), st.text(max_size=12) | st.none())
def test_no_range_text_makes_it_stumble(listed: str, target: str | None) -> None:
    segment = read_segment(listed, 1, target)
    assert segment is None or segment.listed.first >= 1


def test_seasons_of_one_show_are_one_claim_in_the_lists_order() -> None:
    found = claims(
        {
            "tmdb_show:9:s2": {"53-104": "1-52"},
            "tmdb_show:9:s1": {"1-52": "1-52"},
            "tvdb_show:1:s1": {"1": "1"},
        }
    )

    assert found == (
        ShowClaim(
            "anibridge",
            tmdb=9,
            segments=(
                Segment(Span(1, 52), 1, (Span(1, 52),)),
                Segment(Span(53, 104), 2, (Span(1, 52),)),
            ),
        ),
    )


def test_different_shows_and_films_are_claims_of_their_own() -> None:
    found = claims({"tmdb_show:9:s0": {"1": "4"}, "tmdb_movie:3": {"1": "1"}, "tmdb_show:8:s1": {"1": "1"}})

    assert set(found) == {
        ShowClaim("anibridge", tmdb=9, season=0, segments=(Segment(Span(1, 1), 0, (Span(4, 4),)),)),
        ShowClaim("anibridge", tmdb=8, season=1, segments=(Segment(Span(1, 1), 1, (Span(1, 1),)),)),
        MovieClaim("anibridge", tmdb=3),
    }


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        pytest.param({"tmdb_show:9:s1": {"1-12": None}}, (AbsentClaim("anibridge"),), id="null: not there"),
        pytest.param({"tmdb_movie:9": {"1": None}}, (AbsentClaim("anibridge"),), id="null: no such film"),
        pytest.param(
            {"tmdb_show:9:s1": {"1-12": None}, "tmdb_movie:4": {"1": "1"}},
            (MovieClaim("anibridge", tmdb=4),),
            id="absent here, but there",
        ),
        pytest.param(
            {"tmdb_show:9:s1": {"1-12": None}, "tmdb_show:9:s2": {}},
            (ShowClaim("anibridge", tmdb=9, season=2),),
            id="not in season 1, but in 2",
        ),
        pytest.param(
            {"tmdb_show:9:s1": {"1": None, "2-3": "1-2"}},
            (ShowClaim("anibridge", tmdb=9, season=1, segments=(Segment(Span(2, 3), 1, (Span(1, 2),)),)),),
            id="one episode is not there",
        ),
        pytest.param(
            {"tmdb_show:9:s1": {}}, (ShowClaim("anibridge", tmdb=9, season=1),), id="a season alone"
        ),
        pytest.param({"tmdb_show:9": {"1": "1"}}, (ShowClaim("anibridge", tmdb=9),), id="a show alone"),
        pytest.param(
            {"tmdb_show:9:s1": {"1": "?"}}, (ShowClaim("anibridge", tmdb=9, season=1),), id="nonsense"
        ),
        pytest.param({"imdb_show:tt1:s1": {"1": "1"}, "tmdb_show:x:s1": {"1": "1"}}, (), id="not for us"),
        pytest.param({}, (), id="nothing"),
    ],
)
def test_what_targets_say(targets: object, expected: tuple[object, ...]) -> None:
    assert claims(targets) == expected


def test_both_ids_are_asked_and_the_same_is_said_once() -> None:
    both = {"tmdb_movie:3": {"1": "1"}}
    found = parse(json.dumps({"mal:5": both, "anilist:7": both, "anilist:8": {"tmdb_movie:4": {}}}).encode())

    assert found.claims(Ids(mal=5, anilist=7)) == (MovieClaim("anibridge", tmdb=3),)
    assert found.claims(Ids(mal=5, anilist=8)) == (
        MovieClaim("anibridge", tmdb=3),
        MovieClaim("anibridge", tmdb=4),
    )
    assert found.claims(Ids(anilist=5)) == found.claims(Ids()) == ()
    assert found.trakt_id(TargetKind.MOVIE, 3) is None
    assert len(found) == 3


@pytest.mark.parametrize(
    "data", [b"[]", b"<html>", b"", b'{"mal:5": {"tmd', b'{"message": "Not Found"}', b"3"]
)
def test_what_is_not_the_format_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(data)
