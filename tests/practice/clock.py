"""The time, as a test sets it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 22, 9, 12, 44, tzinfo=UTC)


class Clock:
    """A clock that stands still until a test moves it, or something sleeps."""

    def __init__(self, start: datetime = START) -> None:
        self.time = start
        self.sleeps: list[float] = []

    def __call__(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.time += timedelta(seconds=seconds)

    def forward(self, **span: float) -> None:
        self.time += timedelta(**span)
