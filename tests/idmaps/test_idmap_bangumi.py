"""bangumi-data's file."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anitrakt_plan.idmaps.bangumi import Bangumi, parse
from anitrakt_plan.model import Ids, MovieClaim, Segment, ShowClaim, Span, TargetKind


def item(
    *sites: tuple[str, object], begin: str = "2019-04-28T15:10:00.000Z", **more: object
) -> dict[str, Any]:
    return {
        "title": "進撃の巨人",
        "titleTranslate": {"zh-Hans": ["进击的巨人"], "en": ["Attack on Titan"]},
        "type": "tv",
        "begin": begin,
        "sites": [{"site": site, "id": number} for site, number in sites],
        **more,
    }


def read(*items: object) -> Bangumi:
    return parse(json.dumps({"siteMeta": {}, "items": items}).encode())


NAMES = ("進撃の巨人", "进击的巨人", "Attack on Titan")
DAY = date(2019, 4, 28)


@pytest.mark.parametrize(
    ("target", "claim"),
    [
        ("tv/1429", ShowClaim("bangumi", tmdb=1429, names=NAMES, begins=DAY)),
        ("tv/1429-attack-on-titan", ShowClaim("bangumi", tmdb=1429, names=NAMES, begins=DAY)),
        ("tv/1429/season/3", ShowClaim("bangumi", tmdb=1429, season=3, names=NAMES, begins=DAY)),
        ("tv/1429/season/0", ShowClaim("bangumi", tmdb=1429, season=0, names=NAMES, begins=DAY)),
        (
            "tv/1429/season/0/episode/36",
            ShowClaim(
                "bangumi",
                tmdb=1429,
                season=0,
                segments=(Segment(Span(1), 0, (Span(36),)),),
                names=NAMES,
                begins=DAY,
            ),
        ),
        ("movie/378064", MovieClaim("bangumi", tmdb=378064, names=NAMES, begins=DAY)),
    ],
)
def test_each_form_of_a_place_is_a_claim_found_by_either_id(target: str, claim: object) -> None:
    found = read(item(("mal", "38524"), ("aniList", "104578"), ("anidb", "14444"), ("tmdb", target)))

    assert found.claims(Ids(mal=38524)) == (claim,)
    assert found.claims(Ids(anilist=104578)) == (claim,)
    assert found.claims(Ids(mal=38524, anilist=104578)) == (claim,)
    assert found.claims(Ids(mal=104578, anilist=38524)) == found.claims(Ids()) == ()


@pytest.mark.parametrize(
    "target",
    ["tv/0", "tv/x", "tv/1/season/", "tv/1/season/-1", "movie/1/season/1", "person/1", "", 7, None, {}],
)
def test_a_place_in_another_form_says_nothing(target: object) -> None:
    found = read(item(("mal", "1"), ("tmdb", target)), item(("mal", "2"), ("tmdb", "movie/2")))

    assert found.claims(Ids(mal=1)) == ()
    assert len(found.claims(Ids(mal=2))) == 1


@pytest.mark.parametrize(
    ("begin", "day"),
    [
        ("2024-01-01T00:30:00+09:00", date(2023, 12, 31)),
        ("2024-01-01", date(2024, 1, 1)),
        ("", None),
        ("soon", None),
        ("2024-13-45T00:00:00.000Z", None),
        ("0001-01-01T00:00:00+09:00", None),
    ],
)
def test_the_first_broadcast_is_a_day_in_utc(begin: str, day: date | None) -> None:
    [claim] = read(item(("mal", "1"), ("tmdb", "movie/2"), begin=begin)).claims(Ids(mal=1))

    assert isinstance(claim, MovieClaim)
    assert claim.begins == day


def test_several_places_of_one_item_are_several_claims() -> None:
    found = read(
        item(("mal", "1"), ("tmdb", "tv/5/season/1"), ("tmdb", "tv/5/season/2"), ("tmdb", "movie/5"))
    )

    claims = found.claims(Ids(mal=1))

    assert [(type(c).__name__, getattr(c, "season", None)) for c in claims] == [
        ("ShowClaim", 1),
        ("ShowClaim", 2),
        ("MovieClaim", None),
    ]


def test_a_work_in_several_items_begins_with_the_first_of_them() -> None:
    later = item(
        ("mal", "51535"), ("tmdb", "tv/1429/season/0/episode/37"), begin="2023-11-04T15:00:00.000Z", title="B"
    )
    first = item(
        ("mal", "51535"), ("tmdb", "tv/1429/season/0/episode/36"), begin="2023-03-03T15:25:00.000Z", title="A"
    )

    [claim] = read(later, first).claims(Ids(mal=51535))

    assert isinstance(claim, ShowClaim)
    assert claim.segments == (Segment(Span(1), 0, (Span(36),)),)
    assert claim.begins == date(2023, 3, 3)
    assert {"A", "B"} <= set(claim.names)


def test_an_item_without_names_has_none() -> None:
    odd = item(
        ("mal", "1"), ("tmdb", "movie/2"), title=None, titleTranslate={"en": "One", "zh": [None, " ", 3]}
    )

    [claim] = read(odd).claims(Ids(mal=1))

    assert isinstance(claim, MovieClaim)
    assert claim.names == ("One",)


def test_it_knows_no_trakt_ids() -> None:
    found = read(item(("mal", "1"), ("tmdb", "movie/2")))

    assert found.trakt_id(TargetKind.MOVIE, 2) is None
    assert found.tmdb_id(TargetKind.MOVIE, 2) is None


def test_entries_in_a_show_are_counted_without_its_specials() -> None:
    found = read(
        item(("mal", "1"), ("aniList", "11"), ("tmdb", "tv/5")),
        item(("mal", "2"), ("tmdb", "tv/5/season/2"), ("tmdb", "tv/5/season/3")),
        item(("mal", "3"), ("tmdb", "tv/5/season/0/episode/3")),
        item(("mal", "4"), ("tmdb", "tv/5"), type="ova"),
        item(("aniList", "12"), ("tmdb", "tv/5/season/4")),
    )

    assert found.entries_in_show(99, 5) == 2
    assert found.entries_in_show(99, None) == found.entries_in_show(99, 6) == 0


GOOD = item(("mal", "1"), ("tmdb", "movie/2"))
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(field=st.sampled_from(sorted(GOOD)), value=ANY_JSON)
def test_a_broken_item_costs_no_other(field: str, value: object) -> None:
    bad = {**GOOD, field: value}
    strange_site = {**GOOD, "sites": [value, {"site": value, "id": value}, {"site": "tmdb", "id": value}]}
    other = item(("mal", "7"), ("tmdb", "tv/7"))

    found = read(bad, value, strange_site, other)
    found.claims(Ids(mal=1))

    assert len(found.claims(Ids(mal=7))) == 1
    assert found.entries_in_show(1, 7) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"<html>",
        b'{"items": {}}',
        b'{"items": [1]}',
        b'{"items": [{"sites": []}]}',
        b'{"items": [',
    ],
)
def test_what_is_not_the_format_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(data)


def test_a_file_without_items_is_an_empty_map() -> None:
    assert len(read()) == 0
