"""What stands behind `#>` after a match is read in one place, and tells a match of anitrakt's from a person's."""

from __future__ import annotations

import pytest

from anitrakt_plan.model import Address, Match, MovieMatch, Ratio, Run, ShowMatch
from anitrakt_plan.planfile import names_match, parse_hint
from anitrakt_plan.planfile.read import MatchHint, hint_of

FILM = MovieMatch(97)
SHOW = ShowMatch(7, Ratio((Run(1, 1, 6),), 2, 1))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, MatchHint("")),
        ("the best is 0.71 (0.99 needed)", MatchHint("the best is 0.71 (0.99 needed)")),
        ("movie 97", MatchHint("movie 97")),
        ("movie 97 · Ninety (1998)", MatchHint("movie 97", "Ninety", 1998)),
        ("movie 97 · Ninety · 0.998 · id-maps, year-1", MatchHint("movie 97", "Ninety", None, 0.998)),
        ("movie 97 · A · B (3) (1998) · 0.90", MatchHint("movie 97", "A · B (3)", 1998, 0.9)),
        ("7 S01E01-E06 ratio 2:1 · decided", MatchHint("7 S01E01-E06 ratio 2:1", "decided")),
    ],
)  # fmt: skip
def test_a_hint_is_taken_apart(text: str | None, said: MatchHint) -> None:
    assert parse_hint(text) == said


@pytest.mark.parametrize(("match", "words"), [(FILM, ""), (FILM, "x · 0.5"), (SHOW, "x (2019)")])
def test_a_hint_names_its_match_and_no_other(match: Match, words: str) -> None:
    hint = hint_of(match, words)
    assert names_match(hint, match)
    assert [
        other
        for other in (FILM, SHOW, MovieMatch(9), None, Address("trakt.tv/movies/x"))
        if names_match(hint, other)
    ] == [match]
    assert not names_match(None, match)
