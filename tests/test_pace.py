"""The pace: how long a request waits for its turn, and what a person is told of it."""

from __future__ import annotations

import logging

import pytest

from anitrakt_plan.http import RateLimit
from anitrakt_plan.http.pace import Window, limiter_of, waiting_words


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_request_waits_until_the_oldest_of_a_full_window_is_out_of_it() -> None:
    clock = Clock()
    window = Window(RateLimit(3, 300), clock)
    for _ in range(3):
        assert window.wait == 0
        window.note()
        clock.now += 20
    assert window.wait == 240
    clock.now += 240
    assert window.wait == 0
    window.note()
    assert window.wait == 20


def test_an_even_pace_waits_between_any_two() -> None:
    clock = Clock()
    window = Window(RateLimit(25, 50, even=True), clock)
    window.note()
    assert window.wait == 2


@pytest.mark.parametrize(
    ("limit", "seconds", "said"),
    [
        (RateLimit(450, 300), 160.4, "waiting 2:40 for Trakt's limit (450 requests in 5 minutes)"),
        (RateLimit(60, 60), 59.8, "waiting 1:00 for Trakt's limit (60 requests in 1 minute)"),
        (RateLimit(20, 1), 5, "waiting 0:05 for Trakt's limit (20 requests in 1 s)"),
    ],
)
def test_the_wait_is_said_with_its_reason(limit: RateLimit, seconds: float, said: str) -> None:
    assert waiting_words("Trakt", limit, seconds) == said


@pytest.mark.parametrize(("seconds", "is_said"), [(30, True), (1, False)])
def test_only_a_wait_that_a_person_notices_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, seconds: float, is_said: bool
) -> None:
    monkeypatch.setattr("pyrate_limiter.Limiter.try_acquire", lambda *_, **__: True)
    caplog.set_level(logging.INFO, "anitrakt_plan.http")
    limiter = limiter_of("Trakt", RateLimit(2, seconds))
    for _ in range(3):
        assert limiter.try_acquire("Trakt")
    limiter.close()
    assert any("for Trakt's limit" in record.getMessage() for record in caplog.records) is is_said
