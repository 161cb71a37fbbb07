"""What a body names, and which bodies never leave."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anitrakt_plan.core.model import EpisodeSubject, MovieSubject, SeasonSubject, ShowSubject
from anitrakt_plan.trakt.bodies import (
    Body,
    EpisodeById,
    PlayById,
    SeasonById,
    UnsafeBody,
    echoed_items,
    history_items,
    named_items,
    rating_items,
)

AT = "2019-07-01T10:00:00.000Z"


def episode(number: Any, watched_at: Any = AT) -> dict[str, Any]:
    return {"number": number, "watched_at": watched_at}


def show(trakt: Any, *seasons: Any, **more: Any) -> dict[str, Any]:
    return {"ids": {"trakt": trakt}, "seasons": list(seasons), **more}


def season(number: Any, *episodes: Any, **more: Any) -> dict[str, Any]:
    return {"number": number, "episodes": list(episodes), **more}


def item(trakt: Any, **more: Any) -> dict[str, Any]:
    return {"ids": {"trakt": trakt}, **more}


def test_a_history_body_names_single_films_and_episodes() -> None:
    body = {
        "movies": [item(5, watched_at="unknown")],
        "shows": [show(10, season(0, episode(3)), season(2, episode(1), episode(2, "released")))],
        "episodes": [item(77, watched_at=AT)],
    }

    assert history_items(body) == (
        MovieSubject(5),
        EpisodeSubject(10, 0, 3),
        EpisodeSubject(10, 2, 1),
        EpisodeSubject(10, 2, 2),
        EpisodeById(77),
    )


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"movies": []},
        {"shows": [item(10, watched_at=AT)]},
        {"shows": [show(10, watched_at=AT)]},
        {"shows": [show(10, season(1), watched_at=AT)]},
        {"shows": [show(10, {"number": 1, "watched_at": AT})]},
        {"shows": [show(10, season(1, watched_at=AT))]},
        {"shows": [show(10, season(1, episode(1)), season(2))]},
        {"shows": [show(10, season(1, episode(1)), rating=8, watched_at=AT)]},
        {"shows": [show(10, season(1, episode(1)), {"number": 2, "episodes": None})]},
        {"seasons": [item(6, watched_at=AT)]},
        {"ids": [1]},
        {"people": [item(1, watched_at=AT)]},
        {"movies": item(5, watched_at=AT)},
        {"movies": [5]},
        {"movies": [{"title": "Akira", "watched_at": AT}]},
        {"movies": [{"ids": {"imdb": "tt1"}, "watched_at": AT}]},
        {"movies": [item("5", watched_at=AT)]},
        {"movies": [item(True, watched_at=AT)]},
        {"shows": [show(10, season("1", episode(1)))]},
        {"shows": [show(10, season(None, episode(1)))]},
        {"shows": [show(10, season(1, episode(None)))]},
        {"shows": [show(10, season(1, episode(-1)))]},
    ],
)
def test_what_could_mark_more_than_single_plays_is_refused(body: Body) -> None:
    with pytest.raises(UnsafeBody):
        history_items(body)


@pytest.mark.parametrize(
    "watched_at",
    [
        None,
        "",
        "now",
        "2019-07-01",
        "2019-07-01T10:00:00Z",
        "2019-07-01T10:00:30.000Z",
        "2019-07-01T10:00:00.000+02:00",
        0,
    ],
)
def test_a_date_that_trakt_would_take_for_now_is_refused(watched_at: object) -> None:
    with pytest.raises(UnsafeBody):
        history_items({"movies": [item(5, watched_at=watched_at)]})
    with pytest.raises(UnsafeBody):
        history_items({"shows": [show(10, season(1, episode(1, watched_at)), watched_at=AT)]})


def test_a_ratings_body_names_what_has_a_rating_of_its_own() -> None:
    body = {
        "movies": [item(5, rating=10)],
        "shows": [
            item(9, rating=1),
            show(10, {"number": 1, "rating": 7}, season(2, {"number": 3, "rating": 4}), rating=8),
            show(11, season(1, {"number": 3, "rating": 4}, rating=5)),
        ],
        "seasons": [item(6, rating=2)],
    }

    assert rating_items(body) == (
        MovieSubject(5),
        ShowSubject(9),
        ShowSubject(10),
        SeasonSubject(10, 1),
        EpisodeSubject(10, 2, 3),
        SeasonSubject(11, 1),
        EpisodeSubject(11, 1, 3),
        SeasonById(6),
    )


@pytest.mark.parametrize("rating", [0, 11, 7.5, "7", True, None])
def test_a_rating_outside_the_scale_is_refused(rating: object) -> None:
    with pytest.raises(UnsafeBody):
        rating_items({"movies": [item(5, rating=rating)]})


SENT = (
    MovieSubject(5),
    EpisodeSubject(10, 1, 1),
    EpisodeSubject(10, 1, 2),
    EpisodeSubject(10, 2, 1),
    EpisodeSubject(11, 1, 1),
    EpisodeById(77),
    PlayById(900),
)


@pytest.mark.parametrize(
    ("echo", "meant"),
    [
        ({}, set()),
        ({"movies": [], "shows": [], "seasons": [], "episodes": [], "ids": []}, set()),
        ({"movies": [item(5, watched_at=AT)]}, {MovieSubject(5)}),
        ({"episodes": [item(77)]}, {EpisodeById(77)}),
        ({"episodes": [show(10, season(1, episode(2)))]}, {EpisodeSubject(10, 1, 2)}),
        ({"shows": [show(10, season(1, episode(2)))]}, {EpisodeSubject(10, 1, 2)}),
        ({"shows": [show(10, season(1))]}, {EpisodeSubject(10, 1, 1), EpisodeSubject(10, 1, 2)}),
        ({"seasons": [show(10, season(2))]}, {EpisodeSubject(10, 2, 1)}),
        (
            {"shows": [item(10)]},
            {EpisodeSubject(10, 1, 1), EpisodeSubject(10, 1, 2), EpisodeSubject(10, 2, 1)},
        ),
        ({"ids": [900]}, {PlayById(900)}),
        ({"movies": [item(5), item(5)]}, {MovieSubject(5)}),
        ({"users": [{"ids": {}}]}, set()),
    ],
)
def test_an_echo_is_read_in_terms_of_what_was_sent(echo: object, meant: set[object]) -> None:
    echoed = echoed_items(echo, SENT)
    assert echoed is not None
    assert set(echoed) == meant


@pytest.mark.parametrize(
    "echo",
    [
        None,
        [],
        {"movies": None},
        {"movies": [7]},
        {"movies": [{"title": "x"}]},
        {"movies": [item(6)]},
        {"shows": [item(12)]},
        {"shows": [show(10, season(9))]},
        {"episodes": [show(10, season(1, episode(9)))]},
        {"ids": ["900"]},
    ],
)
def test_an_echo_of_something_else_is_not_understood(echo: object) -> None:
    assert echoed_items(echo, SENT) is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 30) | st.sampled_from(["unknown", AT, "x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["movies", "shows", "seasons", "episodes", "ids", "trakt", "number", "watched_at", "rating"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=30,
)


@given(st.dictionaries(st.sampled_from(["movies", "shows", "seasons", "episodes"]), _JSON, max_size=3))
def test_whatever_passes_has_no_show_without_episodes(body: dict[str, Any]) -> None:
    for check in (history_items, rating_items, named_items):
        assert_readable_or_refused(check, body)
    try:
        refs = history_items(body)
    except UnsafeBody:
        return
    assert refs
    assert "seasons" not in body
    for entry in body.get("shows", []):
        assert entry["seasons"]
        assert all(part["episodes"] for part in entry["seasons"])


def assert_readable_or_refused(check: Callable[[Body], tuple[object, ...]], body: Body) -> None:
    with contextlib.suppress(UnsafeBody):
        assert check(body)


@given(_JSON)
def test_no_echo_breaks_the_reading(echo: object) -> None:
    understood = echoed_items(echo, SENT)

    assert understood is None or understood <= set(SENT)
