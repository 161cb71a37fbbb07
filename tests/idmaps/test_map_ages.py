"""How old an id map is, in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from anitrakt_plan.http import Answer
from anitrakt_plan.idmaps import MapAge

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (MapAge("A"), "downloaded today"),
        (MapAge("A", ago(0.5)), "downloaded today"),
        (MapAge("A", ago(-1)), "downloaded today"),
        (MapAge("A", ago(1)), "downloaded 1 day ago"),
        (MapAge("A", ago(3), made=date(2026, 11, 26)), "downloaded 3 days ago, from 2026-11-26"),
        (MapAge("A", ago(3), ago(3)), "downloaded 3 days ago"),
        (MapAge("A", ago(40), ago(2)), "downloaded 40 days ago, still current 2 days ago"),
        (
            MapAge("A", ago(9), ago(0), None, "0.3.208"),
            "downloaded 9 days ago, still current today, version 0.3.208",
        ),
    ],
)
def test_the_words(age: MapAge, words: str) -> None:
    assert age.words(NOW) == words


@pytest.mark.parametrize("said", ["", "yesterday", "Thu, 99 Nov 2026 00:00:00 GMT"])
def test_a_header_that_is_no_date_says_nothing(said: str) -> None:
    answer = Answer(200, {"last-modified": said, "date": said}, b"", "https://maps.example/a.json")

    assert MapAge.of("A", answer) == MapAge("A")
