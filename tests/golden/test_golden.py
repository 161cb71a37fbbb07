"""Every command says, writes and sends what the committed texts say; the larger part runs with the long tests."""

from __future__ import annotations

import pytest

from tests.golden.book import ALL_CHAPTERS, TEXTS, play, written
from tests.golden.stage import difference

SHORT = ("journals", "schema", "answers_0")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in SHORT else pytest.mark.long) for name in ALL_CHAPTERS]
)
def test_a_chapter_is_as_it_was_committed(name: str) -> None:
    before, now = written(name), play(name)
    assert list(now) == list(before)
    for step, text in now.items():
        assert text == before[step], f"{name}: {step}\n{difference(before[step], text)}"


def test_each_committed_text_is_of_a_chapter() -> None:
    assert {path.stem for path in TEXTS.glob("*.txt")} == set(ALL_CHAPTERS)
