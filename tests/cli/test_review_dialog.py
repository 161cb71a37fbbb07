"""What a person types in a review."""

from __future__ import annotations

import pytest

from anitrakt_plan.cli.review_dialog import run_in_season, said_of_key
from anitrakt_plan.model import Run


@pytest.mark.parametrize("typed", ["3-14", " 3 - 14 ", "E03-E14", "e3-e14", "S02E03-E14", "s2e03-14"])
def test_episodes_are_typed_as_numbers_or_as_the_list_shows_them(typed: str) -> None:
    assert run_in_season(2, typed) == Run(2, 3, 14)


@pytest.mark.parametrize("typed", ["", "all", "S03E01-E02", "E01-S02E03", "14-3", "0-3", "1,2"])
def test_what_names_no_episodes_of_the_season_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="episodes"):
        run_in_season(2, typed)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("x", "`x` is no answer here; ? shows them all"),
        ("é", "`é` is no answer here; ? shows them all"),
        ("\x1b", "that key is no answer here; ? shows them all"),
        ("\x7f", "that key is no answer here; ? shows them all"),
        ("\r", "? shows all keys"),
    ],
)
def test_a_key_that_is_no_answer_is_named_where_it_can_be_shown(key: str, said: str) -> None:
    assert said_of_key(key) == said
