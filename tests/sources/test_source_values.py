"""Dates, scores and words as lists write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anitrakt_plan.model import Kind
from anitrakt_plan.sources.source_list import DateInList, kind_of, positive, rating_of, read_date


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019-07-01", "2019-07-01"),
        ("2023-3-28", "2023-03-28"),
        (" 2023-3-8 ", "2023-03-08"),
        ("2019-05-00", "2019-05"),
        ("2019-00-00", "2019"),
        ("2019-00-12", "2019"),
        ("2019-05", "2019-05"),
        ("2019", "2019"),
        ("2019/05/02", "2019-05-02"),
        ("2019-05-02T10:00:00Z", "2019-05-02"),
        ("2019-05-02 10:00:00", "2019-05-02"),
        ("0000-00-00", None),
        ("0000-05-12", None),
        ("", None),
        (None, None),
    ],
)
def test_a_date_is_read_as_far_as_it_is_known(text: str | None, expected: str | None) -> None:
    found = read_date(text)
    assert (str(found) if found else None) == expected


@pytest.mark.parametrize(
    "text", ["2023-02-30", "2023-13-01", "0019-05-01", "1899", "yesterday", "20190501", "5.7.2019"]
)
def test_a_date_that_cant_be_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_date(text)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"year": 2020, "month": None, "day": 5}, "2020"),
        ({"year": 2020, "month": 3, "day": 5}, "2020-03-05"),
        ({}, "None"),
        (20200305, "2020-03-05"),
        (20200300, "2020-03"),
        (0, "None"),
    ],
)
def test_a_date_may_come_in_numbers(said: DateInList, expected: str) -> None:
    assert str(read_date(said)) == expected


@pytest.mark.parametrize(
    ("score", "best", "rating"),
    [
        (0, 100, None),
        (None, 100, None),
        (1, 100, 1),
        (4, 100, 1),
        (14, 100, 1),
        (15, 100, 2),
        (84, 100, 8),
        (85, 100, 9),
        (95, 100, 10),
        (100, 100, 10),
        (85.0, 100, 9),
        (0, 10, None),
        (1, 10, 1),
        (10, 10, 10),
        (7.4, 10, 7),
        (7.5, 10, 8),
    ],
)
def test_a_score_is_rounded_half_up_and_is_at_least_one(
    score: float | None, best: int, rating: int | None
) -> None:
    assert rating_of(score, best=best) == rating


@pytest.mark.parametrize(("score", "best"), [(101, 100), (11, 10), (-1, 10), (float("nan"), 10)])
def test_a_score_off_its_scale_is_refused(score: float, best: int) -> None:
    with pytest.raises(ValueError, match="not within"):
        rating_of(score, best=best)


@given(st.integers(1, 100))
def test_every_score_has_a_rating_on_trakts_scale(score: int) -> None:
    rating = rating_of(score, best=100)
    assert rating is not None
    assert 1 <= rating <= 10
    assert rating == 1 or abs(rating - score / 10) <= 0.5


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("TV", Kind.TV),
        ("tv", Kind.TV),
        ("TV_SHORT", Kind.TV_SHORT),
        ("TV Special", Kind.TV_SPECIAL),
        ("tv_special", Kind.TV_SPECIAL),
        ("MOVIE", Kind.MOVIE),
        ("OVA", Kind.OVA),
        ("ona", Kind.ONA),
        ("Music", Kind.MUSIC),
        ("cm", Kind.CM),
        ("PV", Kind.PV),
        ("unknown", Kind.UNKNOWN),
        ("MANGA", Kind.UNKNOWN),
        ("", Kind.UNKNOWN),
        (None, Kind.UNKNOWN),
    ],
)
def test_a_kind_is_known_by_any_services_word(word: str | None, kind: Kind) -> None:
    assert kind_of(word) is kind


def test_zero_means_unknown_in_a_count() -> None:
    assert [positive(n) for n in (None, 0, -1, 12)] == [None, None, None, 12]
